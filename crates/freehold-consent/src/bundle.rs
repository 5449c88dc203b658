//! The keys that a token stands for, up to a horizon, sealed to its recipient.

use freehold_crypto::{
    Cover, CoverError, Domain, Entropy, EnvelopeError, EnvelopeKey, NODE_LEN, PublicKey, Secret,
    padme_len, tree_depth,
};
use freehold_model::{Calendar, Epoch, Facet, Level, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::card::Card;
use crate::check::Refusal;
use crate::cover::{TreeId, cover_for_all, epochs};
use crate::id::{StreamId, TokenId};
use crate::signed::{self, Draft, VerifyError};
use crate::stream::StreamInfo;
use crate::succession::Succession;
use crate::token::Token;
use crate::wire::{self, Bytes, FileType, List, OBJECT_BYTES_MAX, WireError};

/// Key trees of one bundle, at most.
pub const TREES_MAX: usize = 1 << 14;
/// Streams of one bundle, at most.
const STREAMS_MAX: usize = 256;
/// Generations that one bundle may name.
const GENERATIONS_MAX: usize = 1024;

/// The head of the household's journal, as the agent that hands out keys has seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalHead {
    /// When the head was written.
    pub at: Time,
    /// Its hash.
    pub hash: [u8; 32],
}

/// What the agent knows when it hands out keys.
#[derive(Clone, Debug)]
pub struct Issue {
    /// 0 for the bundle that comes with the grant, one more for each extension.
    pub seq: u32,
    /// The agent's clock.
    pub now: Time,
    /// The newest head of the household's journal that it has seen.
    pub journal: JournalHead,
    /// The horizon of the bundle before: an extension leaves out the epochs before it.
    pub since: Option<Time>,
    /// How the household came to the key that signs; nothing while it has its first.
    pub succession: Option<Succession>,
}

/// A bundle as it was read, before its signature was checked.
#[derive(Clone, Debug)]
pub struct UnverifiedBundle(SealedBundle);

/// A bundle that the token's grantor signed, or the key that followed it, sealed to the token's recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedBundle {
    payload: Payload,
    bytes: Vec<u8>,
}

/// A bundle that its recipient opened: verified, for this token and within its scope.
#[derive(Debug)]
pub struct Bundle {
    pub(crate) header: Header,
    pub(crate) mail: Secret,
    pub(crate) streams: Vec<StreamInfo>,
    pub(crate) covers: Vec<(TreeId, Cover)>,
}

/// What a bundle says openly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The consent it belongs to.
    pub token: TokenId,
    /// 0 for the first, one more for each extension.
    pub seq: u32,
    /// When it was made, by the grantor's clock.
    pub made: Time,
    /// No slot that ends later opens.
    pub horizon: Time,
    /// The head of the household's journal that the grantor had seen.
    pub journal: JournalHead,
    /// Tree nodes in the envelope.
    pub nodes: u32,
    generations: List<u32, GENERATIONS_MAX>,
    /// How the household came to the key that signs; nothing while it has its first.
    pub succession: Option<Succession>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Payload {
    header: Header,
    envelope: Bytes,
}

#[derive(Serialize, Deserialize)]
struct Contents {
    mail: Mail,
    streams: List<StreamInfo, STREAMS_MAX>,
    trees: List<Tree, TREES_MAX>,
}

/// The secret of [`Bundle::mail`] among the sealed contents: 32 bytes.
struct Mail(Secret);

impl Serialize for Mail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.expose().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Mail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <[u8; 32]>::deserialize(deserializer).map(|bytes| Self(Secret::from_bytes(bytes)))
    }
}

/// A tree's nodes, its stream by the place in [`Contents::streams`].
#[derive(Serialize, Deserialize)]
struct Tree {
    stream: u16,
    level: Level,
    facet: Facet,
    epoch: Epoch,
    generation: u32,
    nodes: Bytes,
}

