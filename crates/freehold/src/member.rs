//! A home as a relay sees it: the agent of a household, whose mailbox it fills.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use freehold_consent::{Card, Event, State as ConsentState, StreamId, Token, TokenId};
use freehold_crypto::{Domain, SigningKey, digest};
use freehold_model::{Time, wire};
use freehold_store::{Batch, Order as Scan};
use freehold_sync::{
    Capability, Change, Cursor, Data, Fault, Heads, Letter, LogName, Order, Replica, SignedOrder,
    SignedReceipt, Start, Stretch, Verified, View, column,
};
use freehold_transport::{RunError, StaticKey};

use crate::{
    Error, Home, PartyRole, Received, Uploaded,
    erase::{self, ErasureRow, Gone},
    home::{Inner, State},
    household::{AGENTS, letters_name},
    logs::StoredLog,
    post::{
        Cause, From, Mail, Peer, PostKind, ToHousehold, ToRecipient, ToldConsent, Which,
        checkpoint_before, checkpoints_after, data_stretch,
    },
    rows::{Space, log_key},
    stream::LogRecord,
    sync::Side,
    turn::Turn,
    writer::StreamWriter,
};

/// What a home has for one relay, and takes from it.
pub struct Member {
    home: Home,
    peer: Peer,
    heads: Heads,
    /// The home's logs of entries, by their numbers.
    names: BTreeMap<u32, LogName>,
    /// How often the home had changed when it was looked at, and when.
    looked: (u64, Time),
    uploaded: Uploaded,
    /// Whether what is written goes to the relay in this session.
    offers: bool,
    /// Whether another meeting is due, since this store was put back from a backup.
    again: bool,
    turn: Arc<Turn>,
    cause: Cause,
}

impl Home {
    /// What this home has for the relay with this static key, as it stands now.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    pub(crate) fn member(&self, relay: [u8; 32], stays: bool) -> Result<Member, Error> {
        let inner = self.inner();
        let mut state = inner.lock();
        let turn = state.turns.begin(relay, stays);
        let peer = Peer::load(&inner.rows, relay, None, &mut *state.entropy)?;
        drop(state);
        let mut member = Member {
            home: self.clone(),
            peer,
            heads: Heads::new(),
            names: BTreeMap::new(),
            looked: (0, self.now()),
            uploaded: Uploaded::default(),
            offers: false,
            again: false,
            turn,
            cause: Cause::default(),
        };
        member.refresh()?;
        for (no, name) in &member.names {
            if member.is_apart(*no) || member.awaits() && member.is_own(*no) {
                continue;
            }
            if let Some((position, _)) =
                checkpoint_before(inner.rows.store(), *no, u64::from(u32::MAX))?
            {
                member.heads.set(*name, position);
            }
        }
        Ok(member)
    }

    /// This party's static key, by which relays know it.
    pub(crate) fn static_key(&self) -> Result<StaticKey, Error> {
        self.inner().about().party.channel()
    }

    /// The key that signs the orders to a relay: the mailbox is known by it.
    ///
    /// # Errors
    /// [`Error::NotAgent`] on a device, [`Error::Damaged`].
    pub(crate) fn mailbox_key(&self, relay: &[u8; 32]) -> Result<SigningKey, Error> {
        self.inner().mailbox_key(relay)
    }
}

impl Inner {
    pub(crate) fn mailbox_key(&self, relay: &[u8; 32]) -> Result<SigningKey, Error> {
        let secret = self.about().household.derived(b"mailbox", relay)?;
        SigningKey::from_seed(&secret).map_err(|_| Error::Damaged)
    }
}

impl Member {
    /// Takes in what has happened in the home since: seals and signs what has ended, writes letters and orders that are due, and
    /// notes what there is to send.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`]; then nothing has changed for the relay.
    pub(crate) fn refresh(&mut self) -> Result<(), Error> {
        if self.is_to_await()? {
            return self.expect_own();
        }
        let home = self.home.clone();
        let inner = home.inner();
        let mut state = inner.lock();
        let state = &mut *state;
        self.its_turn(state)?;
        let streams: Vec<u32> = state.streams.keys().copied().collect();
        for no in streams {
            inner.write_in(state, no, StreamWriter::flush)?;
        }
        state.sign_erasures(inner)?;
        if inner.about().household.role() == PartyRole::Agent {
            state.note_news(inner, None)?;
        }
        let mut peer = self.peer.clone();
        let mut batch = Batch::new();
        // Letters first: they bring the keys to what follows.
        if inner.about().household.role() == PartyRole::Agent {
            let orders = inner.orders_post(&mut peer)?;
            state.tell_relay_of_parties(inner, &mut peer, &mut batch, orders)?;
            state.tell_consents(inner, &mut peer, &mut batch, orders)?;
        }
        state.tell_parties(inner, &mut peer, &mut batch)?;
        state.know_of_others(inner, &mut peer)?;
        let mut moved = Vec::new();
        for log in state.streams.values().flat_map(|stream| &stream.logs) {
            let name = match self.names.get(&log.no) {
                Some(name) => *name,
                None => {
                    let genesis = log.genesis.verify(&inner.household()?)?;
                    let name = LogName::of_log(&peer.row.relay, genesis.log);
                    self.names.insert(log.no, name);
                    name
                }
            };
            let told = peer.row.told.iter().position(|(no, _)| *no == log.no);
            let told = told.unwrap_or_else(|| {
                peer.row.told.push((log.no, 0));
                peer.row.told.len() - 1
            });
            let mut from = peer.row.told.get(told).map_or(0, |(_, seq)| *seq);
            for (position, _) in checkpoints_after(inner.rows.store(), log.no, from)? {
                peer.note(&mut batch, Which::Data(log.no), from, position.seq)?;
                from = position.seq;
                moved.push((log.no, name, position));
            }
            if let Some((_, seq)) = peer.row.told.get_mut(told) {
                *seq = from;
            }
        }
        peer.row.put_back.asks = false;
        if !batch.is_empty() {
            if self.offers {
                peer.row.offered = peer.row.journal.at;
            }
            peer.save(&inner.rows, &mut batch, &mut *state.entropy)?;
            inner.rows.store().commit(&batch)?;
        }
        self.peer = peer;
        for (no, name, position) in moved {
            if !self.is_apart(no) {
                self.heads.set(name, position);
            }
        }
        self.peer.heads(&mut self.heads);
        self.looked = (inner.changes(), inner.now());
        Ok(())
    }

