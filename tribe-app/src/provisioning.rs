//! What Tribe does when Azure creates, changes, blocks or deletes a user: the rules of the help page, in the transaction of
//! the SCIM request. Whatever fails here takes the whole request back.
//!
//! | Azure | Tribe |
//! |---|---|
//! | creates a user whose e-mail address nobody has | a new employee and a new account, without a role (P1) |
//! | creates a user whose e-mail address an employee has | the two are linked; id, address, username, roles and Tribe's block stay (P2) |
//! | changes a user | name, job data, phones and language follow (P4); address and username wait for an administrator (P5) |
//! | blocks or unblocks a user | Azure's block is set or lifted; Tribe's own stays (P6, B5) |
//! | deletes a user | Azure's block is set, the link ends; employee and history stay (P7) |

mod conflicts;
mod namesake;
mod rows;

pub use conflicts::{Conflicts, TribeStores};

use scim_sea_orm::{Event, Hook, Stop};
use scim_server::store::{Document, Stored};
use scim_server::{Boxed, Caller, Error};
use sea_orm::DatabaseTransaction;

use crate::database::employee::Model as Record;
use crate::domain::azure::{AzureUser, display_name};
use crate::domain::drift::Guarded;
use crate::domain::employee::{Block, Blocker, New, block, by_email, by_id, by_username, insert};
use crate::domain::{Conflict, conflict, drift, printable};

/// The rules as a hook of the SCIM store.
#[derive(Debug)]
pub struct Provisioning {
    conflicts: Conflicts,
}

impl Provisioning {
    /// The rules; who collides with whom is told to `conflicts`.
    pub fn new(conflicts: Conflicts) -> Self {
        Self { conflicts }
    }
}

impl Hook for Provisioning {
    fn run<'a>(&'a self, transaction: &'a DatabaseTransaction, caller: &'a Caller, event: Event<'a>) -> Boxed<'a, Result<(), Stop>> {
        let request = Request { transaction, caller, tenant: caller.tenant.as_str(), conflicts: &self.conflicts };
        Box::pin(async move {
            // `secrets` is left alone: a password from SCIM never becomes usable, least of all on an older account (T03).
            let done = match event {
                Event::Created { after, .. } => request.created(after).await,
                Event::Updated { before, after, .. } => request.updated(before, after).await,
                Event::Deleted { before } => request.deleted(before).await,
            };
            done.map_err(rows::lost_a_race)
        })
    }
}

/// One SCIM request of one tenant.
struct Request<'a> {
    transaction: &'a DatabaseTransaction,
    caller: &'a Caller,
    tenant: &'a str,
    conflicts: &'a Conflicts,
}

