//! How Entra finds the user or group that it is about to create or to change.

use serde_json::{Value, json};

use super::super::steps::{Team, removed, user_with};
use crate::check::{Check, Judged, Need, Outcome, must, should};
use crate::model::{ENTERPRISE, USER};
use crate::session::{Answer, Resource, Session};

const FILTER: &[Need] = &[Need::Filter];
const GROUP_FILTER: &[Need] = &[Need::Filter, Need::Type("Group")];

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("entra-filter-form-encoded", "Seen in public issues: filter=userName+eq+%22ana%40example.com%22, with + for a blank")
            .rows(&["ENTRA-03"])
            .needs(FILTER)
            .why("no user is ever found, and each is created a second time or refused as a duplicate")
            .talk(form_encoded),
        must("entra-filter-literal-plus", "Inferred: a plus within a value comes as %2B, and is a plus")
            .rows(&["ENTRA-04"])
            .needs(FILTER)
            .why("a person with a plus in the name is never found, or somebody else is")
            .talk(literal_plus),
        must("entra-filter-not-ascii", "Inferred: a value that is not ASCII comes as UTF-8, percent-encoded, and is compared without case")
            .rows(&["ENTRA-05"])
            .needs(GROUP_FILTER)
            .why("groups whose names have an accent are created again and again")
            .talk(not_ascii),
        must("entra-filter-not-utf-8", "Inferred: a filter that is no UTF-8 is no failure of the server")
            .rows(&["ENTRA-05"])
            .needs(GROUP_FILTER)
            .why("a 5xx is retried for hours and ends in quarantine")
            .talk(not_utf8),
        must("entra-filter-user-name-case", "Microsoft's validator: userName is found in another case")
            .rows(&["ENTRA-08"])
            .needs(FILTER)
            .why("a user that is there is not matched, and its creation is refused as a duplicate in every cycle")
            .talk(user_name_case),
        must("entra-filter-group-name-case", "Microsoft's validator: the displayName of a group is found in another case")
            .rows(&["ENTRA-09"])
            .needs(GROUP_FILTER)
            .why("a group that is there is not matched")
            .talk(group_name_case),
        must("entra-filter-typed-email", "Microsoft documents: a matching attribute may be emails[type eq \"work\"].value")
            .rows(&["ENTRA-10"])
            .needs(FILTER)
            .why("users cannot be matched by their e-mail address")
            .talk(async |s| by_email(s, "].value eq").await),
        should("entra-filter-typed-email-old-form", "Microsoft documents (older edition): emails[type eq \"work\"] eq \"ana@example.com\"")
            .rows(&["ENTRA-10"])
            .needs(FILTER)
            .why("applications that were set up long ago do not match by e-mail address")
            .talk(async |s| by_email(s, "] eq").await),
        should("entra-filter-unquoted", "Microsoft documents (an example): externalId eq jyoung, without quotes")
            .rows(&["ENTRA-11"])
            .needs(FILTER)
            .why("whoever tries the documented example takes the server for broken")
            .talk(unquoted),
        must("entra-filter-names-in-any-case", "Microsoft documents: attribute names and operators are case insensitive")
            .rows(&["ENTRA-12"])
            .needs(FILTER)
            .why("a mapping whose attribute was typed in another case matches nobody")
            .talk(names_in_any_case),
        must("entra-filter-external-id", "Seen in public issues: older templates match users and groups by externalId")
            .needs(FILTER)
            .why("nobody is matched, and everybody is created again")
            .talk(external_id),
        should("entra-filter-manager", "Microsoft documents (older edition): filter=id eq \"…\" and manager eq \"…\"&attributes=id")
            .rows(&["ENTRA-14"])
            .needs(&[Need::Filter, Need::Extension(ENTERPRISE)])
            .why("a manager that is already set is set again in every cycle")
            .talk(manager),
        should("entra-filter-members", "Microsoft documents (a diagram): filter=id eq \"…\" and members eq \"…\"&attributes=id")
            .rows(&["ENTRA-15"])
            .needs(GROUP_FILTER)
            .why("a member that is already there is added again in every cycle")
            .talk(members),
        must(
            "entra-groups-without-members",
            "Microsoft's validator: a list of groups with excludedAttributes=members has no key `members`",
        )
        .rows(&["ENTRA-16"])
        .needs(GROUP_FILTER)
        .why("the validator fails, also with an empty array")
        .talk(groups_without_members),
        must("entra-group-without-members", "Microsoft's validator: a group with excludedAttributes=members has no key `members`")
            .rows(&["ENTRA-17"])
            .needs(&[Need::Type("Group")])
            .why("the validator fails, also with an empty array; and large groups make every cycle slow")
            .talk(group_without_members),
        must("entra-filter-finds-nobody-deleted", "Microsoft's validator: a deleted user is found by no filter")
            .rows(&["ENTRA-81"])
            .needs(FILTER)
            .why("a user that is gone is matched, and every change of it fails")
            .talk(nobody_deleted),
        must("entra-paging", "Microsoft's gallery workflow: ?startIndex=6&count=5 is answered with startIndex 6 and itemsPerPage 5")
            .rows(&["ENTRA-84"])
            .needs(&[Need::IndexPaging])
            .why("the test of paging fails")
            .talk(paging),
    ]
}