    /// Makes ready for what this agent wrote, and has forgotten.
    fn expect_own(&mut self) -> Result<(), Error> {
        let home = self.home.clone();
        let inner = home.inner();
        let (mut peer, mut batch) = (self.peer.clone(), Batch::new());
        let mut state = inner.lock();
        self.its_turn(&state)?;
        inner.orders_post(&mut peer)?;
        state.know_recipients(&mut peer, inner.about().index);
        state.know_parties(inner, &mut peer)?;
        state.know_of_others(inner, &mut peer)?;
        peer.save(&inner.rows, &mut batch, &mut *state.entropy)?;
        inner.rows.store().commit(&batch)?;
        self.looked = (inner.changes(), inner.now());
        drop(state);
        self.peer = peer;
        self.learn_names()?;
        self.peer.heads(&mut self.heads);
        Ok(())
    }

    /// Whether what this agent wrote is to come from the relay first, also because it has heard only now of somebody to whom it wrote
    /// before it was put back.
    fn is_to_await(&mut self) -> Result<bool, Error> {
        let Some(at) = self.peer.row.put_back.at.filter(|_| !self.awaits()) else {
            return Ok(self.awaits());
        };
        let home = self.home.clone();
        let inner = home.inner();
        let own = inner.about().index;
        let forgotten = {
            let state = inner.lock();
            let granted = state.consents.history.events().iter().any(|event| {
                matches!(event, Event::Granted { at: since, token, .. }
                    if *since <= at && !self.peer.has(PostKind::To(token.id().0, own)))
            });
            let mut others = state.parties.values().filter(|row| row.index != own);
            granted
                || others
                    .any(|row| row.since <= at && !self.peer.has(PostKind::Between(own, row.index)))
        };
        self.peer.row.put_back.awaits = forgotten;
        Ok(forgotten)
    }

    /// Whether what this agent wrote comes from the relay first.
    pub(crate) fn awaits(&self) -> bool {
        self.peer.row.put_back.awaits
    }

    /// Whether the relay has another history of a log, which is left there.
    fn is_apart(&self, no: u32) -> bool {
        self.peer.row.put_back.apart.contains(&no)
    }

    /// Whether no other meeting with this relay was begun since.
    pub(crate) fn is_last(&self) -> bool {
        let state = self.home.inner().lock();
        self.its_turn(&state).is_ok()
    }

    fn its_turn(&self, state: &State) -> Result<(), Error> {
        if state.turns.is_last(&self.peer.row.relay, &self.turn) {
            Ok(())
        } else {
            Err(RunError::Stopped.into())
        }
    }

    /// Whether another meeting is due: this store was put back from a backup, and this one told it so or brought what it had lost.
    pub(crate) fn is_due_again(&self) -> bool {
        self.again
    }

    /// The session has come to its end: what was lost has come.
    fn ended(&mut self) -> Result<(), Error> {
        if self.awaits() && self.is_last() {
            let home = self.home.clone();
            home.come_back(&mut self.peer)?;
            self.again = true;
        }
        Ok(())
    }

    /// What was sent and what came so far.
    pub(crate) fn uploaded(&self) -> Uploaded {
        self.uploaded
    }

    /// Takes in what has happened, if anything has, or if a slot may have ended.
    fn look(&mut self) -> Result<(), Fault> {
        let inner = self.home.inner();
        let (changes, at) = self.looked;
        if changes == inner.changes() && inner.now().since_ms(at) < LOOK_MS {
            return Ok(());
        }
        let awaited = self.awaits();
        self.refresh().map_err(|error| self.cause.fault(error))?;
        if self.awaits() && !awaited {
            // What is lost comes in a meeting of its own, before anything is written.
            self.again = true;
            return Err(Fault::Unavailable);
        }
        Ok(())
    }

    fn name(&self, which: Which) -> Option<LogName> {
        match which {
            Which::Data(no) => self.names.get(&no).copied(),
            Which::Post(post) => self.peer.name(post),
        }
    }

