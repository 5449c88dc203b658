//! What may be opened: streams, levels and facets over windows of time.

use std::collections::{BTreeMap, BTreeSet};

use freehold_model::{Facet, Facets, Level, Levels};
use serde::{Deserialize, Serialize};

use crate::id::StreamId;
use crate::window::Window;
use crate::wire::{List, Set};

/// Streams of one line of a scope, at most.
pub const STREAMS_MAX: usize = 64;
/// Lines of a scope, at most.
pub const LINES_MAX: usize = 16;

/// One line of a scope: each of the streams, at each of the levels, in each of the facets, over the data window.
///
/// A level grants itself and nothing coarser or finer. Readings go with raw and every other facet with the summary
/// levels; a pair that cannot be, such as the totals of raw, grants nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The streams.
    pub streams: Set<StreamId, STREAMS_MAX>,
    /// The levels.
    pub levels: Levels,
    /// The facets.
    pub facets: Facets,
    /// Which time the data is from.
    pub data: Window,
}

/// What may be opened; never empty, and in the one canonical form of what it grants.
///
/// A slot is in scope when it lies wholly in *one* window of its stream, level and facet: two windows that touch do
/// not open the slot across them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "List<Line, LINES_MAX>", try_from = "List<Line, LINES_MAX>")]
pub struct Scope(Vec<Line>);

/// Why lines make no scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// Nothing would be granted.
    #[error("empty scope")]
    Empty,
    /// More than [`LINES_MAX`] lines.
    #[error("{0} lines in scope")]
    TooManyLines(usize),
    /// On the wire: not the canonical form of what the lines grant.
    #[error("scope is not canonical")]
    NotCanonical,
}

/// A stream, a level and a facet: what one key tree per epoch and generation is for.
pub type Cell = (StreamId, Level, Facet);

/// Windows of which none lies in another, ascending.
type Windows = BTreeSet<Window>;
type Cells = BTreeMap<Cell, Windows>;

impl Scope {
    /// The scope of all that the lines grant.
    ///
    /// # Errors
    /// [`ScopeError::Empty`] and [`ScopeError::TooManyLines`].
    pub fn new(lines: impl IntoIterator<Item = Line>) -> Result<Self, ScopeError> {
        Self::from_cells(&cells_of(lines))
    }

    /// The lines.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.0
    }

    /// Every stream in the scope, once, ascending.
    #[must_use]
    pub fn streams(&self) -> Vec<StreamId> {
        let all: BTreeSet<StreamId> = self
            .0
            .iter()
            .flat_map(|line| line.streams.iter().copied())
            .collect();
        all.into_iter().collect()
    }

    /// Every granted stream, level and facet with its windows, in order.
    pub fn cells(&self) -> impl Iterator<Item = (Cell, Vec<Window>)> {
        let cells = cells_of(self.0.iter().cloned());
        cells
            .into_iter()
            .map(|(cell, windows)| (cell, windows.into_iter().collect()))
    }

    /// The windows in which a stream's level and facet are granted, ascending; empty when they are not.
    #[must_use]
    pub fn windows(&self, stream: StreamId, level: Level, facet: Facet) -> Vec<Window> {
        let mut windows = Windows::new();
        for line in self
            .0
            .iter()
            .filter(|line| line.grants(stream, level, facet))
        {
            insert(&mut windows, line.data);
        }
        windows.into_iter().collect()
    }

    /// The facets of a stream's level that are granted for some time.
    #[must_use]
    pub fn facets(&self, stream: StreamId, level: Level) -> Facets {
        let lines = self
            .0
            .iter()
            .filter(|line| line.streams.contains(&stream) && line.levels.contains(level));
        lines
            .flat_map(|line| line.facets.iter())
            .filter(|facet| legal(level, *facet))
            .collect()
    }

    /// What both scopes grant.
    ///
    /// # Errors
    /// [`ScopeError::Empty`] when that is nothing.
    pub fn meet(&self, other: &Self) -> Result<Self, ScopeError> {
        let (ours, theirs) = (
            cells_of(self.0.iter().cloned()),
            cells_of(other.0.iter().cloned()),
        );
        let mut cells = Cells::new();
        for (cell, windows) in &ours {
            for a in windows {
                for b in theirs.get(cell).into_iter().flatten() {
                    if let Some(both) = a.meet(*b) {
                        insert(cells.entry(*cell).or_default(), both);
                    }
                }
            }
        }
        Self::from_cells(&cells)
    }

    /// Whether everything that this scope grants is granted by the other.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let theirs = cells_of(other.0.iter().cloned());
        self.cells().all(|(cell, windows)| {
            let held = theirs.get(&cell);
            windows
                .iter()
                .all(|a| held.into_iter().flatten().any(|b| a.is_within(*b)))
        })
    }

    fn from_cells(cells: &Cells) -> Result<Self, ScopeError> {
        let lines = grouped(cells);
        match lines.len() {
            0 => Err(ScopeError::Empty),
            1..=LINES_MAX => Ok(Self(lines)),
            n => Err(ScopeError::TooManyLines(n)),
        }
    }
}

