//! The rules of the help page, P1 to P7, P9 and P11.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, Database, ENTERPRISE, USER, on_each_engine, user, user_with_email, with_external_id};

on_each_engine!(
    p1_a_user_whose_address_nobody_has_becomes_an_employee_with_an_account_and_no_role,
    p1_without_an_address_the_user_name_is_the_address_if_it_is_one,
    p2_a_user_whose_address_an_employee_has_is_linked_to_it_and_nothing_is_doubled,
    p2_a_block_by_tribe_and_fields_that_azure_does_not_send_stay,
    p3_the_username_is_the_user_name_if_it_is_an_address_else_the_primary_address,
    p3_a_user_without_any_address_is_refused_with_words_for_azures_log_and_nothing_is_stored,
    p4_name_job_phones_and_language_follow_azure,
    p4_texts_of_all_characters_and_lengths_are_followed,
    p4_a_put_is_followed_too_and_what_azure_takes_away_goes,
    p5_an_address_changed_in_azure_waits_as_drift_and_the_resource_answers_with_azures_value,
    p6_every_shape_of_blocking_sets_azures_block_and_every_shape_of_restoring_lifts_it,
    p6_taking_active_away_lets_nobody_back_in,
    p6_a_user_that_is_created_inactive_is_blocked,
    p7_a_deleted_user_is_gone_over_scim_and_its_employee_stays_blocked,
    p9_only_users_are_served_groups_are_read_as_none_and_creating_one_says_what_to_set,
    p11_test_connection_succeeds_with_tenant_url_and_token_and_not_without,
);

async fn p1_a_user_whose_address_nobody_has_becomes_an_employee_with_an_account_and_no_role(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;

    let answer = tenant.post(&with_external_id(user_with_email("ana@example.com", "ana.diaz@example.com"), "ana")).await;

    assert_eq!(answer.status, 201);
    let employee = tenant.only_employee().await;
    assert_eq!((employee.record.email.as_str(), employee.username.as_str()), ("ana.diaz@example.com", "ana@example.com"));
    assert_eq!(employee.record.display_name, "Ana Diaz");
    assert!(employee.linked && employee.roles.is_empty() && !employee.is_blocked() && employee.drift.is_empty());
    assert_eq!(employee.external_id.as_deref(), Some("ana"));
}

async fn p1_without_an_address_the_user_name_is_the_address_if_it_is_one(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    tenant.provision(&user("ana@example.com")).await;
    assert_eq!(tenant.only_employee().await.record.email, "ana@example.com");
}

async fn p2_a_user_whose_address_an_employee_has_is_linked_to_it_and_nothing_is_doubled(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let before = tenant.hire("Ana.Diaz@example.com", "Ana", &["sales", "admin"]).await;

    let mut new = with_external_id(user_with_email("ana@corp.example", "ana.diaz@EXAMPLE.com"), "ana");
    new["title"] = json!("Account Manager");
    let id = tenant.provision(&new).await;

    let after = tenant.only_employee().await;
    assert_eq!(after.record.id, before.record.id);
    assert_eq!((&after.record.email, &after.username, &after.roles), (&before.record.email, &before.username, &before.roles));
    assert!(after.linked);
    assert_eq!((after.record.display_name.as_str(), after.record.title.as_deref()), ("Ana Diaz", Some("Account Manager")));
    // P5: the other username waits for an administrator.
    assert_eq!(
        json!(after.drift),
        json!([{"field": "username", "azure": "ana@corp.example", "tribe": "Ana.Diaz@example.com", "state": "pending"}])
    );
    assert_eq!(tenant.get(&format!("/Users/{id}")).await.body["userName"], "ana@corp.example");
}

async fn p2_a_block_by_tribe_and_fields_that_azure_does_not_send_stay(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    tenant.provision(&json!({"schemas": [USER], "userName": "ana@example.com", "title": "Lead", "preferredLanguage": "es-ES"})).await;
    let id = tenant.get("/Users").await.body["Resources"][0]["id"].as_str().unwrap().to_owned();
    tenant.delete(&id).await;
    block(&app, &tenant.id, "ana@example.com").await;

    tenant.provision(&json!({"schemas": [USER], "userName": "ana@example.com", "title": "Head"})).await;

    let employee = tenant.only_employee().await;
    assert_eq!((employee.record.title.as_deref(), employee.record.language.as_deref()), (Some("Head"), Some("es-ES")));
    assert_eq!(employee.blocked_by(), ["tribe"]);
}

