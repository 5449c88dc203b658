//! What somebody knows who was granted this and that: worked out from the nodes in its bundles and from arithmetic, without
//! the code that reports it before a person says yes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod sums;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
};

use freehold::{
    Facet, Level, Levels, Time,
    consent::{
        Card, Choices, ClosureReport, Derivable, History, Issue, JournalHead, Keys, Locale, Name,
        Occasion, Request, Revocations, Role, Scope, SealedBundle, Severity, StreamInfo, Token,
        TreeId, Wishes, propose,
    },
    crypto::{Cover, EnvelopeKey, NODE_LEN, Root, Secret, SeededEntropy, SigningKey, Suite},
    model::{Epoch, Slot, Stream, StreamSpec},
};

use self::sums::Sums;

/// A stream, of which time is looked at between some points, its owner and a recipient.
pub struct World {
    /// The stream.
    pub info: StreamInfo,
    /// Where time is cut: every edge of a slot that a window may cut.
    pub points: Vec<Time>,
    /// The clock at an approval.
    pub now: Time,
    owner: SigningKey,
    recipient: SigningKey,
    envelope: EnvelopeKey,
    /// The recipient's card.
    pub card: Card,
}

/// A consent, and what its keys open.
#[derive(Clone, Debug)]
pub struct Held {
    /// The consent.
    pub token: Token,
    /// What lies below the nodes of the bundle: slots from point to point, and atoms that finer slots fill.
    pub opened: BTreeSet<Opened>,
    /// The bundle's horizon.
    pub horizon: Time,
    /// The leaves below each of the bundle's nodes, tree by tree.
    pub nodes: Vec<(TreeId, Vec<Range<u32>>)>,
}

