//! Reading logs: what an owner by the vault, and a recipient by its key bundles, gets to see.

use std::cmp::Reverse;

use freehold_model::{Facet, Facets, Level, Reading, Slot, Stream, Summary, Time, chunk};
use freehold_store::Store;

use crate::{
    Error,
    logs::StoredLog,
    sealer::{READINGS_MAX, unite},
    tx::Tx,
    vault::{KeyPlace, KeySource},
    writer::StreamWriter,
};

/// What the readings of one slot come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The slot.
    pub slot: Slot,
    /// The summary: those of its facets that may be opened.
    pub summary: Summary,
}

/// What is asked of a log.
#[derive(Clone, Copy)]
pub(crate) struct Query {
    pub(crate) level: Level,
    pub(crate) facets: Facets,
    pub(crate) from: Time,
    pub(crate) until: Time,
}

/// The summaries of slots that lie wholly in the query's time, from the logs of one level, oldest incarnation first.
///
/// Of a slot's parts the highest of the newest log counts. Slots without readings are left out.
pub(crate) fn windows(
    store: &dyn Store,
    logs: &mut [&mut StoredLog],
    stream: &Stream,
    query: Query,
    keys: &mut dyn KeySource,
) -> Result<Vec<Window>, Error> {
    let layout = stream.layout(query.level);
    let mut found: Vec<(Found, Window)> = Vec::new();
    for (incarnation, log) in logs.iter_mut().enumerate() {
        let seqs = log.overlapping(query.from, query.until);
        let is_restored = log.is_restored;
        let mut buffer = Vec::new();
        log.entries(store, &seqs, |entry| {
            for piece in entry.pieces() {
                if !query.facets.contains(piece.facet)
                    || !piece.slot.is_within(query.from, query.until)
                    || entry.body().piece(piece.number()).is_none()
                {
                    continue;
                }
                let place = KeyPlace::of(entry, query.level, piece.facet);
                let Some(leaf) = keys.leaf(place, piece.slot.start) else {
                    continue;
                };
                let plain = match piece.open(&leaf, &mut buffer) {
                    Err(_) if is_restored => continue,
                    opened => opened?,
                };
                let at = Found {
                    start: piece.slot.start,
                    incarnation: Reverse(incarnation),
                    part: Reverse(piece.part),
                };
                if found.last().is_none_or(|(last, _)| *last != at) {
                    found.push((
                        at,
                        Window {
                            slot: piece.slot,
                            summary: Summary::default(),
                        },
                    ));
                }
                if let Some((_, window)) = found.last_mut() {
                    layout.decode(piece.facet, plain, &mut window.summary)?;
                }
            }
            Ok(())
        })?;
    }
    found.sort_by_key(|(at, _)| *at);
    found.dedup_by_key(|(at, _)| at.start);
    let windows = found.into_iter().map(|(_, window)| window);
    Ok(windows
        .filter(|window| !window.summary.is_empty())
        .collect())
}

/// Orders what was found: by time, and of one slot first what counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    start: Time,
    incarnation: Reverse<usize>,
    part: Reverse<u16>,
}

/// The readings in the query's time, from the raw logs, oldest incarnation first. Parts are put together.
pub(crate) fn readings(
    store: &dyn Store,
    logs: &mut [&mut StoredLog],
    from: Time,
    until: Time,
    keys: &mut dyn KeySource,
) -> Result<Vec<Reading>, Error> {
    let mut all: Vec<Reading> = Vec::new();
    for log in logs.iter_mut() {
        let seqs = log.overlapping(from, until);
        let is_restored = log.is_restored;
        let mut buffer = Vec::new();
        log.entries(store, &seqs, |entry| {
            for piece in entry.pieces().filter(|piece| {
                piece.facet == Facet::Readings && piece.slot.end > from && piece.slot.start < until
            }) {
                if entry.body().piece(piece.number()).is_none() {
                    continue;
                }
                let place = KeyPlace::of(entry, Level::Raw, piece.facet);
                let Some(leaf) = keys.leaf(place, piece.slot.start) else {
                    continue;
                };
                let plain = match piece.open(&leaf, &mut buffer) {
                    Err(_) if is_restored => continue,
                    opened => opened?,
                };
                unite(
                    &mut all,
                    chunk::decode(piece.slot.start, plain, READINGS_MAX)?,
                );
            }
            Ok(())
        })?;
    }
    all.retain(|reading| from <= reading.time && reading.time < until);
    Ok(all)
}

/// [`windows`] for the owner.
pub(crate) fn owner_windows(
    writer: &mut StreamWriter,
    tx: &Tx<'_>,
    level: Level,
    from: Time,
    until: Time,
) -> Result<Vec<Window>, Error> {
    let sealer = &mut writer.sealer;
    let kept = sealer.stream.spec().levels;
    if level == Level::Raw || !kept.contains(level) {
        return Err(Error::Level { kept });
    }
    let query = Query {
        level,
        facets: sealer.facets(level),
        from,
        until,
    };
    let (stream, mut logs, vault) = sealer.reading(level);
    windows(tx.rows.store(), &mut logs, stream, query, vault)
}

/// [`readings`] for the owner, with those of open slots.
pub(crate) fn owner_readings(
    writer: &mut StreamWriter,
    tx: &Tx<'_>,
    from: Time,
    until: Time,
) -> Result<Vec<Reading>, Error> {
    let kept = writer.sealer.stream.spec().levels;
    if !kept.contains(Level::Raw) {
        return Err(Error::Level { kept });
    }
    let (_, mut logs, vault) = writer.sealer.reading(Level::Raw);
    let mut all = readings(tx.rows.store(), &mut logs, from, until, vault)?;
    let open: Vec<Reading> = writer.unsealed(from, until).cloned().collect();
    unite(&mut all, open);
    Ok(all)
}
