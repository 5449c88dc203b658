//! What follows from slots that are open, and whether it was said.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use freehold::{
    Facet, Level, Levels, Time,
    consent::{ClosureReport, Derivable, Severity},
    model::Slot,
};

use super::{
    Held, Opened, World,
    sums::{self, Sums},
};

/// What follows from slots that are open, as [`ClosureReport`] should say it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// A part of a coarse slot less that of finer ones.
    Difference {
        /// Which part; none for the count of readings.
        of: Option<Facet>,
        /// The coarse level and its first slot.
        coarse: (Level, Slot),
        /// Finer levels of which slots are open in it.
        fine: Levels,
        /// The first stretch of the rest.
        rest: (Time, Time),
        /// How many stretches it has, and how many such rests there are.
        counts: (u32, u32),
    },
    /// A sum by a meter's index.
    Gap {
        /// The first stretch of the first.
        gap: (Time, Time),
        /// How many stretches it has, and how many such times there are.
        counts: (u32, u32),
    },
}

/// Remembers what follows from what.
#[derive(Debug, Default)]
pub struct Memory(HashMap<(Part, Vec<Opened>), Vec<Found>>);

/// What adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Of totals, extremes or a distribution.
    Facet(Facet),
    /// The count of readings.
    Count,
    /// The sum, by totals and a meter's index.
    Index,
}

/// A time whose sum follows, with the finest open slot about it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    coarse: Option<(Level, Slot)>,
    time: Vec<(Time, Time)>,
}
impl World {
    /// Checks what a report says before the last of some grants is approved, the others being earlier ones: exactly what
    /// follows from what their keys open. Says how many findings there were.
    pub fn check(
        &self,
        report: &ClosureReport,
        earlier: &[&Held],
        last: &Held,
        memory: &mut Memory,
    ) -> usize {
        let pooled = earlier
            .iter()
            .chain([&last])
            .flat_map(|held| held.opened.iter().copied())
            .collect();
        let alone = self.follows(&last.opened, memory);
        let together = self.follows(&pooled, memory);
        let said = said(report);
        let names = || {
            earlier
                .iter()
                .chain([&last])
                .map(|held| held.token.terms().scope.lines().to_vec())
                .collect::<Vec<_>>()
        };
        let (with, without): (Vec<_>, Vec<_>) = said
            .into_iter()
            .partition(|(with_earlier, _)| *with_earlier);
        let set = |said: Vec<(bool, Said)>| -> BTreeSet<Said> {
            said.into_iter().map(|(_, said)| said).collect()
        };
        let (with, without) = (set(with), set(without));
        assert_eq!(without, alone, "alone: {:#?}", names());
        let missing: Vec<&Said> = together
            .iter()
            .filter(|said| !with.contains(said) && !without.contains(said))
            .collect();
        assert!(
            missing.is_empty(),
            "not said: {missing:#?} of {:#?}",
            names()
        );
        let wrong: Vec<&Said> = with
            .iter()
            .filter(|said| !together.contains(said))
            .collect();
        assert!(
            wrong.is_empty(),
            "does not follow: {wrong:#?} of {:#?}",
            names()
        );
        together.len()
    }

    /// What follows from open slots beyond themselves.
    fn follows(&self, opened: &BTreeSet<Opened>, memory: &mut Memory) -> BTreeSet<Said> {
        let mut of = |part: Part| {
            let these: Vec<Opened> = opened
                .iter()
                .filter(|open| part.takes(open.1))
                .copied()
                .collect();
            memory
                .0
                .entry((part, these))
                .or_insert_with_key(|(_, these)| self.found(part, these))
                .clone()
        };
        let mut follows = BTreeSet::new();
        let parts = [Facet::Totals, Facet::Extremes, Facet::Distribution]
            .map(|facet| (facet, of(Part::Facet(facet))));
        let mut counts = of(Part::Count);
        let mut gaps = of(Part::Index);
        for (facet, found) in &parts {
            self.differences(opened, Part::Facet(*facet), found, &mut follows);
            if *facet != Facet::Extremes {
                counts.retain(|count| !found.iter().any(|found| found.time == count.time));
            }
            if *facet == Facet::Totals {
                gaps.retain(|gap| !found.iter().any(|found| found.time == gap.time));
            }
        }
        self.differences(opened, Part::Count, &counts, &mut follows);
        if opened.iter().any(|open| open.1 == Facet::Index)
            && let Some(first) = gaps.first()
        {
            follows.insert(Said::Gap {
                gap: *first.time.first().unwrap(),
                counts: counts_of(first.time.len(), gaps.len()),
            });
        }
        follows
    }

