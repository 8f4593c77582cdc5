//! Which attributes an answer has (RFC 7644 §3.4.2.5, §3.9; RFC 7643 §7, `returned`).

use scim_filter::{Dialect, Path};
use serde_json::Value;

use crate::path::bind;
use crate::store::{Document, Load};
use crate::{Attribute, BoundPath, Error, Leniency, Profile, ResourceType, Result, Returned};

/// The `attributes` or `excludedAttributes` of a request.
///
/// # Examples
/// ```
/// use scim_server::{Registry, projection::Projection, store::Load};
///
/// let registry = Registry::rfc7643();
/// let group = registry.by_name("Group").expect("Group is registered");
/// let projection = Projection::parse(group, None, Some("members"))?;
/// assert_eq!(projection.load(group), Load::Without(vec!["members".into()]));
/// # Ok::<(), scim_server::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Projection {
    choice: Choice,
}

#[derive(Debug, Clone, Default)]
enum Choice {
    /// The minimum set and the default set (§3.9).
    #[default]
    Default,
    /// The minimum set and these.
    Only(Vec<Name>),
    /// The minimum set and the default set without these.
    Without(Vec<Name>),
}

/// What one name of the list stands for.
#[derive(Debug, Clone, PartialEq)]
enum Name {
    /// A URN alone: all attributes of the base schema (none) or of the extension.
    Schema(Option<String>),
    /// An attribute or sub-attribute.
    Path(BoundPath),
}

impl Projection {
    /// Reads both parameters: lists of names separated by commas, in any case. A name is an attribute, a sub-attribute
    /// (`emails.value`), one of an extension with its URN before it, or a URN alone: all attributes of that schema. Unknown names
    /// are ignored (S24); a list of nothing but unknown names still selects nothing.
    ///
    /// SPEC: an empty parameter (`attributes=`) is as good as none: it names no attribute that the default could be replaced by.
    ///
    /// # Errors
    /// `invalidValue` if both are given (S15).
    pub fn parse(kind: &ResourceType, attributes: Option<&str>, excluded: Option<&str>) -> Result<Self> {
        let given = |list: Option<&str>| list.filter(|list| list.contains(|c| c != ',' && c != ' ')).map(|list| names(kind, list));
        let choice = match (given(attributes), given(excluded)) {
            (None, None) => Choice::Default,
            (Some(names), None) => Choice::Only(names),
            (None, Some(names)) => Choice::Without(names),
            (Some(_), Some(_)) => {
                return Err(Error::invalid_value(
                    "`attributes` and `excludedAttributes` exclude each other: send only one of them (RFC 7644 section 3.9)",
                ));
            }
        };
        Ok(Self { choice })
    }

    /// Whether the request has neither parameter.
    #[must_use]
    pub fn is_default(&self) -> bool {
        matches!(self.choice, Choice::Default)
    }

    /// Which collections and derived attributes an answer to a reading request needs.
    #[must_use]
    pub fn load(&self, kind: &ResourceType) -> Load {
        self.load_after(kind, None)
    }

    /// Which collections and derived attributes an answer needs that has several types, each with its projection.
    #[must_use]
    pub fn load_of_several<'a>(each: impl IntoIterator<Item = (&'a ResourceType, &'a Projection)>) -> Load {
        let mut shown = Vec::new();
        for (kind, projection) in each {
            let load = projection.load(kind);
            shown.extend(related(kind).map(ToString::to_string).filter(|path| load.wants(path)));
        }
        Load::Only(shown)
    }

    /// Whether an answer to a reading request shows nothing but what the version of the resource counts: nothing of what other
    /// resources say of it, such as `groups`, or of themselves, such as `manager.displayName`.
    #[must_use]
    pub fn is_covered_by_version(&self, kind: &ResourceType) -> bool {
        let view = View::new(kind, &self.choice, None);
        related(kind).chain(&kind.references).all(|path| view.shown(path) == Shown::Nothing)
    }

    /// Which collections and derived attributes an answer to a POST, PUT or PATCH with that body needs.
    #[must_use]
    pub fn load_after(&self, kind: &ResourceType, sent: Option<&Document>) -> Load {
        let view = View::new(kind, &self.choice, sent);
        let (mut shown, mut hidden) = (Vec::new(), Vec::new());
        for path in related(kind) {
            let list = if view.shown(path) == Shown::Nothing { &mut hidden } else { &mut shown };
            list.push(path.to_string());
        }
        if hidden.is_empty() {
            return Load::Everything;
        }
        match self.choice {
            Choice::Default | Choice::Without(_) => Load::Without(hidden),
            Choice::Only(_) => Load::Only(shown),
        }
    }

    /// Takes out of a full representation what this answer does not show. `sent` is the body of a POST, PUT or PATCH: attributes with
    /// `returned: request` that it names are shown, unless the `attributes` or `excludedAttributes` of the request say otherwise (S60).
    pub fn apply(&self, kind: &ResourceType, resource: &mut Document, sent: Option<&Document>) {
        let view = View::new(kind, &self.choice, sent);
        for path in kind.attributes() {
            let holder = match &path.extension {
                None => Some(&mut *resource),
                Some(urn) => resource.get_mut(&**urn).and_then(Value::as_object_mut),
            };
            if let Some(holder) = holder {
                view.trim(&path, holder);
            }
        }
        for extension in &kind.extensions {
            let urn = &extension.schema.id;
            if resource.get(urn).and_then(Value::as_object).is_some_and(Document::is_empty) {
                resource.shift_remove(urn);
            }
        }
    }
}

