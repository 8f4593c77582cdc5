//! Queries at the root (RFC 7644 §3.4.2.1) and with POST (§3.4.3; S20, S21, S24, S38, S39, S50, S86).

use std::collections::BTreeSet;

use scim_server::http::endpoint;
use scim_server::{Limits, Profile};
use serde_json::{Value, json};

use crate::exchange::{Answer, Server};
use crate::{ENTERPRISE, GROUP, OTHER_TOKEN, USER, assert_error, create, everything, request, scim_server, send, server};

const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// Two users, of whom one is a manager, and two groups, of which one has a member.
async fn furnished() -> Server {
    let server = server(Profile::RFC);
    let ana =
        create(&server, "/Users", &json!({"schemas": [USER], "userName": "ana", "displayName": "Smith, Ana", "title": "Guide"})).await;
    let manager = json!({"manager": {"value": ana}, "department": "Sales"});
    create(&server, "/Users", &json!({"schemas": [USER, ENTERPRISE], "userName": "ben", "displayName": "Jones", (ENTERPRISE): manager}))
        .await;
    create(&server, "/Groups", &json!({"schemas": [GROUP], "displayName": "Smith Family", "members": [{"value": ana}]})).await;
    create(&server, "/Groups", &json!({"schemas": [GROUP], "displayName": "Tour Guides"})).await;
    server
}

fn names(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let name = |resource: &Value| resource["userName"].as_str().or(resource["displayName"].as_str()).unwrap_or("?").to_owned();
    answer.body["Resources"].as_array().expect("a list").iter().map(name).collect::<Vec<_>>().join(", ")
}

async fn root(server: &Server, filter: &str) -> Answer {
    let encoded = filter.replace('%', "%25").replace('"', "%22").replace(' ', "%20").replace('[', "%5B").replace(']', "%5D");
    server.get(&format!("/?filter={encoded}")).await
}

/// RFC: 7644-3.4.2-01 7644-3.4.2.1-01 7644-3.4.2.1-02
#[tokio::test]
async fn a_query_at_the_root_has_the_resources_of_all_types_and_no_discovery() {
    let server = furnished().await;
    let answer = server.get("/").await;
    assert_eq!(names(&answer), "ana, ben, Smith Family, Tour Guides");
    assert_eq!(answer.body["schemas"], json!([LIST_RESPONSE]));
    assert_eq!((&answer.body["totalResults"], &answer.body["startIndex"], &answer.body["itemsPerPage"]), (&json!(4), &json!(1), &json!(4)));
    let types: BTreeSet<&str> =
        answer.body["Resources"].as_array().expect("a list").iter().filter_map(|one| one["meta"]["resourceType"].as_str()).collect();
    assert_eq!(types, BTreeSet::from(["User", "Group"]));
    // Each stands as at its own endpoint.
    for endpoint in ["/Users", "/Groups"] {
        for resource in server.get(endpoint).await.body["Resources"].as_array().expect("a list") {
            assert!(answer.body["Resources"].as_array().expect("a list").contains(resource), "{resource}");
        }
    }
    let page = server.get("/?startIndex=2&count=2").await;
    assert_eq!((names(&page).as_str(), &page.body["totalResults"], &page.body["startIndex"]), ("ben, Smith Family", &json!(4), &json!(2)));
    assert_eq!(server.send("GET", "/", &of_other_tenant(), None).await.body["totalResults"], 0, "another tenant has none of it");
}

fn of_other_tenant() -> serde_json::Map<String, Value> {
    serde_json::Map::from_iter([("authorization".to_owned(), json!(format!("Bearer {OTHER_TOKEN}")))])
}

