//! Deleting a resource (RFC 7644 §3.6).

use super::{Answer, Scope, refused};
use crate::etag::IfMatch;
use crate::store::{Change, Expected, Load, Store};
use crate::{Access, Result, Stores};

impl<S: Stores> Scope<S> {
    /// Deletes a resource, and with it every membership and reference that names it (S63).
    ///
    /// # Errors
    /// 403 without the right; 404, also the second time; 412.
    pub async fn delete(&self, endpoint: &str, id: &str, if_match: Option<&str>) -> Result<Answer> {
        let key = self.key(endpoint, id, Access::Write)?;
        let expected = match if_match.map(IfMatch::parse).transpose()?.unwrap_or_default() {
            IfMatch::Absent | IfMatch::Any => Expected::Any,
            tags @ IfMatch::Tags(_) => {
                let current = self.read(&key, &Load::DOCUMENT).await?;
                tags.check(current.version)?;
                Expected::Is(current.version)
            }
        };
        self.store.commit(&[Change::Delete { key, expected }]).await.map_err(refused)?;
        Ok(Answer { status: 204, body: None, location: None, etag: None })
    }
}
