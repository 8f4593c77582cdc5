//! RFC 7644 §3.12: HTTP statuses and error messages.

use serde_json::{Value, json};

use crate::check::{Check, Judged, Need, Outcome, Stop, may, must, should};
use crate::session::{Answer, As, Kind, Session};
use crate::target::Exchange;

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The keywords of Table 9, and those that RFC 9865 §2.1 adds.
const SCIM_TYPES: &[&str] = &[
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
    "invalidVers",
    "sensitive",
    "invalidCursor",
    "expiredCursor",
    "invalidCount",
];

pub(super) fn checks() -> Vec<Check> {
    let mut checks = every_error();
    checks.extend(statuses());
    checks.extend(keywords());
    checks
}

/// What holds for every error of the whole run.
fn every_error() -> Vec<Check> {
    vec![
        must("7644-3.12-json-body", "implementers MUST return the errors in the body of the response in a JSON format")
            .rows(&["7644-3.12-01"])
            .why("a client that looks for the reason of a failure finds none")
            .at_the_end()
            .talk(async |s| every(&s, "a JSON object as the body", |_, body| body.is_some_and(Value::is_object))),
        must(
            "7644-3.12-schemas",
            "Error responses are identified using the following \"schema\" URI: \"urn:ietf:params:scim:api:messages:2.0:Error\"",
        )
        .rows(&["7644-3.12-02"])
        .why("a client tells an error from a resource by it")
        .at_the_end()
        .talk(async |s| {
            every_body(&s, "schemas with the URN of errors", |_, body| {
                body["schemas"].as_array().is_some_and(|all| all.iter().any(|urn| urn == ERROR))
            })
        }),
        must("7644-3.12-status-string", "status: The HTTP status code … expressed as a JSON string. REQUIRED.")
            .rows(&["7644-3.12-03"])
            .why("a typed client cannot read a message whose status is a number")
            .at_the_end()
            .talk(async |s| {
                every_body(&s, "`status` as a string that repeats the HTTP status", |status, body| {
                    body["status"].as_str() == Some(status.to_string().as_str())
                })
            }),
        must("7644-3.12-scim-type", "scimType: A SCIM detail error keyword. See Table 9. OPTIONAL.")
            .rows(&["7644-3.12-04"])
            .why("a client cannot act on a word that no table has")
            .at_the_end()
            .talk(async |s| {
                every_body(&s, "no `scimType`, or one of Table 9", |_, body| match &body["scimType"] {
                    Value::Null => true,
                    found => found.as_str().is_some_and(|found| SCIM_TYPES.contains(&found)),
                })
            }),
        must("7644-3.12-detail", "detail: A detailed human-readable message. OPTIONAL.")
            .rows(&["7644-3.12-05"])
            .why("a client that shows the message to its administrator cannot show an object")
            .at_the_end()
            .talk(async |s| every_body(&s, "no `detail`, or a string", |_, body| body["detail"].is_null() || body["detail"].is_string())),
        must(
            "7644-3.12-media-type",
            "messages that convey … errors … To identify this content, SCIM uses a media type of \"application/scim+json\" (§3.1)",
        )
        .rows(&["7644-3.12-28"])
        .why("a client that reads bodies by their type does not read the reason of a failure")
        .at_the_end()
        .talk(async |s| {
            every_error_of(&s, "the Content-Type application/scim+json", |exchange, _| {
                let media_type = exchange.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
                media_type.trim().eq_ignore_ascii_case("application/scim+json")
            })
        }),
        may(
            "7644-3.12-permanent-redirect",
            "308: The client SHOULD use the location provided in the response as the permanent reference to the resource",
        )
        .rows(&["7644-3.12-07"])
        .why("a client that is sent away has to know where to")
        .at_the_end()
        .talk(permanent_redirect),
    ]
}

