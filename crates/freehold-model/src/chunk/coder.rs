//! The entropy coder: adaptive models of sixteen symbols under an asymmetric numeral system.
//!
//! The decoder undoes the encoder step by step, so bytes stand for at most one sequence of symbols, and no other bytes stand
//! for that sequence. **[chunk-10]**

use alloc::vec::Vec;

/// Symbols of one model: 0 to 15.
const SYMBOLS: usize = 16;
/// A model shares out `1 << SHARE_BITS`.
const SHARE_BITS: u32 = 15;
const SHARE_MASK: u16 = (1 << SHARE_BITS) - 1;
/// Where the starts lie when the last symbol has all the room.
const LOWEST: [u16; SYMBOLS] = [
    0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120,
];
/// What a symbol can have beyond the others' least shares.
const ROOM: u16 = (1 << SHARE_BITS) - 128;
/// The state while words remain is never below this.
const STATE_LOW: u64 = 1 << 31;
/// The state before the first symbol is coded, and after the last one is read.
const STATE_END: u64 = 1;

/// How likely each of sixteen symbols is, learnt as they pass. **[chunk-12]**
#[derive(Clone, Copy)]
pub(super) struct Model {
    /// Where the share of each symbol starts: strictly increasing from 0.
    starts: [u16; SYMBOLS],
    /// Symbols learnt, counted up to [`Model::SETTLED`].
    seen: u16,
}

impl Model {
    const SETTLED: u16 = 32;

    pub(super) const fn new(starts: [u16; SYMBOLS]) -> Self {
        Self { starts, seen: 0 }
    }

    /// One model for each row.
    pub(super) const fn table<const N: usize>(rows: &[[u16; SYMBOLS]; N]) -> [Self; N] {
        let mut models = [Self::new([0; SYMBOLS]); N];
        let mut place = 0;
        while place < N {
            models[place].starts = rows[place];
            place += 1;
        }
        models
    }

    #[inline]
    fn span(&self, symbol: u16) -> Span {
        let start = self.starts[usize::from(symbol) % SYMBOLS];
        let next = self.starts[(usize::from(symbol) + 1) % SYMBOLS];
        let width = next.wrapping_sub(start) & SHARE_MASK;
        Span { start, width }
    }

    /// The symbol that a share belongs to.
    #[inline]
    fn find(&self, share: u16) -> u16 {
        let above: u16 = self.starts.iter().map(|start| after(*start, share)).sum();
        15 - above
    }

    /// Moves each start towards where it would be if one symbol had all the room. `is_after` says by 1 or 0 whether a lane, or
    /// its start, lies after that symbol: either way gives the same, but the encoder has the symbol first and the decoder the
    /// share.
    #[inline]
    fn learn(&mut self, is_after: impl Fn(u16, u16) -> u16) {
        let rate = 4 + (self.seen >> 4);
        self.seen += u16::from(self.seen < Self::SETTLED);
        for ((lane, start), lowest) in (0..).zip(&mut self.starts).zip(LOWEST) {
            let goal = lowest + is_after(lane, *start) * ROOM;
            let gap = goal.wrapping_sub(*start).cast_signed() >> rate;
            *start = start.wrapping_add(gap.cast_unsigned());
        }
    }
}

/// 1 if `a` is greater than `b`, else 0, for numbers below 32,768. Without a branch, all lanes of a model go at once.
#[inline]
const fn after(a: u16, b: u16) -> u16 {
    b.wrapping_sub(a) >> 15
}

/// Some of the `1 << SHARE_BITS` shares, at least one and not all.
#[derive(Clone, Copy)]
struct Span {
    start: u16,
    width: u16,
}

impl Span {
    /// The span of `count` plain bits, 1 to 15.
    #[inline]
    const fn plain(bits: u16, count: u32) -> Self {
        let spare = SHARE_BITS - count;
        Self {
            start: bits << spare,
            width: 1 << spare,
        }
    }
}

