//! Reading: one resource, or a page of those that match.

use std::collections::{BTreeMap, BTreeSet};

use scim_server::filter::{Bounds, Logic, ResolvedFilter, Term, matches};
use scim_server::representation::represent;
use scim_server::store::{Document, Element, Found, Load, Query, Referent, ResourceKey, StoreError, Stored};
use scim_server::{ResourceType, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query as Sql, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, TransactionTrait};
use serde_json::Value;

use crate::error::unexpected;
use crate::index::{number, path_number, type_number};
use crate::plan::{Sql as Condition, plan, searched_inside};
use crate::stores::SqlStore;
use crate::table::{link, resource, value};

/// How many candidates are fetched at once when their documents decide.
const PIECE: u64 = 500;

/// A resource and its number in the tables.
pub(crate) struct Row {
    pub(crate) number: i64,
    pub(crate) stored: Stored,
}

/// One indexed read of the document; collections and derived attributes only if they are asked for.
pub(crate) async fn get(store: &SqlStore, key: &ResourceKey, load: &Load) -> Result<Option<Stored>, DbErr> {
    let database = &store.inner.database;
    let select = select(store, &key.kind).and_where(Expr::col(("r", resource::ID)).eq(&key.id)).take();
    if !loads_collections(&key.kind, load) {
        let rows = fetch(database, &key.kind, &select).await?;
        return Ok(load_rest(store, database, &key.kind, rows, load).await?.pop());
    }
    // The document and its members are of one moment, or the version would lie about one of them.
    let snapshot = database.begin().await?;
    let rows = fetch(&snapshot, &key.kind, &select).await?;
    let found = load_rest(store, &snapshot, &key.kind, rows, load).await?.pop();
    snapshot.commit().await?;
    Ok(found)
}

/// The page and the total of what matches, all of one moment.
pub(crate) async fn query(store: &SqlStore, query: &Query) -> Result<Found, StoreError> {
    let snapshot = store.inner.database.begin().await.map_err(unexpected)?;
    let known = known(store, &snapshot, query).await.map_err(unexpected)?;
    let found = match finding(store, query, known) {
        (true, select) => exact(store, &snapshot, query, select).await.map_err(unexpected),
        (false, select) => decided_on_documents(store, &snapshot, query, select).await,
    }?;
    snapshot.commit().await.map_err(unexpected)?;
    Ok(found)
}

/// What the index knows of the query's filter.
pub(crate) async fn known<C: ConnectionTrait>(store: &SqlStore, connection: &C, query: &Query) -> Result<Bounds<Condition>, DbErr> {
    let Some(filter) = &query.filter else { return Ok(Bounds::exactly(Condition(Expr::val(1).eq(1)))) };
    let index = &store.inner.index;
    let mut cut = BTreeSet::new();
    for number in searched_inside(filter, &query.kind, index) {
        let any = Sql::select()
            .column(value::KEY)
            .from(value::TABLE)
            .and_where(Expr::col(value::TENANT).eq(store.tenant))
            .and_where(Expr::col(value::ATTRIBUTE).eq(number))
            .limit(1)
            .take();
        if connection.query_one(&any).await?.is_some() {
            cut.insert(number);
        }
    }
    Ok(plan(filter, &query.kind, index, store.tenant, &cut))
}

/// Whether the index says it all, and the statement that finds what matches, or what possibly does.
pub(crate) fn finding(store: &SqlStore, query: &Query, known: Bounds<Condition>) -> (bool, SelectStatement) {
    let mut select = select(store, &query.kind);
    if let Some(Condition(condition)) = known.possibly {
        select.and_where(condition);
    }
    select.order_by(("r", resource::KEY), Order::Asc);
    (known.exact, select)
}

