//! Meeting a relay: what is new goes there, and comes from there.

use std::{collections::BTreeSet, ops::ControlFlow, time::Duration};

use freehold_consent::TokenId;
use freehold_crypto::{Entropy, EntropyError, KeyStoreError, SignerError};
use freehold_model::Time;
use freehold_sync::{Fault, Knock, Partial, Replica, Role, Session, SessionError, Wish};
use freehold_transport::{
    Address, Link, LinkError, Reach, RunError, StaticKey, Stop, Transcript, Transport,
    TransportError, run,
};

use crate::{Error, Home, PartyRole, Received, Recipient, member::Member, recipient::Holder};

/// A relay: where it is, the key by which it is known, and what it wants to see before it opens a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relay {
    /// Where it listens, and its static key.
    pub address: Address,
    /// What its operator gave out, where not everyone may open a mailbox.
    pub admission: Option<String>,
    /// By what way it is reached.
    pub reach: Reach,
    /// Where what is said in meetings with it is written down.
    pub transcript: Option<Transcript>,
}

/// What a home's meeting with a relay came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Uploaded {
    /// Stretches of logs that were sent: entries, letters, orders.
    pub stretches: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Letters that came: the relay's receipts, what recipients wrote, and others of the household.
    pub letters: u64,
    /// Entries that others of the household wrote, and that were not here before.
    pub entries: u64,
}

/// A meeting with a relay, without input or output of its own: for an app that has a loop and a pipe.
///
/// ```text
/// receive(bytes)* → poll() → send
/// ```
///
/// What was received is durable when [`poll`](Self::poll) says so to the relay.
pub struct Meeting<R> {
    link: Link,
    side: R,
    stays: bool,
}

/// One side of a meeting: [`Home`]'s or [`Recipient`]'s.
pub trait Side: Replica {
    /// The time by its clock.
    fn now(&self) -> Time;

    /// Why this side could not go on, if it could not.
    fn cause(&mut self) -> Option<Error>;

    /// The meeting has come to its end.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    fn over(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

impl Relay {
    /// A relay that admits everyone.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self {
            address,
            admission: None,
            reach: Reach::default(),
            transcript: None,
        }
    }

    /// Connects to it: by TCP, and through TLS and a WebSocket where its address says so.
    ///
    /// # Errors
    /// [`Error::Sync`].
    pub fn connect(&self, stop: &Stop) -> Result<Box<dyn Transport>, Error> {
        if stop.is_stopped() {
            return Err(RunError::Stopped.into());
        }
        let (address, reach) = (self.address.clone(), self.reach.clone());
        let most = stop.left(PATIENCE);
        let way = stop.beside(move || freehold_transport::connect(&address, &reach, most));
        let way = way.ok_or(RunError::Stopped)?;
        Ok(way.map_err(RunError::from)?)
    }

    fn key(&self) -> [u8; 32] {
        self.address.key.0
    }
}

