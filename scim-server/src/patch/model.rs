//! PATCH a second time, naively, to hold the engine against.
//!
//! The model works on whole resources with their members as plain JSON, one operation after the other, in the words of RFC 7644
//! §3.5.2. It shares nothing with the engine but the parser of paths, the schemas and the comparison key.

use std::collections::BTreeSet;
use std::sync::Arc;

use scim_filter::{AttrExp, CompValue, CompareOp, Dialect, Logic, Path, Test};
use serde_json::{Map, Value, json};

use crate::comparison::comparison_key;
use crate::{Attribute, AttributeType, Mutability, ResourceType, ScimType};

pub(super) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(super) type Object = Map<String, Value>;
pub(super) type Modelled<T = ()> = Result<T, ScimType>;

/// A resource as a client sees it, without `schemas`, `id` and `meta`.
pub(super) struct Model<'a> {
    kind: &'a ResourceType,
    resource: Object,
    removed: BTreeSet<String>,
    /// The members at the start, with what is known of them.
    known: Vec<Value>,
}

/// Where a path leads: through an extension, to an attribute, to a sub-attribute of it.
struct Place {
    urn: Option<String>,
    attribute: Arc<Attribute>,
    sub: Option<Arc<Attribute>>,
    filter: Option<Logic<AttrExp<'static>>>,
}

impl Place {
    fn name(&self) -> String {
        let urn = self.urn.as_ref().map(|urn| format!("{urn}:")).unwrap_or_default();
        let sub = self.sub.as_ref().map(|sub| format!(".{}", sub.name)).unwrap_or_default();
        format!("{urn}{}{sub}", self.attribute.name)
    }
}

impl<'a> Model<'a> {
    /// The model of a resource with all its members.
    pub(super) fn new(kind: &'a ResourceType, resource: Object) -> Self {
        let known = resource.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
        Self { kind, resource, removed: BTreeSet::new(), known }
    }

    /// Carries out all operations, or gives the keyword of the error.
    pub(super) fn run(mut self, operations: &[Value]) -> Modelled<Object> {
        for operation in operations {
            self.operation(operation)?;
        }
        self.finish()
    }

    fn operation(&mut self, operation: &Value) -> Modelled {
        let op = operation["op"].as_str().unwrap();
        let value = operation.get("value").cloned();
        let Some(path) = operation.get("path").and_then(Value::as_str) else { return self.attributes(op, None, value.unwrap()) };
        let path = Path::parse(path, &Dialect::with_urns(self.kind.urns()))
            .map_err(|error| if error.is_in_filter() { ScimType::InvalidFilter } else { ScimType::InvalidPath })?
            .into_owned();
        if path.name().is_none() {
            if op == "remove" || value == Some(Value::Null) && op == "replace" {
                self.resource.shift_remove(ENTERPRISE);
                return Ok(());
            }
            return self.attributes(op, Some(ENTERPRISE), value.unwrap());
        }
        let place = self.find(&path).ok_or(ScimType::InvalidPath)?;
        self.attribute(op, &place, value)
    }

    fn find(&self, path: &Path<'static>) -> Option<Place> {
        let name = path.name()?;
        let found = match path.urn() {
            Some(urn) if !urn.eq_ignore_ascii_case(&self.kind.schema.id) => self.kind.extension_attribute(urn, name)?,
            Some(_) | None => self.kind.core_attribute(name)?,
        };
        let sub = match path.sub() {
            Some(sub) => Some(found.attribute.sub_attribute(sub)?.clone()),
            None => None,
        };
        Some(Place { urn: found.extension.map(|urn| urn.to_string()), attribute: found.attribute, sub, filter: path.filter().cloned() })
    }

