//! The path of an operation (RFC 7644 §3.7; S42).

use percent_encoding::percent_decode_str;

use super::reference::PREFIX;
use crate::{Error, Result};

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The endpoint of a resource type, e.g. `Users`.
    pub(super) endpoint: String,
    /// Which resource, if it is one.
    pub(super) resource: Option<Resource>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// By its id.
    Id(String),
    /// By the `bulkId` of the operation that creates it: as it stands there, and percent-decoded.
    Created(String, String),
}

/// The version segment that may lead a path.
const VERSION: &str = "v2";

/// Reads a path: `/Users`, `Users`, with our version before it, or an absolute URL below our base.
///
/// # Errors
/// `invalidSyntax` if it names no resource type and no resource.
pub(super) fn parse(path: &str, base: &str) -> Result<Named> {
    let below = match path.strip_prefix(base) {
        Some(rest) if rest.starts_with('/') => rest,
        Some(_) | None => path,
    };
    let below = below.strip_prefix('/').unwrap_or(below);
    let below = match below.split_once('/') {
        Some((VERSION, rest)) => rest,
        Some(_) | None => below,
    };
    // A slash at the end means the same resource (S75).
    let below = below.strip_suffix('/').unwrap_or(below);
    let (endpoint, id) = match below.split_once('/') {
        Some((endpoint, id)) => (endpoint, Some(id)),
        None => (below, None),
    };
    let endpoint = decoded(endpoint)?;
    let no_resource = ["", "Bulk", "Me", "ServiceProviderConfig", "ResourceTypes", "Schemas", ".search"];
    if no_resource.contains(&endpoint.as_str()) || endpoint.contains(['/', '?', '#', ':']) {
        return Err(unfit());
    }
    let resource = match id {
        None => None,
        // What a client calls a resource can hold anything, also slashes.
        Some(id) if id.starts_with(PREFIX) => {
            let name = |id: &str| id[PREFIX.len()..].to_owned();
            Some(Resource::Created(name(id), decoded(id).map_or_else(|_| name(id), |id| name(&id))))
        }
        Some(id) => Some(Resource::Id(decoded(id)?)),
    };
    match &resource {
        Some(Resource::Id(id)) if id.is_empty() || id == ".search" || id.contains(['/', '?', '#']) => Err(unfit()),
        Some(_) | None => Ok(Named { endpoint, resource }),
    }
}

fn decoded(segment: &str) -> Result<String> {
    percent_decode_str(segment).decode_utf8().map(Into::into).map_err(|_| unfit())
}

fn unfit() -> Error {
    Error::invalid_syntax("`path` must name a resource type, such as `/Users`, or a resource, such as `/Users/{id}`, and nothing else")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://scim.example.com/v2";

    #[track_caller]
    fn names(path: &str, endpoint: &str, resource: Option<Resource>) {
        assert_eq!(parse(path, BASE).expect(path), Named { endpoint: endpoint.to_owned(), resource });
    }

    #[test]
    fn a_path_is_relative_or_absolute_with_or_without_version() {
        for path in ["/Users", "Users", "/Users/", "/v2/Users", "v2/Users", "https://scim.example.com/v2/Users", "/%55sers"] {
            names(path, "Users", None);
        }
        for path in ["/Users/1", "Users/1", "/v2/Users/1", "https://scim.example.com/v2/Users/1/", "/Users/%31"] {
            names(path, "Users", Some(Resource::Id("1".into())));
        }
        names("/v2", "v2", None);
    }

    #[test]
    fn a_bulk_id_can_hold_anything() {
        let created = |raw: &str, decoded: &str| Some(Resource::Created(raw.into(), decoded.into()));
        names("/Groups/bulkId:qwerty", "Groups", created("qwerty", "qwerty"));
        names("/Groups/bulkId:a/b?c#d", "Groups", created("a/b?c#d", "a/b?c#d"));
        names("/Groups/bulkId:a%2Fb", "Groups", created("a%2Fb", "a/b"));
        names("/Groups/bulkId:%FF", "Groups", created("%FF", "%FF"));
        names("/Groups/bulkId:", "Groups", created("", ""));
    }

    #[test]
    fn what_names_no_resource_is_refused() {
        for path in [
            "",
            "/",
            "//",
            "//Users",
            "/Users//",
            "/Users/1/2",
            "/Users?count=1",
            "/Users/1?x",
            "/Users/1#x",
            "/.search",
            "/Users/.search",
            "/Bulk",
            "Bulk",
            "/v2/Bulk",
            "/Me",
            "/Schemas",
            "/Schemas/urn:x",
            "/ResourceTypes",
            "/ServiceProviderConfig",
            "/Users/a%2Fb",
            "/%FF",
            "/Users/%FF",
            "https://evil.example.com/v2/Users",
            "https://scim.example.com/v2",
            "https://scim.example.com/v20/Users",
        ] {
            let error = parse(path, BASE).expect_err(path);
            assert_eq!((error.status(), error.scim_type()), (400, Some(crate::error::ScimType::InvalidSyntax)), "{path}");
        }
    }
}
