//! Temporary ids: `bulkId:x` stands for the resource that the operation with the `bulkId` x creates (RFC 7644 §3.7.2).

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use crate::ResourceType;
use crate::patch::PATCH_OP_URN;

/// What a reference begins with.
pub(super) const PREFIX: &str = "bulkId:";

/// The resources that the request creates, by `bulkId`: which operation does, and the id that was reserved.
pub(super) type Reserved = HashMap<String, (usize, String)>;

/// A reference to nothing that the request creates: where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown(pub(super) String);

/// Puts the reserved ids in the place of references, and notes whose they are.
pub(super) struct Resolver<'a> {
    reserved: &'a Reserved,
    /// The attributes whose values are never read as references, and so never shown: passwords.
    secrets: Vec<String>,
    /// The operations that create what is referred to.
    pub(super) operations: BTreeSet<usize>,
}

impl<'a> Resolver<'a> {
    /// For data of that type; of an unknown one none is looked at.
    pub(super) fn new(reserved: &'a Reserved, kind: Option<&ResourceType>) -> Self {
        let secrets = kind
            .into_iter()
            .flat_map(ResourceType::attributes)
            .filter(|path| path.attribute.is_secret())
            .map(|path| path.attribute.name.clone());
        Self { reserved, secrets: secrets.collect(), operations: BTreeSet::new() }
    }

    /// The id that a `bulkId` stands for.
    pub(super) fn id(&mut self, bulk_id: &str) -> Option<String> {
        let (operation, id) = self.reserved.get(bulk_id)?;
        self.operations.insert(*operation);
        Some(id.clone())
    }

    /// Resolves every reference in the data of a POST or PUT.
    pub(super) fn resource(&mut self, data: &mut Map<String, Value>) -> Result<(), Unknown> {
        self.members(data)
    }

    /// Resolves every reference in the data of a PATCH: in its values, and in the filters of its paths.
    ///
    /// SPEC: a list of operations alone is accepted, too: an example of §3.7.3 shows it (S42; erratum 5050).
    pub(super) fn patch(&mut self, data: Value) -> Result<Value, Unknown> {
        let mut message = match data {
            Value::Array(operations) => Map::from_iter([
                ("schemas".to_owned(), Value::Array(vec![PATCH_OP_URN.into()])),
                ("Operations".to_owned(), Value::Array(operations)),
            ]),
            Value::Object(message) => message,
            other => return Ok(other),
        };
        let operations = message.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case("Operations"));
        for (place, operation) in operations.filter_map(|(_, list)| list.as_array_mut()).flatten().enumerate() {
            if let Some(operation) = operation.as_object_mut() {
                self.operation(operation).map_err(|Unknown(inner)| Unknown(format!("Operations[{place}].{inner}")))?;
            }
        }
        Ok(Value::Object(message))
    }

    fn operation(&mut self, operation: &mut Map<String, Value>) -> Result<(), Unknown> {
        let mut is_secret = false;
        for (_, path) in operation.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case("path")) {
            let Value::String(path) = path else { continue };
            is_secret = self.is_secret(path.rsplit([':', '.']).next().unwrap_or_default());
            *path = self.filters(path).ok_or_else(|| Unknown("path".to_owned()))?;
        }
        for (_, value) in operation.iter_mut().filter(|(name, _)| name.eq_ignore_ascii_case("value") && !is_secret) {
            self.value(value).map_err(|inner| inner.below("value"))?;
        }
        Ok(())
    }

    /// A path with the references in its filters resolved: `members[value eq "bulkId:x"]`. Nothing if one is unknown.
    fn filters(&mut self, path: &str) -> Option<String> {
        const QUOTED: &str = "\"bulkId:";
        let mut resolved = String::new();
        let mut rest = path;
        while let Some(start) = rest.find(QUOTED) {
            let (before, text) = rest.split_at(start);
            resolved.push_str(before);
            let mut texts = serde_json::Deserializer::from_str(text).into_iter::<String>();
            match texts.next() {
                Some(Ok(reference)) if !before.ends_with('\\') => {
                    let id = self.id(&reference[PREFIX.len()..])?;
                    resolved.push_str(&Value::String(id).to_string());
                    rest = &text[texts.byte_offset()..];
                }
                // A quotation mark within a text, or one that never closes: the filter is for others to judge.
                _ => {
                    resolved.push_str(QUOTED);
                    rest = &text[QUOTED.len()..];
                }
            }
        }
        resolved.push_str(rest);
        Some(resolved)
    }

    fn value(&mut self, value: &mut Value) -> Result<(), Unknown> {
        match value {
            Value::String(text) => {
                if let Some(bulk_id) = text.strip_prefix(PREFIX) {
                    *text = self.id(bulk_id).ok_or_else(|| Unknown(String::new()))?;
                }
                Ok(())
            }
            Value::Array(list) => {
                let mut numbered = list.iter_mut().enumerate();
                numbered.try_for_each(|(place, value)| self.value(value).map_err(|inner| inner.below(&format!("[{place}]"))))
            }
            Value::Object(members) => self.members(members),
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }

    fn members(&mut self, members: &mut Map<String, Value>) -> Result<(), Unknown> {
        for (name, value) in members {
            if !self.is_secret(name) {
                self.value(value).map_err(|inner| inner.below(name))?;
            }
        }
        Ok(())
    }

    fn is_secret(&self, name: &str) -> bool {
        self.secrets.iter().any(|secret| secret.eq_ignore_ascii_case(name))
    }
}

