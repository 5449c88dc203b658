//! The signed words of an erasure: the household's order, and the receipts for it.

use freehold_consent::StreamId;
use freehold_crypto::{
    Digest, Domain, Entropy, LogId, PublicKey, RowKey, Secret, Signature, Signer, SignerError,
    SigningKey, Statement, Suite, digest,
};
use freehold_model::{Slot, Time, wire};
use freehold_sync::LogError;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The household's word that a time of a stream is erased: of every level, the slots that overlap it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    version: u8,
    stream: [u8; 16],
    from: Time,
    until: Time,
    at: Time,
}

/// An order as it travels and is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignedOrder {
    order: Vec<u8>,
    signature: Signature,
}

/// A recipient's or a party's word that it has deleted its copies of what an order names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ErasedReceipt {
    receipt: Vec<u8>,
    signature: Signature,
}

#[derive(Serialize, Deserialize)]
struct Receipt {
    version: u8,
    /// The consent's token, or the party's card.
    by: [u8; 32],
    order: Digest,
    at: Time,
}

impl Order {
    pub(crate) fn new(stream: StreamId, span: Slot, at: Time) -> Self {
        Self {
            version: VERSION,
            stream: stream.0,
            from: span.start,
            until: span.end,
            at,
        }
    }

    pub(crate) fn sign(&self, household: &SigningKey) -> Result<SignedOrder, Error> {
        let order = wire::to_bytes(self);
        let signature = household.sign(Domain::Erasure, &order)?;
        Ok(SignedOrder { order, signature })
    }

    pub(crate) fn stream(&self) -> StreamId {
        StreamId(self.stream)
    }

    pub(crate) fn span(&self) -> Slot {
        Slot {
            start: self.from,
            end: self.until,
        }
    }

    pub(crate) fn at(&self) -> Time {
        self.at
    }
}

impl SignedOrder {
    /// The same with the signature of another of the household's keys: whoever is told knows one of them.
    pub(crate) fn signed_by(&self, household: &SigningKey) -> Result<Self, Error> {
        self.order()?.sign(household)
    }

    /// What it says, if one of the household's keys signed it.
    pub(crate) fn verify(&self, household: &[PublicKey]) -> Result<Order, Error> {
        let signed = |key: &PublicKey| key.verify(Domain::Erasure, &self.order, &self.signature);
        if !household.iter().any(|key| signed(key).is_ok()) {
            return Err(LogError::Signature.into());
        }
        self.order()
    }

    /// What it says. Only for one that was verified before it was kept.
    pub(crate) fn order(&self) -> Result<Order, Error> {
        let order: Order = wire::from_bytes(&self.order, ORDER_MAX).map_err(LogError::from)?;
        if order.version != VERSION || order.from >= order.until {
            return Err(LogError::Malformed.into());
        }
        Ok(order)
    }

    /// By which a receipt names it, whichever key signed it.
    pub(crate) fn hash(&self) -> Digest {
        digest(Domain::Erasure, &[&self.order])
    }

    /// Sealed to those who know the log's id, for a relay that answers with it.
    pub(crate) fn seal(&self, log: LogId, entropy: &mut dyn Entropy) -> Result<Vec<u8>, Error> {
        let key = Secret::from_bytes(digest(Domain::Peer, &[LABEL, &log.0]));
        let mut sealed = wire::to_bytes(self);
        RowKey::store(key, Suite::One).seal(LABEL, &mut sealed, 0, entropy)?;
        Ok(sealed)
    }

    /// What [`SignedOrder::seal`] sealed.
    pub(crate) fn open(log: LogId, sealed: &[u8]) -> Result<Self, Error> {
        let key = Secret::from_bytes(digest(Domain::Peer, &[LABEL, &log.0]));
        let mut sealed = sealed.to_vec();
        let plain = RowKey::store(key, Suite::One).open(LABEL, &mut sealed);
        let plain = plain.map_err(|_| LogError::Sealed)?;
        Ok(wire::from_bytes(plain, 2 * ORDER_MAX).map_err(LogError::from)?)
    }
}

impl ErasedReceipt {
    pub(crate) fn sign(
        order: &SignedOrder,
        by: [u8; 32],
        at: Time,
        signer: &dyn Signer,
    ) -> Result<Self, Error> {
        let receipt = wire::to_bytes(&Receipt {
            version: VERSION,
            by,
            order: order.hash(),
            at,
        });
        let statement = Statement::new(Domain::Erased, &receipt);
        let signature = signer.sign_statement(&statement)?;
        // An app's signer may answer anything.
        let verified = signer.public_key().verify_statement(&statement, &signature);
        verified.map_err(|_| SignerError::Failed)?;
        Ok(Self { receipt, signature })
    }

    /// Which order it is for, and when that was done, if this signer signed it.
    pub(crate) fn verify(&self, by: [u8; 32], signer: &PublicKey) -> Option<(Digest, Time)> {
        let verified = signer.verify(Domain::Erased, &self.receipt, &self.signature);
        let receipt = self.read()?;
        (verified.is_ok() && receipt.by == by).then_some((receipt.order, receipt.at))
    }

    /// Who signed it, by what it says itself.
    pub(crate) fn by(&self) -> Option<[u8; 32]> {
        self.read().map(|receipt| receipt.by)
    }

    /// When it was done. Only for one that was verified before it was kept.
    pub(crate) fn at(&self) -> Option<Time> {
        self.read().map(|receipt| receipt.at)
    }

    fn read(&self) -> Option<Receipt> {
        let receipt: Receipt = wire::from_bytes(&self.receipt, ORDER_MAX).ok()?;
        (receipt.version == VERSION).then_some(receipt)
    }
}

const VERSION: u8 = 1;
const ORDER_MAX: usize = 256;
const LABEL: &[u8] = b"erased";
