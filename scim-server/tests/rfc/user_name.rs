//! What must be there and be unique: `userName`, and `displayName` of a group (RFC 7643 §4.1.1, §4.2, §7; RFC 7644 §3.3, §5).

use serde_json::{Value, json};

use crate::{Scim, USER, assert_error, group, user, with};

/// RFC: 7643-4.1.1-01 7643-4.1.1-03 7643-4.2-01 7643-8.7.1-02 7643-8.7.1-69 7644-3.12-24
#[tokio::test]
async fn what_is_required_is_required_by_every_request() {
    let scim = Scim::start();
    for (endpoint, whole, name) in [("/Users", user("bjensen"), "userName"), ("/Groups", group("Staff"), "displayName")] {
        let path = scim.create(endpoint, &whole).await;
        for nothing in [None, Some(Value::Null), Some(json!("")), Some(json!([]))] {
            let mut body = whole.clone();
            match &nothing {
                Some(value) => body[name] = value.clone(),
                None => drop(body.as_object_mut().expect("an object").shift_remove(name)),
            }
            assert_error(&scim.post(endpoint, &body).await, 400, Some("invalidValue"));
            assert_error(&scim.put(&path, &body).await, 400, Some("invalidValue"));
        }
        assert_error(&scim.patch(&path, json!([{"op": "remove", "path": name}])).await, 400, Some("mutability"));
        assert_error(&scim.patch(&path, json!([{"op": "replace", "path": name, "value": ""}])).await, 400, Some("invalidValue"));
        assert_eq!(scim.read(&path).await[name], whole[name]);
    }
}

/// RFC: 7643-4.1.1-02 7643-4.1.1-03 7643-7-35 7643-7-37 7644-3.3-10 7644-3.5.1-12 7644-3.12-12 7644-3.12-19 7644-5-01 7644-7.8-01
#[tokio::test]
async fn no_two_users_have_one_name_however_it_is_written() {
    let scim = Scim::start();
    scim.create("/Users", &user("jos\u{e9}@example.com")).await;
    let other = scim.create("/Users", &user("other")).await;
    let before = scim.read(&other).await;
    for name in ["jos\u{e9}@example.com", "JOS\u{c9}@EXAMPLE.COM", "jose\u{301}@example.com", "\u{ff4a}os\u{e9}@example.com"] {
        assert_error(&scim.post("/Users", &user(name)).await, 409, Some("uniqueness"));
        assert_error(&scim.put(&other, &user(name)).await, 409, Some("uniqueness"));
        assert_error(&scim.patch(&other, json!([{"op": "replace", "path": "userName", "value": name}])).await, 409, Some("uniqueness"));
        assert_eq!(scim.found("/Users", &format!(r#"userName eq "{name}""#)).await, ["jos\u{e9}@example.com"], "{name}");
    }
    assert_eq!(scim.read(&other).await, before);
    assert_eq!(scim.read("/Users?count=0").await["totalResults"], 2);
}

/// RFC: 7643-7-25 7643-7-36
#[tokio::test]
async fn a_name_is_read_as_it_was_written_and_names_of_groups_may_repeat() {
    let scim = Scim::start();
    let path = scim.create("/Users", &user("BJensen")).await;
    assert_eq!(scim.read(&path).await["userName"], "BJensen");
    for _ in 0..2 {
        scim.create("/Groups", &group("Staff")).await;
    }
    let same_display = with(user("second"), json!({"displayName": "Babs"}));
    scim.create("/Users", &same_display).await;
    scim.create("/Users", &with(same_display, json!({"userName": "third"}))).await;
    assert_eq!(scim.found("/Users", r#"displayName eq "babs""#).await, ["second", "third"]);
    assert_eq!(scim.read(&path).await["schemas"], json!([USER]));
}