    fn find(&self, name: LogName) -> Option<Which> {
        if let Some((post, _)) = self.peer.find(name) {
            return Some(Which::Post(post));
        }
        let found = self.names.iter().find(|(_, other)| **other == name);
        found.map(|(no, _)| Which::Data(*no))
    }

    /// How far a log is held and signed.
    fn held(&self, no: u32) -> Result<u64, Error> {
        let store = self.home.inner().rows.store();
        let last = checkpoint_before(store, no, u64::from(u32::MAX))?;
        Ok(last.map_or(0, |(position, _)| position.seq))
    }

    fn is_own(&self, no: u32) -> bool {
        let state = self.home.inner().lock();
        let mut logs = state.streams.values().flat_map(|stream| &stream.logs);
        logs.any(|log| log.no == no && log.is_own())
    }

    /// Takes entries of this agent's own in that it has forgotten; where it has written others since, these give way.
    fn take_own(&mut self, no: u32, from: u64, data: &Data) -> Result<(), Fault> {
        let home = self.home.clone();
        let inner = home.inner();
        let store = inner.rows.store();
        let held =
            |seq: u64| -> Result<_, Error> { Ok(store.get(log_key(Space::Header, no, seq)?)?) };
        let mut differs = None;
        for (seq, (header, _)) in (from..).zip(&data.entries) {
            let held = held(seq).map_err(|error| self.cause.fault(error))?;
            if held.as_ref() != Some(header) {
                differs = Some((seq, held.is_some()));
                break;
            }
        }
        let Some((seq, is_held)) = differs else {
            return Ok(());
        };
        if from > self.held(no).map_err(|error| self.cause.fault(error))? {
            return Err(Fault::Later);
        }
        let verified = self
            .verified(no, from, data)
            .map_err(|error| self.cause.fault(error))?;
        if is_held {
            let gives_way = inner.lock().give_way(inner, no, (from, seq));
            if !gives_way.map_err(|error| self.cause.fault(error))? {
                let mut peer = self.peer.clone();
                peer.row.put_back.apart.push(no);
                return self
                    .keep(peer, Batch::new())
                    .map_err(|error| self.cause.fault(error));
            }
        }
        let spans = verified
            .entries
            .iter()
            .skip_while(|entry| entry.header().seq() < seq);
        let spans = spans.map(|entry| entry.header().span());
        let new = spans.fold(None, |all: Option<(Time, Time)>, span| {
            let (from, until) = all.unwrap_or((span.start, span.end));
            Some((from.min(span.start), until.max(span.end)))
        });
        self.take_entries(no, from, data)
            .map_err(|error| self.cause.fault(error))?;
        let mut state = inner.lock();
        let mut streams = state.streams.values();
        let stream = streams.find(|stream| stream.logs.iter().any(|log| log.no == no));
        match (stream.map(|stream| stream.no), new) {
            (Some(stream), Some(new)) => state
                .note_new(inner, stream, new)
                .map_err(|error| self.cause.fault(error)),
            _ => Ok(()),
        }
    }

    /// Entries of a known log, verified to follow those that are held.
    fn verified(&self, no: u32, from: u64, data: &Data) -> Result<Verified, Error> {
        let inner = self.home.inner();
        let genesis = {
            let state = inner.lock();
            let mut logs = state.streams.values().flat_map(|stream| &stream.logs);
            let log = logs.find(|log| log.no == no).ok_or(Error::Damaged)?;
            log.genesis.verify(&inner.household()?)?
        };
        let before = checkpoint_before(inner.rows.store(), no, from)?;
        let position = before.map(|(position, _)| position);
        Ok(data.verify(&genesis, position.filter(|at| at.seq == from))?)
    }

    /// Keeps entries that another party of the household wrote.
    fn take_entries(&mut self, no: u32, from: u64, data: &Data) -> Result<(), Error> {
        let home = self.home.clone();
        let inner = home.inner();
        let store = inner.rows.store();
        let household = inner.household()?;
        let mut state = inner.lock();
        let state = &mut *state;
        self.its_turn(state)?;
        let streams = state.streams.values();
        let found = streams
            .flat_map(|stream| stream.logs.iter().map(move |log| (stream, log)))
            .find(|(_, log)| log.no == no);
        let (stream, log) = found.ok_or(Error::Damaged)?;
        let genesis = log.genesis.verify(&household)?;
        let before = checkpoint_before(store, no, from)?;
        let position = before.map(|(position, _)| position);
        let verified = data.verify(&genesis, position.filter(|at| at.seq == from))?;
        let gone = Gone::load(&inner.rows, stream.id(), &household)?;
        let stored = StoredLog::load(store, no, genesis)?;
        let mut batch = Batch::new();
        let mut brought = Received::default();
        for entry in &verified.entries {
            stored.merge_entry(store, &mut batch, entry, &gone, &mut brought)?;
        }
        for checkpoint in verified.before.iter().chain([&verified.after]) {
            stored.put_checkpoint(&mut batch, checkpoint)?;
        }
        let end = verified.after.position();
        let mut peer = self.peer.clone();
        // It came from this relay, so it need not be brought there.
        peer.set_told_log(no, end.seq);
        peer.save(&inner.rows, &mut batch, &mut *state.entropy)?;
        let stream = stream.no;
        store.commit(&batch)?;
        // Its index is read again when it is asked for.
        state.writers.remove(&stream);
        inner.changed();
        self.peer = peer;
        if let Some(name) = self.names.get(&no) {
            self.heads.set(*name, end);
        }
        self.uploaded.entries += brought.entries;
        Ok(())
    }

