//! What a recipient reads.

use std::collections::BTreeMap;

use freehold_consent::{
    Card, Heirs, Keys, Revocations, StreamInfo, Token, TreeId, UnverifiedBundle, UnverifiedGrant,
    UnverifiedRevocation,
};
use freehold_crypto::{Domain, EnvelopeKey, Leaf, PublicKey, Secret, Signature, digest};
use freehold_model::{Level, Reading, Slot, Summary, chunk, wire};
use freehold_sync::{
    Entry, Genesis, LogError, Piece, UnverifiedCheckpoint, UnverifiedEntry, verify,
};
use serde::{Deserialize, Serialize};

use crate::vectors::{
    Cases, Failure, Hex, Operation,
    model::{
        described,
        reading::{ReadingText, texts},
        summary::SummaryText,
    },
};

pub(super) struct Open;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct OpenInput {
    pub(super) grant: Hex,
    pub(super) seed: Hex,
    pub(super) parcels: Vec<Hex>,
}

#[derive(Serialize)]
pub(super) struct OpenOutput {
    summaries: Vec<SlotText>,
    readings: Vec<StreamReading>,
}

#[derive(Serialize)]
struct SlotText {
    stream: String,
    level: &'static str,
    start: i64,
    end: i64,
    summary: SummaryText,
}

#[derive(Serialize)]
struct StreamReading {
    stream: String,
    reading: ReadingText,
}

/// The parts of a parcel.
pub(super) type Parts = (
    Vec<Vec<u8>>,
    Vec<Vec<u8>>,
    Vec<Stretch>,
    Vec<([u8; 32], Vec<u8>)>,
);

/// A stretch of a log.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Stretch {
    pub(super) token: [u8; 32],
    pub(super) genesis: Vec<u8>,
    pub(super) signature: Signature,
    pub(super) from: Option<Vec<u8>>,
    pub(super) entries: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) until: Vec<u8>,
}

impl Operation for Open {
    const NAME: &'static str = "parcel/open";
    const ABOUT: &'static str = "All that a recipient reads by a grant and the parcels that followed it. What has no key, and slots without a value, are left out.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("grant", "the grant's file"),
        ("seed", "of the recipient's envelope key"),
        ("parcels", "in the order in which they came"),
        (
            "summaries",
            "by stream, level and time: `stream` (its label), `level`, `start`, `end`, and `summary` as in model/summary",
        ),
        (
            "readings",
            "by stream and time: `stream`, and `reading` as in chunk/decode",
        ),
    ];
    type Input = OpenInput;
    type Output = OpenOutput;

    fn run(input: OpenInput) -> Result<OpenOutput, Failure> {
        let mut recipient = Recipient::accept(&input.grant.0, &input.seed)?;
        for parcel in &input.parcels {
            recipient.receive(&parcel.0)?;
        }
        recipient.read()
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        super::cases::cases(cases);
    }
}

/// By stream, level and slot: of which incarnation and part, and what it says.
type Summaries = BTreeMap<([u8; 16], Level, Slot), ((u32, u16), Summary)>;

struct Recipient {
    card: Card,
    token: Token,
    key: EnvelopeKey,
    keys: Keys,
    heirs: Heirs,
    household: Vec<PublicKey>,
    /// By stream, level, incarnation and number, each as often as it came.
    entries: BTreeMap<([u8; 16], Level, u32, u64), Vec<Entry>>,
}

impl Recipient {
    fn accept(grant: &[u8], seed: &Hex) -> Result<Self, Failure> {
        let grant = UnverifiedGrant::from_file(grant)?.verify()?;
        let seed = Secret::from_bytes(seed.array().ok_or(Failure::Length)?);
        let key = EnvelopeKey::from_seed(seed)?;
        let token = grant.token().clone();
        let (mut heirs, mut household) = (Heirs::default(), Vec::new());
        for bundle in grant.bundles() {
            heirs = heirs.after(&token, bundle)?;
            household = bundle.household(&token);
        }
        Ok(Self {
            card: grant.card().clone(),
            keys: grant.open(grant.card(), &key)?,
            token,
            heirs,
            household,
            key,
            entries: BTreeMap::new(),
        })
    }

    /// [parcel-1]
    fn receive(&mut self, parcel: &[u8]) -> Result<(), Failure> {
        let parts = wire::from_bytes(parcel, 1 << 30);
        let (revocations, extensions, stretches, _): Parts = parts.map_err(described::wire)?;
        for bytes in revocations {
            let revocation = UnverifiedRevocation::from_bytes(&bytes)?;
            if revocation.token() == self.token.id() {
                revocation.verify(&self.token)?;
                return Err(Failure::Revoked);
            }
        }
        for bytes in extensions {
            let bundle = UnverifiedBundle::from_bytes(&bytes)?;
            if bundle.token() == self.token.id() {
                let bundle = bundle.verify(&self.token)?;
                self.heirs = self.heirs.after(&self.token, &bundle)?;
                if bundle.header().seq > self.keys.seq() {
                    self.household = bundle.household(&self.token);
                    self.keys
                        .extend(bundle.open(&self.token, &self.card, &self.key)?)?;
                }
            }
        }
        stretches.iter().try_for_each(|stretch| self.take(stretch))
    }

