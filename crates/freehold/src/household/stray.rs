//! Readings for which a device has no key: its time was over, its clock is wrong, or they came later than the slot was kept open. They
//! are sealed to the household at once, and put in by the agent that sees to the device.

use std::collections::BTreeSet;

use freehold_consent::StreamId;
use freehold_crypto::{EnvelopeKey, Suite};
use freehold_model::{Reading, Slot, Time, ValueKind, chunk, wire};
use freehold_store::Batch;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{
    feed::Renewed,
    party::PartyRow,
    post::{ITEMS_MAX, Note},
};
use crate::{
    Error,
    erase::{ErasureNews, ErasureRow, orders},
    home::{Inner, State},
    post::ToldParty,
    rows::{Rows, Space, all, log_key, log_of, log_rows, log_seq, number_key},
    sealer::{READINGS_MAX, Sealer},
    tx::Tx,
};

/// Readings of one raw slot, sealed to the household.
#[derive(Serialize, Deserialize)]
pub(crate) struct Stray {
    stream: [u8; 16],
    /// Which it is of this stream, from 0.
    no: u64,
    /// The first that its device still had when it told of this: what came before was put in or erased.
    from: u64,
    start: Time,
    sealed: Vec<u8>,
}

/// What is sealed: where a counter stood before, and a chunk.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Content {
    #[zeroize(skip)]
    before: Option<(Time, i64)>,
    chunk: Vec<u8>,
}

/// Seals readings of one raw slot, in order of time, to the household, for an agent to put in.
pub(crate) fn keep(
    tx: &mut Tx<'_>,
    sealer: &mut Sealer,
    slot: Slot,
    before: Option<(Time, i64)>,
    readings: &[Reading],
) -> Result<(), Error> {
    let is_counter = sealer.stream.kind().value_kind() == ValueKind::Counter;
    let mut content = Content {
        before: before.filter(|_| is_counter),
        chunk: Vec::new(),
    };
    let chunk = &mut content.chunk;
    sealer.encoder.encode(slot.start, readings, chunk)?;
    let plain = Zeroizing::new(wire::to_bytes(&content));
    let envelope = sealer.household_envelope.as_ref().ok_or(Error::NoKey)?;
    let stream = *sealer.stream.spec().id.as_bytes();
    let context = context(stream, slot.start);
    let stray = Stray {
        stream,
        no: sealer.next_stray,
        from: 0,
        start: slot.start,
        sealed: envelope.seal(Suite::One, INFO, &context, &plain, tx.entropy)?,
    };
    let key = log_key(Space::Stray, sealer.no, stray.no)?;
    sealer.next_stray += 1;
    if is_counter {
        let numbers = readings.iter().rev();
        let mut numbers = numbers.filter_map(|one| Some((one.time, one.value.number()?)));
        sealer.strayed = sealer.strayed.max(numbers.next());
    }
    tx.rows.put(&mut tx.batch, key, &stray, tx.entropy)
}

impl State {
    /// What this device has to say: readings that it could not seal, what it has erased, and what letters to it are sealed to now.
    /// It keeps the readings until an agent has put them in, and sends again what was not after a while: a letter may never be read.
    pub(crate) fn device_notes(
        &self,
        inner: &Inner,
        told: &mut ToldParty,
        relay: &[u8; 32],
    ) -> Result<Vec<Note>, Error> {
        let about = inner.about();
        let mut notes = Vec::new();
        told.tell_strays_again(inner.now());
        let (mut strays, mut len) = (Vec::new(), 0);
        // Rows come stream by stream, in the order of their numbers.
        let mut first = None;
        inner
            .rows
            .each(all(Space::Stray)?, |key, mut stray: Stray| {
                let stream = log_of(key);
                first = first.filter(|(of, _)| *of == stream);
                (_, stray.from) = *first.get_or_insert((stream, stray.no));
                if !told.is_stray_new(stream, stray.no) {
                    return Ok(());
                }
                len += stray.sealed.len();
                strays.push(stray);
                if len >= NOTE_LEN || strays.len() == ITEMS_MAX {
                    notes.push(Note::Strays(std::mem::take(&mut strays)));
                    len = 0;
                }
                Ok(())
            })?;
        if !strays.is_empty() {
            notes.push(Note::Strays(strays));
        }
        if first.is_none() {
            told.strays_at = None;
        }
        let answers: Vec<ErasureNews> = orders(&inner.rows)?
            .into_iter()
            .filter(|row| !row.receipts.is_empty())
            .map(ErasureRow::news)
            .collect();
        let fresh = answers.get(told.erased as usize..).unwrap_or_default();
        notes.extend(
            fresh
                .chunks(ANSWERS)
                .map(|some| Note::Erased(some.to_vec())),
        );
        told.erased = u32::try_from(answers.len()).unwrap_or(u32::MAX);
        let heard = about.heard.iter().find(|(other, _)| other == relay);
        let (count, heard) = (about.party.renewals(), heard.map_or(0, |(_, heard)| *heard));
        if (told.events, told.fed.heard) != (count, heard) {
            (told.events, told.fed.heard) = (count, heard);
            notes.push(Note::Renewed(Renewed {
                count,
                envelope: Box::new(about.party.envelope()?.public_key().clone()),
                heard,
            }));
        }
        Ok(notes)
    }

