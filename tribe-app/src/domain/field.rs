//! The fields of an employee that follow Azure (P4): which SCIM attribute feeds which column.

use scim_server::store::Document;
use serde_json::Value;

use crate::database::employee::{Column, Model};
use crate::domain::azure::{ENTERPRISE, element, text};

/// One field of an employee that Azure feeds.
#[derive(Debug)]
pub struct Field {
    /// Its column.
    pub column: &'static str,
    /// The same, for statements.
    pub entity: Column,
    /// Its name in JSON.
    pub name: &'static str,
    /// The value in an employee.
    pub of: fn(&Model) -> &Option<String>,
    /// The value that a SCIM user has for it.
    pub read: fn(&Document) -> Option<String>,
}

macro_rules! field {
    ($column:ident, $entity:ident, $name:literal, $read:expr) => {
        Field { column: stringify!($column), entity: Column::$entity, name: $name, of: |employee| &employee.$column, read: $read }
    };
}

impl Field {
    /// All of them. The name that is shown, `display_name`, has a rule of its own: [`crate::domain::azure::display_name`].
    pub const ALL: &'static [Field] = &[
        field!(given_name, GivenName, "givenName", |user| part(user, "name", "givenName")),
        field!(family_name, FamilyName, "familyName", |user| part(user, "name", "familyName")),
        field!(title, Title, "title", |user| text(user.get("title"))),
        field!(department, Department, "department", |user| part(user, ENTERPRISE, "department")),
        field!(employee_number, EmployeeNumber, "employeeNumber", |user| part(user, ENTERPRISE, "employeeNumber")),
        field!(phone, Phone, "phone", work_phone),
        field!(mobile, Mobile, "mobile", |user| value_of_type(user, "phoneNumbers", "mobile", "value")),
        field!(fax, Fax, "fax", |user| value_of_type(user, "phoneNumbers", "fax", "value")),
        // INTEROP: the office's name comes as the formatted address, of type `work` in traffic and `other` in the documentation.
        field!(office, Office, "office", |user| {
            value_of_type(user, "addresses", "work", "formatted").or_else(|| value_of_type(user, "addresses", "other", "formatted"))
        }),
        field!(street, Street, "street", |user| value_of_type(user, "addresses", "work", "streetAddress")),
        field!(city, City, "city", |user| value_of_type(user, "addresses", "work", "locality")),
        field!(region, Region, "region", |user| value_of_type(user, "addresses", "work", "region")),
        field!(postal_code, PostalCode, "postalCode", |user| value_of_type(user, "addresses", "work", "postalCode")),
        field!(country, Country, "country", |user| value_of_type(user, "addresses", "work", "country")),
        field!(language, Language, "language", |user| text(user.get("preferredLanguage")).or_else(|| text(user.get("locale")))),
        field!(time_zone, TimeZone, "timeZone", |user| text(user.get("timezone"))),
    ];
}

/// A member of a complex attribute, or of an extension.
fn part(user: &Document, attribute: &str, member: &str) -> Option<String> {
    text(user.get(attribute).and_then(|whole| whole.get(member)))
}

fn value_of_type(user: &Document, attribute: &str, kind: &str, member: &str) -> Option<String> {
    text(element(user, attribute, |item| is_of_type(item, kind)).and_then(|item| item.get(member)))
}

/// The number of type work, else the first that is no mobile and no fax.
fn work_phone(user: &Document) -> Option<String> {
    value_of_type(user, "phoneNumbers", "work", "value").or_else(|| {
        let other = element(user, "phoneNumbers", |item| !["mobile", "fax", "pager"].iter().any(|kind| is_of_type(item, kind)));
        text(other.and_then(|item| item.get("value")))
    })
}

/// `type` is not caseExact (RFC 7643 §8.7.1).
pub fn is_of_type(item: &Value, kind: &str) -> bool {
    item.get("type").and_then(Value::as_str).is_some_and(|given| given.eq_ignore_ascii_case(kind))
}
