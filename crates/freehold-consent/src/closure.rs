//! What a recipient will be able to work out beyond what a consent says.
//!
//! Keys leak nothing across slots. Values do: a day and 23 of its hours give the 24th. This looks at everything ever
//! granted to a recipient's keys, ended consents included, together with what is proposed.

use std::collections::BTreeMap;

use freehold_model::{Calendar, Facet, Level, Sampling, Slot, Time};
use serde::{Deserialize, Serialize};

use crate::id::StreamId;
use crate::scope::{Cell, Scope};
use crate::stream::StreamInfo;
use crate::window::Window;

/// What can be worked out, worst first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosureReport {
    findings: Vec<Finding>,
}

/// One thing that can be worked out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What it is.
    pub what: Derivable,
    /// Whether it takes an earlier consent to the same recipient, not this one alone.
    pub with_earlier: bool,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Something that was not granted becomes known: another time, a finer level.
    Reveals,
    /// Something to know that follows from what is granted.
    Note,
}

/// What can be worked out, and from what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Derivable {
    /// A coarse slot less the finer slots granted within it gives the rest of it.
    LevelDifference {
        /// The stream.
        stream: StreamId,
        /// The level of the slot whose rest becomes known.
        coarse: Level,
        /// The finer level.
        fine: Level,
        /// The first coarse slot of which this is so.
        slot: (Time, Time),
        /// The first stretch of it that becomes known.
        rest: (Time, Time),
        /// In how many coarse slots.
        slots: u32,
    },
    /// Absolute meter indexes on both sides of a gap give the sum over the gap.
    IndexOverGap {
        /// The stream.
        stream: StreamId,
        /// The first gap.
        gap: (Time, Time),
    },
    /// An absolute meter index tells what was used before the first granted slot, since the meter began.
    IndexTotal {
        /// The stream.
        stream: StreamId,
    },
    /// Readings give every summary of their time, of every level and facet.
    RawGivesAll {
        /// The stream.
        stream: StreamId,
    },
    /// A slot with one or two readings tells them exactly.
    FewReadings {
        /// The stream.
        stream: StreamId,
        /// The finest granted level.
        level: Level,
        /// Whether by count, sum and sum of squares.
        totals: bool,
        /// Whether by min, max, first and last.
        extremes: bool,
        /// Whether that is usual: readings come no more often.
        usual: bool,
    },
    /// Two streams of one kind over the same time: their difference may say what neither does.
    SameKind {
        /// One stream.
        first: StreamId,
        /// The other.
        second: StreamId,
    },
    /// Readings that arrive after their slot was sealed go out as a further part; what they add shows.
    LateParts,
}

impl ClosureReport {
    /// What `proposed` lets its recipient work out, alone or together with the scopes in `earlier`.
    ///
    /// `streams` describes the streams of the proposal; of a stream that it lacks, nothing is reported.
    #[must_use]
    pub fn new(proposed: &Scope, earlier: &[&Scope], streams: &[StreamInfo]) -> Self {
        let alone = derivable(&cells(&[proposed]), proposed, streams);
        let mut scopes = earlier.to_vec();
        scopes.push(proposed);
        let together = derivable(&cells(&scopes), proposed, streams);
        let more = together
            .into_iter()
            .filter(|found| found.is_about_both() && !alone.contains(found));
        let with_earlier = |with_earlier| {
            move |what: Derivable| Finding {
                severity: what.severity(),
                what,
                with_earlier,
            }
        };
        let mut findings: Vec<Finding> = more.map(with_earlier(true)).collect();
        findings.extend(alone.iter().cloned().map(with_earlier(false)));
        findings.sort();
        findings.dedup();
        Self { findings }
    }

    /// The findings, worst first.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether something becomes known that was not granted.
    #[must_use]
    pub fn reveals(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Reveals)
    }
}

