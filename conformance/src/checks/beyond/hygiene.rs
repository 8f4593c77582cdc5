//! Beyond the words of single sections: hidden attributes and clean errors.

use serde_json::{Value, json};

use crate::check::{Check, Need, Outcome, Stop, must, should};
use crate::checks::population::quoted;
use crate::model::Found;
use crate::session::{Answer, Resource, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "beyond-hygiene-no-server-error",
            "a service provider answers whatever a client sends with the client's error, not with its own (RFC 9110 §15.6)",
        )
        .why("a client takes 5xx for a fault that passes, and sends the same request again and again")
        .talk(no_server_error),
        must(
            "beyond-hygiene-no-internals",
            "a detailed human-readable message (RFC 7644 §3.12) is for the client, not for the programmer of the server",
        )
        .why("stack traces and statements of the database tell an attacker where to begin")
        .talk(no_internals),
        must("beyond-hygiene-secret-in-answers", "never  The attribute is never returned (RFC 7643 §7)")
            .why("passwords stand in the logs of clients and of everything between")
            .talk(secret_in_answers),
        must("beyond-hygiene-secret-in-errors", "never  The attribute is never returned (RFC 7643 §7)")
            .why("a password that was refused stands in the logs of clients and of everything between")
            .talk(secret_in_errors),
        should(
            "beyond-hygiene-secret-in-filters",
            "password … is intended to be used as a means to set, replace, or compare (i.e., filter for equality) a password (RFC 7643 §4.1.1)",
        )
        .needs(&[Need::Filter])
        .why("whoever may search for users finds out their passwords, letter by letter")
        .talk(secret_in_filters),
        should(
            "beyond-hygiene-secret-in-combined-filters",
            "password … is intended to be used as a means to set, replace, or compare (i.e., filter for equality) a password (RFC 7643 §4.1.1)",
        )
        .needs(&[Need::Filter])
        .why("whoever may search for users finds out their passwords by a combined filter")
        .talk(secret_combined),
    ]
}

// ---- Odd input ----------------------------------------------------------------------------------------------------------------

/// What no client means: the answers to it, or that none came. Nothing of it is long or deep.
async fn odd_answers(s: &Session) -> Outcome<Vec<Outcome<Answer>>> {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with(s.mark())).await?;
    let endpoint = &kind.endpoint;
    let mut answers = Vec::new();
    for id in ["%00", "%FF%FE", "%2E%2E%2F%2E%2E", "a%27%20OR%20%271%27%3D%271", "%F0%9F%90%99", "-1", "null", "%7B%7B7*7%7D%7D"] {
        answers.push(s.get(format!("{endpoint}/{id}")).await);
    }
    for (name, value) in [
        ("filter", "displayName eq \"\u{0}\""),
        ("filter", "displayName eq \"\\ud800\""),
        ("filter", "displayName eq \"' OR '1'='1\""),
        ("filter", "\u{1f419} pr"),
        ("filter", "displayName eq 1e999"),
        ("count", "99999999999999999999999"),
        ("startIndex", "-99999999999999999999999"),
        ("count", "1e3"),
        ("attributes", ",,,"),
        ("attributes", "\u{0}"),
        ("sortBy", "'; --"),
        ("sortOrder", "\u{1f419}"),
    ] {
        answers.push(s.query(endpoint.as_str(), &[(name, value), ("count", "1")]).await);
    }
    for text_body in [
        String::new(),
        "null".into(),
        "\u{feff}{}".into(),
        "{\"schemas\":1e999}".into(),
        format!("{{\"schemas\":[\"{}\"],\"{}\":\"\\ud800\"}}", kind.schema.id, text.attribute.name),
        format!("{{\"schemas\":[null,{{}},[],5],\"{}\":{{}}}}", text.attribute.name),
    ] {
        answers.push(s.ask("POST", endpoint).text(text_body.as_str()).send().await);
        answers.push(s.ask("PUT", &resource.path).text(text_body.as_str()).send().await);
    }
    let odd_text = s.valid(&kind, text.with("a\u{0}b\u{202e}c"));
    answers.push(s.post(endpoint.as_str(), odd_text).await);
    if s.model().supports("patch").is_ok() {
        for operations in [
            json!(null),
            json!([null]),
            json!([{ "op": 5 }]),
            json!([{ "op": "replace", "path": "\u{0}", "value": {} }]),
            json!([{ "op": "add", "path": "emails[value eq \"x", "value": [[[]]] }]),
            json!([{ "op": "remove", "path": "schemas[99999999999999999999]" }]),
        ] {
            answers.push(s.patch(&resource, operations).await);
        }
    }
    if s.model().supports("bulk").is_ok() {
        for operations in [json!(null), json!([5]), json!([{ "method": "\u{0}", "path": "//", "bulkId": {} }])] {
            answers.push(s.bulk(operations).await);
        }
    }
    for (name, value) in
        [("If-Match", "\"\"\"\""), ("If-None-Match", "W/"), ("Accept", ";;;"), ("Content-Type", "application/json; charset=nothing")]
    {
        answers.push(s.ask("PUT", &resource.path).header(name, value).text("{}").send().await);
    }
    Ok(answers)
}

