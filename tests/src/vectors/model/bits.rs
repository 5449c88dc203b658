//! Bits of facets.

/// Bits, the most significant first, by the codes of the page.
pub(super) struct Bits(pub(super) Vec<bool>);

impl Bits {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// `F(n)`
    pub(super) fn fixed(self, n: u32, v: u128) -> Self {
        let mut bits = self.0;
        bits.extend((0..n).rev().map(|place| v >> place & 1 == 1));
        Self(bits)
    }

    /// `G(k)`
    pub(super) fn golomb(self, k: u32, v: u128) -> Self {
        let h = (v >> k) + 1;
        let m = h.ilog2();
        let ones = (0..m).fold(self, |bits, _| bits.fixed(1, 1));
        ones.fixed(1, 0).fixed(m, h).fixed(k, v)
    }

    /// `B(n)`
    pub(super) fn below(self, n: u128, v: u128) -> Self {
        if n == 1 {
            return self;
        }
        let w = (n - 1).ilog2() + 1;
        let s = (1 << w) - n;
        if v < s {
            self.fixed(w - 1, v)
        } else {
            self.fixed(w, v + s)
        }
    }
}
