//! The full representation of a resource, before projection (RFC 7643 §3).

use serde_json::{Value, json};

use crate::etag::etag;
use crate::store::{Document, Element, INDIRECT, Referent, Stored};
use crate::{Attribute, BoundPath, ResourceType};

/// All that a client could see of a resource: `schemas`, `id`, the document, its collections, the derived attributes, `meta`.
///
/// `base` is the public URL below which the endpoints stand, without a slash at the end; with the empty text the references are
/// relative (`Users/1`), which is how filters compare them. A collection that was not read or has no element is absent
/// (RFC 7643 §2.5: unassigned). One that is too long to be read at once is null: its elements are shown one by one.
#[must_use]
pub fn represent(stored: &Stored, base: &str) -> Document {
    let kind = &*stored.key.kind;
    let mut resource = Document::new();
    let is_extension = |name: &str| kind.extension(name).is_some();
    if let Some(schemas) = stored.document.get("schemas") {
        resource.insert("schemas".into(), schemas.clone());
    }
    resource.insert("id".into(), json!(stored.key.id));
    if let Some(external) = stored.document.get("externalId") {
        resource.insert("externalId".into(), external.clone());
    }
    for (name, value) in stored.document.iter().filter(|(name, _)| !is_extension(name) && !stands_apart(name)) {
        resource.insert(name.clone(), value.clone());
    }
    let derived = kind.derived.iter().map(|derived| (&derived.attribute, Relation::Derived));
    for (path, relation) in kind.collections.iter().map(|collection| (&collection.attribute, Relation::Collection)).chain(derived) {
        let name = path.to_string();
        let elements = stored.collections.get(&name).filter(|elements| !elements.is_empty());
        if let Some(elements) = elements {
            let shown = elements.iter().map(|element| show_element(kind, &path.attribute, element, relation, base)).collect();
            resource.insert(path.attribute.name.clone(), Value::Array(shown));
        } else if stored.long.contains(&name) {
            resource.insert(path.attribute.name.clone(), Value::Null);
        }
    }
    for (urn, value) in stored.document.iter().filter(|(name, _)| is_extension(name)) {
        resource.insert(urn.clone(), value.clone());
    }
    for path in &kind.references {
        let holder = match &path.extension {
            None => Some(&mut resource),
            Some(urn) => resource.get_mut(&**urn).and_then(Value::as_object_mut),
        };
        let reference = holder.and_then(|holder| holder.get_mut(&path.attribute.name)).and_then(Value::as_object_mut);
        if let (Some(reference), Some(referent)) = (reference, stored.referents.get(&path.to_string())) {
            *reference = show_reference(kind, &path.attribute, reference, referent, base);
        }
    }
    resource.insert("meta".into(), meta(stored, base));
    resource
}

/// The common attributes: they have their own places.
fn stands_apart(name: &str) -> bool {
    matches!(name, "schemas" | "id" | "externalId" | "meta")
}

/// Which side of a collection an element stands on.
#[derive(Clone, Copy)]
enum Relation {
    /// `members`: the element is of the type that it names.
    Collection,
    /// `groups`: the resource is a member, direct unless the element says otherwise (§4.1.2).
    Derived,
}

/// The elements of a collection as [`represent`] shows them.
pub(crate) fn show_elements(kind: &ResourceType, path: &BoundPath, elements: &[Element], base: &str) -> Vec<Value> {
    elements.iter().map(|element| show_element(kind, &path.attribute, element, Relation::Collection, base)).collect()
}

