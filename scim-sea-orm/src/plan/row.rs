//! Conditions on one row: what a column of bytes or an instant must be.

use scim_server::comparison::parse_date_time;
use scim_server::filter::{Combine, CompareOp};
use sea_orm::sea_query::{Cond, Expr, ExprTrait};

use super::selection::constant;
use crate::engine::Engine;

/// A condition on a row that stands for one element.
#[derive(Debug, Clone)]
pub(super) struct OnRow(pub(super) Expr);

impl Combine for OnRow {
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

/// The least text that no text beginning with these bytes reaches.
pub(super) fn next(bytes: &[u8]) -> Option<Vec<u8>> {
    let last = bytes.iter().rposition(|byte| *byte < u8::MAX)?;
    let mut next = bytes[..=last].to_vec();
    next[last] += 1;
    Some(next)
}

/// Whether a column that has every value whole stands so to a key.
pub(super) fn bytes_test(engine: Engine, column: Expr, op: CompareOp, key: &str) -> Expr {
    let bytes = key.as_bytes().to_vec();
    match op {
        CompareOp::Eq => column.eq(bytes),
        CompareOp::Ne => column.ne(bytes),
        CompareOp::Gt => column.gt(bytes),
        CompareOp::Ge => column.gte(bytes),
        CompareOp::Lt => column.lt(bytes),
        CompareOp::Le => column.lte(bytes),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew if key.is_empty() => constant(true),
        CompareOp::Co => engine.contains(column, &bytes),
        CompareOp::Sw => match next(&bytes) {
            Some(next) => column.clone().gte(bytes).and(column.lt(next)),
            None => column.gte(bytes),
        },
        CompareOp::Ew => engine.ends_with(column, &bytes),
    }
}

/// Whether a text that the server makes, of a column between two fixed parts, stands so to a key.
pub(super) fn framed_test(engine: Engine, (before, column, after): (&str, Expr, &str), op: CompareOp, key: &str) -> Expr {
    let inner = key.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    match (op, inner) {
        (CompareOp::Eq, None) => constant(false),
        (CompareOp::Ne, None) => constant(true),
        (CompareOp::Eq | CompareOp::Ne, Some(inner)) => bytes_test(engine, column, op, inner),
        _ => bytes_test(engine, engine.joined(before, column, after), op, key),
    }
}

/// A test of a column of microseconds, whose representation shows milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct InstantTest {
    op: CompareOp,
    /// The first microsecond of the millisecond, and the first one behind it.
    start: i64,
    end: i64,
    /// Whether the instant is a whole millisecond.
    whole: bool,
}

impl InstantTest {
    /// The test against that comparison key, if there is an order in it.
    pub(super) fn of(op: CompareOp, key: &str) -> Option<Self> {
        if matches!(op, CompareOp::Co | CompareOp::Sw | CompareOp::Ew) {
            return None;
        }
        let nanos = parse_date_time(key)?.unix_timestamp_nanos();
        let milli = i64::try_from(nanos.div_euclid(1_000_000)).ok()?;
        let whole = nanos.rem_euclid(1_000_000) == 0;
        Some(Self { op, start: milli.checked_mul(1_000)?, end: milli.checked_add(1)?.checked_mul(1_000)?, whole })
    }

    pub(super) fn on(&self, column: &Expr) -> Expr {
        let Self { op, start, end, whole } = *self;
        let column = || column.clone();
        match op {
            CompareOp::Eq if whole => column().gte(start).and(column().lt(end)),
            CompareOp::Ne if whole => column().lt(start).or(column().gte(end)),
            CompareOp::Ne => constant(true),
            CompareOp::Lt if whole => column().lt(start),
            CompareOp::Lt | CompareOp::Le => column().lt(end),
            CompareOp::Ge if whole => column().gte(start),
            CompareOp::Ge | CompareOp::Gt => column().gte(end),
            CompareOp::Eq | CompareOp::Co | CompareOp::Sw | CompareOp::Ew => constant(false),
        }
    }
}
