//! Checks of what the clients of Okta send: the template apps of its catalogue, custom apps, and its published test suite.

use serde_json::{Value, json};

use super::start::{GROUP_PATCH, PATCHED, expect_found, expect_only, name, template, user};
use super::steps::Team;
use crate::check::{Check, Judged, Need, Outcome, Stop, must, records, should};
use crate::session::{As, Kind, Resource, Session};

pub(super) fn checks() -> Vec<Check> {
    [matching(), users(), groups(), credentials()].concat()
}

/// How Okta finds out who is there already.
fn matching() -> Vec<Check> {
    vec![
        must(
            "okta-credential-test",
            "Okta documents: \"Test API Credentials\" asks GET /Users?startIndex=1&count=2 and reads the numbers of a ListResponse",
        )
        .rows(&["OKTA-01"])
        .why("the connection cannot be saved")
        .talk(credential_test),
        must(
            "okta-match",
            "Okta documents: before a user is created it is looked for with filter=userName eq \"…\"&startIndex=1&count=100",
        )
        .rows(&["OKTA-02"])
        .needs(&[Need::Filter])
        .why("a person who is there already is created once more, or not at all")
        .talk(match_with_paging),
        should("okta-match-in-another-case", "Okta's spec test: a filter with the user name in upper case is answered with 200")
            .rows(&["OKTA-18"])
            .needs(&[Need::Filter])
            .why("a person whose name is written in another way in Okta is not found, and is refused as a duplicate afterwards")
            .talk(match_in_another_case),
        must("okta-unknown-id", "Okta's spec test: an id that nobody has is answered with 404 and an Error message with detail")
            .rows(&["OKTA-17"])
            .why("Okta cannot tell a user that is gone from a server that is broken")
            .talk(unknown_id),
    ]
}

/// What Okta does with users.
fn users() -> Vec<Check> {
    vec![
        must(
            "okta-create-with-password-and-groups",
            "Okta documents: a new user comes with a random password, also where password sync is off, and with \"groups\": []",
        )
        .rows(&["OKTA-03"])
        .why("no user can be created; or whoever reads users reads passwords")
        .talk(create_with_password),
        must("okta-create-returns-the-user", "Okta documents: the answer to POST /Users has the whole user with its id")
            .rows(&["OKTA-04"])
            .why("Okta takes the task for failed: \"Create new user returned empty user\"")
            .talk(create_returns_user),
        must(
            "okta-deactivate",
            "Okta documents: users are deactivated with PATCH and an operation without path, {\"op\": \"replace\", \"value\": {\"active\": false}}",
        )
        .rows(&["OKTA-05"])
        .needs(&[Need::Patch])
        .why("who has left keeps access: Okta never sends DELETE /Users")
        .talk(deactivate),
        should(
            "okta-password-push",
            "Okta documents: password sync is a PATCH without path, {\"op\": \"replace\", \"value\": {\"password\": \"…\"}}",
        )
        .rows(&["OKTA-06"])
        .needs(&[Need::Patch, Need::ChangePassword])
        .why("every change of a password becomes a failed task")
        .talk(password_push),
        must(
            "okta-put-with-read-only-members",
            "Okta documents: a changed user is put back whole, with id, meta, \"groups\": [] and the display of e-mails",
        )
        .rows(&["OKTA-07"])
        .why("no change of a profile arrives")
        .talk(put_with_read_only_members),
        should("okta-put-clears-with-empty-string", "Okta documents: \"Push Empty Values\" sends \"\" for what was cleared")
            .rows(&["OKTA-07"])
            .why("what was cleared in Okta stays, or is a text of nothing that other clients trip over")
            .talk(put_clears),
        must("okta-put-without-active", "Okta documents: custom apps put users, and \"active\" is in the body only if it is mapped")
            .rows(&["OKTA-07"])
            .why("a change of a name locks the person out")
            .talk(put_without_active),
        must("okta-deactivate-with-put", "Okta documents: custom apps deactivate with PUT of the whole user and \"active\": false")
            .rows(&["OKTA-08"])
            .why("who has left keeps access")
            .talk(deactivate_with_put),
        must("okta-put-never-creates", "Okta documents: 404 to GET or PUT of a user means that it is gone \
             (RFC 7644 §3.5.1: \"PUT MUST NOT be used to create new resources\")")
            .rows(&["OKTA-09"])
            .why("a user that was removed comes back with an id that nobody knows")
            .talk(put_never_creates),
    ]
}

