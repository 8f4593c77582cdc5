//! Filters over HTTP (RFC 7644 §3.4.2.2).

use scim_server::{Profile, Registry};
use serde_json::json;

use crate::{Scim, assert_error, user, user_with};

/// RFC: 7644-3.4.2.2-02 7644-3.4.2-05 7644-3.4.2-09 7644-3.4.2.2-11..13
#[tokio::test]
async fn only_what_matches_is_returned() {
    let scim = Scim::start();
    for name in ["abel", "baker", "cable"] {
        scim.create("/Users", &user(name)).await;
    }
    for (filter, expected) in [
        (r#"userName eq "baker""#, vec!["baker"]),
        (r#"userName co "ab""#, vec!["abel", "cable"]),
        (r#"userName sw "ab""#, vec!["abel"]),
        (r#"userName sw "abel""#, vec!["abel"]),
        (r#"userName ew "able""#, vec!["cable"]),
        (r#"userName eq "nobody""#, vec![]),
    ] {
        let answer = scim.filter("/Users", filter).await;
        assert_eq!((answer.status, crate::names(&answer)), (200, expected.iter().map(|name| (*name).to_owned()).collect()), "{filter}");
        assert_eq!(answer.body["totalResults"], expected.len());
    }
}

/// RFC: 7644-3.4.2.2-19..26 7644-3.4.2.2-50 7644-3.12-17
#[tokio::test]
async fn what_cannot_be_compared_is_refused_and_nothing_is_returned() {
    let scim = Scim::start();
    scim.create("/Users", &user_with("bjensen", json!({"active": true, "x509Certificates": [{"value": "AAAA"}]}))).await;
    for operator in ["gt", "ge", "lt", "le"] {
        for term in [format!("active {operator} true"), format!(r#"x509Certificates.value {operator} "AAAA""#)] {
            for filter in [term.clone(), format!("userName pr or {term}"), format!("not ({term})")] {
                let answer = scim.filter("/Users", &filter).await;
                assert_error(&answer, 400, Some("invalidFilter"));
                assert!(answer.body.get("Resources").is_none(), "{filter}");
            }
        }
    }
    for unknown in [r#"userName regex "x""#, r#"userName == "x""#, r#"userName like "x""#] {
        assert_error(&scim.filter("/Users", unknown).await, 400, Some("invalidFilter"));
    }
}

/// RFC: 7644-3.4.2.2-35 7644-3.4.2.2-34 7644-3.4.2.2-45
#[tokio::test]
async fn what_stands_in_brackets_is_asked_of_one_value() {
    let scim = Scim::start();
    let emails = json!({"emails": [{"value": "b@work.example", "type": "work"}, {"value": "b@home.example", "type": "home"}]});
    scim.create("/Users", &user_with("bjensen", emails)).await;
    for (filter, count) in [
        (r#"emails[type eq "work" and value co "@home"]"#, 0),
        (r#"emails[type eq "work" and value co "@work"]"#, 1),
        (r#"emails.type eq "work" and emails.value co "@home""#, 1),
        (r#"emails.value eq "b@home.example""#, 1),
    ] {
        assert_eq!(scim.filter("/Users", filter).await.body["totalResults"], count, "{filter}");
    }
}

/// RFC: 7644-3.4.2.2-44 7644-3.4.2.2-30..32
#[tokio::test]
async fn not_binds_closer_than_and_and_that_closer_than_or() {
    let scim = Scim::start();
    for (name, title, kind) in [("a", "x", "k"), ("b", "y", "k"), ("c", "x", "l")] {
        scim.create("/Users", &user_with(name, json!({"title": title, "userType": kind}))).await;
    }
    for (filter, expected) in [
        (r#"userName eq "b" or title eq "x" and userType eq "l""#, vec!["b", "c"]),
        (r#"(userName eq "b" or title eq "x") and userType eq "l""#, vec!["c"]),
        (r#"not (title eq "x") or userType eq "l""#, vec!["b", "c"]),
        (r#"not (title eq "x" or userType eq "l")"#, vec!["b"]),
        (r#"not (title eq "x") and userType eq "k""#, vec!["b"]),
    ] {
        assert_eq!(scim.found("/Users", filter).await, expected, "{filter}");
    }
}

/// RFC: 7644-3.4.2.2-38 7644-3.4.2.2-39 7644-3.4.2.2-43
#[tokio::test]
async fn what_breaks_the_grammar_is_refused() {
    let scim = Scim::start();
    scim.create("/Users", &user_with("bjensen", json!({"displayName": "a\"b\u{e9}", "active": true}))).await;
    for wrong in [
        "",
        "userName",
        "userName eq",
        "eq \"x\"",
        "userName eq bjensen",
        "userName eq 'bjensen'",
        "userName eq \"x",
        "(userName pr",
        "userName pr)",
        "userName pr and",
        "not userName pr",
        "emails[type pr",
        "emails[]",
        "active eq True",
        "userName eq \"x\" userName pr",
    ] {
        assert_error(&scim.filter("/Users", wrong).await, 400, Some("invalidFilter"));
    }
    for right in [
        r#"displayName eq "a\"b\u00e9""#,
        "active eq true",
        "nickName eq null",
        "not(nickName pr)",
        r#"emails[type eq "work"] or active ne false"#,
    ] {
        assert_eq!(scim.found("/Users", right).await, ["bjensen"], "{right}");
    }
}

/// RFC: 7644-3.4.2.2-48 7644-3.3-03 7644-3.3-11
#[tokio::test]
async fn a_default_that_was_returned_is_what_filters_see() {
    let scim = Scim::with(Registry::rfc7643(), Profile::ENTRA);
    let answer = scim.post("/Users", &user("bjensen")).await;
    assert_eq!(answer.body["active"], true, "a default of this profile");
    for (filter, count) in [("active eq true", 1), ("active pr", 1), ("active eq false", 0), ("active eq null", 0)] {
        assert_eq!(scim.filter("/Users", filter).await.body["totalResults"], count, "{filter}");
    }
}
