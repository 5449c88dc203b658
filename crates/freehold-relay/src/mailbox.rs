//! A mailbox in memory: who takes part, which logs there are, and how far each goes.

use std::collections::{BTreeMap, BTreeSet};

use freehold_crypto::PublicKey;
use freehold_model::Time;
use freehold_sync::{
    Cursor, Fault, Header, Heads, Letter, LogName, Partial, Position, SignedReceipt, Stretch,
};

use crate::{
    desk::{Cut, Desk, fault},
    event::Event,
    storage::{Head, Holder, Index, Kept, Log, Opened, Party, Row, Shape, SlotRun, Storage, Write},
    view::Served,
};

pub(crate) struct Mailbox {
    pub(crate) no: u32,
    pub(crate) opened: Opened,
    /// Whether it is stored. A mailbox is opened by what is first brought into it.
    saved: bool,
    pub(crate) parties: BTreeMap<u32, Party>,
    pub(crate) seen: BTreeMap<u32, Cursor>,
    pub(crate) logs: BTreeMap<LogName, (u32, Log, Head)>,
    pub(crate) names: BTreeMap<u32, LogName>,
    pub(crate) heads: Heads,
    /// Logs of receipts from before this relay lost something. Who has them keeps them; here they are neither shown nor taken.
    passed: BTreeSet<LogName>,
    /// The slots that are erased, and the number of orders to erase.
    pub(crate) erased: BTreeMap<LogName, Vec<(Time, Time)>>,
    pub(crate) erasures: u32,
    pub(crate) journal: u64,
    pub(crate) bytes: u64,
    /// What holders see, of those that have asked.
    pub(crate) served: BTreeMap<u32, Served>,
    /// What had come of a stretch when a party's connection was cut, and how many bytes that is.
    pub(crate) partials: BTreeMap<u32, (usize, Partial)>,
}

impl Mailbox {
    /// A mailbox that is not stored yet.
    pub(crate) fn new(no: u32, id: PublicKey, epoch: u32) -> Self {
        let kept = Kept {
            opened: Opened { id, epoch },
            parties: Vec::new(),
            logs: Vec::new(),
            erased: Vec::new(),
            journal: 0,
        };
        Self::of(no, kept, None)
    }

    /// A mailbox as it is stored.
    pub(crate) fn load<S>(desk: &Desk<S>, no: u32, kept: Kept) -> Self {
        let receipts = desk.receipts_name(kept.opened);
        Self::of(no, kept, Some(receipts))
    }

    /// `receipts` is the name of the log of receipts, where a mailbox is stored.
    fn of(no: u32, kept: Kept, receipts: Option<LogName>) -> Self {
        let mut mailbox = Self {
            no,
            opened: kept.opened,
            saved: receipts.is_some(),
            parties: BTreeMap::new(),
            seen: BTreeMap::new(),
            logs: BTreeMap::new(),
            names: BTreeMap::new(),
            heads: Heads::new(),
            passed: BTreeSet::new(),
            erased: BTreeMap::new(),
            erasures: 0,
            journal: kept.journal,
            bytes: 0,
            served: BTreeMap::new(),
            partials: BTreeMap::new(),
        };
        for (party, row, seen) in kept.parties {
            mailbox.parties.insert(party, row);
            mailbox.seen.insert(party, seen);
        }
        for (log, row, head) in kept.logs {
            mailbox.bytes += head.bytes;
            if row.writer == RELAY && Some(row.name) != receipts {
                mailbox.passed.insert(row.name);
                continue;
            }
            mailbox.heads.set(row.name, head.at);
            mailbox.names.insert(log, row.name);
            mailbox.logs.insert(row.name, (log, row, head));
        }
        for (no, erased) in kept.erased {
            mailbox.erasures = mailbox.erasures.max(no);
            let slots = mailbox.erased.entry(erased.name).or_default();
            slots.extend(erased.slots);
        }
        mailbox
    }

    pub(crate) fn is_saved(&self) -> bool {
        self.saved
    }

    /// The number of the member with a static key, unless it was removed.
    pub(crate) fn member(&self, key: &[u8; 32]) -> Option<u32> {
        let is = |party: &Party| matches!(party, Party::Member { key: held, removed: false } if held == key);
        let found = self.parties.iter().find(|(_, party)| is(party));
        found.map(|(no, _)| *no)
    }