impl Unknown {
    fn below(self, name: &str) -> Self {
        let Self(inner) = self;
        let dot = if inner.is_empty() || inner.starts_with('[') { "" } else { "." };
        Self(format!("{name}{dot}{inner}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Registry;

    fn reserved() -> Reserved {
        HashMap::from([("u".to_owned(), (3, "id-u".to_owned())), ("a \"b\" \\/]".to_owned(), (5, "id-ab".to_owned()))])
    }

    #[track_caller]
    fn resolves(data: Value, expected: Value, operations: &[usize]) {
        let (registry, reserved) = (Registry::rfc7643(), reserved());
        let mut resolver = Resolver::new(&reserved, registry.by_name("User").map(AsRef::as_ref));
        let mut value = data.clone();
        resolver.value(&mut value).expect("known");
        assert_eq!(value, expected, "{data}");
        assert_eq!(resolver.operations.into_iter().collect::<Vec<_>>(), operations, "{data}");
    }

    #[test]
    fn references_are_resolved_wherever_a_value_stands() {
        resolves(
            json!({"members": [{"value": "bulkId:u"}, {"value": "x"}]}),
            json!({"members": [{"value": "id-u"}, {"value": "x"}]}),
            &[3],
        );
        resolves(json!({"urn:x": {"manager": {"value": "bulkId:u"}}}), json!({"urn:x": {"manager": {"value": "id-u"}}}), &[3]);
        resolves(json!(["bulkId:u", "bulkId:a \"b\" \\/]"]), json!(["id-u", "id-ab"]), &[3, 5]);
        resolves(
            json!({"title": "see bulkId:u", "nickName": "BulkId:u", "n": 1, "b": true}),
            json!({"title": "see bulkId:u", "nickName": "BulkId:u", "n": 1, "b": true}),
            &[],
        );
    }

    #[test]
    fn a_password_is_no_reference() {
        resolves(
            json!({"password": "bulkId:u", "PASSWORD": "bulkId:secret"}),
            json!({"password": "bulkId:u", "PASSWORD": "bulkId:secret"}),
            &[],
        );
        let (registry, reserved) = (Registry::rfc7643(), reserved());
        let user = registry.by_name("User").map(AsRef::as_ref);
        for path in ["password", "urn:ietf:params:scim:schemas:core:2.0:User:Password"] {
            let data = json!([{"op": "replace", "path": path, "value": "bulkId:secret"}]);
            let resolved = Resolver::new(&reserved, user).patch(data.clone()).expect("nothing to resolve");
            assert_eq!(resolved["Operations"], data);
        }
    }

    #[test]
    fn references_in_the_filters_of_a_path_are_resolved() {
        let (registry, reserved) = (Registry::rfc7643(), reserved());
        let group = registry.by_name("Group").map(AsRef::as_ref);
        for (path, expected) in [
            (r#"members[value eq "bulkId:u"]"#, Some(r#"members[value eq "id-u"]"#)),
            (
                r#"members[value eq "bulkId:a \"b\" \\\/]" or value eq "bulkId:u"].type"#,
                Some(r#"members[value eq "id-ab" or value eq "id-u"].type"#),
            ),
            (r#"members[value eq "bulkId:ghost"]"#, None),
            (r#"members[display eq "say \"bulkId:ghost\""]"#, Some(r#"members[display eq "say \"bulkId:ghost\""]"#)),
            (r#"members[value eq "bulkId:u]"#, Some(r#"members[value eq "bulkId:u]"#)),
            ("members", Some("members")),
        ] {
            assert_eq!(Resolver::new(&reserved, group).filters(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn an_unknown_reference_is_named_by_its_place() {
        let (registry, reserved) = (Registry::rfc7643(), reserved());
        let group = registry.by_name("Group").map(AsRef::as_ref);
        let unknown = |data: Value| match data {
            Value::Object(mut data) if data.contains_key("members") => Resolver::new(&reserved, group).resource(&mut data).err(),
            data => Resolver::new(&reserved, group).patch(data).err(),
        };
        let operation = json!([{"op": "remove", "path": "displayName"}, {"op": "add", "value": {"members": [{"value": "bulkId:x"}]}}]);
        for (data, place) in [
            (json!({"members": [{"value": "bulkId:u"}, {"value": "bulkId:x"}]}), "members[1].value"),
            (operation, "Operations[1].value.members[0].value"),
            (json!({"Operations": [{"op": "remove", "path": "members[value eq \"bulkId:x\"]"}]}), "Operations[0].path"),
        ] {
            assert_eq!(unknown(data), Some(Unknown(place.to_owned())));
        }
    }
}
