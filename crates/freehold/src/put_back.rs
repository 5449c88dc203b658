//! An agent whose store was put back from a backup together with its key store. Nothing at home tells it so; a relay does, which has
//! more of the journal for it than this store ever offered.
//!
//! It begins new logs and new keys at once, and writes nothing to the relay before that has given it what it wrote there itself. It
//! does what its own orders say, which it had forgotten: consents are withdrawn, parties removed, and times erased again. What its logs
//! have that the relay has another history of is sealed anew.

use std::collections::BTreeMap;

use freehold_consent::TokenId;
use freehold_crypto::Entropy;
use freehold_model::{Facet, Level, Slot, Summary, Time, ValueKind, chunk};
use freehold_store::{Batch, Store};
use freehold_sync::{Cursor, LogName, Order, Position, Stretch};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Home,
    erase::{SignedOrder, overlap},
    home::{Inner, State, number_of},
    household::{PARTIES_MAX, capability_id},
    post::{Mail, Peer, PeerRow, PostKind, new_journal},
    rows::{Rows, Space, all, log_key, log_rows, log_seq},
    sealer::{READINGS_MAX, Sealer},
    stream::{LogRecord, Restored},
    vault::{KeyPlace, KeySource, Vault},
    writer::{Forked, StreamWriter},
};

/// How things stand with a relay after this store was put back.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct PutBack {
    /// What this agent wrote comes from the relay first: until then nothing is written to it.
    pub(crate) awaits: bool,
    /// The other agents are asked to tell everything again.
    pub(crate) asks: bool,
    /// When it had come first.
    pub(crate) at: Option<Time>,
    /// Logs, by number, of which this relay has another history than the one that they were settled with.
    pub(crate) apart: Vec<u32>,
}

/// What has to be seen to once a log is what a relay has of it.
#[derive(Serialize, Deserialize)]
enum Tail {
    /// A chunk of readings that the log had and has no more; a counter's as they were read.
    Readings { start: Time, chunk: Vec<u8> },
    /// A summary that the log had, of a stream that keeps no readings.
    Summary {
        level: Level,
        start: Time,
        end: Time,
        pieces: Pieces,
    },
    /// The log has readings of this time now that nobody may have summed up.
    New { from: Time, until: Time },
}

/// The pieces of a summary, opened.
type Pieces = Vec<(Facet, Vec<u8>)>;

impl Home {
    /// Goes on as a home that was put back: what it wrote until now it writes no more.
    pub(crate) fn put_back(&self, peer: &mut Peer) -> Result<(), Error> {
        let inner = self.inner();
        let mut state = inner.lock();
        let state = &mut *state;
        let own = state.streams.values().filter(|stream| stream.is_own());
        let own: Vec<u32> = own.map(|stream| stream.no).collect();
        for no in own {
            // What is not signed could not be read any more.
            inner.write_in(state, no, StreamWriter::sign)?;
            state.begin_after_loss(inner, no)?;
        }
        let mut batch = Batch::new();
        peer.begin_again(&mut batch, inner.about().index, &mut *state.entropy)?;
        peer.save(&inner.rows, &mut batch, &mut *state.entropy)?;
        Ok(inner.rows.store().commit(&batch)?)
    }

    /// What this agent wrote to the relay has come: does again what its orders say, and seals anew what lies beside its logs.
    pub(crate) fn come_back(&self, peer: &mut Peer) -> Result<(), Error> {
        for order in self.own_orders(peer)? {
            self.obey(peer, &order)?;
        }
        log::warn!("this store was put back from a backup: what was written since is taken back");
        let inner = self.inner();
        let mut state = inner.lock();
        let state = &mut *state;
        let numbers: Vec<u32> = state.streams.keys().copied().collect();
        for no in numbers {
            state.seal_anew(inner, no)?;
        }
        // At most each letter to a recipient brought a bundle.
        let letters = |token: TokenId| {
            let own = inner.about().index;
            let mut posts = peer.row.posts.iter();
            let to = posts.find(|post| post.kind == PostKind::To(token.0, own));
            to.map_or(0, |post| post.head.seq)
        };
        state.skip_bundles(inner, letters)?;
        let put_back = &mut peer.row.put_back;
        put_back.awaits = false;
        if put_back.at.is_none() {
            put_back.asks = true;
            put_back.at = Some(inner.now());
        }
        let mut batch = Batch::new();
        peer.save(&inner.rows, &mut batch, &mut *state.entropy)?;
        inner.rows.store().commit(&batch)?;
        inner.changed();
        Ok(())
    }

