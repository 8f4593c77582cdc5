//! What the columns know of a filter. The rest is decided on the resources.

use scim_server::filter::{Bounds, Combine, CompareOp, Condition as Test, ResolvedFilter, Term, narrow};
use sea_orm::sea_query::{Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{ColumnTrait, Condition};

use super::table::Column;

/// A condition of SQL that is never NULL: `NOT` is then the opposite.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sql(pub(crate) Condition);

impl Combine for Sql {
    fn all(parts: Vec<Self>) -> Self {
        Sql(parts.into_iter().fold(Condition::all(), |all, part| all.add(part.0)))
    }

    fn any(parts: Vec<Self>) -> Self {
        Sql(parts.into_iter().fold(Condition::any(), |any, part| any.add(part.0)))
    }

    fn negate(self) -> Self {
        Sql(self.0.not())
    }
}

/// The bounds of a filter over the table.
pub(crate) fn bounds(filter: &ResolvedFilter) -> Bounds<Sql> {
    narrow(filter, &|term| match term {
        Term::Attribute(path, test) => of(&path.to_string(), test),
        Term::Element(..) => Bounds::unknown(),
    })
}

fn of(path: &str, test: &Test) -> Bounds<Sql> {
    match (path, test) {
        // Always there, and kept as it is compared: every operator is exact.
        ("userName", Test::Present) => exactly(Column::LoginKey.ne("")),
        ("userName", Test::Compare(op, key)) => exactly(login(*op, key)),
        ("active", Test::Present) => exactly(Column::Active.is_not_null()),
        ("active", Test::Compare(CompareOp::Eq, key)) => exactly(is(key == "1")),
        ("active", Test::Compare(CompareOp::Ne, key)) => exactly(is(key == "1").not()),
        // Kept as it was sent: the database cannot fold it. What has no name does not match, the rest may.
        ("displayName", Test::Present) => exactly(Column::Name.is_not_null().and(Column::Name.ne(""))),
        ("displayName", Test::Compare(CompareOp::Ne, _)) => Bounds::unknown(),
        ("displayName", Test::Compare(..)) => Bounds { certainly: None, possibly: Some(sql(Column::Name.is_not_null())), exact: false },
        _ => Bounds::unknown(),
    }
}

fn login(op: CompareOp, key: &str) -> SimpleExpr {
    let column = || Expr::col(Column::LoginKey);
    let length = || i64::try_from(key.chars().count()).unwrap_or(i64::MAX);
    // `substr` and `instr` count characters and heed case, which LIKE does not.
    let part = |start: i64| Func::cust("substr").arg(column()).arg(start).arg(length());
    match op {
        CompareOp::Eq => column().eq(key),
        CompareOp::Ne => column().ne(key),
        CompareOp::Co => Expr::expr(Func::cust("instr").arg(column()).arg(key)).gt(0),
        CompareOp::Sw => Expr::expr(part(1)).eq(key),
        CompareOp::Ew if key.is_empty() => column().ne(""),
        CompareOp::Ew => Expr::expr(part(-length())).eq(key),
        CompareOp::Gt => column().gt(key),
        CompareOp::Ge => column().gte(key),
        CompareOp::Lt => column().lt(key),
        CompareOp::Le => column().lte(key),
    }
}

fn is(active: bool) -> SimpleExpr {
    Column::Active.is_not_null().and(Column::Active.eq(active))
}

fn exactly(expression: SimpleExpr) -> Bounds<Sql> {
    Bounds::exactly(sql(expression))
}

fn sql(expression: SimpleExpr) -> Sql {
    Sql(Condition::all().add(expression))
}
