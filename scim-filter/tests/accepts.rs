//! What is read as a filter, path or attribute path, and how it prints.

use scim_filter::{AttrPath, CompValue, CompareOp, Dialect, Filter, Logic, Path, Term, Test};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn known() -> Dialect<'static> {
    Dialect::with_urns([USER, ENTERPRISE])
}

/// The text is a filter in the dialect, and prints so, and the print reads as the same filter.
#[track_caller]
fn prints_in(dialect: &Dialect<'_>, text: &str, canonical: &str) {
    let filter = Filter::parse(text, dialect).unwrap_or_else(|error| panic!("{}", error.render(text)));
    assert_eq!(filter.to_string(), canonical);
    assert_eq!(Filter::parse(canonical, dialect).as_ref(), Ok(&filter));
    assert_eq!(filter.clone().into_owned(), filter);
}

#[track_caller]
fn prints(text: &str, canonical: &str) {
    prints_in(&Dialect::lexical(), text, canonical);
}

#[track_caller]
fn path_prints(dialect: &Dialect<'_>, text: &str, canonical: &str) {
    let path = Path::parse(text, dialect).unwrap_or_else(|error| panic!("{}", error.render(text)));
    assert_eq!(path.to_string(), canonical);
    assert_eq!(Path::parse(canonical, dialect).as_ref(), Ok(&path));
    assert_eq!(path.clone().into_owned(), path);
}

/// The value that `a eq TEXT` compares with.
#[track_caller]
fn value_in(dialect: &Dialect<'_>, text: &str) -> CompValue<'static> {
    let filter = format!("a eq {text}");
    let filter = Filter::parse(&filter, dialect).unwrap_or_else(|error| panic!("{}", error.render(&filter))).into_owned();
    match filter.root() {
        Logic::Term(Term::AttrExp(exp)) => match exp.test() {
            Test::Compare(CompareOp::Eq, value) => value.clone(),
            test => panic!("`eq` became {test:?}"),
        },
        root => panic!("one comparison became {root:?}"),
    }
}

fn string(text: &str) -> CompValue<'static> {
    CompValue::String(text.to_owned().into())
}

#[test]
fn every_operator_is_read_in_any_case() {
    for op in CompareOp::ALL {
        let canonical = format!("a {op} 1");
        prints(&canonical, &canonical);
        prints(&format!("a {} 1", op.as_str().to_ascii_uppercase()), &canonical);
    }
    prints("title PR", "title pr");
    prints("a Pr AND b pR oR NOT (c pr)", "a pr and b pr or not (c pr)");
}

#[test]
fn blanks_may_be_many_and_may_stand_next_to_brackets() {
    prints("  a   eq   1   and   b   pr  ", "a eq 1 and b pr");
    prints("( a pr )", "a pr");
    prints("not  ( a pr )", "not (a pr)");
    prints("not(a pr)", "not (a pr)");
    prints("emails [ type eq \"work\" ] .value  eq  \"x\"", "emails[type eq \"work\"].value eq \"x\"");
    path_prints(&known(), "  emails [ type eq \"work\" ] .value ", "emails[type eq \"work\"].value");
    path_prints(&known(), " name.givenName ", "name.givenName");
}

#[test]
fn only_the_parentheses_that_matter_are_printed() {
    prints("((a pr))", "a pr");
    prints("(a pr and b pr) and (c pr and (d pr))", "a pr and b pr and c pr and d pr");
    prints("(a pr or b pr) or c pr", "a pr or b pr or c pr");
    prints("(a pr or b pr) and c pr", "(a pr or b pr) and c pr");
    prints("(a pr and b pr) or c pr", "a pr and b pr or c pr");
    prints("not (not (a pr))", "not (not (a pr))");
    prints("not ((a pr or b pr))", "not (a pr or b pr)");
    prints("a[(b pr or (c pr)) and not(d pr)]", "a[(b pr or c pr) and not (d pr)]");
}

