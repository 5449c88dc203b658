//! Bits of small numbers, most significant first: the alphabet of summary facets.

use alloc::vec::Vec;

/// Why bytes are no facet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BitError {
    /// The bits end within a number.
    Cut,
    /// A number that its place cannot hold.
    Range,
}

#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits of the last byte that were not written yet.
    free: u32,
}

impl BitWriter {
    /// Bits written.
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len() * 8 - self.free as usize
    }

    /// The bytes, the last filled up with zeros.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn bit(&mut self, bit: bool) {
        self.fixed(bit.into(), 1);
    }

    /// The low `width` bits.
    pub(crate) fn fixed(&mut self, value: u128, width: u32) {
        let mut left = width;
        while left > 0 {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            let take = left.min(self.free);
            left -= take;
            self.free -= take;
            let part = (value >> left) & ((1 << take) - 1);
            if let Some(last) = self.bytes.last_mut() {
                *last |= part.to_le_bytes()[0] << self.free;
            }
        }
    }

    /// A number below `bound`, in the fewest bits that tell `bound` apart (truncated binary).
    pub(crate) fn below(&mut self, value: u128, bound: u128) {
        let (width, short) = truncated(bound);
        if value < short {
            self.fixed(value, width.saturating_sub(1));
        } else {
            self.fixed(value + short, width);
        }
    }

    /// Any number below 2^127, in few bits when it is below some 2^`k` (exponential Golomb of order k). Zero is all zeros.
    pub(crate) fn golomb(&mut self, value: u128, k: u32) {
        let head = (value >> k) + 1;
        let more = head.ilog2();
        // `more` ones and a zero.
        self.fixed(((1 << more) - 1) << 1, more + 1);
        self.fixed(head, more);
        self.fixed(value, k);
    }
}

#[derive(Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bits read.
    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    /// Whether every bit that was not read is zero.
    pub(crate) fn rest_is_zero(mut self) -> bool {
        while self.at < self.bytes.len() * 8 {
            if self.bit() != Ok(false) {
                return false;
            }
        }
        true
    }

    pub(crate) fn bit(&mut self) -> Result<bool, BitError> {
        let byte = self.bytes.get(self.at / 8).ok_or(BitError::Cut)?;
        let bit = byte >> (7 - self.at % 8) & 1 == 1;
        self.at += 1;
        Ok(bit)
    }

    pub(crate) fn fixed(&mut self, width: u32) -> Result<u128, BitError> {
        (0..width).try_fold(0, |value, _| Ok(value << 1 | u128::from(self.bit()?)))
    }

    pub(crate) fn below(&mut self, bound: u128) -> Result<u128, BitError> {
        let (width, short) = truncated(bound);
        let value = self.fixed(width.saturating_sub(1))?;
        if value < short || width == 0 {
            return Ok(value);
        }
        Ok((value << 1 | u128::from(self.bit()?)) - short)
    }

    pub(crate) fn golomb(&mut self, k: u32) -> Result<u128, BitError> {
        let mut more = 0;
        while self.bit()? {
            more += 1;
            if more + k > 127 {
                return Err(BitError::Range);
            }
        }
        let head = 1 << more | self.fixed(more)?;
        Ok((head - 1) << k | self.fixed(k)?)
    }
}

/// The bits that [`BitWriter::golomb`] takes.
pub(crate) const fn golomb_len(value: u128, k: u32) -> u32 {
    2 * ((value >> k) + 1).ilog2() + 1 + k
}

/// The bits of the numbers below `bound`, and how many of them take one bit less.
const fn truncated(bound: u128) -> (u32, u128) {
    if bound <= 1 {
        return (0, 0);
    }
    let width = (bound - 1).ilog2() + 1;
    (width, (1 << width) - bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_bits() {
        let mut bits = BitWriter::default();
        bits.golomb(0, 2); // 0 00
        bits.golomb(5, 1); // head 3: 10 1, then 1
        bits.below(2, 3); // 11
        bits.below(0, 1); // nothing
        assert_eq!(bits.len(), 9);
        assert_eq!(bits.into_bytes(), [0b0001_0111, 0b1000_0000]);
        let mut far = BitReader::new(&[0xff; 40]);
        assert_eq!(far.golomb(3), Err(BitError::Range));
        assert_eq!(BitReader::new(&[0xff]).golomb(3), Err(BitError::Cut));
    }

    proptest! {
        #[test]
        fn numbers_come_back(value in 0_u128..1 << 100, shift in 0_u32..100, k in 0_u32..20, over in 1_u128..1000) {
            let value = value >> shift;
            let mut bits = BitWriter::default();
            bits.golomb(value, k);
            prop_assert_eq!(bits.len(), golomb_len(value, k) as usize);
            bits.below(value, value + over);
            let len = bits.len();
            let bytes = bits.into_bytes();
            let mut reader = BitReader::new(&bytes);
            prop_assert_eq!(reader.golomb(k), Ok(value));
            prop_assert_eq!(reader.below(value + over), Ok(value));
            prop_assert_eq!(reader.position(), len);
            prop_assert!(reader.rest_is_zero());
        }
    }
}
