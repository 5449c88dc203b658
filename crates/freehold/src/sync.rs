//! Meeting a relay: what is new goes there, and comes from there.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use freehold_consent::TokenId;
use freehold_sync::{Knock, Partial, Replica, Role, Session, Wish};
use freehold_transport::{Address, Link, RunError, StaticKey, Tcp, Transport, TransportError, run};

use crate::{Error, Home, Received, Recipient, recipient::Holder};

/// A relay: where it is, the key by which it is known, and what it wants to see before it opens a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relay {
    /// Where it listens, and its static key.
    pub address: Address,
    /// What its operator gave out, where not everyone may open a mailbox.
    pub admission: Option<String>,
}

/// What a home's meeting with a relay came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Uploaded {
    /// Stretches of logs that were sent: entries, letters, orders.
    pub stretches: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Letters that came: the relay's receipts, and what recipients wrote.
    pub letters: u64,
}

impl Relay {
    /// A relay that admits everyone.
    #[must_use]
    pub const fn new(address: Address) -> Self {
        Self {
            address,
            admission: None,
        }
    }

    fn key(&self) -> [u8; 32] {
        self.address.key.0
    }

    /// Connects to it by TCP.
    ///
    /// # Errors
    /// [`Error::Sync`].
    pub fn connect(&self) -> Result<Tcp, Error> {
        Ok(
            Tcp::connect(&self.address.host, self.address.port, PATIENCE)
                .map_err(RunError::from)?,
        )
    }
}

impl Home {
    /// Brings a relay what is new in this home, and takes what it has for it. Blocks until both are done.
    ///
    /// # Errors
    /// [`Error::Sync`], [`Error::Store`], [`Error::Damaged`]; what was sent before is not sent again.
    pub fn sync(&self, relay: &Relay) -> Result<Uploaded, Error> {
        self.sync_over(relay, &mut relay.connect()?, false, &AtomicBool::new(false))
    }

    /// [`Home::sync`] over a transport that is connected to the relay. If it stays, it goes on with what is new until `stop`.
    ///
    /// # Errors
    /// As [`Home::sync`].
    pub fn sync_over(
        &self,
        relay: &Relay,
        transport: &mut dyn Transport,
        stay: bool,
        stop: &AtomicBool,
    ) -> Result<Uploaded, Error> {
        let mut member = self.member(relay.key())?;
        let own = StaticKey::from_secret(self.agent_secret(&relay.key()));
        let knock = Knock::Member {
            mailbox: self.mailbox_key(&relay.key())?.public_key(),
            admission: relay
                .admission
                .as_ref()
                .map(|text| text.as_bytes().to_vec()),
        };
        let entropy = &mut |bytes: &mut [u8]| self.fill(bytes);
        carry(
            &own,
            relay,
            &knock,
            stay,
            None,
            &mut member,
            &mut |_| {},
            entropy,
            transport,
            stop,
            || self.now(),
        )
        .0?;
        Ok(member.uploaded())
    }
}

impl Recipient {
    /// Fetches from a relay what is new under each consent. Blocks until all is here.
    ///
    /// # Errors
    /// [`Error::Sync`], [`Error::Store`]; what came before stays, and does not come again.
    pub fn sync(&self, relay: &Relay) -> Result<Received, Error> {
        let mut received = Received::default();
        for token in self.open_consents() {
            let stop = AtomicBool::new(false);
            let outcome = self.sync_over(relay, token, &mut relay.connect()?, false, &stop);
            received.add(outcome?);
        }
        Ok(received)
    }

    /// Fetches what is new under one consent over a transport that is connected to the relay: each consent has a key of its own
    /// there. If it stays, it goes on with what is new until `stop`.
    ///
    /// # Errors
    /// As [`Recipient::sync`], and [`Error::NoConsent`].
    pub fn sync_over(
        &self,
        relay: &Relay,
        consent: TokenId,
        transport: &mut dyn Transport,
        stay: bool,
        stop: &AtomicBool,
    ) -> Result<Received, Error> {
        let (mut partial, mut received) = (None, Received::default());
        let mut tell = |more| received.add(more);
        self.fetch(
            relay,
            consent,
            transport,
            stay,
            stop,
            &mut partial,
            &mut tell,
        )?;
        Ok(received)
    }

