//! Retrieving a known resource (RFC 7644 §3.4.1), if it is another one than the client has (§3.14).

use super::{Answer, Parameters, Scope};
use crate::etag::IfNoneMatch;
use crate::projection::Projection;
use crate::store::Load;
use crate::{Access, Error, Result, Stores};

impl<S: Stores> Scope<S> {
    /// Retrieves one resource; 304 if the client has what would be shown.
    ///
    /// # Errors
    /// 403 without the right; 404; `invalidValue` if both `attributes` and `excludedAttributes` are given, or for what is no entity tag.
    pub async fn retrieve(&self, endpoint: &str, id: &str, if_none_match: Option<&str>, parameters: &Parameters) -> Result<Answer> {
        let key = self.key(endpoint, id, Access::Read)?;
        let if_none_match = if_none_match.map(IfNoneMatch::parse).transpose()?.unwrap_or_default();
        let projection = Projection::parse(&key.kind, parameters.attributes.as_deref(), parameters.excluded_attributes.as_deref())?;
        let stored = self.read(&key, &projection.load(&key.kind)).await?;
        // SPEC: a tag is that of the version, which what other resources say of this one does not move: with `groups` or the names of
        // members in it, what the client has may be old although its tag is not.
        let has_it = if_none_match.names(stored.version) && projection.is_covered_by_version(&key.kind);
        if has_it || if_none_match == IfNoneMatch::Any {
            return Ok(Answer { status: 304, ..self.show_nothing(&stored.key, stored.version) });
        }
        self.show(200, &stored, &projection, None).await
    }

    /// Checks the `If-None-Match` of a request that changes a resource (RFC 9110 §13.1.2). A version never comes back, so what was not
    /// named before the change is not named by it.
    ///
    /// # Errors
    /// 403 without the right; 404; 412 if the header is `*` or names the present version.
    pub async fn check_none_match(&self, endpoint: &str, id: &str, if_none_match: &str) -> Result<()> {
        let key = self.key(endpoint, id, Access::Write)?;
        let if_none_match = IfNoneMatch::parse(if_none_match)?;
        let version = self.read(&key, &Load::DOCUMENT).await?.version;
        if if_none_match == IfNoneMatch::Any || if_none_match.names(version) {
            let detail = "the resource is at a version that If-None-Match excludes: leave that header out to change it";
            return Err(Error::of_status(412, detail));
        }
        Ok(())
    }
}
