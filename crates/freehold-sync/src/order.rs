//! What a household tells a relay to do, and what the relay says it did.

use freehold_crypto::{
    Digest, Domain, LogId, PublicKey, Signature, SignerError, SigningKey, digest,
};
use freehold_model::{Time, wire};
use serde::{Deserialize, Serialize};

use crate::{Columns, LogError, LogName};

/// What the connecting side says before the session: who it is to the relay. Its static key is proven by the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Knock {
    /// An agent of the household whose mailbox this is.
    Member {
        /// The mailbox: the key that signs its orders, another one at each relay.
        mailbox: PublicKey,
        /// What the relay wants to see of who opens a mailbox.
        admission: Option<Vec<u8>>,
    },
    /// A recipient: the relay knows by the static key which capability it holds.
    Holder,
    /// Another agent of the same household, in the same house or by the internet.
    Agent,
    /// A member that the relay has met before. A relay that knows it no longer asks it to knock in full.
    Again(MailboxTag),
}

/// The beginning of the hash of a mailbox: enough to find it.
pub type MailboxTag = [u8; 8];

/// An order to a relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Serves a holder, or serves it otherwise than before.
    Grant(Capability),
    /// Serves a holder nothing but its letters from now on.
    Close(CapabilityId),
    /// Deletes sealed pieces.
    Erase(Erase),
    /// Another agent is a member.
    Admit([u8; 32]),
    /// A member is one no longer.
    Remove([u8; 32]),
    /// Letters of a log before a place are no longer needed.
    Prune {
        /// The log.
        name: LogName,
        /// The first letter that stays.
        before: u64,
    },
}

/// Random, and different at each relay.
pub type CapabilityId = [u8; 16];

/// What a relay serves to whoever proves the fetch key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capability {
    /// By which the household closes it, and finds its receipts.
    pub id: CapabilityId,
    /// The holder's static key: fresh for each consent and relay.
    pub fetch: [u8; 32],
    /// What is served of which logs.
    pub views: Vec<View>,
    /// Logs of letters to the holder.
    pub letters: Vec<LogName>,
    /// The log into which the holder writes letters.
    pub replies: LogName,
    /// Logs of entries that the holder may bring: it is a device of the household.
    pub writes: Vec<LogName>,
    /// When it ends.
    pub not_after: Time,
}

/// What is served of one log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The log.
    pub name: LogName,
    /// The facets, as bits in the log's order.
    pub columns: Columns,
    /// Slots that lie wholly in one of these: from, and to before until.
    pub windows: Vec<(Time, Time)>,
}

/// Sealed pieces that are to be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erase {
    /// Their log.
    pub name: LogName,
    /// Every slot that overlaps one of these: from, and to before until.
    pub slots: Vec<(Time, Time)>,
    /// The household's signed order, sealed to those who know the log: for whom the relay answers.
    pub proof: Vec<u8>,
}

/// An order as it travels and is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedOrder {
    order: Vec<u8>,
    signature: Signature,
}

/// What a relay did, and when: in a log of its own in each mailbox, for the household.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Receipt {
    /// The first one of a log.
    Key {
        /// The relay's key that signs receipts.
        key: PublicKey,
        /// Of the mailbox's journal. The log's name follows from it: a relay that lost what it had begins another log.
        epoch: u32,
    },
    /// Entries were fetched.
    Fetched {
        /// By the holder of this.
        capability: CapabilityId,
        /// The log.
        name: LogName,
        /// The first entry.
        from: u64,
        /// The entry after the last.
        to: u64,
        /// When.
        at: Time,
    },
    /// An order was carried out.
    Done {
        /// [`SignedOrder::hash`].
        order: Digest,
        /// When.
        at: Time,
    },
}

/// A receipt as it travels: a letter that everyone may read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedReceipt {
    receipt: Vec<u8>,
    signature: Signature,
}

impl SignedReceipt {
    /// Signs a receipt of the relay for a mailbox.
    ///
    /// # Errors
    /// [`SignerError`].
    pub fn sign(
        receipt: &Receipt,
        relay: &[u8; 32],
        mailbox: &PublicKey,
        key: &SigningKey,
    ) -> Result<Self, SignerError> {
        let receipt = wire::to_bytes(receipt);
        let signature = key.sign(Domain::Receipt, &receipted(relay, mailbox, &receipt))?;
        Ok(Self { receipt, signature })
    }

    /// Verifies that the relay's `key` signed it for this mailbox. The first receipt of a log names the key, and is verified by it.
    ///
    /// # Errors
    /// [`LogError::Signature`], [`LogError::Malformed`], [`LogError::NotCanonical`], [`LogError::TooLarge`].
    pub fn verify(
        &self,
        relay: &[u8; 32],
        mailbox: &PublicKey,
        key: &PublicKey,
    ) -> Result<Receipt, LogError> {
        let signed = receipted(relay, mailbox, &self.receipt);
        key.verify(Domain::Receipt, &signed, &self.signature)
            .map_err(|_| LogError::Signature)?;
        Ok(wire::from_bytes(&self.receipt, RECEIPT_MAX)?)
    }

