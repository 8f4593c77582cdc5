//! T02: one tenant never reaches another, on any route.

use reqwest::Method;
use serde_json::json;
use tribe_app::domain::token::list;

use crate::support::{App, Database, ENTERPRISE, USER, on_each_engine, user, user_with_email, with_external_id};

on_each_engine!(
    t02_a_foreign_id_answers_byte_for_byte_like_an_unknown_one_and_changes_nothing,
    t02_a_manager_of_another_tenant_is_only_the_text_that_was_sent,
    t02_the_same_names_may_exist_in_two_tenants,
    t02_neither_url_nor_header_names_a_tenant,
    a_path_that_is_not_utf8_gets_a_scim_error_and_only_after_the_credential,
);

async fn t02_a_foreign_id_answers_byte_for_byte_like_an_unknown_one_and_changes_nothing(database: Database) {
    let app = App::start(&database).await;
    let (ours, theirs) = (app.tenant("ours").await, app.tenant("theirs").await);
    let foreign = theirs.provision(&with_external_id(user("ana@example.com"), "ana")).await;
    let before = (theirs.get(&format!("/Users/{foreign}")).await, theirs.only_employee().await.record);
    let theirs_token = list(app.tribe.database(), &theirs.id).await.unwrap().remove(0).id;
    let put = json!({"schemas": [USER], "userName": "evil@example.com"});
    let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "active", "value": false}]});

    for (method, body) in [
        (Method::GET, None),
        (Method::HEAD, None),
        (Method::PUT, Some(&put)),
        (Method::PATCH, Some(&patch)),
        (Method::DELETE, None),
        (Method::POST, Some(&put)),
        (Method::OPTIONS, None),
    ] {
        for suffix in ["", "/", "?attributes=userName", "?excludedAttributes=emails"] {
            let unknown = ours.send(method.clone(), &format!("/Users/{}{suffix}", "0".repeat(36)), body).await;
            // Every kind of id that there is: of a user, an employee, a tenant and a token, and what looks like one.
            for id in [&foreign, &before.1.id, &theirs.id, &theirs_token, &ours.id, &foreign.to_uppercase(), &format!("{foreign}%20")] {
                let known = ours.send(method.clone(), &format!("/Users/{id}{suffix}"), body).await;
                assert_eq!(known, unknown, "{method} {id} {suffix}");
            }
        }
    }
    for filter in
        ["userName eq \"ana@example.com\"", "externalId eq \"ana\"", &format!("id eq \"{foreign}\""), "userName pr", "active eq true"]
    {
        let found = ours.get(&format!("/Users?filter={}", filter.replace(' ', "+").replace('"', "%22"))).await;
        assert_eq!((found.status, &found.body["totalResults"]), (200, &json!(0)), "{filter}");
    }
    assert_eq!((theirs.get(&format!("/Users/{foreign}")).await, theirs.only_employee().await.record), before);
    assert!(ours.employees().await.is_empty());
}

async fn t02_a_manager_of_another_tenant_is_only_the_text_that_was_sent(database: Database) {
    let app = App::start(&database).await;
    let (ours, theirs) = (app.tenant("ours").await, app.tenant("theirs").await);
    let foreign = theirs.provision(&user("boss@example.com")).await;
    let mut ana = user("ana@example.com");
    ana[ENTERPRISE] = json!({"manager": {"value": foreign}});
    let known = ours.post(&ana).await;
    ana["userName"] = json!("ben@example.com");
    ana[ENTERPRISE] = json!({"manager": {"value": "0".repeat(36)}});
    let unknown = ours.post(&ana).await;
    let keys =
        |answer: &crate::support::Answer| answer.body[ENTERPRISE]["manager"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!((known.status, keys(&known)), (unknown.status, keys(&unknown)));
    theirs.delete(&foreign).await;
    let id = known.body["id"].as_str().unwrap();
    assert_eq!(ours.get(&format!("/Users/{id}")).await.body[ENTERPRISE]["manager"]["value"], json!(foreign));
}

async fn t02_the_same_names_may_exist_in_two_tenants(database: Database) {
    let app = App::start(&database).await;
    let (ours, theirs) = (app.tenant("ours").await, app.tenant("theirs").await);
    let hers = theirs.hire("ana@example.com", "Ana of theirs", &["admin"]).await;
    let ana = with_external_id(user_with_email("ana@example.com", "ana@example.com"), "ana");
    let first = ours.provision(&ana).await;

    // T03: the employee of the other tenant is not found by the address.
    assert_eq!(theirs.only_employee().await.record, hers.record);
    assert!(!theirs.only_employee().await.linked);
    assert!(ours.only_employee().await.roles.is_empty());

    let second = theirs.provision(&ana).await;
    assert_ne!(first, second);
    assert_eq!(theirs.only_employee().await.record.id, hers.record.id);
    ours.delete(&first).await;
    assert!(!theirs.only_employee().await.is_blocked());
    let again = theirs.get(&format!("/Users/{second}")).await;
    assert_eq!(again.status, 200);
}

async fn t02_neither_url_nor_header_names_a_tenant(database: Database) {
    let app = App::start(&database).await;
    let (ours, theirs) = (app.tenant("ours").await, app.tenant("theirs").await);
    let foreign = theirs.provision(&user("ana@example.com")).await;
    for path in
        [format!("/Users/{foreign}?tenant={}", theirs.id), format!("/Users/{foreign}?tenant=theirs"), format!("/theirs/Users/{foreign}")]
    {
        assert_eq!(ours.get(&path).await.status, 404, "{path}");
    }
    // A token whose tenant part is another's is mistyped.
    let mixed = ours.token.replace(&ours.id.replace('-', ""), &theirs.id.replace('-', ""));
    assert_ne!(mixed, ours.token);
    assert_eq!(ours.send_as(&mixed, Method::GET, "/Users", None).await.status, 401);
}

async fn a_path_that_is_not_utf8_gets_a_scim_error_and_only_after_the_credential(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    for path in ["/Users/%ff", "/%ff", "/Users/%ff?filter=%ff"] {
        tenant.send_as("no-token", Method::GET, path, None).await.refuses(401, None, &["token"]);
        tenant.get(path).await.refuses(404, None, &[]);
    }
}
