//! Logs as anyone verifies them: what a writer appends is accepted, and everything else is refused by its name.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test"
)]

use freehold_crypto::{
    Cover, Domain, LogId, Padding, Root, Secret, SeededEntropy, SigningKey, Suite,
};
use freehold_model::{Calendar, Epoch, Facet, Level, Slot, Time, Zone};
use freehold_sync::{
    Body, Checkpoint, Data, Entry, Genesis, Header, LogError, LogWriter, Position, Predecessor,
    Start, Stretch, UnverifiedCheckpoint, UnverifiedEntry, verify,
};

const HOUR: i64 = 3_600_000;
/// 2013-06-03T00:00Z.
const START: i64 = 1_370_217_600_000;

struct Bench {
    household: SigningKey,
    writer_key: SigningKey,
    writer: LogWriter,
    covers: Vec<Cover>,
    epoch: Epoch,
    entropy: SeededEntropy,
}

fn genesis(level: Level, facets: &[Facet], writer: &SigningKey, log: u8) -> Genesis {
    Genesis::new(
        Suite::One,
        LogId([log; 16]),
        [2; 16],
        [3; 32],
        level,
        facets.to_vec(),
        0,
        writer.public_key(),
        None,
    )
}

impl Bench {
    fn new() -> Self {
        let mut entropy = SeededEntropy::new(1);
        let household = SigningKey::generate_ed25519(&mut entropy).unwrap();
        let writer_key = SigningKey::generate_ed25519(&mut entropy).unwrap();
        let facets = [Facet::Totals, Facet::Extremes];
        let writer = LogWriter::new(genesis(Level::Hour, &facets, &writer_key, 1));
        let root = Root::from_secret(Secret::from_bytes([9; 32]));
        let covers = facets
            .iter()
            .map(|facet| root.tree(Level::Hour, *facet))
            .collect();
        let epoch = Calendar::new(Zone::utc(), 60)
            .unwrap()
            .epoch(Time::from_ms(START));
        Self {
            household,
            writer_key,
            writer,
            covers,
            epoch,
            entropy,
        }
    }

    fn slot(hour: i64) -> Slot {
        Slot {
            start: Time::from_ms(START + hour * HOUR),
            end: Time::from_ms(START + (hour + 1) * HOUR),
        }
    }

    fn leaf(&self, facet: usize, slot: Slot) -> freehold_crypto::Leaf {
        self.covers[facet]
            .leaf(self.epoch.index(Level::Hour, slot.start).unwrap())
            .unwrap()
    }

    /// Appends the hours as one entry.
    fn append(&mut self, hours: std::ops::Range<i64>, part: u16) -> Entry {
        let mut builder = self.writer.entry(self.epoch, 0);
        for hour in hours {
            let slot = Self::slot(hour);
            let plain = [vec![hour as u8; 9], vec![0x50; 5]];
            builder.slot(slot, part);
            for (facet, plain) in plain.iter().enumerate() {
                builder.piece(self.leaf(facet, slot), plain);
            }
        }
        let entry = builder.seal(Padding::Padme, &mut self.entropy).unwrap();
        self.writer.append(&entry).unwrap();
        entry
    }

    fn checkpoint(&mut self) -> Checkpoint {
        self.writer
            .checkpoint(&self.writer_key, Time::from_ms(START))
            .unwrap()
            .unwrap()
    }

    /// Three entries and a checkpoint over them.
    fn three(&mut self) -> (Vec<Entry>, Checkpoint) {
        let entries = vec![
            self.append(0..24, 0),
            self.append(24..30, 0),
            self.append(30..31, 0),
        ];
        (entries, self.checkpoint())
    }
}

fn unverified(entry: &Entry) -> UnverifiedEntry {
    UnverifiedEntry::from_bytes(&entry.header().to_bytes(), &entry.body().to_bytes()).unwrap()
}

fn all(entries: &[Entry]) -> Vec<UnverifiedEntry> {
    entries.iter().map(unverified).collect()
}

