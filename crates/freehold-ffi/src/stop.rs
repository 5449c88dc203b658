//! Ending what blocks.

use std::{sync::Arc, time::Duration};

/// Ends what blocks: when somebody says so, or at a time. What it ended did what it did: nothing that was taken or given is undone.
#[derive(uniffi::Object)]
pub struct Stop(pub(crate) freehold::Stop);

#[uniffi::export]
impl Stop {
    /// One that waits to be told.
    #[uniffi::constructor]
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self(freehold::Stop::new()))
    }

    /// One that does not wait for longer than `most_ms` from now on.
    #[uniffi::constructor]
    #[must_use]
    pub fn after(most_ms: u64) -> Arc<Self> {
        Arc::new(Self(freehold::Stop::after(Duration::from_millis(most_ms))))
    }

    /// Ends what was given this, soon and for good. It may be called while another thread waits.
    pub fn stop(&self) {
        self.0.stop();
    }

    /// Whether it was told, or its time has come.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.is_stopped()
    }
}

/// What an object says, or never if there is none.
pub(crate) fn stop_or_never(stop: Option<&Arc<Stop>>) -> freehold::Stop {
    stop.map_or_else(freehold::Stop::new, |stop| stop.0.clone())
}
