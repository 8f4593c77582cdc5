//! Deep and long filters and paths.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{BAD_REQUEST, succeeds};
use crate::check::{Check, Judged, Need, Outcome, must, should};
use crate::model::{Found, ResourceType};
use crate::session::{Answer, Resource, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        should("beyond-limits-filter-depth", BAD_REQUEST)
            .needs(&[Need::Limits, Need::Filter])
            .why("a parser without a limit ends the whole process with a filter of some kilobytes")
            .talk(filter_depth),
        should("beyond-limits-filter-terms", BAD_REQUEST)
            .needs(&[Need::Limits, Need::Filter])
            .why("a filter of many terms is answered with the wrong resources, or stops the server")
            .talk(filter_terms),
        should("beyond-limits-filter-value", BAD_REQUEST)
            .needs(&[Need::Limits, Need::Filter])
            .why("a long value stops the server, or is cut and finds somebody else")
            .talk(filter_value),
        must("beyond-limits-path-depth", "A PATCH request, regardless of the number of operations, SHALL be treated as atomic")
            .needs(&[Need::Limits, Need::Patch])
            .why("a path of some kilobytes ends the process, or leaves half of the request done")
            .talk(path_depth),
    ]
}

/// A resource with a text of its own.
struct Own {
    kind: Arc<ResourceType>,
    text: Found,
    value: String,
    resource: Resource,
}

async fn own(s: &Session) -> Outcome<Own> {
    let (kind, text) = s.free_text()?;
    let value = s.mark();
    let resource = s.create(&kind, text.with(value.as_str())).await?;
    Ok(Own { kind, text, value, resource })
}

/// How a filter is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Url,
    Search,
}

impl Own {
    fn equals(&self, value: &str) -> String {
        format!("{} eq {}", self.text.path(), Value::from(value))
    }

    async fn ask(&self, s: &Session, by: By, filter: &str) -> Outcome<Answer> {
        match by {
            By::Url => s.query(&self.kind.endpoint, &[("filter", filter)]).await,
            By::Search => s.search(&self.kind.endpoint, json!({ "filter": filter })).await,
        }
    }

    /// The filter, which is true of the resource alone, finds it or is refused.
    async fn finds(&self, s: &Session, by: By, filter: &str) -> Outcome {
        let answer = self.ask(s, by, filter).await?;
        if succeeds(s, &answer).await? {
            let found = answer.expect_list()?;
            let holds = found.total == 1 && found.ids() == [self.resource.id.as_str()];
            answer.expect(holds, "the one resource of which the filter is true", format!("{} results", found.total))?;
        }
        Ok(())
    }
}

async fn filter_depth(s: Session) -> Outcome {
    let own = own(&s).await?;
    let is_it = own.equals(&own.value);
    // A URL holds no more than some thousand; a body holds what ends any recursion.
    for (by, depth) in [(By::Url, 10), (By::Url, 50), (By::Url, 1_000), (By::Search, 100_000)] {
        own.finds(&s, by, &format!("{}{is_it}{}", "(".repeat(depth), ")".repeat(depth))).await?;
        let nots = if by == By::Url { depth.min(200) } else { depth };
        own.finds(&s, by, &format!("{}{is_it}{}", "not (".repeat(nots), ")".repeat(nots))).await?;
        let unclosed = own.ask(&s, by, &"(".repeat(depth)).await?;
        succeeds(&s, &unclosed).await?;
    }
    Ok(())
}

async fn filter_terms(s: Session) -> Outcome {
    let own = own(&s).await?;
    let is_it = own.equals(&own.value);
    for (by, terms) in [(By::Url, 20), (By::Search, 200), (By::Search, 10_000)] {
        // The term that counts stands at the end: who cuts the filter finds nothing.
        let others: String = (0..terms).map(|number| format!("{} or ", own.equals(&format!("{}-{number}", own.value)))).collect();
        own.finds(&s, by, &format!("{others}{is_it}")).await?;
        let others: String = (0..terms).map(|_| format!("{is_it} and ")).collect();
        own.finds(&s, by, &format!("{others}{is_it}")).await?;
    }
    Ok(())
}

async fn filter_value(s: Session) -> Outcome {
    let own = own(&s).await?;
    for (by, length) in [(By::Url, 1_000), (By::Search, 10_000), (By::Search, 200_000)] {
        let answer = own.ask(&s, by, &own.equals(&format!("{}{}", own.value, "x".repeat(length)))).await?;
        if succeeds(&s, &answer).await? {
            let found = answer.expect_list()?;
            answer.expect(found.total == 0, "no resource: none has so long a value", format!("{} results", found.total))?;
        }
    }
    Ok(())
}

async fn path_depth(s: Session) -> Outcome {
    let own = own(&s).await?;
    let (_, plural) = s.plural_complex()?;
    for depth in [50, 1_000, 100_000] {
        let path = format!("{}[{}type eq \"work\"{}]", plural.path(), "(".repeat(depth), ")".repeat(depth));
        let operations = json!([
            { "op": "replace", "path": own.text.path(), "value": format!("{}-changed", own.value) },
            { "op": "remove", "path": path },
        ]);
        // What is judged is whether all or nothing is done; how it is refused counts as SHOULD.
        let answer = s.patch(&own.resource, operations).await.or_warning()?;
        let expected = match succeeds(&s, &answer).await.or_warning()? {
            true => format!("{}-changed", own.value),
            false => own.value.clone(),
        };
        s.current(&own.resource).await?.expect_value(&own.text.pointer(), expected)?;
        s.patched(&own.resource, json!([{ "op": "replace", "path": own.text.path(), "value": own.value }])).await.or_blocked()?;
    }
    Ok(())
}
