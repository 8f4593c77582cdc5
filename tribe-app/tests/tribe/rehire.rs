//! B6 and B7: people who come back, and people who are mistaken for each other.

use serde_json::json;
use tribe_app::domain::employee::{Block, Blocker, block};
use tribe_app::domain::link::status;

use crate::support::{App, Database, on_each_engine, user, user_with_email, with_external_id};

on_each_engine!(
    b6_a_user_deleted_and_created_again_is_linked_to_the_same_employee_and_unblocked,
    b6_a_rehire_does_not_lift_the_block_of_tribe,
    b6_an_external_id_is_compared_exactly,
    b6_an_external_id_that_a_linked_employee_has_is_no_rehire,
    b7_two_azure_users_of_one_employee_are_refused_and_the_administrator_sees_both,
    b7_a_username_that_another_employee_has_is_refused_at_create_and_at_change,
    b7_a_user_name_that_azure_has_given_twice_is_refused_and_the_administrator_sees_both,
    b7_a_user_that_azure_sends_twice_is_refused_and_is_no_conflict_with_itself,
    b7_a_refused_change_is_forgotten_when_its_user_is_deleted_and_not_by_a_namesake,
    one_person_is_created_once_however_many_requests_come_together_on_two_instances,
);

async fn b6_a_user_deleted_and_created_again_is_linked_to_the_same_employee_and_unblocked(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let first = tenant.provision(&with_external_id(user("ana@example.com"), "ana")).await;
    let employee = tenant.only_employee().await.record.id;
    tenant.delete(&first).await;
    assert!(tenant.only_employee().await.is_blocked());

    // By the former link's externalId, whatever the address is now.
    let second = tenant.provision(&with_external_id(user("ana.ruiz@example.com"), "ana")).await;
    assert_ne!(first, second);
    let back = tenant.only_employee().await;
    assert_eq!((&back.record.id, back.linked, back.is_blocked()), (&employee, true, false));
    assert_eq!(back.record.email, "ana@example.com");
    assert_eq!(back.drift.len(), 2);
    tenant.delete(&second).await;

    // By the e-mail address, with another externalId.
    tenant.provision(&with_external_id(user("ana@example.com"), "other")).await;
    let back = tenant.only_employee().await;
    assert_eq!((&back.record.id, back.is_blocked(), back.external_id.as_deref()), (&employee, false, Some("other")));
}

async fn b6_a_rehire_does_not_lift_the_block_of_tribe(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let id = tenant.provision(&user("ana@example.com")).await;
    let employee = tenant.only_employee().await.record.id;
    tenant.delete(&id).await;
    block(app.tribe.database(), &tenant.id, &employee, Blocker::Tribe, Block::Set).await.unwrap();
    tenant.provision(&user("ana@example.com")).await;
    assert_eq!(tenant.only_employee().await.blocked_by(), ["tribe"]);
}

async fn b6_an_external_id_is_compared_exactly(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let first = tenant.provision(&with_external_id(user("ana@example.com"), "Ana")).await;
    let employee = tenant.only_employee().await.record.id;
    tenant.delete(&first).await;
    for (number, other) in ["ana", "ANA", "Ana ", "Ána", "A\u{300}na"].into_iter().enumerate() {
        tenant.provision(&with_external_id(user(&format!("other{number}@example.com")), other)).await;
        assert!(!tenant.employee("ana@example.com").await.linked, "{other:?} is another one");
    }
    tenant.provision(&with_external_id(user("ana.ruiz@example.com"), "Ana")).await;
    assert_eq!(tenant.employee("ana@example.com").await.record.id, employee);
    assert!(tenant.employee("ana@example.com").await.linked);
}

async fn b6_an_external_id_that_a_linked_employee_has_is_no_rehire(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let ana = tenant.provision(&with_external_id(user("ana@example.com"), "shared")).await;
    // `externalId` is not unique in the directory: another living person may have the same.
    tenant.provision(&with_external_id(user("ben@example.com"), "shared")).await;
    assert_eq!(tenant.employees().await.len(), 2);
    tenant.delete(&ana).await;
    tenant.provision(&with_external_id(user("ana@example.com"), "shared")).await;
    assert_eq!(tenant.employees().await.len(), 2);
    assert!(tenant.employee("ana@example.com").await.linked);
}

async fn b7_two_azure_users_of_one_employee_are_refused_and_the_administrator_sees_both(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    tenant.provision(&user_with_email("ana@example.com", "team@example.com")).await;
    let employee = tenant.only_employee().await;

    let second = with_external_id(user_with_email("ben@example.com", "Team@example.com"), "ben");
    for _ in 0..2 {
        let answer = tenant.post(&second).await;
        answer.refuses(409, Some("uniqueness"), &["Ana Diaz", "team@example.com", &employee.record.id, "e-mail address"]);
    }

    let after = tenant.only_employee().await;
    assert_eq!(after.record, employee.record);
    let seen = json!([{"employee": employee.record.id, "field": "email", "userName": "ben@example.com", "externalId": "ben", "email": "Team@example.com"}]);
    assert_eq!(json!(after.conflicts), seen);
    assert_eq!(json!(status(app.tribe.database(), &tenant.id).await.unwrap().conflicts), seen);
    assert_eq!(tenant.get("/Users").await.body["totalResults"], 1);

    // Azure gives the second one an address of its own: the conflict is over.
    tenant.provision(&with_external_id(user_with_email("ben@example.com", "ben@example.com"), "ben")).await;
    assert!(tenant.employee("team@example.com").await.conflicts.is_empty());
}