/// A slot that keys open.
pub type Opened = (Level, Facet, Slot);

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
    /// A world of one stream, cut at every edge of a slot about some instants, at which windows may begin and end.
    #[must_use]
    pub fn new(spec: StreamSpec, edges: &[Time], now: Time) -> Self {
        let name = |text: &str| Name::new(text).unwrap();
        let key = |seed: u8| SigningKey::from_seed(&Secret::from_bytes([seed; 32])).unwrap();
        let (recipient, envelope) = (
            key(2),
            EnvelopeKey::from_seed(Secret::from_bytes([3; 32])).unwrap(),
        );
        let public = envelope.public_key().clone();
        let card = Card::draft(
            Suite::One,
            Role::Controller,
            name("Recipient"),
            recipient.public_key(),
            public,
        );
        let info = StreamInfo::new(name("stream"), Stream::new(spec).unwrap(), Vec::new());
        let slots = |time: &Time, about: fn(Slot) -> [Time; 2]| -> Vec<Slot> {
            let slot = |(level, time)| info.calendar().slot(level, time);
            let here = info
                .levels()
                .iter()
                .map(|level| (level, slot((level, *time))));
            let beside = here.flat_map(|(level, here)| about(here).map(|time| slot((level, time))));
            beside.collect()
        };
        let ends = |slot: Slot| [slot.start, slot.end];
        let near: BTreeSet<Time> = edges
            .iter()
            .flat_map(|edge| [*edge, edge.plus_ms(-1)])
            .flat_map(|time| slots(&time, |here| [here.start, here.end]))
            .flat_map(ends)
            .collect();
        // Chunks end where no other slot does.
        let about = near
            .iter()
            .flat_map(|time| slots(time, |here| [here.start; 2]));
        let points: BTreeSet<Time> = about.flat_map(ends).collect();
        let points = points.into_iter().collect();
        Self {
            info,
            points,
            now,
            owner: key(1),
            card: card.unwrap().sign(&recipient).unwrap(),
            recipient,
            envelope,
        }
    }

    /// Asks for this, is granted it with a lease from now, and opens the bundle. What the keys open is what was granted and
    /// ends by the horizon, or this panics.
    #[must_use]
    pub fn grant(&self, wishes: Wishes, history: &History) -> (Held, ClosureReport) {
        let mut entropy = SeededEntropy::new(4);
        let request = Request::make(&self.card, wishes, &self.recipient, &mut entropy).unwrap();
        let occasion = Occasion {
            grantor: self.owner.public_key(),
            suite: Suite::One,
            streams: std::slice::from_ref(&self.info),
            history,
            now: self.now,
            locale: Locale::EnGb,
        };
        let proposal = propose(&request, &Choices::default(), &occasion).unwrap();
        let draft = proposal.approve(proposal.shown(), true, self.now, &mut entropy);
        let token = draft.unwrap().sign(&self.owner).unwrap();
        let issue = Issue {
            seq: 0,
            now: self.now,
            journal: JournalHead {
                at: self.now,
                hash: [0; 32],
            },
            since: None,
        };
        let streams = std::slice::from_ref(&self.info);
        let trees = |_, level, facet, epoch| vec![(0, whole(level, facet, epoch))];
        let draft = SealedBundle::compose(&token, &self.card, streams, &issue, trees, &mut entropy);
        let bundle = draft.unwrap().sign(&self.owner).unwrap();
        let keys = Keys::new(bundle.open(&token, &self.card, &self.envelope).unwrap());
        let horizon = keys.horizon();
        assert!(
            horizon <= self.now.plus_ms(token.terms().lease.ms()),
            "consent-21"
        );
        let nodes = self.nodes(&token, &keys);
        let opened = self.below(&nodes);
        assert_eq!(
            opened,
            self.granted(&token.terms().scope, horizon),
            "consent-20"
        );
        let opened = self.about_points(&opened);
        let held = Held {
            token,
            opened,
            horizon,
            nodes,
        };
        (held, proposal.closure().clone())
    }

    /// Withdraws a consent.
    pub fn revoke(&self, token: &Token, history: &mut History) {
        let draft =
            freehold::consent::Revocation::draft(token, self.now, &mut SeededEntropy::new(5));
        history
            .revoked(draft.unwrap().sign(&self.owner).unwrap())
            .unwrap();
    }

    /// The leaves below each node that is held. Near the points every key is derived, and compared with the owner's.
    fn nodes(&self, token: &Token, keys: &Keys) -> Vec<(TreeId, Vec<Range<u32>>)> {
        let none = Revocations::new();
        let permit = token.permit(self.now, self.card.id(), &none).unwrap();
        let mut nodes = Vec::new();
        for tree in keys.trees() {
            let cover = keys.cover(&permit, tree).unwrap();
            let below = below_nodes(cover, tree.level.depth());
            let whole = whole(tree.level, tree.facet, tree.epoch);
            for slot in slots_of_epoch(&self.info, tree.level, tree.epoch)
                .filter(|slot| self.is_near(*slot))
            {
                let index = tree.epoch.index(tree.level, slot.start).unwrap();
                let held = below.iter().any(|leaves| leaves.contains(&index));
                let expected = held.then(|| whole.leaf(index)).flatten();
                assert_eq!(cover.leaf(index), expected, "keys-6, keys-7: {tree:?}");
            }
            nodes.push((*tree, below));
        }
        nodes
    }

    /// Every slot whose leaf lies below a node, by the positions of the nodes alone.
    fn below(&self, nodes: &[(TreeId, Vec<Range<u32>>)]) -> BTreeSet<Opened> {
        let mut opened = BTreeSet::new();
        for (tree, below) in nodes {
            let is_below = |slot: &Slot| {
                let index = tree.epoch.index(tree.level, slot.start).unwrap();
                below.iter().any(|leaves| leaves.contains(&index))
            };
            let slots = slots_of_epoch(&self.info, tree.level, tree.epoch).filter(is_below);
            opened.extend(slots.map(|slot| (tree.level, tree.facet, slot)));
        }
        opened
    }

    /// What a scope grants up to a horizon, slot by slot.
    fn granted(&self, scope: &Scope, horizon: Time) -> BTreeSet<Opened> {
        let mut granted = BTreeSet::new();
        for ((_, level, facet), windows) in scope.cells() {
            for window in windows {
                let calendar = self.info.calendar();
                let last = calendar.epoch(window.until()).number();
                for epoch in calendar.epoch(window.from()).number()..=last {
                    let slots = slots_of_epoch(&self.info, level, Epoch::from_number(epoch));
                    let inside =
                        |slot: &Slot| window.covers(slot.start, slot.end) && slot.end <= horizon;
                    granted.extend(slots.filter(inside).map(|slot| (level, facet, slot)));
                }
            }
        }
        granted
    }

    fn is_near(&self, slot: Slot) -> bool {
        let (first, last) = (self.points.first().unwrap(), self.points.last().unwrap());
        first.plus_ms(-3_600_000) <= slot.start && slot.end <= last.plus_ms(3_600_000)
    }

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

    /// Open slots, those that follow each other taken as one up to the next point that is an edge of them: no window cuts more.
    fn about_points(&self, opened: &BTreeSet<Opened>) -> BTreeSet<Opened> {
        let is_point = |time: Time| self.points.binary_search(&time).is_ok();
        let mut about = BTreeSet::new();
        let mut run: Option<Opened> = None;
        for (level, facet, slot) in opened.iter().copied() {
            let follows = run.filter(|(of, part, before)| {
                (*of, *part, before.end) == (level, facet, slot.start)
            });
            let start = follows.map_or(slot.start, |(_, _, before)| before.start);
            let joined = (
                level,
                facet,
                Slot {
                    start,
                    end: slot.end,
                },
            );
            run = if is_point(slot.end) {
                None
            } else {
                Some(joined)
            };
            if run.is_none() && is_point(start) {
                about.insert(joined);
            }
        }
        about
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

    fn at(&self, point: usize) -> Time {
        *self.points.get(point).unwrap()
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

/// The leaves below each node of a cover, from the bytes that a bundle has of it.
#[must_use]
pub fn below_nodes(cover: &Cover, depth: u8) -> Vec<Range<u32>> {
    let bytes = cover.to_bytes();
    let nodes = bytes.chunks_exact(NODE_LEN).map(|node| match node {
        [a, b, c, ..] => u32::from_be_bytes([0, *a, *b, *c]),
        _ => 0,
    });
    let below = nodes.map(|position| {
        let up = u32::from(depth) - position.ilog2();
        let first = (position << up) - (1 << depth);
        first..first + (1 << up)
    });
    below.collect()
}

/// The tree of the one generation that the world has.
fn whole(level: Level, facet: Facet, epoch: Epoch) -> Cover {
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&epoch.number().to_be_bytes());
    Root::from_secret(Secret::from_bytes(seed)).tree(level, facet)
}

fn slots_of_epoch(info: &StreamInfo, level: Level, epoch: Epoch) -> impl Iterator<Item = Slot> {
    let span = info.calendar().epoch_span(epoch);
    info.calendar().slots(level, span.start, span.end)
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
