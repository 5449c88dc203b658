//! The summary of a slot that is not sealed yet.

use std::collections::BTreeMap;

use freehold_crypto::{RowKey, Suite};
use freehold_model::{Epoch, Extremes, Level, Reading, Slot, Summarizer, Summary, Time, latest};
use freehold_store::Batch;
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    rows::{Rows, Space, log_rows, running_key},
    sealer::Sealer,
    tx::Tx,
    vault::KeySource,
};

/// What the sealed raw slots of an open summary slot come to so far.
pub(crate) struct Running {
    slot: Slot,
    sum: Option<Sum>,
    saved: bool,
}

/// A summary, and when the first and the last of its numbers were read: raw slots need not be sealed in order of time.
#[derive(Clone, Serialize, Deserialize)]
struct Sum {
    summary: Summary,
    ends: Option<(Time, Time)>,
}

impl Running {
    pub(crate) fn new(slot: Slot) -> Self {
        Self {
            slot,
            sum: None,
            saved: false,
        }
    }

    pub(crate) fn slot(&self) -> Slot {
        self.slot
    }

    /// Takes readings of the slot in order of time; none of those before lies between them. `absolute` has a counter's own
    /// values.
    pub(crate) fn take(
        &mut self,
        summarizer: &mut Summarizer,
        readings: &[Reading],
        absolute: &[Reading],
    ) -> Result<(), Error> {
        for reading in latest(readings) {
            summarizer.push(reading)?;
        }
        let last = absolute
            .iter()
            .rev()
            .find(|reading| self.slot.contains(reading.time));
        if let Some(index) = last.and_then(|reading| reading.value.number()) {
            summarizer.push_index(index);
        }
        let more = Sum {
            summary: summarizer.finish(),
            ends: ends(readings),
        };
        self.sum = Some(match self.sum.take() {
            Some(sum) => sum.with(more)?,
            None => more,
        });
        self.saved = false;
        Ok(())
    }

    pub(crate) fn summary(&self) -> Summary {
        self.sum
            .as_ref()
            .map(|sum| sum.summary.clone())
            .unwrap_or_default()
    }

    /// Writes the summary so far, sealed under the slot's key, if it changed.
    pub(crate) fn save(
        &mut self,
        tx: &mut Tx<'_>,
        sealer: &mut Sealer,
        (level, start): (Level, Time),
    ) -> Result<(), Error> {
        if self.saved {
            return Ok(());
        }
        let (epoch, generation) = sealer.sealing(tx, start)?;
        let mut bytes = postcard::to_allocvec(&RunningPlace {
            end: self.slot.end,
            epoch,
            generation,
        })
        .map_err(|_| Error::Damaged)?;
        let at = bytes.len();
        bytes.extend(postcard::to_allocvec(&self.sum).map_err(|_| Error::Damaged)?);
        let key = running_key(sealer.no, level, start)?;
        let leaf = sealer
            .vault
            .leaf(sealer.running_place(level, epoch, generation), start)
            .ok_or(Error::NoKey)?;
        RowKey::running(&leaf, Suite::One).seal(
            &key.id().to_be_bytes(),
            &mut bytes,
            at,
            tx.entropy,
        )?;
        tx.batch.put(key, bytes);
        self.saved = true;
        Ok(())
    }

    pub(crate) fn delete(
        &self,
        batch: &mut Batch,
        stream: u32,
        (level, start): (Level, Time),
    ) -> Result<(), Error> {
        batch.delete(running_key(stream, level, start)?);
        Ok(())
    }

    /// Reads the running summaries of a stream back.
    pub(crate) fn load_all(
        rows: &Rows,
        sealer: &mut Sealer,
    ) -> Result<BTreeMap<(Level, Time), Self>, Error> {
        let mut found = Vec::new();
        rows.raw(log_rows(Space::Running, sealer.no)?, |key, row| {
            found.push((key, row.to_vec()))
        })?;
        let mut running = BTreeMap::new();
        for (key, mut bytes) in found {
            let (level, start) = crate::rows::running_place(key).ok_or(Error::Damaged)?;
            let (place, rest) =
                postcard::take_from_bytes::<RunningPlace>(&bytes).map_err(|_| Error::Damaged)?;
            let at = bytes.len() - rest.len();
            // The slot was erased since.
            let Some(leaf) = sealer.vault.leaf(
                sealer.running_place(level, place.epoch, place.generation),
                start,
            ) else {
                continue;
            };
            let sealed = bytes.get_mut(at..).ok_or(Error::Damaged)?;
            let plain = RowKey::running(&leaf, Suite::One)
                .open(&key.id().to_be_bytes(), sealed)
                .map_err(|_| Error::Damaged)?;
            let sum = postcard::from_bytes(plain).map_err(|_| Error::Damaged)?;
            running.insert(
                (level, start),
                Self {
                    slot: Slot {
                        start,
                        end: place.end,
                    },
                    sum,
                    saved: true,
                },
            );
        }
        Ok(running)
    }
}

impl Sum {
    /// Both together: what is earlier comes first. What lies between the ends of this one changes neither.
    fn with(self, more: Self) -> Result<Self, Error> {
        let (Some((first, last)), Some((more_first, more_last))) = (self.ends, more.ends) else {
            let mut summary = self.summary;
            summary.merge(&more.summary)?;
            return Ok(Self {
                summary,
                ends: self.ends.or(more.ends),
            });
        };
        let (mut early, late) = if more_last < first {
            (more.summary, self.summary)
        } else {
            (self.summary, more.summary)
        };
        let (range, index) = (early.extremes, early.index);
        early.merge(&late)?;
        if first < more_first && more_last < last {
            if let (Some(Extremes(Some(merged))), Some(Extremes(Some(outer)))) =
                (&mut early.extremes, range)
            {
                merged.last = outer.last;
            }
            early.index = index;
        }
        Ok(Self {
            summary: early,
            ends: Some((first.min(more_first), last.max(more_last))),
        })
    }
}

/// When the first and the last number of these readings were read.
fn ends(readings: &[Reading]) -> Option<(Time, Time)> {
    let number = |reading: &&Reading| reading.value.number().is_some();
    let first = readings.iter().find(number)?;
    let last = readings.iter().rev().find(number)?;
    Some((first.time, last.time))
}

#[derive(Serialize, Deserialize)]
struct RunningPlace {
    end: Time,
    epoch: Epoch,
    generation: u32,
}
