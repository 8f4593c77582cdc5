//! The tally: how many resources of each type there are, in blocks of their keys, so that neither the total nor the place of the n-th
//! has to be counted.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query as Sql};
use sea_orm::{ConnectionTrait, DbErr};

use crate::engine::Engine;
use crate::retry::random;
use crate::table::tally;

/// What a transaction adds to the tally. It is written once, last: those who meet in a row wait for each other's COMMIT only.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How many resources more or less, by tenant, type and key.
    counts: BTreeMap<(i64, i64, i64), i64>,
}

impl Tally {
    /// Counts a resource more (1) or less (-1).
    pub(crate) fn add(&mut self, tenant: i64, kind: i64, key: i64, count: i64) {
        *self.counts.entry((tenant, kind, key)).or_default() += count;
    }

    /// Adds what another one has.
    pub(crate) fn merge(&mut self, other: Self) {
        for ((tenant, kind, key), count) in other.counts {
            self.add(tenant, kind, key, count);
        }
    }

    /// Writes it all in one statement. The rows are locked in the order of their keys.
    pub(crate) async fn write<C: ConnectionTrait>(&self, engine: Engine, connection: &C) -> Result<(), DbErr> {
        let mut blocks: BTreeMap<(i64, i64, i64), i64> = BTreeMap::new();
        for ((tenant, kind, key), count) in &self.counts {
            *blocks.entry((*tenant, *kind, key >> engine.block_shift())).or_default() += count;
        }
        let slot = random() % engine.tally_slots();
        let mut insert = Sql::insert();
        insert.into_table(tally::TABLE).columns([tally::TENANT, tally::TYPE, tally::BLOCK, tally::SLOT, tally::COUNT]);
        let mut any = false;
        for ((tenant, kind, block), count) in blocks.into_iter().filter(|(_, count)| *count != 0) {
            insert.values_panic([tenant.into(), kind.into(), block.into(), slot.into(), count.into()]);
            any = true;
        }
        if !any {
            return Ok(());
        }
        let more = match engine {
            Engine::Sqlite | Engine::Postgres => Expr::col(("excluded", tally::COUNT)),
            Engine::MySql => Expr::cust("VALUES(n)"),
        };
        let sum = Expr::col((tally::TABLE, tally::COUNT)).add(more);
        let key = [tally::TENANT, tally::TYPE, tally::BLOCK, tally::SLOT];
        insert.on_conflict(OnConflict::columns(key).value(tally::COUNT, sum).to_owned());
        connection.execute(&insert).await.map(drop)
    }
}
