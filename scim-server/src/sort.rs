//! The order of a query's answer (RFC 7644 §3.4.2.3).
//!
//! # Examples
//! ```
//! use scim_server::Registry;
//! use scim_server::sort::{SortOrder, compare, sort_key};
//! use serde_json::json;
//!
//! let registry = Registry::rfc7643();
//! let by = registry.by_name("User").and_then(|user| user.core_attribute("title")).expect("users have a title");
//! let mut users = [json!({"userName": "ana"}), json!({"userName": "ben", "title": "Zookeeper"}), json!({"userName": "cleo", "title": "actor"})];
//! let key = |user: &serde_json::Value| user.as_object().and_then(|user| sort_key(&by, user));
//! users.sort_by(|one, other| compare(key(one).as_deref(), key(other).as_deref(), SortOrder::Ascending));
//! let names: Vec<_> = users.iter().map(|user| user["userName"].as_str().unwrap_or_default()).collect();
//! assert_eq!(names, ["cleo", "ben", "ana"]);
//! ```

use std::cmp::Ordering;

use scim_filter::Path;
use serde_json::Value;

use crate::comparison::comparison_key;
use crate::error::quote;
use crate::filter::{names_secret, quote_path, secret_is_not_shown};
use crate::path::{bind, implied_value, parse};
use crate::store::Document;
use crate::{BoundPath, Error, Leniency, ResourceType, Result};

/// Which way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortOrder {
    /// The least first, those without a value last (S34).
    #[default]
    Ascending,
    /// The greatest first, after those without a value (S34).
    Descending,
}

impl SortOrder {
    /// Reads a `sortOrder`, in any case; `ascending` without one.
    ///
    /// # Errors
    /// `invalidValue` for another word (S32).
    pub fn parse(text: Option<&str>) -> Result<Self> {
        match text {
            None => Ok(Self::Ascending),
            Some(word) if word.eq_ignore_ascii_case("ascending") => Ok(Self::Ascending),
            Some(word) if word.eq_ignore_ascii_case("descending") => Ok(Self::Descending),
            Some(other) => Err(Error::invalid_value(format!("`sortOrder` must be `ascending` or `descending`, not {}", quote(other)))),
        }
    }
}

/// Finds what a `sortBy` names in a type; nothing if the type has no such attribute. A multi-valued complex attribute stands for its
/// `value` (S16).
///
/// # Errors
/// `invalidValue` for what is no attribute path, and for what cannot be sorted: a complex attribute without `value`, and one that is
/// never returned, because the order would tell of it (S33).
///
/// # Examples
/// ```
/// use scim_server::{Leniency, Profile, Registry, sort};
///
/// let registry = Registry::rfc7643();
/// let user = registry.by_name("User").expect("User is registered");
/// let leniency = Leniency::new(Profile::RFC);
/// let found = sort::resolve_sort("EMAILS", user, &leniency)?.map(|path| path.to_string());
/// assert_eq!(found.as_deref(), Some("emails.value"));
/// assert!(sort::resolve_sort("name", user, &leniency).is_err());
/// # Ok::<(), scim_server::Error>(())
/// ```
pub fn resolve_sort(text: &str, kind: &ResourceType, leniency: &Leniency) -> Result<Option<BoundPath>> {
    let refused = |problem: String| Error::invalid_value(format!("`sortBy` {problem}"));
    let path = parse(kind, leniency, |dialect| Path::parse(text, dialect)).map_err(|error| {
        let shown = names_secret(text, kind).map_or_else(|| error.render(text), |name| secret_is_not_shown("path", &name));
        refused(format!("is no attribute path: {shown}"))
    })?;
    let (Some(name), None) = (path.name(), path.filter()) else {
        return Err(refused(format!("must be the path of one attribute, such as `name.familyName`, not {}", quote_path(text, kind))));
    };
    let Some(found) = bind(kind, path.urn(), name, path.sub(), leniency) else { return Ok(None) };
    if found.is_secret() {
        return Err(refused(format!("cannot be `{found}`, which is never returned: sort by another attribute")));
    }
    if !found.leaf().is_complex() {
        return Ok(Some(found));
    }
    let value = implied_value(&found, leniency);
    value.map(Some).ok_or_else(|| refused(format!("cannot be `{found}`, which is complex: name one of its sub-attributes")))
}

