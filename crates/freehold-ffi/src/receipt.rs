//! What relays say that they did: who fetched what.

use freehold::Level;

use crate::{FfiError, Home};

/// What a relay says that it did, signed by it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Receipt {
    /// The relay's key.
    pub relay: String,
    /// When, by the relay's clock.
    pub at_ms: i64,
    /// What.
    pub event: ReceiptEvent,
}

/// What a receipt is for.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum ReceiptEvent {
    /// Somebody fetched sealed data.
    Fetched {
        /// Under which consent.
        consent: String,
        /// Of which stream.
        stream: String,
        /// At which level.
        level: Level,
        /// The first slot's start.
        from_ms: i64,
        /// The last slot's end.
        until_ms: i64,
        /// How many entries.
        entries: u64,
    },
    /// Somebody fetched letters: keys, or that a consent was withdrawn.
    Letters {
        /// Under which consent.
        consent: String,
        /// How many.
        letters: u64,
    },
    /// The relay carried an order of this home out.
    Done,
    /// Something that this version has no name for.
    Other,
}

#[uniffi::export]
impl Home {
    /// Every receipt that relays have sent, oldest first.
    ///
    /// # Errors
    /// What the store says.
    pub fn receipts(&self) -> Result<Vec<Receipt>, FfiError> {
        let receipts = self.0.receipts()?.into_iter();
        let receipt = |receipt: freehold::Receipt| Receipt {
            relay: receipt.relay.to_string(),
            at_ms: receipt.at.ms(),
            event: receipt.event.into(),
        };
        Ok(receipts.map(receipt).collect())
    }
}

impl From<freehold::ReceiptEvent> for ReceiptEvent {
    fn from(event: freehold::ReceiptEvent) -> Self {
        match event {
            freehold::ReceiptEvent::Fetched {
                consent,
                stream,
                level,
                slots,
                entries,
            } => Self::Fetched {
                consent: consent.to_string(),
                stream,
                level,
                from_ms: slots.start.ms(),
                until_ms: slots.end.ms(),
                entries,
            },
            freehold::ReceiptEvent::Letters { consent, letters } => Self::Letters {
                consent: consent.to_string(),
                letters,
            },
            freehold::ReceiptEvent::Done => Self::Done,
            _ => Self::Other,
        }
    }
}
