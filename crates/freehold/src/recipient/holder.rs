//! A recipient as a relay sees it: the holder of one capability, known by a key that it uses for one consent there.

use std::collections::BTreeMap;

use freehold_consent::{BundleError, TokenId};
use freehold_crypto::{LogId, Secret};
use freehold_model::{Time, wire};
use freehold_store::{Batch, Order as Scan};
use freehold_sync::{Change, Cursor, Data, Fault, Heads, Letter, LogName, Replica, Stretch};

use super::{Inner, LogRow, Received, Recipient};
use crate::{
    Error,
    household::PARTIES_MAX,
    post::{Cause, From, Mail, Peer, PostKind, ToHousehold, ToRecipient, Which, checkpoint_before},
    stream::SignedGenesis,
    sync::Side,
};

/// What a recipient takes from one relay under one consent, and has for it.
pub struct Holder {
    recipient: Recipient,
    consent: u32,
    token: TokenId,
    mail: Mail,
    peer: Peer,
    heads: Heads,
    names: BTreeMap<LogName, LogId>,
    received: Received,
    cause: Cause,
}

impl Recipient {
    /// What this recipient has of a consent from the relay with this static key.
    ///
    /// # Errors
    /// [`Error::NoConsent`] when there is none, or it was withdrawn; [`Error::Store`], [`Error::Damaged`].
    pub(crate) fn holder(&self, relay: [u8; 32], token: TokenId) -> Result<Holder, Error> {
        let mut state = self.inner.lock();
        let state = &mut *state;
        let (consent, held) = state.consent(token).ok_or(Error::NoConsent)?;
        let keys = held.keys.as_ref().ok_or(Error::NoConsent)?;
        let mail = Mail::new(keys.mail().duplicate(), relay);
        let rows = &self.inner.rows;
        let mut peer = Peer::load(rows, relay, Some(token.0), &mut *state.entropy)?;
        peer.post(PostKind::From(token.0), mail.name(From::Recipient));
        let mut holder = Holder {
            recipient: self.clone(),
            consent,
            token,
            mail,
            peer,
            heads: Heads::new(),
            names: BTreeMap::new(),
            received: Received::default(),
            cause: Cause::default(),
        };
        holder.look(state)?;
        Ok(holder)
    }
}

impl Holder {
    /// The secret of the static key by which the relay knows this recipient under this consent.
    pub(crate) fn fetch(&self) -> Secret {
        self.mail.fetch()
    }

    /// What came since this was asked before.
    pub(crate) fn take_received(&mut self) -> Received {
        std::mem::take(&mut self.received)
    }

    /// The logs that the consent names, and how far each is held.
    fn look(&mut self, state: &super::State) -> Result<(), Error> {
        let store = self.recipient.inner.rows.store();
        let Some(consent) = state.consents.get(&self.consent) else {
            return Err(Error::NoConsent);
        };
        let relay = self.peer.row.relay;
        let streams = consent.keys.iter().flat_map(|keys| keys.streams());
        self.names = streams
            .flat_map(|info| &info.logs)
            .map(|log| (LogName::of_log(&relay, log.log), log.log))
            .collect();
        self.heads = Heads::new();
        self.peer.heads(&mut self.heads);
        for (name, log) in &self.names {
            let Some(next) = consent.row.next.get(log) else {
                continue;
            };
            let held = state
                .logs
                .iter()
                .find(|(_, held)| held.stored.genesis.log == *log);
            if let Some((no, _)) = held
                && let Some((position, _)) = checkpoint_before(store, *no, *next)?
            {
                self.heads.set(*name, position);
            }
        }
        Ok(())
    }

    /// How far a log of entries is held.
    fn held(&self, name: LogName) -> u64 {
        self.heads.get(name).map_or(0, |position| position.seq)
    }

    /// The log of letters of the agent whose letters have this name.
    fn agent_post(&mut self, name: LogName) -> Option<(u16, u8)> {
        if let Some((post, PostKind::To(_, agent))) = self.peer.find(name) {
            return Some((post, agent));
        }
        let mut agents = 0..PARTIES_MAX;
        let agent = agents.find(|agent| self.mail.name(From::Agent(*agent)) == name)?;
        let post = self.peer.post(PostKind::To(self.token.0, agent), name);
        Some((post, agent))
    }

