//! Checks of what the provisioning of Google Workspace sends.

use serde_json::json;

use super::start::{name, template, user};
use crate::check::{Check, Outcome, must, should};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "google-application-json",
            "Seen in public issues: bodies are sent as Content-Type: application/json, which cannot be configured",
        )
        .rows(&["GOOGLE-01"])
        .why("no user can be created: the answer is 415 or 406")
        .talk(application_json),
        should("google-probe", "Seen once: GET /Users?count=1 is asked before provisioning begins")
            .rows(&["GOOGLE-02"])
            .why("the set-up stops")
            .talk(probe),
    ]
}

async fn application_json(s: Session) -> Outcome {
    let (kind, name) = (s.kind("User")?, name(&s));
    let ask = |method: &str, path: &str| {
        s.ask(method, path).header("Content-Type", "application/json").header("User-Agent", "Google-Auto-Provisioning")
    };
    let created = ask("POST", &kind.endpoint).json(template(&name, json!({}))).send().await?;
    created.expect_status(&[201])?.expect_value("/userName", name.as_str())?;
    let path = format!("{}/{}", kind.endpoint, created.expect_present("/id")?.as_str().unwrap_or_default());
    let changed = template(&name, json!({ "displayName": "Ana Ruiz" }));
    ask("PUT", &path).json(changed).send().await?.expect_status(&[200])?;
    s.get(path).await?.expect_value("/displayName", "Ana Ruiz")?;
    Ok(())
}

async fn probe(s: Session) -> Outcome {
    let (first, _second) = (user(&s, json!({})).await?, user(&s, json!({})).await?);
    let answer = s.query(&first.kind.endpoint, &[("count", "1")]).await?;
    let list = answer.expect_list()?;
    answer.expect(list.resources.len() == 1, "one user", format!("{}", list.resources.len()))?;
    answer.expect(
        answer.at("/startIndex").is_null() || *answer.at("/startIndex") == 1,
        "the first page",
        format!("startIndex {}", answer.at("/startIndex")),
    )?;
    Ok(())
}
