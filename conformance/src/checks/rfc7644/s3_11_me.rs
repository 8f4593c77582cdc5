//! RFC 7644 §3.11: the alias /Me.

use crate::check::{Check, Judged, Outcome, Stop, may, must, should};
use crate::session::{Answer, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        should(
            "7644-3.11-not-implemented",
            "A service provider that does NOT support this feature SHOULD respond with HTTP status code 501 (Not Implemented)",
        )
        .rows(&["7644-3.11-02"])
        .why("a client cannot tell a server without the alias from a credential that belongs to nobody")
        .talk(not_implemented),
        may(
            "7644-3.11-redirect",
            "A service provider MAY choose to redirect the client using HTTP status code 308 (Permanent Redirect) to the resource associated with the \
             authenticated subject",
        )
        .rows(&["7644-3.11-03"])
        .why("a client that is sent away has to know where to")
        .talk(redirect),
        may("7644-3.11-direct", "A service provider MAY process the SCIM request directly")
            .rows(&["7644-3.11-04"])
            .why("a success without the resource tells a client nothing about itself")
            .talk(async |s| {
                let answer = direct(&s).await?;
                answer.expect_status(&[200])?.expect_present("/id")?;
                answer.expect_present("/schemas")?;
                Ok(())
            }),
        must(
            "7644-3.11-location",
            "In any response, the HTTP \"Location\" header MUST be the permanent location of the aliased resource associated with the authenticated \
             subject",
        )
        .rows(&["7644-3.11-05"])
        .why("a client that keeps `/Me` as a location means another resource as soon as it uses another credential")
        .talk(location),
    ]
}

async fn not_implemented(s: Session) -> Outcome {
    let answer = s.get("/Me").await?;
    if matches!(answer.status, 200..=399 | 401 | 403) {
        return Ok(());
    }
    if answer.status == 404 {
        // A server with the alias may not find anybody behind this credential. It does not say so of a path that no server has.
        let name = s.mark();
        let unknown = s.get(format!("/{name}")).await.or_blocked()?;
        let detail = unknown.at("/detail").as_str().unwrap_or_default().replace(&name, "Me");
        if unknown.status != 404 || detail != answer.at("/detail").as_str().unwrap_or_default() {
            return Err(Stop::Skipped("GET /Me answers 404 in words of its own: the credential may belong to nobody".into()));
        }
        answer.expect_status(&[501]).or_warning()?;
    }
    answer.expect_status(&[501])?;
    Ok(())
}

async fn redirect(s: Session) -> Outcome {
    let answer = s.get("/Me").await?;
    if !(300..400).contains(&answer.status) {
        return Err(Stop::Skipped(format!("GET /Me answers {}, which is no redirect", answer.status)));
    }
    answer.expect_status(&[308])?;
    let location = answer.expect_header("location")?.to_owned();
    s.get(location).await.or_blocked()?.expect_status(&[200])?;
    Ok(())
}

/// The answer of a server that answers itself.
async fn direct(s: &Session) -> Outcome<Answer> {
    let answer = s.get("/Me").await?;
    if answer.is_success() { Ok(answer) } else { Err(Stop::Skipped(format!("GET /Me answers {}", answer.status))) }
}

async fn location(s: Session) -> Outcome {
    let answer = direct(&s).await?;
    let location = answer.expect_header("location")?;
    let is_alias = location.trim_end_matches('/').ends_with("/Me");
    answer.expect(!is_alias, "the location of the resource", format!("the alias: {location}"))?;
    // HTTP has relative locations, too; whether `meta.location` may be one is judged elsewhere.
    if !location.starts_with("http") {
        let id = answer.expect_present("/id").or_blocked()?.as_str().unwrap_or_default();
        answer.expect(location.ends_with(&format!("/{id}")), "the location of the resource", location)?;
        return Ok(());
    }
    let permanent = s.get(location).await.or_blocked()?;
    permanent.expect_status(&[200])?.expect_value("/id", answer.at("/id").clone())?;
    Ok(())
}