impl Projection {
    /// What an answer shows of the elements of one collection that is not in its representation. `sent` is as for [`Self::apply`].
    pub(crate) fn elements(&self, kind: &ResourceType, path: &BoundPath, sent: Option<&Document>) -> ElementView {
        ElementView { choice: self.choice.clone(), sent: View::new(kind, &self.choice, sent).sent, path: path.clone() }
    }
}

/// What one answer shows of the elements of a collection.
#[derive(Debug)]
pub(crate) struct ElementView {
    choice: Choice,
    sent: Vec<Name>,
    path: BoundPath,
}

impl ElementView {
    /// The elements without what is not shown of them. One that loses everything is not shown.
    pub(crate) fn shown(&self, elements: Vec<Value>) -> Vec<Value> {
        let name = &self.path.attribute.name;
        let mut holder = Document::new();
        holder.insert(name.clone(), Value::Array(elements));
        View { choice: &self.choice, sent: self.sent.clone() }.trim(&self.path, &mut holder);
        match holder.shift_remove(name) {
            Some(Value::Array(shown)) => shown,
            Some(_) | None => Vec::new(),
        }
    }
}

/// The attributes that the store keeps beside the document.
fn related(kind: &ResourceType) -> impl Iterator<Item = &BoundPath> {
    let derived = kind.derived.iter().map(|derived| &derived.attribute);
    kind.collections.iter().map(|collection| &collection.attribute).chain(derived)
}

fn names(kind: &ResourceType, list: &str) -> Vec<Name> {
    let dialect = Dialect::with_urns(kind.urns());
    let mut found = Vec::new();
    for name in list.split(',').filter_map(|text| name(kind, text, &dialect)) {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

fn name(kind: &ResourceType, text: &str, dialect: &Dialect<'_>) -> Option<Name> {
    let path = Path::parse(text, dialect).ok()?;
    let Some(name) = path.name() else { return schema(kind, path.urn()?) };
    if path.filter().is_some() {
        return None;
    }
    bind(kind, path.urn(), name, path.sub(), &to_the_letter()).map(Name::Path)
}

fn schema(kind: &ResourceType, urn: &str) -> Option<Name> {
    if kind.schema.id.eq_ignore_ascii_case(urn) {
        return Some(Name::Schema(None));
    }
    kind.extension(urn).map(|extension| Name::Schema(Some(extension.schema.id.clone())))
}

fn to_the_letter() -> Leniency {
    Leniency::new(Profile::STRICT)
}

/// How much of an attribute is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    /// All but the sub-attributes that say otherwise.
    Whole,
    /// The sub-attributes that are named or `returned: always`.
    Parts,
}

/// What one answer shows of a type.
struct View<'a> {
    choice: &'a Choice,
    /// What the body of the request names.
    sent: Vec<Name>,
}

impl<'a> View<'a> {
    fn new(kind: &ResourceType, choice: &'a Choice, sent: Option<&Document>) -> Self {
        Self { choice, sent: sent.map(|body| named_by(kind, body)).unwrap_or_default() }
    }

    /// Trims one attribute where it stands. A value that loses all its sub-attributes is not shown.
    fn trim(&self, path: &BoundPath, holder: &mut Document) {
        let name = &path.attribute.name;
        let shown = self.shown(path);
        let empty = match holder.get_mut(name) {
            None => return,
            Some(_) if shown == Shown::Nothing => true,
            Some(Value::Object(parts)) => {
                self.trim_parts(path, shown, parts);
                parts.is_empty()
            }
            Some(Value::Array(elements)) if path.attribute.is_complex() => {
                elements.retain_mut(|element| {
                    let Value::Object(parts) = element else { return true };
                    self.trim_parts(path, shown, parts);
                    !parts.is_empty()
                });
                elements.is_empty()
            }
            Some(_) => false,
        };
        if empty {
            holder.shift_remove(name);
        }
    }

    fn trim_parts(&self, path: &BoundPath, shown: Shown, parts: &mut Document) {
        parts.retain(|name, _| match path.attribute.sub_attribute(name) {
            Some(sub) => self.shows_part(&path.with_sub(sub.clone()), sub, shown),
            None => shown == Shown::Whole,
        });
    }

