//! Vectors through the façade alone, as every language runs them: what a person is shown of a file, what a recipient accepts, what it
//! reads. What comes of a case is written as of any step; here it is held against what the case expects, too.

use std::{fmt::Write as _, fs, sync::Arc};

use freehold::{
    Error, Explained, Level, Parcel, Reason, Recipient, Selector, SetClock, Time,
    consent::FileType,
    explain,
    model::{Zone, wire},
    testing::recipient_of,
};
use serde_json::{Value as Json, json};

use super::{
    indented, lines, opened_text, reading_text, received_text, span, text, texts, window_text,
};
use crate::vectors::{Failure, Hex, Vector, folder, reading_json, summary_json};

/// What comes of every case of an operation, in the order of their names. What is read is read in the span of the step.
pub(super) fn run(step: &Json, clock: &Arc<SetClock>) -> String {
    let operation = text(step, "of");
    let files = fs::read_dir(folder().join(operation)).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let mut written = String::new();
    for path in paths {
        let vector = Vector::from_json(&fs::read_to_string(&path).unwrap()).unwrap();
        let input = &vector.input;
        let came = match operation {
            "consent/card" => shown(&FileType::Card.wrap(&bytes(input, "card"))),
            "consent/request" => shown(&FileType::Request.wrap(&bytes(input, "request"))),
            "consent/grant" => accepted(&bytes(input, "file"), input, clock).map(|(_, came)| came),
            "consent/bundle" => accepted(&grant_of(input), input, clock).map(|(_, came)| came),
            "parcel/open" => taken_in(&bytes(input, "grant"), input, clock, span(step)),
            other => panic!("the façade does not do {other}"),
        };
        let name = path.file_stem().unwrap().to_str().unwrap();
        as_expected(&format!("{operation}/{name}"), &vector, &came);
        let came = came.map(|came| came.text);
        write!(written, "{name}\n{}", indented(came)).unwrap();
    }
    written
}

/// What a case came to: what of it is compared, and what is written.
#[derive(Default)]
struct Came {
    id: Hex,
    state: &'static str,
    streams: Vec<String>,
    readings: Vec<Json>,
    summaries: Vec<Json>,
    text: String,
}

fn shown(file: &[u8]) -> Result<Came, Error> {
    let Explained { kind, id, text } = explain(file, &Zone::utc())?;
    let id = Hex(id.unwrap().to_vec());
    let text = format!("{kind} {}\n{text}", id.text());
    let came = Came::default();
    Ok(Came { id, text, ..came })
}

/// Accepts a grant.
fn accepted(grant: &[u8], input: &Json, clock: &Arc<SetClock>) -> Result<(Recipient, Came), Error> {
    let seed = bytes(input, "seed").try_into().unwrap();
    let recipient = recipient_of(grant, seed, clock.clone())?;
    let id = recipient.accept_file(grant)?;
    let streams: Vec<String> = (recipient.consents()[0].streams.iter())
        .map(|info| info.label.to_string())
        .collect();
    let came = Came {
        id: Hex(id.0.to_vec()),
        text: format!("{id} {}", streams.join(",")),
        streams,
        ..Came::default()
    };
    Ok((recipient, came))
}

/// Takes in the parcels that came after a grant, and reads every stream at every level.
fn taken_in(
    grant: &[u8],
    input: &Json,
    clock: &Arc<SetClock>,
    span: (Time, Time),
) -> Result<Came, Error> {
    let (recipient, mut came) = accepted(grant, input, clock)?;
    let mut written = vec![std::mem::take(&mut came.text)];
    for parcel in texts(input, "parcels") {
        let file = FileType::Parcel.wrap(&Hex::digits(parcel).0);
        let received = recipient.receive(&Parcel::from_file(&file)?)?;
        written.push(received_text(received));
    }
    came.state = recipient.consents()[0].state.name();
    written.push(came.state.into());
    for stream in came.streams.clone() {
        for level in Level::ALL {
            let found = read(&recipient, &stream, level, span, &mut came);
            written.push(format!("{stream} {}", level.name()));
            written.push(indented(found).trim_end().into());
        }
    }
    came.text = lines(written.into_iter().filter(|line| !line.is_empty()));
    Ok(came)
}

