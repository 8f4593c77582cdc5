//! The rows of indexed values.

use std::collections::{BTreeMap, BTreeSet};

use scim_server::ResourceType;
use scim_server::store::{Change, Content, Document, Reference, StoreError, UniqueKey, Unknown};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Query as Sql};

use super::Work;
use super::links::is_too_long;
use crate::bare::{Present, insert_values};
use crate::engine::Lock;
use crate::error::{Failure, unexpected};
use crate::index::{ValueRow, cut, type_number};
use crate::migration::MAX_ID;
use crate::stores::SqlStore;
use crate::table::{bytes, resource, text, value};
use crate::walk::ValueAt;

/// How many rows one statement inserts or deletes at most: below every engine's limit of bound values.
pub(super) const ROWS: usize = 500;

impl Work<'_> {
    pub(super) fn rows(&self, kind: &ResourceType, document: &Document, unique: &[UniqueKey]) -> Vec<ValueRow> {
        self.store.inner.index.rows(kind, document, unique)
    }

    pub(super) async fn delete_values(&self, number: i64, rows: &[ValueRow]) -> Result<(), Failure> {
        for piece in rows.chunks(ROWS) {
            let mut any = Cond::any();
            for row in piece {
                any = any.add(Expr::col(value::TENANT).eq(self.store.tenant).and(row.clone().of(number).is_here()));
            }
            // A unique value may be another's by now: only one's own rows go.
            let delete = Sql::delete().from_table(value::TABLE).cond_where(any).and_where(Expr::col(value::KEY).eq(number)).take();
            self.transaction.execute(&delete).await?;
        }
        Ok(())
    }

    /// Inserts the rows. The primary key holds what must be unique.
    pub(super) async fn insert_values(&self, rows: &[ValueAt]) -> Result<(), Failure> {
        Ok(insert_values(self.transaction, self.store.tenant, rows, Present::Fail).await?)
    }

    /// Writes the difference.
    pub(super) async fn change_values(&self, number: i64, kept: &[ValueRow], wanted: &[ValueRow]) -> Result<(), Failure> {
        let (kept, wanted): (BTreeSet<&ValueRow>, BTreeSet<&ValueRow>) = (kept.iter().collect(), wanted.iter().collect());
        let gone: Vec<ValueRow> = kept.difference(&wanted).map(|row| (*row).clone()).collect();
        let new: Vec<ValueAt> = wanted.difference(&kept).map(|row| (*row).clone().of(number)).collect();
        self.delete_values(number, &gone).await?;
        self.insert_values(&new).await
    }

    /// The references of the document name something, where the change insists on it. One that stood there already is as it was.
    pub(super) async fn check_references(&self, new: &Content, present: &[(String, String)]) -> Result<(), Failure> {
        let insisting = new.references.iter().filter(|reference| must_be_known(reference, present));
        let known = self.named(insisting.map(|reference| reference.value.as_str())).await?;
        check_known(new, present, &known)
    }

    /// What these ids name, by the names of the types. It stays until the transaction ends.
    pub(super) async fn named<'i>(&self, ids: impl Iterator<Item = &'i str>) -> Result<BTreeMap<String, String>, Failure> {
        let (created, ids): (BTreeSet<&str>, BTreeSet<&str>) =
            ids.filter(|id| id.len() <= MAX_ID as usize).partition(|id| self.created.contains_key(*id));
        let mut named: BTreeMap<String, String> =
            created.into_iter().filter_map(|id| Some((id.to_owned(), self.created.get(id)?.clone()))).collect();
        for piece in ids.into_iter().collect::<Vec<_>>().chunks(ROWS) {
            let select = Sql::select()
                .columns([("r", resource::ID), ("r", resource::TYPE)])
                .from_as(resource::TABLE, "r")
                .and_where(Expr::col(("r", resource::TENANT)).eq(self.store.tenant))
                .and_where(Expr::col(("r", resource::ID)).is_in(piece.iter().map(|id| bytes(id))))
                .take();
            for row in self.transaction.query_all_raw(self.store.inner.engine.locking(&select, Lock::Delete)).await? {
                let kind: i64 = row.try_get("", resource::TYPE)?;
                if let Some(kind) = self.store.inner.registry.types().iter().find(|known| type_number(&known.name) == kind) {
                    named.insert(text(&row, resource::ID)?, kind.name.clone());
                }
            }
        }
        Ok(named)
    }
}