/// Group Push.
fn groups() -> Vec<Check> {
    vec![
        must(
            "okta-group-rename",
            "Okta documents: a group is renamed with PATCH without path, {\"op\": \"replace\", \"value\": {\"id\": \"…\", \"displayName\": \"…\"}}",
        )
        .rows(&["OKTA-10"])
        .needs(GROUP_PATCH)
        .why("it is sent with every push of members: none arrives")
        .talk(group_rename),
        must("okta-group-members", "Okta documents: one PATCH takes members out by filter and adds others, with display and without type")
            .rows(&["OKTA-11"])
            .needs(GROUP_PATCH)
            .why("people keep rights that they have lost, or lack those that they were given")
            .talk(group_members),
        must("okta-group-push-empty", "Okta documents: \"Push now\" of an empty group is {\"op\": \"replace\", \"path\": \"members\", \"value\": []}")
            .rows(&["OKTA-12"])
            .needs(GROUP_PATCH)
            .why("a group that is empty in Okta keeps its members")
            .talk(group_push_empty),
        must(
            "okta-group-push-without-path",
            "Seen in public issues: {\"Operations\": [{\"op\": \"replace\", \
             \"value\": {\"members\": [], \"id\": \"…\", \"displayName\": \"…\"}}]}, without schemas",
        )
        .rows(&["OKTA-13"])
        .needs(GROUP_PATCH)
        .why("a group that is empty in Okta keeps its members")
        .talk(group_push_without_path),
        must("okta-group-put", "Seen in public issues: custom apps put the whole group, its members with \"display\": null")
            .rows(&["OKTA-14"])
            .needs(&[Need::Type("Group")])
            .why("no change of a group arrives")
            .talk(group_put),
    ]
}

/// Tokens and rates.
fn credentials() -> Vec<Check> {
    vec![
        records(
            "okta-token-without-scheme",
            "Okta documents: with \"HTTP Header\" the administrator types the whole value of Authorization, so that \"Bearer\" may be missing",
        )
        .rows(&["OKTA-15"])
        .talk(token_without_scheme),
        must("okta-invalid-token", "Okta's spec test: Authorization: non-token is answered with 401 and an Error message with detail")
            .rows(&["OKTA-16"])
            .why("a wrong token looks like a broken server to the administrator")
            .talk(invalid_token),
        must("okta-rate-limit", "Okta documents: Retry-After of a 429 is a whole number of seconds; a date counts as none")
            .rows(&["OKTA-19"])
            .needs(&[Need::Limits])
            .why("Okta waits five minutes instead, and longer each time")
            .talk(rate_limit),
    ]
}

async fn credential_test(s: Session) -> Outcome {
    let user = user(&s, json!({})).await?;
    let answer = s.query(&user.kind.endpoint, &[("startIndex", "1"), ("count", "2")]).await?;
    let list = answer.expect_list()?;
    for number in ["/totalResults", "/startIndex", "/itemsPerPage"] {
        answer.expect_kind(number, Kind::Number)?;
    }
    answer.expect((1..=2).contains(&list.resources.len()), "one or two users", format!("{}", list.resources.len()))?;
    Ok(())
}

async fn match_with_paging(s: Session) -> Outcome {
    let (user, _other) = (user(&s, json!({})).await?, user(&s, json!({})).await?);
    let filter = format!("userName eq {}", user.body["userName"]);
    let ask = s.ask("GET", &user.kind.endpoint).query("filter", &filter).query("startIndex", "1").query("count", "100");
    // Okta's client says so although there is no body.
    let answer = ask.header("Content-Type", "application/scim+json; charset=utf-8").send().await?;
    expect_only(&answer, &user)
}

async fn match_in_another_case(s: Session) -> Outcome {
    let user = user(&s, json!({})).await?;
    let upper = user.body["userName"].as_str().unwrap_or_default().to_uppercase();
    expect_found(&s, &user, &[("filter", &format!("userName eq \"{upper}\""))]).await
}

async fn unknown_id(s: Session) -> Outcome {
    let kind = s.kind("User")?;
    for id in ["010101001010101011001010101011", "00919288221112222"] {
        let answer = s.get(format!("{}/{id}", kind.endpoint)).await?;
        answer.expect_status(&[404])?.expect_error_message()?;
        answer.expect(answer.at("/detail").as_str().is_some_and(|detail| !detail.is_empty()), "a `detail`", "none")?;
    }
    Ok(())
}

