//! What a SCIM user says of a person: its name, its addresses, whether it is active.

use scim_server::store::Document;
use serde_json::Value;

use crate::domain::email::is_email;
use crate::domain::field::is_of_type;

/// The URN of the enterprise extension (RFC 7643 §4.3).
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A person as Azure describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AzureUser {
    /// `userName`, whatever it looks like.
    pub user_name: String,
    /// `externalId`.
    pub external_id: Option<String>,
    /// Which e-mail address the person has (P1): the primary one, without it the `userName` if it is an address.
    pub email: Option<String>,
    /// Which username it gets in Tribe (P3): the `userName` if it is an address, else the primary one.
    pub username: Option<String>,
    /// Whether it may sign in (P6), if Azure says so.
    pub active: Option<bool>,
}

impl AzureUser {
    /// Reads the canonical document of a SCIM user.
    pub fn read(user: &Document) -> Self {
        let user_name = text(user.get("userName")).unwrap_or_default();
        let primary = primary_email(user);
        let as_address = Some(&user_name).filter(|name| is_email(name)).cloned();
        Self {
            external_id: text(user.get("externalId")),
            email: primary.clone().or_else(|| as_address.clone()),
            username: as_address.or(primary),
            active: user.get("active").and_then(Value::as_bool),
            user_name,
        }
    }
}

/// The primary e-mail address: of those that have a value the one flagged primary, else the one of type work, else the first (P3).
fn primary_email(user: &Document) -> Option<String> {
    let has_value = |item: &Value| text(item.get("value")).is_some();
    let flagged = element(user, "emails", |item| has_value(item) && item.get("primary") == Some(&Value::Bool(true)));
    let work = || element(user, "emails", |item| has_value(item) && is_of_type(item, "work"));
    let chosen = flagged.or_else(work).or_else(|| element(user, "emails", has_value))?;
    text(chosen.get("value")).filter(|value| is_email(value))
}

/// The name that is shown: `displayName`, else the formatted name, else given name and family name.
pub fn display_name(user: &Document) -> Option<String> {
    let name = |member: &str| text(user.get("name").and_then(|name| name.get(member)));
    let joined = [name("givenName"), name("familyName")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    text(user.get("displayName")).or_else(|| name("formatted")).or_else(|| Some(joined).filter(|joined| !joined.is_empty()))
}

/// The first element of a multi-valued attribute that meets the condition.
pub fn element<'a>(user: &'a Document, attribute: &str, condition: impl Fn(&Value) -> bool) -> Option<&'a Value> {
    user.get(attribute)?.as_array()?.iter().find(|item| condition(item))
}

/// A text, if there is one that says anything. PostgreSQL keeps no NUL in a text: the mark of a character that is unknown stands for it.
pub fn text(value: Option<&Value>) -> Option<String> {
    value?.as_str().filter(|text| !text.trim().is_empty()).map(|text| text.replace('\0', "\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn reads(user: Value, email: Option<&str>, username: Option<&str>) {
        let read = AzureUser::read(user.as_object().unwrap());
        assert_eq!((read.email.as_deref(), read.username.as_deref()), (email, username), "{user}");
    }

    #[test]
    fn the_primary_address_is_the_flagged_one_then_work_then_the_first() {
        let home = json!({"type": "home", "value": "h@example.com"});
        let work = json!({"type": "Work", "value": "w@example.com"});
        let flagged = json!({"type": "other", "value": "p@example.com", "primary": true});
        reads(json!({"userName": "ana", "emails": [home, work, flagged]}), Some("p@example.com"), Some("p@example.com"));
        reads(json!({"userName": "ana", "emails": [home, work]}), Some("w@example.com"), Some("w@example.com"));
        reads(json!({"userName": "ana", "emails": [home]}), Some("h@example.com"), Some("h@example.com"));
        // An element that says nothing of the address hides none.
        for silent in [json!({"type": "work", "primary": true}), json!({"type": "work", "value": " "})] {
            reads(json!({"userName": "ana", "emails": [silent, home]}), Some("h@example.com"), Some("h@example.com"));
        }
    }

    #[test]
    fn a_user_name_that_is_an_address_is_the_username_and_stands_in_for_the_address() {
        let work = json!([{"type": "work", "value": "w@example.com"}]);
        reads(json!({"userName": "ana@example.com", "emails": work}), Some("w@example.com"), Some("ana@example.com"));
        reads(json!({"userName": "ana@example.com"}), Some("ana@example.com"), Some("ana@example.com"));
        reads(json!({"userName": "ana"}), None, None);
        reads(json!({"userName": "ana", "emails": [{"value": "no address", "primary": true}]}), None, None);
    }

    #[test]
    fn the_shown_name_is_the_first_that_says_anything() {
        let shown = |user: Value| display_name(user.as_object().unwrap());
        assert_eq!(shown(json!({"displayName": "Ana", "name": {"formatted": "A. D."}})).as_deref(), Some("Ana"));
        assert_eq!(shown(json!({"displayName": " ", "name": {"formatted": "A. D."}})).as_deref(), Some("A. D."));
        assert_eq!(shown(json!({"name": {"givenName": "Ana", "familyName": "Díaz"}})).as_deref(), Some("Ana Díaz"));
        assert_eq!(shown(json!({})), None);
    }
}
