//! A SCIM 2.0 server: the whole protocol of RFC 7644 over the schemas of RFC 7643, on a store of your choice.
#![warn(missing_docs)]

mod attribute;
mod caller;
pub mod comparison;
mod error;
pub mod etag;
#[cfg(test)]
mod example;
pub mod filter;
#[cfg(feature = "http")]
pub mod http;
mod interop;
pub mod json;
mod meta;
mod observer;
mod operation;
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

pub use attribute::{Attribute, AttributeType, Mutability, Returned, Uniqueness};
pub use caller::{Authenticate, Boxed, Caller, StaticTokens, TenantId};
pub use error::{ERROR_URN, Error, Result, ScimType};
pub use interop::{Leniency, Profile, Quirk};
pub use meta::Timestamp;
pub use observer::{Exchange, Observer};
pub use operation::{Answer, Body, InPieces, Parameters, Scope};
pub use registry::{CollectionDeclaration, ExtensionDeclaration, Registry, RegistryDocument, RegistryError, ResourceTypeDeclaration};
pub use resource_type::{BoundPath, Collection, Derived, Extension, ResourceType};
pub use rights::{Access, Rights};
pub use schema::Schema;
pub use server::{Limits, ScimServer};
pub use store::{MemoryStore, MemoryStores, Store, Stores};
