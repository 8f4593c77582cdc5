//! The attribute mapping: which attributes of the directory are provisioned, and where a SCIM resource has them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::{ENTERPRISE, ResourceType};

pub(super) const USER_NAME: &str = "userName";
pub(super) const DISPLAY_NAME: &str = "displayName";
pub(super) const EXTERNAL_ID: &str = "externalId";
pub(super) const ACTIVE: &str = "active";
pub(super) const TITLE: &str = "title";
pub(super) const LANGUAGE: &str = "preferredLanguage";
pub(super) const GIVEN_NAME: &str = "name.givenName";
pub(super) const FAMILY_NAME: &str = "name.familyName";
pub(super) const FORMATTED_NAME: &str = "name.formatted";
pub(super) const MAIL: &str = "emails[type eq \"work\"].value";
pub(super) const PHONE: &str = "phoneNumbers[type eq \"work\"].value";
pub(super) const MOBILE: &str = "phoneNumbers[type eq \"mobile\"].value";
pub(super) const OFFICE: &str = "addresses[type eq \"work\"].formatted";
pub(super) const STREET: &str = "addresses[type eq \"work\"].streetAddress";
pub(super) const CITY: &str = "addresses[type eq \"work\"].locality";
pub(super) const REGION: &str = "addresses[type eq \"work\"].region";
pub(super) const POSTAL_CODE: &str = "addresses[type eq \"work\"].postalCode";
pub(super) const COUNTRY: &str = "addresses[type eq \"work\"].country";
pub(super) const EMPLOYEE_NUMBER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber";
pub(super) const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
pub(super) const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

/// The values of one object by their paths, as the service writes these in PATCH.
pub(super) type Record = BTreeMap<&'static str, String>;

/// Where a resource has a value.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// An attribute of one value.
    Own(&'static str),
    /// A part of a complex attribute of one value.
    Part(&'static str, &'static str),
    /// A part of the element of that type.
    Element(&'static str, &'static str, &'static str),
    /// An attribute of the enterprise extension.
    Extension(&'static str),
}

/// One row of the mapping.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mapped {
    /// The path.
    pub(super) path: &'static str,
    place: Place,
}

const fn mapped(path: &'static str, place: Place) -> Mapped {
    Mapped { path, place }
}

/// The default mapping of users; the manager is a reference and is sent by itself.
const USERS: &[Mapped] = &[
    mapped(EXTERNAL_ID, Place::Own("externalId")),
    mapped(USER_NAME, Place::Own("userName")),
    mapped(ACTIVE, Place::Own("active")),
    mapped(DISPLAY_NAME, Place::Own("displayName")),
    mapped(TITLE, Place::Own("title")),
    mapped(LANGUAGE, Place::Own("preferredLanguage")),
    mapped(GIVEN_NAME, Place::Part("name", "givenName")),
    mapped(FAMILY_NAME, Place::Part("name", "familyName")),
    mapped(FORMATTED_NAME, Place::Part("name", "formatted")),
    mapped(MAIL, Place::Element("emails", "work", "value")),
    mapped(PHONE, Place::Element("phoneNumbers", "work", "value")),
    mapped(MOBILE, Place::Element("phoneNumbers", "mobile", "value")),
    mapped(OFFICE, Place::Element("addresses", "work", "formatted")),
    mapped(STREET, Place::Element("addresses", "work", "streetAddress")),
    mapped(CITY, Place::Element("addresses", "work", "locality")),
    mapped(REGION, Place::Element("addresses", "work", "region")),
    mapped(POSTAL_CODE, Place::Element("addresses", "work", "postalCode")),
    mapped(COUNTRY, Place::Element("addresses", "work", "country")),
    mapped(EMPLOYEE_NUMBER, Place::Extension("employeeNumber")),
    mapped(DEPARTMENT, Place::Extension("department")),
    MANAGER_ROW,
];

const MANAGER_ROW: Mapped = mapped(MANAGER, Place::Extension("manager"));

/// The default mapping of groups; members are references.
const GROUPS: &[Mapped] = &[mapped(EXTERNAL_ID, Place::Own("externalId")), mapped(DISPLAY_NAME, Place::Own("displayName"))];

/// The rows of users that this server has attributes for.
pub(super) fn of_users(kind: &ResourceType) -> Vec<Mapped> {
    USERS.iter().filter(|row| row.place.is_in(kind)).copied().collect()
}

/// The rows of groups that this server has attributes for.
pub(super) fn of_groups(kind: &ResourceType) -> Vec<Mapped> {
    GROUPS.iter().filter(|row| row.place.is_in(kind)).copied().collect()
}

impl Mapped {
    /// The value that a resource has there. Booleans are `True` and `False`, as the service has them.
    pub(super) fn read(self, resource: &Value) -> Option<String> {
        let value = match self.place {
            Place::Own(name) => resource.get(name),
            Place::Part(whole, part) => resource.get(whole).and_then(|whole| whole.get(part)),
            Place::Element(list, kind, part) => element(resource, list, kind).and_then(|element| element.get(part)),
            Place::Extension("manager") => resource.get(ENTERPRISE).and_then(|extension| extension.get("manager")?.get("value")),
            Place::Extension(name) => resource.get(ENTERPRISE).and_then(|extension| extension.get(name)),
        };
        match value? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Value::Bool(true) => Some("True".into()),
            Value::Bool(false) => Some("False".into()),
            other => Some(other.to_string()),
        }
    }

    /// Puts a value into a new resource.
    pub(super) fn put(self, body: &mut Value, value: &str) {
        match self.place {
            Place::Own("active") => body["active"] = (value == "True").into(),
            Place::Own(name) => body[name] = value.into(),
            Place::Part(whole, part) => body[whole][part] = value.into(),
            Place::Extension(name) => body[ENTERPRISE][name] = value.into(),
            Place::Element(list, kind, part) => {
                let known = body[list].as_array_mut().and_then(|all| all.iter_mut().find(|element| element["type"] == kind));
                if let Some(element) = known {
                    element[part] = value.into();
                    return;
                }
                let element = if list == "emails" {
                    json!({ "primary": true, "type": kind, part: value })
                } else {
                    json!({ "type": kind, part: value })
                };
                match body[list].as_array_mut() {
                    Some(all) => all.push(element),
                    None => body[list] = json!([element]),
                }
            }
        }
    }

    /// Whether the path selects an element: such paths are never folded.
    pub(super) fn selects(self) -> bool {
        matches!(self.place, Place::Element(..))
    }

    /// Whether it belongs to the enterprise extension.
    pub(super) fn is_extended(self) -> bool {
        matches!(self.place, Place::Extension(_))
    }
}