/// [log-12] [log-13] [log-15] [log-16]
#[test]
fn what_was_written_verifies_and_opens() {
    let mut bench = Bench::new();
    let (entries, checkpoint) = bench.three();
    let genesis = bench.writer.genesis().clone();
    let verified = verify(&genesis, genesis.start(), all(&entries), &checkpoint).unwrap();
    assert_eq!(verified, entries);
    let mut buffer = Vec::new();
    for piece in verified.iter().flat_map(Entry::pieces) {
        let facet = usize::from(piece.facet == Facet::Extremes);
        let leaf = bench.leaf(facet, piece.slot);
        let hour = (piece.slot.start.ms() - START) / HOUR;
        let expected = if facet == 0 {
            vec![hour as u8; 9]
        } else {
            vec![0x50; 5]
        };
        assert_eq!(piece.open(&leaf, &mut buffer).unwrap(), expected);
        let other = bench.leaf(1 - facet, piece.slot);
        assert_eq!(
            piece.open(&other, &mut buffer),
            Err(LogError::Sealed),
            "another facet's key"
        );
    }
    // From a checkpoint in the middle.
    let middle = checkpoint.position();
    let more = vec![bench.append(40..41, 0)];
    let next = bench.checkpoint();
    assert_eq!(verify(&genesis, middle, all(&more), &next).unwrap(), more);
}

/// [log-15] [log-16]
#[test]
fn a_chain_that_differs_is_refused_whole() {
    let mut bench = Bench::new();
    let (entries, checkpoint) = bench.three();
    let genesis = bench.writer.genesis().clone();
    let check = |entries: Vec<UnverifiedEntry>| {
        verify(&genesis, genesis.start(), entries, &checkpoint).map(|_| ())
    };
    let [a, b, c] = [&entries[0], &entries[1], &entries[2]].map(unverified);
    assert_eq!(
        check(vec![a.clone(), b.clone()]),
        Err(LogError::Sequence {
            expected: 3,
            found: 2
        }),
        "the last is missing"
    );
    assert_eq!(
        check(vec![a.clone(), c.clone()]),
        Err(LogError::Sequence {
            expected: 1,
            found: 2
        }),
        "one is missing"
    );
    assert_eq!(
        check(vec![b.clone(), a.clone(), c.clone()]),
        Err(LogError::Sequence {
            expected: 0,
            found: 1
        }),
        "reordered"
    );
    assert_eq!(
        check(vec![a.clone(), a.clone(), b, c.clone()]),
        Err(LogError::Sequence {
            expected: 1,
            found: 0
        }),
        "doubled"
    );
    // Another entry in the place of the second, by the same writer: a fork.
    let mut fork = Bench::new();
    fork.entropy = SeededEntropy::new(2);
    fork.append(0..24, 0);
    let other = unverified(&fork.append(24..30, 0));
    assert_eq!(
        check(vec![a.clone(), other, c.clone()]),
        Err(LogError::Chain)
    );
    let end = verify(&genesis, genesis.start(), vec![a], &checkpoint).map(|_| ());
    assert_eq!(
        end,
        Err(LogError::Sequence {
            expected: 3,
            found: 1
        }),
        "beyond the entries there is nothing to believe"
    );
}

/// [log-13]
#[test]
fn a_changed_body_is_refused_before_it_is_opened() {
    let mut bench = Bench::new();
    let (entries, checkpoint) = bench.three();
    let genesis = bench.writer.genesis().clone();
    let body = entries[1].body().to_bytes();
    for at in 1..body.len() {
        let mut changed = body.clone();
        changed[at] ^= 1;
        let mut stretch = all(&entries);
        stretch[1] =
            UnverifiedEntry::from_bytes(&entries[1].header().to_bytes(), &changed).unwrap();
        assert_eq!(
            verify(&genesis, genesis.start(), stretch, &checkpoint).map(|_| ()),
            Err(LogError::Body),
            "byte {at}"
        );
    }
}

