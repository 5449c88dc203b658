use freehold_crypto::Salt;
use freehold_model::{Epoch, Slot, Time, wire};
use serde::{Deserialize, Serialize};

use crate::LogError;

/// The version of the header's layout.
pub(crate) const HEADER_VERSION: u8 = 1;

/// What everyone may see of an entry: its place, its slots and the sizes of its pieces.
///
/// A header names neither log, level nor facet: the chain binds it to the [`Genesis`](crate::Genesis), which does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub(crate) version: u8,
    pub(crate) seq: u64,
    pub(crate) epoch: Epoch,
    pub(crate) generation: u32,
    pub(crate) salt: Salt,
    pub(crate) runs: Vec<Run>,
    pub(crate) lengths: Vec<Lengths>,
    pub(crate) body: [u8; 32],
}

/// Slots of one width that follow each other without a gap. Minutes keep it small; every civil boundary since 1970 is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Minutes from the end of the run before, or from 1970-01-01T00:00Z for the first.
    pub skip: u32,
    /// Minutes of one slot, at least 1.
    pub width: u32,
    /// Slots, at least 1.
    pub count: u32,
    /// Which part of its slots this is: 0 first, then one more for what came late.
    pub part: u16,
}

/// The sealed lengths of one facet's pieces, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lengths {
    /// One length for every slot.
    Fixed(u16),
    /// A length for each slot.
    Each(Vec<u32>),
}

/// The largest number of slots in one entry.
pub(crate) const SLOTS_MAX: usize = 256;
/// The largest sealed body, in bytes.
pub(crate) const BODY_MAX: usize = 1 << 20;
/// The largest number of facets in a log.
pub(crate) const FACETS_MAX: usize = 4;
/// The largest encoded header, in bytes.
pub(crate) const HEADER_MAX: usize = 64 + SLOTS_MAX * (12 + 3 * FACETS_MAX);

const MINUTE_MS: i64 = 60_000;