/// Table 8.
fn statuses() -> Vec<Check> {
    vec![
        should("7644-3.12-bad-request", "400: Request is unparsable, syntactically incorrect, or violates schema")
            .rows(&["7644-3.12-08"])
            .talk(async |s| {
                let kind = s.any_type()?;
                s.ask("POST", &kind.endpoint).text("{\"schemas\":").send().await?.expect_status(&[400])?;
                Ok(())
            }),
        should("7644-3.12-unauthorized", "401: The authorization header is invalid or missing")
            .rows(&["7644-3.12-09"])
            .why("a client renews its token only after a 401")
            .talk(async |s| {
                let kind = s.any_type()?;
                for credential in [As::None, As::Wrong] {
                    s.ask("GET", format!("{}?count=1", kind.endpoint)).credential(credential).send().await?.expect_status(&[401])?;
                }
                Ok(())
            }),
        should("7644-3.12-forbidden", "403: Operation is not permitted based on the supplied authorization")
            .rows(&["7644-3.12-10"])
            .needs(&[Need::ReadOnlyToken])
            .talk(async |s| {
                let kind = s.any_type()?;
                let body = s.valid(&kind, json!({}));
                s.ask("POST", &kind.endpoint).credential(As::ReadOnly).json(body).send().await?.expect_status(&[403])?;
                Ok(())
            }),
        should("7644-3.12-not-found", "404: Specified resource (e.g., User) or endpoint does not exist")
            .rows(&["7644-3.12-11"])
            .why("a client that takes another status for a failure of the server tries again without end")
            .talk(async |s| {
                let kind = s.any_type()?;
                s.get(format!("{}/{}", kind.endpoint, s.mark())).await?.expect_status(&[404])?;
                s.get(format!("/{}", s.mark())).await?.expect_status(&[404])?;
                Ok(())
            }),
        should("7644-3.12-conflict", "409: … a service provider refused to create a new, duplicate resource").rows(&["7644-3.12-12"]).talk(
            async |s| {
                duplicate(&s).await?.expect_status(&[409])?;
                Ok(())
            },
        ),
        should("7644-3.12-precondition-failed", "412: Failed to update. Resource has changed on the server.")
            .rows(&["7644-3.12-13"])
            .needs(&[Need::Etag])
            .why("a client that is not told overwrites what somebody else has changed")
            .talk(precondition_failed),
        should("7644-3.12-payload-too-large", "413: {\"maxOperations\": 1000,\"maxPayloadSize\": 1048576}")
            .rows(&["7644-3.12-14"])
            .needs(&[Need::Bulk])
            .why("a client cuts a job into smaller ones only after a 413")
            .talk(payload_too_large),
        should("7644-3.12-not-implemented", "501: Service provider does not support the request operation, e.g., PATCH")
            .rows(&["7644-3.12-16"])
            .why("a client that is told 400 believes that its request was wrong")
            .talk(not_implemented),
    ]
}

/// Table 9.
fn keywords() -> Vec<Check> {
    vec![
        must("7644-3.12-invalid-filter", "invalidFilter: The specified filter syntax was invalid")
            .rows(&["7644-3.12-17"])
            .needs(&[Need::Filter])
            .talk(async |s| {
                let kind = s.any_type()?;
                s.query(&kind.endpoint, &[("filter", "id xx \"y\"")]).await?.expect_error(400, "invalidFilter")?;
                Ok(())
            }),
        must("7644-3.12-uniqueness", "uniqueness: One or more of the attribute values are already in use or are reserved")
            .rows(&["7644-3.12-19"])
            .talk(async |s| {
                duplicate(&s).await?.expect_value("/scimType", "uniqueness")?;
                Ok(())
            }),
        must("7644-3.12-mutability", "mutability: The attempted modification is not compatible with the target attribute's mutability")
            .rows(&["7644-3.12-20"])
            .needs(&[Need::Patch])
            .talk(mutability),
        must("7644-3.12-invalid-syntax", "invalidSyntax: The request body message structure was invalid").rows(&["7644-3.12-21"]).talk(
            async |s| {
                let kind = s.any_type()?;
                let answer = s.ask("POST", &kind.endpoint).text("[]").send().await?;
                refused_as(&answer, &[(400, "invalidSyntax")])
            },
        ),
        must("7644-3.12-invalid-path", "invalidPath: The \"path\" attribute was invalid or malformed (see Figure 7)")
            .rows(&["7644-3.12-22"])
            .needs(&[Need::Patch])
            .talk(invalid_path),
        must(
            "7644-3.12-invalid-value",
            "invalidValue: A required value was missing, or the value specified was not compatible with the … attribute type",
        )
        .rows(&["7644-3.12-24"])
        .talk(invalid_value),
        must("7644-3.12-invalid-version", "invalidVers: The specified SCIM protocol version is not supported")
            .rows(&["7644-3.12-25"])
            .talk(async |s| {
                let kind = s.any_type()?;
                // §3.13 puts the version into the base URL; below a base that has none, such a path is merely unknown.
                s.get(format!("/v9{}", kind.endpoint)).await?.expect_one_error(&[(400, "invalidVers"), (404, "")])?;
                Ok(())
            }),
        may("7644-3.12-keywords-in-bulk", "the information in the Applicability column … MAY apply within a SCIM bulk operation")
            .rows(&["7644-3.12-27"])
            .needs(&[Need::Bulk])
            .talk(keywords_in_bulk),
        must("7644-3.12-malformed-json", "invalidSyntax: The request body message structure was invalid")
            .rows(&["7644-3.12-29"])
            .why("a message that was cut off must not be taken for a whole one, wherever it is sent")
            .talk(async |s| refused_everywhere(&s, &["{"]).await),
        must("7644-3.12-not-an-object", "invalidSyntax: The request body message structure was invalid").rows(&["7644-3.12-30"]).talk(
            async |s| {
                let kind = s.any_type()?;
                for text in ["[]", "\"x\"", "5", "null"] {
                    let answer = s.ask("POST", &kind.endpoint).text(text).send().await?;
                    refused_as(&answer, &[(400, "invalidSyntax")])?;
                }
                Ok(())
            },
        ),
        must(
            "7644-3.12-wrong-type",
            "invalidValue: … the value specified was not compatible with the operation or attribute type (see Section 2.2 of [RFC7643])",
        )
        .rows(&["7644-3.12-31"])
        .why("a value of another type comes back as something that the client has not sent")
        .talk(wrong_type),
    ]
}