    /// Takes letters in that another party of the household wrote, or the relay.
    fn take_letters(
        &mut self,
        (post, kind): (u16, PostKind),
        from: u64,
        letters: Vec<Letter>,
    ) -> Result<(), Fault> {
        let own = self.home.inner().about().index;
        let letters = match kind {
            // What it says was done: that it is there is all there is to know.
            _ if self.awaits() && self.peer.is_own(post, own) => {
                let gone = letters.iter().map(|letter| Letter::Gone(letter.hash()));
                gone.collect()
            }
            PostKind::Receipts(_) => letters,
            PostKind::From(token) => {
                self.hear_recipient(TokenId(token), post, from, &letters)
                    .map_err(|error| self.cause.fault(error))?;
                letters
            }
            PostKind::Between(author, reader) => {
                let relay = self.peer.row.relay;
                let held = self.peer.next_letter(post);
                let mine = reader == AGENTS || self.is_self(reader);
                let new = (from..).zip(&letters).skip_while(|(seq, _)| *seq < held);
                for (seq, letter) in new.filter(|_| mine) {
                    if let Letter::Held(sealed) = letter {
                        let home = self.home.clone();
                        match home.hear(relay, author, seq, sealed) {
                            // A letter that says nothing here does not keep the others away.
                            Ok(None) | Err(Error::Damaged) => {}
                            Ok(Some(number)) => self.peer.fed_is_heard(author, number),
                            Err(error) => return Err(self.cause.fault(error)),
                        }
                    }
                }
                // Entries of logs that were heard of may come next.
                self.learn_names()
                    .map_err(|error| self.cause.fault(error))?;
                // What was read is kept where it belongs: here its hash is enough.
                let gone = letters.iter().map(|letter| Letter::Gone(letter.hash()));
                gone.collect()
            }
            // Between others: that it is there is all there is to know.
            PostKind::To(_, agent) if !self.is_self(agent) => {
                let gone = letters.iter().map(|letter| Letter::Gone(letter.hash()));
                gone.collect()
            }
            PostKind::Orders | PostKind::OrdersOf(_) | PostKind::To(..) => {
                return Err(Fault::Forbidden);
            }
        };
        let mut peer = self.peer.clone();
        let mut batch = Batch::new();
        let new = peer.take(&mut batch, post, from, letters)?.len();
        self.keep(peer, batch)
            .map_err(|error| self.cause.fault(error))?;
        self.uploaded.letters += new as u64;
        Ok(())
    }

    /// Hears what a recipient says that it has erased.
    fn hear_recipient(
        &self,
        token: TokenId,
        post: u16,
        from: u64,
        letters: &[Letter],
    ) -> Result<(), Error> {
        let home = self.home.clone();
        let inner = home.inner();
        let mut state = inner.lock();
        let Some(secret) = state.consents.mail(token) else {
            return Ok(());
        };
        let mail = Mail::new(secret, self.peer.row.relay);
        let held = self.peer.next_letter(post);
        for (seq, letter) in (from..).zip(letters).skip_while(|(seq, _)| *seq < held) {
            let Letter::Held(sealed) = letter else {
                continue;
            };
            let plain = mail.open(From::Recipient, seq, sealed);
            let said = plain.and_then(|plain| wire::from_bytes(&plain, REPLY_MAX).ok());
            if let Some(ToHousehold::Erased(answer)) = said {
                state.hear_answers(inner, &[answer])?;
                inner.changed();
            }
        }
        Ok(())
    }

    /// Takes up a log of the relay's receipts: its name follows from what its first letter says, which is signed by the key that signed
    /// the relay's receipts before.
    fn find_receipts(
        &mut self,
        name: LogName,
        from: u64,
        stretch: &Stretch,
    ) -> Result<Which, Fault> {
        let Stretch::Letters(letters) = stretch else {
            return Err(Fault::Later);
        };
        let Some(Letter::Held(first)) = letters.first().filter(|_| from == 0) else {
            return Err(Fault::Later);
        };
        let inner = self.home.inner();
        let relay = self.peer.row.relay;
        let key = inner.mailbox_key(&relay).map_err(|_| Fault::Later)?;
        let mailbox = key.public_key();
        let named = SignedReceipt::from_bytes(first).and_then(|one| one.key(&relay, &mailbox));
        let (key, epoch) = named.map_err(|_| Fault::Later)?;
        let logs = self.peer.receipts();
        let known = match logs.first() {
            Some(oldest) => self.peer.first_key(inner.rows.store(), *oldest, &mailbox),
            None => Ok(Some(key)),
        };
        let same = known.map_err(|error| self.cause.fault(error))? == Some(key);
        if name != LogName::of_receipts(&relay, &mailbox, epoch) || !same {
            return Err(Fault::Later);
        }
        if logs.len() >= RECEIPT_LOGS {
            return Err(Fault::Quota);
        }
        Ok(Which::Post(self.peer.post(PostKind::Receipts(epoch), name)))
    }

