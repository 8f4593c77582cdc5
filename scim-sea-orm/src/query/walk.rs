//! Pages in an order that the index has.
//!
//! An answer is a list of stretches. Sorted, one stretch has all resources with a value, of all targets, and one for each target has
//! those without. Not sorted, each target is a stretch.

use scim_server::comparison::{comparison_key, parse_date_time};
use scim_server::sort::SortOrder;
use scim_server::store::{Page, Position, Query};
use scim_server::{Attribute, Timestamp};
use sea_orm::sea_query::extension::mysql::{IndexHintScope, MySqlSelectStatementExt as _};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query as Sql, SelectStatement, UnionType};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use serde_json::Value;

use super::Places;
use super::asked::{Asked, Sort};
use super::count::{count_of, number};
use crate::engine::Engine;
use crate::plan::{Keys, Selection};
use crate::table::{bytes, resource, text, value};

/// A query that the index answers.
pub(crate) struct Walk<'q> {
    pub(crate) stretches: Vec<Stretch<'q>>,
    order: SortOrder,
}

/// Resources that follow each other in the answer: several parts are merged by their values.
pub(crate) struct Stretch<'q> {
    parts: Vec<Part<'q>>,
}

/// What one target has in a stretch.
struct Part<'q> {
    target: usize,
    keys: Keys,
    value: Option<SortValue<'q>>,
    /// It has all resources of the type.
    whole: bool,
}

/// The column that a stretch is ordered by.
#[derive(Clone)]
struct SortValue<'q> {
    column: Expr,
    /// No two rows have the same.
    unique: bool,
    /// It holds microseconds, of that attribute, not the comparison key itself.
    instant_of: Option<&'q Attribute>,
}

