//! What a recipient will be able to work out beyond what a consent says.
//!
//! Keys leak nothing across slots. Values do: a day and 23 of its hours give the 24th. This looks at everything ever
//! granted to a recipient's keys, ended consents included, together with what is proposed.

mod arithmetic;

use std::collections::BTreeMap;

use freehold_model::{Facet, Facets, Level, Levels, Sampling, Time};
use serde::{Deserialize, Serialize};

use self::arithmetic::{Known, Rest};
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
        /// What of it: totals, a distribution, or extremes, which tell of the rest what they do not find in the finer slots.
        /// None for no more than how many readings there were.
        of: Facets,
        /// The level of the slot whose rest becomes known.
        coarse: Level,
        /// The finer levels of which slots are granted within the first of these.
        fine: Levels,
        /// The first coarse slot of which this is so.
        slot: (Time, Time),
        /// The first stretch of its rest.
        rest: (Time, Time),
        /// In how many stretches that rest lies; what is known is one sum over all of them.
        stretches: u32,
        /// Of how many coarse slots a rest becomes known.
        slots: u32,
    },
    /// A meter's absolute indexes, with the totals in between, give the sum over a time that is not granted.
    IndexOverGap {
        /// The stream.
        stream: StreamId,
        /// The first stretch of the first such time.
        gap: (Time, Time),
        /// In how many stretches that time lies; what is known is one sum over all of them.
        stretches: u32,
        /// How many such times there are.
        gaps: u32,
    },
    /// An absolute meter index tells what was used between any two of its times and before the first, since the meter began.
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
        indexes(cells, info, &mut found);
        few_readings(cells, info, &mut found);
        same_kind(cells, info, streams, &mut found);
    }
    if cells.keys().any(|(_, level, _)| *level != Level::Raw) {
        found.push(Derivable::LateParts);
    }
    found
}

/// Coarser slots less the finer ones within them, part by part; parts of which the same follows are one finding.
fn level_differences(cells: &Cells, info: &StreamInfo, found: &mut Vec<Derivable>) {
    let of = |facets: &[Facet]| known(cells, info, facets).rests();
    let (totals, distribution) = (of(&[Facet::Totals]), of(&[Facet::Distribution]));
    let mut counts = of(&[Facet::Totals, Facet::Distribution]);
    let tell_count = |rest: &Rest| {
        totals
            .iter()
            .chain(&distribution)
            .any(|same| same.time == rest.time)
    };
    counts.retain(|rest| !tell_count(rest));
    let parts = [
        (Facets::of(Facet::Totals), totals),
        (Facets::of(Facet::Extremes), of(&[Facet::Extremes])),
        (Facets::of(Facet::Distribution), distribution),
        (Facets::EMPTY, counts),
    ];
    for coarse in Level::ALL {
        let mut differences: Vec<(Facets, Vec<&Rest>)> = Vec::new();
        for (facets, rests) in &parts {
            let is_of = |rest: &&Rest| rest.coarse.is_some_and(|(level, _)| level == coarse);
            let rests: Vec<&Rest> = rests.iter().filter(is_of).collect();
            match differences.iter_mut().find(|(_, same)| *same == rests) {
                Some((all, _)) if !facets.is_empty() => *all = all.union(*facets),
                _ => differences.push((*facets, rests)),
            }
        }
        found.extend(
            differences
                .iter()
                .filter_map(|(facets, rests)| difference(info.id, *facets, rests)),
        );
    }
    if cells.contains_key(&(info.id, Level::Raw, Facet::Readings)) {
        found.push(Derivable::RawGivesAll { stream: info.id });
    }
}

fn difference(stream: StreamId, of: Facets, rests: &[&Rest]) -> Option<Derivable> {
    let first = rests.first()?;
    let (coarse, slot) = first.coarse?;
    let rest = first.time.first()?;
    Some(Derivable::LevelDifference {
        stream,
        of,
        coarse,
        fine: first.fine,
        slot: (slot.start, slot.end),
        rest: (rest.start, rest.end),
        stretches: count(first.time.len()),
        slots: count(rests.len()),
    })
}

/// What is known of a stream by any of these facets, the readings of raw included.
fn known<'a>(cells: &Cells, info: &'a StreamInfo, facets: &[Facet]) -> Known<'a> {
    let mut known = Known::new(info.calendar());
    for level in Level::ALL {
        let of = |facet: &Facet| cells.get(&(info.id, level, *facet)).into_iter().flatten();
        let windows: Vec<Window> = facets
            .iter()
            .chain([&Facet::Readings])
            .flat_map(of)
            .copied()
            .collect();
        known.add(level, &windows);
    }
    known
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// A meter's index tells at each slot's end how much was used until then.
fn indexes(cells: &Cells, info: &StreamInfo, found: &mut Vec<Derivable>) {
    let without = known(cells, info, &[Facet::Totals]).rests();
    let mut with = known(cells, info, &[Facet::Totals]);
    let mut any = false;
    for level in Level::ALL {
        let windows = cells.get(&(info.id, level, Facet::Index));
        any |= windows.is_some();
        with.add_index(level, windows.map(Vec::as_slice).unwrap_or_default());
    }
    if !any {
        return;
    }
    found.push(Derivable::IndexTotal { stream: info.id });
    let mut gaps = with.rests();
    gaps.retain(|rest| !without.iter().any(|same| same.time == rest.time));
    if let Some(first) = gaps.first()
        && let Some(gap) = first.time.first()
    {
        found.push(Derivable::IndexOverGap {
            stream: info.id,
            gap: (gap.start, gap.end),
            stretches: count(first.time.len()),
            gaps: count(gaps.len()),
        });
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
