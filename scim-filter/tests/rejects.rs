//! What is refused, where, and in which words.

use std::fmt::Write;

use scim_filter::{AttrPath, Dialect, Filter, ParseError, ParseErrorKind, Path};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn known() -> Dialect<'static> {
    Dialect::with_urns([ENTERPRISE])
}

fn filter_error(text: &str) -> ParseError {
    Filter::parse(text, &known()).expect_err(text)
}

fn path_error(text: &str) -> ParseError {
    Path::parse(text, &known()).expect_err(text)
}

/// Filters that are none. What each of them gets to read stands in the snapshot.
const FILTERS: [&str; 62] = [
    // Nothing, or not enough.
    "",
    "   ",
    "userName",
    "userName ",
    "userName eq",
    "userName eq ",
    "a pr and",
    "a pr and ",
    "a pr or)",
    "not",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User eq \"x\"",
    // Operators.
    "userName = \"x\"",
    "userName regex \"x\"",
    "userName==\"x\"",
    "userName\"x\"",
    "title present",
    "userName eq\"x\"",
    "a pr b pr",
    "a pr && b pr",
    "a pr and and b pr",
    "a pr or not b pr",
    "a pr pr",
    // Values.
    "userName eq bjensen",
    "userName eq 'bjensen'",
    "active eq True",
    "active eq tru",
    "deleted eq NULL",
    "a eq 01",
    "a eq +1",
    "a eq 1.",
    "a eq .5",
    "a eq 1e",
    "a eq -",
    "a eq 1,5",
    "a eq {\"b\": 1}",
    "a eq [1]",
    "a eq \"x\"y",
    "a eq \"x\"and b pr",
    "a eq \"x",
    "a eq \"x\\\"",
    "a eq \"\\q\"",
    "a eq \"caf\\u00e\"",
    "a eq \"ñ\\ud800\"",
    "a eq \"\\udc00\\n\"",
    "a eq \"one\ntwo\"",
    "a eq )",
    // Names.
    "1a pr",
    "_a pr",
    "$ref pr",
    "größe pr",
    "a.b.c pr",
    "a..b pr",
    "a. pr",
    "emails:type pr",
    "urn:x:y: pr",
    "userName\teq \"x\"",
    // Parentheses and brackets.
    "()",
    "(a pr",
    "a pr)",
    "emails[type eq \"work\"",
    "emails[type eq \"work\" and phones[type pr]]",
    "name.sub[a pr]",
];

/// Paths that are none.
const PATHS: [&str; 14] = [
    "",
    "/emails/0",
    "emails[0].value",
    "emails[]",
    "emails[type eq \"work\"",
    "emails[type eq \"work\"].",
    "emails[type eq \"work\"].a.b",
    "emails[type eq \"work\"] value",
    "emails[type like \"work\"]",
    "emails[type eq \"work\"].value eq \"x\"",
    "active eq true",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User[a pr]",
    "not (a pr)",
];

#[test]
fn every_refusal_is_drawn_below_the_text() {
    let mut drawings = String::new();
    let errors = FILTERS.map(|text| (text, filter_error(text))).into_iter().chain(PATHS.map(|text| (text, path_error(text))));
    for (text, error) in errors {
        assert!(error.offset() <= text.len(), "{text}");
        assert_eq!(error.kind(), ParseErrorKind::Syntax, "{text}");
        writeln!(drawings, "{}\n= {error}\n", error.render(text)).expect("a string takes everything");
    }
    insta::assert_snapshot!(drawings);
}

#[test]
fn the_table_has_no_text_twice() {
    for (index, text) in FILTERS.iter().enumerate() {
        assert!(!FILTERS[..index].contains(text), "{text}");
    }
}

#[test]
fn the_offset_is_that_of_the_first_byte_the_grammar_cannot_accept() {
    for (text, offset) in [
        ("", 0),
        ("userName eq", 11),
        ("userName regex \"x\"", 9),
        ("a eq 1 and b like 2", 13),
        ("a eq \"é\" und b pr", 10),
        ("größe pr", 2),
        ("(a pr or (b pr)", 15),
        ("a[b pr or c[d pr]]", 11),
        ("a eq \"é\\q\"", 8),
    ] {
        assert_eq!(filter_error(text).offset(), offset, "{text}");
    }
}

#[test]
fn a_message_says_what_was_expected_and_what_was_found() {
    let error = filter_error("userName regex \"x\"");
    assert_eq!(error.expected(), "an operator after the attribute path");
    assert_eq!(
        error.to_string(),
        "expected an operator after the attribute path, found `regex` at byte 9; allowed here: eq, ne, co, sw, ew, gt, ge, lt, le, pr"
    );
    assert_eq!(filter_error("userName eq").to_string(), "expected a value after `eq`, found the end at byte 11");
}