fn show_element(kind: &ResourceType, attribute: &Attribute, element: &Element, relation: Relation, base: &str) -> Value {
    let mut shown = Document::new();
    shown.insert("value".into(), json!(element.value));
    if let Some(referent) = &element.referent {
        add_target(kind, attribute, &mut shown, &element.value, referent, base);
        if attribute.sub_attribute("type").is_some() {
            let label = match relation {
                Relation::Collection => &referent.type_name,
                Relation::Derived if element.is_indirect() => INDIRECT,
                Relation::Derived => "direct",
            };
            shown.insert("type".into(), json!(label));
        }
        add_display(attribute, &mut shown, referent);
    }
    if let Relation::Collection = relation {
        for (name, value) in &element.item {
            shown.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    Value::Object(shown)
}

fn show_reference(kind: &ResourceType, attribute: &Attribute, reference: &Document, referent: &Referent, base: &str) -> Document {
    let mut shown = Document::new();
    if let Some(value) = reference.get("value") {
        shown.insert("value".into(), value.clone());
        add_target(kind, attribute, &mut shown, value.as_str().unwrap_or_default(), referent, base);
    }
    add_display(attribute, &mut shown, referent);
    for (name, value) in reference {
        shown.entry(name.clone()).or_insert_with(|| value.clone());
    }
    shown
}

/// `$ref`: where the other resource is (RFC 7643 §2.4).
fn add_target(kind: &ResourceType, attribute: &Attribute, shown: &mut Document, id: &str, referent: &Referent, base: &str) {
    let endpoint = kind.endpoints.get(&referent.type_name).filter(|_| attribute.sub_attribute("$ref").is_some());
    if let Some(endpoint) = endpoint {
        shown.insert("$ref".into(), json!(location(base, endpoint, id)));
    }
}

/// `display` or `displayName`, whichever the schema has: the present name of the other resource, if it has one (S57).
fn add_display(attribute: &Attribute, shown: &mut Document, referent: &Referent) {
    let name = ["display", "displayName"].into_iter().find_map(|name| attribute.sub_attribute(name));
    if let (Some(sub), Some(display)) = (name, &referent.display) {
        shown.insert(sub.name.clone(), json!(display));
    }
}

/// `meta` (RFC 7643 §3.1).
fn meta(stored: &Stored, base: &str) -> Value {
    json!({
        "resourceType": stored.key.kind.name,
        "created": stored.created.to_string(),
        "lastModified": stored.modified.to_string(),
        "location": location(base, &stored.key.kind.endpoint, &stored.key.id),
        "version": etag(stored.version),
    })
}

/// The URL of a resource: absolute below a base, relative (`Users/1`) without one.
#[must_use]
pub fn location(base: &str, endpoint: &str, id: &str) -> String {
    match base {
        "" => format!("{}/{id}", endpoint.trim_start_matches('/')),
        _ => format!("{base}{endpoint}/{id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{CORE_USER, ENTERPRISE, barbara, device, element, referent, stored, tour_guides};

    fn shown(stored: &Stored, base: &str) -> Value {
        Value::Object(represent(stored, base))
    }

    #[test]
    fn a_user_is_shown_in_order_with_its_groups_manager_and_meta() {
        let shown = represent(&barbara(), "https://example.com/v2");
        let names: Vec<&str> = shown.keys().map(String::as_str).collect();
        let expected = [
            "schemas",
            "id",
            "externalId",
            "userName",
            "name",
            "displayName",
            "profileUrl",
            "emails",
            "ims",
            "userType",
            "title",
            "active",
            "groups",
            ENTERPRISE,
            "meta",
        ];
        assert_eq!(names, expected);
        assert_eq!(
            shown["groups"],
            json!([{"value": "e9e30dba", "$ref": "https://example.com/v2/Groups/e9e30dba", "display": "Tour Guides", "type": "direct"}])
        );
        assert_eq!(
            shown[ENTERPRISE]["manager"],
            json!({
                "value": "26118915-6090-4610-87e4-49d8ca9f808d",
                "$ref": "https://example.com/v2/Users/26118915-6090-4610-87e4-49d8ca9f808d",
                "displayName": "John Smith"
            })
        );
        assert_eq!(
            shown["meta"],
            json!({
                "resourceType": "User",
                "created": "2010-01-23T04:56:22.000Z",
                "lastModified": "2011-05-13T04:42:34.000Z",
                "location": "https://example.com/v2/Users/2819c223-7f76-453a-919d-413861904646",
                "version": "W/\"2\""
            })
        );
    }

    #[test]
    fn a_group_that_contains_one_through_another_is_indirect() {
        let mut user = barbara();
        let indirect = Element::derived("6c5bb468".into(), true, Some(referent("Group", "Everybody")));
        user.collections.entry("groups".into()).or_default().push(indirect);
        let shown = shown(&user, "");
        assert_eq!(shown["groups"][0]["type"], "direct");
        assert_eq!(shown["groups"][1], json!({"value": "6c5bb468", "$ref": "Groups/6c5bb468", "type": "indirect", "display": "Everybody"}));
    }

    /// RFC: 7643-2.4-08
    #[test]
    fn members_are_shown_with_what_they_are_now() {
        assert_eq!(
            shown(&tour_guides(), "https://example.com/v2")["members"],
            json!([
                {"value": "2819c223", "$ref": "https://example.com/v2/Users/2819c223", "type": "User", "display": "Babs Jensen"},
                {"value": "6c5bb468", "$ref": "https://example.com/v2/Groups/6c5bb468", "type": "Group", "display": "Drivers"}
            ])
        );
    }

    #[test]
    fn without_a_base_references_are_relative() {
        assert_eq!(shown(&tour_guides(), "")["members"][0]["$ref"], "Users/2819c223");
        assert_eq!(shown(&tour_guides(), "")["meta"]["location"], "Groups/e9e30dba");
    }

    #[test]
    fn what_the_schema_lacks_is_not_added() {
        assert_eq!(shown(&device(), "https://h")["users"], json!([{"value": "u1", "$ref": "https://h/Users/u1"}]));
    }

    #[test]
    fn names_that_lead_nowhere_are_shown_as_sent() {
        let mut user = stored("User", "1", json!({"schemas": [CORE_USER], (ENTERPRISE): {"manager": {"value": "gone"}}}));
        assert_eq!(shown(&user, "https://h")[ENTERPRISE], json!({"manager": {"value": "gone"}}));
        // Of a type that is no longer registered, and without a display name.
        user.referents.insert(format!("{ENTERPRISE}:manager"), Referent { display: None, ..referent("Robot", "") });
        assert_eq!(shown(&user, "https://h")[ENTERPRISE], json!({"manager": {"value": "gone"}}));
        let mut group = tour_guides();
        group.collections.insert("members".into(), vec![Element { referent: None, ..element("gone", "", "") }]);
        assert_eq!(shown(&group, "https://h")["members"], json!([{"value": "gone"}]));
    }

    #[test]
    fn a_collection_without_elements_is_unassigned() {
        let mut group = tour_guides();
        group.collections.insert("members".into(), vec![]);
        assert_eq!(shown(&group, "").get("members"), None);
        group.collections.clear();
        assert_eq!(shown(&group, "").get("members"), None);
    }

    #[test]
    fn what_the_client_gave_an_element_stands_behind_what_the_server_knows() {
        let mut group = tour_guides();
        let mut member = element("2819c223", "User", "Babs Jensen");
        member.item = [("type".to_owned(), json!("Robot")), ("since".to_owned(), json!("2011"))].into_iter().collect();
        group.collections.insert("members".into(), vec![member]);
        assert_eq!(
            shown(&group, "")["members"],
            json!([{"value": "2819c223", "$ref": "Users/2819c223", "type": "User", "display": "Babs Jensen", "since": "2011"}])
        );
    }
}