/// Why a bundle was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The card is not the one that the token was granted to.
    #[error("another recipient's card")]
    WrongCard,
    /// A stream of the token has no description, or its zone is unknown here.
    #[error("stream without a description")]
    Stream(StreamId),
    /// The agent has not heard from its household for longer than a lease: it cannot know of a revocation.
    #[error("journal not seen for longer than a lease")]
    JournalStale {
        /// The head that it has seen.
        head: Time,
    },
    /// The consent has ended.
    #[error("consent has expired")]
    Expired {
        /// When.
        at: Time,
    },
    /// The nodes given are of another tree.
    #[error(transparent)]
    Cover(#[from] CoverError),
    /// Not sealed.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Too large.
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// Why a bundle was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Neither the grantor signed it nor a key that followed it.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The key that signed it has been replaced since: an agent was removed that has it.
    #[error("signed by a key that has been replaced")]
    Succeeded,
    /// It belongs to another consent.
    #[error("bundle of another consent")]
    OtherToken,
    /// The consent is another recipient's.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Its grantor had not heard from the household for longer than a lease when it made the bundle.
    #[error("journal not seen for longer than a lease")]
    JournalStale,
    /// It reaches further than the consent and its lease allow.
    #[error("bundle beyond the consent")]
    Beyond,
    /// The envelope is not for this key, or was changed.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// What is in the envelope does not decode.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Nodes that are no cover, or that contradict nodes of an earlier bundle.
    #[error(transparent)]
    Cover(#[from] CoverError),
    /// An extension that was already taken in.
    #[error("extension {seq} seen before")]
    Repeated {
        /// Its number.
        seq: u32,
    },
}

impl SealedBundle {
    /// Collects the nodes that `token` stands for at this moment and seals them to the card's envelope key.
    ///
    /// `trees` is asked once for each stream, level, facet and epoch in question, and gives every generation that the
    /// vault holds of that tree; what it does not give is not granted. The horizon is one lease from now, and no
    /// later than the consent's end. `mail` is the secret by which grantor and recipient find each other at relays; it is
    /// the same in all bundles of a consent.
    ///
    /// # Errors
    /// [`ComposeError`].
    pub fn compose(
        token: &Token,
        card: &Card,
        streams: &[StreamInfo],
        issue: &Issue,
        mail: &Secret,
        mut trees: impl FnMut(StreamId, Level, Facet, Epoch) -> Vec<(u32, Cover)>,
        entropy: &mut dyn Entropy,
    ) -> Result<Draft<Self>, ComposeError> {
        let horizon = horizon(token, card, issue)?;
        let streams = described(token, streams)?;
        let mut held = Vec::new();
        for ((stream, level, facet), windows) in token.terms().scope.cells() {
            let (place, calendar) = place_of(&streams, stream)?;
            for epoch in epochs(calendar, &windows, horizon, issue.since) {
                for (generation, cover) in trees(stream, level, facet, epoch) {
                    let tree = TreeId {
                        stream,
                        level,
                        facet,
                        epoch,
                        generation,
                    };
                    let cover = cover_for_all(calendar, &tree, &cover, &windows, horizon)?;
                    if !cover.is_empty() {
                        held.push(Tree {
                            stream: place,
                            level,
                            facet,
                            epoch,
                            generation,
                            nodes: cover.to_bytes().into(),
                        });
                    }
                }
            }
        }
        held.sort_unstable_by_key(|tree| {
            (
                tree.stream,
                tree.level,
                tree.facet,
                tree.epoch,
                tree.generation,
            )
        });
        let contents = Contents {
            mail: Mail(mail.duplicate()),
            streams: List(streams),
            trees: List(held),
        };
        seal(token, card, issue, horizon, &contents, entropy)
    }

    /// Opens the bundle with the recipient's envelope key.
    ///
    /// # Errors
    /// [`BundleError::OtherToken`], [`BundleError::JournalStale`], [`BundleError::Beyond`],
    /// [`Refusal::WrongRecipient`] when the card is not the token's, [`BundleError::Envelope`] when the key is not the
    /// card's, and [`BundleError::Wire`] or [`BundleError::Cover`] for what the grantor put in wrongly.
    pub fn open(
        &self,
        token: &Token,
        card: &Card,
        key: &EnvelopeKey,
    ) -> Result<Bundle, BundleError> {
        let header = &self.payload.header;
        judge(header, token)?;
        if card.id() != token.recipient() {
            return Err(Refusal::WrongRecipient {
                granted_to: token.recipient(),
            }
            .into());
        }
        let aad = wire::encode(header);
        let plain = key.open(
            token.suite(),
            &token.id().0,
            &aad,
            self.payload.envelope.as_slice(),
        )?;
        let contents: Contents = unpadded(&plain)?;
        contents.into_bundle(header.clone(), token)
    }

    /// A door for the fuzzer, in builds with `--cfg fuzzing` alone: the bundle as if this had been in its envelope.
    ///
    /// # Errors
    /// As [`SealedBundle::open`] for what the grantor put in wrongly.
    #[cfg(fuzzing)]
    pub fn holding(&self, plain: &[u8], token: &Token) -> Result<Bundle, BundleError> {
        unpadded(plain)?.into_bundle(self.payload.header.clone(), token)
    }

    /// What the bundle says openly.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.payload.header
    }

    /// The key that signed it: the token's grantor, or the one that followed it.
    #[must_use]
    pub fn signer<'a>(&'a self, token: &'a Token) -> &'a PublicKey {
        signer(self.payload.header.succession.as_ref(), token)
    }

    /// The keys that sign or signed in the household's name, by this bundle: the one that signed it first, the token's grantor among
    /// them. One of them signed the genesis of each log that it names.
    #[must_use]
    pub fn household(&self, token: &Token) -> Vec<PublicKey> {
        let succession = self.payload.header.succession.iter();
        let before = succession.flat_map(Succession::before);
        std::iter::once(self.signer(token))
            .chain(before)
            .copied()
            .collect()
    }

    /// The signed bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bundle alone as a file: an extension.
    #[must_use]
    pub fn to_file(&self) -> Vec<u8> {
        FileType::Extension.wrap(&self.bytes)
    }
}

