//! Reading: one resource, or a page of those that match.

use std::collections::{BTreeMap, BTreeSet};

use scim_server::store::{Document, Element, Load, Piece, Referent, ResourceKey, StoreError, Stored};
use scim_server::{Derived, ResourceType, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order, Query as Sql, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use serde_json::Value;

use crate::containers::{ABOVE, collection, upwards};
use crate::engine::Engine;
use crate::error::unexpected;
use crate::index::{path_number, type_number};
use crate::snapshot::Moment;
use crate::stores::SqlStore;
use crate::table::{bytes, link, maybe_text, resource, text};

/// How many candidates are fetched at once when their documents decide.
pub(crate) const PIECE: u64 = 500;

/// A list for a statement that has one of few lengths: each length is another statement, and a connection remembers only so many.
/// What is missing is filled up with a value that nothing has.
pub(crate) fn padded<T: Clone>(values: impl IntoIterator<Item = T>, nobody: T) -> Vec<T> {
    let mut values: Vec<T> = values.into_iter().collect();
    values.resize(values.len().next_power_of_two(), nobody);
    values
}

/// A resource and its number in the tables.
pub(crate) struct Row {
    pub(crate) number: i64,
    pub(crate) stored: Stored,
}

/// One indexed read of the document; collections and derived attributes only if they are asked for.
pub(crate) async fn get(store: &SqlStore, key: &ResourceKey, load: &Load) -> Result<Option<Stored>, DbErr> {
    let select = select(store, &key.kind).and_where(Expr::col(("r", resource::ID)).eq(bytes(&key.id))).take();
    if store.snapshot.is_none() && !loads_collections(&key.kind, load) {
        let database = &store.inner.database;
        let rows = fetch(database, &key.kind, &select).await?;
        return Ok(load_rest(store, database, &key.kind, rows, load).await?.pop());
    }
    // The document and its members are of one moment, or the version would lie about one of them.
    let moment = Moment::of(store).await?;
    let rows = fetch(&*moment, &key.kind, &select).await?;
    let found = load_rest(store, &*moment, &key.kind, rows, load).await?.pop();
    moment.end().await?;
    Ok(found)
}

/// A piece of a collection in the order of its values.
pub(crate) async fn elements(store: &SqlStore, of: &ResourceKey, piece: &Piece) -> Result<Vec<Element>, StoreError> {
    let moment = Moment::of(store).await.map_err(unexpected)?;
    let select = select(store, &of.kind).and_where(Expr::col(("r", resource::ID)).eq(bytes(&of.id))).take();
    let owner = fetch(&*moment, &of.kind, &select).await.map_err(unexpected)?.pop().ok_or(StoreError::NotFound)?;
    let found = elements_in(store, &*moment, &of.kind, owner.number, piece).await.map_err(unexpected)?;
    moment.end().await.map_err(unexpected)?;
    Ok(found)
}

/// A piece of a collection of the resource with that key in the tables.
pub(crate) async fn elements_in<C: ConnectionTrait>(
    store: &SqlStore,
    connection: &C,
    kind: &ResourceType,
    owner: i64,
    piece: &Piece,
) -> Result<Vec<Element>, DbErr> {
    let mut elements = elements_of(store, kind, &piece.path, [owner]);
    elements.limit(u64::from(piece.count));
    if let Some(last) = &piece.after {
        elements.and_where(Expr::col(("l", link::VALUE)).gt(bytes(last)));
    }
    connection.query_all(&elements).await?.iter().map(|row| element(store, row)).collect()
}

fn loads_collections(kind: &ResourceType, load: &Load) -> bool {
    kind.collections.iter().any(|collection| load.wants(&collection.attribute.to_string()))
}

/// What is read of a resource.
const COLUMNS: [&str; 6] = [resource::KEY, resource::ID, resource::VERSION, resource::CREATED, resource::MODIFIED, resource::DOCUMENT];

/// The resources of the type with these keys, in no order.
pub(crate) fn select_keys(store: &SqlStore, kind: &ResourceType, keys: &[i64]) -> SelectStatement {
    let keys = padded(keys.iter().copied(), 0);
    let key = Expr::col(("r", resource::KEY));
    if store.inner.engine != Engine::Postgres {
        return select(store, kind).and_where(key.is_in(keys)).take();
    }
    // One look-up each: of a list PostgreSQL without statistics believes that a walk through the type is cheaper.
    let one = select(store, kind).and_where(key.eq(Expr::col(("k", "column1")))).offset(0).take();
    Sql::select()
        .columns(COLUMNS.map(|column| ("r", column)))
        .from_values(keys, "k")
        .join_lateral(JoinType::InnerJoin, one, "r", Expr::val(1).eq(1))
        .take()
}

/// The columns of a resource, for the tenant and type.
pub(crate) fn select(store: &SqlStore, kind: &ResourceType) -> SelectStatement {
    let mut select = Sql::select();
    select.columns(COLUMNS.map(|column| ("r", column))).from_as(resource::TABLE, "r");
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
        key: ResourceKey { kind: kind.clone(), id: text(row, resource::ID)? },
        version: u64::try_from(version).map_err(|error| DbErr::Type(error.to_string()))?,
        created: Timestamp::from_micros(row.try_get("", resource::CREATED)?),
        modified: Timestamp::from_micros(row.try_get("", resource::MODIFIED)?),
        document: parse(row.try_get("", resource::DOCUMENT)?)?,
        collections: BTreeMap::new(),
        long: Vec::new(),
        referents: BTreeMap::new(),
    };
    Ok(Row { number: row.try_get("", resource::KEY)?, stored })
}

