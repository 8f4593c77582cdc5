//! Checks of what the SCIM 2.0 source of SailPoint sends.

use crate::check::{Check, Outcome, must, records};
use crate::model::{GROUP, USER};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "sailpoint-single-discovery-resources",
            "SailPoint documents: the source needs /ResourceTypes/User, /ResourceTypes/Group and the schemas, each as one resource",
        )
        .rows(&["SAILPOINT-01"])
        .why("the source cannot be set up")
        .talk(single_discovery_resources),
        records(
            "sailpoint-rate-headers",
            "SailPoint documents: x-rate-limit-limit, -remaining, -reset and -retry-after-seconds are honoured",
        )
        .rows(&["SAILPOINT-02"])
        .talk(rate_headers),
    ]
}

async fn single_discovery_resources(s: Session) -> Outcome {
    for (name, urn) in [("User", USER), ("Group", GROUP)] {
        let Ok(kind) = s.kind(name) else { continue };
        let answer = s.get(format!("/ResourceTypes/{name}")).await?;
        answer.expect_status(&[200])?.expect_absent("/Resources")?;
        answer.expect_value("/name", name)?.expect_value("/schema", kind.schema.id.as_str())?.expect_present("/endpoint")?;
        let answer = s.get(format!("/Schemas/{urn}")).await?;
        answer.expect_status(&[200])?.expect_absent("/Resources")?;
        answer.expect_value("/id", urn)?.expect_present("/attributes")?;
    }
    Ok(())
}

async fn rate_headers(s: Session) -> Outcome {
    let answer = s.get("/ResourceTypes").await?;
    let names = ["limit", "remaining", "reset", "retry-after-seconds"].map(|name| format!("x-rate-limit-{name}"));
    let sent: Vec<String> = names.into_iter().filter(|name| answer.header(name).is_some()).collect();
    s.note(match sent.is_empty() {
        true => "no x-rate-limit header is sent: how fast it may ask, SailPoint learns from a 429".to_owned(),
        false => format!("these headers tell how fast it may ask: {}", sent.join(", ")),
    });
    Ok(())
}
