//! Trying again, a little later each time.

use std::time::Duration;

use scim_server::Boxed;
use scim_server::store::StoreError;
use sea_orm::DbErr;

use crate::error::{is_busy, is_lost};

/// How often something is tried that others were in the way of.
const TRIES: u32 = 10;

/// The bounds of the first and of the last pauses, in microseconds.
const SHORTEST: u64 = 4_000;
const LONGEST: u64 = 500_000;

/// What is left of the tries of one piece of work.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    made: u32,
}

impl Tries {
    /// Waits before the next try.
    ///
    /// # Errors
    /// After the last one, what was in the way.
    pub(crate) async fn again(&mut self, error: DbErr) -> Result<(), StoreError> {
        let pause = self.pause().ok_or_else(|| StoreError::Unavailable(Box::new(error)))?;
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// Any time up to a bound that doubles: two that met do not meet again (T28), and no clock has a part in it (T33).
    fn pause(&mut self) -> Option<Duration> {
        self.made += 1;
        let bound = Ord::min(SHORTEST << self.made, LONGEST);
        (self.made < TRIES).then(|| Duration::from_micros(random().unsigned_abs() % bound))
    }
}

/// Reads, as often as the connection is lost under it: what was just written is answered, too, when its database falls and comes back.
pub(crate) async fn reading<'w, T>(attempt: impl Fn() -> Boxed<'w, Result<T, StoreError>>) -> Result<T, StoreError> {
    let mut tries = Tries::default();
    loop {
        match attempt().await {
            Err(StoreError::Unavailable(error)) => match error.downcast::<DbErr>() {
                Ok(error) if is_busy(&error) || is_lost(&error) => tries.again(*error).await?,
                Ok(error) => return Err(StoreError::Unavailable(error)),
                Err(error) => return Err(StoreError::Unavailable(error)),
            },
            outcome => return outcome,
        }
    }
}

/// A number that nobody else has.
pub(crate) fn random() -> i64 {
    let (_, number) = uuid::Uuid::new_v4().as_u64_pair();
    // The first two bits say which kind of UUID it is.
    i64::try_from(number & (u64::MAX >> 2)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_work_is_tried_ten_times_with_pauses_that_differ() {
        let mut tries = Tries::default();
        let pauses: std::collections::BTreeSet<Duration> = std::iter::from_fn(|| tries.pause()).collect();
        assert_eq!(pauses.len(), TRIES as usize - 1, "{pauses:?}");
        assert!(pauses.iter().all(|pause| *pause < Duration::from_micros(LONGEST)), "{pauses:?}");
    }
}
