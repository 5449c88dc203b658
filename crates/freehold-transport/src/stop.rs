//! Ends what blocks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Ends what blocks: when somebody who has a clone of it says so, or at a time.
///
/// What it ended did what it did: nothing that was taken or given is undone.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    told: Arc<AtomicBool>,
    at: Option<Instant>,
}

impl Stop {
    /// One that waits to be told.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One that does not wait for longer than this.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        Self {
            told: Arc::default(),
            at: Instant::now().checked_add(time),
        }
    }

    /// Ends it, for all that have a clone.
    pub fn stop(&self) {
        self.told.store(true, Ordering::SeqCst);
    }

    /// Whether it is to end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.told.load(Ordering::SeqCst) || self.at.is_some_and(|at| at <= Instant::now())
    }

    /// How long something may take that would take `most`.
    #[must_use]
    pub fn left(&self, most: Duration) -> Duration {
        let left = |at: Instant| at.saturating_duration_since(Instant::now());
        self.at.map_or(most, |at| left(at).min(most))
    }

    /// Waits, and says whether it may go on afterwards.
    pub fn sleep(&self, time: Duration) -> bool {
        let begun = Instant::now();
        while !self.is_stopped() {
            let left = time.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(TICK));
        }
        false
    }
}

/// How long a wish to stop waits.
const TICK: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn told_or_at_a_time() {
        let stop = Stop::new();
        let other = stop.clone();
        assert!(!stop.is_stopped());
        assert_eq!(stop.left(TICK), TICK);
        assert!(stop.sleep(Duration::ZERO));
        other.stop();
        assert!(stop.is_stopped() && !stop.sleep(Duration::MAX / 4));

        let soon = Stop::after(Duration::from_millis(1));
        assert!(soon.left(TICK) <= Duration::from_millis(1));
        assert!(!soon.sleep(Duration::from_secs(60)));
        assert!(soon.is_stopped());
        assert!(!Stop::after(Duration::MAX).is_stopped());
    }
}
