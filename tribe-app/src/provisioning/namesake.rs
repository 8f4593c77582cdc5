//! A `userName` that another Azure user of the tenant has (B7). The SCIM store refuses it before any rule is asked and knows no
//! employee: here the refusal gets the employee's name, and the administrator both sides.

use std::error::Error as Cause;

use scim_sea_orm::SqlStore;
use scim_server::filter::{CompareOp, Condition, Logic, Term};
use scim_server::store::{Change, Content, Page, Query, ResourceKey};
use scim_server::{Error, Store};
use sea_orm::DatabaseConnection;

use super::{named, rows};
use crate::domain::azure::AzureUser;
use crate::domain::conflict::Conflict;
use crate::domain::drift::Guarded;
use crate::domain::employee::by_id;

/// The attribute that no two users of a tenant share (RFC 7643 §4.1.1).
pub(super) const USER_NAME: &str = "userName";

/// What a refused user has met.
pub(super) struct Namesake {
    /// For the client.
    pub(super) refusal: Error,
    /// For the administrator; nothing if Azure sent the same user twice.
    pub(super) conflict: Option<Conflict>,
}

/// The employee whose Azure user has the `userName` of one of these changes already.
pub(super) async fn find(
    store: &SqlStore,
    database: &DatabaseConnection,
    tenant: &str,
    changes: &[Change],
) -> Result<Option<Namesake>, Box<dyn Cause + Send + Sync>> {
    for (key, new, resource) in changes.iter().filter_map(wanted) {
        let Some(name) = new.unique.iter().find(|unique| unique.path == USER_NAME) else { continue };
        let Some(path) = key.kind.core_attribute(USER_NAME) else { continue };
        let azure = AzureUser::read(&new.document);
        let same_name = Logic::Term(Term::Attribute(path, Condition::Compare(CompareOp::Eq, name.key.clone())));
        let query = Query::of(key.kind.clone(), Some(same_name), Page::Index { start: 1, count: 2 });
        let found = store.query(&query).await?;
        let Some(holder) = found.resources.into_iter().find(|holder| holder.key.id != key.id) else { continue };
        let Some(id) = rows::employee_of(database, tenant, &holder.key.id).await? else { continue };
        let Some(employee) = by_id(database, tenant, &id).await? else { continue };
        let refusal = Error::uniqueness(format!(
            "{} is linked to another Azure user with this `userName` already: give one of the two users in Azure another `userName`, or \
             delete the one that is not needed",
            named(&employee)
        ));
        let again = azure.external_id.is_some() && azure.external_id == AzureUser::read(&holder.document).external_id;
        let conflict = (!again).then(|| Conflict::new(&azure, resource, &id, Guarded::Username));
        return Ok(Some(Namesake { refusal, conflict }));
    }
    Ok(None)
}

/// What a change wants to store, and the id of an older resource.
fn wanted(change: &Change) -> Option<(&ResourceKey, &Content, Option<&str>)> {
    match change {
        Change::Create { key, new } => Some((key, new, None)),
        Change::Update { key, new, .. } => Some((key, new.as_ref()?, Some(key.id.as_str()))),
        Change::Delete { .. } => None,
    }
}
