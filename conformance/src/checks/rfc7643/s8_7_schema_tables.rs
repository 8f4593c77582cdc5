//! RFC 7643 §8.7: the schemas that the RFC itself publishes, attribute by attribute.

use serde_json::Value;

use super::published::{Published, SCHEMA, is_type, published};
use crate::check::{Check, Judged, Outcome, must, records, should};
use crate::model::{ENTERPRISE, GROUP, USER};
use crate::session::Session;

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";

const RESOURCES: &str = "an example of the SCIM schema representation in JSON format for SCIM resources. \
                         Where permitted, individual values and schema MAY change";
const FIXED: &str =
    "a representation of the SCIM schema for the fixed service provider schemas: ServiceProviderConfig, ResourceType, and Schema";

/// How many values an attribute has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Values {
    One,
    Several,
}

use Values::{One, Several};

/// An attribute as §8.7 has it. What the RFC lets change, such as its mutability, is noted by a check of its own.
struct Row {
    id: &'static str,
    path: &'static str,
    data_type: &'static str,
    values: Values,
}

impl Row {
    const fn new(id: &'static str, path: &'static str, data_type: &'static str, values: Values) -> Self {
        Self { id, path, data_type, values }
    }

    /// The attribute has this data type and this plurality; one that the server does not have skips the row.
    fn judge(&self, published: &Published, urn: &str) -> Outcome {
        let attribute = published.attribute(urn, self.path)?;
        let several = attribute["multiValued"].as_bool().unwrap_or(false);
        let plurality = |several| if several { "multi-valued" } else { "singular" };
        let expected = format!("{} is a {} {}", self.path, plurality(self.values == Several), self.data_type);
        // §2.2 has the default for a type that is not given.
        let fits = is_type(attribute, self.data_type) || (attribute["type"].is_null() && self.data_type == "string");
        let found = attribute["type"].as_str().unwrap_or("attribute without a type");
        let came = format!("it is a {} {found}", plurality(several));
        published.answer.expect(fits && several == (self.values == Several), expected, came).map(|_| ())
    }
}

/// The ids of all rows. The number stands in the type of each list: an optimising compiler finds a circle where it is worked out there.
const fn ids<const N: usize>(table: &[Row]) -> [&'static str; N] {
    assert!(table.len() == N, "as many ids as rows");
    let mut ids = [""; N];
    let mut index = 0;
    while index < N {
        ids[index] = table[index].id;
        index += 1;
    }
    ids
}

static USER_IDS: [&str; 67] = ids(USER_TABLE);
static GROUP_IDS: [&str; 6] = ids(GROUP_TABLE);
static ENTERPRISE_IDS: [&str; 9] = ids(ENTERPRISE_TABLE);
static CONFIG_IDS: [&str; 8] = ids(CONFIG_TABLE);
static RESOURCE_TYPE_IDS: [&str; 6] = ids(RESOURCE_TYPE_TABLE);
static SCHEMA_IDS: [&str; 4] = ids(SCHEMA_TABLE);

pub(super) fn checks() -> Vec<Check> {
    const MAPS: &str = "a client that maps its attributes to those of the RFC sends values of another type than the server expects";
    vec![
        records("7643-8.7.1-differences", RESOURCES).rows(&["7643-8.7.1-01"]).talk(differences),
        should("7643-8.7.1-user", RESOURCES).rows(&USER_IDS).why(MAPS).talk(async |s| table(&s, USER, USER_TABLE).await),
        should("7643-8.7.1-group", RESOURCES).rows(&GROUP_IDS).why(MAPS).talk(async |s| table(&s, GROUP, GROUP_TABLE).await),
        should("7643-8.7.1-enterprise", RESOURCES)
            .rows(&ENTERPRISE_IDS)
            .why(MAPS)
            .talk(async |s| table(&s, ENTERPRISE, ENTERPRISE_TABLE).await),
        must("7643-8.7.2-service-provider-config", FIXED)
            .rows(&CONFIG_IDS)
            .why("a client that reads the configuration by its schema misreads it")
            .talk(async |s| table(&s, CONFIG, CONFIG_TABLE).await),
        must("7643-8.7.2-resource-type", FIXED)
            .rows(&RESOURCE_TYPE_IDS)
            .why("a client that reads resource types by their schema misreads them")
            .talk(async |s| table(&s, RESOURCE_TYPE, RESOURCE_TYPE_TABLE).await),
        must("7643-8.7.2-schema", FIXED)
            .rows(&SCHEMA_IDS)
            .why("a client that reads schemas by their schema misreads them")
            .talk(async |s| table(&s, SCHEMA, SCHEMA_TABLE).await),
    ]
}

