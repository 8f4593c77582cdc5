//! The message of an answer: a document, or the text of one that is too long to be held.

use std::collections::VecDeque;
use std::fmt;

use serde_json::Value;

use super::refused;
use crate::projection::ElementView;
use crate::representation::show_elements;
use crate::store::{Document, Piece, ResourceKey, Store, Stored};
use crate::{BoundPath, Boxed, Result};

/// The message of an answer.
#[derive(Debug)]
pub enum Body {
    /// All of it.
    Document(Document),
    /// Its JSON text, piece by piece: some collection in it is long.
    InPieces(InPieces),
}

impl Body {
    /// The message, if it is held as a whole.
    #[must_use]
    pub fn document(&self) -> Option<&Document> {
        match self {
            Body::Document(document) => Some(document),
            Body::InPieces(_) => None,
        }
    }
}

impl From<Document> for Body {
    fn from(document: Document) -> Self {
        Body::Document(document)
    }
}

/// A JSON text of which one piece at a time is in memory (T13): byte for byte that of the whole document. All of it is of one moment,
/// which the store holds until the value is dropped.
pub struct InPieces(Box<dyn Source>);

impl InPieces {
    /// The next piece; nothing after the last.
    ///
    /// # Errors
    /// Those of reading a resource. The text is not whole then, and nothing follows.
    pub async fn next(&mut self) -> Option<Result<String>> {
        self.0.next().await
    }
}

impl fmt::Debug for InPieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InPieces").finish_non_exhaustive()
    }
}

/// Where the pieces come from.
trait Source: Send + Sync {
    fn next(&mut self) -> Boxed<'_, Option<Result<String>>>;
}

/// A long collection in a message.
pub(super) struct Long {
    key: ResourceKey,
    path: BoundPath,
    view: ElementView,
    /// The `value` of the last element that was read.
    after: Option<String>,
    /// Whether an element was shown. A collection of which nothing is shown is left out, name and all.
    begun: bool,
}

impl Long {
    /// The long collections of a resource, each with what the answer shows of its elements.
    pub(super) fn of(stored: &Stored, view: impl Fn(&BoundPath) -> ElementView) -> Vec<Self> {
        let collections = stored.key.kind.collections.iter().map(|collection| &collection.attribute);
        let long = collections.filter(|path| stored.long.contains(&path.to_string()));
        long.map(|path| Self { key: stored.key.clone(), path: path.clone(), view: view(path), after: None, begun: false }).collect()
    }
}

/// The text of a message, as far as it is written, and what is still to be read.
pub(super) struct Pieces<S> {
    /// The moment that is read.
    snapshot: S,
    /// The public URL of the server.
    base: String,
    /// How many elements are read at once.
    size: u32,
    parts: VecDeque<Part>,
}

enum Part {
    Text(String),
    Elements(Box<Long>),
}

impl<S: Store + 'static> Pieces<S> {
    pub(super) fn new(snapshot: S, base: &str, size: u32) -> Self {
        Self { snapshot, base: base.to_owned(), size: size.max(1), parts: VecDeque::new() }
    }

    /// Writes a resource in whose representation the long collections are null.
    pub(super) fn resource(&mut self, resource: &Document, mut long: Vec<Long>) {
        let mut separator = "{";
        for (name, value) in resource {
            // `schemas` and `id` come before every collection, so what stands here is never the first member.
            if let Some(place) = long.iter().position(|long| long.path.attribute.name == *name) {
                self.parts.push_back(Part::Elements(Box::new(long.swap_remove(place))));
                continue;
            }
            self.text(separator);
            self.member(name, value);
            separator = ",";
        }
        self.text("}");
    }

    /// Writes a list message with these resources in it instead of those that it has.
    pub(super) fn list(&mut self, message: &Document, resources: impl IntoIterator<Item = (Document, Vec<Long>)>) {
        let mut resources = Some(resources);
        let mut separator = "{";
        for (name, value) in message {
            self.text(separator);
            separator = ",";
            let Some(resources) = resources.take_if(|_| name == "Resources") else {
                self.member(name, value);
                continue;
            };
            self.text("\"Resources\":[");
            for (index, (resource, long)) in resources.into_iter().enumerate() {
                if index > 0 {
                    self.text(",");
                }
                self.resource(&resource, long);
            }
            self.text("]");
        }
        self.text("}");
    }

    /// The message, as soon as its first elements are there: what fails until then is an error like any other.
    pub(super) async fn begin(mut self) -> Result<Body> {
        let mut first = String::new();
        while let Some(Part::Text(_)) = self.parts.front() {
            first.push_str(&self.next_piece().await?.unwrap_or_default());
        }
        first.push_str(&self.next_piece().await?.unwrap_or_default());
        self.parts.push_front(Part::Text(first));
        Ok(Body::InPieces(InPieces(Box::new(self))))
    }

    fn member(&mut self, name: &str, value: &Value) {
        self.text(&Value::from(name).to_string());
        self.text(":");
        self.text(&value.to_string());
    }

    fn text(&mut self, more: &str) {
        match self.parts.back_mut() {
            Some(Part::Text(text)) => text.push_str(more),
            Some(Part::Elements(_)) | None => self.parts.push_back(Part::Text(more.to_owned())),
        }
    }

    async fn next_piece(&mut self) -> Result<Option<String>> {
        loop {
            let Some(part) = self.parts.pop_front() else { return Ok(None) };
            let mut long = match part {
                Part::Text(text) => return Ok(Some(text)),
                Part::Elements(long) => long,
            };
            let piece = Piece { path: long.path.to_string(), after: long.after.take(), count: self.size };
            let elements = self.snapshot.elements(&long.key, &piece).await.map_err(refused)?;
            let is_last = elements.len() < self.size as usize;
            long.after = elements.last().map(|element| element.value.clone());
            let mut text = String::new();
            for shown in long.view.shown(show_elements(&long.key.kind, &long.path, &elements, &self.base)) {
                match std::mem::replace(&mut long.begun, true) {
                    true => text.push(','),
                    false => text = format!(",{}:[", Value::from(long.path.attribute.name.as_str())),
                }
                text.push_str(&shown.to_string());
            }
            if !is_last {
                self.parts.push_front(Part::Elements(long));
            } else if long.begun {
                text.push(']');
            }
            if !text.is_empty() {
                return Ok(Some(text));
            }
        }
    }
}

impl<S: Store + 'static> Source for Pieces<S> {
    fn next(&mut self) -> Boxed<'_, Option<Result<String>>> {
        Box::pin(async {
            let next = self.next_piece().await;
            if next.is_err() {
                self.parts.clear();
            }
            next.transpose()
        })
    }
}
