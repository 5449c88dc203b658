//! An object written field by field, and what must not stand in its place.

use freehold::crypto::PublicKey;

/// An object's encoding, field by field, each with what must not stand in its place.
#[derive(Default)]
pub(super) struct Object(Vec<(Vec<u8>, Others)>);

/// Other bytes, each with what is wrong with it.
type Others = Vec<(&'static str, Vec<u8>)>;

impl Object {
    fn field(mut self, bytes: Vec<u8>, others: Others) -> Self {
        self.0.push((bytes, others));
        self
    }

    /// Bytes that have no other spelling.
    pub(super) fn raw(self, bytes: &[u8]) -> Self {
        self.field(bytes.to_vec(), Vec::new())
    }

    /// An integer of a type with so many bits.
    pub(super) fn number(self, number: u64, bits: usize) -> Self {
        let bytes = varint(number);
        let mut over = vec![0xff; bits.div_ceil(7)];
        *over.last_mut().unwrap() = 1 << (bits % 7);
        let others = vec![("overlong", overlong(&bytes)), ("does not fit", over)];
        self.field(bytes, others)
    }

    /// An integer with a sign.
    pub(super) fn signed(self, number: i64, bits: usize) -> Self {
        self.number(((number << 1) ^ (number >> 63)).cast_unsigned(), bits)
    }

    /// The number of a variant, of so many.
    pub(super) fn variant(self, number: u64, count: u64) -> Self {
        let bytes = varint(number);
        let others = vec![
            ("overlong", overlong(&bytes)),
            ("no variant", varint(count)),
            ("no variant", varint(1 << 31)),
        ];
        self.field(bytes, others)
    }

    /// A byte of flags, and one with a flag that is none.
    pub(super) fn flags(self, byte: u8, unknown: u8) -> Self {
        self.field(vec![byte], vec![("unknown flag", vec![unknown])])
    }

    /// The tag of an option.
    pub(super) fn tag(self, some: bool) -> Self {
        self.field(
            vec![u8::from(some)],
            vec![
                ("no tag", vec![2]),
                ("no tag", vec![0xff]),
                ("overlong", vec![0x80 | u8::from(some), 0]),
            ],
        )
    }

    /// How many elements follow.
    pub(super) fn count(self, count: usize) -> Self {
        let bytes = varint(count as u64);
        let more = varint(count as u64 + 1);
        let others = vec![
            ("overlong", overlong(&bytes)),
            ("one more", more),
            ("more than there is", varint(1 << 28)),
            ("all", varint(u64::MAX)),
        ];
        self.field(bytes, others)
    }

    /// Bytes after their length.
    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        self.count(bytes.len()).raw(bytes)
    }

    pub(super) fn text(self, text: &str) -> Self {
        let spoilt = |with: &[u8]| {
            let mut bytes = text.as_bytes().to_vec();
            bytes.get_mut(..with.len()).unwrap().copy_from_slice(with);
            bytes
        };
        let others = vec![
            ("not UTF-8", spoilt(&[0xff])),
            ("overlong UTF-8", spoilt(&[0xc1, 0x81])),
            ("half of a pair", spoilt(&[0xed, 0xa0, 0x80])),
        ];
        self.count(text.len())
            .field(text.as_bytes().to_vec(), others)
    }

    /// A set of encoded elements, two of them.
    pub(super) fn set(self, elements: [&[u8]; 2]) -> Self {
        let [a, b] = elements;
        let of =
            |elements: &[&[u8]]| [&varint(elements.len() as u64)[..], &elements.concat()].concat();
        let others = vec![
            ("empty", of(&[])),
            ("twice", of(&[a, b, b])),
            ("twice, not more", of(&[a, a])),
            ("descending", of(&[b, a])),
            ("overlong", [&overlong(&varint(2))[..], a, b].concat()),
        ];
        self.field(of(&[a, b]), others)
    }

    pub(super) fn key(self, key: &PublicKey) -> Self {
        let bytes = postcard::to_allocvec(key).unwrap();
        self.variant(u64::from(*bytes.first().unwrap()), 2)
            .raw(bytes.get(1..).unwrap())
    }

    /// A window of whole minutes.
    pub(super) fn window(self, from_ms: i64, until_ms: i64) -> Self {
        let minutes = u64::try_from((until_ms - from_ms) / 60_000).unwrap();
        self.signed(from_ms / 60_000, 32).number(minutes, 32)
    }

    pub(super) fn encoded(&self) -> Vec<u8> {
        self.0
            .iter()
            .flat_map(|(bytes, _)| bytes.iter().copied())
            .collect()
    }

    /// Every other spelling, by what is wrong with it.
    fn others(&self) -> Vec<(String, Vec<u8>)> {
        let encoded = self.encoded();
        let mut all = vec![
            (
                "a byte after the end".to_owned(),
                [&encoded[..], &[0]].concat(),
            ),
            (
                "the last byte missing".to_owned(),
                encoded.get(..encoded.len() - 1).unwrap().to_vec(),
            ),
        ];
        let mut at = 0;
        for (n, (bytes, others)) in self.0.iter().enumerate() {
            let (before, after) = (
                encoded.get(..at).unwrap(),
                encoded.get(at + bytes.len()..).unwrap(),
            );
            all.extend(others.iter().map(|(what, other)| {
                (
                    format!("field {n}: {what}"),
                    [before, other, after].concat(),
                )
            }));
            at += bytes.len();
        }
        all
    }

    /// Takes the one spelling and refuses all others; `written` is what the product wrote.
    pub(super) fn check(&self, name: &str, written: &[u8], takes: impl Fn(&[u8]) -> bool) {
        assert_eq!(self.encoded(), written, "{name} is laid out as specified");
        assert!(takes(written), "{name}: the control");
        for (what, bytes) in self.others() {
            assert!(!takes(&bytes), "{name}, {what}");
        }
    }
}

pub(super) fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low & 0x7f);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// The same number with a byte more.
fn overlong(bytes: &[u8]) -> Vec<u8> {
    let (last, head) = bytes.split_last().unwrap();
    [head, &[last | 0x80, 0]].concat()
}