fn parse(text: String) -> Result<Document, DbErr> {
    serde_json::from_str(&text).map_err(|error| DbErr::Json(error.to_string()))
}

/// Adds what was asked for beside the documents: one statement for each collection and derived attribute, however many resources.
pub(crate) async fn load_rest<C: ConnectionTrait>(
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
            load_collection(store, connection, kind, &path, load.limit(), &mut rows).await?;
        }
    }
    for derived in &kind.derived {
        if load.wants(&derived.attribute.to_string()) {
            load_derived(store, connection, derived, &mut rows).await?;
        }
    }
    load_referents(store, connection, kind, &mut rows).await?;
    Ok(rows.into_iter().map(|row| row.stored).collect())
}

/// How many elements of a collection are read at once for all resources of a page. With more of them, those that have too many are
/// found first.
const AT_ONCE: u64 = 10_000;

async fn load_collection<C: ConnectionTrait>(
    store: &SqlStore,
    connection: &C,
    kind: &ResourceType,
    path: &str,
    limit: Option<u32>,
    rows: &mut [Row],
) -> Result<(), DbErr> {
    let mut owners: BTreeSet<i64> = rows.iter().map(|row| row.number).collect();
    let mut long = BTreeSet::new();
    let mut found = Vec::new();
    if let Some(limit) = limit.map(u64::from) {
        let enough = Ord::min(limit.saturating_mul(owners.len() as u64), Ord::max(AT_ONCE, limit)).saturating_add(1);
        let some = elements_of(store, kind, path, owners.iter().copied()).limit(enough).take();
        found = connection.query_all(&some).await?;
        if found.len() as u64 == enough {
            long = if owners.len() == 1 { owners.clone() } else { longer(store, connection, kind, path, &owners, limit).await? };
            owners.retain(|owner| !long.contains(owner));
            found.clear();
        } else {
            owners.clear();
        }
    }
    if !owners.is_empty() {
        found = connection.query_all(&elements_of(store, kind, path, owners)).await?;
    }
    let mut elements: BTreeMap<i64, Vec<Element>> = BTreeMap::new();
    for row in found {
        elements.entry(row.try_get("", link::OWNER)?).or_default().push(element(store, &row)?);
    }
    for row in rows {
        match elements.remove(&row.number) {
            Some(elements) if limit.is_none_or(|limit| elements.len() as u64 <= u64::from(limit)) => {
                row.stored.collections.insert(path.to_owned(), elements);
            }
            None if !long.contains(&row.number) => {}
            Some(_) | None => row.stored.long.push(path.to_owned()),
        }
    }
    Ok(())
}

/// What is behind the limit in [`longer`].
const BEYOND: &str = "beyond";

/// Those of the resources whose collection has more elements. As many are looked at, however many there are.
async fn longer<C: ConnectionTrait>(
    store: &SqlStore,
    connection: &C,
    kind: &ResourceType,
    path: &str,
    owners: &BTreeSet<i64>,
    limit: u64,
) -> Result<BTreeSet<i64>, DbErr> {
    let beyond = Sql::select()
        .column(("l", link::VALUE))
        .from_as(link::TABLE, "l")
        .and_where(Expr::col(("l", link::TENANT)).eq(store.tenant))
        .and_where(Expr::col(("l", link::ATTRIBUTE)).eq(path_number(kind, path)))
        .and_where(Expr::col(("l", link::OWNER)).equals(("r", resource::KEY)))
        .order_by(("l", link::VALUE), Order::Asc)
        .limit(1)
        .offset(limit)
        .take();
    let mut select = Sql::select();
    select
        .column(("r", resource::KEY))
        .expr_as(Expr::SubQuery(None, Box::new(beyond.into())), BEYOND)
        .from_as(resource::TABLE, "r")
        .and_where(Expr::col(("r", resource::KEY)).is_in(padded(owners.iter().copied(), 0)));
    let mut longer = BTreeSet::new();
    for row in connection.query_all(of_type(&mut select, store, kind)).await? {
        if row.try_get::<Option<Vec<u8>>>("", BEYOND)?.is_some() {
            longer.insert(row.try_get("", resource::KEY)?);
        }
    }
    Ok(longer)
}

