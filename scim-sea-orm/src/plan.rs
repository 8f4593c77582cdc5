//! From a resolved filter to conditions on the index.
//!
//! Each test is answered exactly from the index, bounded, or left open; `narrow` carries that through the whole filter. Values are
//! always bound, never part of the text (T07).

use scim_server::comparison::parse_date_time;
use scim_server::filter::{Bounds, Combine, CompareOp, Condition, ElementFilter, ElementTest, Logic, ResolvedFilter, Term, narrow};
use scim_server::{BoundPath, ResourceType};
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Func, Query, SelectStatement};

use crate::index::{CUT, Index, MAX_VALUE, cut, path_number, type_number};
use crate::table::{link, resource, value};

/// A condition on a row `r` of the resource table.
#[derive(Debug, Clone)]
pub(crate) struct Sql(pub(crate) Expr);

impl Combine for Sql {
    fn all(parts: Vec<Self>) -> Self {
        Self(Expr::from(parts.into_iter().fold(Cond::all(), |all, part| all.add(part.0))))
    }

    fn any(parts: Vec<Self>) -> Self {
        Self(Expr::from(parts.into_iter().fold(Cond::any(), |any, part| any.add(part.0))))
    }

    fn negate(self) -> Self {
        Self(self.0.not())
    }
}

/// What the index knows of a filter over one type of one tenant.
pub(crate) fn plan(filter: &ResolvedFilter, kind: &ResourceType, index: &Index, tenant: i64) -> Bounds<Sql> {
    let planner = Planner { kind, index, tenant };
    narrow(filter, &|term| planner.term(term))
}

struct Planner<'a> {
    kind: &'a ResourceType,
    index: &'a Index,
    tenant: i64,
}

