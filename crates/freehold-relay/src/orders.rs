//! What a household orders, carried out at once.

use freehold_crypto::Digest;
use freehold_model::{Slot, Time};
use freehold_sync::{Capability, Fault, Letter, LogName, Order, Receipt, SignedReceipt, Stretch};

use crate::{
    desk::{Cut, Desk, fault},
    event::Event,
    mailbox::{Mailbox, RELAY, stored},
    storage::{Erased, Holder, Index, Party, Shape, Storage, Write},
};

impl Mailbox {
    /// The orders in a stretch, each signed by the mailbox's key for this relay.
    pub(crate) fn verified<S: Storage>(
        &self,
        desk: &Desk<S>,
        stretch: &Stretch,
    ) -> Result<Vec<(Order, Digest)>, Fault> {
        let Stretch::Orders(orders) = stretch else {
            return Ok(Vec::new());
        };
        let verify = |order: &freehold_sync::SignedOrder| {
            let verified = order.verify(&desk.relay, &self.opened.id);
            Ok((verified.map_err(|_| Fault::Invalid)?, order.hash()))
        };
        orders.iter().map(verify).collect()
    }

    /// Carries an order out, and says so in a receipt. One for which there is no room, or that others forbid, is kept without a
    /// receipt: the household sees that it was not done.
    pub(crate) fn carry<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        order: &Order,
        hash: Digest,
    ) -> Result<(), Fault> {
        let carried = match order {
            Order::Grant(capability) => self.grant(desk, capability, hash),
            Order::Close(id) => self.close(desk, *id),
            Order::Erase(erase) => self.erase(desk, erase.name, &erase.slots),
            Order::Admit(key) => self.admit(desk, *key),
            Order::Remove(key) => self.remove(desk, *key),
            Order::Prune { name, before } => self.prune(desk, *name, *before),
        };
        let order = word(order);
        match carried {
            Ok(()) => {}
            Err(Fault::Forbidden | Fault::Quota) => {
                desk.events.push(Event::Ignored { order });
                return Ok(());
            }
            Err(fault) => return Err(fault),
        }
        desk.counts.orders += 1;
        desk.events.push(Event::Carried { order });
        let at = desk.now;
        desk.receipt(self.no, Receipt::Done { order: hash, at });
        Ok(())
    }

    /// Serves a holder. What was closed stays closed, and a grant that comes a second time, from whom ever, changes nothing.
    fn grant<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        capability: &Capability,
        hash: Digest,
    ) -> Result<(), Fault> {
        desk.flush()?;
        let found = desk.storage.find_holder(&capability.fetch).map_err(fault)?;
        let (no, holder) = match self.capability(capability.id) {
            None => (None, None),
            Some((no, Some(holder))) => (Some(no), Some(holder.clone())),
            Some((_, None)) => return Err(Fault::Forbidden),
        };
        // A fetch key stands for one capability of one mailbox, and stays its key.
        let place = no.map(|no| (self.no, no));
        if found != place || holder.as_ref().is_some_and(|holder| holder.closed) {
            return Err(Fault::Forbidden);
        }
        let epoch = desk.epoch()?;
        let (Some(no), Some(mut holder)) = (no, holder) else {
            let holder = Holder::new(capability.clone(), epoch, hash);
            return self.join(desk, Party::Holder(Box::new(holder))).map(drop);
        };
        if holder.grants.contains(&hash) {
            return Ok(());
        }
        if holder.grants.len() >= GRANTS_MAX {
            return Err(Fault::Quota);
        }
        holder.grants.push(hash);
        (holder.capability, holder.epoch) = (capability.clone(), epoch);
        self.put(desk, no, Party::Holder(Box::new(holder)));
        desk.cuts.push(Cut::Party(self.no, no));
        Ok(())
    }

    /// Serves a holder nothing but its letters, for good.
    fn close<S: Storage>(&mut self, desk: &mut Desk<S>, id: [u8; 16]) -> Result<(), Fault> {
        match self.capability(id) {
            None => self.join(desk, Party::Closed(id)).map(drop),
            Some((no, Some(holder))) if !holder.closed => {
                let mut holder = holder.clone();
                (holder.closed, holder.epoch) = (true, desk.epoch()?);
                self.put(desk, no, Party::Holder(Box::new(holder)));
                desk.cuts.push(Cut::Party(self.no, no));
                Ok(())
            }
            Some(_) => Ok(()),
        }
    }

    /// Closes a holder's capability if its time is over.
    pub(crate) fn expire<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        party: u32,
    ) -> Result<(), Fault> {
        let now = desk.now;
        match self.holder(party) {
            Some(holder) if !holder.closed && holder.capability.not_after < now => {
                let id = holder.capability.id;
                self.close(desk, id)
            }
            _ => Ok(()),
        }
    }

    fn admit<S: Storage>(&mut self, desk: &mut Desk<S>, key: [u8; 32]) -> Result<(), Fault> {
        match self.known(&key) {
            None => {
                let removed = false;
                self.join(desk, Party::Member { key, removed }).map(drop)
            }
            Some((_, false)) => Ok(()),
            Some((_, true)) => Err(Fault::Forbidden),
        }
    }

    fn remove<S: Storage>(&mut self, desk: &mut Desk<S>, key: [u8; 32]) -> Result<(), Fault> {
        let party = Party::Member { key, removed: true };
        match self.known(&key) {
            None => self.join(desk, party).map(drop),
            Some((_, true)) => Ok(()),
            Some((no, false)) => {
                self.put(desk, no, party);
                desk.cuts.push(Cut::Party(self.no, no));
                Ok(())
            }
        }
    }

    /// Deletes the pieces of every slot that overlaps one of the times, also from what comes later.
    fn erase<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        name: LogName,
        slots: &[(Time, Time)],
    ) -> Result<(), Fault> {
        self.erasures += 1;
        let row = Erased {
            name,
            slots: slots.to_vec(),
        };
        desk.write(self.no, Write::Erased(self.no, self.erasures, row));
        self.erased.entry(name).or_default().extend(slots);
        let Some(no) = self.of_shape(name, Shape::Data) else {
            return Ok(());
        };
        desk.cuts.push(Cut::Log(self.no, name));
        self.rewrite(desk, name, no, |index, stretch| {
            let overlaps = |(from, until): &(Time, Time)| {
                index.runs.iter().any(|run| run.overlaps(*from, *until))
            };
            let Stretch::Data(data) = stretch else {
                return Ok(false);
            };
            if !slots.iter().any(overlaps) {
                return Ok(false);
            }
            let kept = data.keeping(|slot, _| !is_erased(slots, slot));
            kept.map_err(|_| Fault::Unavailable)?;
            Ok(true)
        })
    }

    /// Keeps of the letters before a place nothing but their hashes.
    fn prune<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        name: LogName,
        before: u64,
    ) -> Result<(), Fault> {
        let Some(no) = self.of_shape(name, Shape::Letters) else {
            return Ok(());
        };
        self.rewrite(desk, name, no, |index, stretch| {
            let Stretch::Letters(letters) = stretch else {
                return Ok(false);
            };
            let gone = usize::try_from(before.saturating_sub(index.from.seq)).unwrap_or(usize::MAX);
            let mut changed = false;
            for letter in letters.iter_mut().take(gone) {
                if let Letter::Held(_) = letter {
                    *letter = Letter::Gone(letter.hash());
                    changed = true;
                }
            }
            Ok(changed)
        })
    }

    /// Writes those stretches of a log anew that `change` changes.
    fn rewrite<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        name: LogName,
        no: u32,
        mut change: impl FnMut(&Index, &mut Stretch) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        desk.flush()?;
        let mut indices = Vec::new();
        desk.storage
            .stretches(no, 0, &mut |index| {
                indices.push(index);
                core::ops::ControlFlow::Continue(())
            })
            .map_err(fault)?;
        for index in indices {
            let mut stretch = stored(desk, no, index.from.seq)?;
            let before = stretch.to_bytes().len() as u64;
            if !change(&index, &mut stretch)? {
                continue;
            }
            let bytes = stretch.to_bytes();
            self.grow(desk, name, bytes.len() as u64, before, None)?;
            desk.write(self.no, Write::Stretch(no, index, bytes));
        }
        Ok(())
    }

    /// Writes what the relay did into its log for the household.
    pub(crate) fn receipts<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        receipts: Vec<Receipt>,
    ) -> Result<(), Fault> {
        let name = self.receipts_name(desk);
        let first = !self.logs.contains_key(&name);
        let key = first.then(|| Receipt::Key {
            key: desk.signer.public_key(),
            epoch: desk.said(self.opened.epoch),
        });
        let letters = key.into_iter().chain(receipts).map(|receipt| {
            let signed = SignedReceipt::sign(&receipt, &desk.relay, &self.opened.id, &desk.signer);
            Ok(Letter::Held(
                signed.map_err(|_| Fault::Unavailable)?.to_bytes(),
            ))
        });
        let letters: Vec<Letter> = letters.collect::<Result<_, Fault>>()?;
        desk.counts.receipts += letters.len() as u64;
        for letters in letters.chunks(RECEIPTS) {
            let start = freehold_sync::Position::START;
            let from = self.logs.get(&name).map_or(start, |(.., head)| head.at);
            let stretch = Stretch::Letters(letters.to_vec());
            let to = stretch.end(from).map_err(|_| Fault::Unavailable)?;
            self.append(desk, RELAY, name, (from, to), stretch)?;
        }
        Ok(())
    }

    /// The number of a log, if it holds this.
    fn of_shape(&self, name: LogName, shape: Shape) -> Option<u32> {
        let log = self
            .logs
            .get(&name)
            .filter(|(_, log, _)| log.shape == shape);
        log.map(|(no, ..)| *no)
    }

    /// The party of a capability: its holder, or nothing where it was closed before it came.
    fn capability(&self, id: [u8; 16]) -> Option<(u32, Option<&Holder>)> {
        self.parties.iter().find_map(|(no, party)| match party {
            Party::Holder(holder) if holder.capability.id == id => Some((*no, Some(&**holder))),
            Party::Closed(closed) if *closed == id => Some((*no, None)),
            _ => None,
        })
    }

    /// The number of who was or is a member, and whether it was removed.
    fn known(&self, key: &[u8; 32]) -> Option<(u32, bool)> {
        self.parties.iter().find_map(|(no, party)| match party {
            Party::Member { key: held, removed } if held == key => Some((*no, *removed)),
            _ => None,
        })
    }
}

impl Holder {
    fn new(capability: Capability, epoch: u32, grant: Digest) -> Self {
        Self {
            capability,
            epoch,
            closed: false,
            grants: vec![grant],
        }
    }
}

/// Whether a slot overlaps what is erased.
pub(crate) fn is_erased(slots: &[(Time, Time)], slot: Slot) -> bool {
    slots
        .iter()
        .any(|(from, until)| slot.start < *until && *from < slot.end)
}

const fn word(order: &Order) -> &'static str {
    match order {
        Order::Grant(_) => "grant",
        Order::Close(_) => "close",
        Order::Erase(_) => "erase",
        Order::Admit(_) => "admit",
        Order::Remove(_) => "remove",
        Order::Prune { .. } => "prune",
    }
}

/// How often one capability may be changed.
const GRANTS_MAX: usize = 1 << 12;
/// Receipts in one stretch.
const RECEIPTS: usize = 512;
