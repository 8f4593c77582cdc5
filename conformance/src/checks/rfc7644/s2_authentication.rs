//! RFC 7644 §2: authentication and authorization.

use serde_json::json;

use crate::check::{Check, Judged, Outcome, Stop, may, must};
use crate::session::{As, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        may("7644-2-bearer-tokens", "Bearer tokens [RFC6750] MAY be used when combined with TLS and a token framework such as OAuth 2.0")
            .rows(&["7644-2-02"])
            .why("whoever guesses that no token is looked at reads every user")
            .talk(bearer_tokens),
        must(
            "7644-2-www-authenticate",
            "a SCIM service provider SHALL indicate supported HTTP authentication schemes via the \"WWW-Authenticate\" header",
        )
        .rows(&["7644-2-06"])
        .why("a client cannot tell which kind of credential is wanted")
        .talk(www_authenticate),
        must(
            "7644-2-access-control",
            "the SCIM service provider MUST be able to map the authenticated client to an access control policy in order to determine the client's \
             authorization to retrieve and update SCIM resources",
        )
        .rows(&["7644-2-07"])
        .why("a credential that was given for reading changes users, or one customer sees those of another")
        .talk(access_control),
    ]
}

async fn bearer_tokens(s: Session) -> Outcome {
    if !s.target().has(As::Own) {
        return Err(Stop::Skipped("no token was given for the run".into()));
    }
    let resource = s.create(&s.any_type()?, json!({})).await?;
    s.current(&resource).await?;
    for credential in [As::None, As::Wrong] {
        // Which status it is, Table 8 says.
        s.ask("GET", &resource.path).credential(credential).send().await?.expect_refusal()?;
    }
    Ok(())
}

async fn www_authenticate(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let answer = s.ask("GET", format!("{}?count=1", kind.endpoint)).credential(As::None).send().await?;
    if answer.status != 401 {
        return Err(Stop::Skipped(format!("a request without a credential is answered with {}", answer.status)));
    }
    let schemes = answer.expect_header("www-authenticate")?;
    answer.expect(!schemes.trim().is_empty(), "at least one scheme", "an empty header")?;
    Ok(())
}

async fn access_control(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let mut asked = false;
    if s.target().has(As::ReadOnly) {
        asked = true;
        let body = s.valid(&kind, text.with("not allowed"));
        let answer = s.ask("POST", &kind.endpoint).credential(As::ReadOnly).json(body).send().await?;
        answer.expect_refusal()?;
        answer.expect_status(&[403, 401, 404]).or_warning()?;
    }
    if s.target().has(As::Second) {
        asked = true;
        let resource = s.create(&kind, json!({})).await?;
        s.ask("GET", &resource.path).credential(As::Second).send().await?.expect_refusal()?;
    }
    if asked { Ok(()) } else { Err(Stop::Skipped("neither --read-only-token-env nor --second-token-env was given".into())) }
}