    fn letters(
        &mut self,
        (post, agent): (u16, u8),
        from: u64,
        letters: Vec<Letter>,
    ) -> Result<(), Error> {
        let recipient = self.recipient.clone();
        let inner = &recipient.inner;
        let mut state = inner.lock();
        let mut replies = Vec::new();
        for (seq, letter) in (from..).zip(&letters) {
            let Letter::Held(sealed) = letter else {
                continue;
            };
            let plain = self
                .mail
                .open(From::Agent(agent), seq, sealed)
                .ok_or(Error::Damaged)?;
            let mut answer = None;
            match wire::from_bytes(&plain, LETTER_MAX).map_err(|_| Error::Damaged)? {
                ToRecipient::Extension(bundle) => {
                    match inner.extend(&mut state, &bundle, &mut self.received) {
                        // An agent wrote it that had not heard of a removal, or was removed: what others wrote counts.
                        Err(Error::Bundle(BundleError::Succeeded)) => {}
                        extended => extended?,
                    }
                }
                ToRecipient::Revocation(revocation) => {
                    inner.withdraw(&mut state, &revocation, &mut self.received)?;
                }
                ToRecipient::Erased(order) => {
                    answer = inner.erase(&mut state, self.token, &order)?;
                }
            }
            replies.extend(answer.map(ToHousehold::Erased));
        }
        // What was read is kept where it belongs: here its hash is enough.
        let gone = letters
            .iter()
            .map(|letter| Letter::Gone(letter.hash()))
            .collect();
        let mut peer = self.peer.clone();
        let mut batch = Batch::new();
        peer.take(&mut batch, post, from, gone)
            .map_err(|_| Error::Damaged)?;
        let to = peer.post(
            PostKind::From(self.token.0),
            self.mail.name(From::Recipient),
        );
        for reply in replies {
            let (seq, plain) = (peer.next_letter(to), wire::to_bytes(&reply));
            let entropy = &mut *state.entropy;
            let sealed = self.mail.seal(From::Recipient, seq, &plain, entropy)?;
            peer.write(&mut batch, to, sealed)?;
        }
        inner.keep_peer(&mut state, &peer, batch)?;
        self.peer = peer;
        self.look(&state)
    }

    /// Letters of this recipient's that its store does not know: it was put back from a backup. It goes on after them.
    fn own_letters(&mut self, name: LogName, from: u64, letters: &[Letter]) -> Result<(), Fault> {
        let recipient = self.recipient.clone();
        let mut state = recipient.inner.lock();
        let (mut peer, mut batch) = (self.peer.clone(), Batch::new());
        let post = peer.post(PostKind::From(self.token.0), name);
        let gone = letters.iter().map(|letter| Letter::Gone(letter.hash()));
        peer.take(&mut batch, post, from, gone.collect())?;
        let kept = recipient.inner.keep_peer(&mut state, &peer, batch);
        kept.map_err(|error| self.cause.fault(error))?;
        self.peer = peer;
        self.look(&state).map_err(|error| self.cause.fault(error))
    }

    fn entries(&mut self, log: LogId, from: u64, data: &Data) -> Result<(), Error> {
        let recipient = self.recipient.clone();
        let inner = &recipient.inner;
        let store = inner.rows.store();
        let mut state = inner.lock();
        let state = &mut *state;
        let (_, consent) = state.consent(self.token).ok_or(Error::NoConsent)?;
        let signed = match &data.start {
            Some(start) => Some(SignedGenesis::open(log, &start.intro)?),
            None => None,
        };
        let held = state
            .logs
            .iter()
            .find(|(_, held)| held.stored.genesis.log == log);
        let (genesis, row) = match (signed, held) {
            (_, Some((_, held))) => (held.stored.genesis.clone(), None),
            (Some(signed), None) => {
                let (genesis, key) = signed.signer(&consent.household)?;
                (genesis, Some(LogRow::new(signed, key)))
            }
            (None, None) => return Err(Error::NoConsent),
        };
        if genesis.log != log {
            return Err(Error::Damaged);
        }
        let before = match held {
            Some((no, _)) => checkpoint_before(store, *no, from)?,
            None => None,
        };
        let position = before
            .map(|(position, _)| position)
            .filter(|at| at.seq == from);
        let verified = data.verify(&genesis, position)?;
        inner.keep_stretch(
            state,
            self.token,
            row,
            &genesis,
            &verified,
            &mut self.received,
        )?;
        self.look(state)
    }
}

