//! How often each of many may do something: governor's rates, with appointments for those who come too early, in bounded memory.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

/// So many keys are told apart. Beyond them, all share [`CROWD`] places: an attacker from very many addresses shares with itself.
const MOST: usize = 100_000;

const CROWD: u64 = 1024;

/// Keys that nobody has used for a while are forgotten at most so often.
const CLEANING: Duration = Duration::from_secs(1);

/// Later than this nobody is asked to come back: whoever does not listen to appointments does not get ever later ones.
const LONGEST: Duration = Duration::from_secs(60);

/// Time as governor counts it, on the clock that tests can turn.
#[derive(Debug, Clone, Copy)]
struct Elapsed {
    start: Instant,
}

impl Clock for Elapsed {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A key, or the place in the crowd that it shares.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Slot<K> {
    Own(K),
    Crowd(u64),
}

/// A rate for each key.
pub(super) struct Limiter<K: Hash + Eq + Clone> {
    rate: RateLimiter<Slot<K>, HashMapStateStore<Slot<K>>, Elapsed, NoOpMiddleware<Duration>>,
    clock: Elapsed,
    /// How long until there is room for one more.
    period: Duration,
    appointments: Mutex<Appointments<K>>,
    most: usize,
    hasher: RandomState,
}

/// When the last of those who came too early may come, and when old ones were thrown away.
struct Appointments<K> {
    last: HashMap<Slot<K>, Duration>,
    cleaned: Duration,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// That rate for each.
    pub(super) fn new(quota: Quota) -> Self {
        Self::of(quota, MOST)
    }

    fn of(quota: Quota, most: usize) -> Self {
        let clock = Elapsed { start: Instant::now() };
        let appointments = Mutex::new(Appointments { last: HashMap::new(), cleaned: Duration::ZERO });
        let rate = RateLimiter::hashmap_with_clock(quota, clock);
        Self { rate, clock, period: quota.replenish_interval(), appointments, most, hasher: RandomState::new() }
    }

    /// Counts one more for the key.
    ///
    /// # Errors
    /// Gives the time after which there is room, if all who were told to wait come back at their time and nobody else does.
    pub(super) fn check(&self, key: K) -> Result<(), Duration> {
        let slot = self.slot(key);
        let Err(refused) = self.rate.check_key(&slot) else { return Ok(()) };
        let now = self.clock.now();
        let earliest = refused.wait_time_from(now);
        let mut appointments = self.appointments.lock().unwrap_or_else(PoisonError::into_inner);
        let queued = appointments.last.get(&slot).map_or(Duration::ZERO, |last| (*last + self.period).saturating_sub(now));
        let wait = earliest.max(queued.min(LONGEST));
        appointments.last.insert(slot, now + wait);
        Err(wait)
    }

    /// Where the key is counted.
    fn slot(&self, key: K) -> Slot<K> {
        if self.rate.len() < self.most {
            return Slot::Own(key);
        }
        let now = self.clock.now();
        let mut appointments = self.appointments.lock().unwrap_or_else(PoisonError::into_inner);
        if now >= appointments.cleaned + CLEANING {
            appointments.cleaned = now;
            appointments.last.retain(|_, last| *last > now);
            self.rate.retain_recent();
        }
        if self.rate.len() < self.most { Slot::Own(key) } else { Slot::Crowd(self.hasher.hash_one(&key) % CROWD) }
    }
}

impl<K: Hash + Eq + Clone> fmt::Debug for Limiter<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("period", &self.period).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use tokio::time::{advance, sleep};

    use super::*;

    fn per_second(requests: u32) -> Quota {
        Quota::per_second(NonZeroU32::new(requests).expect("not zero"))
    }

    /// As the header `Retry-After` says it.
    fn seconds(wait: Duration) -> u64 {
        wait.as_millis().div_ceil(1000).try_into().expect("a minute at most")
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_as_long_as_told_gets_in() {
        let limiter = Limiter::new(per_second(100));
        let mut waited = 0;
        for _ in 0..10_000 {
            if let Err(wait) = limiter.check("one") {
                sleep(Duration::from_secs(seconds(wait))).await;
                assert_eq!(limiter.check("one"), Ok(()));
                waited += 1;
            }
        }
        assert!((90..=100).contains(&waited), "a hundred a second after the first hundred: {waited}");
    }

    #[tokio::test(start_paused = true)]
    async fn all_of_a_burst_get_in_at_the_time_that_each_was_told() {
        let limiter = Limiter::new(per_second(100));
        let told: Vec<u64> = (0..1000).filter_map(|_| limiter.check("one").err()).map(seconds).collect();
        assert_eq!((told.len(), told.first(), told.last()), (900, Some(&1), Some(&9)));
        let mut passed = 0;
        for second in 1..=9 {
            advance(Duration::from_secs(1)).await;
            passed += told.iter().filter(|wait| **wait == second).filter(|_| limiter.check("one").is_ok()).count();
        }
        assert_eq!(passed, 900);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_told_to_wait_longer_than_a_minute_however_often_it_asks_too_early() {
        let limiter = Limiter::new(per_second(1));
        let longest = (0..10_000).filter_map(|_| limiter.check("deaf").err()).max().expect("it is refused");
        assert!(longest <= LONGEST, "{longest:?}");
        assert_eq!(limiter.check("another"), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded_and_what_was_forgotten_did_not_count_any_more() {
        let limiter = Limiter::of(per_second(1), 1000);
        let refused = (0..100_000).filter(|key| limiter.check(*key).is_err()).count();
        assert!(refused >= 90_000, "the crowd shares its places: {refused}");
        assert!(limiter.rate.len() <= 1000 + CROWD as usize, "{}", limiter.rate.len());
        advance(2 * LONGEST).await;
        let refused = (0..1000).filter(|key| limiter.check(*key).is_err()).count();
        assert_eq!(refused, 0, "whoever was not seen for a while has its own place again");
        assert!(limiter.appointments.lock().expect("no panic").last.len() <= 1000);
    }
}
