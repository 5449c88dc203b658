//! A recipient that ignores its token, with a copy of the home's logs in its hands.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use freehold::{
    Facet, Have, Home, Level, Parcel,
    consent::{
        Card, Choices, Grant, Keys, Name, Proposal, Request, Revocations, Role, Token,
        UnverifiedBundle, Wishes,
    },
    crypto::{EnvelopeKey, Leaf, SeededEntropy, SigningKey, Suite},
    model::Slot,
    testing::CopiedLog,
};
use freehold_sync::{Entry, Piece};

/// Someone with a card, who was granted something once.
pub struct Thief {
    /// The card.
    pub card: Card,
    signing: SigningKey,
    envelope: EnvelopeKey,
    entropy: SeededEntropy,
    /// What was granted, with everything in the bundles.
    pub loot: Vec<(Token, Keys)>,
}

/// A piece of the copied logs: number of the log, of the entry and of the piece.
pub type PieceId = (usize, u64, usize);

impl Thief {
    /// Someone who is the same for the same seed.
    pub fn new(seed: u64) -> Self {
        let mut entropy = SeededEntropy::new(seed);
        let signing = SigningKey::generate_ed25519(&mut entropy).unwrap();
        let envelope = EnvelopeKey::generate(&mut entropy).unwrap();
        let name = Name::new("Kind Services").unwrap();
        let public = envelope.public_key().clone();
        let draft = Card::draft(
            Suite::One,
            Role::Controller,
            name,
            signing.public_key(),
            public,
        );
        Self {
            card: draft.unwrap().sign(&signing).unwrap(),
            signing,
            envelope,
            entropy,
            loot: Vec::new(),
        }
    }

    /// Its key for envelopes.
    #[must_use]
    pub fn envelope(&self) -> &EnvelopeKey {
        &self.envelope
    }

    /// Its key for signatures.
    #[must_use]
    pub fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// Asks.
    pub fn asks(&mut self, home: &Home, wishes: Wishes) -> Proposal {
        let request = Request::make(&self.card, wishes, &self.signing, &mut self.entropy).unwrap();
        home.propose(&request, &Choices::default()).unwrap()
    }

    /// Asks, is granted all of it, and opens the bundle.
    pub fn is_granted(&mut self, home: &Home, wishes: Wishes) -> Grant {
        let proposal = self.asks(home, wishes);
        self.is_approved(home, &proposal)
    }

    /// Is granted what was proposed, and opens the bundle.
    pub fn is_approved(&mut self, home: &Home, proposal: &Proposal) -> Grant {
        let grant = home.approve(proposal, proposal.shown(), true).unwrap();
        let keys = grant.open(&self.card, &self.envelope).unwrap();
        self.loot.push((grant.token().clone(), keys));
        grant
    }

    /// What it says that it has: the first bundle of each consent, and nothing of any log.
    pub fn have(&self) -> Have {
        let bundles: BTreeMap<_, u32> =
            self.loot.iter().map(|(token, _)| (token.id(), 1)).collect();
        let bytes =
            postcard::to_allocvec(&(bundles, BTreeMap::<u8, u8>::new(), Vec::<u8>::new())).unwrap();
        postcard::from_bytes(&bytes).unwrap()
    }

    /// Takes the extensions out of a parcel that is addressed to it; says how many there were.
    pub fn extends(&mut self, parcel: &Parcel) -> usize {
        let bytes = postcard::to_allocvec(parcel).unwrap();
        let ((_, extensions), _) =
            postcard::take_from_bytes::<(Vec<Vec<u8>>, Vec<Vec<u8>>)>(&bytes).unwrap();
        let mut taken = 0;
        for extension in &extensions {
            let unverified = UnverifiedBundle::from_bytes(extension).unwrap();
            let held = |loot: &&mut (Token, Keys)| loot.0.id() == unverified.token();
            let (token, keys) = self.loot.iter_mut().find(held).unwrap();
            let bundle = unverified.verify(token).unwrap();
            if bundle.header().seq > keys.seq() {
                let opened = bundle.open(token, &self.card, &self.envelope).unwrap();
                keys.extend(opened).unwrap();
                taken += 1;
            }
        }
        taken
    }

