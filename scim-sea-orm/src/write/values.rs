//! The rows of indexed values.

use std::collections::BTreeSet;

use scim_server::ResourceType;
use scim_server::store::{Change, Content, Document, Reference, StoreError, UniqueKey, Unknown};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Query as Sql};

use super::Work;
use crate::error::{Failure, unexpected};
use crate::index::{ValueRow, cut, unique_number};
use crate::read::referents;
use crate::stores::SqlStore;
use crate::table::{resource, value};

/// How many rows one statement inserts or deletes at most: below every engine's limit of bound values.
pub(super) const ROWS: usize = 500;

impl Work<'_> {
    pub(super) fn rows(&self, kind: &ResourceType, document: &Document, unique: &[UniqueKey]) -> Vec<ValueRow> {
        self.store.inner.index.rows(kind, document, unique)
    }

    /// Inserts the rows. The primary key holds what must be unique.
    pub(super) async fn insert_values(&self, number: i64, rows: &[ValueRow]) -> Result<(), Failure> {
        for piece in rows.chunks(ROWS) {
            let mut insert = Sql::insert();
            insert.into_table(value::TABLE).columns([
                value::TENANT,
                value::ATTRIBUTE,
                value::VALUE,
                value::SLOT,
                value::ELEMENT,
                value::KEY,
            ]);
            for row in piece {
                let slot = if row.unique { 0 } else { number };
                insert.values_panic([
                    self.store.tenant.into(),
                    row.attribute.into(),
                    row.value.clone().into(),
                    slot.into(),
                    row.element.into(),
                    number.into(),
                ]);
            }
            self.transaction.execute(&insert).await?;
        }
        Ok(())
    }

    pub(super) async fn delete_values(&self, number: i64, rows: &[ValueRow]) -> Result<(), Failure> {
        for piece in rows.chunks(ROWS) {
            let mut any = Cond::any();
            for row in piece {
                let slot = if row.unique { 0 } else { number };
                any = any.add(
                    Expr::col(value::TENANT)
                        .eq(self.store.tenant)
                        .and(Expr::col(value::ATTRIBUTE).eq(row.attribute))
                        .and(Expr::col(value::VALUE).eq(row.value.clone()))
                        .and(Expr::col(value::SLOT).eq(slot))
                        .and(Expr::col(value::ELEMENT).eq(row.element)),
                );
            }
            // A unique value may be another's by now: only one's own rows go.
            let delete = Sql::delete().from_table(value::TABLE).cond_where(any).and_where(Expr::col(value::KEY).eq(number)).take();
            self.transaction.execute(&delete).await?;
        }
        Ok(())
    }

    /// Writes the difference.
    pub(super) async fn change_values(&self, number: i64, kept: &[ValueRow], wanted: &[ValueRow]) -> Result<(), Failure> {
        let (kept, wanted): (BTreeSet<&ValueRow>, BTreeSet<&ValueRow>) = (kept.iter().collect(), wanted.iter().collect());
        let gone: Vec<ValueRow> = kept.difference(&wanted).map(|row| (*row).clone()).collect();
        let new: Vec<ValueRow> = wanted.difference(&kept).map(|row| (*row).clone()).collect();
        self.delete_values(number, &gone).await?;
        self.insert_values(number, &new).await
    }

    /// The references of the document name something, where the change insists on it. One that stood there already is as it was.
    pub(super) async fn check_references(&self, new: &Content, present: &[(String, String)]) -> Result<(), Failure> {
        let stood = |reference: &Reference| present.iter().any(|(path, value)| *path == reference.path && *value == reference.value);
        let insisting: Vec<&Reference> =
            new.references.iter().filter(|reference| reference.unknown == Unknown::Refuse && !stood(reference)).collect();
        if insisting.is_empty() {
            return Ok(());
        }
        let known = referents(self.store, self.transaction, insisting.iter().map(|reference| reference.value.clone())).await?;
        for reference in insisting {
            if !known.get(&reference.value).is_some_and(|referent| reference.types.contains(&referent.type_name)) {
                return Err(StoreError::UnknownReference { path: reference.path.clone(), value: reference.value.clone() }.into());
            }
        }
        Ok(())
    }
}

/// Which unique value it was that another resource has. Asked only after the collision.
pub(super) async fn who_is_taken(store: &SqlStore, changes: &[Change]) -> StoreError {
    for change in changes {
        let (key, unique) = match change {
            Change::Create { key, new } | Change::Update { key, new: Some(new), .. } => (key, &new.unique),
            Change::Update { new: None, .. } | Change::Delete { .. } => continue,
        };
        for UniqueKey { path, key: wanted } in unique {
            let select = Sql::select()
                .column(("r", resource::ID))
                .from_as(value::TABLE, "v")
                .inner_join(
                    sea_orm::sea_query::TableRef::from(resource::TABLE).alias("r"),
                    Expr::col(("r", resource::TENANT))
                        .equals(("v", value::TENANT))
                        .and(Expr::col(("r", resource::TYPE)).eq(crate::index::type_number(&key.kind.name)))
                        .and(Expr::col(("r", resource::KEY)).equals(("v", value::KEY))),
                )
                .and_where(Expr::col(("v", value::TENANT)).eq(store.tenant))
                .and_where(Expr::col(("v", value::ATTRIBUTE)).eq(unique_number(&key.kind, path)))
                .and_where(Expr::col(("v", value::VALUE)).eq(cut(wanted)))
                .and_where(Expr::col(("v", value::SLOT)).eq(0))
                .take();
            let holder = match store.inner.database.query_one(&select).await {
                Ok(row) => row.and_then(|row| row.try_get::<String>("", resource::ID).ok()),
                Err(error) => return unexpected(error),
            };
            if holder.is_some_and(|holder| holder != key.id) {
                return StoreError::NotUnique { path: path.clone() };
            }
        }
    }
    // The holder has let go of it meanwhile, or two changes of this very list want the same.
    let path = changes.iter().find_map(|change| match change {
        Change::Create { new, .. } | Change::Update { new: Some(new), .. } => new.unique.first().map(|unique| unique.path.clone()),
        Change::Update { new: None, .. } | Change::Delete { .. } => None,
    });
    StoreError::NotUnique { path: path.unwrap_or_else(|| "id".to_owned()) }
}
