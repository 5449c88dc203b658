//! What the holder of a capability sees of a mailbox.

use core::ops::ControlFlow;

use freehold_model::{Slot, Time};
use freehold_sync::{Fault, Heads, LogName, Start, Stretch, View};

use crate::{
    desk::{Desk, fault},
    mailbox::{Mailbox, stored},
    storage::{Holder, Index, Row, Shape, Storage},
};

/// The changes that one holder sees, counted on their own: so that it does not see how many there are of what it does not see.
///
/// It follows from the mailbox's journal and the capability, and is the same whenever it is made anew.
#[derive(Debug, Default)]
pub(crate) struct Served {
    /// The places in the mailbox's journal.
    pub(crate) places: Vec<u64>,
    pub(crate) heads: Heads,
}

impl Holder {
    /// Whether a stretch of a log is served.
    pub(crate) fn sees(&self, name: LogName, shape: Shape, index: &Index) -> bool {
        if self.reads_letters_of(name) {
            return shape == Shape::Letters;
        }
        if self.may_bring(name) {
            return shape == Shape::Data;
        }
        let Some(view) = self.view(name) else {
            return false;
        };
        let within = |(from, until): &(Time, Time)| {
            index.runs.iter().any(|run| run.has_within(*from, *until))
        };
        shape == Shape::Data && view.windows.iter().any(within)
    }

    fn reads_letters_of(&self, name: LogName) -> bool {
        self.capability.replies == name || self.capability.letters.contains(&name)
    }

    /// Whether it may bring entries of a log. It is served such a log whole, should it have lost what it wrote.
    pub(crate) fn may_bring(&self, name: LogName) -> bool {
        !self.closed && self.capability.writes.binary_search(&name).is_ok()
    }

    /// What is served of a log of entries.
    fn view(&self, name: LogName) -> Option<&View> {
        let views = &self.capability.views;
        let at = views.binary_search_by_key(&name, |view| view.name).ok()?;
        views.get(at).filter(|_| !self.closed)
    }
}

impl Mailbox {
    /// Makes what a holder sees ready.
    pub(crate) fn serve<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        party: u32,
    ) -> Result<(), Fault> {
        if self.served.contains_key(&party) {
            return Ok(());
        }
        desk.flush()?;
        let holder = self.holder(party).ok_or(Fault::Forbidden)?;
        let mut served = Served::default();
        let mut failed = None;
        let visit = &mut |at, row: Row| {
            let Some(name) = self.names.get(&row.log) else {
                return ControlFlow::Continue(());
            };
            let Some((no, log, _)) = self.logs.get(name) else {
                return ControlFlow::Continue(());
            };
            if !holder.may_see(*name) {
                return ControlFlow::Continue(());
            }
            match desk.storage.index(*no, row.from) {
                Ok(Some(index)) if holder.sees(*name, log.shape, &index) => {
                    served.add(at, *name, row.origin == party, &index);
                }
                Ok(_) => {}
                Err(error) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        };
        desk.storage
            .changes_after(self.no, 0, visit)
            .map_err(fault)?;
        match failed {
            Some(error) => Err(fault(error)),
            None => {
                self.served.insert(party, served);
                Ok(())
            }
        }
    }

    /// Shows a new change to the holders that see it.
    pub(crate) fn show(&mut self, at: u64, name: LogName, row: &Row, index: &Index) {
        let Some((_, log, _)) = self.logs.get(&name) else {
            return;
        };
        for (party, served) in &mut self.served {
            if let Some(crate::storage::Party::Holder(holder)) = self.parties.get(party)
                && holder.sees(name, log.shape, index)
            {
                served.add(at, name, row.origin == *party, index);
            }
        }
    }

    /// What a holder gets of a stretch: of the slots in its windows the facets in its columns.
    pub(crate) fn cut_to_view<S: Storage>(
        &self,
        desk: &Desk<S>,
        party: u32,
        name: LogName,
        from: u64,
    ) -> Result<(Stretch, u64), Fault> {
        let holder = self.holder(party).ok_or(Fault::Forbidden)?;
        let (no, log, _) = self.log(name)?;
        let index = desk.storage.index(no, from).map_err(fault)?;
        let index = index.filter(|index| index.from.seq == from);
        let index = index.ok_or(Fault::Unavailable)?;
        if !holder.sees(name, log.shape, &index) {
            return Err(Fault::Forbidden);
        }
        let mut stretch = stored(desk, no, from)?;
        let Stretch::Data(data) = &mut stretch else {
            return Ok((stretch, index.to.seq));
        };
        data.start = self.start_for(desk, holder, name, &index)?;
        if let Some(view) = holder.view(name).filter(|_| !holder.may_bring(name)) {
            let granted = |slot: Slot, facet: usize| {
                let column = view
                    .columns
                    .checked_shr(u32::try_from(facet).unwrap_or(u32::MAX));
                let within =
                    |(from, until): &(Time, Time)| *from <= slot.start && slot.end <= *until;
                column.is_some_and(|column| column & 1 == 1) && view.windows.iter().any(within)
            };
            data.keeping(granted).map_err(|_| Fault::Unavailable)?;
        }
        Ok((stretch, index.to.seq))
    }

    /// Where a stretch begins, unless it follows one that the holder is served too.
    fn start_for<S: Storage>(
        &self,
        desk: &Desk<S>,
        holder: &Holder,
        name: LogName,
        index: &Index,
    ) -> Result<Option<Box<Start>>, Fault> {
        let (no, log, _) = self.log(name)?;
        let before = match index.from.seq.checked_sub(1) {
            Some(last) => desk.storage.index(no, last).map_err(fault)?,
            None => None,
        };
        if before
            .as_ref()
            .is_some_and(|before| holder.sees(name, log.shape, before))
        {
            return Ok(None);
        }
        Ok(Some(Box::new(Start {
            intro: log.intro.clone(),
            position: index.from,
            signed: before.and_then(|before| before.signed),
        })))
    }
}

impl Holder {
    /// Whether anything of a log may be served.
    pub(crate) fn may_see(&self, name: LogName) -> bool {
        self.reads_letters_of(name) || self.may_bring(name) || self.view(name).is_some()
    }
}

impl Served {
    /// Adds a change; of what the holder brought itself only how far it goes.
    fn add(&mut self, at: u64, name: LogName, own: bool, index: &Index) {
        if !own {
            self.places.push(at);
        }
        self.heads.set(name, index.to);
    }
}
