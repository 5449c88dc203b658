//! Streams as their owner describes them to whoever may open them.

use freehold_crypto::{LogId, PublicKey};
use freehold_model::{
    Calendar, Facets, Kind, Level, Levels, Stream, StreamError, StreamSpec, Zone,
};
use serde::{Deserialize, Serialize};

use crate::id::StreamId;
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
    /// What it measures, and how its time is cut.
    pub stream: Stream,
    /// Its logs.
    pub logs: Vec<LogInfo>,
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
    label: Name,
    spec: StreamSpec,
    logs: List<LogInfo, LOGS_MAX>,
}

impl StreamInfo {
    /// A description; the logs beyond [`LOGS_MAX`], oldest first, are left out.
    #[must_use]
    pub fn new(label: Name, stream: Stream, mut logs: Vec<LogInfo>) -> Self {
        logs.drain(..logs.len().saturating_sub(LOGS_MAX));
        Self {
            id: stream.id().into(),
            label,
            stream,
            logs,
        }
    }

    /// What it measures.
    #[must_use]
    pub const fn kind(&self) -> &Kind {
        self.stream.kind()
    }

    /// The name of its kind.
    #[must_use]
    pub fn kind_name(&self) -> &str {
        self.stream.kind().name()
    }

    /// The levels it keeps.
    #[must_use]
    pub const fn levels(&self) -> Levels {
        self.stream.spec().levels
    }

    /// The facets it keeps.
    #[must_use]
    pub const fn facets(&self) -> Facets {
        self.stream.spec().facets
    }

    /// Its slots.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        self.stream.calendar()
    }

    /// Its zone.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        self.stream.calendar().zone()
    }
}

impl From<StreamInfo> for Wire {
    fn from(info: StreamInfo) -> Self {
        Self {
            label: info.label,
            spec: info.stream.spec().clone(),
            logs: List(info.logs),
        }
    }
}

impl TryFrom<Wire> for StreamInfo {
    type Error = StreamError;

    fn try_from(wire: Wire) -> Result<Self, StreamError> {
        Ok(Self::new(wire.label, Stream::new(wire.spec)?, wire.logs.0))
    }
}