/// What a resource is sorted by: the comparison key of its value at that path, or nothing without one.
///
/// `resource` is the full representation, as [`represent`](crate::representation::represent) gives it without a base. Of a
/// multi-valued attribute the element that is `primary` counts, else the first (§3.4.2.3, S33).
#[must_use]
pub fn sort_key(path: &BoundPath, resource: &Document) -> Option<String> {
    let value = values(path, resource)?;
    let value = if path.attribute.multi_valued {
        let elements = value.as_array()?;
        elements.get(leading_element(elements))?
    } else {
        value
    };
    let leaf = match &path.sub {
        None => value,
        Some(sub) => value.get(&sub.name)?,
    };
    let leaf = if path.leaf().multi_valued && path.sub.is_some() { leaf.as_array()?.first()? } else { leaf };
    comparison_key(path.leaf(), leaf)
}

/// The position of the element that stands for the whole attribute: the primary one, else the first.
#[must_use]
pub fn leading_element(elements: &[Value]) -> usize {
    elements.iter().position(is_primary).unwrap_or(0)
}

/// Whether the multi-valued attribute of the path has a primary element there, which stands for the whole attribute.
#[must_use]
pub fn leads(path: &BoundPath, resource: &Document) -> bool {
    let elements = values(path, resource).and_then(Value::as_array);
    elements.is_some_and(|elements| elements.iter().any(is_primary))
}

fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

fn values<'v>(path: &BoundPath, resource: &'v Document) -> Option<&'v Value> {
    let holder = match &path.extension {
        None => Some(resource),
        Some(urn) => resource.get(&**urn).and_then(Value::as_object),
    };
    holder?.get(&path.attribute.name)
}

