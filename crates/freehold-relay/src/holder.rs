//! What the holder of a capability sees, and where it may write.

use freehold_sync::{Change, Cursor, Fault, Heads, LogName, Replica, Stretch};

use crate::{
    desk::{Desk, fault},
    mailbox::Mailbox,
    storage::Storage,
    view::Served,
};

pub(crate) struct Holding<'a, S> {
    pub(crate) desk: &'a mut Desk<S>,
    pub(crate) mailbox: &'a mut Mailbox,
    /// Its number.
    pub(crate) party: u32,
    /// For a holder of whom nothing is known any more.
    pub(crate) none: Heads,
    /// The logs of which something was read.
    pub(crate) read: &'a mut Vec<LogName>,
}

impl<S: Storage> Holding<'_, S> {
    fn served(&self) -> Option<&Served> {
        self.mailbox.served.get(&self.party)
    }

    /// The change at a place among those that the holder sees, which are counted from 1.
    fn change(&self, place: u64) -> Result<Option<Change>, Fault> {
        let served = self.served().ok_or(Fault::Unavailable)?;
        let place_before = place.checked_sub(1).and_then(|at| usize::try_from(at).ok());
        let Some(at) = place_before.and_then(|at| served.places.get(at)) else {
            return Ok(None);
        };
        let mut found = None;
        let visit = &mut |_, row| {
            found = Some(row);
            core::ops::ControlFlow::Break(())
        };
        let storage = &self.desk.storage;
        storage
            .changes_after(self.mailbox.no, at - 1, visit)
            .map_err(fault)?;
        let row: crate::storage::Row = found.ok_or(Fault::Unavailable)?;
        let name = self.mailbox.names.get(&row.log);
        Ok(Some(Change {
            at: place,
            name: *name.ok_or(Fault::Unavailable)?,
            from: row.from,
            to: row.to,
        }))
    }
}

impl<S: Storage> Replica for Holding<'_, S> {
    fn heads(&self) -> &Heads {
        self.served().map_or(&self.none, |served| &served.heads)
    }

    fn journal(&self) -> Cursor {
        let epoch = self.mailbox.holder(self.party).map_or(0, |h| h.epoch);
        Cursor {
            epoch: self.desk.said(epoch),
            at: self.served().map_or(0, |served| served.places.len() as u64),
        }
    }

    fn seen(&self) -> Cursor {
        let seen = self.mailbox.seen.get(&self.party);
        seen.copied().unwrap_or_default()
    }

    fn change_after(&mut self, after: u64) -> Result<Option<Change>, Fault> {
        self.change(after.saturating_add(1))
    }

    fn change_before(&mut self, until: u64) -> Result<Option<Change>, Fault> {
        self.change(until.min(self.journal().at))
    }

    fn stretch(&mut self, name: LogName, from: u64) -> Result<Option<Change>, Fault> {
        let holder = self.mailbox.holder(self.party).ok_or(Fault::Forbidden)?;
        let Ok((no, log, _)) = self.mailbox.log(name) else {
            return Ok(None);
        };
        if !holder.may_see(name) {
            return Ok(None);
        }
        let mut found = None;
        let visit = &mut |index: crate::storage::Index| {
            if !holder.sees(name, log.shape, &index) {
                return core::ops::ControlFlow::Continue(());
            }
            found = Some(Change {
                at: 0,
                name,
                from: index.from.seq,
                to: index.to.seq,
            });
            core::ops::ControlFlow::Break(())
        };
        let shown = self.desk.storage.stretches(no, from, visit);
        shown.map_err(fault)?;
        Ok(found)
    }

    fn read(&mut self, change: &Change, bodies: bool) -> Result<Vec<u8>, Fault> {
        // Nothing is served for which there would be no room to say so.
        if self.mailbox.bytes >= self.desk.limits.with_reserve() {
            return Err(Fault::Quota);
        }
        let (name, from) = (change.name, change.from);
        let (mut stretch, to) = self
            .mailbox
            .cut_to_view(self.desk, self.party, name, from)?;
        if let Stretch::Data(data) = &mut stretch
            && !bodies
        {
            data.without_bodies();
        }
        self.desk.counts.fetched += 1;
        self.desk.fetch(self.mailbox.no, self.party, name, from, to);
        self.read.push(name);
        Ok(stretch.to_bytes())
    }

    fn take(&mut self, name: LogName, from: u64, stretch: &[u8]) -> Result<(), Fault> {
        let holder = self.mailbox.holder(self.party).ok_or(Fault::Forbidden)?;
        let stretch = Stretch::from_bytes(stretch).map_err(|_| Fault::Invalid)?;
        let may = match &stretch {
            Stretch::Data(_) => holder.may_bring(name),
            Stretch::Letters(_) => name == holder.capability.replies,
            Stretch::Orders(_) => false,
        };
        if !may {
            return Err(Fault::Forbidden);
        }
        self.mailbox
            .take(self.desk, self.party, name, from, stretch)
    }

    fn see(&mut self, seen: Cursor) -> Result<(), Fault> {
        self.mailbox.see(self.desk, self.party, seen);
        Ok(())
    }
}
