//! How much the operations of a request may look at (T13).

use serde_json::Value;

use crate::store::Stored;
use crate::{Error, Result};

/// The most values that the operations of one request may look at together: more of them would hold a thread for seconds.
const MOST: usize = 1_000_000;

/// How many values the operations of a request may still look at. All operations of a bulk request share one such number.
#[derive(Debug, Clone, Copy)]
pub struct Visits {
    left: usize,
    is_over: bool,
    /// Whether the resources that are read count: a bulk request can read one for each of its operations.
    counts_resources: bool,
}

impl Default for Visits {
    /// Those of one request.
    fn default() -> Self {
        Self { left: MOST, is_over: false, counts_resources: false }
    }
}

impl Visits {
    /// Those of a bulk request.
    pub(crate) fn of_bulk() -> Self {
        Self { counts_resources: true, ..Self::default() }
    }

    /// Counts values that are looked at.
    ///
    /// # Errors
    /// 413 if these or some before were too many.
    pub(crate) fn take(&mut self, values: usize) -> Result<()> {
        match self.left.checked_sub(values) {
            Some(left) if !self.is_over => {
                self.left = left;
                Ok(())
            }
            _ => {
                self.is_over = true;
                Err(Error::of_status(413, "the operations together look at too many values: send them in several requests"))
            }
        }
    }

    /// Counts the values of a resource that was read.
    ///
    /// # Errors
    /// 413 if they are too many.
    pub(crate) fn read(&mut self, stored: &Stored) -> Result<()> {
        if !self.counts_resources {
            return Ok(());
        }
        let elements: usize = stored.collections.values().map(Vec::len).sum();
        self.take(elements + stored.document.values().map(elements_in).sum::<usize>())
    }

    /// Whether something was refused.
    pub(crate) fn is_over(self) -> bool {
        self.is_over
    }

    /// How many values were looked at since then.
    pub(crate) fn since(self, before: Self) -> usize {
        before.left.saturating_sub(self.left)
    }

    /// As if that many had not been looked at: what looked at them begins anew.
    pub(crate) fn without(self, values: usize) -> Self {
        Self { left: self.left.saturating_add(values), is_over: self.is_over && values == 0, ..self }
    }
}

/// The elements of all lists.
fn elements_in(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(|item| 1 + elements_in(item)).sum(),
        Value::Object(members) => members.values().map(elements_in).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_and_no_more_until_something_begins_anew() {
        let mut visits = Visits::of_bulk();
        let before = visits;
        visits.take(999_999).unwrap();
        assert_eq!(visits.since(before), 999_999);
        visits.take(1).unwrap();
        assert!(!visits.is_over());
        assert_eq!(visits.take(1).unwrap_err().status(), 413);
        assert!(visits.is_over() && visits.take(0).is_err() && visits.without(0).take(0).is_err());
        assert!(!before.without(0).is_over());
        let mut anew = visits.without(10);
        assert!(anew.take(10).is_ok() && anew.take(1).is_err());
    }

    #[test]
    fn every_element_counts() {
        let value = serde_json::json!({"a": ["x", "y"], "b": {"c": [{"d": [1, 2, 3]}, {}]}, "e": "z"});
        assert_eq!(elements_in(&value), 7);
    }

    #[test]
    fn what_is_read_counts_in_a_bulk_request_only() {
        let mut stored = crate::example::barbara();
        stored.document =
            crate::example::object(serde_json::json!({"userName": "b", "emails": [{"value": "a"}, {"value": "b"}], "tags": ["x"]}));
        for (visits, expected) in [(Visits::of_bulk(), 4), (Visits::default(), 0)] {
            let mut after = visits;
            after.read(&stored).unwrap();
            assert_eq!(after.since(visits), expected, "two emails, a tag and a group");
        }
        let mut over = Visits::of_bulk();
        over.take(1_000_000 - 3).unwrap();
        assert_eq!(over.read(&stored).unwrap_err().status(), 413);
    }
}
