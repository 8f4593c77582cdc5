//! Tests of collections, of what is derived from them, and of what the server says about a reference.

use scim_server::comparison::comparison_key;
use scim_server::filter::{Bounds, Combine, CompareOp, Condition, ElementFilter, narrow, relates};
use scim_server::representation::location;
use scim_server::store::INDIRECT;
use scim_server::{Attribute, BoundPath, ResourceType};
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query, SelectStatement, UnionType};
use serde_json::Value;

use super::resource::frame;
use super::row::{OnRow, bytes_test, framed_test};
use super::selection::{Keys, Reach, Selection, constant};
use super::values::{Inside, Test, value_test};
use super::{Planner, any, not};
use crate::containers::{collection, downwards};
use crate::index::{MADE_BY_SERVER, path_number, type_number};
use crate::table::{bytes, link, resource, value};

/// Who is named: the rows of one collection or reference, seen from one of its ends.
#[derive(Clone, Copy)]
struct Side<'a> {
    /// The number of the collection or reference.
    attribute: i64,
    end: End<'a>,
    depth: Depth,
}

/// Whether resources are also named through others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// They are not.
    Direct,
    /// They are.
    Any,
    /// They are, and which of the two is not told apart: the test of a container alone.
    Untold,
}

/// Which end of a row the tested resource stands at.
#[derive(Clone, Copy)]
enum End<'a> {
    /// It names others.
    Owner,
    /// Resources of this type name it.
    Named(&'a str),
}

impl Side<'_> {
    /// What tells whether there is an element at all: where there is an indirect one, there is a direct one.
    fn for_presence(&self, path: &BoundPath) -> Self {
        let depth = match path.sub.as_ref().map(|sub| sub.name.as_str()) {
            None | Some("value" | "type") => Depth::Direct,
            Some(_) => self.depth,
        };
        Self { depth, ..*self }
    }
}

