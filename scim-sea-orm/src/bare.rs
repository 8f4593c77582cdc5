//! Rows written as they are, many in a statement: nothing is decided here.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, ExprTrait, InsertStatement, OnConflict, Query as Sql, SimpleExpr};
use sea_orm::{ConnectionTrait, DbErr};

use crate::table::{bytes, key_range, link, resource, tally, value};
use crate::walk::{ResourceAt, Row, ValueAt};
use crate::write::{display, text};

/// How many rows one statement inserts at most.
const ROWS: usize = 500;

/// What to do with a row whose key is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Present {
    Fail,
    Leave,
}

/// A row of the link table.
pub(crate) struct LinkRow {
    pub(crate) attribute: i64,
    pub(crate) owner: i64,
    pub(crate) value: String,
    pub(crate) compared: String,
    pub(crate) item: Option<String>,
}

pub(crate) async fn insert_resources<C: ConnectionTrait>(connection: &C, tenant: i64, rows: &[ResourceAt]) -> Result<(), DbErr> {
    let mut insert = Sql::insert();
    insert.into_table(resource::TABLE).columns([resource::TENANT].into_iter().chain(ResourceAt::columns()));
    insert_rows(connection, insert, rows, |row| {
        Ok(vec![
            tenant.into(),
            row.kind.into(),
            row.key.into(),
            bytes(&row.id).into(),
            row.version.into(),
            row.created.into(),
            row.modified.into(),
            display(&row.document).into(),
            text(&row.document)?.into(),
        ])
    })
    .await
}

pub(crate) async fn insert_values<C: ConnectionTrait>(
    connection: &C,
    tenant: i64,
    rows: &[ValueAt],
    present: Present,
) -> Result<(), DbErr> {
    let mut insert = Sql::insert();
    insert.into_table(value::TABLE).columns([value::TENANT].into_iter().chain(ValueAt::columns()));
    if present == Present::Leave {
        leave(&mut insert, &[value::TENANT, value::ATTRIBUTE, value::VALUE, value::SLOT, value::ELEMENT]);
    }
    insert_rows(connection, insert, rows, |row| {
        Ok(vec![tenant.into(), row.attribute.into(), row.value.clone().into(), row.slot.into(), row.element.into(), row.key.into()])
    })
    .await
}

pub(crate) async fn insert_links<C: ConnectionTrait>(connection: &C, tenant: i64, rows: &[LinkRow], present: Present) -> Result<(), DbErr> {
    let mut insert = Sql::insert();
    insert.into_table(link::TABLE).columns([link::TENANT, link::ATTRIBUTE, link::OWNER, link::VALUE, link::COMPARED, link::ITEM]);
    if present == Present::Leave {
        leave(&mut insert, &[link::TENANT, link::ATTRIBUTE, link::OWNER, link::VALUE]);
    }
    insert_rows(connection, insert, rows, |row| {
        Ok(vec![
            tenant.into(),
            row.attribute.into(),
            row.owner.into(),
            bytes(&row.value).into(),
            bytes(&row.compared).into(),
            row.item.clone().into(),
        ])
    })
    .await
}

/// How many resources there are, by type and block.
pub(crate) type Blocks = BTreeMap<(i64, i64), i64>;

/// The tally of a tenant is this one and nothing else.
pub(crate) async fn set_tally<C: ConnectionTrait>(connection: &C, tenant: i64, blocks: Blocks) -> Result<(), DbErr> {
    let delete = Sql::delete().from_table(tally::TABLE).and_where(Expr::col(tally::TENANT).eq(tenant)).take();
    connection.execute(&delete).await?;
    let mut insert = Sql::insert();
    insert.into_table(tally::TABLE).columns([tally::TENANT, tally::TYPE, tally::BLOCK, tally::SLOT, tally::COUNT]);
    let rows: Vec<((i64, i64), i64)> = blocks.into_iter().collect();
    insert_rows(connection, insert, &rows, |((kind, block), count)| {
        Ok(vec![tenant.into(), (*kind).into(), (*block).into(), 0.into(), (*count).into()])
    })
    .await
}

/// The first key of the type that is free is at least this one.
pub(crate) async fn keep_keys<C: ConnectionTrait>(connection: &C, tenant: i64, kind: i64, next: i64) -> Result<(), DbErr> {
    let mut insert = Sql::insert();
    insert.into_table(key_range::TABLE).columns([key_range::TENANT, key_range::TYPE, key_range::NEXT]);
    leave(&mut insert, &[key_range::TENANT, key_range::TYPE]);
    insert_rows(connection, insert, &[next], |next| Ok(vec![tenant.into(), kind.into(), (*next).into()])).await?;
    let update = Sql::update()
        .table(key_range::TABLE)
        .value(key_range::NEXT, next)
        .and_where(Expr::col(key_range::TENANT).eq(tenant))
        .and_where(Expr::col(key_range::TYPE).eq(kind))
        .and_where(Expr::col(key_range::NEXT).lt(next))
        .take();
    connection.execute(&update).await.map(drop)
}

fn leave(insert: &mut InsertStatement, key: &[&'static str]) {
    insert.on_conflict(OnConflict::columns(key.iter().copied()).do_nothing_on(key.iter().copied()).to_owned());
}

async fn insert_rows<C: ConnectionTrait, R>(
    connection: &C,
    insert: InsertStatement,
    rows: &[R],
    values: impl Fn(&R) -> Result<Vec<SimpleExpr>, DbErr>,
) -> Result<(), DbErr> {
    for piece in rows.chunks(ROWS) {
        let mut insert = insert.clone();
        for row in piece {
            insert.values_panic(values(row)?);
        }
        connection.execute(&insert).await?;
    }
    Ok(())
}
