//! Employees as an administrator of Tribe sees and changes them.

use std::collections::BTreeMap;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::database::azure_user::LINKED;
use crate::database::{account, azure_user, begin, drift, employee, key, now, role};
use crate::domain::conflict::{self, Conflict};
use crate::domain::drift::{Drift, Guarded};
use crate::domain::email::is_email;
use crate::domain::field::Field;
use crate::domain::{Refusal, visible_text};

/// An employee with all that belongs to it.
#[derive(Debug, Clone)]
pub struct Employee {
    /// The record.
    pub record: employee::Model,
    /// The username of the account.
    pub username: String,
    /// Whether it is bound to an Azure user.
    pub linked: bool,
    /// The `externalId` of that Azure user, or of the last one.
    pub external_id: Option<String>,
    /// The roles, by name.
    pub roles: Vec<String>,
    /// Where Azure and Tribe differ.
    pub drift: Vec<Drift>,
    /// The Azure users that were refused because of this employee.
    pub conflicts: Vec<Conflict>,
}

/// Who blocks an employee. The two are independent (B5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocker {
    /// Azure: `active` is false or the user is deleted.
    Azure,
    /// An administrator of Tribe.
    Tribe,
}

/// Whether a block stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// It stands.
    Set,
    /// It is lifted.
    Lifted,
}

/// Which employee an administrator means.
#[derive(Debug, Clone)]
pub enum Which {
    /// The one with this e-mail address.
    Email(String),
    /// The one with this id.
    Id(String),
}

impl Employee {
    /// Whether any block stands (B5).
    pub fn is_blocked(&self) -> bool {
        is_blocked(&self.record)
    }

    /// The blocks that stand.
    pub fn blocked_by(&self) -> Vec<&'static str> {
        let blocks = [(self.record.blocked_by_azure, "azure"), (self.record.blocked_by_tribe, "tribe")];
        blocks.into_iter().filter(|(stands, _)| *stands).map(|(_, who)| who).collect()
    }

    /// The employee as JSON; fields without a value are absent.
    pub fn to_json(&self) -> Value {
        let mut json = json!({
            "id": self.record.id,
            "email": self.record.email,
            "username": self.username,
            "displayName": self.record.display_name,
            "blocked": self.is_blocked(),
            "blockedBy": self.blocked_by(),
            "linked": self.linked,
            "externalId": self.external_id,
            "roles": self.roles,
            "drift": self.drift,
            "conflicts": self.conflicts,
        });
        let fields: Map<String, Value> =
            Field::ALL.iter().filter_map(|field| Some((field.name.to_owned(), json!((field.of)(&self.record).as_ref()?)))).collect();
        json["fields"] = Value::Object(fields);
        json
    }
}

/// Whether any block stands (B5).
pub fn is_blocked(record: &employee::Model) -> bool {
    record.blocked_by_azure || record.blocked_by_tribe
}

/// A new record with its account; what is not known yet is empty.
#[derive(Debug)]
pub struct New {
    /// The e-mail address.
    pub email: String,
    /// The username.
    pub username: String,
    /// The name that is shown.
    pub display_name: String,
}

/// Writes a new employee and its account, and tells the employee's id.
///
/// # Errors
/// A unique key refuses an address or a username that is taken.
pub async fn insert<C: ConnectionTrait>(database: &C, tenant: &str, new: New) -> Result<String, DbErr> {
    let (id, created) = (Uuid::new_v4().to_string(), now());
    let mut record = <employee::ActiveModel as ActiveModelTrait>::default();
    record.tenant = Set(tenant.to_owned());
    record.id = Set(id.clone());
    record.email_key = Set(key(&new.email));
    record.email = Set(new.email);
    record.display_name = Set(new.display_name);
    record.blocked_by_azure = Set(false);
    record.blocked_by_tribe = Set(false);
    record.created = Set(created);
    record.changed = Set(created);
    employee::Entity::insert(record).exec_without_returning(database).await?;
    let account = account::ActiveModel {
        tenant: Set(tenant.to_owned()),
        employee: Set(id.clone()),
        username_key: Set(key(&new.username)),
        username: Set(new.username),
        created: Set(created),
    };
    account::Entity::insert(account).exec_without_returning(database).await?;
    Ok(id)
}

