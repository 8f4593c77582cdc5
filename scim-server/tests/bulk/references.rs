//! Temporary ids (RFC 7644 §3.7.2; S42, S43).

use serde_json::json;

use super::*;

/// RFC: 7644-3.7-22 7644-3.7.2-01 7644-3.7.2-02 7644-3.7.2-03 7644-3.7.2-05
#[tokio::test]
async fn a_temporary_id_stands_for_what_is_created_wherever_it_is_written() {
    for server in [server(), atomic_server()] {
        let old = create(&server, "/Groups", &group("Old", &[])).await;
        let manager = json!({"schemas": [USER, ENTERPRISE], "userName": "ben", (ENTERPRISE): {"manager": {"value": "bulkId:ana"}}});
        let results = bulk(&server, vec![
            post("ana", "/Users", user("ana")),
            post("ben", "/Users", manager),
            post("cleo", "/Users", user("cleo")),
            post("new", "/Groups", group("New", &["bulkId:ana", "bulkId:ben"])),
            put(&format!("/Groups/{old}"), group("Old", &["bulkId:new"])),
            patch(&format!("/Groups/{old}"), json!([{"op": "add", "path": "members", "value": [{"value": "bulkId:ana"}]}])),
            patch("/Groups/bulkId:new", json!([{"op": "remove", "path": "members[value eq \"bulkId:ana\"]"}, {"op": "add", "value": {"members": [{"value": "bulkId:cleo"}]}}])),
            patch("/Users/bulkId:cleo", json!([{"op": "add", "path": format!("{ENTERPRISE}:manager.value"), "value": "bulkId:ben"}])),
            delete("/Users/bulkId:ana"),
        ])
        .await;
        assert_eq!(statuses(&results), ["201", "201", "201", "201", "200", "204", "204", "200", "204"], "{results:?}");
        let ids: Vec<String> = results.iter().map(id).collect();
        assert_eq!((&ids[6], &ids[7], &ids[8]), (&ids[3], &ids[2], &ids[0]));
        assert_eq!(members(&server, &old).await, [ids[3].as_str()]);
        let mut expected = [ids[1].clone(), ids[2].clone()];
        expected.sort();
        assert_eq!(members(&server, &ids[3]).await, expected);
        let cleo = server.get(&format!("/Users/{}", ids[2])).await.body;
        assert_eq!(cleo[ENTERPRISE]["manager"]["value"], ids[1]);
        let ben = server.get(&format!("/Users/{}", ids[1])).await.body;
        assert!(ben.get(ENTERPRISE).is_none(), "the manager was deleted: {ben}");
        assert!(!everything(&server).await.to_string().contains("bulkId"));
    }
}

/// RFC: 7644-3.7.2-04
#[tokio::test]
async fn a_reference_to_nothing_or_to_what_failed_fails() {
    for server in [server(), atomic_server()] {
        let results = bulk(&server, vec![post("g", "/Groups", group("G", &["bulkId:ghost"]))]).await;
        assert_eq!((statuses(&results), &results[0]["response"]["scimType"]), (vec!["400"], &json!("invalidValue")));
        assert!(detail(&results[0]).contains("members[0].value"), "{results:?}");
        let results = bulk(&server, vec![delete("/Users/bulkId:ghost")]).await;
        assert_eq!((statuses(&results), &results[0]["response"]["scimType"]), (vec!["400"], &json!("invalidValue")));
        assert_eq!(everything(&server).await[0]["totalResults"], 0);
    }
    let server = server();
    let results = bulk(
        &server,
        vec![
            post("g", "/Groups", group("G", &["bulkId:u"])),
            post("u", "/Users", json!({"schemas": [USER]})),
            post("h", "/Groups", group("H", &["bulkId:g"])),
            delete("/Users/bulkId:u"),
            post("i", "/Groups", group("I", &[])),
        ],
    )
    .await;
    assert_eq!(statuses(&results), ["409", "400", "409", "409", "201"], "{results:?}");
    assert!(detail(&results[0]).contains("`u`") && detail(&results[2]).contains("`g`"), "{results:?}");
    assert!(results[0]["response"].get("scimType").is_none());
    assert_eq!(everything(&server).await[1]["totalResults"], 1);
    // A group that is none of ours is not found under the endpoint of users.
    let results = bulk(&server, vec![post("g", "/Groups", group("G", &[])), delete("/Users/bulkId:g")]).await;
    assert_eq!(statuses(&results), ["201", "404"]);
}

#[tokio::test]
async fn bulk_ids_can_be_any_text() {
    let server = server();
    let names = ["a/b", "..", "%2F", "a?b=c", "a#b", "bulkId:x", " ", "\"", "\\", "ü", "\u{202e}", "a]b", "{}", "x".repeat(5_000).as_str()]
        .map(ToOwned::to_owned);
    for name in names {
        let encoded = name.replace('%', "%25").replace('/', "%2F");
        let operations = vec![
            post(&name, "/Users", user("ana")),
            post("g", "/Groups", group("G", &[&format!("bulkId:{name}")])),
            patch(&format!("/Users/bulkId:{name}"), json!([{"op": "add", "path": "title", "value": "raw"}])),
            patch(&format!("/Users/bulkId:{encoded}"), json!([{"op": "add", "path": "nickName", "value": "encoded"}])),
            patch("/Groups/bulkId:g", json!([{"op": "remove", "path": format!("members[value eq {}]", json!(format!("bulkId:{name}")))}])),
            delete(&format!("/Users/bulkId:{name}")),
            delete("/Groups/bulkId:g"),
        ];
        let results = bulk(&server, operations).await;
        assert_eq!(statuses(&results), ["201", "201", "200", "200", "204", "204", "204"], "{name}: {results:?}");
        assert_eq!(results[0]["bulkId"], json!(name));
    }
}