    /// "If the path is omitted, the target location is the resource; value contains a set of attributes."
    fn attributes(&mut self, op: &str, urn: Option<&str>, value: Value) -> Modelled {
        let members = match value {
            Value::Null => return Ok(()),
            Value::Object(members) => members,
            _ => return Err(ScimType::InvalidValue),
        };
        for (name, value) in members {
            if urn.is_none() && name.eq_ignore_ascii_case(ENTERPRISE) && self.kind.extension(&name).is_some() {
                if value.is_null() && op == "replace" {
                    self.resource.shift_remove(ENTERPRISE);
                } else {
                    self.attributes(op, Some(ENTERPRISE), value)?;
                }
                continue;
            }
            let text = urn.map(|urn| format!("{urn}:{name}")).unwrap_or(name);
            let path = match Path::parse(&text, &Dialect::with_urns(self.kind.urns())) {
                Ok(path) => path,
                Err(error) if error.is_in_filter() => return Err(ScimType::InvalidFilter),
                Err(_) if text.contains('[') => return Err(ScimType::InvalidPath),
                Err(_) => continue,
            };
            let Some(place) = self.find(&path.into_owned()) else { continue };
            let is_unchanged = match place.attribute.name.as_str() {
                "id" => value == "own",
                "meta" => true,
                "groups" => value.is_null() || value == json!([]),
                _ => false,
            };
            if is_unchanged && place.sub.is_none() && place.filter.is_none() {
                continue;
            }
            self.attribute(op, &place, Some(value))?;
        }
        Ok(())
    }

    fn attribute(&mut self, op: &str, place: &Place, value: Option<Value>) -> Modelled {
        if place.filter.is_some() && !place.attribute.multi_valued {
            return Err(ScimType::InvalidPath);
        }
        if let Some(filter) = &place.filter {
            check_filter(&place.attribute, filter)?;
        }
        let leaf = place.sub.as_ref().unwrap_or(&place.attribute);
        let of_reference = matches!(place.attribute.name.as_str(), "manager") && place.sub.as_ref().is_some_and(|sub| sub.name != "value");
        let of_member = place.attribute.name == "members" && place.sub.is_some();
        let read_only = [leaf, &place.attribute].iter().any(|attribute| attribute.mutability == Mutability::ReadOnly);
        if read_only || of_reference || of_member || leaf.name == "password" {
            return Err(ScimType::Mutability);
        }
        let assigns_nothing = value.as_ref().is_some_and(|value| *value == json!(null) || *value == json!([]) || *value == json!({}));
        let (op, value) = match op {
            "add" if assigns_nothing => return Ok(()),
            "replace" if assigns_nothing => ("remove", None),
            "remove" => ("remove", value.filter(|value| !value.is_null())),
            op => (op, value),
        };
        if op == "remove" {
            self.removed.insert(place.name());
        }
        let present = self.get(place);
        let new = match &place.attribute.multi_valued {
            true => {
                let elements = present.and_then(|value| value.as_array().cloned()).unwrap_or_default();
                let mut new = many(place, elements, op, value)?;
                if place.attribute.name == "members" {
                    for member in &mut new {
                        let known = self.known.iter().find(|known| known["value"] == member["value"]);
                        *member = known.cloned().unwrap_or_else(|| json!({"value": member["value"]}));
                    }
                }
                (!new.is_empty()).then_some(Value::Array(new))
            }
            false => one(place, present, op, value)?,
        };
        self.set(place, new);
        Ok(())
    }

    fn get(&self, place: &Place) -> Option<Value> {
        let holder = match &place.urn {
            Some(urn) => self.resource.get(urn)?.as_object()?,
            None => &self.resource,
        };
        holder.get(&place.attribute.name).cloned()
    }

    fn set(&mut self, place: &Place, value: Option<Value>) {
        let mut resource = Value::Object(std::mem::take(&mut self.resource));
        let holder = match &place.urn {
            Some(urn) => &mut resource[urn],
            None => &mut resource,
        };
        match value {
            Some(value) => holder[&place.attribute.name] = value,
            None => drop(holder.as_object_mut().and_then(|holder| holder.shift_remove(&place.attribute.name))),
        }
        let Value::Object(mut resource) = resource else { panic!("a resource is an object") };
        resource.retain(|name, value| name != ENTERPRISE || value.as_object().is_some_and(|members| !members.is_empty()));
        self.resource = resource;
    }

    /// What holds of the result: equal elements are one, one is primary, nothing required is missing.
    fn finish(mut self) -> Modelled<Object> {
        for name in ["emails", "addresses"] {
            let Some(Value::Array(elements)) = self.resource.get(name).cloned() else { continue };
            let attribute = self.kind.core_attribute(name).unwrap().attribute;
            let mut kept: Vec<Value> = Vec::new();
            for element in elements {
                match kept.iter_mut().find(|other| is_same(&attribute, other, &element)) {
                    Some(first) => {
                        let primary = first["primary"] == true || element["primary"] == true;
                        merge(first, &element);
                        if primary {
                            first["primary"] = json!(true);
                        }
                    }
                    None => kept.push(element),
                }
            }
            one_primary(&kept)?;
            self.resource[name] = Value::Array(kept);
        }
        let required = if self.kind.name == "User" { "userName" } else { "displayName" };
        if !self.resource.contains_key(required) {
            return Err(if self.removed.contains(required) { ScimType::Mutability } else { ScimType::InvalidValue });
        }
        Ok(self.resource)
    }
}