impl Side for Holder {
    fn now(&self) -> Time {
        self.recipient.now()
    }

    fn cause(&mut self) -> Option<Error> {
        self.cause.take()
    }
}

impl Replica for Holder {
    fn heads(&self) -> &Heads {
        &self.heads
    }

    fn journal(&self) -> Cursor {
        self.peer.row.journal
    }

    fn seen(&self) -> Cursor {
        self.peer.row.seen
    }

    fn change_after(&mut self, after: u64) -> Result<Option<Change>, Fault> {
        let range = after.saturating_add(1)..=u64::MAX;
        self.change(range, Scan::Ascending)
    }

    fn change_before(&mut self, until: u64) -> Result<Option<Change>, Fault> {
        self.change(0..=until, Scan::Descending)
    }

    fn stretch(&mut self, name: LogName, from: u64) -> Result<Option<Change>, Fault> {
        Ok(match self.peer.find(name) {
            Some((post, PostKind::From(_))) => self.peer.rest(post, from),
            _ => None,
        })
    }

    fn read(&mut self, change: &Change, _: bool) -> Result<Vec<u8>, Fault> {
        let (post, _) = self.peer.find(change.name).ok_or(Fault::Invalid)?;
        self.peer
            .read(
                self.recipient.inner.rows.store(),
                post,
                change.from,
                change.to,
            )
            .map_err(|error| self.cause.fault(error))
    }

    fn take(&mut self, name: LogName, from: u64, stretch: &[u8]) -> Result<(), Fault> {
        let stretch = Stretch::from_bytes(stretch).map_err(|_| Fault::Invalid)?;
        let log = self.names.get(&name).copied();
        let post = if log.is_none() {
            self.agent_post(name)
        } else {
            None
        };
        match (stretch, post, log) {
            (Stretch::Letters(letters), Some(post), _) => self
                .letters(post, from, letters)
                .map_err(|error| self.cause.fault(error)),
            (Stretch::Letters(letters), None, None) if name == self.mail.name(From::Recipient) => {
                self.own_letters(name, from, &letters)
            }
            // What comes before came when the log was not named yet, and comes again.
            (Stretch::Data(data), None, Some(_))
                if data.start.is_none() && from > self.held(name) =>
            {
                Err(Fault::Later)
            }
            (Stretch::Data(data), None, Some(log)) => self
                .entries(log, from, &data)
                .map_err(|error| self.cause.fault(error)),
            // A log that a letter will name.
            (Stretch::Data(_), None, None) => Err(Fault::Later),
            _ => Err(Fault::Invalid),
        }
    }

    fn see(&mut self, seen: Cursor) -> Result<(), Fault> {
        let recipient = self.recipient.clone();
        let mut state = recipient.inner.lock();
        let mut peer = self.peer.clone();
        peer.row.seen = seen;
        let kept = recipient.inner.keep_peer(&mut state, &peer, Batch::new());
        kept.map_err(|error| self.cause.fault(error))?;
        self.peer = peer;
        Ok(())
    }
}

impl Holder {
    fn change(
        &self,
        range: std::ops::RangeInclusive<u64>,
        order: Scan,
    ) -> Result<Option<Change>, Fault> {
        let store = self.recipient.inner.rows.store();
        let name = |which| match which {
            Which::Post(post) => self.peer.name(post),
            Which::Data(_) => None,
        };
        self.peer.change(store, range, order, name)
    }
}

impl Inner {
    fn keep_peer(
        &self,
        state: &mut super::State,
        peer: &Peer,
        mut batch: Batch,
    ) -> Result<(), Error> {
        peer.save(&self.rows, &mut batch, &mut *state.entropy)?;
        Ok(self.rows.store().commit(&batch)?)
    }
}

/// The most bytes of a letter's contents.
const LETTER_MAX: usize = 1 << 22;
