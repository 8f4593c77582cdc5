//! Queries and their pages (RFC 7644 §3.4.2, §3.4.2.4).

use serde_json::{Value, json};

use crate::{Scim, group, names, user};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

async fn five() -> Scim {
    let scim = Scim::start();
    for name in ["a", "b", "c", "d", "e"] {
        scim.create("/Users", &user(name)).await;
    }
    scim
}

/// RFC: 7644-3.1-04 7644-3.4.2-03..06 7644-3.4.2-09 7644-3.2-03 7644-3.4.1-01 7644-3.4.1-02 7644-3.4.2.1-01 7644-3.4.2.1-08
#[tokio::test]
async fn a_query_answers_with_a_list_of_what_matches() {
    let scim = five().await;
    scim.create("/Groups", &group("Staff")).await;
    let list = scim.read("/Users?unknown=1&x&foo=bar").await;
    assert_eq!(list["schemas"], json!([LIST]));
    assert_eq!((&list["totalResults"], list["Resources"].as_array().map(Vec::len)), (&json!(5), Some(5)));
    let one = list["Resources"][0].clone();
    let path = format!("/Users/{}", one["id"].as_str().expect("an id"));
    assert_eq!(scim.read(&path).await, one);
    assert_eq!(scim.read(&format!("{path}?filter=userName%20eq%20%22other%22")).await, one, "one resource is not filtered");
    assert_eq!(names(&scim.get("/Groups").await), ["Staff"]);
    let none = scim.filter("/Users", r#"userName eq "nobody""#).await;
    assert_eq!((none.status, &none.body["totalResults"]), (200, &json!(0)));
    crate::assert_error(&scim.get("/Users/nobody").await, 404, None);
}

/// RFC: 7644-3.4.2-05 7644-3.4.2-07 7644-3.4.2-08 7644-3.4.2-10 7644-3.4.2.4-02..06 7644-3.4.2.4-08..11 7643-5-11
#[tokio::test]
async fn a_page_says_where_it_stands_in_the_whole() {
    let scim = five().await;
    for (query, start, expected) in [
        ("", 1, vec!["a", "b", "c", "d", "e"]),
        ("count=2", 1, vec!["a", "b"]),
        ("startIndex=2&count=1", 2, vec!["b"]),
        ("startIndex=4&count=9", 4, vec!["d", "e"]),
        ("startIndex=0&count=1", 1, vec!["a"]),
        ("startIndex=-5&count=1", 1, vec!["a"]),
        ("startIndex=6", 6, vec![]),
        ("count=0", 1, vec![]),
        ("count=-1", 1, vec![]),
    ] {
        let answer = scim.get(&format!("/Users?{query}")).await;
        assert_eq!((answer.status, names(&answer)), (200, expected.iter().map(|name| (*name).to_owned()).collect()), "{query}");
        assert_eq!(answer.body["totalResults"], 5, "{query}");
        assert_eq!(answer.body["itemsPerPage"], expected.len(), "{query}");
        assert_eq!(answer.body["startIndex"], start, "{query}");
    }
    let filtered = scim.read("/Users?count=1&filter=userName%20ge%20%22c%22").await;
    assert_eq!((&filtered["totalResults"], &filtered["Resources"][0]["userName"]), (&json!(3), &json!("c")));
}

/// RFC: 7644-3.4.2.4-12 7644-3.4.2.4-07
#[tokio::test]
async fn all_pages_together_are_everything_once() {
    let scim = five().await;
    let mut seen = Vec::new();
    for start in [1, 3, 5] {
        seen.extend(names(&scim.get(&format!("/Users?startIndex={start}&count=2")).await));
    }
    assert_eq!(seen, ["a", "b", "c", "d", "e"]);
    let most = scim.read("/ServiceProviderConfig").await["filter"]["maxResults"].as_u64().expect("a number");
    for number in 0..most {
        scim.create("/Users", &user(&format!("more{number}"))).await;
    }
    for query in ["", "?count=1000000"] {
        let page: Value = scim.read(&format!("/Users{query}")).await;
        assert_eq!(page["Resources"].as_array().map(|list| list.len() as u64), Some(most), "{query}");
    }
}

/// RFC: 7644-3.4.2.4-13
#[tokio::test]
async fn what_is_no_number_is_refused() {
    let scim = five().await;
    for query in ["count=abc", "startIndex=1.5", "count=", "startIndex=two"] {
        crate::assert_error(&scim.get(&format!("/Users?{query}")).await, 400, Some("invalidValue"));
    }
}

/// RFC: 9865-2-11 9865-2-08 9865-2-09
#[tokio::test]
async fn the_first_page_leads_on_and_not_back() {
    let scim = five().await;
    let first = scim.read("/Users?cursor&count=3").await;
    assert!(first.get("previousCursor").is_none(), "{first}");
    let next = first["nextCursor"].as_str().expect("there is more");
    let last = scim.get(&format!("/Users?cursor={next}&count=3")).await;
    assert_eq!((names(&last), last.body.get("nextCursor")), (vec!["d".to_owned(), "e".into()], None));
}
