//! Which rows a document must have beside it, and which it may have: what a check compares and a re-index writes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use scim_server::store::UniqueKey;
use scim_server::validate::possible_unique_keys;
use scim_server::{BoundPath, ResourceType};
use sea_orm::sea_query::{Expr, ExprTrait, Query as Sql};
use sea_orm::{ConnectionTrait, DbErr};

use crate::index::{ValueRow, cut, type_number};
use crate::read::references;
use crate::stores::SqlStore;
use crate::table::{resource, value};
use crate::walk::{LinkAt, ResourceAt, Row, ValueAt};

/// The types and attributes by their numbers.
pub(crate) struct Numbers {
    pub(crate) types: HashMap<i64, Arc<ResourceType>>,
    /// The type of each number under which values can stand, whatever is declared.
    values: HashMap<i64, Arc<ResourceType>>,
    /// The collections and references.
    pub(crate) links: HashMap<i64, Linking>,
}

/// An attribute whose values name other resources.
#[derive(Clone)]
pub(crate) struct Linking {
    pub(crate) kind: Arc<ResourceType>,
    pub(crate) path: BoundPath,
    pub(crate) is_reference: bool,
}

impl Numbers {
    pub(crate) fn new(store: &SqlStore) -> Self {
        let mut numbers = Self { types: HashMap::new(), values: HashMap::new(), links: HashMap::new() };
        for kind in store.inner.registry.types() {
            numbers.types.insert(type_number(&kind.name), kind.clone());
            for number in crate::index::possible_numbers(kind) {
                numbers.values.insert(number, kind.clone());
            }
            let collections = kind.collections.iter().map(|collection| (&collection.attribute, false));
            for (path, is_reference) in collections.chain(kind.references.iter().map(|path| (path, true))) {
                let linking = Linking { kind: kind.clone(), path: path.clone(), is_reference };
                numbers.links.insert(crate::index::path_number(kind, &path.to_string()), linking);
            }
        }
        numbers
    }
}

/// The values of a document that are unique whoever wrote it, and those that are so by the profile of some writers.
pub(crate) fn unique_keys(store: &SqlStore, kind: &ResourceType, row: &ResourceAt) -> (Vec<UniqueKey>, Vec<UniqueKey>) {
    let possible = possible_unique_keys(kind, &row.document);
    possible.into_iter().partition(|unique| store.inner.index.declares_unique(kind, &unique.path))
}

/// The rows of a resource.
#[derive(Default)]
pub(crate) struct Rows {
    /// Those that it must have.
    pub(crate) certain: BTreeSet<ValueRow>,
    /// Those that it may have beside them, because the profile of its writer made a value unique.
    pub(crate) optional: BTreeSet<ValueRow>,
}

pub(crate) fn rows(store: &SqlStore, kind: &ResourceType, row: &ResourceAt) -> Rows {
    let (certain, optional) = unique_keys(store, kind, row);
    let rows = |unique: &[UniqueKey]| store.inner.index.rows(kind, &row.document, unique).into_iter().collect::<BTreeSet<ValueRow>>();
    let (optional, certain) = (if optional.is_empty() { BTreeSet::new() } else { rows(&optional) }, rows(&certain));
    Rows { optional: optional.difference(&certain).cloned().collect(), certain }
}

/// Which of the optional unique values of these resources are held by them.
pub(crate) async fn held<C: ConnectionTrait>(
    store: &SqlStore,
    connection: &C,
    kind: &ResourceType,
    rows: &[ResourceAt],
) -> Result<HashMap<i64, Vec<UniqueKey>>, DbErr> {
    let mut wanted: HashMap<i64, Vec<(i64, UniqueKey)>> = HashMap::new();
    for row in rows {
        for unique in unique_keys(store, kind, row).1 {
            wanted.entry(store.inner.index.unique_number(kind, &unique.path)).or_default().push((row.key, unique));
        }
    }
    let mut found: HashMap<i64, Vec<UniqueKey>> = HashMap::new();
    for (attribute, keys) in wanted {
        let holders = holders(store, connection, attribute, keys.iter().map(|(_, unique)| cut(&unique.key))).await?;
        for (key, unique) in keys {
            if holders.get(&cut(&unique.key)) == Some(&key) {
                found.entry(key).or_default().push(unique);
            }
        }
    }
    Ok(found)
}