    fn shown(&self, path: &BoundPath) -> Shown {
        let attribute = &path.attribute;
        match (attribute.returned, self.choice) {
            _ if attribute.is_secret() => Shown::Nothing,
            (Returned::Never, _) => Shown::Nothing,
            (Returned::Always, _) => Shown::Whole,
            (Returned::Default, Choice::Default) => Shown::Whole,
            (Returned::Default | Returned::Request, Choice::Without(names)) if names_whole(names, path) => Shown::Nothing,
            (Returned::Default, Choice::Without(_)) => Shown::Whole,
            (Returned::Default, Choice::Only(names)) if names_whole(names, path) => Shown::Whole,
            // S60: a URN selects an attribute that is returned on request only if the attribute is named itself.
            (Returned::Request, Choice::Only(names)) if names.contains(&Name::Path(path.clone())) => Shown::Whole,
            (Returned::Default | Returned::Request, Choice::Only(names)) if names_part(names, path) => Shown::Parts,
            (Returned::Default | Returned::Request, Choice::Only(_)) => Shown::Nothing,
            (Returned::Request, Choice::Default | Choice::Without(_)) => {
                let named = self.sent.contains(&Name::Path(path.clone())) || names_part(&self.sent, path);
                if named { Shown::Whole } else { Shown::Nothing }
            }
        }
    }

    /// Whether a sub-attribute is shown of an attribute that is shown so.
    ///
    /// SPEC: `returned: always` of a sub-attribute means: whenever its parent is shown. It does not by itself bring back a parent
    /// that the request leaves out.
    fn shows_part(&self, path: &BoundPath, sub: &Attribute, parent: Shown) -> bool {
        let named = |names: &[Name]| names.contains(&Name::Path(path.clone()));
        match (sub.returned, self.choice) {
            _ if sub.is_secret() => false,
            (Returned::Never, _) => false,
            (Returned::Always, _) => true,
            (Returned::Default, Choice::Only(names)) => parent == Shown::Whole || named(names),
            (Returned::Default, Choice::Default) => true,
            (Returned::Default | Returned::Request, Choice::Without(names)) if named(names) => false,
            (Returned::Default, Choice::Without(_)) => true,
            (Returned::Request, Choice::Only(names)) => named(names),
            (Returned::Request, Choice::Default | Choice::Without(_)) => named(&self.sent),
        }
    }
}

/// Whether the attribute is named itself or by its schema's URN.
fn names_whole(names: &[Name], path: &BoundPath) -> bool {
    names.iter().any(|name| match name {
        Name::Path(named) => named == path,
        Name::Schema(Some(urn)) => path.extension.as_deref() == Some(urn),
        // The common attributes belong to no schema (RFC 7643 §3.1).
        Name::Schema(None) => path.extension.is_none() && !is_common(&path.attribute.name),
    })
}

fn names_part(names: &[Name], path: &BoundPath) -> bool {
    names.iter().any(|name| matches!(name, Name::Path(named) if named.sub.is_some() && named.parent() == *path))
}

fn is_common(name: &str) -> bool {
    crate::schema::COMMON.iter().any(|common| common.name == name)
}

/// The attributes and sub-attributes that the body of a request names: the members of a resource, or the paths and values of a PatchOp.
fn named_by(kind: &ResourceType, body: &Document) -> Vec<Name> {
    let mut found = Vec::new();
    let operations = body.iter().find(|(name, _)| name.eq_ignore_ascii_case("Operations")).and_then(|(_, value)| value.as_array());
    match operations.filter(|_| kind.core_attribute("Operations").is_none()) {
        None => named_in(kind, None, body, &mut found),
        Some(operations) => {
            for operation in operations.iter().filter_map(Value::as_object) {
                let member = |wanted: &str| operation.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value);
                match (member("path").and_then(Value::as_str), member("value")) {
                    (Some(path), value) => named_at(kind, None, path, value.unwrap_or(&Value::Null), &mut found),
                    (None, Some(Value::Object(value))) => named_in(kind, None, value, &mut found),
                    (None, _) => {}
                }
            }
        }
    }
    found
}

fn named_in(kind: &ResourceType, urn: Option<&str>, members: &Document, found: &mut Vec<Name>) {
    for (name, value) in members {
        named_at(kind, urn, name, value, found);
    }
}

/// What one member or path names: itself and the sub-attributes in its value.
fn named_at(kind: &ResourceType, urn: Option<&str>, text: &str, value: &Value, found: &mut Vec<Name>) {
    let Ok(path) = Path::parse(text, &Dialect::with_urns(kind.urns())) else { return };
    let Some(name) = path.name() else {
        if let (Value::Object(members), None) = (value, urn) {
            named_in(kind, path.urn(), members, found);
        }
        return;
    };
    let Some(attribute) = bind(kind, urn.or(path.urn()), name, path.sub(), &to_the_letter()) else { return };
    let elements = match value {
        Value::Array(elements) => elements.as_slice(),
        single => std::slice::from_ref(single),
    };
    let parts = elements.iter().filter_map(Value::as_object).flat_map(Document::keys);
    let subs = parts.filter_map(|part| attribute.attribute.sub_attribute(part)).map(|sub| attribute.with_sub(sub.clone()));
    for path in subs.chain([attribute.clone()]).map(Name::Path) {
        if !found.contains(&path) {
            found.push(path);
        }
    }
}

#[cfg(test)]
mod tests;
