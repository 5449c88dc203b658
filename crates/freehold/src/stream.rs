//! A stream as the home keeps it.

use freehold_consent::{LogInfo, Name, StreamId, StreamInfo};
use freehold_crypto::{
    Domain, Entropy, LogId, PublicKey, RowKey, Secret, Signature, SigningKey, Suite, digest,
};
use freehold_model::{Level, Stream, StreamSpec, wire};
use freehold_sync::{Genesis, LogError, Predecessor};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Error, sealer::facets_of};

/// A stream in the store.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StreamRecord {
    pub(crate) no: u32,
    pub(crate) device: u32,
    pub(crate) name: String,
    pub(crate) spec: StreamSpec,
    /// Nothing is sealed under an older generation.
    pub(crate) generation: u32,
    /// The party that writes it.
    pub(crate) writer: u8,
    /// The readings without a key that are put in: those with lower numbers.
    pub(crate) put: u64,
    /// Every log there ever was, by incarnation; of each level the last that this party can write is written.
    pub(crate) logs: Vec<LogRecord>,
}

/// A log of a stream.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LogRecord {
    pub(crate) no: u32,
    pub(crate) level: Level,
    pub(crate) genesis: SignedGenesis,
    /// The genesis as it travels: sealed to who knows the log's id.
    pub(crate) intro: Vec<u8>,
    /// None where another party writes it.
    writer: Option<WriterKey>,
    /// Whether this store was put back from a backup since it began.
    pub(crate) restored: Restored,
}

/// What is known of a log of this party's, after the store was put back from a backup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Restored {
    /// It was begun since, or another party writes it.
    #[default]
    No,
    /// The lost store may have written more of it, which a relay has.
    Behind,
    /// It is what a relay has of it. Some may be sealed under keys that were lost, or under others than are held.
    Settled,
}

/// A genesis with the household's signature, as it is handed to whoever verifies the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignedGenesis {
    pub(crate) bytes: Vec<u8>,
    pub(crate) signature: Signature,
}

#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct WriterKey(Vec<u8>);

impl StreamRecord {
    pub(crate) fn id(&self) -> StreamId {
        StreamId(*self.spec.id.as_bytes())
    }

    /// The stream as a proposal names it and a bundle describes it.
    pub(crate) fn info(&self, household: &[PublicKey]) -> Result<StreamInfo, Error> {
        let mut logs = Vec::new();
        for log in &self.logs {
            let genesis = log.genesis.verify(household)?;
            logs.push(LogInfo {
                log: genesis.log,
                level: genesis.level,
                incarnation: genesis.incarnation,
                writer: genesis.writer,
            });
        }
        Ok(StreamInfo::new(
            Name::new(&self.name)?,
            Stream::new(self.spec.clone())?,
            logs,
        ))
    }

    /// Every log, and whether it is the one of its level that this party writes now.
    pub(crate) fn all_logs(&self) -> impl Iterator<Item = (&LogRecord, bool)> {
        self.logs.iter().enumerate().map(|(n, log)| {
            let mut later = self.logs.iter().skip(n + 1);
            let followed = later.any(|other| other.level == log.level && other.is_own());
            (log, log.is_own() && !followed)
        })
    }

    /// Whether this party can write it.
    pub(crate) fn is_own(&self) -> bool {
        self.logs.iter().any(LogRecord::is_own)
    }

    /// Puts a log that was heard of in its place: by incarnation, then by its id, as every party does.
    pub(crate) fn add_log(&mut self, log: LogRecord, household: &[PublicKey]) -> Result<(), Error> {
        self.logs.push(log);
        let mut keyed = Vec::new();
        for log in std::mem::take(&mut self.logs) {
            let genesis = log.genesis.verify(household)?;
            keyed.push(((genesis.incarnation, genesis.log.0), log));
        }
        keyed.sort_by_key(|(key, _)| *key);
        self.logs = keyed.into_iter().map(|(_, log)| log).collect();
        Ok(())
    }
}