impl Derivable {
    const fn severity(&self) -> Severity {
        match self {
            Self::LevelDifference { .. } | Self::IndexOverGap { .. } => Severity::Reveals,
            _ => Severity::Note,
        }
    }

    /// Whether it takes two things that may have been granted at different times. The rest follows from one grant, and
    /// was said when that was granted.
    const fn is_about_both(&self) -> bool {
        matches!(
            self,
            Self::LevelDifference { .. } | Self::IndexOverGap { .. } | Self::SameKind { .. }
        )
    }
}

type Cells = BTreeMap<Cell, Vec<Window>>;

/// Windows of all scopes by cell, each kept for itself: a slot must lie in one of them.
fn cells(scopes: &[&Scope]) -> Cells {
    let mut all = Cells::new();
    for scope in scopes {
        for (cell, windows) in scope.cells() {
            all.entry(cell).or_default().extend(windows);
        }
    }
    for windows in all.values_mut() {
        windows.sort_unstable();
        windows.dedup();
    }
    all
}

fn derivable(cells: &Cells, proposed: &Scope, streams: &[StreamInfo]) -> Vec<Derivable> {
    let mut found = Vec::new();
    for stream in proposed.streams() {
        let Some(info) = streams.iter().find(|info| info.id == stream) else {
            continue;
        };
        level_differences(cells, info, &mut found);
        indexes(cells, stream, &mut found);
        few_readings(cells, info, &mut found);
        same_kind(cells, info, streams, &mut found);
    }
    if cells.keys().any(|(_, level, _)| *level != Level::Raw) {
        found.push(Derivable::LateParts);
    }
    found
}

/// For each pair of levels: slots of the coarser that finer slots fill in part.
fn level_differences(cells: &Cells, info: &StreamInfo, found: &mut Vec<Derivable>) {
    for coarse in Level::ALL {
        let of_coarse = windows(cells, info.id, coarse);
        for fine in Level::ALL
            .into_iter()
            .filter(|fine| *fine < coarse && coarse != Level::Raw)
        {
            let pair = Pair {
                calendar: info.calendar(),
                coarse,
                fine,
            };
            found.extend(pair.difference(info.id, &of_coarse, &windows(cells, info.id, fine)));
        }
    }
    if !windows(cells, info.id, Level::Raw).is_empty() {
        found.push(Derivable::RawGivesAll { stream: info.id });
    }
}

struct Pair<'a> {
    calendar: &'a Calendar,
    coarse: Level,
    fine: Level,
}

impl Pair<'_> {
    fn difference(
        &self,
        stream: StreamId,
        coarse: &[Window],
        fine: &[Window],
    ) -> Option<Derivable> {
        let mut slots: Vec<(Slot, Slot)> = self
            .cut_slots(fine)
            .into_iter()
            .filter(|slot| {
                coarse
                    .iter()
                    .any(|window| window.covers(slot.start, slot.end))
            })
            .filter_map(|slot| Some((slot, self.rest(slot, fine)?)))
            .collect();
        slots.sort_unstable();
        slots.dedup();
        let (slot, rest) = slots.first()?;
        Some(Derivable::LevelDifference {
            stream,
            coarse: self.coarse,
            fine: self.fine,
            slot: (slot.start, slot.end),
            rest: (rest.start, rest.end),
            slots: u32::try_from(slots.len()).unwrap_or(u32::MAX),
        })
    }

    /// The coarse slots that an edge of a finer window may cut.
    fn cut_slots(&self, fine: &[Window]) -> Vec<Slot> {
        let edges = fine
            .iter()
            .flat_map(|window| [window.from(), window.until().plus_ms(-1)]);
        edges
            .map(|edge| self.calendar.slot(self.coarse, edge))
            .collect()
    }

    /// The first stretch of a coarse slot that no granted finer slot fills; `None` when they fill all of it, or none.
    fn rest(&self, slot: Slot, fine: &[Window]) -> Option<Slot> {
        let mut filled: Vec<Slot> = Vec::new();
        for window in fine {
            let (from, until) = (window.from().max(slot.start), window.until().min(slot.end));
            let first = self.calendar.slots(self.fine, from, until).next();
            // The last whole slot ends where the slot that holds `until` begins, unless `until` ends the coarse slot.
            let end = if until == slot.end {
                until
            } else {
                self.calendar.slot(self.fine, until).start
            };
            filled.extend(first.filter(|first| first.start < end).map(|first| Slot {
                start: first.start,
                end,
            }));
        }
        filled.sort_unstable();
        let mut reached = slot.start;
        for part in &filled {
            if reached < part.start {
                return Some(Slot {
                    start: reached,
                    end: part.start,
                });
            }
            reached = reached.max(part.end);
        }
        (!filled.is_empty() && reached < slot.end).then_some(Slot {
            start: reached,
            end: slot.end,
        })
    }
}