async fn table(s: &Session, urn: &str, rows: &'static [Row]) -> Outcome {
    let published = published(s).await?;
    for row in rows {
        s.row(row.id, row.judge(&published, urn));
    }
    Ok(())
}

/// Notes every characteristic that is not as in the RFC, whose verified errata count.
async fn differences(s: Session) -> Outcome {
    let published = published(&s).await?;
    let texts = [
        (USER, include_str!("../../model/User.json")),
        (GROUP, include_str!("../../model/Group.json")),
        (ENTERPRISE, include_str!("../../model/EnterpriseUser.json")),
    ];
    for (urn, text) in texts {
        let ours: Value = serde_json::from_str(text).unwrap_or_default();
        let Some(schema) = published.schema(urn) else {
            s.note(format!("/Schemas has no {urn}"));
            continue;
        };
        published.answer.expect(schema["attributes"].is_array(), "attributes in the schema", "there are none").or_blocked()?;
        let name = ours["name"].as_str().unwrap_or_default();
        compare(&s, name, &ours["attributes"], &schema["attributes"]);
    }
    Ok(())
}

fn compare(s: &Session, place: &str, rfc: &Value, server: &Value) {
    let all = |attributes: &Value| attributes.as_array().cloned().unwrap_or_default();
    let find = |attributes: &Value, name: &Value| all(attributes).into_iter().find(|attribute| same(&attribute["name"], name));
    for attribute in all(rfc) {
        let place = format!("{place}.{}", attribute["name"].as_str().unwrap_or_default());
        let Some(found) = find(server, &attribute["name"]) else {
            s.note(format!("{place} is not there"));
            continue;
        };
        for characteristic in ["type", "multiValued", "required", "caseExact", "mutability", "returned", "uniqueness", "canonicalValues"] {
            let (expected, came) = (&attribute[characteristic], &found[characteristic]);
            if !expected.is_null() && !came.is_null() && !same(expected, came) {
                s.note(format!("{place} has {characteristic} {came}; in the RFC it is {expected}"));
            }
        }
        compare(s, &place, &attribute["subAttributes"], &found["subAttributes"]);
    }
    for attribute in all(server).iter().filter(|attribute| find(rfc, &attribute["name"]).is_none()) {
        s.note(format!("{place}.{} is not in the RFC", attribute["name"].as_str().unwrap_or("?")));
    }
}

/// Whether two values of a characteristic say the same: keywords and canonical values have no case, and no order.
fn same(one: &Value, other: &Value) -> bool {
    let words = |value: &Value| {
        let mut words: Vec<String> = match value {
            Value::Array(all) => all.iter().map(|word| word.to_string().to_lowercase()).collect(),
            other => vec![other.to_string().to_lowercase()],
        };
        words.sort();
        words
    };
    words(one) == words(other)
}