    fn differences(
        &self,
        opened: &BTreeSet<Opened>,
        part: Part,
        found: &[Found],
        follows: &mut BTreeSet<Said>,
    ) {
        let mut by_level: BTreeMap<Level, Vec<&Found>> = BTreeMap::new();
        for found in found {
            by_level
                .entry(found.coarse.unwrap().0)
                .or_default()
                .push(found);
        }
        for found in by_level.values() {
            let first = found.first().unwrap();
            let coarse = first.coarse.unwrap();
            let finer = opened.iter().filter(|(level, facet, slot)| {
                part.takes(*facet)
                    && *level < coarse.0
                    && slot.start < coarse.1.end
                    && coarse.1.start < slot.end
            });
            follows.insert(Said::Difference {
                of: part.facet(),
                coarse,
                fine: finer.map(|open| open.0).collect(),
                rest: *first.time.first().unwrap(),
                counts: counts_of(first.time.len(), found.len()),
            });
        }
    }

    fn found(&self, part: Part, opened: &[Opened]) -> Vec<Found> {
        let mut found = if part == Part::Facet(Facet::Extremes) {
            self.beside_extremes(opened)
        } else {
            self.by_sums(opened)
        };
        found.sort_by(|a, b| a.time.cmp(&b.time));
        found
    }

    /// Linear algebra: the span of everything known, and what lies in it. A combination of sums changes only where one of
    /// them begins or ends, so time is cut only there.
    fn by_sums(&self, opened: &[Opened]) -> Vec<Found> {
        let edges = self.edges(opened);
        let ends = edges.iter().flat_map(|(_, from, until)| [*from, *until]);
        let cuts: Vec<usize> = ends.collect::<BTreeSet<_>>().into_iter().collect();
        let cut = |point: &usize| cuts.binary_search(point).unwrap();
        // One atom more, before all others: a meter's index counts from there.
        let mut sums = Sums::new(cuts.len(), 0);
        for (facet, from, until) in &edges {
            let from = if *facet == Facet::Index {
                0
            } else {
                cut(from) + 1
            };
            sums.learn(from, cut(until) + 1, &[]);
        }
        let point = |atom: usize| *cuts.get(atom - 1).unwrap();
        // Of time before the first point nothing is asked.
        let granted = |from: usize, until: usize| {
            let is = |facet| edges.contains(&(facet, point(from), point(until)));
            from == 0 || Facet::ALL.into_iter().any(is)
        };
        let rests = sums
            .rests(granted)
            .into_iter()
            .filter(|rest| rest.hull.0 > 0);
        rests
            .map(|rest| {
                let at = |atom: usize| self.at(point(atom));
                Found {
                    coarse: finest_about(opened, at(rest.hull.0), at(rest.hull.1)),
                    time: rest
                        .time
                        .iter()
                        .map(|(from, until)| (at(*from), at(*until)))
                        .collect(),
                }
            })
            .collect()
    }
    /// Open slots from point to point, and the atoms of raw ones.
    fn edges(&self, opened: &[Opened]) -> BTreeSet<(Facet, usize, usize)> {
        let point = |time: Time| self.points.binary_search(&time).unwrap();
        let mut edges = BTreeSet::new();
        for (level, facet, slot) in opened {
            let (from, until) = (point(slot.start), point(slot.end));
            if *level == Level::Raw {
                edges.extend((from..until).map(|atom| (*facet, atom, atom + 1)));
            } else {
                edges.insert((*facet, from, until));
            }
        }
        edges
    }

