//! RFC 7644 §3.9: which attributes an answer returns.

use serde_json::{Value, json};

use crate::check::{Check, Judged, Outcome, Stop, may, must, records};
use crate::checks::population::{put_with_schema, quoted};
use crate::model::Found;
use crate::session::{Answer, Resource, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "7644-3.9-default-set",
            "For any SCIM operation where a resource representation is returned …, the attributes returned are defined as the minimum attribute set plus default attribute set",
        )
        .rows(&["7644-3.9-01"])
        .why("a client that goes on with the answer to a write works with less than it would have read")
        .talk(default_set),
        may("7644-3.9-any-operation", "Clients MAY request a partial resource representation on any operation that returns a resource within the response")
            .rows(&["7644-3.9-02"])
            .why("a client that changes large groups gets all members with every answer")
            .talk(any_operation),
        must("7644-3.9-exclusive", "either of the mutually exclusive URL query parameters \"attributes\" or \"excludedAttributes\"")
            .rows(&["7644-3.9-03"])
            .why("a client that sends both cannot know which one was heard")
            .talk(exclusive),
        must(
            "7644-3.9-attributes",
            "each resource returned MUST contain the minimum set of resource attributes and any attributes or sub-attributes explicitly requested",
        )
        .rows(&["7644-3.9-04"])
        .why("a client cannot tell of which resource the rest is, or gets what it did not want")
        .talk(attributes),
        must("7644-3.9-sub-attributes", "any attributes or sub-attributes explicitly requested by the \"attributes\" parameter")
            .rows(&["7644-3.9-05"])
            .why("a client that asks for the family name gets the whole name, or nothing")
            .talk(sub_attributes),
        must("7644-3.9-comma-separated", "The query parameter attributes value is a comma-separated list of resource attribute names")
            .rows(&["7644-3.9-06"])
            .why("a client that asks for two attributes gets one, or none")
            .talk(comma_separated),
        must(
            "7644-3.9-excluded-minimum",
            "excludedAttributes  When specified, each resource returned MUST contain the minimum set of resource attributes",
        )
        .rows(&["7644-3.9-07"])
        .why("a client cannot tell of which resource the rest is")
        .talk(excluded_minimum),
        must("7644-3.9-excluded", "the default set of attributes minus those attributes listed in \"excludedAttributes\" is returned")
            .rows(&["7644-3.9-08"])
            .why("a client that leaves out members loses more, or gets them all the same")
            .talk(excluded),
        records("7644-3.9-extension", "a comma-separated list of resource attribute names in standard attribute notation (Section 3.10) form")
            .rows(&["7644-3.9-09"])
            .talk(extension),
        records("7644-3.9-unknown-name", "a comma-separated list of resource attribute names in standard attribute notation (Section 3.10) form")
            .rows(&["7644-3.9-10"])
            .talk(unknown_name),
        must("7644-3.9-schemas", "\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"], \"id\":…, \"userName\":\"bjensen\"")
            .rows(&["7644-3.9-11"])
            .why("a client that finds the type of a resource by its schemas cannot read a part of one")
            .talk(schemas),
        must("7644-3.9-never", "each resource returned MUST contain the minimum set of resource attributes and any attributes … explicitly requested")
            .rows(&["7644-3.9-12"])
            .why("whoever may read users reads their passwords")
            .talk(never),
    ]
}

/// A resource with two texts.
struct Two {
    resource: Resource,
    first: Found,
    second: Found,
}

impl Two {
    async fn create(s: &Session) -> Outcome<Self> {
        let (kind, first, second) = s.two_free_texts()?;
        let mut body = first.with(s.mark());
        second.put(&mut body, s.mark());
        Ok(Self { resource: s.create(&kind, body).await?, first, second })
    }

    /// The resource, read with that parameter.
    async fn read(&self, s: &Session, parameter: &str, value: &str) -> Outcome<Answer> {
        let answer = s.query(&self.resource.path, &[(parameter, value)]).await?;
        answer.expect_status(&[200])?;
        Ok(answer)
    }

