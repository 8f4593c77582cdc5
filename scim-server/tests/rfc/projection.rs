//! `attributes` and `excludedAttributes` on the RFC's own types (RFC 7644 §3.4.2.5, §3.9, §3.10).

use serde_json::json;

use crate::{ENTERPRISE, Scim, USER, user_with};

/// RFC: 7644-3.4.2.5-01 7644-3.9-04..06 7644-3.9-08..10 7644-3.10-01 7644-3.10-04 7644-3.10-05
#[tokio::test]
async fn a_client_gets_what_it_asks_for() {
    let scim = Scim::start();
    let more = json!({"name": {"givenName": "Barbara", "familyName": "Jensen"}, "emails": [{"value": "b@x.example", "type": "work"}],
        ENTERPRISE: {"department": "Ops", "division": "Park"}});
    let path = scim.create("/Users", &user_with("bjensen", more)).await;
    for (query, expected) in [
        ("attributes=userName", json!({"userName": "bjensen"})),
        ("attributes=USERNAME", json!({"userName": "bjensen"})),
        ("attributes=userName,%20emails.type", json!({"userName": "bjensen", "emails": [{"type": "work"}]})),
        ("attributes=name.givenName", json!({"name": {"givenName": "Barbara"}})),
        (&format!("attributes={USER}:name.familyName"), json!({"name": {"familyName": "Jensen"}})),
        (&format!("attributes={}", format!("{ENTERPRISE}:department").to_uppercase()), json!({ENTERPRISE: {"department": "Ops"}})),
        (&format!("attributes={ENTERPRISE}"), json!({ENTERPRISE: {"department": "Ops", "division": "Park"}})),
        ("attributes=foo", json!({})),
        (
            "excludedAttributes=emails,name.familyName,meta",
            json!({"userName": "bjensen", "name": {"givenName": "Barbara"}, ENTERPRISE: {"department": "Ops", "division": "Park"}}),
        ),
    ] {
        for mut shown in [scim.read(&format!("{path}?{query}")).await, scim.read(&format!("/Users?{query}")).await["Resources"][0].clone()]
        {
            let members = shown.as_object_mut().expect("a user is an object");
            assert!(members.shift_remove("id").is_some() && members.shift_remove("schemas").is_some(), "{query}");
            assert_eq!(shown, expected, "{query}");
        }
    }
}
