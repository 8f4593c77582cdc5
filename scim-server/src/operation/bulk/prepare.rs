//! From the operations of the message to what their single requests would be.

use std::collections::BTreeSet;

use serde_json::Value;

use super::path::{self, Named, Resource};
use super::reference::{PREFIX, Reserved, Resolver, Unknown};
use super::request::member;
use crate::error::quote;
use crate::etag::IfMatch;
use crate::operation::Scope;
use crate::operation::create::new_id;
use crate::operation::write::Write;
use crate::patch::PatchOp;
use crate::store::{Document, ResourceKey};
use crate::validate::value::describe;
use crate::{Access, Error, Result, Stores};

/// An operation, ready to be carried out, or the reason why it cannot be.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The method, as far as there is one.
    pub(super) method: Option<String>,
    pub(super) bulk_id: Option<String>,
    /// The resource that its path names, if it could be told although the operation is wrong.
    pub(super) named: Option<ResourceKey>,
    pub(super) write: Result<Write>,
    /// The operations that create what this one refers to. They come before it, or together with it.
    pub(super) refers_to: BTreeSet<usize>,
}

/// The methods of an operation (RFC 7644 §3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Post,
    Put,
    Patch,
    Delete,
}

impl<S: Stores> Scope<S> {
    /// Makes of each operation what its single request would be: the caller may do it, the path names something, the data is there.
    /// The ids of all that is created are made first, so that references can go in every direction (RFC 7644 §3.7.1).
    pub(super) fn prepare(&self, operations: Vec<Value>) -> Vec<Prepared> {
        let mut reserved = Reserved::new();
        for (place, operation) in operations.iter().enumerate() {
            if let (Ok(Method::Post), Some(bulk_id)) = (method(operation), text(operation, "bulkId").filter(|id| !id.is_empty())) {
                reserved.entry(bulk_id.to_owned()).or_insert_with(|| (place, new_id()));
            }
        }
        operations.into_iter().enumerate().map(|(place, operation)| self.prepare_one(place, operation, &reserved)).collect()
    }

    fn prepare_one(&self, place: usize, operation: Value, reserved: &Reserved) -> Prepared {
        let known = method(&operation).ok();
        let method = known.map(|method| method.name().to_owned()).or_else(|| text(&operation, "method").map(ToOwned::to_owned));
        let bulk_id = text(&operation, "bulkId").map(ToOwned::to_owned);
        let (mut named, mut refers_to) = (None, BTreeSet::new());
        let own = Own { place, bulk_id: bulk_id.as_deref(), reserved };
        let write = self.write(operation, &own, &mut named, &mut refers_to);
        Prepared { method, bulk_id, named, write, refers_to }
    }

