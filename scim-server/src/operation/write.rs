//! A request that changes a resource: it is decided on the present state, carried out, and decided anew after a lost race. Single
//! requests and the operations of a bulk request go the same way.

use super::staged::Staged;
use super::{Scope, refused};
use crate::etag::IfMatch;
use crate::patch::{PatchOp, Visits};
use crate::store::{Change, Document, ResourceKey, Store, StoreError};
use crate::{Error, Result, Stores};

/// How often a change is decided anew after another writer came first. Each time somebody made progress.
pub(super) const TRIES: usize = 100;

/// What a client asks for.
#[derive(Debug)]
pub(super) enum Write {
    /// POST (RFC 7644 §3.3). The id was made before.
    Create { key: ResourceKey, body: Document },
    /// PUT (§3.5.1).
    Replace { key: ResourceKey, if_match: IfMatch, body: Document },
    /// PATCH (§3.5.2).
    Patch { key: ResourceKey, if_match: IfMatch, request: PatchOp },
    /// DELETE (§3.6).
    Delete { key: ResourceKey, if_match: IfMatch },
}

/// What a request comes to on the state that it was decided on.
#[derive(Debug)]
pub(super) struct Decided {
    /// Nothing if everything is already as the client wants it.
    pub(super) change: Option<Change>,
    /// The version that it was decided on; 0 if on none.
    pub(super) version: u64,
}

impl Write {
    /// The resource that it is about.
    pub(super) fn key(&self) -> &ResourceKey {
        match self {
            Write::Create { key, .. } | Write::Replace { key, .. } | Write::Patch { key, .. } | Write::Delete { key, .. } => key,
        }
    }
}

impl<S: Stores> Scope<S> {
    /// Decides what a request comes to. Nothing is written. What is never returned goes no further than here, only its hash does.
    pub(super) async fn decide(&self, write: &Write, staged: &mut Staged) -> Result<Decided> {
        let mut decided = match write {
            Write::Create { key, body } => self.decide_create(key, body),
            Write::Replace { key, if_match, body } => self.decide_replace(key, if_match, body, staged).await,
            Write::Patch { key, if_match, request } => self.decide_patch(key, if_match, request, staged).await,
            Write::Delete { key, if_match } => self.decide_delete(key, if_match, staged).await,
        }?;
        if let Some(Change::Create { new, .. } | Change::Update { new: Some(new), .. }) = &mut decided.change {
            new.secrets = self.hashes.of(&write.key().id, std::mem::take(&mut new.secrets), self.server.password_hasher()).await?;
        }
        Ok(decided)
    }

    /// Carries a request out and returns the version that the resource has then. Of what it may look at, what it looked at in the end
    /// is taken.
    pub(super) async fn carry_out(&self, write: &Write, visits: &mut Visits) -> Result<u64> {
        let allowed = *visits;
        for _ in 0..TRIES {
            let mut staged = Staged::within(allowed);
            let decided = self.decide(write, &mut staged).await;
            *visits = *staged.visits();
            let Decided { change, version } = decided?;
            let Some(change) = change else { return Ok(version) };
            match self.store.commit(&[change]).await {
                Ok(written) => {
                    self.note(&written);
                    return Ok(written.last().map_or(version, |written| written.version));
                }
                // Another writer came first: decide anew. Whoever sent `If-Match` is told so by that decision.
                Err(StoreError::VersionMismatch) => {}
                Err(error) => return Err(refused(error)),
            }
        }
        Err(Error::unavailable("the resource changed at every try"))
    }
}
