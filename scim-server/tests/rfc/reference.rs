//! References: `$ref`, members, groups, managers (RFC 7643 §2.3.7, §2.4, §4.1.2, §4.2, §4.3).

use serde_json::{Value, json};

use crate::{BASE, ENTERPRISE, Scim, assert_error, group, text, user_with, with};

/// The path below the base that a `$ref` points at.
fn path_of(reference: &Value) -> String {
    text(reference).strip_prefix(BASE).unwrap_or_else(|| panic!("{reference} is a URL of ours")).to_owned()
}

fn id_of(path: &str) -> &str {
    path.rsplit('/').next().expect("a path has segments")
}

/// A user with a manager, in a group that is in another group.
struct Company {
    scim: Scim,
    boss: String,
    person: String,
    staff: String,
    all: String,
}

impl Company {
    async fn new() -> Self {
        let scim = Scim::start();
        let boss = scim.create("/Users", &user_with("boss", json!({"displayName": "The Boss"}))).await;
        let person = scim
            .create("/Users", &user_with("bjensen", json!({"displayName": "Babs", ENTERPRISE: {"manager": {"value": id_of(&boss)}}})))
            .await;
        let staff = scim.create("/Groups", &with(group("Staff"), json!({"members": [{"value": id_of(&person)}]}))).await;
        let all =
            scim.create("/Groups", &with(group("All"), json!({"members": [{"value": id_of(&staff)}, {"value": id_of(&boss)}]}))).await;
        Self { scim, boss, person, staff, all }
    }
}

/// RFC: 7643-2.3.7-02 7643-2.3.7-06 7643-2.3.7-07 7643-4.1.2-13 7643-4.1.2-16 7643-4.1.2-17 7643-4.2-04 7643-4.2-05 7643-4.2-06 7643-4.3-04
/// RFC: 7643-4.3-02
#[tokio::test]
async fn a_reference_leads_to_what_it_names() {
    let Company { scim, boss, person, staff, all } = Company::new().await;
    let (shown, group, outer) = (scim.read(&person).await, scim.read(&staff).await, scim.read(&all).await);
    // Members have no order.
    let member = |path: &str| {
        let members = outer["members"].as_array().expect("the group has members");
        members.iter().find(|member| member["value"] == id_of(path)).expect("it is a member")
    };
    let manager = &shown[ENTERPRISE]["manager"];
    for (reference, target) in
        [(manager, &boss), (&shown["groups"][0], &staff), (&group["members"][0], &person), (member(&staff), &staff), (member(&boss), &boss)]
    {
        assert_eq!(reference["value"], id_of(target), "{reference}");
        assert_eq!(scim.read(&path_of(&reference["$ref"])).await["id"], reference["value"], "{reference}");
    }
    assert_eq!(scim.delete(&person).await.status, 204);
    assert_error(&scim.get(&path_of(&group["members"][0]["$ref"])).await, 404, None);
}

/// RFC: 7643-2.3.7-03 7643-2.3.7-04 7643-2.3.7-09 7643-4.3-03
#[tokio::test]
async fn a_relative_reference_begins_at_the_service_root() {
    let Company { scim, boss, person, .. } = Company::new().await;
    let id = id_of(&boss);
    for reference in [format!("Users/{id}"), format!("../Users/{id}"), format!("/v2/Users/{id}"), format!("{BASE}/Users/{id}")] {
        let name = format!("of {reference}");
        let body = user_with(&name, json!({ENTERPRISE: {"manager": {"$ref": reference}}}));
        let answer = scim.post("/Users", &body).await;
        assert_eq!(
            answer.body[ENTERPRISE]["manager"],
            json!({"value": id, "$ref": format!("{BASE}/Users/{id}"), "displayName": "The Boss"}),
            "{reference}"
        );
        let body = with(group(&name), json!({"members": [{"$ref": reference}]}));
        let made = scim.post("/Groups", &body).await;
        assert_eq!(made.body["members"][0]["$ref"], format!("{BASE}/Users/{id}"), "{reference}: {}", made.body);
        let filter = format!(r#"members.$ref eq "{reference}""#);
        assert!(scim.found("/Groups", &filter).await.contains(&name), "{filter}");
    }
    let by_value = scim.read(&person).await;
    assert_eq!(by_value[ENTERPRISE]["manager"]["value"], id);
}

/// RFC: 7643-2.3.7-08
#[tokio::test]
async fn nothing_refers_to_what_is_not_there() {
    let Company { scim, boss, person, staff, all } = Company::new().await;
    let nobody = json!([{"op": "add", "path": "members", "value": [{"value": "00000000-0000-4000-8000-000000000000"}]}]);
    assert_error(&scim.patch(&staff, nobody).await, 400, Some("invalidValue"));
    assert_eq!(scim.delete(&boss).await.status, 204);
    assert!(scim.read(&person).await[ENTERPRISE].get("manager").is_none());
    assert_eq!(scim.read(&all).await["members"].as_array().map(Vec::len), Some(1));
}

/// RFC: 7643-4.1.2-14 7643-4.1.2-15 7644-3.5.2.1-13
#[tokio::test]
async fn direct_membership_is_changed_through_the_group() {
    let Company { scim, person, staff, .. } = Company::new().await;
    let groups = async || scim.read(&person).await.get("groups").cloned();
    assert_eq!(groups().await.expect("it is in a group")[0]["type"], "direct");
    let own = json!([{"op": "remove", "path": "groups"}]);
    assert_error(&scim.patch(&person, own).await, 400, Some("mutability"));
    let filter = format!(r#"members[value eq "{}"]"#, id_of(&person));
    assert_eq!(scim.patch(&staff, json!([{"op": "remove", "path": filter}])).await.status, 204);
    assert_eq!(groups().await, None);
    let member = json!([{"op": "add", "path": "members", "value": [{"value": id_of(&person)}]}]);
    assert_eq!(scim.patch(&staff, member).await.status, 204);
    assert_eq!(groups().await.expect("it is in a group again")[0]["display"], "Staff");
}

/// RFC: 7643-4.3-05
#[tokio::test]
async fn the_name_of_the_manager_is_the_servers() {
    let Company { scim, boss, person, .. } = Company::new().await;
    let manager = json!({ENTERPRISE: {"manager": {"value": id_of(&boss), "displayName": "Forged"}}});
    let answer = scim.put(&person, &user_with("bjensen", manager)).await;
    assert_eq!(answer.body[ENTERPRISE]["manager"]["displayName"], "The Boss");
    let forged = json!([{"op": "replace", "path": format!("{ENTERPRISE}:manager.displayName"), "value": "Forged"}]);
    assert_error(&scim.patch(&person, forged).await, 400, Some("mutability"));
}
