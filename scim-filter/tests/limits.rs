//! The limits, at their borders and far beyond, on a stack of 2 MiB, in whatever build this is.

use std::thread;
use std::time::{Duration, Instant};

use scim_filter::{AttrPath, CompValue, CompareOp, Dialect, Filter, MAX_BYTES, MAX_DEPTH, MAX_TERMS, ParseErrorKind, Path};

/// The stack of a worker thread of the usual runtimes.
const STACK: usize = 2 * 1024 * 1024;

/// How long a refusal may take.
const REFUSAL: Duration = Duration::from_millis(10);

fn on_a_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread");
        thread.join().expect("the stack is large enough and nothing panics")
    })
}

fn filter_kind(text: &str) -> Option<ParseErrorKind> {
    Filter::parse(text, &Dialect::lexical()).err().map(|error| error.kind())
}

fn path_kind(text: &str) -> Option<ParseErrorKind> {
    Path::parse(text, &Dialect::lexical()).err().map(|error| error.kind())
}

/// `a pr` in `depth` nested forms.
fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}a pr{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn forty_levels_are_accepted_and_forty_one_refused() {
    for (open, close) in [("(", ")"), ("not (", ")"), ("not(", ")"), ("(b pr or (c pr and ", "))"), ("( ", " )")] {
        let levels = open.matches('(').count();
        assert_eq!(filter_kind(&nested(open, close, MAX_DEPTH / levels)), None, "{open}");
        let deeper = format!("({})", nested(open, close, MAX_DEPTH / levels));
        assert_eq!(filter_kind(&deeper), Some(ParseErrorKind::TooDeep), "{open}");

        // The brackets of a value path are one level.
        let inside = format!("x[{}]", nested("(", ")", MAX_DEPTH - 1));
        assert_eq!((filter_kind(&inside), path_kind(&inside)), (None, None));
        let inside = format!("x[{}]", nested(open, close, MAX_DEPTH));
        assert_eq!((filter_kind(&inside), path_kind(&inside)), (Some(ParseErrorKind::TooDeep), Some(ParseErrorKind::TooDeep)));
        let around = format!("{}x[a pr]{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
        assert_eq!(filter_kind(&around), Some(ParseErrorKind::TooDeep));
    }
}

#[test]
fn levels_count_only_while_they_are_open() {
    let text = vec!["(a pr)"; 100].join(" and ");
    assert_eq!(filter_kind(&text), None);
    assert_eq!(filter_kind(&vec!["x[a pr]"; 100].join(" or ")), None);
}

#[test]
fn a_limit_of_a_path_is_the_fault_of_the_path() {
    let text = format!("x[{}]", nested("(", ")", MAX_DEPTH));
    let error = Path::parse(&text, &Dialect::lexical()).expect_err("too deep");
    assert!(error.is_limit() && !error.is_in_filter());
    assert_eq!((error.to_string().as_str(), error.offset()), ("nested deeper than 40 levels", 1 + MAX_DEPTH));
}

#[test]
fn sixteen_kibibytes_are_accepted_and_one_byte_more_refused() {
    let dialect = Dialect::lexical();
    for (start, end) in [("a eq \"", "\""), ("a eq 1", ""), ("a", " pr"), ("a pr", " "), ("a[b eq \"é", "\"]"), (" ", "a pr")] {
        let filler = match start {
            " " | "a pr" => " ",
            _ => "1",
        };
        let exact = format!("{start}{}{end}", filler.repeat(MAX_BYTES - start.len() - end.len()));
        assert_eq!((exact.len(), filter_kind(&exact)), (MAX_BYTES, None), "{start}");
        let filter = Filter::parse(&exact, &dialect).expect("within the limit");
        assert_eq!(Filter::parse(&filter.to_string(), &dialect).as_ref(), Ok(&filter));

        let longer = format!("{start}{filler}{}", &exact[start.len()..]);
        assert_eq!((longer.len(), filter_kind(&longer)), (MAX_BYTES + 1, Some(ParseErrorKind::TooLong)), "{start}");
    }
    let path = "a".repeat(MAX_BYTES);
    assert_eq!((path_kind(&path), AttrPath::parse(&path, &dialect).is_ok()), (None, true));
    let path = "a".repeat(MAX_BYTES + 1);
    assert_eq!(path_kind(&path), Some(ParseErrorKind::TooLong));
    let error = AttrPath::parse(&path, &dialect).expect_err("too long");
    assert_eq!((error.to_string().as_str(), error.kind()), ("longer than 16384 bytes", ParseErrorKind::TooLong));
}

#[test]
fn the_offset_of_a_text_that_is_too_long_may_stand_inside_a_character() {
    let text = format!("a eq \"{}\"", "é".repeat(MAX_BYTES));
    let error = Filter::parse(&format!("{text} "), &Dialect::lexical()).expect_err("too long");
    assert_eq!(error.render(&text).lines().count(), 3);
    let shifted = format!(" {text}");
    assert_eq!(Filter::parse(&shifted, &Dialect::lexical()).expect_err("too long").render(&shifted).lines().count(), 3);
}

#[test]
fn the_canonical_form_holds_the_length_too() {
    // `not(` prints with a blank.
    let text = |length: usize| format!("not(a eq \"{}\")", "x".repeat(length - 12));
    assert_eq!((text(MAX_BYTES).len(), filter_kind(&text(MAX_BYTES))), (MAX_BYTES, Some(ParseErrorKind::TooLong)));
    // Longer only in its canonical form, so the fault stands at the end of the text.
    let shorter = format!("{} and not(b pr)", text(MAX_BYTES - 15));
    let error = Filter::parse(&shorter, &Dialect::lexical()).expect_err("too long");
    assert_eq!((error.kind(), error.offset()), (ParseErrorKind::TooLong, shorter.len()));
    let fitting = text(MAX_BYTES - 1);
    let printed = Filter::parse(&fitting, &Dialect::lexical()).expect("within the limit").to_string();
    assert_eq!((printed.len(), filter_kind(&printed)), (MAX_BYTES, None));
    // A blank that is not printed makes up for it.
    let spaced = text(MAX_BYTES - 1).replace("a eq", "a  eq");
    assert_eq!((spaced.len(), filter_kind(&spaced)), (MAX_BYTES, None));
    // What the dialects let a client leave out is printed.
    let dialect = Dialect::lexical().bare_tokens().compare_after_value_path();
    for (text, growth) in [("a eq x\\", 3), ("a[b pr] eq 1", 6), ("a[b pr].c", 3), ("a[b eq x] eq y and not(c pr)", 11)] {
        let filter = Filter::parse(text, &dialect).expect("a filter");
        assert_eq!(filter.to_string().len(), text.len() + growth, "{filter}");
        let padded = |length: usize| format!("{text} and {} pr", "z".repeat(length - text.len() - 8));
        let longest = padded(MAX_BYTES - growth);
        assert_eq!(Filter::parse(&longest, &dialect).expect("within the limit").to_string().len(), MAX_BYTES);
        assert!(Filter::parse(&padded(MAX_BYTES - growth + 1), &dialect).is_err_and(|error| error.is_limit()), "{text}");
    }
}

#[test]
fn five_hundred_terms_are_accepted_and_one_more_refused() {
    for separator in [" or ", " and "] {
        for term in ["a pr", "a eq 1", "(a pr)", "not (a pr)", "a[b pr]"] {
            let terms = |count: usize| vec![term; count].join(separator);
            assert_eq!(filter_kind(&terms(MAX_TERMS)), None, "{term}");
            assert_eq!(filter_kind(&terms(MAX_TERMS + 1)), Some(ParseErrorKind::TooManyTerms), "{term}");
        }
        let inside = |count: usize| format!("x[{}].y", vec!["a pr"; count].join(separator));
        assert_eq!((path_kind(&inside(MAX_TERMS)), path_kind(&inside(MAX_TERMS + 1))), (None, Some(ParseErrorKind::TooManyTerms)));
        // In a filter the test behind the brackets is one more.
        assert_eq!(filter_kind(&inside(MAX_TERMS)), Some(ParseErrorKind::TooManyTerms));
        assert_eq!(filter_kind(&inside(MAX_TERMS - 1)), None);
        let compared = |count: usize| format!("{} eq 1", inside(count));
        assert_eq!((filter_kind(&compared(MAX_TERMS - 1)), filter_kind(&compared(MAX_TERMS))), (None, Some(ParseErrorKind::TooManyTerms)));
    }
    let error = Filter::parse(&vec!["a pr"; 501].join(" or "), &Dialect::lexical()).map(Filter::into_owned).expect_err("too many");
    assert_eq!((error.to_string().as_str(), error.offset()), ("more than 500 comparisons", 500 * "a pr or ".len()));
}

/// Every shape that grows without bound, as what opens, what stands in the middle, and what closes.
const SHAPES: [(&str, &str, &str); 21] = [
    ("(", "", ""),
    ("(", "a pr", ")"),
    ("not (", "", ""),
    ("not (", "a pr", ")"),
    ("not(", "a pr", ")"),
    ("not ", "a pr", ""),
    ("a[", "", ""),
    ("a[", "b pr", "]"),
    ("a[(", "b pr", ")]"),
    ("[", "", ""),
    ("[", "", "]"),
    ("", "a pr", ")"),
    ("", "a pr", "]"),
    ("a pr or ", "a pr", ""),
    ("a pr and ", "a pr", ""),
    ("a pr and (b pr or ", "a pr", ")"),
    ("a[b pr] or ", "a pr", ""),
    ("a.", "a pr", ""),
    ("urn:", "a pr", ""),
    (" ", "a pr", " "),
    ("\\u0041", "a eq \"", "\""),
];

#[test]
fn texts_far_beyond_the_limits_are_refused_at_once() {
    for count in [1_000, 100_000, 1_000_000] {
        for (open, middle, close) in SHAPES {
            // A long URN and many blanks are no nesting: a thousand of them make a filter.
            let harmless = count == 1_000 && matches!(open, " " | "urn:");
            for wrong in ["", " ?", ")", "\"", "\u{0}"] {
                let text = format!("{}{middle}{}{wrong}", open.repeat(count), close.repeat(count));
                let accepted = on_a_small_stack(|| {
                    let run = || {
                        let start = Instant::now();
                        let dialect = Dialect::with_urns(["urn:x:y"]).bare_tokens().dot_after_urn().compare_after_value_path();
                        let filter = Filter::parse(&text, &dialect).map(drop).map_err(|error| (error.to_string(), error.render(&text)));
                        let path = Path::parse(&text, &dialect).map(drop).map_err(|error| (error.to_string(), error.render(&text)));
                        let name = AttrPath::parse(&text, &dialect).map(drop).map_err(|error| (error.to_string(), error.render(&text)));
                        (filter.is_ok() || path.is_ok() || name.is_ok(), start.elapsed() / 3)
                    };
                    // Others use this machine, too: the fastest of some runs counts.
                    let (accepted, mut time) = run();
                    for _ in 0..5 {
                        if time > REFUSAL {
                            time = time.min(run().1);
                        }
                    }
                    assert!(time <= REFUSAL, "{time:?} for {count} times {open:?} {close:?} {wrong:?}");
                    accepted
                });
                assert_eq!(accepted, harmless && wrong.is_empty(), "{count} times {open:?} {close:?} {wrong:?}");
            }
        }
    }
}

#[test]
fn the_largest_trees_are_printed_compared_copied_and_dropped_on_a_small_stack() {
    let deepest = [
        nested("(", ")", MAX_DEPTH),
        nested("not (", ")", MAX_DEPTH),
        nested("not (b pr or not (c pr) and ", ")", MAX_DEPTH - 1),
        nested("(b pr or c pr and ", ")", MAX_DEPTH),
        nested("b pr and (c pr or ", ")", MAX_DEPTH),
        format!("x[{}]", nested("not (b pr or c pr and ", ")", MAX_DEPTH - 1)),
        format!("{}x[a pr]{}", "not (".repeat(MAX_DEPTH - 1), ")".repeat(MAX_DEPTH - 1)),
        vec!["a[b pr].c eq 1"; MAX_TERMS / 2].join(" or "),
    ];
    for text in deepest {
        on_a_small_stack(|| {
            let dialect = Dialect::lexical();
            let filter = Filter::parse(&text, &dialect).unwrap_or_else(|error| panic!("{}", error.render(&text)));
            let printed = filter.to_string();
            assert_eq!(Filter::parse(&printed, &dialect), Ok(filter.clone()));
            assert_eq!(filter.clone().into_owned(), filter);
            assert!(!format!("{filter:?}").is_empty());
            let mut terms = 0;
            let counted = filter.root().try_map(&mut |_| {
                terms += 1;
                Ok::<_, ()>(terms)
            });
            assert!(counted.is_ok() && terms > 0);
        });
    }
}

fn small() -> Filter<'static> {
    let path = AttrPath::parse("a", &Dialect::lexical()).expect("a name");
    Filter::attr(path, CompareOp::Eq, CompValue::Null).expect("a small filter")
}

#[test]
fn what_is_built_from_parts_holds_the_depth() {
    let mut filter = small();
    for _ in 0..MAX_DEPTH {
        filter = filter.not().expect("within the limit");
    }
    assert_eq!(Filter::parse(&filter.to_string(), &Dialect::lexical()).as_ref(), Ok(&filter));
    assert!(filter.clone().and(small()).is_ok());
    assert_eq!(filter.not().map_err(|error| error.kind()), Err(ParseErrorKind::TooDeep));

    let mut filter = small();
    let mut levels = 0;
    let error = loop {
        // Each round prints one more pair of parentheses.
        match filter.or(small()).and_then(|either| either.and(small())) {
            Ok(both) => filter = both,
            Err(error) => break error,
        }
        levels += 1;
        assert_eq!(filter.to_string().matches('(').count(), levels);
    };
    assert_eq!((levels, error.kind()), (MAX_DEPTH, ParseErrorKind::TooDeep));

    let inside = format!("x[{}]", nested("not (", ")", MAX_DEPTH - 1));
    let filter = Filter::parse(&inside, &Dialect::lexical()).expect("within the limit");
    assert_eq!(filter.not().map_err(|error| error.kind()), Err(ParseErrorKind::TooDeep));
}

#[test]
fn what_is_built_from_parts_holds_the_terms_and_the_length() {
    let many = vec!["a pr"; MAX_TERMS - 2].join(" or ");
    let many = Filter::parse(&many, &Dialect::lexical()).expect("within the limit");
    let value_path = Filter::parse("x[b pr].c pr", &Dialect::lexical()).expect("a filter");
    let full = many.or(value_path).expect("within the limit");
    assert_eq!(full.or(small()).map_err(|error| error.kind()), Err(ParseErrorKind::TooManyTerms));

    let path = || AttrPath::parse("a", &Dialect::lexical()).expect("a name");
    let of_length = |length: usize| Filter::attr(path(), CompareOp::Eq, CompValue::String("x".repeat(length - 7).into()));
    assert_eq!(of_length(MAX_BYTES).map(|filter| filter.to_string().len()), Ok(MAX_BYTES));
    assert_eq!(of_length(MAX_BYTES + 1).map_err(|error| error.kind()), Err(ParseErrorKind::TooLong));
    let half = of_length(MAX_BYTES / 2).expect("within the limit");
    assert_eq!(half.clone().and(half).map_err(|error| error.kind()), Err(ParseErrorKind::TooLong));
}
