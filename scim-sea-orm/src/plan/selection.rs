//! Which resources of one type, in terms of the keys that the index gives.

use std::fmt;
use std::sync::Arc;

use scim_server::filter::Combine;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, UnionType};

use crate::engine::Engine;
use crate::table::link;

/// The resources of one type that a condition selects.
#[derive(Debug, Clone)]
pub(crate) enum Selection {
    /// All of them or none.
    Always(bool),
    /// Those whose keys a statement gives.
    In(Keys),
    /// The others.
    NotIn(Keys),
    /// Those in all of these.
    All(Vec<Selection>),
    /// Those in one of these.
    Any(Vec<Selection>),
}

/// Keys, by a statement without columns. It stands on its own, or as a condition on the keys of another.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) select: SelectStatement,
    pub(crate) key: Expr,
    /// Whether it gives no key twice.
    pub(crate) once: bool,
    /// Whether one look-up tells if a key is there.
    pub(crate) probe: bool,
    pub(crate) reach: Reach,
    /// The test, if it is one of the resource's own row.
    pub(crate) row: Option<RowTest>,
    /// The column whose index shall be taken.
    pub(crate) lead: Option<Expr>,
}

/// A test of the row of a resource, which goes by some name in a statement.
#[derive(Clone)]
pub(crate) struct RowTest {
    pub(crate) alias: String,
    pub(crate) test: Arc<dyn Fn(&str) -> Expr + Send + Sync>,
}

impl fmt::Debug for RowTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.test)(&self.alias).fmt(f)
    }
}

/// How much of the index a statement reads, by what it asks and not by what is there: plans do not depend on statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// One resource.
    One,
    /// One value.
    Value,
    /// Values with one beginning.
    Beginning,
    /// Values with one part, by their trigrams.
    Part,
    /// Values up to a bound.
    Range,
    /// All values of an attribute, or one of a few values that many have.
    Attribute,
    /// All resources.
    Everything,
}

impl Combine for Selection {
    fn all(parts: Vec<Self>) -> Self {
        Self::All(parts)
    }

    fn any(parts: Vec<Self>) -> Self {
        Self::Any(parts)
    }

    /// Carried to the leaves, because each has its own best way to be asked for the opposite.
    fn negate(self) -> Self {
        match self {
            Self::Always(holds) => Self::Always(!holds),
            Self::In(keys) => Self::NotIn(keys),
            Self::NotIn(keys) => Self::In(keys),
            Self::All(parts) => Self::Any(parts.into_iter().map(Self::negate).collect()),
            Self::Any(parts) => Self::All(parts.into_iter().map(Self::negate).collect()),
        }
    }
}

/// How many conditions PostgreSQL may take for joins. To plan them takes it time that grows with the fourth power of their number (T12).
const JOINED: usize = 8;

impl Selection {
    /// How many conditions stand beside each other in a statement that has this one.
    fn terms(&self) -> usize {
        match self {
            Self::All(parts) => parts.iter().map(Self::terms).sum(),
            _ => 1,
        }
    }

    /// The condition on a key that it is among those of this part, beside the other parts of the whole.
    fn condition_of(&self, part: &Self, key: &Expr, engine: Engine) -> Expr {
        let condition = part.condition(key, engine);
        if engine == Engine::Postgres && self.terms() > JOINED {
            // It makes no join of what stands within a call, but a list that it looks into.
            return Expr::cust_with_exprs("coalesce($1, false)", [condition]);
        }
        condition
    }

