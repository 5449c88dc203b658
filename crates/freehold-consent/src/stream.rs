//! Streams as their owner describes them to whoever may open them.

use freehold_crypto::{LogId, PublicKey};
use freehold_model::{Calendar, Facets, Level, Levels, Zone};
use serde::{Deserialize, Serialize};

use crate::id::StreamId;
use crate::request::KindName;
use crate::text::Name;
use crate::wire::List;

/// Logs of one stream, at most.
pub const LOGS_MAX: usize = 256;

/// A stream as a proposal names it and as a bundle describes it to the recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct StreamInfo {
    /// The stream.
    pub id: StreamId,
    /// What its owner calls it.
    pub label: Name,
    /// Its kind.
    pub kind: KindName,
    /// The levels it keeps.
    pub levels: Levels,
    /// The facets it keeps.
    pub facets: Facets,
    /// Its logs.
    pub logs: Vec<LogInfo>,
    calendar: Calendar,
}

/// One log of a stream, and whose signature stands under its checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogInfo {
    /// The log.
    pub log: LogId,
    /// The level that it holds.
    pub level: Level,
    /// Counts the logs of this level of this stream; a later one replaces what an earlier one says of a slot.
    pub incarnation: u32,
    /// The key that signs its checkpoints.
    pub writer: PublicKey,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    id: StreamId,
    label: Name,
    kind: KindName,
    levels: Levels,
    facets: Facets,
    zone: Name,
    chunk_minutes: u16,
    logs: List<LogInfo, LOGS_MAX>,
}

impl StreamInfo {
    /// A description.
    #[must_use]
    pub fn new(
        id: StreamId,
        label: Name,
        kind: KindName,
        levels: Levels,
        facets: Facets,
        calendar: Calendar,
        logs: Vec<LogInfo>,
    ) -> Self {
        Self {
            id,
            label,
            kind,
            levels,
            facets,
            logs,
            calendar,
        }
    }

    /// The name of its kind.
    #[must_use]
    pub fn kind_name(&self) -> &str {
        self.kind.as_str()
    }

    /// The levels it keeps.
    #[must_use]
    pub const fn levels(&self) -> Levels {
        self.levels
    }

    /// The facets it keeps.
    #[must_use]
    pub const fn facets(&self) -> Facets {
        self.facets
    }

    /// The stream's slots.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The stream's zone.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        self.calendar.zone()
    }
}

impl From<StreamInfo> for Wire {
    fn from(info: StreamInfo) -> Self {
        Self {
            id: info.id,
            label: info.label,
            kind: info.kind,
            levels: info.levels,
            facets: info.facets,
            zone: Name::new(info.calendar.zone().name()).unwrap(),
            chunk_minutes: info.calendar.chunk_minutes(),
            logs: List(info.logs),
        }
    }
}

impl TryFrom<Wire> for StreamInfo {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let zone = Zone::new(wire.zone.as_str()).map_err(|_| "unknown zone")?;
        let calendar = Calendar::new(zone, wire.chunk_minutes).map_err(|_| "chunk length")?;
        Ok(Self::new(
            wire.id,
            wire.label,
            wire.kind,
            wire.levels,
            wire.facets,
            calendar,
            wire.logs.0,
        ))
    }
}
