//! What becomes of objects that fail, and of a job in which too much fails, as the service documents it.

use std::collections::BTreeMap;

/// An object or one of its references, by its number in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    User(usize),
    Group(usize),
    Manager(usize),
    Members(usize),
}

impl Part {
    /// Whether it is a reference: such failures do not count for the quarantine.
    fn is_reference(self) -> bool {
        matches!(self, Part::Manager(_) | Part::Members(_))
    }
}

const HOUR: u32 = 60;

/// How long an object waits after its first, second, third, … failure, in minutes. The service goes on for 28 days; here the last one ends it.
const WAITS: &[u32] = &[6 * HOUR, 12 * HOUR, 24 * HOUR, 24 * HOUR];

/// How long after the last one a cycle begins, in minutes.
const CYCLE: u32 = 40;
const CYCLE_IN_QUARANTINE: u32 = 24 * HOUR;

/// From how many failures in a cycle the share counts, which share in percent is too much, and how many failures always are.
const FAILURES_THAT_COUNT: usize = 5_000;
const TOO_MUCH: usize = 40;
const TOO_MANY: usize = 40_000;

#[derive(Debug, Clone)]
struct Waiting {
    failures: usize,
    due: u32,
    reason: String,
}

/// The failing objects, and the clock of the simulated days.
#[derive(Debug, Clone, Default)]
pub(super) struct Escrow {
    now: u32,
    waiting: BTreeMap<Part, Waiting>,
    events: usize,
    failed: usize,
    quarantines: Vec<String>,
    in_quarantine: bool,
}

impl Escrow {
    /// Whether the service looks at it now.
    pub(super) fn is_due(&self, part: Part) -> bool {
        self.waiting.get(&part).is_none_or(|waiting| waiting.due <= self.now)
    }

    /// What became of a part in this cycle.
    pub(super) fn note(&mut self, part: Part, outcome: Result<(), String>) {
        self.events += usize::from(!part.is_reference());
        match outcome {
            Ok(()) => {
                self.waiting.remove(&part);
            }
            Err(reason) => {
                self.failed += usize::from(!part.is_reference());
                let failures = self.waiting.get(&part).map_or(0, |waiting| waiting.failures) + 1;
                let due = WAITS.get(failures - 1).map_or(u32::MAX, |wait| self.now + wait);
                self.waiting.insert(part, Waiting { failures, due, reason });
            }
        }
    }

    /// The cycle is over: the next one begins in its time, or when the job is in quarantine a day later.
    pub(super) fn end_cycle(&mut self, name: &str) {
        let (events, failed) = (std::mem::take(&mut self.events), std::mem::take(&mut self.failed));
        self.in_quarantine = failed >= TOO_MANY || (failed >= FAILURES_THAT_COUNT && failed * 100 > events * TOO_MUCH);
        if self.in_quarantine {
            self.quarantines.push(format!("{name}: {failed} of {events} objects failed"));
        }
        self.now += if self.in_quarantine { CYCLE_IN_QUARANTINE } else { CYCLE };
    }

    /// Goes on to the time when the next object is tried again; none is left if there is no such time.
    pub(super) fn skip_to_next(&mut self) -> bool {
        let Some(next) = self.waiting.values().map(|waiting| waiting.due).filter(|due| *due < u32::MAX).min() else { return false };
        self.now = self.now.max(next);
        true
    }

    /// What still fails, and why.
    pub(super) fn failures(&self) -> impl Iterator<Item = (Part, &str)> {
        self.waiting.iter().map(|(part, waiting)| (*part, waiting.reason.as_str()))
    }

    /// Each time that the job went into quarantine, and why.
    pub(super) fn quarantines(&self) -> &[String] {
        &self.quarantines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_object_is_tried_later_and_later_and_then_no_more() {
        let mut escrow = Escrow::default();
        let mut tried = Vec::new();
        loop {
            if escrow.is_due(Part::User(1)) {
                tried.push(escrow.now / HOUR);
                escrow.note(Part::User(1), Err("409".into()));
            }
            if !escrow.skip_to_next() {
                break;
            }
        }
        assert_eq!(tried, [0, 6, 18, 42, 66]);
        assert_eq!(escrow.failures().collect::<Vec<_>>(), [(Part::User(1), "409")]);
        escrow.note(Part::User(1), Ok(()));
        assert_eq!(escrow.failures().count(), 0);
    }

    #[test]
    fn a_job_goes_into_quarantine_when_much_fails_and_comes_out_again() {
        let cycle = |escrow: &mut Escrow, good: usize, bad: usize| {
            (0..good).for_each(|number| escrow.note(Part::User(number), Ok(())));
            (0..bad).for_each(|number| escrow.note(Part::Group(number), Err("500".into())));
            // References never count.
            (0..10_000).for_each(|number| escrow.note(Part::Manager(number), Err("500".into())));
            let before = escrow.now;
            escrow.end_cycle("a cycle");
            escrow.now - before
        };
        let mut escrow = Escrow::default();
        assert_eq!(cycle(&mut escrow, 10, 4_999), CYCLE);
        assert_eq!(cycle(&mut escrow, 9_000, 5_000), CYCLE);
        assert_eq!(escrow.quarantines().len(), 0);
        assert_eq!(cycle(&mut escrow, 7_000, 5_000), CYCLE_IN_QUARANTINE);
        assert_eq!(cycle(&mut escrow, 7_000, 0), CYCLE);
        assert_eq!(escrow.quarantines(), ["a cycle: 5000 of 12000 objects failed"]);
    }
}
