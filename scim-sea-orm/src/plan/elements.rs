//! Tests of attributes whose values are indexed, and of one element of a multi-valued one.

use scim_server::filter::{Bounds, Combine, CompareOp, Condition, ElementFilter, ElementTest, Logic, narrow, relates};
use scim_server::{AttributeType, BoundPath};
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Query, SelectStatement};

use super::row::OnRow;
use super::selection::{Keys, Reach, Selection, constant};
use super::values::{Inside, Test, value_test};
use super::{Planner, any, not, of_element};
use crate::index::{IndexedPath, MADE_BY_SERVER};
use crate::table::value;

impl Planner<'_> {
    /// A simple attribute or sub-attribute.
    pub(super) fn indexed(&self, path: &BoundPath, condition: &Condition) -> Bounds<Selection> {
        let many = path.attribute.multi_valued;
        if many && is_primary(path) && *condition != Condition::Present {
            return self.primary(path, condition);
        }
        let Some(indexed) = self.index.find(self.kind, path) else { return Bounds::unknown() };
        match condition {
            // SPEC: `ne` is the negation of `eq`: an absent value is not equal (S27).
            Condition::Compare(CompareOp::Ne, key) if !many => {
                not(self.some_value(indexed, &Condition::Compare(CompareOp::Eq, key.clone())))
            }
            // SPEC: of many values one that is not equal suffices, and so does having none (S27).
            Condition::Compare(CompareOp::Ne, _) => any(vec![self.some_value(indexed, condition), not(self.any_value(indexed))]),
            condition => self.some_value(indexed, condition),
        }
    }

    /// The resources with a value that meets the condition.
    fn some_value(&self, indexed: &IndexedPath, condition: &Condition) -> Bounds<Selection> {
        if let Some(found) = self.searched(indexed, condition) {
            return found;
        }
        let alias = self.alias("v");
        let test = value_test(self.engine, &Expr::col((alias.clone(), value::VALUE)), condition, self.inside(indexed));
        let of = |test: Expr, reach: Reach| {
            let mut keys = self.rows(indexed, &alias);
            keys.select.and_where(test);
            keys.once = !indexed.path.attribute.multi_valued;
            keys.probe = reach == Reach::Value && !indexed.unique;
            keys.reach = match reach {
                Reach::Value if indexed.unique => Reach::One,
                Reach::Value if has_few_values(indexed) => Reach::Attribute,
                reach => reach,
            };
            Selection::In(keys)
        };
        bounds(test, of)
    }

    /// The resources with any value, also an empty one.
    fn any_value(&self, indexed: &IndexedPath) -> Bounds<Selection> {
        Bounds::exactly(Selection::In(self.rows(indexed, &self.alias("v"))))
    }

    pub(super) fn inside(&self, indexed: &IndexedPath) -> Inside {
        if self.cut.contains(&indexed.cut) { Inside::CutOff } else { Inside::Known }
    }

    /// The rows of an indexed path.
    pub(super) fn rows(&self, indexed: &IndexedPath, alias: &str) -> Keys {
        let select = Query::select()
            .from_as(value::TABLE, alias.to_owned())
            .and_where(Expr::col((alias.to_owned(), value::TENANT)).eq(self.tenant))
            .and_where(Expr::col((alias.to_owned(), value::ATTRIBUTE)).eq(indexed.number))
            .take();
        let key = if indexed.unique { value::KEY } else { value::SLOT };
        let once = !indexed.path.attribute.multi_valued;
        Keys { select, key: Expr::col((alias.to_owned(), key)), once, probe: false, reach: Reach::Attribute, row: None, lead: None }
    }

    /// A complex attribute is present if one of its parts is (S28).
    pub(super) fn complex(&self, path: &BoundPath, condition: &Condition) -> Bounds<Selection> {
        if *condition != Condition::Present {
            return Bounds::unknown();
        }
        if let Some(marker) = self.index.find(self.kind, path) {
            return self.some_value(marker, condition);
        }
        let made_by_us = |name: &str| self.kind.references.contains(path) && MADE_BY_SERVER.contains(&name);
        let parts = path.attribute.sub_attributes.iter().filter(|sub| !made_by_us(&sub.name));
        let parts: Vec<Bounds<Selection>> = parts.map(|sub| self.indexed(&path.with_sub(sub.clone()), condition)).collect();
        any(parts)
    }

    /// `primary` of any element. SPEC: it counts as false where it is missing (S56), and `ne` also holds if there is no element (S27).
    fn primary(&self, path: &BoundPath, condition: &Condition) -> Bounds<Selection> {
        let (Some(sub), Condition::Compare(op, _)) = (&path.sub, condition) else { return Bounds::unknown() };
        let test = ElementTest { attribute: path.attribute.clone(), sub: Some(sub.clone()), condition: condition.clone() };
        let some = self.element(&path.parent(), &Logic::Term(test));
        if *op != CompareOp::Ne {
            return some;
        }
        match self.index.find(self.kind, &path.parent()) {
            Some(marker) => any(vec![some, not(self.any_value(marker))]),
            None => Bounds { certainly: some.certainly, possibly: None, exact: false },
        }
    }

    /// `attribute[…]`: one element meets it all.
    pub(super) fn element(&self, path: &BoundPath, filter: &ElementFilter) -> Bounds<Selection> {
        match filter {
            // Some element meets one of them: some element meets the first, or some element meets the second.
            Logic::Or(parts) => any(parts.iter().map(|part| self.element(path, part)).collect()),
            Logic::And(parts) => self.same_element(path, parts),
            Logic::Term(_) | Logic::Not(_) => self.same_element(path, std::slice::from_ref(filter)),
        }
    }

    /// One element that meets all of these: found by the test that reads least, or among all elements, and tested for the others.
    fn same_element(&self, path: &BoundPath, parts: &[ElementFilter]) -> Bounds<Selection> {
        let alias = self.alias("v");
        let shown = parts.iter().enumerate().filter_map(|(place, part)| {
            let Logic::Term(test) = part else { return None };
            let indexed = self.shows(path, test)?;
            let mut found = value_test(self.engine, &Expr::col((alias.clone(), value::VALUE)), &test.condition, self.inside(indexed));
            let pattern = if found.possibly.is_none() { self.pattern(indexed, &test.condition) } else { None };
            if pattern.is_some() {
                found.reach = Reach::Part;
            }
            Some((Some(place), indexed, found, pattern))
        });
        let every = Test { certainly: constant(true), possibly: None, reach: Reach::Attribute };
        let all = || Some((None, self.index.find(self.kind, path)?, every, None));
        let reach = |found: &Test, indexed: &IndexedPath| match found.reach {
            Reach::Value if has_few_values(indexed) => Reach::Attribute,
            reach => reach,
        };
        let anchor = shown.min_by_key(|(_, indexed, test, _)| (reach(test, indexed), indexed.path.leaf().kind != AttributeType::String));
        let Some((place, indexed, found, pattern)) = anchor.or_else(all) else { return Bounds::unknown() };
        let reach = reach(&found, indexed);
        let mut exact = found.possibly.is_none();
        let mut certain = Some(Cond::all().add(found.certainly.clone()));
        let mut possible = Cond::all().add(found.possibly.unwrap_or(found.certainly));
        for (_, part) in parts.iter().enumerate().filter(|(other, _)| Some(*other) != place) {
            let known = narrow(part, &|test| self.test_on_element(path, test, &alias));
            exact &= known.exact;
            certain = certain.zip(known.certainly).map(|(all, part)| all.add(part.0));
            if let Some(part) = known.possibly {
                possible = possible.add(part.0);
            }
        }
        let of = |condition: Cond| {
            let mut keys = match &pattern {
                Some(pattern) => self.rows_with(indexed, &alias, pattern),
                None => self.rows(indexed, &alias),
            };
            keys.select.cond_where(condition);
            keys.reach = reach;
            Selection::In(keys)
        };
        Bounds { certainly: certain.map(of), possibly: Some(of(possible)), exact }
    }

    /// The rows that show every element which meets the test.
    fn shows(&self, path: &BoundPath, test: &ElementTest) -> Option<&IndexedPath> {
        let positive = match &test.condition {
            Condition::Present => true,
            Condition::Compare(CompareOp::Ne, _) => false,
            Condition::Compare(op, key) => !counts_when_missing(path, test) || !relates("0", *op, key),
        };
        self.index.find(self.kind, &of_element(path, test)).filter(|_| positive)
    }

    /// A test of the very element that the row of that alias belongs to.
    fn test_on_element(&self, path: &BoundPath, test: &ElementTest, element: &str) -> Bounds<OnRow> {
        let Some(indexed) = self.index.find(self.kind, &of_element(path, test)) else { return Bounds::unknown() };
        let alias = self.alias("w");
        let column = |alias: &str, name: &'static str| Expr::col((alias.to_owned(), name));
        let mut rows: SelectStatement = self.rows(indexed, &alias).select;
        rows.expr(Expr::val(1))
            .and_where(column(&alias, value::SLOT).eq(column(element, value::SLOT)))
            .and_where(column(&alias, value::ELEMENT).eq(column(element, value::ELEMENT)));
        let some = |test: Expr| OnRow(Expr::exists(rows.clone().and_where(test).take()));
        let of = |condition: &Condition| {
            let Test { certainly, possibly, .. } = value_test(self.engine, &column(&alias, value::VALUE), condition, self.inside(indexed));
            match possibly {
                None => Bounds::exactly(some(certainly)),
                Some(possibly) => Bounds { certainly: Some(some(certainly)), possibly: Some(some(possibly)), exact: false },
            }
        };
        match &test.condition {
            // What is missing counts as false, whose key is `0`.
            Condition::Compare(op, key) if counts_when_missing(path, test) && relates("0", *op, key) => {
                let shown = some(value_test(self.engine, &column(&alias, value::VALUE), &test.condition, Inside::Known).certainly);
                Bounds::exactly(OnRow::any(vec![shown, OnRow(Expr::exists(rows.clone()).not())]))
            }
            Condition::Compare(CompareOp::Ne, key) if !counts_when_missing(path, test) => {
                not(of(&Condition::Compare(CompareOp::Eq, key.clone())))
            }
            condition => of(condition),
        }
    }
}

/// `primary` counts as false where it is missing (S56).
fn counts_when_missing(path: &BoundPath, test: &ElementTest) -> bool {
    path.attribute.multi_valued && is_primary(&of_element(path, test)) && test.condition != Condition::Present
}

/// Whether each of its values is one that many elements have (`true`, `work`).
fn has_few_values(indexed: &IndexedPath) -> bool {
    let leaf = indexed.path.leaf();
    leaf.kind == AttributeType::Boolean || !leaf.canonical_values.is_empty()
}

fn is_primary(path: &BoundPath) -> bool {
    path.sub.as_ref().is_some_and(|sub| sub.name == "primary" && sub.kind == AttributeType::Boolean)
}

fn bounds(test: Test, of: impl Fn(Expr, Reach) -> Selection) -> Bounds<Selection> {
    let Test { certainly, possibly, reach } = test;
    match possibly {
        None => Bounds::exactly(of(certainly, reach)),
        Some(possibly) => Bounds { certainly: Some(of(certainly, reach)), possibly: Some(of(possibly, reach)), exact: false },
    }
}
