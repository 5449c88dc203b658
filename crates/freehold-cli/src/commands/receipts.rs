//! `receipts`: who fetched what, in the words of the relays that a home has met, and who deleted what was erased, in their own.

use freehold::model::Zone;
use freehold::{Erasure, Error, Home, ReceiptEvent};
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
    about: "list who fetched what from a relay, and who says to have erased",
    positionals: &[HOME],
    options: &[],
    details: "\
A relay signs what it handed out. It knows neither streams nor recipients: this home puts the names to it.
What was handed over on one machine, without a relay, has none.
For what was erased each recipient, agent and device signs that its copy is deleted; until then it is
'awaited'. Receipts come with 'freehold sync'.",
    example: "freehold receipts flat",
    run: receipts,
};

fn receipts(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let home = session::home(args)?;
    let columns = ["at", "who", "consent", "what", "from", "until", "entries"];
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
    for erasure in home.erasures()? {
        erased(&home, &erasure, &mut table, out)?;
    }
    super::print(out, &table, "no receipts yet; 'freehold sync' brings them")
}

/// Who deleted what was erased, and who has not said so yet.
fn erased(home: &Home, erasure: &Erasure, table: &mut Table, out: &mut Out) -> Result<(), Failure> {
    let zone = zone_of(home, &erasure.stream).unwrap_or_else(|_| Zone::utc());
    let (from, until) = (
        zone.format(erasure.span.start),
        zone.format(erasure.span.end),
    );
    let recipients = erasure.recipients.iter().map(|told| {
        let consent = Some(told.consent);
        (told.recipient.clone(), "recipient", consent, told.at, false)
    });
    let parties = erasure.parties.iter().map(|told| {
        let party = &told.party;
        let name = party.name.clone();
        (
            name,
            party.role.name(),
            None,
            told.at,
            party.removed.is_some(),
        )
    });
    for (name, role, consent, at, removed) in recipients.chain(parties) {
        let at = at.map(|at| Zone::utc().format(at));
        if out.json() {
            out.object(&json!({
                "at": at, "event": "erased", "by": name, "role": role, "removed": removed,
                "consent": consent.map(|consent| consent.to_string()),
                "stream": erasure.stream, "from": from, "until": until,
            }))?;
            continue;
        }
        // Who was removed before it answered does not any more.
        let awaited = if removed { "never" } else { "awaited" };
        table.row([
            at.unwrap_or_else(|| awaited.to_owned()),
            name,
            consent.map_or_else(String::new, |consent| consent.short()),
            format!("{} erased", erasure.stream),
            from.clone(),
            until.clone(),
            String::new(),
        ]);
    }
    Ok(())
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