impl<R: Side> Meeting<R> {
    /// Takes bytes from the relay in.
    ///
    /// # Errors
    /// [`Error::Sync`]: the meeting is over. What came before stays; one more [`poll`](Self::poll) tells the relay why.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let now = self.side.now();
        let outcome = self.link.receive(bytes, now, &mut self.side);
        // Both sides commit what they take at once.
        self.link.committed();
        outcome.map_err(|error| self.failed(error.into()))
    }

    /// Appends bytes for the relay to `out`, some 64 KiB at a time, and says whether there were any.
    ///
    /// # Errors
    /// [`Error::Sync`]: the meeting is over; what is in `out` still tells the relay.
    pub fn poll(&mut self, out: &mut Vec<u8>) -> Result<bool, Error> {
        let said = self.link.poll(&mut self.side, out);
        let said = said.map_err(|error| self.failed(error.into()))?;
        if self.link.is_finished() {
            self.side.over()?;
        }
        Ok(said)
    }

    /// Whether both have what the other had, and said so. A meeting that stays is never finished by itself.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.link.is_finished()
    }

    /// Whether everything that this side had to send is durable at the relay, and everything of the relay's is here.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.link.is_settled()
    }

    /// Ends a meeting that stays, once the relay knows what was received.
    pub fn finish(&mut self) {
        self.link.finish();
    }

    /// What had come of a stretch when the meeting ended: the next one goes on there.
    #[must_use]
    pub fn into_partial(self) -> Option<Partial> {
        self.link.into_partial()
    }

    fn new(
        mut side: R,
        own: &StaticKey,
        relay: &Relay,
        knock: &Knock,
        (stay, partial): (bool, Option<Partial>),
        entropy: &mut dyn Entropy,
    ) -> Result<Self, Error> {
        let mut seed = [0; 8];
        entropy.fill(&mut seed)?;
        let wish = Wish {
            stay,
            ..Wish::default()
        };
        let transcript = relay.transcript.as_ref();
        let session = Session::new(Role::Initiator, wish, seed)
            .resuming(partial)
            .witnessed(transcript.map(|transcript| transcript.witness(relay.address.key)));
        let link = Link::connect(own, relay.address.key, knock, session, &mut side, entropy);
        Ok(Self {
            link: link.map_err(over)?,
            side,
            stays: stay,
        })
    }

    /// Carries it over a transport to its end.
    fn run(
        &mut self,
        transport: &mut dyn Transport,
        stop: &Stop,
        clock: impl Fn() -> Time,
        took: &mut dyn FnMut(&mut R),
    ) -> Result<(), Error> {
        let commit = |side: &mut R| -> Result<(), Fault> {
            took(side);
            Ok(())
        };
        let (link, side) = (&mut self.link, &mut self.side);
        let ran = run(link, transport, side, commit, clock, stop);
        let met = ran.map_err(|error| self.failed(error)).and_then(|()| {
            if self.link.is_finished() {
                self.side.over()?;
            }
            if self.stays || self.link.is_settled() {
                Ok(())
            } else {
                Err(RunError::Stopped.into())
            }
        });
        match &met {
            Ok(()) => log::debug!("a meeting with a relay ended well"),
            Err(error) => log::warn!("a meeting with a relay ended: {}", error.reason().name()),
        }
        met
    }
}

impl<R: Side> Meeting<R> {
    /// What there is to mend here comes before what the peer was told of it.
    fn failed(&mut self, error: RunError) -> Error {
        self.side.cause().unwrap_or_else(|| error.into())
    }
}

impl Meeting<Member> {
    /// What was sent and what came so far.
    #[must_use]
    pub fn uploaded(&self) -> Uploaded {
        self.side.uploaded()
    }

    /// Whether this home was put back from a backup, as the relay could tell: then another meeting is due at once, also when this one
    /// ended with an error. What was written since the backup comes back with it, and what comes next has new keys.
    #[must_use]
    pub fn is_due_again(&self) -> bool {
        self.side.is_due_again()
    }
}

impl Meeting<Holder> {
    /// What came since this was asked before.
    pub fn take_received(&mut self) -> Received {
        self.side.take_received()
    }
}

impl Home {
    /// Brings a relay what is new in this home, and takes what it has for it. Blocks until both are done.
    ///
    /// # Errors
    /// [`Error::Sync`], [`Error::Store`], [`Error::Damaged`]; what was sent before is not sent again.
    pub fn sync(&self, relay: &Relay) -> Result<Uploaded, Error> {
        self.sync_until(relay, &Stop::new())
    }

    /// [`Home::sync`] that `stop` may end sooner.
    ///
    /// # Errors
    /// As [`Home::sync`]; [`RunError::Stopped`] when it was ended before both were done. What is left goes with the next.
    pub fn sync_until(&self, relay: &Relay, stop: &Stop) -> Result<Uploaded, Error> {
        let mut all = Uploaded::default();
        // A home that was put back from a backup hears so in the first, what it had lost in the second, and goes on in the third.
        let mut left = 2;
        loop {
            self.wait_for_turn(relay, false, stop)?;
            let mut meeting = self.meet(relay, false, None)?;
            let mut way = relay.connect(stop)?;
            let outcome = meeting.run(&mut *way, stop, || self.now(), &mut |_| {});
            all += meeting.uploaded();
            if left == 0 || !meeting.is_due_again() {
                return outcome.map(|()| all);
            }
            left -= 1;
        }
    }

