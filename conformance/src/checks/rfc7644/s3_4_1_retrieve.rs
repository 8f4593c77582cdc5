//! RFC 7644 §3.4, §3.4.1: retrieving a known resource.

use serde_json::json;

use crate::check::{Check, Judged, Outcome, must};
use crate::checks::population::{full_of_each, one_of_each};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "7644-3.4-default-set",
            "By default, resource attributes returned in a response are those attributes whose characteristic \"returned\" setting is \"always\" or \"default\"",
        )
        .rows(&["7644-3.4-02"])
        .why("a client compares what it reads with its own data: what is missing looks like a loss, and what was not asked for may be secret")
        .talk(default_set),
        must(
            "7644-3.4.1-found",
            "If the resource exists, the server responds with HTTP status code 200 (OK) and includes the result in the body of the response",
        )
        .rows(&["7644-3.4.1-01", "7644-3.4-01"])
        .why("a client that cannot read a resource by its URL believes that it is gone, and creates it again")
        .talk(found),
        must("7644-3.4.1-unknown", "404 (Not Found) … Specified resource (e.g., User) or endpoint does not exist")
            .rows(&["7644-3.4.1-02"])
            .why("a client learns from this status, and no other, that it has to create the resource")
            .talk(unknown),
    ]
}

async fn default_set(s: Session) -> Outcome {
    for resource in full_of_each(&s).await? {
        let answer = s.read(&resource).await?;
        answer.expect_status(&[200]).or_blocked()?;
        for found in resource.kind.attributes() {
            let (returned, pointer) = (found.attribute.returned.as_str(), found.pointer());
            // That an answer to POST shows what was sent is another requirement.
            let has_it = resource.body.pointer(&pointer).is_some_and(|value| !value.is_null() && *value != json!([]));
            if ["never", "request"].contains(&returned) {
                answer.expect_absent(&pointer)?;
            } else if has_it && found.attribute.is_read_write() {
                answer.expect_present(&pointer)?;
            }
        }
    }
    Ok(())
}

async fn found(s: Session) -> Outcome {
    for resource in one_of_each(&s).await? {
        let answer = s.read(&resource).await?;
        answer.expect_status(&[200])?.expect_value("/id", resource.id.as_str())?;
        // A location that is relative, or names the server as it is called behind a proxy, is another requirement's.
        if let Some(location) = resource.body["meta"]["location"].as_str().filter(|location| location.starts_with(s.base())) {
            s.get(location).await?.expect_status(&[200])?.expect_value("/id", resource.id.as_str())?;
        }
    }
    Ok(())
}

async fn unknown(s: Session) -> Outcome {
    for kind in &s.model().types {
        let answer = s.get(format!("{}/{}", kind.endpoint, s.mark())).await?;
        answer.expect_status(&[404])?;
    }
    Ok(())
}
