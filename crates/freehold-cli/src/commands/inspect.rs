//! `verify` and `inspect`.

use freehold::{Home, LogInspection, Recipient, Stream, Verification};
use serde_json::{Value, json};

use super::{PLACE, transcript};
use crate::args::Args;
use crate::command::{Command, Group, Positional};
use crate::failure::Failure;
use crate::output::{Align, Out, Table, bytes, grouped, many};
use crate::session::{self, Place};

pub(crate) const VERIFY: Command = Command {
    name: "verify",
    group: Group::Care,
    about: "check every chain, signature and piece",
    positionals: &[PLACE],
    options: &[],
    details: "Checks the store's structure, every chain, checkpoint and piece, and opens what the keys here open. Damage\nends with exit 5.",
    example: "freehold verify flat",
    run: verify,
};

pub(crate) const INSPECT: Command = Command {
    name: "inspect",
    group: Group::Care,
    about: "tell what lies in a folder, or what a transcript says",
    positionals: &[Positional::new(
        "PLACE",
        "a home's folder or a recipient's, or a transcript",
    )],
    options: &[],
    details: "\
A transcript, written by `freehold sync --transcript`, is told one line a message. It holds sealed pieces
only, and names logs by the pseudonyms under which they travel.",
    example: "freehold inspect flat",
    run: inspect,
};

fn verify(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let Verification {
        logs,
        entries,
        pieces,
        opened,
    } = match session::place(args)? {
        Place::Home(home) => home.verify()?,
        Place::Recipient(recipient) => recipient.verify()?,
    };
    if out.json() {
        return out.object(
            &json!({"logs": logs, "entries": entries, "pieces": pieces, "opened": opened}),
        );
    }
    out.line(format_args!(
        "Sound: {} in {} of {} verify; {} open with the keys here.",
        many(pieces, "piece"),
        many(entries, "entry"),
        many(logs, "log"),
        many(opened, "piece"),
    ))
}

fn inspect(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let path = args.path("PLACE")?;
    if path.is_file() {
        return transcript::inspect(path, out);
    }
    let (facts, inspection) = match session::place(args)? {
        Place::Home(home) => (home_facts(&home)?, home.inspect()?),
        Place::Recipient(recipient) => (recipient_facts(&recipient)?, recipient.inspect()?),
    };
    if out.json() {
        let mut object: serde_json::Map<String, Value> = facts
            .into_iter()
            .map(|(name, _, value)| (name.to_owned(), value))
            .collect();
        object.insert(
            "logs".into(),
            inspection.logs.iter().map(log_json).collect(),
        );
        return out.object(&object);
    }
    facts.iter().try_for_each(|(_, words, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        out.line(format_args!("{words:<12}{text}"))
    })?;
    if inspection.logs.is_empty() {
        return Ok(());
    }
    out.line(format_args!(""))?;
    let mut table = Table::new(&[
        ("stream", Align::Left),
        ("level", Align::Left),
        ("log", Align::Left),
        ("entries", Align::Right),
        ("slots", Align::Right),
        ("pieces", Align::Right),
        ("size", Align::Right),
    ]);
    for log in &inspection.logs {
        let count = &log.count;
        let size = count.header_bytes + count.body_bytes + count.checkpoint_bytes;
        table.row([
            log.stream.clone(),
            log.level.name().to_owned(),
            log.log.to_string().chars().take(8).collect(),
            grouped(count.entries),
            grouped(count.slots),
            grouped(count.pieces),
            bytes(size),
        ]);
    }
    out.table(&table)
}

fn log_json(log: &LogInspection) -> Value {
    let count = &log.count;
    json!({
        "stream": log.stream,
        "level": log.level.name(),
        "incarnation": log.incarnation,
        "log": log.log.to_string(),
        "entries": count.entries,
        "slots": count.slots,
        "pieces": count.pieces,
        "checkpoints": count.checkpoints,
        "header_bytes": count.header_bytes,
        "body_bytes": count.body_bytes,
        "checkpoint_bytes": count.checkpoint_bytes,
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

pub(super) fn key_store(kind: freehold::crypto::KeyStoreKind) -> &'static str {
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
