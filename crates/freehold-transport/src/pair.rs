//! Two devices that have never met: one shows a code, the other scans it, and both know each other's key.
//!
//! Noise XXpsk3: the code holds a secret that is used once, and a hash of the key of who shows it. Whoever shows another code in its
//! place, or stands between, is found by the people: both screens then show a confirmation, and the two differ.

use core::fmt;

use freehold_crypto::{Domain, Entropy, Secret, digest};

use crate::{Channel, ChannelError, PublicStatic, StaticKey, base32, noise::Start};

/// What is shown: a hash of a key, a secret for one pairing, and where to connect. As text it fits a small QR code.
#[derive(PartialEq, Eq)]
pub struct Offer {
    key: [u8; 16],
    secret: Secret,
    place: String,
}

/// The side that shows an [`Offer`], and awaits who scanned it.
#[derive(Debug)]
pub struct Host {
    offer: Offer,
    tries: u8,
    used: bool,
    current: Option<(Channel, Nonces)>,
}

/// The side that scanned an [`Offer`], and connects.
#[derive(Debug)]
pub struct Guest {
    channel: Channel,
    nonces: Nonces,
    own: PublicStatic,
    key: [u8; 16],
}

/// Two devices that share a channel. They are paired once people have seen the same confirmation on both.
#[derive(Debug)]
pub struct Paired {
    /// What was paired with: the key by which it is known from now on.
    pub peer: PublicStatic,
    /// To be shown on both sides, and compared: eight characters.
    pub confirmation: String,
    /// What both may say to each other now.
    pub channel: Channel,
    /// What the peer has said in it already.
    pub said: Vec<u8>,
}

/// Why two devices are not paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PairError {
    /// The text is no offer, or not as it was shown.
    #[error("not a pairing code")]
    Text,
    /// An offer of a later version.
    #[error("a pairing code of a later version")]
    Version,
    /// The offer was used, or tried too often: show a new one.
    #[error("the pairing code is used up")]
    Spent,
    /// Who answered is not who showed the code.
    #[error("another device answered")]
    Other,
    /// The channel failed: the secret is not the same, or something on the way.
    #[error(transparent)]
    Channel(#[from] ChannelError),
}

impl Offer {
    /// A fresh offer of the owner of a key, who awaits the other at a place, such as `192.0.2.7:7700`, or empty.
    ///
    /// # Errors
    /// [`PairError::Channel`] without randomness, [`PairError::Text`] when the place is too long.
    pub fn new(
        key: PublicStatic,
        place: &str,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, PairError> {
        let mut secret = [0; 32];
        let drawn = entropy.fill(&mut secret[..SECRET]);
        drawn.map_err(|_| PairError::Channel(ChannelError::Entropy))?;
        if place.len() > PLACE_MAX {
            return Err(PairError::Text);
        }
        Ok(Self {
            key: hash_of(key),
            secret: Secret::from_bytes(secret),
            place: place.into(),
        })
    }

    /// The text of the QR code. Whoever sees it can pair, once.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut bytes = [&self.key[..], &self.secret.expose()[..SECRET]].concat();
        bytes.extend_from_slice(self.place.as_bytes());
        bytes.extend_from_slice(&check_of(&bytes));
        let text = format!("{PREFIX}{VERSION}:{}", base32::encode(&bytes));
        text.to_ascii_uppercase()
    }