    /// The key and the epoch that the receipt names, if it is a [`Receipt::Key`] and verifies by that very key.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn key(&self, relay: &[u8; 32], mailbox: &PublicKey) -> Result<(PublicKey, u32), LogError> {
        match wire::from_bytes(&self.receipt, RECEIPT_MAX)? {
            Receipt::Key { key, epoch } => self.verify(relay, mailbox, &key).map(|_| (key, epoch)),
            Receipt::Fetched { .. } | Receipt::Done { .. } => Err(LogError::Malformed),
        }
    }

    /// The canonical encoding: the letter.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::to_bytes(self)
    }

    /// Decodes a letter.
    ///
    /// # Errors
    /// [`LogError::Malformed`], [`LogError::NotCanonical`], [`LogError::TooLarge`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LogError> {
        Ok(wire::from_bytes(bytes, RECEIPT_MAX)?)
    }
}

impl SignedOrder {
    /// Signs an order with the mailbox's key.
    ///
    /// # Errors
    /// [`SignerError`].
    pub fn sign(order: &Order, relay: &[u8; 32], key: &SigningKey) -> Result<Self, SignerError> {
        let order = wire::to_bytes(order);
        let signature = key.sign(Domain::Order, &signed(relay, &order))?;
        Ok(Self { order, signature })
    }

    /// Verifies that the mailbox's key signed it for this relay.
    ///
    /// # Errors
    /// [`LogError::Signature`], [`LogError::Malformed`], [`LogError::NotCanonical`], [`LogError::TooLarge`].
    pub fn verify(&self, relay: &[u8; 32], mailbox: &PublicKey) -> Result<Order, LogError> {
        mailbox
            .verify(Domain::Order, &signed(relay, &self.order), &self.signature)
            .map_err(|_| LogError::Signature)?;
        let order: Order = wire::from_bytes(&self.order, ORDER_MAX)?;
        order.check()?;
        Ok(order)
    }

    /// What the chain of the orders' log goes over.
    #[must_use]
    pub fn hash(&self) -> Digest {
        digest(Domain::Order, &[&self.order, &self.signature.to_bytes()])
    }
}

impl Order {
    /// The bounds, and windows in order.
    fn check(&self) -> Result<(), LogError> {
        let ordered = |windows: &[(Time, Time)]| {
            windows.iter().all(|(from, until)| from < until)
                && windows.is_sorted_by(|one, next| one.1 <= next.0)
        };
        let fine = match self {
            Self::Grant(capability) => {
                capability.views.len() <= VIEWS_MAX
                    && capability.letters.len() <= LETTERS_MAX
                    && capability
                        .views
                        .iter()
                        .all(|view| view.windows.len() <= WINDOWS_MAX && ordered(&view.windows))
                    && capability
                        .views
                        .is_sorted_by(|one, next| one.name < next.name)
                    && capability.writes.len() <= WRITES_MAX
                    && capability.writes.is_sorted_by(|one, next| one < next)
            }
            Self::Erase(erase) => {
                erase.slots.len() <= WINDOWS_MAX
                    && erase.proof.len() <= PROOF_MAX
                    && ordered(&erase.slots)
            }
            Self::Close(_) | Self::Admit(_) | Self::Remove(_) | Self::Prune { .. } => true,
        };
        if fine {
            Ok(())
        } else {
            Err(LogError::Malformed)
        }
    }
}

impl Knock {
    /// The tag of a mailbox.
    #[must_use]
    pub fn tag(mailbox: &PublicKey) -> MailboxTag {
        let mut tag = [0; 8];
        let hash = digest(Domain::Name, &[b"mailbox", &mailbox.to_bytes()]);
        tag.copy_from_slice(&hash[..8]);
        tag
    }
}

impl LogName {
    /// The name of a log of entries at a relay.
    #[must_use]
    pub fn of_log(relay: &[u8; 32], log: LogId) -> Self {
        Self::derived(relay, &[b"log", &log.0])
    }

    /// The name that follows from a secret that its readers share.
    #[must_use]
    pub fn of_secret(relay: &[u8; 32], secret: &[u8; 32], label: &[u8]) -> Self {
        Self::derived(relay, &[b"secret", secret, label])
    }

    /// The log of receipts that a relay writes into a mailbox, as long as it loses nothing.
    #[must_use]
    pub fn of_receipts(relay: &[u8; 32], mailbox: &PublicKey, epoch: u32) -> Self {
        let epoch = epoch.to_be_bytes();
        Self::derived(relay, &[b"receipts", &mailbox.to_bytes(), &epoch])
    }

    fn derived(relay: &[u8; 32], parts: &[&[u8]]) -> Self {
        let parts: Vec<&[u8]> = std::iter::once(&relay[..])
            .chain(parts.iter().copied())
            .collect();
        let mut name = [0; 16];
        name.copy_from_slice(&digest(Domain::Name, &parts)[..16]);
        Self(name)
    }
}

fn signed(relay: &[u8; 32], order: &[u8]) -> Vec<u8> {
    [relay, order].concat()
}

fn receipted(relay: &[u8; 32], mailbox: &PublicKey, receipt: &[u8]) -> Vec<u8> {
    [relay, &mailbox.to_bytes()[..], receipt].concat()
}

const RECEIPT_MAX: usize = 1 << 9;
const ORDER_MAX: usize = 1 << 20;
const VIEWS_MAX: usize = 1 << 12;
const LETTERS_MAX: usize = 64;
const WRITES_MAX: usize = 1 << 12;
const WINDOWS_MAX: usize = 256;
const PROOF_MAX: usize = 1 << 14;