#[test]
fn every_simple_json_value_is_a_comparison_value() {
    let dialect = Dialect::lexical();
    assert_eq!(value_in(&dialect, "null"), CompValue::Null);
    assert_eq!(value_in(&dialect, "true"), CompValue::Boolean(true));
    assert_eq!(value_in(&dialect, "false"), CompValue::Boolean(false));
    assert_eq!(value_in(&dialect, r#""""#), string(""));
    for number in ["0", "-0", "1", "-12", "10.50", "1e9", "1E+9", "0.1e-9", "123456789012345678901234567890", "1.0"] {
        assert_eq!(value_in(&dialect, number), CompValue::Number(number.to_owned().into()));
        prints(&format!("a eq {number}"), &format!("a eq {number}"));
    }
}

#[test]
fn strings_are_decoded_and_printed_as_json() {
    let dialect = Dialect::lexical();
    for (text, decoded) in [
        (r#""a\"b\\c\/d""#, "a\"b\\c/d"),
        (r#""\b\f\n\r\t""#, "\u{8}\u{c}\n\r\t"),
        (r#""\u00e9\u4e2d\ud83d\ude00\u0000""#, "é中😀\0"),
        (r#""é中😀""#, "é中😀"),
        (r#""(not) [and] or ' , 100% + &""#, "(not) [and] or ' , 100% + &"),
        (r#""\\""#, "\\"),
    ] {
        assert_eq!(value_in(&dialect, text), string(decoded), "{text}");
    }
    prints(r#"a eq "\u0041\/\u00e9\u000a\u0001""#, r#"a eq "A/é\n\u0001""#);
}

#[test]
fn a_string_without_escapes_is_borrowed_from_the_text() {
    let filter = Filter::parse(r#"a eq "plain" or a eq "esc\u0061ped""#, &Dialect::lexical()).expect("a filter");
    let borrowed = filter.root().try_map(&mut |term| match term {
        Term::AttrExp(exp) => match exp.test() {
            Test::Compare(_, CompValue::String(text)) => Ok(matches!(text, std::borrow::Cow::Borrowed(_))),
            test => Err(format!("{test:?}")),
        },
        Term::ValuePath(path) => Err(path.to_string()),
    });
    let Ok(Logic::Or(operands)) = borrowed else { panic!("two comparisons became {borrowed:?}") };
    assert_eq!(operands.to_vec(), [Logic::Term(true), Logic::Term(false)]);
}

#[test]
fn value_paths_take_a_test_of_a_sub_attribute_behind_the_brackets() {
    prints(r#"emails[type eq "work"].value eq "x""#, r#"emails[type eq "work"].value eq "x""#);
    prints(r#"emails[type eq "work"].value pr and a pr"#, r#"emails[type eq "work"].value pr and a pr"#);
    prints(r#"(emails[type eq "work"].value)"#, r#"emails[type eq "work"].value pr"#);
    prints(r#"emails[type eq "work"].value OR a pr"#, r#"emails[type eq "work"].value pr or a pr"#);
    prints(r#"members[$ref eq "x"].$ref sw "https""#, r#"members[$ref eq "x"].$ref sw "https""#);

    let text = r#"emails[type eq "work"].value eq "x""#;
    let filter = Filter::parse(text, &Dialect::lexical()).expect("a filter");
    let Logic::Term(Term::ValuePath(path)) = filter.root() else { panic!("a value path is at the root") };
    let then = path.then().expect("a test behind the brackets");
    assert_eq!((path.attr().name(), then.path().name(), then.path().sub()), ("emails", "value", None));
    assert_eq!((&text[then.op_span()], &text[then.value_span()]), ("eq", "\"x\""));
}

#[test]
fn keywords_may_be_names_of_attributes_where_no_parenthesis_follows() {
    prints("not pr", "not pr");
    prints("not eq 1 and and eq 2 or or pr", "not eq 1 and and eq 2 or or pr");
    prints("not (not pr)", "not (not pr)");
    prints("pr pr and eq eq 1", "pr pr and eq eq 1");
    prints("not.sub pr", "not.sub pr");
    prints("not[and pr]", "not[and pr]");
    prints("true eq true", "true eq true");
}

#[test]
fn names_have_letters_digits_hyphens_underscores_and_dollars() {
    prints("a-b_c$1.$d-2 pr", "a-b_c$1.$d-2 pr");
    prints("A1 pr", "A1 pr");
    let name = AttrPath::parse(" sort-By.sub ", &Dialect::lexical()).expect("an attribute path");
    assert_eq!((name.name(), name.sub(), name.span()), ("sort-By", Some("sub"), 1..12));
}

#[test]
fn an_unknown_urn_ends_at_the_last_colon_before_the_name() {
    for dialect in [Dialect::lexical(), known(), known().dot_after_urn()] {
        let path = AttrPath::parse("urn:example:2.0:Thing:name.givenName", &dialect).expect("an attribute path");
        assert_eq!(path.urn(), Some("urn:example:2.0:Thing"));
        assert_eq!((path.name(), path.sub()), ("name", Some("givenName")));
        prints_in(&dialect, "urn:x-y:a%20b:c pr", "urn:x-y:a%20b:c pr");
    }
}

#[test]
fn a_known_urn_is_found_in_any_case_and_kept_as_written() {
    let text = "URN:ietf:params:scim:schemas:CORE:2.0:user:name.givenName";
    let path = Path::parse(text, &known()).expect("a path");
    assert_eq!(path.urn(), Some("URN:ietf:params:scim:schemas:CORE:2.0:user"));
    assert_eq!((path.name(), path.sub()), (Some("name"), Some("givenName")));
    assert_eq!(Path::parse(&format!("{USER}:name.givenName"), &known()), Ok(path));
}

#[test]
fn a_known_urn_alone_is_found_in_any_case() {
    let text = ENTERPRISE.to_ascii_uppercase();
    let path = Path::parse(&text, &known()).expect("a URN alone");
    assert_eq!((path.urn(), path.name()), (Some(text.as_str()), None));
    assert_eq!(Path::parse(ENTERPRISE, &known()), Ok(path));

    let text = format!("{text}.Department");
    let path = Path::parse(&text, &known().dot_after_urn()).expect("a path");
    assert_eq!(path.name(), Some("Department"));
}

#[test]
fn an_unknown_urn_may_have_every_character_of_a_uri() {
    for urn in ["urn:a/b?c#d@e!f'g*h+i,j;k=l&m~n$o_p-q.r", "urn:x:%C3%a9", "a+b-c.d:e", "http://schemas.example/1.0"] {
        let text = format!("{urn}:name");
        let path = AttrPath::parse(&text, &Dialect::lexical()).unwrap_or_else(|error| panic!("{}", error.render(&text)));
        assert_eq!((path.urn(), path.name(), path.span()), (Some(urn), "name", 0..text.len()));
    }
}

#[test]
fn the_longest_known_urn_wins() {
    let dialect = Dialect::with_urns(["urn:a:b", "urn:a:b:c"]);
    let alone = Path::parse("urn:a:b:c", &dialect).expect("a URN alone");
    assert_eq!((alone.urn(), alone.name(), alone.sub()), (Some("urn:a:b:c"), None, None));
    let attribute = Path::parse("urn:a:b:c:d", &dialect).expect("a path");
    assert_eq!((attribute.urn(), attribute.name()), (Some("urn:a:b:c"), Some("d")));
    let shorter = Path::parse("urn:a:b:d", &dialect).expect("a path");
    assert_eq!((shorter.urn(), shorter.name()), (Some("urn:a:b"), Some("d")));
    // Known to nobody: the server says so, not the grammar.
    let unknown = Path::parse("urn:a:b:x:y", &dialect).expect("a path");
    assert_eq!((unknown.urn(), unknown.name()), (Some("urn:a:b:x"), Some("y")));
}

#[test]
fn a_known_urn_alone_is_a_path() {
    path_prints(&known(), ENTERPRISE, ENTERPRISE);
    // Without knowing it, its last part reads as an attribute.
    let lexical = Path::parse(USER, &Dialect::lexical()).expect("a path");
    assert_eq!((lexical.urn(), lexical.name()), (Some("urn:ietf:params:scim:schemas:core:2.0"), Some("User")));
}

#[test]
fn urn_paths_of_real_clients_are_split_at_the_schema() {
    for (text, urn, name, sub) in [
        (format!("{ENTERPRISE}:manager.value"), ENTERPRISE, "manager", Some("value")),
        (format!("{ENTERPRISE}:department"), ENTERPRISE, "department", None),
        (format!("{USER}:title"), USER, "title", None),
    ] {
        for dialect in [Dialect::lexical(), known()] {
            let path = Path::parse(&text, &dialect).expect("a path");
            assert_eq!((path.urn(), path.name(), path.sub()), (Some(urn), Some(name), sub));
        }
    }
    let text = format!(r#"{USER}:emails[type eq "work"].value"#);
    path_prints(&known(), &text, &text);
    let filter = format!(r#"{USER}:emails[type eq "work" and {USER}:emails.value pr]"#);
    prints_in(&known(), &filter, &filter);
}

#[test]
fn bare_tokens_are_strings_where_they_are_permitted() {
    let dialect = Dialect::lexical().bare_tokens();
    for token in ["ana.diaz", "True", "FALSE", "Null", "O'Malley", "ana@example.com", "01", "+1", "1.", "ü", "a:b", "a\\b", "and"] {
        assert_eq!(value_in(&dialect, token), string(token), "{token}");
    }
    assert_eq!(value_in(&dialect, "true"), CompValue::Boolean(true));
    assert_eq!(value_in(&dialect, "12"), CompValue::Number("12".into()));
    assert_eq!(value_in(&dialect, "\"x\""), string("x"));
    prints_in(&dialect, r"(externalId eq ana.diaz) and roles[primary eq True]", r#"externalId eq "ana.diaz" and roles[primary eq "True"]"#);
    prints_in(&dialect, r"a eq a\b", r#"a eq "a\\b""#);
}

#[test]
fn a_dot_may_follow_a_known_urn_where_it_is_permitted() {
    let dialect = known().dot_after_urn();
    for (text, canonical) in [
        (format!("{ENTERPRISE}.department"), format!("{ENTERPRISE}:department")),
        (format!("{ENTERPRISE}.manager.value"), format!("{ENTERPRISE}:manager.value")),
        (format!("{ENTERPRISE}:manager.value"), format!("{ENTERPRISE}:manager.value")),
        (format!("{ENTERPRISE}.a[b pr].c"), format!("{ENTERPRISE}:a[b pr].c")),
        (ENTERPRISE.to_owned(), ENTERPRISE.to_owned()),
    ] {
        path_prints(&dialect, &text, &canonical);
    }
    // Elsewhere the dot is that of a sub-attribute, and the URN is another, unknown one.
    let text = format!("{ENTERPRISE}.department");
    let path = Path::parse(&text, &known()).expect("a path");
    assert_eq!(path.urn(), Some("urn:ietf:params:scim:schemas:extension:enterprise:2.0"));
    assert_eq!((path.name(), path.sub()), (Some("User"), Some("department")));
}

#[test]
fn a_dotted_urn_never_prints_as_another_known_urn() {
    let dialect = Dialect::with_urns(["urn:x:y", "urn:x:y:b"]).dot_after_urn();
    // As `urn:x:y:b.c` it would be read as `c` of the longer URN; so the dot is not taken for a colon.
    let error = Path::parse("urn:x:y.b.c", &dialect).expect_err("two sub-attributes");
    assert_eq!(error.offset(), 9);
    path_prints(&dialect, "urn:x:y.c.d", "urn:x:y:c.d");
    path_prints(&dialect, "urn:x:y:b.c", "urn:x:y:b:c");
}

#[test]
fn a_comparison_may_follow_a_value_path_where_it_is_permitted() {
    let dialect = Dialect::lexical().compare_after_value_path();
    prints_in(&dialect, r#"emails[type eq "work"] eq "x""#, r#"emails[type eq "work"].value eq "x""#);
    prints_in(&dialect, r#"emails[type eq "work"] and a pr"#, r#"emails[type eq "work"] and a pr"#);
    prints_in(&dialect, r#"(emails[type eq "work"])"#, r#"emails[type eq "work"]"#);
}

#[test]
fn the_tree_tells_where_its_parts_stand() {
    let text = "  b.c  Gt  12 or not (x pr)";
    let filter = Filter::parse(text, &Dialect::lexical()).expect("a filter");
    let Logic::Or(operands) = filter.root() else { panic!("`or` is at the root") };
    let Logic::Term(Term::AttrExp(compare)) = &operands[0] else { panic!("a comparison comes first") };
    assert_eq!((&text[compare.path().span()], &text[compare.op_span()], &text[compare.value_span()]), ("b.c", "Gt", "12"));
    assert_eq!((compare.offset(), compare.path().offset()), (2, 2));
    let Logic::Not(inner) = &operands[1] else { panic!("a negation comes second") };
    let Logic::Term(Term::AttrExp(present)) = &**inner else { panic!("of a test") };
    assert_eq!((&text[present.op_span()], present.value_span().is_empty()), ("pr", true));
    assert_eq!(Filter::parse("b.c gt 12 or not(x pr)", &Dialect::lexical()), Ok(filter));
}

#[test]
fn paths_differ_in_each_of_their_parts() {
    let texts = ["a", "b", "a.b", "a[b pr]", "a[c pr]", "a[b pr].b", "urn:x:y:a", "urn:x:y"];
    let dialect = Dialect::with_urns(["urn:x:y"]);
    for (i, left) in texts.iter().enumerate() {
        for (j, right) in texts.iter().enumerate() {
            assert_eq!(Path::parse(left, &dialect) == Path::parse(right, &dialect), i == j, "{left} {right}");
        }
    }
}

#[test]
fn filters_are_built_from_parts() {
    let dialect = Dialect::lexical();
    let exp = |name, value: &str| {
        let path = AttrPath::parse(name, &dialect).expect("a name");
        Filter::attr(path, CompareOp::Eq, CompValue::String(value.to_owned().into())).expect("a small filter")
    };
    let either = exp("a", "1").or(exp("b.c", "\"")).expect("a small filter");
    let both = either.clone().and(either.not().expect("a small filter")).expect("a small filter");
    assert_eq!(both.to_string(), r#"(a eq "1" or b.c eq "\"") and not (a eq "1" or b.c eq "\"")"#);
    assert_eq!(Filter::parse(&both.to_string(), &dialect).as_ref(), Ok(&both));

    let path = || AttrPath::parse("a", &dialect).expect("a name");
    assert!(Filter::attr(path(), CompareOp::Gt, CompValue::Number("1e3".into())).is_ok());
    let error = Filter::attr(path(), CompareOp::Gt, CompValue::Number("1 or b pr".into())).expect_err("no number");
    assert_eq!(error.to_string(), "expected a JSON number, found `1 or b pr` at byte 0");
}
