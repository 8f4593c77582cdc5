//! Resources that the checks of queries look for.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::check::{Judged, Outcome, Stop};
use crate::model::{Attribute, Found, ResourceType};
use crate::session::{Answer, Resource, Session};

/// Set-up: a new resource of each type with what its schemas require. A type that clients cannot create resources of is left out.
pub(crate) async fn one_of_each(s: &Session) -> Outcome<Vec<Resource>> {
    of_each(s, |kind| s.valid(kind, json!({}))).await
}

/// Set-up: a new resource of each type with every attribute that can be made up, or with what is required where the server does not
/// take that.
pub(crate) async fn full_of_each(s: &Session) -> Outcome<Vec<Resource>> {
    of_each(s, |kind| s.full(kind, json!({}))).await
}

async fn of_each(s: &Session, body: impl Fn(&ResourceType) -> Value + Send) -> Outcome<Vec<Resource>> {
    let (mut made, mut reason) = (Vec::new(), Stop::Skipped("/ResourceTypes lists no type".into()));
    for kind in &s.model().types {
        let mut created = s.create_from(kind, body(kind)).await;
        if created.is_err() {
            created = s.create(kind, json!({})).await;
        }
        match created {
            Ok(resource) => made.push(resource),
            Err(stop) => reason = stop,
        }
    }
    if made.is_empty() { Err(reason) } else { Ok(made) }
}

/// Gives the attribute that value in a resource, whose `schemas` then name the extension that it is of.
pub(crate) fn put_with_schema(body: &mut Value, found: &Found, value: &str) {
    found.put(body, value);
    if let (Some(urn), Some(schemas)) = (&found.urn, body["schemas"].as_array_mut())
        && !schemas.iter().any(|known| known == urn)
    {
        schemas.push(urn.as_str().into());
    }
}

/// A text as a value in a filter.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Resources of one type whose first free text is a mark with something around it, and with a second one where a check needs it.
pub(crate) struct Population {
    pub(crate) kind: Arc<ResourceType>,
    pub(crate) text: Found,
    pub(crate) other: Option<Found>,
    pub(crate) mark: String,
    pub(crate) made: Vec<Resource>,
}

impl Population {
    /// One resource for each of these texts, in which `$mark` is the mark.
    pub(crate) async fn of(s: &Session, texts: &[&str]) -> Outcome<Self> {
        let (kind, text) = s.free_text()?;
        let mut population = Self { kind, text, other: None, mark: s.mark(), made: Vec::new() };
        for text in texts {
            let body = population.text.with(population.with_names(text));
            population.add(s, body).await?;
        }
        Ok(population)
    }

    /// One resource for each pair of texts; a second one that is empty is left out.
    pub(crate) async fn of_pairs(s: &Session, texts: &[(&str, &str)]) -> Outcome<Self> {
        let (kind, text, other) = s.two_free_texts()?;
        let mut population = Self { kind, text, other: Some(other.clone()), mark: s.mark(), made: Vec::new() };
        for (text, second) in texts {
            let mut body = population.text.with(population.with_names(text));
            if !second.is_empty() {
                other.put(&mut body, population.with_names(second));
            }
            population.add(s, body).await?;
        }
        Ok(population)
    }

    /// Resources of that type, each with its own members and the mark as its free text.
    pub(crate) async fn of_type(s: &Session, kind: &Arc<ResourceType>, bodies: Vec<Value>) -> Outcome<Self> {
        let text = s.find_in(kind, "a free text of one value", Attribute::is_free_text)?;
        let mut population = Self { kind: kind.clone(), text, other: None, mark: s.mark(), made: Vec::new() };
        for mut body in bodies {
            population.text.put(&mut body, population.mark.as_str());
            population.add(s, body).await?;
        }
        Ok(population)
    }

    async fn add(&mut self, s: &Session, body: Value) -> Outcome {
        self.made.push(s.create(&self.kind, body).await?);
        Ok(())
    }

    /// The text with the names that it stands for: `$mark`, `$text` and `$other`, the paths of the two free texts.
    pub(crate) fn with_names(&self, text: &str) -> String {
        let other = self.other.as_ref().map(Found::path).unwrap_or_default();
        text.replace("$mark", &self.mark).replace("$text", &self.text.path()).replace("$other", &other)
    }

    /// The filter, in which the names stand for what they name, finds exactly these of the resources and no other one.
    pub(crate) async fn finds(&self, s: &Session, filter: &str, expected: &[usize]) -> Outcome<Answer> {
        let answer = s.query(&self.kind.endpoint, &[("filter", &self.with_names(filter))]).await?;
        self.are(&answer, expected)?;
        Ok(answer)
    }

    /// Set-up: that filter finds all of the resources.
    pub(crate) async fn found_by(&self, s: &Session, filter: &str) -> Outcome {
        let all: Vec<usize> = (0..self.made.len()).collect();
        self.finds(s, filter, &all).await.or_blocked()?;
        Ok(())
    }

    /// Set-up: filters can be joined with `and`.
    pub(crate) async fn joined(&self, s: &Session) -> Outcome {
        let by_id = format!("id eq {}", quoted(&self.made[0].id));
        self.finds(s, &format!("{by_id} and {by_id}"), &[0]).await.or_blocked()?;
        Ok(())
    }

    /// An answer has exactly these of the resources and no other one, in whatever order.
    pub(crate) fn are(&self, answer: &Answer, expected: &[usize]) -> Outcome {
        let list = answer.expect_list()?;
        let mut found = list.ids();
        let mut wanted = self.ids(expected);
        found.sort_unstable();
        wanted.sort_unstable();
        answer.expect(found == wanted, told(&wanted), told(&found))?;
        Ok(())
    }

    /// An answer has exactly these of the resources in exactly this order.
    pub(crate) fn stand(&self, answer: &Answer, expected: &[usize]) -> Outcome {
        let list = answer.expect_list()?;
        let (found, wanted) = (list.ids(), self.ids(expected));
        answer.expect(found == wanted, format!("in this order: {}", told(&wanted)), told(&found))?;
        Ok(())
    }

    fn ids(&self, places: &[usize]) -> Vec<&str> {
        places.iter().filter_map(|place| self.made.get(*place)).map(|resource| resource.id.as_str()).collect()
    }
}

/// Ids as a sentence can hold them.
pub(crate) fn told(ids: &[&str]) -> String {
    match ids {
        [] => "no resource".into(),
        _ if ids.len() > 10 => format!("{} resources: {}, …", ids.len(), ids[..10].join(", ")),
        _ => format!("{} resources: {}", ids.len(), ids.join(", ")),
    }
}
