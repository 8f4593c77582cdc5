//! Laws that hold for every filter and every resource.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{answer, filter_of};
use crate::example::{ENTERPRISE, element, kind, object, stored};
use crate::filter::{InPieces, matches, resolve};
use crate::projection::Projection;
use crate::representation::represent;
use crate::store::Stored;
use crate::{Leniency, Profile};

/// Atoms of random filters: the text and the attributes it names.
const ATOMS: &[(&str, &str)] = &[
    (r#"title eq "a""#, "title"),
    (r#"title ne "a""#, "title"),
    (r#"title gt "b""#, "title"),
    ("title pr", "title"),
    ("active eq true", "active"),
    ("active ne null", "active"),
    (r#"name.familyName co "b""#, "name.familyName"),
    ("name pr", "name"),
    (r#"emails ne "a""#, "emails.value"),
    (r#"emails.type eq "b""#, "emails.type"),
    (r#"emails[type ne "a" and value sw "b"]"#, "emails.type,emails.value"),
    (r#"emails[not (value eq "a")].type pr"#, "emails.type,emails.value"),
    ("emails.primary eq false", "emails"),
    (r#"groups.display eq "a""#, "groups"),
    (r#"meta.location ew "1""#, "meta.location"),
    (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department lt "b""#, ENTERPRISE),
];

fn random_filter() -> impl Strategy<Value = (String, Vec<&'static str>)> {
    let atom = prop::sample::select(ATOMS).prop_map(|(text, names)| (text.to_owned(), vec![names]));
    atom.prop_recursive(4, 16, 2, |inner| {
        (inner.clone(), inner, 0..3u8).prop_map(|((left, mut names), (right, others), join)| {
            names.extend(others);
            match join {
                0 => (format!("({left}) and ({right})"), names),
                1 => (format!("({left}) or ({right})"), names),
                _ => (format!("not ({left})"), names),
            }
        })
    })
}

fn random_user() -> impl Strategy<Value = Stored> {
    let text = || prop::option::of("[abB]{0,2}");
    let email = (text(), text(), prop::option::of(any::<bool>()));
    (text(), prop::option::of(any::<bool>()), text(), prop::collection::vec(email, 0..3), prop::collection::vec("[ab]", 0..2), text())
        .prop_map(|(title, active, family, emails, groups, department)| {
            let emails =
                emails.into_iter().map(|(value, kind, primary)| assigned(json!({"value": value, "type": kind, "primary": primary})));
            // A canonical document has no empty element.
            let emails: Vec<Value> = emails.filter(|email| *email != json!({})).collect();
            let mut document = assigned(json!({"title": title, "active": active}));
            let parts = [
                ("name", assigned(json!({"familyName": family}))),
                ("emails", json!(emails)),
                (ENTERPRISE, assigned(json!({"department": department}))),
            ];
            for (name, value) in parts {
                let empty = value.as_object().is_some_and(|members| members.is_empty()) || value.as_array().is_some_and(Vec::is_empty);
                if !empty {
                    document[name] = value;
                }
            }
            let mut user = stored("User", "1", document);
            user.collections.insert("groups".into(), groups.iter().map(|name| element(name, "Group", name)).collect());
            user
        })
}

fn assigned(value: Value) -> Value {
    Value::Object(object(value).into_iter().filter(|(_, value)| !value.is_null()).collect())
}

proptest! {
    #[test]
    fn not_or_is_and_of_nots((left, _) in random_filter(), (right, _) in random_filter(), user in random_user()) {
        let hit = |text: &str| answer(text, &user, Profile::STRICT);
        prop_assert_eq!(hit(&format!("not (({left}) or ({right}))")), !hit(&left) && !hit(&right));
        prop_assert_eq!(hit(&format!("not (({left}) and ({right}))")), !(hit(&left) && hit(&right)));
        prop_assert_eq!(hit(&format!("not (not ({left}))")), hit(&left));
    }

    #[test]
    fn in_pieces_a_resource_matches_as_it_does_whole((text, _) in random_filter(), user in random_user(), size in 1..3usize) {
        let (filter, whole) = (filter_of(&text, "User", Profile::STRICT), represent(&user, ""));
        let mut begun = whole.clone();
        let mut pieces = Vec::new();
        for name in ["emails", "groups"] {
            if let Some(Value::Array(elements)) = whole.get(name) {
                begun.insert(name.into(), Value::Null);
                pieces.extend(elements.chunks(size).map(|some| object(json!({name: some}))));
            }
        }
        let mut judged = InPieces::new(&filter, &begun);
        pieces.iter().for_each(|piece| judged.see(piece));
        prop_assert_eq!(judged.matches(), matches(&filter, &whole), "{}", text);
    }

    #[test]
    fn a_filter_sees_only_the_attributes_that_it_names((text, names) in random_filter(), user in random_user()) {
        let filter = filter_of(&text, "User", Profile::STRICT);
        let whole = represent(&user, "");
        let mut part = whole.clone();
        Projection::parse(&user.key.kind, Some(&names.join(",")), None).expect("one parameter").apply(&user.key.kind, &mut part, None);
        prop_assert_eq!(matches(&filter, &part), matches(&filter, &whole), "{}", text);
    }

    #[test]
    fn the_operators_agree_with_each_other(value in "[abB]{0,2}", user in random_user()) {
        let hit = |op: &str| answer(&format!(r#"title {op} "{value}""#), &user, Profile::STRICT);
        let present = user.document.contains_key("title");
        prop_assert_eq!(hit("ne"), !hit("eq"));
        prop_assert_eq!(hit("ge"), hit("gt") || hit("eq"));
        prop_assert_eq!(hit("le"), hit("lt") || hit("eq"));
        prop_assert_eq!(u8::from(hit("lt")) + u8::from(hit("eq")) + u8::from(hit("gt")), u8::from(present));
        prop_assert!(!hit("eq") || (hit("co") && hit("sw") && hit("ew")));
        prop_assert!(hit("co") || !(hit("sw") || hit("ew")));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}") {
        if let Err(error) = resolve(&text, &kind("User"), &Leniency::new(Profile::LENIENT)) {
            prop_assert_eq!(error.status(), 400);
        }
    }
}
