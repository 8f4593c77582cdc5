//! No request bytes whatever yield a 5xx (501 for what the server does not have apart).

use std::sync::LazyLock;

use poem::Request;
use poem::http::{HeaderName, HeaderValue, Method, Uri};
use proptest::prelude::*;
use proptest::sample::select;
use scim_server::Profile;
use serde_json::json;

use crate::exchange::{Server, TOKEN};
use crate::{ENTERPRISE, GROUP, PATCH_OP, USER, create, server, user};

/// A request before it is known whether HTTP can carry it.
#[derive(Debug, Clone)]
struct Attempt {
    method: String,
    uri: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

fn words() -> impl Strategy<Value = String> {
    let known = select(vec![
        "Users",
        "Groups",
        "Schemas",
        "ResourceTypes",
        "ServiceProviderConfig",
        "Bulk",
        "Me",
        ".search",
        "v2",
        "v3",
        "..",
        "%2e",
        "%00",
        "%ff",
        "{user}",
        "{group}",
        "User",
        USER,
        ENTERPRISE,
        "userName",
        "id",
        "meta.created",
        "members",
        "members.value",
        "name",
        "emails",
        "(",
        ")",
        "[",
        "]",
        "%22",
        "%22bjensen%22",
        "true",
        "null",
        "1e400",
        "99999999999999999999",
        "-1",
        "eq",
        "pr",
        "and",
        "or",
        "not",
        "co",
        "%20",
        "+",
        "&",
        "=",
        "filter=",
        "attributes=",
        "excludedAttributes=",
        "count=",
        "startIndex=",
        "sortBy=",
        "sortOrder=",
        "descending",
        "cursor=",
        "cursor",
        "type",
        "value",
        ":",
        ",",
        ";",
        "%5c",
        "%F0%9F%92%A9",
    ]);
    prop_oneof![9 => known.prop_map(str::to_owned), 1 => "[!-~]{0,6}"]
}

fn uri() -> impl Strategy<Value = String> {
    let path = prop::collection::vec(words(), 0..4).prop_map(|words| format!("/{}", words.join("/")));
    let resource =
        select(vec!["/Users/{user}", "/Users/{user}", "/Users/{user}", "/Groups/{group}", "/Groups/{group}", "/Users", "/Groups"])
            .prop_map(str::to_owned);
    let query = prop::collection::vec(words(), 0..14).prop_map(|words| words.join(""));
    let filter = prop::collection::vec(words(), 1..10).prop_map(|words| format!("filter={}", words.join("%20")));
    (prop_oneof![1 => path, 5 => resource], prop_oneof![4 => Just(String::new()), 1 => query, 1 => filter])
        .prop_map(|(path, query)| format!("{path}?{query}"))
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<i64>().prop_map(|value| json!(value)),
        any::<f64>().prop_map(|value| json!(value)),
        ".{0,8}".prop_map(|text| json!(text)),
        select(vec![
            "bjensen",
            "add",
            "remove",
            "replace",
            "work",
            USER,
            GROUP,
            ENTERPRISE,
            PATCH_OP,
            "{user}",
            "{group}",
            "True",
            "2020-01-01T00:00:00Z"
        ])
        .prop_map(|text| json!(text)),
        names().prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|list| json!(list)),
            prop::collection::vec((names(), inner), 0..5).prop_map(|members| json!(members.into_iter().collect::<serde_json::Map<_, _>>())),
        ]
    })
}

fn names() -> impl Strategy<Value = String> {
    select(vec![
        "schemas",
        "id",
        "externalId",
        "meta",
        "userName",
        "name",
        "name.givenName",
        "emails",
        "emails[type eq \"work\"]",
        "emails[type eq \"work\"].value",
        "members",
        "members[value eq \"{user}\"]",
        "members[display pr and type eq \"User\"]",
        "groups",
        "password",
        "active",
        "displayName",
        "title",
        "value",
        "type",
        "primary",
        "$ref",
        "display",
        "manager",
        ENTERPRISE,
        USER,
        "Operations",
        "op",
        "path",
        "x509Certificates",
        "photos",
        "addresses",
        "__proto__",
        "$serde_json::private::Number",
        "",
    ])
    .prop_map(str::to_owned)
}

