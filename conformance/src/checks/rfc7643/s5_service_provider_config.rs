//! RFC 7643 §5: the service provider configuration.

use serde_json::{Value, json};

use crate::check::{Check, Judged, Outcome, must, should};
use crate::session::{Answer, As, Session};

const PATH: &str = "/ServiceProviderConfig";

/// The members, and what each has to be. `*` stands for every element of an array.
const MEMBERS: &[(&str, &str, Member)] = &[
    ("7643-5-02", "/documentationUri", Member::OptionalUrl),
    ("7643-5-03", "/patch", Member::Object),
    ("7643-5-04", "/patch/supported", Member::Boolean),
    ("7643-5-05", "/bulk", Member::Object),
    ("7643-5-06", "/bulk/supported", Member::Boolean),
    ("7643-5-07", "/bulk/maxOperations", Member::Integer),
    ("7643-5-08", "/bulk/maxPayloadSize", Member::Integer),
    ("7643-5-09", "/filter", Member::Object),
    ("7643-5-10", "/filter/supported", Member::Boolean),
    ("7643-5-11", "/filter/maxResults", Member::Integer),
    ("7643-5-12", "/changePassword", Member::Object),
    ("7643-5-13", "/changePassword/supported", Member::Boolean),
    ("7643-5-14", "/sort", Member::Object),
    ("7643-5-15", "/sort/supported", Member::Boolean),
    ("7643-5-16", "/etag", Member::Object),
    ("7643-5-17", "/etag/supported", Member::Boolean),
    ("7643-5-18", "/authenticationSchemes", Member::Array),
    ("7643-5-19", "/authenticationSchemes/*/type", Member::String),
    ("7643-5-20", "/authenticationSchemes/*/name", Member::String),
    ("7643-5-21", "/authenticationSchemes/*/description", Member::String),
    ("7643-5-22", "/authenticationSchemes/*/specUri", Member::OptionalUrl),
    ("7643-5-23", "/authenticationSchemes/*/documentationUri", Member::OptionalUrl),
];

static MEMBER_IDS: [&str; MEMBERS.len()] = {
    let mut ids = [""; MEMBERS.len()];
    let mut index = 0;
    while index < MEMBERS.len() {
        ids[index] = MEMBERS[index].0;
        index += 1;
    }
    ids
};

/// What a member has to be.
#[derive(Clone, Copy)]
enum Member {
    Object,
    Array,
    Boolean,
    Integer,
    String,
    OptionalUrl,
}

impl Member {
    fn fits(self, value: &Value) -> bool {
        match self {
            Member::Object => value.is_object(),
            Member::Array => value.is_array(),
            Member::Boolean => value.is_boolean(),
            Member::Integer => value.is_u64() || value.is_i64(),
            Member::String => value.is_string(),
            Member::OptionalUrl => value.is_null() || value.as_str().is_some_and(|url| url.contains("://")),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Member::Object => "an object",
            Member::Array => "an array",
            Member::Boolean => "true or false",
            Member::Integer => "an integer",
            Member::String => "a string",
            Member::OptionalUrl => "a URL, if it is there",
        }
    }
}

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7643-5-read-only", "All attributes have a mutability of \"readOnly\"")
            .rows(&["7643-5-01"])
            .why("a client that could change the configuration would change it for all others")
            .talk(read_only),
        must("7643-5-members", "A complex type that specifies … configuration options. REQUIRED. … supported A Boolean value specifying whether or not the operation is supported. REQUIRED.")
            .rows(&MEMBER_IDS)
            .why("a client that finds no answer here has to guess what it may use, and guesses wrong")
            .talk(members),
        should("7643-5-public-schemes", "the service provider SHOULD, with the appropriate security considerations, make the authenticationSchemes attribute publicly accessible without prior authentication")
            .rows(&["7643-5-24"])
            .why("a client cannot find out how to authenticate before it has authenticated")
            .talk(public_schemes),
        must("7643-5-scheme-types", "This specification defines the values \"oauth\", \"oauth2\", \"oauthbearertoken\", \"httpbasic\", and \"httpdigest\"")
            .rows(&["7643-5-25"])
            .why("a client that chooses its credential by the type does not know any other")
            .talk(scheme_types),
    ]
}

async fn config(s: &Session) -> Outcome<Answer> {
    let answer = s.get(PATH).await.or_blocked()?;
    answer.expect_status(&[200]).or_blocked()?;
    answer.expect_json().or_blocked()?;
    Ok(answer)
}

async fn read_only(s: Session) -> Outcome {
    let mut changed = config(&s).await?.body.unwrap_or_default();
    changed["documentationUri"] = "https://example.com/changed".into();
    s.ask("PUT", PATH).json(changed.clone()).send().await?.expect_refusal()?;
    let operations = json!([{ "op": "replace", "path": "documentationUri", "value": "https://example.com/changed" }]);
    s.ask("PATCH", PATH).patch(operations).send().await?.expect_refusal()?;
    s.post(PATH, changed).await?.expect_refusal()?;
    s.ask("DELETE", PATH).send().await?.expect_refusal()?;
    Ok(())
}

async fn members(s: Session) -> Outcome {
    let config = config(&s).await?;
    for (row, pointer, member) in MEMBERS {
        s.row(row, member_fits(&config, pointer, *member));
    }
    Ok(())
}

fn member_fits(config: &Answer, pointer: &str, member: Member) -> Outcome {
    let pointers = match pointer.split_once("/*/") {
        None => vec![pointer.to_owned()],
        Some((array, rest)) => {
            let count = config.at(array).as_array().map_or(0, Vec::len);
            (0..count).map(|index| format!("{array}/{index}/{rest}")).collect()
        }
    };
    for pointer in pointers {
        let value = config.at(&pointer);
        let came = if value.is_null() { "it is absent".to_owned() } else { format!("it is {value}") };
        config.expect(member.fits(value), format!("`{pointer}` is {}", member.words()), came)?;
    }
    Ok(())
}

async fn public_schemes(s: Session) -> Outcome {
    let answer = s.ask("GET", PATH).credential(As::None).send().await?;
    answer.expect_status(&[200])?.expect_present("/authenticationSchemes")?;
    Ok(())
}

async fn scheme_types(s: Session) -> Outcome {
    const DEFINED: &[&str] = &["oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"];
    let config = config(&s).await?;
    for scheme in config.at("/authenticationSchemes").as_array().into_iter().flatten() {
        let Some(found) = scheme["type"].as_str() else { continue };
        let is_defined = DEFINED.iter().any(|defined| defined.eq_ignore_ascii_case(found));
        config.expect(is_defined, format!("one of {}", DEFINED.join(", ")), format!("the type \"{found}\"")).map(|_| ()).or_warning()?;
    }
    Ok(())
}
