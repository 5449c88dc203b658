//! The relay's directory: its keys, its card, and the mark by which a restored store is known.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use freehold_crypto::{Domain, Entropy, PublicKey, Secret, Signature, SigningKey};
use freehold_model::wire;
use freehold_transport::{PublicStatic, StaticKey};
use serde::{Deserialize, Serialize};

/// The directory of a relay.
#[derive(Debug, Clone)]
pub struct Data {
    dir: PathBuf,
}

/// Who a relay is: the key that it proves on every connection, and the key that signs its receipts, which signs this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayCard {
    version: u8,
    key: [u8; 32],
    receipts: PublicKey,
    signature: Signature,
}

impl Data {
    /// The directory, which is made if there is none, for its owner alone.
    ///
    /// # Errors
    /// [`io::Error`].
    pub fn open(dir: &Path) -> io::Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(dir)?;
        let dir = dir.to_path_buf();
        Ok(Self { dir })
    }

    /// The keys, which are made at the first start; and the card beside them.
    ///
    /// # Errors
    /// [`io::Error`].
    pub fn keys(&self, entropy: &mut dyn Entropy) -> io::Result<(StaticKey, SigningKey)> {
        let secrets = match fs::read(self.dir.join(KEYS)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let fresh = [Secret::random(entropy), Secret::random(entropy)];
                let mut bytes = Vec::with_capacity(64);
                for secret in fresh {
                    let secret = secret.map_err(|_| io::Error::other("no randomness"))?;
                    bytes.extend_from_slice(secret.expose());
                }
                self.write(KEYS, &bytes)?;
                bytes
            }
            Err(error) => return Err(error),
        };
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the key file is damaged");
        let ([first, second], []) = secrets.as_chunks::<32>() else {
            return Err(damaged());
        };
        let key = StaticKey::from_secret(Secret::from_bytes(*first));
        let signer = SigningKey::from_seed(&Secret::from_bytes(*second)).map_err(|_| damaged())?;
        let card = RelayCard::sign(key.public(), &signer).ok_or_else(damaged)?;
        self.write(CARD, &card.to_bytes())?;
        Ok((key, signer))
    }

    /// The mark of the last start.
    #[must_use]
    pub fn mark(&self) -> Option<u64> {
        let bytes = fs::read(self.dir.join(MARK)).ok()?;
        Some(u64::from_be_bytes(bytes.try_into().ok()?))
    }

    /// Keeps the mark of this start.
    ///
    /// # Errors
    /// [`io::Error`].
    pub fn set_mark(&self, mark: u64) -> io::Result<()> {
        self.write(MARK, &mark.to_be_bytes())
    }

    /// Writes a file for its owner alone, wholly or not at all.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (path, part) = (self.dir.join(name), self.dir.join(format!("{name}.part")));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(part, path)?;
        if cfg!(unix) {
            fs::File::open(&self.dir)?.sync_all()?;
        }
        Ok(())
    }
}

impl RelayCard {
    fn sign(key: PublicStatic, signer: &SigningKey) -> Option<Self> {
        let receipts = signer.public_key();
        let signature = signer.sign(Domain::Card, &signed(key.0, &receipts)).ok()?;
        Some(Self {
            version: CARD_VERSION,
            key: key.0,
            receipts,
            signature,
        })
    }

    /// The relay's key: what stands behind `#` in its address.
    #[must_use]
    pub const fn key(&self) -> PublicStatic {
        PublicStatic(self.key)
    }

    /// The key that signs its receipts.
    #[must_use]
    pub const fn receipts(&self) -> PublicKey {
        self.receipts
    }

    /// The canonical encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::to_bytes(self)
    }

    /// Reads a card, unless it is none or was not signed by its key for receipts.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let card: Self = wire::from_bytes(bytes, CARD_MAX).ok()?;
        let known = card.version == CARD_VERSION;
        let signed = signed(card.key, &card.receipts);
        let verified = card.receipts.verify(Domain::Card, &signed, &card.signature);
        (known && verified.is_ok()).then_some(card)
    }
}

fn signed(key: [u8; 32], receipts: &PublicKey) -> Vec<u8> {
    [b"relay", &key[..], &receipts.to_bytes()].concat()
}

const KEYS: &str = "relay.key";
const MARK: &str = "relay.mark";
/// The card's file.
pub(crate) const CARD: &str = "card.freehold";
const CARD_VERSION: u8 = 1;
const CARD_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use freehold_crypto::SeededEntropy;

    #[test]
    fn keys_stay_and_the_card_names_them() {
        let dir = tempfile::tempdir().unwrap();
        let data = Data::open(&dir.path().join("relay")).unwrap();
        let (key, signer) = data.keys(&mut SeededEntropy::new(1)).unwrap();
        let (again, other) = data.keys(&mut SeededEntropy::new(2)).unwrap();
        assert_eq!(key.public(), again.public());
        assert_eq!(signer.public_key(), other.public_key());
        let bytes = fs::read(data.dir.join(CARD)).unwrap();
        let card = RelayCard::from_bytes(&bytes).unwrap();
        assert_eq!(card.key(), key.public());
        assert_eq!(card.receipts(), signer.public_key());
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            assert_eq!(RelayCard::from_bytes(&bytes), None, "byte {at}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(data.dir.join(KEYS))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(data.dir.join(KEYS), [1; 63]).unwrap();
        assert!(data.keys(&mut SeededEntropy::new(1)).is_err());
        assert_eq!(data.mark(), None);
        data.set_mark(5).unwrap();
        assert_eq!(data.mark(), Some(5));
    }
}
