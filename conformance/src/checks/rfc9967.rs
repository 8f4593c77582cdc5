//! Checks of RFC 9967: security event tokens and asynchronous requests.

use serde_json::{Value, json};

use crate::check::{Check, Judged, Outcome, Stop, must};
use crate::session::{Answer, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("9967-2.5.1.1-answer", "the SCIM Service Provider either returns a normal SCIM response or returns HTTP Status 202 (Accepted)")
            .rows(&["9967-2.5.1.1-01", "9967-2.5.1.1-02"])
            .why("a client that would also take an answer later is given none at all")
            .talk(answer),
        must("9967-2.5.1.1-accepted", "The asynchronous response MUST contain no response body … the HTTP response header \"Set-Txn\" (see Section 3) is returned … the response will also include the \"Preference-Applied\" header. The \"Location\" header value MUST be one of the following")
            .rows(&["9967-2.5.1.1-03", "9967-2.5.1.1-04", "9967-2.5.1.1-05", "9967-2.5.1.1-07"])
            .why("a client cannot tell which of its requests a later event completes")
            .talk(accepted),
        must("9967-4-security-events", "securityEvents A SCIM Complex attribute that specifies the available capabilities related to asynchronous Security Events … This attribute is OPTIONAL")
            .rows(&["9967-4-01"])
            .why("a client waits for events that never come")
            .talk(security_events),
    ]
}

/// The answer to a change that may be made later.
async fn asynchronous(s: &Session) -> Outcome<Answer> {
    let kind = s.any_type()?;
    let created = s.create(&kind, json!({})).await?;
    let body = s.current(&created).await?.body.unwrap_or_default();
    s.put(&created, body.clone()).await.or_blocked()?.expect_status(&[200]).or_blocked()?;
    s.ask("PUT", &created.path).header("Prefer", "respond-async").json(body).send().await
}

async fn answer(s: Session) -> Outcome {
    asynchronous(&s).await?.expect_status(&[200, 202])?;
    Ok(())
}

async fn accepted(s: Session) -> Outcome {
    let answer = asynchronous(&s).await?;
    if answer.status != 202 {
        return Err(Stop::Skipped(format!("a change with `Prefer: respond-async` is answered at once, with {}", answer.status)));
    }
    let header = |name: &str| answer.expect_header(name).map(|_| ());
    s.row("9967-2.5.1.1-03", answer.expect_no_body().map(|_| ()));
    s.row("9967-2.5.1.1-04", header("set-txn"));
    s.row("9967-2.5.1.1-05", header("preference-applied"));
    s.row("9967-2.5.1.1-07", header("location"));
    Ok(())
}

async fn security_events(s: Session) -> Outcome {
    let config = s.get("/ServiceProviderConfig").await.or_blocked()?;
    config.expect_status(&[200]).or_blocked()?;
    let events = config.at("/securityEvents");
    if events.is_null() {
        return Err(Stop::Skipped("ServiceProviderConfig has no securityEvents: the server does not support them".into()));
    }
    let request = &events["asyncRequest"];
    let is_known = |text: &str| ["none", "long", "request"].iter().any(|known| known.eq_ignore_ascii_case(text));
    let expected = "`asyncRequest` is none, long or request";
    config.expect(request.is_null() || request.as_str().is_some_and(is_known), expected, format!("it is {request}"))?;
    let uris = &events["eventUris"];
    let are_texts = uris.as_array().is_some_and(|all| all.iter().all(Value::is_string));
    config.expect(uris.is_null() || are_texts, "`eventUris` is an array of strings", format!("it is {uris}"))?;
    Ok(())
}
