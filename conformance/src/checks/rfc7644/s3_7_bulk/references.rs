//! RFC 7644 §3.7.1, §3.7.2: references between the operations of a job.

use serde_json::json;

use super::{code, create, created, failed, job, read, succeeded, there};
use crate::check::{Check, Judged, Need, Outcome, Stop, must};
use crate::model::ENTERPRISE;
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "7644-3.7.1-circles",
            "The service provider MUST try to resolve circular cross-references between resources in a single bulk job but MAY stop after a failed \
             attempt and instead return HTTP status code 409 (Conflict)",
        )
        .rows(&["7644-3.7.1-01", "7644-3.7.1-02"])
        .why("groups that contain each other cannot be provisioned in one job")
        .talk(circles),
        must(
            "7644-3.7.2-resolved",
            "The service provider MUST replace the string \"bulkId:qwerty\" with the permanent resource id once created",
        )
        .rows(&["7644-3.7.2-02"])
        .why("the new group has a member that is nobody")
        .talk(resolved),
        must("7644-3.7.2-in-extensions", "Extensions that include references to other resources MUST be handled in the same way by the service provider")
            .rows(&["7644-3.7.2-03"])
            .needs(&[Need::Bulk, Need::Extension(ENTERPRISE)])
            .why("the new user has a manager that is nobody")
            .talk(in_extensions),
        must("7644-3.7.2-unknown", "The service provider MUST replace the string \"bulkId:qwerty\" with the permanent resource id once created")
            .rows(&["7644-3.7.2-04"])
            .why("a reference to nothing is stored, and the client believes that it is one to something")
            .talk(unknown_reference),
    ]
}

async fn circles(s: Session) -> Outcome {
    let kind = s.kind("Group")?;
    let members = s.find_in(&kind, "members", |attribute| attribute.name == "members")?;
    let types = members.attribute.sub("$ref").map(|reference| reference.reference_types.clone()).unwrap_or_default();
    if !types.is_empty() && !types.iter().any(|name| name == "Group") {
        return Err(Stop::Skipped("the members of its groups are no groups".into()));
    }
    let group = |id: &str, other: &str| {
        let members = json!([{ "type": "Group", "value": format!("bulkId:{other}") }]);
        create(&kind.endpoint, id, s.valid(&kind, json!({ "members": members })))
    };
    // Groups within groups are the server's choice.
    let inner = s.group(json!({})).await?;
    s.group(json!({ "members": [{ "type": "Group", "value": inner.id }] })).await?;
    let answer = s.bulk(json!([group("qwerty", "ytrewq"), group("ytrewq", "qwerty")])).await?;
    there(&answer)?;
    let results = answer.at("/Operations").as_array().map(Vec::as_slice).unwrap_or_default();
    if answer.status == 409 || results.iter().any(|one| code(one) == Some(409)) {
        s.note("the job stops with 409, as it may after an attempt");
        return Ok(());
    }
    answer.expect_status(&[200])?;
    for id in ["qwerty", "ytrewq"] {
        succeeded(&answer, created(&answer, id)?)?;
    }
    let (first, second) = (read(&s, &answer, "qwerty").await?, read(&s, &answer, "ytrewq").await?);
    for (one, other) in [(&first, &second), (&second, &first)] {
        one.expect_element("/members", "the other group", |member| member["value"] == *other.at("/id"))?;
    }
    Ok(())
}

async fn resolved(s: Session) -> Outcome {
    let (user, group) = (s.kind("User")?, s.kind("Group")?);
    let members = json!([{ "type": "User", "value": "bulkId:alice" }]);
    let operations = json!([
        create(&user.endpoint, "alice", s.valid(&user, json!({}))),
        create(&group.endpoint, "tour-guides", s.valid(&group, json!({ "members": members }))),
    ]);
    let job = job(&s, operations).await?;
    succeeded(&job, created(&job, "tour-guides")?)?;
    let (alice, guides) = (read(&s, &job, "alice").await?, read(&s, &job, "tour-guides").await?);
    guides.expect_element("/members", "the id of the new user", |member| member["value"] == *alice.at("/id"))?;
    Ok(())
}

async fn in_extensions(s: Session) -> Outcome {
    let user = s.kind("User")?;
    let has_manager = |schema: &crate::model::Schema| schema.attributes.iter().any(|attribute| attribute.name == "manager");
    if !user.extensions.iter().any(|(schema, _)| schema.id == ENTERPRISE && has_manager(schema)) {
        return Err(Stop::Skipped("its users have no manager".into()));
    }
    let extension = json!({ "schemas": [user.schema.id, ENTERPRISE], ENTERPRISE: { "manager": { "value": "bulkId:the-manager" } } });
    let operations = json!([
        create(&user.endpoint, "the-manager", s.valid(&user, json!({}))),
        create(&user.endpoint, "the-managed", s.valid(&user, extension)),
    ]);
    let job = job(&s, operations).await?;
    succeeded(&job, created(&job, "the-managed")?)?;
    let (manager, managed) = (read(&s, &job, "the-manager").await?, read(&s, &job, "the-managed").await?);
    managed.expect_value(&format!("/{ENTERPRISE}/manager/value"), manager.at("/id").clone())?;
    Ok(())
}

async fn unknown_reference(s: Session) -> Outcome {
    let group = s.kind("Group")?;
    let members = json!([{ "value": "bulkId:of-nobody" }]);
    let job = job(&s, json!([create(&group.endpoint, "dangling", s.valid(&group, json!({ "members": members })))])).await?;
    let one = created(&job, "dangling")?;
    if code(one).is_some_and(|code| code < 300)
        && let Some(location) = one["location"].as_str()
    {
        let stored = s.get(location).await?;
        stored.expect_no_element("/members", "the text `bulkId:of-nobody` as an id", |member| member["value"] == "bulkId:of-nobody")?;
        // Leaving out what cannot be resolved is not forbidden, but the client is not told.
        failed(&job, one).or_warning()?;
    }
    failed(&job, one)
}
