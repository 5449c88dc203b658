//! Two ends of a channel, and whoever sits on the line between them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use freehold_crypto::{Secret, SeededEntropy};
use freehold_transport::{Channel, ChannelError, FIRST_MAX, PublicStatic, RECORD_MAX, StaticKey};
use proptest::prelude::*;

fn key(seed: u8) -> StaticKey {
    StaticKey::from_secret(Secret::from_bytes([seed; 32]))
}

fn entropy(seed: u64) -> SeededEntropy {
    SeededEntropy::new(seed)
}

/// One who connects and one who awaits, and message 1 between them.
fn begin(first: &[u8]) -> (Channel, Channel, Vec<u8>) {
    let (one, message) =
        Channel::initiate(&key(1), key(2).public(), first, &mut entropy(1)).unwrap();
    let two = Channel::accept(&key(2), &mut entropy(2)).unwrap();
    (one, two, message)
}

/// A channel of which the handshake is over.
fn opened() -> (Channel, Channel) {
    let (mut one, mut two, message) = begin(b"");
    let (mut plain, mut out) = (Vec::new(), Vec::new());
    two.receive(&message, &mut plain).unwrap();
    two.send(b"", &mut out).unwrap();
    one.receive(&out, &mut plain).unwrap();
    assert_eq!(plain, b"");
    (one, two)
}

fn sealed(channel: &mut Channel, plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    channel.send(plain, &mut out).unwrap();
    out
}

fn open(channel: &mut Channel, bytes: &[u8]) -> Result<Vec<u8>, ChannelError> {
    let mut plain = Vec::new();
    channel.receive(bytes, &mut plain).map(|_| plain)
}

/// channel-5, channel-6, channel-9: both know who the other is, once, and both have the same hash.
#[test]
fn a_conversation() {
    let (mut one, mut two, message) = begin(b"hello");
    assert_eq!(message.len(), 2 + 96 + 5);
    let mut plain = Vec::new();
    assert_eq!(two.receive(&message, &mut plain), Ok(Some(key(1).public())));
    assert_eq!(plain, b"hello");
    assert!(!two.is_confirmed() && !one.is_confirmed());
    let answer = sealed(&mut two, b"welcome");
    assert_eq!(answer.len(), 2 + 48 + 7);
    let mut plain = Vec::new();
    assert_eq!(one.receive(&answer, &mut plain), Ok(Some(key(2).public())));
    assert_eq!(plain, b"welcome");
    assert!(!two.is_confirmed() && one.is_confirmed());
    assert!(one.handshake_hash().is_some());
    assert_eq!(one.handshake_hash(), two.handshake_hash());

    let more = sealed(&mut one, b"more");
    assert_eq!(more.len(), 2 + 16 + 4);
    let mut plain = Vec::new();
    assert_eq!(two.receive(&more, &mut plain), Ok(None));
    assert_eq!(plain, b"more");
    assert!(two.is_confirmed());
    assert_eq!(two.peer(), Some(key(1).public()));
    assert_eq!(one.peer(), Some(key(2).public()));
}

/// channel-4: other channels of the same peers have other keys and another hash.
#[test]
fn each_channel_is_its_own() {
    let hash = |seed| {
        let (mut one, message) =
            Channel::initiate(&key(1), key(2).public(), b"", &mut entropy(seed)).unwrap();
        let mut two = Channel::accept(&key(2), &mut entropy(9)).unwrap();
        open(&mut two, &message).unwrap();
        let answer = sealed(&mut two, b"");
        open(&mut one, &answer).unwrap();
        one.handshake_hash().unwrap()
    };
    assert_eq!(hash(1), hash(1));
    assert_ne!(hash(1), hash(3));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_said_arrives_however_the_pipe_cuts_it(
        said in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..3000)), 1..12),
        cut in 1..700_usize,
    ) {
        let (mut one, mut two) = opened();
        for (first, plain) in said {
            let (from, to) = if first { (&mut one, &mut two) } else { (&mut two, &mut one) };
            let bytes = sealed(from, &plain);
            let mut heard = Vec::new();
            for part in bytes.chunks(cut) {
                prop_assert_eq!(to.receive(part, &mut heard), Ok(None));
            }
            prop_assert_eq!(heard, plain);
        }
    }

    /// channel-2: endless garbage ends a channel in any stage, and takes no memory.
    #[test]
    fn garbage_is_refused(garbage in prop::collection::vec(any::<u8>(), 70_000), cut in 1..5000_usize) {
        let (one, two, _) = begin(b"");
        let (three, four) = opened();
        for mut channel in [one, two, three, four] {
            let mut plain = Vec::new();
            let outcomes: Vec<_> = garbage.chunks(cut).map(|part| channel.receive(part, &mut plain)).collect();
            prop_assert!(outcomes.iter().any(Result::is_err));
            prop_assert!(plain.is_empty());
        }
    }
}

