//! Walking through all rows of one tenant in a table, in the order of its primary key and in pieces that the key alone finds.

use std::marker::PhantomData;

use scim_server::store::Document;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query as Sql, Value};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};

use crate::table::{bytes, link, maybe_text, resource, text, value};

/// How many rows a piece has at most.
pub(crate) const PIECE: u64 = 500;

/// A row that can be walked to.
pub(crate) trait Row: Sized {
    const TABLE: &'static str;
    /// The columns of the primary key behind the tenant.
    const KEY: &'static [&'static str];
    /// The other columns to read.
    const REST: &'static [&'static str];
    fn read(row: &QueryResult) -> Result<Self, DbErr>;
    fn key(&self) -> Vec<Value>;

    /// All columns but the tenant.
    fn columns() -> impl Iterator<Item = &'static str> {
        Self::KEY.iter().chain(Self::REST).copied()
    }
}

/// A walk through the rows of one tenant.
pub(crate) struct Walk<R> {
    tenant: i64,
    last: Option<Vec<Value>>,
    rows: PhantomData<R>,
}

impl<R: Row> Walk<R> {
    pub(crate) fn new(tenant: i64) -> Self {
        Self { tenant, last: None, rows: PhantomData }
    }

    /// The next rows; none at the end.
    pub(crate) async fn next<C: ConnectionTrait>(&mut self, connection: &C) -> Result<Vec<R>, DbErr> {
        let mut select = Sql::select();
        select.columns(R::columns()).from(R::TABLE);
        select.and_where(Expr::col("tenant").eq(self.tenant)).limit(PIECE);
        for column in R::KEY {
            select.order_by(*column, Order::Asc);
        }
        // Behind the last row: first those that differ from it in the last column of the key alone, then in the last but one, and so
        // on. Each is one range of the key, which all engines find at once; MariaDB would not find a comparison of whole keys so.
        let ranges = match &self.last {
            None => vec![Vec::new()],
            Some(last) => (0..last.len()).rev().map(|differs| last[..=differs].to_vec()).collect(),
        };
        for range in ranges {
            let mut select = select.clone();
            for (place, (column, value)) in R::KEY.iter().zip(&range).enumerate() {
                let column = Expr::col(*column);
                select.and_where(if place + 1 == range.len() { column.gt(value.clone()) } else { column.eq(value.clone()) });
            }
            let mut rows = Vec::new();
            for row in connection.query_all(&select).await? {
                rows.push(R::read(&row)?);
            }
            if let Some(last) = rows.last() {
                self.last = Some(last.key());
                return Ok(rows);
            }
        }
        Ok(Vec::new())
    }
}

/// A row of the value table.
#[derive(Debug, Clone)]
pub(crate) struct ValueAt {
    pub(crate) attribute: i64,
    pub(crate) value: Vec<u8>,
    pub(crate) slot: i64,
    pub(crate) element: i64,
    pub(crate) key: i64,
}

impl ValueAt {
    /// The condition on a row of a tenant that it is this one, whoever has it.
    pub(crate) fn is_here(&self) -> Expr {
        Expr::col(value::ATTRIBUTE)
            .eq(self.attribute)
            .and(Expr::col(value::VALUE).eq(self.value.clone()))
            .and(Expr::col(value::SLOT).eq(self.slot))
            .and(Expr::col(value::ELEMENT).eq(self.element))
    }
}

impl Row for ValueAt {
    const TABLE: &'static str = value::TABLE;
    const KEY: &'static [&'static str] = &[value::ATTRIBUTE, value::VALUE, value::SLOT, value::ELEMENT];
    const REST: &'static [&'static str] = &[value::KEY];

    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            attribute: row.try_get("", value::ATTRIBUTE)?,
            value: row.try_get("", value::VALUE)?,
            slot: row.try_get("", value::SLOT)?,
            element: row.try_get("", value::ELEMENT)?,
            key: row.try_get("", value::KEY)?,
        })
    }

    fn key(&self) -> Vec<Value> {
        vec![self.attribute.into(), self.value.clone().into(), self.slot.into(), self.element.into()]
    }
}

/// A row of the link table, without its item.
#[derive(Debug, Clone)]
pub(crate) struct LinkAt {
    pub(crate) attribute: i64,
    pub(crate) owner: i64,
    pub(crate) value: String,
    pub(crate) compared: Vec<u8>,
}

impl Row for LinkAt {
    const TABLE: &'static str = link::TABLE;
    const KEY: &'static [&'static str] = &[link::ATTRIBUTE, link::OWNER, link::VALUE];
    const REST: &'static [&'static str] = &[link::COMPARED];

    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            attribute: row.try_get("", link::ATTRIBUTE)?,
            owner: row.try_get("", link::OWNER)?,
            value: text(row, link::VALUE)?,
            compared: row.try_get("", link::COMPARED)?,
        })
    }

    fn key(&self) -> Vec<Value> {
        vec![self.attribute.into(), self.owner.into(), bytes(&self.value).into()]
    }
}

/// A row of the resource table.
#[derive(Debug, Clone)]
pub(crate) struct ResourceAt {
    /// The number of its type.
    pub(crate) kind: i64,
    pub(crate) key: i64,
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) created: i64,
    pub(crate) modified: i64,
    pub(crate) display: Option<String>,
    pub(crate) document: Document,
}

impl Row for ResourceAt {
    const TABLE: &'static str = resource::TABLE;
    const KEY: &'static [&'static str] = &[resource::TYPE, resource::KEY];
    const REST: &'static [&'static str] =
        &[resource::ID, resource::VERSION, resource::CREATED, resource::MODIFIED, resource::DISPLAY, resource::DOCUMENT];

    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        let document: String = row.try_get("", resource::DOCUMENT)?;
        Ok(Self {
            kind: row.try_get("", resource::TYPE)?,
            key: row.try_get("", resource::KEY)?,
            id: text(row, resource::ID)?,
            version: row.try_get("", resource::VERSION)?,
            created: row.try_get("", resource::CREATED)?,
            modified: row.try_get("", resource::MODIFIED)?,
            display: maybe_text(row, resource::DISPLAY)?,
            document: serde_json::from_str(&document).map_err(|error| DbErr::Json(error.to_string()))?,
        })
    }

    fn key(&self) -> Vec<Value> {
        vec![self.kind.into(), self.key.into()]
    }
}