impl Planner<'_> {
    /// Whether the path is a collection, a derived attribute or what the server adds to a reference.
    pub(super) fn is_linked(&self, path: &BoundPath) -> bool {
        let of_reference = path.sub.as_ref().is_some_and(|sub| MADE_BY_SERVER.contains(&sub.name.as_str()));
        self.kind.collection(path).is_some()
            || self.kind.derived(path).is_some()
            || of_reference && self.kind.references.contains(&path.parent())
    }

    pub(super) fn linked(&self, path: &BoundPath, condition: &Condition) -> Bounds<Selection> {
        let some = |condition: &Condition| any(self.sides(path).iter().map(|side| self.some_link(side, path, condition)).collect());
        match condition {
            // SPEC: of many values one that is not equal suffices, and so does having none (S27).
            Condition::Compare(CompareOp::Ne, _) if path.attribute.multi_valued => {
                let has_value = |side: &Side<'_>| self.links_with(side, &|side| self.has_value(side, path));
                let there = any(self.sides(path).iter().map(|side| has_value(&side.for_presence(path))).collect());
                any(vec![some(condition), not(there)])
            }
            Condition::Compare(CompareOp::Ne, key) => not(some(&Condition::Compare(CompareOp::Eq, key.clone()))),
            condition => some(condition),
        }
    }

    /// One element of a collection or derived attribute meets it all. Every element has a row, so the whole logic is asked of it.
    pub(super) fn linked_element(&self, path: &BoundPath, filter: &ElementFilter) -> Bounds<Selection> {
        let known = |side: &Side<'_>| {
            narrow(filter, &|test| {
                let sub = super::of_element(path, test);
                match &test.condition {
                    Condition::Compare(CompareOp::Ne, key) => {
                        not(self.on_link(side, &sub, &Condition::Compare(CompareOp::Eq, key.clone())))
                    }
                    condition => self.on_link(side, &sub, condition),
                }
            })
        };
        any(self.sides(path).iter().map(|side| self.links_with(side, &known)).collect())
    }

    fn sides(&self, path: &BoundPath) -> Vec<Side<'_>> {
        if self.kind.derived(path).is_none() {
            let attribute = path_number(self.kind, &path.parent().to_string());
            return vec![Side { attribute, end: End::Owner, depth: Depth::Direct }];
        }
        let derived = self.kind.derived.iter().filter(|derived| derived.attribute == path.parent());
        derived
            .map(|derived| Side {
                attribute: collection(derived),
                end: End::Named(&derived.from_type),
                depth: if derived.indirect { Depth::Any } else { Depth::Direct },
            })
            .collect()
    }

    /// The resources with a link that meets the condition.
    fn some_link(&self, side: &Side<'_>, path: &BoundPath, condition: &Condition) -> Bounds<Selection> {
        let side = if *condition == Condition::Present { side.for_presence(path) } else { *side };
        let mut found = self.links_with(&side, &|side| self.on_link(side, path, condition));
        if let (Some("value"), Condition::Compare(CompareOp::Eq, _)) = (path.sub.as_ref().map(|sub| sub.name.as_str()), condition) {
            let value_leads = |selection: &mut Option<Selection>| {
                if let Some(Selection::In(keys)) = selection {
                    keys.reach = Reach::Value;
                }
            };
            value_leads(&mut found.certainly);
            value_leads(&mut found.possibly);
        }
        found
    }

    /// The resources with an element that is known to meet a test.
    fn links_with(&self, side: &Side<'_>, known: &dyn Fn(&Side<'_>) -> Bounds<OnRow>) -> Bounds<Selection> {
        let Bounds { certainly, possibly, exact } = known(side);
        let all = possibly.unwrap_or_else(|| OnRow(constant(true)));
        // The containers that can be meant at all, before it is found out what they contain.
        let meant = || known(&Side { depth: Depth::Untold, ..*side }).possibly.map_or_else(|| constant(true), |test| test.0);
        let meant = if side.depth == Depth::Direct { constant(true) } else { meant() };
        Bounds {
            certainly: certainly.map(|test| Selection::In(self.link_keys(side, test, &meant))),
            possibly: Some(Selection::In(self.link_keys(side, all, &meant))),
            exact,
        }
    }

    /// The resources at this end of the rows that meet a test.
    fn link_keys(&self, side: &Side<'_>, test: OnRow, meant: &Expr) -> Keys {
        let mut select = Query::select().and_where(test.0).take();
        match (side.depth, side.end) {
            (Depth::Any | Depth::Untold, End::Named(from)) => {
                select.from_subquery(downwards(self.tenant, side.attribute, from, meant.clone()), "l");
            }
            (Depth::Direct, _) | (_, End::Owner) => {
                select
                    .from_as(link::TABLE, "l")
                    .and_where(Expr::col(("l", link::TENANT)).eq(self.tenant))
                    .and_where(Expr::col(("l", link::ATTRIBUTE)).eq(side.attribute));
            }
        }
        let (key, probe) = match side.end {
            End::Owner => (Expr::col(("l", link::OWNER)), true),
            End::Named(_) => {
                // An id that was kept as sent may be spelt otherwise than the resource's own: it names nothing.
                select.and_where(Expr::col(("l", link::COMPARED)).equals(("l", link::VALUE)));
                (self.named(resource::KEY, &Expr::col(("l", link::VALUE)), Some(&self.kind.name)), false)
            }
        };
        Keys { select, key, once: false, probe, reach: Reach::Attribute, row: None, lead: None }
    }

    /// Whether the sub-attribute has a value at all in the element of a row.
    fn has_value(&self, side: &Side<'_>, path: &BoundPath) -> Bounds<OnRow> {
        match path.sub.as_ref().map(|sub| sub.name.as_str()) {
            // Every text, also the empty one.
            Some("display" | "displayName") => {
                self.display(side, path, &|_, _| Test { certainly: constant(true), possibly: None, reach: Reach::Attribute })
            }
            Some("value") | None => Bounds::exactly(OnRow(constant(true))),
            _ => self.on_link(side, path, &Condition::Present),
        }
    }

    /// A test of the element of a row. `ne` is of a value that is there.
    fn on_link(&self, side: &Side<'_>, path: &BoundPath, condition: &Condition) -> Bounds<OnRow> {
        let leaf = path.leaf();
        match (path.sub.as_ref().map(|sub| sub.name.as_str()), condition) {
            (None | Some("value"), Condition::Present) => Bounds::exactly(OnRow(constant(true))),
            (Some("value"), Condition::Compare(op, key)) => Bounds::exactly(match side.end {
                End::Owner => OnRow(bytes_test(self.engine, Expr::col(("l", link::COMPARED)), *op, key)),
                // Who names others is a resource itself: the server made its id, in lower case, so it is its own key.
                End::Named(from) => self.owner(from, ("", ""), condition),
            }),
            (Some("type"), condition) => self.label(side, leaf, condition),
            (Some("$ref"), condition) => self.target(side, leaf, condition),
            (Some("display" | "displayName"), condition) => {
                self.display(side, path, &|column, inside| value_test(self.engine, column, condition, inside))
            }
            _ => Bounds::unknown(),
        }
    }

    /// The owner of the row is of that type, and its id between two texts meets the condition.
    fn owner(&self, from: &str, (before, after): (&str, &str), condition: &Condition) -> OnRow {
        let (op, key) = match condition {
            Condition::Present => return OnRow(constant(true)),
            Condition::Compare(op, key) => (*op, key.as_str()),
        };
        let owner = Expr::col(("l", link::OWNER));
        if op == CompareOp::Eq {
            let id = key.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            return OnRow(match id {
                Some(id) => owner.eq(self.named(resource::KEY, &Expr::val(bytes(id)), Some(from))),
                None => constant(false),
            });
        }
        let owners = Query::select()
            .column(("o", resource::KEY))
            .from_as(resource::TABLE, "o")
            .and_where(Expr::col(("o", resource::TENANT)).eq(self.tenant))
            .and_where(Expr::col(("o", resource::TYPE)).eq(type_number(from)))
            .and_where(framed_test(self.engine, (before, Expr::col(("o", resource::ID)), after), op, key))
            .take();
        OnRow(owner.in_subquery(owners))
    }

    /// A column of the resource with that id, and of that type if it must be of one; 0, which none has, if there is no such resource.
    /// One look-up by the id: a join would let PostgreSQL walk through the type as long as it has no statistics.
    fn named(&self, column: &'static str, id: &Expr, type_name: Option<&str>) -> Expr {
        let mut named = Query::select()
            .column(("n", column))
            .from_as(resource::TABLE, "n")
            .and_where(Expr::col(("n", resource::TENANT)).eq(self.tenant))
            .and_where(Expr::col(("n", resource::ID)).eq(id.clone()))
            .take();
        // Not by an index that begins with the type.
        named.and_where_option(type_name.map(|name| Expr::col(("n", resource::TYPE)).add(Expr::cust("0")).eq(type_number(name))));
        let named = Expr::SubQuery(None, Box::new(named.into()));
        Expr::from(Func::coalesce([named, Expr::val(0_i64)]))
    }

    /// What the row names is of one of these types.
    fn names_one_of(&self, types: Vec<i64>) -> Expr {
        self.named(resource::TYPE, &Expr::col(("l", link::VALUE)), None).is_in(types)
    }

    /// `type`: what the element is.
    fn label(&self, side: &Side<'_>, attribute: &Attribute, condition: &Condition) -> Bounds<OnRow> {
        let meets = |label: &str| match (comparison_key(attribute, &Value::from(label)), condition) {
            (Some(own), Condition::Compare(op, key)) => relates(&own, *op, key),
            (own, Condition::Present) => own.is_some(),
            (None, Condition::Compare(..)) => false,
        };
        Bounds::exactly(OnRow(match side.end {
            End::Named(_) => match (side.depth, meets("direct"), meets(INDIRECT)) {
                (Depth::Direct, direct, _) => constant(direct),
                (Depth::Untold, ..) => return Bounds::unknown(),
                (Depth::Any, true, true) => constant(true),
                (Depth::Any, false, false) => constant(false),
                (Depth::Any, true, false) => self.is_direct(side),
                (Depth::Any, false, true) => self.is_direct(side).not(),
            },
            End::Owner => {
                let types: Vec<i64> = self.types().filter(|kind| meets(&kind.name)).map(|kind| type_number(&kind.name)).collect();
                if types.is_empty() { constant(false) } else { self.names_one_of(types) }
            }
        }))
    }

    /// The container names the resource itself.
    fn is_direct(&self, side: &Side<'_>) -> Expr {
        let direct = Query::select()
            .expr(Expr::val(1))
            .from_as(link::TABLE, "d")
            .and_where(Expr::col(("d", link::TENANT)).eq(self.tenant))
            .and_where(Expr::col(("d", link::ATTRIBUTE)).eq(side.attribute))
            .and_where(Expr::col(("d", link::OWNER)).equals(("l", link::OWNER)))
            .and_where(Expr::col(("d", link::VALUE)).equals(("l", link::VALUE)))
            .take();
        Expr::exists(direct)
    }

    /// `$ref`: where the other resource is.
    fn target(&self, side: &Side<'_>, attribute: &Attribute, condition: &Condition) -> Bounds<OnRow> {
        let mut any = Vec::new();
        for kind in self.types().filter(|kind| matches!(side.end, End::Owner) || matches!(side.end, End::Named(from) if from == kind.name))
        {
            let Some(endpoint) = self.kind.endpoints.get(&kind.name) else { continue };
            let Some((before, after)) = frame(attribute, &location("", endpoint, "7"), "7") else { return Bounds::unknown() };
            let shown = |id: Expr| match condition {
                Condition::Present => constant(true),
                Condition::Compare(op, key) => framed_test(self.engine, (&before, id, &after), *op, key),
            };
            any.push(match side.end {
                End::Named(from) => self.owner(from, (&before, &after), condition),
                End::Owner => OnRow(shown(Expr::col(("l", link::VALUE))).and(self.names_one_of(vec![type_number(&kind.name)]))),
            });
        }
        Bounds::exactly(if any.is_empty() { OnRow(constant(false)) } else { OnRow::any(any) })
    }

    /// `display` or `displayName`: what the other resource is called now, by the index of its own `displayName`.
    fn display(&self, side: &Side<'_>, path: &BoundPath, test: &dyn Fn(&Expr, Inside) -> Test) -> Bounds<OnRow> {
        let shown = ["display", "displayName"].into_iter().find_map(|name| path.attribute.sub_attribute(name));
        if shown.is_none_or(|shown| shown.name != path.leaf().name) {
            return Bounds::unknown();
        }
        let mut found: Option<(SelectStatement, SelectStatement)> = None;
        let mut exact = true;
        for kind in self.types().filter(|kind| matches!(side.end, End::Owner) || matches!(side.end, End::Named(from) if from == kind.name))
        {
            if kind.core_attribute("displayName").is_none() {
                continue;
            }
            let Some((number, cut)) = self.index.names(kind, path.leaf()) else { return Bounds::unknown() };
            let names = |test: Expr| {
                let mut names = Query::select()
                    .from_as(value::TABLE, "d")
                    .and_where(Expr::col(("d", value::TENANT)).eq(self.tenant))
                    .and_where(Expr::col(("d", value::ATTRIBUTE)).eq(number))
                    .and_where(test)
                    .take();
                match side.end {
                    End::Named(_) => names.column(("d", value::SLOT)),
                    End::Owner => {
                        let id = Query::select()
                            .column(("t", resource::ID))
                            .from_as(resource::TABLE, "t")
                            .and_where(Expr::col(("t", resource::TENANT)).eq(self.tenant))
                            .and_where(Expr::col(("t", resource::TYPE)).eq(type_number(&kind.name)))
                            .and_where(Expr::col(("t", resource::KEY)).equals(("d", value::SLOT)))
                            .take();
                        names.expr_as(Expr::SubQuery(None, Box::new(id.into())), "id")
                    }
                };
                names
            };
            let inside = if self.cut.contains(&cut) { Inside::CutOff } else { Inside::Known };
            let Test { certainly, possibly, .. } = test(&Expr::col(("d", value::VALUE)), inside);
            exact &= possibly.is_none();
            let (certainly, possibly) = (names(certainly.clone()), names(possibly.unwrap_or(certainly)));
            match &mut found {
                None => found = Some((certainly, possibly)),
                Some((all_certainly, all_possibly)) => {
                    all_certainly.union(UnionType::All, certainly);
                    all_possibly.union(UnionType::All, possibly);
                }
            }
        }
        let Some((certainly, possibly)) = found else { return Bounds::exactly(OnRow(constant(false))) };
        let named = |names: SelectStatement| {
            let listed = Query::select().expr(Expr::cust("*")).from_subquery(names, "names").take();
            OnRow(match side.end {
                End::Named(_) => Expr::col(("l", link::OWNER)).in_subquery(listed),
                // An id that was kept as sent may be spelt otherwise than the resource's own: it names nothing.
                End::Owner => {
                    Expr::col(("l", link::COMPARED)).in_subquery(listed).and(Expr::col(("l", link::COMPARED)).equals(("l", link::VALUE)))
                }
            })
        };
        Bounds { certainly: Some(named(certainly)), possibly: Some(named(possibly)), exact }
    }

    fn types(&self) -> impl Iterator<Item = &ResourceType> {
        self.registry.types().iter().map(|kind| &**kind)
    }
}
