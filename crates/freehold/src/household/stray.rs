//! Readings for which a device has no key: its time was over, its clock is wrong, or they came later than the slot was kept open. They
//! are sealed to the household at once, and put in by the agent that sees to the device.

use freehold_consent::StreamId;
use freehold_crypto::Suite;
use freehold_model::{Reading, Slot, Time, chunk};
use freehold_store::{Batch, Order as Scan};
use serde::{Deserialize, Serialize};

use super::{feed::Renewed, party::PartyRow, post::Note};
use crate::{
    Error,
    erase::{ErasureNews, ErasureRow, orders},
    home::{Inner, State},
    post::ToldParty,
    rows::{Rows, Space, all, log_key, log_rows, log_seq},
    sealer::{READINGS_MAX, Sealer},
    stream::LogRecord,
    tx::Tx,
    writer::StreamWriter,
};

/// Readings of one raw slot, sealed to the household.
#[derive(Serialize, Deserialize)]
pub(crate) struct Stray {
    stream: [u8; 16],
    start: Time,
    sealed: Vec<u8>,
}

/// Seals readings of one raw slot to the household, for an agent to put in.
pub(crate) fn keep(
    tx: &mut Tx<'_>,
    sealer: &mut Sealer,
    slot: Slot,
    readings: &[Reading],
) -> Result<(), Error> {
    let mut ordered = readings.to_vec();
    ordered.sort_by_key(|reading| reading.time);
    let mut plain = zeroize::Zeroizing::new(Vec::new());
    sealer.encoder.encode(slot.start, &ordered, &mut plain)?;
    let envelope = sealer.household_envelope.as_ref().ok_or(Error::NoKey)?;
    let stream = *sealer.stream.spec().id.as_bytes();
    let context = context(stream, slot.start);
    let stray = Stray {
        stream,
        start: slot.start,
        sealed: envelope.seal(Suite::One, INFO, &context, &plain, tx.entropy)?,
    };
    let key = log_key(Space::Stray, sealer.no, sealer.next_stray(tx.rows)?)?;
    tx.rows.put(&mut tx.batch, key, &stray, tx.entropy)
}

impl Sealer {
    /// The number of the next row of readings without a key.
    fn next_stray(&mut self, rows: &Rows) -> Result<u64, Error> {
        let next = match self.next_stray {
            Some(next) => next,
            None => next_row(rows, self.no)?,
        };
        self.next_stray = Some(next + 1);
        Ok(next)
    }
}

impl State {
    /// What this device has to say: readings that it could not seal, which it forgets once they are written to a letter, what it has
    /// erased, and what letters to it are sealed to now.
    pub(crate) fn device_notes(
        &self,
        inner: &Inner,
        told: &mut ToldParty,
        relay: &[u8; 32],
        batch: &mut Batch,
    ) -> Result<Vec<Note>, Error> {
        let about = inner.about();
        let mut notes = Vec::new();
        let (mut strays, mut len) = (Vec::new(), 0);
        let mut keys = Vec::new();
        inner.rows.each(all(Space::Stray)?, |key, stray: Stray| {
            keys.push(key);
            len += stray.sealed.len();
            strays.push(stray);
            if len >= NOTE_LEN {
                notes.push(Note::Strays(std::mem::take(&mut strays)));
                len = 0;
            }
            Ok(())
        })?;
        if !strays.is_empty() {
            notes.push(Note::Strays(strays));
        }
        for key in keys {
            batch.delete(key);
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
        let mut batch = Batch::new();
        let mut next = next_row(&inner.rows, u32::from(from.index))?;
        let is_keeper = self.keeper_of(from) == Some(inner.about().index);
        for stray in strays {
            if is_keeper && self.put_stray(inner, &stray)? {
                continue;
            }
            let key = log_key(Space::Stray, u32::from(from.index), next)?;
            next += 1;
            inner
                .rows
                .put(&mut batch, key, &stray, &mut *self.entropy)?;
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

    /// Says whether it is done with: not if its stream is not known yet.
    fn put_stray(&mut self, inner: &Inner, stray: &Stray) -> Result<bool, Error> {
        let Some(record) = self.stream_of(stray.stream) else {
            return Ok(false);
        };
        let no = record.no;
        let keys = inner.about().household.open()?;
        let context = context(stray.stream, stray.start);
        let open = |key: &freehold_crypto::EnvelopeKey| {
            key.open(Suite::One, INFO, &context, &stray.sealed).ok()
        };
        let Some(plain) = keys.iter().find_map(open) else {
            return Ok(true);
        };
        let Ok(readings) = chunk::decode(stray.start, &plain, READINGS_MAX) else {
            return Ok(true);
        };
        self.begin_logs(inner, no)?;
        let put = |writer: &mut StreamWriter, tx: &mut Tx<'_>| writer.put_in(tx, &readings);
        match inner.write_in(self, no, put) {
            // What does not fit the stream is nobody's reading.
            Err(Error::Reading(_) | Error::Time) | Ok(()) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Starts logs of this agent's in a stream, where it has none.
    pub(crate) fn begin_logs(&mut self, inner: &Inner, no: u32) -> Result<(), Error> {
        let record = self.streams.get(&no).cloned();
        let mut record = record.ok_or(Error::Damaged)?;
        if record.is_own() {
            return Ok(());
        }
        let (household, key) = (inner.household()?, inner.signing_key()?);
        let mut incarnation = 0;
        for log in &record.logs {
            incarnation = incarnation.max(log.genesis.verify(&household)?.incarnation + 1);
        }
        for (log, level) in (self.next_log()..).zip(record.spec.levels.iter()) {
            let entropy = &mut *self.entropy;
            let log = LogRecord::start(log, &record.spec, level, incarnation, None, &key, entropy)?;
            record.add_log(log, &household)?;
        }
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

/// The number after the last row: of a stream on a device, of a device on an agent.
fn next_row(rows: &Rows, no: u32) -> Result<u64, Error> {
    let mut next = 0;
    let range = log_rows(Space::Stray, no)?;
    rows.store().scan(range, Scan::Descending, &mut |key, _| {
        next = log_seq(key) + 1;
        std::ops::ControlFlow::Break(())
    })?;
    Ok(next)
}

fn context(stream: [u8; 16], start: Time) -> Vec<u8> {
    [&stream[..], &start.ms().to_be_bytes()].concat()
}

const INFO: &[u8] = b"stray";
/// Bytes after which another letter is begun.
const NOTE_LEN: usize = 1 << 18;
/// Answers in one letter.
const ANSWERS: usize = 256;
