//! A query that could look at more documents than it may (RFC 7644 §3.4.2.1; T13).

use scim_sea_orm::{Options, SqlStores};
use scim_server::Registry;
use serde_json::{Map, json};

use crate::support::{Database, on_each_engine};
use crate::{id, post, serve, user};

on_each_engine!(what_would_look_at_more_documents_than_it_may_is_too_many);

/// RFC: 7644-3.4.2.1-04 7644-3.12-18
async fn what_would_look_at_more_documents_than_it_may_is_too_many(database: Database) {
    let options = Options::new(&database.url).scan_limit(5);
    let stores = SqlStores::connect(&options, Registry::rfc7643()).await.expect("the database opens");
    let server = serve(&stores, "acme");
    let mut last = String::new();
    for number in 0..6 {
        let mut user = user(&format!("u{number}"));
        user["nickName"] = json!("X");
        last = id(&post(&server, "/Users", &user).await);
    }
    let unbound = ["/Users?filter=nickName%20co%20%22x%22", "/?filter=nickName%20co%20%22x%22", "/Users?sortBy=nickName"];
    for query in unbound {
        let answer = server.get(query).await;
        assert_eq!((answer.status, &answer.body["scimType"]), (400, &json!("tooMany")), "{query}: {}", answer.body);
        assert!(answer.body["detail"].to_string().contains("more specific"), "{}", answer.body);
    }
    for path in ["/Users/.search", "/.search"] {
        let answer = post(&server, path, &json!({"filter": "nickName co \"x\""})).await;
        assert_eq!((answer.status, &answer.body["scimType"]), (400, &json!("tooMany")), "{path}: {}", answer.body);
    }
    // What the index bounds or answers, and what is within the limit.
    for (query, total) in [("/Users?filter=userName%20eq%20%22u3%22%20and%20nickName%20co%20%22x%22", 1), ("/Users?count=2", 6)] {
        let answer = server.get(query).await;
        assert_eq!((answer.status, &answer.body["totalResults"]), (200, &json!(total)), "{query}: {}", answer.body);
    }
    assert_eq!(server.send("DELETE", &format!("/Users/{last}"), &Map::new(), None).await.status, 204);
    for query in unbound {
        let answer = server.get(query).await;
        assert_eq!((answer.status, &answer.body["totalResults"]), (200, &json!(5)), "{query}: {}", answer.body);
    }
}
