//! Filters on attributes of several values, and on parts of them.

use std::sync::Arc;

use serde_json::json;

use crate::check::{Check, Judged, Outcome, Stop, may, must};
use crate::checks::population::quoted;
use crate::model::ResourceType;
use crate::session::{Resource, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "7644-3.4.2.2-any-value",
            "If the specified attribute in a filter expression is a multi-valued attribute, the filter matches if any of the values … match",
        )
        .rows(&["7644-3.4.2.2-45"])
        .why("a client that looks for a user by the second address creates it again")
        .talk(async |s: Session| {
            let people = Addresses::create(&s).await?;
            people.find(&s, "$plural.value eq \"$mark-b@example.com\"", &[0]).await?;
            people.find(&s, "$plural.value eq \"$mark-a@example.com\"", &[0]).await?;
            people.find(&s, "$plural.value eq \"$mark-c@example.com\"", &[1]).await
        }),
        must("7644-3.4.2.2-value-implied", "filter=userType eq \"Employee\" and (emails co \"example.com\" or emails.value co \"example.org\")")
            .rows(&["7644-3.4.2.2-47"])
            .why("clients that copy the RFC's own example are refused")
            .talk(async |s: Session| {
                let people = Addresses::create(&s).await?;
                let found = people.find(&s, "$plural co \"$mark-b@\"", &[0]).await;
                // Another sentence has clients name the sub-attribute: the examples are at odds with it.
                if people.refuses(&s, "$plural co \"$mark-b@\"").await? { found.or_warning() } else { found }
            }),
        may("7644-3.4.2.2-value-filter", "Service providers MAY support complex filters")
            .rows(&["7644-3.4.2.2-34"])
            .why("a client that looks for the address at work is refused without knowing why")
            .talk(value_filter),
        must(
            "7644-3.4.2.2-same-value",
            "expressions MUST be applied to the same value of a parent attribute specified immediately before the left square bracket",
        )
        .rows(&["7644-3.4.2.2-35"])
        .why("a client finds a user by a private address where it has asked for the one at work")
        .talk(async |s: Session| {
            let people = Addresses::create(&s).await?;
            people.supported(&s).await?;
            people.find(&s, "$plural[type eq \"$one\" and value eq \"$mark-b@example.com\"]", &[]).await?;
            people.find(&s, "$plural[type eq \"$two\" and value eq \"$mark-b@example.com\"]", &[0]).await
        }),
        must(
            "7644-3.4.2.2-within-brackets",
            "The expression within square brackets (\"[\" and \"]\") MUST be a valid filter expression based upon sub-attributes of the parent attribute",
        )
        .rows(&["7644-3.4.2.2-36"])
        .why("a client with a misspelled filter takes everybody for a match")
        .talk(within_brackets),
        may("7644-3.4.2.2-nested", "Nested expressions MAY be used")
            .rows(&["7644-3.4.2.2-37"])
            .why("a client that asks for addresses at work or at home is refused")
            .talk(async |s: Session| {
                let people = Addresses::create(&s).await?;
                people.supported(&s).await?;
                people.find(&s, "$plural[(type eq \"$two\" or type eq \"none\") and value sw \"$mark-\"]", &[0]).await
            }),
        must(
            "7644-3.4.2.2-complex",
            "For complex attributes, a fully qualified sub-attribute MUST be specified using standard attribute notation",
        )
        .rows(&["7644-3.4.2.2-46"])
        .why("a client that compares a whole name takes an empty answer for: there is no such user")
        .talk(complex),
    ]
}

