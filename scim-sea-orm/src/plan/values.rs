//! Tests of one indexed value.

use scim_server::filter::{CompareOp, Condition};
use sea_orm::sea_query::{Expr, ExprTrait, Func};

use super::row::next;
use super::selection::{Reach, constant};
use crate::engine::Engine;
use crate::index::{CUT, MAX_VALUE, cut};

/// A condition on an indexed value: what it certainly shows, and what it possibly shows if the two differ.
pub(super) struct Test {
    pub(super) certainly: Expr,
    pub(super) possibly: Option<Expr>,
    pub(super) reach: Reach,
}

/// Whether the index has the whole of every value under an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    Known,
    /// Some values were cut.
    CutOff,
}

/// Whether a test can only be decided on values that were not cut.
pub(super) fn looks_inside(condition: &Condition) -> bool {
    match condition {
        Condition::Compare(CompareOp::Co | CompareOp::Ew, _) => true,
        Condition::Compare(CompareOp::Eq | CompareOp::Ne, _) | Condition::Present => false,
        Condition::Compare(_, key) => key.len() >= CUT,
    }
}

pub(super) fn value_test(engine: Engine, column: &Expr, condition: &Condition, inside: Inside) -> Test {
    let column = || column.clone();
    let exactly = |certainly, reach| Test { certainly, possibly: None, reach };
    let Condition::Compare(op, key) = condition else { return exactly(column().gt(Vec::<u8>::new()), Reach::Attribute) };
    let cut_off = inside == Inside::CutOff;
    let bytes = if looks_inside(condition) { key.as_bytes().to_vec() } else { cut(key) };
    match op {
        CompareOp::Eq => exactly(column().eq(bytes), Reach::Value),
        CompareOp::Ne => exactly(column().ne(bytes), Reach::Attribute),
        // A long key cannot be compared with a value that was cut.
        CompareOp::Gt | CompareOp::Ge | CompareOp::Lt | CompareOp::Le | CompareOp::Sw if looks_inside(condition) && cut_off => {
            Test { certainly: constant(false), possibly: Some(constant(true)), reach: Reach::Attribute }
        }
        CompareOp::Gt => exactly(column().gt(bytes), Reach::Range),
        CompareOp::Ge => exactly(column().gte(bytes), Reach::Range),
        CompareOp::Lt => exactly(column().lt(bytes), Reach::Range),
        CompareOp::Le => exactly(column().lte(bytes), Reach::Range),
        CompareOp::Sw => match next(&bytes) {
            Some(next) => exactly(column().gte(bytes).and(column().lt(next)), Reach::Beginning),
            None => exactly(column().gte(bytes), Reach::Attribute),
        },
        CompareOp::Co | CompareOp::Ew if key.is_empty() => exactly(constant(true), Reach::Attribute),
        CompareOp::Co | CompareOp::Ew => {
            let found = match op {
                CompareOp::Co => engine.contains(column(), &bytes),
                _ => engine.ends_with(column(), &bytes),
            };
            if !cut_off {
                return exactly(found, Reach::Attribute);
            }
            let length = || Expr::from(Func::cust("length").arg(column()));
            let (short, long) = (length().lt(i64::from(MAX_VALUE)), length().gte(i64::from(MAX_VALUE)));
            Test { certainly: found.clone().and(short), possibly: Some(found.or(long)), reach: Reach::Attribute }
        }
    }
}
