//! Pages by cursor (RFC 9865; S37, S78, S79, T02).

use std::time::Duration;

use scim_server::http::endpoint;
use scim_server::{
    Access, Caller, Limits, MemoryStore, MemoryStores, Profile, Registry, Rights, ScimServer, StaticTokens, Stores, TenantId,
};
use serde_json::{Map, Value, json};

use crate::exchange::{Answer, Server, TOKEN};
use crate::{GROUP, OTHER_TOKEN, USER, assert_error, create, scim_server, send, server};

/// A server with users u0 to u8, whose titles are three in turn, and a group.
async fn nine(server: &Server) {
    for number in 0..9 {
        let user = json!({"schemas": [USER], "userName": format!("u{number}"), "title": format!("t{}", number % 3)});
        create(server, "/Users", &user).await;
    }
    create(server, "/Groups", &json!({"schemas": [GROUP], "displayName": "u9"})).await;
}

fn names(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let name = |resource: &Value| resource["userName"].as_str().or(resource["displayName"].as_str()).unwrap_or("?").to_owned();
    answer.body["Resources"].as_array().expect("a list").iter().map(name).collect()
}

fn next(answer: &Answer) -> String {
    answer.body["nextCursor"].as_str().expect("another page follows").to_owned()
}

/// All pages of a query, with GET and its parameters.
async fn walk(server: &Server, query: &str) -> Vec<Vec<String>> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let answer = server.get(&format!("{query}&cursor={cursor}")).await;
        pages.push(names(&answer));
        assert!(pages.len() < 20, "the pages do not end");
        match answer.body.get("nextCursor") {
            None => return pages,
            Some(next) => cursor = next.as_str().expect("a text").to_owned(),
        }
    }
}