async fn no_server_error(s: Session) -> Outcome {
    for answer in odd_answers(&s).await? {
        let answer = answer?;
        let is_fault = answer.status >= 500 && answer.status != 501;
        answer.expect(!is_fault, "an answer, or an error of the client (4xx)", format!("status {}", answer.status))?;
    }
    Ok(())
}

/// What only the inside of a server says.
const INTERNALS: &[&str] = &[
    "Traceback (most recent call last)",
    "    at java.",
    "\tat java.",
    "java.lang.",
    "org.springframework.",
    "org.hibernate.",
    "    at Object.<anonymous>",
    "node_modules/",
    "panicked at",
    "RUST_BACKTRACE",
    "goroutine 1 [",
    "System.NullReferenceException",
    "Microsoft.EntityFrameworkCore",
    "   at System.",
    "site-packages/",
    "django.db.",
    "sqlalchemy.",
    "sqlite3.",
    "psycopg2.",
    "SQLSTATE[",
    "ORA-0",
    "syntax error at or near",
    "You have an error in your SQL syntax",
    "UNIQUE constraint failed:",
    "duplicate key value violates unique constraint",
    "Duplicate entry '",
    "MongoServerError",
    "SequelizeDatabaseError",
];

async fn no_internals(s: Session) -> Outcome {
    let mut answers = odd_answers(&s).await?;
    // What a database refuses last: something that exists already.
    if let Some(user) = s.model().kind("User") {
        let first = s.create(user, json!({})).await?;
        answers.push(s.post(user.endpoint.as_str(), s.valid(user, json!({ "userName": first.body["userName"] }))).await);
    }
    for answer in answers {
        // That an answer comes at all is another requirement.
        let answer = match answer {
            Ok(answer) => answer,
            Err(Stop::Failed(_)) => continue,
            Err(stop) => return Err(stop),
        };
        let text = answer.exchange.came.as_ref().map(|came| came.body.as_str()).unwrap_or_default();
        let found = INTERNALS.iter().find(|internal| text.contains(*internal));
        answer.expect(found.is_none(), "a message for the client", format!("`{}`", found.unwrap_or(&"")))?;
    }
    Ok(())
}

// ---- Secrets ------------------------------------------------------------------------------------------------------------------

/// A resource with a secret, an attribute that is never returned.
struct Secret {
    resource: Resource,
    found: Found,
    text: String,
}

impl Secret {
    async fn create(s: &Session) -> Outcome<Self> {
        let (kind, found) = s.find("a text that is never returned", |attribute| {
            attribute.returned == "never" && attribute.is_writable() && !attribute.multi_valued && attribute.sub_attributes.is_empty()
        })?;
        let text = format!("Pw-1!{}", s.mark());
        Ok(Self { resource: s.create(&kind, found.with(text.as_str())).await?, found, text })
    }

    /// The answer shows the secret nowhere: not in its body and not in its headers, and no attribute of that name.
    fn is_hidden_in(&self, answer: &Answer) -> Outcome {
        let Ok(came) = &answer.exchange.came else { return Ok(()) };
        let in_headers = came.headers.iter().any(|(_, value)| value.contains(&self.text));
        answer.expect(!in_headers && !came.body.contains(&self.text), "an answer without the secret", "the secret in clear")?;
        answer.expect_absent(&self.found.pointer())?;
        let listed = answer.at("/Resources").as_array().into_iter().flatten();
        let shown = listed.filter_map(|resource| resource.pointer(&self.found.pointer())).find(|value| !value.is_null());
        answer.expect(shown.is_none(), "resources without the secret", format!("`{}` in one of them", self.found.path()))?;
        Ok(())
    }
}