/// Cut at every byte: nothing is heard before a record is whole, all of it afterwards.
#[test]
fn cut_at_every_byte() {
    let (_, _, message) = begin(b"first");
    for cut in 0..=message.len() {
        let (mut one, mut two, _) = begin(b"first");
        let mut heard = Vec::new();
        let before = two.receive(&message[..cut], &mut heard).unwrap();
        assert_eq!(before.is_some(), cut == message.len(), "{cut}");
        assert_eq!(heard.is_empty(), cut < message.len());
        two.receive(&message[cut..], &mut heard).unwrap();
        assert_eq!(heard, b"first");

        let mut answer = sealed(&mut two, b"answer");
        two.send(b"record", &mut answer).unwrap();
        let cut = cut.min(answer.len());
        let mut heard = Vec::new();
        one.receive(&answer[..cut], &mut heard).unwrap();
        one.receive(&answer[cut..], &mut heard).unwrap();
        assert_eq!(heard, b"answerrecord");
    }
}

/// channel-10: of each message of the handshake, and of a record, every bit counts; what failed does not go on.
#[test]
fn every_flipped_bit_is_refused() {
    let flips = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let flipped = |bit: usize| {
            let mut bytes = bytes.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // A longer length awaits what never comes; then the record is not taken either.
            bytes
        };
        (0..bytes.len() * 8).map(flipped).collect()
    };
    let refused = |channel: &mut Channel, bytes: &[u8], plain_before: &[u8]| {
        let mut plain = plain_before.to_vec();
        let outcome = channel.receive(bytes, &mut plain);
        assert_eq!(plain, plain_before);
        match outcome {
            Ok(peer) => {
                assert_eq!(peer, None);
                let filler = vec![0; RECORD_MAX];
                assert!(channel.receive(&filler, &mut plain).is_err());
                assert_eq!(plain, plain_before);
            }
            Err(error) => assert!(matches!(error, ChannelError::Garbled | ChannelError::Key)),
        }
        assert_eq!(channel.receive(b"", &mut plain), Err(ChannelError::Ended));
        assert_eq!(channel.send(b"x", &mut plain), Err(ChannelError::Ended));
    };
    let (_, _, message) = begin(b"x");
    for flipped in flips(&message) {
        let (_, mut two, _) = begin(b"x");
        refused(&mut two, &flipped, b"");
    }
    let (_, mut two, message) = begin(b"x");
    open(&mut two, &message).unwrap();
    let answer = sealed(&mut two, b"y");
    for flipped in flips(&answer) {
        let (mut one, ..) = begin(b"x");
        refused(&mut one, &flipped, b"");
    }
    let record = sealed(&mut opened().0, b"z");
    for flipped in flips(&record) {
        refused(&mut opened().1, &flipped, b"before");
    }
}