/// An attribute with one value.
fn one(place: &Place, present: Option<Value>, op: &str, value: Option<Value>) -> Modelled<Option<Value>> {
    let attribute = &place.attribute;
    let is_complex = attribute.kind == AttributeType::Complex;
    // What names nothing is no guard.
    let value = value.filter(|value| op != "remove" || *value != json!([]) && *value != json!({}));
    let new = match (&place.sub, op, value) {
        (None, "remove", None) => None,
        (None, "remove", Some(guard)) => {
            let holds = if is_complex {
                let guard = complex(attribute, guard)?.0;
                guard.iter().all(|(name, value)| {
                    let sub = attribute.sub_attribute(name).unwrap();
                    present.as_ref().is_some_and(|present| comparison_key(sub, &present[name]) == comparison_key(sub, value))
                })
            } else {
                let guard = simple(attribute, guard)?;
                present.as_ref().is_some_and(|present| comparison_key(attribute, present) == comparison_key(attribute, &guard))
            };
            if holds { None } else { present }
        }
        (None, op, value) if is_complex => {
            let (assigned, unassigned) = complex(attribute, value.unwrap())?;
            let mut new = present.unwrap_or_else(|| json!({}));
            merge(&mut new, &Value::Object(assigned));
            if op == "replace" {
                unassigned.iter().for_each(|name| drop(new.as_object_mut().unwrap().shift_remove(name)));
            }
            Some(new)
        }
        (None, _, value) => Some(simple(attribute, value.unwrap())?),
        (Some(sub), "remove", guard) => {
            let guard = guard.filter(|guard| *guard != json!([]) && *guard != json!({})).map(|guard| simple(sub, guard)).transpose()?;
            let mut new = present.unwrap_or_else(|| json!({}));
            if guard.is_none_or(|guard| comparison_key(sub, &guard) == comparison_key(sub, &new[&sub.name])) {
                new.as_object_mut().unwrap().shift_remove(&sub.name);
            }
            Some(new)
        }
        (Some(sub), _, value) => {
            let mut new = present.unwrap_or_else(|| json!({}));
            new[&sub.name] = simple(sub, value.unwrap())?;
            Some(new)
        }
    };
    if attribute.name == "manager" && new.as_ref().is_some_and(|new| new["value"] == "") {
        return Err(ScimType::InvalidValue);
    }
    // A reference without an id is none.
    Ok(new.filter(|new| *new != json!({}) && (attribute.name != "manager" || new.get("value").is_some())))
}

