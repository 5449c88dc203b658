//! What somebody knows who was granted this and that: worked out from the nodes in its bundles and from arithmetic, without
//! the code that reports it before a person says yes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod follows;
pub mod sums;

pub use follows::{Memory, Part, Said, said};

use std::{collections::BTreeSet, ops::Range};

use freehold::{
    Facet, Level, Time,
    consent::{
        Card, Choices, ClosureReport, History, Issue, JournalHead, Keys, Locale, Name, Occasion,
        Request, Revocations, Role, Scope, SealedBundle, StreamInfo, Token, TreeId, Wishes,
        propose,
    },
    crypto::{Cover, EnvelopeKey, NODE_LEN, Root, Secret, SeededEntropy, SigningKey, Suite},
    model::{Epoch, Slot, Stream, StreamSpec},
};

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
            succession: None,
        };
        let streams = std::slice::from_ref(&self.info);
        let trees = |_, level, facet, epoch| vec![(0, whole(level, facet, epoch))];
        let mail = Secret::from_bytes([7; 32]);
        let draft = SealedBundle::compose(
            &token,
            &self.card,
            streams,
            &issue,
            &mail,
            trees,
            &mut entropy,
        );
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
    fn at(&self, point: usize) -> Time {
        *self.points.get(point).unwrap()
    }
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
