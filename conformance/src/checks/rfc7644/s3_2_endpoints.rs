//! RFC 7644 §3.2: endpoints and HTTP methods.

use serde_json::{Value, json};

use crate::check::{Check, Finding, Judged, Outcome, Stop, must, records, should};
use crate::session::{Answer, Session, resource_path};

pub(super) fn checks() -> Vec<Check> {
    vec![
        records(
            "7644-3.2-plural-endpoints",
            "Service providers that support extended resources SHOULD define resource endpoints using the convention of pluralizing the resource name …, \
             by appending an 's'",
        )
        .rows(&["7644-3.2-01"])
        .talk(plural_endpoints),
        must("7644-3.2-get", "GET: Retrieves one or more complete or partial resources")
            .rows(&["7644-3.2-03"])
            .why("a client that needs two attributes is sent all, or nothing")
            .talk(get),
        must(
            "7644-3.2-post",
            "POST: Depending on the endpoint, creates new resources, creates a search request, or MAY be used to bulk-modify resources",
        )
        .rows(&["7644-3.2-04"])
        .why("a client cannot create anything")
        .talk(post),
        must("7644-3.2-methods", "Table 2: Defined Endpoints")
            .rows(&[
                "7644-3.2-08",
                "7644-3.2-09",
                "7644-3.2-10",
                "7644-3.2-11",
                "7644-3.2-12",
                "7644-3.2-13",
                "7644-3.2-14",
                "7644-3.2-15",
            ])
            .why("a client that uses a method where it is not defined must not be told of success")
            .talk(methods),
        must("7644-3.2-json", "Responses are returned in the body of the HTTP response, formatted as JSON")
            .rows(&["7644-3.2-16"])
            .why("a client cannot read the answer")
            .at_the_end()
            .talk(async |s| every_body_is_json(&s)),
        should(
            "7644-3.2-error-status",
            "Error status codes SHOULD be transmitted via the HTTP status code of the response (if possible) and SHOULD also be specified in the body",
        )
        .rows(&["7644-3.2-17"])
        .why("HTTP libraries take an error with another HTTP status for a success")
        .talk(error_status),
    ]
}

async fn plural_endpoints(s: Session) -> Outcome {
    let types = s.get("/ResourceTypes").await.or_blocked()?.expect_list().or_blocked()?.resources;
    for kind in types {
        let (name, endpoint) = (kind["name"].as_str().unwrap_or_default(), kind["endpoint"].as_str().unwrap_or_default());
        let is_plural = endpoint.trim_matches('/').eq_ignore_ascii_case(&format!("{name}s"));
        s.note(format!("the endpoint of {name} is {endpoint}, which is {}its name with an s", if is_plural { "" } else { "not " }));
    }
    Ok(())
}

async fn get(s: Session) -> Outcome {
    let (kind, first, second) = s.two_free_texts()?;
    let mut both = first.with("in part");
    second.put(&mut both, "left out");
    let resource = s.create(&kind, both).await?;
    let whole = s.read(&resource).await?;
    whole.expect_status(&[200])?.expect_value(&second.pointer(), "left out").or_blocked()?;
    let part = s.query(&resource.path, &[("attributes", &first.path())]).await?;
    part.expect_status(&[200])?.expect_value(&first.pointer(), "in part")?.expect_absent(&second.pointer())?;
    s.get(format!("{}?count=1", kind.endpoint)).await?.expect_list()?;
    Ok(())
}

async fn post(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    s.post(&kind.endpoint, s.valid(&kind, text.with("created with POST"))).await?.expect_success()?;
    let search = s.search(&kind.endpoint, json!({ "count": 1 })).await?;
    // A server without `.search` has the checks of §3.4.3 against it.
    if search.is_success() {
        search.expect_list()?;
    }
    if s.model().supports("bulk").is_ok() {
        let operation = json!({ "method": "DELETE", "path": format!("{}/{}", kind.endpoint, s.mark()) });
        match s.bulk(json!([operation])).await {
            Err(Stop::Skipped(_)) => {}
            bulk => is_there(&bulk?)?,
        }
    }
    Ok(())
}

async fn methods(s: Session) -> Outcome {
    for (row, name) in [("7644-3.2-08", "User"), ("7644-3.2-09", "Group")] {
        s.row(row, of_type(&s, name).await);
    }
    s.row("7644-3.2-10", me(&s).await);
    for (row, path) in [("7644-3.2-11", "/ServiceProviderConfig"), ("7644-3.2-12", "/ResourceTypes"), ("7644-3.2-13", "/Schemas")] {
        s.row(row, of_discovery(&s, path).await);
    }
    s.row("7644-3.2-14", of_bulk(&s).await);
    s.row("7644-3.2-15", of_search(&s).await);
    Ok(())
}

