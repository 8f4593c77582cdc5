//! RFC 7644 §3.6: deleting resources.

use serde_json::{Value, json};

use crate::check::{Check, Judged, Outcome, Stop, must, should};
use crate::session::{Resource, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7644-3.6-no-content", "In response to a successful DELETE, the server SHALL return a successful HTTP status code 204 (No Content)")
            .rows(&["7644-3.6-05"])
            .why("a client takes another status for a failure, or waits for a body")
            .talk(async |s| {
                let resource = s.create(&s.any_type()?, json!({})).await?;
                s.delete(&resource).await?.expect_status(&[204])?.expect_no_body()?;
                Ok(())
            }),
        must(
            "7644-3.6-deleted",
            "Service providers MAY choose not to permanently delete the resource but MUST return a 404 (Not Found) error code for all operations \
             associated with the previously deleted resource",
        )
        .rows(&["7644-3.6-02", "7644-3.2-07"])
        .why("a client that finds a deleted user, or changes it, believes that it is still there")
        .talk(all_operations),
        must("7644-3.6-omitted", "Service providers MUST omit the resource from future query results")
            .rows(&["7644-3.6-03"])
            .why("a client that reconciles takes a deleted user for one that it has to keep")
            .talk(omitted),
        should("7644-3.6-no-conflict", "the service provider SHOULD NOT consider the deleted resource in conflict calculation")
            .rows(&["7644-3.6-04"])
            .why("somebody who comes back to a company cannot be created again")
            .talk(no_conflict),
        must(
            "7644-3.6-error",
            "Example: Client's attempt to retrieve the previously deleted User … HTTP/1.1 404 Not Found … \"status\": \"404\"",
        )
        .rows(&["7644-3.6-06"])
        .why("a client that reads the body of an error finds another reason than its status says")
        .talk(async |s| {
            let resource = gone(&s).await?;
            let answer = s.read(&resource).await?;
            answer.expect(!answer.is_success(), "an error", "a success").or_blocked()?;
            answer.expect_error_message()?.expect_value("/status", "404")?;
            Ok(())
        }),
    ]
}

/// A resource that was deleted.
async fn gone(s: &Session) -> Outcome<Resource> {
    let resource = s.create(&s.any_type()?, json!({})).await?;
    s.delete(&resource).await?.expect_success().or_blocked()?;
    Ok(resource)
}

async fn all_operations(s: Session) -> Outcome {
    let resource = gone(&s).await?;
    s.read(&resource).await?.expect_status(&[404])?;
    s.put(&resource, s.replacement(&resource, json!({}))).await?.expect_status(&[404])?;
    s.delete(&resource).await?.expect_status(&[404])?;
    if s.model().supports("patch").is_ok() {
        let operations = json!([{ "op": "replace", "path": "externalId", "value": "too late" }]);
        match s.patch(&resource, operations).await {
            Err(Stop::Skipped(_)) => {}
            patched => _ = patched?.expect_status(&[404])?,
        }
    }
    Ok(())
}

async fn omitted(s: Session) -> Outcome {
    let resource = gone(&s).await?;
    let mut queries = vec![Vec::new()];
    if s.model().supports("filter").is_ok() {
        let name = resource.body["userName"].as_str().map(|name| format!("userName eq {}", Value::from(name)));
        queries.extend([Some(format!("id eq \"{}\"", resource.id)), name].into_iter().flatten().map(|filter| vec![filter]));
    }
    let mut judged = 0;
    for filter in queries {
        let parameters: Vec<(&str, &str)> = filter.iter().map(|filter| ("filter", filter.as_str())).collect();
        let found = s.query(&resource.kind.endpoint, &parameters).await?;
        // A server may refuse to list everything, or to filter by an id.
        if found.status == 200 {
            judged += 1;
            found.expect_no_element("/Resources", "the deleted resource", |one| one["id"] == resource.id.as_str())?;
        }
    }
    if judged == 0 { Err(Stop::Skipped("the server answers no query".into())) } else { Ok(()) }
}

async fn no_conflict(s: Session) -> Outcome {
    let (kind, unique) = s.unique_text()?;
    let sent = s.valid(&kind, json!({}));
    let Some(taken) = sent.pointer(&unique.pointer()).cloned() else {
        return s.expect(false, format!("a value for `{}`", unique.path()), "none could be made up").or_blocked();
    };
    let first = s.create_from(&kind, sent).await?;
    s.delete(&first).await?.expect_success().or_blocked()?;
    let again = s.post(&kind.endpoint, s.valid(&kind, unique.with(taken))).await?;
    again.expect_success()?;
    Ok(())
}
