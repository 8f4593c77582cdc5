//! The store port on the application's table: every method that a store has.

use std::sync::Arc;

use scim_server::comparison::comparison_key;
use scim_server::filter::matches;
use scim_server::representation::represent;
use scim_server::sort::{compare, sort_key};
use scim_server::store::{
    Change, Content, CursorKey, Document, Element, Expected, Found, Load, Page, Piece, Position, Query, ResourceKey, StoreError, Stored,
    Target, Written,
};
use scim_server::{
    Attribute, Caller, Error, MemoryStore, MemoryStores, Registry, RegistryError, ResourceType, ResourceTypeDeclaration, Schema, Store,
    Stores, Timestamp, Uniqueness,
};
use sea_orm::{
    ActiveValue::{NotSet, Set, Unchanged},
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QueryOrder, Schema as Tables, SqlErr, TransactionTrait,
    sea_query::Index,
};
use serde_json::{Value, json};

use super::filter::bounds;
use super::table::{ActiveModel, Column, Entity, Model};

/// The URN of RFC 7643 §4.1: a server may have a part of its attributes.
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// The resource type: exactly what the table has columns for.
pub(crate) fn registry() -> Result<Registry, RegistryError> {
    let user = Schema::new(USER, "User").attributes([
        Attribute::string("userName").required().uniqueness(Uniqueness::Server).description("The login."),
        Attribute::string("displayName").description("The name."),
        Attribute::string("title").description("The job title."),
        Attribute::boolean("active").description("Whether the user may sign in."),
        Attribute::complex("emails", [Attribute::string("value").required().description("The address.")])
            .multi_valued()
            .description("The address that the application writes to: one."),
    ]);
    Registry::new(vec![user], vec![ResourceTypeDeclaration::new("User", "/Users", USER)])
}

/// The table, of all companies.
#[derive(Debug, Clone)]
pub(crate) struct UsersTable {
    database: DatabaseConnection,
    /// The keys of cursors. One process serves all requests, so its memory will do; several would keep them in a table.
    keys: MemoryStores,
}

/// The users of one company.
#[derive(Debug, Clone)]
pub(crate) struct Company {
    database: DatabaseConnection,
    name: String,
    keys: MemoryStore,
}

impl UsersTable {
    /// Opens the application's database; its table is made here, for an example has no past.
    pub(crate) async fn open(url: &str) -> Result<Self, DbErr> {
        // One connection: writers wait for each other, which is all that this database can do anyway.
        let database = Database::connect(ConnectOptions::new(url).max_connections(1).to_owned()).await?;
        database.execute(Tables::new(database.get_database_backend()).create_table_from_entity(Entity).if_not_exists()).await?;
        for (name, column) in [("users_login", Column::LoginKey), ("users_id", Column::Id)] {
            let index = Index::create().name(name).table(Entity).col(Column::Company).col(column).unique().if_not_exists().take();
            database.execute(&index).await?;
        }
        Ok(Self { database, keys: MemoryStores::new() })
    }
}

impl Stores for UsersTable {
    type Store = Company;

    fn of(&self, caller: &Caller) -> Company {
        Company { database: self.database.clone(), name: caller.tenant.as_str().to_owned(), keys: self.keys.of(caller) }
    }
}

impl Store for Company {
    async fn get(&self, key: &ResourceKey, _: &Load) -> Result<Option<Stored>, StoreError> {
        Ok(self.find(&self.database, key).await?.map(|row| stored(&key.kind, row)))
    }

