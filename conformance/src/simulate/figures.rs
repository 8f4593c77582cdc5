//! What the requests have cost.

use std::collections::BTreeMap;
use std::time::Duration;

/// Times of answers by kind of request, and what had to be sent again.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    times: BTreeMap<&'static str, Vec<Duration>>,
    retries: BTreeMap<String, usize>,
    stretches: Vec<Stretch>,
}

/// A part of the run.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// What it was, e.g. `initial cycle`.
    pub name: String,
    /// How many requests were answered in it.
    pub requests: usize,
    /// How long it took.
    pub took: Duration,
}

/// The times of one kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// How many were answered.
    pub count: usize,
    /// Half of them were not slower.
    pub p50: Duration,
    /// 95 of 100 were not slower.
    pub p95: Duration,
    /// 99 of 100 were not slower.
    pub p99: Duration,
    /// The slowest.
    pub max: Duration,
}

impl Figures {
    /// An answer came.
    pub(super) fn answered(&mut self, kind: &'static str, took: Duration) {
        self.times.entry(kind).or_default().push(took);
    }

    /// A request has to be sent again.
    pub(super) fn again(&mut self, reason: String) {
        *self.retries.entry(reason).or_default() += 1;
    }

    /// A part of the run is over.
    pub(super) fn end_stretch(&mut self, name: String, took: Duration) {
        let requests = self.requests() - self.stretches.iter().map(|stretch| stretch.requests).sum::<usize>();
        self.stretches.push(Stretch { name, requests, took });
    }

    /// How many requests were answered.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.times.values().map(Vec::len).sum()
    }

    /// What had to be sent again, by reason.
    #[must_use]
    pub fn retries(&self) -> &BTreeMap<String, usize> {
        &self.retries
    }

    /// The parts of the run.
    #[must_use]
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// The times of each kind of request, and of all.
    #[must_use]
    pub fn latencies(&self) -> Vec<(&'static str, Latency)> {
        let all: Vec<Duration> = self.times.values().flatten().copied().collect();
        let kinds = self.times.iter().map(|(kind, times)| (*kind, times.clone()));
        kinds.chain([("all", all)]).filter_map(|(kind, times)| Some((kind, Latency::of(times)?))).collect()
    }
}

impl Stretch {
    /// How many requests were answered in a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "nobody sends so many requests")]
        let requests = self.requests as f64;
        requests / self.took.as_secs_f64().max(f64::EPSILON)
    }
}

impl Latency {
    fn of(mut times: Vec<Duration>) -> Option<Self> {
        times.sort_unstable();
        let max = *times.last()?;
        // The smallest time that so many of a hundred do not exceed.
        let rank = |percent: usize| times[(times.len() * percent).div_ceil(100).max(1) - 1];
        Some(Self { count: times.len(), p50: rank(50), p95: rank(95), p99: rank(99), max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_occurred() {
        let of = |times: std::ops::RangeInclusive<u64>| Latency::of(times.rev().map(Duration::from_millis).collect());
        let ms = Duration::from_millis;
        assert_eq!(of(1..=100), Some(Latency { count: 100, p50: ms(50), p95: ms(95), p99: ms(99), max: ms(100) }));
        assert_eq!(of(1..=1), Some(Latency { count: 1, p50: ms(1), p95: ms(1), p99: ms(1), max: ms(1) }));
        assert_eq!(of(1..=2), Some(Latency { count: 2, p50: ms(1), p95: ms(2), p99: ms(2), max: ms(2) }));
        assert_eq!(Latency::of(Vec::new()), None);
    }

    #[test]
    fn a_stretch_has_the_requests_since_the_last() {
        let mut figures = Figures::default();
        for (name, requests) in [("first", 3), ("second", 2)] {
            (0..requests).for_each(|_| figures.answered("match user", Duration::from_millis(1)));
            figures.end_stretch(name.into(), Duration::from_millis(10));
        }
        assert_eq!(figures.stretches().iter().map(|stretch| stretch.requests).collect::<Vec<_>>(), [3, 2]);
        assert!((figures.stretches()[0].per_second() - 300.0).abs() < 1e-6);
    }
}
