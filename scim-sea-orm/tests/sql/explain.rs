//! The plans of ten named filters: each finds its resources by an index, never by looking at all.

use scim_server::{Profile, Stores};
use serde_json::json;

use crate::world::{FileDatabase, caller, creation, kind, open, query};
use scim_server::Registry;
use scim_server::store::Store;
use std::sync::Arc;

/// A filter and what its plan must name. Columns behind the tenant and the attribute show that values, not tenants, are looked up.
const NAMED: [(&str, &str, &str, &str); 10] = [
    ("the user of that name", "User", r#"userName eq "user7@example.com""#, "v USING PRIMARY KEY (tenant=? AND attribute=? AND value=?)"),
    ("the user of that external id", "User", r#"externalId eq "external-7""#, "v USING PRIMARY KEY (tenant=? AND attribute=? AND value=?)"),
    (
        "the user of that id",
        "User",
        r#"id eq "00000007-0000-4000-8000-000000000007""#,
        "r USING INDEX scim_resource_id (tenant=? AND id=?)",
    ),
    (
        "users with that e-mail address",
        "User",
        r#"emails.value eq "user7@example.com""#,
        "v USING PRIMARY KEY (tenant=? AND attribute=? AND value=?)",
    ),
    (
        "users with that e-mail address at work",
        "User",
        r#"emails[type eq "work" and value eq "user7@example.com"]"#,
        "v USING PRIMARY KEY (tenant=? AND attribute=? AND value=?)",
    ),
    (
        "names that begin so",
        "User",
        r#"name.familyName sw "fam""#,
        "v USING PRIMARY KEY (tenant=? AND attribute=? AND value>? AND value<?)",
    ),
    (
        "what changed since",
        "User",
        r#"meta.lastModified gt "2035-01-01T00:00:00Z""#,
        "r USING INDEX scim_resource_modified (tenant=? AND type=? AND modified>?)",
    ),
    (
        "groups of that member",
        "Group",
        r#"members.value eq "00000007-0000-4000-8000-000000000007""#,
        "l USING COVERING INDEX scim_link_value (tenant=? AND compared=? AND attribute=?)",
    ),
    (
        "groups of that member, in brackets",
        "Group",
        r#"members[value eq "00000007-0000-4000-8000-000000000007"]"#,
        "l USING COVERING INDEX scim_link_value (tenant=? AND compared=? AND attribute=?)",
    ),
    (
        "members of that group",
        "User",
        r#"groups.value eq "ffffffff-0000-4000-8000-000000000001""#,
        "l USING PRIMARY KEY (tenant=? AND attribute=? AND owner=?)",
    ),
];

#[tokio::test]
async fn ten_named_filters_use_their_index() {
    let registry = Arc::new(Registry::rfc7643());
    let file = FileDatabase::new();
    let stores = open(&file.options(), &registry).await;
    let store = stores.of(&caller("acme"));
    let (user, group) = (kind(&registry, "User"), kind(&registry, "Group"));
    let mut members = Vec::new();
    for number in 0..50 {
        let id = format!("{number:08x}-0000-4000-8000-{number:012x}");
        let body = json!({
            "schemas": [user.schema.id], "userName": format!("user{number}@example.com"), "externalId": format!("external-{number}"),
            "name": {"familyName": format!("Family {number}")}, "emails": [{"value": format!("user{number}@example.com"), "type": "work"}],
        });
        store.commit(&[creation(&user, &id, body, Profile::RFC)]).await.expect("the user is new");
        members.push(json!({"value": id}));
    }
    let body = json!({"schemas": [group.schema.id], "displayName": "all", "members": members});
    store.commit(&[creation(&group, "ffffffff-0000-4000-8000-000000000001", body, Profile::RFC)]).await.expect("the group is new");
    let mut shown = String::new();
    for (name, kind_name, text, expected) in NAMED {
        let explained = store.explain(&query(&kind(&registry, kind_name), text, 1, 10)).await.expect("the store explains");
        let steps = explained.steps.join("\n  ");
        assert!(explained.steps.iter().any(|step| step.contains(expected)), "{name}: no step has `{expected}`\n  {steps}");
        // A scan walks through a table, a search by tenant and type through all resources of the type.
        let walks = explained.steps.iter().find(|step| step.trim_start().starts_with("SCAN") || step.ends_with("(tenant=? AND type=?)"));
        assert_eq!(walks, None, "{name}\n  {steps}");
        shown.push_str(&format!("{name}: {text}\n  {steps}\n"));
    }
    insta::assert_snapshot!("plans", shown);
}