    /// [`Home::sync_until`] over a transport that is connected to the relay. If it stays, it goes on with what is new until `stop`.
    ///
    /// # Errors
    /// As [`Home::sync_until`].
    pub fn sync_over(
        &self,
        relay: &Relay,
        transport: &mut dyn Transport,
        stay: bool,
        stop: &Stop,
    ) -> Result<Uploaded, Error> {
        let mut meeting = self.meet(relay, stay, None)?;
        meeting.run(transport, stop, || self.now(), &mut |_| {})?;
        Ok(meeting.uploaded())
    }

    /// Stays with a relay until `stop`: what is new goes there at once and comes from there as it is known, again and again when the
    /// relay is lost. `heard` is told what went and came, and why a meeting ended that did not end well; one that trying again does
    /// not help is the last.
    pub fn follow(
        &self,
        relay: &Relay,
        stop: &Stop,
        heard: &(dyn Fn(Result<Uploaded, Error>) + Sync),
    ) {
        let mut partial = None;
        persist(stop, || {
            let mut told = Uploaded::default();
            let mut again = false;
            if self.wait_for_turn(relay, true, stop).is_err() {
                return ControlFlow::Break(());
            }
            let outcome = relay.connect(stop).and_then(|mut way| {
                let mut meeting = self.meet(relay, true, partial.take())?;
                let outcome = meeting.run(&mut *way, stop, || self.now(), &mut |side| {
                    let all = side.uploaded();
                    if all != told {
                        heard(Ok(all.since(told)));
                        told = all;
                    }
                });
                again = meeting.is_due_again() || !meeting.side.is_last();
                partial = meeting.into_partial();
                outcome
            });
            let came = told != Uploaded::default();
            match outcome {
                Ok(()) | Err(Error::Sync(RunError::Stopped)) => ControlFlow::Continue(came),
                Err(_) if again => ControlFlow::Continue(came),
                Err(error) => {
                    let lost = error.is_retryable();
                    heard(Err(error));
                    go_on(lost, came)
                }
            }
        });
    }

    /// Waits while another meeting with a relay is under way: one that comes to an end by itself, or any.
    fn wait_for_turn(&self, relay: &Relay, any: bool, stop: &Stop) -> Result<(), Error> {
        let key = relay.key();
        let mut left = TURNS;
        while left > 0 && self.inner().lock().turns.is_under_way(&key, any) {
            if !stop.sleep(TURN) {
                return Err(RunError::Stopped.into());
            }
            left -= 1;
        }
        Ok(())
    }

    /// A meeting with a relay over the app's own pipe. One with this relay that is under way ends: it is *stopped*.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`], [`Error::Entropy`].
    pub fn meet(
        &self,
        relay: &Relay,
        stay: bool,
        partial: Option<Partial>,
    ) -> Result<Meeting<Member>, Error> {
        let key = relay.key();
        let own = self.static_key()?;
        let knock = match self.inner().about().household.role() {
            PartyRole::Agent => Knock::Member {
                mailbox: self.mailbox_key(&key)?.public_key(),
                admission: relay
                    .admission
                    .as_ref()
                    .map(|text| text.as_bytes().to_vec()),
            },
            PartyRole::Device => Knock::Holder,
        };
        let entropy = &mut Draw(|bytes: &mut [u8]| self.fill(bytes));
        let member = self.member(key, stay)?;
        // What was lost comes in a meeting that ends.
        let stay = stay && !member.awaits();
        Meeting::new(member, &own, relay, &knock, (stay, partial), entropy)
    }
}