impl<'q> Walk<'q> {
    /// How the index answers the query, if it can decide every filter and has every order.
    pub(crate) fn of(query: &'q Query, asked: &[Asked<'q>]) -> Option<Self> {
        let selections: Vec<Selection> =
            asked.iter().map(|asked| asked.known.certainly.clone().filter(|_| asked.known.exact)).collect::<Option<_>>()?;
        if !asked.iter().all(Asked::is_ordered) {
            return None;
        }
        let mut with_value = Stretch { parts: Vec::new() };
        let mut stretches = Vec::new();
        for ((target, asked), selection) in asked.iter().enumerate().zip(selections) {
            let of = |keys: Keys, value: Option<SortValue<'q>>, whole: bool| Part { target, keys, value, whole };
            let missing = match asked.sort {
                Sort::Missing | Sort::Unknown => selection,
                Sort::Column(column) => {
                    let mut keys = asked.keys_of_rows(&selection);
                    if asked.engine == Engine::MySql && column != resource::ID && matches!(selection, Selection::Always(true)) {
                        // Without statistics it would sort all rows of the type.
                        keys.select.force_index(format!("scim_resource_{column}"), IndexHintScope::All);
                    }
                    let instant_of = asked.target.sort.as_ref().filter(|_| column != resource::ID).map(|path| &**path.leaf());
                    let value = SortValue { column: Expr::col(("r", column)), unique: column == resource::ID, instant_of };
                    with_value.parts.push(of(keys, Some(value), false));
                    continue;
                }
                Sort::Values(attribute, unique) => {
                    let rows = asked.sort_rows(attribute, unique);
                    let mut keys = rows.clone();
                    if !matches!(selection, Selection::Always(true)) {
                        keys.select.and_where(selection.condition(&keys.key, asked.engine));
                    }
                    let value = SortValue { column: Expr::col(("s", value::VALUE)), unique, instant_of: None };
                    with_value.parts.push(of(keys, Some(value), false));
                    match selection {
                        Selection::Always(true) => Selection::NotIn(rows),
                        selection => Selection::All(vec![selection, Selection::NotIn(rows)]),
                    }
                }
            };
            let whole = matches!(missing, Selection::Always(true));
            stretches.push(Stretch { parts: vec![of(asked.keys(missing), None, whole)] });
        }
        // Instants and texts have no common order here.
        let kinds = |instant: bool| {
            with_value.parts.iter().any(|part| part.value.as_ref().is_some_and(|value| value.instant_of.is_some() == instant))
        };
        if kinds(true) && kinds(false) {
            return None;
        }
        if !with_value.parts.is_empty() {
            let place = if query.order == SortOrder::Ascending { 0 } else { stretches.len() };
            stretches.insert(place, with_value);
        }
        Some(Self { stretches, order: query.order })
    }

    /// The places of the page, and the total if it is wanted.
    pub(super) async fn places<C: ConnectionTrait>(&self, connection: &C, query: &Query, asked: &[Asked<'_>]) -> Result<Places, DbErr> {
        let count = u64::from(query.page.count());
        let (start, last) = match &query.page {
            Page::Index { start, .. } => (start.saturating_sub(1), None),
            Page::After { position, .. } => (0, position.as_ref()),
        };
        // One more than the page shows whether it is the last one.
        let wanted = if count == 0 { 0 } else { count + 1 };
        let (mut skipped, mut passed, mut found) = (start, 0, Vec::new());
        for stretch in &self.stretches {
            let missing = wanted - found.len() as u64;
            if missing == 0 {
                break;
            }
            let Some(select) = self.piece(stretch, last, skipped, missing) else { continue };
            let rows = match stretch.parts.as_slice() {
                [Part { whole: true, target, keys, .. }] if skipped >> asked[*target].engine.block_shift() > 0 => {
                    match asked[*target].block(connection, skipped).await? {
                        Some((first, rest)) => {
                            let mut select = self.piece(stretch, last, rest, missing).unwrap_or(select);
                            connection.query_all(select.and_where(keys.key.clone().gte(first))).await?
                        }
                        None => Vec::new(),
                    }
                }
                _ => connection.query_all(&select).await?,
            };
            if rows.is_empty() && skipped > 0 {
                let passed_here = stretch.size(connection, asked).await?;
                passed += passed_here;
                skipped = skipped.saturating_sub(passed_here);
                continue;
            }
            (passed, skipped) = (start, 0);
            for row in &rows {
                found.push(stretch.place(row)?);
            }
        }
        let all = count > 0 && last.is_none() && found.len() as u64 <= count;
        let total = match query.total {
            false => None,
            // The answer ends with this page: no count is needed.
            true if all => Some(passed + found.len() as u64),
            true => {
                let mut total = 0;
                for asked in asked {
                    total += asked.count(connection, asked.known.certainly.as_ref().unwrap_or(&Selection::Always(false))).await?;
                }
                Some(total)
            }
        };
        Ok(Places { found, total })
    }

    /// The statement that finds a piece of a stretch; none if it lies before the page.
    pub(crate) fn piece(&self, stretch: &Stretch<'_>, last: Option<&Position>, skipped: u64, count: u64) -> Option<SelectStatement> {
        // An offset beyond what a database can count to is beyond every list.
        let skipped = Ord::min(skipped, i64::MAX as u64 - count);
        let parts: Vec<(usize, SelectStatement)> =
            stretch.parts.iter().filter_map(|part| Some((part.target, self.ordered(part, last)?))).collect();
        if let [(target, only)] = parts.as_slice() {
            let mut select = only.clone();
            select.expr_as(Expr::val(i64::try_from(*target).ok()?), "target").limit(count);
            if skipped > 0 {
                select.offset(skipped);
            }
            return Some(select);
        }
        let mut pieces = parts.into_iter().map(|(target, mut part)| {
            part.limit(skipped + count);
            let mut piece = Sql::select();
            piece.column("sort").column("key").expr_as(Expr::val(i64::try_from(target).unwrap_or(i64::MAX)), "target");
            piece.from_subquery(part, format!("t{target}"));
            piece
        });
        let mut all = pieces.next()?;
        for piece in pieces {
            all.union(UnionType::All, piece);
        }
        let mut merged = Sql::select();
        merged.columns(["sort", "key", "target"]).from_subquery(all, "merged");
        merged.order_by("sort", self.direction()).order_by("target", Order::Asc).order_by("key", Order::Asc).limit(count);
        if skipped > 0 {
            merged.offset(skipped);
        }
        Some(merged)
    }

    fn direction(&self) -> Order {
        match self.order {
            SortOrder::Ascending => Order::Asc,
            SortOrder::Descending => Order::Desc,
        }
    }

    /// A part in its order, behind a position.
    fn ordered(&self, part: &Part<'_>, last: Option<&Position>) -> Option<SelectStatement> {
        let mut select = part.keys.select.clone();
        select.expr_as(part.keys.key.clone(), "key");
        let key = || part.keys.key.clone();
        let Some(SortValue { column, unique, .. }) = &part.value else {
            select.order_by_expr(key(), Order::Asc);
            match last {
                None => {}
                // The position is among those with a value: upwards they come first.
                Some(last) if last.key.is_some() && self.order == SortOrder::Descending => return None,
                Some(last) if last.key.is_some() => {}
                Some(last) if part.target < last.target => return None,
                Some(last) if part.target == last.target => {
                    select.and_where(key().gt(last.number));
                }
                Some(_) => {}
            }
            return Some(select);
        };
        select.expr_as(column.clone(), "sort").order_by_expr(column.clone(), self.direction());
        if !unique {
            select.order_by_expr(key(), Order::Asc);
        }
        let Some(last) = last else { return Some(select) };
        let Some(at) = &last.key else {
            // The position is among those without a value, which come first downwards.
            return (self.order == SortOrder::Descending).then_some(select);
        };
        let at = match part.value.as_ref()?.instant_of {
            None => Expr::val(bytes(at)),
            Some(_) => Expr::val(micros(at)?),
        };
        let (beyond, not_before) = match self.order {
            SortOrder::Ascending => (column.clone().gt(at.clone()), column.clone().gte(at)),
            SortOrder::Descending => (column.clone().lt(at.clone()), column.clone().lte(at)),
        };
        select.and_where(match part.target.cmp(&last.target) {
            std::cmp::Ordering::Less => beyond,
            std::cmp::Ordering::Greater => not_before,
            std::cmp::Ordering::Equal => not_before.and(beyond.or(key().gt(last.number))),
        });
        Some(select)
    }
}

