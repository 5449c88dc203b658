//! What `snow` computes with: X25519 of `curve25519-dalek`, AES-256-GCM and SHA-256 of `ring`, and randomness that the caller drew.
//!
//! `snow` keeps copies of keys that it does not wipe.

use freehold_crypto::{Entropy, Secret};
use ring::{aead, digest};
use snow::{
    Builder, HandshakeState,
    params::{CipherChoice, DHChoice, HashChoice},
    resolvers::CryptoResolver,
    types::{Cipher, Dh, Hash, Random},
};

use crate::{
    ChannelError, PublicStatic, StaticKey,
    key::{agreed, public_of},
};

/// Bytes that an encryption adds.
pub(crate) const TAG: usize = 16;

/// One side of a handshake that is to begin.
pub(crate) struct Start<'a> {
    /// Noise's name of the protocol.
    pub(crate) name: &'a str,
    pub(crate) prologue: &'a [u8],
    pub(crate) own: &'a StaticKey,
    /// The peer's key, where it is known before.
    pub(crate) peer: Option<PublicStatic>,
    /// A secret that both have, mixed in after message 3.
    pub(crate) shared: Option<&'a [u8; 32]>,
}

impl Start<'_> {
    pub(crate) fn initiator(
        &self,
        entropy: &mut dyn Entropy,
    ) -> Result<HandshakeState, ChannelError> {
        let built = self.builder(entropy, |builder| builder.build_initiator());
        built?.map_err(fault)
    }

    pub(crate) fn responder(
        &self,
        entropy: &mut dyn Entropy,
    ) -> Result<HandshakeState, ChannelError> {
        let built = self.builder(entropy, |builder| builder.build_responder());
        built?.map_err(fault)
    }

    fn builder<T>(
        &self,
        entropy: &mut dyn Entropy,
        build: impl FnOnce(Builder<'_>) -> T,
    ) -> Result<T, ChannelError> {
        if self.peer.is_some_and(|peer| !peer.is_canonical()) {
            return Err(ChannelError::Key);
        }
        let ephemeral = Secret::random(entropy).map_err(|_| ChannelError::Entropy)?;
        let params = self.name.parse().map_err(fault)?;
        let mut builder = Builder::with_resolver(params, Box::new(Primitives { ephemeral }))
            .prologue(self.prologue)
            .and_then(|builder| builder.local_private_key(self.own.secret().expose()))
            .map_err(fault)?;
        if let Some(peer) = &self.peer {
            builder = builder.remote_public_key(&peer.0).map_err(fault)?;
        }
        if let Some(shared) = self.shared {
            builder = builder.psk(3, shared).map_err(fault)?;
        }
        Ok(build(builder))
    }
}

/// What a failure in `snow` means to the caller.
pub(crate) fn fault(error: snow::Error) -> ChannelError {
    match error {
        snow::Error::Rng => ChannelError::Entropy,
        snow::Error::Dh => ChannelError::Key,
        _ => ChannelError::Garbled,
    }
}

/// Gives each handshake the one random key that it needs.
struct Primitives {
    ephemeral: Secret,
}

impl CryptoResolver for Primitives {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        Some(Box::new(Once(Some(self.ephemeral.duplicate()))))
    }

    fn resolve_dh(&self, choice: &DHChoice) -> Option<Box<dyn Dh>> {
        (*choice == DHChoice::Curve25519).then(|| Box::new(X25519::empty()) as Box<dyn Dh>)
    }

    fn resolve_hash(&self, choice: &HashChoice) -> Option<Box<dyn Hash>> {
        (*choice == HashChoice::SHA256).then(|| Box::new(Sha256::new()) as Box<dyn Hash>)
    }

    fn resolve_cipher(&self, choice: &CipherChoice) -> Option<Box<dyn Cipher>> {
        (*choice == CipherChoice::AESGCM).then(|| Box::new(Aes256Gcm(None)) as Box<dyn Cipher>)
    }
}

/// Random bytes that are used once.
struct Once(Option<Secret>);

impl Random for Once {
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), snow::Error> {
        let secret = self.0.take().ok_or(snow::Error::Rng)?;
        if out.len() != secret.expose().len() {
            return Err(snow::Error::Rng);
        }
        out.copy_from_slice(secret.expose());
        Ok(())
    }
}

struct X25519 {
    secret: Secret,
    public: [u8; 32],
}

impl X25519 {
    fn empty() -> Self {
        Self {
            secret: Secret::from_bytes([0; 32]),
            public: [0; 32],
        }
    }
}