    /// Reads what was scanned, or typed in either case.
    ///
    /// # Errors
    /// [`PairError::Text`], [`PairError::Version`].
    pub fn from_text(text: &str) -> Result<Self, PairError> {
        if text.len() > TEXT_MAX {
            return Err(PairError::Text);
        }
        let text = text.trim().to_ascii_lowercase();
        let (version, body) = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once(':'))
            .ok_or(PairError::Text)?;
        match version {
            VERSION => {}
            later if later.parse::<u8>().is_ok() => return Err(PairError::Version),
            _ => return Err(PairError::Text),
        }
        let bytes = base32::decode(body).ok_or(PairError::Text)?;
        let (bytes, check) = bytes.split_last_chunk().ok_or(PairError::Text)?;
        let (key, rest) = bytes.split_first_chunk().ok_or(PairError::Text)?;
        let (half, place) = rest.split_first_chunk::<SECRET>().ok_or(PairError::Text)?;
        if check_of(bytes) != *check || place.len() > PLACE_MAX {
            return Err(PairError::Text);
        }
        let mut secret = [0; 32];
        secret[..SECRET].copy_from_slice(half);
        Ok(Self {
            key: *key,
            secret: Secret::from_bytes(secret),
            place: String::from_utf8(place.to_vec()).map_err(|_| PairError::Text)?,
        })
    }

    /// Where the one that shows it awaits the other.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    fn shared(&self) -> Secret {
        let secret = &self.secret.expose()[..SECRET];
        Secret::from_bytes(digest(Domain::Peer, &[b"pair secret", secret]))
    }
}

impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Offer(.., {:?})", self.place)
    }
}

impl Host {
    /// Awaits who scans this offer.
    #[must_use]
    pub const fn new(offer: Offer) -> Self {
        Self {
            offer,
            tries: 0,
            used: false,
            current: None,
        }
    }

    /// Somebody has connected; whoever was connected before is let go.
    ///
    /// # Errors
    /// [`PairError::Spent`] after a pairing, and at the sixth try.
    pub fn connected(
        &mut self,
        own: &StaticKey,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PairError> {
        self.current = None;
        if self.used || self.tries >= TRIES {
            return Err(PairError::Spent);
        }
        self.tries += 1;
        let handshake = xx(own, &self.offer.shared()).responder(entropy)?;
        let nonces = Nonces::draw(entropy)?;
        self.current = Some((Channel::new(handshake), nonces));
        Ok(())
    }

    /// Takes bytes in, appends the answer to `out`, and gives the channel once the peer has proven that it saw the offer.
    ///
    /// # Errors
    /// [`PairError`]: the peer is let go.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        own: &StaticKey,
        out: &mut Vec<u8>,
    ) -> Result<Option<Paired>, PairError> {
        let (mut channel, mut nonces) = self.current.take().ok_or(PairError::Spent)?;
        let mut plain = Vec::new();
        let met = channel.receive(bytes, &mut plain)?;
        let Some(peer) = met else {
            if channel.is_my_turn() {
                nonces.promise = all(&plain)?;
                channel.send(&nonces.own, out)?;
            }
            self.current = Some((channel, nonces));
            return Ok(None);
        };
        let (theirs, said) = plain.split_first_chunk().ok_or(ChannelError::Garbled)?;
        if promise_of(peer, theirs) != nonces.promise {
            return Err(ChannelError::Garbled.into());
        }
        self.used = true;
        Ok(Some(Paired {
            peer,
            confirmation: confirmation(peer, own.public(), theirs, &nonces.own),
            channel,
            said: said.to_vec(),
        }))
    }
}

impl Guest {
    /// Connects to whoever shows the offer, and gives the first message.
    ///
    /// # Errors
    /// [`PairError::Channel`].
    pub fn connect(
        own: &StaticKey,
        offer: &Offer,
        entropy: &mut dyn Entropy,
    ) -> Result<(Self, Vec<u8>), PairError> {
        let mut channel = Channel::new(xx(own, &offer.shared()).initiator(entropy)?);
        let nonces = Nonces::draw(entropy)?;
        let mut message = Vec::new();
        // What it will add to the confirmation is fixed before it knows what the other adds.
        channel.send(&promise_of(own.public(), &nonces.own), &mut message)?;
        let guest = Self {
            channel,
            nonces,
            own: own.public(),
            key: offer.key,
        };
        Ok((guest, message))
    }

