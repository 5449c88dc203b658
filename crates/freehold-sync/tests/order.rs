//! What a household tells a relay, and what the relay says it did.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use freehold_crypto::{SeededEntropy, SigningKey};
use freehold_model::Time;
use freehold_sync::{
    Capability, Erase, LogError, LogName, Order, Receipt, SignedOrder, SignedReceipt, View,
};

fn key(seed: u64) -> SigningKey {
    SigningKey::generate_ed25519(&mut SeededEntropy::new(seed)).unwrap()
}

#[test]
fn a_receipt_is_the_relays_for_one_mailbox() {
    let (relay, mailbox, signer) = ([7; 32], key(1).public_key(), key(2));
    let receipts = [
        Receipt::Key {
            key: signer.public_key(),
            epoch: 5,
        },
        Receipt::Fetched {
            capability: [1; 16],
            name: LogName([2; 16]),
            from: 3,
            to: 9,
            at: Time::from_ms(5),
        },
        Receipt::Done {
            order: [4; 32],
            at: Time::from_ms(6),
        },
    ];
    for receipt in receipts {
        let signed = SignedReceipt::sign(&receipt, &relay, &mailbox, &signer).unwrap();
        let letter = signed.to_bytes();
        let read = SignedReceipt::from_bytes(&letter).unwrap();
        let by = signer.public_key();
        assert_eq!(read.verify(&relay, &mailbox, &by), Ok(receipt.clone()));
        for wrong in [
            read.verify(&[8; 32], &mailbox, &by),
            read.verify(&relay, &key(3).public_key(), &by),
            read.verify(&relay, &mailbox, &key(3).public_key()),
        ] {
            assert_eq!(wrong, Err(LogError::Signature));
        }
        let named = match receipt {
            Receipt::Key { epoch, .. } => Ok((by, epoch)),
            _ => Err(LogError::Malformed),
        };
        assert_eq!(read.key(&relay, &mailbox), named);
        // Every byte of the letter counts.
        for at in 0..letter.len() {
            let mut letter = letter.clone();
            letter[at] ^= 1;
            let read = SignedReceipt::from_bytes(&letter);
            assert!(
                read.and_then(|read| read.verify(&relay, &mailbox, &by))
                    .is_err()
            );
        }
    }
    // A receipt that names another key than the one that signed it names none.
    let other = Receipt::Key {
        key: key(3).public_key(),
        epoch: 5,
    };
    let signed = SignedReceipt::sign(&other, &relay, &mailbox, &signer).unwrap();
    assert_eq!(signed.key(&relay, &mailbox), Err(LogError::Signature));
}

/// [sync-16]
#[test]
fn an_order_is_the_mailboxs_for_one_relay() {
    let (relay, mailbox) = ([7; 32], key(1));
    let at = Time::from_ms;
    let view = |name: u8, windows: &[(i64, i64)]| View {
        name: LogName([name; 16]),
        columns: 3,
        windows: windows
            .iter()
            .map(|(from, until)| (at(*from), at(*until)))
            .collect(),
    };
    let granting = |views: Vec<View>, writes: &[u8]| {
        Order::Grant(Capability {
            id: [1; 16],
            fetch: [2; 32],
            views,
            letters: vec![LogName([3; 16])],
            replies: LogName([4; 16]),
            writes: writes.iter().map(|name| LogName([*name; 16])).collect(),
            not_after: at(99),
        })
    };
    let grant = |views| granting(views, &[]);
    let erase = |slots: &[(i64, i64)], proof: usize| {
        Order::Erase(Erase {
            name: LogName([5; 16]),
            slots: view(5, slots).windows,
            proof: vec![0; proof],
        })
    };
    let good = [
        grant(vec![view(1, &[(1, 2), (2, 5)]), view(2, &[])]),
        granting(Vec::new(), &[5, 6, 9]),
        erase(&[(1, 2)], 100),
        Order::Close([1; 16]),
        Order::Admit([8; 32]),
        Order::Remove([8; 32]),
        Order::Prune {
            name: LogName([3; 16]),
            before: 7,
        },
    ];
    for order in good {
        let signed = SignedOrder::sign(&order, &relay, &mailbox).unwrap();
        assert_eq!(signed.verify(&relay, &mailbox.public_key()), Ok(order));
        for wrong in [
            signed.verify(&[8; 32], &mailbox.public_key()),
            signed.verify(&relay, &key(2).public_key()),
        ] {
            assert_eq!(wrong, Err(LogError::Signature));
        }
    }
    let bad = [
        grant(vec![view(2, &[]), view(1, &[])]),
        grant(vec![view(1, &[]), view(1, &[])]),
        grant(vec![view(1, &[(5, 5)])]),
        grant(vec![view(1, &[(1, 5), (4, 6)])]),
        grant(vec![view(1, &[(5, 6), (1, 2)])]),
        granting(Vec::new(), &[6, 5]),
        granting(Vec::new(), &[5, 5]),
        erase(&[(2, 1)], 100),
        erase(&[(1, 2)], 1 << 15),
    ];
    for order in bad {
        let signed = SignedOrder::sign(&order, &relay, &mailbox).unwrap();
        let refused = signed.verify(&relay, &mailbox.public_key());
        assert_eq!(refused, Err(LogError::Malformed), "{order:?}");
    }
}