/// Every error of the run has that. An answer to HEAD has no body, and is left out.
fn every_error_of(s: &Session, expected: &str, holds: impl Fn(&Exchange, Option<&Value>) -> bool) -> Outcome {
    let mut seen = 0;
    for exchange in s.earlier() {
        let Ok(came) = &exchange.came else { continue };
        if came.status < 400 || exchange.sent.method == "HEAD" {
            continue;
        }
        seen += 1;
        let body: Option<Value> = serde_json::from_str(&came.body).ok();
        if !holds(exchange, body.as_ref()) {
            let body = if came.body.is_empty() { "no body" } else { "another one" };
            let finding = crate::check::Finding {
                expected: format!("{expected} (an error {})", came.status),
                came: format!("{body}, to {} {}", exchange.sent.method, exchange.sent.path),
                exchange: Some(exchange.clone()),
                warning: false,
            };
            return Err(Stop::Failed(Box::new(finding)));
        }
    }
    if seen == 0 { Err(Stop::Skipped("no check of this run has met an error".into())) } else { Ok(()) }
}

fn every(s: &Session, expected: &str, holds: impl Fn(u16, Option<&Value>) -> bool) -> Outcome {
    every_error_of(s, expected, |exchange, body| exchange.came.as_ref().is_ok_and(|came| holds(came.status, body)))
}

/// Every error whose body is a JSON object has that; the others have a check of their own.
fn every_body(s: &Session, expected: &str, holds: impl Fn(u16, &Value) -> bool) -> Outcome {
    every(s, expected, |status, body| body.filter(|body| body.is_object()).is_none_or(|body| holds(status, body)))
}

/// It is refused. With which status is a SHOULD (Table 8), and `scimType` is OPTIONAL: only some sections demand their keywords of Table 9.
fn refused_as(answer: &Answer, keywords: &[(u16, &str)]) -> Outcome {
    answer.expect_refusal()?;
    answer.expect_one_error(keywords).or_warning()?;
    Ok(())
}

async fn permanent_redirect(s: Session) -> Outcome {
    let mut redirects = s.earlier().iter().filter(|exchange| exchange.came.as_ref().is_ok_and(|came| came.status == 308)).peekable();
    if redirects.peek().is_none() {
        return Err(Stop::Skipped("the server has sent no 308".into()));
    }
    let without = redirects.find(|exchange| exchange.header("location").is_none());
    s.expect(without.is_none(), "the header `Location` with every 308", "a 308 without it")
}

/// The answer to the creation of something that exists already.
async fn duplicate(s: &Session) -> Outcome<Answer> {
    let user = s.user(json!({})).await?;
    let again = user.kind.attribute("userName").map(|_| user.body["userName"].clone()).unwrap_or_default();
    s.post(&user.kind.endpoint, s.valid(&user.kind, json!({ "userName": again }))).await
}

async fn precondition_failed(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    let Some(etag) = resource.etag.clone() else {
        return s.expect(false, "an entity tag with the new resource", "none").or_blocked();
    };
    let changed = s.valid(&kind, text.with("between"));
    s.put(&resource, changed.clone()).await?.expect_success().or_blocked()?;
    let stale = s.ask("PUT", &resource.path).header("If-Match", &etag).json(changed).send().await?;
    // Table 8 lists a version that does not match under 409, too.
    if stale.status == 409 {
        stale.expect_status(&[412]).or_warning()?;
    }
    stale.expect_status(&[412])?;
    Ok(())
}

async fn payload_too_large(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let most = s.model().config["bulk"]["maxOperations"].as_u64().unwrap_or(1000);
    if most > 5_000 {
        return Err(Stop::Skipped(format!("bulk.maxOperations is {most}: more would be a probe of its limits")));
    }
    // Removing what does not exist changes nothing, should the server carry it out.
    let path = format!("{}/{}", kind.endpoint, s.mark());
    let operations = vec![json!({ "method": "DELETE", "path": path }); usize::try_from(most).unwrap_or(0) + 1];
    s.bulk(operations.into()).await?.expect_status(&[413])?;
    Ok(())
}