impl Planner<'_> {
    fn term(&self, term: &Term) -> Bounds<Sql> {
        match term {
            Term::Attribute(path, condition) => self.attribute(path, condition),
            Term::Element(path, filter) => self.element(path, filter),
        }
    }

    fn attribute(&self, path: &BoundPath, condition: &Condition) -> Bounds<Sql> {
        if path.extension.is_none() {
            match (path.attribute.name.as_str(), path.sub.as_ref().map(|sub| sub.name.as_str())) {
                ("id", None) => return self.id(condition),
                ("meta", Some(part)) => return self.meta(part, condition),
                _ => {}
            }
        }
        if self.kind.collection(path).is_some() || self.kind.derived(path).is_some() {
            return self.links(path, condition);
        }
        if path.leaf().is_complex() {
            return self.complex(path, condition);
        }
        self.indexed(path, condition, path.attribute.multi_valued)
    }

    fn id(&self, condition: &Condition) -> Bounds<Sql> {
        let column = || Expr::col(("r", resource::ID));
        match condition {
            Condition::Present => Bounds::exactly(always(true)),
            Condition::Compare(op, key) => text_test(column(), *op, key).map_or_else(Bounds::unknown, |test| Bounds::exactly(Sql(test))),
        }
    }

    fn meta(&self, part: &str, condition: &Condition) -> Bounds<Sql> {
        let column = match part {
            "created" => resource::CREATED,
            "lastModified" => resource::MODIFIED,
            "resourceType" => {
                return match condition {
                    Condition::Present => Bounds::exactly(always(true)),
                    Condition::Compare(CompareOp::Eq, key) => Bounds::exactly(always(*key == self.kind.name)),
                    Condition::Compare(CompareOp::Ne, key) => Bounds::exactly(always(*key != self.kind.name)),
                    Condition::Compare(..) => Bounds::unknown(),
                };
            }
            _ => return Bounds::unknown(),
        };
        match condition {
            Condition::Present => Bounds::exactly(always(true)),
            Condition::Compare(op, key) => instant_test(column, *op, key).map_or_else(Bounds::unknown, |test| Bounds::exactly(Sql(test))),
        }
    }

    /// A collection by the rows of its elements, or a derived attribute by those of the other side.
    fn links(&self, path: &BoundPath, condition: &Condition) -> Bounds<Sql> {
        let rows = match (self.kind.collection(path), self.kind.derived(path)) {
            (Some(collection), _) => Query::select()
                .expr(Expr::val(1))
                .from_as(link::TABLE, "l")
                .and_where(Expr::col(("l", link::TENANT)).eq(self.tenant))
                .and_where(Expr::col(("l", link::ATTRIBUTE)).eq(path_number(self.kind, &collection.attribute.to_string())))
                .and_where(Expr::col(("l", link::OWNER)).equals(("r", resource::KEY)))
                .take(),
            (None, Some(derived)) => Query::select()
                .expr(Expr::val(1))
                .from_as(link::TABLE, "l")
                .and_where(Expr::col(("l", link::TENANT)).eq(self.tenant))
                .and_where(
                    Expr::col(("l", link::ATTRIBUTE))
                        .eq(crate::index::number(&format!("{} {}", derived.from_type, derived.from_collection))),
                )
                .and_where(Expr::col(("l", link::VALUE)).equals(("r", resource::ID)))
                .take(),
            (None, None) => return Bounds::unknown(),
        };
        let (sub, condition) = (path.sub.as_ref().map(|sub| sub.name.as_str()), condition);
        match (sub, condition) {
            (None | Some("value"), Condition::Present) => Bounds::exactly(Sql(Expr::exists(rows))),
            (Some("value"), Condition::Compare(op @ (CompareOp::Eq | CompareOp::Ne), key)) => {
                let Some(named) = self.named(path, key, *op == CompareOp::Ne, &rows) else { return Bounds::unknown() };
                let some = Expr::exists(named);
                // SPEC: `ne` also holds if there is no value at all (S27).
                let test = if *op == CompareOp::Ne { some.or(Expr::exists(rows).not()) } else { some };
                Bounds::exactly(Sql(test))
            }
            _ => Bounds::unknown(),
        }
    }

    /// The rows whose id is, or is not, that one.
    fn named(&self, path: &BoundPath, id: &str, differs: bool, rows: &SelectStatement) -> Option<SelectStatement> {
        let mut rows = rows.clone();
        if self.kind.collection(path).is_some() {
            // Ids are lower case by their making; what was kept as sent may not be, so its comparison key is not its text.
            let column = Expr::col(("l", link::VALUE));
            rows.and_where(if differs { column.ne(id) } else { column.eq(id) });
            return Some(rows);
        }
        let derived = self.kind.derived(path)?;
        let mut owner = Query::select();
        owner
            .column(("o", resource::KEY))
            .from_as(resource::TABLE, "o")
            .and_where(Expr::col(("o", resource::TENANT)).eq(self.tenant))
            .and_where(Expr::col(("o", resource::ID)).eq(id))
            .and_where(Expr::col(("o", resource::TYPE)).eq(type_number(&derived.from_type)));
        let column = Expr::col(("l", link::OWNER));
        rows.and_where(if differs { column.not_in_subquery(owner) } else { column.in_subquery(owner) });
        Some(rows)
    }

    /// A complex attribute is present if one of its parts is (S28).
    fn complex(&self, path: &BoundPath, condition: &Condition) -> Bounds<Sql> {
        if *condition != Condition::Present {
            return Bounds::unknown();
        }
        let parts: Vec<Bounds<Sql>> = path
            .attribute
            .sub_attributes
            .iter()
            .map(|sub| self.indexed(&path.with_sub(sub.clone()), condition, path.attribute.multi_valued))
            .collect();
        let exact = parts.iter().all(|part| part.exact);
        let certainly: Vec<Sql> = parts.into_iter().filter_map(|part| part.certainly).collect();
        let condition = (!certainly.is_empty()).then(|| Sql::any(certainly));
        match condition {
            Some(condition) if exact => Bounds::exactly(condition),
            certainly => Bounds { certainly, possibly: None, exact: false },
        }
    }

    fn indexed(&self, path: &BoundPath, condition: &Condition, multi_valued: bool) -> Bounds<Sql> {
        let Some(rows) = self.rows(path, "v") else { return Bounds::unknown() };
        let is_primary = multi_valued && path.sub.as_ref().is_some_and(|sub| sub.name == "primary");
        if is_primary && *condition != Condition::Present {
            // A missing `primary` counts as false, and a missing value has no row.
            return Bounds::unknown();
        }
        let negated = matches!(condition, Condition::Compare(CompareOp::Ne, _));
        let Test { certainly, possibly } = Test::of("v", condition);
        let some = |test: Expr| {
            let found = exists(&rows, test);
            if negated && multi_valued { found.or(exists(&rows, always(true).0).not()) } else { found }
        };
        if negated && !multi_valued {
            // Singular: the negation of `eq`, so an absent value is not equal (S27).
            let Condition::Compare(_, key) = condition else { return Bounds::unknown() };
            let equal = Test::of("v", &Condition::Compare(CompareOp::Eq, key.clone()));
            return Bounds::exactly(Sql(exists(&rows, equal.certainly).not()));
        }
        match possibly {
            None => Bounds::exactly(Sql(some(certainly))),
            Some(possibly) => Bounds { certainly: Some(Sql(some(certainly))), possibly: Some(Sql(some(possibly))), exact: false },
        }
    }

    /// The values of an indexed path that belong to the resource `r`.
    fn rows(&self, path: &BoundPath, alias: &'static str) -> Option<SelectStatement> {
        let indexed = self.index.find(self.kind, path)?;
        let mut rows = Query::select();
        rows.expr(Expr::val(1))
            .from_as(value::TABLE, alias)
            .and_where(Expr::col((alias, value::TENANT)).eq(self.tenant))
            .and_where(Expr::col((alias, value::ATTRIBUTE)).eq(indexed.number));
        Some(rows)
    }

    /// `attribute[…]`: one element meets it all.
    fn element(&self, path: &BoundPath, filter: &ElementFilter) -> Bounds<Sql> {
        if self.kind.collection(path).is_some() || self.kind.derived(path).is_some() {
            return match filter {
                Logic::Term(ElementTest { sub: Some(sub), condition: condition @ Condition::Compare(CompareOp::Eq, _), .. })
                    if sub.name == "value" =>
                {
                    self.links(&path.with_sub(sub.clone()), condition)
                }
                _ => Bounds::unknown(),
            };
        }
        match filter {
            // Some element meets one of them: some element meets the first, or some element meets the second.
            Logic::Or(parts) => {
                let parts: Vec<Bounds<Sql>> = parts.iter().map(|part| self.element(path, part)).collect();
                let exact = parts.iter().all(|part| part.exact);
                let certainly: Vec<Sql> = parts.iter().filter_map(|part| part.certainly.clone()).collect();
                let possibly: Option<Vec<Sql>> = parts.into_iter().map(|part| part.possibly).collect();
                Bounds { certainly: (!certainly.is_empty()).then(|| Sql::any(certainly)), possibly: possibly.map(Sql::any), exact }
            }
            Logic::Term(test) => self.same_element(path, std::slice::from_ref(&Logic::Term(test.clone()))),
            Logic::And(parts) => self.same_element(path, parts),
            Logic::Not(_) => Bounds::unknown(),
        }
    }

    /// One element that meets all of these: found by the first that a row can show, and tested for the others.
    fn same_element(&self, path: &BoundPath, parts: &[ElementFilter]) -> Bounds<Sql> {
        let anchor = parts.iter().position(|part| matches!(part, Logic::Term(test) if self.shows(path, test)));
        let Some(anchor) = anchor else { return Bounds::unknown() };
        let Logic::Term(first) = &parts[anchor] else { return Bounds::unknown() };
        let Some(rows) = self.rows(&of_element(path, first), "v") else { return Bounds::unknown() };
        let found = Test::of("v", &first.condition);
        let mut exact = found.possibly.is_none();
        let mut certain = Some(Cond::all().add(found.certainly.clone()));
        let mut possible = Cond::all().add(found.possibly.unwrap_or(found.certainly));
        for part in parts.iter().enumerate().filter(|(position, _)| *position != anchor).map(|(_, part)| part) {
            let known = self.on_element(path, part);
            exact &= known.exact;
            certain = certain.zip(known.certainly).map(|(all, part)| all.add(part.0));
            if let Some(part) = known.possibly {
                possible = possible.add(part.0);
            }
        }
        Bounds {
            certainly: certain.map(|all| Sql(exists(&rows, Expr::from(all)))),
            possibly: Some(Sql(exists(&rows, Expr::from(possible)))),
            exact,
        }
    }

    /// Whether an element that meets the test has a row that shows it.
    fn shows(&self, path: &BoundPath, test: &ElementTest) -> bool {
        let positive = match &test.condition {
            Condition::Present => true,
            Condition::Compare(CompareOp::Ne, _) => false,
            Condition::Compare(..) => !counts_when_missing(path, test),
        };
        positive && self.index.find(self.kind, &of_element(path, test)).is_some()
    }

    /// A test of the very element that `v` belongs to.
    fn on_element(&self, path: &BoundPath, filter: &ElementFilter) -> Bounds<Sql> {
        match filter {
            Logic::And(parts) => combine(parts.iter().map(|part| self.on_element(path, part)).collect(), Sql::all, Join::All),
            Logic::Or(parts) => combine(parts.iter().map(|part| self.on_element(path, part)).collect(), Sql::any, Join::Any),
            Logic::Not(part) => {
                let part = self.on_element(path, part);
                Bounds { certainly: part.possibly.map(Sql::negate), possibly: part.certainly.map(Sql::negate), exact: part.exact }
            }
            Logic::Term(test) => self.test_on_element(path, test),
        }
    }

    fn test_on_element(&self, path: &BoundPath, test: &ElementTest) -> Bounds<Sql> {
        let Some(mut rows) = self.rows(&of_element(path, test), "w") else { return Bounds::unknown() };
        rows.and_where(Expr::col(("w", value::SLOT)).equals(("v", value::SLOT)))
            .and_where(Expr::col(("w", value::ELEMENT)).equals(("v", value::ELEMENT)));
        let some = |test: Expr| Sql(Expr::exists(rows.clone().and_where(test).take()));
        match &test.condition {
            Condition::Compare(CompareOp::Ne, key) if !counts_when_missing(path, test) => {
                Bounds::exactly(some(Test::of("w", &Condition::Compare(CompareOp::Eq, key.clone())).certainly).negate())
            }
            Condition::Compare(op, key) if counts_when_missing(path, test) => {
                let shown = some(Test::of("w", &test.condition).certainly);
                let missing = Sql(Expr::exists(rows.clone()).not());
                // What is missing counts as false, whose key is `0`.
                Bounds::exactly(if holds("0", *op, key) { Sql::any(vec![shown, missing]) } else { shown })
            }
            condition => {
                let Test { certainly, possibly } = Test::of("w", condition);
                match possibly {
                    None => Bounds::exactly(some(certainly)),
                    Some(possibly) => Bounds { certainly: Some(some(certainly)), possibly: Some(some(possibly)), exact: false },
                }
            }
        }
    }
}

