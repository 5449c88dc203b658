use std::ops::{ControlFlow, RangeInclusive};

use rusqlite::Connection;

use crate::{Key, Order};

/// Consecutive rows, copied out under the lock and shown without it.
#[derive(Default)]
pub(crate) struct Page {
    /// Each row's key and the end of its value in `bytes`.
    rows: Vec<(Key, usize)>,
    bytes: Vec<u8>,
    /// How many bytes to gather: little at first, since many a scan wants one row.
    budget: usize,
    /// The last key, if there may be more rows after it.
    end: Option<Key>,
}

impl Page {
    const MIN_BUDGET: usize = 4 << 10;
    const MAX_BUDGET: usize = 256 << 10;

    /// The key to go on from, if there may be more rows.
    pub(crate) fn next(&self, order: Order) -> Option<Key> {
        self.end?.next(order)
    }

    /// Takes the first rows of `range` in `order`.
    pub(crate) fn fill(
        &mut self,
        connection: &Connection,
        range: RangeInclusive<Key>,
        order: Order,
    ) -> rusqlite::Result<()> {
        self.rows.clear();
        self.bytes.clear();
        self.end = None;
        self.budget = (self.budget * 4).clamp(Self::MIN_BUDGET, Self::MAX_BUDGET);
        let mut select = connection.prepare_cached(match order {
            Order::Ascending => {
                "SELECT key, value FROM row WHERE key BETWEEN ?1 AND ?2 ORDER BY key"
            }
            Order::Descending => {
                "SELECT key, value FROM row WHERE key BETWEEN ?1 AND ?2 ORDER BY key DESC"
            }
        })?;
        let mut rows = select.query([range.start().to_i64(), range.end().to_i64()])?;
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            let key =
                Key::from_i64(number).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, number))?;
            self.bytes.extend_from_slice(row.get_ref(1)?.as_blob()?);
            self.rows.push((key, self.bytes.len()));
            if self.bytes.len() + self.rows.len() * size_of::<(Key, usize)>() >= self.budget {
                self.end = Some(key);
                break;
            }
        }
        Ok(())
    }

    /// Shows the rows.
    pub(crate) fn show(
        &self,
        visit: &mut dyn FnMut(Key, &[u8]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut start = 0;
        for &(key, end) in &self.rows {
            visit(key, self.bytes.get(start..end).unwrap_or_default())?;
            start = end;
        }
        ControlFlow::Continue(())
    }
}