    async fn query(&self, query: &Query) -> Result<Found, StoreError> {
        let mut matching = Vec::new();
        for (number, target) in query.targets.iter().enumerate() {
            for user in self.matching(target).await? {
                let key = target.sort.as_ref().and_then(|path| sort_key(path, &represent(&user.1, "")));
                matching.push((Position { key, target: number, number: user.0 }, user.1));
            }
        }
        let order = |one: &Position, other: &Position| {
            let by_key = compare(one.key.as_deref(), other.key.as_deref(), query.order);
            by_key.then(one.target.cmp(&other.target)).then(one.number.cmp(&other.number))
        };
        matching.sort_by(|one, other| order(&one.0, &other.0));
        let (skipped, is_cursor) = match &query.page {
            Page::Index { start, .. } => (usize::try_from(start.saturating_sub(1)).unwrap_or(usize::MAX), false),
            Page::After { position: None, .. } => (0, true),
            Page::After { position: Some(last), .. } => (matching.partition_point(|found| order(&found.0, last).is_le()), true),
        };
        let total = matching.len();
        let mut page: Vec<(Position, Stored)> = matching.into_iter().skip(skipped).take(query.page.count() as usize).collect();
        let more = is_cursor && skipped + page.len() < total;
        let next = page.last().filter(|_| more).map(|last| last.0.clone());
        let resources = page.drain(..).map(|found| found.1).collect();
        Ok(Found { total: query.total.then_some(total as u64), resources, next })
    }

    async fn elements(&self, of: &ResourceKey, _: &Piece) -> Result<Vec<Element>, StoreError> {
        // A user has no collection.
        self.find(&self.database, of).await?.map(|_| Vec::new()).ok_or(StoreError::NotFound)
    }

    async fn snapshot(&self) -> Result<Self, StoreError> {
        // It serves to read long collections in pieces, and a user has none.
        Ok(self.clone())
    }

    async fn commit(&self, changes: &[Change]) -> Result<Vec<Written>, StoreError> {
        let transaction = self.database.begin().await.map_err(failed)?;
        let mut written = Vec::with_capacity(changes.len());
        for change in changes {
            written.push(self.apply(&transaction, change).await?);
        }
        transaction.commit().await.map_err(failed)?;
        Ok(written)
    }

    async fn cursor_key(&self, generation: u32, new: Option<CursorKey>) -> Result<Option<CursorKey>, StoreError> {
        self.keys.cursor_key(generation, new).await
    }
}

impl Company {
    async fn find(&self, database: &impl ConnectionTrait, key: &ResourceKey) -> Result<Option<Model>, StoreError> {
        let is_user = key.kind.name == "User";
        let select = Entity::find().filter(Column::Company.eq(&*self.name)).filter(Column::Id.eq(&*key.id));
        Ok(select.one(database).await.map_err(failed)?.filter(|_| is_user))
    }

    /// The users that match: the columns narrow them down, and decide if they can.
    async fn matching(&self, target: &Target) -> Result<Vec<(i64, Stored)>, StoreError> {
        let known = target.filter.as_ref().map(bounds);
        let mut select = Entity::find().filter(Column::Company.eq(&*self.name)).order_by_asc(Column::Number);
        if let Some(possibly) = known.as_ref().and_then(|known| known.possibly.clone()) {
            select = select.filter(possibly.0);
        }
        let rows = select.all(&self.database).await.map_err(failed)?;
        let users = rows.into_iter().map(|row| (row.number, stored(&target.kind, row)));
        let undecided = target.filter.as_ref().filter(|_| known.is_some_and(|known| !known.exact));
        Ok(users.filter(|user| undecided.is_none_or(|filter| matches(filter, &represent(&user.1, "")))).collect())
    }

    async fn apply(&self, transaction: &DatabaseTransaction, change: &Change) -> Result<Written, StoreError> {
        match change {
            Change::Create { key, new } => {
                let now = Timestamp::now().micros();
                let user = ActiveModel {
                    number: NotSet,
                    company: Set(self.name.clone()),
                    id: Set(key.id.clone()),
                    revision: Set(1),
                    created: Set(now),
                    modified: Set(now),
                    ..columns(&key.kind, new)?
                };
                let row = Entity::insert(user).exec_with_returning(transaction).await.map_err(failed)?;
                Ok(written(&row, true))
            }
            Change::Update { key, expected, new, .. } => {
                let row = self.at(transaction, key, *expected).await?;
                let Some(new) = new.as_ref().filter(|new| new.document != document(&row)) else { return Ok(written(&row, false)) };
                let user = ActiveModel {
                    number: Unchanged(row.number),
                    revision: Set(row.revision + 1),
                    // Time does not go back, whatever the clock says.
                    modified: Set(Timestamp::now().micros().max(row.modified)),
                    ..columns(&key.kind, new)?
                };
                let row = Entity::update(user).exec(transaction).await.map_err(failed)?;
                Ok(written(&row, true))
            }
            Change::Delete { key, expected } => {
                let row = self.at(transaction, key, *expected).await?;
                Entity::delete_by_id(row.number).exec(transaction).await.map_err(failed)?;
                Ok(written(&row, true))
            }
        }
    }