enum Join {
    All,
    Any,
}

fn combine(parts: Vec<Bounds<Sql>>, how: fn(Vec<Sql>) -> Sql, join: Join) -> Bounds<Sql> {
    let exact = parts.iter().all(|part| part.exact);
    let (certainly, possibly): (Vec<_>, Vec<_>) = parts.into_iter().map(|part| (part.certainly, part.possibly)).unzip();
    let complete = |parts: Vec<Option<Sql>>| parts.into_iter().collect::<Option<Vec<Sql>>>().map(how);
    let partial = |parts: Vec<Option<Sql>>| {
        let known: Vec<Sql> = parts.into_iter().flatten().collect();
        (!known.is_empty()).then(|| how(known))
    };
    match join {
        Join::All => Bounds { certainly: complete(certainly), possibly: partial(possibly), exact },
        Join::Any => Bounds { certainly: partial(certainly), possibly: complete(possibly), exact },
    }
}

/// `primary` is false where it is missing (S56).
fn counts_when_missing(path: &BoundPath, test: &ElementTest) -> bool {
    path.attribute.multi_valued && test.sub.as_ref().is_some_and(|sub| sub.name == "primary") && test.condition != Condition::Present
}

fn of_element(path: &BoundPath, test: &ElementTest) -> BoundPath {
    test.sub.as_ref().map_or_else(|| path.clone(), |sub| path.with_sub(sub.clone()))
}

