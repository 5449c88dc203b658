//! Which sums follow from sums.
//!
//! Who knows what a slot adds up to knows by how much the running sum grew between its two ends. So instants hang
//! together: the sum over a stretch of time follows from others exactly when its two ends do. Two instants that hang
//! together with none between them that hangs together with them bound a stretch that is either granted or worked out;
//! what is known inside of it apart from its ends is taken off.

use std::collections::BTreeMap;

use freehold_model::{Calendar, Level, Levels, Slot, Time};

use crate::window::Window;

/// Sums that somebody knows, of one part of one stream.
pub(super) struct Known<'a> {
    calendar: &'a Calendar,
    stretches: Vec<Stretch>,
}

/// What the known slots give beyond themselves.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Rest {
    /// The finest known slot that holds the rest; none when only a meter's index reaches over it.
    pub(super) coarse: Option<(Level, Slot)>,
    /// The finer levels of which slots are known within that slot.
    pub(super) fine: Levels,
    /// The time whose sum it is, ascending.
    pub(super) time: Vec<Slot>,
}

/// Slots of one level that follow each other, each known for itself; or of a meter's index, known at each one's end.
#[derive(Clone, Copy)]
struct Stretch {
    level: Level,
    index: bool,
    span: Slot,
}

impl<'a> Known<'a> {
    pub(super) const fn new(calendar: &'a Calendar) -> Self {
        Self {
            calendar,
            stretches: Vec::new(),
        }
    }

    /// Adds the slots of a level that lie wholly in one of the windows.
    pub(super) fn add(&mut self, level: Level, windows: &[Window]) {
        self.insert(level, false, windows);
    }

    /// Adds the meter's index at the end of each of these slots.
    pub(super) fn add_index(&mut self, level: Level, windows: &[Window]) {
        self.insert(level, true, windows);
    }

    /// Every stretch of time that was not granted and whose sum follows, in order of time.
    pub(super) fn rests(&self) -> Vec<Rest> {
        let points = self.points();
        let groups = self.groups(&points);
        let mut last: BTreeMap<usize, usize> = BTreeMap::new();
        let mut rests = Vec::new();
        for (at, group) in groups.iter().enumerate() {
            if let Some(before) = last.insert(*group, at) {
                rests.extend(self.rest(&points, &groups, before, at));
            }
        }
        rests.sort_by(|a, b| a.time.cmp(&b.time));
        rests
    }

    fn insert(&mut self, level: Level, index: bool, windows: &[Window]) {
        let mut spans: Vec<Slot> = windows
            .iter()
            .filter_map(|window| whole_slots(self.calendar, level, *window))
            .collect();
        spans.sort_unstable();
        for span in spans {
            match self.stretches.last_mut() {
                Some(last)
                    if (last.level, last.index) == (level, index)
                        && span.start <= last.span.end =>
                {
                    last.span.end = last.span.end.max(span.end);
                }
                _ => self.stretches.push(Stretch { level, index, span }),
            }
        }
    }

    /// The instants at which what is known begins and ends, with the ends of the slots about them. Between these every
    /// slot is granted like its neighbours.
    fn points(&self) -> Vec<Time> {
        let mut edges = Vec::new();
        for stretch in &self.stretches {
            edges.extend([stretch.span.start, stretch.span.end]);
            if stretch.index {
                edges.push(self.calendar.slot(stretch.level, stretch.span.start).end);
            }
        }
        edges.sort_unstable();
        edges.dedup();
        let levels: Levels = self
            .stretches
            .iter()
            .map(|stretch| stretch.level)
            .filter(|level| *level != Level::Raw)
            .collect();
        let mut points = edges.clone();
        for edge in edges {
            for level in levels.iter() {
                for instant in [edge, edge.plus_ms(-1)] {
                    let slot = self.calendar.slot(level, instant);
                    points.extend([slot.start, slot.end]);
                }
            }
        }
        points.sort_unstable();
        points.dedup();
        points
    }

