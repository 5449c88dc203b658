//! Waiting for something to change.

use std::time::Duration;

/// Tells that something was changed since it was last asked. It does not say what: look again. Any number of changes are told as one.
#[derive(uniffi::Object)]
pub struct Watch(pub(crate) freehold::Watch);

#[uniffi::export]
impl Watch {
    /// Waits until something has changed, but no longer than `most_ms`. Says whether it did: false when nothing came, and from when the
    /// watch was ended.
    pub fn wait_for(&self, most_ms: u64) -> bool {
        self.0.wait(Duration::from_millis(most_ms))
    }

    /// Lets whoever waits go, for good. It may be called while another thread waits.
    pub fn end(&self) {
        self.0.close();
    }
}
