//! Reading for a PATCH the elements that it needs, in pieces if there are many (T13).

use super::staged::Staged;
use super::{Scope, refused};
use crate::etag::IfMatch;
use crate::patch::{Folded, PatchOp};
use crate::store::{Element, Load, Piece, ResourceKey, Store, Stored};
use crate::{Result, Stores};

impl<S: Stores> Scope<S> {
    /// Folds a request with the elements of these collections and derived attributes, and returns the state that it was folded on.
    ///
    /// # Errors
    /// 404; 412; those of [`PatchOp::fold`].
    pub(super) async fn fold_with(
        &self,
        request: &PatchOp,
        key: &ResourceKey,
        needed: &[String],
        if_match: &IfMatch,
        staged: &mut Staged,
    ) -> Result<(Stored, Folded)> {
        let load = Load::Only(needed.to_vec());
        // What is decided and not written yet nobody can read in pieces.
        let is_written = staged.is_empty();
        let mut current = if is_written { self.read(key, &load).await? } else { staged.read(self, key, &load).await? };
        staged.check(if_match, &current)?;
        if current.long.is_empty() {
            assume_empty(&mut current, needed);
            let folded = request.fold_within(&key.kind, &current, &self.leniency, staged.visits())?;
            return Ok((current, folded));
        }
        let snapshot = self.store.snapshot().await.map_err(refused)?;
        current = self.read_from(&snapshot, key, &load).await?;
        if_match.check(current.version)?;
        assume_empty(&mut current, needed);
        // At most each collection is found to be needed whole, one after the other.
        loop {
            let whole = match request.fold_in_pieces(&key.kind, &current, &self.leniency, staged.visits()) {
                Ok(mut folding) => {
                    for path in folding.needed() {
                        let mut pieces = self.elements(&snapshot, key, &path);
                        while let Some(piece) = pieces.next().await? {
                            folding.take(&path, piece)?;
                        }
                    }
                    let folded = folding.finish()?;
                    return Ok((current, folded));
                }
                Err(whole) => whole,
            };
            for path in whole {
                let mut all = Vec::new();
                let mut pieces = self.elements(&snapshot, key, &path);
                while let Some(piece) = pieces.next().await? {
                    all.extend(piece);
                }
                current.long.retain(|long| *long != path);
                current.collections.insert(path, all);
            }
        }
    }

    fn elements<'w>(&self, store: &'w S::Store, of: &'w ResourceKey, path: &str) -> Elements<'w, S::Store> {
        let count = self.server.limits().elements_at_once.max(1);
        Elements { store, of, next: Some(Piece { path: path.to_owned(), after: None, count }) }
    }
}

/// A store leaves out what is empty; from here on that is known.
fn assume_empty(current: &mut Stored, needed: &[String]) {
    for path in needed.iter().filter(|path| !current.long.contains(path)) {
        current.collections.entry(path.clone()).or_default();
    }
}

/// The elements of a collection, piece by piece.
struct Elements<'w, S> {
    store: &'w S,
    of: &'w ResourceKey,
    next: Option<Piece>,
}

impl<S: Store> Elements<'_, S> {
    async fn next(&mut self) -> Result<Option<Vec<Element>>> {
        let Some(piece) = self.next.take() else { return Ok(None) };
        // What others asked for meanwhile comes first.
        tokio::task::yield_now().await;
        let elements = self.store.elements(self.of, &piece).await.map_err(refused)?;
        if elements.len() == piece.count as usize {
            let after = elements.last().map(|element| element.value.clone());
            self.next = Some(Piece { after, ..piece });
        }
        Ok(Some(elements))
    }
}
