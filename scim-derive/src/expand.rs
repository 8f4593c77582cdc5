//! The code that a derive writes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error, GenericArgument, PathArguments, Result, Type};

use crate::characteristics::Characteristics;
use crate::container::{Container, Role, fields};

pub(crate) fn expand(role: Role, input: &DeriveInput) -> Result<TokenStream> {
    let container = Container::read(role, input)?;
    let mut attributes: Vec<Characteristics<'_>> = Vec::new();
    for field in fields(input)? {
        let read = Characteristics::read(role, field)?;
        if let Some(twice) = attributes.iter().find(|other| other.name.eq_ignore_ascii_case(&read.name)) {
            let reason = format!("`{}` and `{}` have one name: names do not heed case (RFC 7643 section 2.1)", twice.ident, read.ident);
            return Err(Error::new_spanned(read.ident, reason));
        }
        if listed(&read).and_then(argument_of_list).is_some() {
            return Err(Error::new_spanned(read.ty, "the elements of a multi-valued attribute cannot be lists (RFC 7643 section 2.4)"));
        }
        if read.collection.is_some() && listed(&read).is_none() {
            return Err(Error::new_spanned(read.ty, "a collection is multi-valued: give it the type `Vec<…>`"));
        }
        attributes.push(read);
    }
    let view = view(input, &attributes);
    let definitions =
        attributes.iter().map(|Characteristics { ty, name, calls, .. }| quote!(<#ty as ::scim_server::ScimValue>::attribute(#name) #calls));
    let ident = &input.ident;
    let Container { schema, endpoint, name, description, extensions } = &container;
    let role = match role {
        Role::Value => quote! {
            #[automatically_derived]
            impl ::scim_server::ScimValue for #ident {
                fn attribute(name: &str) -> ::scim_server::Attribute {
                    ::scim_server::Attribute::complex(name, [#(#definitions),*]).required()
                }
            }
        },
        Role::Schema | Role::Resource => quote! {
            #[automatically_derived]
            impl ::scim_server::ScimSchema for #ident {
                const URN: &'static str = #schema;

                fn schema() -> ::scim_server::Schema {
                    ::scim_server::Schema::new(#schema, #name).description(#description).attributes([#(#definitions),*])
                }
            }
        },
    };
    let resource = endpoint.as_ref().map(|endpoint| {
        let types: Vec<_> = extensions.iter().map(|(path, _)| path).collect();
        let extended = extensions.iter().map(|(path, required)| {
            let urn = quote!(<#path as ::scim_server::ScimSchema>::URN);
            if *required { quote!(.required_extension(#urn)) } else { quote!(.extension(#urn)) }
        });
        let collections = attributes.iter().filter_map(|Characteristics { name, collection, .. }| {
            let calls = collection.as_ref()?;
            Some(quote!(.collection(::scim_server::CollectionDeclaration::new(#name) #calls)))
        });
        quote! {
            #[automatically_derived]
            impl ::scim_server::ScimResource for #ident {
                fn resource_type() -> ::scim_server::ResourceTypeDeclaration {
                    ::scim_server::ResourceTypeDeclaration::new(#name, #endpoint, #schema).description(#description) #(#extended)* #(#collections)*
                }

                fn extension_schemas() -> ::std::vec::Vec<::scim_server::Schema> {
                    ::std::vec![#(<#types as ::scim_server::ScimSchema>::schema()),*]
                }
            }
        }
    });
    Ok(quote!(#view #role #resource))
}

/// From the canonical document to the struct and back.
fn view(input: &DeriveInput, attributes: &[Characteristics<'_>]) -> TokenStream {
    let ident = &input.ident;
    let idents: Vec<_> = attributes.iter().map(|attribute| attribute.ident).collect();
    let names: Vec<_> = attributes.iter().map(|attribute| &attribute.name).collect();
    quote! {
        #[automatically_derived]
        impl ::scim_server::export::Serialize for #ident {
            fn serialize<S: ::scim_server::export::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                let mut document = ::scim_server::store::Document::new();
                #(::scim_server::export::put(&mut document, #names, &self.#idents)?;)*
                ::scim_server::export::Serialize::serialize(&document, serializer)
            }
        }

        #[automatically_derived]
        impl<'de> ::scim_server::export::Deserialize<'de> for #ident {
            fn deserialize<D: ::scim_server::export::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let mut document = <::scim_server::store::Document as ::scim_server::export::Deserialize>::deserialize(deserializer)?;
                ::std::result::Result::Ok(Self {
                    #(#idents: ::scim_server::export::take(&mut document, #names)?,)*
                })
            }
        }
    }
}

/// The type of the elements, if the field is a `Vec` as it is written.
fn listed<'a>(attribute: &Characteristics<'a>) -> Option<&'a Type> {
    argument_of_list(attribute.ty)
}

fn argument_of_list(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Vec")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| if let GenericArgument::Type(ty) = argument { Some(ty) } else { None })
}