async fn block(app: &App, tenant: &str, email: &str) {
    use tribe_app::domain::employee::{Block, Blocker, block, by_email};
    let record = by_email(app.tribe.database(), tenant, email).await.unwrap().unwrap();
    block(app.tribe.database(), tenant, &record.id, Blocker::Tribe, Block::Set).await.unwrap();
}

async fn p3_the_username_is_the_user_name_if_it_is_an_address_else_the_primary_address(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let home = json!({"type": "home", "value": "home@example.com"});
    let work = json!({"type": "work", "value": "work@example.com"});
    let flagged = json!({"type": "other", "value": "flagged@example.com", "primary": true});
    for (user_name, emails, username) in [
        ("a@example.com", json!([home]), "a@example.com"),
        ("b", json!([home, work, flagged]), "flagged@example.com"),
        ("c", json!([home, work]), "work@example.com"),
        ("d", json!([home]), "home@example.com"),
    ] {
        let each = app.tenant(user_name).await;
        each.provision(&json!({"schemas": [USER], "userName": user_name, "emails": emails})).await;
        assert_eq!(each.only_employee().await.username, username);
    }
    assert!(tenant.employees().await.is_empty());
}

async fn p3_a_user_without_any_address_is_refused_with_words_for_azures_log_and_nothing_is_stored(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    for emails in [Value::Null, json!([]), json!([{"type": "work", "value": "not an address"}])] {
        let answer = tenant.post(&json!({"schemas": [USER], "userName": "ana", "emails": emails})).await;
        answer.refuses(400, Some("invalidValue"), &["`userName` is `ana`", "not an e-mail address", "`emails`", "userPrincipalName"]);
    }
    assert!(tenant.employees().await.is_empty());
    assert_eq!(tenant.get("/Users").await.body["totalResults"], 0);
}

async fn p4_name_job_phones_and_language_follow_azure(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let id = tenant.provision(&user("ana@example.com")).await;

    let answer = tenant
        .patch(
            &id,
            json!([
                {"op": "Replace", "path": "displayName", "value": "Ana Diaz Ruiz"},
                {"op": "Add", "path": "name.familyName", "value": "Diaz Ruiz"},
                {"op": "Add", "path": "title", "value": "Account Manager"},
                {"op": "Add", "path": "preferredLanguage", "value": "es-ES"},
                {"op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+34 555 010 200"},
                {"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+34 555 010 299"},
                {"op": "Add", "path": "addresses[type eq \"work\"].formatted", "value": "Madrid HQ 5.01"},
                {"op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Key Accounts"},
            ]),
        )
        .await;

    assert_eq!(answer.status, 200, "{}", answer.body);
    let record = tenant.only_employee().await.record;
    assert_eq!(record.display_name, "Ana Diaz Ruiz");
    let job = (record.family_name.as_deref(), record.title.as_deref(), record.department.as_deref(), record.language.as_deref());
    assert_eq!(job, (Some("Diaz Ruiz"), Some("Account Manager"), Some("Key Accounts"), Some("es-ES")));
    let reached = (record.phone.as_deref(), record.mobile.as_deref(), record.office.as_deref());
    assert_eq!(reached, (Some("+34 555 010 200"), Some("+34 555 010 299"), Some("Madrid HQ 5.01")));
}

async fn p4_texts_of_all_characters_and_lengths_are_followed(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    // No text of a database has a NUL in it: there it is an unknown character.
    for (number, (sent, kept)) in
        [("a\0b", "a\u{fffd}b"), ("\u{1f600} a  ", "\u{1f600} a  "), (&"\u{1f600}".repeat(50_000), &"\u{1f600}".repeat(50_000))]
            .into_iter()
            .enumerate()
    {
        let mut ana = with_external_id(user(&format!("ana{number}@example.com")), sent);
        for attribute in ["displayName", "title"] {
            ana[attribute] = json!(sent);
        }
        let id = tenant.provision(&ana).await;
        let employee = tenant.employee(&format!("ana{number}@example.com")).await;
        assert!(employee.record.display_name == kept && employee.record.title.as_deref() == Some(kept), "text {number}");
        assert!(employee.external_id.as_deref() == Some(kept), "text {number}");
        assert!(tenant.get(&format!("/Users/{id}")).await.body["title"] == json!(sent), "text {number}");
    }
}

