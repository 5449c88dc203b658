//! Erasure: what it takes away, who knew it already, and who has confirmed that its copy is gone.

use freehold::{Facet, Level, Time};

use crate::{FfiError, Home, KeyStoreKind, Stream, stream::span};

/// What an erasure takes away, and what it cannot.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ErasureReport {
    /// The stream's name.
    pub stream: String,
    /// What is erased begins here: with the first raw slot that overlaps what was asked for.
    pub from_ms: i64,
    /// It ends here.
    pub until_ms: i64,
    /// The slots that go, level by level, finest first; a coarser slot goes whole.
    pub levels: Vec<ErasedLevel>,
    /// Readings that were not sealed yet and go with it.
    pub unsealed: u64,
    /// Who has keys to some of it already, which cannot be taken back.
    pub holders: Vec<KeyHolder>,
    /// What still tells of the erased time.
    pub traces: Vec<Trace>,
    /// How surely the store's old key is gone, and with it what older copies of the store hold.
    pub key_store: KeyStoreKind,
}

/// The slots of one level that go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct ErasedLevel {
    /// The level.
    pub level: Level,
    /// The first slot's start.
    pub from_ms: i64,
    /// The last slot's end.
    pub until_ms: i64,
    /// Sealed slots of which something is held.
    pub slots: u64,
}

/// Keys that were handed out for slots that are erased.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct KeyHolder {
    /// The consent's id.
    pub consent: String,
    /// What its recipient calls itself.
    pub recipient: String,
    /// The level.
    pub level: Level,
    /// The facets.
    pub facets: Vec<Facet>,
    /// The first slot's start.
    pub from_ms: i64,
    /// The last slot's end.
    pub until_ms: i64,
    /// How many sealed slots.
    pub slots: u64,
}

/// What still tells of an erased time.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Trace {
    /// A recipient has read slots that reach beyond what is erased, and reads the finer ones beside it: the difference is what they come to
    /// within.
    Difference {
        /// What the recipient calls itself.
        recipient: String,
        /// The level of the slots that reach beyond.
        coarse: Level,
        /// The level of those that stay.
        fine: Level,
    },
    /// It is a counter, whose values before and after tell what was counted in between.
    Index,
}

/// An erasure that was done.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Erasure {
    /// The stream's name.
    pub stream: String,
    /// What was erased begins here.
    pub from_ms: i64,
    /// It ends here.
    pub until_ms: i64,
    /// When it was done.
    pub at_ms: i64,
    /// Who had a copy or keys, recipients first and then the household's own.
    pub confirmations: Vec<Confirmation>,
}

/// Whether somebody has deleted its copy.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Confirmation {
    /// The id of the consent under which a recipient had it; none for a party of the household.
    pub consent: Option<String>,
    /// What it is called.
    pub name: String,
    /// When it signed that its copy is deleted; none as long as it has not.
    pub at_ms: Option<i64>,
}

#[uniffi::export]
impl Home {
    /// What [`Home::erase`] would erase, and who has the keys to it already.
    ///
    /// # Errors
    /// `bad_time` when the time is empty, or lies after everything there is.
    pub fn erasable(
        &self,
        stream: &Stream,
        from_ms: i64,
        until_ms: i64,
    ) -> Result<ErasureReport, FfiError> {
        let (from, until) = span(from_ms, until_ms);
        Ok(self.0.erasable(&stream.0, from, until)?.into())
    }

    /// Erases a stream from `from_ms` until before `until_ms`: every raw slot that overlaps it, and every slot of another level that
    /// overlaps one of these. Readings that come later for an erased slot are dropped. What was read before, and keys that were handed
    /// out, cannot be taken back.
    ///
    /// # Errors
    /// `bad_time` when the time is empty, or lies after everything there is; `key_store`, also when another erasure is under way.
    pub fn erase(
        &self,
        stream: &Stream,
        from_ms: i64,
        until_ms: i64,
    ) -> Result<ErasureReport, FfiError> {
        let (from, until) = span(from_ms, until_ms);
        Ok(self.0.erase(&stream.0, from, until)?.into())
    }

    /// Replaces the store's key if something was erased that another agent erased first: to be called after a meeting with a relay. Says
    /// whether it was.
    ///
    /// # Errors
    /// `key_store`; what the store says.
    pub fn renew_key(&self) -> Result<bool, FfiError> {
        Ok(self.0.renew_key()?)
    }

    /// Every erasure that was done, oldest first, with who had keys to it and who has confirmed that its copy is deleted.
    ///
    /// # Errors
    /// What the store says.
    pub fn erasures(&self) -> Result<Vec<Erasure>, FfiError> {
        Ok(self.0.erasures()?.into_iter().map(Erasure::from).collect())
    }
}

impl From<freehold::ErasureReport> for ErasureReport {
    fn from(report: freehold::ErasureReport) -> Self {
        let level = |level: freehold::ErasedLevel| ErasedLevel {
            level: level.level,
            from_ms: level.span.start.ms(),
            until_ms: level.span.end.ms(),
            slots: level.slots,
        };
        let holder = |holder: freehold::KeyHolder| KeyHolder {
            consent: holder.consent.to_string(),
            recipient: holder.recipient,
            level: holder.level,
            facets: holder.facets.iter().collect(),
            from_ms: holder.span.start.ms(),
            until_ms: holder.span.end.ms(),
            slots: holder.slots,
        };
        Self {
            stream: report.stream,
            from_ms: report.span.start.ms(),
            until_ms: report.span.end.ms(),
            levels: report.levels.into_iter().map(level).collect(),
            unsealed: report.unsealed,
            holders: report.holders.into_iter().map(holder).collect(),
            traces: report.traces.into_iter().map(Trace::from).collect(),
            key_store: report.key_store,
        }
    }
}

impl From<freehold::Trace> for Trace {
    fn from(trace: freehold::Trace) -> Self {
        match trace {
            freehold::Trace::Difference {
                recipient,
                coarse,
                fine,
            } => Self::Difference {
                recipient,
                coarse,
                fine,
            },
            freehold::Trace::Index => Self::Index,
        }
    }
}

impl From<freehold::Erasure> for Erasure {
    fn from(erasure: freehold::Erasure) -> Self {
        let recipients = erasure.recipients.into_iter().map(|one| Confirmation {
            consent: Some(one.consent.to_string()),
            name: one.recipient,
            at_ms: one.at.map(Time::ms),
        });
        let parties = erasure.parties.into_iter().map(|one| Confirmation {
            consent: None,
            name: one.party.name,
            at_ms: one.at.map(Time::ms),
        });
        Self {
            stream: erasure.stream,
            from_ms: erasure.span.start.ms(),
            until_ms: erasure.span.end.ms(),
            at_ms: erasure.at.ms(),
            confirmations: recipients.chain(parties).collect(),
        }
    }
}