/// [log-11] [log-12]
#[test]
fn pieces_can_be_dropped_and_put_together_again() {
    let mut bench = Bench::new();
    let (entries, checkpoint) = bench.three();
    let genesis = bench.writer.genesis().clone();
    let whole = entries[0].body();
    let even = whole.keeping(|n| n % 2 == 0);
    let none = whole.keeping(|_| false);
    assert_eq!((whole.held(), even.held(), none.held()), (48, 24, 0));
    assert_eq!(
        (whole.to_bytes()[0], even.to_bytes()[0], none.to_bytes()),
        (0, 1, vec![2])
    );
    for body in [&even, &none] {
        let mut stretch = all(&entries);
        stretch[0] =
            UnverifiedEntry::from_bytes(&entries[0].header().to_bytes(), &body.to_bytes()).unwrap();
        let verified = verify(&genesis, genesis.start(), stretch, &checkpoint).unwrap();
        let piece = verified[0].pieces().nth(1).unwrap();
        assert_eq!(
            piece.open(&bench.leaf(1, piece.slot), &mut Vec::new()),
            Err(LogError::Absent)
        );
    }
    assert_eq!(&even.unite(&whole.keeping(|n| n % 2 == 1)), whole);
    assert_eq!(even.hash(), whole.hash());

    let header = entries[0].header();
    let decode = |bytes: &[u8]| Body::from_bytes(header, bytes);
    let mut bytes = even.to_bytes();
    bytes[1..7].fill(0xff);
    assert_eq!(
        decode(&bytes),
        Err(LogError::Malformed),
        "every bit set: that is form 00"
    );
    bytes[1..7].fill(0);
    assert_eq!(
        decode(&bytes),
        Err(LogError::Malformed),
        "no bit set: that is form 02"
    );
    assert_eq!(decode(&[3]), Err(LogError::Malformed), "an unknown form");
    assert_eq!(
        decode(&[2, 0]),
        Err(LogError::Malformed),
        "bytes after nothing"
    );
    assert_eq!(decode(&[]), Err(LogError::Malformed));
    let spare = entries[2].body().keeping(|n| n == 0).to_bytes();
    assert_eq!(spare[1], 1);
    let spare: Vec<u8> = [&[1, 1 | 4], &spare[2..]].concat();
    assert_eq!(
        Body::from_bytes(entries[2].header(), &spare),
        Err(LogError::Malformed),
        "a bit beyond the last piece"
    );
    for len in 0..whole.to_bytes().len() {
        assert_eq!(
            decode(&whole.to_bytes()[..len]),
            Err(LogError::Malformed),
            "cut at {len}"
        );
    }
}

/// The header of an entry as hand-written bytes: seq 0, epoch 1, generation 0, then runs, lengths and body hash.
fn header(runs: &[[u8; 4]], lengths: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![1, 0, 2, 0];
    bytes.extend([7; 16]);
    bytes.push(runs.len() as u8);
    bytes.extend(runs.concat());
    bytes.push(lengths.len() as u8);
    bytes.extend(lengths.concat());
    bytes.extend([8; 32]);
    bytes
}

