//! Searching inside of texts: the rows whose values can have a part, by their trigrams. Each of them is looked at once more.

use scim_server::filter::{Bounds, CompareOp, Condition};
use sea_orm::sea_query::{BinOper, Cond, Expr, ExprTrait, JoinType, Query, SelectStatement, TableRef};

use super::Planner;
use super::selection::{Keys, Reach, Selection};
use super::values::value_test;
use crate::engine::Engine;
use crate::explain::{Search, SearchedBy};
use crate::index::IndexedPath;
use crate::table::{search, value};

/// What a trigram index is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    /// SQLite: an expression of FTS5.
    Match(String),
    /// PostgreSQL: a pattern of `LIKE` for bytes in the form `escape`.
    Like(String),
}

/// How many trigrams are asked for at most: more hardly leave out more values.
const TRIGRAMS: usize = 24;

/// Of a part with more trigrams than this every other one is asked for: they have all of its letters, and half of the lists are read.
const ALL: usize = 6;

impl Planner<'_> {
    /// How the rows are found that meet the condition, if that can be by trigrams.
    pub(super) fn pattern(&self, indexed: &IndexedPath, condition: &Condition) -> Option<Pattern> {
        let Condition::Compare(op @ (CompareOp::Co | CompareOp::Ew), key) = condition else { return None };
        if !indexed.searchable {
            return None;
        }
        let pattern = if self.trigrams { pattern(self.engine, *op, key) } else { None };
        if pattern.is_none() {
            self.note(indexed, if self.trigrams { SearchedBy::ShortText } else { SearchedBy::NoTrigrams });
        }
        pattern
    }

    /// The rows of an indexed path whose values have these trigrams.
    pub(super) fn rows_with(&self, indexed: &IndexedPath, alias: &str, pattern: &Pattern) -> Keys {
        self.note(indexed, SearchedBy::Trigrams);
        let mut keys = self.rows(indexed, alias);
        keys.reach = Reach::Part;
        let column = |name: &'static str| Expr::col((alias.to_owned(), name));
        match pattern {
            Pattern::Match(words) => {
                keys.select.and_where(column(value::VALUE).in_subquery(self.texts(indexed, words)));
            }
            Pattern::Like(pattern) => {
                // What the index knows comes first: else one that begins with the tenant would lead.
                let found = Query::select()
                    .columns([value::TENANT, value::ATTRIBUTE, value::VALUE, value::SLOT, value::ELEMENT, value::KEY])
                    .from(value::TABLE)
                    // In the words of the index, which has no other rows.
                    .and_where(Expr::col(value::ATTRIBUTE).lt(Expr::cust("0")))
                    .and_where(Expr::cust_with_exprs("encode($1, 'escape')", [Expr::col(value::VALUE)]).like(pattern))
                    .offset(0)
                    .take();
                keys.select = Query::select()
                    .from_subquery(found, alias.to_owned())
                    .and_where(column(value::TENANT).eq(self.tenant))
                    .and_where(column(value::ATTRIBUTE).eq(indexed.number))
                    .take();
            }
        }
        keys
    }

    /// The texts of an attribute that have these words, on SQLite. The trigrams lead; texts of others are left out by their numbers.
    fn texts(&self, indexed: &IndexedPath, words: &str) -> SelectStatement {
        let sum = |name: &'static str| Expr::col(("s", name)).add(Expr::cust("0"));
        let words = Expr::col(("f", search::TRIGRAMS)).binary(BinOper::Custom("MATCH"), Expr::val(words));
        Query::select()
            .column(("s", search::VALUE))
            .from_as(search::TRIGRAMS, "f")
            // In this order. A condition of a cross join stands behind it.
            .join(JoinType::CrossJoin, TableRef::from(search::TABLE).alias("s"), Cond::all())
            .and_where(words)
            .and_where(Expr::col(("s", search::ID)).equals(("f", "rowid")))
            .and_where(sum(search::TENANT).eq(self.tenant))
            .and_where(sum(search::ATTRIBUTE).eq(indexed.number))
            .take()
    }

    /// The resources with a value that meets the condition, if they can be found by trigrams.
    pub(super) fn searched(&self, indexed: &IndexedPath, condition: &Condition) -> Option<Bounds<Selection>> {
        let pattern = self.pattern(indexed, condition)?;
        let alias = self.alias("v");
        let test = value_test(self.engine, &Expr::col((alias.clone(), value::VALUE)), condition, self.inside(indexed));
        let with = |test: Expr| {
            let mut keys = self.rows_with(indexed, &alias, &pattern);
            keys.select.and_where(test);
            Selection::In(keys)
        };
        Some(match test.possibly {
            None => Bounds::exactly(with(test.certainly)),
            // A value that was cut can have any part.
            Some(possibly) => Bounds {
                certainly: Some(with(test.certainly)),
                possibly: Some(Selection::Any(vec![with(possibly), Selection::In(self.cut_rows(indexed))])),
                exact: false,
            },
        })
    }

    /// The rows that mark the values which were cut.
    fn cut_rows(&self, indexed: &IndexedPath) -> Keys {
        let alias = self.alias("v");
        let column = |name: &'static str| Expr::col((alias.clone(), name));
        let select = Query::select()
            .from_as(value::TABLE, alias.clone())
            .and_where(column(value::TENANT).eq(self.tenant))
            .and_where(column(value::ATTRIBUTE).eq(indexed.cut))
            .take();
        let once = !indexed.path.attribute.multi_valued;
        Keys { select, key: column(value::SLOT), once, probe: false, reach: Reach::Value, row: None, lead: None }
    }

    fn note(&self, indexed: &IndexedPath, by: SearchedBy) {
        self.searches.borrow_mut().insert(Search { path: indexed.path.to_string(), by });
    }
}