/// The list is that one resource.
fn expect_only(list: &Answer, resource: &Resource) -> Outcome {
    let found = list.expect_list()?;
    list.expect(found.ids() == [resource.id.as_str()], format!("a list of {} alone", resource.id), format!("a list of {:?}", found.ids()))?;
    Ok(())
}

async fn finds(s: &Session, filter: &str, resource: &Resource) -> Outcome {
    expect_only(&s.query(&resource.kind.endpoint, &[("filter", filter)]).await?, resource)
}

async fn form_encoded(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    let name = user.body["userName"].as_str().unwrap_or_default().replace('@', "%40");
    expect_only(&s.get(format!("{}?filter=userName+eq+%22{name}%22", user.kind.endpoint)).await?, &user)
}

async fn literal_plus(s: Session) -> Outcome {
    let mark = s.mark();
    let user = s.user(json!({ "userName": format!("{mark}+crm@example.com") })).await?;
    finds(&s, &format!("userName eq \"{mark}+crm@example.com\""), &user).await
}

async fn not_ascii(s: Session) -> Outcome {
    let mark = s.mark();
    let group = s.group(json!({ "displayName": format!("{mark} Ventas España") })).await?;
    finds(&s, &format!("displayName eq \"{mark} VENTAS ESPAÑA\""), &group).await
}

async fn not_utf8(s: Session) -> Outcome {
    let answer = s.get(format!("{}?filter=displayName%20eq%20%22%FF%22", s.kind("Group")?.endpoint)).await?;
    answer.expect(answer.status < 500, "no failure of the server (5xx)", format!("status {}", answer.status))?;
    Ok(())
}

async fn user_name_case(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    let name = user.body["userName"].as_str().unwrap_or_default();
    let list = s.query(&user.kind.endpoint, &[("filter", &format!("userName eq \"{}\"", name.to_uppercase()))]).await?;
    expect_only(&list, &user)?;
    // As it was sent, whatever was asked for.
    list.expect_value("/Resources/0/userName", name)?;
    Ok(())
}

async fn group_name_case(s: Session) -> Outcome {
    let name = format!("{} Sales EMEA", s.mark());
    let group = s.group(json!({ "displayName": name })).await?;
    finds(&s, &format!("displayName eq \"{}\"", name.to_lowercase()), &group).await
}

async fn by_email(s: Session, comparison: &str) -> Outcome {
    let address = format!("{}@example.com", s.mark());
    let user = user_with(&s, json!({ "emails": [{ "type": "work", "value": address }] })).await?;
    finds(&s, &format!("emails[type eq \"work\"{comparison} \"{address}\""), &user).await?;
    // The type counts, too.
    let filter = format!("emails[type eq \"home\"{comparison} \"{address}\"");
    let list = s.query(&user.kind.endpoint, &[("filter", &filter)]).await?;
    let found = list.expect_list()?.total;
    list.expect(found == 0, "nobody: the address is none of that type", format!("totalResults {found}"))?;
    Ok(())
}

async fn unquoted(s: Session) -> Outcome {
    let name = s.mark();
    let user = s.user(json!({ "externalId": name })).await?;
    finds(&s, &format!("externalId eq {name}"), &user).await
}

