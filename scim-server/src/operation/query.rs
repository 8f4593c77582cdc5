//! Querying one resource type or all of them (RFC 7644 §3.4.2), with index paging (§3.4.2.4) and cursors (RFC 9865).

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Answer, Body, Parameters, Scope, refused};
use crate::cursor::{Cursor, Sealed, bound_to, generation, seal};
use crate::error::quote;
use crate::filter::{TypeFilter, resolve, resolve_among_others};
use crate::projection::Projection;
use crate::representation::represent;
use crate::sort::{SortOrder, resolve_sort};
use crate::store::{CursorKey, Document, Found, Page, Position, Query, Store, Stored, Target};
use crate::{Access, BoundPath, Error, Leniency, Quirk, Registry, ResourceType, Result, Stores, Timestamp};

/// The URN of the list message (RFC 7644 §3.4.2).
const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

impl<S: Stores> Scope<S> {
    /// Answers a query over one resource type.
    ///
    /// # Errors
    /// 403 without the right; 404 for an unknown endpoint; `invalidFilter`; `invalidValue` for sorting, paging and projection; `tooMany`; `invalidCursor`,
    /// `expiredCursor`, `invalidCount`.
    pub async fn query(&self, endpoint: &str, parameters: &Parameters) -> Result<Answer> {
        match self.kind(endpoint, Access::Read) {
            Err(error) if error.status() == 404 && is_of_the_rfc(endpoint) && self.leniency.permits(Quirk::EmptyListForMissingType) => {
                self.answer(&[], Endpoint::Type, parameters).await
            }
            found => self.answer(&[found?], Endpoint::Type, parameters).await,
        }
    }

    /// Answers a query over all resource types that the caller may read: type by type, unless it is sorted (RFC 7644 §3.4.2.1, S20).
    ///
    /// # Errors
    /// 501 if the server has no such queries; else those of [`Self::query`].
    pub async fn query_all(&self, parameters: &Parameters) -> Result<Answer> {
        if !self.server.has_root_queries() {
            return Err(Error::not_implemented(
                "this server does not have queries over all resource types: ask the endpoints at /ResourceTypes",
            ));
        }
        let kinds: Vec<Arc<ResourceType>> = self.readable().cloned().collect();
        self.answer(&kinds, Endpoint::Root, parameters).await
    }

    async fn answer(&self, kinds: &[Arc<ResourceType>], endpoint: Endpoint, parameters: &Parameters) -> Result<Answer> {
        let limit = self.server.limits().max_results;
        let (start, count) = (parameters.start_index()?, parameters.count()?.map_or(limit, |count| count.min(limit)));
        let asked = Asked::read(kinds, endpoint, parameters, &self.leniency)?;
        let bound = asked.bound(self.caller.tenant.as_str(), parameters);
        let page = match parameters.cursor.as_deref() {
            None => Page::Index { start, count },
            Some("") => Page::After { position: None, count },
            Some(cursor) => Page::After { position: Some(self.open(cursor, count, &bound).await?), count },
        };
        let Asked { targets, order, projections } = asked;
        let shown = |stored: &Stored| {
            let mut resource = represent(stored, self.server.public_url());
            if let Some((kind, projection)) = projections.iter().find(|(kind, _)| kind.name == stored.key.kind.name) {
                projection.apply(kind, &mut resource, None);
            }
            Value::Object(resource)
        };
        let (found, snapshot) = if targets.is_empty() {
            (Found { total: Some(0), resources: Vec::new(), next: None }, None)
        } else {
            let load = match projections.as_slice() {
                [(kind, projection)] => projection.load(kind),
                several => Projection::load_of_several(several.iter().map(|(kind, projection)| (&**kind, projection))),
            };
            let query = Query { targets, order, page, total: true, load, may_be_stale: parameters.may_be_stale };
            self.page(query).await?
        };
        let (total, page) = (found.total.unwrap_or_default(), found.resources.iter().map(shown).collect());
        let mut answer = if parameters.cursor.is_none() {
            list(total, start, page)
        } else {
            let next = match found.next {
                None => None,
                Some(position) => Some(self.seal(position, count, &bound).await?),
            };
            cursor_list(total, next, page)
        };
        if let (Some(snapshot), Some(Body::Document(message))) = (snapshot, &answer.body) {
            let projection =
                |kind: &ResourceType| projections.iter().find(|(known, _)| known.name == kind.name).map(|(_, projection)| projection);
            answer.body = Some(self.show_list(message, &found.resources, projection, snapshot).await?);
        }
        Ok(answer)
    }

    /// The place that a cursor leads to, if it is one of this query (S78).
    async fn open(&self, cursor: &str, count: u32, bound: &[u8; 32]) -> Result<Position> {
        let now = Timestamp::now();
        let sealed = Sealed::read(cursor, now).ok_or_else(Error::invalid_cursor)?;
        let key = self.store.cursor_key(sealed.generation, None).await.map_err(refused)?;
        let opened = key.and_then(|key| sealed.open(&key, bound)).ok_or_else(Error::invalid_cursor)?;
        opened.check_age(now, self.server.limits().cursor_timeout)?;
        if opened.count != count {
            return Err(Error::invalid_count(format!(
                "the pages before had a `count` of {}: it stays the same for all pages",
                opened.count
            )));
        }
        Ok(opened.position)
    }

