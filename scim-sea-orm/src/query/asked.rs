//! What the index knows of each target of a query: of its filter and of its sort.

use std::collections::BTreeSet;

use scim_server::BoundPath;
use scim_server::filter::Bounds;
use scim_server::store::{Query, Target};
use sea_orm::sea_query::extension::mysql::{IndexHintScope, MySqlSelectStatementExt as _};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query as Sql};
use sea_orm::{ConnectionTrait, DbErr};

use crate::engine::Engine;
use crate::explain::Search;
use crate::index::type_number;
use crate::plan::{Keys, Planner, Reach, Selection, searched_inside};
use crate::stores::SqlStore;
use crate::table::{resource, value};

/// One target of a query.
pub(crate) struct Asked<'q> {
    pub(crate) target: &'q Target,
    pub(crate) known: Bounds<Selection>,
    pub(super) sort: Sort,
    /// How searchable attributes are searched.
    pub(crate) searches: BTreeSet<Search>,
    pub(super) tenant: i64,
    pub(super) engine: Engine,
}

/// How the index orders the resources of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// None of them has a value.
    Missing,
    /// By the rows of an attribute: its number, and whether its values are unique.
    Values(i64, bool),
    /// By a column that every resource has.
    Column(&'static str),
    /// It does not: their documents must be looked at.
    Unknown,
}

/// Looks up what the index knows of a query.
pub(crate) async fn ask<'q, C: ConnectionTrait>(store: &SqlStore, connection: &C, query: &'q Query) -> Result<Vec<Asked<'q>>, DbErr> {
    let mut all = Vec::with_capacity(query.targets.len());
    for target in &query.targets {
        let mut numbers = target.filter.as_ref().map(|filter| searched_inside(filter, &target.kind, store)).unwrap_or_default();
        let sorted_by = target.sort.as_ref().and_then(|path| store.inner.index.find(&target.kind, path));
        numbers.extend(sorted_by.map(|indexed| indexed.cut));
        let cut = with_rows(store, connection, numbers).await?;
        let planner = Planner::new(store, &target.kind, &cut);
        let known = match &target.filter {
            Some(filter) => planner.plan(filter),
            None => Bounds::exactly(Selection::Always(true)),
        };
        let sort = target.sort.as_ref().map_or(Sort::Missing, |path| Sort::by(store, target, path, &cut));
        all.push(Asked { target, known, sort, searches: planner.searches(), tenant: store.tenant, engine: store.inner.engine });
    }
    Ok(all)
}

/// Those of the numbers under which any value stands.
async fn with_rows<C: ConnectionTrait>(store: &SqlStore, connection: &C, numbers: BTreeSet<i64>) -> Result<BTreeSet<i64>, DbErr> {
    let mut found = BTreeSet::new();
    for number in numbers {
        let any = Sql::select()
            .column(value::KEY)
            .from(value::TABLE)
            .and_where(Expr::col(value::TENANT).eq(store.tenant))
            .and_where(Expr::col(value::ATTRIBUTE).eq(number))
            .limit(1)
            .take();
        if connection.query_one(&any).await?.is_some() {
            found.insert(number);
        }
    }
    Ok(found)
}

impl Sort {
    fn by(store: &SqlStore, target: &Target, path: &BoundPath, cut: &BTreeSet<i64>) -> Self {
        let sub = path.sub.as_ref().map(|sub| sub.name.as_str());
        match (path.extension.is_none(), path.attribute.name.as_str(), sub) {
            (true, "id", None) => return Self::Column(resource::ID),
            (true, "meta", Some("created")) => return Self::Column(resource::CREATED),
            (true, "meta", Some("lastModified")) => return Self::Column(resource::MODIFIED),
            _ => {}
        }
        // A complex value has no key of its own.
        if path.leaf().is_complex() {
            return Self::Missing;
        }
        match store.inner.index.find(&target.kind, path) {
            Some(indexed) if !cut.contains(&indexed.cut) => Self::Values(indexed.number, indexed.unique),
            Some(_) | None => Self::Unknown,
        }
    }
}

impl Asked<'_> {
    /// Whether the index has its order.
    pub(crate) fn is_ordered(&self) -> bool {
        self.sort != Sort::Unknown
    }

    /// The keys of those that a selection names, each once.
    pub(super) fn keys(&self, selection: Selection) -> Keys {
        match selection.keys(self.engine) {
            // PostgreSQL without statistics takes any index that begins with the type, unless one has an order that is asked for.
            Some(Keys { lead: Some(lead), once: true, select, key, reach, .. }) if self.engine == Engine::Postgres => {
                let led = select.clone().expr_as(key, "key").order_by_expr(lead, Order::Asc).offset(0).take();
                let select = Sql::select().from_subquery(led, "k").take();
                Keys { select, key: Expr::col(("k", "key")), once: true, probe: false, reach, row: None, lead: None }
            }
            Some(keys) if keys.once => keys,
            // SQLite finds the keys of the list in their order, and skips under an offset without a look at the rest.
            Some(keys) if self.engine == Engine::Sqlite => self.every(&Selection::In(keys)),
            Some(keys) => {
                let key = Expr::col(("k", "key"));
                let select = Sql::select().from_subquery(keys.statement().distinct().take(), "k").and_where(key.clone().gt(0)).take();
                Keys { select, key, once: true, ..keys }
            }
            None => {
                let mut keys = self.every(&selection);
                if self.engine == Engine::MySql && !matches!(selection, Selection::Always(true)) {
                    // The primary key has the documents in it; this index has all that is asked.
                    keys.select.force_index("scim_resource_created", IndexHintScope::All);
                }
                keys
            }
        }
    }

    /// All resources of the type, or those of them that are selected.
    pub(super) fn every(&self, selection: &Selection) -> Keys {
        let key = Expr::col(("r", resource::KEY));
        let mut select = Sql::select()
            .from_as(resource::TABLE, "r")
            .and_where(Expr::col(("r", resource::TENANT)).eq(self.tenant))
            .and_where(Expr::col(("r", resource::TYPE)).eq(type_number(&self.target.kind.name)))
            .take();
        if !matches!(selection, Selection::Always(true)) {
            select.and_where(selection.condition(&key, self.engine));
        }
        Keys { select, key, once: true, probe: false, reach: Reach::Everything, row: None, lead: None }
    }

    /// The rows of the values that lead a sort.
    pub(super) fn sort_rows(&self, attribute: i64, unique: bool) -> Keys {
        let select = Sql::select()
            .from_as(value::TABLE, "s")
            .and_where(Expr::col(("s", value::TENANT)).eq(self.tenant))
            .and_where(Expr::col(("s", value::ATTRIBUTE)).eq(attribute))
            .and_where(Expr::col(("s", value::ELEMENT)).eq(0))
            .take();
        let key = Expr::col(("s", if unique { value::KEY } else { value::SLOT }));
        Keys { select, key, once: true, probe: false, reach: Reach::Attribute, row: None, lead: None }
    }
}
