//! What messages show of texts that name an attribute which is never returned: what stands beside the name may be its value (T10).

use crate::ResourceType;
use crate::error::quote;

/// The text, if messages may show it.
pub(super) fn shown<'t>(text: &'t str, kind: &ResourceType) -> Option<&'t str> {
    names_secret(text, kind).is_none().then_some(text)
}

/// The attribute that is never returned whose name stands somewhere in the text: what stands beside it may be its value, which no
/// message may show (T10).
pub(crate) fn names_secret(text: &str, kind: &ResourceType) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let named = |name: &str| text.contains(&name.to_ascii_lowercase());
    let mut attributes = kind.attributes().map(|path| path.attribute);
    attributes.find_map(|attribute| {
        let sub = attribute.sub_attributes.iter().find(|sub| sub.is_secret() && named(&sub.name));
        let secret = (attribute.is_secret() && named(&attribute.name)).then_some(&attribute).or(sub);
        secret.map(|secret| secret.name.clone())
    })
}

/// A path in a message. Of one that selects by something, and names a secret, only that is told: what it selects by may be the secret.
pub(crate) fn quote_path(text: &str, kind: &ResourceType) -> String {
    // Of more than a few words nothing is shown anyway, and a text of a megabyte is not looked through for them.
    let beginning: String = text.chars().take(1024).collect();
    match names_secret(&beginning, kind) {
        Some(name) if beginning.contains(['[', '"', ' ']) => format!("(not shown, because it names `{name}`)"),
        Some(_) | None => quote(text),
    }
}

/// What is told in the place of a fault in such a text.
pub(crate) fn secret_is_not_shown(what: &str, name: &str) -> String {
    format!("invalid {what}: it has a fault and is not shown, because it names `{name}`: leave that attribute out")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::kind;

    #[test]
    fn a_path_is_shown_unless_it_selects_by_something_and_names_a_secret() {
        for (path, expected) in [
            ("title", "`title`"),
            ("emails[type eq \"work\"]", "`emails[type eq \"work\"]`"),
            ("keys.code", "`keys.code`"),
            ("pin", "`pin`"),
            ("keys[code eq \"t0p\"]", "(not shown, because it names `code`)"),
            ("keys eq CODE t0p", "(not shown, because it names `code`)"),
            ("pin\"t0p", "(not shown, because it names `pin`)"),
        ] {
            assert_eq!(quote_path(path, &kind("Device")), expected);
        }
        assert_eq!(shown("title pr", &kind("Device")), Some("title pr"));
        assert_eq!(shown("title pr or pin pr", &kind("Device")), None);
    }
}