    /// A statement that gives these keys without a look at any other resource, if the index can.
    pub(crate) fn keys(&self, engine: Engine) -> Option<Keys> {
        match self {
            Self::In(keys) => Some(keys.clone()),
            Self::Always(_) | Self::NotIn(_) => None,
            Self::All(parts) => {
                let found = parts.iter().enumerate().filter_map(|(place, part)| Some((place, part.keys(engine)?)));
                let (least, mut keys) = found.min_by_key(|(_, keys)| keys.reach)?;
                for (_, other) in parts.iter().enumerate().filter(|(place, _)| *place != least) {
                    let same_row = keys.row.as_ref().and_then(|row| other.on_row(&row.alias));
                    keys.select.and_where(same_row.unwrap_or_else(|| self.condition_of(other, &keys.key, engine)));
                }
                keys.row = None;
                // The other conditions take away the one look-up.
                keys.probe = false;
                Some(keys)
            }
            Self::Any(parts) => union(parts.iter().map(|part| part.keys(engine)).collect::<Option<Vec<Keys>>>()?),
        }
    }

    /// The condition on the row of a resource that it is one of these, if it can be told from there.
    fn on_row(&self, alias: &str) -> Option<Expr> {
        match self {
            Self::In(Keys { row: Some(row), .. }) => Some((row.test)(alias)),
            Self::NotIn(Keys { row: Some(row), .. }) => Some((row.test)(alias).not()),
            _ => None,
        }
    }

    /// The condition that a key is among these.
    pub(crate) fn condition(&self, key: &Expr, engine: Engine) -> Expr {
        match self {
            Self::Always(holds) => constant(*holds),
            Self::In(keys) => key.clone().in_subquery(keys.statement()),
            Self::NotIn(keys) => {
                let probes = match engine {
                    Engine::Sqlite => keys.probe,
                    // It lists only as much as its memory holds.
                    Engine::Postgres => true,
                    // It chooses by itself, and MariaDB 10.11 fails at the second run of a statement that probes from within a union.
                    Engine::MySql => false,
                };
                if probes { keys.contains(key).not() } else { key.clone().not_in_subquery(keys.statement()) }
            }
            Self::All(parts) => {
                parts.iter().map(|part| self.condition_of(part, key, engine)).reduce(Expr::and).unwrap_or_else(|| constant(true))
            }
            Self::Any(parts) => {
                // What the index gives is one list, not one condition each, so that the list can lead.
                let (listed, others): (Vec<_>, Vec<_>) =
                    parts.iter().map(|part| (part, part.keys(engine))).partition(|(_, keys)| keys.is_some());
                let listed = union(listed.into_iter().filter_map(|(_, keys)| keys).collect()).map(Self::In);
                let all = listed.iter().chain(others.into_iter().map(|(part, _)| part));
                all.map(|part| part.condition(key, engine)).reduce(Expr::or).unwrap_or_else(|| constant(false))
            }
        }
    }
}

impl Keys {
    /// The statement with its one column.
    pub(crate) fn statement(&self) -> SelectStatement {
        self.select.clone().expr_as(self.key.clone(), "key").take()
    }

    fn contains(&self, key: &Expr) -> Expr {
        let mut found = self.select.clone().expr(Expr::val(1)).take();
        // Links and unions have one name everywhere: a key of theirs is taken in before this statement gives the name to its own.
        let same_name = !matches!(key, Expr::Column(_)) || [Expr::col(("l", link::OWNER)), Expr::col(("u", "key"))].contains(key);
        let key = if same_name {
            found.from_subquery(Query::select().expr_as(key.clone(), "key").take(), "probed");
            Expr::col(("probed", "key"))
        } else {
            key.clone()
        };
        Expr::exists(found.and_where(self.key.clone().eq(key)).take())
    }
}

/// All that one of them gives.
fn union(mut parts: Vec<Keys>) -> Option<Keys> {
    if parts.len() < 2 {
        return parts.pop();
    }
    let reach = parts.iter().map(|keys| keys.reach).max()?;
    let mut statements = parts.iter().map(Keys::statement);
    let mut all = statements.next()?;
    for statement in statements {
        all.union(UnionType::All, statement);
    }
    let select = Query::select().from_subquery(all, "u").take();
    Some(Keys { select, key: Expr::col(("u", "key")), once: false, probe: false, reach, row: None, lead: None })
}

/// A condition that always holds or never does.
pub(crate) fn constant(holds: bool) -> Expr {
    Expr::val(1).eq(i32::from(holds))
}
