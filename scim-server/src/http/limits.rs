//! How many requests are taken (T29), and from which address they come (T21).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use governor::Quota;
use ipnet::IpNet;
use poem::Request;

use super::limiter::Limiter;
use crate::{Caller, Error, Result, TenantId};

/// The header in which proxies write whom they speak for.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// How many requests a server takes. Each limit allows one second's worth at once.
///
/// Over a limit the answer is 429, when the server has enough to do 503, each with an honest `Retry-After`; never 401, 403 or 404.
///
/// # Examples
/// ```
/// use scim_server::http::{RateLimits, endpoint};
/// use scim_server::{MemoryStores, Registry, ScimServer, StaticTokens};
///
/// let server = ScimServer::new(Registry::rfc7643(), MemoryStores::new(), StaticTokens::new());
/// let limits = RateLimits { per_token: 200, proxies: vec!["10.0.0.0/8".parse().expect("a network")], ..RateLimits::default() };
/// let application = endpoint(server).with_rate_limits(limits).below("/scim/v2");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimits {
    /// Requests a second of each credential: callers of the same tenant with the same [`credential`](Caller::credential).
    pub per_token: u32,
    /// Requests a second from each address. A provider of many tenants may come from one.
    pub per_address: u32,
    /// Bad credentials a minute from each address. Valid ones from there are served all the same.
    pub bad_credentials: u32,
    /// Requests under way at the same time; half of them at most are one tenant's.
    pub under_way: usize,
    /// The networks of the proxies whose `X-Forwarded-For` is believed. Nobody else's is.
    pub proxies: Vec<IpNet>,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { per_token: 100, per_address: 1000, bad_credentials: 20, under_way: 512, proxies: Vec::new() }
    }
}

/// The limits at work.
#[derive(Debug)]
pub(super) struct Limited {
    tokens: Limiter<(TenantId, String)>,
    addresses: Limiter<IpAddr>,
    bad_credentials: Limiter<IpAddr>,
    under_way: Arc<UnderWay>,
    proxies: Vec<IpNet>,
}

#[derive(Debug)]
struct UnderWay {
    most: usize,
    requests: Mutex<Requests>,
}

#[derive(Debug, Default)]
struct Requests {
    all: usize,
    of: HashMap<TenantId, usize>,
}

/// A request under way, until this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    under_way: Arc<UnderWay>,
    tenant: TenantId,
}

impl Limited {
    pub(super) fn new(limits: RateLimits) -> Self {
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            tokens: Limiter::new(Quota::per_second(at_least_one(limits.per_token))),
            addresses: Limiter::new(Quota::per_second(at_least_one(limits.per_address))),
            bad_credentials: Limiter::new(Quota::per_minute(at_least_one(limits.bad_credentials))),
            under_way: Arc::new(UnderWay { most: limits.under_way, requests: Mutex::default() }),
            proxies: limits.proxies,
        }
    }

    /// Where the request comes from: the peer, or whom the nearest proxy in the list speaks for. Those who can choose among
    /// many addresses, the owners of an IPv6 network, are one.
    pub(super) fn address(&self, request: &Request) -> Option<IpAddr> {
        let mut address = request.remote_addr().as_socket_addr()?.ip().to_canonical();
        let headers: Vec<&str> = request.headers().get_all(FORWARDED_FOR).iter().map(|value| value.to_str().unwrap_or_default()).collect();
        // Each proxy writes at the end whom it got the request from; what stands before that is only somebody's word.
        for before in headers.join(",").rsplit(',') {
            if !self.proxies.iter().any(|proxy| proxy.contains(&address)) {
                break;
            }
            let Some(before) = forwarded(before.trim()) else { break };
            address = before.to_canonical();
        }
        Some(match address {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
            v4 @ IpAddr::V4(_) => v4,
        })
    }

    /// Whether that address may send one more request.
    ///
    /// # Errors
    /// 429
    pub(super) fn check_address(&self, address: IpAddr) -> Result<()> {
        self.addresses.check(address).map_err(Error::too_many_requests)
    }

    /// Whether that address may send one more bad credential.
    ///
    /// # Errors
    /// 429
    pub(super) fn check_bad_credential(&self, address: IpAddr) -> Result<()> {
        self.bad_credentials.check(address).map_err(Error::too_many_requests)
    }

    /// A place for a request of that caller.
    ///
    /// # Errors
    /// 429 over the rate of its credential, 503 if there is no place.
    pub(super) fn enter(&self, caller: &Caller) -> Result<Place> {
        self.tokens.check((caller.tenant.clone(), caller.credential.clone())).map_err(Error::too_many_requests)?;
        self.under_way.enter(&caller.tenant)
    }
}

