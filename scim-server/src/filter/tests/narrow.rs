//! What a store that knows only some of the tests knows of a whole filter.

use super::filter_of;
use crate::Profile;
use crate::filter::{Bounds, Combine, Term, narrow};

/// A condition as text.
#[derive(Debug, Clone, PartialEq)]
struct Text(String);

impl Combine for Text {
    fn all(parts: Vec<Self>) -> Self {
        Text(format!("({})", parts.into_iter().map(|part| part.0).collect::<Vec<_>>().join(" and ")))
    }

    fn any(parts: Vec<Self>) -> Self {
        Text(format!("({})", parts.into_iter().map(|part| part.0).collect::<Vec<_>>().join(" or ")))
    }

    fn negate(self) -> Self {
        Text(format!("not {}", self.0))
    }
}

/// `title` is known, of `locale` only a bound on each side, of everything else nothing.
fn known(text: &str) -> (Option<String>, Option<String>, bool) {
    let bounds = narrow(&filter_of(text, "User", Profile::RFC), &|term| match term {
        Term::Attribute(path, _) if path.attribute.name == "title" => Bounds::exactly(Text("t".into())),
        Term::Attribute(path, _) if path.attribute.name == "userType" => Bounds::exactly(Text("u".into())),
        Term::Attribute(path, _) if path.attribute.name == "locale" => {
            Bounds { certainly: Some(Text("l-".into())), possibly: Some(Text("l+".into())), exact: false }
        }
        Term::Attribute(..) | Term::Element(..) => Bounds::unknown(),
    });
    (bounds.certainly.map(|text| text.0), bounds.possibly.map(|text| text.0), bounds.exact)
}

#[test]
fn what_is_known_of_the_parts_bounds_the_whole() {
    for (text, certainly, possibly, exact) in [
        ("title pr", Some("t"), Some("t"), true),
        ("locale pr", Some("l-"), Some("l+"), false),
        ("nickName pr", None, None, false),
        ("not (title pr)", Some("not t"), Some("not t"), true),
        ("not (locale pr)", Some("not l+"), Some("not l-"), false),
        ("not (nickName pr)", None, None, false),
        ("title pr and userType pr", Some("(t and u)"), Some("(t and u)"), true),
        ("title pr and locale pr", Some("(t and l-)"), Some("(t and l+)"), false),
        // Of a resource that meets one part nothing is certain; but what meets the whole meets that part.
        ("title pr and nickName pr", None, Some("t"), false),
        ("title pr and locale pr and nickName pr", None, Some("(t and l+)"), false),
        ("nickName pr and displayName pr", None, None, false),
        ("title pr or userType pr", Some("(t or u)"), Some("(t or u)"), true),
        ("title pr or locale pr", Some("(t or l-)"), Some("(t or l+)"), false),
        // Here it is the other way round.
        ("title pr or nickName pr", Some("t"), None, false),
        ("title pr or locale pr or nickName pr", Some("(t or l-)"), None, false),
        ("nickName pr or displayName pr", None, None, false),
        ("not (title pr and nickName pr)", Some("not t"), None, false),
        ("(title pr or nickName pr) and userType pr", Some("(t and u)"), Some("u"), false),
    ] {
        assert_eq!(known(text), (certainly.map(ToOwned::to_owned), possibly.map(ToOwned::to_owned), exact), "{text}");
    }
}
