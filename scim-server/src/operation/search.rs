//! Querying with POST (RFC 7644 §3.4.3): the parameters stand in a `SearchRequest` message, so that no filter stands in a URL (T10).

use serde_json::Value;

use super::{Answer, Parameters, Scope};
use crate::json::parse_object;
use crate::patch::check_schemas;
use crate::validate::value::describe;
use crate::{Access, Error, Leniency, Result, Stores};

/// The URN of the message.
const SEARCH_REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

impl<S: Stores> Scope<S> {
    /// Answers a query over one resource type. `parameters` are those of the URL.
    ///
    /// # Errors
    /// Those of [`Scope::query`]; `invalidSyntax` if the body is no `SearchRequest` message.
    pub async fn search(&self, endpoint: &str, body: &[u8], parameters: &Parameters) -> Result<Answer> {
        // Without the right nobody is told what is wrong with a body.
        if let Err(error) = self.kind(endpoint, Access::Read)
            && error.status() == 403
        {
            return Err(error);
        }
        self.query(endpoint, &parameters.with_search_request(body, &self.leniency)?).await
    }

    /// Answers a query over all resource types. `parameters` are those of the URL.
    ///
    /// # Errors
    /// Those of [`Scope::query_all`]; `invalidSyntax` if the body is no `SearchRequest` message.
    pub async fn search_all(&self, body: &[u8], parameters: &Parameters) -> Result<Answer> {
        self.query_all(&parameters.with_search_request(body, &self.leniency)?).await
    }
}

impl Parameters {
    /// These and the parameters of a `SearchRequest` message. Its members are matched without case (S39), unknown ones ignored; what
    /// also stands in the URL is given twice.
    ///
    /// # Errors
    /// `invalidSyntax` if the body is no such message; `invalidValue` if a parameter is given twice.
    fn with_search_request(&self, body: &[u8], leniency: &Leniency) -> Result<Self> {
        let mut parameters = self.clone();
        let mut schemas = None;
        for (name, value) in parse_object(body)? {
            if name.eq_ignore_ascii_case("schemas") {
                schemas = Some(value);
            } else if let Some(text) = text_of(&name, value)? {
                parameters.put(&name, text)?;
            }
        }
        check_schemas(schemas, SEARCH_REQUEST_URN, leniency)?;
        Ok(parameters)
    }
}

/// A member as the URL would have it; null is none (RFC 7643 §2.5).
///
/// INTEROP: numbers may be text and lists may be text with commas, as in a URL (S86).
fn text_of(name: &str, value: Value) -> Result<Option<String>> {
    let expected = match name.to_ascii_lowercase().as_str() {
        "startindex" | "count" => "a number",
        "attributes" | "excludedattributes" => "a list of attribute names",
        "filter" | "sortby" | "sortorder" | "cursor" => "a string",
        _ => return Ok(None),
    };
    let refused = |found: &Value| Error::invalid_syntax(format!("`{name}` cannot be {}: send {expected}", describe(found)));
    match (expected, value) {
        (_, Value::Null) => Ok(None),
        (_, Value::String(text)) => Ok(Some(text)),
        ("a number", Value::Number(number)) => Ok(Some(number.to_string())),
        ("a list of attribute names", Value::Array(names)) => {
            let names: Vec<&str> = names.iter().map(|name| name.as_str().ok_or_else(|| refused(name))).collect::<Result<_>>()?;
            Ok(Some(names.join(",")))
        }
        (_, other) => Err(refused(&other)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Profile;

    fn read(query: &str, body: Value, profile: Profile) -> Result<Parameters> {
        let leniency = Leniency::new(profile);
        Parameters::parse(query, &leniency)?.with_search_request(body.to_string().as_bytes(), &leniency)
    }

    /// RFC: 7644-3.4.3-03 7644-3.4.3-05 7644-3.4.3-06 7644-3.4.3-07 7644-3.4.3-08 7644-3.4.3-09 7644-3.4.3-10 7644-3.4.3-11
    #[test]
    fn a_message_and_a_url_say_the_same() {
        let url = "attributes=a,b&filter=title+pr&sortBy=name.familyName&sortOrder=descending&startIndex=3&count=2";
        let expected = Parameters::parse(url, &Leniency::new(Profile::RFC)).unwrap();
        for body in [
            json!({"attributes": ["a", "b"], "filter": "title pr", "sortBy": "name.familyName", "sortOrder": "descending",
                "startIndex": 3, "count": 2}),
            json!({"ATTRIBUTES": "a,b", "Filter": "title pr", "sortby": "name.familyName", "SortOrder": "descending",
                "startindex": "3", "Count": "2", "excludedAttributes": null, "cursor": null, "more": {"unknown": [1]}}),
        ] {
            assert_eq!(read("", body, Profile::RFC).unwrap(), expected);
        }
        let split = json!({"attributes": ["b"], "sortBy": "name.familyName", "sortOrder": "descending", "startIndex": 3});
        assert_eq!(read("attributes=a&filter=title+pr&count=2", split, Profile::RFC).unwrap(), expected);
    }

    /// RFC: 7644-3.4.3-04
    #[test]
    fn what_is_no_search_request_is_refused() {
        let urn = json!([SEARCH_REQUEST_URN]);
        for (query, body, expected) in [
            ("", json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}), "invalidSyntax"),
            ("", json!({"schemas": SEARCH_REQUEST_URN}), "invalidSyntax"),
            ("", json!({"schemas": urn, "filter": 1}), "invalidSyntax"),
            ("", json!({"schemas": urn, "filter": ["title pr"]}), "invalidSyntax"),
            ("", json!({"schemas": urn, "attributes": [1]}), "invalidSyntax"),
            ("", json!({"schemas": urn, "attributes": {"a": 1}}), "invalidSyntax"),
            ("", json!({"schemas": urn, "count": true}), "invalidSyntax"),
            ("", json!({"schemas": urn, "cursor": 1}), "invalidSyntax"),
            ("filter=title+pr", json!({"schemas": urn, "filter": "title pr"}), "invalidValue"),
            ("count=1", json!({"schemas": urn, "count": 1}), "invalidValue"),
        ] {
            assert_eq!(read(query, body.clone(), Profile::RFC).unwrap_err().to_json()["scimType"], expected, "{query} {body}");
        }
        for count in [json!(1.5), json!("x"), serde_json::from_str("1e2").unwrap()] {
            let parameters = read("", json!({"count": count}), Profile::RFC).unwrap();
            assert_eq!(parameters.count().unwrap_err().to_json()["scimType"], "invalidValue", "{count}");
        }
        let without = |profile| read("", json!({"count": 1}), profile);
        assert!(without(Profile::RFC).is_ok());
        assert_eq!(without(Profile::STRICT).unwrap_err().to_json()["scimType"], "invalidSyntax", "S38");
        assert!(read("", json!({"schemas": urn}), Profile::STRICT).is_ok());
    }
}