/// An attribute with a list of values.
fn many(place: &Place, mut elements: Vec<Value>, op: &str, value: Option<Value>) -> Modelled<Vec<Value>> {
    let attribute = &place.attribute;
    let selected: Vec<usize> =
        (0..elements.len()).filter(|at| place.filter.as_ref().is_none_or(|filter| holds(attribute, filter, &elements[*at]))).collect();
    let mut primary = None;
    match (op, value) {
        ("remove", guard) => {
            // A list that is empty names nobody; behind a filter it says nothing.
            let guard =
                guard.filter(|guard| (place.filter.is_none() && place.sub.is_none()) || (*guard != json!([]) && *guard != json!({})));
            if let Some(sub) = &place.sub {
                let guard = guard.map(|guard| simple(sub, guard)).transpose()?;
                for at in selected {
                    let element = elements[at].as_object_mut().unwrap();
                    let Some(old) = element.get(&sub.name) else {
                        drop_labels(element);
                        continue;
                    };
                    if guard.as_ref().is_none_or(|guard| comparison_key(sub, guard) == comparison_key(sub, old)) {
                        element.shift_remove(&sub.name);
                    }
                    drop_labels(element);
                }
            } else {
                let listed = guard.map(|guard| list_of(attribute, guard)).transpose()?;
                let mut at = 0;
                elements.retain(|element| {
                    at += 1;
                    let goes = selected.contains(&(at - 1));
                    !(goes && listed.as_ref().is_none_or(|listed| listed.iter().any(|item| names(attribute, item, element))))
                });
            }
        }
        (op, Some(value)) => match (&place.sub, &place.filter) {
            (Some(sub), filter) => {
                let value = simple(sub, value)?;
                let selected = select_or_create(attribute, op, filter.as_ref(), selected, &mut elements)?;
                for at in &selected {
                    elements[*at][&sub.name] = value.clone();
                }
                if sub.name == "primary" && value == true {
                    primary = Some(selected);
                }
            }
            (None, Some(filter)) => {
                if value.is_array() {
                    return Err(ScimType::InvalidValue);
                }
                let (new, unassigned) = element(attribute, value)?;
                let selected = select_or_create(attribute, op, Some(filter), selected, &mut elements)?;
                for at in &selected {
                    if op == "replace" {
                        let fixed: Vec<String> = equalities(filter).into_iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
                        let old = elements[*at].as_object_mut().unwrap();
                        old.retain(|name, _| fixed.contains(&name.to_ascii_lowercase()) && !unassigned.contains(name));
                    }
                    let key = elements[*at]["value"].clone();
                    merge(&mut elements[*at], &Value::Object(new.clone()));
                    if op == "add" && attribute.name == "members" && !key.is_null() && key != elements[*at]["value"] {
                        return Err(ScimType::Mutability);
                    }
                }
                if new.get("primary") == Some(&json!(true)) {
                    primary = Some(selected);
                }
            }
            (None, None) => {
                let new = elements_of(attribute, op, value)?;
                if op == "replace" {
                    elements = new;
                } else {
                    let mut made = Vec::new();
                    for new in new {
                        let at = elements.iter().position(|old| is_same(attribute, old, &new)).unwrap_or(elements.len());
                        if at == elements.len() {
                            elements.push(new.clone());
                        } else if attribute.name != "members" {
                            merge(&mut elements[at], &new);
                        }
                        if new["primary"] == true {
                            made.push(at);
                        }
                    }
                    primary = Some(made).filter(|made| !made.is_empty());
                }
            }
        },
        (_, None) => unreachable!("the generator gives every add and replace a value"),
    }
    for (at, element) in elements.iter_mut().enumerate() {
        if primary.as_ref().is_some_and(|primary| !primary.contains(&at)) && element["primary"] == true {
            element["primary"] = json!(false);
        }
    }
    if attribute.name != "members" {
        elements.retain(|element| *element != json!({}));
    } else {
        let names_nobody = |id: &Value| id.as_str().is_none_or(|id| id.trim().is_empty() || id == "own");
        if elements.iter().any(|element| names_nobody(&element["value"])) {
            return Err(ScimType::InvalidValue);
        }
        let mut seen = BTreeSet::new();
        elements.retain(|element| seen.insert(element["value"].to_string()));
    }
    Ok(elements)
}

/// "replace: if no record matches, noTarget"; an add creates what its equalities say.
fn select_or_create(
    attribute: &Attribute,
    op: &str,
    filter: Option<&Logic<AttrExp<'_>>>,
    selected: Vec<usize>,
    elements: &mut Vec<Value>,
) -> Modelled<Vec<usize>> {
    if !selected.is_empty() {
        return Ok(selected);
    }
    let mut new = json!({});
    if let Some(filter) = filter {
        let count = match filter {
            Logic::And(terms) => terms.len(),
            Logic::Term(_) => 1,
            Logic::Or(_) | Logic::Not(_) => usize::MAX,
        };
        let equal = equalities(filter);
        if op == "replace" || equal.len() != count {
            return Err(ScimType::NoTarget);
        }
        for (name, value) in equal {
            let sub = attribute.sub_attribute(&name).filter(|sub| sub.mutability != Mutability::ReadOnly).ok_or(ScimType::NoTarget)?;
            if !new[&sub.name].is_null() {
                return Err(ScimType::NoTarget);
            }
            new[&sub.name] = value;
        }
    }
    elements.push(new);
    Ok(vec![elements.len() - 1])
}

fn equalities(filter: &Logic<AttrExp<'_>>) -> Vec<(String, Value)> {
    match filter {
        Logic::And(terms) => terms.iter().filter(|term| matches!(term, Logic::Term(_))).flat_map(equalities).collect(),
        Logic::Term(exp) => match exp.test() {
            Test::Compare(CompareOp::Eq, value) => vec![(exp.path().name().to_owned(), json_of(value))],
            Test::Compare(..) | Test::Present => Vec::new(),
        },
        Logic::Or(_) | Logic::Not(_) => Vec::new(),
    }
}

