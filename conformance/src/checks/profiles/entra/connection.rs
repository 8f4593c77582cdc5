//! The connection test, URLs and headers, tokens, and how a server says that it is asked too often.

use serde_json::json;

use crate::check::{Check, Judged, Need, Outcome, must, should};
use crate::session::{As, Session};

/// A matching value that nobody has.
const NOBODY: &str = "6f1c2a0e-5a5e-4c1b-9d0a-3f3b1f0c7a11";

/// A token as Entra issues it, of a tenant that no server trusts, with the audience that all non-gallery applications of the world share.
/// Its signature is none.
const FOREIGN: &str = concat!(
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImFub3RoZXIifQ.",
    "eyJpc3MiOiJodHRwczovL3N0cy53aW5kb3dzLm5ldC85OTk5OTk5OS04ODg4LTc3NzctNjY2Ni01NTU1NTU1NTU1NTUvIiwi",
    "YXVkIjoiOGFkZjhlNmUtNjdiMi00Y2YyLWEyNTktZTNkYzU0NzZjNjIxIiwiZXhwIjo0MTAyNDQ0ODAwfQ.",
    "bm90IGEgc2lnbmF0dXJlbm90IGEgc2lnbmF0dXJlbm90IGEgc2lnbmF0dXJlbm90IGEgc2lnbmF0dXJl",
);

/// How many requests are sent at once where a server may find them too many: what the gallery asks for in one second.
const IN_ONE_SECOND: usize = 25;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("entra-probe-users", "Microsoft documents: a query for a user that does not exist is answered with 200 and an empty list")
            .rows(&["ENTRA-01"])
            .needs(&[Need::Filter])
            .why("the connection test fails, and a running job goes into quarantine")
            .talk(probe_users),
        must("entra-probe-groups", "Seen in public issues: the connection test also queries for a group that does not exist")
            .rows(&["ENTRA-02"])
            .needs(&[Need::Filter])
            .why("the connection test says that the service is incompatible, also where only users are to be provisioned")
            .talk(probe_groups),
        must("entra-trailing-slash", "Microsoft documents: the reference collection asks for /Users/?filter=…")
            .rows(&["ENTRA-06"])
            .why("an administrator types the URL with a slash at its end, and a redirect loses the body of a request")
            .talk(trailing_slash),
        should("entra-doubled-slash", "Inferred: the tenant URL is typed with a slash at its end, and /Users is appended")
            .rows(&["ENTRA-06"])
            .why("the administrator sees 404 and does not see why")
            .talk(doubled_slash),
        must("entra-unknown-parameter", "Microsoft documents: flags such as aadOptscim062020 are appended to the tenant URL as a query")
            .rows(&["ENTRA-07"])
            .needs(&[Need::Filter])
            .why("every request of a job with such a flag fails")
            .talk(unknown_parameter),
        must("entra-request-charset", "Microsoft's validator: requests have the Content-Type application/scim+json; charset=utf-8")
            .rows(&["ENTRA-18"])
            .why("nothing can be created or changed")
            .talk(async |s| posted_as(s, "application/scim+json; charset=utf-8").await),
        should("entra-request-json", "Inferred: a request may have the Content-Type application/json")
            .rows(&["ENTRA-18"])
            .why("these requests fail")
            .talk(async |s| posted_as(s, "application/json").await),
        must("entra-answer-media-type", "Microsoft documents: every answer has the Content-Type application/scim+json")
            .rows(&["ENTRA-18"])
            .why("the validator gives up at the first answer with another one")
            .talk(answer_media_type),
        must("entra-unauthorised", "Microsoft documents: a wrong token is answered with 401")
            .rows(&["ENTRA-102"])
            .why("the administrator is told of an incompatible service instead of a wrong token")
            .talk(unauthorised),
        must(
            "entra-token-of-another-tenant",
            "Microsoft documents: the audience of non-gallery applications is the same in all tenants; the issuer names the tenant",
        )
        .rows(&["ENTRA-103"])
        .why("whoever has a tenant of his own at Microsoft gets into that of another")
        .talk(token_of_another_tenant),
        must(
            "entra-retry-after",
            "Microsoft documents (an answer of its support): the job pauses for Retry-After, in whole seconds, after 429",
        )
        .rows(&["ENTRA-104"])
        .needs(&[Need::Limits])
        .why("the job is taken for broken instead of for too fast")
        .talk(retry_after),
    ]
}

