//! The body of a create or replace request, attribute by attribute (RFC 7644 §3.3, §3.5.1).

use std::collections::HashSet;

use serde_json::Value;

use super::collection::read_elements;
use super::value::{Reader, describe, twice};
use super::{Draft, place};
use crate::error::quote;
use crate::store::Document;
use crate::{BoundPath, Error, Mutability, Quirk, Result};

/// Reads a body into a draft that may still lack what is required.
pub(super) fn read_body(reader: Reader<'_>, body: Value, own_id: Option<&str>) -> Result<Draft> {
    let Value::Object(body) = body else {
        return Err(Error::invalid_syntax(format!("the body is {}: send the resource as an object", describe(&body))));
    };
    let mut reading = Reading { reader, own_id, draft: Draft::default(), seen: HashSet::new(), hoisted: Vec::new() };
    let mut schemas = None;
    for (name, value) in body {
        if name.eq_ignore_ascii_case("schemas") {
            reading.once("schemas".into())?;
            schemas = Some(value);
        } else {
            reading.member(name, value)?;
        }
    }
    // What stands in the extension itself wins over what stands outside of it.
    for (path, value) in std::mem::take(&mut reading.hoisted) {
        if !reading.seen.contains(&path.to_string()) {
            reading.attribute(&path, value)?;
        }
    }
    check_schemas(reader, schemas)?;
    Ok(reading.draft)
}

struct Reading<'a> {
    reader: Reader<'a>,
    own_id: Option<&'a str>,
    draft: Draft,
    /// The canonical paths that were met.
    seen: HashSet<String>,
    hoisted: Vec<(BoundPath, Value)>,
}

impl Reading<'_> {
    fn member(&mut self, name: String, value: Value) -> Result<()> {
        let kind = self.reader.kind;
        if let Some(extension) = kind.extension(&name) {
            let urn = extension.schema.id.clone();
            self.once(urn.clone())?;
            return self.extension(&urn, value);
        }
        if let Some(path) = kind.core_attribute(&name) {
            return self.attribute(&path, value);
        }
        // INTEROP: enterprise attributes at the top of a body (ENTRA-21).
        if let Some(path) = kind.attribute_of_any_extension(&name)
            && self.reader.leniency.permits(Quirk::HoistedExtensionAttributes)
        {
            self.hoisted.push((path, value));
            return Ok(());
        }
        self.reader.unknown(&name)
    }

    fn extension(&mut self, urn: &str, value: Value) -> Result<()> {
        let attributes = match value {
            Value::Null => return Ok(()),
            Value::Object(attributes) => attributes,
            other => {
                return Err(Error::invalid_value(format!(
                    "`{urn}` is {}: send an object with the extension's attributes",
                    describe(&other)
                )));
            }
        };
        for (name, value) in attributes {
            match self.reader.kind.extension_attribute(urn, &name) {
                Some(path) => self.attribute(&path, value)?,
                None => self.reader.unknown(&name)?,
            }
        }
        Ok(())
    }

    fn attribute(&mut self, path: &BoundPath, value: Value) -> Result<()> {
        self.once(path.to_string())?;
        let kind = self.reader.kind;
        if path.attribute.mutability == Mutability::ReadOnly || kind.derived(path).is_some() {
            return Ok(()); // §3.3, §3.5.1: ignored.
        }
        if kind.collection(path).is_some() {
            let elements = read_elements(self.reader, path, value, self.own_id)?;
            self.draft.collections.push((path.to_string(), elements));
            return Ok(());
        }
        let value = self.reader.value(path, value)?;
        if value.is_none() && path.attribute.required && path.attribute.is_secret() {
            // S61: not the same as left out, which a replacement may do.
            return Err(Error::invalid_value(format!("`{path}` is required: send a value, or leave it out of a replacement to keep it")));
        }
        let document = if path.attribute.is_secret() { &mut self.draft.secrets } else { &mut self.draft.document };
        place::set(document, path, value);
        Ok(())
    }

    fn once(&mut self, path: String) -> Result<()> {
        if self.seen.contains(&path) {
            return Err(twice(path));
        }
        self.seen.insert(path);
        Ok(())
    }
}

/// `schemas` names the base schema and nothing unknown (RFC 7643 §3; S38, S71). What is stored is computed, not this.
fn check_schemas(reader: Reader<'_>, schemas: Option<Value>) -> Result<()> {
    let kind = reader.kind;
    let base = &kind.schema.id;
    let named = match schemas {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(named)) => named,
        Some(single @ Value::String(_)) if reader.leniency.permits(Quirk::WrapSingleValues) => vec![single],
        Some(other) => return Err(Error::invalid_syntax(format!("`schemas` is {}: send a list of URNs", describe(&other)))),
    };
    let mut has_base = false;
    for urn in named {
        let Value::String(urn) = urn else {
            return Err(Error::invalid_syntax(format!("`schemas` has an element that is {}: send URNs", describe(&urn))));
        };
        has_base |= urn.eq_ignore_ascii_case(base);
        let known = kind.urns().any(|known| known.eq_ignore_ascii_case(&urn));
        if !known && !reader.leniency.permits(Quirk::IgnoreUnknownSchemas) {
            return Err(Error::invalid_value(format!(
                "`schemas` names {}, which is no schema of {}: leave it out",
                quote(&urn),
                kind.name
            )));
        }
    }
    if has_base || reader.leniency.permits(Quirk::InferSchemas) {
        return Ok(());
    }
    Err(Error::invalid_syntax(format!("`schemas` must name `{base}`: add it to the list")))
}

/// The document with `schemas` in front: the base schema and each extension that holds a value (S05).
pub(crate) fn with_schemas(kind: &crate::ResourceType, mut document: Document) -> Document {
    document.shift_remove("schemas");
    let extensions = kind.extensions.iter().map(|extension| &extension.schema.id).filter(|urn| document.contains_key(urn.as_str()));
    let urns = std::iter::once(&kind.schema.id).chain(extensions).map(|urn| Value::String(urn.clone())).collect();
    let mut whole = Document::with_capacity(document.len() + 1);
    whole.insert("schemas".into(), Value::Array(urns));
    whole.extend(document);
    whole
}