/// channel-10: a record repeated, left out, in another order, sent back or of another channel.
#[test]
fn a_record_has_one_place() {
    let (mut one, mut two) = opened();
    let (first, second) = (sealed(&mut one, b"1"), sealed(&mut one, b"2"));
    assert_eq!(open(&mut one, &first), Err(ChannelError::Garbled));
    assert_eq!(open(&mut two, &first), Ok(b"1".to_vec()));
    assert_eq!(open(&mut two, &first), Err(ChannelError::Garbled));
    let (_, mut two) = opened();
    assert_eq!(open(&mut two, &second), Err(ChannelError::Garbled));

    let (_, mut elsewhere) = {
        let (mut one, message) =
            Channel::initiate(&key(1), key(2).public(), b"", &mut entropy(7)).unwrap();
        let mut two = Channel::accept(&key(2), &mut entropy(2)).unwrap();
        open(&mut two, &message).unwrap();
        let answer = sealed(&mut two, b"");
        open(&mut one, &answer).unwrap();
        (one, two)
    };
    assert_eq!(open(&mut elsewhere, &first), Err(ChannelError::Garbled));
}

/// channel-7, pairing: message 1 that is played again is understood, but whoever plays it can neither read the answer nor go on.
#[test]
fn a_replayed_message_goes_no_further() {
    let (mut one, mut two, message) = begin(b"open");
    assert_eq!(open(&mut two, &message), Ok(b"open".to_vec()));
    let answer = sealed(&mut two, b"");
    open(&mut one, &answer).unwrap();
    let next = sealed(&mut one, b"change something");

    let mut again = Channel::accept(&key(2), &mut entropy(3)).unwrap();
    assert_eq!(open(&mut again, &message), Ok(b"open".to_vec()));
    assert_ne!(sealed(&mut again, b""), answer);
    assert!(!again.is_confirmed());
    assert_eq!(open(&mut again, &next), Err(ChannelError::Garbled));
    assert!(!again.is_confirmed());
    // In the same channel it has no place.
    assert_eq!(open(&mut two, &message), Err(ChannelError::Garbled));
}

/// channel-5: whoever has another key than the one that was asked for understands nothing.
#[test]
fn another_peer_is_refused() {
    let (_, _, message) = begin(b"secret");
    let mut other = Channel::accept(&key(3), &mut entropy(2)).unwrap();
    assert_eq!(open(&mut other, &message), Err(ChannelError::Garbled));

    // One that answers all the same does not hold the key.
    let (mut one, ..) = begin(b"");
    let (_, message) = Channel::initiate(&key(1), key(3).public(), b"", &mut entropy(1)).unwrap();
    let mut other = Channel::accept(&key(3), &mut entropy(2)).unwrap();
    open(&mut other, &message).unwrap();
    let answer = sealed(&mut other, b"I am the one");
    assert_eq!(open(&mut one, &answer), Err(ChannelError::Garbled));
}

/// channel-8: points of small order, and other spellings of a key.
#[test]
fn a_key_that_binds_nothing_is_refused() {
    let mut one = [0; 32];
    one[0] = 1;
    let mut other_spelling = key(2).public().0;
    other_spelling[31] |= 0x80;
    for bad in [[0; 32], one, other_spelling, [0xff; 32]] {
        let outcome = Channel::initiate(&key(1), PublicStatic(bad), b"", &mut entropy(1));
        assert_eq!(outcome.err(), Some(ChannelError::Key));
    }
    // As the ephemeral key of message 1, from outside.
    let (_, _, mut message) = begin(b"");
    message[2..34].fill(0);
    let mut two = Channel::accept(&key(2), &mut entropy(2)).unwrap();
    assert_eq!(open(&mut two, &message), Err(ChannelError::Key));
}

