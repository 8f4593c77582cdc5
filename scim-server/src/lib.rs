//! A SCIM 2.0 server: the whole protocol of RFC 7644 over the schemas of RFC 7643, on a store of your choice.
#![warn(missing_docs)]

mod attribute;
mod authenticate;
mod caller;
pub mod comparison;
mod cursor;
mod declaration;
mod error;
pub mod etag;
#[cfg(test)]
mod example;
pub mod filter;
#[cfg(feature = "http")]
pub mod http;
mod interop;
pub mod json;
#[cfg(feature = "jwt")]
pub mod jwt;
mod meta;
mod observer;
mod operation;
mod password;
pub mod patch;
mod path;
pub mod projection;
mod registry;
pub mod representation;
mod resource_type;
mod rights;
mod schema;
mod server;
pub mod sort;
pub mod store;
pub mod validate;
mod view;

pub use attribute::{Attribute, AttributeType, Mutability, Returned, Uniqueness};
pub use authenticate::{Authenticate, AuthenticationScheme, Authenticators, StaticTokens};
pub use caller::{Boxed, Caller, TenantId};
pub use declaration::{CollectionDeclaration, ExtensionDeclaration, RegistryDocument, ResourceTypeDeclaration};
pub use error::{ERROR_URN, Error, Result, ScimType};
pub use interop::{Leniency, Profile, Quirk};
pub use meta::{Meta, Timestamp};
pub use observer::{Exchange, Observer};
pub use operation::{Answer, Body, InPieces, Me, Parameters, Scope};
#[cfg(feature = "argon2")]
pub use password::Argon2id;
pub use password::HashPassword;
pub use registry::{Registry, RegistryError};
pub use resource_type::{BoundPath, Collection, Derived, Extension, ResourceType};
pub use rights::{Access, Rights};
pub use schema::Schema;
#[cfg(feature = "derive")]
pub use scim_derive::{ScimResource, ScimSchema, ScimValue};
pub use server::{Limits, ScimServer};
pub use store::{MemoryStore, MemoryStores, Store, Stores};
pub use view::{Binary, Resource, ScimResource, ScimSchema, ScimValue};

/// The examples of `docs/authentication.md`.
#[cfg(all(doctest, feature = "http", feature = "jwks", feature = "argon2"))]
#[doc = include_str!("../../docs/authentication.md")]
pub mod authentication_md {}

/// What derived code calls. It is no part of the API.
#[cfg(feature = "derive")]
#[doc(hidden)]
pub mod export {
    pub use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub use crate::view::{put, take};
}

/// The examples of `docs/resource-types.md`.
#[cfg(all(doctest, feature = "derive"))]
#[doc = include_str!("../../docs/resource-types.md")]
pub mod resource_types_md {}