/// How a trigram index is asked for the texts with that part; nothing if it cannot be.
fn pattern(engine: Engine, op: CompareOp, part: &str) -> Option<Pattern> {
    match engine {
        Engine::Sqlite => matching(part).map(Pattern::Match),
        Engine::Postgres => alike(op, part).map(Pattern::Like),
        Engine::MySql => None,
    }
}

/// Three letters each that follow each other, as words of FTS5. Its expressions end at a NUL.
fn matching(part: &str) -> Option<String> {
    let letters: Vec<char> = part.chars().collect();
    if part.contains('\0') || letters.len() < 3 {
        return None;
    }
    let trigrams = letters.len() - 2;
    let step = if trigrams > ALL { 2 } else { 1 };
    let mut words: Vec<String> = Vec::new();
    for word in letters.windows(3).step_by(step).chain(letters.windows(3).last()) {
        let word = format!("\"{}\"", word.iter().collect::<String>().replace('"', "\"\""));
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.truncate(TRIGRAMS);
    Some(words.join(" AND "))
}

/// The part as `encode(…, 'escape')` has it, between wildcards. Without three letters or digits in a row PostgreSQL would look at the
/// whole index.
fn alike(op: CompareOp, part: &str) -> Option<String> {
    let mut escaped = String::new();
    for byte in part.bytes() {
        match byte {
            0 | 0x80.. => escaped.push_str(&format!("\\{byte:03o}")),
            b'\\' => escaped.push_str("\\\\"),
            byte => escaped.push(char::from(byte)),
        }
    }
    if part.chars().count() < 3 || !escaped.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.len() >= 3) {
        return None;
    }
    let literal = escaped.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    Some(if op == CompareOp::Co { format!("%{literal}%") } else { format!("%{literal}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_part_is_made_of_is_asked_for_literally() {
        for (part, words, like) in [
            ("", None, None),
            ("ab", None, None),
            ("abc", Some(r#""abc""#), Some("%abc%")),
            ("abcdefghij", Some(r#""abc" AND "cde" AND "efg" AND "ghi" AND "hij""#), Some("%abcdefghij%")),
            ("anana", Some(r#""ana" AND "nan""#), Some("%anana%")),
            ("a%b_cde", Some(r#""a%b" AND "%b_" AND "b_c" AND "_cd" AND "cde""#), Some(r"%a\%b\_cde%")),
            (r#"a" OR"#, Some(r#""a"" " AND """ O" AND " OR""#), None),
            (r"\abc", Some(r#""\ab" AND "abc""#), Some(r"%\\\\abc%")),
            ("é-日", Some("\"é-日\""), Some(r"%\\303\\251-\\346\\227\\245%")),
            ("a\0bcd", None, Some(r"%a\\000bcd%")),
            ("- -", Some(r#""- -""#), None),
            ("*^:", Some(r#""*^:""#), None),
        ] {
            assert_eq!(matching(part).as_deref(), words, "{part}");
            assert_eq!(alike(CompareOp::Co, part).as_deref(), like, "{part}");
            assert_eq!(alike(CompareOp::Ew, part), like.map(|like| like[..like.len() - 1].to_owned()), "{part}");
        }
    }

    #[test]
    fn a_long_part_asks_for_some_of_its_trigrams() {
        let long: String = (0..200).filter_map(|number| char::from_u32(0x4e00 + number)).collect();
        assert_eq!(matching(&long).map(|words| words.split(" AND ").count()), Some(TRIGRAMS));
    }
}