impl Header {
    /// Decodes and checks what can be checked without the log: version, bounds, order of slots.
    ///
    /// # Errors
    /// [`LogError::Malformed`], [`LogError::NotCanonical`], [`LogError::Version`], [`LogError::TooLarge`] or
    /// [`LogError::Slots`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LogError> {
        if bytes.len() > HEADER_MAX {
            return Err(LogError::TooLarge { bound: HEADER_MAX });
        }
        match bytes.first() {
            Some(&HEADER_VERSION) => {}
            Some(&found) => return Err(LogError::Version { found }),
            None => return Err(LogError::Malformed),
        }
        let header: Self = wire::from_bytes(bytes, HEADER_MAX)?;
        header.check()?;
        Ok(header)
    }

    /// The canonical encoding: what the chain and the store hold.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::to_bytes(self)
    }

    /// The place in the log, from 0.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The epoch whose roots the pieces were sealed under.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The generation of those roots.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The slots with their parts, in the order of the pieces.
    pub fn slots(&self) -> impl Iterator<Item = (Slot, u16)> + '_ {
        let mut end = 0_i64;
        self.runs.iter().flat_map(move |run| {
            let first = end + i64::from(run.skip);
            let width = i64::from(run.width);
            end = first + width * i64::from(run.count);
            (0..i64::from(run.count)).map(move |n| {
                let start = first + n * width;
                (minutes(start, start + width), run.part)
            })
        })
    }

    /// The time from the first slot's start to the last slot's end.
    #[must_use]
    pub fn span(&self) -> Slot {
        let first = self.runs.first().map_or(0, |run| i64::from(run.skip));
        let end = self.runs.iter().fold(0, |end, run| {
            end + i64::from(run.skip) + i64::from(run.width) * i64::from(run.count)
        });
        minutes(first, end)
    }

    /// The number of slots.
    #[must_use]
    pub fn slot_count(&self) -> usize {
        self.runs.iter().map(|run| run.count as usize).sum()
    }

    /// The number of facets in the log.
    #[must_use]
    pub fn facet_count(&self) -> usize {
        self.lengths.len()
    }

    /// The number of pieces: slots times facets.
    #[must_use]
    pub fn piece_count(&self) -> usize {
        self.slot_count() * self.lengths.len()
    }

    /// The sealed lengths of all pieces, in their order.
    pub(crate) fn sealed_lens(&self) -> impl Iterator<Item = usize> {
        (0..self.slot_count()).flat_map(|slot| {
            self.lengths.iter().map(move |lengths| match lengths {
                Lengths::Fixed(len) => usize::from(*len),
                // Checked: there is one for each slot.
                Lengths::Each(lens) => lens.get(slot).map_or(0, |len| *len as usize),
            })
        })
    }

    /// Appends a slot to the runs.
    pub(crate) fn push_slot(runs: &mut Vec<Run>, slot: Slot, part: u16) -> Result<(), LogError> {
        let (start, end) = (slot.start.ms(), slot.end.ms());
        if start % MINUTE_MS != 0 || end % MINUTE_MS != 0 {
            return Err(LogError::Slots);
        }
        let (start, end) = (start / MINUTE_MS, end / MINUTE_MS);
        let last = runs.iter().fold(0_i64, |at, run| {
            at + i64::from(run.skip) + i64::from(run.width) * i64::from(run.count)
        });
        let skip = u32::try_from(start - last).map_err(|_| LogError::Slots)?;
        let width = u32::try_from(end - start)
            .ok()
            .filter(|width| *width > 0)
            .ok_or(LogError::Slots)?;
        match runs.last_mut() {
            Some(run) if skip == 0 && run.width == width && run.part == part => run.count += 1,
            _ => runs.push(Run {
                skip,
                width,
                count: 1,
                part,
            }),
        }
        Ok(())
    }

    pub(crate) fn check(&self) -> Result<(), LogError> {
        let mut end = 0_u64;
        let mut slots = 0_usize;
        for (n, run) in self.runs.iter().enumerate() {
            // One encoding for one list of slots: what could be one run is one run.
            let joins = n > 0
                && run.skip == 0
                && self
                    .runs
                    .get(n - 1)
                    .is_some_and(|p| p.width == run.width && p.part == run.part);
            if run.width == 0 || run.count == 0 {
                return Err(LogError::Slots);
            }
            if joins {
                return Err(LogError::NotCanonical);
            }
            slots = slots.saturating_add(run.count as usize);
            if slots > SLOTS_MAX {
                return Err(LogError::TooLarge { bound: SLOTS_MAX });
            }
            end += u64::from(run.skip) + u64::from(run.width) * u64::from(run.count);
        }
        // The year 8921: far enough, and no sum of a header can overflow.
        if slots == 0 || end > u64::from(u32::MAX) {
            return Err(LogError::Slots);
        }
        self.check_lengths(slots)
    }

    fn check_lengths(&self, slots: usize) -> Result<(), LogError> {
        if self.lengths.is_empty() {
            return Err(LogError::Malformed);
        }
        if self.lengths.len() > FACETS_MAX {
            return Err(LogError::TooLarge { bound: FACETS_MAX });
        }
        let mut body = 0_usize;
        for lengths in &self.lengths {
            body = body.saturating_add(match lengths {
                Lengths::Fixed(len) => usize::from(*len) * slots,
                Lengths::Each(lens) if lens.len() != slots => return Err(LogError::Malformed),
                // One encoding for one list of lengths: equal and short ones are `Fixed`.
                Lengths::Each(lens) if is_fixed(lens) => return Err(LogError::NotCanonical),
                Lengths::Each(lens) => lens
                    .iter()
                    .fold(0, |sum: usize, len| sum.saturating_add(*len as usize)),
            });
        }
        if body > BODY_MAX {
            Err(LogError::TooLarge { bound: BODY_MAX })
        } else {
            Ok(())
        }
    }
}

fn minutes(start: i64, end: i64) -> Slot {
    Slot {
        start: Time::from_ms(start * MINUTE_MS),
        end: Time::from_ms(end * MINUTE_MS),
    }
}

fn is_fixed(lens: &[u32]) -> bool {
    lens.windows(2).all(|pair| pair.first() == pair.last())
        && lens.first().is_some_and(|len| u16::try_from(*len).is_ok())
}