    fn write(&self, operation: Value, own: &Own<'_>, named: &mut Option<ResourceKey>, refers_to: &mut BTreeSet<usize>) -> Result<Write> {
        if !operation.is_object() {
            return Err(Error::invalid_syntax(format!(
                "the operation is {}: send an object with `method` and `path`",
                describe(&operation)
            )));
        }
        let method = method(&operation)?;
        let path = text(&operation, "path").ok_or_else(|| Error::invalid_syntax("`path` is missing or no string: send e.g. `/Users`"))?;
        let Named { endpoint, resource } = path::parse(path, self.server.public_url())?;
        let kind = self.server.registry().by_endpoint(&endpoint).cloned();
        let mut resolver = Resolver::new(own.reserved, kind.as_deref());
        let names_resource = resource.is_some();
        let id = match resource {
            None => None,
            Some(Resource::Id(id)) => Some(id),
            Some(Resource::Created(raw, decoded)) => resolver.id(&raw).or_else(|| resolver.id(&decoded)),
        };
        if let (Some(kind), Some(id)) = (&kind, id.as_ref().filter(|_| method != Method::Post)) {
            *named = Some(ResourceKey { kind: kind.clone(), id: id.clone() });
        }
        // Whoever may not do it learns nothing else.
        let kind = self.kind(&endpoint, Access::Write)?;
        let key = match (method, names_resource) {
            (Method::Post, false) => ResourceKey { kind, id: own.id()? },
            (Method::Post, true) => return Err(Error::invalid_syntax("`path` of a POST must name a resource type, such as `/Users`")),
            (_, false) => return Err(Error::invalid_syntax("`path` must name a resource, such as `/Users/{id}`, for this method")),
            (_, true) => self.key(&endpoint, &id.ok_or_else(|| unknown("`path`"))?, Access::Write)?,
        };
        let if_match = if_match(&operation)?;
        let write = match method {
            Method::Post => Write::Create { key, body: resource_data(operation, &mut resolver)? },
            Method::Put => Write::Replace { key, if_match, body: resource_data(operation, &mut resolver)? },
            Method::Patch => {
                let message = resolver.patch(data(operation)?).map_err(|Unknown(inner)| unknown(&format!("`data.{inner}`")))?;
                Write::Patch { key, if_match, request: PatchOp::parse(message, &self.leniency)? }
            }
            Method::Delete => Write::Delete { key, if_match },
        };
        *refers_to = resolver.operations;
        Ok(write)
    }
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// The method, in any case (S42).
fn method(operation: &Value) -> Result<Method> {
    let method = text(operation, "method").ok_or_else(|| Error::invalid_syntax("`method` is missing or no string: send e.g. `POST`"))?;
    let known =
        [Method::Post, Method::Put, Method::Patch, Method::Delete].into_iter().find(|known| known.name().eq_ignore_ascii_case(method));
    known.ok_or_else(|| Error::invalid_syntax(format!("`method` cannot be {}: send `POST`, `PUT`, `PATCH` or `DELETE`", quote(method))))
}

/// What an operation is called in the request.
struct Own<'a> {
    place: usize,
    bulk_id: Option<&'a str>,
    reserved: &'a Reserved,
}

impl Own<'_> {
    /// The id that was reserved for what a POST creates.
    fn id(&self) -> Result<String> {
        let bulk_id = self.bulk_id.filter(|bulk_id| !bulk_id.is_empty());
        let bulk_id = bulk_id.ok_or_else(|| Error::invalid_syntax("`bulkId` is missing or no string: a POST needs one"))?;
        match self.reserved.get(bulk_id) {
            Some((first, id)) if *first == self.place => Ok(id.clone()),
            Some((first, _)) => {
                let detail = format!("the bulkId {} is that of operation {} already: each POST needs its own", quote(bulk_id), first + 1);
                Err(Error::invalid_value(detail))
            }
            None => Err(Error::internal("a POST has no reserved id")),
        }
    }
}

/// `version` is what `If-Match` is for a single request.
fn if_match(operation: &Value) -> Result<IfMatch> {
    match member(operation, "version") {
        None | Some(Value::Null) => Ok(IfMatch::Absent),
        Some(Value::String(version)) => IfMatch::parse(version).map_err(|error| error.within("`version`")),
        Some(other) => Err(Error::invalid_syntax(format!("`version` is {}: send the version as meta.version shows it", describe(other)))),
    }
}

fn resource_data(operation: Value, resolver: &mut Resolver<'_>) -> Result<Document> {
    match data(operation)? {
        Value::Object(mut data) => {
            resolver.resource(&mut data).map_err(|Unknown(inner)| unknown(&format!("`data.{inner}`")))?;
            Ok(data)
        }
        other => Err(Error::invalid_syntax(format!("`data` is {}: send the resource as an object", describe(&other)))),
    }
}

fn data(operation: Value) -> Result<Value> {
    let Value::Object(members) = operation else { return Err(Error::internal("an operation is no object")) };
    let data = members.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("data")).map(|(_, data)| data);
    data.filter(|data| !data.is_null())
        .ok_or_else(|| Error::invalid_syntax("`data` is missing: send what the single request would have as its body"))
}

/// Its words are not repeated: they may be the value of anything.
fn unknown(place: &str) -> Error {
    Error::invalid_value(format!("{place} begins with `{PREFIX}`, but no POST of this request has such a bulkId"))
}

fn text<'v>(operation: &'v Value, name: &str) -> Option<&'v str> {
    member(operation, name).and_then(Value::as_str)
}
