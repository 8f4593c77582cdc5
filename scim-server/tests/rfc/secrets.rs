//! What is required and never shown (RFC 7643 §7, RFC 7644 §3.3, §3.5.1, §3.5.2.2; S13, S55).

use scim_server::{Boxed, HashPassword, Profile, Registry, RegistryDocument, Result};
use serde_json::{Value, json};

use crate::{Scim, assert_error, scim_server, with};

const BADGE: &str = "urn:example:2.0:Badge";
const PERMIT: &str = "urn:example:extension:2.0:Permit";

/// Any hash will do.
struct Hasher;

impl HashPassword for Hasher {
    fn hash<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<String>> {
        Box::pin(std::future::ready(Ok("a hash".to_owned())))
    }
}

fn registry() -> Registry {
    let document: RegistryDocument = serde_json::from_value(json!({
        "schemas": [
            {"id": BADGE, "name": "Badge", "description": "A badge", "attributes": [
                {"name": "number", "required": true},
                {"name": "note"},
                {"name": "pin", "required": true, "returned": "never"},
                {"name": "key", "type": "complex", "mutability": "writeOnly", "subAttributes": [
                    {"name": "code", "required": true}, {"name": "hint"}
                ]},
                {"name": "doors", "type": "complex", "multiValued": true, "subAttributes": [
                    {"name": "value"}, {"name": "lock", "required": true, "returned": "never"}
                ]}
            ]},
            {"id": PERMIT, "name": "Permit", "description": "What it is good for", "attributes": [
                {"name": "until"},
                {"name": "seal", "required": true, "mutability": "writeOnly"}
            ]}
        ],
        "resourceTypes": [
            {"name": "Badge", "endpoint": "/Badges", "schema": BADGE, "schemaExtensions": [{"schema": PERMIT, "required": false}]}
        ]
    }))
    .expect("the document is a registry document");
    Registry::rfc7643_and(document).expect("the types fit together")
}

/// One server that forgets secrets, and one that keeps their hashes.
fn servers() -> [Scim; 2] {
    let server = || scim_server(registry(), Profile::RFC);
    [Scim::of(server()), Scim::of(server().with_password_hasher(Hasher))]
}

fn badge(more: Value) -> Value {
    with(json!({"schemas": [BADGE], "number": "1", "pin": "0000"}), more)
}

/// The same without its secret.
fn shown(more: Value) -> Value {
    with(json!({"schemas": [BADGE], "number": "1"}), more)
}

/// RFC: 7643-6-16 7644-3.12-24
#[tokio::test]
async fn a_resource_without_a_required_secret_is_not_created() {
    for scim in servers() {
        for (body, missing) in [
            (shown(json!({})), "pin"),
            (badge(json!({"pin": null})), "pin"),
            (badge(json!({"pin": ""})), "pin"),
            (badge(json!({"key": {"hint": "h"}})), "key.code"),
            (badge(json!({"doors": [{"value": "a", "lock": "l"}, {"value": "b"}]})), "doors.lock"),
            (badge(json!({(PERMIT): {"until": "noon"}})), "urn:example:extension:2.0:Permit:seal"),
        ] {
            let answer = scim.post("/Badges", &body).await;
            assert_error(&answer, 400, Some("invalidValue"));
            assert!(answer.body["detail"].to_string().contains(&format!("`{missing}` is required")), "{}", answer.body);
        }
        assert_eq!(scim.read("/Badges").await["totalResults"], 0);
        let whole = badge(json!({"key": {"code": "c"}, "doors": [{"value": "a", "lock": "l"}], (PERMIT): {"until": "noon", "seal": "s"}}));
        let path = scim.create("/Badges", &whole).await;
        let read = scim.read(&path).await;
        assert_eq!((read.get("pin"), read.get("key"), &read["doors"]), (None, None, &json!([{"value": "a"}])));
        assert_eq!(read[PERMIT], json!({"until": "noon"}));
    }
}

/// RFC: 7644-3.5.1-10
#[tokio::test]
async fn a_replacement_need_not_send_again_what_is_there() {
    for scim in servers() {
        let whole = badge(json!({"doors": [{"value": "a", "lock": "l"}], (PERMIT): {"until": "noon", "seal": "s"}}));
        let path = scim.create("/Badges", &whole).await;
        let echo = shown(json!({"note": "n", "doors": [{"value": "a"}], (PERMIT): {"until": "dawn"}}));
        let answer = scim.put(&path, &echo).await;
        assert_eq!((answer.status, &answer.body["note"]), (200, &json!("n")), "{}", answer.body);
        for (body, missing) in
            [(shown(json!({"pin": null})), "pin"), (shown(json!({"doors": [{"value": "a"}, {"value": "b"}]})), "doors.lock")]
        {
            let before = scim.read(&path).await;
            let answer = scim.put(&path, &body).await;
            assert_error(&answer, 400, Some("invalidValue"));
            assert!(answer.body["detail"].to_string().contains(&format!("`{missing}` is required")), "{}", answer.body);
            assert_eq!(scim.read(&path).await, before);
        }
    }
}

#[tokio::test]
async fn an_extension_that_comes_later_brings_its_secret() {
    let [_, scim] = servers();
    let path = scim.create("/Badges", &badge(json!({}))).await;
    let until = json!([{"op": "add", "path": format!("{PERMIT}:until"), "value": "noon"}]);
    for answer in [scim.put(&path, &shown(json!({(PERMIT): {"until": "noon"}}))).await, scim.patch(&path, until.clone()).await] {
        assert_error(&answer, 400, Some("invalidValue"));
        assert!(answer.body["detail"].to_string().contains("Permit:seal` is required"), "{}", answer.body);
    }
    let both = json!([{"op": "add", "value": {(PERMIT): {"until": "noon", "seal": "s"}}}]);
    assert_eq!(scim.patch(&path, both).await.status, 200);
    assert_eq!(scim.patch(&path, json!([{"op": "add", "path": format!("{PERMIT}:until"), "value": "dawn"}])).await.status, 200);
    assert_eq!(scim.put(&path, &shown(json!({(PERMIT): {"until": "dusk"}}))).await.status, 200);
}

/// RFC: 7644-3.5.2.2-09
#[tokio::test]
async fn a_required_secret_is_replaced_and_never_removed() {
    for (number, scim) in servers().into_iter().enumerate() {
        let path = scim.create("/Badges", &badge(json!({"key": {"code": "c"}}))).await;
        let before = scim.read(&path).await;
        for operation in [
            json!({"op": "remove", "path": "pin"}),
            json!({"op": "replace", "path": "pin", "value": null}),
            json!({"op": "replace", "value": {"note": "x", "pin": null}}),
        ] {
            assert_error(&scim.patch(&path, json!([operation])).await, 400, Some("mutability"));
        }
        assert_eq!(scim.read(&path).await, before);
        assert_eq!(scim.patch(&path, json!([{"op": "replace", "path": "note", "value": "x"}])).await.status, 200);
        // Where secrets can be changed at all.
        if number == 1 {
            let part = scim.patch(&path, json!([{"op": "replace", "path": "key", "value": {"hint": "h"}}])).await;
            assert_error(&part, 400, Some("invalidValue"));
            assert!(part.body["detail"].to_string().contains("`key.code` is required"), "{}", part.body);
            for operation in [json!({"op": "replace", "path": "pin", "value": "1111"}), json!({"op": "remove", "path": "key"})] {
                assert_eq!(scim.patch(&path, json!([operation])).await.status, 200);
            }
        }
    }
}