/// channel-1, channel-3: what is longer than a record goes in several, up to the bound; the first message has its own.
#[test]
fn long_and_empty() {
    let (mut one, mut two) = opened();
    let full = RECORD_MAX - 16;
    for (len, bytes) in [
        (0, 0),
        (1, 19),
        (full, RECORD_MAX + 2),
        (full + 1, RECORD_MAX + 2 + 19),
        (3 * full, 3 * (RECORD_MAX + 2)),
    ] {
        let plain = vec![7; len];
        let record = sealed(&mut one, &plain);
        assert_eq!(record.len(), bytes);
        assert_eq!(open(&mut two, &record), Ok(plain));
    }
    // A sign of life.
    let mut out = Vec::new();
    two.beat(&mut out).unwrap();
    assert_eq!(out.len(), 18);
    assert_eq!(open(&mut one, &out), Ok(Vec::new()));

    let (_, mut two, message) = begin(&[1; FIRST_MAX]);
    assert_eq!(open(&mut two, &message), Ok(vec![1; FIRST_MAX]));
    let over = Channel::initiate(
        &key(1),
        key(2).public(),
        &[1; FIRST_MAX + 1],
        &mut entropy(1),
    );
    assert_eq!(over.err(), Some(ChannelError::TooLong));
    // The length alone is enough to refuse it, also one that no record has.
    assert_eq!(open(&mut opened().0, &[0, 15]), Err(ChannelError::Garbled));
    assert_eq!(open(&mut opened().0, &[0, 16]), Ok(Vec::new()));
    let mut two = Channel::accept(&key(2), &mut entropy(2)).unwrap();
    let len = u16::try_from(FIRST_MAX + 97).unwrap().to_be_bytes();
    assert_eq!(open(&mut two, &len), Err(ChannelError::Garbled));
    // Message 2 may be long, and go on in records.
    let (mut one, mut two, message) = begin(b"");
    open(&mut two, &message).unwrap();
    let plain: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let answer = sealed(&mut two, &plain);
    assert_eq!(open(&mut one, &answer), Ok(plain));
}

/// Out of turn nothing is lost: the channel goes on.
#[test]
fn early_is_not_fatal() {
    let (mut one, mut two, message) = begin(b"");
    let mut out = Vec::new();
    assert_eq!(one.send(b"x", &mut out), Err(ChannelError::Early));
    assert_eq!(one.beat(&mut out), Err(ChannelError::Early));
    assert_eq!(two.send(b"x", &mut out), Err(ChannelError::Early));
    assert!(out.is_empty());
    open(&mut two, &message).unwrap();
    let answer = sealed(&mut two, b"y");
    assert_eq!(open(&mut one, &answer), Ok(b"y".to_vec()));
}

/// channel-11: after 2^16 records of a direction comes another key, on both sides at once.
#[test]
fn keys_are_replaced() {
    let (mut one, mut two) = opened();
    for no in 0..(1_u32 << 16) + 3 {
        let bytes = sealed(&mut one, &no.to_be_bytes());
        assert_eq!(open(&mut two, &bytes), Ok(no.to_be_bytes().to_vec()));
        if no == 1 << 16 {
            // The first record under the second key, of the seeds that these tests have.
            assert_eq!(bytes[2..6], [125, 156, 26, 153]);
        }
    }
    let back = sealed(&mut two, b"back");
    assert_eq!(open(&mut one, &back), Ok(b"back".to_vec()));
}

/// One conversation, byte for byte: with keys of bytes 1 and 2, and seeds 1 and 2.
#[test]
fn a_transcript() {
    let (mut one, mut two, first) = begin(b"hello");
    open(&mut two, &first).unwrap();
    let second = sealed(&mut two, b"welcome");
    open(&mut one, &second).unwrap();
    let third = sealed(&mut one, b"more");
    let lines = [
        ("initiator", key(1).public().0.to_vec()),
        ("responder", key(2).public().0.to_vec()),
        ("message 1", first),
        ("message 2", second),
        ("record", third),
        ("hash", one.handshake_hash().unwrap().to_vec()),
    ];
    let hex =
        |bytes: Vec<u8>| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let text: String = lines
        .map(|(what, bytes)| format!("{what}: {}\n", hex(bytes)))
        .concat();
    assert_eq!(text, include_str!("vectors/ik.txt"));
}

/// A simulator that seeds both sides gets the same bytes each time.
#[test]
fn bytes_follow_from_the_seeds() {
    assert_eq!(begin(b"x").2, begin(b"x").2);
    let (_, other) = Channel::initiate(&key(1), key(2).public(), b"x", &mut entropy(8)).unwrap();
    assert_ne!(begin(b"x").2, other);
}

#[test]
fn a_channel_can_be_moved_to_a_thread() {
    fn moved<T: Send>(_: T) {}
    moved(opened());
}
