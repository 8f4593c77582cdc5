//! What a derive refuses, and where it points.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::container::Role;
use crate::expand::expand;

/// The message and the piece of source that it points at.
#[track_caller]
fn refused(role: Role, source: &str) -> (String, String) {
    let tokens: TokenStream = source.parse().expect("the source is Rust");
    let input: DeriveInput = syn::parse2(tokens).expect("the source is an item");
    let error = expand(role, &input).expect_err(source);
    (error.to_string(), error.span().source_text().unwrap_or_default())
}

#[test]
fn a_field_that_is_no_attribute_is_refused_where_it_stands() {
    for (source, message, place) in [
        ("struct V { #[scim(requird)] a: String }", "no characteristic of RFC 7643 section 7", "requird"),
        ("struct V { #[scim(case_exact, case_exact)] a: String }", "`case_exact` is said twice", "case_exact"),
        ("struct V { #[scim(case_exact)] #[scim(case_exact)] a: String }", "`case_exact` is said twice", "case_exact"),
        (r#"struct V { #[scim(mutability = "readonly")] a: String }"#, "`readonly` is none of readOnly, readWrite", r#""readonly""#),
        (r#"struct V { #[scim(returned = "sometimes")] a: String }"#, "is none of always, never, default, request", r#""sometimes""#),
        (r#"struct V { #[scim(uniqueness = "tenant")] a: String }"#, "`tenant` is none of none, server, global", r#""tenant""#),
        ("struct V { #[scim(uniqueness = server)] a: String }", "expected string literal", "server"),
        ("struct V { #[scim(mutability)] a: String }", "expected `=`", ")"),
        ("struct V { #[scim(reference())] a: String }", "name at least one, in quotes", "reference()"),
        ("struct V { #[scim(canonical_values(work))] a: String }", "expected string literal", "work"),
        (r#"struct V { #[scim(name = "1st")] a: String }"#, "`1st` is no attribute name (RFC 7643 section 2.1)", "a"),
        (r#"struct V { #[scim(name = "$id")] a: String }"#, "`$id` is no attribute name", "a"),
        ("struct V { größe: u32 }", "`größe` is no attribute name", "größe"),
        (r#"struct V { user_name: String, #[scim(name = "username")] b: String }"#, "`user_name` and `b` have one name", "b"),
        ("struct V { a: Vec<Vec<String>> }", "cannot be lists (RFC 7643 section 2.4)", "Vec<Vec<String>>"),
        ("struct V { #[scim(collection)] a: Vec<M> }", "derive `ScimResource`", "collection"),
    ] {
        let (found, at) = refused(Role::Value, source);
        assert!(found.contains(message), "{source}: {found}");
        assert_eq!(at, place, "{source}");
    }
}

#[test]
fn a_struct_that_is_no_schema_is_refused_where_it_stands() {
    use Role::{Resource, Schema, Value};
    for (role, source, message, place) in [
        (Schema, "struct S { a: String }", r#"name the schema's URN: `#[scim(schema = "urn:…")]`"#, "S"),
        (Resource, "struct S { a: String }", "name the schema's URN", "S"),
        (Resource, r#"#[scim(schema = "urn:x:S")] struct S { a: String }"#, r#"name the endpoint: `#[scim(endpoint = "/…")]`"#, "S"),
        (Schema, r#"#[scim(schema = "http://x")] struct S { a: String }"#, "a schema's id is a URN", r#""http://x""#),
        (Schema, r#"#[scim(schema = "urn:x:S", endpoint = "/S")] struct S { a: String }"#, "derive `ScimResource`", "endpoint"),
        (Schema, r#"#[scim(schema = "urn:x:S", schema = "urn:x:T")] struct S { a: String }"#, "`schema` is said twice", "schema"),
        (Resource, r#"#[scim(schema = "urn:x:S", endpoint = "S")] struct S { a: String }"#, "an endpoint begins with `/`", r#""S""#),
        (Resource, r#"#[scim(urn = "urn:x:S")] struct S { a: String }"#, "a resource type has schema", "urn"),
        (Resource, "#[scim(extension(E, needed))] struct S { a: String }", "may be `required`, or nothing", "needed"),
        (Resource, "#[scim(extension(E, required, F))] struct S { a: String }", "one extension at a time", ","),
        (Value, r#"#[scim(schema = "urn:x:S")] struct S { a: String }"#, "say it at the field that holds it", "schema"),
        (Value, "struct S<T> { a: T }", "a schema has no parameters", "T"),
        (Value, "struct S(String);", "a struct with named fields is needed", "S"),
        (Value, "struct S {}", "a struct with named fields is needed", "S"),
        (Value, "enum S { A }", "a struct with named fields is needed", "S"),
        (Value, "union S { a: u8 }", "a struct with named fields is needed", "S"),
        (Resource, r#"#[scim(schema = "urn:x:S", endpoint = "/S")] struct S { #[scim(collection)] a: String }"#, "`Vec<…>`", "String"),
        (
            Resource,
            r#"#[scim(schema = "urn:x:S", endpoint = "/S")] struct S { #[scim(collection(inverse = "b"))] a: Vec<M> }"#,
            "a collection has `reverse",
            "inverse",
        ),
    ] {
        let (found, at) = refused(role, source);
        assert!(found.contains(message), "{source}: {found}");
        assert_eq!(at, place, "{source}");
    }
}