/// The resource has a row with that.
fn exists(rows: &SelectStatement, test: Expr) -> Expr {
    let mut keys = rows.clone();
    keys.clear_selects().column(("v", value::KEY)).and_where(test);
    Expr::col(("r", resource::KEY)).in_subquery(keys)
}

fn always(holds: bool) -> Sql {
    Sql(Expr::val(1).eq(i32::from(holds)))
}

/// A condition on an indexed value: what it certainly shows, and what it possibly shows if the two differ.
struct Test {
    certainly: Expr,
    possibly: Option<Expr>,
}

impl Test {
    fn of(alias: &'static str, condition: &Condition) -> Test {
        let column = || Expr::col((alias, value::VALUE));
        let exactly = |certainly| Test { certainly, possibly: None };
        let Condition::Compare(op, key) = condition else { return exactly(column().gt(Vec::<u8>::new())) };
        let bytes = cut(key);
        let long = || column_length(column()).gte(i64::from(MAX_VALUE));
        // A long value stands cut in the index, and a long key cannot be compared with a cut value; only equality survives, by the digest.
        let comparable = key.len() < CUT;
        match op {
            CompareOp::Eq => exactly(column().eq(bytes)),
            CompareOp::Ne => exactly(column().ne(bytes)),
            CompareOp::Gt | CompareOp::Ge | CompareOp::Lt | CompareOp::Le | CompareOp::Sw if !comparable => {
                Test { certainly: never(), possibly: Some(always(true).0) }
            }
            CompareOp::Gt => exactly(column().gt(bytes)),
            CompareOp::Ge => exactly(column().gte(bytes)),
            CompareOp::Lt => exactly(column().lt(bytes)),
            CompareOp::Le => exactly(column().lte(bytes)),
            CompareOp::Sw => exactly(match next(&bytes) {
                Some(next) => column().gte(bytes).and(column().lt(next)),
                None => column().gte(bytes),
            }),
            CompareOp::Co | CompareOp::Ew if key.is_empty() => exactly(always(true).0),
            CompareOp::Co => {
                let found = Expr::from(Func::cust("instr").arg(column()).arg(key.as_bytes().to_vec())).gt(0);
                let short = column_length(column()).lt(i64::from(MAX_VALUE));
                Test { certainly: found.clone().and(short), possibly: Some(found.or(long())) }
            }
            CompareOp::Ew => {
                let length = i64::try_from(key.len()).unwrap_or(i64::MAX);
                let found = Expr::from(Func::cust("substr").arg(column()).arg(Expr::val(-length))).eq(key.as_bytes().to_vec());
                let short = column_length(column()).lt(i64::from(MAX_VALUE));
                Test { certainly: found.clone().and(short), possibly: Some(found.or(long())) }
            }
        }
    }
}

