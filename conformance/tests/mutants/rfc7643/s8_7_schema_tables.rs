//! Mutants for the checks of RFC 7643 §8.7: the schemas that the RFC publishes.

use serde_json::{Value, json};

use crate::deviation::{Deviation, Mutant, mutant, on_answer};

/// `/Schemas` has another value for a characteristic; the pointer begins in the schema.
pub(super) fn schema_has(urn: &'static str, pointer: &'static str, value: Value) -> Deviation {
    on_answer(move |asked, answered| {
        if asked.is("GET", "/Schemas") {
            answered.edit_list(|schemas| {
                let schema = schemas.iter_mut().find(|schema| schema["id"] == urn).expect("the schema");
                let (holder, member) = pointer.rsplit_once('/').expect("a pointer");
                schema.pointer_mut(holder).expect("what holds it")[member] = value.clone();
            });
        }
    })
}

pub(super) fn mutants() -> Vec<Mutant> {
    const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
    const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
    const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
    const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
    const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    vec![
        mutant("7643-8.7.1-differences", schema_has(USER, "/attributes/2/returned", json!("request"))),
        mutant("7643-8.7.1-user", schema_has(USER, "/attributes/2/multiValued", json!(true))),
        mutant("7643-8.7.1-group", schema_has(GROUP, "/attributes/0/type", json!("integer"))),
        mutant("7643-8.7.1-enterprise", schema_has(ENTERPRISE, "/attributes/0/type", json!("decimal"))),
        mutant("7643-8.7.2-service-provider-config", schema_has(CONFIG, "/attributes/1/multiValued", json!(true))),
        mutant("7643-8.7.2-resource-type", schema_has(RESOURCE_TYPE, "/attributes/1/type", json!("integer"))),
        mutant("7643-8.7.2-schema", schema_has(SCHEMA, "/attributes/3/multiValued", json!(false))),
    ]
}