/// The windows in which a level is granted in any facet that adds up: totals of summaries, the readings of raw.
fn windows(cells: &Cells, stream: StreamId, level: Level) -> Vec<Window> {
    let facet = if level == Level::Raw {
        Facet::Readings
    } else {
        Facet::Totals
    };
    cells
        .get(&(stream, level, facet))
        .cloned()
        .unwrap_or_default()
}

fn indexes(cells: &Cells, stream: StreamId, found: &mut Vec<Derivable>) {
    let mut windows: Vec<Window> = cells
        .iter()
        .filter(|((of, _, facet), _)| *of == stream && *facet == Facet::Index)
        .flat_map(|(_, windows)| windows.iter().copied())
        .collect();
    windows.sort_unstable();
    if windows.is_empty() {
        return;
    }
    found.push(Derivable::IndexTotal { stream });
    let mut reached: Option<Time> = None;
    for window in windows {
        if let Some(end) = reached.filter(|end| *end < window.from()) {
            found.push(Derivable::IndexOverGap {
                stream,
                gap: (end, window.from()),
            });
            return;
        }
        reached = reached.max(Some(window.until()));
    }
}

fn few_readings(cells: &Cells, info: &StreamInfo, found: &mut Vec<Derivable>) {
    let granted = |facet| {
        cells
            .keys()
            .find(|cell| cell.0 == info.id && cell.2 == facet)
            .map(|cell| cell.1)
    };
    let (totals, extremes) = (granted(Facet::Totals), granted(Facet::Extremes));
    let Some(level) = [totals, extremes].into_iter().flatten().min() else {
        return;
    };
    found.push(Derivable::FewReadings {
        stream: info.id,
        level,
        totals: totals.is_some(),
        extremes: extremes.is_some(),
        usual: holds_few(info, level),
    });
}

/// Whether a slot of the level usually holds one or two readings, as far as the stream's owner said.
fn holds_few(info: &StreamInfo, level: Level) -> bool {
    match (info.stream.spec().sampling, level.nominal_ms()) {
        (Sampling::Every(every), Some(slot)) => slot < 3 * i64::from(every),
        _ => false,
    }
}

fn same_kind(cells: &Cells, info: &StreamInfo, streams: &[StreamInfo], found: &mut Vec<Derivable>) {
    let spans = |id: StreamId| -> Vec<Window> {
        cells
            .iter()
            .filter(|(cell, _)| cell.0 == id)
            .flat_map(|(_, windows)| windows.iter().copied())
            .collect()
    };
    let ours = spans(info.id);
    for other in streams
        .iter()
        .filter(|other| other.id != info.id && other.kind_name() == info.kind_name())
    {
        if spans(other.id)
            .iter()
            .any(|theirs| ours.iter().any(|window| window.meet(*theirs).is_some()))
        {
            let (first, second) = (info.id.min(other.id), info.id.max(other.id));
            found.push(Derivable::SameKind { first, second });
        }
    }
}
