//! RFC 7644 §3.7.4: how much one job may be.

use serde_json::{Value, json};

use super::{there, unknown};
use crate::check::{Check, Judged, Need, Outcome, Stop, must};
use crate::session::{Answer, Session};

/// More operations than in the RFC's own example would be a probe of the server's limits.
const MANY: u64 = 1_000;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "7644-3.7.4-defined",
            "The service provider MUST define the maximum number of operations and maximum payload size a client may send in a single request",
        )
        .rows(&["7644-3.7.4-01"])
        .why("a client cannot cut its changes into jobs that the server takes")
        .talk(defined),
        must(
            "7644-3.7.4-too-many",
            "If either limit is exceeded, the service provider MUST return HTTP response code 413 (Payload Too Large)",
        )
        .rows(&["7644-3.7.4-02"])
        .why("a client cuts a job into smaller ones only after a 413")
        .talk(async |s| {
            there(&too_many(&s).await?)?.expect_status(&[413])?;
            Ok(())
        }),
        must("7644-3.7.4-too-large", "If either limit is exceeded, the service provider MUST return HTTP response code 413 (Payload Too Large)")
            .rows(&["7644-3.7.4-02"])
            .needs(&[Need::Bulk, Need::Limits])
            .why("a client cuts a job into smaller ones only after a 413")
            .talk(too_large),
        must("7644-3.7.4-limit-told", "The returned response MUST specify the limit exceeded in the body of the error response")
            .rows(&["7644-3.7.4-03"])
            .why("a client has to guess how small its jobs must be")
            .talk(limit_told),
    ]
}

async fn defined(s: Session) -> Outcome {
    let config = s.get("/ServiceProviderConfig").await.or_blocked()?;
    if config.at("/bulk/supported") != true {
        return Err(Stop::Skipped("the server does not say that bulk.supported is true".into()));
    }
    for pointer in ["/bulk/maxOperations", "/bulk/maxPayloadSize"] {
        let is_limit = config.at(pointer).as_u64().is_some_and(|most| most > 0);
        config.expect(is_limit, format!("`{pointer}` as a positive integer"), format!("it is {}", config.at(pointer)))?;
    }
    Ok(())
}

/// The answer to one operation more than the server takes.
async fn too_many(s: &Session) -> Outcome<Answer> {
    let Some(most) = s.model().config["bulk"]["maxOperations"].as_u64().filter(|most| (1..=MANY).contains(most)) else {
        return Err(Stop::Skipped(format!("bulk.maxOperations is {}", s.model().config["bulk"]["maxOperations"])));
    };
    // Removing what does not exist changes nothing, should the server carry it out.
    let operation = unknown(s, "DELETE")?;
    s.bulk(vec![operation; usize::try_from(most).unwrap_or(0) + 1].into()).await
}

async fn too_large(s: Session) -> Outcome {
    const LARGE: u64 = 16 << 20;
    let Some(most) = s.model().config["bulk"]["maxPayloadSize"].as_u64().filter(|most| (1..LARGE).contains(most)) else {
        return Err(Stop::Skipped(format!("bulk.maxPayloadSize is {}", s.model().config["bulk"]["maxPayloadSize"])));
    };
    let mut operation = unknown(&s, "DELETE")?;
    operation["data"] = "x".repeat(usize::try_from(most).unwrap_or(0)).into();
    there(&s.bulk(json!([operation])).await?)?.expect_status(&[413])?;
    Ok(())
}

async fn limit_told(s: Session) -> Outcome {
    let answer = too_many(&s).await?;
    answer.expect(!answer.is_success(), "an error", "a success").or_blocked()?;
    let most = &s.model().config["bulk"]["maxOperations"];
    let text = answer.body.as_ref().map(Value::to_string).unwrap_or_default();
    let is_told = text.contains("maxOperations") || text.contains(&most.to_string());
    answer.expect(is_told, format!("the limit maxOperations ({most}) in the body"), "the body does not name it")?;
    Ok(())
}
