//! The smallest server: the promise of its size.

#[test]
fn the_hello_example_has_at_most_25_lines() {
    let source = include_str!("../../examples/hello.rs");
    let lines = source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count();
    assert!((5..=25).contains(&lines), "{lines} lines neither blank nor comment");
    assert!(!source.contains("/*"), "comments are counted by their `//`");
    assert!(source.lines().all(|line| line.chars().count() <= 140 && line.matches(';').count() <= 1), "as rustfmt leaves it");
}