/// The body of a request: mostly what fits the method.
fn body(operations_weight: u32) -> impl Strategy<Value = Vec<u8>> {
    let resource = |start: serde_json::Value| {
        prop::collection::vec((names(), json_value()), 0..2).prop_map(move |members| {
            let mut resource = start.clone();
            for (name, value) in members {
                resource[name] = value;
            }
            resource.to_string().into_bytes()
        })
    };
    let operation = (
        prop_oneof![19 => select(vec!["add", "remove", "replace", "Replace"]), 1 => Just("move")],
        proptest::option::weighted(0.8, names()),
        proptest::option::weighted(0.9, json_value()),
    );
    let operations = prop::collection::vec(operation, 0..4).prop_map(|operations| {
        let operations: Vec<_> = operations
            .into_iter()
            .map(|(op, path, value)| {
                let mut operation = json!({"op": op});
                if let Some(path) = path {
                    operation["path"] = json!(path);
                }
                if let Some(value) = value {
                    operation["value"] = value;
                }
                operation
            })
            .collect();
        json!({"schemas": [PATCH_OP], "Operations": operations}).to_string().into_bytes()
    });
    let whole = prop_oneof![
        4 => resource(json!({"schemas": [USER], "userName": "bjensen"})),
        1 => resource(json!({"schemas": [GROUP], "displayName": "Staff"})),
        operations_weight => operations,
        1 => json_value().prop_map(|value| value.to_string().into_bytes()),
    ];
    // Some are cut, and some have a byte that was changed on the way.
    let hurt = (whole, any::<prop::sample::Index>(), any::<u8>(), select(vec![0, 0, 0, 0, 0, 0, 0, 0, 1, 2])).prop_map(
        |(mut bytes, index, byte, what)| {
            match (what, index.index(bytes.len().max(1))) {
                (1, place) => bytes.truncate(place),
                (2, place) if place < bytes.len() => bytes[place] = byte,
                _ => {}
            }
            bytes
        },
    );
    prop_oneof![9 => hurt, 1 => prop::collection::vec(any::<u8>(), 0..64)]
}

/// The body of a query: parameters with fitting values and others.
fn search() -> impl Strategy<Value = Vec<u8>> {
    let name = select(vec!["attributes", "excludedAttributes", "filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "COUNT"]);
    let value = prop_oneof![
        2 => json_value(),
        1 => names().prop_map(|name| json!(name)),
        1 => select(vec!["", "1", "descending", "userName pr", "not (members pr)"]).prop_map(|text| json!(text)),
        1 => (-2_i64..5).prop_map(|number| json!(number)),
    ];
    prop::collection::vec((name, value), 0..4).prop_map(|members| {
        let members: serde_json::Map<_, _> = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        json!(members).to_string().into_bytes()
    })
}

fn headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let tag = select(vec!["*", "W/\"1\"", "\"2\", W/\"1\"", "\"99\"", "W/\"98\", \"99\"", "99", ""]);
    let media =
        select(vec!["application/json", "application/scim+json; charset=utf-8", "application/json; charset=utf-16", "text/plain", ""]);
    let other = select(vec!["content-length", "content-encoding", "expect", "host", "prefer", "accept", "transfer-encoding", "range"]);
    let header = prop_oneof![
        4 => (select(vec!["if-match", "if-none-match"]), tag).prop_map(|(name, value)| (name, value.as_bytes().to_vec())),
        2 => media.prop_map(|value| ("content-type", value.as_bytes().to_vec())),
        2 => (other, select(vec!["0", "chunked", "identity", "100-continue", "x"])).prop_map(|(name, value)| (name, value.as_bytes().to_vec())),
        1 => (select(vec!["if-match", "if-none-match", "content-type", "content-length"]), prop::collection::vec(any::<u8>(), 0..12)),
    ];
    prop::collection::vec(header.prop_map(|(name, value)| (name.to_owned(), value)), 0..3)
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let patches = (Just("PATCH".to_owned()), uri(), headers(), body(40));
    let method = select(vec!["GET", "GET", "POST", "POST", "POST", "PUT", "PUT", "DELETE", "HEAD", "OPTIONS"]).prop_map(str::to_owned);
    let others = (method, uri(), headers(), body(1));
    let odd = ("[!-~]{1,6}", uri(), headers(), body(1));
    let endpoints = select(vec!["/.search", "/Users/.search", "/Groups/.search"]).prop_map(str::to_owned);
    let searches = (Just("POST".to_owned()), endpoints, headers(), search());
    prop_oneof![10 => patches, 10 => others, 3 => searches, 1 => odd].prop_map(|(method, uri, headers, body)| Attempt {
        method,
        uri,
        headers,
        body,
    })
}

/// The request, unless HTTP itself cannot carry it.
fn build(attempt: &Attempt, user: &str, group: &str) -> Option<Request> {
    let named = |text: &str| text.replace("{user}", user).replace("{group}", group);
    let uri: Uri = named(&attempt.uri).parse().ok()?;
    let mut request = Request::builder().method(Method::from_bytes(attempt.method.as_bytes()).ok()?).uri(uri);
    request = request.header("authorization", format!("Bearer {TOKEN}"));
    for (name, value) in &attempt.headers {
        request = request.header(HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(value).ok()?);
    }
    let body = match std::str::from_utf8(&attempt.body) {
        Ok(text) => named(text).into_bytes(),
        Err(_) => attempt.body.clone(),
    };
    Some(request.body(body))
}

static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| tokio::runtime::Runtime::new().expect("a runtime"));

