//! Deleting resources (RFC 7644 §3.6).

use serde_json::json;

use crate::{Scim, assert_error, group, user, with};

/// RFC: 7644-3.2-07 7644-3.6-02..06
#[tokio::test]
async fn what_is_deleted_is_gone_for_every_request() {
    let scim = Scim::start();
    let kept = scim.create("/Users", &user("kept")).await;
    let path = scim.create("/Users", &user("bjensen")).await;
    let id = path.rsplit('/').next().expect("an id").to_owned();
    let staff = scim.create("/Groups", &with(group("Staff"), json!({"members": [{"value": id}]}))).await;
    let answer = scim.delete(&path).await;
    assert_eq!((answer.status, answer.body.is_null()), (204, true));
    assert_error(&scim.get(&path).await, 404, None);
    assert_error(&scim.put(&path, &user("bjensen")).await, 404, None);
    assert_error(&scim.patch(&path, json!([{"op": "add", "path": "title", "value": "x"}])).await, 404, None);
    assert_error(&scim.delete(&path).await, 404, None);
    assert_eq!(crate::names(&scim.get("/Users").await), ["kept"]);
    for filter in [format!(r#"id eq "{id}""#), r#"userName eq "bjensen""#.into()] {
        assert!(scim.found("/Users", &filter).await.is_empty(), "{filter}");
    }
    assert_eq!(scim.read(&staff).await.get("members"), None);
    assert_eq!(scim.post("/Users", &user("bjensen")).await.status, 201, "the name is free again");
    assert_eq!(scim.read(&kept).await["userName"], "kept");
}