    /// Every key of a slot that follows from its bundles: all leaves below all nodes. Whose they were, what the clock says
    /// and which of them were revoked is nothing to it.
    pub fn leaves(&self) -> Vec<(u32, Leaf)> {
        let mut leaves = Vec::new();
        for (token, keys) in &self.loot {
            let then = token.terms().usable.from();
            let permit = token.permit(then, token.recipient(), &Revocations::new());
            let permit = permit.unwrap();
            for tree in keys.trees() {
                let cover = keys.cover(&permit, tree).unwrap();
                let mut walker = cover.walker();
                for index in cover.covered().into_iter().flatten() {
                    leaves.push((index, walker.leaf(index).unwrap()));
                }
            }
        }
        leaves
    }

    /// What it reads when every key is tried at its place: each piece's level, facet, slot and part, and its plaintext.
    pub fn reads(&self, logs: &[CopiedLog]) -> BTreeMap<(Level, Facet, Slot, u16), Vec<u8>> {
        let pieces = self.tries_every_place(logs);
        let leaves = self.leaves();
        let (mut reads, mut buffer) = (BTreeMap::new(), Vec::new());
        for (n, log) in logs.iter().enumerate() {
            for entry in &log.entries {
                let seq = entry.header().seq();
                let opened = entry
                    .pieces()
                    .filter(|piece| pieces.contains(&(n, seq, piece.number())));
                for piece in opened {
                    let mut open = leaves.iter().filter_map(|(_, leaf)| {
                        piece.open(leaf, &mut buffer).ok().map(<[u8]>::to_vec)
                    });
                    let place = (log.genesis.level, piece.facet, piece.slot, piece.part);
                    reads.insert(place, open.next().unwrap());
                }
            }
        }
        reads
    }

    /// What opens when every key is tried on every piece.
    pub fn tries_everything(&self, logs: &[CopiedLog]) -> BTreeSet<PieceId> {
        let leaves = self.leaves();
        opened(logs, |_, _| leaves.iter().map(|(_, leaf)| leaf).collect())
    }

    /// What opens when every key is tried on every piece whose slot starts where the key's leaf does, or next to it, in a
    /// tree of either depth, whatever stream, level, facet, epoch and generation the key is of.
    pub fn tries_every_place(&self, logs: &[CopiedLog]) -> BTreeSet<PieceId> {
        let mut by_place: HashMap<u32, Vec<Leaf>> = HashMap::new();
        for (place, leaf) in self.leaves() {
            by_place.entry(place).or_default().push(leaf);
        }
        opened(logs, |entry, piece| {
            let mut places = BTreeSet::new();
            for level in [Level::Raw, Level::Day] {
                let epoch = entry.header().epoch();
                let place = epoch.index(level, piece.slot.start).unwrap();
                places.extend([place.saturating_sub(1), place, place + 1]);
            }
            let found = places.iter().filter_map(|place| by_place.get(place));
            found.flatten().collect()
        })
    }
}

fn opened<'a>(
    logs: &[CopiedLog],
    keys: impl Fn(&Entry, &Piece<'_>) -> Vec<&'a Leaf>,
) -> BTreeSet<PieceId> {
    let mut opened = BTreeSet::new();
    let mut buffer = Vec::new();
    for (n, log) in logs.iter().enumerate() {
        for entry in &log.entries {
            for piece in entry.pieces() {
                let keys = keys(entry, &piece);
                if keys
                    .iter()
                    .any(|leaf| piece.open(leaf, &mut buffer).is_ok())
                {
                    opened.insert((n, entry.header().seq(), piece.number()));
                }
            }
        }
    }
    opened
}