/// A server that has a user and a group, and their ids. Many requests meet the same server, so they also meet what others left.
async fn furnished(profile: Profile) -> (Server, String, String) {
    let server = server(profile);
    let person = create(&server, "/Users", &user("bjensen")).await;
    let group = create(&server, "/Groups", &json!({"schemas": [GROUP], "displayName": "Staff", "members": [{"value": person}]})).await;
    (server, person, group)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(debug_assertions) { 150 } else { 20_000 }, ..ProptestConfig::default() })]

    #[test]
    fn no_request_yields_a_5xx(profile in select(Profile::ALL.to_vec()), attempts in prop::collection::vec(attempt(), 1..20)) {
        RUNTIME.block_on(async {
            let (server, user, group) = furnished(profile).await;
            for attempt in &attempts {
                let Some(request) = build(attempt, &user, &group) else { continue };
                let answer = server.answer(request).await;
                prop_assert!(answer.status < 500 || answer.status == 501, "{} {}", answer.status, answer.body);
                prop_assert_eq!(matches!(answer.status, 204 | 304) || attempt.method == "HEAD", answer.body.is_null());
                if answer.status >= 400 && attempt.method != "HEAD" {
                    prop_assert_eq!(&answer.body["status"], &json!(answer.status.to_string()));
                }
            }
            Ok(())
        })?;
    }
}

/// What the property would tell us little about if nearly all of its requests were refused for the same reason.
#[tokio::test]
async fn the_requests_of_the_property_reach_many_answers() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut met = std::collections::BTreeMap::<String, u32>::new();
    for _ in 0..150 {
        let (server, user, group) = furnished(Profile::RFC).await;
        for _ in 0..20 {
            let attempt = attempt().new_tree(&mut runner).expect("an attempt").current();
            if let Some(request) = build(&attempt, &user, &group) {
                let answer = server.answer(request).await;
                let keyword = answer.body["scimType"].as_str().unwrap_or_default();
                *met.entry(format!("{} {keyword}", answer.status)).or_default() += 1;
            }
        }
    }
    let expected =
        ["200 ", "201 ", "204 ", "400 invalidFilter", "400 invalidPath", "400 invalidSyntax", "400 invalidValue", "400 invalidVers"];
    for kind in expected.into_iter().chain(["400 mutability", "400 noTarget", "404 ", "405 ", "409 uniqueness", "412 ", "415 ", "501 "]) {
        assert!(met.contains_key(kind), "{kind} was never met: {met:?}");
    }
}