    /// Puts in what a device could not, if this is the agent that sees to it. Another keeps it, for the time when it is: the one that
    /// does now may never hear of it.
    pub(crate) fn hear_strays(
        &mut self,
        inner: &Inner,
        from: &PartyRow,
        strays: Vec<Stray>,
    ) -> Result<(), Error> {
        let place = u32::from(from.index);
        let is_keeper = self.keeper_of(from) == Some(inner.about().index);
        let (mut next, mut known) = (0, BTreeSet::new());
        inner
            .rows
            .each(log_rows(Space::Stray, place)?, |key, stray: Stray| {
                next = log_seq(key) + 1;
                known.insert((stray.stream, stray.no));
                Ok(())
            })?;
        let mut batch = Batch::new();
        for stray in strays {
            if is_keeper && self.put_stray(inner, &stray)? || self.is_put(&stray) {
                continue;
            }
            if known.insert((stray.stream, stray.no)) {
                let key = log_key(Space::Stray, place, next)?;
                next += 1;
                let entropy = &mut *self.entropy;
                inner.rows.put(&mut batch, key, &stray, entropy)?;
            }
        }
        Ok(inner.rows.store().commit(&batch)?)
    }

    /// Puts in what was kept of a device's, if this is the agent that sees to it now.
    pub(super) fn put_kept(&mut self, inner: &Inner, device: &PartyRow) -> Result<(), Error> {
        if self.keeper_of(device) != Some(inner.about().index) {
            return Ok(());
        }
        let mut kept = Vec::new();
        let rows = log_rows(Space::Stray, u32::from(device.index))?;
        inner.rows.each(rows, |key, stray: Stray| {
            kept.push((key, stray));
            Ok(())
        })?;
        for (key, stray) in kept {
            if self.put_stray(inner, &stray)? {
                let mut batch = Batch::new();
                batch.delete(key);
                inner.rows.store().commit(&batch)?;
            }
        }
        Ok(())
    }

    fn is_put(&self, stray: &Stray) -> bool {
        let stream = self.stream_of(stray.stream);
        stream.is_some_and(|stream| stray.no < stream.put)
    }

    /// Says whether it is done with: not if its stream is not known yet, and not before those with lower numbers, which may be in a
    /// letter that was lost. With the batch that puts it in the stream says so: it goes in once.
    fn put_stray(&mut self, inner: &Inner, stray: &Stray) -> Result<bool, Error> {
        let Some(no) = self.stream_of(stray.stream).map(|record| record.no) else {
            return Ok(false);
        };
        let put = self.streams.get(&no).map_or(0, |record| record.put);
        if stray.no < put {
            return Ok(true);
        }
        if stray.no != put.max(stray.from) {
            return Ok(false);
        }
        let content = self.opened_stray(inner, stray)?;
        if content.is_some() {
            self.begin_logs(inner, no)?;
        }
        let mut record = self.streams.get(&no).cloned().ok_or(Error::Damaged)?;
        record.put = stray.no.saturating_add(1);
        let row = number_key(Space::Stream, no)?;
        if let Some((before, readings)) = content {
            let put = inner.write_in(self, no, |writer, tx| {
                tx.rows.put(&mut tx.batch, row, &record, tx.entropy)?;
                writer.put_in(tx, before, &readings)
            });
            match put {
                Ok(()) => {
                    self.streams.insert(no, record);
                    return Ok(true);
                }
                // What does not fit the stream is nobody's reading.
                Err(Error::Reading(_) | Error::Time | Error::Counter(_)) => {}
                Err(error) => return Err(error),
            }
        }
        inner.save_stream(self, record)?;
        Ok(true)
    }