    /// A body for PUT.
    fn body(&self, s: &Session) -> Value {
        let mut body = self.resource.body.clone();
        self.first.put(&mut body, s.mark());
        self.second.put(&mut body, s.mark());
        body
    }
}

async fn default_set(s: Session) -> Outcome {
    let two = Two::create(&s).await?;
    let endpoint = &two.resource.kind.endpoint;
    let mut answers = vec![s.post(endpoint, s.valid(&two.resource.kind, two.second.with(s.mark()))).await?];
    answers.push(s.put(&two.resource, two.body(&s)).await?);
    if s.model().supports("patch").is_ok() {
        answers.push(s.patch(&two.resource, json!([{ "op": "replace", "path": two.second.path(), "value": s.mark() }])).await?);
    }
    answers.push(s.read(&two.resource).await?);
    for answer in &answers {
        answer.expect_success().or_blocked()?;
        // PATCH may answer without a body, and POST should not.
        if !answer.is_empty() {
            answer.expect_present("/id")?;
            answer.expect_present(&two.second.pointer())?;
        }
    }
    if s.model().supports("filter").is_ok() {
        let filter = format!("id eq {}", quoted(&two.resource.id));
        for answer in [s.query(endpoint, &[("filter", &filter)]).await?, s.search(endpoint, json!({ "filter": filter })).await?] {
            // `.search` has a check of its own.
            if answer.is_success() {
                answer.expect_value("/Resources/0/id", two.resource.id.as_str()).or_blocked()?;
                answer.expect_present(&format!("/Resources/0{}", two.second.pointer()))?;
            }
        }
    }
    Ok(())
}

async fn any_operation(s: Session) -> Outcome {
    let two = Two::create(&s).await?;
    let kind = &two.resource.kind;
    // The whole is what a part is taken of.
    for found in [&two.first, &two.second] {
        let is_shown = two.resource.body.pointer(&found.pointer()).is_some();
        s.expect(is_shown, format!("`{}` in the answer to POST", found.path()), "it is absent").or_blocked()?;
    }
    let mut body = s.valid(kind, two.first.with(s.mark()));
    two.second.put(&mut body, s.mark());
    let name = two.first.path();
    s.put(&two.resource, two.body(&s)).await?.expect_success().or_blocked()?;
    let mut answers = vec![s.ask("POST", &kind.endpoint).query("attributes", &name).json(body).send().await?];
    answers.push(s.ask("PUT", &two.resource.path).query("attributes", &name).json(two.body(&s)).send().await?);
    if s.model().supports("patch").is_ok() {
        let operations = json!([{ "op": "replace", "path": two.second.path(), "value": s.mark() }]);
        s.patched(&two.resource, operations.clone()).await?;
        answers.push(s.ask("PATCH", &two.resource.path).query("attributes", &name).patch(operations).send().await?);
    }
    for answer in answers {
        answer.expect_success()?;
        if !answer.is_empty() {
            answer.expect_present("/id")?;
            answer.expect_present(&two.first.pointer())?;
            answer.expect_absent(&two.second.pointer())?;
        }
    }
    Ok(())
}

async fn exclusive(s: Session) -> Outcome {
    let two = Two::create(&s).await?;
    let parameters = [("attributes", two.first.path()), ("excludedAttributes", two.second.path())];
    let parameters = parameters.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = s.query(&two.resource.path, &parameters).await?;
    if answer.is_success() {
        answer.expect_error(400, "").or_warning()?;
    }
    answer.expect_refusal()?;
    Ok(())
}

async fn attributes(s: Session) -> Outcome {
    let two = Two::create(&s).await?;
    let answer = two.read(&s, "attributes", &two.first.path()).await?;
    answer.expect_value("/id", two.resource.id.as_str())?;
    answer.expect_present(&two.first.pointer())?;
    answer.expect_absent(&two.second.pointer())?;
    Ok(())
}

