//! `receipts`: who fetched what, in the words of the relays that a home has met.

use freehold::model::Zone;
use freehold::{Error, Home, ReceiptEvent};
use serde_json::json;

use super::HOME;
use crate::args::Args;
use crate::command::{Command, Group};
use crate::failure::Failure;
use crate::output::{Align, Out, Table, grouped};
use crate::session;

pub(crate) const RECEIPTS: Command = Command {
    name: "receipts",
    group: Group::Consent,
    about: "list who fetched what from a relay, and when",
    positionals: &[HOME],
    options: &[],
    details: "\
A relay signs what it handed out. It knows neither streams nor recipients: this home puts the names to it.
Receipts come with 'freehold sync'. What was handed over on one machine, without a relay, has none.",
    example: "freehold receipts flat",
    run: receipts,
};

fn receipts(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let home = session::home(args)?;
    let columns = [
        "at",
        "recipient",
        "consent",
        "what",
        "from",
        "until",
        "entries",
    ];
    let mut table = Table::new(&columns.map(|name| (name, Align::Left)));
    for receipt in home.receipts()? {
        let at = Zone::utc().format(receipt.at);
        match receipt.event {
            ReceiptEvent::Fetched {
                consent,
                stream,
                level,
                slots,
                entries,
            } => {
                let zone = zone_of(&home, &stream)?;
                let (from, until) = (zone.format(slots.start), zone.format(slots.end));
                let name = recipient(&home, consent);
                if out.json() {
                    out.object(&json!({
                        "at": at, "event": "fetched", "recipient": name, "consent": consent.to_string(),
                        "stream": stream, "level": level.name(), "from": from, "until": until,
                        "entries": entries, "relay": receipt.relay.to_string(),
                    }))?;
                } else {
                    let what = format!("{stream} {}", level.name());
                    table.row([
                        at,
                        name,
                        consent.short(),
                        what,
                        from,
                        until,
                        grouped(entries),
                    ]);
                }
            }
            ReceiptEvent::Letters { consent, letters } => {
                let name = recipient(&home, consent);
                if out.json() {
                    out.object(&json!({
                        "at": at, "event": "letters", "recipient": name, "consent": consent.to_string(),
                        "letters": letters, "relay": receipt.relay.to_string(),
                    }))?;
                } else {
                    let none = String::new;
                    let what = "letters".to_owned();
                    table.row([
                        at,
                        name,
                        consent.short(),
                        what,
                        none(),
                        none(),
                        grouped(letters),
                    ]);
                }
            }
            _ if out.json() => out.object(&json!({
                "at": at, "event": "order carried out", "relay": receipt.relay.to_string(),
            }))?,
            _ => {}
        }
    }
    super::print(out, &table, "no receipts yet; 'freehold sync' brings them")
}

fn recipient(home: &Home, consent: freehold::consent::TokenId) -> String {
    let found = home
        .consents()
        .into_iter()
        .find(|held| held.token.id() == consent);
    found.map_or_else(String::new, |held| held.card.name().to_string())
}

fn zone_of(home: &Home, stream: &str) -> Result<Zone, Failure> {
    let spec = home.stream(stream)?.spec()?;
    Ok(Zone::new(&spec.zone).map_err(|_| Error::Damaged)?)
}