    /// Extremes do not add up: of a slot with finer ones inside they tell about the time that these leave.
    fn beside_extremes(&self, opened: &[Opened]) -> Vec<Found> {
        let mut found = Vec::new();
        for (level, _, slot) in opened.iter().filter(|open| open.1 == Facet::Extremes) {
            let atoms = (1..self.points.len())
                .filter(|atom| slot.is_within_of(self.at(*atom - 1), self.at(*atom)));
            let fills = |atom: &usize| {
                opened.iter().any(|(finer, _, fine)| {
                    finer < level && fine.start < self.at(*atom) && self.at(*atom - 1) < fine.end
                })
            };
            let all: Vec<usize> = atoms.collect();
            let left: Vec<usize> = all.iter().copied().filter(|atom| !fills(atom)).collect();
            if !left.is_empty() && left.len() < all.len() {
                let time = sums::stretches(&left).into_iter();
                found.push(Found {
                    coarse: Some((*level, *slot)),
                    time: time
                        .map(|(from, until)| (self.at(from - 1), self.at(until - 1)))
                        .collect(),
                });
            }
        }
        found
    }
}

trait Holds {
    fn is_within_of(&self, from: Time, until: Time) -> bool;
}

impl Holds for Slot {
    fn is_within_of(&self, from: Time, until: Time) -> bool {
        self.start <= from && until <= self.end
    }
}
impl Part {
    /// Whether slots of a facet tell of this part.
    fn takes(self, facet: Facet) -> bool {
        match self {
            Self::Facet(of) => facet == of || facet == Facet::Readings,
            Self::Count => matches!(facet, Facet::Totals | Facet::Distribution | Facet::Readings),
            Self::Index => matches!(facet, Facet::Totals | Facet::Index | Facet::Readings),
        }
    }

    const fn facet(self) -> Option<Facet> {
        match self {
            Self::Facet(facet) => Some(facet),
            Self::Count | Self::Index => None,
        }
    }
}
/// The findings of a report that reveal something, one part at a time.
#[must_use]
pub fn said(report: &ClosureReport) -> Vec<(bool, Said)> {
    let mut all = Vec::new();
    for finding in report
        .findings()
        .iter()
        .filter(|finding| finding.severity == Severity::Reveals)
    {
        match finding.what {
            Derivable::LevelDifference {
                of,
                coarse,
                fine,
                slot,
                rest,
                stretches,
                slots,
                ..
            } => {
                let parts: Vec<Option<Facet>> = if of.is_empty() {
                    vec![None]
                } else {
                    of.iter().map(Some).collect()
                };
                all.extend(parts.into_iter().map(|of| {
                    let slot = Slot {
                        start: slot.0,
                        end: slot.1,
                    };
                    let counts = (stretches, slots);
                    (
                        finding.with_earlier,
                        Said::Difference {
                            of,
                            coarse: (coarse, slot),
                            fine,
                            rest,
                            counts,
                        },
                    )
                }));
            }
            Derivable::IndexOverGap {
                gap,
                stretches,
                gaps,
                ..
            } => {
                all.push((
                    finding.with_earlier,
                    Said::Gap {
                        gap,
                        counts: (stretches, gaps),
                    },
                ));
            }
            _ => {}
        }
    }
    all
}
fn finest_about(opened: &[Opened], from: Time, until: Time) -> Option<(Level, Slot)> {
    let about = opened.iter().filter(|(level, facet, slot)| {
        *level != Level::Raw && *facet != Facet::Index && slot.is_within_of(from, until)
    });
    about.map(|(level, _, slot)| (*level, *slot)).min()
}

fn counts_of(stretches: usize, all: usize) -> (u32, u32) {
    (
        u32::try_from(stretches).unwrap(),
        u32::try_from(all).unwrap(),
    )
}