    async fn seal(&self, position: Position, count: u32, bound: &[u8; 32]) -> Result<String> {
        let issued = Timestamp::now();
        let generation = generation(issued);
        let new = CursorKey::random().map_err(refused)?;
        let key = self.store.cursor_key(generation, Some(new)).await.map_err(refused)?;
        let key = key.ok_or_else(|| Error::internal("the store keeps no key for cursors"))?;
        seal(&Cursor { position, count, issued }, generation, &key, bound)
    }
}

/// Where a query was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    /// To one resource type, which is expected to have what the query names.
    Type,
    /// To all of them (RFC 7644 §3.4.2.1): what a type lacks has no value.
    Root,
}

/// What a query asks, read against its types.
struct Asked {
    targets: Vec<Target>,
    order: SortOrder,
    /// What is shown of each type that can be found.
    projections: Vec<(Arc<ResourceType>, Projection)>,
}

impl Asked {
    fn read(kinds: &[Arc<ResourceType>], endpoint: Endpoint, parameters: &Parameters, leniency: &Leniency) -> Result<Self> {
        let order = SortOrder::parse(parameters.sort_order.as_deref())?;
        let (mut targets, mut projections) = (Vec::new(), Vec::new());
        for kind in kinds {
            let projection = Projection::parse(kind, parameters.attributes.as_deref(), parameters.excluded_attributes.as_deref())?;
            let sort = parameters.sort_by.as_deref().map(|text| sort_path(text, kind, endpoint, leniency)).transpose()?.flatten();
            let filter = match parameters.filter.as_deref() {
                None => TypeFilter::Everything,
                Some(text) => match endpoint {
                    Endpoint::Type => TypeFilter::Those(resolve(text, kind, leniency)?),
                    Endpoint::Root => resolve_among_others(text, kind, leniency)?,
                },
            };
            let filter = match filter {
                TypeFilter::Everything => None,
                TypeFilter::Those(filter) => Some(filter),
                TypeFilter::Nothing => continue,
            };
            targets.push(Target { kind: kind.clone(), filter, sort });
            projections.push((kind.clone(), projection));
        }
        Ok(Self { targets, order, projections })
    }

    /// What a cursor of this query is bound to: the tenant, the types that can be found, and all parameters that choose, order and show
    /// resources (RFC 9865 §2).
    fn bound(&self, tenant: &str, parameters: &Parameters) -> [u8; 32] {
        let chosen = [
            Some(tenant),
            parameters.filter.as_deref(),
            parameters.sort_by.as_deref(),
            parameters.sort_order.as_deref(),
            parameters.attributes.as_deref(),
            parameters.excluded_attributes.as_deref(),
        ];
        bound_to(chosen.into_iter().chain(self.targets.iter().map(|target| Some(target.kind.name.as_str()))))
    }
}

/// What a type is sorted by. An attribute that it lacks is an error at its own endpoint and has no value at the root (S24).
fn sort_path(text: &str, kind: &ResourceType, endpoint: Endpoint, leniency: &Leniency) -> Result<Option<BoundPath>> {
    match resolve_sort(text, kind, leniency)? {
        None if endpoint == Endpoint::Type => Err(Error::invalid_value(format!(
            "`sortBy` names {}, which `{}` does not have: the endpoint /Schemas lists the attributes",
            quote(text),
            kind.name
        ))),
        found => Ok(found),
    }
}

/// Whether RFC 7643 itself defines a type with that endpoint: clients take for granted that it can be read (ENTRA-02).
fn is_of_the_rfc(endpoint: &str) -> bool {
    Registry::rfc7643().by_endpoint(endpoint).is_some()
}

/// A list message. `Resources` is always there, also when it is empty (S21).
pub(super) fn list(total: u64, start: u64, resources: Vec<Value>) -> Answer {
    message(total, Some(("startIndex", json!(start))), resources)
}

/// A list message with the cursor of the next page, if there is one, and no `startIndex` (S78).
fn cursor_list(total: u64, next: Option<String>, resources: Vec<Value>) -> Answer {
    message(total, next.map(|next| ("nextCursor", json!(next))), resources)
}

fn message(total: u64, place: Option<(&str, Value)>, resources: Vec<Value>) -> Answer {
    let mut body = Document::new();
    body.insert("schemas".into(), json!([LIST_URN]));
    body.insert("totalResults".into(), json!(total));
    body.extend(place.map(|(name, value)| (name.to_owned(), value)));
    body.insert("itemsPerPage".into(), json!(resources.len()));
    body.insert("Resources".into(), Value::Array(resources));
    Answer { status: 200, body: Some(body.into()), location: None, etag: None }
}
