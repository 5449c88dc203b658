//! Who waits for something to change, and how it learns that it did.

use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Tells that something was changed since it was last asked: readings came, a slot was sealed, a consent was granted or withdrawn, a
/// party joined. It does not say what; to look again is cheap. Any number of changes are told as one.
pub struct Watch {
    changes: Arc<Changes>,
    seen: AtomicU64,
    closed: AtomicBool,
}

/// Counts what was changed since a store was opened.
#[derive(Default)]
pub(crate) struct Changes {
    count: Mutex<u64>,
    changed: Condvar,
}

impl Watch {
    /// Waits until something has changed since this said so last, or since it was made, but no longer than `most`. Says whether it did:
    /// `false` when nothing came, and from when it was [closed](Self::close).
    pub fn wait(&self, most: Duration) -> bool {
        let seen = self.seen.load(Ordering::SeqCst);
        let still = |count: &mut u64| *count == seen && !self.closed.load(Ordering::SeqCst);
        let count = self.changes.lock();
        let waited = self.changes.changed.wait_timeout_while(count, most, still);
        let (count, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if self.closed.load(Ordering::SeqCst) {
            return false;
        }
        self.seen.swap(*count, Ordering::SeqCst) != *count
    }

    /// Lets whoever waits go, for good.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        let _count = self.changes.lock();
        self.changes.changed.notify_all();
    }
}

impl Changes {
    pub(crate) fn count(&self) -> u64 {
        *self.lock()
    }

    pub(crate) fn add(&self) {
        *self.lock() += 1;
        self.changed.notify_all();
    }

    pub(crate) fn watch(self: &Arc<Self>) -> Watch {
        Watch {
            seen: AtomicU64::new(self.count()),
            changes: Arc::clone(self),
            closed: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, u64> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn many_changes_are_told_once() {
        let changes = Arc::new(Changes::default());
        changes.add();
        let watch = changes.watch();
        assert!(!watch.wait(Duration::ZERO));
        changes.add();
        changes.add();
        assert!(watch.wait(Duration::ZERO));
        assert!(!watch.wait(Duration::ZERO));
    }

    #[test]
    fn who_waits_is_woken() {
        let changes = Arc::new(Changes::default());
        let watch = changes.watch();
        thread::scope(|scope| {
            let waits = scope.spawn(|| watch.wait(LONG));
            changes.add();
            assert!(waits.join().unwrap());
            let waits = scope.spawn(|| watch.wait(LONG));
            watch.close();
            assert!(!waits.join().unwrap());
        });
        changes.add();
        assert!(!watch.wait(LONG));
    }
}