/// Takes symbols in reading order and codes them from the last to the first.
#[derive(Default)]
pub(super) struct Pen {
    spans: Vec<Span>,
    words: Vec<u32>,
}

impl Pen {
    /// Writes a symbol, which the model learns.
    #[inline]
    pub(super) fn symbol(&mut self, model: &mut Model, symbol: u16) {
        self.spans.push(model.span(symbol));
        model.learn(|lane, _| after(lane, symbol));
    }

    /// Writes the low `count` bits of a number as they are, at most 64; in groups of 15, the lowest first. **[chunk-13]**
    #[inline]
    pub(super) fn bits(&mut self, mut number: u64, mut count: u32) {
        while count > 0 {
            let group = count.min(SHARE_BITS);
            let bits = low_share(number) & ((1 << group) - 1);
            self.spans.push(Span::plain(bits, group));
            number >>= group;
            count -= group;
        }
    }

    /// Appends what was written since the last call, and is empty again.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        let mut state = STATE_END;
        self.words.clear();
        for span in self.spans.drain(..).rev() {
            let width = u64::from(span.width);
            if state >> 48 >= width {
                self.words.push(low_word(state));
                state >>= 32;
            }
            state = ((state / width) << SHARE_BITS) + state % width + u64::from(span.start);
        }
        let head = state.to_be_bytes();
        out.extend(head.iter().skip_while(|byte| **byte == 0));
        out.extend(self.words.iter().rev().flat_map(|word| word.to_be_bytes()));
    }
}

/// Reads symbols back. Past the end it reads on without meaning; [`Reader::is_finished`] tells.
pub(super) struct Reader<'a> {
    state: u64,
    words: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of bytes of any origin, unless no encoder could begin so. **[chunk-11]**
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        if *bytes.first()? == 0 {
            return None;
        }
        let (head, words) = bytes.split_at(bytes.len() % 4);
        let state = head
            .iter()
            .fold(0, |state, byte| state << 8 | u64::from(*byte));
        let mut reader = Self { state, words };
        reader.refill();
        reader.refill();
        Some(reader)
    }

    /// Reads a symbol, which the model learns.
    #[inline]
    pub(super) fn symbol(&mut self, model: &mut Model) -> u16 {
        let share = low_share(self.state);
        let symbol = model.find(share);
        self.take(share, model.span(symbol));
        model.learn(|_, start| after(start, share));
        symbol
    }

    /// Reads at most 64 plain bits.
    #[inline]
    pub(super) fn bits(&mut self, count: u32) -> u64 {
        let (mut number, mut done) = (0, 0);
        while done < count {
            let group = (count - done).min(SHARE_BITS);
            number |= u64::from(self.group(group)) << done;
            done += group;
        }
        number
    }

    /// Reads 1 to 15 plain bits.
    #[inline]
    pub(super) fn group(&mut self, count: u32) -> u16 {
        let share = low_share(self.state);
        let bits = share >> (SHARE_BITS - count);
        self.take(share, Span::plain(bits, count));
        bits
    }

    /// Whether everything that was written has been read, and nothing else is there.
    pub(super) const fn is_finished(&self) -> bool {
        self.state == STATE_END && self.words.is_empty()
    }

    #[inline]
    fn take(&mut self, share: u16, span: Span) {
        let rest = u64::from(share - span.start);
        self.state = u64::from(span.width) * (self.state >> SHARE_BITS) + rest;
        self.refill();
    }

    #[inline]
    fn refill(&mut self) {
        if self.state < STATE_LOW
            && let Some((word, rest)) = self.words.split_first_chunk()
        {
            self.state = self.state << 32 | u64::from(u32::from_be_bytes(*word));
            self.words = rest;
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the low word is what is asked for"
)]
const fn low_word(state: u64) -> u32 {
    state as u32
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the low share is what is asked for"
)]
const fn low_share(state: u64) -> u16 {
    state as u16 & SHARE_MASK
}