    /// The row, if it is at the expected version. No other writer has a connection meanwhile.
    async fn at(&self, transaction: &DatabaseTransaction, key: &ResourceKey, expected: Expected) -> Result<Model, StoreError> {
        let row = self.find(transaction, key).await?.ok_or(StoreError::NotFound)?;
        match expected {
            Expected::Is(version) if version != row.revision.unsigned_abs() => Err(StoreError::VersionMismatch),
            Expected::Is(_) | Expected::Any => Ok(row),
        }
    }
}

/// From the columns to the document.
fn document(row: &Model) -> Document {
    let mut document = Document::new();
    document.insert("schemas".into(), json!([USER]));
    document.insert("userName".into(), json!(row.login));
    for (name, value) in [
        ("externalId", row.external_id.as_ref().map(|id| json!(id))),
        ("displayName", row.name.as_ref().map(|name| json!(name))),
        ("title", row.title.as_ref().map(|title| json!(title))),
        ("active", row.active.map(|active| json!(active))),
        ("emails", row.mail.as_ref().map(|mail| json!([{"value": mail}]))),
    ] {
        document.extend(value.map(|value| (name.to_owned(), value)));
    }
    document
}

/// From the document to the columns. What has no column is refused: nothing is lost in silence.
fn columns(kind: &ResourceType, new: &Content) -> Result<ActiveModel, StoreError> {
    let text = |name: &str| new.document.get(name).and_then(Value::as_str).map(str::to_owned);
    let emails = new.document.get("emails").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    if emails.len() > 1 {
        return Err(StoreError::Refused(Error::invalid_value("`emails` has more than one address: this application writes to one")));
    }
    let login = text("userName").ok_or_else(|| StoreError::Internal("the schema requires it".into()))?;
    let path = kind.core_attribute("userName").ok_or_else(|| StoreError::Internal("the schema has it".into()))?;
    Ok(ActiveModel {
        login_key: Set(comparison_key(path.leaf(), &json!(login)).unwrap_or_default()),
        login: Set(login),
        external_id: Set(text("externalId")),
        name: Set(text("displayName")),
        title: Set(text("title")),
        mail: Set(emails.first().and_then(|email| email.get("value")?.as_str()).map(str::to_owned)),
        active: Set(new.document.get("active").and_then(Value::as_bool)),
        ..<ActiveModel as Default>::default()
    })
}

fn stored(kind: &Arc<ResourceType>, row: Model) -> Stored {
    Stored {
        version: row.revision.unsigned_abs(),
        created: Timestamp::from_micros(row.created),
        modified: Timestamp::from_micros(row.modified),
        document: document(&row),
        key: ResourceKey { kind: kind.clone(), id: row.id },
        collections: Default::default(),
        long: Default::default(),
        referents: Default::default(),
    }
}

fn written(row: &Model, changed: bool) -> Written {
    Written {
        version: row.revision.unsigned_abs(),
        created: Timestamp::from_micros(row.created),
        modified: Timestamp::from_micros(row.modified),
        changed,
        left_out: Vec::new(),
    }
}

/// The constraint says what is taken.
fn failed(error: DbErr) -> StoreError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(of)) if of.contains("login_key") => StoreError::NotUnique { path: "userName".into() },
        Some(SqlErr::UniqueConstraintViolation(_)) => StoreError::NotUnique { path: "id".into() },
        _ => StoreError::Internal(Box::new(error)),
    }
}