    /// The orders of this agent that the relay had, in their order.
    fn own_orders(&self, peer: &Peer) -> Result<Vec<Order>, Error> {
        let (inner, relay) = (self.inner(), peer.row.relay);
        let mailbox = inner.mailbox_key(&relay)?.public_key();
        let posts = peer.row.posts.iter().zip(0..);
        let own = posts.filter(|(post, _)| post.kind == PostKind::Orders);
        let mut orders = Vec::new();
        for (_, post) in own {
            let mut from = 0;
            while let Some(part) = peer.rest(post, from) {
                let bytes = peer.read(inner.rows.store(), post, part.from, part.to)?;
                let Stretch::Orders(signed) = Stretch::from_bytes(&bytes)? else {
                    return Err(Error::Damaged);
                };
                for order in signed {
                    orders.push(order.verify(&relay, &mailbox)?);
                }
                from = part.to;
            }
        }
        Ok(orders)
    }

    /// What was ordered and then forgotten still holds.
    fn obey(&self, peer: &Peer, order: &Order) -> Result<(), Error> {
        let (inner, relay) = (self.inner(), peer.row.relay);
        match order {
            Order::Close(id) => {
                let closed = {
                    let state = inner.lock();
                    let known = state.consents.history.tokens();
                    let mut live = known
                        .filter(|token| state.consents.history.revocation(token.id()).is_none());
                    let token = live.find(|token| {
                        let mail = state.consents.mail(token.id());
                        mail.is_some_and(|mail| Mail::new(mail, relay).capability() == *id)
                    });
                    token.map(|token| token.id())
                };
                if let Some(token) = closed {
                    self.revoke(token)?;
                }
                self.remove_if(|party| capability_id(party) == *id)
            }
            Order::Remove(key) => self.remove_if(|party| party.card.channel() == *key),
            Order::Erase(erase) => {
                let found = {
                    let (state, household) = (inner.lock(), inner.household()?);
                    let mut found = None;
                    for stream in state.streams.values() {
                        for log in &stream.logs {
                            let id = log.genesis.verify(&household)?.log;
                            if LogName::of_log(&relay, id) == erase.name {
                                found = Some((stream.name.clone(), id));
                            }
                        }
                    }
                    found
                };
                let Some((name, log)) = found else {
                    return Ok(());
                };
                // The mailbox's key vouches for it: the household may have signed with a key that was lost.
                let span = SignedOrder::open(log, &erase.proof)?.order()?.span();
                match self.erase(&self.stream(&name)?, span.start, span.end) {
                    // There is nothing of that time here.
                    Err(Error::Time) => Ok(()),
                    outcome => outcome.map(drop),
                }
            }
            Order::Grant(_) | Order::Admit(_) | Order::Prune { .. } => Ok(()),
        }
    }

    fn remove_if(&self, which: impl Fn(&crate::household::PartyRow) -> bool) -> Result<(), Error> {
        let name = {
            let (state, own) = (self.inner().lock(), self.inner().about().index);
            let mut others = state.parties.values();
            let row = others.find(|row| row.index != own && row.is_live() && which(row));
            row.map(|row| row.card.name().as_str().to_owned())
        };
        name.map_or(Ok(()), |name| self.remove(&name).map(drop))
    }
}

impl Peer {
    /// Whether the peer has more of this side's journal than was ever offered to it.
    pub(crate) fn knows_more(&self, seen: Cursor) -> bool {
        seen.epoch == self.row.journal.epoch && seen.at > self.row.offered
    }

    /// Begins another journal, with nothing told yet; what the agent `own` wrote is to come from the peer.
    fn begin_again(
        &mut self,
        batch: &mut Batch,
        own: u8,
        entropy: &mut dyn Entropy,
    ) -> Result<(), Error> {
        for at in 0..self.row.posts.len() {
            let at = u16::try_from(at).map_err(|_| Error::Damaged)?;
            if self.is_own(at, own) {
                batch.delete_range(
                    self.letter_key(at, 0)?..=self.letter_key(at, u64::from(u32::MAX))?,
                );
                self.set_head(at, Position::START);
            }
        }
        batch.delete_range(log_rows(Space::Change, self.no)?);
        self.row.journal = new_journal(entropy)?;
        self.row.seen = Cursor::default();
        self.row.offered = 0;
        self.row.told.clear();
        self.row.consents.clear();
        self.row.erasures = 0;
        self.row.parties.clear();
        self.row.put_back = PutBack {
            awaits: true,
            ..PutBack::default()
        };
        Ok(())
    }
}