fn json_of(value: &CompValue<'_>) -> Value {
    match value {
        CompValue::Null => Value::Null,
        CompValue::Boolean(value) => json!(value),
        CompValue::Number(text) => serde_json::from_str(text).unwrap(),
        CompValue::String(text) => json!(text),
    }
}

fn drop_labels(element: &mut Object) {
    if element.keys().all(|name| ["type", "primary", "display"].contains(&name.as_str())) {
        element.clear();
    }
}

fn check_filter(attribute: &Attribute, filter: &Logic<AttrExp<'_>>) -> Modelled {
    match filter {
        Logic::And(terms) | Logic::Or(terms) => terms.iter().try_for_each(|term| check_filter(attribute, term)),
        Logic::Not(term) => check_filter(attribute, term),
        Logic::Term(exp) => {
            let sub = attribute.sub_attribute(exp.path().name()).ok_or(ScimType::InvalidFilter)?;
            match exp.test() {
                Test::Compare(_, value) if comparison_key(sub, &json_of(value)).is_none() => Err(ScimType::InvalidFilter),
                Test::Compare(..) | Test::Present => Ok(()),
            }
        }
    }
}

fn holds(attribute: &Attribute, filter: &Logic<AttrExp<'_>>, element: &Value) -> bool {
    match filter {
        Logic::And(terms) => terms.iter().all(|term| holds(attribute, term, element)),
        Logic::Or(terms) => terms.iter().any(|term| holds(attribute, term, element)),
        Logic::Not(term) => !holds(attribute, term, element),
        Logic::Term(exp) => {
            let sub = attribute.sub_attribute(exp.path().name()).unwrap();
            let value = &element[&sub.name];
            let missing = if sub.name == "primary" { json!(false) } else { Value::Null };
            match exp.test() {
                Test::Present => !value.is_null() && value != "",
                Test::Compare(op, wanted) => {
                    let own = comparison_key(sub, if value.is_null() { &missing } else { value });
                    let wanted = comparison_key(sub, &json_of(wanted)).unwrap();
                    match op {
                        CompareOp::Eq => own == Some(wanted),
                        CompareOp::Ne => own != Some(wanted),
                        CompareOp::Co => own.is_some_and(|own| own.contains(&wanted)),
                        CompareOp::Sw => own.is_some_and(|own| own.starts_with(&wanted)),
                        CompareOp::Ew => own.is_some_and(|own| own.ends_with(&wanted)),
                        CompareOp::Gt | CompareOp::Ge | CompareOp::Lt | CompareOp::Le => unreachable!("not generated"),
                    }
                }
            }
        }
    }
}

fn simple(attribute: &Attribute, value: Value) -> Modelled<Value> {
    let fits = match attribute.kind {
        AttributeType::Boolean => value.is_boolean(),
        _ => value.is_string(),
    };
    let blank = attribute.name == "userName" && value.as_str().is_some_and(|text| text.trim().is_empty());
    let empty = attribute.required && value == "";
    if fits && !blank && !empty { Ok(value) } else { Err(ScimType::InvalidValue) }
}

/// The sub-attributes with a value, and the names of those without.
fn complex(attribute: &Attribute, value: Value) -> Modelled<(Object, Vec<String>)> {
    let Value::Object(members) = value else { return Err(ScimType::InvalidValue) };
    let (mut assigned, mut unassigned) = sub_attributes(attribute, members)?;
    if attribute.name == "manager" {
        if let Some(reference) = assigned.shift_remove("$ref")
            && !assigned.contains_key("value")
        {
            // `$ref` alone names the id, and null is nothing beside it.
            unassigned.retain(|name| name != "value");
            assigned.insert("value".into(), json!(reference.as_str().unwrap().rsplit('/').next().unwrap()));
        }
        if assigned.get("value").is_some_and(|value| value == "") {
            return Err(ScimType::InvalidValue);
        }
    }
    Ok((assigned, unassigned))
}

fn sub_attributes(attribute: &Attribute, members: Object) -> Modelled<(Object, Vec<String>)> {
    let (mut assigned, mut unassigned) = (Object::new(), Vec::new());
    for (name, value) in members {
        let Some(sub) = attribute.sub_attribute(&name).filter(|sub| sub.mutability != Mutability::ReadOnly) else { continue };
        if value.is_null() {
            unassigned.push(sub.name.clone());
        } else {
            assigned.insert(sub.name.clone(), simple(sub, value)?);
        }
    }
    Ok((assigned, unassigned))
}