    /// Whether this household's mailbox signed them.
    fn check_orders(&self, orders: &[SignedOrder]) -> Result<(), Fault> {
        let relay = self.peer.row.relay;
        let key = self
            .home
            .inner()
            .mailbox_key(&relay)
            .map_err(|error| self.cause.fault(error))?;
        let mut verified = orders
            .iter()
            .map(|order| order.verify(&relay, &key.public_key()));
        verified
            .all(|order| order.is_ok())
            .then_some(())
            .ok_or(Fault::Invalid)
    }

    fn is_self(&self, party: u8) -> bool {
        self.home.inner().about().index == party
    }

    /// Names every log of the home as this relay knows it.
    fn learn_names(&mut self) -> Result<(), Error> {
        let home = self.home.clone();
        let (inner, relay) = (home.inner(), self.peer.row.relay);
        let household = inner.household()?;
        let state = inner.lock();
        for log in state.streams.values().flat_map(|stream| &stream.logs) {
            if let Entry::Vacant(place) = self.names.entry(log.no) {
                let genesis = log.genesis.verify(&household)?;
                place.insert(LogName::of_log(&relay, genesis.log));
            }
        }
        Ok(())
    }

    /// The log's record, with what introduces the log to a peer that has nothing of it.
    fn start(&self, no: u32) -> Result<Box<Start>, Error> {
        let inner = self.home.inner();
        let state = inner.lock();
        let mut logs = state.streams.values().flat_map(|stream| &stream.logs);
        let log: &LogRecord = logs.find(|log| log.no == no).ok_or(Error::Damaged)?;
        let genesis = log.genesis.verify(&inner.household()?)?;
        Ok(Box::new(Start {
            intro: log.intro.clone(),
            position: genesis.start(),
            signed: None,
        }))
    }
}

impl Side for Member {
    fn now(&self) -> Time {
        self.home.now()
    }

    fn cause(&mut self) -> Option<Error> {
        self.cause.take()
    }

    fn over(&mut self) -> Result<(), Error> {
        self.ended()
    }
}

impl Replica for Member {
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
        self.look()?;
        let store = self.home.inner().rows.store();
        let range = after.saturating_add(1)..=u64::MAX;
        self.peer
            .change(store, range, Scan::Ascending, |which| self.name(which))
    }

    fn change_before(&mut self, until: u64) -> Result<Option<Change>, Fault> {
        let store = self.home.inner().rows.store();
        self.peer
            .change(store, 0..=until, Scan::Descending, |which| self.name(which))
    }

    fn stretch(&mut self, name: LogName, from: u64) -> Result<Option<Change>, Fault> {
        let (store, own) = (
            self.home.inner().rows.store(),
            self.home.inner().about().index,
        );
        match self.find(name) {
            Some(Which::Post(post)) if self.peer.is_passed(post, own) => Ok(None),
            Some(Which::Post(post)) => Ok(self.peer.rest(post, from)),
            Some(Which::Data(no)) => {
                let before =
                    checkpoint_before(store, no, from).map_err(|error| self.cause.fault(error))?;
                let after =
                    checkpoints_after(store, no, from).map_err(|error| self.cause.fault(error))?;
                let change = |to: u64| Change {
                    at: 0,
                    name,
                    from: before.map_or(0, |(position, _)| position.seq),
                    to,
                };
                Ok(after.first().map(|(position, _)| change(position.seq)))
            }
            None => Ok(None),
        }
    }

    fn read(&mut self, change: &Change, bodies: bool) -> Result<Vec<u8>, Fault> {
        let store = self.home.inner().rows.store();
        let (from, to) = (change.from, change.to);
        let bytes = match self.find(change.name) {
            Some(Which::Post(post)) => self.peer.read(store, post, from, to),
            Some(Which::Data(no)) => {
                let start = if from == 0 {
                    Some(self.start(no))
                } else {
                    None
                };
                let start = start.transpose().map_err(|error| self.cause.fault(error))?;
                data_stretch(store, no, start, from..to, bodies)
            }
            None => return Err(Fault::Invalid),
        };
        let bytes = bytes.map_err(|error| self.cause.fault(error))?;
        self.uploaded.stretches += 1;
        self.uploaded.bytes += bytes.len() as u64;
        Ok(bytes)
    }

    fn take(&mut self, name: LogName, from: u64, stretch: &[u8]) -> Result<(), Fault> {
        let stretch = Stretch::from_bytes(stretch).map_err(|_| Fault::Invalid)?;
        let found = match self.find(name) {
            Some(found) => found,
            None => self.find_receipts(name, from, &stretch)?,
        };
        match (found, stretch) {
            // It is not spoken of.
            (Which::Data(no), Stretch::Data(_)) if self.is_apart(no) => Ok(()),
            (Which::Data(no), Stretch::Data(data)) if self.awaits() && self.is_own(no) => {
                self.take_own(no, from, &data)
            }
            (Which::Data(no), Stretch::Data(data)) => {
                let held = self.held(no).map_err(|error| self.cause.fault(error))?;
                if from.saturating_add(data.entries.len() as u64) <= held {
                    return Ok(());
                }
                if from > held || self.is_own(no) {
                    // What comes before was not understood when it came; or more than this store knows of having written.
                    return Err(Fault::Later);
                }
                self.take_entries(no, from, &data)
                    .map_err(|error| self.cause.fault(error))
            }
            (Which::Post(post), Stretch::Letters(letters)) => {
                let kind = self.peer.kind(post).ok_or(Fault::Invalid)?;
                self.take_letters((post, kind), from, letters)
            }
            (Which::Post(post), Stretch::Orders(orders)) => {
                let (mut peer, mut batch) = (self.peer.clone(), Batch::new());
                match self.peer.kind(post) {
                    Some(PostKind::OrdersOf(_)) => peer.pass(post, from, orders)?,
                    Some(PostKind::Orders) if self.awaits() => {
                        self.check_orders(&orders)?;
                        peer.take_orders(&mut batch, post, from, orders)?;
                    }
                    _ => return Err(Fault::Forbidden),
                }
                self.keep(peer, batch)
                    .map_err(|error| self.cause.fault(error))
            }
            _ => Err(Fault::Invalid),
        }
    }

    fn see(&mut self, seen: Cursor) -> Result<(), Fault> {
        let mut peer = self.peer.clone();
        peer.row.seen = seen;
        self.keep(peer, Batch::new())
            .map_err(|error| self.cause.fault(error))
    }

    fn met(&mut self, seen: Cursor) -> Result<(), Fault> {
        let home = self.home.clone();
        if home.inner().about().household.role() == PartyRole::Device {
            return Ok(());
        }
        if !self.is_last() {
            return Err(Fault::Unavailable);
        }
        if self.peer.knows_more(seen) {
            home.put_back(&mut self.peer)
                .map_err(|error| self.cause.fault(error))?;
            self.again = true;
            return Err(Fault::Unavailable);
        }
        self.offers = true;
        if self.peer.row.offered < self.peer.row.journal.at {
            let mut peer = self.peer.clone();
            peer.row.offered = peer.row.journal.at;
            self.keep(peer, Batch::new())
                .map_err(|error| self.cause.fault(error))?;
        }
        Ok(())
    }

    fn settled(&mut self, heard: Time) -> Result<(), Fault> {
        let home = self.home.clone();
        let inner = home.inner();
        let mut state = inner.lock();
        let known = self.peer.row.met;
        if !state.has_other_agents(inner) || known.is_some_and(|met| heard.since_ms(met) < MET_MS) {
            return Ok(());
        }
        state.met = state.met.max(Some(heard));
        drop(state);
        let mut peer = self.peer.clone();
        peer.row.met = Some(heard);
        self.keep(peer, Batch::new())
            .map_err(|error| self.cause.fault(error))?;
        // Leases may be extended now.
        inner.changed();
        Ok(())
    }
}

