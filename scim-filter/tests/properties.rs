//! Properties of all filters and paths: what is written in any way is read as meant, and what is printed is read again.

mod support;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use scim_filter::{AttrExp, AttrPath, CompValue, CompareOp, Dialect, Filter, Logic, Path, Term, Test};
use support::{Exp, Model, OPERATORS, Rng, Value};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec!["userName", "emails", "value", "type", "not", "and", "or", "pr", "eq", "true", "null"]).prop_map(str::to_owned),
        "[a-zA-Z][a-zA-Z0-9_$-]{0,6}",
    ]
}

fn sub() -> impl Strategy<Value = String> {
    prop_oneof![4 => name(), 1 => Just("$ref".to_owned())]
}

fn urn() -> impl Strategy<Value = String> {
    prop_oneof![4 => Just(String::new()), 1 => Just(format!("{USER}:")), 1 => Just("urn:example:2.0:Thing:".to_owned())]
}

fn path() -> impl Strategy<Value = String> {
    (urn(), name(), option::weighted(0.3, sub())).prop_map(|(urn, name, sub)| match sub {
        Some(sub) => format!("{urn}{name}.{sub}"),
        None => format!("{urn}{name}"),
    })
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(vec!["true", "false", "null"]).prop_map(Value::Literal),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?".prop_map(Value::Number),
        ".{0,12}".prop_map(Value::Text),
        "[\\x00-\\x22\\\\\\[\\]() /é😀]{0,6}".prop_map(Value::Text),
    ]
}

fn exp(path: impl Strategy<Value = String>) -> impl Strategy<Value = Exp> {
    (path, option::weighted(0.8, (select(OPERATORS.to_vec()), value()))).prop_map(|(path, test)| Exp { path, test })
}

fn logic(leaf: impl Strategy<Value = Model> + 'static) -> impl Strategy<Value = Model> {
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Model::And),
            vec(inner.clone(), 2..4).prop_map(Model::Or),
            inner.prop_map(|operand| Model::Not(Box::new(operand))),
        ]
    })
}

fn value_filter() -> impl Strategy<Value = Model> {
    logic(exp(sub()).prop_map(Model::Exp))
}

fn filter() -> impl Strategy<Value = Model> {
    let value_path = (urn(), name(), value_filter(), option::of(exp(sub())))
        .prop_map(|(urn, name, filter, then)| Model::Value(format!("{urn}{name}"), Box::new(filter), then));
    logic(prop_oneof![3 => exp(path()).prop_map(Model::Exp), 1 => value_path])
}

/// What a model is, in a notation that parsed filters have, too: operands of the same kind stand in one list.
fn meant(model: &Model) -> String {
    match model {
        Model::And(operands) => meant_list("and", operands, |operand| match operand {
            Model::And(inner) => Some(inner),
            Model::Or(_) | Model::Not(_) | Model::Exp(_) | Model::Value(..) => None,
        }),
        Model::Or(operands) => meant_list("or", operands, |operand| match operand {
            Model::Or(inner) => Some(inner),
            Model::And(_) | Model::Not(_) | Model::Exp(_) | Model::Value(..) => None,
        }),
        Model::Not(operand) => format!("(not {})", meant(operand)),
        Model::Exp(exp) => meant_exp(exp),
        Model::Value(attr, filter, then) => {
            let then = then.as_ref().map_or(String::new(), meant_exp);
            format!("({attr} {} {then})", meant(filter))
        }
    }
}

fn meant_exp(exp: &Exp) -> String {
    let path = &exp.path;
    match &exp.test {
        None => format!("{path} pr"),
        Some((op, Value::Literal(text))) => format!("{path} {op} literal {text}"),
        Some((op, Value::Number(text))) => format!("{path} {op} number {text}"),
        Some((op, Value::Text(text))) => format!("{path} {op} string {text:?}"),
    }
}

fn meant_list(kind: &str, operands: &[Model], same: fn(&Model) -> Option<&Vec<Model>>) -> String {
    fn flatten<'a>(operand: &'a Model, same: fn(&Model) -> Option<&Vec<Model>>, flat: &mut Vec<&'a Model>) {
        match same(operand) {
            Some(inner) => inner.iter().for_each(|operand| flatten(operand, same, flat)),
            None => flat.push(operand),
        }
    }
    let mut flat = Vec::new();
    operands.iter().for_each(|operand| flatten(operand, same, &mut flat));
    let meant: Vec<_> = flat.into_iter().map(meant).collect();
    format!("({kind} {})", meant.join(" "))
}

/// What the parser made of a filter, in the notation of [`meant`].
fn shape<T>(logic: &Logic<T>, term: &dyn Fn(&T) -> String) -> String {
    let list = |kind: &str, operands: &[Logic<T>]| {
        let shapes: Vec<_> = operands.iter().map(|operand| shape(operand, term)).collect();
        format!("({kind} {})", shapes.join(" "))
    };
    match logic {
        Logic::And(operands) => list("and", operands),
        Logic::Or(operands) => list("or", operands),
        Logic::Not(operand) => format!("(not {})", shape(operand, term)),
        Logic::Term(inner) => term(inner),
    }
}

