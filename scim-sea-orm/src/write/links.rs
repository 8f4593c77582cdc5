//! The rows of collections and references.

use std::collections::{BTreeMap, BTreeSet};

use scim_server::comparison::comparison_key;
use scim_server::store::{Document, Edit, Element, StoreError, Unknown};
use scim_server::{Attribute, ResourceType};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query as Sql, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use serde_json::Value;

use super::Work;
use super::values::ROWS;
use crate::engine::Lock;
use crate::error::Failure;
use crate::index::{path_number, type_number};
use crate::migration::MAX_ID;
use crate::table::{bytes, link, resource, text};

/// Whether the tables cannot hold that id: then it names nothing.
pub(super) fn is_too_long(id: &str) -> bool {
    id.len() > MAX_ID as usize
}

/// A collection or a reference of a type.
pub(super) struct Field<'k> {
    path: &'k str,
    number: i64,
    value: Option<&'k Attribute>,
    types: &'k [String],
}

/// A row of the link table.
pub(super) struct LinkRow {
    attribute: i64,
    owner: i64,
    value: Vec<u8>,
    compared: Vec<u8>,
    item: Option<String>,
}

impl<'k> Field<'k> {
    pub(super) fn new(kind: &'k ResourceType, path: &'k str) -> Self {
        let collection = kind.collections.iter().find(|collection| collection.attribute.to_string() == path);
        let reference = || kind.references.iter().find(|reference| reference.to_string() == path);
        let attribute = collection.map(|collection| &collection.attribute).or_else(reference);
        Self {
            path,
            number: path_number(kind, path),
            value: attribute.and_then(|attribute| attribute.attribute.sub_attribute("value")).map(AsRef::as_ref),
            types: collection.map_or(&[], |collection| &collection.types),
        }
    }

    /// Whether an element may name a resource of that type.
    pub(super) fn may_name(&self, kind: Option<&String>) -> bool {
        kind.is_some_and(|kind| self.types.contains(kind))
    }

    /// Those elements that are known or may be unknown. The others as the change says.
    pub(super) fn sort_out<'e>(
        &self,
        elements: &[&'e Element],
        unknown: Unknown,
        is_known: impl Fn(&str) -> bool,
        left_out: &mut Vec<String>,
    ) -> Result<Vec<&'e Element>, Failure> {
        let mut kept = Vec::with_capacity(elements.len());
        for element in elements {
            let id = &element.value;
            let fits = !is_too_long(id) && self.compared(id).len() <= MAX_ID as usize;
            if fits && (unknown == Unknown::Keep || is_known(id)) {
                kept.push(*element);
            } else if unknown == Unknown::LeaveOut {
                left_out.push(id.clone());
            } else {
                return Err(StoreError::UnknownReference { path: self.path.to_owned(), value: id.clone() }.into());
            }
        }
        Ok(kept)
    }

    pub(super) fn row(&self, owner: i64, id: &str, item: &Document) -> Result<LinkRow, DbErr> {
        let compared = self.compared(id).into_bytes();
        Ok(LinkRow { attribute: self.number, owner, value: bytes(id), compared, item: to_text(item)? })
    }

    /// The comparison key of an id.
    fn compared(&self, id: &str) -> String {
        self.value.and_then(|value| comparison_key(value, &Value::from(id))).unwrap_or_else(|| id.to_owned())
    }
}

/// The elements with each id once: its last word counts.
pub(super) fn last_words(elements: &[Element]) -> Vec<&Element> {
    let last: BTreeMap<&str, &Element> = elements.iter().map(|element| (element.value.as_str(), element)).collect();
    last.into_values().collect()
}

/// The comparison key of an id in a collection or reference.
pub(crate) fn compared(kind: &ResourceType, path: &str, id: &str) -> String {
    Field::new(kind, path).compared(id)
}

impl Work<'_> {
    /// Writes the rows; of one that is there already its item.
    pub(super) async fn put_links(&self, rows: &[LinkRow]) -> Result<(), Failure> {
        for piece in rows.chunks(ROWS) {
            let mut insert = Sql::insert();
            insert.into_table(link::TABLE).columns([link::TENANT, link::ATTRIBUTE, link::OWNER, link::VALUE, link::COMPARED, link::ITEM]);
            for row in piece {
                insert.values_panic([
                    self.store.tenant.into(),
                    row.attribute.into(),
                    row.owner.into(),
                    row.value.clone().into(),
                    row.compared.clone().into(),
                    row.item.clone().into(),
                ]);
            }
            let key = [link::TENANT, link::ATTRIBUTE, link::OWNER, link::VALUE];
            insert.on_conflict(OnConflict::columns(key).update_column(link::ITEM).to_owned());
            self.transaction.execute(&insert).await?;
        }
        Ok(())
    }
}

