//! What a relay gives to whom, at most.

use freehold_crypto::{Domain, digest};
use subtle::ConstantTimeEq;

/// Who may open a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// Everyone.
    Open,
    /// Who shows the token: its hash.
    Token([u8; 32]),
}

/// Bounds. A peer that reaches one is told so, and gets no further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Who may open a mailbox.
    pub admission: Admission,
    /// Connections at once.
    pub connections: usize,
    /// Mailboxes.
    pub mailboxes: u32,
    /// Mailboxes that are kept in memory while nobody speaks about them.
    pub idle_mailboxes: usize,
    /// Logs of one mailbox.
    pub logs: usize,
    /// Members and capabilities of one mailbox, those that were closed among them.
    pub parties: usize,
    /// Bytes of one mailbox. Orders and receipts may take a sixteenth and 1 MiB more, so that a mailbox that is full can be emptied.
    pub quota: u64,
    /// Bytes of stretches that have not come whole yet, of all connections together.
    pub under_way: usize,
    /// How long a peer may take to say who it is, ms.
    pub handshake_ms: i64,
    /// How long a peer may be silent, ms.
    pub idle_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            admission: Admission::Open,
            connections: 4096,
            mailboxes: 100_000,
            idle_mailboxes: 64,
            logs: 1 << 17,
            parties: 1 << 14,
            quota: 4 << 30,
            under_way: 256 << 20,
            handshake_ms: 10_000,
            idle_ms: 300_000,
        }
    }
}

impl Admission {
    /// Whoever shows this may open a mailbox.
    #[must_use]
    pub fn token(token: &[u8]) -> Self {
        Self::Token(hash(token))
    }

    /// Whether what a peer shows is enough. It takes as long whatever was shown.
    pub(crate) fn admits(&self, shown: Option<&[u8]>) -> bool {
        match self {
            Self::Open => true,
            Self::Token(token) => hash(shown.unwrap_or_default()).ct_eq(token).into(),
        }
    }
}

impl Limits {
    /// The quota with what is kept free for orders and receipts.
    pub(crate) const fn with_reserve(&self) -> u64 {
        self.quota
            .saturating_add(self.quota / 16)
            .saturating_add(1 << 20)
    }
}

fn hash(token: &[u8]) -> [u8; 32] {
    digest(Domain::Peer, &[b"admission", token])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_admits_who_shows_it() {
        assert!(Admission::Open.admits(None));
        let token = Admission::token(b"friday");
        assert!(token.admits(Some(b"friday")));
        for shown in [None, Some(&b""[..]), Some(b"Friday"), Some(b"friday ")] {
            assert!(!token.admits(shown));
        }
    }
}
