//! Logs to verify and to open.

use freehold_crypto::{
    Cover, Domain, Leaf, LogId, Padding, PublicKey, Root, Secret, SeededEntropy, SigningKey, Suite,
};
use freehold_model::{Epoch, Facet, Level, Slot, Time};
use freehold_sync::{Entry, Genesis, LogWriter};
use serde::{Deserialize, Serialize};

use super::Start;
use crate::vectors::Hex;

/// The key of the household.
pub(super) fn household() -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([0xaa; 32])).unwrap()
}

/// The key of the writer.
pub(super) fn writer() -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([0xbb; 32])).unwrap()
}

/// The key of RFC 6979, section A.2.5, in PKCS #8.
pub(super) fn p256() -> SigningKey {
    let document = Hex::digits(
        "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420\
         c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721a14403420004\
         60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
         7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
    );
    SigningKey::from_secret_bytes(&[&[1], document.0.as_slice()].concat()).unwrap()
}

/// An entry as it travels.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::vectors) struct Bytes {
    pub(in crate::vectors) header: Hex,
    pub(in crate::vectors) body: Hex,
}

/// What is opened with: a cover of a facet's tree.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Keys {
    pub(super) facet: u8,
    pub(super) epoch: i32,
    pub(super) generation: u32,
    pub(super) cover: Hex,
}

/// A log, its writer and all its keys.
pub(in crate::vectors) struct Example {
    writer: LogWriter,
    entropy: SeededEntropy,
    pub(in crate::vectors) start: Start,
    pub(in crate::vectors) entries: Vec<Bytes>,
    pub(in crate::vectors) checkpoints: Vec<Hex>,
}

/// 2013-06-03T00:00Z.
pub(super) const START: i64 = 1_370_217_600_000;
/// May and June 2013.
pub(super) const EPOCH: i32 = 260;
/// The root of every stream's every epoch.
const ROOT: [u8; 32] = [0x77; 32];

impl Example {
    /// An empty log.
    pub(super) fn new(suite: Suite, log: u8, level: Level, facets: &[Facet]) -> Self {
        let genesis = Genesis::new(
            suite,
            LogId([log; 16]),
            [2; 16],
            [3; 32],
            level,
            facets.to_vec(),
            0,
            writer().public_key(),
            None,
        );
        Self {
            start: start(&genesis, &household()),
            writer: LogWriter::new(genesis),
            entropy: SeededEntropy::new(u64::from(log)),
            entries: Vec::new(),
            checkpoints: Vec::new(),
        }
    }

    /// Three entries of hours, the second with two slots, and a checkpoint after each of the last two.
    pub(in crate::vectors) fn hours() -> Self {
        let mut log = Self::new(
            Suite::One,
            0x22,
            Level::Hour,
            &[Facet::Totals, Facet::Extremes],
        );
        log.entry(EPOCH, 0, &[(hour(0), 0)]);
        log.entry(EPOCH, 0, &[(hour(1), 0), (hour(2), 0)]);
        log.checkpoint();
        log.entry(EPOCH, 0, &[(hour(3), 0)]);
        log.checkpoint();
        log
    }

    /// Appends an entry with these slots and their parts. A piece's plaintext says which it is.
    pub(super) fn entry(&mut self, epoch: i32, generation: u32, slots: &[(Slot, u16)]) -> Entry {
        let genesis = self.writer.genesis();
        let (level, facets) = (genesis.level, genesis.facets.clone());
        let mut builder = self.writer.entry(Epoch::from_number(epoch), generation);
        for (slot, part) in slots {
            builder.slot(*slot, *part);
            for facet in &facets {
                let minute = (slot.start.ms() - START) / 60_000;
                let plaintext = format!("{} {minute} {part}", facet.name());
                builder.piece(leaf(level, *facet, *slot), plaintext.as_bytes());
            }
        }
        let entry = builder.seal(Padding::Padme, &mut self.entropy).unwrap();
        self.append(&entry);
        entry
    }

    /// Appends an entry of any log.
    pub(super) fn append(&mut self, entry: &Entry) {
        self.writer.append(entry).unwrap();
        self.entries.push(Bytes {
            header: entry.header().to_bytes().into(),
            body: entry.body().to_bytes().into(),
        });
    }

    /// Signs what stands.
    pub(super) fn checkpoint(&mut self) {
        let now = Time::from_ms(START + 86_400_000);
        let checkpoint = self.writer.checkpoint(&writer(), now).unwrap().unwrap();
        self.checkpoints.push(checkpoint.to_bytes().into());
    }

    /// The whole tree of a facet.
    pub(super) fn keys(&self, facet: Facet) -> Keys {
        self.keys_of(facet, 0..u32::MAX)
    }

    /// The leaves of a facet from one slot to before another.
    pub(super) fn keys_between(&self, facet: Facet, from: Slot, until: Slot) -> Keys {
        let level = self.writer.genesis().level;
        let leaf = |slot: Slot| epoch().index(level, slot.start).unwrap();
        self.keys_of(facet, leaf(from)..leaf(until))
    }

    fn keys_of(&self, facet: Facet, leaves: std::ops::Range<u32>) -> Keys {
        let cover = tree(self.writer.genesis().level, facet).restrict(leaves);
        Keys {
            facet: facet.number(),
            epoch: EPOCH,
            generation: 0,
            cover: (&*cover.to_bytes()).into(),
        }
    }
}

/// The start of a log, signed by a household.
pub(super) fn start(genesis: &Genesis, household: &SigningKey) -> Start {
    let genesis = genesis.to_bytes();
    let signature = household.sign(Domain::Genesis, &genesis).unwrap();
    let key: PublicKey = household.public_key();
    Start {
        genesis: genesis.into(),
        genesis_signature: signature.to_bytes().into(),
        household: key.to_bytes().into(),
    }
}

/// The hour that many hours after the start.
pub(super) fn hour(n: i64) -> Slot {
    Slot {
        start: Time::from_ms(START + n * 3_600_000),
        end: Time::from_ms(START + (n + 1) * 3_600_000),
    }
}

/// The day that many days after the start.
pub(super) fn day(n: i64) -> Slot {
    Slot {
        start: hour(24 * n).start,
        end: hour(24 * n + 23).end,
    }
}

fn epoch() -> Epoch {
    Epoch::from_number(EPOCH)
}

fn tree(level: Level, facet: Facet) -> Cover {
    Root::from_secret(Secret::from_bytes(ROOT)).tree(level, facet)
}

fn leaf(level: Level, facet: Facet, slot: Slot) -> Leaf {
    let index = epoch().index(level, slot.start).unwrap();
    tree(level, facet).leaf(index).unwrap()
}