fn read(
    recipient: &Recipient,
    stream: &str,
    level: Level,
    span: (Time, Time),
    came: &mut Came,
) -> Result<String, Error> {
    let selector = Selector {
        consent: None,
        stream: Some(stream.into()),
    };
    if level == Level::Raw {
        let found = recipient.read_page(&selector, span, LIMIT)?;
        let readings = found.items.iter().map(reading_json);
        let named = readings.map(|reading| json!({"stream": stream, "reading": reading}));
        came.readings.extend(named);
        return Ok(opened_text(&found, reading_text));
    }
    let found = recipient.summaries_page(&selector, level, span, LIMIT)?;
    for window in &found.items {
        let (slot, summary) = (window.slot, summary_json(&window.summary));
        let (start, end) = (slot.start.ms(), slot.end.ms());
        let level = level.name();
        came.summaries.push(
            json!({"stream": stream, "level": level, "start": start, "end": end, "summary": summary}),
        );
    }
    Ok(opened_text(&found, window_text))
}

/// A grant of what the bundles of a case are of.
fn grant_of(input: &Json) -> Vec<u8> {
    let bundles = texts(input, "bundles").map(|bundle| Hex::digits(bundle).0);
    let bundles: Vec<Vec<u8>> = bundles.collect();
    let grant = (bytes(input, "card"), bytes(input, "token"), bundles);
    FileType::Grant.wrap(&wire::to_bytes(&grant))
}

fn as_expected(name: &str, vector: &Vector, came: &Result<Came, Error>) {
    match (vector.expected().unwrap(), came) {
        (Err(failure), Err(error)) => {
            let (reason, told) = (error.reason(), told_as(failure));
            assert!(
                told.contains(&reason),
                "{name}: {failure:?} is told as {reason:?}"
            );
        }
        (Ok(output), Ok(came)) => {
            for key in ["id", "token"] {
                if let Some(id) = output.get(key) {
                    assert_eq!(*id, json!(came.id), "{name}");
                }
            }
            if let Some(streams) = output.get("streams").and_then(Json::as_array) {
                let labels: Vec<&str> = streams.iter().map(|one| text(one, "label")).collect();
                assert_eq!(labels, came.streams, "{name}");
            }
            if output.get("readings").is_some() {
                assert_eq!(output["readings"], json!(came.readings), "{name}");
                assert_eq!(output["summaries"], json!(came.summaries), "{name}");
            }
        }
        (Err(Failure::Revoked), Ok(came)) => {
            assert_eq!(came.state, "revoked", "{name}");
            assert!(
                came.readings.is_empty() && came.summaries.is_empty(),
                "{name}"
            );
        }
        (Ok(_), Err(error)) => panic!("{name}: {error}"),
        (Err(failure), Ok(_)) => panic!("{name}: {failure:?} is not noticed"),
    }
}

/// The reasons that a caller may be told for a failure.
fn told_as(failure: Failure) -> &'static [Reason] {
    use Reason::{
        BadBundle, BadLog, KeyReplaced, Malformed, NewerFormat, NotFreehold, NotGranted, Signature,
        WrongFile,
    };
    match failure {
        Failure::Malformed => &[Malformed, NotFreehold, WrongFile, BadBundle],
        Failure::Length | Failure::NotCanonical => &[Malformed, BadBundle],
        Failure::Version => &[NewerFormat],
        Failure::Signature => &[Signature, BadBundle, BadLog],
        Failure::OtherLog => &[NotGranted],
        Failure::Audience => &[Malformed],
        Failure::Succeeded => &[KeyReplaced],
        Failure::Sequence | Failure::Chain | Failure::Body => &[BadLog],
        _ => &[BadBundle],
    }
}

fn bytes(input: &Json, key: &str) -> Vec<u8> {
    Hex::digits(text(input, key)).0
}

/// More than any case has.
const LIMIT: usize = 1000;
