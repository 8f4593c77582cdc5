//! What a struct is, and what `#[scim(…)]` says of it.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Data, DeriveInput, Error, Expr, ExprLit, Field, Fields, Lit, LitStr, Meta, Path, Result, Token};

use crate::characteristics::{once, scim_attributes, text};

/// What a struct is derived as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The value of a complex attribute.
    Value,
    /// A schema.
    Schema,
    /// The base schema of a resource type.
    Resource,
}

/// What is said of the struct itself.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) schema: Option<LitStr>,
    pub(crate) endpoint: Option<LitStr>,
    pub(crate) name: String,
    pub(crate) description: String,
    /// The types of the extensions and whether each is required.
    pub(crate) extensions: Vec<(Path, bool)>,
}

impl Container {
    pub(crate) fn read(role: Role, input: &DeriveInput) -> Result<Self> {
        if let Some(parameter) = input.generics.params.first() {
            return Err(Error::new_spanned(parameter, "a schema has no parameters: derive it for a type without them"));
        }
        let mut container = Self { name: input.ident.to_string(), description: doc_comment(&input.attrs), ..Self::default() };
        let mut seen = Vec::new();
        for attribute in scim_attributes(&input.attrs) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("extension") && role == Role::Resource {
                    return container.extension(&meta);
                }
                once(&mut seen, &meta)?;
                container.word(role, &meta)
            })?;
        }
        let missing = match (role, &container.schema, &container.endpoint) {
            (Role::Value, ..) | (Role::Schema, Some(_), _) | (Role::Resource, Some(_), Some(_)) => return Ok(container),
            (Role::Schema | Role::Resource, None, _) => "name the schema's URN: `#[scim(schema = \"urn:…\")]`",
            (Role::Resource, Some(_), None) => "name the endpoint: `#[scim(endpoint = \"/…\")]`",
        };
        Err(Error::new_spanned(&input.ident, missing))
    }

    fn word(&mut self, role: Role, meta: &ParseNestedMeta<'_>) -> Result<()> {
        if role == Role::Value {
            return Err(meta.error("a complex value has no words of its own: say it at the field that holds it"));
        }
        if meta.path.is_ident("schema") {
            let urn = text(meta)?;
            if !urn.value().to_ascii_lowercase().starts_with("urn:") {
                return Err(Error::new(urn.span(), "a schema's id is a URN: it begins with `urn:`"));
            }
            self.schema = Some(urn);
        } else if meta.path.is_ident("name") {
            self.name = text(meta)?.value();
        } else if meta.path.is_ident("description") {
            self.description = text(meta)?.value();
        } else if meta.path.is_ident("endpoint") && role == Role::Resource {
            let endpoint = text(meta)?;
            if !endpoint.value().starts_with('/') {
                return Err(Error::new(endpoint.span(), "an endpoint begins with `/`"));
            }
            self.endpoint = Some(endpoint);
        } else if role == Role::Resource {
            return Err(meta.error(
                "a resource type has schema = \"urn:…\", endpoint = \"/…\", name = \"…\", description = \"…\" and extension(Type, required)",
            ));
        } else {
            return Err(
                meta.error("a schema has schema = \"urn:…\", name = \"…\" and description = \"…\": derive `ScimResource` for a type")
            );
        }
        Ok(())
    }

    fn extension(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let content;
        syn::parenthesized!(content in meta.input);
        let path: Path = content.parse()?;
        let mut required = false;
        if content.parse::<Option<Token![,]>>()?.is_some() && !content.is_empty() {
            let word: syn::Ident = content.parse()?;
            if word != "required" {
                return Err(Error::new(word.span(), "an extension may be `required`, or nothing"));
            }
            required = true;
        }
        if !content.is_empty() {
            return Err(content.error("one extension at a time: `extension(Type)` or `extension(Type, required)`"));
        }
        self.extensions.push((path, required));
        Ok(())
    }
}

/// The fields, which have names.
pub(crate) fn fields(input: &DeriveInput) -> Result<impl Iterator<Item = &Field>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => Ok(fields.named.iter()),
            Fields::Named(_) | Fields::Unnamed(_) | Fields::Unit => {
                Err(Error::new_spanned(&input.ident, "the fields are the attributes: a struct with named fields is needed"))
            }
        },
        Data::Enum(_) | Data::Union(_) => {
            Err(Error::new_spanned(&input.ident, "the fields are the attributes: a struct with named fields is needed"))
        }
    }
}

/// The doc comment: its first paragraph in one line.
pub(crate) fn doc_comment(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    });
    let paragraph: Vec<String> = lines.skip_while(String::is_empty).take_while(|line| !line.is_empty()).collect();
    paragraph.join(" ")
}