/// RFC: 9865-2-01 9865-2-02 9865-2-03 9865-2-06 9865-2-08 9865-2-09 9865-2-12 9865-2-15 9865-2.2-01
#[tokio::test]
async fn the_pages_of_a_walk_are_the_whole_answer_in_its_order() {
    let server = server(Profile::RFC);
    nine(&server).await;
    for (query, expected) in [
        ("/Users?count=4", "u0 u1 u2 u3|u4 u5 u6 u7|u8"),
        ("/Users?count=3", "u0 u1 u2|u3 u4 u5|u6 u7 u8"),
        ("/Users?count=9", "u0 u1 u2 u3 u4 u5 u6 u7 u8"),
        ("/Users?", "u0 u1 u2 u3 u4 u5 u6 u7 u8"),
        ("/Users?count=4&sortBy=title&sortOrder=descending", "u2 u5 u8 u1|u4 u7 u0 u3|u6"),
        ("/Users?count=2&filter=title%20eq%20%22T1%22&attributes=userName", "u1 u4|u7"),
        ("/Users?count=2&filter=title%20eq%20%22none%22", ""),
        ("/?count=4&sortBy=userName&sortOrder=descending", "u9 u8 u7 u6|u5 u4 u3 u2|u1 u0"),
        ("/?count=6&filter=userName%20sw%20%22u%22%20or%20displayName%20pr", "u0 u1 u2 u3 u4 u5|u6 u7 u8 u9"),
    ] {
        let pages: Vec<String> = walk(&server, query).await.iter().map(|page| page.join(" ")).collect();
        assert_eq!(pages.join("|"), expected, "{query}");
    }
    let answer = server.get("/Users?count=4&cursor").await;
    let members: Vec<&str> = answer.body.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(members, ["schemas", "totalResults", "nextCursor", "itemsPerPage", "Resources"], "no startIndex, no previousCursor");
    assert_eq!((&answer.body["totalResults"], &answer.body["itemsPerPage"]), (&json!(9), &json!(4)));
    assert!(next(&answer).bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{}", answer.body);
    let last = server.get(&format!("/Users?count=4&cursor={}", next(&answer))).await;
    assert_eq!(last.body["totalResults"], 9, "on every page");
}

/// RFC: 9865-3-01
#[tokio::test]
async fn a_walk_goes_on_in_the_body_of_a_post() {
    let server = server(Profile::RFC);
    nine(&server).await;
    let first = send(&server, "POST", "/Users/.search", &json!({"cursor": "", "count": 5, "filter": "title pr"})).await;
    let body = json!({"Cursor": next(&first), "count": 5, "filter": "title pr"});
    let second = send(&server, "POST", "/Users/.search", &body).await;
    assert_eq!(names(&first).len() + names(&second).len(), 9);
    assert!(second.body.get("nextCursor").is_none(), "{}", second.body);
    // The same query by GET is the same query.
    let by_get = server.get(&format!("/Users?count=5&filter=title%20pr&cursor={}", next(&first))).await;
    assert_eq!(by_get.body, second.body);
    let all = send(&server, "POST", "/.search", &json!({"cursor": "", "count": 9})).await;
    let rest = send(&server, "POST", "/.search", &json!({"cursor": next(&all), "count": 9})).await;
    assert_eq!(names(&rest), ["u9"]);
}

/// RFC: 9865-2.4-01 9865-2.4-02 9865-2.4-03
#[tokio::test]
async fn without_a_cursor_pages_go_by_index() {
    let server = server(Profile::RFC);
    nine(&server).await;
    for query in ["/Users?count=4", "/Users?startIndex=1&count=4", "/Users"] {
        let body = server.get(query).await.body;
        assert!(body.get("nextCursor").is_none() && body["startIndex"] == 1, "{query}: {body}");
    }
    assert_error(&server.get("/Users?startIndex=1&cursor").await, 400, Some("invalidValue"));
}

/// RFC: 9865-2-04 9865-2-05 9865-2-07 9865-2.1-04
#[tokio::test]
async fn a_count_is_cut_at_the_limit_and_stays_the_same_for_all_pages() {
    let server = Server::new(endpoint(scim_server(Profile::RFC).with_limits(Limits { max_results: 4, ..Limits::default() })));
    nine(&server).await;
    for count in ["", "&count=4", "&count=5", "&count=99999999999999999999"] {
        assert_eq!(walk(&server, &format!("/Users?x{count}")).await.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 1], "{count}");
    }
    for count in ["0", "-1", "-99999999999999999999"] {
        let answer = server.get(&format!("/Users?cursor&count={count}")).await;
        assert_eq!((names(&answer).len(), &answer.body["totalResults"]), (0, &json!(9)), "{count}");
        assert!(answer.body.get("nextCursor").is_none(), "{count}: nothing was paged");
    }
    let cursor = next(&server.get("/Users?cursor&count=3").await);
    for count in ["2", "4", "0", "abc", "1.5", ""] {
        assert_error(&server.get(&format!("/Users?cursor={cursor}&count={count}")).await, 400, Some("invalidCount"));
    }
    assert_error(&server.get(&format!("/Users?cursor={cursor}")).await, 400, Some("invalidCount"));
    assert_error(&server.get("/Users?cursor&count=abc").await, 400, Some("invalidCount"));
}

