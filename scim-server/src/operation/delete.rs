//! Deleting a resource (RFC 7644 §3.6).

use super::staged::Staged;
use super::write::{Decided, Write};
use super::{Answer, Scope};
use crate::etag::IfMatch;
use crate::patch::Visits;
use crate::store::{Change, Expected, Load, ResourceKey};
use crate::{Access, Result, Stores};

impl<S: Stores> Scope<S> {
    /// Deletes a resource, and with it every membership and reference that names it (S63).
    ///
    /// # Errors
    /// 403 without the right; 404, also the second time; 412.
    pub async fn delete(&self, endpoint: &str, id: &str, if_match: Option<&str>) -> Result<Answer> {
        let key = self.key(endpoint, id, Access::Write)?;
        let if_match = if_match.map(IfMatch::parse).transpose()?.unwrap_or_default();
        self.carry_out(&Write::Delete { key, if_match }, &mut Visits::default()).await?;
        Ok(Answer { status: 204, body: None, location: None, etag: None })
    }

    pub(super) async fn decide_delete(&self, key: &ResourceKey, if_match: &IfMatch, staged: &mut Staged) -> Result<Decided> {
        let (expected, version) = match if_match {
            IfMatch::Absent | IfMatch::Any => (Expected::Any, 0),
            IfMatch::Tags(_) => {
                let current = staged.read(self, key, &Load::DOCUMENT).await?;
                staged.check(if_match, &current)?;
                (Expected::Is(current.version), current.version)
            }
        };
        Ok(Decided { change: Some(Change::Delete { key: key.clone(), expected }), version })
    }
}
