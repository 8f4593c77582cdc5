//! Deleting a resource, and taking it out of everything that names it (S63).

use std::collections::BTreeMap;
use std::sync::Arc;

use scim_server::ResourceType;
use scim_server::store::{Expected, ResourceKey, Stored, Written, remove_reference};
use scim_server::validate::possible_unique_keys;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query as Sql};

use super::{Work, display, text};
use crate::error::Failure;
use crate::hook::Event;
use crate::index::{path_number, type_number};
use crate::read::{fetch, select};
use crate::table::{link, resource};

/// How many documents that name the resource are changed at once.
const PIECE: usize = 200;

impl Work<'_> {
    pub(super) async fn delete(&self, key: &ResourceKey, expected: Expected) -> Result<Written, Failure> {
        let row = self.bump(key, expected).await?;
        let before = Stored { version: row.stored.version - 1, ..row.stored };
        let by_key = || {
            Expr::col(resource::TENANT)
                .eq(self.store.tenant)
                .and(Expr::col(resource::TYPE).eq(type_number(&key.kind.name)))
                .and(Expr::col(resource::KEY).eq(row.number))
        };
        self.transaction.execute(&Sql::delete().from_table(resource::TABLE).and_where(by_key()).take()).await?;
        let unique = possible_unique_keys(&key.kind, &before.document);
        self.delete_values(row.number, &self.rows(&key.kind, &before.document, &unique)).await?;
        self.delete_own_links(&key.kind, row.number).await?;
        self.take_out_everywhere(&key.id).await?;
        self.hook(Event::Deleted { before: &before }).await?;
        Ok(Written { version: before.version, created: before.created, modified: before.modified, changed: true, left_out: Vec::new() })
    }

    async fn delete_own_links(&self, kind: &ResourceType, number: i64) -> Result<(), Failure> {
        let collections = kind.collections.iter().map(|collection| collection.attribute.to_string());
        let attributes: Vec<i64> =
            collections.chain(kind.references.iter().map(ToString::to_string)).map(|path| path_number(kind, &path)).collect();
        if attributes.is_empty() {
            return Ok(());
        }
        let delete = Sql::delete()
            .from_table(link::TABLE)
            .and_where(Expr::col(link::TENANT).eq(self.store.tenant))
            .and_where(Expr::col(link::ATTRIBUTE).is_in(attributes))
            .and_where(Expr::col(link::OWNER).eq(number))
            .take();
        self.transaction.execute(&delete).await?;
        Ok(())
    }

    /// Every collection that has the id as an element loses it, every reference to it goes; their resources' versions move.
    async fn take_out_everywhere(&self, id: &str) -> Result<(), Failure> {
        let naming = Sql::select()
            .distinct()
            .column(link::ATTRIBUTE)
            .from(link::TABLE)
            .and_where(Expr::col(link::TENANT).eq(self.store.tenant))
            .and_where(Expr::col(link::COMPARED).eq(id))
            .and_where(Expr::col(link::VALUE).eq(id))
            .take();
        let attributes = self.transaction.query_all(&naming).await?;
        if attributes.is_empty() {
            return Ok(());
        }
        let known = self.linking_attributes();
        for row in attributes {
            let attribute: i64 = row.try_get("", link::ATTRIBUTE)?;
            match known.get(&attribute) {
                Some((kind, None)) => self.touch_owners(kind, attribute, id).await?,
                Some((kind, Some(path))) => self.forget_references(kind, path, attribute, id).await?,
                // Of a type that this registry no longer has: nothing shows it.
                None => {}
            }
        }
        let delete = Sql::delete()
            .from_table(link::TABLE)
            .and_where(Expr::col(link::TENANT).eq(self.store.tenant))
            .and_where(Expr::col(link::COMPARED).eq(id))
            .and_where(Expr::col(link::VALUE).eq(id))
            .take();
        self.transaction.execute(&delete).await?;
        Ok(())
    }

    /// The number of each collection, and of each reference with its path.
    fn linking_attributes(&self) -> BTreeMap<i64, (Arc<ResourceType>, Option<String>)> {
        let mut known = BTreeMap::new();
        for kind in self.store.inner.registry.types() {
            for collection in &kind.collections {
                known.insert(path_number(kind, &collection.attribute.to_string()), (kind.clone(), None));
            }
            for reference in &kind.references {
                known.insert(path_number(kind, &reference.to_string()), (kind.clone(), Some(reference.to_string())));
            }
        }
        known
    }

    fn owners(&self, attribute: i64, id: &str) -> sea_orm::sea_query::SelectStatement {
        Sql::select()
            .column(link::OWNER)
            .from(link::TABLE)
            .and_where(Expr::col(link::TENANT).eq(self.store.tenant))
            .and_where(Expr::col(link::COMPARED).eq(id))
            .and_where(Expr::col(link::VALUE).eq(id))
            .and_where(Expr::col(link::ATTRIBUTE).eq(attribute))
            .take()
    }

    async fn touch_owners(&self, kind: &ResourceType, attribute: i64, id: &str) -> Result<(), Failure> {
        let update = self
            .touch()
            .and_where(Expr::col(resource::TYPE).eq(type_number(&kind.name)))
            .and_where(Expr::col(resource::KEY).in_subquery(self.owners(attribute, id)))
            .take();
        self.transaction.execute(&update).await?;
        Ok(())
    }

    async fn forget_references(&self, kind: &Arc<ResourceType>, path: &str, attribute: i64, id: &str) -> Result<(), Failure> {
        let mut owners = Vec::new();
        for row in self.transaction.query_all(&self.owners(attribute, id)).await? {
            owners.push(row.try_get::<i64>("", link::OWNER)?);
        }
        for piece in owners.chunks(PIECE) {
            let select = select(self.store, kind).and_where(Expr::col(("r", resource::KEY)).is_in(piece.iter().copied())).take();
            for owner in fetch(self.transaction, kind, &select).await? {
                let unique = possible_unique_keys(kind, &owner.stored.document);
                let kept = self.rows(kind, &owner.stored.document, &unique);
                let mut document = owner.stored.document;
                remove_reference(kind, &mut document, path);
                let wanted = self.rows(kind, &document, &unique);
                let update = self
                    .touch()
                    .value(resource::DOCUMENT, text(&document)?)
                    .value(resource::DISPLAY, display(&document))
                    .and_where(Expr::col(resource::TYPE).eq(type_number(&kind.name)))
                    .and_where(Expr::col(resource::KEY).eq(owner.number))
                    .take();
                self.transaction.execute(&update).await?;
                self.change_values(owner.number, &kept, &wanted).await?;
            }
        }
        Ok(())
    }
}
