//! The account check that sign-in uses: P6, P7, P8 and B5.

use serde_json::json;
use tribe_app::domain::employee::{Block, Blocker, block, give_role};
use tribe_app::domain::sign_in::{AccountCheck, check_account};

use crate::support::{App, Database, TestTenant, on_each_engine, user};

on_each_engine!(
    p6_sign_in_is_refused_at_once_when_azure_blocks_and_allowed_when_it_restores,
    p8_a_linked_employee_without_a_role_may_sign_in_and_an_administrator_adds_the_roles,
    b5_the_two_blocks_are_independent,
);

async fn check(tenant: &TestTenant<'_>, username: &str) -> AccountCheck {
    check_account(tenant.app.tribe.database(), &tenant.id, username).await.unwrap()
}

async fn p6_sign_in_is_refused_at_once_when_azure_blocks_and_allowed_when_it_restores(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let id = tenant.provision(&user("ana@example.com")).await;
    assert!(matches!(check(&tenant, "ana@example.com").await, AccountCheck::Allowed { .. }));
    tenant.replace(&id, "active", json!("False")).await;
    assert_eq!(check(&tenant, "ana@example.com").await, AccountCheck::Blocked);
    tenant.replace(&id, "active", json!("True")).await;
    assert!(matches!(check(&tenant, "ANA@example.com").await, AccountCheck::Allowed { .. }));
    tenant.delete(&id).await;
    assert_eq!(check(&tenant, "ana@example.com").await, AccountCheck::Blocked);
    assert_eq!(check(&tenant, "nobody@example.com").await, AccountCheck::Unknown);
}

async fn p8_a_linked_employee_without_a_role_may_sign_in_and_an_administrator_adds_the_roles(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let id = tenant.provision(&user("ana@example.com")).await;
    let employee = tenant.only_employee().await.record.id;
    assert_eq!(check(&tenant, "ana@example.com").await, AccountCheck::Allowed { employee: employee.clone(), roles: vec![] });

    for role in ["sales", "admin", "sales"] {
        give_role(app.tribe.database(), &tenant.id, &employee, role).await.unwrap();
    }
    let roles = vec!["admin".to_owned(), "sales".to_owned()];
    assert_eq!(check(&tenant, "ana@example.com").await, AccountCheck::Allowed { employee: employee.clone(), roles: roles.clone() });
    // Azure never takes one away.
    tenant.replace(&id, "title", json!("Head")).await;
    tenant.delete(&id).await;
    tenant.provision(&user("ana@example.com")).await;
    assert_eq!(check(&tenant, "ana@example.com").await, AccountCheck::Allowed { employee, roles });
}

async fn b5_the_two_blocks_are_independent(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let id = tenant.provision(&user("ana@example.com")).await;
    let employee = tenant.only_employee().await.record.id;
    let by_hand = async |change| block(app.tribe.database(), &tenant.id, &employee, Blocker::Tribe, change).await.unwrap();

    by_hand(Block::Set).await;
    tenant.replace(&id, "active", json!(false)).await;
    assert_eq!(tenant.only_employee().await.blocked_by(), ["azure", "tribe"]);
    tenant.replace(&id, "active", json!(true)).await;
    assert_eq!(tenant.only_employee().await.blocked_by(), ["tribe"]);
    assert_eq!(check(&tenant, "ana@example.com").await, AccountCheck::Blocked);

    tenant.replace(&id, "active", json!(false)).await;
    by_hand(Block::Lifted).await;
    assert_eq!(tenant.only_employee().await.blocked_by(), ["azure"]);
    assert_eq!(check(&tenant, "ana@example.com").await, AccountCheck::Blocked);
    tenant.replace(&id, "active", json!(true)).await;
    assert!(!tenant.only_employee().await.is_blocked());
}