/// [log-1] [log-2] [log-3] [log-7] [log-8] [log-9] [log-10]
#[test]
fn a_header_has_one_encoding_and_bounds() {
    let fixed: &[u8] = &[0, 25];
    let good = header(&[[60, 60, 3, 0], [0, 60, 1, 1]], &[fixed, fixed]);
    let decoded = Header::from_bytes(&good).unwrap();
    assert_eq!(decoded.to_bytes(), good);
    assert_eq!(
        (
            decoded.seq(),
            decoded.epoch().number(),
            decoded.generation()
        ),
        (0, 1, 0)
    );
    assert_eq!((decoded.slot_count(), decoded.piece_count()), (4, 8));
    let slots: Vec<(i64, i64, u16)> = decoded
        .slots()
        .map(|(slot, part)| (slot.start.ms() / HOUR, slot.end.ms() / HOUR, part))
        .collect();
    assert_eq!(slots, [(1, 2, 0), (2, 3, 0), (3, 4, 0), (4, 5, 1)]);

    let refused = |bytes: &[u8]| Header::from_bytes(bytes).unwrap_err();
    let one = |run: [u8; 4]| header(&[run], &[fixed]);
    assert_eq!(
        refused(&one([0, 0, 1, 0])),
        LogError::Slots,
        "a slot of no width"
    );
    assert_eq!(
        refused(&one([0, 60, 0, 0])),
        LogError::Slots,
        "a run of no slots"
    );
    assert_eq!(refused(&header(&[], &[fixed])), LogError::Slots, "no slots");
    assert_eq!(
        refused(&header(&[[0, 60, 1, 0], [0, 60, 1, 0]], &[fixed])),
        LogError::NotCanonical,
        "one run in two"
    );
    assert_eq!(
        refused(&header(
            &[[0, 1, 127, 0], [1, 1, 127, 0], [1, 1, 3, 0]],
            &[fixed]
        )),
        LogError::TooLarge { bound: 256 }
    );
    assert_eq!(
        refused(&header(&[[0, 60, 1, 0]], &[])),
        LogError::Malformed,
        "no facet"
    );
    assert_eq!(
        refused(&header(&[[0, 60, 1, 0]], &[fixed; 5])),
        LogError::TooLarge { bound: 4 }
    );
    assert_eq!(
        refused(&header(&[[0, 60, 2, 0]], &[&[1, 1, 25]])),
        LogError::Malformed,
        "a length too few"
    );
    assert_eq!(
        refused(&header(&[[0, 60, 2, 0]], &[&[1, 2, 25, 25]])),
        LogError::NotCanonical,
        "equal lengths one by one"
    );
    assert!(Header::from_bytes(&header(&[[0, 60, 2, 0]], &[&[1, 2, 25, 26]])).is_ok());
    let huge: &[u8] = &[1, 2, 0x80, 0x80, 0x80, 0x80, 1, 1];
    assert_eq!(
        refused(&header(&[[0, 60, 2, 0]], &[huge])),
        LogError::TooLarge { bound: 1 << 20 }
    );
    assert_eq!(
        refused(&[&[2], &good[1..]].concat()),
        LogError::Version { found: 2 }
    );
    assert_eq!(refused(&[]), LogError::Malformed);
    assert_eq!(
        refused(&[&good[..], &[0]].concat()),
        LogError::NotCanonical,
        "a byte after the end"
    );
    assert_eq!(
        refused(&[&good[..1], &[0x80, 0], &good[2..]].concat()),
        LogError::NotCanonical,
        "an overlong number"
    );
    for len in 1..good.len() {
        assert_eq!(refused(&good[..len]), LogError::Malformed, "cut at {len}");
    }
    let bomb = [&good[..20], &[0xff, 0xff, 0xff, 0xff, 0x0f]].concat();
    assert_eq!(
        refused(&bomb),
        LogError::Malformed,
        "a length alone allocates nothing"
    );
    assert_eq!(
        refused(&vec![1; 1 << 20]),
        LogError::TooLarge {
            bound: 64 + 256 * 24
        }
    );
}

/// [log-3] [log-4] [log-5]
#[test]
fn a_genesis_is_the_households_and_names_its_log() {
    let bench = Bench::new();
    let genesis = bench.writer.genesis();
    let bytes = genesis.to_bytes();
    let household = bench.household.public_key();
    let signature = bench.household.sign(Domain::Genesis, &bytes).unwrap();
    assert_eq!(
        &Genesis::verify(&bytes, &signature, &household).unwrap(),
        genesis
    );
    let by_writer = bench.writer_key.sign(Domain::Genesis, &bytes).unwrap();
    assert_eq!(
        Genesis::verify(&bytes, &by_writer, &household),
        Err(LogError::Signature)
    );
    let elsewhere = bench.household.sign(Domain::Checkpoint, &bytes).unwrap();
    assert_eq!(
        Genesis::verify(&bytes, &elsewhere, &household),
        Err(LogError::Signature),
        "another domain"
    );
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(
            Genesis::verify(&changed, &signature, &household).is_err(),
            "byte {at}"
        );
    }
    let other = self::genesis(
        Level::Hour,
        &[Facet::Totals, Facet::Extremes],
        &bench.writer_key,
        5,
    );
    assert_ne!(
        other.start(),
        genesis.start(),
        "another log id, another chain"
    );
    for (facets, error) in [
        (&[][..], LogError::Malformed),
        (&[Facet::Extremes, Facet::Totals], LogError::NotCanonical),
        (&[Facet::Totals, Facet::Totals], LogError::NotCanonical),
        (&[Facet::Readings], LogError::Malformed),
        (&Facet::ALL, LogError::TooLarge { bound: 4 }),
    ] {
        let bytes = self::genesis(Level::Hour, facets, &bench.writer_key, 1).to_bytes();
        let signature = bench.household.sign(Domain::Genesis, &bytes).unwrap();
        assert_eq!(
            Genesis::verify(&bytes, &signature, &household),
            Err(error),
            "{facets:?}"
        );
    }
}

