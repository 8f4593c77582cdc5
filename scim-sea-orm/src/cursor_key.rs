//! The keys that seal cursors (RFC 9865): a row for each tenant and generation, made by whoever comes first.

use scim_server::store::{CursorKey, StoreError};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query as Sql};
use sea_orm::{ConnectionTrait, DbErr};

use crate::error::unexpected;
use crate::stores::SqlStore;
use crate::table::cursor_key;

/// The key of that generation. `new` is kept if there is none; the row that stands afterwards is the key, whoever made it.
pub(crate) async fn cursor_key(store: &SqlStore, generation: u32, new: Option<&CursorKey>) -> Result<Option<CursorKey>, StoreError> {
    let kept = kept(store, generation).await.map_err(unexpected)?;
    let (None, Some(new)) = (&kept, new) else { return Ok(kept) };
    keep(store, generation, new).await.map_err(unexpected)?;
    self::kept(store, generation).await.map_err(unexpected)
}

async fn kept(store: &SqlStore, generation: u32) -> Result<Option<CursorKey>, DbErr> {
    let select = Sql::select()
        .column(cursor_key::SECRET)
        .from(cursor_key::TABLE)
        .and_where(Expr::col(cursor_key::TENANT).eq(store.tenant))
        .and_where(Expr::col(cursor_key::GENERATION).eq(i64::from(generation)))
        .take();
    let Some(row) = store.inner.database.query_one(&select).await? else { return Ok(None) };
    let secret: Vec<u8> = row.try_get("", cursor_key::SECRET)?;
    let secret = secret.try_into().map_err(|_| DbErr::Type("a key of cursors does not have 32 bytes".into()))?;
    Ok(Some(CursorKey::from_bytes(secret)))
}

async fn keep(store: &SqlStore, generation: u32, new: &CursorKey) -> Result<(), DbErr> {
    let insert = Sql::insert()
        .into_table(cursor_key::TABLE)
        .columns([cursor_key::TENANT, cursor_key::GENERATION, cursor_key::SECRET])
        .values_panic([store.tenant.into(), i64::from(generation).into(), new.as_bytes().to_vec().into()])
        .on_conflict(
            OnConflict::columns([cursor_key::TENANT, cursor_key::GENERATION])
                .do_nothing_on([cursor_key::TENANT, cursor_key::GENERATION])
                .to_owned(),
        )
        .take();
    store.inner.database.execute(&insert).await?;
    let delete = Sql::delete()
        .from_table(cursor_key::TABLE)
        .and_where(Expr::col(cursor_key::TENANT).eq(store.tenant))
        .and_where(Expr::col(cursor_key::GENERATION).lt(i64::from(generation) - 1))
        .take();
    store.inner.database.execute(&delete).await.map(drop)
}