impl Dh for X25519 {
    fn name(&self) -> &'static str {
        "25519"
    }

    fn pub_len(&self) -> usize {
        32
    }

    fn priv_len(&self) -> usize {
        32
    }

    fn set(&mut self, secret: &[u8]) {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&secret[..32]);
        self.public = public_of(&bytes).0;
        self.secret = Secret::from_bytes(bytes);
    }

    fn generate(&mut self, random: &mut dyn Random) -> Result<(), snow::Error> {
        let mut bytes = [0; 32];
        random.try_fill_bytes(&mut bytes)?;
        self.set(&bytes);
        Ok(())
    }

    fn pubkey(&self) -> &[u8] {
        &self.public
    }

    fn privkey(&self) -> &[u8] {
        self.secret.expose()
    }

    /// Refuses a peer's point of small order: the outcome would be known to everybody.
    fn dh(&self, public: &[u8], out: &mut [u8]) -> Result<(), snow::Error> {
        let public = public.first_chunk().ok_or(snow::Error::Dh)?;
        let shared = agreed(&self.secret, public);
        if shared == Secret::from_bytes([0; 32]) {
            return Err(snow::Error::Dh);
        }
        out[..32].copy_from_slice(shared.expose());
        Ok(())
    }
}

struct Sha256(digest::Context);

impl Sha256 {
    fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }
}

impl Hash for Sha256 {
    fn name(&self) -> &'static str {
        "SHA256"
    }

    fn block_len(&self) -> usize {
        64
    }

    fn hash_len(&self) -> usize {
        32
    }

    fn reset(&mut self) {
        *self = Self::new();
    }

    fn input(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn result(&mut self, out: &mut [u8]) {
        out[..32].copy_from_slice(self.0.clone().finish().as_ref());
    }
}

struct Aes256Gcm(Option<aead::LessSafeKey>);

impl Cipher for Aes256Gcm {
    fn name(&self) -> &'static str {
        "AESGCM"
    }

    fn set(&mut self, key: &[u8; 32]) {
        let key = aead::UnboundKey::new(&aead::AES_256_GCM, key);
        self.0 = key.ok().map(aead::LessSafeKey::new);
    }

    /// Gives nothing where `ring` refuses, which it does for no length that a message may have.
    fn encrypt(&self, nonce: u64, data: &[u8], plain: &[u8], out: &mut [u8]) -> usize {
        let (text, rest) = out.split_at_mut(plain.len());
        text.copy_from_slice(plain);
        let sealed = self.0.as_ref().and_then(|key| {
            key.seal_in_place_separate_tag(nonce_of(nonce), aead::Aad::from(data), text)
                .ok()
        });
        let Some(tag) = sealed else {
            text.fill(0);
            return 0;
        };
        rest[..TAG].copy_from_slice(tag.as_ref());
        plain.len() + TAG
    }

    fn decrypt(
        &self,
        nonce: u64,
        data: &[u8],
        sealed: &[u8],
        out: &mut [u8],
    ) -> Result<usize, snow::Error> {
        let (text, tag) = sealed
            .split_last_chunk::<TAG>()
            .ok_or(snow::Error::Decrypt)?;
        let out = out.get_mut(..text.len()).ok_or(snow::Error::Decrypt)?;
        out.copy_from_slice(text);
        let key = self.0.as_ref().ok_or(snow::Error::Decrypt)?;
        let data = aead::Aad::from(data);
        key.open_in_place_separate_tag(nonce_of(nonce), data, (*tag).into(), out, 0..)
            .map_err(|_| snow::Error::Decrypt)?;
        Ok(text.len())
    }
}