/// The method is defined there: whatever the answer, it is not that there is no such thing.
fn is_there(answer: &Answer) -> Outcome {
    let is_there = !matches!(answer.status, 404 | 405 | 501);
    let sent = &answer.exchange.sent;
    answer.expect(is_there, format!("{} {} to be there", sent.method, sent.path), format!("status {}", answer.status))?;
    Ok(())
}

/// The method is not defined there: nothing is told of success. 405 is the status for it (RFC 9110 §9.1), where the client may ask at all.
fn is_not_there(answer: &Answer) -> Outcome {
    answer.expect_refusal()?;
    answer.expect_status(&[405, 501, 401, 403]).or_warning()?;
    Ok(())
}

async fn of_type(s: &Session, name: &str) -> Outcome {
    let kind = s.kind(name)?;
    let listed = s.get(format!("{}?count=1", kind.endpoint)).await?;
    if listed.status == 404 && s.model().assumed.iter().any(|what| what.starts_with("/ResourceTypes")) {
        return Err(Stop::Skipped(format!("the server does not tell its types, and {} answers 404", kind.endpoint)));
    }
    is_there(&listed)?;
    let resource = s.create(&kind, json!({})).await?;
    is_there(&s.read(&resource).await?)?;
    is_there(&s.put(&resource, resource.body.clone()).await?)?;
    if s.model().supports("patch").is_ok() {
        match s.patch(&resource, json!([{ "op": "replace", "path": "externalId", "value": s.mark() }])).await {
            Err(Stop::Skipped(_)) => {}
            patched => is_there(&patched?)?,
        }
    }
    // Nothing is sent that could change what others have made: DELETE of all users, for one.
    let not_defined = s.ask("POST", &resource.path).json(s.valid(&kind, json!({}))).send().await?;
    is_there(&s.delete(&resource).await?)?;
    is_not_there(&not_defined)
}

async fn me(s: &Session) -> Outcome {
    let answer = s.get("/Me").await?;
    if matches!(answer.status, 404 | 501) {
        return Err(Stop::Skipped(format!("GET /Me answers {}", answer.status)));
    }
    is_there(&answer)
}

async fn of_discovery(s: &Session, path: &str) -> Outcome {
    is_there(&s.get(path).await?)?;
    is_not_there(&s.post(path, json!({})).await?)
}

async fn of_bulk(s: &Session) -> Outcome {
    if let Err(reason) = s.model().supports("bulk") {
        return Err(Stop::Skipped(reason));
    }
    let kind = s.any_type()?;
    is_there(&s.bulk(json!([{ "method": "DELETE", "path": format!("{}/{}", kind.endpoint, s.mark()) }])).await?)?;
    is_not_there(&s.get("/Bulk").await?)
}

async fn of_search(s: &Session) -> Outcome {
    let kind = s.any_type()?;
    let answer = s.search(&kind.endpoint, json!({ "count": 1 })).await?;
    if matches!(answer.status, 404 | 405 | 501) {
        return Err(Stop::Skipped(format!("POST {}/.search answers {}", kind.endpoint, answer.status)));
    }
    is_there(&answer)?;
    is_not_there(&s.ask("PUT", format!("{}/.search", kind.endpoint)).json(json!({})).send().await?)
}

fn every_body_is_json(s: &Session) -> Outcome {
    let mut seen = 0;
    for exchange in s.earlier() {
        let Ok(came) = &exchange.came else { continue };
        // Errors have a check of their own, and of a long body only the beginning is kept.
        if came.status >= 300 || came.body.is_empty() || came.body.ends_with('…') || exchange.sent.method == "HEAD" {
            continue;
        }
        seen += 1;
        if serde_json::from_str::<Value>(&came.body).is_err() {
            let finding = Finding {
                expected: "a body of JSON".into(),
                came: format!("another one, to {} {}", exchange.sent.method, exchange.sent.path),
                exchange: Some(exchange.clone()),
                warning: false,
            };
            return Err(Stop::Failed(Box::new(finding)));
        }
    }
    if seen == 0 { Err(Stop::Skipped("no check of this run has got a body".into())) } else { Ok(()) }
}

async fn error_status(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let answer = s.get(resource_path(&kind.endpoint, &format!("{}-nothing", s.mark()))).await?;
    answer.expect_refusal()?;
    let in_body = answer.at("/status").to_string();
    let repeats = in_body.trim_matches('"') == answer.status.to_string();
    answer.expect(repeats, format!("status {} in the body, too", answer.status), format!("it is {in_body}"))?;
    Ok(())
}
