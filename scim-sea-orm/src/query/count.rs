//! How many there are, and where the n-th is: by the tally where all resources of a type are meant, else by counting.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query as Sql, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr};

use super::asked::Asked;
use crate::index::type_number;
use crate::plan::{Keys, Selection};
use crate::table::tally;

impl Asked<'_> {
    /// How many resources of a selection of the index there are.
    pub(super) async fn count<C: ConnectionTrait>(&self, connection: &C, selection: &Selection) -> Result<u64, DbErr> {
        let total = match selection {
            Selection::Always(true) => self.tally().expr_as(self.sum(), "total").take(),
            selection => count_of(&self.keys(selection.clone())),
        };
        number(connection, &total).await
    }

    /// The block of keys in which the resource behind so many others of the type stands: its first key, and how many to skip from
    /// there. Nothing if there are not so many.
    pub(super) async fn block<C: ConnectionTrait>(&self, connection: &C, skipped: u64) -> Result<Option<(i64, u64)>, DbErr> {
        let mut blocks = self.tally();
        blocks.column(tally::BLOCK).expr_as(self.sum(), "total").group_by_col(tally::BLOCK).order_by(tally::BLOCK, Order::Asc);
        let mut left = skipped;
        for row in connection.query_all(&blocks).await? {
            let (block, total): (i64, i64) = (row.try_get("", tally::BLOCK)?, row.try_get("", "total")?);
            match left.checked_sub(u64::try_from(total).unwrap_or(0)) {
                Some(less) => left = less,
                None => return Ok(Some((block << self.engine.block_shift(), left))),
            }
        }
        Ok(None)
    }

    fn tally(&self) -> SelectStatement {
        Sql::select()
            .from(tally::TABLE)
            .and_where(Expr::col(tally::TENANT).eq(self.tenant))
            .and_where(Expr::col(tally::TYPE).eq(type_number(&self.target.kind.name)))
            .take()
    }

    fn sum(&self) -> Expr {
        self.engine.whole(Expr::col(tally::COUNT).sum())
    }
}

/// The statement that counts keys.
pub(super) fn count_of(keys: &Keys) -> SelectStatement {
    keys.select.clone().expr_as(keys.key.clone().count(), "total").take()
}

/// A number that is there or 0.
pub(super) async fn number<C: ConnectionTrait>(connection: &C, select: &SelectStatement) -> Result<u64, DbErr> {
    let total: Option<i64> = connection.query_one(select).await?.map(|row| row.try_get("", "total")).transpose()?.flatten();
    Ok(total.and_then(|total| u64::try_from(total).ok()).unwrap_or(0))
}