impl Line {
    fn grants(&self, stream: StreamId, level: Level, facet: Facet) -> bool {
        legal(level, facet)
            && self.levels.contains(level)
            && self.facets.contains(facet)
            && self.streams.contains(&stream)
    }
}

impl From<Scope> for List<Line, LINES_MAX> {
    fn from(scope: Scope) -> Self {
        Self(scope.0)
    }
}

impl TryFrom<List<Line, LINES_MAX>> for Scope {
    type Error = ScopeError;

    fn try_from(lines: List<Line, LINES_MAX>) -> Result<Self, ScopeError> {
        let scope = Self::new(lines.0.iter().cloned())?;
        if scope.0 == lines.0 {
            Ok(scope)
        } else {
            Err(ScopeError::NotCanonical)
        }
    }
}

/// Raw has readings and nothing else; summaries have every facet but those.
fn legal(level: Level, facet: Facet) -> bool {
    (level == Level::Raw) == (facet == Facet::Readings)
}

fn cells_of(lines: impl IntoIterator<Item = Line>) -> Cells {
    let mut cells = Cells::new();
    for line in lines {
        for stream in &line.streams {
            for level in line.levels.iter() {
                for facet in line.facets.iter().filter(|facet| legal(level, *facet)) {
                    insert(cells.entry((*stream, level, facet)).or_default(), line.data);
                }
            }
        }
    }
    cells
}

/// Adds a window and keeps none that lies in another.
fn insert(windows: &mut Windows, new: Window) {
    if windows.iter().any(|held| new.is_within(*held)) {
        return;
    }
    windows.retain(|held| !held.is_within(new));
    windows.insert(new);
}

/// Cells as lines: streams with equal levels, facets and window share one. Raw joins the first line of its stream and
/// window, for it takes a facet that no other level has.
fn grouped(cells: &Cells) -> Vec<Line> {
    let mut per_window: BTreeMap<(StreamId, Window), BTreeMap<Level, Facets>> = BTreeMap::new();
    for ((stream, level, facet), windows) in cells {
        for window in windows {
            let levels = per_window.entry((*stream, *window)).or_default();
            let facets = levels.entry(*level).or_default();
            *facets = facets.iter().chain([*facet]).collect();
        }
    }
    let mut lines: BTreeMap<(Window, u8, u8), BTreeSet<StreamId>> = BTreeMap::new();
    for ((stream, window), levels) in per_window {
        for (levels, facets) in joined(&levels) {
            lines
                .entry((window, levels.bits(), facets.bits()))
                .or_default()
                .insert(stream);
        }
    }
    lines
        .into_iter()
        .flat_map(|(key, streams)| split(key, streams))
        .collect()
}

