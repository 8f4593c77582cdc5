//! What an e-mail address is (RFC 5321 §4.1.2, RFC 6531 §3.3), without quoted local parts and address literals, which nobody signs in with.

/// The longest address that mail can be sent to (RFC 5321 §4.5.3.1.3, less the angle brackets).
const LONGEST: usize = 254;

/// Whether the text is an e-mail address.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    text.len() <= LONGEST && local.len() <= 64 && is_dot_string(local) && domain.split('.').all(is_label)
}

/// `Dot-string`: atoms with single dots between them.
fn is_dot_string(local: &str) -> bool {
    local.split('.').all(|atom| {
        !atom.is_empty() && atom.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_letter(c))
    })
}

/// `sub-domain`: letters, digits and inner hyphens.
fn is_label(label: &str) -> bool {
    let inner = !label.starts_with('-') && !label.ends_with('-');
    inner && !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || is_letter(c))
}

/// A character beyond ASCII that can be seen; a mark on the letter before it is one too.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && !c.is_ascii() || matches!(c, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_people_have_are_accepted() {
        for good in [
            "ana.diaz@example.com",
            "ANA+crm@Example.COM",
            "o'hara@example.co.uk",
            "jos\u{e9}@example.com",
            "jose\u{301}@b\u{fc}cher.example",
            "a@b",
            "guest_partner.example#EXT#@tenant.onmicrosoft.com",
        ] {
            assert!(is_email(good), "{good}");
        }
    }

    #[test]
    fn what_no_mail_can_be_sent_to_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        let longer = format!("a@{}example.com", "a.".repeat(130));
        for bad in [
            "",
            "ana",
            "@",
            "ana@",
            "@example.com",
            "ana@@example.com",
            "a b@example.com",
            ".ana@example.com",
            "ana.@example.com",
            "a..b@example.com",
            "ana@-example.com",
            "ana@example..com",
            "ana@example.com.",
            " ana@example.com",
            "ana@exam\u{200b}ple.com",
            "ana@example.com\r\nBcc: x",
            "EXAMPLE\\ana",
            "<ana@example.com>",
            "ana@[127.0.0.1]",
            "\"ana\"@example.com",
            long.as_str(),
            longer.as_str(),
        ] {
            assert!(!is_email(bad), "{bad:?}");
        }
    }
}
