//! Erasure: slots whose keys are punctured, whose pieces are hashes from then on, and that take no reading any more.
//!
//! One batch changes the store: what is left of the roots takes their place, pieces become hashes, and every row that the store's
//! key seals is sealed under a new one. The key store holds both keys from before that batch until after it, so that one of them
//! opens the store whatever was cut off.

mod answers;
mod order;
mod report;

use std::sync::atomic::Ordering;

use freehold_consent::{StreamId, Token, Window};
use freehold_crypto::{KeyStoreError, PublicKey, Secret};
use freehold_model::{Level, Slot, Time};
use freehold_store::Batch;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Home, Noun, Stream,
    home::{About, Inner, State},
    household::stray,
    put_back,
    rows::{HOME, Rows, Space, all, number_key},
    sealer::Sealer,
    stream::StreamRecord,
    tx::{Counter, Tx},
    vault::Vault,
    writer::StreamWriter,
};

pub(crate) use answers::ErasureNews;
pub(crate) use order::{ErasedReceipt, Order, SignedOrder};
pub use report::{
    Confirmation, ErasedLevel, Erasure, ErasureReport, KeyHolder, PartyConfirmation, Trace,
};

/// An erasure in the store of a home, or of a recipient that heard of it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ErasureRow {
    pub(crate) order: SignedOrder,
    /// Who signed it.
    pub(crate) household: PublicKey,
    /// Who says that it was carried out: at a recipient, its own words.
    pub(crate) receipts: Vec<ErasedReceipt>,
}

/// What was erased of one stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gone {
    /// In order, apart from each other.
    spans: Vec<Slot>,
}

impl Home {
    /// What [`Home::erase`] would erase of a stream, and who has the keys to it already.
    ///
    /// # Errors
    /// [`Error::Time`] when the range is empty or lies after everything there is.
    pub fn erasable(
        &self,
        stream: &Stream,
        from: Time,
        until: Time,
    ) -> Result<ErasureReport, Error> {
        let inner = self.inner();
        let mut state = inner.lock();
        let (record, mut writer) = state.opened(inner, stream.no())?;
        let span = span(&writer, from, until, inner.now())?;
        state.erasure_report(inner, &record, &mut writer, span)
    }

    /// Erases `[from, until)` of a stream: every raw slot that overlaps it, and every slot of another level that overlaps one of
    /// these. Their keys are punctured and their pieces deleted; a coarser slot is erased whole and stays so. Readings that come
    /// later for an erased slot are dropped. What was read before, and keys that were handed out, cannot be taken back.
    ///
    /// The store goes on under a new key. That older copies of it open nothing then is as sure as its key store forgets the old
    /// one: see [`ErasureReport::key_store`].
    ///
    /// # Errors
    /// [`Error::Time`] when the range is empty or lies after everything there is; [`Error::KeyStore`], also when another erasure
    /// is under way; [`Error::Store`]. When the key store fails after the store has changed, it is erased, and the old key goes
    /// with the next try or when the home is opened.
    pub fn erase(&self, stream: &Stream, from: Time, until: Time) -> Result<ErasureReport, Error> {
        let inner = self.inner();
        if inner.rekeying.swap(true, Ordering::SeqCst) {
            return Err(KeyStoreError::Unavailable.into());
        }
        let _under_way = UnderWay(inner);
        let key = self.next_key()?;
        let report = self.erase_under(&key, stream, from, until)?;
        inner.counter.keys().replace(&inner.rows.secret())?;
        // It is erased, whether that can be written down or not; if not, the next meeting does.
        let _ = inner.lock().sign_erasures(inner);
        let slots: u64 = report.levels.iter().map(|level| level.slots).sum();
        log::info!("erased {slots} slots; the store goes on under another key");
        Ok(report)
    }

    /// Replaces the store's key if something was erased that another agent erased first: until then, a copy of the store from
    /// before and its key still open that. It is done when the home is opened, and the caller does it after a meeting. Says
    /// whether it was: then the next meeting says so to the others.
    ///
    /// # Errors
    /// [`Error::KeyStore`], [`Error::Store`]: it is still to be done.
    pub fn renew_key(&self) -> Result<bool, Error> {
        let inner = self.inner();
        if !answers::is_key_old(&inner.rows)? {
            return Ok(false);
        }
        if inner.rekeying.swap(true, Ordering::SeqCst) {
            return Err(KeyStoreError::Unavailable.into());
        }
        let _under_way = UnderWay(inner);
        let key = self.next_key()?;
        self.renew_under(&key)?;
        inner.counter.keys().replace(&inner.rows.secret())?;
        let _ = inner.lock().sign_erasures(inner);
        inner.changed();
        log::info!("another erased; the store goes on under another key");
        Ok(true)
    }

    fn renew_under(&self, key: &Secret) -> Result<(), Error> {
        let inner = self.inner();
        let mut state = inner.lock();
        let mut batch = Batch::new();
        let fresh = inner.rows.under(key);
        inner.rows.reseal(&fresh, &mut batch, &mut *state.entropy)?;
        batch.delete(number_key(Space::About, OLD_KEY)?);
        inner.rows.exchange(key, &batch)
    }

