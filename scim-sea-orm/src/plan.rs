//! From a resolved filter to conditions on the index.
//!
//! Each test is answered exactly from the index, bounded, or left open; `narrow` carries that through the whole filter. Values are
//! always bound, never part of the text (T07).

use std::collections::BTreeSet;

use scim_server::comparison::parse_date_time;
use scim_server::etag::etag;
use scim_server::filter::{Bounds, Combine, CompareOp, Condition, ElementFilter, ElementTest, Logic, ResolvedFilter, Term, narrow};
use scim_server::{BoundPath, ResourceType};
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Func, Query, SelectStatement, TableRef};

use crate::index::{CUT, Index, MAX_VALUE, cut, number, path_number, type_number};
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

/// What the index knows of a filter over one type of one tenant. `cut` names the attributes that have values which were cut.
pub(crate) fn plan(filter: &ResolvedFilter, kind: &ResourceType, index: &Index, tenant: i64, cut: &BTreeSet<i64>) -> Bounds<Sql> {
    let planner = Planner { kind, index, tenant, cut };
    narrow(filter, &|term| planner.term(term))
}

/// The `cut` numbers of the attributes that a filter searches inside: of a value that was cut, the index does not know the inside.
pub(crate) fn searched_inside(filter: &ResolvedFilter, kind: &ResourceType, index: &Index) -> BTreeSet<i64> {
    let mut found = BTreeSet::new();
    let mut note = |path: &BoundPath, condition: &Condition| {
        if matches!(condition, Condition::Compare(CompareOp::Co | CompareOp::Ew, _)) {
            found.extend(index.find(kind, path).map(|indexed| indexed.cut));
        }
    };
    each_test(filter, &mut |term| match term {
        Term::Attribute(path, condition) => note(path, condition),
        Term::Element(path, filter) => each_test(filter, &mut |test| note(&of_element(path, test), &test.condition)),
    });
    found
}

fn each_test<T>(filter: &Logic<T>, visit: &mut dyn FnMut(&T)) {
    match filter {
        Logic::And(parts) | Logic::Or(parts) => parts.iter().for_each(|part| each_test(part, visit)),
        Logic::Not(part) => each_test(part, visit),
        Logic::Term(term) => visit(term),
    }
}