#[test]
fn a_filter_between_the_brackets_of_a_path_is_at_fault_itself() {
    for (text, in_filter) in [
        ("emails[type like \"work\"]", true),
        ("emails[type eq work].value", true),
        ("emails[]", true),
        ("emails[type eq \"work\" x]", true),
        ("emails[type eq \"work\"", false),
        ("emails[type eq", false),
        ("emails[ ", false),
        ("emails[0]", false),
        ("emails[ 12 ].value", false),
        ("emails[type pr].value.x", false),
        ("emails[type pr] x", false),
        ("1emails[type pr]", false),
        ("a.b[type pr]", false),
    ] {
        assert_eq!(path_error(text).is_in_filter(), in_filter, "{text}");
    }
    assert!(filter_error("(a pr").is_in_filter());
}

#[test]
fn an_attribute_path_is_neither_a_urn_nor_a_filter() {
    for (text, message) in [
        (ENTERPRISE, "expected `:` and an attribute name after the schema URN, found the end at byte 58"),
        ("a[b pr]", "expected the end of the attribute path, found `[` at byte 1"),
        ("a pr", "expected the end of the attribute path, found `pr` at byte 2"),
        ("", "expected an attribute path, found the end at byte 0"),
        ("$ref", "expected an attribute name, found `$` at byte 0; names start with a letter"),
    ] {
        let error = AttrPath::parse(text, &known()).expect_err(text);
        assert_eq!((error.to_string().as_str(), error.is_in_filter()), (message, false));
    }
}

#[test]
fn what_stands_before_the_colon_must_be_a_uri() {
    for urn in ["a", "1urn:a", "urn:", ":a", "urn:a{b", "urn:%2", "urn:%zz", "urn:é", "urn:a\\b", "ürn:a"] {
        let text = format!("{urn}:name");
        let error = AttrPath::parse(&text, &known()).expect_err(&text);
        assert_eq!((error.expected(), error.offset()), ("a schema URN before `:`", 0), "{text}");
    }
    // A registered one need not be.
    assert!(AttrPath::parse("a:name", &Dialect::with_urns(["a"])).is_ok());
}

#[test]
fn the_dialects_accept_nothing_beyond_what_they_name() {
    let bare = Dialect::lexical().bare_tokens();
    for text in ["a eq 'x'", "a eq {x}", "a eq [x]", "a eq x\"y\"", "a eq (x)", "a eq", "a eq ", "a eq x\ty", "a eq x(y)"] {
        assert!(Filter::parse(text, &bare).is_err(), "{text}");
    }
    let dotted = known().dot_after_urn();
    for text in [format!("{ENTERPRISE}."), format!("{ENTERPRISE}.1"), format!("{ENTERPRISE}.a.b.c"), format!("{ENTERPRISE}..a")] {
        assert!(Path::parse(&text, &dotted).is_err(), "{text}");
    }
    let compared = Dialect::lexical().compare_after_value_path();
    for text in ["a[b pr] pr", "a[b pr]eq 1", "a[b pr] like 1", "a[b pr] eq", "a[b pr eq 1]"] {
        assert!(Filter::parse(text, &compared).is_err(), "{text}");
    }
    assert!(Filter::parse("a[b pr] eq 1", &Dialect::lexical()).is_err());
    assert!(Path::parse("a[b pr] eq 1", &compared).is_err());
}

#[test]
fn no_error_repeats_more_than_64_characters_of_the_text() {
    for text in [
        format!("Z{}", "Z".repeat(9000)),
        format!("a eq \"{}", "Z".repeat(9000)),
        format!("a eq {}", "Z".repeat(9000)),
        format!("a {} 1", "Z".repeat(9000)),
        format!("a eq \"{}\\q{}\"", "Z".repeat(4000), "Z".repeat(4000)),
        format!("{}.{}.{} pr", "Z".repeat(300), "Z".repeat(300), "Z".repeat(300)),
        format!("a eq 1 {}", "Z".repeat(9000)),
        "Z".repeat(20_000),
    ] {
        let error = filter_error(&text);
        for shown in [error.to_string(), error.render(&text), format!("{error:?}")] {
            assert!(shown.matches('Z').count() <= 64, "{shown}");
        }
    }
}

#[test]
fn control_characters_are_never_repeated_as_they_are() {
    for text in ["a\u{1b}[31m pr", "a eq \"\u{7}\"", "a eq \u{202e}x", "\r\nSet-Cookie: x", "a eq 1 \u{0}"] {
        let error = filter_error(text);
        assert!(!error.to_string().contains(char::is_control), "{error}");
        assert!(error.render(text).lines().all(|line| !line.contains(char::is_control)), "{}", error.render(text));
        assert_eq!(error.render(text).lines().count(), 3);
        assert!(!error.render(text).contains('\u{202e}'));
    }
}