/// [log-6]
#[test]
fn a_new_incarnation_names_the_place_that_it_follows() {
    let mut bench = Bench::new();
    bench.three();
    let Position { seq, chain } = bench.writer.position();
    let before = bench.writer.genesis();
    let predecessor = Predecessor {
        log: before.log,
        seq,
        chain,
    };
    let next = Genesis::new(
        Suite::One,
        LogId([6; 16]),
        before.stream,
        before.spec,
        before.level,
        before.facets.clone(),
        1,
        bench.writer_key.public_key(),
        Some(predecessor),
    );
    let signature = bench
        .household
        .sign(Domain::Genesis, &next.to_bytes())
        .unwrap();
    let read =
        Genesis::verify(&next.to_bytes(), &signature, &bench.household.public_key()).unwrap();
    assert_eq!((read.incarnation, read.predecessor), (1, Some(predecessor)));
}

/// [log-14]
#[test]
fn a_checkpoint_is_its_writers_over_its_log() {
    let mut bench = Bench::new();
    let (_, checkpoint) = bench.three();
    let genesis = bench.writer.genesis().clone();
    let bytes = checkpoint.to_bytes();
    let read = |bytes: &[u8]| UnverifiedCheckpoint::from_bytes(bytes)?.verify(&genesis);
    assert_eq!(read(&bytes).unwrap(), checkpoint);
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(read(&changed).is_err(), "byte {at}");
    }
    for len in 0..bytes.len() {
        assert_eq!(
            read(&bytes[..len]),
            Err(LogError::Malformed),
            "cut at {len}"
        );
    }
    let other = self::genesis(
        Level::Hour,
        &[Facet::Totals, Facet::Extremes],
        &bench.writer_key,
        5,
    );
    assert_eq!(
        UnverifiedCheckpoint::from_bytes(&bytes)
            .unwrap()
            .verify(&other),
        Err(LogError::OtherLog)
    );
    assert!(
        bench
            .writer
            .checkpoint(&bench.writer_key, Time::from_ms(START))
            .unwrap()
            .is_none(),
        "nothing new to sign"
    );
    for n in 0..64 {
        assert!(!bench.writer.checkpoint_due(), "{n}");
        bench.append(100 + n..101 + n, 0);
    }
    assert!(bench.writer.checkpoint_due());
}

/// [log-16] [log-17] [log-18]: each part of a slot is a piece of its own, with keys of its own.
#[test]
fn parts_stand_beside_each_other() {
    let mut bench = Bench::new();
    let first = bench.append(0..2, 0);
    let second = bench.append(0..2, 1);
    let pieces: Vec<_> = first
        .pieces()
        .chain(second.pieces())
        .map(|piece| (piece.slot, piece.facet, piece.part))
        .collect();
    let mut unique = pieces.clone();
    unique.sort_by_key(|(slot, facet, part)| (*slot, facet.number(), *part));
    unique.dedup();
    assert_eq!(unique.len(), pieces.len());
    assert_ne!(
        first.body().piece(0),
        second.body().piece(0),
        "the same plaintext, sealed differently"
    );
}

