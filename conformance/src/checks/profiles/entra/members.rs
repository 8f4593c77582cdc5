//! Memberships: added and removed in every form that was seen. No other mistake does as much harm as a group that is emptied.

use serde_json::{Value, json};

use super::super::steps::Team;
use super::GROUP_PATCH;
use crate::check::{Check, Judged, Need, Outcome, must, should};
use crate::session::Session;

/// How many members one request may add.
const MANY: usize = 1000;

pub(super) fn checks() -> Vec<Check> {
    let must = |id, clause| must(id, clause).needs(GROUP_PATCH);
    let should = |id, clause| should(id, clause).needs(GROUP_PATCH);
    vec![
        must("entra-patch-without-schemas", "Seen in public issues: a PATCH without `schemas`")
            .rows(&["ENTRA-72"])
            .why("members are never removed")
            .talk(async |s| {
                let team = Team::new(&s, 2, &[0, 1]).await?;
                let body = json!({ "Operations": [{ "op": "remove", "path": filtered(team.id(0)) }] });
                s.ask("PATCH", &team.group.path).json(body).send().await?.expect_status(&[200, 204])?;
                team.has(&s, &[1]).await
            }),
        must("entra-patch-operations-in-lower-case", "Seen in public issues: `operations` in the place of `Operations`")
            .rows(&["ENTRA-72"])
            .why("members are never removed, and the server says that they were")
            .talk(async |s| {
                let team = Team::new(&s, 2, &[0, 1]).await?;
                let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
                let body = json!({ "schemas": schemas, "operations": [{ "op": "remove", "path": filtered(team.id(0)) }] });
                s.ask("PATCH", &team.group.path).json(body).send().await?.expect_status(&[200, 204])?;
                team.has(&s, &[1]).await
            }),
        must("entra-patch-stray-members", "Microsoft documents (reference collection): an operation also has \"name\": \"addMember\"")
            .rows(&["ENTRA-73"])
            .why("no member is ever added")
            .talk(async |s| {
                let team = Team::new(&s, 1, &[]).await?;
                let value = json!([{ "displayName": "new user", "value": team.id(0) }]);
                team.becomes(&s, json!([{ "name": "addMember", "op": "add", "path": "members", "value": value }]), &[0]).await
            }),
        must("entra-members-add", "Microsoft documents: Add of members, several at once, each with \"$ref\": null")
            .rows(&["ENTRA-87"])
            .why("no member is ever added, or the others are lost")
            .talk(async |s| {
                let team = Team::new(&s, 3, &[0]).await?;
                let value = json!([{ "$ref": null, "value": team.id(1) }, { "$ref": null, "value": team.id(2) }]);
                team.becomes(&s, json!([{ "op": "add", "path": "members", "value": value }]), &[0, 1, 2]).await
            }),
        must("entra-members-remove-listed", "Microsoft documents: Remove of members has those that go in its value; the others stay")
            .rows(&["ENTRA-88"])
            .why("who takes one person out of a group empties it: the most harmful mistake of all")
            .talk(async |s| {
                let team = Team::new(&s, 3, &[0, 1, 2]).await?;
                let value = json!([{ "$ref": null, "value": team.id(0) }]);
                team.becomes(&s, json!([{ "op": "remove", "path": "members", "value": value }]), &[1, 2]).await
            }),
        must("entra-members-remove-filtered", "Microsoft's validator: remove of members[value eq \"…\"]")
            .rows(&["ENTRA-89"])
            .why("who leaves a group keeps its rights, or everybody loses them")
            .talk(async |s| {
                let team = Team::new(&s, 2, &[0, 1]).await?;
                team.becomes(&s, json!([{ "op": "remove", "path": filtered(team.id(0)) }]), &[1]).await
            }),
        must("entra-members-remove-several-filtered", "Microsoft documents: several operations in one request, each removes one member")
            .rows(&["ENTRA-90"])
            .why("only the first of those who leave a group loses its rights")
            .talk(async |s| {
                let team = Team::new(&s, 3, &[0, 1, 2]).await?;
                let remove = |number| json!({ "op": "remove", "path": filtered(team.id(number)) });
                team.becomes(&s, json!([remove(0), remove(1)]), &[2]).await
            }),
        must("entra-members-remove-all", "Microsoft documents (reference collection): remove of members without a value empties the group")
            .rows(&["ENTRA-91"])
            .why("a group that was emptied has members")
            .talk(async |s| {
                let team = Team::new(&s, 2, &[0, 1]).await?;
                team.becomes(&s, json!([{ "op": "remove", "path": "members" }]), &[]).await
            }),
        should("entra-members-remove-nobody", "Inferred: Remove of members with \"value\": [] names nobody")
            .rows(&["ENTRA-92"])
            .why("a group is emptied by a request that names nobody")
            .talk(async |s| {
                let team = Team::new(&s, 1, &[0]).await?;
                team.becomes(&s, json!([{ "op": "remove", "path": "members", "value": [] }]), &[0]).await
            }),
        must("entra-members-add-again", "Seen in public issues: Add of a member that the group has")
            .rows(&["ENTRA-93"])
            .why("a person is in a group twice, and cannot be taken out of it; or the request is refused in every cycle")
            .talk(async |s| {
                let team = Team::new(&s, 1, &[0]).await?;
                team.becomes(&s, json!([{ "op": "add", "path": "members", "value": [{ "value": team.id(0) }] }]), &[0]).await
            }),
        must("entra-members-remove-a-stranger", "Seen in public issues: Remove of a member that the group does not have")
            .rows(&["ENTRA-93"])
            .why("a removal that was answered too late is refused in every cycle, or it empties the group")
            .talk(async |s| {
                let team = Team::new(&s, 2, &[0]).await?;
                team.becomes(&s, json!([{ "op": "remove", "path": "members", "value": [{ "value": team.id(1) }] }]), &[0]).await
            }),
        must("entra-members-add-and-remove", "Microsoft's validator: one PATCH adds a member and removes it, in this order")
            .rows(&["ENTRA-94"])
            .why("the test \"multiple operations on the same attribute\" fails")
            .talk(async |s| {
                let team = Team::new(&s, 1, &[]).await?;
                let add = json!({ "op": "add", "path": "members", "value": [{ "value": team.id(0) }] });
                team.becomes(&s, json!([add, { "op": "remove", "path": filtered(team.id(0)) }]), &[]).await
            }),
        must("entra-members-bare-string", "Microsoft documents (reference collection): add of members with an id as its value")
            .rows(&["ENTRA-95"])
            .why("no member is ever added")
            .talk(async |s| {
                let team = Team::new(&s, 1, &[]).await?;
                team.becomes(&s, json!([{ "op": "add", "path": "members", "value": team.id(0) }]), &[0]).await
            }),
        must("entra-members-replace", "Microsoft's validator: replace of members makes them exactly those that are sent")
            .rows(&["ENTRA-96"])
            .why("who is no member any more keeps the rights of the group")
            .talk(async |s| {
                let team = Team::new(&s, 2, &[0]).await?;
                team.becomes(&s, json!([{ "op": "replace", "path": "members", "value": [{ "value": team.id(1) }] }]), &[1]).await
            }),
        should("entra-members-unknown", "Seen in public issues: of the members that are added, one is unknown")
            .rows(&["ENTRA-100"])
            .why("one person who is gone keeps all the others out of the group")
            .talk(unknown),
        must("entra-members-many", "Inferred: a thousand members are added by one request")
            .rows(&["ENTRA-101"])
            .needs(&[Need::Patch, Need::Type("Group"), Need::Limits])
            .why("large groups are never complete")
            .talk(many),
    ]
}

