//! Pairing: offers of any origin and changed ones, and two devices with somebody between.
//!
//! The first byte chooses.
use std::sync::LazyLock;

use freehold::crypto::SeededEntropy;
use freehold::transport::{Guest, Host, Offer};

use crate::{KEYS, within};

/// One execution.
pub fn run(bytes: &[u8]) {
    LazyLock::force(&KEYS);
    within(bytes, || match bytes.split_first() {
        Some((0, text)) => scanned(text),
        Some((1, rest)) => changed(rest),
        Some((_, steps)) => between(steps),
        None => {}
    });
}

/// Any text: what is an offer is written again as it was read.
fn scanned(text: &[u8]) {
    let Ok(text) = core::str::from_utf8(text) else {
        return;
    };
    if let Ok(offer) = Offer::from_text(text) {
        assert_eq!(offer.to_text(), text.trim().to_ascii_uppercase());
    }
}

/// An offer of any place, and one character of it that is another.
fn changed(bytes: &[u8]) {
    let Some((&[at, by], place)) = bytes.split_first_chunk() else {
        return;
    };
    let Ok(place) = core::str::from_utf8(place) else {
        return;
    };
    let offer = Offer::new(KEYS[0].public(), place, &mut SeededEntropy::new(1));
    let Ok(offer) = offer else { return };
    let text = offer.to_text();
    assert!(Offer::from_text(&text).is_ok_and(|read| read == offer));
    let mut other = text.clone().into_bytes();
    let at = usize::from(at) * other.len() / 256;
    other[at] = by;
    let Ok(other) = String::from_utf8(other) else {
        return;
    };
    if Offer::from_text(&other).is_ok() {
        assert_eq!(
            other.trim().to_ascii_uppercase(),
            text,
            "read, and not as it was shown"
        );
    }
}

/// Both are paired with each other and show the same, or are not paired.
fn between(steps: &[u8]) {
    let [host_key, guest_key] = &*KEYS;
    let entropy = &mut SeededEntropy::new(2);
    let offer = Offer::new(host_key.public(), "", entropy).expect("an offer");
    let (guest, first) = Guest::connect(guest_key, &offer, entropy).expect("a guest");
    let mut host = Host::new(offer);
    host.connected(host_key, entropy).expect("the first");
    let (mut guest, mut to_host, mut to_guest) = (Some(guest), first, Vec::new());
    let (mut at_host, mut at_guest) = (None, None);
    for &[what, how] in steps.as_chunks().0 {
        let len = usize::from(how);
        match what & 7 {
            0 | 1 => {
                let take = if what & 1 == 0 { usize::MAX } else { len };
                let bytes: Vec<u8> = to_host.drain(..take.min(to_host.len())).collect();
                if let Ok(Some(paired)) = host.receive(&bytes, host_key, &mut to_guest) {
                    at_host = Some(paired);
                }
            }
            2 | 3 => {
                let take = if what & 1 == 0 { usize::MAX } else { len };
                let bytes: Vec<u8> = to_guest.drain(..take.min(to_guest.len())).collect();
                let Some(one) = guest.take() else { return };
                match one.receive(&bytes, &mut to_host) {
                    Ok(Ok(paired)) => at_guest = Some(paired),
                    Ok(Err(again)) => guest = Some(again),
                    Err(_) => return,
                }
            }
            4 => to_host.get_mut(len).into_iter().for_each(|byte| *byte ^= 1),
            5 => to_guest
                .get_mut(len)
                .into_iter()
                .for_each(|byte| *byte ^= 1),
            6 => to_host.insert(0, how),
            _ => drop(host.connected(host_key, entropy)),
        }
        if at_guest.is_some() && at_host.is_some() {
            break;
        }
    }
    if let Some(paired) = &at_guest {
        assert_eq!(paired.peer, host_key.public());
    }
    if let (Some(one), Some(two)) = (at_host, at_guest) {
        assert_eq!(one.peer, guest_key.public());
        assert_eq!(one.confirmation, two.confirmation);
    }
}