impl State {
    /// New logs and keys of a stream. The keys have numbers that the store that was lost is unlikely to have come to: it may have
    /// sealed under any number since the backup.
    fn begin_after_loss(&mut self, inner: &Inner, no: u32) -> Result<(), Error> {
        let mut record = self.streams.get(&no).cloned().ok_or(Error::Damaged)?;
        for log in record.logs.iter_mut().filter(|log| log.is_own()) {
            log.restored = Restored::Behind;
        }
        self.start_logs(inner, &mut record)?;
        let next = Vault::after_all(&inner.rows, no, record.generation)?;
        let mut random = [0; 1];
        self.entropy.fill(&mut random)?;
        let leap = u32::from(PARTIES_MAX) * (LEAP_MIN + u32::from(random[0] % LEAP_MORE));
        record.generation = if next + leap > GENERATIONS {
            next
        } else {
            next + leap
        };
        inner.save_stream(self, record)
    }

    /// Makes a log of this agent's end at `from`, so that the relay's history of it goes on there. What it had from `differs` on is
    /// put aside. A log that was settled with another relay stays as it is: then the answer is no.
    pub(crate) fn give_way(
        &mut self,
        inner: &Inner,
        no: u32,
        (from, differs): (u64, u64),
    ) -> Result<bool, Error> {
        let streams = self.streams.values();
        let found = streams
            .flat_map(|stream| stream.logs.iter().map(move |log| (stream, log)))
            .find(|(_, log)| log.no == no);
        let (record, log) = found.ok_or(Error::Damaged)?;
        if log.restored != Restored::Behind {
            return Ok(false);
        }
        let stream = record.no;
        let mut sealer = Sealer::load(&inner.rows, record, &inner.about())?;
        let tails = tails(&mut sealer, inner.rows.store(), (no, log.level), differs)?;
        let mut batch = Batch::new();
        self.set_aside(inner, &mut batch, stream, tails)?;
        for (space, first) in [
            (Space::Header, from),
            (Space::Body, from),
            (Space::Checkpoint, from + 1),
        ] {
            batch.delete_range(log_key(space, no, first)?..=*log_rows(space, no)?.end());
        }
        self.leave_apart(inner, &mut batch, no, differs)?;
        inner.rows.store().commit(&batch)?;
        self.writers.remove(&stream);
        Ok(true)
    }

    /// Relays to which entries of a log from `differs` on were offered may have them: there the log stays as it is.
    fn leave_apart(
        &mut self,
        inner: &Inner,
        batch: &mut Batch,
        log: u32,
        differs: u64,
    ) -> Result<(), Error> {
        let mut peers = Vec::new();
        inner.rows.each(all(Space::Peer)?, |key, row: PeerRow| {
            peers.push(Peer::of(number_of(key), row));
            Ok(())
        })?;
        for mut peer in peers {
            if peer.was_offered(inner.rows.store(), log, differs)? {
                peer.row.put_back.apart.push(log);
                peer.save(&inner.rows, batch, &mut *self.entropy)?;
            }
        }
        Ok(())
    }

    /// Notes that a log has entries of this time now.
    pub(crate) fn note_new(
        &mut self,
        inner: &Inner,
        stream: u32,
        (from, until): (Time, Time),
    ) -> Result<(), Error> {
        let mut batch = Batch::new();
        self.set_aside(inner, &mut batch, stream, vec![Tail::New { from, until }])?;
        Ok(inner.rows.store().commit(&batch)?)
    }

    fn set_aside(
        &mut self,
        inner: &Inner,
        batch: &mut Batch,
        stream: u32,
        tails: Vec<Tail>,
    ) -> Result<(), Error> {
        let mut next = 0;
        inner.rows.raw(log_rows(Space::Tail, stream)?, |key, _| {
            next = log_seq(key) + 1;
        })?;
        for (tail, seq) in tails.iter().zip(next..) {
            let key = log_key(Space::Tail, stream, seq)?;
            inner.rows.put(batch, key, tail, &mut *self.entropy)?;
        }
        Ok(())
    }

    /// The logs of a stream are what the relay has of them: seals what was put aside, and sums up what came.
    fn seal_anew(&mut self, inner: &Inner, no: u32) -> Result<(), Error> {
        let mut record = self.streams.get(&no).cloned().ok_or(Error::Damaged)?;
        let behind = |log: &LogRecord| log.restored == Restored::Behind;
        if !record.logs.iter().any(behind) {
            return Ok(());
        }
        let (mut keys, mut tails) = (Vec::new(), Vec::new());
        let rows = log_rows(Space::Tail, no)?;
        inner.rows.each(rows, |key, tail: Tail| {
            keys.push(key);
            tails.push(tail);
            Ok(())
        })?;
        for log in record.logs.iter_mut().filter(|log| behind(log)) {
            log.restored = Restored::Settled;
        }
        inner.write_in(self, no, |writer, tx| {
            let mut forked = Forked::default();
            for tail in tails {
                tail.add_to(&mut forked, writer)?;
            }
            for key in keys {
                tx.batch.delete(key);
            }
            writer.seal_anew(tx, forked)
        })?;
        inner.save_stream(self, record)
    }
}