/// How two sort keys stand to each other: by code point. Equal ones stand in the default order, whichever way round (S36).
#[must_use]
pub fn compare(one: Option<&str>, other: Option<&str>, order: SortOrder) -> Ordering {
    let ascending = match (one, other) {
        (Some(one), Some(other)) => one.cmp(other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    match order {
        SortOrder::Ascending => ascending,
        SortOrder::Descending => ascending.reverse(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Registry;

    fn key(path: &str, body: Value) -> Option<String> {
        let registry = Registry::rfc7643();
        let user = registry.by_name("User").expect("User is registered");
        let (name, sub) = path.split_once('.').map_or((path, None), |(name, sub)| (name, Some(sub)));
        let path = user.core_attribute(name).expect("the attribute exists");
        let path = match sub {
            None => path,
            Some(sub) => path.with_sub(path.attribute.sub_attribute(sub).expect("the sub-attribute exists").clone()),
        };
        sort_key(&path, body.as_object().expect("an object"))
    }

    /// RFC: 7644-3.4.2.3-04
    #[test]
    fn of_many_values_the_primary_one_counts_else_the_first() {
        let emails = |primary: usize| {
            let mut emails = json!([{"value": "B@x"}, {"value": "a@x"}, {"type": "work"}]);
            if let Some(email) = emails.get_mut(primary) {
                email["primary"] = json!(true);
            }
            json!({"emails": emails})
        };
        for (primary, expected) in [(9, Some("b@x")), (0, Some("b@x")), (1, Some("a@x")), (2, None)] {
            assert_eq!(key("emails.value", emails(primary)).as_deref(), expected, "{primary}");
        }
        assert_eq!(key("emails.value", json!({"emails": [{"value": "c", "primary": false}, {"value": "d"}]})).as_deref(), Some("c"));
    }

    #[test]
    fn only_a_primary_element_leads_a_piece() {
        let registry = Registry::rfc7643();
        let user = registry.by_name("User").expect("User is registered");
        let emails = user.core_attribute("emails").expect("users have emails");
        for (emails_shown, expected) in [
            (json!([{"value": "a"}, {"value": "b", "primary": true}]), true),
            (json!([{"value": "a"}, {"value": "b", "primary": false}]), false),
            (json!([]), false),
            (Value::Null, false),
        ] {
            let piece = json!({"emails": emails_shown});
            assert_eq!(leads(&emails, piece.as_object().expect("an object")), expected, "{piece}");
        }
    }

    #[test]
    fn a_sort_names_one_value_that_may_be_seen() {
        let registry = crate::example::registry();
        let found = |text: &str, kind: &str, profile| {
            let kind = registry.by_name(kind).expect("the type is registered");
            match resolve_sort(text, kind, &Leniency::new(profile)) {
                Ok(path) => path.map_or("lacks it".to_owned(), |path| path.to_string()),
                Err(error) => format!("{:?}", error.scim_type().expect("a keyword")),
            }
        };
        let (rfc, refused) = (crate::Profile::RFC, "InvalidValue");
        for (text, kind, expected) in [
            ("USERNAME", "User", "userName"),
            ("name.familyname", "User", "name.familyName"),
            ("emails", "User", "emails.value"),
            ("emails.type", "User", "emails.type"),
            ("groups", "User", "groups.value"),
            ("meta.lastModified", "User", "meta.lastModified"),
            ("urn:ietf:params:scim:schemas:core:2.0:User:title", "User", "title"),
            ("title", "Group", "lacks it"),
            ("urn:ietf:params:scim:schemas:core:2.0:User:displayName", "Group", "lacks it"),
            ("title.sub", "User", "lacks it"),
            ("tags", "Device", "tags"),
            ("keys", "Device", "keys.value"),
            ("pin", "Device", refused),
            ("lock.secret", "Device", refused),
            ("keys.code", "Device", refused),
            ("lock", "Device", refused),
            ("password", "User", refused),
            ("name", "User", refused),
            ("addresses", "User", refused),
            ("emails[type pr]", "User", refused),
            ("emails[type pr].value", "User", refused),
            ("urn:ietf:params:scim:schemas:core:2.0:User", "User", refused),
            ("", "User", refused),
            ("a b", "User", refused),
        ] {
            assert_eq!(found(text, kind, rfc), expected, "{text} of {kind}");
        }
        assert_eq!(found("manager", "User", crate::Profile::ENTRA), format!("{}:manager.value", crate::example::ENTERPRISE));
    }

    #[test]
    fn a_sort_order_is_one_of_two_words_in_any_case() {
        for (word, expected) in [
            (None, Some(SortOrder::Ascending)),
            (Some("ascending"), Some(SortOrder::Ascending)),
            (Some("Descending"), Some(SortOrder::Descending)),
            (Some("desc"), None),
            (Some(""), None),
        ] {
            assert_eq!(SortOrder::parse(word).ok(), expected, "{word:?}");
        }
    }

    #[test]
    fn an_empty_text_is_a_value_and_nothing_is_none() {
        assert_eq!(key("title", json!({"title": ""})).as_deref(), Some(""));
        assert_eq!(key("title", json!({})), None);
        assert_eq!(key("name.familyName", json!({"name": {"familyName": "JENSEN"}})).as_deref(), Some("jensen"));
        assert_eq!(key("name.familyName", json!({"name": {}})), None);
    }

    /// RFC: 7644-3.4.2.3-06
    #[test]
    fn what_has_no_value_is_last_upwards_and_first_downwards() {
        use Ordering::{Equal, Greater, Less};
        use SortOrder::{Ascending, Descending};
        for (one, other, ascending, descending) in [
            (Some("a"), Some("b"), Less, Greater),
            (Some(""), Some("a"), Less, Greater),
            (Some("z"), None, Less, Greater),
            (None, Some(""), Greater, Less),
            (None, None, Equal, Equal),
            (Some("a"), Some("a"), Equal, Equal),
        ] {
            assert_eq!((compare(one, other, Ascending), compare(one, other, Descending)), (ascending, descending), "{one:?} {other:?}");
        }
    }
}
