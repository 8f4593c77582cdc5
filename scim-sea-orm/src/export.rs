//! Writing all resources as JSON Lines, of one moment.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;

use scim_server::store::remove_reference;
use scim_server::{ResourceType, TenantId};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query as Sql};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, TransactionTrait};

use crate::expected::{Numbers, held};
use crate::index::path_number;
use crate::read::references;
use crate::stores::{SqlStore, SqlStores};
use crate::table::{bytes, link, tally, text};
use crate::transfer::{Begin, ELEMENTS, Elements, FORMAT, Item, Line, Progress, Resource, Tenant, TransferError, Transferred};
use crate::walk::{ResourceAt, Walk};
use crate::write::cleanup::left_behind;

impl SqlStores {
    /// Writes all resources of a tenant, or of all tenants, as JSON Lines: as they are at one moment, while the database is in use,
    /// with their ids, versions and times. Only a piece of them is in memory at a time.
    ///
    /// # Errors
    /// Fails if the database or the writer does.
    pub async fn export(
        &self,
        tenant: Option<&TenantId>,
        to: &mut (impl Write + Send),
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Transferred, TransferError> {
        let snapshot = self.inner.database.begin_with_options(self.inner.engine.reading()).await?;
        self.inner.engine.let_idle(&snapshot).await?;
        let mut tenants = self.tenants(&snapshot).await?;
        tenants.retain(|store| tenant.is_none_or(|tenant| store.caller.tenant == *tenant));
        let mut all = 0;
        for store in &tenants {
            all += counted(store, &snapshot).await?;
        }
        write_line(to, &Line::Begin(Begin { format: FORMAT }))?;
        let mut export = Export { snapshot: &snapshot, done: Transferred::default(), all, progress };
        for store in &tenants {
            write_line(to, &Line::Tenant(Tenant { name: store.caller.tenant.as_str().to_owned() }))?;
            export.tenant(store, to).await?;
        }
        let done = export.done;
        write_line(to, &Line::End(done))?;
        to.flush()?;
        snapshot.commit().await?;
        Ok(done)
    }
}

struct Export<'a> {
    snapshot: &'a DatabaseTransaction,
    done: Transferred,
    all: u64,
    progress: &'a (dyn Fn(Progress) + Sync),
}

impl Export<'_> {
    async fn tenant(&mut self, store: &SqlStore, to: &mut (impl Write + Send)) -> Result<(), TransferError> {
        let (numbers, mut walk) = (Numbers::new(store), Walk::<ResourceAt>::new(store.tenant));
        // What still names a deleted resource is on its way out: it is not exported.
        let gone: BTreeSet<String> = left_behind(store, self.snapshot).await?.into_iter().map(|gone| gone.id).collect();
        loop {
            let mut piece = walk.next(self.snapshot).await?;
            if piece.is_empty() {
                return Ok(());
            }
            for row in &mut piece {
                let Some(kind) = numbers.types.get(&row.kind) else { continue };
                for (path, _) in references(kind, &row.document).iter().filter(|(_, id)| gone.contains(id)) {
                    remove_reference(kind, &mut row.document, path);
                }
            }
            for rows in piece.chunk_by(|one, other| one.kind == other.kind) {
                // Of a type that the registry does not have nobody can say what it is.
                let Some(kind) = rows.first().and_then(|row| numbers.types.get(&row.kind)) else { continue };
                let mut held = held(store, self.snapshot, kind, rows).await?;
                for row in rows {
                    let unique = held.remove(&row.key).unwrap_or_default().into_iter().map(|unique| unique.path).collect();
                    self.resource(store, kind, row, unique, &gone, to).await?;
                }
            }
            (self.progress)(Progress { what: "resources", done: self.done.resources, all: Some(self.all) });
        }
    }

    async fn resource(
        &mut self,
        store: &SqlStore,
        kind: &Arc<ResourceType>,
        row: &ResourceAt,
        unique: Vec<String>,
        gone: &BTreeSet<String>,
        to: &mut (impl Write + Send),
    ) -> Result<(), TransferError> {
        let resource = Resource {
            kind: kind.name.clone(),
            id: row.id.clone(),
            version: row.version,
            created: row.created,
            modified: row.modified,
            unique,
            document: row.document.clone(),
        };
        write_line(to, &Line::Resource(Box::new(resource)))?;
        self.done.resources += 1;
        for collection in &kind.collections {
            let path = collection.attribute.to_string();
            let mut after = None;
            loop {
                let mut elements = elements(store, self.snapshot, path_number(kind, &path), row.key, after.as_deref()).await?;
                let Some(last) = elements.last() else { break };
                after = Some(last.value.clone());
                let is_last = elements.len() < ELEMENTS;
                elements.retain(|element| !gone.contains(&element.value));
                self.done.elements += elements.len() as u64;
                write_line(to, &Line::Elements(Elements { path: path.clone(), elements }))?;
                if is_last {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// A piece of a collection in the order of its values.
async fn elements(
    store: &SqlStore,
    snapshot: &DatabaseTransaction,
    attribute: i64,
    owner: i64,
    after: Option<&str>,
) -> Result<Vec<Item>, TransferError> {
    let mut select = Sql::select();
    select
        .columns([link::VALUE, link::ITEM])
        .from(link::TABLE)
        .and_where(Expr::col(link::TENANT).eq(store.tenant))
        .and_where(Expr::col(link::ATTRIBUTE).eq(attribute))
        .and_where(Expr::col(link::OWNER).eq(owner))
        .order_by(link::VALUE, Order::Asc)
        .limit(ELEMENTS as u64);
    if let Some(after) = after {
        select.and_where(Expr::col(link::VALUE).gt(bytes(after)));
    }
    let mut items = Vec::new();
    for row in snapshot.query_all(&select).await? {
        let item: Option<String> = row.try_get("", link::ITEM)?;
        let item = item.map(|item| serde_json::from_str(&item)).transpose().map_err(|error| DbErr::Json(error.to_string()))?;
        items.push(Item { value: text(&row, link::VALUE)?, item: item.unwrap_or_default() });
    }
    Ok(items)
}

/// How many resources the tenant has by the tally.
async fn counted(store: &SqlStore, snapshot: &DatabaseTransaction) -> Result<u64, DbErr> {
    let select = Sql::select().column(tally::COUNT).from(tally::TABLE).and_where(Expr::col(tally::TENANT).eq(store.tenant)).take();
    let mut sum = 0;
    for row in snapshot.query_all(&select).await? {
        sum += row.try_get::<i64>("", tally::COUNT)?;
    }
    Ok(u64::try_from(sum).unwrap_or_default())
}

fn write_line(to: &mut impl Write, line: &Line) -> std::io::Result<()> {
    serde_json::to_writer(&mut *to, line)?;
    to.write_all(b"\n")
}
