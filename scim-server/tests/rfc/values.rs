//! The values of attributes: their JSON, what is kept of them, and the user's own attributes (RFC 7643 §2.3, §4.1).

use serde_json::{Value, json};

use crate::{ENTERPRISE, Scim, USER, assert_error, user_with};

/// RFC: 7643-2.3.1-01 7643-4.1.1-04 7643-4.1.1-06 7643-4.1.1-10 7643-4.1.1-11 7643-4.1.1-12 7643-4.1.1-14 7643-4.1.2-01 7643-4.1.2-04
/// RFC: 7643-4.1.2-05 7643-4.1.2-09 7643-4.1.2-11 7643-4.1.2-19 7643-4.1.2-20 7643-4.1.2-24 7643-4.1.2-26 7643-4.3-01
#[tokio::test]
async fn what_a_user_is_created_with_is_what_is_read() {
    let scim = Scim::start();
    let services = ["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo", "other"];
    let ims: Vec<Value> = services.iter().map(|service| json!({"value": format!("at-{service}"), "type": service})).collect();
    let sent = json!({
        "schemas": [USER, ENTERPRISE],
        "userName": "bjensen",
        "name": {"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara", "middleName": "Jane",
            "honorificPrefix": "Ms.", "honorificSuffix": "III"},
        "displayName": "Babs \u{1f98a} Jensen", "nickName": "", "profileUrl": "https://login.example.com/bjensen", "title": "Tour Guide",
        "userType": "Anything", "preferredLanguage": "en-US,en;q=0.8", "locale": "en-US", "timezone": "America/Los_Angeles", "active": true,
        "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true, "display": "Babs"}, {"value": "b@home.example", "type": "boat"}],
        "phoneNumbers": [{"value": "tel:+1-201-555-0123", "type": "work"}, {"value": "(201) 555-0199", "type": "satellite"}],
        "ims": ims,
        "photos": [{"value": "https://photos.example.com/F", "type": "photo"}, {"value": "https://photos.example.com/T", "type": "thumbnail"}],
        "addresses": [{"streetAddress": "100 Universal City Plaza\nBuilding 5", "formatted": "100\nHollywood", "country": "US"}, {"locality": "Ålesund"}],
        "entitlements": [{"value": "anything at all"}], "roles": [{"value": "Student", "type": "scoped"}],
        ENTERPRISE: {"employeeNumber": "701984", "costCenter": "4130", "organization": "Universal Studios", "division": "Theme Park",
            "department": "Tour Operations"},
    });
    let path = scim.create("/Users", &sent).await;
    let mut read = scim.read(&path).await;
    for made in ["id", "meta"] {
        read.as_object_mut().expect("a user is an object").shift_remove(made);
    }
    assert_eq!(read, sent);
}

/// RFC: 7643-4.1.1-15
#[tokio::test]
async fn what_a_value_means_is_for_the_client_to_say() {
    let scim = Scim::start();
    let path = scim.create("/Users", &user_with("bjensen", json!({"active": true, "addresses": [{"country": "SE"}]}))).await;
    let answer = scim.patch(&path, json!([{"op": "replace", "path": "active", "value": false}])).await;
    assert_eq!(answer.body["active"], false);
    assert_eq!(scim.read(&path).await["active"], false);
    assert_eq!(scim.read(&path).await["addresses"], json!([{"country": "SE"}]));
}

