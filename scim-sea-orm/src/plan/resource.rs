//! Tests of what is no part of the document: `id` and `meta`.

use std::sync::Arc;

use scim_server::comparison::comparison_key;
use scim_server::etag::etag;
use scim_server::filter::{Bounds, CompareOp, Condition, relates};
use scim_server::representation::location;
use scim_server::{Attribute, BoundPath};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use serde_json::Value;

use super::Planner;
use super::row::{InstantTest, bytes_test, framed_test};
use super::selection::{Keys, Reach, RowTest, Selection, constant};
use crate::index::type_number;
use crate::table::resource;

impl Planner<'_> {
    /// What a test of `id` or of a part of `meta` selects; nothing if the path is another one.
    pub(super) fn server_made(&self, path: &BoundPath, condition: &Condition) -> Option<Bounds<Selection>> {
        let part = path.sub.as_ref().map(|sub| sub.name.as_str());
        let op_and_key = match (path.extension.is_none(), path.attribute.name.as_str(), condition) {
            (true, "id" | "meta", Condition::Compare(op, key)) => (*op, key.as_str()),
            // Every resource has all of it.
            (true, "id" | "meta", Condition::Present) => return Some(Bounds::exactly(Selection::Always(true))),
            _ => return None,
        };
        Some(match (part, path.leaf()) {
            (None, _) => self.id(op_and_key),
            (Some("created"), _) => self.instant(resource::CREATED, op_and_key),
            (Some("lastModified"), _) => self.instant(resource::MODIFIED, op_and_key),
            // The same for all resources of the type.
            (Some("resourceType"), leaf) => {
                let own = comparison_key(leaf, &Value::from(self.kind.name.as_str()));
                own.map_or_else(Bounds::unknown, |own| Bounds::exactly(Selection::Always(relates(&own, op_and_key.0, op_and_key.1))))
            }
            (Some("version"), leaf) => self.framed(resource::VERSION, frame(leaf, &etag(7), "7"), op_and_key),
            (Some("location"), leaf) => self.framed(resource::ID, frame(leaf, &location("", &self.kind.endpoint, "7"), "7"), op_and_key),
            (Some(_), _) => Bounds::unknown(),
        })
    }

    fn id(&self, (op, key): (CompareOp, &str)) -> Bounds<Selection> {
        let (engine, key) = (self.engine, key.to_owned());
        let reach = if op == CompareOp::Eq { Reach::One } else { Reach::Everything };
        Bounds::exactly(self.resources(reach, move |alias| bytes_test(engine, column(alias, resource::ID), op, &key)))
    }

    fn instant(&self, name: &'static str, (op, key): (CompareOp, &str)) -> Bounds<Selection> {
        let reach = match op {
            CompareOp::Eq => Reach::Value,
            CompareOp::Ne => Reach::Everything,
            _ => Reach::Range,
        };
        let Some(test) = InstantTest::of(op, key) else { return Bounds::unknown() };
        let mut found = self.resources(reach, move |alias| test.on(&column(alias, name)));
        if let Selection::In(keys) = &mut found {
            keys.lead = keys.row.as_ref().map(|row| column(&row.alias, name));
        }
        Bounds::exactly(found)
    }

    /// A column that is shown between two fixed texts.
    fn framed(&self, name: &'static str, frame: Option<(String, String)>, (op, key): (CompareOp, &str)) -> Bounds<Selection> {
        let Some((before, after)) = frame else { return Bounds::unknown() };
        let (engine, key, is_number) = (self.engine, key.to_owned(), name == resource::VERSION);
        let reach = if op == CompareOp::Eq && !is_number { Reach::One } else { Reach::Everything };
        Bounds::exactly(self.resources(reach, move |alias| {
            let shown = column(alias, name);
            match (op, key.strip_prefix(&*before).and_then(|rest| rest.strip_suffix(&*after))) {
                (CompareOp::Eq | CompareOp::Ne, Some(inner)) if is_number => {
                    // Only a number as the server writes it is equal to one.
                    let number = inner.parse().ok().filter(|number: &i64| number.to_string() == inner);
                    let equal = number.map_or_else(|| constant(false), |number| shown.eq(number));
                    if op == CompareOp::Eq { equal } else { equal.not() }
                }
                _ if is_number => framed_test(engine, (&before, engine.digits(shown), &after), op, &key),
                _ => framed_test(engine, (&before, shown, &after), op, &key),
            }
        }))
    }

    /// The resources of the type that meet a test of their row. The index of what is tested shall lead: the one of the keys, which
    /// also has the order, is kept out by sums.
    fn resources(&self, reach: Reach, test: impl Fn(&str) -> Expr + Send + Sync + 'static) -> Selection {
        let alias = self.alias("r");
        let sum = |name: &'static str| column(&alias, name).add(Expr::cust("0"));
        let of_type = if reach == Reach::One { sum(resource::TYPE) } else { column(&alias, resource::TYPE) };
        let select = Query::select()
            .from_as(resource::TABLE, alias.clone())
            .and_where(column(&alias, resource::TENANT).eq(self.tenant))
            .and_where(of_type.eq(type_number(&self.kind.name)))
            .and_where(test(&alias))
            .take();
        let key = sum(resource::KEY);
        let row = Some(RowTest { alias, test: Arc::new(test) });
        Selection::In(Keys { select, key, once: true, probe: false, reach, row, lead: None })
    }
}

fn column(alias: &str, name: &'static str) -> Expr {
    Expr::col((alias.to_owned(), name))
}

/// What stands before and behind a part of a text that the server makes, as its key has it.
pub(super) fn frame(attribute: &Attribute, example: &str, part: &str) -> Option<(String, String)> {
    let key = comparison_key(attribute, &Value::from(example))?;
    let (before, after) = key.rsplit_once(part)?;
    Some((before.to_owned(), after.to_owned()))
}
