//! What a household tells a relay, and what the relay says it did.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use freehold_crypto::{SeededEntropy, SigningKey};
use freehold_model::Time;
use freehold_sync::{LogError, LogName, Receipt, SignedReceipt};

fn key(seed: u64) -> SigningKey {
    SigningKey::generate_ed25519(&mut SeededEntropy::new(seed)).unwrap()
}

#[test]
fn a_receipt_is_the_relays_for_one_mailbox() {
    let (relay, mailbox, signer) = ([7; 32], key(1).public_key(), key(2));
    let receipts = [
        Receipt::Key(signer.public_key()),
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
            Receipt::Key(_) => Ok(by),
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
    let other = Receipt::Key(key(3).public_key());
    let signed = SignedReceipt::sign(&other, &relay, &mailbox, &signer).unwrap();
    assert_eq!(signed.key(&relay, &mailbox), Err(LogError::Signature));
}
