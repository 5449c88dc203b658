//! A copy of logs as an agent or a recipient has them, without the keys.

use std::collections::BTreeMap;

use freehold_sync::{Change, Cursor, Fault, Heads, LogName, Position, Replica, Start, Stretch};

pub struct Copy {
    heads: Heads,
    /// Stretches by their first entry: where they begin and end.
    pub logs: BTreeMap<LogName, BTreeMap<u64, (Position, Position, Stretch)>>,
    starts: BTreeMap<LogName, Start>,
    journal: Vec<(Change, bool)>,
    epoch: u32,
    pub seen: Cursor,
}

impl Copy {
    pub fn new(epoch: u32) -> Self {
        Self {
            heads: Heads::new(),
            logs: BTreeMap::new(),
            starts: BTreeMap::new(),
            journal: Vec::new(),
            epoch,
            seen: Cursor::default(),
        }
    }

    /// Loses what it knew of the peer's journal, and its own.
    pub fn forget(&mut self, epoch: u32) {
        (self.epoch, self.seen) = (epoch, Cursor::default());
    }

    /// Writes a stretch of its own.
    pub fn write(&mut self, name: LogName, stretch: Stretch) {
        self.add(name, None, stretch, true).unwrap();
    }

    pub fn head(&self, name: LogName) -> u64 {
        self.heads.get(name).map_or(0, |head| head.seq)
    }

    /// Every stretch of a log.
    pub fn stretches(&self, name: LogName) -> Vec<&Stretch> {
        let log = self.logs.get(&name);
        log.map_or_else(Vec::new, |log| {
            log.values().map(|(.., stretch)| stretch).collect()
        })
    }

    fn add(
        &mut self,
        name: LogName,
        from: Option<u64>,
        mut stretch: Stretch,
        own: bool,
    ) -> Result<(), Fault> {
        let log = self.logs.entry(name).or_default();
        let start = match &mut stretch {
            Stretch::Data(data) => data.start.take().map(|start| *start),
            _ => None,
        };
        let last = log.last_key_value().map(|(_, (_, to, _))| *to);
        let before = match (&start, from) {
            (Some(start), _) => start.position,
            (None, Some(from)) => log
                .values()
                .map(|(_, to, _)| *to)
                .chain([Position::START])
                .find(|at| at.seq == from && (from > 0 || last.is_none()))
                .or_else(|| log.get(&from).map(|(at, ..)| *at))
                .ok_or(Fault::Later)?,
            (None, None) => last.unwrap_or(Position::START),
        };
        let to = stretch.end(before).map_err(|_| Fault::Invalid)?;
        if let Some(start) = start {
            self.starts.entry(name).or_insert(start);
        }
        let known = log.insert(before.seq, (before, to, stretch)).is_some();
        if self.heads.get(name).is_none_or(|head| head.seq < to.seq) {
            self.heads.set(name, to);
        }
        if !known {
            let change = Change {
                at: self.journal.len() as u64 + 1,
                name,
                from: before.seq,
                to: to.seq,
            };
            self.journal.push((change, own));
        }
        Ok(())
    }
}

impl Replica for Copy {
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
        let own = |(change, own): &&(Change, bool)| *own && change.at > after;
        Ok(self.journal.iter().find(own).map(|(change, _)| *change))
    }

    fn change_before(&mut self, until: u64) -> Result<Option<Change>, Fault> {
        let own = |(change, own): &&(Change, bool)| *own && change.at <= until;
        Ok(self.journal.iter().rfind(own).map(|(change, _)| *change))
    }

    fn stretch(&mut self, name: LogName, from: u64) -> Result<Option<Change>, Fault> {
        let log = self.logs.get(&name).into_iter().flatten();
        let found = log
            .map(|(_, stretch)| stretch)
            .find(|(_, to, _)| to.seq > from);
        Ok(found.map(|(begin, to, _)| Change {
            at: 0,
            name,
            from: begin.seq,
            to: to.seq,
        }))
    }

    fn read(&mut self, change: &Change, bodies: bool) -> Result<Vec<u8>, Fault> {
        let log = self.logs.get(&change.name).ok_or(Fault::Invalid)?;
        let (_, _, stretch) = log.get(&change.from).ok_or(Fault::Invalid)?;
        let mut stretch = stretch.clone();
        if let Stretch::Data(data) = &mut stretch {
            if change.from == 0 {
                data.start = self.starts.get(&change.name).cloned().map(Box::new);
            }
            if !bodies {
                data.without_bodies();
            }
        }
        Ok(stretch.to_bytes())
    }

    fn take(&mut self, name: LogName, from: u64, stretch: &[u8]) -> Result<(), Fault> {
        let stretch = Stretch::from_bytes(stretch).map_err(|_| Fault::Invalid)?;
        self.add(name, Some(from), stretch, false)
    }

    fn see(&mut self, seen: Cursor) -> Result<(), Fault> {
        self.seen = seen;
        Ok(())
    }
}
