//! Which endpoint a path names (RFC 7644 §3.2, Table 2).

use percent_encoding::percent_decode_str;

use crate::error::quote;
use crate::{Error, Leniency, Quirk, Result};

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
    /// Part of the RFC, but not of this server: what it is called.
    Absent(&'static str),
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
            [] | [""] => Ok(Route::Absent("a query over all resource types")),
            [version, ..] if is_version(version) => {
                Err(Error::invalid_version(format!("the version {} of the protocol is not served here: use version 2", quote(version))))
            }
            [".search"] | [_, ".search"] => Ok(Route::Absent("`.search`")),
            ["Bulk"] => Ok(Route::Absent("bulk")),
            ["Me", ..] => Ok(Route::Absent("`/Me`")),
            ["ServiceProviderConfig"] => Ok(Route::ServiceProviderConfig),
            ["ResourceTypes"] => Ok(Route::ResourceTypes),
            ["ResourceTypes", name] => Ok(Route::ResourceType((*name).to_owned())),
            ["Schemas"] => Ok(Route::Schemas),
            ["Schemas", urn] => Ok(Route::Schema((*urn).to_owned())),
            [endpoint] => Ok(Route::Type((*endpoint).to_owned())),
            [endpoint, id] => Ok(Route::Resource((*endpoint).to_owned(), (*id).to_owned())),
            _ => Err(unknown()),
        }
    }

    /// The methods that the endpoint has, for `Allow`.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Route::Type(_) => "GET, HEAD, OPTIONS, POST",
            Route::Resource(..) => "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
            Route::Absent(_) => "OPTIONS",
            Route::ServiceProviderConfig | Route::ResourceTypes | Route::ResourceType(_) | Route::Schemas | Route::Schema(_) => {
                "GET, HEAD, OPTIONS"
            }
        }
    }
}

fn unknown() -> Error {
    Error::no_endpoint("this path is not part of the server: the endpoints are listed at /ResourceTypes")
}

/// `v` and digits: a version segment of RFC 7644 §3.13.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix(['v', 'V']).is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}