fn must_be_known(reference: &Reference, present: &[(String, String)]) -> bool {
    let stood = present.iter().any(|(path, value)| *path == reference.path && *value == reference.value);
    reference.unknown == Unknown::Refuse && !stood
}

/// Whether every reference that must be known is of a type that it may name, and can be kept at all.
pub(super) fn check_known(new: &Content, present: &[(String, String)], named: &BTreeMap<String, String>) -> Result<(), Failure> {
    let is_of = |reference: &Reference| named.get(&reference.value).is_some_and(|kind| reference.types.contains(kind));
    let refused = |reference: &&Reference| is_too_long(&reference.value) || must_be_known(reference, present) && !is_of(reference);
    match new.references.iter().find(refused) {
        Some(reference) => Err(StoreError::UnknownReference { path: reference.path.clone(), value: reference.value.clone() }.into()),
        None => Ok(()),
    }
}

/// Which unique value of which change another resource has. Asked only after the collision; nothing if nobody has one any more.
pub(crate) async fn who_is_taken(store: &SqlStore, changes: &[Change]) -> Result<Option<(usize, String)>, StoreError> {
    let mut wanted_here: BTreeMap<(&String, &String, &String), &String> = BTreeMap::new();
    let mut created_here = BTreeSet::new();
    // What these have in the database an earlier change of the list has taken from them.
    let mut changed_here: BTreeSet<&str> = BTreeSet::new();
    for (place, change) in changes.iter().enumerate() {
        let (key, unique, creates) = match change {
            Change::Create { key, new } => (key, new.unique.as_slice(), true),
            Change::Update { key, new: Some(new), .. } => (key, new.unique.as_slice(), false),
            Change::Delete { key, .. } => (key, [].as_slice(), false),
            Change::Update { new: None, .. } => continue,
        };
        wanted_here.retain(|_, id| **id != key.id);
        for UniqueKey { path, key: wanted } in unique {
            let select = Sql::select()
                .column(("r", resource::ID))
                .from_as(value::TABLE, "v")
                .inner_join(
                    sea_orm::sea_query::TableRef::from(resource::TABLE).alias("r"),
                    Expr::col(("r", resource::TENANT))
                        .equals(("v", value::TENANT))
                        .and(Expr::col(("r", resource::TYPE)).eq(type_number(&key.kind.name)))
                        .and(Expr::col(("r", resource::KEY)).equals(("v", value::KEY))),
                )
                .and_where(Expr::col(("v", value::TENANT)).eq(store.tenant))
                .and_where(Expr::col(("v", value::ATTRIBUTE)).eq(store.inner.index.unique_number(&key.kind, path)))
                .and_where(Expr::col(("v", value::VALUE)).eq(cut(wanted)))
                .and_where(Expr::col(("v", value::SLOT)).eq(0))
                .take();
            let row = store.inner.database.query_one(&select).await.map_err(unexpected)?;
            let holder = row.map(|row| text(&row, resource::ID)).transpose().map_err(unexpected)?;
            let holder = holder.filter(|holder| !changed_here.contains(holder.as_str()));
            let before = wanted_here.insert((&key.kind.name, path, wanted), &key.id);
            if before.is_some() || holder.is_some_and(|holder| creates || holder != key.id) {
                return Ok(Some((place, path.clone())));
            }
        }
        if creates {
            let select = Sql::select()
                .column(resource::ID)
                .from(resource::TABLE)
                .and_where(Expr::col(resource::TENANT).eq(store.tenant))
                .and_where(Expr::col(resource::ID).eq(bytes(&key.id)))
                .take();
            let there = store.inner.database.query_one(&select).await.map_err(unexpected)?.is_some();
            if there || !created_here.insert(&key.id) {
                return Ok(Some((place, "id".to_owned())));
            }
        }
        changed_here.insert(&key.id);
    }
    Ok(None)
}
