//! Keys over time: the slot key tree, sealing, signatures and envelopes.
//!
//! The path of a secret: a random [`Root`] of one (stream, epoch, generation) gives one tree per
//! (level, facet) as a [`Cover`]; a cover is restricted for a grant, punctured by an erasure, and
//! gives the [`Leaf`] of a slot; a leaf and the entry's [`EntryContext`] give a [`PieceKey`], which
//! sealing one piece uses up. Rows of the embedded store are sealed under a [`RowKey`].
//!
//! Randomness is always passed in as an [`Entropy`]; nothing here reads a clock or does IO. The
//! byte layouts are normative in `docs/spec/keys.md` and `docs/spec/seal.md`.
//!
//! SHA-256 comes from the `sha2` crate: one tree step is a single compression, which takes it 51 ns
//! where `ring`'s one-shot digest takes 94 ns, and its states can be wiped. `ring` does the AEADs,
//! the signatures and the randomness; `hpke` the envelopes.

mod aead;
mod cover;
mod entropy;
mod entry;
mod envelope;
mod hash;
mod id;
mod keystore;
mod node;
mod passphrase;
mod record;
mod seal;
mod secret;
mod sign;
mod signer;
mod small_order;
mod tree;
mod walker;
#[cfg(test)]
mod wycheproof;

pub use cover::{Cover, CoverError, MAX_NODES, NODE_LEN};
pub use entropy::{Entropy, EntropyError, OsEntropy, SeededEntropy};
pub use entry::{EntryContext, PiecePlace, Salt, SaltHedge, Suite, UnknownSuite, VERSION};
pub use envelope::{
    ENVELOPE_OVERHEAD, ENVELOPE_PUBLIC_KEY_LEN, EnvelopeError, EnvelopeKey, EnvelopePublicKey,
};
pub use hash::{DIGEST_LEN, Digest, Domain, Hasher, digest};
pub use id::{Fingerprint, LogId};
pub use keystore::{KeyStore, KeyStoreError, KeyStoreKind, MemoryKeyStore};
pub use passphrase::{ARGON2_MAX, ARGON2_MIN, Cost, PassphraseError, PassphraseParams};
pub use record::{ROW_OVERHEAD, RowKey};
pub use seal::{
    LARGE_OVERHEAD, OpenError, Padding, PieceKey, SMALL_MAX, SMALL_OVERHEAD, SealError, padme_len,
};
pub use secret::{SECRET_LEN, Secret};
pub use sign::{Algorithm, KeyError, PublicKey, Signature, SignatureError, Statement};
pub use signer::{Signer, SignerError, SigningKey};
pub use tree::{Leaf, Root, tree_depth};
pub use walker::Walker;
