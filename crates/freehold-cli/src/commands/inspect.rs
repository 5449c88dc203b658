//! `verify` and `inspect`.

use freehold::{Error, Home, Level, Recipient, Selector, Stream, Time};
use serde_json::{Value, json};

use super::PLACE;
use crate::args::Args;
use crate::command::{Command, Group};
use crate::failure::Failure;
use crate::output::{Out, bytes, many};
use crate::session::{self, Place};

pub(crate) const VERIFY: Command = Command {
    name: "verify",
    group: Group::Care,
    about: "check every chain, signature and piece",
    positionals: &[PLACE],
    options: &[],
    details: "Opens everything that the keys here open. Damage ends with exit 5.",
    example: "freehold verify flat",
    run: verify,
};

pub(crate) const INSPECT: Command = Command {
    name: "inspect",
    group: Group::Care,
    about: "tell what lies in a folder and how much room it takes",
    positionals: &[PLACE],
    options: &[],
    details: "",
    example: "freehold inspect flat",
    run: inspect,
};

/// What was opened without a complaint.
#[derive(Default)]
struct Checked {
    streams: u64,
    readings: u64,
    summaries: u64,
}

fn verify(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let checked = match session::place(args)? {
        Place::Home(home) => verify_home(&home)?,
        Place::Recipient(recipient) => verify_recipient(&recipient)?,
    };
    let Checked {
        streams,
        readings,
        summaries,
    } = checked;
    if out.json() {
        return out
            .object(&json!({"streams": streams, "readings": readings, "summaries": summaries}));
    }
    let (readings, summaries) = (many(readings, "reading"), many(summaries, "summary"));
    out.line(format_args!(
        "Sound: {readings} and {summaries} of {} verify and open.",
        many(streams, "stream")
    ))
}

fn verify_home(home: &Home) -> Result<Checked, Failure> {
    let mut checked = Checked::default();
    for stream in home.streams() {
        checked.streams += 1;
        for level in stream.spec()?.levels.iter() {
            if level == Level::Raw {
                checked.readings += stream.read(Time::EARLIEST, Time::LATEST)?.len() as u64;
            } else {
                checked.summaries +=
                    stream.summaries(level, Time::EARLIEST, Time::LATEST)?.len() as u64;
            }
        }
    }
    Ok(checked)
}

/// Opens each window of each consent that can be used now.
fn verify_recipient(recipient: &Recipient) -> Result<Checked, Failure> {
    let mut checked = Checked::default();
    for held in recipient.consents() {
        for info in &held.streams {
            checked.streams += 1;
            for line in held
                .token
                .terms()
                .scope
                .lines()
                .iter()
                .filter(|line| line.streams.contains(&info.id))
            {
                let selector = Selector {
                    consent: Some(held.token.id()),
                    stream: Some(info.label.to_string()),
                };
                for level in line.levels.iter() {
                    let (from, until) = (line.data.from(), line.data.until());
                    let opened = if level == Level::Raw {
                        recipient
                            .read(&selector, from, until)
                            .map(|opened| checked.readings += opened.items.len() as u64)
                    } else {
                        recipient
                            .summaries(&selector, level, from, until)
                            .map(|opened| checked.summaries += opened.items.len() as u64)
                    };
                    match opened {
                        Ok(()) | Err(Error::Refused(_)) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
    }
    Ok(checked)
}

fn inspect(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let facts = match session::place(args)? {
        Place::Home(home) => home_facts(&home)?,
        Place::Recipient(recipient) => recipient_facts(&recipient)?,
    };
    if out.json() {
        let object: serde_json::Map<String, Value> = facts
            .into_iter()
            .map(|(name, _, value)| (name.to_owned(), value))
            .collect();
        return out.object(&object);
    }
    facts.iter().try_for_each(|(_, words, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        out.line(format_args!("{words:<12}{text}"))
    })
}

type Fact = (&'static str, &'static str, Value);

fn home_facts(home: &Home) -> Result<Vec<Fact>, Failure> {
    let info = home.info()?;
    let utc = freehold::model::Zone::utc();
    let names: Vec<String> = home.streams().iter().map(Stream::name).collect();
    Ok(vec![
        ("type", "Type", "home".into()),
        ("name", "Name", info.name.into()),
        ("created", "Made", utc.format(info.created).into()),
        (
            "fingerprint",
            "Signs as",
            info.household.fingerprint().to_string().into(),
        ),
        ("key_store", "Key in", key_store(info.key_store).into()),
        ("devices", "Devices", home.devices().len().into()),
        ("streams", "Streams", names.len().into()),
        ("consents", "Consents", home.consents().len().into()),
        ("bytes", "Bytes", info.size.into()),
        ("size", "Size", bytes(info.size).into()),
    ])
}

fn recipient_facts(recipient: &Recipient) -> Result<Vec<Fact>, Failure> {
    let (card, size) = (recipient.card(), recipient.size()?);
    Ok(vec![
        ("type", "Type", "recipient".into()),
        ("name", "Name", card.name().to_string().into()),
        ("role", "Role", card.role().name().into()),
        (
            "fingerprint",
            "Signs as",
            card.fingerprint().to_string().into(),
        ),
        ("consents", "Consents", recipient.consents().len().into()),
        ("bytes", "Bytes", size.into()),
        ("size", "Size", bytes(size).into()),
    ])
}

fn key_store(kind: freehold::crypto::KeyStoreKind) -> &'static str {
    use freehold::crypto::KeyStoreKind;
    match kind {
        KeyStoreKind::HardwareDeletion => "hardware: a replaced key is gone",
        KeyStoreKind::File => "a file: an older copy of it opens older copies of the store",
        KeyStoreKind::Passphrase => {
            "a file, wrapped under a passphrase: who knows it opens older copies"
        }
        KeyStoreKind::Memory => "memory",
    }
}