impl Recipient {
    /// Fetches from a relay what is new under each consent. Blocks until all is here.
    ///
    /// # Errors
    /// [`Error::Sync`], [`Error::Store`]; what came before stays, and does not come again.
    pub fn sync(&self, relay: &Relay) -> Result<Received, Error> {
        self.sync_until(relay, &Stop::new())
    }

    /// [`Recipient::sync`] that `stop` may end sooner.
    ///
    /// # Errors
    /// As [`Recipient::sync`]; [`RunError::Stopped`] when it was ended before all was here. What is left comes with the next.
    pub fn sync_until(&self, relay: &Relay, stop: &Stop) -> Result<Received, Error> {
        let mut received = Received::default();
        for token in self.open_consents() {
            let mut way = relay.connect(stop)?;
            received.add(self.sync_over(relay, token, &mut way, false, stop)?);
        }
        Ok(received)
    }

    /// Fetches what is new under one consent over a transport that is connected to the relay: each consent has a key of its own
    /// there. If it stays, it goes on with what is new until `stop`.
    ///
    /// # Errors
    /// As [`Recipient::sync_until`], and [`Error::NoConsent`].
    pub fn sync_over(
        &self,
        relay: &Relay,
        consent: TokenId,
        transport: &mut dyn Transport,
        stay: bool,
        stop: &Stop,
    ) -> Result<Received, Error> {
        let mut received = Received::default();
        let mut tell = |more| received.add(more);
        self.fetch(
            (relay, consent),
            transport,
            stay,
            stop,
            &mut None,
            &mut tell,
        )?;
        Ok(received)
    }

    /// A meeting with a relay under one consent over the app's own pipe.
    ///
    /// # Errors
    /// [`Error::NoConsent`], [`Error::Store`], [`Error::Damaged`], [`Error::Entropy`].
    pub fn meet(
        &self,
        relay: &Relay,
        consent: TokenId,
        stay: bool,
        partial: Option<Partial>,
    ) -> Result<Meeting<Holder>, Error> {
        let holder = self.holder(relay.key(), consent)?;
        let own = StaticKey::from_secret(holder.fetch());
        let entropy = &mut Draw(|bytes: &mut [u8]| self.fill(bytes));
        Meeting::new(
            holder,
            &own,
            relay,
            &Knock::Holder,
            (stay, partial),
            entropy,
        )
    }

    /// The consents under which something may be fetched: those that were not withdrawn.
    #[must_use]
    pub fn open_consents(&self) -> Vec<TokenId> {
        self.open_tokens()
    }

    /// Fetches what is new under every consent until `stop`, also under those that are accepted meanwhile, again and again when the
    /// relay is lost. `heard` is told of each consent what came, as it comes, and why a meeting ended that did not end well; one that
    /// trying again does not help is not tried again, and one that was withdrawn is not tried at all. A consent that the relay does not
    /// know is tried again: its household may not have met the relay yet.
    pub fn follow(
        &self,
        relay: &Relay,
        stop: &Stop,
        heard: &(dyn Fn(TokenId, Result<Received, Error>) + Sync),
    ) {
        let mut begun = BTreeSet::new();
        std::thread::scope(|scope| {
            loop {
                for token in self.open_consents() {
                    if begun.insert(token) {
                        scope.spawn(move || self.follow_one(relay, token, stop, heard));
                    }
                }
                if !stop.sleep(TICK) {
                    return;
                }
            }
        });
    }

    fn follow_one(
        &self,
        relay: &Relay,
        token: TokenId,
        stop: &Stop,
        heard: &(dyn Fn(TokenId, Result<Received, Error>) + Sync),
    ) {
        let mut partial = None;
        persist(stop, || {
            let mut came = false;
            let outcome = relay.connect(stop).and_then(|mut way| {
                let mut tell = |received| {
                    came = true;
                    heard(token, Ok(received));
                };
                let (place, way) = ((relay, token), &mut *way);
                self.fetch(place, way, true, stop, &mut partial, &mut tell)
            });
            if !self.open_consents().contains(&token) {
                return ControlFlow::Break(());
            }
            match outcome {
                Ok(()) | Err(Error::Sync(RunError::Stopped)) => ControlFlow::Continue(came),
                Err(error) => {
                    let lost = error.is_retryable() || error.is_unknown();
                    heard(token, Err(error));
                    go_on(lost, came)
                }
            }
        });
    }

