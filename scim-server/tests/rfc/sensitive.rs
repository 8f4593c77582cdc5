//! What must not stand in a URL (RFC 7644 §7.5.2).

use scim_server::{Profile, Registry};
use serde_json::json;

use crate::{ENTERPRISE, Scim, USER, assert_error, names, scim_server, user, user_with};

const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

fn careful(profile: Profile) -> Scim {
    let paths = ["emails.value".to_owned(), "name".into(), format!("{ENTERPRISE}:employeeNumber")];
    Scim::of(scim_server(Registry::rfc7643(), profile).with_sensitive_attributes(paths))
}

/// RFC: 7644-7.5.2-02 7644-3.12-26
#[tokio::test]
async fn a_filter_on_what_is_sensitive_is_refused_in_a_url() {
    let scim = careful(Profile::RFC);
    let more = json!({"emails": [{"value": "b@x.example", "type": "work"}], "name": {"familyName": "Jensen"}});
    scim.create("/Users", &user_with("bjensen", more)).await;
    for filter in [
        r#"emails.value eq "b@x.example""#.to_owned(),
        r#"EMAILS co "x.example""#.into(),
        r#"emails[type eq "work" and value ew "example"]"#.into(),
        r#"userName eq "bjensen" and not (name.familyName eq "Jensen")"#.into(),
        "urn:ietf:params:scim:schemas:core:2.0:User:emails.value pr".into(),
        format!(r#"{ENTERPRISE}:employeeNumber eq "1""#),
    ] {
        let answer = scim.filter("/Users", &filter).await;
        assert_error(&answer, 403, Some("sensitive"));
        assert!(!answer.body.to_string().contains("x.example"), "{}", answer.body);
    }
    for filter in [r#"userName eq "bjensen""#, r#"emails.type eq "work""#, r#"emails[type eq "work"]"#] {
        assert_eq!(scim.found("/Users", filter).await, ["bjensen"], "{filter}");
    }
    assert_error(&scim.filter("/Users", "emails.value eq").await, 400, Some("invalidFilter"));
    assert!(scim.found("/Groups", r#"displayName eq "emails.value""#).await.is_empty());
    let bare = r#"employeeNumber eq "1""#;
    assert_error(&careful(Profile::ENTRA).filter("/Users", bare).await, 403, Some("sensitive"));
}

/// RFC: 7644-3.4.3-02 7644-3.4.3-07
#[tokio::test]
async fn the_same_filter_is_answered_in_the_body_of_a_search() {
    let scim = careful(Profile::RFC);
    let more = json!({"schemas": [USER, ENTERPRISE], "emails": [{"value": "b@x.example", "type": "work"}], "name": {"familyName": "Jensen"},
        (ENTERPRISE): {"employeeNumber": "1"}});
    scim.create("/Users", &user_with("bjensen", more)).await;
    scim.create("/Users", &user("jsmith")).await;
    for filter in [
        r#"emails.value eq "b@x.example""#.to_owned(),
        r#"EMAILS co "x.example""#.into(),
        r#"userName eq "bjensen" and name.familyName eq "Jensen""#.into(),
        format!(r#"{ENTERPRISE}:employeeNumber eq "1""#),
    ] {
        assert_error(&scim.filter("/Users", &filter).await, 403, Some("sensitive"));
        for path in ["/Users/.search", "/.search"] {
            let answer = scim.post(path, &json!({"schemas": [SEARCH_REQUEST], "filter": filter})).await;
            assert_eq!(answer.status, 200, "{path} {filter}: {}", answer.body);
            assert_eq!(names(&answer), ["bjensen"], "{path} {filter}");
        }
    }
}

#[test]
#[should_panic(expected = "no resource type has the attribute `emails.values`")]
fn a_name_that_protects_nothing_is_a_mistake() {
    let _ = scim_server(Registry::rfc7643(), Profile::RFC).with_sensitive_attributes(["emails.values"]);
}