    fn take(&mut self, stretch: &Stretch) -> Result<(), Failure> {
        if stretch.token != self.token.id().0 {
            return Ok(());
        }
        let begun = |key| Genesis::verify(&stretch.genesis, &stretch.signature, key);
        let mut signers = self.household.iter().map(begun);
        let by_any = signers.find(|begun| !matches!(begun, Err(LogError::Signature)));
        let genesis = by_any.unwrap_or(Err(LogError::Signature))?;
        let of_it = |info: &&StreamInfo| info.id.0 == genesis.stream;
        let described = self.keys.streams().find(of_it);
        if !described.is_some_and(|info| is_named(&genesis, info)) {
            return Err(Failure::OtherLog);
        }
        let checkpoint = |bytes: &[u8]| UnverifiedCheckpoint::from_bytes(bytes)?.verify(&genesis);
        let from = match &stretch.from {
            Some(bytes) => checkpoint(bytes)?.position(),
            None => genesis.start(),
        };
        let entries = stretch.entries.iter();
        let entries = entries.map(|(header, body)| UnverifiedEntry::from_bytes(header, body));
        let entries = entries.collect::<Result<_, _>>()?;
        for entry in verify(&genesis, from, entries, &checkpoint(&stretch.until)?)? {
            let place = (
                genesis.stream,
                genesis.level,
                genesis.incarnation,
                entry.header().seq(),
            );
            self.entries.entry(place).or_default().push(entry);
        }
        Ok(())
    }

    fn read(&self) -> Result<OpenOutput, Failure> {
        let (mut summaries, mut readings) = (BTreeMap::new(), BTreeMap::new());
        for ((stream, level, incarnation, _), copies) in &self.entries {
            let info = self.keys.streams().find(|info| info.id.0 == *stream);
            let info = info.ok_or(Failure::Absent)?;
            // Of a piece that came several times, the copies are alike.
            for piece in copies
                .iter()
                .flat_map(|entry| entry.pieces().map(move |piece| (entry, piece)))
            {
                let Some(plain) = self.plain(info, *level, &piece)? else {
                    continue;
                };
                let (_, piece) = piece;
                if *level == Level::Raw {
                    let found = chunk::decode(piece.slot.start, &plain, 1 << 20);
                    let known: &mut Vec<Reading> = readings.entry(*stream).or_default();
                    unite(known, found.map_err(|_| Failure::Malformed)?);
                } else {
                    let newest = summaries
                        .entry((*stream, *level, piece.slot))
                        .or_insert_with(|| ((*incarnation, piece.part), Summary::default()));
                    if newest.0 < (*incarnation, piece.part) {
                        *newest = ((*incarnation, piece.part), Summary::default());
                    }
                    if newest.0 == (*incarnation, piece.part) {
                        let layout = info.stream.layout(*level);
                        layout
                            .decode(piece.facet, &plain, &mut newest.1)
                            .map_err(|_| Failure::Malformed)?;
                    }
                }
            }
        }
        Ok(self.said(summaries, readings))
    }

    /// What is in a piece, if it is held and there is a key.
    fn plain(
        &self,
        info: &StreamInfo,
        level: Level,
        (entry, piece): &(&Entry, Piece<'_>),
    ) -> Result<Option<Vec<u8>>, Failure> {
        if entry.body().piece(piece.number()).is_none() {
            return Ok(None);
        }
        let header = entry.header();
        let tree = TreeId {
            stream: info.id,
            level,
            facet: piece.facet,
            epoch: header.epoch(),
            generation: header.generation(),
        };
        let index = header.epoch().index(level, piece.slot.start);
        let leaf = index.and_then(|index| self.leaf(&tree, index));
        let mut buffer = Vec::new();
        leaf.map(|leaf| Ok(piece.open(&leaf, &mut buffer)?.to_vec()))
            .transpose()
    }

    fn leaf(&self, tree: &TreeId, index: u32) -> Option<Leaf> {
        let from = self.token.terms().usable.from();
        let permit = self
            .token
            .permit(from, self.card.id(), &Revocations::new())
            .ok()?;
        self.keys.cover(&permit, tree)?.leaf(index)
    }

    fn said(&self, summaries: Summaries, readings: BTreeMap<[u8; 16], Vec<Reading>>) -> OpenOutput {
        let label = |stream: [u8; 16]| {
            let info = self.keys.streams().find(|info| info.id.0 == stream);
            info.map(|info| info.label.to_string()).unwrap_or_default()
        };
        let summaries = summaries
            .into_iter()
            .filter(|(_, (_, summary))| !summary.is_empty());
        OpenOutput {
            summaries: summaries
                .map(|((stream, level, slot), (_, summary))| SlotText {
                    stream: label(stream),
                    level: level.name(),
                    start: slot.start.ms(),
                    end: slot.end.ms(),
                    summary: summary.into(),
                })
                .collect(),
            readings: readings
                .into_iter()
                .flat_map(|(stream, found)| {
                    let stream = label(stream);
                    texts(&found).into_iter().map(move |reading| StreamReading {
                        stream: stream.clone(),
                        reading,
                    })
                })
                .collect(),
        }
    }
}

/// [parcel-2]
fn is_named(genesis: &Genesis, info: &StreamInfo) -> bool {
    let described = digest(Domain::Spec, &[&wire::to_bytes(info.stream.spec())]);
    let named = info.logs.iter().any(|log| {
        (log.log, log.level, log.writer) == (genesis.log, genesis.level, genesis.writer)
    });
    named && described == genesis.spec
}

/// Adds what is not known yet, in order of time.
fn unite(known: &mut Vec<Reading>, found: Vec<Reading>) {
    for reading in found {
        let same = known
            .iter()
            .any(|other| other.time == reading.time && other.says_the_same(&reading));
        if !same {
            let place = known.partition_point(|other| other.time <= reading.time);
            known.insert(place, reading);
        }
    }
}
