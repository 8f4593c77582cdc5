//! Checks of the discovery endpoints (RFC 7644 §4) and of what every answer shares.

use std::pin::Pin;

use serde_json::Value;

use crate::check::{Check, Level, Verdict};
use crate::target::{Answer, Target};

/// The checks, in the order in which they run.
pub(crate) fn checks() -> Vec<Check> {
    vec![
        Check {
            slug: "7644-4-service-provider-config",
            level: Level::Must,
            clause: "An HTTP GET to /ServiceProviderConfig will return a JSON structure that describes the SCIM specification features available",
            conversation: |target| {
                on_body(target, "/ServiceProviderConfig", |body| {
                    let missing: Vec<&str> = ["patch", "bulk", "filter", "changePassword", "sort", "etag", "authenticationSchemes"]
                        .into_iter()
                        .filter(|member| body.get(member).is_none())
                        .collect();
                    expect(missing.is_empty(), || format!("expected all features to be described, missing: {}", missing.join(", ")))
                })
            },
        },
        Check {
            slug: "7644-4-resource-types",
            level: Level::Must,
            clause: "/ResourceTypes: an HTTP GET to this endpoint is used to discover the types of resources available",
            conversation: |target| {
                on_body(target, "/ResourceTypes", |body| {
                    let types = resources(body);
                    let described = !types.is_empty()
                        && types.iter().all(|kind| ["name", "endpoint", "schema"].iter().all(|member| kind[*member].is_string()));
                    expect(described, || "expected a list of types, each with `name`, `endpoint` and `schema`".to_owned())
                })
            },
        },
        Check {
            slug: "7644-4-schemas-of-types",
            level: Level::Must,
            clause: "/Schemas: an HTTP GET to this endpoint is used to retrieve information about resource schemas supported",
            conversation: |target| Box::pin(every_type_has_its_schema(target)),
        },
        Check {
            slug: "7644-4-no-filter-on-discovery",
            level: Level::Should,
            clause: "If a \"filter\" is provided, the service provider SHOULD respond with HTTP status code 403 (Forbidden)",
            conversation: |target| {
                on_answer(target, "/Schemas?filter=id%20pr", |answer| {
                    expect(answer.status.as_u16() == 403, || format!("expected 403, got {}", answer.status.as_u16()))
                })
            },
        },
        Check {
            slug: "7644-3.1-media-type",
            level: Level::Must,
            clause: "Service providers MUST support the \"Accept\" header \"Accept: application/scim+json\" for \"application/scim+json\"",
            conversation: |target| {
                on_answer(target, "/ServiceProviderConfig", |answer| {
                    expect(answer.media_type == "application/scim+json", || {
                        format!("expected application/scim+json, got `{}`", answer.media_type)
                    })
                })
            },
        },
        Check {
            slug: "7644-3.12-unknown-resource",
            level: Level::Must,
            clause: "404: Specified resource (e.g., User) or endpoint does not exist; errors are returned in a body with \"schemas\" and a string \"status\"",
            conversation: |target| {
                on_answer(target, "/Users/scim-conformance-no-such-id", |answer| {
                    let body = answer.body.clone().unwrap_or_default();
                    let error = body["schemas"][0] == "urn:ietf:params:scim:api:messages:2.0:Error" && body["status"] == "404";
                    expect(answer.status.as_u16() == 404 && error, || {
                        format!("expected 404 with an Error message, got {} with {body}", answer.status.as_u16())
                    })
                })
            },
        },
        Check {
            slug: "7644-2-authentication",
            level: Level::Must,
            clause: "The service provider MUST indicate supported authentication schemes via the \"WWW-Authenticate\" header",
            conversation: |target| Box::pin(a_bad_token_is_refused(target)),
        },
    ]
}

async fn every_type_has_its_schema(target: &Target) -> Verdict {
    let (types, schemas) = match (target.get("/ResourceTypes").await, target.get("/Schemas").await) {
        (Ok(types), Ok(schemas)) => (types.body.unwrap_or_default(), schemas.body.unwrap_or_default()),
        (Err(reason), _) | (_, Err(reason)) => return Verdict::Blocked(reason),
    };
    let known: Vec<&str> = resources(&schemas).iter().filter_map(|schema| schema["id"].as_str()).collect();
    let used: Vec<&str> = resources(&types).iter().filter_map(|kind| kind["schema"].as_str()).collect();
    if used.is_empty() {
        return Verdict::Blocked("/ResourceTypes lists no type with a schema".to_owned());
    }
    let missing: Vec<&str> = used.into_iter().filter(|urn| !known.contains(urn)).collect();
    expect(missing.is_empty(), || format!("expected every type's schema at /Schemas, missing: {}", missing.join(", ")))
}

async fn a_bad_token_is_refused(target: &Target) -> Verdict {
    match target.get_with_bad_token("/Users?count=1").await {
        Err(reason) => Verdict::Blocked(reason),
        Ok(answer) => expect(answer.status.as_u16() == 401 && answer.challenge.is_some(), || {
            format!("expected 401 with WWW-Authenticate, got {} with {:?}", answer.status.as_u16(), answer.challenge)
        }),
    }
}

type Pending<'a> = Pin<Box<dyn Future<Output = Verdict> + 'a>>;

/// Judges the answer to one GET.
fn on_answer<'a>(target: &'a Target, path: &'a str, judge: fn(&Answer) -> Verdict) -> Pending<'a> {
    Box::pin(async move {
        match target.get(path).await {
            Ok(answer) => judge(&answer),
            Err(reason) => Verdict::Blocked(reason),
        }
    })
}

/// Judges the JSON that one GET answers with 200.
fn on_body<'a>(target: &'a Target, path: &'a str, judge: fn(&Value) -> Verdict) -> Pending<'a> {
    Box::pin(async move {
        match target.get(path).await {
            Ok(Answer { status, body: Some(body), .. }) if status.as_u16() == 200 => judge(&body),
            Ok(answer) => Verdict::Fail(format!("GET {path}: expected 200 with JSON, got {}", answer.status.as_u16())),
            Err(reason) => Verdict::Blocked(reason),
        }
    })
}

fn expect(holds: bool, reason: impl FnOnce() -> String) -> Verdict {
    if holds { Verdict::Pass } else { Verdict::Fail(reason()) }
}

fn resources(list: &Value) -> &[Value] {
    list["Resources"].as_array().map_or(&[], Vec::as_slice)
}
