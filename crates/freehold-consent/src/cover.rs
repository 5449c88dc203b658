//! Which nodes of a tree a window of time stands for.

use freehold_crypto::{Cover, CoverError};
use freehold_model::{Calendar, Epoch, Facet, Level, Slot, Time};
use serde::{Deserialize, Serialize};

use crate::id::StreamId;
use crate::scope::Scope;
use crate::window::Window;

/// The name of one key tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TreeId {
    /// The stream.
    pub stream: StreamId,
    /// The level.
    pub level: Level,
    /// The facet.
    pub facet: Facet,
    /// The epoch.
    pub epoch: Epoch,
    /// The generation of the epoch's root.
    pub generation: u32,
}

/// The part of `held` that opens exactly the slots of `level` that lie wholly in the data window and end by the
/// horizon. Rounded inwards: a slot that either edge cuts stays closed.
///
/// `held` is what the vault holds of the tree of this epoch, punctured or whole; slots that it does not open stay
/// closed.
#[must_use]
pub fn cover_for(
    calendar: &Calendar,
    level: Level,
    epoch: Epoch,
    held: &Cover,
    data: Window,
    horizon: Time,
) -> Cover {
    let until = data.until().min(horizon);
    let indices = calendar.index_span(level, epoch, data.from(), until);
    held.restrict(indices.unwrap_or(0..0))
}

/// [`cover_for`] several windows of one tree. Windows unite node by node, never as time: a slot across two windows
/// that touch stays closed.
///
/// # Errors
/// [`CoverError`], which covers of one tree do not cause.
pub(crate) fn cover_for_all(
    calendar: &Calendar,
    tree: &TreeId,
    held: &Cover,
    windows: &[Window],
    horizon: Time,
) -> Result<Cover, CoverError> {
    let mut all = held.restrict(0..0);
    for window in windows {
        let part = cover_for(calendar, tree.level, tree.epoch, held, *window, horizon);
        all = all.unite(&part)?;
    }
    Ok(all)
}

/// The epochs that a window touches before the horizon, from that of `since` on.
pub(crate) fn epochs(
    calendar: &Calendar,
    windows: &[Window],
    horizon: Time,
    since: Option<Time>,
) -> impl Iterator<Item = Epoch> {
    let from = windows
        .iter()
        .map(|window| window.from())
        .min()
        .unwrap_or(horizon);
    let until = windows
        .iter()
        .map(|window| window.until())
        .max()
        .unwrap_or(horizon)
        .min(horizon);
    let first = calendar.epoch(since.map_or(from, |since| from.max(since)));
    let last = calendar.epoch(until.plus_ms(-1));
    let count = if from < until {
        last.number() - first.number() + 1
    } else {
        0
    };
    (0..count.max(0)).map(move |n| Epoch::from_number(first.number() + n))
}

/// Exactly the slots that a recipient would be able to open: those of a stream, level and facet that lie wholly in a
/// granted window and end by the horizon. Each slot once, in order of time.
#[must_use]
pub fn simulate(
    scope: &Scope,
    calendar: &Calendar,
    stream: StreamId,
    level: Level,
    facet: Facet,
    horizon: Time,
) -> Vec<Slot> {
    let mut slots: Vec<Slot> = scope
        .windows(stream, level, facet)
        .into_iter()
        .flat_map(|window| calendar.slots(level, window.from(), window.until().min(horizon)))
        .collect();
    slots.sort_unstable();
    slots.dedup();
    slots
}

/// The slots of one tree that a cover opens, in order of time: what `simulate` foresees, found from the keys alone.
#[must_use]
pub fn openable(calendar: &Calendar, tree: &TreeId, cover: &Cover) -> Vec<Slot> {
    let span = calendar.epoch_span(tree.epoch);
    let held = cover.covered();
    let slots = calendar.slots(tree.level, span.start, span.end);
    let opens = |slot: &Slot| {
        let index = tree.epoch.index(tree.level, slot.start);
        index.is_some_and(|index| held.iter().any(|range| range.contains(&index)))
    };
    slots.filter(opens).collect()
}