impl Member {
    fn keep(&mut self, peer: Peer, mut batch: Batch) -> Result<(), Error> {
        let inner = self.home.inner();
        let mut state = inner.lock();
        self.its_turn(&state)?;
        peer.save(&inner.rows, &mut batch, &mut *state.entropy)?;
        inner.rows.store().commit(&batch)?;
        drop(state);
        self.peer = peer;
        self.peer.heads(&mut self.heads);
        Ok(())
    }
}

impl State {
    /// Writes what a relay and, through it, the recipients are to be told of the consents.
    fn tell_consents(
        &mut self,
        inner: &Inner,
        peer: &mut Peer,
        batch: &mut Batch,
        orders: u16,
    ) -> Result<(), Error> {
        let relay = peer.row.relay;
        let key = inner.mailbox_key(&relay)?;
        let own = inner.about().index;
        let granted = |event: &Event| match event {
            Event::Granted { at, token, card } => Some((*at, (**token).clone(), (**card).clone())),
            Event::Revoked(_) => None,
        };
        let erasures = erase::orders(&inner.rows)?;
        for order in self.erase_orders(inner, peer, &erasures)? {
            peer.order(batch, orders, SignedOrder::sign(&order, &relay, &key)?)?;
        }
        let consents: Vec<(Time, Token, Card)> = self
            .consents
            .history
            .events()
            .iter()
            .filter_map(granted)
            .collect();
        for (at, token, card) in consents {
            let mut told = peer.told(token.id());
            let before = told.clone();
            let Some(mail) = self.consents.mail(token.id()) else {
                continue;
            };
            let mail = Mail::new(mail, relay);
            let to = peer.post(PostKind::To(token.id().0, own), mail.name(From::Agent(own)));
            peer.post(PostKind::From(token.id().0), mail.name(From::Recipient));
            let mut told_orders = Vec::new();
            let mut letters = Vec::new();
            if let Some(revocation) = self.consents.history.revocation(token.id()) {
                if !told.closed {
                    if told.capability == [0; 32] {
                        // The recipient has to hear of it, and is not known there yet.
                        let views = Vec::new();
                        let known = Capability {
                            views,
                            ..self.capability(inner, peer, &token, &mail)?
                        };
                        told_orders.push(Order::Grant(known));
                    }
                    letters.push(ToRecipient::Revocation(revocation.as_bytes().to_vec()));
                    told_orders.push(Order::Close(mail.capability()));
                    // Keys that were on their way do not arrive.
                    peer.forget(inner.rows.store(), batch, to)?;
                    told_orders.extend(self.prunes(&mail));
                    told.closed = true;
                }
            } else if matches!(
                self.consents.history.state(token.id(), inner.now()),
                Some(ConsentState::Live { .. } | ConsentState::NotYet { .. })
            ) {
                let erased = |row: &ErasureRow| -> Result<bool, Error> {
                    Ok(erase::concerns(&row.order.order()?, at, &token))
                };
                let mut new = erasures.iter().skip(told.erasures as usize);
                if new.try_fold(false, |any, row| erased(row).map(|one| any || one))? {
                    // Letters of before would hand erased keys out. What they brought comes again: the next bundle has all.
                    peer.forget(inner.rows.store(), batch, to)?;
                    told_orders.extend(self.prunes(&mail));
                    self.forget_keys(inner, token.id())?;
                    let grantor = inner.about().household.signing_as(token.grantor())?;
                    for row in &erasures {
                        if erased(row)? {
                            // Letters of other agents may not have been read, which tell of a later key.
                            let order = row.order.signed_by(&grantor)?;
                            letters.push(ToRecipient::Erased(wire::to_bytes(&order)));
                        }
                    }
                }
                told.erasures = u32::try_from(erasures.len()).unwrap_or(u32::MAX);
                self.extend_lease(inner, &token, &card)?;
                let bundles = self.consents.bundles(token.id());
                // The first came with the grant.
                let further = bundles.iter().skip(1.max(told.bundles as usize));
                for bundle in further.filter(|bundle| !bundle.is_empty()) {
                    letters.push(ToRecipient::Extension(bundle.clone()));
                }
                told.bundles = u32::try_from(bundles.len()).unwrap_or(u32::MAX);
                let capability = self.capability(inner, peer, &token, &mail)?;
                let hash = digest(Domain::Order, &[&wire::to_bytes(&capability)]);
                if told.capability != hash {
                    told_orders.push(Order::Grant(capability));
                    told.capability = hash;
                }
            }
            // What ends something is heard before what explains it.
            for order in told_orders {
                peer.order(batch, orders, SignedOrder::sign(&order, &relay, &key)?)?;
            }
            for letter in letters {
                let seq = peer.next_letter(to);
                let plain = wire::to_bytes(&letter);
                let sealed = mail.seal(From::Agent(own), seq, &plain, &mut *self.entropy)?;
                peer.write(batch, to, sealed)?;
            }
            if told != before {
                peer.set_told(told);
            }
        }
        Ok(())
    }