impl Request<'_> {
    /// P1, P2 and B6: find the employee or make one, then link and follow.
    async fn created(&self, user: &Stored) -> Result<(), Stop> {
        let azure = AzureUser::read(&user.document);
        let (Some(email), Some(username)) = (&azure.email, &azure.username) else { return Err(no_username(&azure)) };
        let employee = match self.employee_for(&azure, email).await? {
            Some(employee) => {
                self.check_username(&azure, username, Some(&employee.id), None).await?;
                employee
            }
            None => {
                self.check_username(&azure, username, None, None).await?;
                let name = display_name(&user.document).unwrap_or_else(|| username.clone());
                let new = New { email: email.clone(), username: username.clone(), display_name: name };
                let id = insert(self.transaction, self.tenant, new).await?;
                self.record(&id).await?
            }
        };
        rows::link(self.transaction, self.tenant, &user.key.id, &employee.id, azure.external_id.as_deref()).await?;
        self.follow(&Document::new(), &user.document, &employee, &azure).await?;
        conflict::resolve(self.transaction, self.tenant, &azure).await?;
        Ok(())
    }

    /// P4, P5, P6.
    async fn updated(&self, before: &Stored, after: &Stored) -> Result<(), Stop> {
        let (was, azure) = (AzureUser::read(&before.document), AzureUser::read(&after.document));
        let employee = self.linked(&after.key.id).await?;
        // Another employee's username is refused, not noted: an administrator could never apply it (B7).
        if let Some(username) = azure.username.as_ref().filter(|_| azure.username != was.username) {
            self.check_username(&azure, username, Some(&employee.id), Some(&after.key.id)).await?;
        }
        if was.external_id != azure.external_id {
            rows::rename(self.transaction, self.tenant, &after.key.id, azure.external_id.as_deref()).await?;
        }
        self.follow(&before.document, &after.document, &employee, &azure).await?;
        conflict::forget(self.transaction, self.tenant, &after.key.id).await?;
        Ok(())
    }

    /// P7: the employee stays, blocked; its former link is remembered for a rehire (B6).
    async fn deleted(&self, user: &Stored) -> Result<(), Stop> {
        let employee = self.linked(&user.key.id).await?;
        block(self.transaction, self.tenant, &employee.id, Blocker::Azure, Block::Set).await?;
        rows::unlink(self.transaction, self.tenant, &user.key.id).await?;
        drift::forget(self.transaction, self.tenant, &employee.id).await?;
        conflict::forget(self.transaction, self.tenant, &user.key.id).await?;
        Ok(())
    }

    /// What follows Azure at once, and what waits.
    async fn follow(&self, before: &Document, after: &Document, employee: &Record, azure: &AzureUser) -> Result<(), Stop> {
        rows::follow(self.transaction, employee, before, after).await?;
        // A user that is new and says nothing of it is active. An older one that ceases to say it lets nobody back in.
        if let Some(active) = azure.active.or(before.is_empty().then_some(true)) {
            let azure_blocks = if active { Block::Lifted } else { Block::Set };
            block(self.transaction, self.tenant, &employee.id, Blocker::Azure, azure_blocks).await?;
        }
        let username = rows::username(self.transaction, self.tenant, &employee.id).await?;
        let (tx, tenant, id) = (self.transaction, self.tenant, &employee.id);
        drift::note(tx, tenant, id, Guarded::Email, azure.email.as_deref(), &employee.email).await?;
        drift::note(tx, tenant, id, Guarded::Username, azure.username.as_deref(), &username).await?;
        Ok(())
    }

    /// The employee that a new Azure user is: the one of the former link with its `externalId` (B6), else the one with its
    /// e-mail address (P2). One that is linked already is another person's (B7).
    async fn employee_for(&self, azure: &AzureUser, email: &str) -> Result<Option<Record>, Stop> {
        if let Some(external_id) = &azure.external_id {
            for former in rows::formerly(self.transaction, self.tenant, external_id).await? {
                if !rows::is_linked(self.transaction, self.tenant, &former).await? {
                    return self.record(&former).await.map(Some);
                }
            }
        }
        let Some(employee) = by_email(self.transaction, self.tenant, email).await? else { return Ok(None) };
        if rows::is_linked(self.transaction, self.tenant, &employee.id).await? {
            return Err(self.collides(azure, None, &employee, Guarded::Email));
        }
        Ok(Some(employee))
    }

    /// Refuses a username that another employee has (B7).
    async fn check_username(&self, azure: &AzureUser, username: &str, own: Option<&str>, resource: Option<&str>) -> Result<(), Stop> {
        match by_username(self.transaction, self.tenant, username).await? {
            Some(account) if Some(account.employee.as_str()) != own => {
                let holder = self.record(&account.employee).await?;
                Err(self.collides(azure, resource, &holder, Guarded::Username))
            }
            _ => Ok(()),
        }
    }

    /// 409 `uniqueness` that names the employee; the administrator of Tribe sees both sides.
    fn collides(&self, azure: &AzureUser, resource: Option<&str>, employee: &Record, field: Guarded) -> Stop {
        self.conflicts.note(self.caller, Conflict::new(azure, resource, &employee.id, field));
        let whose = named(employee);
        Stop::Refuse(Error::uniqueness(match (field, &azure.username) {
            (Guarded::Username, Some(username)) if *username != azure.user_name => format!(
                "{whose} has the username {} already, which this user would get from its e-mail address, because its `userName` is none: \
                 change the address in Azure or the employee's username in Tribe",
                shown(username)
            ),
            (Guarded::Username, _) => format!(
                "{whose} has the username {} already: change `userName` in Azure or the employee's username in Tribe",
                shown(&azure.user_name)
            ),
            (Guarded::Email, _) => format!(
                "{whose} has the e-mail address of this user and is linked to another Azure user already: give one of the two users in \
                 Azure another e-mail address, or delete the one that is not needed"
            ),
        }))
    }

    async fn linked(&self, resource: &str) -> Result<Record, Stop> {
        let employee = rows::employee_of(self.transaction, self.tenant, resource).await?;
        match employee {
            Some(employee) => self.record(&employee).await,
            // INVARIANT: every SCIM user was linked when it was created, in the same transaction.
            None => Err(Stop::Refuse(Error::internal("a SCIM user has no employee"))),
        }
    }

    async fn record(&self, id: &str) -> Result<Record, Stop> {
        let found = by_id(self.transaction, self.tenant, id).await?;
        found.ok_or_else(|| Stop::Refuse(Error::internal("a row names an employee that is not there")))
    }
}

/// P3: which of the two was missing, and what to map in Azure.
fn no_username(azure: &AzureUser) -> Stop {
    Stop::Refuse(Error::invalid_value(format!(
        "`userName` is {}, which is not an e-mail address, and `emails` has no address to take instead: map an attribute that holds an \
         e-mail address, e.g. userPrincipalName, to `userName`, or mail to `emails[type eq \"work\"].value`",
        shown(&azure.user_name)
    )))
}

/// An employee in a message.
fn named(employee: &Record) -> String {
    format!("the employee {} ({}, id {})", shown(&employee.display_name), shown(&employee.email), employee.id)
}

/// Words of others in a message: short and visible (T08).
fn shown(text: &str) -> String {
    let short: String = text.chars().take(64).collect();
    format!("`{}`", printable(&short))
}