/// An address as proxies write it: `192.0.2.1`, `2001:db8::1`, and either with a port, `[2001:db8::1]:443`.
fn forwarded(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

impl UnderWay {
    fn enter(self: &Arc<Self>, tenant: &TenantId) -> Result<Place> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let of_tenant = requests.of.get(tenant).copied().unwrap_or_default();
        if requests.all >= self.most || of_tenant >= self.most.div_ceil(2) {
            return Err(Error::overloaded());
        }
        requests.all += 1;
        requests.of.insert(tenant.clone(), of_tenant + 1);
        Ok(Place { under_way: self.clone(), tenant: tenant.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut requests = self.under_way.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.all -= 1;
        if let Some(of_tenant) = requests.of.get_mut(&self.tenant) {
            *of_tenant -= 1;
            if *of_tenant == 0 {
                requests.of.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use poem::http::uri::Scheme;
    use poem::web::{LocalAddr, RemoteAddr};
    use poem::{Addr, Body, RequestParts, http};

    use super::*;

    fn from(peer: &str, forwarded: &[&str]) -> Request {
        let peer = Addr::SocketAddr(format!("{peer}:1").parse().expect("an address"));
        let request = http::Request::builder().header("forwarded", "for=9.9.9.9").header("x-real-ip", "9.9.9.9");
        let request = forwarded.iter().fold(request, |request, value| request.header(FORWARDED_FOR, *value));
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        let parts = RequestParts::from((parts, LocalAddr::default(), RemoteAddr(peer), Scheme::HTTP));
        Request::from_parts(parts, Body::empty())
    }

    #[test]
    fn a_forwarded_address_is_believed_from_listed_proxies_and_from_nobody_else() {
        let proxies = vec!["10.0.0.0/8".parse().expect("a network"), "fd00::/8".parse().expect("a network")];
        let limited = Limited::new(RateLimits { proxies, ..RateLimits::default() });
        for (peer, forwarded, address) in [
            ("203.0.113.7", &[][..], "203.0.113.7"),
            ("203.0.113.7", &["1.1.1.1"], "203.0.113.7"),
            ("203.0.113.7", &["10.0.0.1"], "203.0.113.7"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["1.1.1.1"], "1.1.1.1"),
            ("10.0.0.1", &["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
            ("10.0.0.1", &["6.6.6.6", "1.1.1.1"], "1.1.1.1"),
            ("10.0.0.1", &["6.6.6.6, 1.1.1.1, 10.0.0.2"], "1.1.1.1"),
            ("10.0.0.1", &["10.0.0.3,10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", &["1.1.1.1, nonsense"], "10.0.0.1"),
            ("10.0.0.1", &["nonsense, 1.1.1.1"], "1.1.1.1"),
            // As some gateways write it (Azure's Application Gateway among them).
            ("10.0.0.1", &["1.1.1.1:80"], "1.1.1.1"),
            ("10.0.0.1", &["6.6.6.6, 1.1.1.1:80, 10.0.0.2:443"], "1.1.1.1"),
            ("10.0.0.1", &["[2606:2800::1:2:3:4]:80"], "2606:2800::"),
            ("10.0.0.1", &["[2606:2800::1:2:3:4]"], "2606:2800::"),
            ("10.0.0.1", &["1.1.1.1:"], "10.0.0.1"),
            ("10.0.0.1", &["1.1.1.1:99999"], "10.0.0.1"),
            ("10.0.0.1", &["_hidden"], "10.0.0.1"),
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("[::ffff:10.0.0.1]", &["1.1.1.1"], "1.1.1.1"),
            ("[fd00::1]", &["2606:2800::1:2:3:4"], "2606:2800::"),
            ("[2606:2800::1:2:3:4]", &["1.1.1.1"], "2606:2800::"),
        ] {
            let found = limited.address(&from(peer, forwarded));
            assert_eq!(found, Some(address.parse().expect("an address")), "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn one_tenant_has_at_most_half_of_the_places_and_each_comes_free_again() {
        let limited = Limited::new(RateLimits { under_way: 4, ..RateLimits::default() });
        let caller = |tenant: &str| Caller::new(TenantId::new(tenant), "token");
        let mut places: Vec<Place> = (0..2).map(|_| limited.enter(&caller("greedy")).expect("a place")).collect();
        let refused = limited.enter(&caller("greedy")).expect_err("the tenant has its half");
        assert_eq!((refused.status(), refused.retry_after()), (503, Some(Duration::from_secs(1))));
        places.extend((0..2).map(|_| limited.enter(&caller("modest")).expect("the other half")));
        assert_eq!(limited.enter(&caller("third")).expect_err("all places are taken").status(), 503);
        drop(places);
        limited.enter(&caller("greedy")).expect("a place");
        assert!(limited.under_way.requests.lock().expect("no panic").of.is_empty(), "nobody is remembered");
    }
}