/// Who has these unique values.
pub(crate) async fn holders<C: ConnectionTrait>(
    store: &SqlStore,
    connection: &C,
    attribute: i64,
    values: impl IntoIterator<Item = Vec<u8>>,
) -> Result<HashMap<Vec<u8>, i64>, DbErr> {
    let select = Sql::select()
        .columns([value::VALUE, value::KEY])
        .from(value::TABLE)
        .and_where(Expr::col(value::TENANT).eq(store.tenant))
        .and_where(Expr::col(value::ATTRIBUTE).eq(attribute))
        .and_where(Expr::col(value::VALUE).is_in(values))
        .and_where(Expr::col(value::SLOT).eq(0))
        .take();
    let rows = connection.query_all(&select).await?;
    rows.iter().map(|row| Ok((row.try_get("", value::VALUE)?, row.try_get("", value::KEY)?))).collect()
}

/// What a row of the value table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its resource must have it.
    Certain,
    /// Its resource may have it.
    Optional,
    /// No resource has it.
    Strange,
}

/// What each of these rows is.
pub(crate) async fn standings<C: ConnectionTrait>(
    store: &SqlStore,
    numbers: &Numbers,
    connection: &C,
    values: &[ValueAt],
) -> Result<Vec<Standing>, DbErr> {
    let of = |row: &ValueAt| numbers.values.get(&row.attribute).map(|kind| (type_number(&kind.name), row.key));
    let documents = resources(store, connection, values.iter().filter_map(of)).await?;
    let mut known = HashMap::new();
    for ((kind, key), document) in &documents {
        known.insert((*kind, *key), rows(store, &numbers.types[kind], document));
    }
    let standing = |row: &ValueAt| {
        let unique = row.slot == 0;
        let wanted = ValueRow { attribute: row.attribute, value: row.value.clone(), element: row.element, unique };
        match of(row).and_then(|of| known.get(&of)) {
            Some(rows) if (unique || row.slot == row.key) && rows.certain.contains(&wanted) => Standing::Certain,
            Some(rows) if (unique || row.slot == row.key) && rows.optional.contains(&wanted) => Standing::Optional,
            Some(_) | None => Standing::Strange,
        }
    };
    Ok(values.iter().map(standing).collect())
}

/// The owners of these links, as far as the registry has their types.
pub(crate) async fn linking_resources<C: ConnectionTrait>(
    store: &SqlStore,
    numbers: &Numbers,
    connection: &C,
    links: &[LinkAt],
) -> Result<HashMap<(i64, i64), ResourceAt>, DbErr> {
    let of = |link: &LinkAt| numbers.links.get(&link.attribute).map(|linking| (type_number(&linking.kind.name), link.owner));
    resources(store, connection, links.iter().filter_map(of)).await
}

/// Whether the owner of a link is gone, or does not have that reference.
pub(crate) fn is_strange(linking: &Linking, link: &LinkAt, owners: &HashMap<(i64, i64), ResourceAt>) -> bool {
    let Some(owner) = owners.get(&(type_number(&linking.kind.name), link.owner)) else { return true };
    linking.is_reference && !references(&linking.kind, &owner.document).contains(&(linking.path.to_string(), link.value.clone()))
}

/// The resources with these types and keys, each once.
async fn resources<C: ConnectionTrait>(
    store: &SqlStore,
    connection: &C,
    wanted: impl Iterator<Item = (i64, i64)>,
) -> Result<HashMap<(i64, i64), ResourceAt>, DbErr> {
    let mut by_type: HashMap<i64, BTreeSet<i64>> = HashMap::new();
    wanted.for_each(|(kind, key)| {
        by_type.entry(kind).or_default().insert(key);
    });
    let mut found = HashMap::new();
    for (kind, keys) in by_type {
        let select = Sql::select()
            .columns(ResourceAt::columns())
            .from(resource::TABLE)
            .and_where(Expr::col(resource::TENANT).eq(store.tenant))
            .and_where(Expr::col(resource::TYPE).eq(kind))
            .and_where(Expr::col(resource::KEY).is_in(keys))
            .take();
        for row in connection.query_all(&select).await? {
            let row = ResourceAt::read(&row)?;
            found.insert((kind, row.key), row);
        }
    }
    Ok(found)
}
