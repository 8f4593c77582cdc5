//! Tokens (B3, T17) and the switch of the link (P11).

use reqwest::Method;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use tribe_app::database::token::{Column, Entity};
use tribe_app::domain::link::{Switch, switch};
use tribe_app::domain::token::{State, issue, list, revoke, verify};

use crate::support::{App, Database, Engine, TestTenant, on_each_engine, user};

on_each_engine!(
    b3_two_tokens_live_at_a_time_and_one_that_is_revoked_is_refused_at_once,
    b3_a_token_expires_after_twelve_months,
    p11_with_the_link_off_every_token_is_refused_and_nobody_changes,
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
