//! What Microsoft Entra's provisioning service puts on the wire, in its two dialects.

use clap::ValueEnum;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::mapping::{self, ACTIVE, DISPLAY_NAME, MANAGER, Mapped, Record, USER_NAME};
use crate::model::{ENTERPRISE, GROUP, ResourceType, USER};

/// Which dialect of PATCH is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// What the service sends without any flag: `Replace`, booleans as texts, members removed by a list.
    Entra,
    /// What it sends with the flag `aadOptscim062020`: lower case, booleans, one operation without a path.
    EntraOptscim,
}

impl Dialect {
    /// The name as on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Dialect::Entra => "entra",
            Dialect::EntraOptscim => "entra-optscim",
        }
    }
}

/// How the kinds of requests are called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub(super) matching: &'static str,
    pub(super) create: &'static str,
    pub(super) read: &'static str,
    pub(super) update: &'static str,
    pub(super) delete: &'static str,
}

/// Users or groups.
#[derive(Debug, Clone)]
pub(super) struct ObjectType {
    pub(super) name: &'static str,
    pub(super) words: Words,
    pub(super) mapping: Vec<Mapped>,
    /// By which attribute objects are matched.
    pub(super) matched_by: &'static str,
    pub(super) endpoint: String,
    dialect: Dialect,
    /// What of a resource is not wanted, as a query parameter.
    without: &'static str,
    schema: &'static str,
}

/// What stays as it is in a form-encoded value.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The URI that the service puts beside that of Group.
const MICROSOFT_GROUP: &str = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";

impl ObjectType {
    pub(super) fn users(kind: &ResourceType, dialect: Dialect) -> Self {
        let words =
            Words { matching: "match user", create: "create user", read: "read user", update: "update user", delete: "delete user" };
        let (mapping, endpoint) = (mapping::of_users(kind), kind.endpoint.clone());
        Self { name: "user", words, mapping, matched_by: USER_NAME, endpoint, dialect, without: "", schema: USER }
    }

    pub(super) fn groups(kind: &ResourceType, dialect: Dialect) -> Self {
        let words =
            Words { matching: "match group", create: "create group", read: "read group", update: "update group", delete: "delete group" };
        let (mapping, endpoint) = (mapping::of_groups(kind), kind.endpoint.clone());
        let without = "excludedAttributes=members";
        Self { name: "group", words, mapping, matched_by: DISPLAY_NAME, endpoint, dialect, without, schema: GROUP }
    }

    /// The query for the object with that name.
    pub(super) fn match_path(&self, name: &str) -> String {
        let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
        let value = utf8_percent_encode(&escaped, ENCODED).to_string().replace("%20", "+");
        let without = if self.without.is_empty() { String::new() } else { format!("{}&", self.without) };
        format!("{}?{without}filter={}+eq+%22{value}%22", self.endpoint, self.matched_by)
    }

    pub(super) fn path(&self, id: &str) -> String {
        crate::session::resource_path(&self.endpoint, id)
    }

    /// Where one object is read before it is changed.
    pub(super) fn read_path(&self, id: &str) -> String {
        if self.without.is_empty() { self.path(id) } else { format!("{}?{}", self.path(id), self.without) }
    }

    /// One page of all objects.
    pub(super) fn page_path(&self, start: usize, count: usize) -> String {
        let without = if self.without.is_empty() { String::new() } else { format!("&{}", self.without) };
        format!("{}?startIndex={start}&count={count}{without}", self.endpoint)
    }

