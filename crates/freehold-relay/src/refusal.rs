//! What somebody sees who is not let in: nothing, and why.

use freehold_sync::{Change, Cursor, Fault, Heads, LogName, Replica};

pub(crate) struct Refusal {
    pub(crate) fault: Fault,
    pub(crate) none: Heads,
}

impl Replica for Refusal {
    fn heads(&self) -> &Heads {
        &self.none
    }

    fn journal(&self) -> Cursor {
        Cursor::default()
    }

    fn seen(&self) -> Cursor {
        Cursor::default()
    }

    fn change_after(&mut self, _: u64) -> Result<Option<Change>, Fault> {
        Err(self.fault)
    }

    fn change_before(&mut self, _: u64) -> Result<Option<Change>, Fault> {
        Err(self.fault)
    }

    fn stretch(&mut self, _: LogName, _: u64) -> Result<Option<Change>, Fault> {
        Err(self.fault)
    }

    fn read(&mut self, _: &Change, _: bool) -> Result<Vec<u8>, Fault> {
        Err(self.fault)
    }

    fn take(&mut self, _: LogName, _: u64, _: &[u8]) -> Result<(), Fault> {
        Err(self.fault)
    }

    fn see(&mut self, _: Cursor) -> Result<(), Fault> {
        Err(self.fault)
    }
}
