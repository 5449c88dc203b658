//! Large pieces and their padding.

use freehold_crypto::{Padding, padme_len};
use serde::{Deserialize, Serialize};

use super::{
    bound::{Bound, OF_ENTRY, OF_PLACE, fields_of_bound},
    formula::Piece,
};
use crate::vectors::{Cases, Failure, Hex, Operation};

pub(super) struct Padme;
pub(super) struct Seal;
pub(super) struct Open;

#[derive(Serialize, Deserialize)]
pub(super) struct PadmeInput {
    length: u32,
}

#[derive(Serialize)]
pub(super) struct PadmeOutput {
    padded: usize,
}

impl Operation for Padme {
    const NAME: &'static str = "seal/padme";
    const ABOUT: &'static str = "The Padmé length of a length.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("length", "bytes of a plaintext and its mark"),
        ("padded", "bytes with the padding"),
    ];
    type Input = PadmeInput;
    type Output = PadmeOutput;

    fn run(input: PadmeInput) -> Result<PadmeOutput, Failure> {
        Ok(PadmeOutput {
            padded: padme_len(input.length as usize),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, length) in [
            ("1", "a mark alone", 1),
            ("2", "E = 1", 2),
            (
                "7",
                "the largest E that leaves lengths as they are, is 2",
                7,
            ),
            ("9", "E = 3, S = 2: the next even number", 9),
            ("16", "a power of two", 16),
            ("17", "E = 4, S = 3", 17),
            ("255", "rounded up to a power of two", 255),
            ("1001", "E = 9, S = 4: a multiple of 32", 1_001),
            ("65536", "E = 16, S = 5", 65_536),
            ("65537", "a multiple of 2,048", 65_537),
            ("1048575", "just below a body's bound", 1_048_575),
        ] {
            cases.accept(name, &["seal-12"], about, PadmeInput { length });
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct SealInput {
    #[serde(flatten)]
    bound: Bound,
    class: Option<u32>,
    plaintext: Hex,
}

#[derive(Serialize)]
pub(super) struct SealOutput {
    piece: Hex,
}

impl Operation for Seal {
    const NAME: &'static str = "seal/seal-large";
    const ABOUT: &'static str = "Seals a large piece.";
    const FIELDS: &'static [(&'static str, &'static str)] = fields_of_bound![
        ("class", "the stream's class in bytes, or null for Padmé"),
        ("plaintext", "what is sealed"),
        ("piece", "the sealed piece"),
    ];
    type Input = SealInput;
    type Output = SealOutput;

    fn run(input: SealInput) -> Result<SealOutput, Failure> {
        let padding = input.class.map_or(Padding::Padme, Padding::Multiple);
        let mut piece = input.plaintext.0;
        input.bound.key()?.seal_large(&mut piece, 0, padding)?;
        Ok(SealOutput {
            piece: piece.into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, suite, class, plaintext) in [
            ("suite-1", "AES-256-GCM", 1, None, b"chunk".to_vec()),
            ("suite-2", "ChaCha20-Poly1305", 2, None, b"chunk".to_vec()),
            (
                "empty",
                "an empty plaintext: its mark alone",
                1,
                None,
                vec![],
            ),
            (
                "padded",
                "1,000 bytes and the mark are padded to 1,024",
                1,
                None,
                vec![7; 1_000],
            ),
            (
                "full",
                "1,023 bytes and the mark need no padding",
                1,
                None,
                vec![7; 1_023],
            ),
            (
                "class",
                "a class of 256 bytes",
                1,
                Some(256),
                b"chunk".to_vec(),
            ),
            (
                "class-full",
                "255 bytes and the mark fill the class",
                1,
                Some(256),
                vec![7; 255],
            ),
            (
                "class-over",
                "256 bytes and the mark take two classes",
                1,
                Some(256),
                vec![7; 256],
            ),
            (
                "marks",
                "a plaintext that ends as padding does",
                1,
                None,
                vec![1, 0x80, 0, 0],
            ),
        ] {
            let input = SealInput {
                bound: Bound {
                    suite,
                    ..Bound::raw()
                },
                class,
                plaintext: plaintext.into(),
            };
            cases.accept(name, &["seal-10", "seal-12", "seal-13"], about, input);
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct OpenInput {
    #[serde(flatten)]
    bound: Bound,
    piece: Hex,
}

#[derive(Serialize)]
pub(super) struct OpenOutput {
    plaintext: Hex,
}

impl Operation for Open {
    const NAME: &'static str = "seal/open-large";
    const ABOUT: &'static str = "Opens a large piece.";
    const FIELDS: &'static [(&'static str, &'static str)] = fields_of_bound![
        ("piece", "the sealed piece"),
        ("plaintext", "what was sealed"),
    ];
    type Input = OpenInput;
    type Output = OpenOutput;

    fn run(input: OpenInput) -> Result<OpenOutput, Failure> {
        let mut piece = input.piece.0;
        let plaintext = input.bound.key()?.open_large(&mut piece)?;
        Ok(OpenOutput {
            plaintext: (&*plaintext).into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, suite, padded) in [
            ("suite-1", "AES-256-GCM", 1, &b"chunk\x80\0\0"[..]),
            ("suite-2", "ChaCha20-Poly1305", 2, b"chunk\x80\0\0"),
            ("empty", "a mark alone", 1, b"\x80"),
            (
                "unpadded",
                "no zeros behind the mark: a reader does not ask how a writer pads",
                1,
                b"chunk, a long one\x80",
            ),
            ("far", "more zeros than Padmé has", 1, &far()),
            (
                "marks",
                "only the last mark is one",
                1,
                b"chunk\x80\0\x80\0\0",
            ),
        ] {
            let rules = ["seal-10", "seal-12"];
            cases.accept(name, &rules, about, sealed(suite, padded));
        }
        for (name, about, change) in OF_ENTRY.into_iter().chain(OF_PLACE) {
            let mut input = sealed(1, CHUNK);
            change(&mut input.bound);
            let rules = ["seal-2", "seal-3", "seal-11"];
            cases.refuse(name, &rules, about, input, Failure::Commitment);
        }
        changed(cases);
        padding(cases);
        lengths(cases);
    }
}

/// The pieces are of 8 bytes of ciphertext, 16 of tag and 16 of commitment.
fn changed(cases: &mut Cases<'_, Open>) {
    use Failure::{Authentication, Commitment};
    for (name, about, at, failure) in [
        (
            "changed-first",
            "a bit of the first byte",
            &[0][..],
            Authentication,
        ),
        (
            "changed-padding",
            "a bit of the padding",
            &[7],
            Authentication,
        ),
        (
            "changed-tag-first",
            "a bit of the first byte of the tag",
            &[8],
            Authentication,
        ),
        (
            "changed-tag-last",
            "a bit of the last byte of the tag",
            &[23],
            Authentication,
        ),
        (
            "changed-commitment-first",
            "a bit of the first byte of the commitment",
            &[24],
            Commitment,
        ),
        (
            "changed-commitment-last",
            "a bit of the last byte of the commitment",
            &[39],
            Commitment,
        ),
        (
            "changed-both",
            "a bit of the ciphertext and one of the commitment, which comes first",
            &[0, 39],
            Commitment,
        ),
    ] {
        let mut input = sealed(1, CHUNK);
        at.iter().for_each(|at| input.piece.0[*at] ^= 1);
        cases.refuse(name, &["seal-11", "seal-13"], about, input, failure);
    }
    let mut input = sealed(2, CHUNK);
    input.piece.0[23] ^= 1;
    let about = "the last byte of the tag in suite 2";
    cases.refuse(
        "changed-tag-last-2",
        &["seal-10"],
        about,
        input,
        Authentication,
    );
    let mut input = sealed(1, CHUNK);
    input.piece.0.drain(..8);
    let about = "the ciphertext is missing";
    cases.refuse("no-ciphertext", &["seal-10"], about, input, Authentication);
    let mut input = sealed(1, CHUNK);
    input.piece.0.push(0);
    cases.refuse(
        "trailing",
        &["seal-11"],
        "a byte after the end",
        input,
        Commitment,
    );
}

fn padding(cases: &mut Cases<'_, Open>) {
    for (name, about, padded) in [
        ("no-mark", "zeros without a mark", &b"\0\0\0\0"[..]),
        ("nothing", "no byte: not even a mark", b""),
        ("plain", "a plaintext without padding", b"chunk"),
        ("mark-81", "81 for a mark", b"chunk\x81\0\0"),
        ("mark-01", "01 for a mark", b"chunk\x01\0\0"),
        (
            "length-mark",
            "padding that says its length, as of PKCS #7",
            b"chunk\x03\x03\x03",
        ),
        (
            "behind",
            "a byte behind the mark that is not 0",
            b"chunk\x80\0\x01",
        ),
    ] {
        cases.refuse(
            name,
            &["seal-12"],
            about,
            sealed(1, padded),
            Failure::Padding,
        );
    }
}

fn lengths(cases: &mut Cases<'_, Open>) {
    for (name, about, len) in [
        ("none", "no bytes", 0),
        ("commitment-alone", "16 bytes", 16),
        ("too-short", "31 bytes", 31),
    ] {
        let mut input = sealed(1, CHUNK);
        input.piece.0.truncate(len);
        cases.refuse(name, &["seal-15"], about, input, Failure::Length);
    }
}

/// A piece of this suite by the formulas: they seal what the library never would.
fn sealed(suite: u8, padded: &[u8]) -> OpenInput {
    let bound = Bound {
        suite,
        ..Bound::raw()
    };
    let piece = Piece::new(&bound).unwrap().seal_large(padded).into();
    OpenInput { bound, piece }
}

const CHUNK: &[u8] = b"chunk\x80\0\0";

fn far() -> Vec<u8> {
    let mut padded = CHUNK.to_vec();
    padded.resize(200, 0);
    padded
}