    /// What is sealed in it; nothing if that is no readings, or sealed to somebody else.
    #[expect(
        clippy::type_complexity,
        reason = "where a counter stood, and readings"
    )]
    fn opened_stray(
        &self,
        inner: &Inner,
        stray: &Stray,
    ) -> Result<Option<(Option<(Time, i64)>, Vec<Reading>)>, Error> {
        let keys = inner.about().household.open()?;
        let context = context(stray.stream, stray.start);
        let open = |key: &EnvelopeKey| key.open(Suite::One, INFO, &context, &stray.sealed).ok();
        let content = keys.iter().find_map(open).and_then(|plain| {
            let content: Content = wire::from_bytes(&plain, stray.sealed.len()).ok()?;
            let readings = chunk::decode(stray.start, &content.chunk, READINGS_MAX).ok()?;
            Some((content.before, readings))
        });
        Ok(content)
    }

    /// Starts logs of this agent's in a stream, where it has none.
    pub(crate) fn begin_logs(&mut self, inner: &Inner, no: u32) -> Result<(), Error> {
        let record = self.streams.get(&no).cloned();
        let mut record = record.ok_or(Error::Damaged)?;
        if record.is_own() {
            return Ok(());
        }
        self.start_logs(inner, &mut record)?;
        inner.save_stream(self, record)
    }
}

/// Deletes what is kept of a stream's readings in an erased span.
pub(crate) fn erase(
    rows: &Rows,
    batch: &mut Batch,
    stream: StreamId,
    span: Slot,
) -> Result<(), Error> {
    rows.each(all(Space::Stray)?, |key, stray: Stray| {
        if stray.stream == stream.0 && span.contains(stray.start) {
            batch.delete(key);
        }
        Ok(())
    })
}

/// Deletes what is kept of a stream and was put in: what has a lower number.
pub(super) fn forget(
    rows: &Rows,
    batch: &mut Batch,
    (stream, put): ([u8; 16], u64),
) -> Result<(), Error> {
    rows.each(all(Space::Stray)?, |key, stray: Stray| {
        if stray.stream == stream && stray.no < put {
            batch.delete(key);
        }
        Ok(())
    })
}

impl ToldParty {
    /// Forgets what was told if it is time to tell it again: after a day, then after two, four, and so on, so that what a relay keeps
    /// for agents that do not come grows slowly.
    fn tell_strays_again(&mut self, now: Time) {
        let (at, times) = *self.strays_at.get_or_insert((now, 0));
        if now.since_ms(at) >= AGAIN_MS << times {
            self.strays.clear();
            self.strays_at = Some((now, (times + 1).min(AGAIN_MAX)));
        }
    }

    /// Whether readings without a key were not told yet; from then on they were.
    fn is_stray_new(&mut self, stream: u32, no: u64) -> bool {
        match self.strays.iter_mut().find(|(other, _)| *other == stream) {
            Some((_, told)) if no < *told => false,
            Some((_, told)) => {
                *told = no + 1;
                true
            }
            None => {
                self.strays.push((stream, no + 1));
                true
            }
        }
    }
}

fn context(stream: [u8; 16], start: Time) -> Vec<u8> {
    [&stream[..], &start.ms().to_be_bytes()].concat()
}

const INFO: &[u8] = b"stray";
/// After this time a device sends again what no agent has put in.
const AGAIN_MS: i64 = 24 * 3_600_000;
/// That time is doubled so often.
const AGAIN_MAX: u8 = 5;
/// Bytes after which another letter is begun.
const NOTE_LEN: usize = 1 << 18;
/// Answers in one letter.
const ANSWERS: usize = 256;
