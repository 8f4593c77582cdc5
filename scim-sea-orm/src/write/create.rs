//! Creating resources: the rows of all that are created together in one statement for each table.

use std::collections::BTreeMap;

use scim_server::Timestamp;
use scim_server::store::{Content, Document, ResourceKey, StoreError, Unknown, Written};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::Query as Sql;

use super::links::{Field, LinkRow, last_words};
use super::values::check_known;
use super::{Work, display, stored, text};
use crate::error::Failure;
use crate::hook::Event;
use crate::index::type_number;
use crate::migration::MAX_ID;
use crate::read::references;
use crate::table::{bytes, resource};
use crate::walk::{ResourceAt, Row};

/// How many resources one statement inserts at most, and how long their documents are together: below every engine's limits.
const RESOURCES: usize = 128;
const BYTES: usize = 2 << 20;

/// A resource to be created, and its key.
pub(crate) struct New<'c> {
    pub(crate) key: &'c ResourceKey,
    pub(crate) content: &'c Content,
    pub(crate) number: i64,
}

/// Why resources were not created together.
pub(crate) struct Misfit {
    /// Which of them it was, from 0; the first if it cannot be told.
    pub(crate) among: usize,
    pub(crate) failure: Failure,
}

/// It cannot be told which one it was.
impl<F: Into<Failure>> From<F> for Misfit {
    fn from(failure: F) -> Self {
        Self { among: 0, failure: failure.into() }
    }
}

impl<'c> New<'c> {
    /// The ids that it names and that must be something.
    fn to_be_known(&self) -> impl Iterator<Item = &'c str> + use<'c> {
        let elements = self.content.collections.iter().flat_map(|(_, elements)| elements).map(|element| element.value.as_str());
        let elements = elements.filter(|_| self.content.unknown_elements != Unknown::Keep).collect::<Vec<_>>();
        let references = self.content.references.iter().filter(|reference| reference.unknown == Unknown::Refuse);
        elements.into_iter().chain(references.map(|reference| reference.value.as_str()))
    }
}

impl Work<'_> {
    /// Creates them all, then runs their hooks in order.
    pub(super) async fn create(&mut self, new: &[New<'_>]) -> Result<Vec<Written>, Misfit> {
        let written = self.insert(new).await?;
        for (among, (new, written)) in new.iter().zip(&written).enumerate() {
            self.created(new, written).await.map_err(|failure| Misfit { among, failure })?;
        }
        Ok(written)
    }

    /// Runs the hook for a resource that was created.
    pub(crate) async fn created(&self, new: &New<'_>, written: &Written) -> Result<(), Failure> {
        if self.store.inner.hook.is_none() {
            return Ok(());
        }
        let after = stored(new.key, written.version, written.created, written.modified, &new.content.document);
        self.hook(Event::Created { after: &after, secrets: &new.content.secrets }).await
    }

    /// Inserts the rows of all of them.
    pub(crate) async fn insert(&mut self, new: &[New<'_>]) -> Result<Vec<Written>, Misfit> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.named(new.iter().flat_map(New::to_be_known)).await?;
        let mut links = Vec::new();
        let mut left_out = Vec::with_capacity(new.len());
        for (among, new) in new.iter().enumerate() {
            let kept = kept_links(new, &known, &mut links);
            left_out.push(kept.map_err(|failure| Misfit { among, failure })?);
        }
        let now = Timestamp::now();
        self.insert_resources(new, now).await?;
        let values = new.iter().flat_map(|new| {
            let rows = self.rows(&new.key.kind, &new.content.document, &new.content.unique);
            rows.into_iter().map(|row| row.of(new.number))
        });
        self.insert_values(&values.collect::<Vec<_>>()).await?;
        self.put_links(&links).await?;
        for new in new {
            self.tally.add(self.store.tenant, type_number(&new.key.kind.name), new.number, 1);
        }
        Ok(left_out.into_iter().map(|left_out| Written { version: 1, created: now, modified: now, changed: true, left_out }).collect())
    }

    async fn insert_resources(&self, new: &[New<'_>], now: Timestamp) -> Result<(), Failure> {
        let mut insert = insert_resources();
        let (mut rows, mut length) = (0, 0);
        for new in new {
            let document = text(&new.content.document)?;
            if rows == RESOURCES || rows > 0 && length + document.len() > BYTES {
                self.transaction.execute(&insert).await?;
                (insert, rows, length) = (insert_resources(), 0, 0);
            }
            rows += 1;
            length += document.len();
            insert.values_panic([
                self.store.tenant.into(),
                type_number(&new.key.kind.name).into(),
                new.number.into(),
                bytes(&new.key.id).into(),
                1.into(),
                now.micros().into(),
                now.micros().into(),
                display(&new.content.document).into(),
                document.into(),
            ]);
        }
        self.transaction.execute(&insert).await?;
        Ok(())
    }
}

fn insert_resources() -> sea_orm::sea_query::InsertStatement {
    Sql::insert().into_table(resource::TABLE).columns([resource::TENANT].into_iter().chain(ResourceAt::columns())).take()
}

/// The links of a new resource; the elements that are left out come back.
fn kept_links(new: &New<'_>, known: &BTreeMap<String, String>, links: &mut Vec<LinkRow>) -> Result<Vec<String>, Failure> {
    if new.key.id.len() > MAX_ID as usize {
        return Err(StoreError::UnknownReference { path: "id".to_owned(), value: new.key.id.clone() }.into());
    }
    check_known(new.content, &[], known)?;
    let kind = &new.key.kind;
    let mut left_out = Vec::new();
    for (path, elements) in &new.content.collections {
        let field = Field::new(kind, path);
        let kept =
            field.sort_out(&last_words(elements), new.content.unknown_elements, |id| field.may_name(known.get(id)), &mut left_out)?;
        for element in kept {
            links.push(field.row(new.number, &element.value, &element.item)?);
        }
    }
    for (path, value) in references(kind, &new.content.document) {
        links.push(Field::new(kind, &path).row(new.number, &value, &Document::new())?);
    }
    Ok(left_out)
}
