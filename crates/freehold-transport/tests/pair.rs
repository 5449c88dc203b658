//! Pairing, and those who would like to be in it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use freehold_crypto::{Secret, SeededEntropy};
use freehold_transport::{Channel, ChannelError, Guest, Host, Offer, PairError, Paired, StaticKey};

fn key(seed: u8) -> StaticKey {
    StaticKey::from_secret(Secret::from_bytes([seed; 32]))
}

fn entropy(seed: u64) -> SeededEntropy {
    SeededEntropy::new(seed)
}

fn offer(owner: u8, seed: u64) -> Offer {
    Offer::new(key(owner).public(), "192.0.2.7:7700", &mut entropy(seed)).unwrap()
}

fn scanned(offer: &Offer) -> Offer {
    Offer::from_text(&offer.to_text()).unwrap()
}

/// A guest that scanned an offer, and a host that shows one.
fn pair(host: &mut Host, owner: u8, offer: &Offer) -> Result<[Paired; 2], PairError> {
    let own = key(owner);
    host.connected(&own, &mut entropy(20))?;
    let (guest, first) = Guest::connect(&key(1), offer, &mut entropy(10))?;
    let (mut second, mut third, mut none) = (Vec::new(), Vec::new(), Vec::new());
    assert!(host.receive(&first, &own, &mut second)?.is_none());
    let guest = guest.receive(&second, &mut third)?.unwrap();
    let host = host.receive(&third, &own, &mut none)?.unwrap();
    assert!(none.is_empty());
    Ok([guest, host])
}

/// channel-19, channel-20: both know each other's key, show the same, and have a channel.
#[test]
fn two_are_paired() {
    let shown = offer(2, 1);
    let seen = scanned(&shown);
    assert_eq!(seen.place(), "192.0.2.7:7700");
    let mut host = Host::new(shown);
    let [mut one, mut two] = pair(&mut host, 2, &seen).unwrap();
    assert_eq!((one.peer, two.peer), (key(2).public(), key(1).public()));
    assert_eq!(one.confirmation, two.confirmation);
    assert_eq!(one.confirmation.len(), 8);
    assert_eq!(one.channel.handshake_hash(), two.channel.handshake_hash());
    assert!(one.channel.is_confirmed() && two.channel.is_confirmed());
    for (from, to) in [(0, 1), (1, 0)] {
        let both = [&mut one.channel, &mut two.channel];
        let (mut out, mut plain) = (Vec::new(), Vec::new());
        both[from].send(b"the household", &mut out).unwrap();
        both[to].receive(&out, &mut plain).unwrap();
        assert_eq!(plain, b"the household");
    }
}

/// What the guest says at once after its last message is not lost, however the pipe cuts.
#[test]
fn bytes_come_as_they_come() {
    for cut in [1, 7, 1000] {
        let shown = offer(2, 1);
        let seen = scanned(&shown);
        let (mut host, own) = (Host::new(shown), key(2));
        host.connected(&own, &mut entropy(20)).unwrap();
        let (mut guest, first) = Guest::connect(&key(1), &seen, &mut entropy(10)).unwrap();
        let (mut second, mut third) = (Vec::new(), Vec::new());
        for part in first.chunks(cut) {
            assert!(host.receive(part, &own, &mut second).unwrap().is_none());
        }
        let mut done = None;
        for part in second.chunks(cut) {
            match guest.receive(part, &mut third).unwrap() {
                Ok(paired) => {
                    done = Some(paired);
                    break;
                }
                Err(same) => guest = same,
            }
        }
        done.unwrap().channel.send(b"at once", &mut third).unwrap();
        let mut said = Vec::new();
        let mut paired: Option<Paired> = None;
        for part in third.chunks(cut) {
            match &mut paired {
                Some(paired) => drop(paired.channel.receive(part, &mut said).unwrap()),
                None => {
                    paired = host.receive(part, &own, &mut Vec::new()).unwrap();
                    said.extend(paired.iter().flat_map(|paired| paired.said.clone()));
                }
            }
        }
        assert_eq!(said, b"at once");
    }
}

/// channel-21: the secret is for one pairing, and a sixth try is refused.
#[test]
fn an_offer_is_used_up() {
    let shown = offer(2, 1);
    let seen = scanned(&shown);
    let mut host = Host::new(shown);
    pair(&mut host, 2, &seen).unwrap();
    assert_eq!(pair(&mut host, 2, &seen).err(), Some(PairError::Spent));
    assert_eq!(
        host.receive(b"x", &key(2), &mut Vec::new()).err(),
        Some(PairError::Spent)
    );

    // Somebody who knows the place but not the secret.
    let guess = Offer::new(key(2).public(), "", &mut entropy(9)).unwrap();
    let mut host = Host::new(offer(2, 1));
    for _ in 0..5 {
        assert_eq!(
            pair(&mut host, 2, &guess).err(),
            Some(PairError::Channel(ChannelError::Garbled))
        );
    }
    assert_eq!(pair(&mut host, 2, &seen).err(), Some(PairError::Spent));
    // The right one is let in at the fifth.
    let mut host = Host::new(offer(2, 1));
    for _ in 0..4 {
        pair(&mut host, 2, &guess).unwrap_err();
    }
    pair(&mut host, 2, &seen).unwrap();
}

