//! Files, texts and durations.

use freehold_consent::{FileType, Name, Span, SpanError, TextError, Words};
use serde::{Deserialize, Serialize};

use crate::vectors::{Cases, Failure, Hex, Operation};

pub(super) struct FileOf;

#[derive(Serialize, Deserialize)]
pub(super) struct FileInput {
    file: Hex,
    expected: String,
}

#[derive(Serialize)]
pub(super) struct FileOutput {
    object: Hex,
}

impl Operation for FileOf {
    const NAME: &'static str = "consent/file";
    const ABOUT: &'static str = "The object of a file.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("file", "the whole file"),
        (
            "expected",
            "card, request, grant, revocation, extension, parcel or have",
        ),
        ("object", "what is in it"),
    ];
    type Input = FileInput;
    type Output = FileOutput;

    fn run(input: FileInput) -> Result<FileOutput, Failure> {
        let expected = match input.expected.as_str() {
            "card" => FileType::Card,
            "request" => FileType::Request,
            "grant" => FileType::Grant,
            "revocation" => FileType::Revocation,
            "extension" => FileType::Extension,
            "parcel" => FileType::Parcel,
            "have" => FileType::Have,
            _ => return Err(Failure::Unknown),
        };
        let object = expected.unwrap_file(&input.file.0)?.into();
        Ok(FileOutput { object })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |file: &[u8], expected: &str| FileInput {
            file: file.into(),
            expected: expected.into(),
        };
        for (name, file, expected) in [
            ("card", b"FRHD\x01\x01x", "card"),
            ("request", b"FRHD\x02\x01x", "request"),
            ("grant", b"FRHD\x03\x01x", "grant"),
            ("revocation", b"FRHD\x04\x01x", "revocation"),
            ("extension", b"FRHD\x05\x01x", "extension"),
            ("parcel", b"FRHD\x06\x01x", "parcel"),
            ("have", b"FRHD\x07\x01x", "have"),
        ] {
            cases.accept(
                name,
                &["consent-2"],
                "a file with one byte in it",
                input(file, expected),
            );
        }
        for (name, about, file, failure) in [
            ("empty", "no byte", &b""[..], Failure::Malformed),
            ("cut", "five bytes", b"FRHD\x01", Failure::Malformed),
            (
                "magic",
                "small letters",
                b"frhd\x01\x01x",
                Failure::Malformed,
            ),
            (
                "magic-last",
                "another last letter",
                b"FRHE\x01\x01x",
                Failure::Malformed,
            ),
            (
                "other-type",
                "a grant where a card is expected",
                b"FRHD\x03\x01x",
                Failure::Malformed,
            ),
            (
                "type-0",
                "a type that there is none of",
                b"FRHD\x00\x01x",
                Failure::Malformed,
            ),
            (
                "type-8",
                "the type after the last",
                b"FRHD\x08\x01x",
                Failure::Malformed,
            ),
            (
                "version-0",
                "an older version",
                b"FRHD\x01\x00x",
                Failure::Version,
            ),
            (
                "version-2",
                "a newer version",
                b"FRHD\x01\x02x",
                Failure::Version,
            ),
        ] {
            cases.refuse(name, &["consent-2"], about, input(file, "card"), failure);
        }
    }
}

pub(super) struct Clean;

#[derive(Serialize, Deserialize)]
pub(super) struct CleanInput {
    text: String,
    words: bool,
}

#[derive(Serialize)]
pub(super) struct CleanOutput {
    clean: String,
}

