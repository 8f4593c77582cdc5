//! What `#[scim(…)]` says of a field, in the words of RFC 7643 §7.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Field, LitStr, Result, Token, Type};

use crate::container::{Role, doc_comment};

/// A field that is an attribute.
pub(crate) struct Characteristics<'a> {
    /// The field.
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    /// The attribute's name.
    pub(crate) name: String,
    /// The calls that complete what the type says: `.required().case_exact()`.
    pub(crate) calls: TokenStream,
    /// The collection that it is, if it is one.
    pub(crate) collection: Option<TokenStream>,
}

impl<'a> Characteristics<'a> {
    pub(crate) fn read(role: Role, field: &'a Field) -> Result<Self> {
        let ident = field.ident.as_ref().expect("the container takes only structs with named fields");
        let mut read =
            Self { ident, ty: &field.ty, name: camel_case(&ident.unraw().to_string()), calls: TokenStream::new(), collection: None };
        let mut description = doc_comment(&field.attrs);
        let mut seen: Vec<String> = Vec::new();
        for attribute in scim_attributes(&field.attrs) {
            attribute.parse_nested_meta(|meta| {
                once(&mut seen, &meta)?;
                if meta.path.is_ident("description") {
                    description = text(&meta)?.value();
                    return Ok(());
                }
                read.characteristic(role, &meta)
            })?;
        }
        let named = attribute_name(&read.name, role);
        if !named {
            let reason = format!("`{}` is no attribute name (RFC 7643 section 2.1): give it one with `name = \"…\"`", read.name);
            return Err(Error::new_spanned(ident, reason));
        }
        if !description.is_empty() {
            read.calls.extend(quote!(.description(#description)));
        }
        Ok(read)
    }

    fn characteristic(&mut self, role: Role, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let word = meta.path.get_ident().map(Ident::to_string).unwrap_or_default();
        let call = match word.as_str() {
            "name" => {
                self.name = text(meta)?.value();
                return Ok(());
            }
            "required" => quote!(.required()),
            "case_exact" => quote!(.case_exact()),
            "enforce_canonical_values" => quote!(.enforce_canonical_values()),
            "canonical_values" => {
                let values = texts(meta)?;
                quote!(.canonical_values([#(#values),*]))
            }
            "reference" => {
                let types = texts(meta)?;
                quote!(.reference_types([#(#types),*]))
            }
            "mutability" => {
                let value = keyword(meta, &["readOnly", "readWrite", "immutable", "writeOnly"])?;
                quote!(.mutability(::scim_server::Mutability::#value))
            }
            "returned" => {
                let value = keyword(meta, &["always", "never", "default", "request"])?;
                quote!(.returned(::scim_server::Returned::#value))
            }
            "uniqueness" => {
                let value = keyword(meta, &["none", "server", "global"])?;
                quote!(.uniqueness(::scim_server::Uniqueness::#value))
            }
            "collection" if role == Role::Resource => return self.collection(meta),
            "collection" => return Err(meta.error("a collection is an attribute of a resource type: derive `ScimResource`")),
            _ => {
                return Err(meta.error(
                    "no characteristic of RFC 7643 section 7: there are required, case_exact, canonical_values(…), enforce_canonical_values, mutability = \"…\", \
                     returned = \"…\", uniqueness = \"…\", reference(…), description = \"…\", name = \"…\", and collection",
                ));
            }
        };
        self.calls.extend(call);
        Ok(())
    }

    fn collection(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let mut calls = TokenStream::new();
        if meta.input.peek(syn::token::Paren) {
            let mut seen = Vec::new();
            meta.parse_nested_meta(|meta| {
                once(&mut seen, &meta)?;
                if meta.path.is_ident("reverse") {
                    let reverse = text(&meta)?;
                    calls.extend(quote!(.reverse(#reverse)));
                } else if meta.path.is_ident("indirect") {
                    calls.extend(quote!(.indirect()));
                } else {
                    return Err(meta.error("a collection has `reverse = \"…\"` and `indirect`"));
                }
                Ok(())
            })?;
        }
        self.collection = Some(calls);
        Ok(())
    }
}

/// The attributes that are ours.
pub(crate) fn scim_attributes(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("scim"))
}

/// Said twice, one of the two would be lost.
pub(crate) fn once(seen: &mut Vec<String>, meta: &ParseNestedMeta<'_>) -> Result<()> {
    let word = meta.path.get_ident().map(Ident::to_string).unwrap_or_default();
    if seen.contains(&word) {
        return Err(meta.error(format!("`{word}` is said twice")));
    }
    seen.push(word);
    Ok(())
}

/// `word = "text"`
pub(crate) fn text(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    meta.value()?.parse()
}

/// `word("one", "two")`
fn texts(meta: &ParseNestedMeta<'_>) -> Result<Vec<LitStr>> {
    let content;
    syn::parenthesized!(content in meta.input);
    let texts = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
    if texts.is_empty() {
        return Err(meta.error("name at least one, in quotes"));
    }
    Ok(texts.into_iter().collect())
}

/// One of the RFC's keywords, as the variant of our enumeration.
fn keyword(meta: &ParseNestedMeta<'_>, keywords: &[&str]) -> Result<Ident> {
    let found = text(meta)?;
    let value = found.value();
    if !keywords.contains(&value.as_str()) {
        return Err(Error::new(found.span(), format!("`{value}` is none of {}", keywords.join(", "))));
    }
    Ok(Ident::new(&pascal_case(&value), found.span()))
}

fn pascal_case(keyword: &str) -> String {
    let mut letters = keyword.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// `serial_number` is `serialNumber`.
fn camel_case(field: &str) -> String {
    let mut words = field.split('_').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &pascal_case(word))
}

/// `ATTRNAME` of RFC 7643 §2.1; `$ref` is a sub-attribute's.
fn attribute_name(name: &str, role: Role) -> bool {
    let legal = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"$-_".contains(&byte));
    legal || role == Role::Value && name == "$ref"
}