#[test]
fn a_builder_takes_only_what_a_reader_would() {
    let mut bench = Bench::new();
    let fill = |bench: &Bench, hours: &[i64], facets: usize| {
        let mut builder = bench.writer.entry(bench.epoch, 0);
        for hour in hours {
            builder.slot(Bench::slot(*hour), 0);
            for facet in 0..facets {
                builder.piece(bench.leaf(facet, Bench::slot(*hour)), b"x");
            }
        }
        builder.seal(Padding::Padme, &mut SeededEntropy::new(3))
    };
    let refused = |hours: &[i64], facets| fill(&bench, hours, facets).map(|_| ()).unwrap_err();
    assert_eq!(refused(&[0], 1), LogError::Malformed, "a facet too few");
    assert_eq!(refused(&[], 2), LogError::Slots, "no slot");
    assert_eq!(refused(&[0, 0], 2), LogError::Slots, "twice the same");
    assert_eq!(refused(&[1, 0], 2), LogError::Slots, "backwards");
    let stale = fill(&bench, &[0], 2).unwrap();
    bench.append(0..1, 0);
    assert_eq!(
        bench.writer.append(&stale),
        Err(LogError::Sequence {
            expected: 1,
            found: 0
        }),
        "another entry came first"
    );
}

/// [sync-4]: with the genesis everything in a stretch is verified, without it the chain and the bodies.
#[test]
fn a_stretch_holds_together_or_is_refused() {
    let mut bench = Bench::new();
    let genesis = bench.writer.genesis().clone();
    let parts = |entries: &[Entry]| -> Vec<(Vec<u8>, Vec<u8>)> {
        let part = |entry: &Entry| (entry.header().to_bytes(), entry.body().to_bytes());
        entries.iter().map(part).collect()
    };
    let (first, before) = bench.three();
    let next = vec![bench.append(31..40, 0), bench.append(40..44, 0)];
    let after = bench.checkpoint();
    let start = |position, signed| {
        let intro = vec![7; 9];
        Some(Box::new(Start {
            intro,
            position,
            signed,
        }))
    };
    let data = |start, entries: &[Entry], end: &Checkpoint| Data {
        start,
        entries: parts(entries),
        end: end.signed(),
    };
    let whole = data(start(genesis.start(), None), &first, &before);
    let follows = data(None, &next, &after);
    let middle = data(
        start(before.position(), Some(before.signed())),
        &next,
        &after,
    );
    for (data, from, place) in [
        (&whole, None, before.position()),
        (&follows, Some(before.position()), after.position()),
        (&middle, None, after.position()),
    ] {
        let verified = data.verify(&genesis, from).unwrap();
        assert_eq!(verified.after.position(), place);
        assert_eq!(parts(&verified.entries), data.entries);
        let begin = data
            .start
            .as_ref()
            .map_or(from, |start| Some(start.position));
        let end = Stretch::Data(data.clone()).end(begin.unwrap());
        assert_eq!(end, Ok(place));
        // The same bytes again, and every byte of them counts.
        let bytes = Stretch::Data(data.clone()).to_bytes();
        let read = Stretch::from_bytes(&bytes).unwrap();
        assert_eq!(read, Stretch::Data(data.clone()));
        for at in (0..bytes.len()).step_by(3) {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            let Ok(Stretch::Data(changed)) = Stretch::from_bytes(&bytes) else {
                continue;
            };
            // The intro is opened by its reader, not here.
            if changed.entries == data.entries
                && changed.end == data.end
                && changed.start != data.start
            {
                continue;
            }
            assert!(changed.verify(&genesis, from).is_err(), "byte {at}");
        }
    }
    assert_eq!(follows.verify(&genesis, None).err(), Some(LogError::Chain));
    let elsewhere = Stretch::Data(follows.clone()).end(genesis.start());
    assert!(matches!(elsewhere, Err(LogError::Sequence { .. })));
    // Without bodies, or with some pieces, it verifies as before.
    let mut bare = whole.clone();
    bare.without_bodies();
    assert!(
        bare.verify(&genesis, None).unwrap().entries[0]
            .body()
            .is_nothing()
    );
    let mut some = whole.clone();
    some.keeping(|slot, facet| slot == Bench::slot(3) && facet == 1)
        .unwrap();
    let verified = some.verify(&genesis, None).unwrap();
    let held: Vec<usize> = verified
        .entries
        .iter()
        .map(|entry| entry.body().held())
        .collect();
    assert_eq!(held, [1, 0, 0]);
    let mut spoilt = whole;
    *spoilt.entries[1].1.last_mut().unwrap() ^= 1;
    let end = Stretch::Data(spoilt).end(genesis.start());
    assert_eq!(end, Err(LogError::Body));
}