    /// Takes bytes in, and gives the channel, with the last message appended to `out`, once it is the owner of the offer that
    /// answered; itself while that is not known.
    ///
    /// # Errors
    /// [`PairError`].
    pub fn receive(
        mut self,
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Result<Paired, Self>, PairError> {
        let mut plain = Vec::new();
        let Some(peer) = self.channel.receive(bytes, &mut plain)? else {
            return Ok(Err(self));
        };
        if hash_of(peer) != self.key {
            return Err(PairError::Other);
        }
        let theirs = all(&plain)?;
        self.channel.send(&self.nonces.own, out)?;
        Ok(Ok(Paired {
            peer,
            confirmation: confirmation(self.own, peer, &self.nonces.own, &theirs),
            channel: self.channel,
            said: Vec::new(),
        }))
    }
}

/// What both add to the confirmation, so that nobody between can choose it.
#[derive(Debug)]
struct Nonces {
    own: [u8; 16],
    promise: [u8; 32],
}

impl Nonces {
    fn draw(entropy: &mut dyn Entropy) -> Result<Self, ChannelError> {
        let mut own = [0; 16];
        entropy.fill(&mut own).map_err(|_| ChannelError::Entropy)?;
        Ok(Self {
            own,
            promise: [0; 32],
        })
    }
}

fn xx<'a>(own: &'a StaticKey, shared: &'a Secret) -> Start<'a> {
    Start {
        name: "Noise_XXpsk3_25519_AESGCM_SHA256",
        prologue: b"freehold 1 pair",
        own,
        peer: None,
        shared: Some(shared.expose()),
    }
}

/// The payload, which has this length and no other.
fn all<const LEN: usize>(plain: &[u8]) -> Result<[u8; LEN], ChannelError> {
    plain.try_into().map_err(|_| ChannelError::Garbled)
}

fn hash_of(key: PublicStatic) -> [u8; 16] {
    first(&digest(Domain::Peer, &[b"pair key", &key.0]))
}

fn check_of(bytes: &[u8]) -> [u8; 4] {
    first(&digest(Domain::Peer, &[b"pair check", bytes]))
}

fn promise_of(guest: PublicStatic, nonce: &[u8; 16]) -> [u8; 32] {
    digest(Domain::Peer, &[b"pair promise", &guest.0, nonce])
}

fn confirmation(
    guest: PublicStatic,
    host: PublicStatic,
    guests: &[u8; 16],
    hosts: &[u8; 16],
) -> String {
    let parts: [&[u8]; 5] = [b"pair confirmation", &guest.0, &host.0, guests, hosts];
    base32::encode(&first::<5>(&digest(Domain::Peer, &parts)))
}

fn first<const LEN: usize>(hash: &[u8; 32]) -> [u8; LEN] {
    let mut out = [0; LEN];
    out.copy_from_slice(&hash[..LEN]);
    out
}

const PREFIX: &str = "freehold";
const VERSION: &str = "1";
/// Bytes of the secret: nobody guesses it, so that no password protocol is needed.
const SECRET: usize = 16;
const PLACE_MAX: usize = 64;
const TEXT_MAX: usize = 256;
/// How often an offer may be tried.
const TRIES: u8 = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use freehold_crypto::SeededEntropy;

    /// channel-20: a guest that says another share than it promised is let go.
    #[test]
    fn a_promise_is_kept() {
        let key = |seed| StaticKey::from_secret(Secret::from_bytes([seed; 32]));
        let entropy = &mut SeededEntropy::new(1);
        let (own, other) = (key(2), key(1));
        for changed in [false, true] {
            let shown = Offer::new(own.public(), "", entropy).unwrap();
            let seen = Offer::from_text(&shown.to_text()).unwrap();
            let mut host = Host::new(shown);
            host.connected(&own, entropy).unwrap();
            let (mut guest, first) = Guest::connect(&other, &seen, entropy).unwrap();
            guest.nonces.own[0] ^= u8::from(changed);
            let (mut second, mut third) = (Vec::new(), Vec::new());
            host.receive(&first, &own, &mut second).unwrap();
            let guest = guest.receive(&second, &mut third).unwrap().unwrap();
            let outcome = host.receive(&third, &own, &mut Vec::new());
            if changed {
                assert_eq!(
                    outcome.err(),
                    Some(PairError::Channel(ChannelError::Garbled))
                );
            } else {
                assert_eq!(outcome.unwrap().unwrap().confirmation, guest.confirmation);
            }
        }
    }
}
