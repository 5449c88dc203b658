//! What a household writes: real entries, and orders.

use std::ops::Range;

use freehold_crypto::{Cover, LogId, Padding, Root, Secret, SeededEntropy, SigningKey, Suite};
use freehold_model::{Calendar, Epoch, Facet, Level, Slot, Time, Zone};
use freehold_sync::{
    Capability, Data, Genesis, Knock, Letter, LogName, LogWriter, Order, SignedOrder, Start,
    Stretch, View,
};

use super::{relay_key, signing_key};

pub const HOUR: i64 = 3_600_000;
pub const START: i64 = 1_800_000_000_000 / HOUR * HOUR;

/// The time of an hour since the start.
pub fn hour(hour: i64) -> Time {
    Time::from_ms(START + hour * HOUR)
}

/// One stream of a household, and its mailbox.
pub struct Household {
    pub mailbox: SigningKey,
    pub writer_key: SigningKey,
    pub log: LogId,
    pub writer: LogWriter,
    pub covers: Vec<Cover>,
    epoch: Epoch,
    entropy: SeededEntropy,
    began: bool,
}

impl Household {
    pub fn new(seed: u8) -> Self {
        let writer_key = signing_key(u64::from(seed) + 1000);
        let log = LogId([seed; 16]);
        let facets = vec![Facet::Totals, Facet::Extremes];
        let genesis = Genesis::new(
            Suite::One,
            log,
            [seed; 16],
            [3; 32],
            Level::Hour,
            facets.clone(),
            0,
            writer_key.public_key(),
            None,
        );
        let root = Root::from_secret(Secret::from_bytes([seed; 32]));
        let covers = facets.iter().map(|facet| root.tree(Level::Hour, *facet));
        Self {
            mailbox: signing_key(u64::from(seed) + 2000),
            covers: covers.collect(),
            writer: LogWriter::new(genesis),
            writer_key,
            log,
            epoch: Calendar::new(Zone::utc(), 60).unwrap().epoch(hour(0)),
            entropy: SeededEntropy::new(u64::from(seed)),
            began: false,
        }
    }

    pub fn knock(&self) -> Knock {
        self.knock_with(None)
    }

    pub fn knock_with(&self, token: Option<&[u8]>) -> Knock {
        Knock::Member {
            mailbox: self.mailbox.public_key(),
            admission: token.map(<[u8]>::to_vec),
        }
    }

    /// The stream's log, as the relay knows it.
    pub fn data(&self) -> LogName {
        LogName::of_log(&relay_key().0, self.log)
    }

    pub fn orders(&self) -> LogName {
        LogName::of_secret(&relay_key().0, &[1; 32], b"orders")
    }

    pub fn letters(&self) -> LogName {
        LogName::of_secret(&relay_key().0, &[2; 32], b"to recipient")
    }

    pub fn replies(&self) -> LogName {
        LogName::of_secret(&relay_key().0, &[2; 32], b"to household")
    }

    /// The capability of a device of this household that writes these streams.
    pub fn device(&self, fetch: [u8; 32], writes: &[LogName]) -> Capability {
        let mut writes = writes.to_vec();
        writes.sort_unstable();
        Capability {
            id: [10; 16],
            views: Vec::new(),
            writes,
            ..self.capability(fetch, 0, &[])
        }
    }

    /// The log of receipts at a relay whose journal has this epoch.
    pub fn receipts(&self, epoch: u32) -> LogName {
        LogName::of_receipts(&relay_key().0, &self.mailbox.public_key(), epoch)
    }

    /// The plaintext of an hour's facet.
    pub fn plain(hour: i64, facet: usize) -> Vec<u8> {
        format!("plain {hour:4} {facet:1} secret").into_bytes()
    }

    /// Seals hours, two in an entry, and a checkpoint after them.
    pub fn hours(&mut self, hours: Range<i64>) -> Stretch {
        let mut entries = Vec::new();
        let start = (!std::mem::replace(&mut self.began, true)).then(|| {
            Box::new(Start {
                intro: vec![7; 640],
                position: self.writer.position(),
                signed: None,
            })
        });
        for first in hours.clone().step_by(2) {
            let mut builder = self.writer.entry(self.epoch, 0);
            for hour in first..(first + 2).min(hours.end) {
                let slot = slot(hour);
                builder.slot(slot, 0);
                for (facet, cover) in self.covers.iter().enumerate() {
                    let at = self.epoch.index(Level::Hour, slot.start).unwrap();
                    builder.piece(cover.leaf(at).unwrap(), &Self::plain(hour, facet));
                }
            }
            let entry = builder.seal(Padding::Padme, &mut self.entropy).unwrap();
            self.writer.append(&entry).unwrap();
            entries.push((entry.header().to_bytes(), entry.body().to_bytes()));
        }
        let checkpoint = self.writer.checkpoint(&self.writer_key, hour(hours.end));
        let end = checkpoint.unwrap().unwrap().signed();
        Stretch::Data(Data {
            start,
            entries,
            end,
        })
    }

    pub fn order(&self, order: &Order) -> Stretch {
        let signed = SignedOrder::sign(order, &relay_key().0, &self.mailbox);
        Stretch::Orders(vec![signed.unwrap()])
    }

    pub fn letter(text: &str) -> Stretch {
        Stretch::Letters(vec![Letter::Held(text.as_bytes().to_vec())])
    }

    /// A capability over hours of the stream, for the holder of a fetch key.
    pub fn capability(&self, fetch: [u8; 32], columns: u8, hours: &[Range<i64>]) -> Capability {
        let window = |hours: &Range<i64>| (hour(hours.start), hour(hours.end));
        Capability {
            id: [9; 16],
            fetch,
            views: vec![View {
                name: self.data(),
                columns,
                windows: hours.iter().map(window).collect(),
            }],
            letters: vec![self.letters()],
            replies: self.replies(),
            writes: Vec::new(),
            not_after: hour(24 * 365),
        }
    }
}

pub fn slot(at: i64) -> Slot {
    Slot {
        start: hour(at),
        end: hour(at + 1),
    }
}