    /// The number of the member with a static key, which opens the mailbox if nobody has.
    pub(crate) fn enter<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        key: &[u8; 32],
    ) -> Result<u32, Fault> {
        if let Some(member) = self.member(key) {
            return Ok(member);
        }
        if self.saved {
            return Err(Fault::Forbidden);
        }
        if desk.mailboxes >= desk.limits.mailboxes {
            return Err(Fault::Quota);
        }
        self.saved = true;
        desk.mailboxes += 1;
        desk.write(self.no, Write::Mailbox(self.no, self.opened));
        desk.events.push(Event::Opened);
        let (key, removed) = (*key, false);
        self.join(desk, Party::Member { key, removed })
    }

    /// Gives a new party its number.
    pub(crate) fn join<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        party: Party,
    ) -> Result<u32, Fault> {
        if self.parties.len() >= desk.limits.parties {
            return Err(Fault::Quota);
        }
        let no = self.parties.keys().next_back().map_or(1, |last| last + 1);
        self.put(desk, no, party);
        Ok(no)
    }

    /// Says what a party is from now on.
    pub(crate) fn put<S: Storage>(&mut self, desk: &mut Desk<S>, no: u32, party: Party) {
        self.served.remove(&no);
        desk.write(self.no, Write::Party(self.no, no, party.clone()));
        self.parties.insert(no, party);
    }

    pub(crate) fn holder(&self, party: u32) -> Option<&Holder> {
        match self.parties.get(&party)? {
            Party::Holder(holder) => Some(holder),
            Party::Member { .. } | Party::Closed(_) => None,
        }
    }

    pub(crate) fn see<S: Storage>(&mut self, desk: &mut Desk<S>, party: u32, seen: Cursor) {
        self.seen.insert(party, seen);
        desk.write(self.no, Write::Seen(self.no, party, seen));
    }

    pub(crate) fn log(&self, name: LogName) -> Result<(u32, &Log, Head), Fault> {
        let (no, log, head) = self.logs.get(&name).ok_or(Fault::Invalid)?;
        Ok((*no, log, *head))
    }

    /// The log of receipts: another one when the relay has lost something, so that what others still have of it is no fork.
    pub(crate) fn receipts_name<S>(&self, desk: &Desk<S>) -> LogName {
        desk.receipts_name(self.opened)
    }

    /// Begins another journal and another log of receipts, because a member has something that this relay wrote and does not know:
    /// its storage was put back from a copy. Every connection begins again.
    pub(crate) fn renew<S: Storage>(&mut self, desk: &mut Desk<S>) -> Result<(), Fault> {
        let before = self.receipts_name(desk);
        self.opened.epoch = desk.epoch()?;
        desk.write(self.no, Write::Mailbox(self.no, self.opened));
        if let Some((log, ..)) = self.logs.remove(&before) {
            self.names.remove(&log);
            self.heads.remove(before);
        }
        self.passed.insert(before);
        let parties: Vec<(u32, Party)> = self.parties.clone().into_iter().collect();
        for (no, party) in parties {
            if let Party::Holder(mut holder) = party {
                holder.epoch = desk.epoch()?;
                self.put(desk, no, Party::Holder(holder));
            }
        }
        desk.cuts.push(Cut::Mailbox(self.no));
        desk.events.push(Event::Renewed);
        self.receipts(desk, Vec::new())
    }

    /// Whether a stretch is of receipts that this relay wrote before it lost something: the first says so itself.
    fn passes<S>(&mut self, desk: &Desk<S>, name: LogName, from: u64, stretch: &Stretch) -> bool {
        if let (Stretch::Letters(letters), 0, false) =
            (stretch, from, self.logs.contains_key(&name))
            && let Some(Letter::Held(first)) = letters.first()
            && let Ok(signed) = SignedReceipt::from_bytes(first)
            && let Ok((key, epoch)) = signed.key(&desk.relay, &self.opened.id)
            && key == desk.signer.public_key()
            && name == LogName::of_receipts(&desk.relay, &self.opened.id, epoch)
            && name != self.receipts_name(desk)
        {
            self.passed.insert(name);
        }
        self.passed.contains(&name)
    }

    /// Whether a party may bring this: what others of the household wrote too, but nothing into the relay's own log.
    pub(crate) fn may_carry<S>(&self, desk: &Desk<S>, name: LogName, to: u64) -> Result<(), Fault> {
        let held = self.logs.get(&name).map_or(0, |(.., head)| head.at.seq);
        if name == self.receipts_name(desk) && to > held {
            return Err(Fault::Forbidden);
        }
        Ok(())
    }

    /// Takes in what a party brings of a log, from the entry `from` on: what is held already changes nothing.
    pub(crate) fn take<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        party: u32,
        name: LogName,
        from: u64,
        mut stretch: Stretch,
    ) -> Result<(), Fault> {
        if self.passes(desk, name, from, &stretch) {
            // Who hears of another log speaks of the old one no more.
            return match self.logs.contains_key(&self.receipts_name(desk)) {
                true => Ok(()),
                false => self.receipts(desk, Vec::new()),
            };
        }
        let shape = shape(&stretch);
        let start = match self.logs.get(&name) {
            Some((_, log, _)) if log.shape != shape => return Err(Fault::Invalid),
            Some((_, log, _)) => log.start,
            None => start(&stretch)?,
        };
        let head = self.logs.get(&name).map_or(start, |(.., head)| head.at);
        let from = match from {
            from if from == head.seq => head,
            from if from > head.seq => return Err(Fault::Invalid),
            from => self.position(desk, name, from)?,
        };
        let begins = from.seq;
        let mut from = from;
        let mut to = stretch.end(from).map_err(|_| Fault::Fork)?;
        self.may_carry(desk, name, to.seq)?;
        let known = to.seq.min(head.seq);
        if begins < head.seq {
            // What both have must be the same; of what is new, that is all that counts.
            let common = usize::try_from(known - begins).map_err(|_| Fault::Invalid)?;
            let (before, after) = split(stretch, common);
            let at = before.end(from).map_err(|_| Fault::Fork)?;
            if at != self.position(desk, name, known)? {
                return Err(Fault::Fork);
            }
            let Some(rest) = after else {
                return Ok(());
            };
            stretch = rest;
            from = at;
            to = stretch.end(from).map_err(|_| Fault::Invalid)?;
        }
        self.append(desk, party, name, (from, to), stretch)
    }

    /// Appends to a log what was found to follow.
    pub(crate) fn append<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        party: u32,
        name: LogName,
        (from, to): (Position, Position),
        mut stretch: Stretch,
    ) -> Result<(), Fault> {
        let orders = self.verified(desk, &stretch)?;
        if to.seq > ENTRIES_MAX || self.journal >= u64::from(u32::MAX) {
            return Err(Fault::Quota);
        }
        let index = index(&stretch, from, to)?;
        let intro = match &mut stretch {
            Stretch::Data(data) => {
                if let Some(slots) = self.erased.get(&name) {
                    let gone = |slot| crate::orders::is_erased(slots, slot);
                    let kept = data.keeping(|slot, _| !gone(slot));
                    kept.map_err(|_| Fault::Invalid)?;
                }
                data.start.take().map(|start| start.intro)
            }
            Stretch::Letters(_) | Stretch::Orders(_) => None,
        };
        let bytes = stretch.to_bytes();
        let reserved = party == RELAY || shape(&stretch) == Shape::Orders;
        let bound = if reserved {
            desk.limits.with_reserve()
        } else {
            desk.limits.quota
        };
        if self.bytes + bytes.len() as u64 > bound {
            return Err(Fault::Quota);
        }
        let no = match self.logs.get(&name) {
            Some((no, ..)) => *no,
            None => self.begin(desk, party, name, shape(&stretch), intro, from)?,
        };
        self.grow(desk, name, bytes.len() as u64, 0, Some(to))?;
        self.journal += 1;
        let row = Row {
            log: no,
            from: from.seq,
            to: to.seq,
            origin: party,
        };
        self.show(self.journal, name, &row, &index);
        desk.write(self.no, Write::Stretch(no, index, bytes));
        desk.write(self.no, Write::Change(self.no, self.journal, row));
        desk.counts.taken += 1;
        for (order, hash) in orders {
            self.carry(desk, &order, hash)?;
        }
        Ok(())
    }

    fn begin<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        writer: u32,
        name: LogName,
        shape: Shape,
        intro: Option<Vec<u8>>,
        start: Position,
    ) -> Result<u32, Fault> {
        if self.logs.len() >= desk.limits.logs {
            return Err(Fault::Quota);
        }
        desk.last_log = desk.last_log.checked_add(1).ok_or(Fault::Quota)?;
        let no = desk.last_log;
        let log = Log {
            name,
            shape,
            writer,
            intro: intro.unwrap_or_default(),
            start,
        };
        desk.write(self.no, Write::Log(self.no, no, log.clone()));
        let head = Head {
            at: start,
            bytes: 0,
        };
        self.logs.insert(name, (no, log, head));
        self.names.insert(no, name);
        Ok(no)
    }

    /// Notes how far a log goes, and how many bytes it takes up.
    pub(crate) fn grow<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        name: LogName,
        more: u64,
        less: u64,
        to: Option<Position>,
    ) -> Result<(), Fault> {
        let (no, _, head) = self.logs.get_mut(&name).ok_or(Fault::Invalid)?;
        head.bytes = (head.bytes + more).saturating_sub(less);
        self.bytes = (self.bytes + more).saturating_sub(less);
        if let Some(to) = to {
            head.at = to;
            self.heads.set(name, to);
        }
        let write = Write::Head(self.no, *no, *head);
        desk.write(self.no, write);
        Ok(())
    }

    /// The place of a log before an entry that is held.
    fn position<S: Storage>(
        &self,
        desk: &mut Desk<S>,
        name: LogName,
        entry: u64,
    ) -> Result<Position, Fault> {
        let (no, log, head) = self.log(name)?;
        if entry == head.at.seq {
            return Ok(head.at);
        }
        if entry == log.start.seq {
            return Ok(log.start);
        }
        desk.flush()?;
        let index = desk.storage.index(no, entry).map_err(fault)?;
        let index = index.ok_or(Fault::Unavailable)?;
        let common = usize::try_from(entry - index.from.seq).map_err(|_| Fault::Invalid)?;
        if common == 0 {
            return Ok(index.from);
        }
        let stretch = stored(desk, no, index.from.seq)?;
        let (before, _) = split(stretch, common);
        before.end(index.from).map_err(|_| Fault::Unavailable)
    }
}