impl Stretch<'_> {
    /// How many resources it has in all.
    async fn size<C: ConnectionTrait>(&self, connection: &C, asked: &[Asked<'_>]) -> Result<u64, DbErr> {
        let mut size = 0;
        for part in &self.parts {
            size += match part.whole {
                true => asked[part.target].count(connection, &Selection::Always(true)).await?,
                false => number(connection, &count_of(&part.keys)).await?,
            };
        }
        Ok(size)
    }

    fn place(&self, row: &QueryResult) -> Result<Position, DbErr> {
        let target: i64 = row.try_get("", "target")?;
        let target = usize::try_from(target).map_err(|error| DbErr::Type(error.to_string()))?;
        let value = self.parts.iter().find(|part| part.target == target).and_then(|part| part.value.as_ref());
        let key = match value {
            None => None,
            Some(SortValue { instant_of: Some(attribute), .. }) => {
                let instant = Timestamp::from_micros(row.try_get("", "sort")?);
                comparison_key(attribute, &Value::from(instant.to_string()))
            }
            Some(_) => Some(text(row, "sort")?),
        };
        Ok(Position { key, target, number: row.try_get("", "key")? })
    }
}

impl Asked<'_> {
    /// The rows of those that a selection names.
    fn keys_of_rows(&self, selection: &Selection) -> Keys {
        match selection.keys(self.engine) {
            Some(keys) => self.every(&Selection::In(keys)),
            None => self.every(selection),
        }
    }
}

/// The instant of a comparison key, in microseconds.
fn micros(key: &str) -> Option<i64> {
    i64::try_from(parse_date_time(key)?.unix_timestamp_nanos().div_euclid(1_000)).ok()
}
