//! ChaCha20-Poly1305 (RFC 8439).

/// Three ciphertext blocks: the last two solve the two linear equations that give both keys one tag, and the first is changed
/// until both solutions are blocks, of which one in sixteen pairs is.
pub(super) fn collide(keys: [[u8; 32]; 2], associated: &[u8]) -> (Vec<u8>, [u8; 16]) {
    let keys = keys.map(OneTime::new);
    (0_u128..)
        .find_map(|first| attempt(&keys, associated, first))
        .unwrap()
}

fn attempt(keys: &[OneTime; 2], associated: &[u8], first: u128) -> Option<(Vec<u8>, [u8; 16])> {
    let tag = 7_u128;
    // x r^3 + y r^2 = wanted, for each key.
    let [one, two] = keys.each_ref().map(|key| {
        let blocks = [first, 0, 0];
        let rest = key.hash(associated, &blocks, [1, 0, 0]);
        let wanted = Number::new(tag.wrapping_sub(key.s), 0).minus(rest);
        let square = key.r.times(key.r);
        (square.times(key.r), square, wanted)
    });
    let determinant = one.0.times(two.1).minus(two.0.times(one.1)).inverse();
    let x = one
        .2
        .times(two.1)
        .minus(two.2.times(one.1))
        .times(determinant);
    let y = one
        .0
        .times(two.2)
        .minus(two.0.times(one.2))
        .times(determinant);
    let (x, y) = (x.as_block()?, y.as_block()?);
    for key in keys {
        let hash = key.hash(associated, &[first, x, y], [1, 1, 1]);
        assert_eq!(hash.low().wrapping_add(key.s), tag);
    }
    Some((
        [first, x, y].map(u128::to_le_bytes).concat(),
        tag.to_le_bytes(),
    ))
}

/// The keys of one message.
struct OneTime {
    r: Number,
    s: u128,
}

impl OneTime {
    /// From the first block of the key stream, of an all-zero nonce.
    fn new(key: [u8; 32]) -> Self {
        const CLAMP: u128 = 0x0fff_fffc_0fff_fffc_0fff_fffc_0fff_ffff;
        let stream = chacha20(&key);
        let half = |at: usize| u128::from_le_bytes(stream[at..at + 16].try_into().unwrap());
        Self {
            r: Number::new(half(0) & CLAMP, 0),
            s: half(16),
        }
    }

    /// The polynomial over associated data, ciphertext and lengths. A block counts with its bit beyond the end when its mark
    /// is 1; one with mark 0 is left out, to be solved for.
    fn hash(&self, associated: &[u8], ciphertext: &[u128; 3], marks: [u8; 3]) -> Number {
        let lengths = associated.len() as u128 | (48 << 64);
        let associated = associated.chunks(16).map(|chunk| {
            let mut block = [0; 16];
            block[..chunk.len()].copy_from_slice(chunk);
            (u128::from_le_bytes(block), 1)
        });
        let ciphertext = ciphertext.iter().copied().zip(marks);
        associated
            .chain(ciphertext)
            .chain([(lengths, 1)])
            .fold(Number::new(0, 0), |hash, (block, mark)| {
                hash.plus(Number::new(block, mark)).times(self.r)
            })
    }
}

/// A number modulo 2^130 - 5, in five limbs of 26 bits.
#[derive(Clone, Copy)]
struct Number([u64; 5]);

const MASK: u64 = (1 << 26) - 1;

impl Number {
    /// A block, and the bits beyond it.
    fn new(low: u128, high: u8) -> Self {
        let mut limbs = [0; 5];
        for (n, limb) in limbs.iter_mut().enumerate() {
            let bytes = (low >> (26 * n)).to_le_bytes();
            *limb = u64::from_le_bytes(bytes[..8].try_into().unwrap()) & MASK;
        }
        limbs[4] |= u64::from(high) << 24;
        Self(limbs)
    }

    /// The number as a whole block with its bit beyond the end.
    fn as_block(self) -> Option<u128> {
        (self.0[4] >> 24 == 1).then(|| self.low())
    }

    fn low(self) -> u128 {
        (0..5).fold(0, |low, n| low | u128::from(self.0[n]) << (26 * n))
    }

    fn plus(self, other: Self) -> Self {
        Self(core::array::from_fn(|n| self.0[n] + other.0[n])).reduced()
    }

    fn minus(self, other: Self) -> Self {
        // Twice the modulus, limb by limb, keeps every limb above zero.
        let modulus = |n: usize| 2 * (MASK - if n == 0 { 4 } else { 0 });
        Self(core::array::from_fn(|n| {
            self.0[n] + modulus(n) - other.0[n]
        }))
        .reduced()
    }

    fn times(self, other: Self) -> Self {
        let mut product = [0; 5];
        for (i, a) in self.0.iter().enumerate() {
            for (j, b) in other.0.iter().enumerate() {
                product[(i + j) % 5] += a * b * if i + j < 5 { 1 } else { 5 };
            }
        }
        Self(product).reduced()
    }

    /// By Fermat: the power 2^130 - 7.
    fn inverse(self) -> Self {
        let mut result = Self::new(1, 0);
        for bit in (0..130).rev() {
            result = result.times(result);
            // 2^130 - 7 has every bit but the second and the third from below.
            if bit != 1 && bit != 2 {
                result = result.times(self);
            }
        }
        result
    }

    /// Carries, and takes off the modulus until the number is below it.
    fn reduced(mut self) -> Self {
        for _ in 0..3 {
            let mut carry = 0;
            for limb in &mut self.0 {
                *limb += carry;
                carry = *limb >> 26;
                *limb &= MASK;
            }
            self.0[0] += 5 * carry;
        }
        let modulus = self.0[1..].iter().all(|limb| *limb == MASK) && self.0[0] >= MASK - 4;
        if modulus {
            Self([self.0[0] - (MASK - 4), 0, 0, 0, 0])
        } else {
            self
        }
    }
}

/// The first block of the key stream.
fn chacha20(key: &[u8; 32]) -> [u8; 64] {
    let mut start = [0_u32; 16];
    start[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
    for (word, bytes) in start[4..12].iter_mut().zip(key.chunks_exact(4)) {
        *word = u32::from_le_bytes(bytes.try_into().unwrap());
    }
    let mut state = start;
    for _ in 0..10 {
        for column in 0..4 {
            quarter(&mut state, [0, 4, 8, 12].map(|row| row + column));
        }
        for diagonal in 0..4 {
            quarter(
                &mut state,
                [0, 1, 2, 3].map(|row| 4 * row + (diagonal + row) % 4),
            );
        }
    }
    let mut block = [0; 64];
    for (n, bytes) in block.chunks_exact_mut(4).enumerate() {
        bytes.copy_from_slice(&state[n].wrapping_add(start[n]).to_le_bytes());
    }
    block
}

fn quarter(state: &mut [u32; 16], [a, b, c, d]: [usize; 4]) {
    for (x, y, z, by) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)] {
        state[x] = state[x].wrapping_add(state[y]);
        state[z] = (state[z] ^ state[x]).rotate_left(by);
    }
}