/// The index says it all.
async fn exact<C: ConnectionTrait>(store: &SqlStore, connection: &C, query: &Query, finding: SelectStatement) -> Result<Found, DbErr> {
    let skipped = query.start.saturating_sub(1);
    let mut resources = Vec::new();
    if query.count > 0 {
        let mut page = finding.clone();
        // An offset beyond what a database can count to is beyond every list.
        page.limit(u64::from(query.count)).offset(Ord::min(skipped, i64::MAX as u64));
        let rows = fetch(connection, &query.kind, &page).await?;
        resources = load_rest(store, connection, &query.kind, rows, &query.load).await?;
    }
    let full = resources.len() as u64 == u64::from(query.count);
    let total = if !full && (!resources.is_empty() || skipped == 0) {
        // The page ends before it is full: no count is needed.
        skipped + resources.len() as u64
    } else {
        let mut count = finding;
        count.clear_selects().clear_order_by().expr_as(Expr::col(("r", resource::KEY)).count(), "total");
        let row = connection.query_one(&count).await?;
        let total: i64 = row.map_or(Ok(0), |row| row.try_get("", "total"))?;
        u64::try_from(total).unwrap_or(0)
    };
    Ok(Found { total, resources })
}

/// The index bounds the candidates, their documents decide. Bounded: more candidates than the limit are `tooMany`.
async fn decided_on_documents<C: ConnectionTrait>(
    store: &SqlStore,
    connection: &C,
    query: &Query,
    finding: SelectStatement,
) -> Result<Found, StoreError> {
    let Some(filter) = &query.filter else { return Err(StoreError::Internal("a query without a filter is exact".into())) };
    let needed = Load::Only(linked_attributes(filter, &query.kind));
    let skipped = query.start.saturating_sub(1);
    let (mut seen, mut total, mut last) = (0, 0, i64::MIN);
    let mut page: Vec<i64> = Vec::new();
    loop {
        let mut candidates = finding.clone();
        candidates.and_where(Expr::col(("r", resource::KEY)).gt(last)).limit(PIECE);
        let rows = fetch(connection, &query.kind, &candidates).await.map_err(unexpected)?;
        let (fetched, numbers): (u64, Vec<i64>) = (rows.len() as u64, rows.iter().map(|row| row.number).collect());
        seen += fetched;
        if seen > store.inner.scan_limit {
            return Err(StoreError::TooMany);
        }
        last = numbers.last().copied().unwrap_or(last);
        let candidates = load_rest(store, connection, &query.kind, rows, &needed).await.map_err(unexpected)?;
        for (number, candidate) in numbers.into_iter().zip(&candidates) {
            if matches(filter, &represent(candidate, "")) {
                total += 1;
                if total > skipped && (page.len() as u64) < u64::from(query.count) {
                    page.push(number);
                }
            }
        }
        if fetched < PIECE {
            break;
        }
    }
    let mut resources = Vec::with_capacity(page.len());
    for piece in page.chunks(PIECE as usize) {
        let mut select = select(store, &query.kind);
        select.and_where(Expr::col(("r", resource::KEY)).is_in(piece.iter().copied())).order_by(("r", resource::KEY), Order::Asc);
        let rows = fetch(connection, &query.kind, &select).await.map_err(unexpected)?;
        resources.extend(load_rest(store, connection, &query.kind, rows, &query.load).await.map_err(unexpected)?);
    }
    Ok(Found { total, resources })
}

/// The collections and derived attributes that a filter looks at.
fn linked_attributes(filter: &ResolvedFilter, kind: &ResourceType) -> Vec<String> {
    match filter {
        Logic::And(parts) | Logic::Or(parts) => parts.iter().flat_map(|part| linked_attributes(part, kind)).collect(),
        Logic::Not(part) => linked_attributes(part, kind),
        Logic::Term(Term::Attribute(path, _) | Term::Element(path, _)) => {
            let linked = kind.collection(path).is_some() || kind.derived(path).is_some();
            if linked { vec![path.parent().to_string()] } else { Vec::new() }
        }
    }
}

fn loads_collections(kind: &ResourceType, load: &Load) -> bool {
    kind.collections.iter().any(|collection| load.wants(&collection.attribute.to_string()))
}

/// The columns of a resource, for the tenant and type.
pub(crate) fn select(store: &SqlStore, kind: &ResourceType) -> SelectStatement {
    let columns = [resource::KEY, resource::ID, resource::VERSION, resource::CREATED, resource::MODIFIED, resource::DOCUMENT];
    let mut select = Sql::select();
    select.columns(columns.map(|column| ("r", column))).from_as(resource::TABLE, "r");
    of_type(&mut select, store, kind).take()
}

fn of_type<'s>(select: &'s mut SelectStatement, store: &SqlStore, kind: &ResourceType) -> &'s mut SelectStatement {
    select
        .and_where(Expr::col(("r", resource::TENANT)).eq(store.tenant))
        .and_where(Expr::col(("r", resource::TYPE)).eq(type_number(&kind.name)))
}