fn never() -> Expr {
    always(false).0
}

fn column_length(column: Expr) -> Expr {
    Expr::from(Func::cust("length").arg(column))
}

/// The least text that no text beginning with these bytes reaches.
fn next(bytes: &[u8]) -> Option<Vec<u8>> {
    let last = bytes.iter().rposition(|byte| *byte < u8::MAX)?;
    let mut next = bytes[..=last].to_vec();
    next[last] += 1;
    Some(next)
}

/// A test of a text column whose values are their own keys.
fn text_test(column: Expr, op: CompareOp, key: &str) -> Option<Expr> {
    Some(match op {
        CompareOp::Eq => column.eq(key),
        CompareOp::Ne => column.ne(key),
        CompareOp::Gt => column.gt(key),
        CompareOp::Ge => column.gte(key),
        CompareOp::Lt => column.lt(key),
        CompareOp::Le => column.lte(key),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew if key.is_empty() => always(true).0,
        CompareOp::Co => Expr::from(Func::cust("instr").arg(column).arg(key)).gt(0),
        CompareOp::Sw => Expr::from(Func::cust("instr").arg(column).arg(key)).eq(1),
        CompareOp::Ew => {
            let length = i64::try_from(key.chars().count()).ok()?;
            Expr::from(Func::cust("substr").arg(column).arg(Expr::val(-length))).eq(key)
        }
    })
}

/// A test of a column of microseconds, whose representation shows milliseconds.
fn instant_test(column: &'static str, op: CompareOp, key: &str) -> Option<Expr> {
    let nanos = parse_date_time(key)?.unix_timestamp_nanos();
    let milli = i64::try_from(nanos.div_euclid(1_000_000)).ok()?;
    let whole = nanos.rem_euclid(1_000_000) == 0;
    let (start, end) = (milli.checked_mul(1_000)?, milli.checked_add(1)?.checked_mul(1_000)?);
    let column = || Expr::col(("r", column));
    Some(match op {
        CompareOp::Eq if whole => column().gte(start).and(column().lt(end)),
        CompareOp::Eq => never(),
        CompareOp::Ne if whole => column().lt(start).or(column().gte(end)),
        CompareOp::Ne => always(true).0,
        CompareOp::Lt if whole => column().lt(start),
        CompareOp::Lt | CompareOp::Le => column().lt(end),
        CompareOp::Ge if whole => column().gte(start),
        CompareOp::Ge | CompareOp::Gt => column().gte(end),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => return None,
    })
}

/// Whether one key relates to another as the operator says.
fn holds(own: &str, op: CompareOp, key: &str) -> bool {
    match op {
        CompareOp::Eq => own == key,
        CompareOp::Ne => own != key,
        CompareOp::Co => own.contains(key),
        CompareOp::Sw => own.starts_with(key),
        CompareOp::Ew => own.ends_with(key),
        CompareOp::Gt => own > key,
        CompareOp::Ge => own >= key,
        CompareOp::Lt => own < key,
        CompareOp::Le => own <= key,
    }
}