async fn names_in_any_case(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    finds(&s, &format!("USERNAME Eq {}", user.body["userName"]), &user).await
}

async fn external_id(s: Session) -> Outcome {
    let user = s.user(json!({ "externalId": s.mark() })).await?;
    finds(&s, &format!("externalId eq {}", user.body["externalId"]), &user).await?;
    if s.model().kind("Group").is_some() {
        let name = s.mark();
        let group = s.group(json!({ "displayName": name, "externalId": name })).await?;
        finds(&s, &format!("externalId eq {}", group.body["externalId"]), &group).await?;
    }
    Ok(())
}

async fn manager(s: Session) -> Outcome {
    let (boss, other) = (s.user(json!({})).await?, s.user(json!({})).await?);
    let user = user_with(&s, json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: { "manager": { "value": boss.id } } })).await?;
    let ask = async |boss: &Resource| {
        let filter = format!("id eq \"{}\" and manager eq \"{}\"", user.id, boss.id);
        s.query(&user.kind.endpoint, &[("filter", &filter), ("attributes", "id")]).await
    };
    expect_only(&ask(&boss).await?, &user)?;
    let none = ask(&other).await?;
    let found = none.expect_list()?.total;
    none.expect(found == 0, "nobody: the user has another manager", format!("totalResults {found}"))?;
    Ok(())
}

async fn members(s: Session) -> Outcome {
    let team = Team::new(&s, 2, &[0]).await?;
    for (number, expected) in [(0, 1), (1, 0)] {
        let filter = format!("id eq \"{}\" and members eq \"{}\"", team.group.id, team.id(number));
        let list = s.query(&team.group.kind.endpoint, &[("filter", &filter), ("attributes", "id")]).await?;
        let found = list.expect_list()?.total;
        list.expect(found == expected, format!("totalResults {expected}"), format!("totalResults {found}"))?;
    }
    Ok(())
}

/// Not even an empty array: the key is not there.
fn expect_no_members(answer: &Answer, group: &Value) -> Outcome {
    answer.expect(group.get("members").is_none(), "a group without the key `members`", format!("members {}", group["members"]))?;
    Ok(())
}

async fn groups_without_members(s: Session) -> Outcome {
    let team = Team::new(&s, 1, &[0]).await?;
    let filter = format!("displayName eq {}", team.group.body["displayName"]);
    let list = s.query(&team.group.kind.endpoint, &[("excludedAttributes", "members"), ("filter", &filter)]).await?;
    expect_only(&list, &team.group)?;
    expect_no_members(&list, list.at("/Resources/0"))
}

async fn group_without_members(s: Session) -> Outcome {
    let team = Team::new(&s, 1, &[0]).await?;
    let group = s.query(&team.group.path, &[("excludedAttributes", "members")]).await?;
    group.expect_status(&[200])?;
    expect_no_members(&group, group.expect_json()?)
}

async fn nobody_deleted(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    removed(&s, &user).await?;
    let list = s.query(&user.kind.endpoint, &[("filter", &format!("userName eq {}", user.body["userName"]))]).await?;
    let found = list.expect_list()?.total;
    list.expect(found == 0, "nobody", format!("totalResults {found}"))?;
    Ok(())
}

async fn paging(s: Session) -> Outcome {
    let kind = s.kind("User")?;
    for _ in 0..11 {
        s.user(json!({})).await?;
    }
    let mut seen: Vec<String> = Vec::new();
    for start in ["1", "6"] {
        let page = s.query(&kind.endpoint, &[("startIndex", start), ("count", "5")]).await?;
        let list = page.expect_list()?;
        page.expect(list.total >= 11, "totalResults of all users, at least 11", format!("totalResults {}", list.total))?;
        page.expect_value("/startIndex", start.parse::<u32>().unwrap_or_default())?;
        page.expect_value("/itemsPerPage", 5)?;
        page.expect(list.resources.len() == 5, "five resources", format!("{}", list.resources.len()))?;
        let twice = list.ids().into_iter().find(|id| seen.iter().any(|known| known == id));
        page.expect(twice.is_none(), "a page of other users than the one before", format!("{twice:?} stands on both")).or_warning()?;
        seen.extend(list.ids().into_iter().map(ToOwned::to_owned));
    }
    Ok(())
}