/// RFC: 7644-3.4.2.1-03 7644-3.4.2.1-05 7644-3.4.2.1-06 7644-3.4.2.1-07 7644-3.4.3-14
#[tokio::test]
async fn an_attribute_that_a_type_lacks_has_no_value_there() {
    let server = furnished().await;
    for (filter, expected) in [
        (r#"displayName sw "smith""#, "ana, Smith Family"),
        ("userName pr", "ana, ben"),
        ("not (userName pr)", "Smith Family, Tour Guides"),
        (r#"userName eq "ANA" or members pr"#, "ana, Smith Family"),
        (r#"userName eq "ana" and members pr"#, ""),
        (r#"userName ne "ana""#, "ben, Smith Family, Tour Guides"),
        ("userName eq null", "Smith Family, Tour Guides"),
        ("title ne null", "ana"),
        (r#"not (userName eq "ana") and not (members pr)"#, "ben, Tour Guides"),
        (r#"emails[type eq "work"]"#, ""),
        (r#"not (emails[type eq "work"])"#, "ana, ben, Smith Family, Tour Guides"),
        (r#"members[type eq "User"] or title eq "guide""#, "ana, Smith Family"),
        (r#"members[nothing pr or type eq "User"]"#, "Smith Family"),
        ("members[not (nothing pr)]", "Smith Family"),
        (r#"members[type eq "User" and nothing pr]"#, ""),
        (&format!("{USER}:displayName pr"), "ana, ben"),
        (&format!("{GROUP}:displayName pr"), "Smith Family, Tour Guides"),
        (&format!(r#"{ENTERPRISE}:department eq "sales""#), "ben"),
        (r#"meta.resourceType eq "User""#, "ana, ben"),
        (r#"(meta.resourceType eq "User") or (meta.resourceType eq "Group")"#, "ana, ben, Smith Family, Tour Guides"),
        (r#"meta.resourceType eq "Group" and displayName co "tour""#, "Tour Guides"),
        (r#"meta.resourceType eq "Schema""#, ""),
        ("nobodyHasIt pr", ""),
        (r#"nobodyHasIt eq "x""#, ""),
        ("not (nobodyHasIt pr)", "ana, ben, Smith Family, Tour Guides"),
    ] {
        let answer = root(&server, filter).await;
        assert_eq!(names(&answer), expected, "{filter}");
        let search = json!({"schemas": [SEARCH_REQUEST], "filter": filter});
        assert_eq!(send(&server, "POST", "/.search", &search).await.body, answer.body, "{filter}");
    }
}

#[tokio::test]
async fn what_is_wrong_for_a_type_that_has_the_attribute_is_refused_at_the_root() {
    let server = furnished().await;
    for filter in
        ["(", "", "active gt true", r#"password eq "x""#, r#"userName pr or password pr"#, r#"meta.resourceType eq User"#, r#"name eq "x""#]
    {
        assert_error(&root(&server, filter).await, 400, Some("invalidFilter"));
        assert_error(&send(&server, "POST", "/.search", &json!({"filter": filter})).await, 400, Some("invalidFilter"));
    }
    for path in ["/Users", "/Users/.search"] {
        let answer = if path == "/Users" {
            server.get("/Users?filter=members%20pr").await
        } else {
            send(&server, "POST", path, &json!({"filter": "members pr"})).await
        };
        assert_error(&answer, 400, Some("invalidFilter"));
    }
}

/// RFC: 7644-3.4.3-15 7644-3.4.3-16 7644-3.9-02
#[tokio::test]
async fn each_type_shows_what_it_has_of_the_named_attributes() {
    let server = furnished().await;
    let shown = async |body: Value| {
        let answer = send(&server, "POST", "/.search", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let keys = |resource: &Value| resource.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(" ");
        answer.body["Resources"].as_array().expect("a list").iter().map(keys).collect::<Vec<_>>()
    };
    let only = shown(json!({"attributes": ["userName", "members", "nothing"]})).await;
    assert_eq!(only, ["schemas id userName", "schemas id userName", "schemas id members", "schemas id"]);
    let qualified = shown(json!({"attributes": [format!("{ENTERPRISE}:department"), format!("{GROUP}:displayName")]})).await;
    assert_eq!(qualified, ["schemas id", &format!("schemas id {ENTERPRISE}"), "schemas id displayName", "schemas id displayName"]);
    let without = shown(json!({"excludedAttributes": "meta, members,groups,id,displayName,title,schemas"})).await;
    assert_eq!(without, ["schemas id userName", &format!("schemas id userName {ENTERPRISE}"), "schemas id", "schemas id"]);
    let both = send(&server, "POST", "/.search", &json!({"attributes": ["id"], "excludedAttributes": ["meta"]})).await;
    assert_error(&both, 400, Some("invalidValue"));
}

/// RFC: 7644-3.4.3-01 7644-3.4.3-02 7644-3.4.3-13 7644-3.4.3-17 7644-3.4.3-18 7644-3.4.3-19
#[tokio::test]
async fn a_query_with_post_is_answered_as_the_same_query_with_get_and_creates_nothing() {
    let server = furnished().await;
    let before = everything(&server).await;
    for (endpoint, query, body) in [
        ("/Users", "", json!({})),
        ("/Groups", "excludedAttributes=members", json!({"excludedAttributes": ["members"]})),
        ("/Users", "filter=title%20pr&attributes=title,id", json!({"Filter": "title pr", "ATTRIBUTES": ["title", "id"]})),
        ("/Users", "sortBy=userName&sortOrder=descending", json!({"sortBy": format!("{USER}:userName"), "sortOrder": "Descending"})),
        ("/Users", "startIndex=2&count=1", json!({"startIndex": 2, "count": "1"})),
        ("/Users", "count=0", json!({"count": 0, "more": {"unknown": true}})),
        ("/Users", "count=-7&startIndex=-1", json!({"count": -7, "startIndex": -1})),
        ("", "sortBy=displayName&count=3", json!({"sortby": "displayName", "count": 3})),
    ] {
        let get = server.get(&format!("{endpoint}/?{query}")).await;
        let mut body = body;
        body["schemas"] = json!([SEARCH_REQUEST]);
        let post = send(&server, "POST", &format!("{endpoint}/.search"), &body).await;
        assert_eq!((post.status, &post.body), (200, &get.body), "{endpoint} {query}");
        assert_eq!(post.headers["content-type"], get.headers["content-type"]);
        assert!(!post.headers.contains_key("etag"));
    }
    for path in ["/.search", "/Users/.search"] {
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            let answer = send(&server, method, path, &json!({})).await;
            assert_error(&answer, 405, None);
            assert_eq!(answer.headers["allow"], "OPTIONS, POST");
        }
    }
    for path in ["/Widgets/.search", "/Schemas/.search", "/ResourceTypes/.search", "/ServiceProviderConfig/.search", "/Users/1/.search"] {
        assert_error(&send(&server, "POST", path, &json!({})).await, 404, None);
    }
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn a_body_that_is_no_search_request_is_refused() {
    let server = furnished().await;
    for body in ["", "[]", "{", r#"{"filter":"a pr","FILTER":"b pr"}"#, r#"{"schemas":["urn:x"]}"#, r#"{"filter":{"a":1}}"#] {
        let answer = server.answer(request("POST", "/.search").header("content-type", "application/scim+json").body(body)).await;
        assert_error(&answer, 400, Some("invalidSyntax"));
    }
    for body in [json!({"count": "abc"}), json!({"count": 1.5}), json!({"startIndex": "x"}), json!({"sortOrder": "up"})] {
        assert_error(&send(&server, "POST", "/Users/.search", &body).await, 400, Some("invalidValue"));
    }
    let text = request("POST", "/.search").header("content-type", "text/plain").body("{}");
    assert_error(&server.answer(text).await, 415, None);
    assert_error(&send(&server, "POST", "/.search?filter=id%20pr", &json!({"filter": "id pr"})).await, 400, Some("invalidValue"));
    let in_the_url = send(&server, "POST", "/Users/.search?filter=title%20pr", &json!({})).await;
    assert_eq!(names(&in_the_url), "ana", "a filter is never left out");
}

/// RFC: 7644-3.4.2.1-08
#[tokio::test]
async fn a_page_is_cut_at_the_limit_and_negative_numbers_count_as_the_least() {
    let limited = scim_server(Profile::RFC).with_limits(Limits { max_results: 3, ..Limits::default() });
    let server = Server::new(endpoint(limited));
    for number in 0..5 {
        create(&server, "/Users", &json!({"schemas": [USER], "userName": format!("user{number}")})).await;
    }
    for (query, items, start) in [
        ("", 3, 1),
        ("count=100", 3, 1),
        ("count=99999999999999999999", 3, 1),
        ("count=2", 2, 1),
        ("count=0", 0, 1),
        ("count=-1", 0, 1),
        ("startIndex=0", 3, 1),
        ("startIndex=-5&count=1", 1, 1),
        ("startIndex=5", 1, 5),
        ("startIndex=6", 0, 6),
    ] {
        for path in ["/Users", "/"] {
            let body = server.get(&format!("{path}?{query}")).await.body;
            assert_eq!(
                (&body["totalResults"], &body["itemsPerPage"], &body["startIndex"]),
                (&json!(5), &json!(items), &json!(start)),
                "{query}"
            );
            assert_eq!(body["Resources"].as_array().map(Vec::len), Some(items), "S21: the list is always there: {query}");
        }
    }
}

#[tokio::test]
async fn a_server_without_root_queries_answers_501_and_its_types_are_still_searched() {
    let server = Server::new(endpoint(scim_server(Profile::RFC).without_root_queries()));
    create(&server, "/Users", &json!({"schemas": [USER], "userName": "ana"})).await;
    assert_error(&server.get("/").await, 501, None);
    assert_error(&send(&server, "POST", "/.search", &json!({})).await, 501, None);
    assert_eq!(names(&send(&server, "POST", "/Users/.search", &json!({})).await), "ana");
}