    /// What a relay is to delete: of each log, what was erased since it was told.
    fn erase_orders(
        &mut self,
        inner: &Inner,
        peer: &mut Peer,
        erasures: &[ErasureRow],
    ) -> Result<Vec<Order>, Error> {
        let household = inner.household()?;
        let mut orders = Vec::new();
        for row in erasures.iter().skip(peer.row.erasures as usize) {
            let erased = row.order.order()?;
            let streams = self.streams.values();
            let logs = streams.filter(|stream| stream.id() == erased.stream());
            for log in logs.flat_map(|stream| &stream.logs) {
                let genesis = log.genesis.verify(&household)?;
                orders.push(Order::Erase(freehold_sync::Erase {
                    name: LogName::of_log(&peer.row.relay, genesis.log),
                    slots: vec![(erased.span().start, erased.span().end)],
                    proof: row.order.seal(genesis.log, &mut *self.entropy)?,
                }));
            }
        }
        peer.row.erasures = u32::try_from(erasures.len()).unwrap_or(u32::MAX);
        Ok(orders)
    }

    /// Makes the next bundle if one is due.
    fn extend_lease(&mut self, inner: &Inner, token: &Token, card: &Card) -> Result<(), Error> {
        let mut batch = Batch::new();
        if let Some(issued) = self.issue(inner, &mut batch, token, card)? {
            inner.rows.store().commit(&batch)?;
            self.consents.take(issued);
        }
        Ok(())
    }

    /// The numbers of all agents there are or were: what they wrote is still to be heard.
    fn agents(&self) -> impl Iterator<Item = u8> {
        let agents = self.parties.values().filter(|row| row.is_agent());
        agents.map(|row| row.index)
    }

    /// The logs of letters to and from the recipients of all consents.
    fn know_recipients(&self, peer: &mut Peer, own: u8) {
        let relay = peer.row.relay;
        for token in self.consents.history.tokens() {
            if let Some(mail) = self.consents.mail(token.id()) {
                let mail = Mail::new(mail, relay);
                peer.post(PostKind::To(token.id().0, own), mail.name(From::Agent(own)));
                peer.post(PostKind::From(token.id().0), mail.name(From::Recipient));
            }
        }
    }

