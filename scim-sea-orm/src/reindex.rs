//! Making the index of a database anew: for another declaration, or because a check found faults.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use scim_server::{Registry, ResourceType};
use sea_orm::sea_query::{Cond, Expr, ExprTrait, OnConflict, Query as Sql};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, TransactionTrait};

use crate::bare::{Blocks, LinkRow, Present, insert_links, insert_values, keep_keys, set_tally};
use crate::connect::{declared_index, open};
use crate::engine::Engine;
use crate::expected::{Numbers, Standing, holders, is_strange, linking_resources, rows, standings};
use crate::index::{Index, path_number};
use crate::options::{ConnectError, Options};
use crate::read::references;
use crate::stores::{Inner, SqlStore, SqlStores};
use crate::table::{bytes, link, resource, setting, value};
use crate::transfer::Progress;
use crate::trigrams;
use crate::walk::{LinkAt, ResourceAt, ValueAt, Walk};
use crate::write::{compared, display};

/// What stands for the declaration while the index is being made.
const UNFINISHED: &str = "unfinished";

/// How many rows one statement names by their whole keys.
const ROWS: usize = 200;

impl SqlStores {
    /// Makes the index of the database that of these options and this registry, and rebuilds tally and links from the documents.
    ///
    /// Stop all servers first. From the first row on none can be started until this has come to its end; the declaration is set
    /// last. It works in short transactions and can be broken off and run again at any time, also with the declaration of before.
    ///
    /// # Errors
    /// Any [`ConnectError`]; [`ConnectError::NotUnique`] if two resources have a value that the registry wants to be unique.
    pub async fn reindex(
        options: &Options,
        registry: impl Into<Arc<Registry>>,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, ConnectError> {
        let registry = registry.into();
        let index = Index::new(&registry, &options.indexed, &options.searchable)?;
        let database = open(options).await?;
        let fingerprint = index.fingerprint();
        declare(&database, UNFINISHED).await?;
        let engine = Engine::of(database.get_database_backend());
        let mut inner = Inner::new(database, engine, registry, index, options);
        inner.trigrams = inner.index.is_searched() && trigrams::make(&inner.database, engine).await;
        let stores = Self { inner: Arc::new(inner) };
        for store in stores.tenants(&stores.inner.database).await? {
            Reindex { numbers: Numbers::new(&store), store: &store, progress }.run().await?;
        }
        trigrams::mend(&stores.inner.database, engine).await?;
        declare(&stores.inner.database, &fingerprint).await?;
        Ok(stores)
    }
}

/// Whether the making of the index was broken off.
pub(crate) async fn is_unfinished(database: &DatabaseConnection) -> Result<bool, DbErr> {
    Ok(declared_index(database).await?.as_deref() == Some(UNFINISHED))
}

async fn declare(database: &DatabaseConnection, declaration: &str) -> Result<(), DbErr> {
    let insert = Sql::insert()
        .into_table(setting::TABLE)
        .columns([setting::NAME, setting::VALUE])
        .values_panic(["index".into(), declaration.into()])
        .on_conflict(OnConflict::column(setting::NAME).update_column(setting::VALUE).to_owned())
        .to_owned();
    database.execute(&insert).await.map(drop)
}

struct Reindex<'a> {
    store: &'a SqlStore,
    numbers: Numbers,
    progress: &'a (dyn Fn(Progress) + Sync),
}

