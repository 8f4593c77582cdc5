//! RFC 7644 §6: tenants.

use serde_json::json;

use crate::check::{Check, Need, Outcome, must, should};
use crate::session::{As, Session};

pub(super) fn checks() -> Vec<Check> {
    let checks = vec![
        should(
            "7644-6.1-access-controls",
            "the service provider should ensure that access controls are in place to prevent or allow cross-tenant use cases",
        )
        .rows(&["7644-6.1-03"])
        .why("whoever knows the id of a user reads it, whosever user it is")
        .talk(access_controls),
        must(
            "7644-6.2-external-id",
            "The externalId, defined by the client, is required to be unique ONLY within the resources associated with the associated Tenant",
        )
        .rows(&["7644-6.2-02"])
        .why("two customers number their people from one, and the second one cannot create any")
        .talk(external_id),
    ];
    checks.into_iter().map(|check| check.needs(&[Need::SecondToken])).collect()
}

async fn access_controls(s: Session) -> Outcome {
    let resource = s.create(&s.any_type()?, json!({})).await?;
    let known = s.ask("GET", &resource.path).credential(As::Second).send().await?;
    known.expect_refusal()?;
    Ok(())
}

async fn external_id(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let external = s.mark();
    s.create(&kind, json!({ "externalId": external })).await?;
    let body = s.valid(&kind, json!({ "externalId": external }));
    let other = s.ask("POST", &kind.endpoint).credential(As::Second).json(body).send().await?;
    other.expect_success()?;
    Ok(())
}