async fn probe_users(s: Session) -> Outcome {
    let list = s.query("/Users", &[("filter", &format!("userName eq \"{NOBODY}\""))]).await?;
    let found = list.expect_list()?.total;
    list.expect(found == 0, "no user", format!("totalResults {found}"))?;
    list.expect(list.at("/Resources").is_array(), "`Resources` as an empty array", "none").or_warning()?;
    Ok(())
}

async fn probe_groups(s: Session) -> Outcome {
    let parameters = [("excludedAttributes", "members"), ("filter", &format!("displayName eq \"{NOBODY}\""))];
    let list = s.query("/Groups", &parameters).await?;
    let is_empty = list.expect_list().and_then(|found| list.expect(found.total == 0, "no group", format!("totalResults {}", found.total)));
    match s.model().kind("Group") {
        Some(_) => is_empty?,
        // A server without groups may say so.
        None => is_empty.or_warning()?,
    };
    Ok(())
}

async fn trailing_slash(s: Session) -> Outcome {
    let user = s.user(json!({ "displayName": "Before" })).await?;
    s.get(format!("{}/", user.kind.endpoint)).await?.expect_list()?;
    let slashed = format!("{}/", user.path);
    s.get(&slashed).await?.expect_status(&[200])?.expect_value("/id", user.id.as_str())?;
    if s.model().supports("patch").is_ok() {
        let operations = json!([{ "op": "replace", "path": "displayName", "value": "After" }]);
        s.ask("PATCH", &slashed).patch(operations).send().await?.expect_status(&[200, 204])?;
        s.current(&user).await?.expect_value("/displayName", "After")?;
    }
    Ok(())
}

async fn doubled_slash(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    s.get(format!("/{}", user.path)).await?.expect_status(&[200])?.expect_value("/id", user.id.as_str())?;
    Ok(())
}

async fn unknown_parameter(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    let filter = format!("userName eq {}", user.body["userName"]);
    let list = s.query(&user.kind.endpoint, &[("aadOptscim062020", "true"), ("filter", &filter)]).await?;
    let found = list.expect_list()?;
    list.expect(found.ids() == [user.id.as_str()], "the user, as without the flag", format!("{:?}", found.ids()))?;
    Ok(())
}

async fn posted_as(s: Session, media_type: &str) -> Outcome {
    let kind = s.kind("User")?;
    s.ask("POST", &kind.endpoint).header("Content-Type", media_type).json(s.valid(&kind, json!({}))).send().await?.expect_status(&[201])?;
    Ok(())
}

async fn answer_media_type(s: Session) -> Outcome {
    let kind = s.kind("User")?;
    let created = s.post(&kind.endpoint, s.valid(&kind, json!({}))).await?;
    created.expect_status(&[201]).or_blocked()?.expect_scim_json()?;
    s.get(format!("{}?count=1", kind.endpoint)).await?.expect_status(&[200]).or_blocked()?.expect_scim_json()?;
    Ok(())
}

async fn unauthorised(s: Session) -> Outcome {
    let refused = s.ask("GET", "/Users").credential(As::Wrong).send().await?;
    refused.expect_status(&[401])?;
    refused.expect_error_message()?;
    let scheme = refused.expect_header("www-authenticate").or_warning()?;
    refused.expect(scheme.to_ascii_lowercase().starts_with("bearer"), "the scheme Bearer", format!("`{scheme}`")).or_warning()?;
    Ok(())
}

async fn token_of_another_tenant(s: Session) -> Outcome {
    let ask = s.ask("GET", "/Users").credential(As::None).header("Authorization", &format!("Bearer {FOREIGN}"));
    ask.send().await?.expect_status(&[401])?;
    Ok(())
}

/// An answer 429 that says how long to wait is waited out before a check sees it: what is seen here says it not, or in another way.
async fn retry_after(s: Session) -> Outcome {
    let asks = (0..IN_ONE_SECOND).map(|_| s.ask("GET", "/Users?count=1")).collect();
    for answer in s.at_once(asks).await? {
        if answer.status == 429 {
            let wait = answer.expect_header("retry-after")?;
            answer.expect(wait.trim().parse::<u32>().is_ok(), "Retry-After in whole seconds", format!("`{wait}`"))?;
        }
    }
    Ok(())
}
