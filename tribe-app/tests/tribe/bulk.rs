//! Many users in one request (RFC 7644 §3.7): each operation is to Tribe what its single request would be.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, Database, TestTenant, on_each_engine, user, user_with_email};

on_each_engine!(
    each_operation_of_a_bulk_request_is_judged_as_its_single_request,
    a_user_who_is_blocked_or_deleted_by_a_bulk_request_may_not_sign_in,
);

async fn bulk(tenant: &TestTenant<'_>, operations: Value) -> Vec<Value> {
    let message = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    let answer = tenant.send(Method::POST, "/Bulk", Some(&message)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["Operations"].as_array().expect("results").clone()
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["status"].as_str().expect("a text")).collect()
}

async fn each_operation_of_a_bulk_request_is_judged_as_its_single_request(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let ben = tenant.hire("ben@example.com", "Ben Okoro", &[]).await;
    let post = |bulk_id: &str, data: Value| json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data});
    let results = bulk(
        &tenant,
        json!([
            post("ana", user("ana@example.com")),
            post("ben", user_with_email("ben@example.com", "team@example.com")),
            post("cleo", user("cleo@example.com")),
            post("group", json!({})),
            {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"displayName": "Staff"}},
            post("again", user("ANA@example.com")),
        ]),
    )
    .await;
    assert_eq!(statuses(&results), ["201", "409", "201", "400", "404", "409"], "{results:?}");
    let detail = results[1]["response"]["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("Ben Okoro") && detail.contains(&ben.record.id), "{detail}");
    assert_eq!(tenant.employees().await.len(), 3);
    assert_eq!(tenant.employee("ben@example.com").await.conflicts.len(), 1);
    assert_eq!(tenant.employee("ana@example.com").await.conflicts.len(), 1);
}

async fn a_user_who_is_blocked_or_deleted_by_a_bulk_request_may_not_sign_in(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let (ana, ben) = (tenant.provision(&user("ana@example.com")).await, tenant.provision(&user("ben@example.com")).await);
    let results = bulk(
        &tenant,
        json!([
            {"method": "PATCH", "path": format!("/Users/{ana}"), "data": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "Replace", "path": "active", "value": "False"}],
            }},
            {"method": "DELETE", "path": format!("/Users/{ben}")},
        ]),
    )
    .await;
    assert_eq!(statuses(&results), ["200", "204"], "{results:?}");
    for email in ["ana@example.com", "ben@example.com"] {
        let employee = tenant.employee(email).await;
        assert_eq!(employee.blocked_by(), ["azure"], "{employee:?}");
    }
}