    /// A key that the key store has prepared and the store does not use yet.
    fn next_key(&self) -> Result<Secret, Error> {
        let inner = self.inner();
        let keys = inner.counter.keys();
        match keys.prepared()? {
            // The store uses it already: the key store failed after that.
            Some(key) if key == inner.rows.secret() => keys.replace(&key)?,
            // A store that failed may have it after all, so this one and no other.
            Some(key) => return Ok(key),
            None => {}
        }
        let mut bytes = zeroize::Zeroizing::new([0; 32]);
        self.fill(&mut *bytes)?;
        let key = Secret::from_bytes(*bytes);
        keys.prepare(&key)?;
        Ok(key)
    }

    /// Erases in the store, which goes on under `key`.
    fn erase_under(
        &self,
        key: &Secret,
        stream: &Stream,
        from: Time,
        until: Time,
    ) -> Result<ErasureReport, Error> {
        let inner = self.inner();
        let mut state = inner.lock();
        let state = &mut *state;
        let (mut record, mut writer) = state.opened(inner, stream.no())?;
        let span = span(&writer, from, until, inner.now())?;
        let report = state.erasure_report(inner, &record, &mut writer, span)?;
        if writer.sealer.gone.covers(span) {
            return Ok(report);
        }
        let signing = inner.signing_key()?;
        let order = Order::new(record.id(), span, inner.now()).sign(&signing)?;
        let row = ErasureRow::new(order, signing.public_key());
        let no = Gone::count(&inner.rows)?;
        let fresh = inner.rows.under(key);
        let mut tx = Tx::new(&fresh, &inner.counter, &mut *state.entropy, inner.now());
        inner.rows.reseal(&fresh, &mut tx.batch, tx.entropy)?;
        writer.erase(&mut tx, span)?;
        stray::erase(&inner.rows, &mut tx.batch, record.id(), span)?;
        put_back::erase(&inner.rows, &mut tx.batch, record.no, span)?;
        record.generation = Vault::after_all(&inner.rows, record.no, record.generation)?;
        let at = number_key(Space::Stream, record.no)?;
        fresh.put(&mut tx.batch, at, &record, tx.entropy)?;
        let issued = state.consents.without_bundles(record.id());
        for (no, issued) in &issued {
            let at = number_key(Space::Consent, *no)?;
            fresh.put(&mut tx.batch, at, issued, tx.entropy)?;
        }
        let at = number_key(Space::Erased, no)?;
        fresh.put(&mut tx.batch, at, &row, tx.entropy)?;
        let (batch, count) = tx.counted()?;
        inner.rows.exchange(key, &batch)?;
        state.consents.replace(issued);
        state.replace_stream(record);
        inner.changed();
        inner.counter.advance(count)?;
        Ok(report)
    }
}

impl Gone {
    /// What a household erased of a stream, by the rows of a home or a recipient.
    pub(crate) fn load(
        rows: &Rows,
        stream: StreamId,
        household: &[PublicKey],
    ) -> Result<Self, Error> {
        let mut gone = Self::default();
        for row in orders(rows)? {
            let order = row.order.order()?;
            if order.stream() == stream && household.contains(&row.household) {
                gone.add(order.span());
            }
        }
        Ok(gone)
    }

    /// How many erasures there are.
    pub(crate) fn count(rows: &Rows) -> Result<u32, Error> {
        let mut count = 0;
        rows.raw(all(Space::Erased)?, |_, _| count += 1)?;
        Ok(count)
    }

    pub(crate) fn add(&mut self, span: Slot) {
        let mut spans = std::mem::take(&mut self.spans);
        spans.push(span);
        spans.sort_unstable_by_key(|span| span.start);
        for span in spans {
            match self.spans.last_mut() {
                Some(last) if last.end >= span.start => last.end = last.end.max(span.end),
                _ => self.spans.push(span),
            }
        }
    }

    /// Whether a slot was erased: it overlaps what was.
    pub(crate) fn has(&self, slot: Slot) -> bool {
        let at = self.spans.partition_point(|span| span.end <= slot.start);
        self.spans.get(at).is_some_and(|span| overlap(*span, slot))
    }

    fn covers(&self, all: Slot) -> bool {
        let mut spans = self.spans.iter();
        spans.any(|span| span.start <= all.start && all.end <= span.end)
    }
}