async fn p4_a_put_is_followed_too_and_what_azure_takes_away_goes(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let mut ana = user("ana@example.com");
    ana["title"] = json!("Account Manager");
    ana["locale"] = json!("es-ES");
    let id = tenant.provision(&ana).await;

    let put =
        json!({"schemas": [USER], "userName": "ana@example.com", "name": {"givenName": "Ana", "familyName": "Ruiz"}, "locale": "en-GB"});
    assert_eq!(tenant.send(Method::PUT, &format!("/Users/{id}"), Some(&put)).await.status, 200);

    let record = tenant.only_employee().await.record;
    assert_eq!(record.display_name, "Ana Ruiz");
    assert_eq!((record.title.as_deref(), record.language.as_deref()), (None, Some("en-GB")));
}

async fn p5_an_address_changed_in_azure_waits_as_drift_and_the_resource_answers_with_azures_value(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let id = tenant.provision(&user_with_email("ana@example.com", "ana@example.com")).await;

    let answer = tenant.replace(&id, "emails[type eq \"work\"].value", json!("ana.ruiz@example.com")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["emails"][0]["value"], "ana.ruiz@example.com");
    let employee = tenant.only_employee().await;
    assert_eq!((employee.record.email.as_str(), employee.username.as_str()), ("ana@example.com", "ana@example.com"));
    let pending = json!([{"field": "email", "azure": "ana.ruiz@example.com", "tribe": "ana@example.com", "state": "pending"}]);
    assert_eq!(json!(employee.drift), pending);

    tenant.replace(&id, "userName", json!("ana.ruiz@example.com")).await;
    let employee = tenant.only_employee().await;
    assert_eq!(employee.username, "ana@example.com");
    assert_eq!(employee.drift.iter().map(|drift| drift.field.as_str()).collect::<Vec<_>>(), ["email", "username"]);

    // They converge again: nothing is left to decide.
    tenant.replace(&id, "userName", json!("ANA@example.com")).await;
    tenant.replace(&id, "emails[type eq \"work\"].value", json!("Ana@Example.com")).await;
    assert!(tenant.only_employee().await.drift.is_empty());
}

async fn p6_every_shape_of_blocking_sets_azures_block_and_every_shape_of_restoring_lifts_it(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let id = tenant.provision(&user("ana@example.com")).await;
    let shapes = |active: bool| {
        let words = if active { ["True", "true"] } else { ["False", "false"] };
        vec![
            json!([{"op": "Replace", "path": "active", "value": words[0]}]),
            json!([{"op": "Replace", "path": "active", "value": words[1]}]),
            json!([{"op": "replace", "path": "active", "value": active}]),
            json!([{"op": "Add", "path": "active", "value": active}]),
            json!([{"op": "replace", "value": {"active": active}}]),
            json!([{"op": "replace", "value": {"active": words[0]}}]),
            json!([{"op": "replace", "path": format!("{USER}:active"), "value": active}]),
        ]
    };
    for (block, lift) in shapes(false).into_iter().zip(shapes(true)) {
        let answer = tenant.patch(&id, block.clone()).await;
        assert_eq!((answer.status, &answer.body["active"]), (200, &json!(false)), "{block}");
        assert_eq!(tenant.only_employee().await.blocked_by(), ["azure"], "{block}");
        let answer = tenant.patch(&id, lift.clone()).await;
        assert_eq!((answer.status, &answer.body["active"]), (200, &json!(true)), "{lift}");
        assert!(!tenant.only_employee().await.is_blocked(), "{lift}");
    }
    for active in [json!(false), json!("False")] {
        let put = json!({"schemas": [USER], "userName": "ana@example.com", "active": active});
        assert_eq!(tenant.send(Method::PUT, &format!("/Users/{id}"), Some(&put)).await.status, 200);
        assert!(tenant.only_employee().await.is_blocked());
        tenant.replace(&id, "active", json!(true)).await;
    }
}

