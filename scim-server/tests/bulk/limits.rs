//! The limits are looked at before the first effect (RFC 7644 §3.7.4; T13).

use scim_server::Limits;
use serde_json::json;

use super::*;

fn limited() -> Server {
    let limits = Limits { bulk_operations: 3, bulk_payload: 2_000, patch_operations: 4, ..Limits::default() };
    serve(scim_server("acme", Profile::RFC).with_limits(limits))
}

/// RFC: 7644-3.7-01 7644-3.7.4-01 7644-3.7.4-04
#[tokio::test]
async fn the_limits_are_shown() {
    let shown = server().get("/ServiceProviderConfig").await.body["bulk"].clone();
    assert_eq!(shown, json!({"supported": true, "maxOperations": 1_000, "maxPayloadSize": 1_048_576}));
    let shown = limited().get("/ServiceProviderConfig").await.body["bulk"].clone();
    assert_eq!(shown, json!({"supported": true, "maxOperations": 3, "maxPayloadSize": 2_000}));
}

/// T13
/// RFC: 7644-3.7.4-02 7644-3.7.4-03 7644-3.12-14
#[tokio::test]
async fn over_a_limit_nothing_is_done_and_the_limit_is_named() {
    let server = limited();
    let ana = create(&server, "/Users", &user("ana")).await;
    let before = everything(&server).await;
    let many =
        |count: usize| (0..count).map(|number| post(&number.to_string(), "/Users", user(&format!("user{number}")))).collect::<Vec<_>>();
    let mut large = user("large");
    large["title"] = json!("x".repeat(2_000));
    let two = json!([{"op": "add", "path": "title", "value": "a"}, {"op": "add", "path": "title", "value": "b"}]);
    let patches = |data: Value| {
        vec![
            patch(&format!("/Users/{ana}"), two.clone()),
            json!({"method": "PATCH", "path": format!("/Users/{ana}"), "data": data}),
            json!({"method": "patch", "path": format!("/Users/{ana}"), "data": [{"op": "add", "path": "title", "value": "c"}]}),
        ]
    };
    for (operations, named, limit) in [
        (many(4), "maxOperations", "3"),
        (vec![post("0", "/Users", large)], "maxPayloadSize", "2000"),
        (patches(json!({"Operations": two})), "PATCH", "4"),
        (patches(json!({"operations": two})), "PATCH", "4"),
    ] {
        if named == "maxPayloadSize" && cfg!(not(feature = "http")) {
            continue; // Who reads the body counts its bytes.
        }
        let answer = send(&server, "POST", "/Bulk", &json!({"schemas": [BULK_REQUEST], "Operations": operations})).await;
        let detail = answer.body["detail"].as_str().unwrap_or_default();
        assert_eq!(answer.status, 413, "{}", answer.body);
        assert!(detail.contains(named) && detail.contains(limit), "{detail}");
        assert_eq!(answer.body["schemas"], json!([ERROR]));
        assert_eq!(everything(&server).await, before, "{detail}");
    }
    // As much as the limits say is done.
    assert_eq!(statuses(&bulk(&server, many(3)).await), ["201"; 3]);
    let both = patches(json!({"Operations": two}));
    assert_eq!(statuses(&bulk(&server, both[..2].to_vec()).await), ["200"; 2]);
}