pub(crate) async fn fetch<C: ConnectionTrait>(
    connection: &C,
    kind: &std::sync::Arc<ResourceType>,
    select: &SelectStatement,
) -> Result<Vec<Row>, DbErr> {
    connection.query_all(select).await?.iter().map(|row| read_row(row, kind)).collect()
}

pub(crate) fn read_row(row: &QueryResult, kind: &std::sync::Arc<ResourceType>) -> Result<Row, DbErr> {
    let version: i64 = row.try_get("", resource::VERSION)?;
    let stored = Stored {
        key: ResourceKey { kind: kind.clone(), id: row.try_get("", resource::ID)? },
        version: u64::try_from(version).map_err(|error| DbErr::Type(error.to_string()))?,
        created: Timestamp::from_micros(row.try_get("", resource::CREATED)?),
        modified: Timestamp::from_micros(row.try_get("", resource::MODIFIED)?),
        document: parse(row.try_get("", resource::DOCUMENT)?)?,
        collections: BTreeMap::new(),
        referents: BTreeMap::new(),
    };
    Ok(Row { number: row.try_get("", resource::KEY)?, stored })
}

fn parse(text: String) -> Result<Document, DbErr> {
    serde_json::from_str(&text).map_err(|error| DbErr::Json(error.to_string()))
}

/// Adds what was asked for beside the documents: one statement for each collection and derived attribute, however many resources.
async fn load_rest<C: ConnectionTrait>(
    store: &SqlStore,
    connection: &C,
    kind: &ResourceType,
    mut rows: Vec<Row>,
    load: &Load,
) -> Result<Vec<Stored>, DbErr> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    for collection in &kind.collections {
        let path = collection.attribute.to_string();
        if load.wants(&path) {
            load_collection(store, connection, kind, &path, &mut rows).await?;
        }
    }
    for derived in &kind.derived {
        let path = derived.attribute.to_string();
        if load.wants(&path) {
            load_derived(store, connection, &path, &derived.from_type, &derived.from_collection, &mut rows).await?;
        }
    }
    load_referents(store, connection, kind, &mut rows).await?;
    Ok(rows.into_iter().map(|row| row.stored).collect())
}

async fn load_collection<C: ConnectionTrait>(
    store: &SqlStore,
    connection: &C,
    kind: &ResourceType,
    path: &str,
    rows: &mut [Row],
) -> Result<(), DbErr> {
    let owners = rows.iter().map(|row| row.number);
    let select = Sql::select()
        .columns([("l", link::OWNER), ("l", link::VALUE), ("l", link::ITEM)])
        .columns([("t", resource::TYPE), ("t", resource::DISPLAY)])
        .from_as(link::TABLE, "l")
        .left_join(
            sea_orm::sea_query::TableRef::from(resource::TABLE).alias("t"),
            Expr::col(("t", resource::TENANT)).equals(("l", link::TENANT)).and(Expr::col(("t", resource::ID)).equals(("l", link::VALUE))),
        )
        .and_where(Expr::col(("l", link::TENANT)).eq(store.tenant))
        .and_where(Expr::col(("l", link::ATTRIBUTE)).eq(path_number(kind, path)))
        .and_where(Expr::col(("l", link::OWNER)).is_in(owners))
        .order_by(("l", link::OWNER), Order::Asc)
        .order_by(("l", link::VALUE), Order::Asc)
        .take();
    let mut elements: BTreeMap<i64, Vec<Element>> = BTreeMap::new();
    for row in connection.query_all(&select).await? {
        let item: Option<String> = row.try_get("", link::ITEM)?;
        let element = Element {
            value: row.try_get("", link::VALUE)?,
            item: item.map(parse).transpose()?.unwrap_or_default(),
            referent: referent(store, row.try_get("", resource::TYPE)?, row.try_get("", resource::DISPLAY)?),
        };
        elements.entry(row.try_get("", link::OWNER)?).or_default().push(element);
    }
    for row in rows {
        if let Some(elements) = elements.remove(&row.number) {
            row.stored.collections.insert(path.to_owned(), elements);
        }
    }
    Ok(())
}

