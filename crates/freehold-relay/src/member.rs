//! What an agent of the household sees: everything in its mailbox.

use core::ops::ControlFlow;

use freehold_sync::{Change, Cursor, Fault, Heads, LogName, Replica, Start, Stretch};

use crate::{
    desk::{Desk, fault},
    mailbox::{Mailbox, stored},
    storage::{Row, Storage},
};

pub(crate) struct Member<'a, S> {
    pub(crate) desk: &'a mut Desk<S>,
    pub(crate) mailbox: &'a mut Mailbox,
    /// Its static key.
    pub(crate) key: [u8; 32],
    /// The logs of which something was read.
    pub(crate) read: &'a mut Vec<LogName>,
}

impl<S: Storage> Member<'_, S> {
    fn party(&self) -> Option<u32> {
        self.mailbox.member(&self.key)
    }

    /// The change in a row, unless this member brought it.
    fn change(&self, at: u64, row: Row) -> Option<Change> {
        let name = *self.mailbox.names.get(&row.log)?;
        (Some(row.origin) != self.party()).then_some(Change {
            at,
            name,
            from: row.from,
            to: row.to,
        })
    }
}

impl<S: Storage> Replica for Member<'_, S> {
    fn heads(&self) -> &Heads {
        &self.mailbox.heads
    }

    fn journal(&self) -> Cursor {
        Cursor {
            epoch: self.desk.said(self.mailbox.opened.epoch),
            at: self.mailbox.journal,
        }
    }

    fn seen(&self) -> Cursor {
        let seen = self.party().and_then(|no| self.mailbox.seen.get(&no));
        seen.copied().unwrap_or_default()
    }

    fn change_after(&mut self, after: u64) -> Result<Option<Change>, Fault> {
        let mut found = None;
        let visit = &mut |at, row| {
            found = self.change(at, row);
            stop(found.is_some())
        };
        let mailbox = self.mailbox.no;
        let shown = self.desk.storage.changes_after(mailbox, after, visit);
        shown.map_err(fault)?;
        Ok(found)
    }

    fn change_before(&mut self, until: u64) -> Result<Option<Change>, Fault> {
        let mut found = None;
        let visit = &mut |at, row| {
            found = self.change(at, row);
            stop(found.is_some())
        };
        let mailbox = self.mailbox.no;
        let shown = self.desk.storage.changes_before(mailbox, until, visit);
        shown.map_err(fault)?;
        Ok(found)
    }

    fn stretch(&mut self, name: LogName, from: u64) -> Result<Option<Change>, Fault> {
        let Ok((no, _, head)) = self.mailbox.log(name) else {
            return Ok(None);
        };
        if from >= head.at.seq {
            return Ok(None);
        }
        let index = self.desk.storage.index(no, from).map_err(fault)?;
        Ok(index.map(|index| Change {
            at: 0,
            name,
            from: index.from.seq,
            to: index.to.seq,
        }))
    }

    fn read(&mut self, change: &Change, bodies: bool) -> Result<Vec<u8>, Fault> {
        let (no, log, _) = self.mailbox.log(change.name)?;
        self.desk.counts.served += 1;
        self.read.push(change.name);
        let mut stretch = stored(self.desk, no, change.from)?;
        if let Stretch::Data(data) = &mut stretch {
            if change.from == 0 {
                data.start = Some(Box::new(Start {
                    intro: log.intro.clone(),
                    position: log.start,
                    signed: None,
                }));
            }
            if !bodies {
                data.without_bodies();
            }
        }
        Ok(stretch.to_bytes())
    }

    fn take(&mut self, name: LogName, from: u64, stretch: &[u8]) -> Result<(), Fault> {
        let stretch = Stretch::from_bytes(stretch).map_err(|_| Fault::Invalid)?;
        let party = self.mailbox.enter(self.desk, &self.key)?;
        match self.mailbox.take(self.desk, party, name, from, stretch) {
            // What this relay wrote itself, and does not have.
            Err(Fault::Fork | Fault::Forbidden)
                if name == self.mailbox.receipts_name(self.desk) =>
            {
                self.mailbox.renew(self.desk)?;
                Err(Fault::Unavailable)
            }
            taken => taken,
        }
    }

    fn see(&mut self, seen: Cursor) -> Result<(), Fault> {
        let party = self.mailbox.enter(self.desk, &self.key)?;
        self.mailbox.see(self.desk, party, seen);
        Ok(())
    }
}

fn stop(now: bool) -> ControlFlow<()> {
    if now {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}