    /// Fetches what is new under every consent until `stop`, again and again when the relay is lost. `heard` is told of each consent
    /// what came, as it comes, and why a meeting ended that did not end well; one of which trying again is of no use is not
    /// tried again.
    pub fn follow(
        &self,
        relay: &Relay,
        stop: &AtomicBool,
        heard: &(dyn Fn(TokenId, Result<Received, Error>) + Sync),
    ) {
        std::thread::scope(|scope| {
            for token in self.open_consents() {
                scope.spawn(move || self.follow_one(relay, token, stop, heard));
            }
        });
    }

    fn follow_one(
        &self,
        relay: &Relay,
        token: TokenId,
        stop: &AtomicBool,
        heard: &(dyn Fn(TokenId, Result<Received, Error>) + Sync),
    ) {
        let mut partial = None;
        let mut pause = PAUSE;
        while !stop.load(Ordering::Relaxed) {
            let mut came = false;
            let outcome = relay.connect().and_then(|mut tcp| {
                let mut tell = |received| {
                    came = true;
                    heard(token, Ok(received));
                };
                self.fetch(relay, token, &mut tcp, true, stop, &mut partial, &mut tell)
            });
            if came {
                pause = PAUSE;
            }
            if let Err(error) = outcome {
                let lost = error.is_retryable();
                heard(token, Err(error));
                if !lost {
                    return;
                }
            }
            let until = std::time::Instant::now() + pause;
            while std::time::Instant::now() < until && !stop.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(50));
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "two peers, what is between them, and who is told"
    )]
    fn fetch(
        &self,
        relay: &Relay,
        consent: TokenId,
        transport: &mut dyn Transport,
        stay: bool,
        stop: &AtomicBool,
        partial: &mut Option<Partial>,
        tell: &mut dyn FnMut(Received),
    ) -> Result<(), Error> {
        let mut holder = self.holder(relay.key(), consent)?;
        let own = StaticKey::from_secret(holder.fetch());
        let entropy = &mut |bytes: &mut [u8]| self.fill(bytes);
        let (outcome, left) = carry(
            &own,
            relay,
            &Knock::Holder,
            stay,
            partial.take(),
            &mut holder,
            &mut |holder: &mut Holder| match holder.take_received() {
                received if received == Received::default() => {}
                received => tell(received),
            },
            entropy,
            transport,
            stop,
            || self.now(),
        );
        *partial = left;
        outcome
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "two peers, what is between them, and what they bring"
)]
fn carry<R: Replica>(
    own: &StaticKey,
    relay: &Relay,
    knock: &Knock,
    stay: bool,
    partial: Option<Partial>,
    replica: &mut R,
    took: &mut dyn FnMut(&mut R),
    entropy: &mut dyn FnMut(&mut [u8]) -> Result<(), freehold_crypto::EntropyError>,
    transport: &mut dyn Transport,
    stop: &AtomicBool,
    clock: impl Fn() -> freehold_model::Time,
) -> (Result<(), Error>, Option<Partial>) {
    let mut entropy = Draw(entropy);
    let mut seed = [0; 8];
    if let Err(error) = freehold_crypto::Entropy::fill(&mut entropy, &mut seed) {
        return (Err(error.into()), partial);
    }
    let wish = Wish {
        stay,
        ..Wish::default()
    };
    let session = Session::new(Role::Initiator, wish, seed).resuming(partial);
    let link = Link::connect(
        own,
        relay.address.key,
        knock,
        session,
        replica,
        &mut entropy,
    );
    let mut link = match link {
        Ok(link) => link,
        Err(error) => return (Err(RunError::from(error).into()), None),
    };
    let outcome = run(
        &mut link,
        transport,
        replica,
        // Both sides of the library commit what they take at once.
        |replica| {
            took(replica);
            Ok(())
        },
        clock,
        stop,
    );
    (outcome.map_err(Error::from), link.into_partial())
}

/// Randomness from whoever has it.
struct Draw<'a>(&'a mut dyn FnMut(&mut [u8]) -> Result<(), freehold_crypto::EntropyError>);

impl freehold_crypto::Entropy for Draw<'_> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), freehold_crypto::EntropyError> {
        (self.0)(bytes)
    }
}

impl Error {
    /// Whether the same may succeed another time, without anybody doing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        use freehold_sync::SessionError;
        use freehold_transport::LinkError;
        match self {
            Self::Sync(RunError::Transport(error)) => {
                !matches!(error, TransportError::Unknown | TransportError::Tls)
            }
            Self::Sync(RunError::Link(LinkError::Session(SessionError::Refused {
                fault, ..
            }))) => fault.is_retryable(),
            _ => false,
        }
    }
}

/// How long a relay may take to answer at all.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long is waited before a relay that was lost is tried again, at first and at most.
const PAUSE: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(30);