/// RFC: 9865-2-13 9865-2.1-01 9865-2.1-02 9865-5.2-01 9865-5.2-04 9865-5.2-05
#[tokio::test]
async fn a_cursor_of_another_query_or_tenant_and_a_forged_one_are_refused_alike() {
    let server = server(Profile::RFC);
    nine(&server).await;
    let other = Map::from_iter([("authorization".to_owned(), json!(format!("Bearer {OTHER_TOKEN}")))]);
    for number in 0..9 {
        let user = json!({"schemas": [USER], "userName": format!("other{number}")});
        assert_eq!(server.send("POST", "/Users", &other, Some(&user)).await.status, 201);
    }
    let query = "/Users?count=4&filter=title%20pr&sortBy=title&attributes=title";
    let cursor = next(&server.get(&format!("{query}&cursor")).await);
    assert_eq!(server.get(&format!("{query}&cursor={cursor}")).await.status, 200);
    let theirs = server.send("GET", &format!("{query}&cursor"), &other, None).await;
    assert_eq!(theirs.status, 200);

    let mut refused = Vec::new();
    for otherwise in [
        "/Users?count=4&filter=title%20pr&sortBy=title",
        "/Users?count=4&filter=title%20pr&sortBy=userName&attributes=title",
        "/Users?count=4&filter=title%20pr&sortBy=title&sortOrder=descending&attributes=title",
        "/Users?count=4&filter=userName%20pr&sortBy=title&attributes=title",
        "/Users?count=4&sortBy=title&attributes=title",
        "/Users?count=4&filter=title%20pr&sortBy=title&excludedAttributes=title",
        "/?count=4&filter=title%20pr&sortBy=title&attributes=title&x",
        "/Groups?count=4&attributes=title",
    ] {
        let answer = server.get(&format!("{otherwise}&cursor={cursor}")).await;
        // Of the root only users have a title: there it is the same query over the same types.
        if otherwise.starts_with("/?") {
            assert_eq!(answer.status, 200, "{}", answer.body);
        } else {
            refused.push(answer);
        }
    }
    refused.push(server.send("GET", &format!("{query}&cursor={cursor}"), &other, None).await);
    let changed = format!("{}{}{}", &cursor[..20], if cursor[20..].starts_with('A') { "B" } else { "A" }, &cursor[21..]);
    let (begin, end) = cursor.split_at(cursor.len() - 1);
    let flipped = format!("{begin}{}", if end == "A" { "Q" } else { "A" });
    let long = "A".repeat(20_000);
    for forged in [&changed, &flipped, begin, &cursor[..8], "bogus", "AQAA", "%00", "%2B%2F%3D", "%20", &long, &format!("{cursor}{cursor}")]
    {
        refused.push(server.get(&format!("{query}&cursor={forged}")).await);
    }
    for answer in &refused {
        assert_error(answer, 400, Some("invalidCursor"));
        assert_eq!(answer.body["detail"], refused[0].body["detail"], "the words tell nothing of what there is");
    }
    assert_error(&send(&server, "POST", "/Users/.search", &json!({"cursor": "\u{0}\u{e9}"})).await, 400, Some("invalidCursor"));
}

/// One store, and so one key, for every tenant.
#[derive(Clone, Default)]
struct Shared(MemoryStores);

impl Stores for Shared {
    type Store = MemoryStore;

    fn of(&self, _: &Caller) -> MemoryStore {
        self.0.of(&Caller::new(TenantId::new("all"), "test"))
    }
}

/// RFC: 9865-5.2-01
#[tokio::test]
async fn a_cursor_of_another_tenant_is_refused_also_where_the_key_is_the_same() {
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new("acme"), Profile::RFC);
    let tokens = tokens.with(OTHER_TOKEN, TenantId::new("other"), Profile::RFC);
    let server = Server::new(endpoint(ScimServer::new(Registry::rfc7643(), Shared::default(), tokens)));
    nine(&server).await;
    let page = format!("/Users?count=4&cursor={}", next(&server.get("/Users?count=4&cursor").await));
    assert_eq!(server.get(&page).await.status, 200);
    let other = Map::from_iter([("authorization".to_owned(), json!(format!("Bearer {OTHER_TOKEN}")))]);
    assert_error(&server.send("GET", &page, &other, None).await, 400, Some("invalidCursor"));
}

