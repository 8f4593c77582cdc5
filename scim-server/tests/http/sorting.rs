//! `sortBy` and `sortOrder` (RFC 7644 §3.4.2.3; S16, S24, S32, S33, S34, S36).

use scim_server::Profile;
use serde_json::{Value, json};

use crate::exchange::Server;
use crate::{ENTERPRISE, GROUP, USER, assert_error, create, server};

/// Five users whose creation, names, titles and addresses stand in different orders.
async fn five(server: &Server) {
    let email = |value: &str, primary: bool| json!({"value": value, "primary": primary});
    for (name, more) in [
        ("delta", json!({"title": "b", "externalId": "a", "emails": [email("z@x", false), email("A@x", true)]})),
        ("Alpha", json!({"title": "", "externalId": "B", "emails": [email("c@x", false), email("a@x", false)]})),
        ("charlie", json!({"active": true, "name": {"familyName": "Zorn"}, "emails": [email("b@x", false)]})),
        ("Bravo", json!({"title": "A", "active": false, "name": {"familyName": "abel"}})),
        ("\u{e9}cho", json!({"title": "a", (ENTERPRISE): {"department": "Sales"}})),
    ] {
        let mut body = json!({"schemas": [USER, ENTERPRISE], "userName": name});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        create(server, "/Users", &body).await;
    }
}

async fn names(server: &Server, path: &str) -> String {
    let answer = server.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let resources = answer.body["Resources"].as_array().expect("a list");
    let name = |resource: &Value| resource["userName"].as_str().or(resource["displayName"].as_str()).map(str::to_owned);
    resources.iter().filter_map(name).collect::<Vec<_>>().join(" ")
}

/// RFC: 7644-3.4.2.3-02 7644-3.4.2.3-03 7644-3.4.2.3-04 7644-3.4.2.3-05 7644-3.4.2.3-06 7644-3.4.2.3-07 7644-3.4.2.3-08
/// RFC: 7644-3.4.2.3-09 7644-3.4.2.3-10 7644-3.4.2.3-11
#[tokio::test]
async fn an_answer_is_sorted_by_the_value_of_the_attribute_in_either_direction() {
    let server = server(Profile::RFC);
    five(&server).await;
    for (query, expected) in [
        ("sortBy=userName", "Alpha Bravo charlie delta \u{e9}cho"),
        ("sortBy=USERNAME&sortOrder=Ascending", "Alpha Bravo charlie delta \u{e9}cho"),
        ("sortBy=userName&sortOrder=DESCENDING", "\u{e9}cho delta charlie Bravo Alpha"),
        ("SORTBY=userName&SortOrder=descending&count=2", "\u{e9}cho delta"),
        ("sortBy=userName&startIndex=2&count=2", "Bravo charlie"),
        // The empty text is a value; without one last upwards, first downwards; equals as they were created.
        ("sortBy=title", "Alpha Bravo \u{e9}cho delta charlie"),
        ("sortBy=title&sortOrder=descending", "charlie delta Bravo \u{e9}cho Alpha"),
        // The case of `externalId` counts.
        ("sortBy=externalId", "Alpha delta charlie Bravo \u{e9}cho"),
        // The primary element, else the first.
        ("sortBy=emails.value", "delta charlie Alpha Bravo \u{e9}cho"),
        ("sortBy=emails", "delta charlie Alpha Bravo \u{e9}cho"),
        ("sortBy=name.familyName", "Bravo charlie delta Alpha \u{e9}cho"),
        ("sortBy=active", "Bravo charlie delta Alpha \u{e9}cho"),
        ("sortBy=meta.created&filter=title%20pr", "delta Bravo \u{e9}cho"),
        (&format!("sortBy={USER}:userName&filter=active%20pr"), "Bravo charlie"),
        (&format!("sortBy={ENTERPRISE}:department"), "\u{e9}cho delta Alpha charlie Bravo"),
        // An order of nothing is the default order.
        ("sortOrder=descending", "delta Alpha charlie Bravo \u{e9}cho"),
    ] {
        assert_eq!(names(&server, &format!("/Users?{query}")).await, expected, "{query}");
    }
}

#[tokio::test]
async fn what_cannot_be_sorted_by_is_refused() {
    let server = server(Profile::RFC);
    for query in [
        "sortBy=name",
        "sortBy=addresses",
        "sortBy=meta",
        "sortBy=password",
        "sortBy=nothing",
        "sortBy=userName.x",
        "sortBy=emails%5Btype%20eq%20%22work%22%5D.value",
        "sortBy=",
        "sortBy=a%20b",
        &format!("sortBy={ENTERPRISE}"),
        "sortBy=department",
        "sortBy=userName&sortOrder=up",
        "sortOrder=",
        "sortBy=userName&sortBy=title",
    ] {
        assert_error(&server.get(&format!("/Users?{query}")).await, 400, Some("invalidValue"));
    }
    for query in ["sortBy=name", "sortBy=password", "sortBy=members", "sortOrder=up"] {
        let answer = server.get(&format!("/?{query}")).await;
        if query == "sortBy=members" {
            assert_eq!(answer.status, 200, "{}", answer.body);
        } else {
            assert_error(&answer, 400, Some("invalidValue"));
        }
    }
}

#[tokio::test]
async fn types_are_sorted_together_and_those_without_the_attribute_stand_where_missing_values_do() {
    let server = server(Profile::RFC);
    for (name, display) in [("u1", "b"), ("u2", "D")] {
        create(&server, "/Users", &json!({"schemas": [USER], "userName": name, "displayName": display})).await;
    }
    for name in ["c", "A"] {
        create(&server, "/Groups", &json!({"schemas": [GROUP], "displayName": name})).await;
    }
    for (query, expected) in [
        ("sortBy=displayName", "A u1 c u2"),
        ("sortBy=displayName&sortOrder=descending", "u2 c u1 A"),
        ("sortBy=userName&sortOrder=descending", "c A u2 u1"),
        ("sortBy=userName", "u1 u2 c A"),
        (&format!("sortBy={USER}:displayName"), "u1 u2 c A"),
        ("sortBy=nobodyHasIt", "u1 u2 c A"),
        ("", "u1 u2 c A"),
    ] {
        assert_eq!(names(&server, &format!("/?{query}")).await, expected, "{query}");
    }
}

#[tokio::test]
async fn sorting_is_advertised() {
    let server = server(Profile::RFC);
    assert_eq!(server.get("/ServiceProviderConfig").await.body["sort"], json!({"supported": true}));
}
