//! Ed25519 keys that bind nothing: under a point of small order one signature verifies for an eighth of all messages or more,
//! and nobody needs a secret to make it. RFC 8032 lets them pass, and so does `ring`.

/// Whether `key` is the encoding of a point of small order, in either spelling of its y.
pub(crate) fn is_small_order(key: &[u8; 32]) -> bool {
    let mut y = *key;
    y[31] &= 0x7f;
    SMALL_ORDER.contains(&y)
}

/// The y of the eight points, little-endian: 0, 1, -1, those of order 8, and 0 and 1 with p added.
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    ends(1, 0, 0),
    ends(0xec, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
    ends(0xed, 0xff, 0x7f),
    ends(0xee, 0xff, 0x7f),
];

const fn ends(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut y = [between; 32];
    y[0] = first;
    y[31] = last;
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    /// keys-16: with either sign; the base point and its neighbours in the table are not of small order.
    #[test]
    fn points_of_small_order() {
        for y in SMALL_ORDER {
            let mut negative = y;
            negative[31] |= 0x80;
            assert!(is_small_order(&y) && is_small_order(&negative));
        }
        let base = {
            let mut y = [0x66; 32];
            y[0] = 0x58;
            y
        };
        for y in [
            base,
            ends(2, 0, 0),
            ends(0xeb, 0xff, 0x7f),
            ends(0xef, 0xff, 0x7f),
        ] {
            assert!(!is_small_order(&y));
        }
    }
}