    /// The name by which a resource is matched.
    pub(super) fn name_of<'a>(&self, resource: &'a Value) -> &'a str {
        resource[self.matched_by].as_str().unwrap_or_default()
    }

    /// Whether the manager is mapped.
    pub(super) fn has_manager(&self) -> bool {
        self.mapping.iter().any(|row| row.path == MANAGER)
    }

    /// The body of the request that creates the object. References come later.
    pub(super) fn new_resource(&self, record: &Record) -> Value {
        let mut schemas = vec![self.schema];
        if self.schema == GROUP && self.dialect == Dialect::Entra {
            schemas.push(MICROSOFT_GROUP);
        }
        if self.mapping.iter().any(|row| row.is_extended() && record.contains_key(row.path)) {
            schemas.push(ENTERPRISE);
        }
        let mut body = json!({ "schemas": schemas });
        for row in &self.mapping {
            if let Some(value) = record.get(row.path) {
                row.put(&mut body, value);
            }
        }
        body["meta"] = json!({ "resourceType": if self.schema == GROUP { "Group" } else { "User" } });
        body
    }

    /// The operations that give a resource the values of the record. What the directory does not have is not taken away.
    pub(super) fn operations(&self, record: &Record, resource: &Value) -> Vec<Value> {
        let changes = self.mapping.iter().filter_map(|row| {
            let (new, old) = (record.get(row.path)?, row.read(resource));
            (old.as_ref() != Some(new)).then_some((*row, old.is_some(), new.as_str()))
        });
        match self.dialect {
            Dialect::Entra => changes
                .map(|(row, is_there, value)| json!({ "op": if is_there { "Replace" } else { "Add" }, "path": row.path, "value": value }))
                .collect(),
            Dialect::EntraOptscim => {
                let (selecting, folded): (Vec<_>, Vec<_>) = changes.partition(|(row, ..)| row.selects());
                let mut operations: Vec<Value> = selecting
                    .into_iter()
                    .map(|(row, is_there, value)| json!({ "op": if is_there { "replace" } else { "add" }, "path": row.path, "value": value }))
                    .collect();
                if !folded.is_empty() {
                    let mut values = json!({});
                    for (row, _, value) in folded {
                        values[row.path] = if row.path == ACTIVE { Value::from(value == "True") } else { value.into() };
                    }
                    operations.push(json!({ "op": "replace", "value": values }));
                }
                operations
            }
        }
    }

    /// The operation that sets, changes or clears the manager.
    pub(super) fn manager(&self, before: Option<&str>, after: Option<&str>) -> Value {
        match (self.dialect, before, after) {
            (Dialect::Entra, None, Some(id)) => json!({ "op": "Add", "path": MANAGER, "value": id }),
            (Dialect::Entra, _, after) => json!({ "op": "Replace", "path": MANAGER, "value": after.unwrap_or_default() }),
            (Dialect::EntraOptscim, _, Some(id)) => json!({ "op": "replace", "path": MANAGER, "value": { "value": id } }),
            (Dialect::EntraOptscim, _, None) => json!({ "op": "remove", "path": MANAGER }),
        }
    }

    /// The operations that add these members.
    pub(super) fn add_members(&self, ids: &[String]) -> Vec<Value> {
        let (op, value): (_, Vec<Value>) = match self.dialect {
            Dialect::Entra => ("Add", ids.iter().map(|id| json!({ "$ref": null, "value": id })).collect()),
            Dialect::EntraOptscim => ("add", ids.iter().map(|id| json!({ "value": id })).collect()),
        };
        vec![json!({ "op": op, "path": "members", "value": value })]
    }

    /// The operations that remove these members.
    pub(super) fn remove_members(&self, ids: &[String]) -> Vec<Value> {
        match self.dialect {
            Dialect::Entra => {
                let value: Vec<Value> = ids.iter().map(|id| json!({ "$ref": null, "value": id })).collect();
                vec![json!({ "op": "Remove", "path": "members", "value": value })]
            }
            Dialect::EntraOptscim => {
                let path = |id: &String| format!("members[value eq {}]", Value::from(id.as_str()));
                ids.iter().map(|id| json!({ "op": "remove", "path": path(id) })).collect()
            }
        }
    }
}

/// A PATCH message of these operations.
pub(super) fn patch(operations: Vec<Value>) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::bundled;

    fn users(dialect: Dialect) -> ObjectType {
        let schemas = bundled();
        let kind = ResourceType {
            name: "User".into(),
            endpoint: "/Users".into(),
            schema: Arc::clone(&schemas[0]),
            extensions: vec![(Arc::clone(&schemas[2]), false)],
        };
        ObjectType::users(&kind, dialect)
    }

    #[test]
    fn a_match_query_is_form_encoded() {
        assert_eq!(
            users(Dialect::Entra).match_path("ana+b díaz@example.com"),
            "/Users?filter=userName+eq+%22ana%2Bb+d%C3%ADaz%40example.com%22"
        );
    }

    #[test]
    fn only_differences_are_sent_in_the_words_of_the_dialect() {
        let record = Record::from([
            (ACTIVE, "False".into()),
            (DISPLAY_NAME, "Ana".into()),
            (mapping::MAIL, "ana@example.com".into()),
            (mapping::DEPARTMENT, "Sales".into()),
        ]);
        let resource = json!({ "active": true, "displayName": "Ana", ENTERPRISE: { "department": "Legal" } });
        assert_eq!(
            users(Dialect::Entra).operations(&record, &resource),
            [
                json!({ "op": "Replace", "path": "active", "value": "False" }),
                json!({ "op": "Add", "path": "emails[type eq \"work\"].value", "value": "ana@example.com" }),
                json!({ "op": "Replace", "path": mapping::DEPARTMENT, "value": "Sales" }),
            ]
        );
        assert_eq!(
            users(Dialect::EntraOptscim).operations(&record, &resource),
            [
                json!({ "op": "add", "path": "emails[type eq \"work\"].value", "value": "ana@example.com" }),
                json!({ "op": "replace", "value": { "active": false, mapping::DEPARTMENT: "Sales" } }),
            ]
        );
    }

    #[test]
    fn references_are_sent_in_the_words_of_the_dialect() {
        let (legacy, compliant) = (users(Dialect::Entra), users(Dialect::EntraOptscim));
        assert_eq!(legacy.manager(None, Some("7")), json!({ "op": "Add", "path": MANAGER, "value": "7" }));
        assert_eq!(legacy.manager(Some("7"), None), json!({ "op": "Replace", "path": MANAGER, "value": "" }));
        assert_eq!(compliant.manager(Some("7"), None), json!({ "op": "remove", "path": MANAGER }));
        assert_eq!(
            legacy.remove_members(&["a".into()]),
            [json!({ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": "a" }] })]
        );
        assert_eq!(compliant.remove_members(&["a".into()]), [json!({ "op": "remove", "path": "members[value eq \"a\"]" })]);
    }
}
