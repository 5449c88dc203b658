//! Letters between the parties of a household: only the one they are for can read them, and only the one they are from wrote them.
//!
//! A party that was removed reads nothing that was written to others after that, and nothing that was written to it is needed by
//! others: no key is shared by all.

use freehold_crypto::{
    Domain, Entropy, EnvelopeKey, EnvelopePublicKey, PublicKey, Signature, SigningKey, Suite,
    digest,
};
use freehold_model::wire;
use freehold_sync::LogName;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::party::PartyCard;
use crate::Error;

/// The place of a letter: in which log of letters at which relay, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LetterPlace {
    pub(crate) relay: [u8; 32],
    /// The card that wrote it.
    pub(crate) from: [u8; 32],
    /// The card it is for; zeros where any agent may read it.
    pub(crate) to: [u8; 32],
    pub(crate) seq: u64,
}

/// What is sealed in a letter.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Signed {
    content: Vec<u8>,
    #[zeroize(skip)]
    signature: Signature,
}

/// The name of the log of letters from one party to another, or to the household.
pub(crate) fn letters_name(relay: &[u8; 32], from: &[u8; 32], to: &[u8; 32]) -> LogName {
    let secret = digest(Domain::Peer, &[b"house letters", from, to]);
    LogName::of_secret(relay, &secret, b"letters")
}

impl LetterPlace {
    /// Signs and seals a letter.
    pub(crate) fn seal(
        &self,
        content: Vec<u8>,
        own: &SigningKey,
        envelope: &EnvelopePublicKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, Error> {
        let context = self.context();
        let content = Zeroizing::new(content);
        let message = Zeroizing::new([&context[..], &content].concat());
        let signature = own.sign(Domain::HouseLetter, &message)?;
        let bytes = Zeroizing::new(wire::to_bytes(&(&*content, signature)));
        Ok(envelope.seal(Suite::One, INFO, &context, &bytes, entropy)?)
    }

    /// Opens a letter and verifies who wrote it.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub(crate) fn open(
        &self,
        sealed: &[u8],
        own: &EnvelopeKey,
        author: &PublicKey,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let context = self.context();
        let opened = own.open(Suite::One, INFO, &context, sealed);
        let opened = opened.map_err(|_| Error::Damaged)?;
        let mut signed: Signed =
            wire::from_bytes(&opened, LETTER_MAX).map_err(|_| Error::Damaged)?;
        let content = Zeroizing::new(std::mem::take(&mut signed.content));
        let message = Zeroizing::new([&context[..], &content].concat());
        author
            .verify(Domain::HouseLetter, &message, &signed.signature)
            .map_err(|_| Error::Damaged)?;
        Ok(content)
    }

    /// What a letter is bound to.
    fn context(&self) -> Vec<u8> {
        let seq = self.seq.to_be_bytes();
        [&self.relay[..], &self.from, &self.to, &seq].concat()
    }
}

/// The letter of one party to another.
pub(crate) fn place(relay: [u8; 32], from: &PartyCard, to: &PartyCard, seq: u64) -> LetterPlace {
    LetterPlace {
        relay,
        from: from.id(),
        to: to.id(),
        seq,
    }
}

const INFO: &[u8] = b"house letter";
/// Bytes of a letter, at most.
pub(crate) const LETTER_MAX: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use freehold_consent::Name;
    use freehold_crypto::SeededEntropy;

    use super::*;
    use crate::household::party::{PartyKeys, PartyRole};

    /// [household-3]
    #[test]
    fn a_letter_opens_for_its_reader_at_its_place_and_from_its_writer() {
        let entropy = &mut SeededEntropy::new(5);
        let party = |entropy: &mut SeededEntropy, name: &str| {
            let keys = PartyKeys::random(entropy).ok()?;
            let card = keys.card(PartyRole::Agent, Name::new(name).ok()?).ok()?;
            Some((keys, card))
        };
        let Some((one, one_card)) = party(entropy, "one") else {
            unreachable!("keys are drawn");
        };
        let Some((two, two_card)) = party(entropy, "two") else {
            unreachable!("keys are drawn");
        };
        let Some((three, three_card)) = party(entropy, "three") else {
            unreachable!("keys are drawn");
        };
        let here = place([7; 32], &one_card, &two_card, 3);
        let signing = one.signing().ok();
        let Some(signing) = signing else {
            unreachable!("a key signs");
        };
        let sealed = here.seal(b"roots".to_vec(), &signing, two_card.envelope(), entropy);
        let sealed = sealed.unwrap_or_default();
        let open = |place: LetterPlace, keys: &PartyKeys, author: &PartyCard| {
            let envelope = keys.envelope().ok()?;
            let opened = place.open(&sealed, &envelope, author.key()).ok()?;
            Some(opened.to_vec())
        };
        assert_eq!(open(here, &two, &one_card).as_deref(), Some(&b"roots"[..]));
        assert_eq!(open(here, &three, &one_card), None, "another reader");
        assert_eq!(open(here, &two, &three_card), None, "another writer");
        for other in [
            LetterPlace { seq: 4, ..here },
            LetterPlace {
                relay: [8; 32],
                ..here
            },
            LetterPlace {
                from: three_card.id(),
                ..here
            },
            LetterPlace {
                to: three_card.id(),
                ..here
            },
        ] {
            assert_eq!(open(other, &two, &one_card), None);
        }
    }
}