impl Reindex<'_> {
    /// First what is wrong goes, so that nothing stands in the way of what is right.
    async fn run(&self) -> Result<(), ConnectError> {
        self.drop_strange_values().await?;
        self.mend_links().await?;
        self.write_rows().await
    }

    fn tell(&self, what: &'static str, done: u64) {
        (self.progress)(Progress { what, done, all: None });
    }

    fn database(&self) -> &DatabaseConnection {
        &self.store.inner.database
    }

    async fn drop_strange_values(&self) -> Result<(), DbErr> {
        let (mut walk, mut done) = (Walk::<ValueAt>::new(self.store.tenant), 0);
        loop {
            let piece = walk.next(self.database()).await?;
            if piece.is_empty() {
                return Ok(());
            }
            let standings = standings(self.store, &self.numbers, self.database(), &piece).await?;
            done += piece.len() as u64;
            let strange: Vec<ValueAt> =
                piece.into_iter().zip(standings).filter(|(_, standing)| *standing == Standing::Strange).map(|(row, _)| row).collect();
            for rows in strange.chunks(ROWS) {
                let mut any = Cond::any();
                for row in rows {
                    any = any.add(row.is_here());
                }
                let tenant = Expr::col(value::TENANT).eq(self.store.tenant);
                self.database().execute(&Sql::delete().from_table(value::TABLE).and_where(tenant).cond_where(any).take()).await?;
            }
            self.tell("values", done);
        }
    }

    async fn mend_links(&self) -> Result<(), DbErr> {
        let (mut walk, mut done) = (Walk::<LinkAt>::new(self.store.tenant), 0);
        loop {
            let piece = walk.next(self.database()).await?;
            if piece.is_empty() {
                return Ok(());
            }
            done += piece.len() as u64;
            let owners = linking_resources(self.store, &self.numbers, self.database(), &piece).await?;
            for link in &piece {
                let Some(linking) = self.numbers.links.get(&link.attribute) else { continue };
                let this = Expr::col(link::TENANT)
                    .eq(self.store.tenant)
                    .and(Expr::col(link::ATTRIBUTE).eq(link.attribute))
                    .and(Expr::col(link::OWNER).eq(link.owner))
                    .and(Expr::col(link::VALUE).eq(bytes(&link.value)));
                let right = bytes(&compared(&linking.kind, &linking.path.to_string(), &link.value));
                if is_strange(linking, link, &owners) {
                    self.database().execute(&Sql::delete().from_table(link::TABLE).and_where(this).take()).await?;
                } else if right != link.compared {
                    let update = Sql::update().table(link::TABLE).value(link::COMPARED, right).and_where(this).take();
                    self.database().execute(&update).await?;
                }
            }
            self.tell("links", done);
        }
    }

    /// The rows of all resources, in one transaction a piece; then the tally and the keys.
    async fn write_rows(&self) -> Result<(), ConnectError> {
        let mut walk = Walk::<ResourceAt>::new(self.store.tenant);
        let (mut tally, mut last_keys, mut done) = (Blocks::new(), BTreeMap::new(), 0);
        loop {
            let piece = walk.next(self.database()).await?;
            if piece.is_empty() {
                break;
            }
            let transaction = self.database().begin_with_options(self.store.inner.engine.writing()).await?;
            let (mut values, mut links, mut unique) = (Vec::new(), Vec::new(), HashMap::<i64, Vec<(Vec<u8>, i64)>>::new());
            for row in &piece {
                *tally.entry((row.kind, row.key >> self.store.inner.engine.block_shift())).or_default() += 1;
                last_keys.insert(row.kind, row.key);
                let Some(kind) = self.numbers.types.get(&row.kind) else { continue };
                for wanted in rows(self.store, kind, row).certain {
                    if wanted.unique {
                        unique.entry(wanted.attribute).or_default().push((wanted.value.clone(), row.key));
                    }
                    values.push(wanted.of(row.key));
                }
                for (path, id) in references(kind, &row.document) {
                    let compared = compared(kind, &path, &id);
                    links.push(LinkRow { attribute: path_number(kind, &path), owner: row.key, value: id, compared, item: None });
                }
                self.mend_display(&transaction, row).await?;
            }
            insert_values(&transaction, self.store.tenant, &values, Present::Leave).await?;
            insert_links(&transaction, self.store.tenant, &links, Present::Leave).await?;
            self.refuse_taken(&transaction, &piece, unique).await?;
            transaction.commit().await?;
            done += piece.len() as u64;
            self.tell("resources", done);
        }
        let transaction = self.database().begin_with_options(self.store.inner.engine.writing()).await?;
        set_tally(&transaction, self.store.tenant, tally).await?;
        for (kind, last) in last_keys {
            keep_keys(&transaction, self.store.tenant, kind, last + 1).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn mend_display<C: ConnectionTrait>(&self, connection: &C, row: &ResourceAt) -> Result<(), DbErr> {
        if display(&row.document) == row.display.as_deref().map(bytes) {
            return Ok(());
        }
        let update = Sql::update()
            .table(resource::TABLE)
            .value(resource::DISPLAY, display(&row.document))
            .and_where(Expr::col(resource::TENANT).eq(self.store.tenant))
            .and_where(Expr::col(resource::TYPE).eq(row.kind))
            .and_where(Expr::col(resource::KEY).eq(row.key))
            .take();
        connection.execute(&update).await.map(drop)
    }

    /// A unique value that was left as another resource's is a collision.
    async fn refuse_taken<C: ConnectionTrait>(
        &self,
        connection: &C,
        piece: &[ResourceAt],
        unique: HashMap<i64, Vec<(Vec<u8>, i64)>>,
    ) -> Result<(), ConnectError> {
        for (attribute, wanted) in unique {
            let holders = holders(self.store, connection, attribute, wanted.iter().map(|(value, _)| value.clone())).await?;
            let taken = wanted.iter().find(|(value, key)| holders.get(value).is_some_and(|holder| holder != key));
            if let Some((_, key)) = taken {
                let of_attribute = |kind: &ResourceType, path: &str| self.store.inner.index.unique_number(kind, path) == attribute;
                let found = piece.iter().filter(|row| row.key == *key).find_map(|row| {
                    let kind = self.numbers.types.get(&row.kind)?;
                    let unique = crate::expected::unique_keys(self.store, kind, row).0;
                    unique.into_iter().find(|unique| of_attribute(kind, &unique.path)).map(|unique| (unique.path, row.id.clone()))
                });
                let (path, id) = found.unwrap_or_default();
                return Err(ConnectError::NotUnique { tenant: self.store.caller.tenant.as_str().to_owned(), path, id });
            }
        }
        Ok(())
    }
}