async fn not_implemented(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let mut asked = false;
    if s.model().supports("patch").is_err() {
        let resource = s.create(&kind, json!({})).await?;
        let operations = json!([{ "op": "replace", "value": { "externalId": "x" } }]);
        asked = true;
        s.patch(&resource, operations).await?.expect_status(&[501])?;
    }
    if s.model().supports("bulk").is_err() {
        asked = true;
        s.bulk(json!([{ "method": "DELETE", "path": format!("{}/{}", kind.endpoint, s.mark()) }])).await?.expect_status(&[501])?;
    }
    if s.model().me != 200 && s.model().me != 404 {
        asked = true;
        s.get("/Me").await?.expect_status(&[501])?;
    }
    if asked { Ok(()) } else { Err(Stop::Skipped("the server supports PATCH, bulk and /Me".into())) }
}

async fn mutability(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let resource = s.create(&kind, json!({})).await?;
    let operations = json!([{ "op": "replace", "path": "id", "value": s.mark() }]);
    let answer = s.patch(&resource, operations).await?;
    // A success that has changed nothing ignores what it should refuse.
    if answer.is_success() {
        s.current(&resource).await?.expect_value("/id", resource.id.as_str())?;
        answer.expect_error(400, "mutability").or_warning()?;
    }
    refused_as(&answer, &[(400, "mutability")])
}

async fn invalid_path(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let resource = s.create(&kind, json!({})).await?;
    for path in ["a b", "emails[", "name."] {
        let answer = s.patch(&resource, json!([{ "op": "replace", "path": path, "value": "x" }])).await?;
        // A filter in a broken path may be what is broken.
        refused_as(&answer, &[(400, "invalidPath"), (400, "invalidFilter")])?;
    }
    Ok(())
}

async fn invalid_value(s: Session) -> Outcome {
    let (kind, required) = s.find("a required attribute", |attribute| attribute.required && attribute.is_writable())?;
    let mut body = s.valid(&kind, json!({}));
    required.take(&mut body);
    let answer = s.post(&kind.endpoint, body).await?;
    refused_as(&answer, &[(400, "invalidValue")])
}

async fn keywords_in_bulk(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    let data = s.valid(&user.kind, json!({ "userName": user.body["userName"] }));
    let answer = s.bulk(json!([{ "method": "POST", "path": user.kind.endpoint, "bulkId": "again", "data": data }])).await?;
    answer.expect_status(&[200]).or_blocked()?;
    answer.expect_value("/Operations/0/response/scimType", "uniqueness")?;
    Ok(())
}

/// Sends these texts wherever a message is expected.
async fn refused_everywhere(s: &Session, texts: &[&str]) -> Outcome {
    let kind = s.any_type()?;
    let resource = s.create(&kind, json!({})).await?;
    let mut places = vec![("POST", kind.endpoint.clone()), ("PUT", resource.path.clone())];
    places.extend(s.model().supports("filter").ok().map(|()| ("POST", format!("{}/.search", kind.endpoint))));
    places.extend(s.model().supports("patch").ok().map(|()| ("PATCH", resource.path.clone())));
    places.extend(s.model().supports("bulk").ok().map(|()| ("POST", "/Bulk".to_owned())));
    for (method, path) in places {
        for text in texts {
            let answer = s.ask(method, &path).text(*text).send().await?;
            // `.search` is optional where queries by GET suffice.
            if path.ends_with("/.search") && matches!(answer.status, 404 | 501) {
                continue;
            }
            refused_as(&answer, &[(400, "invalidSyntax")])?;
        }
    }
    Ok(())
}

async fn wrong_type(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let mut asked = 0;
    for found in kind.attributes().filter(|found| found.attribute.is_read_write()).take(40) {
        let wrong = match Kind::of_attribute(&found.attribute) {
            Kind::String => json!(5),
            Kind::Boolean => json!(1),
            Kind::Number => json!("x"),
            Kind::Array | Kind::Object => json!("x"),
        };
        let mut body = s.valid(&kind, json!({}));
        found.put(&mut body, wrong);
        asked += 1;
        let answer = s.post(&kind.endpoint, body).await?;
        let refused = refused_as(&answer, &[(400, "invalidValue"), (400, "invalidSyntax")]);
        let stored = answer.at(&found.pointer());
        // §3.3: the server is free to alter what was sent, into what the attribute can hold.
        let is_altered = answer.is_success() && (stored.is_null() || Kind::of_attribute(&found.attribute).is_of(stored));
        if is_altered { refused.or_warning()? } else { refused? }
    }
    if asked == 0 { Err(Stop::Skipped("no attribute can be written".into())) } else { Ok(()) }
}