/// Resources with an attribute such as `emails`: the first has the values a (of a first type) and b (of a second), the second has c (of
/// the first type). No two have the same value: a server may give an address to one person only.
struct Addresses {
    kind: Arc<ResourceType>,
    made: Vec<Resource>,
    names: [(&'static str, String); 4],
}

impl Addresses {
    async fn create(s: &Session) -> Outcome<Self> {
        let (kind, plural) = s.plural_complex()?;
        let canonical = plural.attribute.sub("type").map(|kind| kind.canonical_values.clone()).unwrap_or_default();
        let one = canonical.first().cloned().unwrap_or("work".into());
        let two = canonical.get(1).cloned().unwrap_or("home".into());
        let mark = s.mark();
        let value = |letter: &str| format!("{mark}-{letter}@example.com");
        let both = json!([{ "value": value("a"), "type": one }, { "value": value("b"), "type": two }]);
        let only = json!([{ "value": value("c"), "type": one }]);
        let made = vec![s.create(&kind, plural.with(both)).await?, s.create(&kind, plural.with(only)).await?];
        Ok(Self { kind, made, names: [("$plural", plural.path()), ("$mark", mark), ("$one", one), ("$two", two)] })
    }

    fn with_names(&self, filter: &str) -> String {
        self.names.iter().fold(filter.to_owned(), |filter, (name, value)| filter.replace(name, value))
    }

    async fn find(&self, s: &Session, filter: &str, expected: &[usize]) -> Outcome {
        let answer = s.query(&self.kind.endpoint, &[("filter", &self.with_names(filter))]).await?;
        let list = answer.expect_list()?;
        let mut found = list.ids();
        let mut wanted: Vec<&str> = expected.iter().map(|place| self.made[*place].id.as_str()).collect();
        found.sort_unstable();
        wanted.sort_unstable();
        answer.expect(found == wanted, format!("{wanted:?}"), format!("{found:?}"))?;
        Ok(())
    }

    /// Whether the server refuses that filter.
    async fn refuses(&self, s: &Session, filter: &str) -> Outcome<bool> {
        let answer = s.query(&self.kind.endpoint, &[("filter", &self.with_names(filter))]).await?;
        Ok(answer.status == 400 || answer.status == 501)
    }

    /// Complex filters are optional: a server that refuses them skips what needs them.
    async fn supported(&self, s: &Session) -> Outcome {
        match self.refuses(s, "$plural[type eq \"$one\" and value eq \"$mark-a@example.com\"]").await? {
            true => Err(Stop::Skipped("the server has no complex filters".into())),
            false => Ok(()),
        }
    }
}

async fn value_filter(s: Session) -> Outcome {
    let people = Addresses::create(&s).await?;
    let filter = people.with_names("$plural[type eq \"$two\" and value co \"$mark-\"]");
    let answer = s.query(&people.kind.endpoint, &[("filter", &filter)]).await?;
    if !answer.is_success() {
        answer.expect_one_error(&[(400, "invalidFilter"), (501, "")])?;
        return Err(Stop::Skipped("the server has no complex filters, and says so".into()));
    }
    people.find(&s, "$plural[type eq \"$two\" and value co \"$mark-\"]", &[0]).await
}

async fn within_brackets(s: Session) -> Outcome {
    let people = Addresses::create(&s).await?;
    people.supported(&s).await?;
    for filter in ["$plural[]", "$plural[type eq]", "$plural[type eq \"$one\""] {
        let answer = s.query(&people.kind.endpoint, &[("filter", &people.with_names(filter))]).await?;
        answer.expect_status(&[400])?;
    }
    let answer = s.query(&people.kind.endpoint, &[("filter", &people.with_names("$plural[noSuchPart eq \"x\"]"))]).await?;
    if answer.is_success() {
        let list = answer.expect_list()?;
        answer.expect(list.resources.is_empty(), "no match, or a refusal", format!("{} resources", list.resources.len()))?;
    } else {
        answer.expect_status(&[400])?;
    }
    Ok(())
}

async fn complex(s: Session) -> Outcome {
    let (kind, found, first, _) = s.singular_complex()?;
    let mark = s.mark();
    let resource = s.create(&kind, found.with(json!({ first: mark }))).await?;
    s.create(&kind, json!({})).await?;
    let answer = s.query(&kind.endpoint, &[("filter", &format!("{} eq {}", found.path(), quoted(&mark)))]).await?;
    // It is the client that must: a server that finds nothing, or what has that text in it, does no harm.
    if answer.is_success() {
        let list = answer.expect_list()?;
        let is_fine = list.ids().iter().all(|id| *id == resource.id);
        answer.expect(
            is_fine,
            "a refusal, or no other resource than the one with that text",
            format!("{} resources", list.resources.len()),
        )?;
        s.note(format!("`{} eq` is answered with {} resources instead of a refusal", found.path(), list.resources.len()));
        return Ok(());
    }
    answer.expect_status(&[400])?;
    Ok(())
}