impl UnverifiedBundle {
    /// Decodes the signed bytes of a bundle.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let payload = signed::decode(bytes, OBJECT_BYTES_MAX)?;
        Ok(Self(SealedBundle {
            payload,
            bytes: bytes.to_vec(),
        }))
    }

    /// Decodes an extension file.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn from_file(file: &[u8]) -> Result<Self, WireError> {
        Self::from_bytes(FileType::Extension.unwrap_file(file)?)
    }

    /// The consent that it claims to belong to, to look the token up.
    #[must_use]
    pub const fn token(&self) -> TokenId {
        self.0.payload.header.token
    }

    /// Checks that the token's grantor signed it, for this token, or a key that followed the grantor. Whether that key is the one that
    /// the household has now, only who has heard of others can tell.
    ///
    /// # Errors
    /// [`BundleError::Verify`] and [`BundleError::OtherToken`].
    pub fn verify(self, token: &Token) -> Result<SealedBundle, BundleError> {
        if self.token() != token.id() {
            return Err(BundleError::OtherToken);
        }
        if let Some(succession) = &self.0.payload.header.succession {
            succession.verify()?;
            if !succession.names(token.grantor()) {
                return Err(VerifyError::Signature.into());
            }
        }
        let signer = *self.0.signer(token);
        Ok(self.verify_by(&signer)?)
    }

    fn verify_by(self, grantor: &PublicKey) -> Result<SealedBundle, VerifyError> {
        signed::verify(Domain::Bundle, grantor, &self.0.bytes)?;
        Ok(self.0)
    }
}

impl Bundle {
    /// What the bundle says openly.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The secret by which grantor and recipient find each other at relays.
    #[must_use]
    pub const fn mail(&self) -> &Secret {
        &self.mail
    }

    /// The streams of the consent, as their owner describes them.
    #[must_use]
    pub fn streams(&self) -> &[StreamInfo] {
        &self.streams
    }

    /// The trees of which the bundle holds nodes.
    pub fn trees(&self) -> impl Iterator<Item = &TreeId> {
        self.covers.iter().map(|(tree, _)| tree)
    }
}

impl Contents {
    fn into_bundle(self, header: Header, token: &Token) -> Result<Bundle, BundleError> {
        let streams = self.streams.0;
        let scope = &token.terms().scope;
        if streams.iter().map(|info| info.id).ne(scope.streams()) {
            return Err(BundleError::Beyond);
        }
        let mut covers: Vec<(TreeId, Cover)> = Vec::with_capacity(self.trees.0.len());
        for Tree {
            stream,
            level,
            facet,
            epoch,
            generation,
            nodes,
        } in self.trees.0
        {
            let stream = streams
                .get(usize::from(stream))
                .ok_or(BundleError::Beyond)?
                .id;
            if !scope.facets(stream, level).contains(facet) {
                return Err(BundleError::Beyond);
            }
            let tree = TreeId {
                stream,
                level,
                facet,
                epoch,
                generation,
            };
            if covers.last().is_some_and(|(last, _)| *last >= tree) {
                return Err(WireError::NotCanonical.into());
            }
            covers.push((
                tree,
                Cover::from_bytes(tree_depth(level), nodes.as_slice())?,
            ));
        }
        Ok(Bundle {
            header,
            mail: self.mail.0,
            streams,
            covers,
        })
    }
}

/// Checks what the header promises against the token: the recipient's side of what [`horizon`] keeps.
fn judge(header: &Header, token: &Token) -> Result<(), BundleError> {
    let terms = token.terms();
    let lease_ms = terms.lease.ms();
    if header.token != token.id() {
        return Err(BundleError::OtherToken);
    }
    if header.made.since_ms(header.journal.at) > lease_ms {
        return Err(BundleError::JournalStale);
    }
    if header.horizon > terms.usable.until().min(header.made.plus_ms(lease_ms)) {
        return Err(BundleError::Beyond);
    }
    Ok(())
}