/// RFC: 7643-4.1.2-21 7643-2.3.6-01 7643-2.3.6-02 7643-2.3.6-04
#[tokio::test]
async fn a_certificate_is_read_as_base64_of_the_bytes_that_were_sent() {
    let scim = Scim::start();
    for (number, sent) in ["-_8=", "-_8", "+/8", "+/8=", "+/\n8="].into_iter().enumerate() {
        let answer = scim.post("/Users", &user_with(&format!("u{number}"), json!({"x509Certificates": [{"value": sent}]}))).await;
        assert_eq!(answer.body["x509Certificates"], json!([{"value": "+/8="}]), "{sent:?}: {}", answer.body);
    }
    assert_eq!(scim.found("/Users", r#"x509Certificates.value eq "-_8""#).await.len(), 5);
    assert!(scim.found("/Users", r#"x509Certificates.value eq "//8=""#).await.is_empty());
    let no_base64 = user_with("wrong", json!({"x509Certificates": [{"value": "***"}]}));
    assert_error(&scim.post("/Users", &no_base64).await, 400, Some("invalidValue"));
}

/// RFC: 7643-2.4-10 7643-2.4-09 7643-2.4-03
#[tokio::test]
async fn a_pair_of_type_and_value_is_returned_once() {
    let scim = Scim::start();
    let emails = json!([{"value": "a@x.example", "type": "work"}, {"value": "a@x.example", "type": "home"}, {"value": "A@x.example", "type": "work"}]);
    let path = scim.create("/Users", &user_with("bjensen", json!({"emails": emails}))).await;
    let pairs = |user: &Value| -> Vec<String> {
        let emails = user["emails"].as_array().into_iter().flatten();
        emails.map(|email| format!("{} {}", email["type"], email["value"]).to_lowercase()).collect()
    };
    let expected = [r#""work" "a@x.example""#, r#""home" "a@x.example""#];
    assert_eq!(pairs(&scim.read(&path).await), expected);
    let twice = json!([{"op": "add", "path": "emails", "value": {"value": "a@x.example", "type": "home"}}]);
    assert_eq!(pairs(&scim.patch(&path, twice).await.body), expected);
    let become_equal = json!([{"op": "replace", "path": "emails[type eq \"home\"].type", "value": "work"}]);
    assert_eq!(pairs(&scim.patch(&path, become_equal).await.body), expected[..1]);
    let primaries = json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]});
    assert_error(&scim.post("/Users", &user_with("two", primaries)).await, 400, Some("invalidValue"));
}

/// RFC: 7643-2.5-01 7643-2.5-02 7643-2.5-03
#[tokio::test]
async fn null_and_the_empty_list_are_as_good_as_nothing() {
    let scim = Scim::start();
    let full = json!({"nickName": "Babs", "emails": [{"value": "b@x.example"}], "name": {"givenName": "B"}});
    for (number, nothing) in
        [json!({"nickName": null, "emails": [], "name": {}}), json!({"emails": null, "name": null}), json!({})].iter().enumerate()
    {
        let created = scim.create("/Users", &user_with(&format!("created{number}"), nothing.clone())).await;
        let replaced = scim.create("/Users", &user_with(&format!("replaced{number}"), full.clone())).await;
        assert_eq!(scim.put(&replaced, &user_with(&format!("replaced{number}"), nothing.clone())).await.status, 200);
        let patched = scim.create("/Users", &user_with(&format!("patched{number}"), full.clone())).await;
        let unassign = json!([{"op": "replace", "value": {"nickName": null, "emails": [], "name": null}}]);
        assert_eq!(scim.patch(&patched, unassign).await.status, 200);
        for path in [created, replaced, patched] {
            let read = scim.read(&path).await;
            for name in ["nickName", "emails", "name"] {
                assert!(read.get(name).is_none(), "{path} {nothing}: {read}");
            }
        }
    }
    assert!(scim.found("/Users", "nickName pr or emails pr or name pr").await.is_empty());
    assert_eq!(scim.found("/Users", "not (emails pr)").await.len(), 9);
}

/// RFC: 7643-2.3-02 7643-2.3-03 7643-2.3-07..09 7644-3.8-10 7644-3.12-31
#[tokio::test]
async fn a_value_of_another_json_type_is_refused() {
    let scim = Scim::start();
    for (more, keyword) in [
        (json!({"displayName": 5}), "invalidValue"),
        (json!({"active": "yes"}), "invalidValue"),
        (json!({"active": 1}), "invalidValue"),
        (json!({"profileUrl": 5}), "invalidValue"),
        (json!({"name": "x"}), "invalidValue"),
        (json!({"x509Certificates": [{"value": 7}]}), "invalidValue"),
        (json!({"emails": "x"}), "invalidSyntax"),
        (json!({"emails": {"value": "x"}}), "invalidSyntax"),
        (json!({"title": ["x", "y"]}), "invalidValue"),
    ] {
        assert_error(&scim.post("/Users", &user_with("bjensen", more)).await, 400, Some(keyword));
    }
}
