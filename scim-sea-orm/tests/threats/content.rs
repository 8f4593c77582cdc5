//! T08: what a client may send comes back as it was sent, whatever characters it has and however long it is.

use serde_json::{Map, Value, json};

use super::{group, id, open, patch, post, serve, user};
use crate::support::{Database, on_each_engine};

on_each_engine!(texts_of_all_characters_and_lengths_come_back_as_they_were_sent);

/// What databases are known to lose: the end of a text, blanks, characters beyond the first plane, NUL, and what looks like SQL.
fn texts() -> Vec<(&'static str, String)> {
    vec![
        ("NUL", "a\0b".to_owned()),
        ("blanks at both ends", "  a  ".to_owned()),
        ("control characters", "a\u{1}\t\r\n\u{7f}\u{85}b".to_owned()),
        ("beyond the first plane", "\u{1f469}\u{200d}\u{1f4bb} \u{10ffff}".to_owned()),
        ("no characters at all", "\u{fffe}\u{ffff}\u{fdd0}".to_owned()),
        ("decomposed", "e\u{301} \u{1e9b}\u{323}".to_owned()),
        ("quotes", r#"'; DROP TABLE scim_resource; -- " \' \\ %_ $1 ?"#.to_owned()),
        ("long", "a long word ".repeat(10_000)),
        ("long in bytes", "\u{1f600}".repeat(30_000)),
    ]
}

async fn texts_of_all_characters_and_lengths_come_back_as_they_were_sent(database: Database) {
    let stores = open(&database).await;
    let server = serve(&stores, "t08");
    let member = id(&post(&server, "/Users", &user("member@x")).await);
    for (number, (what, text)) in texts().into_iter().enumerate() {
        let mut body = user(&format!("t08 {number}"));
        for attribute in ["displayName", "title", "externalId", "nickName"] {
            body[attribute] = json!(text);
        }
        body["emails"] = json!([{"value": text, "display": text}]);
        let created = post(&server, "/Users", &body).await;
        let path = format!("/Users/{}", id(&created));
        let same = |found: &Value| {
            for attribute in ["displayName", "title", "externalId", "nickName"] {
                assert!(found[attribute] == json!(text), "{what} as {attribute}");
            }
            assert!(found["emails"] == body["emails"], "{what} in an element");
        };
        same(&created.body);
        same(&server.get(&path).await.body);

        // The name of a member stands in its group.
        let patched = patch(json!([{"op": "replace", "path": "displayName", "value": text}]));
        let answer = server.send("PATCH", &format!("/Users/{member}"), &Map::new(), Some(&patched)).await;
        assert_eq!(answer.status, 200, "{what}");
        let of_group = server.get(&format!("/Groups/{}", id(&post(&server, "/Groups", &group(&text, &[&member])).await))).await.body;
        assert!(of_group["displayName"] == json!(text), "{what} as the name of a group");
        assert!(of_group["members"][0]["display"] == json!(text), "{what} as the name of a member");
        let short = text.len() < 1_000;
        if short {
            let filter: String = format!("externalId eq {}", json!(text)).bytes().map(|byte| format!("%{byte:02x}")).collect();
            assert_eq!(server.get(&format!("/Users?filter={filter}")).await.body["totalResults"], 1, "{what} in a filter");
        }
    }
}
