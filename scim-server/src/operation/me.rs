//! The alias `/Me` for the resource of the caller (RFC 7644 §3.11).

use serde_json::Value;

use super::{Answer, Parameters, Scope};
use crate::json::parse_object;
use crate::{Boxed, Caller, Error, Result, Stores};

/// The port that tells which resource a caller is.
pub trait Me: Send + Sync + 'static {
    /// The name of the resource type, e.g. `User`, and the id of the resource; nothing if the caller is none, e.g. a provisioning client.
    ///
    /// # Errors
    /// Fails if it cannot be looked up at the moment.
    fn of<'a>(&'a self, caller: &'a Caller) -> Boxed<'a, Result<Option<(String, String)>>>;
}

impl<S: Stores> Scope<S> {
    /// The endpoint and id of the caller's own resource. From here on the caller may do with it what it may do with its own.
    ///
    /// # Errors
    /// 501 without a [`Me`]; 404 if the caller is no resource.
    pub async fn me(&self) -> Result<(String, String)> {
        let (name, id) = self.own().await?.ok_or_else(|| {
            Error::no_endpoint(
                "the credential belongs to no resource, so there is no `/Me` for it: name the resource by its endpoint and id",
            )
        })?;
        let kind = self.server.registry().by_name(&name).ok_or_else(|| Error::internal(format!("no resource type is called {name}")))?;
        // A second time it is the same one.
        let (endpoint, id) = self.me.get_or_init(|| (kind.endpoint.clone(), id));
        Ok((endpoint.clone(), id.clone()))
    }

    /// Creates the caller's own resource: one of the type whose schema the body names.
    ///
    /// # Errors
    /// 501 without a [`Me`]; 409 `uniqueness` if the caller is a resource already; `invalidSyntax` if `schemas` names no resource type; and
    /// those of [`Self::create`].
    pub async fn create_me(&self, body: &[u8], parameters: &Parameters) -> Result<Answer> {
        if self.own().await?.is_some() {
            return Err(Error::uniqueness("the credential belongs to a resource already: change that one with PUT or PATCH"));
        }
        let sent = parse_object(body)?;
        let schemas = sent.iter().find(|(name, _)| name.eq_ignore_ascii_case("schemas")).map(|(_, schemas)| schemas);
        let named = |urn: &str| {
            schemas
                .and_then(Value::as_array)
                .is_some_and(|all| all.iter().any(|one| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(urn))))
        };
        let kind = self.server.registry().types().iter().find(|kind| named(&kind.schema.id));
        let kind = kind.ok_or_else(|| Error::invalid_syntax("`schemas` names no resource type: send the URN of its base schema"))?;
        self.create(&kind.endpoint, body, parameters).await
    }

    async fn own(&self) -> Result<Option<(String, String)>> {
        let me = self.server.me().ok_or_else(|| Error::not_implemented("this server does not have `/Me`"))?;
        me.of(&self.caller).await
    }
}