/// Makes an employee by hand, whose username is its e-mail address.
///
/// # Errors
/// [`Refusal::NotAnEmail`], [`Refusal::EmployeeExists`], [`Refusal::BadText`]
pub async fn create(database: &DatabaseConnection, tenant: &str, email: &str, name: &str, roles: &[String]) -> Result<Employee, Refusal> {
    let email = email.trim();
    if !is_email(email) {
        return Err(Refusal::NotAnEmail(email.to_owned()));
    }
    let display_name = visible_text("a name", name, 256)?;
    let transaction = begin(database).await?;
    if let Some(taken) = by_address(&transaction, tenant, email).await? {
        return Err(Refusal::EmployeeExists(taken, email.to_owned()));
    }
    let new = New { email: email.to_owned(), username: email.to_owned(), display_name };
    let id = insert(&transaction, tenant, new).await?;
    for role in roles {
        give_role(&transaction, tenant, &id, role).await?;
    }
    transaction.commit().await?;
    find(database, tenant, &Which::Id(id)).await
}

/// The id of the employee that has this text as e-mail address or as username.
async fn by_address<C: ConnectionTrait>(database: &C, tenant: &str, address: &str) -> Result<Option<String>, DbErr> {
    match by_email(database, tenant, address).await? {
        Some(record) => Ok(Some(record.id)),
        None => Ok(by_username(database, tenant, address).await?.map(|account| account.employee)),
    }
}

/// The employee with that e-mail address.
///
/// # Errors
/// If the database fails.
pub async fn by_email<C: ConnectionTrait>(database: &C, tenant: &str, email: &str) -> Result<Option<employee::Model>, DbErr> {
    let same = employee::Column::EmailKey.eq(key(email));
    employee::Entity::find().filter(employee::Column::Tenant.eq(tenant)).filter(same).one(database).await
}

/// The account with that username.
///
/// # Errors
/// If the database fails.
pub async fn by_username<C: ConnectionTrait>(database: &C, tenant: &str, username: &str) -> Result<Option<account::Model>, DbErr> {
    let same = account::Column::UsernameKey.eq(key(username));
    account::Entity::find().filter(account::Column::Tenant.eq(tenant)).filter(same).one(database).await
}

/// The record with that id.
///
/// # Errors
/// If the database fails.
pub async fn by_id<C: ConnectionTrait>(database: &C, tenant: &str, id: &str) -> Result<Option<employee::Model>, DbErr> {
    employee::Entity::find_by_id((tenant.to_owned(), id.to_owned())).one(database).await
}

/// The employee that is meant.
///
/// # Errors
/// [`Refusal::NoEmployee`]
pub async fn find<C: ConnectionTrait>(database: &C, tenant: &str, which: &Which) -> Result<Employee, Refusal> {
    let (record, named) = match which {
        Which::Email(email) => (by_email(database, tenant, email).await?, email),
        Which::Id(id) => (by_id(database, tenant, id).await?, id),
    };
    let record = record.ok_or_else(|| Refusal::NoEmployee(named.clone()))?;
    let mut whole = complete(database, tenant, vec![record]).await?;
    whole.pop().ok_or_else(|| Refusal::NoEmployee(named.clone()))
}

/// All employees of a tenant by name.
///
/// # Errors
/// If the database fails.
pub async fn list<C: ConnectionTrait>(database: &C, tenant: &str) -> Result<Vec<Employee>, Refusal> {
    let mut records = employee::Entity::find().filter(employee::Column::Tenant.eq(tenant)).all(database).await?;
    // Here and not in the database, whose collation is not known.
    records.sort_by_cached_key(|record| (key(&record.display_name), record.id.clone()));
    complete(database, tenant, records).await
}

