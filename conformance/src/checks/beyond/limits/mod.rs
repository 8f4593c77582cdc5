//! Beyond the words of single sections: limits, probed only when asked for (`--limits`).
//!
//! Every server has limits, and none of them is wrong. What is larger is refused with an error that the client understands, nothing of it is
//! done, and the next request is answered; what is accepted is done as a whole. A server that fails, is silent or hangs up can be
//! stopped by anybody who has a token.

mod bodies;
mod bulk;
mod filters;
mod lists;

use serde_json::Value;

use crate::check::{Check, Judged, Outcome};
use crate::model::{Found, ResourceType};
use crate::session::{Answer, Session};

/// RFC 9110 §15.5.1: what a limit is answered with, if no other status fits.
const BAD_REQUEST: &str = "400 (Bad Request) … indicates that the server cannot or will not process the request \
                           due to something that is perceived to be a client error";

pub(super) fn checks() -> Vec<Check> {
    [filters::checks(), lists::checks(), bodies::checks(), bulk::checks()].concat()
}

/// Whether the request succeeded; else it was refused as RFC 7644 §3.12 says. The server answers the next request, too.
async fn succeeds(s: &Session, answer: &Answer) -> Outcome<bool> {
    let succeeded = survives(s, answer).await?;
    // A URL or a header that is too long is refused before anybody knows that it is SCIM.
    if !succeeded && !matches!(answer.status, 414 | 431) {
        let message = answer.expect_error_message();
        // What stands before the server counts the bytes of a body, and knows nothing of SCIM.
        if answer.status == 413 { message.or_warning() } else { message }?;
    }
    Ok(succeeded)
}

/// The same, whatever the body of a refusal says.
async fn survives(s: &Session, answer: &Answer) -> Outcome<bool> {
    if !answer.is_success() {
        answer.expect_refusal()?;
    }
    let next = s.get("/ServiceProviderConfig").await?;
    next.expect(next.status < 500 || next.status == 501, "an answer to the next request", format!("status {}", next.status))?;
    Ok(answer.is_success())
}

/// How many resources of that type have that text, which is the check's own.
async fn count(s: &Session, kind: &ResourceType, text: &Found, value: &str) -> Outcome<u64> {
    let filter = format!("{} eq {}", text.path(), Value::from(value));
    let answer = s.query(&kind.endpoint, &[("filter", &filter)]).await.or_blocked()?;
    Ok(answer.expect_list().or_blocked()?.total)
}
