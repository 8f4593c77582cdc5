//! Reading an export into empty tenants: all of it or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Read};
use std::ops::Range;
use std::sync::Arc;

use scim_server::store::Document;
use scim_server::validate::possible_unique_keys;
use scim_server::{BoundPath, ResourceType};
use sea_orm::sea_query::{Expr, ExprTrait, Query as Sql};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, SqlErr, TransactionTrait};
use serde_json::Value;

use crate::bare::{LinkRow, Present, insert_links, insert_resources, insert_values};
use crate::engine::Engine;
use crate::expected::unique_keys;
use crate::index::{path_number, type_number};
use crate::keys::{reserve, reserve_in};
use crate::migration::MAX_ID;
use crate::read::references;
use crate::stores::{SqlStore, SqlStores};
use crate::table::resource;
use crate::tally::Tally;
use crate::transfer::{Elements, FORMAT, Line, Progress, RESOURCES, Resource, TransferError, Transferred};
use crate::walk::{ResourceAt, ValueAt};
use crate::write::compared;

/// How long a line may be, in bytes: longer than any document that a request can bring.
const MAX_LINE: u64 = 64 << 20;

/// The first microsecond whose year has no four digits.
const YEAR_10_000: i64 = 253_402_300_800_000_000;

/// How many keys are reserved at once.
const KEYS: i64 = 1_024;

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
        self.inner.engine.let_idle(&transaction).await?;
        let mut import = Import {
            stores: self,
            transaction: &transaction,
            tenant: None,
            tally: Tally::default(),
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
    /// What is to be written to the tally in the end.
    tally: Tally,
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
    /// The reserved keys of each type.
    keys: BTreeMap<i64, Range<i64>>,
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
        self.write().await?;
        self.tally.write(self.stores.inner.engine, self.transaction).await?;
        Ok(())
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
        self.write().await?;
        let store = self.stores.tenant(name);
        let claimed = match store.inner.engine {
            Engine::Sqlite => store.claim(self.transaction).await,
            // Not in this transaction: a server that asks for the tenant would wait for its end.
            Engine::Postgres | Engine::MySql => store.claim(&store.inner.database).await,
        };
        claimed.map_err(|error| DbErr::Custom(error.to_string()))?;
        let mut any = Sql::select();
        any.column(resource::KEY).from(resource::TABLE).and_where(Expr::col(resource::TENANT).eq(store.tenant)).limit(1);
        if self.transaction.query_one(&any).await?.is_some() {
            return Err(TransferError::NotEmpty(store.caller.tenant.as_str().to_owned()));
        }
        self.tenant = Some(Tenant { store, keys: BTreeMap::new(), owner: None });
        Ok(())
    }

    /// A key that no server has or gets.
    async fn key(&mut self, kind: i64) -> Result<i64, TransferError> {
        let transaction = self.transaction;
        let Some(Tenant { store, keys, .. }) = &mut self.tenant else { return Err(self.wrong("no tenant is named before")) };
        let left = keys.entry(kind).or_default();
        if left.is_empty() {
            *left = match store.inner.engine {
                // Nobody else writes meanwhile.
                Engine::Sqlite => reserve_in(store, transaction, kind, KEYS).await?,
                Engine::Postgres | Engine::MySql => reserve(store, kind, KEYS).await?,
            };
        }
        left.next().ok_or_else(|| DbErr::RecordNotFound("the reserved keys".into()).into())
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
        let of_type = type_number(&kind.name);
        let key = self.key(of_type).await?;
        let Some(Tenant { store, owner, .. }) = &mut self.tenant else { return Err(self.wrong("no tenant is named before")) };
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
        self.values.extend(store.inner.index.rows(&kind, &row.document, &unique).into_iter().map(|value| value.of(key)));
        for (path, id) in references(&kind, &row.document) {
            let compared = compared(&kind, &path, &id);
            if id.len() > MAX_ID as usize || compared.len() > MAX_ID as usize {
                return Err(TransferError::Content { line, reason: format!("`{path}` is not an id") });
            }
            self.links.push(LinkRow { attribute: path_number(&kind, &path), owner: key, value: id, compared, item: None });
        }
        // One entry a block.
        let shift = store.inner.engine.block_shift();
        self.tally.add(store.tenant, of_type, key >> shift << shift, 1);
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
