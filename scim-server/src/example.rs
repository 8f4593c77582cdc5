//! Resources for tests, as a store keeps them: the RFC's own examples, and a type with every kind of attribute.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::store::{Document, Element, Referent, ResourceKey, Stored};
use crate::{Registry, RegistryDocument, ResourceType, Timestamp};

pub(crate) const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// `User`, `Group` and `Device`, which has every data type, simple lists and every `returned`.
pub(crate) fn registry() -> Registry {
    let document: RegistryDocument = serde_json::from_value(json!({
        "schemas": [{"id": "urn:example:2.0:Device", "name": "Device", "attributes": [
            {"name": "serial", "returned": "always"},
            {"name": "slots", "type": "integer"},
            {"name": "weight", "type": "decimal"},
            {"name": "bought", "type": "dateTime"},
            {"name": "image", "type": "binary", "caseExact": true},
            {"name": "tags", "multiValued": true},
            {"name": "codes", "multiValued": true, "caseExact": true},
            {"name": "notes", "returned": "request"},
            {"name": "pin", "returned": "never", "mutability": "writeOnly"},
            {"name": "code", "mutability": "writeOnly"},
            {"name": "lock", "type": "complex", "subAttributes": [
                {"name": "state", "returned": "always"},
                {"name": "since", "type": "dateTime"},
                {"name": "log", "returned": "request"},
                {"name": "secret", "returned": "never"},
                {"name": "key", "mutability": "writeOnly"},
                {"name": "primary", "type": "boolean"}
            ]},
            {"name": "keys", "type": "complex", "multiValued": true, "subAttributes": [
                {"name": "value"}, {"name": "code", "returned": "never"}, {"name": "worn", "type": "boolean"}
            ]},
            {"name": "users", "type": "complex", "multiValued": true, "returned": "request", "subAttributes": [
                {"name": "value"},
                {"name": "$ref", "type": "reference", "referenceTypes": ["User"], "caseExact": true}
            ]}
        ]}],
        "resourceTypes": [{"name": "Device", "endpoint": "/Devices", "schema": "urn:example:2.0:Device",
            "collections": [{"attribute": "users"}]}]
    }))
    .expect("the document is a registry document");
    Registry::rfc7643_and(document).expect("the types fit together")
}

pub(crate) fn kind(name: &str) -> Arc<ResourceType> {
    registry().by_name(name).expect("the type is registered").clone()
}

pub(crate) fn object(value: Value) -> Document {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is no object"),
    }
}

/// That document, created at 2010-01-23T04:56:22Z and changed once, at 2011-05-13T04:42:34Z (RFC 7643 §8.2).
pub(crate) fn stored(kind_name: &str, id: &str, document: Value) -> Stored {
    Stored {
        key: ResourceKey { kind: kind(kind_name), id: id.to_owned() },
        version: 2,
        created: Timestamp::from_micros(1_264_222_582_000_000),
        modified: Timestamp::from_micros(1_305_261_754_000_000),
        document: object(document),
        collections: BTreeMap::new(),
        long: Vec::new(),
        referents: BTreeMap::new(),
    }
}

pub(crate) fn element(id: &str, type_name: &str, display: &str) -> Element {
    Element { value: id.to_owned(), item: Document::new(), referent: Some(referent(type_name, display)) }
}

pub(crate) fn referent(type_name: &str, display: &str) -> Referent {
    Referent { type_name: type_name.to_owned(), display: Some(display.to_owned()) }
}

/// Barbara Jensen (RFC 7643 §8.3, shortened), who has a manager and is in one group.
pub(crate) fn barbara() -> Stored {
    let mut stored = stored(
        "User",
        "2819c223-7f76-453a-919d-413861904646",
        json!({
            "schemas": [CORE_USER, ENTERPRISE],
            "externalId": "701984",
            "userName": "bjensen@example.com",
            "name": {"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara"},
            "displayName": "Babs Jensen",
            "profileUrl": "https://login.example.com/bjensen",
            "emails": [
                {"value": "bjensen@example.com", "type": "work", "primary": true},
                {"value": "babs@jensen.org", "type": "home"}
            ],
            "ims": [{"value": "someaimhandle", "type": "aim"}],
            "userType": "Employee",
            "title": "Tour Guide",
            "active": true,
            (ENTERPRISE): {"employeeNumber": "701984", "department": "Tour Operations",
                "manager": {"value": "26118915-6090-4610-87e4-49d8ca9f808d"}}
        }),
    );
    stored.collections.insert("groups".into(), vec![element("e9e30dba", "Group", "Tour Guides")]);
    stored.referents.insert(format!("{ENTERPRISE}:manager"), referent("User", "John Smith"));
    stored
}

/// Tour Guides (RFC 7643 §8.4).
pub(crate) fn tour_guides() -> Stored {
    let mut stored =
        stored("Group", "e9e30dba", json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Tour Guides"}));
    let members = vec![element("2819c223", "User", "Babs Jensen"), element("6c5bb468", "Group", "Drivers")];
    stored.collections.insert("members".into(), members);
    stored
}

/// A device with a value of every type.
pub(crate) fn device() -> Stored {
    let mut stored = stored(
        "Device",
        "d1",
        json!({
            "schemas": ["urn:example:2.0:Device"],
            "serial": "SN-1", "slots": 3, "weight": 1.50, "bought": "2011-05-13T06:42:34+02:00", "image": "+/8=",
            "tags": ["Red", "Blue"], "codes": ["a", "B"], "notes": "handle with care",
            "lock": {"state": "open", "since": "2011-05-13T04:42:34Z", "log": "opened twice"}
        }),
    );
    stored.collections.insert("users".into(), vec![element("u1", "User", "Ana")]);
    stored
}
