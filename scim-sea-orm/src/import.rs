//! Reading an export into empty tenants: all of it or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Read};
use std::sync::Arc;

use scim_server::store::Document;
use scim_server::validate::possible_unique_keys;
use scim_server::{BoundPath, ResourceType};
use sea_orm::sea_query::{Expr, ExprTrait, Query as Sql};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, SqlErr, TransactionTrait};
use serde_json::Value;

use crate::bare::{Blocks, LinkRow, Present, insert_links, insert_resources, insert_values, keep_keys, set_tally};
use crate::expected::unique_keys;
use crate::index::{path_number, type_number};
use crate::migration::MAX_ID;
use crate::read::references;
use crate::stores::{SqlStore, SqlStores};
use crate::table::{key_range, resource};
use crate::transfer::{Elements, FORMAT, Line, Progress, RESOURCES, Resource, TransferError, Transferred};
use crate::walk::{ResourceAt, ValueAt};
use crate::write::compared;

/// How long a line may be, in bytes: longer than any document that a request can bring.
const MAX_LINE: u64 = 64 << 20;

/// The first microsecond whose year has no four digits.
const YEAR_10_000: i64 = 253_402_300_800_000_000;

/// How long the lines are together of what one statement writes, about: below every engine's limit.
const BYTES: usize = 2 << 20;

impl SqlStores {
    /// Reads an export into the tenants that it names, which must be empty: ids, versions and times are those of the file, and what
    /// must be unique is. All of it is written in one transaction, so that a file that is not whole leaves nothing behind. Hooks do
    /// not run.
    ///
    /// # Errors
    /// Fails if a tenant is not empty, if the file is not a whole export of types that the registry has, or if the database fails.
    pub async fn import(
        &self,
        from: &mut (impl BufRead + Send),
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Transferred, TransferError> {
        let transaction = self.inner.database.begin_with_options(self.inner.engine.writing()).await?;
        let mut import = Import {
            stores: self,
            transaction: &transaction,
            tenant: None,
            resources: Vec::new(),
            values: Vec::new(),
            links: Vec::new(),
            bytes: 0,
            line: 0,
            batch_line: 0,
            length: 0,
            done: Transferred::default(),
            progress,
        };
        match import.run(from).await {
            Ok(()) => {
                let done = import.done;
                transaction.commit().await?;
                Ok(done)
            }
            Err(error) => {
                transaction.rollback().await?;
                Err(error)
            }
        }
    }
}

struct Import<'a> {
    stores: &'a SqlStores,
    transaction: &'a DatabaseTransaction,
    tenant: Option<Tenant>,
    /// What is read and not written yet.
    resources: Vec<ResourceAt>,
    values: Vec<ValueAt>,
    links: Vec<LinkRow>,
    /// How long the lines of these resources are.
    bytes: usize,
    /// The line that was read last, and the first one of what is not written yet.
    line: u64,
    batch_line: u64,
    /// How long the last line is.
    length: usize,
    done: Transferred,
    progress: &'a (dyn Fn(Progress) + Sync),
}

/// The tenant whose resources are being read.
struct Tenant {
    store: SqlStore,
    /// The next key of each type.
    next: BTreeMap<i64, i64>,
    tally: Blocks,
    /// The resource whose elements may follow.
    owner: Option<(Arc<ResourceType>, i64)>,
}