/// The elements of a collection of these resources, with what they name.
fn elements_of(store: &SqlStore, kind: &ResourceType, path: &str, owners: impl IntoIterator<Item = i64>) -> SelectStatement {
    Sql::select()
        .columns([("l", link::OWNER), ("l", link::VALUE), ("l", link::ITEM)])
        .columns([("t", resource::TYPE), ("t", resource::DISPLAY)])
        .from_as(link::TABLE, "l")
        .left_join(
            sea_orm::sea_query::TableRef::from(resource::TABLE).alias("t"),
            Expr::col(("t", resource::TENANT)).equals(("l", link::TENANT)).and(Expr::col(("t", resource::ID)).equals(("l", link::VALUE))),
        )
        .and_where(Expr::col(("l", link::TENANT)).eq(store.tenant))
        .and_where(Expr::col(("l", link::ATTRIBUTE)).eq(path_number(kind, path)))
        .and_where(Expr::col(("l", link::OWNER)).is_in(padded(owners, 0)))
        .order_by(("l", link::OWNER), Order::Asc)
        .order_by(("l", link::VALUE), Order::Asc)
        .take()
}

fn element(store: &SqlStore, row: &QueryResult) -> Result<Element, DbErr> {
    let item: Option<String> = row.try_get("", link::ITEM)?;
    Ok(Element {
        value: text(row, link::VALUE)?,
        item: item.map(parse).transpose()?.unwrap_or_default(),
        referent: referent(store, row.try_get("", resource::TYPE)?, maybe_text(row, resource::DISPLAY)?),
    })
}

async fn load_derived<C: ConnectionTrait>(store: &SqlStore, connection: &C, derived: &Derived, rows: &mut [Row]) -> Result<(), DbErr> {
    let ids: Vec<Vec<u8>> = rows.iter().map(|row| bytes(&row.stored.key.id)).collect();
    let container = Expr::col(("o", resource::TENANT))
        .eq(store.tenant)
        .and(Expr::col(("o", resource::TYPE)).eq(type_number(&derived.from_type)))
        .and(Expr::col(("o", resource::KEY)).equals(("l", link::OWNER)));
    let mut select = Sql::select()
        .column(("l", link::VALUE))
        .columns([("o", resource::ID), ("o", resource::TYPE), ("o", resource::DISPLAY)])
        .inner_join(sea_orm::sea_query::TableRef::from(resource::TABLE).alias("o"), container)
        .order_by(("l", link::OWNER), Order::Asc)
        .take();
    if derived.indirect {
        let found = upwards(store.tenant, derived, ids);
        select.column(("l", ABOVE)).from_subquery(found, "l").order_by(("l", ABOVE), Order::Asc);
    } else {
        select
            .expr_as(Expr::val(0_i64), ABOVE)
            .from_as(link::TABLE, "l")
            .and_where(Expr::col(("l", link::TENANT)).eq(store.tenant))
            .and_where(Expr::col(("l", link::ATTRIBUTE)).eq(collection(derived)))
            .and_where(Expr::col(("l", link::COMPARED)).is_in(padded(ids, Vec::new())));
    }
    let mut elements: BTreeMap<String, Vec<Element>> = BTreeMap::new();
    for row in connection.query_all(&select).await? {
        let referent = referent(store, row.try_get("", resource::TYPE)?, maybe_text(&row, resource::DISPLAY)?);
        let above: i64 = row.try_get("", ABOVE)?;
        let element = Element::derived(text(&row, resource::ID)?, above > 0, referent);
        let found = elements.entry(text(&row, link::VALUE)?).or_default();
        // The direct one comes first.
        if found.last().is_none_or(|last| last.value != element.value) {
            found.push(element);
        }
    }
    let path = derived.attribute.to_string();
    for row in rows {
        if let Some(elements) = elements.remove(&row.stored.key.id) {
            row.stored.collections.entry(path.clone()).or_default().extend(elements);
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
            .and_where(Expr::col(resource::ID).is_in(padded(piece.iter().map(|id| bytes(id)), Vec::new())))
            .take();
        for row in connection.query_all(&select).await? {
            if let Some(referent) = referent(store, row.try_get("", resource::TYPE)?, maybe_text(&row, resource::DISPLAY)?) {
                known.insert(text(&row, resource::ID)?, referent);
            }
        }
    }
    Ok(known)
}

fn referent(store: &SqlStore, type_of: Option<i64>, display: Option<String>) -> Option<Referent> {
    let kind = store.inner.registry.types().iter().find(|kind| Some(type_number(&kind.name)) == type_of)?;
    Some(Referent { type_name: kind.name.clone(), display })
}
