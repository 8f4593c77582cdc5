//! T03: provisioning takes over no account; T08: nor a terminal.

use serde_json::json;
use tribe_app::domain::sign_in::{AccountCheck, check_account};

use crate::support::{App, Database, on_each_engine, user, user_with_email, with_external_id};

on_each_engine!(
    t03_employees_that_are_not_linked_do_not_exist_over_scim,
    t03_linking_an_administrator_gives_and_takes_no_role_and_moves_no_address,
    t03_an_address_patched_to_another_employees_opens_nothing,
    t03_a_refused_request_leaves_nothing_behind,
    t08_words_from_azure_stay_on_their_line_and_move_no_terminal,
);

async fn t03_employees_that_are_not_linked_do_not_exist_over_scim(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let local = tenant.hire("local@example.com", "Local", &["admin"]).await;
    assert_eq!(tenant.get("/Users").await.body["totalResults"], 0);
    assert_eq!(tenant.get("/Users?filter=userName+eq+%22local@example.com%22").await.body["totalResults"], 0);
    tenant.get(&format!("/Users/{}", local.record.id)).await.refuses(404, None, &[]);
    tenant.delete(&local.record.id).await.refuses(404, None, &[]);
    assert_eq!(tenant.only_employee().await.record, local.record);
}

async fn t03_linking_an_administrator_gives_and_takes_no_role_and_moves_no_address(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let admin = tenant.hire("admin@example.com", "Admin", &["admin"]).await;

    let mut taker = user_with_email("taker@example.com", "admin@example.com");
    taker["password"] = json!("S3cret-of-the-taker");
    taker["roles"] = json!([{"value": "owner"}]);
    let answer = tenant.post(&taker).await;
    assert_eq!(answer.status, 201);
    assert!(!answer.body.to_string().contains("S3cret"));
    let id = answer.body["id"].as_str().unwrap().to_owned();

    // The link itself moves neither address nor username, nor does any later request.
    for (path, value) in
        [("emails[type eq \"work\"].value", "taker@example.com"), ("userName", "taker2@example.com"), ("userName", "taker")]
    {
        assert_eq!(tenant.replace(&id, path, json!(value)).await.status, 200, "{path}");
        let after = tenant.only_employee().await;
        assert_eq!((&after.record.email, &after.username, &after.roles), (&admin.record.email, &admin.username, &admin.roles), "{path}");
    }
    let tables = app.tribe.database();
    let known = check_account(tables, &tenant.id, "admin@example.com").await.unwrap();
    assert_eq!(known, AccountCheck::Allowed { employee: admin.record.id, roles: vec!["admin".to_owned()] });
    for name in ["taker@example.com", "taker2@example.com", "taker"] {
        assert_eq!(check_account(tables, &tenant.id, name).await.unwrap(), AccountCheck::Unknown, "{name}");
    }
    // The password is kept nowhere: not in any file of the database, where it has files to look at.
    for file in database.folder().into_iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(bytes.windows(6).all(|window| window != b"S3cret"));
    }
}

async fn t03_an_address_patched_to_another_employees_opens_nothing(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let admin = tenant.hire("admin@example.com", "Admin", &["admin"]).await;
    let id = tenant.provision(&user_with_email("ana@example.com", "ana@example.com")).await;

    assert_eq!(tenant.replace(&id, "emails[type eq \"work\"].value", json!("admin@example.com")).await.status, 200);

    let after = tenant.employee("admin@example.com").await;
    assert_eq!((&after.record, after.linked), (&admin.record, false));
    let ana = tenant.employee("ana@example.com").await;
    assert!(ana.roles.is_empty());
    assert_eq!(ana.drift[0].azure, "admin@example.com");
    // A change of `active` reaches the employee that is linked, not the one with the address.
    tenant.replace(&id, "active", json!(false)).await;
    assert!(!tenant.employee("admin@example.com").await.is_blocked());
    assert!(tenant.employee("ana@example.com").await.is_blocked());
}

async fn t03_a_refused_request_leaves_nothing_behind(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let id = tenant.provision(&user("ana@example.com")).await;
    let (before, resource) = (tenant.only_employee().await, tenant.get(&format!("/Users/{id}")).await);
    let bad = json!([
        {"op": "Replace", "path": "title", "value": "Head"},
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Replace", "path": "active", "value": "perhaps"},
    ]);
    tenant.patch(&id, bad).await.refuses(400, Some("invalidValue"), &["active"]);
    let after = tenant.only_employee().await;
    assert_eq!((after.record, after.drift.len()), (before.record, 0));
    assert_eq!(tenant.get(&format!("/Users/{id}")).await, resource);
}

async fn t08_words_from_azure_stay_on_their_line_and_move_no_terminal(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let mut ana = with_external_id(user("ana@example.com"), "1\n  roles:      admin");
    ana["displayName"] = json!("\u{1b}[2JAna\u{7}\u{9b}5m\u{202e}");
    tenant.provision(&ana).await;
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tribe-app"));
        let output =
            command.args(arguments).args(["--tenant", "acme", "--database-url", &database.url]).env("TRIBE_LOG", "warn").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let shown = run(&["employee", "show", "--email", "ana@example.com"]);
    assert!(shown.contains("\n  externalId: 1\\n  roles:      admin\n  roles:      none yet\n"), "{shown:?}");
    for printed in [shown, run(&["employee", "list"])] {
        assert!(printed.contains("\\u{1b}[2JAna\\u{7}\\u{9b}5m\\u{202e} <ana@example.com>"), "{printed:?}");
        assert!(!printed.contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}')), "{printed:?}");
    }
}
