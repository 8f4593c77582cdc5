//! Serving Tribe over HTTP.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use poem::Server;
use poem::listener::{Acceptor, Listener, TcpAcceptor, TcpListener};
use scim_server::http::{RateLimits, StrictLines, endpoint, openapi};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};

use crate::database::setting::{ActiveModel, Column, Entity, PUBLIC_URL};
use crate::{BASE_PATH, Tribe};

/// How long requests that were accepted may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

/// How long a connection may stay idle (T24).
const IDLE: Duration = Duration::from_secs(60);

/// Why Tribe cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is not one of this machine, or is taken.
    #[error("cannot listen on `{0}`: {1}")]
    Listen(String, #[source] std::io::Error),
    /// Tokens would cross a network in the clear (T21).
    #[error(
        "`{0}` can be reached from other machines, and Tribe speaks plain HTTP: the secret tokens could be read on the way. Listen on \
         127.0.0.1, or put a proxy that speaks TLS in front and say so with `--behind-proxy NAME`"
    )]
    PlainHttp(String),
    /// Nobody outside knows the proxy by the address that Tribe listens on, and it speaks TLS with whoever does.
    #[error("behind a proxy Tribe must know the address that Azure reaches it under, with TLS: add `--public-url https://…`")]
    NoPublicUrl,
    /// The public URL cannot be pasted into Azure.
    #[error("`{0}` is not a URL like `https://tribe.example.com`")]
    PublicUrl(String),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] DbErr),
}

/// Who sees the plain HTTP that Tribe speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wire {
    /// Only this machine.
    Loopback,
    /// The proxy of that name, which speaks TLS with the world. If the name is a network, e.g. `10.0.0.7/32`, the proxy is believed
    /// whom it speaks for (T21).
    BehindProxy(String),
}

/// Tribe with an open port.
pub struct Listening {
    tribe: Tribe,
    acceptor: TcpAcceptor,
    address: SocketAddr,
    tenant_url: String,
    limits: RateLimits,
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").field("address", &self.address).field("tenant_url", &self.tenant_url).finish_non_exhaustive()
    }
}

impl Listening {
    /// Opens the port. Without a public URL the address itself is it.
    ///
    /// # Errors
    /// Any [`ServeError`].
    pub async fn open(tribe: Tribe, listen: &str, public_url: Option<&str>, wire: &Wire) -> Result<Self, ServeError> {
        let cannot = |error| ServeError::Listen(listen.to_owned(), error);
        if *wire == Wire::Loopback {
            let mut addresses = tokio::net::lookup_host(listen).await.map_err(cannot)?;
            if !addresses.all(|address| address.ip().is_loopback()) {
                return Err(ServeError::PlainHttp(listen.to_owned()));
            }
        }
        let acceptor = TcpListener::bind(listen).into_acceptor().await.map_err(cannot)?;
        let bound = acceptor.local_addr().first().and_then(|address| address.as_socket_addr().copied());
        let address = bound.ok_or_else(|| cannot(std::io::Error::other("it has no address")))?;
        let tenant_url = match public_url {
            // Who is told of http sends the tokens in the clear, up to the proxy.
            Some(url) if *wire != Wire::Loopback && !url.trim().starts_with("https://") => return Err(ServeError::NoPublicUrl),
            Some(url) => tenant_url(url)?,
            None if *wire == Wire::Loopback => format!("http://{address}{BASE_PATH}"),
            None => return Err(ServeError::NoPublicUrl),
        };
        Ok(Self { tribe, acceptor, address, tenant_url, limits: limits(wire) })
    }

    /// The same port, where each token and each address may ask so often in a second, instead of a hundred and a thousand times (T29).
    #[must_use]
    pub fn with_requests_per_second(mut self, requests: u32) -> Self {
        self.limits.per_token = requests;
        self.limits.per_address = self.limits.per_address.max(requests);
        self
    }

    /// The address of the port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What administrators paste into Azure as *Tenant URL*; the token tells the tenants apart.
    pub fn tenant_url(&self) -> &str {
        &self.tenant_url
    }

    /// Serves SCIM below the base path, and its OpenAPI document beside it, until `stop` ends; requests that were accepted are answered.
    ///
    /// # Errors
    /// If the port fails.
    pub async fn run(self, stop: impl Future<Output = ()>) -> std::io::Result<()> {
        let scim = self.tribe.scim(&self.tenant_url);
        let application = openapi(&scim).beside(endpoint(scim).with_rate_limits(self.limits).below(BASE_PATH));
        Server::new_with_acceptor(StrictLines(self.acceptor))
            .idle_timeout(IDLE)
            .run_with_graceful_shutdown(application, stop, Some(GRACE))
            .await
    }
}

/// What Tribe takes from each token and each address.
fn limits(wire: &Wire) -> RateLimits {
    let proxies = match wire {
        Wire::Loopback => Vec::new(),
        Wire::BehindProxy(name) => name.parse().into_iter().collect(),
    };
    RateLimits { proxies, ..RateLimits::default() }
}

/// The tenant URL below a public URL, which may end in the base path already.
///
/// # Errors
/// [`ServeError::PublicUrl`]
pub fn tenant_url(public_url: &str) -> Result<String, ServeError> {
    let trimmed = public_url.trim().trim_end_matches('/');
    let host = trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://")).unwrap_or_default();
    if host.is_empty() || host.starts_with('/') || host.contains(['?', '#', ' ']) {
        return Err(ServeError::PublicUrl(public_url.to_owned()));
    }
    Ok(format!("{}{BASE_PATH}", trimmed.strip_suffix(BASE_PATH).unwrap_or(trimmed)))
}

/// Remembers the tenant URL for the commands that print it.
///
/// # Errors
/// If the database fails.
pub async fn remember_tenant_url<C: ConnectionTrait>(database: &C, url: &str) -> Result<(), DbErr> {
    let row = ActiveModel { name: Set(PUBLIC_URL.to_owned()), value: Set(url.to_owned()) };
    let again = OnConflict::column(Column::Name).update_column(Column::Value).to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(database).await?;
    Ok(())
}

/// The tenant URL under which Tribe was served last.
///
/// # Errors
/// If the database fails.
pub async fn remembered_tenant_url<C: ConnectionTrait>(database: &C) -> Result<Option<String>, DbErr> {
    Ok(Entity::find_by_id(PUBLIC_URL).one(database).await?.map(|row| row.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_is_named_by_its_network_is_believed_whom_it_speaks_for() {
        for (wire, proxies) in
            [(Wire::Loopback, ""), (Wire::BehindProxy("nginx".into()), ""), (Wire::BehindProxy("10.0.0.7/32".into()), "10.0.0.7/32")]
        {
            let found: Vec<String> = limits(&wire).proxies.iter().map(ToString::to_string).collect();
            assert_eq!(found.concat(), proxies);
        }
    }

    #[test]
    fn the_tenant_url_stands_below_the_public_url_once() {
        for given in [
            "https://tribe.example.com",
            "https://tribe.example.com/",
            "https://tribe.example.com/scim/v2",
            "https://tribe.example.com/scim/v2/",
        ] {
            assert_eq!(tenant_url(given).unwrap(), "https://tribe.example.com/scim/v2");
        }
        assert_eq!(tenant_url("http://127.0.0.1:3000/crm").unwrap(), "http://127.0.0.1:3000/crm/scim/v2");
        for wrong in
            ["", "tribe.example.com", "https://", "ftp://tribe.example.com", "https:///scim", "https://a b", "https://a?x", "https://a#x"]
        {
            assert!(tenant_url(wrong).is_err(), "{wrong}");
        }
    }
}