/// The links of one resource, whose row is locked: nobody else writes them.
pub(super) struct Links<'w> {
    work: &'w Work<'w>,
    kind: &'w ResourceType,
    owner: i64,
}

/// What an edit came to.
#[derive(Default)]
pub(super) struct Effect {
    pub(super) changed: bool,
    pub(super) left_out: Vec<String>,
}

impl<'w> Links<'w> {
    pub(super) fn new(work: &'w Work<'w>, kind: &'w ResourceType, owner: i64) -> Self {
        Self { work, kind, owner }
    }

    pub(super) async fn edit(&self, path: &str, edit: &Edit) -> Result<Effect, Failure> {
        match edit {
            Edit::Delta { put, remove, unknown } => {
                let mut effect = Effect::default();
                for piece in last_words(put).chunks(ROWS) {
                    effect.changed |= self.put(path, piece, *unknown, None, &mut effect.left_out).await?;
                }
                effect.changed |= self.remove(path, remove).await?;
                Ok(effect)
            }
            Edit::Replace { elements, unknown } => self.replace(path, elements, *unknown).await,
        }
    }

    /// Reads what is there, in pieces however much it is (T13), and writes the difference.
    async fn replace(&self, path: &str, elements: &[Element], unknown: Unknown) -> Result<Effect, Failure> {
        let field = Field::new(self.kind, path);
        let mut new = last_words(elements);
        let wanted: BTreeMap<&str, &Element> = new.iter().map(|element| (element.value.as_str(), *element)).collect();
        let (mut there, mut gone, mut other) = (BTreeSet::new(), Vec::new(), Vec::new());
        let mut effect = Effect::default();
        let mut after = None;
        loop {
            let piece = self.piece(path, after.as_deref()).await?;
            let is_last = piece.len() < ROWS;
            after = piece.last().map(|(value, _)| value.clone());
            for (value, item) in piece {
                match wanted.get_key_value(value.as_str()) {
                    None => gone.push(value),
                    Some((value, element)) => {
                        there.insert(*value);
                        if element.item != item {
                            other.push(field.row(self.owner, value, &element.item)?);
                        }
                    }
                }
            }
            if is_last || gone.len() >= ROWS {
                effect.changed |= self.remove(path, &std::mem::take(&mut gone)).await?;
            }
            if is_last || other.len() >= ROWS {
                effect.changed |= !other.is_empty();
                self.work.put_links(&std::mem::take(&mut other)).await?;
            }
            if is_last {
                break;
            }
        }
        new.retain(|element| !there.contains(element.value.as_str()));
        for piece in new.chunks(ROWS) {
            effect.changed |= self.put(path, piece, unknown, Some(&BTreeMap::new()), &mut effect.left_out).await?;
        }
        Ok(effect)
    }

    /// The next elements that there are, in the order of their values.
    async fn piece(&self, path: &str, after: Option<&str>) -> Result<Vec<(String, Document)>, Failure> {
        let mut select = self.present(path);
        select.order_by(link::VALUE, Order::Asc).limit(ROWS as u64);
        if let Some(after) = after {
            select.and_where(Expr::col(link::VALUE).gt(bytes(after)));
        }
        let rows = self.work.transaction.query_all(&select).await?;
        Ok(rows.iter().map(read).collect::<Result<Vec<_>, _>>()?)
    }

    /// Puts the elements: those that are there already stay as they are, unless their item differs. Whether anything changed. What is
    /// there is looked up unless it is known.
    async fn put(
        &self,
        path: &str,
        elements: &[&Element],
        unknown: Unknown,
        known: Option<&BTreeMap<String, Document>>,
        left_out: &mut Vec<String>,
    ) -> Result<bool, Failure> {
        let field = Field::new(self.kind, path);
        let asked: BTreeSet<&str> = elements.iter().map(|element| element.value.as_str()).filter(|id| !is_too_long(id)).collect();
        let (named, found);
        let present = if let Some(present) = known {
            let new = asked.into_iter().filter(|id| unknown != Unknown::Keep && !present.contains_key(*id));
            named = self.work.named(new).await?;
            present
        } else {
            (named, found) = self.look_up(&field, &asked, unknown).await?;
            &found
        };
        let is_known = |id: &str| present.contains_key(id) || field.may_name(named.get(id));
        let kept = field.sort_out(elements, unknown, is_known, left_out)?;
        let differing = kept.into_iter().filter(|element| present.get(&element.value) != Some(&element.item));
        let rows = differing.map(|element| field.row(self.owner, &element.value, &element.item)).collect::<Result<Vec<_>, _>>()?;
        self.work.put_links(&rows).await?;
        Ok(!rows.is_empty())
    }