impl Operation for Clean {
    const NAME: &'static str = "consent/clean";
    const ABOUT: &'static str =
        "What a writer makes of a text. A reader refuses a text that this changes.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("text", "as somebody wrote it"),
        (
            "words",
            "whether it is a recipient's words, of up to 1,000 characters, or a name, of up to 64",
        ),
        ("clean", "as it is shown"),
    ];
    type Input = CleanInput;
    type Output = CleanOutput;

    fn run(input: CleanInput) -> Result<CleanOutput, Failure> {
        let clean = if input.words {
            Words::new(&input.text).map(|words| words.to_string())
        } else {
            Name::new(&input.text).map(|name| name.to_string())
        };
        match clean {
            Ok(clean) => Ok(CleanOutput { clean }),
            Err(TextError::Empty | TextError::TooLong { .. }) => Err(Failure::Length),
        }
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |text: &str, words| CleanInput {
            text: text.into(),
            words,
        };
        let (longest, longer) = ("é".repeat(64), "é".repeat(65));
        for (name, about, text) in [
            ("plain", "nothing to clean", "Acme Energy"),
            (
                "longest",
                "64 characters of two bytes each",
                longest.as_str(),
            ),
            (
                "white-space",
                "two spaces, a tab, a line break, spaces around",
                "  two \t\r\n words ",
            ),
            (
                "override",
                "a character that turns the direction",
                "Surgery\u{202e}yrecorG",
            ),
            (
                "isolates",
                "two that set words apart",
                "\u{2067}Acme\u{2069} Energy",
            ),
            (
                "controls",
                "control characters",
                "Acme\u{0} Energy\u{1b}[31m",
            ),
            (
                "invisible",
                "characters that are not seen",
                "A\u{200b}c\u{ad}me",
            ),
            (
                "quotation-marks",
                "double quotation marks become apostrophes",
                "GP\u{201d} and is known as \u{201c}GP\"",
            ),
            ("guillemets", "so do those of other languages", "«Acme»"),
            (
                "word-of-nothing",
                "a word of invisible characters alone goes",
                "A \u{200b} B",
            ),
            (
                "private-use",
                "characters that mean what somebody likes",
                "A\u{e000}B",
            ),
            (
                "variation-selector",
                "a character that changes the one before",
                "A\u{fe0f}",
            ),
            ("tags", "characters of another age", "A\u{e0041}B"),
            (
                "ideographic-space",
                "white space of another script",
                "A\u{3000}B",
            ),
        ] {
            cases.accept(name, &["consent-4"], about, input(text, false));
        }
        cases.accept(
            "words",
            &["consent-4"],
            "1,000 characters of words",
            input(&"x".repeat(1000), true),
        );
        for (name, about, text, words) in [
            ("empty", "no character", "", false),
            ("blank", "white space alone", " \n", false),
            (
                "nothing-seen",
                "characters that are not seen alone",
                "\u{202e} \u{200b}",
                false,
            ),
            ("too-long", "65 characters", longer.as_str(), false),
            (
                "too-many-words",
                "1,001 characters",
                &"x".repeat(1001),
                true,
            ),
        ] {
            cases.refuse(
                name,
                &["consent-4"],
                about,
                input(text, words),
                Failure::Length,
            );
        }
    }
}

pub(super) struct Duration;

#[derive(Serialize, Deserialize)]
pub(super) struct DurationInput {
    text: String,
}

#[derive(Serialize)]
pub(super) struct DurationOutput {
    minutes: u32,
}

impl Operation for Duration {
    const NAME: &'static str = "consent/duration";
    const ABOUT: &'static str = "The minutes of a written duration.";
    const FIELDS: &'static [(&'static str, &'static str)] =
        &[("text", "ISO 8601"), ("minutes", "how many")];
    type Input = DurationInput;
    type Output = DurationOutput;

    fn run(input: DurationInput) -> Result<DurationOutput, Failure> {
        match input.text.parse::<Span>() {
            Ok(span) => Ok(DurationOutput {
                minutes: span.minutes(),
            }),
            Err(SpanError::Syntax) => Err(Failure::Malformed),
            Err(SpanError::Range) => Err(Failure::Range),
        }
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, text) in [
            ("day", "24 hours", "P1D"),
            ("week", "7 days", "P1W"),
            ("month", "30 days", "P1M"),
            ("year", "365 days", "P1Y"),
            ("minutes", "an M after the T", "PT90M"),
            (
                "all",
                "365 + 60 + 21 + 4 days, 5 hours, 6 minutes",
                "P1Y2M3W4DT5H6M",
            ),
            ("longest", "2^32 - 1 minutes", "PT4294967295M"),
        ] {
            cases.accept(
                name,
                &["consent-8"],
                about,
                DurationInput { text: text.into() },
            );
        }
        for (name, about, text, failure) in [
            ("empty", "no text", "", Failure::Malformed),
            ("p-alone", "no part", "P", Failure::Malformed),
            ("t-alone", "no part after the T", "PT", Failure::Malformed),
            ("no-p", "no P", "7D", Failure::Malformed),
            (
                "no-unit",
                "a number without a unit",
                "P7",
                Failure::Malformed,
            ),
            (
                "no-number",
                "a unit without a number",
                "PD",
                Failure::Malformed,
            ),
            ("order", "days before years", "P1D1Y", Failure::Malformed),
            ("twice", "days twice", "P1D1D", Failure::Malformed),
            (
                "nothing-after-t",
                "nothing after the T",
                "P1DT",
                Failure::Malformed,
            ),
            ("seconds", "seconds", "PT60S", Failure::Malformed),
            ("negative", "a sign", "P-1D", Failure::Malformed),
            ("fraction", "a fraction", "P1.5D", Failure::Malformed),
            ("small-letters", "small letters", "p1d", Failure::Malformed),
            (
                "hours-of-a-date",
                "hours before the T",
                "P1H",
                Failure::Malformed,
            ),
            ("nothing", "no time at all", "P0D", Failure::Range),
            ("too-long", "2^32 minutes", "PT4294967296M", Failure::Range),
            (
                "sum-too-long",
                "2^32 minutes in two parts",
                "PT1H4294967236M",
                Failure::Range,
            ),
        ] {
            cases.refuse(
                name,
                &["consent-8"],
                about,
                DurationInput { text: text.into() },
                failure,
            );
        }
    }
}