/// The path of one member.
fn filtered(id: &str) -> String {
    format!("members[value eq \"{id}\"]")
}

/// Either the others become members, or the request is refused as a whole; that the unknown one becomes a member, too, is the server's own
/// affair.
async fn unknown(s: Session) -> Outcome {
    let team = Team::new(&s, 2, &[0]).await?;
    let value = json!([{ "value": team.id(1) }, { "value": "00000000-0000-0000-0000-000000000000" }]);
    s.patch(&team.group, json!([{ "op": "add", "path": "members", "value": value }])).await?.expect_status(&[200, 204])?;
    let now = s.current(&team.group).await?;
    for number in [0, 1] {
        let id = team.id(number);
        now.expect_element("/members", "the members that are known", |member| member["value"] == id)?;
    }
    Ok(())
}

async fn many(s: Session) -> Outcome {
    let kind = s.kind("User")?;
    let group = s.group(json!({ "displayName": s.mark() })).await?;
    let mut members: Vec<Value> = Vec::new();
    while members.len() < MANY {
        let asks = (0..20).map(|_| s.ask("POST", &kind.endpoint).json(s.valid(&kind, json!({})))).collect();
        for answer in s.at_once(asks).await? {
            members.push(json!({ "value": answer.expect_present("/id").or_blocked()? }));
        }
    }
    s.patch(&group, json!([{ "op": "add", "path": "members", "value": members }])).await?.expect_status(&[200, 204])?;
    let now = s.current(&group).await?;
    let found = now.at("/members").as_array().map_or(0, Vec::len);
    now.expect(found == MANY, format!("{MANY} members"), format!("{found}"))?;
    Ok(())
}