/// Adds to each record what belongs to it. One statement a table, however many employees there are.
async fn complete<C: ConnectionTrait>(database: &C, tenant: &str, records: Vec<employee::Model>) -> Result<Vec<Employee>, Refusal> {
    // One employee is asked for by its id; a list reads the tenant's rows once.
    let only = if let [record] = records.as_slice() { Some(record.id.clone()) } else { None };
    macro_rules! rows {
        ($table:ident) => {{
            let mut query = $table::Entity::find().filter($table::Column::Tenant.eq(tenant));
            if let Some(only) = &only {
                query = query.filter($table::Column::Employee.eq(only));
            }
            query
        }};
    }
    let mut usernames: BTreeMap<String, String> =
        rows!(account).all(database).await?.into_iter().map(|account| (account.employee, account.username)).collect();
    // The live link has the last word, then the latest former one.
    let mut links: BTreeMap<String, azure_user::Model> = BTreeMap::new();
    for link in rows!(azure_user).order_by_asc(azure_user::Column::Linked).all(database).await? {
        let keeps = links.get(&link.employee).is_some_and(|known| known.unlinked == LINKED);
        if !keeps {
            links.insert(link.employee.clone(), link);
        }
    }
    let mut roles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows!(role).order_by_asc(role::Column::Role).all(database).await? {
        roles.entry(row.employee).or_default().push(row.role);
    }
    let mut drifts: BTreeMap<String, Vec<drift::Model>> = BTreeMap::new();
    for row in rows!(drift).order_by_asc(drift::Column::Field).all(database).await? {
        drifts.entry(row.employee.clone()).or_default().push(row);
    }
    let mut conflicts: BTreeMap<String, Vec<Conflict>> = BTreeMap::new();
    for conflict in conflict::list(database, tenant).await? {
        conflicts.entry(conflict.employee.clone()).or_default().push(conflict);
    }
    let complete = records.into_iter().map(|record| {
        let username = usernames.remove(&record.id).unwrap_or_default();
        let link = links.remove(&record.id);
        let differs = |row: drift::Model| {
            let tribe = if row.field == Guarded::Email.name() { record.email.clone() } else { username.clone() };
            Drift { field: row.field, azure: row.azure, tribe, state: row.state }
        };
        Employee {
            linked: link.as_ref().is_some_and(|link| link.unlinked == LINKED),
            external_id: link.and_then(|link| link.external_id),
            roles: roles.remove(&record.id).unwrap_or_default(),
            drift: drifts.remove(&record.id).unwrap_or_default().into_iter().map(differs).collect(),
            conflicts: conflicts.remove(&record.id).unwrap_or_default(),
            username,
            record,
        }
    });
    Ok(complete.collect())
}

/// Sets or lifts one of the two blocks; the other one stays as it is (B5).
///
/// # Errors
/// If the database fails.
pub async fn block<C: ConnectionTrait>(database: &C, tenant: &str, id: &str, blocker: Blocker, block: Block) -> Result<(), DbErr> {
    let column = match blocker {
        Blocker::Azure => employee::Column::BlockedByAzure,
        Blocker::Tribe => employee::Column::BlockedByTribe,
    };
    employee::Entity::update_many()
        .col_expr(column, Expr::value(block == Block::Set))
        .col_expr(employee::Column::Changed, Expr::value(now()))
        .filter(employee::Column::Tenant.eq(tenant))
        .filter(employee::Column::Id.eq(id))
        .exec(database)
        .await?;
    Ok(())
}

/// Gives a role; one that the employee has already stays.
///
/// # Errors
/// [`Refusal::BadText`]
pub async fn give_role<C: ConnectionTrait>(database: &C, tenant: &str, employee: &str, name: &str) -> Result<(), Refusal> {
    let name = visible_text("a role", name, 64)?;
    let row = role::ActiveModel { tenant: Set(tenant.to_owned()), employee: Set(employee.to_owned()), role: Set(name) };
    let all = [role::Column::Tenant, role::Column::Employee, role::Column::Role];
    let known = OnConflict::columns(all).do_nothing_on(all).to_owned();
    role::Entity::insert(row).on_conflict(known).exec_without_returning(database).await?;
    Ok(())
}