fn joined(levels: &BTreeMap<Level, Facets>) -> Vec<(Levels, Facets)> {
    let mut groups: BTreeMap<u8, (Vec<Level>, Facets)> = BTreeMap::new();
    for (level, facets) in levels.iter().filter(|(level, _)| **level != Level::Raw) {
        groups
            .entry(facets.bits())
            .or_insert_with(|| (Vec::new(), *facets))
            .0
            .push(*level);
    }
    let mut groups: Vec<(Vec<Level>, Facets)> = groups.into_values().collect();
    if levels.contains_key(&Level::Raw) {
        match groups.first_mut() {
            Some((levels, facets)) => {
                levels.push(Level::Raw);
                *facets = facets.iter().chain([Facet::Readings]).collect();
            }
            None => groups.push((vec![Level::Raw], [Facet::Readings].into_iter().collect())),
        }
    }
    groups
        .into_iter()
        .map(|(levels, facets)| (levels.into_iter().collect(), facets))
        .collect()
}

fn split(key: (Window, u8, u8), streams: BTreeSet<StreamId>) -> Vec<Line> {
    let (data, levels, facets) = key;
    let (Some(levels), Some(facets)) = (Levels::from_bits(levels), Facets::from_bits(facets))
    else {
        return Vec::new();
    };
    let streams: Vec<StreamId> = streams.into_iter().collect();
    let sets = streams
        .chunks(STREAMS_MAX)
        .filter_map(|chunk| Set::new(chunk.iter().copied()));
    sets.map(|streams| Line {
        streams,
        levels,
        facets,
        data,
    })
    .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use freehold_model::Time;
    use proptest::prelude::*;

    use super::*;
    use crate::wire::{WireError, decode, encode};

    fn window(from: i64, until: i64) -> Window {
        Window::inside(Time::from_ms(from * 60_000), Time::from_ms(until * 60_000)).unwrap()
    }

    fn line(streams: &[u8], levels: &[Level], facets: &[Facet], data: Window) -> Line {
        Line {
            streams: Set::new(streams.iter().map(|n| StreamId([*n; 16]))).unwrap(),
            levels: levels.iter().copied().collect(),
            facets: facets.iter().copied().collect(),
            data,
        }
    }

    fn lines() -> impl Strategy<Value = Vec<Line>> {
        let line = (1_u8..8, 1_u8..128, 1_u8..32, 0_i64..12, 1_i64..12).prop_map(
            |(streams, levels, facets, from, len)| {
                let streams: Vec<u8> = (0..3).filter(|bit| streams & (1 << bit) != 0).collect();
                let levels: Vec<Level> = Levels::from_bits(levels).unwrap().iter().collect();
                let facets: Vec<Facet> = Facets::from_bits(facets).unwrap().iter().collect();
                line(&streams, &levels, &facets, window(from, from + len))
            },
        );
        proptest::collection::vec(line, 1..3)
    }

    /// Scopes of few lines; what grants nothing or needs too many lines is left out.
    pub(crate) fn scopes() -> impl Strategy<Value = Scope> {
        lines().prop_filter_map("no scope", |lines| Scope::new(lines).ok())
    }

    /// What a scope grants, one slot of one minute or more at a time.
    fn atoms(scope: &Scope) -> BTreeSet<(Cell, i64, i64)> {
        let mut atoms = BTreeSet::new();
        for (cell, windows) in scope.cells() {
            for window in windows {
                let (from, until) = (window.from().ms() / 60_000, window.until().ms() / 60_000);
                for start in from..until {
                    atoms.extend((start + 1..=until).map(|end| (cell, start, end)));
                }
            }
        }
        atoms
    }

    #[test]
    fn a_grant_of_hours_includes_no_day() {
        let hours =
            Scope::new([line(&[1], &[Level::Hour], &[Facet::Totals], window(0, 10))]).unwrap();
        let days =
            Scope::new([line(&[1], &[Level::Day], &[Facet::Totals], window(0, 10))]).unwrap();
        assert_eq!(hours.meet(&days), Err(ScopeError::Empty));
        assert!(!hours.is_within(&days) && !days.is_within(&hours));
    }

    #[test]
    fn touching_windows_do_not_merge() {
        let half = |from, until| line(&[1], &[Level::Day], &[Facet::Totals], window(from, until));
        let halves = Scope::new([half(0, 5), half(5, 10)]).unwrap();
        let whole = Scope::new([half(0, 10)]).unwrap();
        assert_eq!(halves.lines().len(), 2);
        assert!(halves.is_within(&whole) && !whole.is_within(&halves));
        assert_eq!(
            Scope::new([half(0, 5), half(0, 10), half(5, 10)]).unwrap(),
            whole
        );
    }

    #[test]
    fn raw_shares_a_line_with_summaries() {
        let data = window(0, 10);
        let both = [
            line(&[1], &[Level::Raw], &[Facet::Readings], data),
            line(&[1], &[Level::Day], &[Facet::Totals], data),
        ];
        let scope = Scope::new(both).unwrap();
        let joined = line(
            &[1],
            &[Level::Raw, Level::Day],
            &[Facet::Readings, Facet::Totals],
            data,
        );
        assert_eq!(scope.lines(), [joined]);
        assert_eq!(scope.cells().count(), 2);
    }

    /// [consent-11]
    #[test]
    fn other_forms_of_a_scope_do_not_decode() {
        let data = window(0, 10);
        let days = line(&[1], &[Level::Day], &[Facet::Totals], data);
        let wire = |lines: Vec<Line>| decode::<Scope>(&encode(&List::<Line, 99>(lines)), 9999);
        assert!(wire(vec![days.clone()]).is_ok());
        let within = Line {
            data: window(1, 2),
            ..days.clone()
        };
        let hours = Line {
            levels: Levels::of(Level::Hour),
            ..days.clone()
        };
        let split = Line {
            streams: Set::new([StreamId([2; 16])]).unwrap(),
            ..days.clone()
        };
        let idle = Line {
            facets: days.facets.with(Facet::Readings),
            ..days.clone()
        };
        for lines in [
            vec![],
            vec![days.clone(), within],
            vec![hours, days.clone()],
            vec![days.clone(), split],
            vec![idle],
        ] {
            assert_eq!(wire(lines), Err(WireError::Malformed));
        }
        let many: Vec<Line> = (0..17)
            .map(|n| Line {
                data: window(3 * n, 3 * n + 1),
                ..days.clone()
            })
            .collect();
        assert_eq!(Scope::new(many.clone()), Err(ScopeError::TooManyLines(17)));
        assert_eq!(wire(many), Err(WireError::Malformed));
    }

    proptest! {
        /// Equal grants have equal bytes, and bytes come back.
        #[test]
        fn one_form(a in scopes(), b in scopes()) {
            prop_assert_eq!(atoms(&a) == atoms(&b), a == b);
            prop_assert_eq!(decode::<Scope>(&encode(&a), 9999), Ok(a.clone()));
            prop_assert_eq!(Scope::new(a.lines().iter().rev().cloned()), Ok(a));
        }

        /// [consent-13]: meet is exactly what both grant, and "within" its order.
        #[test]
        fn lattice(a in scopes(), b in scopes(), c in scopes()) {
            let both: BTreeSet<_> = atoms(&a).intersection(&atoms(&b)).copied().collect();
            match a.meet(&b) {
                Ok(meet) => prop_assert_eq!(atoms(&meet), both),
                Err(ScopeError::Empty) => prop_assert!(both.is_empty()),
                Err(_) => {}
            }
            prop_assert_eq!(a.meet(&a), Ok(a.clone()));
            prop_assert_eq!(a.meet(&b), b.meet(&a));
            if let (Ok(ab), Ok(bc)) = (a.meet(&b), b.meet(&c)) {
                prop_assert_eq!(ab.meet(&c), a.meet(&bc));
                prop_assert!(ab.is_within(&a) && ab.is_within(&b));
            }
            prop_assert_eq!(a.is_within(&b), atoms(&a).is_subset(&atoms(&b)));
            prop_assert_eq!(a.is_within(&b), a.meet(&b) == Ok(a.clone()));
        }
    }
}
