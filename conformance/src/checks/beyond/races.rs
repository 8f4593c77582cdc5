//! Beyond the words of single sections: what several clients do at the same time.

use serde_json::{Value, json};

use crate::check::{Check, Judged, Need, Outcome, must};
use crate::session::{Ask, Session};

/// How many clients act at once.
const CLIENTS: usize = 8;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("beyond-races-duplicate-creates", "This identifier MUST be unique across the service provider's entire set of Users.")
            .rows(&["7643-4.1.1-02", "7643-7-44"])
            .why("two clients that create one person at the same time make two")
            .talk(duplicate_creates),
        must(
            "beyond-races-lost-members",
            "If the target location specifies a multi-valued attribute, a new value is added to the attribute",
        )
        .rows(&["7644-3.5.2.1-05"])
        .needs(&[Need::Patch, Need::Type("Group")])
        .why("of people that are put into a group at the same time, some are not in it afterwards, and nobody is told")
        .talk(lost_members),
        must("beyond-races-lost-updates", "PATCH request … SHALL be treated as atomic")
            .rows(&["7644-3.5.2-24"])
            .needs(&[Need::Patch])
            .why("a change that was answered with success is gone, because another change began before it")
            .talk(lost_updates),
        must(
            "beyond-races-if-match",
            "the requested operation succeeds only if the supplied ETag matches the latest service provider resource",
        )
        .needs(&[Need::Etag])
        .why("of two clients that both have read the same version, both overwrite it")
        .talk(if_match_duel),
        must("beyond-races-change-and-delete", "500: An internal error. Implementers SHOULD provide descriptive debugging advice.")
            .why("a resource that goes away while it is changed is an everyday event, and no failure of the server")
            .talk(change_and_delete),
    ]
}

async fn duplicate_creates(s: Session) -> Outcome {
    let kind = s.kind("User")?;
    let name = format!("{}-race@example.com", s.mark());
    let ask = |_| s.ask("POST", &kind.endpoint).json(s.valid(&kind, json!({ "userName": name })));
    let answers = s.at_once((0..CLIENTS).map(ask).collect()).await?;
    for answer in answers.iter().filter(|answer| !answer.is_success()) {
        answer.expect_refusal()?;
    }
    let created = answers.iter().filter(|answer| answer.is_success()).count();
    s.expect(created == 1, format!("one of {CLIENTS} requests creates the user, the others are refused"), format!("{created} of them do"))
}

async fn lost_members(s: Session) -> Outcome {
    let group = s.group(json!({})).await?;
    let mut users = Vec::new();
    for _ in 0..CLIENTS {
        users.push(s.user(json!({})).await?);
    }
    let add = |id: &str| json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
    let asks: Vec<Ask> = users.iter().map(|user| s.ask("PATCH", &group.path).patch(add(&user.id))).collect();
    let answers = s.at_once(asks).await?;
    let now = s.current(&group).await?;
    for (user, answer) in users.iter().zip(&answers) {
        // Who is told to try again has lost nothing.
        if answer.is_success() {
            now.expect_element("/members", "every member whose addition was answered with success", |member| {
                member["value"] == user.id.as_str()
            })?;
        } else {
            answer.expect_status(&[409, 412, 429, 503])?;
        }
    }
    Ok(())
}

async fn lost_updates(s: Session) -> Outcome {
    let (kind, first, second) = s.two_free_texts()?;
    let resource = s.create(&kind, json!({})).await?;
    let value = |number: usize| format!("value-race-{number}");
    let replace = |(number, path): (usize, String)| {
        s.ask("PATCH", &resource.path).patch(json!([{ "op": "replace", "path": path, "value": value(number) }]))
    };
    let answers = s.at_once([first.path(), second.path()].into_iter().enumerate().map(replace).collect()).await?;
    let now = s.current(&resource).await?;
    for ((number, found), answer) in [first, second].iter().enumerate().zip(&answers) {
        if answer.is_success() {
            now.expect_value(&found.pointer(), value(number))?;
        } else {
            answer.expect_status(&[409, 412, 429, 503])?;
        }
    }
    Ok(())
}

async fn if_match_duel(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    let Some(etag) = resource.etag.clone() else {
        return s.expect(false, "an entity tag with the new resource", "none").or_blocked();
    };
    let ask = |number: usize| {
        let mut body: Value = resource.body.clone();
        text.put(&mut body, format!("duel-{number}"));
        s.ask("PUT", &resource.path).header("If-Match", &etag).json(body)
    };
    let answers = s.at_once((0..CLIENTS).map(ask).collect()).await?;
    let won = answers.iter().filter(|answer| answer.is_success()).count();
    for answer in answers.iter().filter(|answer| !answer.is_success()) {
        answer.expect_status(&[412, 409, 429, 503])?;
    }
    s.expect(won <= 1, "no more than one of the clients that have read the same version may write", format!("{won} of {CLIENTS} did"))
}

async fn change_and_delete(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let resource = s.create(&kind, json!({})).await?;
    let body = s.valid(&kind, json!({}));
    let mut asks: Vec<Ask> = (1..CLIENTS).map(|_| s.ask("PUT", &resource.path).json(body.clone())).collect();
    asks.insert(CLIENTS / 2, s.ask("DELETE", &resource.path));
    for answer in s.at_once(asks).await? {
        answer.expect(answer.status < 500 || answer.status == 503, "a success or a refusal", format!("status {}", answer.status))?;
    }
    // A change that comes after the removal must not bring it back.
    s.read(&resource).await?.expect_refusal()?;
    Ok(())
}