async fn create_with_password(s: Session) -> Outcome {
    const PASSWORD: &str = "xk3-Placeholder-91";
    let kind = s.kind("User")?;
    let sent = template(&name(&s), json!({ "locale": "en-US", "externalId": s.mark(), "groups": [], "password": PASSWORD }));
    let created = s.post(&kind.endpoint, sent).await?;
    created.expect_status(&[201])?;
    let id = created.expect_present("/id")?.as_str().unwrap_or_default().to_owned();
    let read = s.get(format!("{}/{id}", kind.endpoint)).await?;
    read.expect_status(&[200])?;
    for answer in [&created, &read] {
        answer.expect_absent("/password")?.expect_absent("/groups")?;
        let says = answer.body.as_ref().is_some_and(|body| body.to_string().contains(PASSWORD));
        answer.expect(!says, "an answer without the password", "the password is in it")?;
    }
    Ok(())
}

async fn create_returns_user(s: Session) -> Outcome {
    let (kind, name) = (s.kind("User")?, name(&s));
    let sent = template(&name, json!({ "locale": "es-ES" }));
    let created = s.post(&kind.endpoint, sent).await?;
    created.expect_status(&[201])?.expect_json()?;
    created.expect_present("/id")?;
    created.expect_value("/userName", name)?.expect_value("/active", true)?;
    created.expect_value("/name/familyName", "Díaz")?;
    Ok(())
}

async fn deactivate(s: Session) -> Outcome {
    let user = user(&s, json!({})).await?;
    for active in [false, true] {
        s.patch(&user, json!([{ "op": "replace", "value": { "active": active } }])).await?.expect_status(PATCHED)?;
        let now = s.current(&user).await?;
        now.expect_value("/active", active)?.expect_value("/displayName", user.body["displayName"].clone())?;
    }
    Ok(())
}

async fn password_push(s: Session) -> Outcome {
    let user = user(&s, json!({})).await?;
    let answer = s.patch(&user, json!([{ "op": "replace", "value": { "password": "n3w-Placeholder" } }])).await?;
    answer.expect_status(PATCHED)?.expect_absent("/password")?;
    s.current(&user).await?.expect_absent("/password")?.expect_value("/active", true)?;
    Ok(())
}

/// The user put back whole, with these members besides.
async fn put(s: &Session, user: &Resource, extra: Value) -> Outcome {
    let body = template(user.body["userName"].as_str().unwrap_or_default(), extra);
    s.put(user, body).await?.expect_status(&[200])?;
    Ok(())
}

async fn put_with_read_only_members(s: Session) -> Outcome {
    let user = user(&s, json!({})).await?;
    let mail = user.body["userName"].clone();
    let extra = json!({
        "id": user.id,
        "name": { "givenName": "Ana", "familyName": "Ruiz" },
        "emails": [{ "primary": true, "value": mail, "type": "work", "display": mail }],
        "groups": [],
        "meta": { "resourceType": "User" },
    });
    put(&s, &user, extra).await?;
    s.current(&user).await?.expect_value("/name/familyName", "Ruiz")?.expect_value("/id", user.id.as_str())?;
    Ok(())
}

async fn put_clears(s: Session) -> Outcome {
    let kind = s.kind("User")?;
    if kind.attribute("name").and_then(|name| name.sub("middleName")).is_none() {
        return Err(Stop::Skipped("the schema of users has no name.middleName".into()));
    }
    let user = user(&s, json!({ "name": { "givenName": "Ana", "middleName": "Luz", "familyName": "Díaz" } })).await?;
    put(&s, &user, json!({ "name": { "givenName": "Ana", "middleName": "", "familyName": "Díaz" } })).await?;
    s.current(&user).await?.expect_absent("/name/middleName")?.expect_value("/name/givenName", "Ana")?;
    Ok(())
}

async fn put_without_active(s: Session) -> Outcome {
    let user = user(&s, json!({})).await?;
    let mut body = template(user.body["userName"].as_str().unwrap_or_default(), json!({ "displayName": "Ana Ruiz" }));
    if let Some(members) = body.as_object_mut() {
        members.shift_remove("active");
    }
    s.put(&user, body).await?.expect_status(&[200]).or_blocked()?;
    let now = s.current(&user).await?;
    now.expect(*now.at("/active") != false, "a user who is as active as before", "`active` is false")?;
    Ok(())
}

