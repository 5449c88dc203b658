//! A replica in memory whose stretches are any bytes.

use std::collections::{BTreeMap, BTreeSet};

use freehold_crypto::{Domain, digest};
use freehold_sync::{Change, Cursor, Fault, Heads, LogName, Position, Replica};

/// Stretches by their first entry: the entry after the last, and the bytes.
type Log = BTreeMap<u64, (u64, Vec<u8>)>;

#[derive(Debug)]
pub(crate) struct Memory {
    heads: Heads,
    logs: BTreeMap<LogName, Log>,
    journal: Vec<Change>,
    /// Changes that came from the peer, which are not sent back.
    theirs: BTreeSet<u64>,
    epoch: u32,
    seen: Cursor,
    pub(crate) postpones: Option<LogName>,
}

pub(crate) fn name(no: usize) -> LogName {
    let hash = digest(Domain::Range, &[&no.to_be_bytes()]);
    LogName(*hash.first_chunk().unwrap())
}

impl Memory {
    pub(crate) fn new(epoch: u32) -> Self {
        Self {
            heads: Heads::new(),
            logs: BTreeMap::new(),
            journal: Vec::new(),
            theirs: BTreeSet::new(),
            epoch,
            seen: Cursor::default(),
            postpones: None,
        }
    }

    #[allow(dead_code, reason = "not every test does")]
    pub(crate) fn logs(&self) -> &BTreeMap<LogName, Log> {
        &self.logs
    }

    /// Appends a stretch of so many entries.
    pub(crate) fn write(&mut self, name: LogName, entries: u64, bytes: Vec<u8>) {
        let head = self.heads.get(name);
        let from = head.map_or(0, |head| head.seq);
        let chain = head.map_or([0; 32], |head| head.chain);
        let to = from + entries;
        let chain = digest(Domain::Chain, &[&chain, &bytes]);
        self.heads.set(name, Position { seq: to, chain });
        self.logs.entry(name).or_default().insert(from, (to, bytes));
        let at = self.journal.len() as u64 + 1;
        self.journal.push(Change { at, name, from, to });
    }

    /// Loses the journal and what it knew of the peer's.
    #[allow(dead_code, reason = "not every test does")]
    pub(crate) fn restart(&mut self, epoch: u32) {
        self.epoch = epoch;
        self.seen = Cursor::default();
        self.theirs.clear();
    }

    /// Replaces a stretch by what is left of it.
    #[allow(dead_code, reason = "not every test does")]
    pub(crate) fn erase(&mut self, name: LogName, from: u64) {
        let stretch = self.logs.get_mut(&name).unwrap().get_mut(&from).unwrap();
        stretch.1 = vec![9; 100];
        self.rehead(name);
    }
}

impl Replica for Memory {
    fn heads(&self) -> &Heads {
        &self.heads
    }

    fn journal(&self) -> Cursor {
        Cursor {
            epoch: self.epoch,
            at: self.journal.len() as u64,
        }
    }

    fn seen(&self) -> Cursor {
        self.seen
    }

    fn change_after(&mut self, after: u64) -> Result<Option<Change>, Fault> {
        let rest = self.journal.iter().skip(usize::try_from(after).unwrap());
        Ok(rest
            .copied()
            .find(|change| !self.theirs.contains(&change.at)))
    }

    fn change_before(&mut self, until: u64) -> Result<Option<Change>, Fault> {
        let before = self.journal.iter().take(usize::try_from(until).unwrap());
        Ok(before
            .rev()
            .copied()
            .find(|change| !self.theirs.contains(&change.at)))
    }

    fn stretch(&mut self, name: LogName, from: u64) -> Result<Option<Change>, Fault> {
        let log = self.logs.get(&name);
        let found = log.and_then(|log| log.range(..=from).next_back());
        let (from, to) = match found {
            Some((start, (to, _))) if *to > from => (*start, *to),
            _ => return Ok(None),
        };
        Ok(Some(Change {
            at: 0,
            name,
            from,
            to,
        }))
    }

    fn read(&mut self, change: &Change, _: bool) -> Result<Vec<u8>, Fault> {
        let log = self.logs.get(&change.name).ok_or(Fault::Invalid)?;
        let (to, bytes) = log.get(&change.from).ok_or(Fault::Invalid)?;
        Ok([&(to - change.from).to_be_bytes()[..], bytes].concat())
    }

    fn take(&mut self, name: LogName, from: u64, stretch: &[u8]) -> Result<(), Fault> {
        if self.postpones == Some(name) {
            return Err(Fault::Later);
        }
        let (entries, bytes) = stretch.split_first_chunk().ok_or(Fault::Invalid)?;
        let entries = u64::from_be_bytes(*entries);
        let to = from.checked_add(entries).ok_or(Fault::Invalid)?;
        let log = self.logs.entry(name).or_default();
        if let Some((_, held)) = log.get(&from) {
            return if held == bytes {
                Ok(())
            } else {
                Err(Fault::Fork)
            };
        }
        let follows = log.last_key_value().map_or(0, |(_, (to, _))| *to) == from;
        if follows {
            self.write(name, entries, bytes.to_vec());
        } else {
            // The newest came first: the head is set once nothing is missing before it.
            log.insert(from, (to, bytes.to_vec()));
            let at = self.journal.len() as u64 + 1;
            self.journal.push(Change { at, name, from, to });
            self.rehead(name);
        }
        self.theirs.insert(self.journal.len() as u64);
        Ok(())
    }

    fn see(&mut self, seen: Cursor) -> Result<(), Fault> {
        self.seen = seen;
        Ok(())
    }
}

impl Memory {
    fn rehead(&mut self, name: LogName) {
        let (mut seq, mut chain) = (0, [0; 32]);
        for (from, (to, bytes)) in &self.logs[&name] {
            if *from != seq {
                break;
            }
            chain = digest(Domain::Chain, &[&chain, bytes]);
            seq = *to;
        }
        if seq > 0 {
            self.heads.set(name, Position { seq, chain });
        }
    }
}