impl Place {
    /// Whether the type has the attribute, and clients can write and read it.
    fn is_in(self, kind: &ResourceType) -> bool {
        let own = |name: &str| kind.attribute(name).filter(|attribute| attribute.is_read_write());
        let part = |whole: &str, part: &str| {
            own(whole).is_some_and(|whole| {
                whole.sub_attributes.iter().any(|known| known.name.eq_ignore_ascii_case(part) && known.is_read_write())
            })
        };
        match self {
            // Common to all resources, and not always described (RFC 7643 §3.1).
            Place::Own("externalId") => true,
            Place::Own(name) => own(name).is_some(),
            Place::Part(whole, name) | Place::Element(whole, _, name) => part(whole, name),
            Place::Extension(name) => {
                kind.extensions.iter().filter(|(schema, _)| schema.id.eq_ignore_ascii_case(ENTERPRISE)).any(|(schema, _)| {
                    schema.attributes.iter().any(|attribute| attribute.name.eq_ignore_ascii_case(name) && attribute.is_read_write())
                })
            }
        }
    }
}

/// The id of the manager that a user has.
pub(super) fn manager_of(user: &Value) -> Option<String> {
    MANAGER_ROW.read(user)
}

fn element<'a>(resource: &'a Value, list: &str, kind: &str) -> Option<&'a Value> {
    let of_kind = |element: &&Value| element["type"].as_str().is_some_and(|given| given.eq_ignore_ascii_case(kind));
    resource.get(list)?.as_array()?.iter().find(of_kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_into_a_resource_is_read_there() {
        let mut body = json!({});
        for row in USERS.iter().filter(|row| row.path != MANAGER) {
            row.put(&mut body, if row.path == ACTIVE { "False" } else { row.path });
        }
        for row in USERS.iter().filter(|row| row.path != MANAGER) {
            assert_eq!(row.read(&body).as_deref(), Some(if row.path == ACTIVE { "False" } else { row.path }));
        }
        assert_eq!(body["active"], false);
        assert_eq!(body["emails"], json!([{ "primary": true, "type": "work", "value": MAIL }]));
        assert_eq!(body["phoneNumbers"].as_array().map(Vec::len), Some(2));
        assert_eq!(body["addresses"].as_array().map(Vec::len), Some(1));
        assert_eq!(body["name"]["givenName"], GIVEN_NAME);
    }

    #[test]
    fn the_manager_is_read_from_its_object_and_emptiness_is_absence() {
        assert_eq!(manager_of(&json!({ ENTERPRISE: { "manager": { "value": "7" } } })).as_deref(), Some("7"));
        for none in [json!({}), json!({ ENTERPRISE: { "manager": { "value": "" } } }), json!({ ENTERPRISE: { "manager": null } })] {
            assert_eq!(manager_of(&none), None, "{none}");
        }
    }
}