/// The relay's own number among the parties.
pub(crate) const RELAY: u32 = 0;
/// Entries of one log, at most.
const ENTRIES_MAX: u64 = 1 << 24;

/// A stretch as it is stored.
pub(crate) fn stored<S: Storage>(desk: &Desk<S>, log: u32, from: u64) -> Result<Stretch, Fault> {
    let bytes = desk.storage.stretch(log, from).map_err(fault)?;
    let bytes = bytes.ok_or(Fault::Unavailable)?;
    Stretch::from_bytes(&bytes).map_err(|_| Fault::Unavailable)
}

pub(crate) const fn shape(stretch: &Stretch) -> Shape {
    match stretch {
        Stretch::Data(_) => Shape::Data,
        Stretch::Letters(_) => Shape::Letters,
        Stretch::Orders(_) => Shape::Orders,
    }
}

/// Where a log begins of which nothing is held.
fn start(stretch: &Stretch) -> Result<Position, Fault> {
    match stretch {
        Stretch::Data(data) => {
            let start = data.start.as_ref().map(|start| start.position);
            start.filter(|at| at.seq == 0).ok_or(Fault::Invalid)
        }
        Stretch::Letters(_) | Stretch::Orders(_) => Ok(Position::START),
    }
}

/// The first `count` items of a stretch, and the others if there are any. The second part has no start.
fn split(stretch: Stretch, count: usize) -> (Stretch, Option<Stretch>) {
    match stretch {
        Stretch::Data(mut data) => {
            let entries = data.entries.split_off(count.min(data.entries.len()));
            let rest = (!entries.is_empty()).then(|| {
                let mut rest = data.clone();
                (rest.start, rest.entries) = (None, entries);
                Stretch::Data(rest)
            });
            (Stretch::Data(data), rest)
        }
        Stretch::Letters(mut letters) => {
            let rest = letters.split_off(count.min(letters.len()));
            let rest = (!rest.is_empty()).then_some(Stretch::Letters(rest));
            (Stretch::Letters(letters), rest)
        }
        Stretch::Orders(mut orders) => {
            let rest = orders.split_off(count.min(orders.len()));
            let rest = (!rest.is_empty()).then_some(Stretch::Orders(rest));
            (Stretch::Orders(orders), rest)
        }
    }
}

fn index(stretch: &Stretch, from: Position, to: Position) -> Result<Index, Fault> {
    let mut runs = Vec::new();
    let mut signed = None;
    if let Stretch::Data(data) = stretch {
        for (header, _) in &data.entries {
            let header = Header::from_bytes(header).map_err(|_| Fault::Invalid)?;
            for (slot, _) in header.slots() {
                SlotRun::push(&mut runs, slot);
            }
        }
        signed = Some(data.end);
    }
    Ok(Index {
        from,
        to,
        signed,
        runs,
    })
}