async fn p6_taking_active_away_lets_nobody_back_in(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let id = tenant.provision(&user("ana@example.com")).await;
    for operation in [
        json!({"op": "Remove", "path": "active"}),
        json!({"op": "Replace", "path": "active", "value": ""}),
        json!({"op": "Replace", "path": "active", "value": null}),
        json!({"op": "Replace", "value": {"active": null}}),
    ] {
        assert_eq!(tenant.replace(&id, "active", json!("False")).await.status, 200);
        assert_eq!(tenant.patch(&id, json!([operation])).await.status, 200);
        assert_eq!(tenant.only_employee().await.blocked_by(), ["azure"], "{operation}");
        // Nor does a later change that says nothing of it.
        assert_eq!(tenant.replace(&id, "title", json!("Lead")).await.status, 200);
        assert_eq!(tenant.only_employee().await.blocked_by(), ["azure"], "{operation}");
        assert_eq!(tenant.replace(&id, "active", json!("True")).await.status, 200);
        assert!(!tenant.only_employee().await.is_blocked());
    }
}

async fn p6_a_user_that_is_created_inactive_is_blocked(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let mut ana = user("ana@example.com");
    ana["active"] = json!("False");
    tenant.provision(&ana).await;
    assert_eq!(tenant.only_employee().await.blocked_by(), ["azure"]);
}

async fn p7_a_deleted_user_is_gone_over_scim_and_its_employee_stays_blocked(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let id = tenant.provision(&with_external_id(user("ana@example.com"), "ana")).await;
    let before = tenant.only_employee().await;

    assert_eq!(tenant.delete(&id).await.status, 204);

    tenant.get(&format!("/Users/{id}")).await.refuses(404, None, &["no such resource"]);
    tenant.delete(&id).await.refuses(404, None, &["no such resource"]);
    let after = tenant.only_employee().await;
    assert_eq!(after.record.id, before.record.id);
    assert_eq!((after.blocked_by(), after.linked, after.external_id.as_deref()), (vec!["azure"], false, Some("ana")));
}

async fn p9_only_users_are_served_groups_are_read_as_none_and_creating_one_says_what_to_set(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let types = tenant.get("/ResourceTypes").await.body;
    assert_eq!((&types["totalResults"], &types["Resources"][0]["name"]), (&json!(1), &json!("User")));
    for path in ["/Groups", "/Groups?excludedAttributes=members&filter=displayName+eq+%22b0b5a0de%22", "/Groups?startIndex=1&count=100"] {
        let answer = tenant.get(path).await;
        assert_eq!((answer.status, &answer.body["totalResults"], &answer.body["Resources"]), (200, &json!(0), &json!([])), "{path}");
    }
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "admin"});
    let advice = ["Provision Azure Active Directory Groups", "to No"];
    tenant.send(Method::POST, "/Groups", Some(&group)).await.refuses(404, None, &advice);
    tenant.send(Method::PATCH, "/Groups/1", Some(&group)).await.refuses(404, None, &advice);
    // T32: no role comes from a SCIM value either.
    let mut ana = user("ana@example.com");
    ana["roles"] = json!([{"value": "admin", "primary": "True"}]);
    tenant.provision(&ana).await;
    assert!(tenant.only_employee().await.roles.is_empty());
}

async fn p11_test_connection_succeeds_with_tenant_url_and_token_and_not_without(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let probes = [
        "/Users?filter=userName+eq+%226f1c2a0e-5a5e-4c1b-9d0a-3f3b1f0c7a11%22",
        "/Users/?filter=userName+eq+%226f1c2a0e%22",
        "//Users?filter=externalId+eq+%226f1c2a0e%22",
        "/Users?filter=emails%5Btype+eq+%22work%22%5D.value+eq+%226f1c2a0e%22",
        "/Users?filter=id+eq+%226f1c2a0e%22&aadOptscim062020",
        "/Users?startIndex=1&count=2",
        "/Groups?excludedAttributes=members&filter=displayName+eq+%226f1c2a0e%22",
    ];
    for probe in probes {
        let answer = tenant.get(probe).await;
        let empty = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
        });
        assert_eq!((answer.status, &answer.body), (200, &empty), "{probe}");
        tenant.send_as("wrong", Method::GET, probe, None).await.refuses(401, None, &["token"]);
    }
    for path in ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"] {
        assert_eq!(tenant.get(path).await.status, 200, "{path}");
    }
}
