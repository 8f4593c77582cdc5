//! The rows of collections and references.

use std::collections::{BTreeMap, BTreeSet};

use scim_server::ResourceType;
use scim_server::comparison::comparison_key;
use scim_server::store::{Document, Edit, Element, StoreError, Unknown};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query as Sql, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::Value;

use super::Work;
use super::values::ROWS;
use crate::error::Failure;
use crate::index::path_number;
use crate::read::referents;
use crate::table::link;

/// The links of one resource.
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

    pub(super) async fn edit(&mut self, path: &str, edit: &Edit) -> Result<Effect, Failure> {
        match edit {
            Edit::Delta { put, remove, unknown } => {
                let mut effect = self.put(path, put, *unknown).await?;
                effect.changed |= self.remove(path, remove).await?;
                Ok(effect)
            }
            Edit::Replace { elements, unknown } => self.replace(path, elements, *unknown).await,
        }
    }

    /// Puts the elements: those that are there already stay as they are, unless their item differs.
    pub(super) async fn put(&mut self, path: &str, elements: &[Element], unknown: Unknown) -> Result<Effect, Failure> {
        let mut effect = Effect::default();
        for piece in elements.chunks(ROWS) {
            let known = self.known(path, piece, unknown, &mut effect.left_out).await?;
            if known.is_empty() {
                continue;
            }
            let mut insert = Sql::insert();
            insert.into_table(link::TABLE).columns([link::TENANT, link::ATTRIBUTE, link::OWNER, link::VALUE, link::COMPARED, link::ITEM]);
            for element in &known {
                insert.values_panic([
                    self.work.store.tenant.into(),
                    path_number(self.kind, path).into(),
                    self.owner.into(),
                    element.value.clone().into(),
                    compared(self.kind, path, &element.value).into(),
                    item(&element.item)?.into(),
                ]);
            }
            // `IS NOT` in words that every engine has: an item that is missing on one side only differs, too.
            let (old, new) = (|| Expr::col((link::TABLE, link::ITEM)), || Expr::col(("excluded", link::ITEM)));
            let differs = old().ne(new()).or(old().is_null().and(new().is_not_null())).or(old().is_not_null().and(new().is_null()));
            insert.on_conflict(
                OnConflict::columns([link::TENANT, link::ATTRIBUTE, link::OWNER, link::VALUE])
                    .update_column(link::ITEM)
                    .action_and_where(differs)
                    .to_owned(),
            );
            effect.changed |= self.work.transaction.execute(&insert).await?.rows_affected() > 0;
        }
        Ok(effect)
    }

    async fn remove(&self, path: &str, values: &[String]) -> Result<bool, Failure> {
        let mut changed = false;
        for piece in values.chunks(ROWS) {
            let delete = Sql::delete()
                .from_table(link::TABLE)
                .and_where(Expr::col(link::TENANT).eq(self.work.store.tenant))
                .and_where(Expr::col(link::ATTRIBUTE).eq(path_number(self.kind, path)))
                .and_where(Expr::col(link::OWNER).eq(self.owner))
                .and_where(Expr::col(link::VALUE).is_in(piece))
                .take();
            changed |= self.work.transaction.execute(&delete).await?.rows_affected() > 0;
        }
        Ok(changed)
    }

    /// Reads the present ids and writes the difference.
    async fn replace(&mut self, path: &str, elements: &[Element], unknown: Unknown) -> Result<Effect, Failure> {
        let wanted: BTreeSet<&str> = elements.iter().map(|element| element.value.as_str()).collect();
        let mut gone = Vec::new();
        for row in self.work.transaction.query_all(&self.values(path)).await? {
            let value: String = row.try_get("", link::VALUE)?;
            if !wanted.contains(value.as_str()) {
                gone.push(value);
            }
        }
        // What is there already is known: `put` asks for the others first, as long as the old ones still stand.
        let mut effect = self.put(path, elements, unknown).await?;
        effect.changed |= self.remove(path, &gone).await?;
        Ok(effect)
    }

    /// Those elements that name something or stand here already; the others as the change says.
    async fn known(&self, path: &str, elements: &[Element], unknown: Unknown, left_out: &mut Vec<String>) -> Result<Vec<Element>, Failure> {
        if unknown == Unknown::Keep {
            return Ok(last_of_each(elements));
        }
        let found = referents(self.work.store, self.work.transaction, elements.iter().map(|element| element.value.clone())).await?;
        let types = self
            .kind
            .collections
            .iter()
            .find(|collection| collection.attribute.to_string() == path)
            .map_or(&[] as &[String], |found| &found.types);
        let named = |element: &Element| found.get(&element.value).is_some_and(|referent| types.contains(&referent.type_name));
        let strange: Vec<&str> = elements.iter().filter(|element| !named(element)).map(|element| element.value.as_str()).collect();
        let mut present = BTreeSet::new();
        if !strange.is_empty() {
            let select = self.values(path).and_where(Expr::col(link::VALUE).is_in(strange.iter().copied())).take();
            for row in self.work.transaction.query_all(&select).await? {
                present.insert(row.try_get::<String>("", link::VALUE)?);
            }
        }
        for value in strange.into_iter().filter(|value| !present.contains(*value)) {
            match unknown {
                Unknown::LeaveOut => left_out.push(value.to_owned()),
                Unknown::Refuse | Unknown::Keep => {
                    return Err(StoreError::UnknownReference { path: path.to_owned(), value: value.to_owned() }.into());
                }
            }
        }
        Ok(last_of_each(elements).into_iter().filter(|element| named(element) || present.contains(&element.value)).collect())
    }

    fn values(&self, path: &str) -> SelectStatement {
        Sql::select()
            .column(link::VALUE)
            .from(link::TABLE)
            .and_where(Expr::col(link::TENANT).eq(self.work.store.tenant))
            .and_where(Expr::col(link::ATTRIBUTE).eq(path_number(self.kind, path)))
            .and_where(Expr::col(link::OWNER).eq(self.owner))
            .take()
    }

    /// The references of a document, so that those who are named can be taken out of it (S63).
    pub(super) async fn set_references(&mut self, kept: &[(String, String)], wanted: &[(String, String)]) -> Result<(), Failure> {
        for (path, value) in kept.iter().filter(|reference| !wanted.contains(reference)) {
            self.remove(path, std::slice::from_ref(value)).await?;
        }
        for (path, value) in wanted.iter().filter(|reference| !kept.contains(reference)) {
            let element = Element { value: value.clone(), item: Document::new(), referent: None };
            self.put(path, &[element], Unknown::Keep).await?;
        }
        Ok(())
    }
}

/// The comparison key of an element's `value`.
fn compared(kind: &ResourceType, path: &str, id: &str) -> String {
    let collections = kind.collections.iter().map(|collection| &collection.attribute);
    let attribute = collections.chain(&kind.references).find(|attribute| attribute.to_string() == path);
    let value = attribute.and_then(|attribute| attribute.attribute.sub_attribute("value"));
    value.and_then(|value| comparison_key(value, &Value::from(id))).unwrap_or_else(|| id.to_owned())
}

/// One statement must not name a row twice; the last word counts.
fn last_of_each(elements: &[Element]) -> Vec<Element> {
    let by_value: BTreeMap<&str, &Element> = elements.iter().map(|element| (element.value.as_str(), element)).collect();
    by_value.into_values().cloned().collect()
}

fn item(item: &Document) -> Result<Option<String>, DbErr> {
    if item.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(item).map(Some).map_err(|error| DbErr::Json(error.to_string()))
}