/// Four zeros and the counter, most significant byte first (Noise, section 12.4).
fn nonce_of(counter: u64) -> aead::Nonce {
    let mut nonce = [0; aead::NONCE_LEN];
    nonce[4..].copy_from_slice(&counter.to_be_bytes());
    aead::Nonce::assume_unique_for_key(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Channel;
    use freehold_crypto::EntropyError;
    use serde_json::Value;

    /// Gives these bytes and no others.
    struct Fixed(Vec<u8>);

    impl Entropy for Fixed {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
            out.copy_from_slice(&self.0);
            Ok(())
        }
    }

    /// channel-4, channel-9, channel-16, channel-19: the published vectors of cacophony, as `snow` 0.10.0 carries them.
    #[test]
    fn published_vectors() {
        let vectors: Value =
            serde_json::from_str(include_str!("../tests/vectors/noise.json")).unwrap();
        let vectors = vectors.as_array().unwrap();
        assert_eq!(vectors.len(), 3);
        vectors.iter().for_each(check);
    }

    fn check(vector: &Value) {
        let name = vector["protocol_name"].as_str().unwrap();
        let key = |field: &str| {
            StaticKey::from_secret(Secret::from_bytes(
                bytes(&vector[field]).try_into().unwrap(),
            ))
        };
        let shared = vector["init_psks"][0]
            .as_str()
            .map(|_| bytes(&vector["init_psks"][0]));
        let shared: Option<[u8; 32]> = shared.map(|shared| shared.try_into().unwrap());
        let prologue = bytes(&vector["init_prologue"]);
        let peer = vector["init_remote_static"].as_str();
        let peer =
            peer.map(|_| PublicStatic(bytes(&vector["init_remote_static"]).try_into().unwrap()));
        let (one, two) = (key("init_static"), key("resp_static"));
        let start = |own, peer| Start {
            name,
            prologue: &prologue,
            own,
            peer,
            shared: shared.as_ref(),
        };
        let fixed = |field: &str| match &vector[field] {
            Value::Null => Fixed(vec![1; 32]),
            ephemeral => Fixed(bytes(ephemeral)),
        };
        let one = start(&one, peer)
            .initiator(&mut fixed("init_ephemeral"))
            .unwrap();
        let two = start(&two, None)
            .responder(&mut fixed("resp_ephemeral"))
            .unwrap();
        let mut sides = [Channel::new(one), Channel::new(two)];
        for (no, message) in vector["messages"].as_array().unwrap().iter().enumerate() {
            // Of X all messages go one way.
            let from = if name.starts_with("Noise_X_") {
                0
            } else {
                no % 2
            };
            let (mut out, mut plain) = (Vec::new(), Vec::new());
            let payload = bytes(&message["payload"]);
            sides[from].send(&payload, &mut out).unwrap();
            assert_eq!(out[2..], bytes(&message["ciphertext"]), "{name} {no}");
            sides[1 - from].receive(&out, &mut plain).unwrap();
            assert_eq!(plain, payload);
        }
        let hash: [u8; 32] = bytes(&vector["handshake_hash"]).try_into().unwrap();
        assert!(sides.iter().all(|side| side.handshake_hash() == Some(hash)));
    }

    fn bytes(hex: &Value) -> Vec<u8> {
        let digits: Vec<u32> = hex
            .as_str()
            .unwrap()
            .chars()
            .map(|digit| digit.to_digit(16).unwrap())
            .collect();
        digits
            .chunks(2)
            .map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap())
            .collect()
    }

    /// A side that gives its keys another name: the bit that X25519 does not look at.
    struct Renaming(Primitives);

    struct Renamed(X25519);

    impl CryptoResolver for Renaming {
        fn resolve_rng(&self) -> Option<Box<dyn Random>> {
            self.0.resolve_rng()
        }

        fn resolve_dh(&self, _: &DHChoice) -> Option<Box<dyn Dh>> {
            Some(Box::new(Renamed(X25519::empty())))
        }

        fn resolve_hash(&self, choice: &HashChoice) -> Option<Box<dyn Hash>> {
            self.0.resolve_hash(choice)
        }

        fn resolve_cipher(&self, choice: &CipherChoice) -> Option<Box<dyn Cipher>> {
            self.0.resolve_cipher(choice)
        }
    }

    impl Dh for Renamed {
        fn name(&self) -> &'static str {
            self.0.name()
        }

        fn pub_len(&self) -> usize {
            self.0.pub_len()
        }

        fn priv_len(&self) -> usize {
            self.0.priv_len()
        }

        fn set(&mut self, secret: &[u8]) {
            self.0.set(secret);
            self.0.public[31] |= 0x80;
        }

        fn generate(&mut self, random: &mut dyn Random) -> Result<(), snow::Error> {
            self.0.generate(random)
        }

        fn pubkey(&self) -> &[u8] {
            self.0.pubkey()
        }

        fn privkey(&self) -> &[u8] {
            self.0.privkey()
        }

        fn dh(&self, public: &[u8], out: &mut [u8]) -> Result<(), snow::Error> {
            self.0.dh(public, out)
        }
    }

    /// channel-8: a peer that has its key under another name proves nothing by it.
    #[test]
    fn a_peer_has_one_name() {
        let key = |seed| StaticKey::from_secret(Secret::from_bytes([seed; 32]));
        let (one, two) = (key(1), key(2));
        let public = two.public();
        let ephemeral = Secret::from_bytes([3; 32]);
        let resolver = Renaming(Primitives { ephemeral });
        let params = "Noise_IK_25519_AESGCM_SHA256".parse().unwrap();
        let handshake = Builder::with_resolver(params, Box::new(resolver))
            .prologue(b"freehold 1 ik")
            .and_then(|builder| builder.local_private_key(one.secret().expose()))
            .and_then(|builder| builder.remote_public_key(&public.0))
            .and_then(Builder::build_initiator);
        let (mut message, mut plain) = (Vec::new(), Vec::new());
        let mut renamed = Channel::new(handshake.unwrap());
        renamed.send(b"", &mut message).unwrap();
        let mut host = Channel::accept(&two, &mut Fixed(vec![4; 32])).unwrap();
        let outcome = host.receive(&message, &mut plain);
        assert_eq!(outcome, Err(ChannelError::Key));
    }
}