async fn sub_attributes(s: Session) -> Outcome {
    let (kind, found, first, second) = s.singular_complex()?;
    let resource = s.create(&kind, found.with(json!({ first.as_str(): "x", second.as_str(): "y" }))).await?;
    let answer = s.query(&resource.path, &[("attributes", &format!("{}.{first}", found.path()))]).await?;
    answer.expect_status(&[200])?;
    answer.expect_value(&format!("{}/{first}", found.pointer()), "x")?;
    answer.expect_absent(&format!("{}/{second}", found.pointer()))?;
    Ok(())
}

async fn comma_separated(s: Session) -> Outcome {
    let two = Two::create(&s).await?;
    let answer = two.read(&s, "attributes", &format!("{},{}", two.first.path(), two.second.path())).await?;
    answer.expect_present(&two.first.pointer())?;
    answer.expect_present(&two.second.pointer())?;
    Ok(())
}

async fn excluded_minimum(s: Session) -> Outcome {
    let two = Two::create(&s).await?;
    let answer = two.read(&s, "excludedAttributes", &format!("id,{}", two.first.path())).await?;
    answer.expect_value("/id", two.resource.id.as_str())?;
    answer.expect_absent(&two.first.pointer())?;
    Ok(())
}

async fn excluded(s: Session) -> Outcome {
    let two = Two::create(&s).await?;
    let answer = two.read(&s, "excludedAttributes", &two.first.path()).await?;
    answer.expect_absent(&two.first.pointer())?;
    answer.expect_present(&two.second.pointer())?;
    Ok(())
}

async fn extension(s: Session) -> Outcome {
    let kind = s.any_type()?;
    let Some((found, urn)) =
        kind.attributes().find_map(|found| Some((found.clone(), found.urn.filter(|_| found.attribute.is_free_text())?)))
    else {
        return Err(Stop::Skipped(format!("{} has no extension with a free text", kind.name)));
    };
    let mut body = s.valid(&kind, json!({}));
    put_with_schema(&mut body, &found, &s.mark());
    let resource = s.create_from(&kind, body).await?;
    let answer = s.query(&resource.path, &[("attributes", &urn)]).await?;
    let shown = answer.body.as_ref().is_some_and(|body| body.get(&urn).is_some());
    s.note(match (answer.is_success(), shown) {
        (true, true) => "the URN of an extension in `attributes` stands for all of it".to_owned(),
        (true, false) => "the URN of an extension in `attributes` selects nothing".to_owned(),
        _ => format!("the URN of an extension in `attributes` is answered with status {}", answer.status),
    });
    Ok(())
}

async fn unknown_name(s: Session) -> Outcome {
    let two = Two::create(&s).await?;
    let answer = s.query(&two.resource.path, &[("attributes", "noSuchAttribute")]).await?;
    s.note(format!("an unknown name in `attributes` is answered with status {}", answer.status));
    Ok(())
}

/// An example of §3.4.2 leaves `schemas` out, that of §3.9 has it, and RFC 7643 §3 demands it of all representations.
async fn schemas(s: Session) -> Outcome {
    let two = Two::create(&s).await?;
    let answer = two.read(&s, "attributes", &two.second.path()).await?;
    answer.expect_present("/schemas").or_warning()?;
    Ok(())
}

async fn never(s: Session) -> Outcome {
    let (kind, secret) =
        s.find("an attribute that is never returned", |attribute| attribute.returned == "never" && attribute.is_writable())?;
    let value = format!("Pw-1!{}", s.mark());
    let resource = s.create(&kind, secret.with(value.as_str())).await?;
    for name in [secret.path(), format!("{},id", secret.path())] {
        let answer = s.query(&resource.path, &[("attributes", &name)]).await?;
        answer.expect_absent(&secret.pointer())?;
        let shows = answer.body.as_ref().is_some_and(|body| body.to_string().contains(&value));
        answer.expect(!shows, "an answer without the secret", "the secret")?;
    }
    let list = s.query(&kind.endpoint, &[("attributes", &secret.path()), ("count", "5")]).await?;
    list.expect_no_element("/Resources", "a secret", |resource| resource.pointer(&secret.pointer()).is_some_and(|value| !value.is_null()))?;
    Ok(())
}
