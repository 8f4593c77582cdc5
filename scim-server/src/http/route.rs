//! Which endpoint a path names (RFC 7644 §3.2, Table 2).

use std::fmt;

use percent_encoding::percent_decode_str;

use crate::error::quote;
use crate::{Error, Leniency, Quirk, Registry, Result};

/// The endpoints below the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// `/ServiceProviderConfig`
    ServiceProviderConfig,
    /// `/ResourceTypes`
    ResourceTypes,
    /// `/ResourceTypes/{name}`
    ResourceType(String),
    /// `/Schemas`
    Schemas,
    /// `/Schemas/{urn}`
    Schema(String),
    /// `/{endpoint}`, e.g. `/Users`
    Type(String),
    /// `/{endpoint}/{id}`
    Resource(String, String),
    /// `/{endpoint}/.search`
    Search(String),
    /// `/.search`
    SearchAll,
    /// The base itself
    Root,
    /// `/Bulk`
    Bulk,
    /// `/Me`
    Me,
}

/// An endpoint of a server, and what it can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteDescription {
    /// The path below the base, e.g. `/Users/{id}`.
    pub path: String,
    /// The methods, as `Allow` lists them.
    pub methods: &'static str,
}

/// Every endpoint of a server with these resource types (RFC 7644 §3.2, Table 2), also those that it answers with 501.
///
/// # Examples
/// ```
/// let routes = scim_server::http::routes(&scim_server::Registry::rfc7643());
/// let users = routes.iter().find(|route| route.path == "/Users").expect("User is registered");
/// assert_eq!(users.methods, "GET, HEAD, OPTIONS, POST");
/// ```
#[must_use]
pub fn routes(registry: &Registry) -> Vec<RouteDescription> {
    let describe = |route: &Route| RouteDescription { path: route.to_string(), methods: route.methods() };
    all(registry).iter().map(describe).collect()
}

pub(super) fn all(registry: &Registry) -> Vec<Route> {
    let id = || "{id}".to_owned();
    let mut all = vec![Route::Root, Route::ServiceProviderConfig, Route::ResourceTypes, Route::ResourceType(id())];
    all.extend([Route::Schemas, Route::Schema(id()), Route::SearchAll, Route::Bulk, Route::Me]);
    for kind in registry.types() {
        let endpoint = || kind.endpoint.trim_start_matches('/').to_owned();
        all.extend([Route::Type(endpoint()), Route::Resource(endpoint(), id()), Route::Search(endpoint())]);
    }
    all
}

impl Route {
    /// Finds the endpoint of a path below the base, still percent-encoded. Each segment is decoded once (T38).
    ///
    /// # Errors
    /// 404; `invalidVers` for another version of the protocol (S47).
    pub(super) fn find(path: &str, leniency: &Leniency) -> Result<Route> {
        let path = path.strip_prefix('/').unwrap_or(path);
        // A slash at the end means the same resource (S75).
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut segments: Vec<&str> = path.split('/').collect();
        if path.contains("//") || path.starts_with('/') || path.ends_with('/') {
            if !leniency.permits(Quirk::DoubledSlashes) {
                return Err(unknown());
            }
            segments.retain(|segment| !segment.is_empty());
        }
        let mut decoded = Vec::with_capacity(segments.len());
        for segment in segments {
            decoded.push(percent_decode_str(segment).decode_utf8().map_err(|_| unknown())?);
        }
        let segments: Vec<&str> = decoded.iter().map(AsRef::as_ref).collect();
        match segments.as_slice() {
            [] | [""] => Ok(Route::Root),
            [version, ..] if is_other_version(version) => {
                Err(Error::invalid_version(format!("the version {} of the protocol is not served here: use version 2", quote(version))))
            }
            [".search"] => Ok(Route::SearchAll),
            ["Bulk"] => Ok(Route::Bulk),
            ["Me"] => Ok(Route::Me),
            ["ServiceProviderConfig"] => Ok(Route::ServiceProviderConfig),
            ["ResourceTypes"] => Ok(Route::ResourceTypes),
            ["Schemas"] => Ok(Route::Schemas),
            // Discovery is not searched (S50), and the others have nothing below them.
            ["ServiceProviderConfig" | "ResourceTypes" | "Schemas" | "Bulk" | "Me", ".search"] => Err(unknown()),
            ["ResourceTypes", name] => Ok(Route::ResourceType((*name).to_owned())),
            ["Schemas", urn] => Ok(Route::Schema((*urn).to_owned())),
            // A slash within a segment separates nothing (T38).
            [endpoint, ..] if endpoint.contains('/') => Err(unknown()),
            [endpoint] => Ok(Route::Type((*endpoint).to_owned())),
            [endpoint, ".search"] => Ok(Route::Search((*endpoint).to_owned())),
            [endpoint, id] => Ok(Route::Resource((*endpoint).to_owned(), (*id).to_owned())),
            _ => Err(unknown()),
        }
    }

    /// The methods that the endpoint has, for `Allow`.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Route::Type(_) => "GET, HEAD, OPTIONS, POST",
            Route::Resource(..) => "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
            Route::Search(_) | Route::SearchAll | Route::Bulk => "OPTIONS, POST",
            Route::Me => "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
            Route::Root
            | Route::ServiceProviderConfig
            | Route::ResourceTypes
            | Route::ResourceType(_)
            | Route::Schemas
            | Route::Schema(_) => "GET, HEAD, OPTIONS",
        }
    }
}

fn unknown() -> Error {
    Error::no_endpoint("this path is not part of the server: the endpoints are listed at /ResourceTypes")
}

/// `v` and digits: a version segment of RFC 7644 §3.13, of another version than ours.
fn is_other_version(segment: &str) -> bool {
    let digits = segment.strip_prefix(['v', 'V']).unwrap_or_default();
    !digits.is_empty() && digits != "2" && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The path below the base.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Route::ServiceProviderConfig => f.write_str("/ServiceProviderConfig"),
            Route::ResourceTypes => f.write_str("/ResourceTypes"),
            Route::ResourceType(name) => write!(f, "/ResourceTypes/{name}"),
            Route::Schemas => f.write_str("/Schemas"),
            Route::Schema(urn) => write!(f, "/Schemas/{urn}"),
            Route::Type(endpoint) => write!(f, "/{endpoint}"),
            Route::Resource(endpoint, id) => write!(f, "/{endpoint}/{id}"),
            Route::Search(endpoint) => write!(f, "/{endpoint}/.search"),
            Route::SearchAll => f.write_str("/.search"),
            Route::Root => f.write_str("/"),
            Route::Bulk => f.write_str("/Bulk"),
            Route::Me => f.write_str("/Me"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;

    #[test]
    fn each_route_is_found_by_its_own_path() {
        let routes = all(&Registry::rfc7643());
        for route in &routes {
            let leniency = Leniency::new(Profile::STRICT);
            assert_eq!(Route::find(&route.to_string(), &leniency).expect("a path of ours"), *route);
        }
        assert_eq!(routes.len(), 15);
    }

    #[test]
    fn a_segment_is_decoded_once() {
        let leniency = Leniency::new(Profile::STRICT);
        let found = Route::find("/Users/a%252Fb%2F..", &leniency).expect("two segments");
        assert_eq!(found, Route::Resource("Users".into(), "a%2Fb/..".into()));
    }
}
