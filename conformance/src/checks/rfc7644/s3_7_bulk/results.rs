//! RFC 7644 §3.7.3: the results of a job.

use serde_json::json;

use super::{code, count, create, created, failed, job, message, result, there, unknown};
use crate::check::{Check, Judged, Outcome, must};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7644-3.7.3-all-results", "The service provider response MUST include the result of all processed operations")
            .rows(&["7644-3.7.3-01"])
            .why("a client does not know what became of an operation")
            .talk(async |s| {
                let kind = s.any_type()?;
                let operations = ["one-of-three", "two-of-three", "three-of-three"].map(|id| create(&kind.endpoint, id, s.valid(&kind, json!({}))));
                count(&job(&s, json!(operations)).await?, 3)
            }),
        must(
            "7644-3.7.3-location-of-failures",
            "A \"location\" attribute that includes the resource's endpoint MUST be returned for all operations except for failed POST operations \
             (which have no location)",
        )
        .rows(&["7644-3.7.3-02"])
        .why("a client cannot tell which of its operations failed: only those that create have a bulkId")
        .talk(location_of_failures),
        must("7644-3.7.3-status", "the HTTP response code that would have been returned if a single HTTP request would have been used")
            .rows(&["7644-3.7.3-03"])
            .why("a client takes a failure for a success, or cannot read the status at all")
            .talk(status),
        must("7644-3.7.3-explanation", "If an error occurred, the status MUST also include … a human-readable explanation of the error")
            .rows(&["7644-3.7.3-04"])
            .why("an administrator cannot tell what to change")
            .talk(explanation),
        must(
            "7644-3.7.3-stops",
            "the service provider will stop processing and return results after one error … HTTP/1.1 200 OK … The response contains the error and any \
             successful results prior to the error",
        )
        .rows(&["7644-3.7.3-05"])
        .why("a client that wants to stop at the first error finds that all the rest was done")
        .talk(stops),
        must(
            "7644-3.7.3-goes-on",
            "If the \"failOnErrors\" attribute is not specified …, the service provider will continue to process all operations",
        )
        .rows(&["7644-3.7.3-06"])
        .why("one bad record keeps all others from being provisioned")
        .talk(async |s| {
            let operations = [unknown(&s, "DELETE")?, unknown(&s, "DELETE")?, unknown(&s, "DELETE")?, unknown(&s, "DELETE")?];
            count(&job(&s, json!(operations)).await?, 4)
        }),
    ]
}

async fn location_of_failures(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let operations =
        json!([unknown(&s, "PUT")?, unknown(&s, "DELETE")?, create(&kind.endpoint, "without-location", json!({ "schemas": [] }))]);
    let job = job(&s, operations).await?;
    for method in ["PUT", "DELETE"] {
        let one = result(&job, method)?;
        failed(&job, one).or_blocked()?;
        let has_location = one["location"].as_str().is_some_and(|location| location.contains(&kind.endpoint));
        job.expect(has_location, format!("the location of the resource with the failed {method}"), format!("it is {one}"))?;
    }
    let post = created(&job, "without-location")?;
    failed(&job, post).or_blocked()?;
    job.expect(post["location"].is_null(), "no location with a failed POST", format!("it is {post}")).or_warning()?;
    Ok(())
}

async fn status(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let (changed, removed) = (s.create(&kind, json!({})).await?, s.create(&kind, json!({})).await?);
    let operations = json!([
        create(&kind.endpoint, "with-status", s.valid(&kind, json!({}))),
        { "method": "PUT", "path": changed.path, "data": s.replacement(&changed, json!({})) },
        { "method": "DELETE", "path": removed.path },
    ]);
    let done = job(&s, operations).await?;
    let unknown = job(&s, json!([unknown(&s, "DELETE")?])).await?;
    for (job, method, expected) in [(&done, "POST", 201), (&done, "PUT", 200), (&done, "DELETE", 204), (&unknown, "DELETE", 404)] {
        let one = result(job, method)?;
        job.expect(code(one) == Some(expected), format!("the status \"{expected}\" for {method}"), format!("it is {}", one["status"]))?;
    }
    let first = &result(&done, "POST")?["status"];
    done.expect(!first.is_number(), "the status as a string", format!("it is {first}"))?;
    // The example of §3.7.2 has an object, against all others.
    done.expect(first.is_string(), "the status as a string", format!("it is {first}")).or_warning()?;
    Ok(())
}

async fn explanation(s: Session) -> Outcome {
    let job = job(&s, json!([unknown(&s, "DELETE")?])).await?;
    let one = result(&job, "DELETE")?;
    failed(&job, one).or_blocked()?;
    let texts = [&one["response"]["detail"], &one["status"]["description"]];
    let is_explained = texts.iter().any(|text| text.as_str().is_some_and(|text| !text.trim().is_empty()));
    job.expect(is_explained, "an explanation in response.detail", format!("it is {one}"))?;
    Ok(())
}

async fn stops(s: Session) -> Outcome {
    let operations = json!([unknown(&s, "DELETE")?, unknown(&s, "DELETE")?, unknown(&s, "DELETE")?]);
    let job = s.ask("POST", "/Bulk").json(message(operations, Some(1))).send().await?;
    there(&job)?.expect_status(&[200])?;
    count(&job, 1)?;
    failed(&job, result(&job, "DELETE")?)
}