    fn fetch(
        &self,
        (relay, consent): (&Relay, TokenId),
        transport: &mut dyn Transport,
        stay: bool,
        stop: &Stop,
        partial: &mut Option<Partial>,
        tell: &mut dyn FnMut(Received),
    ) -> Result<(), Error> {
        let mut meeting = self.meet(relay, consent, stay, partial.take())?;
        let mut took = |holder: &mut Holder| match holder.take_received() {
            received if received == Received::default() => {}
            received => tell(received),
        };
        let outcome = meeting.run(transport, stop, || self.now(), &mut took);
        *partial = meeting.into_partial();
        outcome
    }
}

impl Error {
    /// Whether the same may succeed another time, without anybody doing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Sync(RunError::Stopped) => true,
            Self::Sync(RunError::Transport(error)) => !matches!(
                error,
                TransportError::Unknown | TransportError::Tls | TransportError::NotBuilt
            ),
            Self::Sync(RunError::Link(LinkError::Session(SessionError::Refused {
                fault, ..
            }))) => fault.is_retryable(),
            // Locked, or its device is away: who follows a relay goes on once it is back.
            Self::Sign(SignerError::Unavailable) | Self::KeyStore(KeyStoreError::Unavailable) => {
                true
            }
            _ => false,
        }
    }

    /// Whether the relay does not know who comes.
    fn is_unknown(&self) -> bool {
        let Self::Sync(RunError::Link(LinkError::Session(error))) = self else {
            return false;
        };
        matches!(error, SessionError::Refused { fault, .. } if *fault == Fault::Forbidden)
    }
}

/// Meets until `stop` or until that is of no use any more, with pauses that grow while nothing comes.
fn persist(stop: &Stop, mut meet: impl FnMut() -> ControlFlow<(), bool>) {
    let mut pause = PAUSE;
    while !stop.is_stopped()
        && let ControlFlow::Continue(came) = meet()
    {
        pause = if came { PAUSE } else { pause };
        log::debug!("a relay is tried again after {} ms", pause.as_millis());
        if !stop.sleep(pause) {
            return;
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// How often it is looked whether a meeting that is under way has ended, and how many times: one that is held for longer ends then.
const TURN: Duration = Duration::from_millis(50);
const TURNS: u32 = 600;

fn go_on(lost: bool, came: bool) -> ControlFlow<(), bool> {
    if lost {
        ControlFlow::Continue(came)
    } else {
        ControlFlow::Break(())
    }
}

impl std::ops::AddAssign for Uploaded {
    fn add_assign(&mut self, more: Self) {
        self.stretches += more.stretches;
        self.bytes += more.bytes;
        self.letters += more.letters;
        self.entries += more.entries;
    }
}

impl Uploaded {
    fn since(self, before: Self) -> Self {
        Self {
            stretches: self.stretches - before.stretches,
            bytes: self.bytes - before.bytes,
            letters: self.letters - before.letters,
            entries: self.entries - before.entries,
        }
    }
}

/// Randomness from whoever has it.
struct Draw<F>(F);

impl<F: FnMut(&mut [u8]) -> Result<(), EntropyError>> Entropy for Draw<F> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        (self.0)(bytes)
    }
}

fn over(error: LinkError) -> Error {
    RunError::from(error).into()
}

/// How long a relay may take to answer at all.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long is waited before a relay that was lost is tried again, at first and at most.
const PAUSE: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// How long a wish to stop waits.
const TICK: Duration = Duration::from_millis(50);