impl Import<'_> {
    async fn run(&mut self, from: &mut (impl BufRead + Send)) -> Result<(), TransferError> {
        match self.read(from)? {
            Some(Line::Begin(begin)) if begin.format == FORMAT => {}
            Some(Line::Begin(begin)) => return Err(self.wrong(format!("the format is {}, not {FORMAT}", begin.format))),
            _ => return Err(self.wrong("an export begins with `begin`")),
        }
        let mut tenants = BTreeSet::new();
        loop {
            match self.read(from)? {
                Some(Line::Tenant(tenant)) if tenants.insert(tenant.name.clone()) => self.begin(tenant.name).await?,
                Some(Line::Tenant(_)) => return Err(self.wrong("this tenant stands twice")),
                Some(Line::Resource(resource)) => self.resource(*resource, self.length).await?,
                Some(Line::Elements(elements)) => self.elements(elements).await?,
                Some(Line::End(end)) if end == self.done => break,
                Some(Line::End(_)) => return Err(self.wrong("the file has other numbers of resources and elements than it says")),
                Some(Line::Begin(_)) => return Err(self.wrong("`begin` stands at the beginning only")),
                None => return Err(self.wrong("the file ends before its line `end`: it is not whole")),
            }
        }
        if self.read(from)?.is_some() {
            return Err(self.wrong("something follows `end`"));
        }
        self.end().await
    }

    fn wrong(&self, reason: impl Into<String>) -> TransferError {
        TransferError::Content { line: self.line, reason: reason.into() }
    }

    fn read(&mut self, from: &mut impl BufRead) -> Result<Option<Line>, TransferError> {
        self.line += 1;
        let mut line = Vec::new();
        let length = from.take(MAX_LINE).read_until(b'\n', &mut line)?;
        self.length = length;
        if length == 0 {
            return Ok(None);
        }
        if length as u64 == MAX_LINE {
            return Err(self.wrong("the line is too long"));
        }
        // Only the kind of the error is told: its text can have values in it.
        let read = serde_json::from_slice(&line);
        read.map(Some).map_err(|error| self.wrong(format!("this is no line of an export (column {})", error.column())))
    }

    async fn begin(&mut self, name: String) -> Result<(), TransferError> {
        self.end().await?;
        let store = self.stores.tenant(name);
        store.claim(self.transaction).await.map_err(|error| DbErr::Custom(error.to_string()))?;
        let of_tenant = |table: &'static str, column: &'static str| {
            let mut select = Sql::select();
            select.column(column).from(table).and_where(Expr::col(resource::TENANT).eq(store.tenant)).take()
        };
        if self.transaction.query_one(of_tenant(resource::TABLE, resource::KEY).limit(1)).await?.is_some() {
            return Err(TransferError::NotEmpty(store.caller.tenant.as_str().to_owned()));
        }
        let mut next = BTreeMap::new();
        for row in self.transaction.query_all(of_tenant(key_range::TABLE, key_range::NEXT).column(key_range::TYPE)).await? {
            next.insert(row.try_get("", key_range::TYPE)?, row.try_get("", key_range::NEXT)?);
        }
        self.tenant = Some(Tenant { store, next, tally: Blocks::new(), owner: None });
        Ok(())
    }

    /// Writes what is left of a tenant.
    async fn end(&mut self) -> Result<(), TransferError> {
        self.write().await?;
        if let Some(tenant) = self.tenant.take() {
            set_tally(self.transaction, tenant.store.tenant, tenant.tally).await?;
            for (kind, next) in tenant.next {
                keep_keys(self.transaction, tenant.store.tenant, kind, next).await?;
            }
        }
        Ok(())
    }

    async fn resource(&mut self, read: Resource, length: usize) -> Result<(), TransferError> {
        let Some(kind) = self.stores.inner.registry.by_name(&read.kind).cloned() else {
            return Err(self.wrong("the registry does not have the type of this resource"));
        };
        let is_id = (1..=MAX_ID as usize).contains(&read.id.len());
        // Whole milliseconds of years that SCIM can show: what is kept is what is shown.
        let is_time = |micros: i64| micros % 1_000 == 0 && (0..YEAR_10_000).contains(&micros);
        if !is_id || read.version < 1 || read.modified < read.created || !is_time(read.created) || !is_time(read.modified) {
            return Err(self.wrong("id, version or times are not those of a resource"));
        }
        if let Some(name) = out_of_place(&kind, &read.document) {
            return Err(self.wrong(format!("`{name}` does not stand in a document")));
        }
        if self.resources.len() >= RESOURCES || self.bytes >= BYTES {
            self.write().await?;
        }
        self.bytes += length;
        let line = self.line;
        let Some(Tenant { store, next, tally, owner }) = &mut self.tenant else { return Err(self.wrong("no tenant is named before")) };
        let of_type = type_number(&kind.name);
        let next = next.entry(of_type).or_insert(1);
        let key = *next;
        *next += 1;
        if self.resources.is_empty() {
            self.batch_line = line;
        }
        let display = None;
        let row = ResourceAt {
            kind: of_type,
            key,
            id: read.id,
            version: read.version,
            created: read.created,
            modified: read.modified,
            display,
            document: read.document,
        };
        let mut unique = unique_keys(store, &kind, &row).0;
        unique.extend(possible_unique_keys(&kind, &row.document).into_iter().filter(|key| read.unique.contains(&key.path)));
        for value in store.inner.index.rows(&kind, &row.document, &unique) {
            let slot = if value.unique { 0 } else { key };
            self.values.push(ValueAt { attribute: value.attribute, value: value.value, slot, element: value.element, key });
        }
        for (path, id) in references(&kind, &row.document) {
            let compared = compared(&kind, &path, &id);
            if id.len() > MAX_ID as usize || compared.len() > MAX_ID as usize {
                return Err(TransferError::Content { line, reason: format!("`{path}` is not an id") });
            }
            self.links.push(LinkRow { attribute: path_number(&kind, &path), owner: key, value: id, compared, item: None });
        }
        *tally.entry((of_type, key >> store.inner.engine.block_shift())).or_default() += 1;
        *owner = Some((kind, key));
        self.resources.push(row);
        self.done.resources += 1;
        Ok(())
    }

    async fn elements(&mut self, read: Elements) -> Result<(), TransferError> {
        let Some((kind, key)) = self.tenant.as_ref().and_then(|tenant| tenant.owner.clone()) else {
            return Err(self.wrong("no resource stands before these elements"));
        };
        if !kind.collections.iter().any(|collection| collection.attribute.to_string() == read.path) {
            return Err(self.wrong("the type of the resource has no such collection"));
        }
        if read.elements.iter().any(|element| !(1..=MAX_ID as usize).contains(&element.value.len())) {
            return Err(self.wrong("an element's `value` is not an id"));
        }
        for element in read.elements {
            let item = if element.item.is_empty() { None } else { Some(serde_json::to_string(&element.item)) };
            let item = item.transpose().map_err(|error| DbErr::Json(error.to_string()))?;
            let compared = compared(&kind, &read.path, &element.value);
            if compared.len() > MAX_ID as usize {
                return Err(self.wrong("an element's `value` is not an id"));
            }
            let attribute = path_number(&kind, &read.path);
            self.links.push(LinkRow { attribute, owner: key, value: element.value, compared, item });
            self.done.elements += 1;
        }
        if self.links.len() >= 4 * RESOURCES {
            self.write().await?;
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), TransferError> {
        let Some(tenant) = self.tenant.as_ref().map(|tenant| tenant.store.tenant) else { return Ok(()) };
        let written = async {
            insert_resources(self.transaction, tenant, &self.resources).await?;
            insert_values(self.transaction, tenant, &self.values, Present::Fail).await?;
            insert_links(self.transaction, tenant, &self.links, Present::Fail).await
        }
        .await;
        if let Err(error) = written {
            return Err(match error.sql_err() {
                Some(SqlErr::UniqueConstraintViolation(_)) => TransferError::Content {
                    line: self.batch_line,
                    reason: format!("an id, a unique value or an element stands twice, up to line {}", self.line),
                },
                _ => error.into(),
            });
        }
        self.resources.clear();
        self.values.clear();
        self.links.clear();
        self.bytes = 0;
        (self.progress)(Progress { what: "resources", done: self.done.resources, all: None });
        Ok(())
    }
}

/// What a document never has: what stands beside it, and what is never kept.
fn out_of_place(kind: &ResourceType, document: &Document) -> Option<String> {
    let paths = kind.attributes().filter(|path| {
        let beside = path.extension.is_none() && ["id", "meta"].contains(&path.attribute.name.as_str());
        beside || path.is_secret() || kind.collection(path).is_some() || kind.derived(path).is_some()
    });
    let stands = |path: &BoundPath| {
        let holder = match &path.extension {
            None => Some(document),
            Some(urn) => document.get(&**urn).and_then(Value::as_object),
        };
        holder.is_some_and(|holder| holder.contains_key(&path.attribute.name))
    };
    paths.filter(stands).map(|path| path.to_string()).next()
}
