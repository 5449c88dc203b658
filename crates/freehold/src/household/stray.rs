//! Readings for which a device has no key: its time was over, its clock is wrong, or they came later than the slot was kept open. They
//! are sealed to the household at once, and put in by the agent that sees to the device.

use freehold_crypto::Suite;
use freehold_model::{Reading, Slot, Time, chunk};
use freehold_store::{Batch, Order as Scan};
use serde::{Deserialize, Serialize};

use super::{feed::Renewed, party::PartyRow, post::Note};
use crate::{
    Error,
    home::{Inner, State},
    post::ToldParty,
    rows::{Space, all, log_key, log_rows, log_seq},
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
    fn next_stray(&mut self, rows: &crate::rows::Rows) -> Result<u64, Error> {
        let next = match self.next_stray {
            Some(next) => next,
            None => {
                let mut next = 0;
                let range = log_rows(Space::Stray, self.no)?;
                rows.store().scan(range, Scan::Descending, &mut |key, _| {
                    next = log_seq(key) + 1;
                    std::ops::ControlFlow::Break(())
                })?;
                next
            }
        };
        self.next_stray = Some(next + 1);
        Ok(next)
    }
}

impl State {
    /// What this device has to say: readings that it could not seal, which it forgets once they are written to a letter, and what
    /// letters to it are sealed to now.
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

    /// Puts in what a device could not, if this is the agent that sees to it.
    pub(crate) fn hear_strays(
        &mut self,
        inner: &Inner,
        from: &PartyRow,
        strays: Vec<Stray>,
    ) -> Result<(), Error> {
        if self.keeper_of(from) != Some(inner.about().index) {
            return Ok(());
        }
        let keys = inner.about().household.open()?;
        for stray in strays {
            let Some(record) = self.stream_of(stray.stream) else {
                continue;
            };
            let no = record.no;
            let context = context(stray.stream, stray.start);
            let open = |key: &freehold_crypto::EnvelopeKey| {
                key.open(Suite::One, INFO, &context, &stray.sealed).ok()
            };
            let Some(plain) = keys.iter().find_map(open) else {
                continue;
            };
            let Ok(readings) = chunk::decode(stray.start, &plain, READINGS_MAX) else {
                continue;
            };
            self.begin_logs(inner, no)?;
            let put = |writer: &mut StreamWriter, tx: &mut Tx<'_>| writer.put_in(tx, &readings);
            match inner.write_in(self, no, put) {
                // What does not fit the stream is nobody's reading.
                Err(Error::Reading(_) | Error::Time) | Ok(()) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
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

fn context(stream: [u8; 16], start: Time) -> Vec<u8> {
    [&stream[..], &start.ms().to_be_bytes()].concat()
}

const INFO: &[u8] = b"stray";
/// Bytes after which another letter is begun.
const NOTE_LEN: usize = 1 << 18;
