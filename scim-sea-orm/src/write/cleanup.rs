//! What a deletion leaves behind when very many resources are concerned: the rest goes in further transactions of a bounded size,
//! before the deletion is answered. A row remembers it, so that after a crash the next server of the tenant goes on.

use std::sync::Arc;

use scim_server::ResourceType;
use scim_server::store::StoreError;
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Query as Sql};
use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};

use super::{Work, roll_back};
use crate::engine::Lock;
use crate::error::Failure;
use crate::index::type_number;
use crate::retry::Tries;
use crate::statements::counted;
use crate::stores::SqlStore;
use crate::table::{bytes, cleanup, text};

/// A deleted resource of which some links are left.
#[derive(Debug, Clone)]
pub(crate) struct Gone {
    pub(crate) kind: Arc<ResourceType>,
    pub(crate) number: i64,
    pub(crate) id: String,
}

impl Work<'_> {
    /// Remembers, in the transaction, that links of it are left.
    pub(super) async fn leave(&mut self, gone: Gone) -> Result<(), Failure> {
        let insert = Sql::insert()
            .into_table(cleanup::TABLE)
            .columns([cleanup::TENANT, cleanup::TYPE, cleanup::KEY, cleanup::ID])
            .values_panic([self.store.tenant.into(), type_number(&gone.kind.name).into(), gone.number.into(), bytes(&gone.id).into()])
            .take();
        self.transaction.execute(&insert).await?;
        self.left.push(gone);
        Ok(())
    }
}

/// Takes away what is left, in a task of its own: a client that goes away does not stop it. The deletion was done in any case.
pub(crate) async fn clean_up(store: &SqlStore, left: Vec<Gone>) {
    if left.is_empty() {
        return;
    }
    let store = store.clone();
    let task = tokio::spawn(async move {
        let all = async {
            for gone in left {
                if let Err(error) = finish(&store, &gone).await {
                    tracing::warn!(%error, "links of a deleted resource are left: the next request takes them away");
                    store.forget_check();
                }
            }
        };
        counted(&store.statements, all).await;
    });
    if let Err(error) = task.await {
        tracing::error!(%error, "taking links of deleted resources away was broken off");
    }
}

/// What earlier servers have left of this tenant.
pub(crate) async fn left_behind<C: ConnectionTrait>(store: &SqlStore, connection: &C) -> Result<Vec<Gone>, DbErr> {
    let select = Sql::select()
        .columns([cleanup::TYPE, cleanup::KEY, cleanup::ID])
        .from(cleanup::TABLE)
        .and_where(Expr::col(cleanup::TENANT).eq(store.tenant))
        .take();
    let mut left = Vec::new();
    for row in connection.query_all(&select).await? {
        let number: i64 = row.try_get("", cleanup::TYPE)?;
        if let Some(kind) = store.inner.registry.types().iter().find(|kind| type_number(&kind.name) == number) {
            left.push(Gone { kind: kind.clone(), number: row.try_get("", cleanup::KEY)?, id: text(&row, cleanup::ID)? });
        }
    }
    Ok(left)
}

async fn finish(store: &SqlStore, gone: &Gone) -> Result<(), StoreError> {
    let mut tries = Tries::default();
    loop {
        match piece(store, gone).await {
            Ok(true) => return Ok(()),
            Ok(false) => tries = Tries::default(),
            Err(Failure::Again(error) | Failure::NotUnique(error)) => tries.again(error).await?,
            Err(Failure::Refused(error)) => return Err(error),
        }
    }
}

/// One transaction of it. Whether nothing is left.
async fn piece(store: &SqlStore, gone: &Gone) -> Result<bool, Failure> {
    let transaction = store.inner.database.begin_with_options(store.inner.engine.writing()).await?;
    let work = Work::new(store, &transaction);
    match work.take_away_piece(gone).await {
        Ok(done) => {
            transaction.commit().await?;
            Ok(done)
        }
        Err(failure) => {
            roll_back(transaction).await;
            Err(failure)
        }
    }
}

impl Work<'_> {
    async fn take_away_piece(&self, gone: &Gone) -> Result<bool, Failure> {
        let this = |table: Option<&'static str>| {
            let column = |name: &'static str| table.map_or_else(|| Expr::col(name), |table| Expr::col((table, name)));
            Cond::all()
                .add(column(cleanup::TENANT).eq(self.store.tenant))
                .add(column(cleanup::TYPE).eq(type_number(&gone.kind.name)))
                .add(column(cleanup::KEY).eq(gone.number))
        };
        let select = Sql::select().column(("r", cleanup::KEY)).from_as(cleanup::TABLE, "r").cond_where(this(Some("r"))).take();
        let lock = self.store.inner.engine.locking(&select, Lock::Name);
        if self.transaction.query_one_raw(lock).await?.is_none() {
            // Another server was faster.
            return Ok(true);
        }
        let done = self.unlink(gone).await?;
        if done {
            self.transaction.execute(&Sql::delete().from_table(cleanup::TABLE).cond_where(this(None)).take()).await?;
        }
        Ok(done)
    }
}
