//! Ends what blocks.

use std::{
    panic,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
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
            thread::sleep(left.min(TICK));
        }
        false
    }

    /// Does on a thread of its own what the system does not let anybody end, such as to connect. Nothing where it is to end before that is
    /// done: what comes of it is dropped then.
    pub fn beside<T: Send + 'static>(&self, act: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (done, outcome) = mpsc::channel();
        let doing = thread::spawn(move || {
            // Nobody may be there to take it.
            let _ = done.send(act());
        });
        while !self.is_stopped() {
            match outcome.recv_timeout(self.left(TICK)) {
                Ok(value) => return Some(value),
                Err(RecvTimeoutError::Timeout) => {}
                // It has panicked.
                Err(RecvTimeoutError::Disconnected) => {
                    doing
                        .join()
                        .unwrap_or_else(|cause| panic::resume_unwind(cause));
                    break;
                }
            }
        }
        None
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

    #[test]
    fn what_nobody_can_end_is_left_alone() {
        assert_eq!(Stop::new().beside(|| 7), Some(7));
        let begun = Instant::now();
        let (done, ended) = mpsc::channel();
        let slow = move || {
            thread::sleep(Duration::from_secs(2));
            let _ = done.send(());
        };
        assert_eq!(Stop::after(TICK).beside(slow), None);
        assert!(begun.elapsed() < Duration::from_secs(1));
        // It goes on by itself.
        ended.recv().unwrap();
        let panics = || Stop::new().beside(|| panic!("of the thread"));
        assert!(panic::catch_unwind(panics).is_err());
    }
}