fn horizon(token: &Token, card: &Card, issue: &Issue) -> Result<Time, ComposeError> {
    let terms = token.terms();
    if card.id() != token.recipient() {
        return Err(ComposeError::WrongCard);
    }
    if issue.now >= terms.usable.until() {
        return Err(ComposeError::Expired {
            at: terms.usable.until(),
        });
    }
    if issue.now.since_ms(issue.journal.at) > terms.lease.ms() {
        return Err(ComposeError::JournalStale {
            head: issue.journal.at,
        });
    }
    Ok(terms
        .usable
        .until()
        .min(issue.now.plus_ms(terms.lease.ms())))
}

/// Who signs the bundles of a token.
fn signer<'a>(succession: Option<&'a Succession>, token: &'a Token) -> &'a PublicKey {
    match succession {
        Some(succession) => succession.key(),
        None => token.grantor(),
    }
}

/// The descriptions of the token's streams, in the order of their ids.
fn described(token: &Token, streams: &[StreamInfo]) -> Result<Vec<StreamInfo>, ComposeError> {
    let find = |id: StreamId| {
        streams
            .iter()
            .find(|info| info.id == id)
            .cloned()
            .ok_or(ComposeError::Stream(id))
    };
    token
        .terms()
        .scope
        .streams()
        .into_iter()
        .map(find)
        .collect()
}

fn place_of(streams: &[StreamInfo], id: StreamId) -> Result<(u16, &Calendar), ComposeError> {
    let place = streams
        .iter()
        .position(|info| info.id == id)
        .ok_or(ComposeError::Stream(id))?;
    let info = streams.get(place).ok_or(ComposeError::Stream(id))?;
    let place = u16::try_from(place).map_err(|_| ComposeError::Stream(id))?;
    Ok((place, info.calendar()))
}

fn seal(
    token: &Token,
    card: &Card,
    issue: &Issue,
    horizon: Time,
    contents: &Contents,
    entropy: &mut dyn Entropy,
) -> Result<Draft<SealedBundle>, ComposeError> {
    let mut generations: Vec<u32> = contents
        .trees
        .0
        .iter()
        .map(|tree| tree.generation)
        .collect();
    generations.sort_unstable();
    generations.dedup();
    let bytes: usize = contents
        .trees
        .0
        .iter()
        .map(|tree| tree.nodes.as_slice().len())
        .sum();
    let header = Header {
        token: token.id(),
        seq: issue.seq,
        made: issue.now,
        horizon,
        journal: issue.journal,
        nodes: u32::try_from(bytes / NODE_LEN).unwrap_or(u32::MAX),
        generations: List(generations),
        succession: issue.succession.clone(),
    };
    let plain = padded(contents);
    let aad = wire::encode(&header);
    let envelope = card
        .envelope()
        .seal(token.suite(), &token.id().0, &aad, &plain, entropy)?;
    let payload = Payload {
        header,
        envelope: Bytes::new(envelope),
    };
    let signer = *signer(issue.succession.as_ref(), token);
    let open = |bytes: &[u8], key: &PublicKey| UnverifiedBundle::from_bytes(bytes)?.verify_by(key);
    Ok(Draft::new(Domain::Bundle, signer, &payload, open)?)
}

/// The encoding, then zeros up to its Padmé length: the envelope's size tells little of what is granted.
fn padded(contents: &Contents) -> Zeroizing<Vec<u8>> {
    let encoded = Zeroizing::new(wire::encode(contents));
    // Growing in place could leave a copy of the nodes behind.
    let mut plain = Zeroizing::new(vec![0; padme_len(encoded.len())]);
    let (head, _) = plain.split_at_mut(encoded.len());
    head.copy_from_slice(&encoded);
    plain
}

fn unpadded(plain: &[u8]) -> Result<Contents, WireError> {
    let (contents, padding) = postcard::take_from_bytes(plain).map_err(|_| WireError::Malformed)?;
    let len = plain.len() - padding.len();
    let again = Zeroizing::new(wire::encode::<Contents>(&contents));
    if plain.get(..len) != Some(&again)
        || plain.len() != padme_len(len)
        || padding.iter().any(|byte| *byte != 0)
    {
        return Err(WireError::NotCanonical);
    }
    Ok(contents)
}

#[cfg(test)]
mod tests;