/// channel-19: who answers with another key than the offer's, though it has the secret, is refused.
#[test]
fn another_device_answers() {
    let seen = scanned(&offer(2, 1));
    let mut other = Host::new(scanned(&seen));
    assert_eq!(pair(&mut other, 3, &seen).err(), Some(PairError::Other));
}

/// channel-20: a code that was put in the place of another is the other's, and its confirmation is not what the first one shows.
/// Who stands between, with both secrets, shows each side another confirmation.
#[test]
fn a_swapped_code() {
    let (shown, between) = (offer(2, 1), offer(3, 2));
    let guest_saw = scanned(&between);
    let attacker_saw = scanned(&shown);
    let mut attacker = Host::new(between);
    let [guest, _] = pair(&mut attacker, 3, &guest_saw).unwrap();
    let mut host = Host::new(shown);
    let own = key(2);
    host.connected(&own, &mut entropy(20)).unwrap();
    // Even with the same randomness on both sides: the keys differ.
    let (one, first) = Guest::connect(&key(3), &attacker_saw, &mut entropy(10)).unwrap();
    let (mut second, mut third) = (Vec::new(), Vec::new());
    host.receive(&first, &own, &mut second).unwrap();
    one.receive(&second, &mut third).unwrap().unwrap();
    let paired = host
        .receive(&third, &own, &mut Vec::new())
        .unwrap()
        .unwrap();
    assert_eq!(guest.peer, key(3).public());
    assert_eq!(paired.peer, key(3).public());
    assert_ne!(guest.confirmation, paired.confirmation);
}

/// channel-20: each side's share of the confirmation counts, and the guest cannot change its own once it has promised it.
#[test]
fn a_share_cannot_be_changed_later() {
    let run = |guest: u64, host_seed: u64| {
        let shown = offer(2, 1);
        let seen = scanned(&shown);
        let (mut host, own) = (Host::new(shown), key(2));
        host.connected(&own, &mut entropy(host_seed)).unwrap();
        let (guest, first) = Guest::connect(&key(1), &seen, &mut entropy(guest)).unwrap();
        let (mut second, mut third) = (Vec::new(), Vec::new());
        host.receive(&first, &own, &mut second).unwrap();
        guest
            .receive(&second, &mut third)
            .unwrap()
            .unwrap()
            .confirmation
    };
    assert_eq!(run(10, 20), run(10, 20));
    assert_ne!(run(10, 20), run(11, 20));
    assert_ne!(run(10, 20), run(10, 21));
}

/// pairing: the messages of one pairing played again in another.
#[test]
fn replayed_messages() {
    let shown = offer(2, 1);
    let seen = scanned(&shown);
    let (mut host, own) = (Host::new(shown), key(2));
    host.connected(&own, &mut entropy(20)).unwrap();
    let (guest, first) = Guest::connect(&key(1), &seen, &mut entropy(10)).unwrap();
    let (mut second, mut third) = (Vec::new(), Vec::new());
    host.receive(&first, &own, &mut second).unwrap();
    guest.receive(&second, &mut third).unwrap().unwrap();

    host.connected(&own, &mut entropy(30)).unwrap();
    host.receive(&first, &own, &mut Vec::new()).unwrap();
    let outcome = host.receive(&third, &own, &mut Vec::new());
    assert_eq!(
        outcome.err(),
        Some(PairError::Channel(ChannelError::Garbled))
    );
    // Message 1 of a channel begins no pairing.
    host.connected(&own, &mut entropy(31)).unwrap();
    let (_, message) = Channel::initiate(&key(1), own.public(), b"", &mut entropy(1)).unwrap();
    assert!(host.receive(&message, &own, &mut Vec::new()).is_err());
}

/// channel-22: one text for each offer, short enough for a small code; what was misread is no offer.
#[test]
fn the_text_of_an_offer() {
    let bare = Offer::new(key(2).public(), "", &mut entropy(1)).unwrap();
    let text = bare.to_text();
    assert_eq!(text.len(), 10 + 58);
    // What a QR code's alphanumeric mode holds.
    assert!(
        text.bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b':')
    );
    assert_eq!(Offer::from_text(&text), Ok(scanned(&bare)));
    assert_eq!(
        Offer::from_text(&format!(" {}\n", text.to_lowercase())),
        Ok(scanned(&bare))
    );
    for at in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(Offer::from_text(&changed).is_err(), "{changed}");
        assert_eq!(
            Offer::from_text(text.get(..at).unwrap()).err(),
            Some(PairError::Text)
        );
    }
    let later = text.replace("FREEHOLD1:", "FREEHOLD2:");
    assert_eq!(Offer::from_text(&later), Err(PairError::Version));
    assert_eq!(Offer::from_text(&"A".repeat(100_000)), Err(PairError::Text));
    assert!(Offer::new(key(2).public(), &"a".repeat(65), &mut entropy(1)).is_err());
    let longest = Offer::new(key(2).public(), &"a".repeat(64), &mut entropy(1)).unwrap();
    assert_eq!(Offer::from_text(&longest.to_text()), Ok(longest));
}

#[test]
fn the_secret_is_not_printed() {
    let shown = offer(2, 1);
    let text = format!("{shown:?}");
    assert_eq!(text, "Offer(.., \"192.0.2.7:7700\")");
    assert_ne!(offer(2, 1).to_text(), offer(2, 2).to_text());
}