async fn deactivate_with_put(s: Session) -> Outcome {
    let user = user(&s, json!({})).await?;
    put(&s, &user, json!({ "active": false })).await?;
    s.current(&user).await?.expect_value("/active", false)?;
    Ok(())
}

async fn put_never_creates(s: Session) -> Outcome {
    let (kind, name) = (s.kind("User")?, name(&s));
    let path = format!("{}/00000000-0000-0000-0000-000000000000", kind.endpoint);
    s.ask("PUT", &path).json(template(&name, json!({}))).send().await?.expect_status(&[404])?;
    s.get(path).await?.expect_status(&[404])?;
    Ok(())
}

async fn group_rename(s: Session) -> Outcome {
    let team = Team::new(&s, 1, &[0]).await?;
    let name = s.mark();
    team.becomes(&s, json!([{ "op": "replace", "value": { "id": team.group.id, "displayName": name } }]), &[0]).await?;
    s.current(&team.group).await?.expect_value("/displayName", name)?;
    Ok(())
}

async fn group_members(s: Session) -> Outcome {
    let team = Team::new(&s, 3, &[0, 1]).await?;
    let operations = json!([
        { "op": "remove", "path": format!("members[value eq \"{}\"]", team.id(0)) },
        { "op": "add", "path": "members", "value": [{ "value": team.id(2), "display": "ben.okoro@example.com" }] },
    ]);
    team.becomes(&s, operations, &[1, 2]).await
}

async fn group_push_empty(s: Session) -> Outcome {
    let team = Team::new(&s, 1, &[0]).await?;
    team.becomes(&s, json!([{ "op": "replace", "path": "members", "value": [] }]), &[]).await
}

async fn group_push_without_path(s: Session) -> Outcome {
    let team = Team::new(&s, 1, &[0]).await?;
    let value = json!({ "members": [], "id": team.group.id, "displayName": team.group.body["displayName"] });
    let message = json!({ "Operations": [{ "op": "replace", "value": value }] });
    s.ask("PATCH", &team.group.path).json(message).send().await?.expect_status(PATCHED)?;
    team.has(&s, &[]).await
}

async fn group_put(s: Session) -> Outcome {
    let team = Team::new(&s, 2, &[0]).await?;
    let members = json!([{ "value": team.id(0), "display": null }, { "value": team.id(1), "display": null }]);
    let name = &team.group.body["displayName"];
    let body = s.valid(&team.group.kind, json!({ "id": team.group.id, "displayName": name, "members": members }));
    s.put(&team.group, body).await?.expect_status(&[200])?;
    team.has(&s, &[0, 1]).await
}

async fn token_without_scheme(s: Session) -> Outcome {
    if !s.target().has(As::Own) {
        return Err(Stop::Skipped("the run has no token".into()));
    }
    let answer = s.ask("GET", &s.kind("User")?.endpoint).query("count", "1").credential(As::Bare).send().await?;
    s.note(match answer.is_success() {
        true => "a token without `Bearer` is accepted".to_owned(),
        false => format!("a token without `Bearer` is refused with {}: an administrator has to type `Bearer`, too", answer.status),
    });
    Ok(())
}

async fn invalid_token(s: Session) -> Outcome {
    let ask = s.ask("GET", &s.kind("User")?.endpoint).header("Authorization", "non-token").credential(As::None);
    let answer = ask.send().await?;
    answer.expect_status(&[401])?.expect_error_message()?;
    answer.expect(answer.at("/detail").as_str().is_some_and(|detail| !detail.is_empty()), "a `detail`", "none")?;
    Ok(())
}

/// How many requests come in quick succession, more than a provider has to serve in a second; and how many of them at once.
const BURST: usize = 150;
const TOGETHER: usize = 10;

async fn rate_limit(s: Session) -> Outcome {
    let kind = s.kind("User")?;
    for _ in 0..BURST / TOGETHER {
        let ask = |_| s.ask("GET", &kind.endpoint).query("startIndex", "1").query("count", "1");
        // A 429 that says in seconds how long to wait is waited out, and does not arrive here.
        for answer in s.at_once((0..TOGETHER).map(ask).collect()).await.or_blocked()? {
            if answer.status == 429 {
                let wait = answer.expect_header("retry-after")?;
                answer.expect(wait.trim().parse::<u32>().is_ok(), "`Retry-After` in whole seconds", format!("`{wait}`"))?;
            }
        }
    }
    Ok(())
}