fn shape_of_term(term: &Term<'_>) -> String {
    match term {
        Term::AttrExp(exp) => shape_of_exp(exp),
        Term::ValuePath(path) => {
            let then = path.then().map_or(String::new(), shape_of_exp);
            format!("({} {} {then})", path.attr(), shape(path.filter(), &shape_of_exp))
        }
    }
}

fn shape_of_exp(exp: &AttrExp<'_>) -> String {
    let path = exp.path();
    match exp.test() {
        Test::Present => format!("{path} pr"),
        Test::Compare(op, CompValue::Null) => format!("{path} {op} literal null"),
        Test::Compare(op, CompValue::Boolean(value)) => format!("{path} {op} literal {value}"),
        Test::Compare(op, CompValue::Number(text)) => format!("{path} {op} number {text}"),
        Test::Compare(op, CompValue::String(text)) => format!("{path} {op} string {text:?}"),
    }
}

fn dialects() -> [Dialect<'static>; 3] {
    [
        Dialect::lexical(),
        Dialect::with_urns([USER]),
        Dialect::with_urns([USER, "urn:example:2.0"]).bare_tokens().dot_after_urn().compare_after_value_path(),
    ]
}

/// Texts that are almost filters.
fn word_salad() -> impl Strategy<Value = String> {
    let words = vec![
        "a",
        "userName",
        "emails",
        ".value",
        ".",
        ":",
        "urn:x:y:",
        USER,
        "eq",
        "PR",
        "co",
        "and",
        "OR",
        "not",
        "(",
        ")",
        "[",
        "]",
        " ",
        " ",
        " ",
        "  ",
        "\"",
        "\"x\"",
        "\"\\u00e9\"",
        "\\",
        "\\ud800",
        "1",
        "-",
        "1.5e3",
        "true",
        "null",
        "'x'",
        "{",
        "}",
        "é",
        "\t",
        "\0",
        "$ref",
        ",",
    ];
    vec(select(words), 0..24).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_filter_written_in_any_way_is_read_as_meant_and_prints_so_that_it_is_read_again(model in filter(), style: u64) {
        let mut text = String::new();
        model.write(&mut Rng(style), &mut text);
        for dialect in dialects() {
            let parsed = Filter::parse(&text, &dialect).map_err(|error| TestCaseError::fail(error.render(&text)))?;
            prop_assert_eq!(shape(parsed.root(), &shape_of_term), meant(&model));

            let printed = parsed.to_string();
            let again = Filter::parse(&printed, &dialect).map_err(|error| TestCaseError::fail(error.render(&printed)))?;
            prop_assert_eq!(&again, &parsed);
            prop_assert_eq!(again.to_string(), printed.as_str());
            prop_assert_eq!(&parsed.clone().into_owned(), &parsed);
        }
    }

    #[test]
    fn a_path_prints_so_that_it_is_read_again(
        urn in urn(), name in name(), filter in option::of(value_filter()), sub in option::of(sub()), style: u64,
    ) {
        let mut text = format!("{urn}{name}");
        if let Some(filter) = &filter {
            text.push('[');
            filter.write(&mut Rng(style), &mut text);
            text.push(']');
        }
        if let Some(sub) = &sub {
            text = format!("{text}.{sub}");
        }
        for dialect in dialects() {
            let parsed = Path::parse(&text, &dialect).map_err(|error| TestCaseError::fail(error.render(&text)))?;
            prop_assert_eq!(parsed.urn().unwrap_or_default(), urn.trim_end_matches(':'));
            prop_assert_eq!(parsed.name(), Some(name.as_str()));
            prop_assert_eq!(parsed.sub(), sub.as_deref());
            prop_assert_eq!(parsed.filter().map(|filter| shape(filter, &shape_of_exp)), filter.as_ref().map(meant));
            let printed = parsed.to_string();
            let again = Path::parse(&printed, &dialect);
            prop_assert_eq!(again.as_ref(), Ok(&parsed));
        }
    }

    #[test]
    fn filters_built_from_parts_are_read_again(model in filter(), other in filter(), value in ".{0,9}", op in select(CompareOp::ALL.to_vec())) {
        let texts = [&model, &other].map(|model| {
            let mut text = String::new();
            model.write(&mut Rng(0), &mut text);
            text
        });
        let dialect = Dialect::lexical();
        let parse = |text: &'_ str| Filter::parse(text, &dialect).map(Filter::into_owned).map_err(|error| TestCaseError::fail(error.render(text)));
        let (left, right) = (parse(&texts[0])?, parse(&texts[1])?);
        let exp = AttrPath::parse("a.b", &dialect).and_then(|path| Filter::attr(path, op, CompValue::String(value.into())));
        let built = exp.and_then(|exp| left.and(right)?.not()?.or(exp));
        let built = built.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&parse(&built.to_string())?, &built);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in prop_oneof![word_salad(), ".{0,40}", "\\PC{0,40}"]) {
        for dialect in dialects() {
            let error = Filter::parse(&text, &dialect).map(|filter| filter.to_string()).err();
            let path_error = Path::parse(&text, &dialect).map(|path| path.to_string()).err();
            let name_error = AttrPath::parse(&text, &dialect).map(|path| path.to_string()).err();
            for error in [error, path_error, name_error].into_iter().flatten() {
                prop_assert!(error.offset() <= text.len());
                prop_assert_eq!(error.render(&text).lines().count(), 3);
                prop_assert!(!error.to_string().contains(char::is_control));
            }
        }
    }
}