async fn load_derived<C: ConnectionTrait>(
    store: &SqlStore,
    connection: &C,
    path: &str,
    from_type: &str,
    from_collection: &str,
    rows: &mut [Row],
) -> Result<(), DbErr> {
    let ids = rows.iter().map(|row| row.stored.key.id.clone());
    let select = Sql::select()
        .column(("l", link::VALUE))
        .columns([("o", resource::ID), ("o", resource::TYPE), ("o", resource::DISPLAY)])
        .from_as(link::TABLE, "l")
        .inner_join(
            sea_orm::sea_query::TableRef::from(resource::TABLE).alias("o"),
            Expr::col(("o", resource::TENANT))
                .equals(("l", link::TENANT))
                .and(Expr::col(("o", resource::TYPE)).eq(type_number(from_type)))
                .and(Expr::col(("o", resource::KEY)).equals(("l", link::OWNER))),
        )
        .and_where(Expr::col(("l", link::TENANT)).eq(store.tenant))
        .and_where(Expr::col(("l", link::ATTRIBUTE)).eq(number(&format!("{from_type} {from_collection}"))))
        .and_where(Expr::col(("l", link::COMPARED)).is_in(ids))
        .order_by(("l", link::OWNER), Order::Asc)
        .take();
    let mut elements: BTreeMap<String, Vec<Element>> = BTreeMap::new();
    for row in connection.query_all(&select).await? {
        let element = Element {
            value: row.try_get("", resource::ID)?,
            item: Document::new(),
            referent: referent(store, row.try_get("", resource::TYPE)?, row.try_get("", resource::DISPLAY)?),
        };
        elements.entry(row.try_get("", link::VALUE)?).or_default().push(element);
    }
    for row in rows {
        if let Some(elements) = elements.remove(&row.stored.key.id) {
            row.stored.collections.entry(path.to_owned()).or_default().extend(elements);
        }
    }
    Ok(())
}

/// What the references of the documents name, as it is now.
async fn load_referents<C: ConnectionTrait>(store: &SqlStore, connection: &C, kind: &ResourceType, rows: &mut [Row]) -> Result<(), DbErr> {
    let named: BTreeSet<String> = rows.iter().flat_map(|row| references(kind, &row.stored.document)).map(|(_, id)| id).collect();
    if named.is_empty() {
        return Ok(());
    }
    let known = referents(store, connection, named).await?;
    for row in rows {
        for (path, id) in references(kind, &row.stored.document) {
            if let Some(referent) = known.get(&id) {
                row.stored.referents.insert(path, referent.clone());
            }
        }
    }
    Ok(())
}

/// Each reference of a document: its canonical path and the id that it names.
pub(crate) fn references(kind: &ResourceType, document: &Document) -> Vec<(String, String)> {
    let id = |path: &scim_server::BoundPath| {
        let holder = match &path.extension {
            None => Some(document),
            Some(urn) => document.get(&**urn).and_then(Value::as_object),
        };
        holder?.get(&path.attribute.name)?.get("value")?.as_str().map(ToOwned::to_owned)
    };
    kind.references.iter().filter_map(|path| Some((path.to_string(), id(path)?))).collect()
}

/// What these ids are, as far as they are something.
pub(crate) async fn referents<C: ConnectionTrait>(
    store: &SqlStore,
    connection: &C,
    ids: impl IntoIterator<Item = String>,
) -> Result<BTreeMap<String, Referent>, DbErr> {
    let ids: Vec<String> = ids.into_iter().collect();
    let mut known = BTreeMap::new();
    for piece in ids.chunks(PIECE as usize) {
        let select = Sql::select()
            .columns([resource::ID, resource::TYPE, resource::DISPLAY])
            .from(resource::TABLE)
            .and_where(Expr::col(resource::TENANT).eq(store.tenant))
            .and_where(Expr::col(resource::ID).is_in(piece))
            .take();
        for row in connection.query_all(&select).await? {
            if let Some(referent) = referent(store, row.try_get("", resource::TYPE)?, row.try_get("", resource::DISPLAY)?) {
                known.insert(row.try_get("", resource::ID)?, referent);
            }
        }
    }
    Ok(known)
}

fn referent(store: &SqlStore, type_of: Option<i64>, display: Option<String>) -> Option<Referent> {
    let kind = store.inner.registry.types().iter().find(|kind| Some(type_number(&kind.name)) == type_of)?;
    Some(Referent { type_name: kind.name.clone(), display })
}
