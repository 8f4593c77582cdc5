//! PATCH (RFC 7644 §3.5.2): a list of operations, folded into one change, whole or not at all.

mod attribute;
mod collection;
mod elements;
mod listed;
#[cfg(test)]
mod model;
mod operation;
mod parts;
mod pieces;
#[cfg(test)]
mod random;
mod resource;
mod schemas;
mod singular;
mod target;
#[cfg(test)]
mod tests;
mod visits;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::error::quote;
use crate::filter::quote_path;
use crate::store::{Document, Edit, Stored};
use crate::validate::required::Secrets;
use crate::validate::value::{Reader, Single};
use crate::validate::{place, required, with_schemas};
use crate::{Error, Leniency, Quirk, ResourceType, Result};
use collection::{Members, Step};
use operation::Operation;
pub(crate) use operation::{PATCH_OP_URN, check_schemas, list_of_operations};
pub use pieces::Folding;
use target::Target;
pub use visits::Visits;

/// The body of a PATCH request (RFC 7644 §3.5.2).
///
/// # Examples
/// ```
/// use scim_server::patch::PatchOp;
/// use scim_server::{Leniency, Profile};
///
/// let body = serde_json::json!({
///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "move", "path": "nickName"}],
/// });
/// let error = PatchOp::parse(body, &Leniency::new(Profile::RFC)).unwrap_err();
/// assert_eq!(error.detail(), "operation 1: `op` cannot be `move`: send `add`, `remove` or `replace`");
/// ```
#[derive(Debug, Clone)]
pub struct PatchOp {
    operations: Vec<Operation>,
}

/// What the operations of a request come to.
#[derive(Debug, Clone, PartialEq)]
pub enum Folded {
    /// One change.
    Change {
        /// The new canonical document, if it differs from the present one.
        document: Option<Document>,
        /// The values of the request that are never returned; null where one was removed.
        secrets: Document,
        /// The changes of collections, by canonical path, without those that have no effect on their face.
        edits: Vec<(String, Edit)>,
    },
    /// It cannot be told without the present elements of these collections or derived attributes (a path selects by more than the
    /// key): read them and fold again. Then `current.collections` has each of them, one without elements as an empty list.
    Needs(Vec<String>),
}

impl PatchOp {
    /// Reads the body: `schemas` and `Operations`.
    ///
    /// # Errors
    /// `invalidSyntax` if the body is no `PatchOp` message, `invalidValue` if an operation lacks its value, `noTarget` if a `remove`
    /// lacks its path.
    pub fn parse(body: Value, leniency: &Leniency) -> Result<Self> {
        operation::read(body, leniency).map(|operations| Self { operations })
    }

    /// How many operations the request has, to be held against a limit.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether the request has no operation and changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Applies the operations in order to the present resource. Nothing is changed if one fails.
    ///
    /// # Errors
    /// `invalidPath`, `invalidFilter`, `noTarget`, `invalidValue`, `invalidSyntax`, `mutability`: the detail names the operation, unless
    /// it is the state after all of them that is at fault (something required is missing, two values are primary). 413 if the
    /// operations together would look at too many values.
    ///
    /// # Examples
    /// ```
    /// use std::collections::BTreeMap;
    ///
    /// use scim_server::patch::{Folded, PatchOp};
    /// use scim_server::store::{ResourceKey, Stored};
    /// use scim_server::{Leniency, Profile, Registry, Timestamp};
    /// use serde_json::json;
    ///
    /// let leniency = Leniency::new(Profile::RFC);
    /// let registry = Registry::rfc7643();
    /// let kind = registry.by_name("User").expect("User is registered");
    /// let document = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bjensen"});
    /// let current = Stored {
    ///     key: ResourceKey { kind: kind.clone(), id: "2819c223".into() },
    ///     version: 1,
    ///     created: Timestamp::now(),
    ///     modified: Timestamp::now(),
    ///     document: document.as_object().cloned().unwrap_or_default(),
    ///     collections: BTreeMap::new(),
    ///     long: Vec::new(),
    ///     referents: BTreeMap::new(),
    /// };
    /// let request = PatchOp::parse(json!({
    ///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "add", "path": "name.givenName", "value": "Barbara"}],
    /// }), &leniency)?;
    /// let Folded::Change { document: Some(new), .. } = request.fold(kind, &current, &leniency)? else { panic!("the name is new") };
    /// assert_eq!(new["name"], json!({"givenName": "Barbara"}));
    /// # Ok::<(), scim_server::Error>(())
    /// ```
    pub fn fold(&self, kind: &ResourceType, current: &Stored, leniency: &Leniency) -> Result<Folded> {
        self.fold_within(kind, current, leniency, &mut Visits::default())
    }

    /// The same as one of several requests that share what may be looked at.
    pub(crate) fn fold_within(&self, kind: &ResourceType, current: &Stored, leniency: &Leniency, visits: &mut Visits) -> Result<Folded> {
        let mut fold = Fold::new(kind, current, leniency, visits);
        for (index, operation) in self.operations.iter().enumerate() {
            fold.number = index;
            match fold.operation(operation) {
                Ok(()) => {}
                Err(Halt::Needs(path)) => return Ok(Folded::Needs(still_needed(kind, current, path))),
                Err(Halt::Failed(error)) => return Err(error.within(describe(index, operation, kind))),
            }
        }
        fold.settle(BTreeMap::new())
    }
}

