//! Tokens (B3, T17), the switch of the link (P11), and what else is no credential (T05).

use poem::{Endpoint, Request};
use reqwest::Method;
use scim_server::http::{endpoint, routes};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use tribe_app::database::token::{Column, Entity};
use tribe_app::domain::link::{Switch, switch};
use tribe_app::domain::token::{State, issue, list, revoke, verify};

use crate::support::{App, Database, Engine, TestTenant, on_each_engine, user};

on_each_engine!(
    b3_two_tokens_live_at_a_time_and_one_that_is_revoked_is_refused_at_once,
    b3_a_token_expires_after_twelve_months,
    p11_with_the_link_off_every_token_is_refused_and_nobody_changes,
    t05_what_is_no_active_token_of_an_active_link_does_nothing_on_any_route,
);

async fn status_of(tenant: &TestTenant<'_>, token: &str) -> u16 {
    tenant.send_as(token, Method::GET, "/Users", None).await.status
}

async fn b3_two_tokens_live_at_a_time_and_one_that_is_revoked_is_refused_at_once(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let second = issue(app.tribe.database(), &tenant.id, "rotation").await.unwrap();
    assert_eq!((status_of(&tenant, &tenant.token).await, status_of(&tenant, &second.secret).await), (200, 200));

    revoke(app.tribe.database(), &tenant.id, &second.token.id).await.unwrap();

    assert_eq!((status_of(&tenant, &tenant.token).await, status_of(&tenant, &second.secret).await), (200, 401));
    assert!(revoke(app.tribe.database(), &tenant.id, &second.token.id).await.is_err());
    let kept = list(app.tribe.database(), &tenant.id).await.unwrap();
    assert!(kept[0].last_used.is_some() && kept[0].label == "test");
    assert_eq!(kept[1].state(second.token.created), State::Revoked);
}

/// RFC: 7644-7.4-03
async fn b3_a_token_expires_after_twelve_months(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let token = list(app.tribe.database(), &tenant.id).await.unwrap().remove(0);
    assert_eq!((token.expires - token.created) / 86_400_000_000, 365);
    let database = app.tribe.database();
    assert!(verify(database, &tenant.token, token.expires - 1).await.unwrap().is_some());
    assert!(verify(database, &tenant.token, token.expires).await.unwrap().is_none());
    Entity::update_many()
        .col_expr(Column::Expires, Expr::value(token.created))
        .filter(Column::Id.eq(token.id))
        .exec(database)
        .await
        .unwrap();
    assert_eq!(status_of(&tenant, &tenant.token).await, 401);
}

#[tokio::test]
async fn b3_the_database_holds_a_digest_and_never_the_token() {
    // The one whose files can be looked at.
    let database = Database::new(Engine::Sqlite).await.unwrap();
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    tenant.provision(&user("ana@example.com")).await;
    let secret = tenant.token.rsplit('_').nth(1).unwrap().as_bytes();
    for file in std::fs::read_dir(database.folder().unwrap()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(bytes.windows(secret.len()).all(|window| window != secret));
    }
}

async fn p11_with_the_link_off_every_token_is_refused_and_nobody_changes(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let id = tenant.provision(&user("ana@example.com")).await;
    let before = tenant.only_employee().await.record;

    switch(app.tribe.database(), &tenant.id, Switch::Off).await.unwrap();
    for path in ["/Users", "/ServiceProviderConfig", "/nowhere"] {
        tenant.get(path).await.refuses(401, None, &["token"]);
    }
    tenant.delete(&id).await.refuses(401, None, &[]);
    assert_eq!(tenant.only_employee().await.record, before);

    switch(app.tribe.database(), &tenant.id, Switch::On).await.unwrap();
    assert_eq!(tenant.get(&format!("/Users/{id}")).await.status, 200);
    switch(app.tribe.database(), &tenant.id, Switch::Off).await.unwrap();
    issue(app.tribe.database(), &tenant.id, "new").await.unwrap();
    assert_eq!(status_of(&tenant, &tenant.token).await, 200, "creating a token activates the link");
}

/// What is sent as a bearer token, as a cookie and as a key by whoever has no active token of an active link.
async fn credentials(app: &App, tenant: &TestTenant<'_>, user: &str) -> Vec<(&'static str, String)> {
    let database = app.tribe.database();
    let employee = tenant.only_employee().await.record;
    let revoked = issue(database, &tenant.id, "revoked").await.unwrap();
    revoke(database, &tenant.id, &revoked.token.id).await.unwrap();
    let expired = issue(database, &tenant.id, "expired").await.unwrap();
    let over = Entity::update_many().col_expr(Column::Expires, Expr::value(expired.token.created));
    over.filter(Column::Id.eq(&expired.token.id)).exec(database).await.unwrap();
    let unlinked = app.tenant("unlinked").await;
    switch(database, &unlinked.id, Switch::Off).await.unwrap();
    let kept = list(database, &tenant.id).await.unwrap().remove(0);
    vec![
        ("a revoked token", revoked.secret),
        ("an expired token", expired.secret),
        ("a token of a link that is off", unlinked.token),
        ("the id of a token", kept.id),
        ("the digest of a token", kept.digest.iter().map(|byte| format!("{byte:02x}")).collect()),
        ("a token in capitals", tenant.token.to_uppercase()),
        ("a token cut off", tenant.token[..tenant.token.len() - 1].to_owned()),
        ("the id of the tenant", tenant.id.clone()),
        ("the id of an employee", employee.id),
        ("the username of an employee", "ana".to_owned()),
        ("the id of a user", user.to_owned()),
    ]
}

/// T05
async fn t05_what_is_no_active_token_of_an_active_link_does_nothing_on_any_route(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let id = tenant.provision(&user("ana@example.com")).await;
    let credentials = credentials(&app, &tenant, &id).await;
    let before = tenant.only_employee().await.record;
    let scim = app.tribe.scim(&app.url);
    let routes = routes(scim.registry());
    // Without the limits, which would answer most of these with 429.
    let server = endpoint(scim);
    let mut refused = 0;
    for route in routes {
        let path = route.path.replace("{id}", &id);
        for method in route.methods.split(", ") {
            let request = || Request::builder().method(method.parse().unwrap()).uri_str(&path).content_type("application/scim+json");
            let body = user("changed@example.com").to_string();
            for (what, credential) in &credentials {
                let bearer = request().header("authorization", format!("Bearer {credential}"));
                assert_eq!(server.get_response(bearer.body(body.clone())).await.status(), 401, "{method} {path} with {what}");
                refused += 1;
            }
            // A signed-in user's cookie or key is none here, and neither is the token itself in their place.
            for (header, value) in [
                ("cookie", format!("session={}; token={}", tenant.id, tenant.token)),
                ("x-api-key", tenant.token.clone()),
                ("authorization", format!("Basic {}", tenant.token)),
                ("proxy-authorization", format!("Bearer {}", tenant.token)),
            ] {
                let response = server.get_response(request().header(header, value).body(body.clone())).await;
                assert_eq!(response.status(), 401, "{method} {path} with {header}");
                refused += 1;
            }
        }
    }
    assert!(refused >= 300, "only {refused} requests");
    assert_eq!(tenant.only_employee().await.record, before);
    assert_eq!(status_of(&tenant, &tenant.token).await, 200);
}