impl Tail {
    fn add_to(self, forked: &mut Forked, writer: &StreamWriter) -> Result<(), Error> {
        match self {
            Self::Readings { start, chunk } => {
                let readings = chunk::decode(start, &chunk, READINGS_MAX)?;
                forked.readings.extend(readings);
            }
            Self::Summary {
                level,
                start,
                end,
                pieces,
            } => {
                let mut summary = Summary::default();
                for (facet, piece) in pieces {
                    let layout = writer.sealer.stream.layout(level);
                    layout.decode(facet, &piece, &mut summary)?;
                }
                forked.summaries.push((level, Slot { start, end }, summary));
            }
            Self::New { from, until } => forked.new.push((from, until)),
        }
        Ok(())
    }

    fn is_in(&self, span: Slot) -> bool {
        match self {
            Self::Readings { start, .. } => span.contains(*start),
            Self::Summary { start, end, .. } => overlap(
                Slot {
                    start: *start,
                    end: *end,
                },
                span,
            ),
            Self::New { .. } => false,
        }
    }
}

/// Deletes what is put aside of a stream's erased span.
pub(crate) fn erase(rows: &Rows, batch: &mut Batch, stream: u32, span: Slot) -> Result<(), Error> {
    rows.each(log_rows(Space::Tail, stream)?, |key, tail: Tail| {
        if tail.is_in(span) {
            batch.delete(key);
        }
        Ok(())
    })
}

/// What a log has from an entry on. Of a stream that keeps readings these are all that counts.
fn tails(
    sealer: &mut Sealer,
    store: &dyn Store,
    (no, level): (u32, Level),
    first: u64,
) -> Result<Vec<Tail>, Error> {
    let keeps_raw = sealer.keeps_raw();
    let raw = match sealer.stream.kind().value_kind() {
        ValueKind::Counter => Facet::Index,
        _ => Facet::Readings,
    };
    if keeps_raw && level != Level::Raw {
        return Ok(Vec::new());
    }
    let (_, logs, vault) = sealer.reading(level);
    let mut logs = logs.into_iter();
    let log = logs.find(|log| log.no == no).ok_or(Error::Damaged)?;
    let mut seqs = log.overlapping(Time::from_ms(i64::MIN), Time::from_ms(i64::MAX));
    seqs.retain(|seq| *seq >= first);
    let (mut tails, mut buffer) = (Vec::new(), Vec::new());
    // The highest part of a summary counts.
    let mut summaries: BTreeMap<Time, (Time, u16, Pieces)> = BTreeMap::new();
    log.entries(store, &seqs, |entry| {
        for piece in entry.pieces() {
            let place = KeyPlace::of(entry, level, piece.facet);
            let held = entry.body().piece(piece.number()).is_some();
            let Some(leaf) = vault.leaf(place, piece.slot.start).filter(|_| held) else {
                continue;
            };
            if level == Level::Raw {
                if piece.facet == raw {
                    let chunk = piece.open(&leaf, &mut buffer)?.to_vec();
                    let start = piece.slot.start;
                    tails.push(Tail::Readings { start, chunk });
                }
                continue;
            }
            let plain = piece.open(&leaf, &mut buffer)?.to_vec();
            let slot = summaries
                .entry(piece.slot.start)
                .or_insert_with(|| (piece.slot.end, piece.part, Vec::new()));
            if piece.part > slot.1 {
                *slot = (piece.slot.end, piece.part, Vec::new());
            }
            if piece.part == slot.1 {
                slot.2.push((piece.facet, plain));
            }
        }
        Ok(())
    })?;
    tails.extend(
        summaries
            .into_iter()
            .map(|(start, (end, _, pieces))| Tail::Summary {
                level,
                start,
                end,
                pieces,
            }),
    );
    Ok(tails)
}

/// How many of its own generations an agent skips at least, and how many more at most.
const LEAP_MIN: u32 = 8;
const LEAP_MORE: u8 = 64;
/// The highest generation that a leap may lead to: there has to be room for as many again.
const GENERATIONS: u32 = 1 << 15;