/// RFC: 9865-2.1-03
#[tokio::test]
async fn a_cursor_expires_after_its_timeout() {
    let limits = Limits { cursor_timeout: Duration::from_millis(200), ..Limits::default() };
    let server = Server::new(endpoint(scim_server(Profile::RFC).with_limits(limits)));
    nine(&server).await;
    let cursor = next(&server.get("/Users?cursor&count=4").await);
    let other = next(&server.get("/Users?cursor&count=4&sortBy=title").await);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_error(&server.get(&format!("/Users?cursor={cursor}&count=4")).await, 400, Some("expiredCursor"));
    // Only an authentic one is known to be too old.
    assert_error(&server.get(&format!("/Users?cursor={other}&count=4")).await, 400, Some("invalidCursor"));
    assert!(
        server.get("/ServiceProviderConfig").await.body["pagination"].get("cursorTimeout").is_none(),
        "less than a second is no promise"
    );
}

/// RFC: 9865-4-01 9865-4-02 9865-4-03 9865-4-04 9865-4-05 9865-4-06 9865-4-07
#[tokio::test]
async fn paging_is_advertised() {
    let limits = Limits { max_results: 50, cursor_timeout: Duration::from_secs(90), ..Limits::default() };
    let server = Server::new(endpoint(scim_server(Profile::RFC).with_limits(limits)));
    let expected = json!({"cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": 50, "maxPageSize": 50,
        "cursorTimeout": 90});
    assert_eq!(server.get("/ServiceProviderConfig").await.body["pagination"], expected);
}

#[tokio::test]
async fn a_value_that_is_too_long_for_a_cursor_is_refused_and_not_cut() {
    let server = server(Profile::RFC);
    for number in 0..3 {
        let user = json!({"schemas": [USER], "userName": format!("u{number}"), "title": format!("{number}{}", "x".repeat(20_000))});
        create(&server, "/Users", &user).await;
    }
    assert_error(&server.get("/Users?cursor&count=1&sortBy=title").await, 400, Some("invalidValue"));
    assert_eq!(walk(&server, "/Users?count=1").await.len(), 3);
}

/// RFC: 9865-5.2-02 9865-5.2-03
#[tokio::test]
async fn a_cursor_grants_nothing_and_ends_with_the_rights_that_it_was_made_under() {
    let stores = MemoryStores::new();
    let with = |rights: Rights| {
        let tokens = StaticTokens::new().with_caller(TOKEN, Caller::new(TenantId::new("acme"), "test").with_rights(rights));
        Server::new(endpoint(ScimServer::new(Registry::rfc7643(), stores.clone(), tokens)))
    };
    let all = with(Rights::all());
    nine(&all).await;
    let users = next(&all.get("/Users?count=4&cursor").await);
    let everything = next(&all.get("/?count=4&cursor").await);
    let (users_only, groups_only) = (with(Rights::none().with(Access::Read, "User")), with(Rights::none().with(Access::Read, "Group")));
    // Who may read the users goes on with them, whoever began.
    assert_eq!(users_only.get(&format!("/Users?count=4&cursor={users}")).await.status, 200);
    assert_error(&groups_only.get(&format!("/Users?count=4&cursor={users}")).await, 403, None);
    for server in [&users_only, &groups_only] {
        assert_error(&server.get(&format!("/?count=4&cursor={everything}")).await, 400, Some("invalidCursor"));
    }
    assert_eq!(walk(&users_only, "/?count=5").await.concat().len(), 9, "the types that may not be read are left out");
    assert_eq!(walk(&groups_only, "/?count=5").await.concat(), ["u9"]);
    assert_eq!(names(&with(Rights::none()).get("/").await).len(), 0);
}

#[tokio::test]
async fn without_the_right_nobody_is_told_what_is_wrong_with_a_query() {
    let tokens = StaticTokens::new().with_caller(TOKEN, Caller::new(TenantId::new("acme"), "test").with_rights(Rights::none()));
    let server = Server::new(endpoint(ScimServer::new(Registry::rfc7643(), MemoryStores::new(), tokens)));
    for body in [json!({"filter": "("}), json!({"schemas": []}), json!({"cursor": "x"})] {
        assert_error(&send(&server, "POST", "/Users/.search", &body).await, 403, None);
    }
}