fn element(attribute: &Attribute, value: Value) -> Modelled<(Object, Vec<String>)> {
    match value {
        Value::Null => Err(ScimType::InvalidSyntax),
        Value::Object(members) => {
            let (mut assigned, unassigned) = sub_attributes(attribute, members)?;
            if attribute.name == "members" {
                let reference = assigned.shift_remove("$ref");
                if let (Some(reference), None) = (reference, assigned.get("value")) {
                    assigned.insert("value".into(), json!(reference.as_str().unwrap().rsplit('/').next().unwrap()));
                }
                assigned.shift_remove("type");
            }
            Ok((assigned, unassigned))
        }
        _ => Err(ScimType::InvalidSyntax),
    }
}

/// The elements of an add or replace.
fn elements_of(attribute: &Attribute, op: &str, value: Value) -> Modelled<Vec<Value>> {
    let items = match value {
        Value::Array(items) => items,
        single => vec![single],
    };
    let mut elements: Vec<Value> = Vec::new();
    for item in items {
        if item.is_null() {
            return Err(ScimType::InvalidValue);
        }
        // An add leaves out what is null; then an element of nothing else says nothing.
        let says_nothing = item == json!({}) || op == "add" && item.as_object().is_some_and(|item| item.values().all(Value::is_null));
        let (assigned, unassigned) = element(attribute, item)?;
        if assigned.is_empty() && (attribute.name == "members" || unassigned.is_empty() && !says_nothing) {
            return Err(ScimType::InvalidValue);
        }
        if attribute.name == "members" && !assigned.contains_key("value") {
            return Err(ScimType::InvalidValue);
        }
        if assigned.is_empty() {
            continue;
        }
        let new = Value::Object(assigned);
        match elements.iter_mut().find(|old| is_same(attribute, old, &new)) {
            Some(old) => {
                let primary = old["primary"] == true || new["primary"] == true;
                merge(old, &new);
                if primary {
                    old["primary"] = json!(true);
                }
            }
            None => elements.push(new),
        }
    }
    one_primary(&elements)?;
    Ok(elements)
}

/// The items that a remove lists: what they have of the element.
fn list_of(attribute: &Attribute, value: Value) -> Modelled<Vec<Object>> {
    let items = match value {
        Value::Array(items) => items,
        single => vec![single],
    };
    let mut listed = Vec::new();
    for item in items {
        match item {
            Value::Null => {}
            Value::Object(members) => {
                let known = members.into_iter().filter(|(_, value)| !value.is_null());
                let known = known.filter_map(|(name, value)| Some((attribute.sub_attribute(&name)?.name.clone(), value)));
                let known: Object = known.collect();
                if !known.is_empty() {
                    listed.push(known);
                }
            }
            _ => return Err(ScimType::InvalidSyntax),
        }
    }
    Ok(listed)
}

fn names(attribute: &Attribute, item: &Object, element: &Value) -> bool {
    let mut item = item.clone();
    if let (Some(reference), None) = (item.get("$ref").cloned(), item.get("value")) {
        item.insert("value".into(), json!(reference.as_str().and_then(|reference| reference.rsplit('/').next())));
    }
    let compared = if item.contains_key("value") { vec!["value"] } else { item.keys().map(String::as_str).collect() };
    compared.into_iter().all(|name| {
        let sub = attribute.sub_attribute(name).unwrap();
        let key = comparison_key(sub, &item[name]);
        key.is_some() && key == comparison_key(sub, &element[name])
    })
}

/// Same `value` and `type`, or the same in all but `primary`.
fn is_same(attribute: &Attribute, left: &Value, right: &Value) -> bool {
    if attribute.name == "members" {
        return left["value"] == right["value"];
    }
    let by_value = left.get("value").is_some() && right.get("value").is_some();
    attribute.sub_attributes.iter().all(|sub| {
        let counts = if by_value { ["value", "type"].contains(&sub.name.as_str()) } else { sub.name != "primary" };
        !counts || comparison_key(sub, &left[&sub.name]) == comparison_key(sub, &right[&sub.name])
    })
}

fn one_primary(elements: &[Value]) -> Modelled {
    if elements.iter().filter(|element| element["primary"] == true).count() > 1 { Err(ScimType::InvalidValue) } else { Ok(()) }
}

fn merge(into: &mut Value, from: &Value) {
    for (name, value) in from.as_object().unwrap() {
        into[name] = value.clone();
    }
}