/// The attributes of users.
const USER_TABLE: &[Row] = &[
    Row::new("7643-8.7.1-02", "userName", "string", One),
    Row::new("7643-8.7.1-03", "name", "complex", One),
    Row::new("7643-8.7.1-04", "name.formatted", "string", One),
    Row::new("7643-8.7.1-05", "name.familyName", "string", One),
    Row::new("7643-8.7.1-06", "name.givenName", "string", One),
    Row::new("7643-8.7.1-07", "name.middleName", "string", One),
    Row::new("7643-8.7.1-08", "name.honorificPrefix", "string", One),
    Row::new("7643-8.7.1-09", "name.honorificSuffix", "string", One),
    Row::new("7643-8.7.1-10", "displayName", "string", One),
    Row::new("7643-8.7.1-11", "nickName", "string", One),
    Row::new("7643-8.7.1-12", "profileUrl", "reference", One),
    Row::new("7643-8.7.1-13", "title", "string", One),
    Row::new("7643-8.7.1-14", "userType", "string", One),
    Row::new("7643-8.7.1-15", "preferredLanguage", "string", One),
    Row::new("7643-8.7.1-16", "locale", "string", One),
    Row::new("7643-8.7.1-17", "timezone", "string", One),
    Row::new("7643-8.7.1-18", "active", "boolean", One),
    Row::new("7643-8.7.1-19", "password", "string", One),
    Row::new("7643-8.7.1-20", "emails", "complex", Several),
    Row::new("7643-8.7.1-21", "emails.value", "string", One),
    Row::new("7643-8.7.1-22", "emails.display", "string", One),
    Row::new("7643-8.7.1-23", "emails.type", "string", One),
    Row::new("7643-8.7.1-24", "emails.primary", "boolean", One),
    Row::new("7643-8.7.1-25", "phoneNumbers", "complex", Several),
    Row::new("7643-8.7.1-26", "phoneNumbers.value", "string", One),
    Row::new("7643-8.7.1-27", "phoneNumbers.display", "string", One),
    Row::new("7643-8.7.1-28", "phoneNumbers.type", "string", One),
    Row::new("7643-8.7.1-29", "phoneNumbers.primary", "boolean", One),
    Row::new("7643-8.7.1-30", "ims", "complex", Several),
    Row::new("7643-8.7.1-31", "ims.value", "string", One),
    Row::new("7643-8.7.1-32", "ims.display", "string", One),
    Row::new("7643-8.7.1-33", "ims.type", "string", One),
    Row::new("7643-8.7.1-34", "ims.primary", "boolean", One),
    Row::new("7643-8.7.1-35", "photos", "complex", Several),
    Row::new("7643-8.7.1-36", "photos.value", "reference", One),
    Row::new("7643-8.7.1-37", "photos.display", "string", One),
    Row::new("7643-8.7.1-38", "photos.type", "string", One),
    Row::new("7643-8.7.1-39", "photos.primary", "boolean", One),
    Row::new("7643-8.7.1-40", "addresses", "complex", Several),
    Row::new("7643-8.7.1-41", "addresses.formatted", "string", One),
    Row::new("7643-8.7.1-42", "addresses.streetAddress", "string", One),
    Row::new("7643-8.7.1-43", "addresses.locality", "string", One),
    Row::new("7643-8.7.1-44", "addresses.region", "string", One),
    Row::new("7643-8.7.1-45", "addresses.postalCode", "string", One),
    Row::new("7643-8.7.1-46", "addresses.country", "string", One),
    Row::new("7643-8.7.1-47", "addresses.type", "string", One),
    Row::new("7643-8.7.1-48", "addresses.primary", "boolean", One),
    Row::new("7643-8.7.1-49", "groups", "complex", Several),
    Row::new("7643-8.7.1-50", "groups.value", "string", One),
    Row::new("7643-8.7.1-51", "groups.$ref", "reference", One),
    Row::new("7643-8.7.1-52", "groups.display", "string", One),
    Row::new("7643-8.7.1-53", "groups.type", "string", One),
    Row::new("7643-8.7.1-54", "entitlements", "complex", Several),
    Row::new("7643-8.7.1-55", "entitlements.value", "string", One),
    Row::new("7643-8.7.1-56", "entitlements.display", "string", One),
    Row::new("7643-8.7.1-57", "entitlements.type", "string", One),
    Row::new("7643-8.7.1-58", "entitlements.primary", "boolean", One),
    Row::new("7643-8.7.1-59", "roles", "complex", Several),
    Row::new("7643-8.7.1-60", "roles.value", "string", One),
    Row::new("7643-8.7.1-61", "roles.display", "string", One),
    Row::new("7643-8.7.1-62", "roles.type", "string", One),
    Row::new("7643-8.7.1-63", "roles.primary", "boolean", One),
    Row::new("7643-8.7.1-64", "x509Certificates", "complex", Several),
    Row::new("7643-8.7.1-65", "x509Certificates.value", "binary", One),
    Row::new("7643-8.7.1-66", "x509Certificates.display", "string", One),
    Row::new("7643-8.7.1-67", "x509Certificates.type", "string", One),
    Row::new("7643-8.7.1-68", "x509Certificates.primary", "boolean", One),
];

