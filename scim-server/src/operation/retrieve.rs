//! Retrieving a known resource (RFC 7644 §3.4.1).

use super::{Answer, Parameters, Scope};
use crate::projection::Projection;
use crate::{Access, Result, Stores};

impl<S: Stores> Scope<S> {
    /// Retrieves one resource.
    ///
    /// # Errors
    /// 403 without the right; 404; `invalidValue` if both `attributes` and `excludedAttributes` are given.
    pub async fn retrieve(&self, endpoint: &str, id: &str, parameters: &Parameters) -> Result<Answer> {
        let key = self.key(endpoint, id, Access::Read)?;
        let projection = Projection::parse(&key.kind, parameters.attributes.as_deref(), parameters.excluded_attributes.as_deref())?;
        let stored = self.read(&key, &projection.load(&key.kind)).await?;
        self.show(200, &stored, &projection, None).await
    }
}
