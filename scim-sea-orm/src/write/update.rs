//! Changing a resource, and the rows of its values and links with it.

use scim_server::store::{Content, Document, Edit, Expected, ResourceKey, Stored, Written};
use scim_server::validate::possible_unique_keys;
use scim_server::{ResourceType, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query as Sql, UpdateStatement};
use sea_orm::{ConnectionTrait, DbErr};

use super::links::Links;
use super::{Work, display, text};
use crate::engine::Lock;
use crate::error::Failure;
use crate::hook::Event;
use crate::index::type_number;
use crate::read::{Row, references};
use crate::table::resource;

impl Work<'_> {
    pub(super) async fn update(
        &mut self,
        key: &ResourceKey,
        expected: Expected,
        new: Option<&Content>,
        edits: &[(String, Edit)],
    ) -> Result<Written, Failure> {
        let Row { number, stored: before } = self.lock(key, expected, Lock::Change).await?;
        let links = Links::new(self, &key.kind, number);
        let mut changed = false;
        if let Some(new) = new {
            let present = references(&key.kind, &before.document);
            self.check_references(new, &present).await?;
            if new.document != before.document {
                changed = true;
                links.set_references(&present, &references(&key.kind, &new.document)).await?;
            }
            // The profile may make other values unique than when the document was written.
            let kept = self.rows(&key.kind, &before.document, &possible_unique_keys(&key.kind, &before.document));
            let wanted = self.rows(&key.kind, &new.document, &new.unique);
            self.change_values(number, &kept, &wanted).await?;
        }
        let mut left_out = Vec::new();
        for (path, edit) in edits {
            let effect = links.edit(path, edit).await?;
            changed |= effect.changed;
            left_out.extend(effect.left_out);
        }
        let secrets = new.map(|new| new.secrets.clone()).unwrap_or_default();
        // A new password is a change, although no document shows it.
        changed |= !secrets.is_empty();
        if !changed {
            let Stored { version, created, modified, .. } = before;
            return Ok(Written { version, created, modified, changed, left_out });
        }
        let mut after = before.clone();
        after.version += 1;
        // T33: the time never goes back.
        after.modified = Ord::max(before.modified, Timestamp::now());
        let replaced = new.map(|new| &new.document).filter(|document| **document != before.document);
        if let Some(document) = replaced {
            after.document.clone_from(document);
        }
        self.move_on(number, &after, replaced).await?;
        self.hook(Event::Updated { before: &before, after: &after, secrets: &secrets, edits }).await?;
        Ok(Written { version: after.version, created: after.created, modified: after.modified, changed, left_out })
    }

    /// Writes version and time, and the document if it is another one.
    pub(super) async fn move_on(&self, number: i64, after: &Stored, document: Option<&Document>) -> Result<(), Failure> {
        let version = i64::try_from(after.version).map_err(|error| DbErr::Type(error.to_string()))?;
        let mut update = self.of_row(&after.key.kind, number);
        update.value(resource::VERSION, version).value(resource::MODIFIED, after.modified.micros());
        // T16: what the write was decided on stands in the write.
        update.and_where(Expr::col(resource::VERSION).eq(version - 1));
        if let Some(document) = document {
            update.value(resource::DOCUMENT, text(document)?).value(resource::DISPLAY, display(document));
        }
        match self.transaction.execute_raw(self.store.inner.engine.by_key(&update)).await?.rows_affected() {
            1 => Ok(()),
            _ => Err(Failure::Again(DbErr::RecordNotUpdated)),
        }
    }

    fn of_row(&self, kind: &ResourceType, number: i64) -> UpdateStatement {
        Sql::update()
            .table(resource::TABLE)
            .and_where(Expr::col(resource::TENANT).eq(self.store.tenant))
            .and_where(Expr::col(resource::TYPE).eq(type_number(&kind.name)))
            .and_where(Expr::col(resource::KEY).eq(number))
            .take()
    }
}
