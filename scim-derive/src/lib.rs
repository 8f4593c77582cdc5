//! SCIM schemas and resource types from Rust structs (RFC 7643 §6, §7), and a typed view of the documents.
//!
//! Use it through `scim-server` with its feature `derive`. There are three macros:
//!
//! - [`ScimValue`](macro@ScimValue): the struct is the value of a complex attribute;
//! - [`ScimSchema`](macro@ScimSchema): it is a schema, e.g. that of an extension;
//! - [`ScimResource`](macro@ScimResource): it is the base schema of a resource type.
//!
//! The name of an attribute is the name of the field in camelCase; its description is the field's doc comment. What a field is tells its
//! type: a plain one is required, an `Option` may be unassigned, a `Vec` is multi-valued, a struct with `#[derive(ScimValue)]` is
//! complex. `#[scim(…)]` on a field says the rest in the words of RFC 7643 §7:
//!
//! | | |
//! |---|---|
//! | `required` | also of a `Vec`, or of an `Option` that no document shows |
//! | `case_exact` | `caseExact` |
//! | `canonical_values("work", "home")` | `canonicalValues` |
//! | `enforce_canonical_values` | other values are refused |
//! | `mutability = "readOnly"` | `readOnly`, `readWrite`, `immutable` or `writeOnly` |
//! | `returned = "never"` | `always`, `never`, `default` or `request` |
//! | `uniqueness = "server"` | `none`, `server` or `global` |
//! | `reference("User")` | the type `reference` with these `referenceTypes` |
//! | `description = "…"` | instead of the doc comment |
//! | `name = "$ref"` | instead of the field's name |
//! | `collection`, `collection(reverse = "groups", indirect)` | in a [`ScimResource`](macro@ScimResource): one row per element |
//!
//! The structs get `Serialize` and `Deserialize`, in the form of the canonical document: do not derive these as well.
//!
//! # Examples
//! ```
//! use scim_server::{Registry, RegistryDocument, Resource, ScimResource, ScimSchema, ScimValue, Timestamp};
//!
//! /// A thing that the company lends to its people.
//! #[derive(Debug, ScimResource)]
//! #[scim(schema = "urn:example:params:scim:schemas:2.0:Tool", endpoint = "/Tools", extension(Lease, required))]
//! struct Tool {
//!     /// What stands on the label.
//!     #[scim(case_exact, uniqueness = "server")]
//!     label: String,
//!     weight: Option<f64>,
//!     tags: Vec<String>,
//!     owner: Option<Owner>,
//! }
//!
//! /// Who has it now.
//! #[derive(Debug, ScimValue)]
//! struct Owner {
//!     value: String,
//!     #[scim(name = "$ref", reference("User"))]
//!     reference: Option<String>,
//! }
//!
//! /// Until when it is lent.
//! #[derive(Debug, ScimSchema)]
//! #[scim(schema = "urn:example:params:scim:schemas:extension:2.0:Lease")]
//! struct Lease {
//!     end_date: Timestamp,
//! }
//!
//! let registry = Registry::rfc7643_and(RegistryDocument::default().with::<Tool>())?;
//! let tool = registry.by_endpoint("/Tools").expect("it was declared");
//! assert_eq!(tool.description, "A thing that the company lends to its people.");
//! assert!(tool.extensions[0].required);
//!
//! let answer = r#"{
//!     "schemas": ["urn:example:params:scim:schemas:2.0:Tool", "urn:example:params:scim:schemas:extension:2.0:Lease"],
//!     "id": "t1", "label": "A-7", "weight": 1.5, "owner": {"value": "u1"},
//!     "urn:example:params:scim:schemas:extension:2.0:Lease": {"endDate": "2027-01-01T00:00:00Z"}
//! }"#;
//! let tool: Resource<Tool> = serde_json::from_str(answer)?;
//! assert_eq!((tool.value.label.as_str(), tool.value.weight), ("A-7", Some(1.5)));
//! let lease: Lease = tool.extension()?.expect("it has one");
//! assert_eq!(lease.end_date.to_string(), "2027-01-01T00:00:00.000Z");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod characteristics;
mod container;
mod expand;
#[cfg(test)]
mod tests;

use container::Role;
use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// The struct is the value of a complex attribute: its fields are the sub-attributes (RFC 7643 §2.3.8). See [the crate](crate).
#[proc_macro_derive(ScimValue, attributes(scim))]
pub fn scim_value(input: TokenStream) -> TokenStream {
    expanded(Role::Value, &parse_macro_input!(input as DeriveInput))
}

/// The struct is a schema (RFC 7643 §7): `#[scim(schema = "urn:…")]`, `name` instead of the struct's, `description` instead of its doc
/// comment. See [the crate](crate).
#[proc_macro_derive(ScimSchema, attributes(scim))]
pub fn scim_schema(input: TokenStream) -> TokenStream {
    expanded(Role::Schema, &parse_macro_input!(input as DeriveInput))
}

/// The struct is the base schema of a resource type (RFC 7643 §6): as [`ScimSchema`](macro@ScimSchema), with `endpoint = "/Devices"`
/// and, as often as needed, `extension(Type)` or `extension(Type, required)`. See [the crate](crate).
#[proc_macro_derive(ScimResource, attributes(scim))]
pub fn scim_resource(input: TokenStream) -> TokenStream {
    expanded(Role::Resource, &parse_macro_input!(input as DeriveInput))
}

fn expanded(role: Role, input: &DeriveInput) -> TokenStream {
    expand::expand(role, input).unwrap_or_else(syn::Error::into_compile_error).into()
}