impl LogRecord {
    /// Starts a log: draws its id and its writer's key, and has the household sign its genesis.
    pub(crate) fn start(
        no: u32,
        spec: &StreamSpec,
        level: Level,
        incarnation: u32,
        predecessor: Option<Predecessor>,
        household: &SigningKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, Error> {
        let writer = SigningKey::generate_ed25519(entropy)?;
        let mut started = Self::start_for(
            no,
            spec,
            level,
            (incarnation, predecessor),
            writer.public_key(),
            household,
            entropy,
        )?;
        started.writer = Some(WriterKey(writer.to_secret_bytes().to_vec()));
        Ok(started)
    }

    /// [`LogRecord::start`] for another party that signs with `writer`.
    pub(crate) fn start_for(
        no: u32,
        spec: &StreamSpec,
        level: Level,
        (incarnation, predecessor): (u32, Option<Predecessor>),
        writer: PublicKey,
        household: &SigningKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, Error> {
        let log = LogId::random(entropy)?;
        let genesis = Genesis::new(
            Suite::One,
            log,
            *spec.id.as_bytes(),
            digest(Domain::Spec, &[&wire::to_bytes(spec)]),
            level,
            facets_of(spec, level).iter().collect(),
            incarnation,
            writer,
            predecessor,
        );
        let bytes = genesis.to_bytes();
        let signature = household.sign(Domain::Genesis, &bytes)?;
        let genesis = SignedGenesis { bytes, signature };
        Ok(Self {
            no,
            level,
            intro: genesis.seal(log, entropy)?,
            genesis,
            writer: None,
            restored: Restored::No,
        })
    }

    /// A log that another party made: that this one writes with the key `writer`, or only reads.
    pub(crate) fn heard(
        no: u32,
        level: Level,
        genesis: SignedGenesis,
        intro: Vec<u8>,
        writer: Option<&[u8]>,
    ) -> Self {
        let writer = writer.map(|bytes| WriterKey(bytes.to_vec()));
        Self {
            no,
            level,
            genesis,
            intro,
            writer,
            restored: Restored::No,
        }
    }

    /// Whether this party writes it.
    pub(crate) fn is_own(&self) -> bool {
        self.writer.is_some()
    }

    /// # Errors
    /// [`Error::Elsewhere`] where another party writes it.
    pub(crate) fn writer_key(&self) -> Result<SigningKey, Error> {
        let WriterKey(bytes) = self.writer.as_ref().ok_or(Error::Elsewhere)?;
        Ok(SigningKey::from_secret_bytes(bytes)?)
    }
}

impl SignedGenesis {
    /// Seals it to those who know the log's id, which a relay does not. All have one length.
    fn seal(&self, log: LogId, entropy: &mut dyn Entropy) -> Result<Vec<u8>, Error> {
        let mut intro = wire::to_bytes_with_room(self, INTRO_LEN);
        intro.resize(INTRO_LEN.max(intro.len()), 0);
        intro_key(log).seal(INTRO, &mut intro, 0, entropy)?;
        Ok(intro)
    }

    /// What [`SignedGenesis::seal`] sealed.
    pub(crate) fn open(log: LogId, intro: &[u8]) -> Result<Self, Error> {
        let mut intro = intro.to_vec();
        let plain = intro_key(log)
            .open(INTRO, &mut intro)
            .map_err(|_| LogError::Sealed)?;
        Self::read(plain)
    }

    /// It, and zeros behind.
    pub(crate) fn read(plain: &[u8]) -> Result<Self, Error> {
        let (genesis, rest) = wire::take_from_bytes(plain).map_err(LogError::from)?;
        if rest.iter().any(|byte| *byte != 0) {
            return Err(LogError::NotCanonical.into());
        }
        Ok(genesis)
    }

    /// The genesis, verified: one of the household's keys signed it.
    pub(crate) fn verify(&self, household: &[PublicKey]) -> Result<Genesis, Error> {
        self.signer(household).map(|(genesis, _)| genesis)
    }

    /// The genesis, verified, and which of the household's keys signed it.
    pub(crate) fn signer(&self, household: &[PublicKey]) -> Result<(Genesis, PublicKey), Error> {
        let mut verified = Err(LogError::Signature);
        for key in household {
            let verify = || Genesis::verify(&self.bytes, &self.signature, key);
            verified = verified.or_else(|_| Ok((verify()?, *key)));
        }
        Ok(verified?)
    }
}

/// The key of what only those read who know the log's id.
fn intro_key(log: LogId) -> RowKey {
    let key = digest(Domain::Peer, &[INTRO, &log.0]);
    RowKey::store(Secret::from_bytes(key), Suite::One)
}

const INTRO: &[u8] = b"intro";
/// Longer than any genesis with its signature.
const INTRO_LEN: usize = 640;