async fn b7_a_username_that_another_employee_has_is_refused_at_create_and_at_change(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let ben = tenant.hire("ben@example.com", "Ben Okoro", &[]).await;

    let answer = tenant.post(&user_with_email("ben@example.com", "ana@example.com")).await;
    answer.refuses(409, Some("uniqueness"), &["Ben Okoro", "ben@example.com", &ben.record.id, "username"]);
    assert_eq!(tenant.employees().await.len(), 1);

    let id = tenant.provision(&user("ana@example.com")).await;
    let answer = tenant.replace(&id, "userName", json!("BEN@example.com")).await;
    answer.refuses(409, Some("uniqueness"), &["Ben Okoro", "username"]);
    assert_eq!(tenant.get(&format!("/Users/{id}")).await.body["userName"], "ana@example.com");
    let seen = tenant.employee("ben@example.com").await;
    assert_eq!((seen.linked, seen.conflicts.len(), seen.conflicts[0].resource.as_deref()), (false, 1, Some(id.as_str())));

    // Azure gives it another name: the conflict is over.
    assert_eq!(tenant.replace(&id, "userName", json!("ana.ruiz@example.com")).await.status, 200);
    assert!(tenant.employee("ben@example.com").await.conflicts.is_empty());
}

async fn b7_a_user_name_that_azure_has_given_twice_is_refused_and_the_administrator_sees_both(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    // The name in Azure need not be the username in Tribe.
    let ana = with_external_id(user_with_email("ana", "ana@example.com"), "1");
    let id = tenant.provision(&ana).await;
    let employee = tenant.only_employee().await;

    let second = with_external_id(user_with_email("ANA", "ana.ruiz@example.com"), "2");
    tenant.post(&second).await.refuses(409, Some("uniqueness"), &["userName", "Ana Diaz", "ana@example.com", &employee.record.id]);
    let seen = json!([{"employee": employee.record.id, "field": "username", "userName": "ANA", "externalId": "2", "email": "ana.ruiz@example.com"}]);
    assert_eq!(json!(tenant.only_employee().await.conflicts), seen);
    // A change of the first one does not end it.
    assert_eq!(tenant.replace(&id, "title", json!("Lead")).await.status, 200);
    assert_eq!(json!(tenant.only_employee().await.conflicts), seen);

    // The same at a change, until that user is deleted.
    let third = tenant.provision(&with_external_id(user_with_email("ben", "ben@example.com"), "3")).await;
    tenant.replace(&third, "userName", json!("ana")).await.refuses(409, Some("uniqueness"), &["Ana Diaz", &employee.record.id]);
    let conflicts = || async { tenant.employee("ana@example.com").await.conflicts };
    assert_eq!(conflicts().await[0].resource.as_deref(), Some(third.as_str()));
    tenant.delete(&third).await;
    assert_eq!(conflicts().await, []);
    tenant.post(&second).await.refuses(409, Some("uniqueness"), &["Ana Diaz"]);

    // Azure gives the second one a name of its own: the conflict is over.
    tenant.provision(&with_external_id(user_with_email("ana.ruiz", "ana.ruiz@example.com"), "2")).await;
    assert_eq!(conflicts().await, []);
}

async fn b7_a_user_that_azure_sends_twice_is_refused_and_is_no_conflict_with_itself(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    let ana = with_external_id(user("ana@example.com"), "1");
    tenant.provision(&ana).await;
    tenant.post(&ana).await.refuses(409, Some("uniqueness"), &["userName", "Ana Diaz", "ana@example.com"]);
    assert_eq!(tenant.only_employee().await.conflicts, []);
}

async fn b7_a_refused_change_is_forgotten_when_its_user_is_deleted_and_not_by_a_namesake(database: Database) {
    let app = App::start(&database).await;
    let tenant = app.tenant("acme").await;
    tenant.provision(&user("ana@example.com")).await;
    let ben = tenant.provision(&with_external_id(user("ben@example.com"), "nick")).await;
    let eva = tenant.provision(&with_external_id(user("eva@example.com"), "nick")).await;
    tenant.replace(&ben, "userName", json!("mail.is.missing")).await;
    let answer = tenant.replace(&ben, "emails", json!([{"value": "ana@example.com", "primary": true}])).await;
    answer.refuses(409, Some("uniqueness"), &["Ana Diaz", "username `ana@example.com`", "e-mail address"]);
    // `externalId` is mostly Azure's mailNickname, which two users may share.
    assert_eq!(tenant.replace(&eva, "title", json!("Lead")).await.status, 200);
    assert_eq!(tenant.employee("ana@example.com").await.conflicts.len(), 1);
    tenant.delete(&ben).await;
    assert_eq!(tenant.employee("ana@example.com").await.conflicts, []);
}

async fn one_person_is_created_once_however_many_requests_come_together_on_two_instances(database: Database) {
    let (app, other) = (App::start(&database).await, App::start(&database).await);
    let one = app.tenant("acme").await;
    let instances = [&one, &one.through(&other)];
    for round in 0..20 {
        // One user sent again and again, and several users with one address.
        let address = format!("ana{round}@example.com");
        let name = |number| if round % 2 == 0 { address.clone() } else { format!("ana{round}.{number}@example.com") };
        let users: Vec<_> = (0..8).map(|number| user_with_email(&name(number), &address)).collect();
        let answers = futures(users.iter().zip(instances.iter().cycle()).map(|(user, instance)| instance.post(user))).await;
        let mut statuses: Vec<u16> = answers.into_iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409], "round {round}");
    }
    assert_eq!(one.employees().await.len(), 20);
}

/// All of them at once.
async fn futures<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        all.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(answer) => {
                done.push(answer);
                false
            }
            std::task::Poll::Pending => true,
        });
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}
