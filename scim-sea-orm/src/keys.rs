//! The keys of new resources: dense numbers in order of creation, out of ranges that a server reserves. A key is never used twice;
//! one that is never used does no harm.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use scim_server::store::{Change, StoreError};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query as Sql};
use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};

use crate::error::Failure;
use crate::index::type_number;
use crate::retry::Tries;
use crate::stores::SqlStore;
use crate::table::key_range;

/// What is left of the reserved ranges, by tenant and type. While one task reserves, the others of that type wait for it.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    left: Mutex<HashMap<(i64, i64), Left>>,
}

type Left = Arc<tokio::sync::Mutex<Range<i64>>>;

/// A key for each change that creates, in their order.
pub(crate) async fn take_keys(store: &SqlStore, changes: &[Change]) -> Result<Vec<i64>, StoreError> {
    let mut keys = Vec::new();
    for change in changes {
        if let Change::Create { key, .. } = change {
            keys.push(take_key(store, type_number(&key.kind.name)).await?);
        }
    }
    Ok(keys)
}

async fn take_key(store: &SqlStore, kind: i64) -> Result<i64, StoreError> {
    let range = store.inner.keys.left.lock().unwrap_or_else(PoisonError::into_inner).entry((store.tenant, kind)).or_default().clone();
    let mut left = range.lock().await;
    let mut tries = Tries::default();
    loop {
        if let Some(key) = left.next() {
            return Ok(key);
        }
        // The database may have reserved what it could not tell us: that range stays unused.
        match reserve(store, kind, store.inner.engine.reserved_keys()).await.map_err(Failure::from) {
            Ok(reserved) => *left = reserved,
            Err(Failure::Again(error) | Failure::NotUnique(error)) => tries.again(error).await?,
            Err(Failure::Refused(error)) => return Err(error),
        }
    }
}

/// So many keys that nobody else has or gets, by a transaction of its own.
pub(crate) async fn reserve(store: &SqlStore, kind: i64, count: i64) -> Result<Range<i64>, DbErr> {
    let transaction = store.inner.database.begin_with_options(store.inner.engine.writing()).await?;
    let reserved = reserve_in(store, &transaction, kind, count).await?;
    transaction.commit().await?;
    Ok(reserved)
}

/// Moves the first free key of the type.
pub(crate) async fn reserve_in<C: ConnectionTrait>(store: &SqlStore, connection: &C, kind: i64, count: i64) -> Result<Range<i64>, DbErr> {
    let tenant = store.tenant;
    let moved = Expr::col((key_range::TABLE, key_range::NEXT)).add(count);
    let insert = Sql::insert()
        .into_table(key_range::TABLE)
        .columns([key_range::TENANT, key_range::TYPE, key_range::NEXT])
        .values_panic([tenant.into(), kind.into(), (1 + count).into()])
        .on_conflict(OnConflict::columns([key_range::TENANT, key_range::TYPE]).value(key_range::NEXT, moved).to_owned())
        .take();
    connection.execute(&insert).await?;
    let select = Sql::select()
        .column(key_range::NEXT)
        .from(key_range::TABLE)
        .and_where(Expr::col(key_range::TENANT).eq(tenant))
        .and_where(Expr::col(key_range::TYPE).eq(kind))
        .take();
    let row = connection.query_one(&select).await?.ok_or_else(|| DbErr::RecordNotFound("the reserved keys".into()))?;
    let next: i64 = row.try_get("", key_range::NEXT)?;
    Ok(next - count..next)
}