struct Planner<'a> {
    kind: &'a ResourceType,
    index: &'a Index,
    tenant: i64,
    cut: &'a BTreeSet<i64>,
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
                // `meta` itself, which only `pr` can test: every resource has it.
                ("meta", None) => return Bounds::exactly(always(true)),
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
                    // The same for all resources of the type.
                    Condition::Compare(op, key) => Bounds::exactly(always(holds(&self.kind.name, *op, key))),
                };
            }
            "version" => return self.made_by_us(condition, |key| Some(Expr::col(("r", resource::VERSION)).eq(version(key)?))),
            "location" => {
                let id = |key: &str| key.strip_prefix(self.kind.endpoint.trim_start_matches('/'))?.strip_prefix('/').map(ToOwned::to_owned);
                return self.made_by_us(condition, |key| Some(Expr::col(("r", resource::ID)).eq(id(key)?)));
            }
            _ => return Bounds::unknown(),
        };
        match condition {
            Condition::Present => Bounds::exactly(always(true)),
            Condition::Compare(op, key) => instant_test(column, *op, key).map_or_else(Bounds::unknown, |test| Bounds::exactly(Sql(test))),
        }
    }

    /// Part of `meta` that every resource has: `equal` is the condition that it is a text, if that text can be it at all.
    fn made_by_us(&self, condition: &Condition, equal: impl Fn(&str) -> Option<Expr>) -> Bounds<Sql> {
        match condition {
            Condition::Present => Bounds::exactly(always(true)),
            Condition::Compare(CompareOp::Eq, key) => Bounds::exactly(Sql(equal(key).unwrap_or_else(never))),
            Condition::Compare(CompareOp::Ne, key) => Bounds::exactly(Sql(equal(key).unwrap_or_else(never)).negate()),
            Condition::Compare(..) => Bounds::unknown(),
        }
    }

    /// A collection by the rows of its elements, or a derived attribute by those of the other side.
    fn links(&self, path: &BoundPath, condition: &Condition) -> Bounds<Sql> {
        match (path.sub.as_ref().map(|sub| sub.name.as_str()), condition) {
            (None | Some("value"), Condition::Present) => Bounds::exactly(self.linked(path, None)),
            (Some("value"), Condition::Compare(op, key)) => {
                let Some(test) = text_test(self.linked_id(path), *op, key) else { return Bounds::unknown() };
                let some = self.linked(path, Some(Sql(test)));
                // SPEC: `ne` also holds if there is no value at all (S27).
                Bounds::exactly(if *op == CompareOp::Ne { Sql::any(vec![some, self.linked(path, None).negate()]) } else { some })
            }
            (Some(_) | None, Condition::Present | Condition::Compare(..)) => Bounds::unknown(),
        }
    }

    /// The column with the comparison key of `value`. Who has a resource as an element is a resource itself: the server made its id,
    /// in lower case, so it is its own key.
    fn linked_id(&self, path: &BoundPath) -> Expr {
        if self.kind.collection(path).is_some() { Expr::col(("l", link::COMPARED)) } else { Expr::col(("o", resource::ID)) }
    }

    /// The resource has an element of which the test holds. (`IN`, not `EXISTS`: SQLite 3.51 makes a join of the latter, which skips
    /// too few rows under `OFFSET`.)
    fn linked(&self, path: &BoundPath, test: Option<Sql>) -> Sql {
        let rows = |attribute: i64| {
            Query::select()
                .from_as(link::TABLE, "l")
                .and_where(Expr::col(("l", link::TENANT)).eq(self.tenant))
                .and_where(Expr::col(("l", link::ATTRIBUTE)).eq(attribute))
                .take()
        };
        if let Some(collection) = self.kind.collection(path) {
            let mut owners = rows(path_number(self.kind, &collection.attribute.to_string()));
            owners.column(("l", link::OWNER)).and_where_option(test.map(|test| test.0));
            return Sql(Expr::col(("r", resource::KEY)).in_subquery(owners));
        }
        let derived = self.kind.derived.iter().filter(|derived| derived.attribute == path.parent());
        let sides = derived.map(|derived| {
            // By the number, not by the id: a list of ids beside an order by number makes SQLite walk through all resources.
            let named_here = Expr::col(("n", resource::TENANT))
                .equals(("l", link::TENANT))
                .and(Expr::col(("n", resource::ID)).equals(("l", link::VALUE)))
                .and(Expr::col(("n", resource::TYPE)).eq(type_number(&self.kind.name)));
            let mut named = rows(number(&format!("{} {}", derived.from_type, derived.from_collection)));
            named.column(("n", resource::KEY)).inner_join(TableRef::from(resource::TABLE).alias("n"), named_here);
            if let Some(test) = &test {
                let owner = Query::select()
                    .column(("o", resource::KEY))
                    .from_as(resource::TABLE, "o")
                    .and_where(Expr::col(("o", resource::TENANT)).eq(self.tenant))
                    .and_where(Expr::col(("o", resource::TYPE)).eq(type_number(&derived.from_type)))
                    .and_where(test.0.clone())
                    .take();
                named.and_where(Expr::col(("l", link::OWNER)).in_subquery(owner));
            }
            Sql(Expr::col(("r", resource::KEY)).in_subquery(named))
        });
        Sql::any(sides.collect())
    }

    /// One element of a collection or derived attribute meets it all. Every element has a row, so the whole logic is asked of it.
    fn linked_element(&self, path: &BoundPath, filter: &ElementFilter) -> Bounds<Sql> {
        let known = narrow(filter, &|test| match (test.sub.as_ref().map(|sub| sub.name.as_str()), &test.condition) {
            (Some("value"), Condition::Present) => Bounds::exactly(always(true)),
            (Some("value"), Condition::Compare(op, key)) => {
                text_test(self.linked_id(path), *op, key).map_or_else(Bounds::unknown, |test| Bounds::exactly(Sql(test)))
            }
            (Some(_) | None, Condition::Present | Condition::Compare(..)) => Bounds::unknown(),
        });
        Bounds {
            certainly: known.certainly.map(|test| self.linked(path, Some(test))),
            possibly: Some(self.linked(path, known.possibly)),
            exact: known.exact,
        }
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
        if is_primary && !matches!(condition, Condition::Present) && *condition != Condition::Compare(CompareOp::Eq, "1".into()) {
            // A missing `primary` counts as false, and a missing value has no row.
            return Bounds::unknown();
        }
        let negated = matches!(condition, Condition::Compare(CompareOp::Ne, _));
        let Test { certainly, possibly } = Test::of("v", condition, self.inside(path));
        let some = |test: Expr| {
            let found = exists(&rows, test);
            if negated && multi_valued { found.or(exists(&rows, always(true).0).not()) } else { found }
        };
        if negated && !multi_valued {
            // Singular: the negation of `eq`, so an absent value is not equal (S27).
            let Condition::Compare(_, key) = condition else { return Bounds::unknown() };
            let equal = Test::equal("v", key);
            return Bounds::exactly(Sql(exists(&rows, equal).not()));
        }
        match possibly {
            None => Bounds::exactly(Sql(some(certainly))),
            Some(possibly) => Bounds { certainly: Some(Sql(some(certainly))), possibly: Some(Sql(some(possibly))), exact: false },
        }
    }

    fn inside(&self, path: &BoundPath) -> Inside {
        let cut = self.index.find(self.kind, path).is_some_and(|indexed| self.cut.contains(&indexed.cut));
        if cut { Inside::CutOff } else { Inside::Known }
    }

    /// The rows of an indexed path.
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
            return self.linked_element(path, filter);
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
        let found = Test::of("v", &first.condition, self.inside(&of_element(path, first)));
        let mut exact = found.possibly.is_none();
        let mut certain = Some(Cond::all().add(found.certainly.clone()));
        let mut possible = Cond::all().add(found.possibly.unwrap_or(found.certainly));
        for part in parts.iter().enumerate().filter(|(position, _)| *position != anchor).map(|(_, part)| part) {
            let known = narrow(part, &|test| self.test_on_element(path, test));
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
    fn test_on_element(&self, path: &BoundPath, test: &ElementTest) -> Bounds<Sql> {
        let Some(mut rows) = self.rows(&of_element(path, test), "w") else { return Bounds::unknown() };
        rows.and_where(Expr::col(("w", value::SLOT)).equals(("v", value::SLOT)))
            .and_where(Expr::col(("w", value::ELEMENT)).equals(("v", value::ELEMENT)));
        let some = |test: Expr| Sql(Expr::exists(rows.clone().and_where(test).take()));
        match &test.condition {
            Condition::Compare(CompareOp::Ne, key) if !counts_when_missing(path, test) => {
                Bounds::exactly(some(Test::equal("w", key)).negate())
            }
            Condition::Compare(op, key) if counts_when_missing(path, test) => {
                let shown = some(Test::of("w", &test.condition, Inside::Known).certainly);
                let missing = Sql(Expr::exists(rows.clone()).not());
                // What is missing counts as false, whose key is `0`.
                Bounds::exactly(if holds("0", *op, key) { Sql::any(vec![shown, missing]) } else { shown })
            }
            condition => {
                let Test { certainly, possibly } = Test::of("w", condition, self.inside(&of_element(path, test)));
                match possibly {
                    None => Bounds::exactly(some(certainly)),
                    Some(possibly) => Bounds { certainly: Some(some(certainly)), possibly: Some(some(possibly)), exact: false },
                }
            }
        }
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
    fn equal(alias: &'static str, key: &str) -> Expr {
        Expr::col((alias, value::VALUE)).eq(cut(key))
    }

    fn of(alias: &'static str, condition: &Condition, inside: Inside) -> Test {
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
            CompareOp::Co if inside == Inside::Known => exactly(contains(column(), key)),
            CompareOp::Ew if inside == Inside::Known => exactly(ends_with(column(), key)),
            CompareOp::Co => {
                let found = contains(column(), key);
                let short = column_length(column()).lt(i64::from(MAX_VALUE));
                Test { certainly: found.clone().and(short), possibly: Some(found.or(long())) }
            }
            CompareOp::Ew => {
                let found = ends_with(column(), key);
                let short = column_length(column()).lt(i64::from(MAX_VALUE));
                Test { certainly: found.clone().and(short), possibly: Some(found.or(long())) }
            }
        }
    }
}

/// Whether the index has the whole of every value under an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Known,
    /// Some values were cut.
    CutOff,
}

fn contains(column: Expr, key: &str) -> Expr {
    Expr::from(Func::cust("instr").arg(column).arg(key.as_bytes().to_vec())).gt(0)
}

fn ends_with(column: Expr, key: &str) -> Expr {
    let length = i64::try_from(key.len()).unwrap_or(i64::MAX);
    Expr::from(Func::cust("substr").arg(column).arg(Expr::val(-length))).eq(key.as_bytes().to_vec())
}

/// The version that an entity tag stands for.
fn version(tag: &str) -> Option<i64> {
    let number: i64 = tag.strip_prefix("W/\"")?.strip_suffix('"')?.parse().ok()?;
    (u64::try_from(number).ok().map(etag).as_deref() == Some(tag)).then_some(number)
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