impl State {
    /// Erases what another agent erased. The store goes on under the key that it has until [`Home::renew_key`].
    pub(crate) fn erase_heard(
        &mut self,
        inner: &Inner,
        row: &ErasureRow,
        stream: StreamId,
        span: Slot,
    ) -> Result<(), Error> {
        let no = Gone::count(&inner.rows)?;
        let at = number_key(Space::Erased, no)?;
        let Some(record) = self.stream_of(stream.0) else {
            let mut batch = Batch::new();
            inner.rows.put(&mut batch, at, row, &mut *self.entropy)?;
            return Ok(inner.rows.store().commit(&batch)?);
        };
        let issued = self.consents.without_bundles(record.id());
        let (record, mut writer) = self.opened(inner, record.no)?;
        let mut tx = Tx::new(&inner.rows, &inner.counter, &mut *self.entropy, inner.now());
        writer.erase(&mut tx, span)?;
        stray::erase(&inner.rows, &mut tx.batch, stream, span)?;
        put_back::erase(&inner.rows, &mut tx.batch, record.no, span)?;
        for (no, issued) in &issued {
            let at = number_key(Space::Consent, *no)?;
            inner.rows.put(&mut tx.batch, at, issued, tx.entropy)?;
        }
        inner.rows.put(&mut tx.batch, at, row, tx.entropy)?;
        tx.batch.put(number_key(Space::About, OLD_KEY)?, [1]);
        tx.seals();
        tx.commit()?;
        self.consents.replace(issued);
        self.replace_stream(record);
        Ok(())
    }

    /// Punctures what came whole of a stream of which something was erased before.
    pub(crate) fn puncture_again(&mut self, inner: &Inner, no: u32) -> Result<(), Error> {
        let (record, mut writer) = self.opened(inner, no)?;
        let spans = writer.sealer.gone.spans.clone();
        if spans.is_empty() {
            return Ok(());
        }
        for span in spans {
            let mut tx = Tx::new(&inner.rows, &inner.counter, &mut *self.entropy, inner.now());
            writer.erase(&mut tx, span)?;
            tx.batch.put(number_key(Space::About, OLD_KEY)?, [1]);
            tx.commit()?;
        }
        self.replace_stream(record);
        Ok(())
    }

    /// A stream's record and a writer of its own. The one that is kept goes: it has paths below the roots in memory.
    fn opened(&mut self, inner: &Inner, no: u32) -> Result<(StreamRecord, StreamWriter), Error> {
        self.writers.remove(&no);
        let record = self.streams.get(&no).cloned();
        let record = record.ok_or(Error::Missing(Noun::Stream))?;
        let sealer = Sealer::load(&inner.rows, &record, &inner.about())?;
        Ok((record, StreamWriter::load(&inner.rows, sealer)?))
    }
}

/// The row of a home that says that its store is to go on under another key: nothing is in it.
const OLD_KEY: u32 = 3;

/// The rows of a home under the key that opens them: the present one, or the one that was prepared if the store has come to
/// use it. When this returns, that one is in place and no other is kept.
pub(crate) fn settle(rows: Rows, counter: &Counter) -> Result<Rows, Error> {
    let at = number_key(Space::About, HOME)?;
    let opens = |rows: &Rows| rows.get::<About>(at).is_ok_and(|about| about.is_some());
    let rows = match counter.keys().prepared()? {
        None if opens(&rows) => return Ok(rows),
        Some(key) if !opens(&rows) && opens(&rows.under(&key)) => rows.under(&key),
        _ => rows,
    };
    if !opens(&rows) {
        return Err(if counter.is_stale()? {
            Error::OlderThanKey
        } else {
            Error::Damaged
        });
    }
    counter.keys().replace(&rows.secret())?;
    Ok(rows)
}

/// Every erasure, oldest first.
pub(crate) fn orders(rows: &Rows) -> Result<Vec<ErasureRow>, Error> {
    let mut found = Vec::new();
    rows.each(all(Space::Erased)?, |_, row: ErasureRow| {
        found.push(row);
        Ok(())
    })?;
    Ok(found)
}

/// Whether a consent that was granted at `granted` covers some of what an order erases.
pub(crate) fn concerns(order: &Order, granted: Time, token: &Token) -> bool {
    let span = order.span();
    let overlaps = |window: &Window| window.from() < span.end && span.start < window.until();
    let mut cells = token.terms().scope.cells();
    granted <= order.at()
        && cells
            .any(|((stream, ..), windows)| stream == order.stream() && windows.iter().any(overlaps))
}

/// Whether two slots share any time.
pub(crate) fn overlap(one: Slot, other: Slot) -> bool {
    one.start < other.end && other.start < one.end
}

/// The raw slots that overlap the range: together one span. It ends with the present slot, or with the newest there is.
fn span(writer: &StreamWriter, from: Time, until: Time, now: Time) -> Result<Slot, Error> {
    let newest = writer.end().map_or(now, |end| end.max(now.plus_ms(1)));
    let until = until.min(newest);
    if from >= until {
        return Err(Error::Time);
    }
    let raw = |time| writer.sealer.calendar().slot(Level::Raw, time);
    Ok(Slot {
        start: raw(from).start,
        end: raw(until.plus_ms(-1)).end,
    })
}

/// An erasure that is under way: no other may begin.
struct UnderWay<'a>(&'a Inner);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.rekeying.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test")]
mod tests;
