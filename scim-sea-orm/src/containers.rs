//! Who contains whom through others (S59): the two recursive statements, upwards from some resources and downwards from some
//! containers. Both end in circles, because no pair is found twice.

use scim_server::Derived;
use sea_orm::sea_query::{CommonTableExpression, Expr, ExprTrait, IntoCondition, Query, SelectStatement, TableRef, UnionType, WithClause};

use crate::index::{number, type_number};
use crate::read::padded;
use crate::table::{link, resource};

/// The pairs that a statement has found so far.
const FOUND: &str = "found";

/// In the rows of [`upwards`]: 0 for a direct container, 1 for one that contains a direct one.
pub(crate) const ABOVE: &str = "above";

/// The number of the collection that an attribute is derived from.
pub(crate) fn collection(derived: &Derived) -> i64 {
    number(&format!("{} {}", derived.from_type, derived.from_collection))
}

/// What contains the resources of these ids: rows of `value` (the id), `owner` (the container) and [`ABOVE`]. A container can stand
/// there twice, as direct and as not.
pub(crate) fn upwards(tenant: i64, derived: &Derived, ids: Vec<Vec<u8>>) -> SelectStatement {
    let mut found = links(tenant, collection(derived), "l");
    found
        .columns([("l", link::VALUE), ("l", link::OWNER)])
        .expr_as(Expr::val(0_i64), ABOVE)
        .and_where(Expr::col(("l", link::COMPARED)).is_in(padded(ids, Vec::new())));
    let container = is_named("o", Expr::col(("l", link::COMPARED)), tenant, &derived.from_type)
        .and(Expr::col(("o", resource::ID)).equals(("l", link::VALUE)));
    let mut next = links(tenant, collection(derived), "l");
    next.column((FOUND, link::VALUE))
        .column(("l", link::OWNER))
        .expr_as(Expr::val(1_i64), ABOVE)
        .inner_join(TableRef::from(resource::TABLE).alias("o"), container)
        .inner_join(FOUND, Expr::col((FOUND, link::OWNER)).equals(("o", resource::KEY)));
    recursive(found, next, &[link::VALUE, link::OWNER, ABOVE])
}

/// What the containers contain, themselves and through others: rows of `owner` (the container), `value` and `compared` (the id). The
/// condition on their links `l` tells which containers are meant.
pub(crate) fn downwards(tenant: i64, collection: i64, from_type: &str, meant: impl IntoCondition) -> SelectStatement {
    let mut found = links(tenant, collection, "l");
    found.columns([("l", link::OWNER), ("l", link::VALUE), ("l", link::COMPARED)]).cond_where(meant);
    let container = is_named("o", Expr::col((FOUND, link::COMPARED)), tenant, from_type)
        .and(Expr::col(("o", resource::ID)).equals((FOUND, link::VALUE)));
    let mut next = links(tenant, collection, "l");
    next.column((FOUND, link::OWNER))
        .columns([("l", link::VALUE), ("l", link::COMPARED)])
        .inner_join(TableRef::from(resource::TABLE).alias("o"), Expr::col(("o", resource::KEY)).equals(("l", link::OWNER)))
        .inner_join(FOUND, container);
    recursive(found, next, &[link::OWNER, link::VALUE, link::COMPARED])
}

fn links(tenant: i64, collection: i64, alias: &'static str) -> SelectStatement {
    Query::select()
        .from_as(link::TABLE, alias)
        .and_where(Expr::col((alias, link::TENANT)).eq(tenant))
        .and_where(Expr::col((alias, link::ATTRIBUTE)).eq(collection))
        .take()
}

/// The resource of that alias has the id and the type.
fn is_named(alias: &'static str, id: Expr, tenant: i64, type_name: &str) -> Expr {
    Expr::col((alias, resource::TENANT))
        .eq(tenant)
        .and(Expr::col((alias, resource::TYPE)).eq(type_number(type_name)))
        .and(Expr::col((alias, resource::ID)).eq(id))
}

fn recursive(first: SelectStatement, next: SelectStatement, columns: &[&'static str]) -> SelectStatement {
    let mut pairs = first;
    pairs.union(UnionType::Distinct, next);
    let found = CommonTableExpression::new().query(pairs).columns(columns.iter().copied()).table_name(FOUND).to_owned();
    let with = WithClause::new().recursive(true).cte(found).to_owned();
    Query::select().columns(columns.iter().map(|column| (FOUND, *column))).from(FOUND).with_cte(with).take()
}
