//! Deleting a resource, and taking it out of everything that names it (S63).

use std::collections::BTreeMap;
use std::sync::Arc;

use scim_server::store::{Expected, ResourceKey, Stored, Written, remove_reference};
use scim_server::validate::possible_unique_keys;
use scim_server::{ResourceType, Timestamp};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{CaseStatement, Cond, DeleteStatement, Expr, ExprTrait, Order, Query as Sql};

use super::Work;
use super::cleanup::Gone;
use crate::engine::Lock;
use crate::error::Failure;
use crate::hook::Event;
use crate::index::{path_number, type_number};
use crate::read::{read_row, references, select};
use crate::table::{bytes, link, resource};

/// How many links one transaction takes away at most.
pub(super) const LINKS: u64 = 5_000;

/// How many resources that name the deleted one are changed at once.
const PIECE: usize = 200;

impl Work<'_> {
    pub(super) async fn delete(&mut self, key: &ResourceKey, expected: Expected) -> Result<Written, Failure> {
        let row = self.lock(key, expected, Lock::Name).await?;
        let before = row.stored;
        let kind = type_number(&key.kind.name);
        let delete = Sql::delete()
            .from_table(resource::TABLE)
            .and_where(Expr::col(resource::TENANT).eq(self.store.tenant))
            .and_where(Expr::col(resource::TYPE).eq(kind))
            .and_where(Expr::col(resource::KEY).eq(row.number))
            .take();
        self.transaction.execute(&delete).await?;
        let unique = possible_unique_keys(&key.kind, &before.document);
        self.delete_values(row.number, &self.rows(&key.kind, &before.document, &unique)).await?;
        self.tally.add(self.store.tenant, kind, row.number, -1);
        let gone = Gone { kind: key.kind.clone(), number: row.number, id: key.id.clone() };
        if !self.unlink(&gone).await? {
            self.leave(gone).await?;
        }
        self.hook(Event::Deleted { before: &before }).await?;
        Ok(Written { version: before.version, created: before.created, modified: before.modified, changed: true, left_out: Vec::new() })
    }

    /// Takes away what the resource names and what names it, up to the bound. Whether that was all.
    pub(super) async fn unlink(&self, gone: &Gone) -> Result<bool, Failure> {
        Ok(self.delete_own_links(gone).await? && self.take_out_everywhere(&gone.id).await?)
    }

    async fn delete_own_links(&self, gone: &Gone) -> Result<bool, Failure> {
        let of_owner = |path: String| {
            Cond::all()
                .add(Expr::col(link::TENANT).eq(self.store.tenant))
                .add(Expr::col(link::ATTRIBUTE).eq(path_number(&gone.kind, &path)))
                .add(Expr::col(link::OWNER).eq(gone.number))
        };
        let mut any = Cond::any();
        for collection in &gone.kind.collections {
            let elements = of_owner(collection.attribute.to_string());
            let last = Sql::select()
                .column(link::VALUE)
                .from(link::TABLE)
                .cond_where(elements.clone())
                .order_by(link::VALUE, Order::Asc)
                .offset(LINKS - 1)
                .limit(1)
                .take();
            if let Some(row) = self.transaction.query_one(&last).await? {
                let last: Vec<u8> = row.try_get("", link::VALUE)?;
                let delete = delete_links(elements.add(Expr::col(link::VALUE).lte(last)));
                self.transaction.execute(&delete).await?;
                return Ok(false);
            }
            any = any.add(elements);
        }
        for reference in &gone.kind.references {
            any = any.add(of_owner(reference.to_string()));
        }
        if !any.is_empty() {
            self.transaction.execute(&delete_links(any)).await?;
        }
        Ok(true)
    }

    /// Every collection that has the id as an element loses it, every reference to it goes; their resources' versions move.
    async fn take_out_everywhere(&self, id: &str) -> Result<bool, Failure> {
        let naming = || {
            Cond::all()
                .add(Expr::col(link::TENANT).eq(self.store.tenant))
                .add(Expr::col(link::COMPARED).eq(bytes(id)))
                .add(Expr::col(link::VALUE).eq(bytes(id)))
        };
        let select = Sql::select()
            .columns([link::ATTRIBUTE, link::OWNER])
            .from(link::TABLE)
            .cond_where(naming())
            .order_by(link::ATTRIBUTE, Order::Asc)
            .order_by(link::OWNER, Order::Asc)
            .limit(LINKS)
            .take();
        let mut owners: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        let mut found = 0;
        for row in self.transaction.query_all(&select).await? {
            owners.entry(row.try_get("", link::ATTRIBUTE)?).or_default().push(row.try_get("", link::OWNER)?);
            found += 1;
        }
        if owners.is_empty() {
            return Ok(true);
        }
        let known = self.linking_attributes();
        for (attribute, owners) in owners {
            for piece in owners.chunks(PIECE) {
                match known.get(&attribute) {
                    Some((kind, None)) => self.touch(kind, piece).await?,
                    Some((kind, Some(path))) => self.forget_references(kind, path, id, piece).await?,
                    // Of a type that this registry no longer has: nothing shows it.
                    None => {}
                }
                let of_owners = Expr::col(link::OWNER).is_in(piece.iter().copied());
                let delete = delete_links(naming().add(Expr::col(link::ATTRIBUTE).eq(attribute)).add(of_owners));
                self.transaction.execute(&delete).await?;
            }
        }
        Ok(found < LINKS)
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

    /// Moves version and time of these resources.
    async fn touch(&self, kind: &ResourceType, numbers: &[i64]) -> Result<(), Failure> {
        let now = Timestamp::now().micros();
        // T33: the time never goes back.
        let modified = CaseStatement::new().case(Expr::col(resource::MODIFIED).lt(now), now).finally(Expr::col(resource::MODIFIED));
        let update = Sql::update()
            .table(resource::TABLE)
            .value(resource::VERSION, Expr::col(resource::VERSION).add(1))
            .value(resource::MODIFIED, modified)
            .and_where(Expr::col(resource::TENANT).eq(self.store.tenant))
            .and_where(Expr::col(resource::TYPE).eq(type_number(&kind.name)))
            .and_where(Expr::col(resource::KEY).is_in(numbers.iter().copied()))
            .take();
        self.transaction.execute_raw(self.store.inner.engine.by_key(&update)).await?;
        Ok(())
    }

    async fn forget_references(&self, kind: &Arc<ResourceType>, path: &str, id: &str, numbers: &[i64]) -> Result<(), Failure> {
        let select = select(self.store, kind).and_where(Expr::col(("r", resource::KEY)).is_in(numbers.iter().copied())).take();
        for row in self.transaction.query_all_raw(self.store.inner.engine.locking(&select, Lock::Change)).await? {
            let owner = read_row(&row, kind)?;
            // It can name another one by now: its row of the link table was read before its own row was locked.
            if !references(kind, &owner.stored.document).iter().any(|(named_by, named)| named_by == path && named == id) {
                continue;
            }
            let mut after = owner.stored.clone();
            remove_reference(kind, &mut after.document, path);
            after.version += 1;
            after.modified = Ord::max(after.modified, Timestamp::now());
            self.move_on(owner.number, &after, Some(&after.document)).await?;
            let rows = |stored: &Stored| self.rows(kind, &stored.document, &possible_unique_keys(kind, &owner.stored.document));
            self.change_values(owner.number, &rows(&owner.stored), &rows(&after)).await?;
        }
        Ok(())
    }
}

fn delete_links(which: Cond) -> DeleteStatement {
    Sql::delete().from_table(link::TABLE).cond_where(which).take()
}