/// Those of groups.
const GROUP_TABLE: &[Row] = &[
    Row::new("7643-8.7.1-69", "displayName", "string", One),
    Row::new("7643-8.7.1-70", "members", "complex", Several),
    Row::new("7643-8.7.1-71", "members.value", "string", One),
    Row::new("7643-8.7.1-72", "members.$ref", "reference", One),
    Row::new("7643-8.7.1-73", "members.type", "string", One),
    Row::new("7643-8.7.1-74", "members.display", "string", One),
];

/// Those of the enterprise extension.
const ENTERPRISE_TABLE: &[Row] = &[
    Row::new("7643-8.7.1-75", "employeeNumber", "string", One),
    Row::new("7643-8.7.1-76", "costCenter", "string", One),
    Row::new("7643-8.7.1-77", "organization", "string", One),
    Row::new("7643-8.7.1-78", "division", "string", One),
    Row::new("7643-8.7.1-79", "department", "string", One),
    Row::new("7643-8.7.1-80", "manager", "complex", One),
    Row::new("7643-8.7.1-81", "manager.value", "string", One),
    Row::new("7643-8.7.1-82", "manager.$ref", "reference", One),
    Row::new("7643-8.7.1-83", "manager.displayName", "string", One),
];

/// Those of ServiceProviderConfig.
const CONFIG_TABLE: &[Row] = &[
    Row::new("7643-8.7.2-01", "documentationUri", "reference", One),
    Row::new("7643-8.7.2-02", "patch", "complex", One),
    Row::new("7643-8.7.2-03", "bulk", "complex", One),
    Row::new("7643-8.7.2-04", "filter", "complex", One),
    Row::new("7643-8.7.2-05", "changePassword", "complex", One),
    Row::new("7643-8.7.2-06", "sort", "complex", One),
    Row::new("7643-8.7.2-07", "authenticationSchemes", "complex", Several),
    Row::new("7643-8.7.2-08", "etag", "complex", One),
];

/// Those of ResourceType.
const RESOURCE_TYPE_TABLE: &[Row] = &[
    Row::new("7643-8.7.2-09", "id", "string", One),
    Row::new("7643-8.7.2-10", "name", "string", One),
    Row::new("7643-8.7.2-11", "description", "string", One),
    Row::new("7643-8.7.2-12", "endpoint", "reference", One),
    Row::new("7643-8.7.2-13", "schema", "reference", One),
    Row::new("7643-8.7.2-14", "schemaExtensions", "complex", Several),
];

/// Those of Schema.
const SCHEMA_TABLE: &[Row] = &[
    Row::new("7643-8.7.2-15", "id", "string", One),
    Row::new("7643-8.7.2-16", "name", "string", One),
    Row::new("7643-8.7.2-17", "description", "string", One),
    Row::new("7643-8.7.2-18", "attributes", "complex", Several),
];