async fn secret_in_answers(s: Session) -> Outcome {
    let secret = Secret::create(&s).await?;
    let (kind, name) = (&secret.resource.kind, secret.found.path());
    let body = s.valid(kind, secret.found.with(secret.text.as_str()));
    secret.is_hidden_in(&s.post(kind.endpoint.as_str(), body.clone()).await?)?;
    secret.is_hidden_in(&s.read(&secret.resource).await?)?;
    secret.is_hidden_in(&s.query(&secret.resource.path, &[("attributes", &name)]).await?)?;
    secret.is_hidden_in(&s.query(&secret.resource.path, &[("excludedAttributes", "id")]).await?)?;
    secret.is_hidden_in(&s.query(kind.endpoint.as_str(), &[("attributes", &name), ("count", "3")]).await?)?;
    secret.is_hidden_in(&s.search(&kind.endpoint, json!({ "attributes": [name], "count": 3 })).await?)?;
    secret.is_hidden_in(&s.put(&secret.resource, body).await?)?;
    if s.model().supports("patch").is_ok() {
        let operations = json!([{ "op": "replace", "path": name, "value": secret.text }]);
        secret.is_hidden_in(&s.patch(&secret.resource, operations.clone()).await?)?;
        secret.is_hidden_in(&s.ask("PATCH", &secret.resource.path).query("attributes", &name).patch(operations).send().await?)?;
    }
    Ok(())
}

async fn secret_in_errors(s: Session) -> Outcome {
    let secret = Secret::create(&s).await?;
    let kind = &secret.resource.kind;
    let with = |value: Value| s.valid(kind, secret.found.with(value));
    let mut without_schemas = with(secret.text.as_str().into());
    without_schemas["schemas"] = json!([]);
    let bodies = [with(json!([secret.text])), with(json!({ "value": secret.text })), without_schemas];
    for body in bodies {
        secret.is_hidden_in(&s.post(kind.endpoint.as_str(), body.clone()).await?)?;
        secret.is_hidden_in(&s.put(&secret.resource, body).await?)?;
    }
    let broken = format!("{{\"{}\":\"{}\", oops", secret.found.attribute.name, secret.text);
    secret.is_hidden_in(&s.ask("POST", &kind.endpoint).text(broken).send().await?)?;
    if s.model().supports("patch").is_ok() {
        let name = secret.found.path();
        for operation in [
            json!({ "op": "replace", "path": format!("{name}.value"), "value": secret.text }),
            json!({ "op": "add", "path": name, "value": [secret.text] }),
            json!({ "op": "misspelled", "path": name, "value": secret.text }),
        ] {
            secret.is_hidden_in(&s.patch(&secret.resource, json!([operation])).await?)?;
        }
    }
    Ok(())
}

/// The number of resources that a filter finds; a refusal finds none. Both are fine, as long as they do not depend on the secret.
fn number(answer: &Answer) -> Option<u64> {
    answer.is_success().then(|| answer.at("/totalResults").as_u64().unwrap_or_default())
}

/// The same filters with the secret and with another text are answered alike. Comparing the whole is allowed; parts tell it piece by piece.
async fn no_oracle(s: &Session, secret: &Secret, filters: &[&str]) -> Outcome {
    for filter in filters {
        let asked = |text: &str| {
            let filter = filter.replace("$secret", &secret.found.path()).replace("$id", &quoted(&secret.resource.id));
            let (begin, end) = (text.get(..text.len() - 1).unwrap_or_default(), text.get(1..).unwrap_or_default());
            filter.replace("$begin", begin).replace("$end", end).replace("$inside", begin.get(1..).unwrap_or_default())
        };
        let endpoint = secret.resource.kind.endpoint.as_str();
        let right = s.query(endpoint, &[("filter", &asked(&secret.text))]).await?;
        let wrong = s.query(endpoint, &[("filter", &asked(&s.mark()))]).await?;
        if let (Some(right_number), Some(wrong_number)) = (number(&right), number(&wrong)) {
            right.expect(
                right_number == wrong_number,
                format!("the same answer as for a text that is not the secret, {wrong_number} resources"),
                format!("{right_number} resources"),
            )?;
        }
        right.expect(
            right.status == wrong.status,
            format!("status {}, as for another text", wrong.status),
            format!("status {}", right.status),
        )?;
    }
    Ok(())
}

async fn secret_in_filters(s: Session) -> Outcome {
    let secret = Secret::create(&s).await?;
    no_oracle(&s, &secret, &["$secret sw \"$begin\"", "$secret co \"$inside\"", "$secret ew \"$end\""]).await
}

async fn secret_combined(s: Session) -> Outcome {
    let secret = Secret::create(&s).await?;
    no_oracle(&s, &secret, &["id eq $id and $secret sw \"$begin\"", "id eq $id and ($secret co \"$inside\" or $secret ew \"$end\")"]).await
}