    /// For each point the first point that hangs together with it.
    fn groups(&self, points: &[Time]) -> Vec<usize> {
        let mut joined = Joined((0..points.len()).collect());
        let mut indexed = None;
        for stretch in &self.stretches {
            let mut before = if stretch.index { indexed } else { None };
            let from = points.partition_point(|point| *point < stretch.span.start);
            let reached = points.iter().enumerate().skip(from);
            for (at, point) in reached.take_while(|(_, point)| **point <= stretch.span.end) {
                let known = self.is_edge(stretch.level, *point)
                    && !(stretch.index && *point == stretch.span.start);
                if known {
                    joined.join(before.unwrap_or(at), at);
                    before = Some(at);
                }
            }
            if stretch.index {
                indexed = before;
            }
        }
        (0..points.len()).map(|at| joined.first(at)).collect()
    }

    /// What is worked out between two points of a group that follow each other in it.
    fn rest(&self, points: &[Time], groups: &[usize], from: usize, until: usize) -> Option<Rest> {
        let at = |n: usize| points.get(n).copied();
        let (start, end) = (at(from)?, at(until)?);
        let mut inside: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        for n in from + 1..until {
            let group = groups.get(n)?;
            inside.entry(*group).or_insert((n, n)).1 = n;
        }
        let mut time = Vec::new();
        let mut reached = start;
        let mut filled: Vec<(usize, usize)> = inside.into_values().collect();
        filled.sort_unstable();
        for (first, last) in filled {
            let (first, last) = (at(first)?, at(last)?);
            if reached <= first && first < last {
                time.push(Slot {
                    start: reached,
                    end: first,
                });
                reached = last;
            }
        }
        if time.is_empty() && self.is_granted(start, end) {
            return None;
        }
        time.push(Slot {
            start: reached,
            end,
        });
        time.retain(|slot| slot.start < slot.end);
        let coarse = self.finest_about(start, end);
        let fine = coarse.map(|(level, slot)| self.finer(level, slot));
        Some(Rest {
            coarse,
            fine: fine.unwrap_or_default(),
            time,
        })
    }

    /// Whether slots that are known each for itself make up the time between two instants.
    fn is_granted(&self, start: Time, end: Time) -> bool {
        self.stretches.iter().any(|stretch| {
            stretch.span.start <= start
                && end <= stretch.span.end
                && self.is_edge(stretch.level, start)
                && self.is_edge(stretch.level, end)
        })
    }

    fn finest_about(&self, start: Time, end: Time) -> Option<(Level, Slot)> {
        let slots = self.stretches.iter().filter_map(|stretch| {
            let slot = self.calendar.slot(stretch.level, start);
            let holds = end <= slot.end && slot.is_within(stretch.span.start, stretch.span.end);
            (holds && !stretch.index && stretch.level != Level::Raw)
                .then_some((stretch.level, slot))
        });
        slots.min_by_key(|(level, _)| *level)
    }

    fn finer(&self, coarse: Level, slot: Slot) -> Levels {
        let within = self.stretches.iter().filter(|stretch| {
            stretch.level < coarse && stretch.span.start < slot.end && slot.start < stretch.span.end
        });
        within.map(|stretch| stretch.level).collect()
    }

    /// Whether a slot of the level begins here. Readings are known one by one, so any instant is an edge of raw.
    fn is_edge(&self, level: Level, point: Time) -> bool {
        level == Level::Raw || self.calendar.slot(level, point).start == point
    }
}

/// From the first to the last slot of a level that lies wholly in a window.
fn whole_slots(calendar: &Calendar, level: Level, window: Window) -> Option<Slot> {
    let first = calendar
        .slots(level, window.from(), window.until())
        .next()?;
    let end = calendar.slot(level, window.until()).start;
    Some(Slot {
        start: first.start,
        end: end.max(first.end),
    })
}

/// Sets of points, each named by its first.
struct Joined(Vec<usize>);

impl Joined {
    fn first(&mut self, mut at: usize) -> usize {
        while let Some(&above) = self.0.get(at)
            && above != at
        {
            let top = self.0.get(above).copied().unwrap_or(above);
            if let Some(place) = self.0.get_mut(at) {
                *place = top;
            }
            at = top;
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        if let Some(place) = self.0.get_mut(a.max(b)) {
            *place = a.min(b);
        }
    }
}