    /// The logs that other agents write at a relay to others still: a relay offers an agent everything that lies in the mailbox, and
    /// what it does not know it would be offered again and again.
    fn know_of_others(&self, inner: &Inner, peer: &mut Peer) -> Result<(), Error> {
        let (own, relay) = (inner.about().index, peer.row.relay);
        let others = self.agents().filter(|agent| *agent != own);
        let others: Vec<u8> = others.collect();
        if others.is_empty() || inner.about().household.role() == PartyRole::Device {
            return Ok(());
        }
        for agent in others {
            let name = inner.orders_name(peer, agent)?;
            peer.post(PostKind::OrdersOf(agent), name);
            for token in self.consents.history.tokens() {
                if let Some(mail) = self.consents.mail(token.id()) {
                    let name = Mail::new(mail, relay).name(From::Agent(agent));
                    peer.post(PostKind::To(token.id().0, agent), name);
                }
            }
            let (rows, from) = (self.parties.values(), self.parties.get(&agent));
            for other in rows.filter(|row| row.index != own && row.index != agent) {
                if let Some(from) = from {
                    let name = letters_name(&relay, &from.card.id(), &other.card.id());
                    peer.post(PostKind::Between(agent, other.index), name);
                }
            }
        }
        Ok(())
    }

    /// That the relay is to forget every letter to the recipient that it has, whichever agent wrote it.
    fn prunes(&self, mail: &Mail) -> impl Iterator<Item = Order> {
        self.agents().map(|agent| Order::Prune {
            name: mail.name(From::Agent(agent)),
            before: u64::MAX,
        })
    }

    /// What the relay may serve under a consent.
    fn capability(
        &self,
        inner: &Inner,
        peer: &Peer,
        token: &Token,
        mail: &Mail,
    ) -> Result<Capability, Error> {
        let household = inner.household()?;
        let scope = &token.terms().scope;
        let mut views = BTreeMap::new();
        for stream in self.streams.values() {
            let id: StreamId = stream.id();
            for log in &stream.logs {
                let genesis = log.genesis.verify(&household)?;
                let (mut columns, mut windows) = (0, Vec::new());
                for facet in &genesis.facets {
                    let granted = scope.windows(id, log.level, *facet);
                    if !granted.is_empty() {
                        columns |= column(&genesis.facets, *facet);
                        windows
                            .extend(granted.iter().map(|window| (window.from(), window.until())));
                    }
                }
                if columns != 0 {
                    let name = LogName::of_log(&peer.row.relay, genesis.log);
                    let windows = united(windows);
                    views.insert(
                        name,
                        View {
                            name,
                            columns,
                            windows,
                        },
                    );
                }
            }
        }
        let fetch = StaticKey::from_secret(mail.fetch());
        // Its own log first: so no two agents write the same order, of which a relay carries out one.
        let own = inner.about().index;
        let mut agents: Vec<u8> = self.agents().collect();
        agents.sort_unstable_by_key(|agent| (*agent != own, *agent));
        Ok(Capability {
            id: mail.capability(),
            fetch: fetch.public().0,
            views: views.into_values().collect(),
            letters: agents
                .into_iter()
                .map(|agent| mail.name(From::Agent(agent)))
                .collect(),
            replies: mail.name(From::Recipient),
            writes: Vec::new(),
            not_after: token.terms().usable.until(),
        })
    }
}

impl Inner {
    /// This agent's log of orders.
    fn orders_post(&self, peer: &mut Peer) -> Result<u16, Error> {
        let name = self.orders_name(peer, self.about().index)?;
        Ok(peer.post(PostKind::Orders, name))
    }

    fn orders_name(&self, peer: &Peer, agent: u8) -> Result<LogName, Error> {
        let relay = peer.row.relay;
        let secret = self.about().household.derived(b"orders", &relay)?;
        let label = [b"orders", &[agent][..]].concat();
        Ok(LogName::of_secret(&relay, secret.expose(), &label))
    }

    /// Writes an order to the relay.
    pub(crate) fn order(
        &self,
        peer: &mut Peer,
        batch: &mut Batch,
        post: u16,
        order: &Order,
    ) -> Result<(), Error> {
        let relay = peer.row.relay;
        let signed = SignedOrder::sign(order, &relay, &self.mailbox_key(&relay)?)?;
        peer.order(batch, post, signed)
    }
}

impl Peer {
    fn told(&self, token: TokenId) -> ToldConsent {
        let found = self.row.consents.iter().find(|told| told.token == token.0);
        found.cloned().unwrap_or(ToldConsent {
            token: token.0,
            capability: [0; 32],
            bundles: 0,
            closed: false,
            erasures: 0,
        })
    }

    fn set_told(&mut self, told: ToldConsent) {
        let found = self
            .row
            .consents
            .iter_mut()
            .find(|other| other.token == told.token);
        match found {
            Some(found) => *found = told,
            None => self.row.consents.push(told),
        }
    }
}

/// How exactly it is noted when a relay was met, in milliseconds.
const MET_MS: i64 = 600_000;

/// The most bytes of a letter from a recipient.
const REPLY_MAX: usize = 1 << 10;
/// How often a relay may begin its receipts anew.
const RECEIPT_LOGS: usize = 64;
/// How long a home that has not changed is not looked at, in milliseconds.
const LOOK_MS: i64 = 30_000;

/// Windows in order, those that overlap or touch made one.
fn united(mut windows: Vec<(Time, Time)>) -> Vec<(Time, Time)> {
    windows.sort_unstable();
    let mut united: Vec<(Time, Time)> = Vec::new();
    for (from, until) in windows {
        match united.last_mut() {
            Some((_, end)) if *end >= from => *end = until.max(*end),
            _ => united.push((from, until)),
        }
    }
    united
}
