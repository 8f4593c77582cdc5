//! From the JSON of a client to a *Draft*: a resource in canonical form that is not stored yet (RFC 7643 §2, RFC 7644 §3.3, §3.5.1).

mod body;
mod canonical;
pub(crate) mod collection;
pub(crate) mod content;
pub(crate) mod elements;
pub(crate) mod place;
mod replace;
pub(crate) mod required;
#[cfg(test)]
pub(crate) mod tests;
mod text;
pub(crate) mod value;

use serde_json::{Value, json};

pub(crate) use body::with_schemas;
pub(crate) use collection::names_itself;
pub use content::possible_unique_keys;
pub(crate) use replace::{immutable, keep_in_place, keep_item, keep_parts, same};

use crate::store::{Content, Document, Element, Stored};
use crate::{AttributeType, Error, Leniency, Quirk, ResourceType, Result};
use required::Secrets;
use value::{Reader, Single};

/// A validated resource in canonical form: names in canonical case, no unassigned attribute, nothing readOnly.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// What will be stored as the document, with `schemas`.
    pub document: Document,
    /// The values that are never returned (`password`).
    pub secrets: Document,
    /// The collections that the body names, by canonical path.
    pub collections: Vec<(String, Vec<Element>)>,
}

impl Draft {
    /// Validates the body of a create request.
    ///
    /// # Errors
    /// `invalidSyntax` if the body does not have the form of the schemas, `invalidValue` if a value is missing or unfit.
    ///
    /// # Examples
    /// ```
    /// use scim_server::validate::Draft;
    /// use scim_server::{Leniency, Profile, Registry};
    ///
    /// let registry = Registry::rfc7643();
    /// let user = registry.by_name("User").expect("User is registered");
    /// let body = serde_json::json!({
    ///     "SCHEMAS": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    ///     "username": "bjensen",
    ///     "title": null,
    /// });
    /// let draft = Draft::create(user, body, &Leniency::new(Profile::RFC))?;
    /// assert_eq!(draft.document["userName"], "bjensen");
    /// assert!(!draft.document.contains_key("title"));
    /// # Ok::<(), scim_server::Error>(())
    /// ```
    pub fn create(kind: &ResourceType, body: Value, leniency: &Leniency) -> Result<Self> {
        let mut draft = body::read_body(reader(kind, leniency), body, None)?;
        let active = kind.core_attribute("active").filter(|path| path.attribute.kind == AttributeType::Boolean);
        if let Some(path) = active
            && place::get(&draft.document, &path).is_none()
            && leniency.permits(Quirk::ActiveByDefault)
        {
            place::put(&mut draft.document, &path, json!(true));
        }
        draft.whole(kind, None)
    }

    /// Validates the body of a replace request against the present resource (S13, S14). `current` has its collections only if the
    /// type has an immutable sub-attribute that must be compared. Collections that the body omits are cleared.
    ///
    /// # Errors
    /// `invalidSyntax` if the body does not have the form of the schemas, `invalidValue` if a value is missing or unfit,
    /// `mutability` if an immutable attribute or a password would change.
    pub fn replace(kind: &ResourceType, body: Value, current: &Stored, leniency: &Leniency) -> Result<Self> {
        let mut draft = body::read_body(reader(kind, leniency), body, Some(&current.key.id))?;
        replace::keep(kind, current, &mut draft)?;
        draft = draft.whole(kind, Some(current))?;
        drop_secrets(&mut draft.secrets, leniency)?;
        Ok(draft)
    }

    /// What the store is to keep: the document with what must be unique and what it refers to, under the profile's policies (S63, S64).
    #[must_use]
    pub fn into_content(self, kind: &ResourceType, leniency: &Leniency) -> Content {
        Content {
            unique: content::unique_keys(kind, &self.document, leniency),
            references: content::references(kind, &self.document, leniency),
            unknown_elements: content::unknown_elements(leniency),
            document: self.document,
            secrets: self.secrets,
            collections: self.collections,
        }
    }

    /// Completes `schemas`, and refuses a draft that lacks what is required.
    fn whole(mut self, kind: &ResourceType, current: Option<&Stored>) -> Result<Self> {
        let without_elements = kind.collections.iter().map(|collection| &collection.attribute).find(|path| {
            let name = path.to_string();
            path.attribute.required && !self.collections.iter().any(|(named, elements)| *named == name && !elements.is_empty())
        });
        let secrets = Secrets { given: &self.secrets, before: current.map(|current| &current.document) };
        let missing = required::missing(kind, &self.document, secrets).or_else(|| without_elements.map(ToString::to_string));
        if let Some(path) = missing {
            return Err(Error::invalid_value(format!("`{path}` is required: send a value")));
        }
        self.document = with_schemas(kind, self.document);
        Ok(self)
    }
}

fn reader<'a>(kind: &'a ResourceType, leniency: &'a Leniency) -> Reader<'a> {
    Reader { kind, leniency, single: Single::Refused }
}

/// On a server that does not accept new passwords, what is never returned is given at create only: a new value would be lost in
/// silence (S55).
pub(crate) fn drop_secrets(secrets: &mut Document, leniency: &Leniency) -> Result<()> {
    if leniency.accepts_new_passwords() {
        return Ok(());
    }
    let Some(name) = secrets.keys().next().cloned() else { return Ok(()) };
    if !leniency.permits(Quirk::DropPasswordChange) {
        return Err(Error::mutability(format!("`{name}` can be set when the resource is created and not changed: leave it out")));
    }
    secrets.clear();
    Ok(())
}