/// One more reading serves the whole request: what a later operation could ask for is read with what this one needs.
fn still_needed(kind: &ResourceType, current: &Stored, path: String) -> Vec<String> {
    let collections = kind.collections.iter().map(|collection| collection.attribute.to_string());
    let derived = kind.derived.iter().map(|derived| derived.attribute.to_string());
    let mut needed = vec![path];
    for other in collections.chain(derived) {
        if !current.collections.contains_key(&other) && !needed.contains(&other) {
            needed.push(other);
        }
    }
    needed
}

/// The refusal to take away what is required (§3.5.2.2).
fn cannot_be_removed(path: impl std::fmt::Display) -> Error {
    Error::mutability(format!("`{path}` is required and cannot be removed: replace its value"))
}

/// `operation 2 (`replace` `emails[type eq "work"]`)`.
fn describe(index: usize, operation: &Operation, kind: &ResourceType) -> String {
    let path = operation.path.as_ref().map(|path| format!(" {}", quote_path(path, kind))).unwrap_or_default();
    format!("operation {} (`{}`{path})", index + 1, operation.action.name())
}

/// Why an operation was not carried out.
enum Halt {
    /// It is wrong.
    Failed(Error),
    /// The elements of this collection or derived attribute are needed first.
    Needs(String),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Halt::Failed(error)
    }
}

/// What an operation comes to.
type Outcome<T = ()> = std::result::Result<T, Halt>;

/// The resource between the operations.
#[derive(Debug)]
struct Fold<'a> {
    reader: Reader<'a>,
    current: &'a Stored,
    document: Document,
    secrets: Document,
    collections: BTreeMap<String, Members<'a>>,
    /// The canonical paths that lost their value by a `remove`: to lack what is required is then a matter of mutability (§3.5.2.2).
    removed: BTreeSet<String>,
    visits: &'a mut Visits,
    /// The place of the present operation in the request.
    number: usize,
    /// What is to be done to the collections that come in pieces, each step with the operation that it is of.
    kept: BTreeMap<String, Vec<(Place, Step)>>,
}

/// Where a step stands in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    operation: usize,
    /// How many steps were kept before it.
    kept: usize,
}

/// What became of a collection.
struct Settled {
    is_required: bool,
    is_emptied: bool,
    edit: Option<Edit>,
}

impl<'a> Fold<'a> {
    fn new(kind: &'a ResourceType, current: &'a Stored, leniency: &'a Leniency, visits: &'a mut Visits) -> Self {
        Self {
            reader: Reader { kind, leniency, single: Single::ListOfOne },
            current,
            document: current.document.clone(),
            secrets: Document::new(),
            collections: BTreeMap::new(),
            removed: BTreeSet::new(),
            visits,
            number: 0,
            kept: BTreeMap::new(),
        }
    }

    fn operation(&mut self, operation: &Operation) -> Outcome {
        let action = operation.action.clone();
        let Some(path) = &operation.path else { return self.resource(None, action) };
        match target::find(self.reader, path)? {
            Some(Target::Schema(urn)) => self.resource(urn.as_deref(), action),
            Some(Target::Attribute(target)) => self.attribute(&target, action, attribute::Named::ByPath),
            // INTEROP: one attribute that is mapped but unknown here must not block a whole user (ENTRA-75).
            None if self.reader.leniency.permits(Quirk::SkipUnknownPaths) => {
                // Without what a filter in it compares with, which is for no log (T10).
                let path = quote(path.split('[').next().unwrap_or_default());
                tracing::info!(path, resource_type = %self.reader.kind.name, "a PATCH operation on an unknown attribute was left out");
                Ok(())
            }
            None => Err(target::unknown_path(self.reader, path).into()),
        }
    }

    /// Counts the values that an operation looks at.
    fn visit(&mut self, values: usize) -> Outcome {
        Ok(self.visits.take(values)?)
    }

    /// What holds for the final state only, once (S90): duplicates, primary, required, `schemas`.
    fn settle(mut self, in_pieces: BTreeMap<String, Settled>) -> Result<Folded> {
        let kind = self.reader.kind;
        for path in kind.attributes().filter(|path| path.attribute.multi_valued && path.attribute.name != "schemas") {
            if let Some(Value::Array(elements)) = place::get(&self.document, &path) {
                let settled = elements::settle(&path, elements.clone())?;
                place::put(&mut self.document, &path, Value::Array(settled));
            }
        }
        let document = with_schemas(kind, self.document);
        let document = (document != self.current.document).then_some(document);
        let before = &self.current.document;
        let secrets = Secrets { given: &self.secrets, before: Some(before) };
        let changes = document.is_some() || !self.secrets.is_empty();
        let mut missing = changes.then(|| required::missing(kind, document.as_ref().unwrap_or(before), secrets)).flatten();
        let mut edits = Vec::new();
        let mut collections = in_pieces;
        collections.extend(self.collections.into_iter().map(|(path, members)| (path, members.settle(self.reader.leniency))));
        for (path, collection) in collections {
            if collection.is_required && collection.is_emptied {
                self.removed.insert(path.clone());
                missing = missing.or(Some(path.clone()));
            }
            edits.extend(collection.edit.map(|edit| (path, edit)));
        }
        match missing {
            None => Ok(Folded::Change { document, secrets: self.secrets, edits }),
            // An extension goes with the last of its attributes.
            Some(path) if self.removed.iter().any(|removed| *removed == path || removed.starts_with(&format!("{path}:"))) => {
                Err(cannot_be_removed(path))
            }
            Some(path) => Err(Error::invalid_value(format!("`{path}` is required: send a value"))),
        }
    }
}