    /// What those ids name, and which of them are elements already: both in one statement as long as they name something.
    async fn look_up(
        &self,
        field: &Field<'_>,
        ids: &BTreeSet<&str>,
        unknown: Unknown,
    ) -> Result<(BTreeMap<String, String>, BTreeMap<String, Document>), Failure> {
        let (mut named, mut present) = (BTreeMap::new(), BTreeMap::new());
        let mut strange = ids.clone();
        if unknown != Unknown::Keep && !ids.is_empty() {
            let select = Sql::select()
                .columns([("r", resource::ID), ("r", resource::TYPE)])
                .columns([("l", link::VALUE), ("l", link::ITEM)])
                .from_as(resource::TABLE, "r")
                .left_join(
                    sea_orm::sea_query::TableRef::from(link::TABLE).alias("l"),
                    Expr::col(("l", link::TENANT))
                        .equals(("r", resource::TENANT))
                        .and(Expr::col(("l", link::ATTRIBUTE)).eq(field.number))
                        .and(Expr::col(("l", link::OWNER)).eq(self.owner))
                        .and(Expr::col(("l", link::VALUE)).equals(("r", resource::ID))),
                )
                .and_where(Expr::col(("r", resource::TENANT)).eq(self.work.store.tenant))
                .and_where(Expr::col(("r", resource::ID)).is_in(ids.iter().map(|id| bytes(id))))
                .take();
            for row in self.work.transaction.query_all_raw(self.work.store.inner.engine.locking(&select, Lock::Delete)).await? {
                let (id, kind): (String, i64) = (text(&row, resource::ID)?, row.try_get("", resource::TYPE)?);
                strange.remove(id.as_str());
                if row.try_get::<Option<Vec<u8>>>("", link::VALUE)?.is_some() {
                    let (value, item) = read(&row)?;
                    present.insert(value, item);
                }
                if let Some(kind) = self.work.store.inner.registry.types().iter().find(|known| type_number(&known.name) == kind) {
                    named.insert(id, kind.name.clone());
                }
            }
        }
        for (id, kind) in strange.iter().filter_map(|id| self.work.created.get_key_value(*id)) {
            named.insert(id.clone(), kind.clone());
        }
        if !strange.is_empty() {
            let select = self.present(field.path).and_where(Expr::col(link::VALUE).is_in(strange.iter().map(|id| bytes(id)))).take();
            for row in self.work.transaction.query_all(&select).await? {
                let (value, item) = read(&row)?;
                present.insert(value, item);
            }
        }
        Ok((named, present))
    }

    /// The elements that there are.
    fn present(&self, path: &str) -> SelectStatement {
        Sql::select()
            .columns([link::VALUE, link::ITEM])
            .from(link::TABLE)
            .and_where(Expr::col(link::TENANT).eq(self.work.store.tenant))
            .and_where(Expr::col(link::ATTRIBUTE).eq(path_number(self.kind, path)))
            .and_where(Expr::col(link::OWNER).eq(self.owner))
            .take()
    }

    async fn remove(&self, path: &str, values: &[String]) -> Result<bool, Failure> {
        let mut changed = false;
        for piece in values.chunks(ROWS) {
            let delete = Sql::delete()
                .from_table(link::TABLE)
                .and_where(Expr::col(link::TENANT).eq(self.work.store.tenant))
                .and_where(Expr::col(link::ATTRIBUTE).eq(path_number(self.kind, path)))
                .and_where(Expr::col(link::OWNER).eq(self.owner))
                .and_where(Expr::col(link::VALUE).is_in(piece.iter().map(|value| bytes(value))))
                .take();
            changed |= self.work.transaction.execute(&delete).await?.rows_affected() > 0;
        }
        Ok(changed)
    }

    /// The references of a document, so that those who are named can be taken out of it (S63).
    pub(super) async fn set_references(&self, kept: &[(String, String)], wanted: &[(String, String)]) -> Result<(), Failure> {
        for (path, value) in kept.iter().filter(|reference| !wanted.contains(reference)) {
            self.remove(path, std::slice::from_ref(value)).await?;
        }
        let new = wanted.iter().filter(|reference| !kept.contains(reference));
        let rows = new.map(|(path, value)| Field::new(self.kind, path).row(self.owner, value, &Document::new()));
        self.work.put_links(&rows.collect::<Result<Vec<_>, _>>()?).await
    }
}

/// The value and the item of a link.
fn read(row: &QueryResult) -> Result<(String, Document), DbErr> {
    let item: Option<String> = row.try_get("", link::ITEM)?;
    let item = item.map(|item| serde_json::from_str(&item)).transpose().map_err(|error| DbErr::Json(error.to_string()))?;
    Ok((text(row, link::VALUE)?, item.unwrap_or_default()))
}

fn to_text(item: &Document) -> Result<Option<String>, DbErr> {
    (!item.is_empty()).then(|| super::text(item)).transpose()
}
