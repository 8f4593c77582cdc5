//! Querying one resource type (RFC 7644 §3.4.2), with index paging (§3.4.2.4).

use serde_json::{Value, json};

use super::{Answer, Body, Parameters, Scope};
use crate::filter::resolve;
use crate::projection::Projection;
use crate::representation::represent;
use crate::store::{Document, Page, Query};
use crate::{Access, Quirk, Registry, Result, Stores};

/// The URN of the list message (RFC 7644 §3.4.2).
const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

impl<S: Stores> Scope<S> {
    /// Answers a query over one resource type.
    ///
    /// # Errors
    /// 403 without the right; 404 for an unknown endpoint; `invalidFilter`; `invalidValue` for paging and projection; `tooMany`.
    pub async fn query(&self, endpoint: &str, parameters: &Parameters) -> Result<Answer> {
        let start = parameters.start_index()?;
        let count = parameters.count()?.map_or(self.server.limits().max_results, |count| count.min(self.server.limits().max_results));
        let kind = match self.kind(endpoint, Access::Read) {
            Err(error) if error.status() == 404 && is_of_the_rfc(endpoint) && self.leniency.permits(Quirk::EmptyListForMissingType) => {
                return Ok(list(0, start, Vec::new()));
            }
            found => found?,
        };
        let projection = Projection::parse(&kind, parameters.attributes.as_deref(), parameters.excluded_attributes.as_deref())?;
        let filter = parameters.filter.as_deref().map(|text| resolve(text, &kind, &self.leniency)).transpose()?;
        let load = projection.load(&kind);
        let query = Query { load, may_be_stale: parameters.may_be_stale, ..Query::of(kind.clone(), filter, Page::Index { start, count }) };
        let (found, snapshot) = self.page(query).await?;
        let page = found.resources.iter().map(|stored| {
            let mut resource = represent(stored, self.server.public_url());
            projection.apply(&kind, &mut resource, None);
            Value::Object(resource)
        });
        let mut answer = list(found.total.unwrap_or_default(), start, page.collect());
        if let (Some(snapshot), Some(Body::Document(message))) = (snapshot, &answer.body) {
            answer.body = Some(self.show_list(message, &found.resources, |_| Some(&projection), snapshot).await?);
        }
        Ok(answer)
    }
}

/// Whether RFC 7643 itself defines a type with that endpoint: clients take for granted that it can be read (ENTRA-02).
fn is_of_the_rfc(endpoint: &str) -> bool {
    Registry::rfc7643().by_endpoint(endpoint).is_some()
}

/// A list message. `Resources` is always there, also when it is empty (S21).
pub(super) fn list(total: u64, start: u64, resources: Vec<Value>) -> Answer {
    let mut body = Document::new();
    body.insert("schemas".into(), json!([LIST_URN]));
    body.insert("totalResults".into(), json!(total));
    body.insert("startIndex".into(), json!(start));
    body.insert("itemsPerPage".into(), json!(resources.len()));
    body.insert("Resources".into(), Value::Array(resources));
    Answer { status: 200, body: Some(body.into()), location: None, etag: None }
}
