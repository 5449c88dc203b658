//! `erase` and `erasures`.

use freehold::model::Zone;
use freehold::{ErasureReport, Error, Trace};
use serde_json::{Value, json};

use super::HOME;
use crate::args::Args;
use crate::command::{Command, Group, Opt};
use crate::failure::Failure;
use crate::output::{Align, Out, Table, grouped, many};
use crate::{passphrase, session};

pub(crate) const ERASE: Command = Command {
    name: "erase",
    group: Group::Consent,
    about: "erase a time of a stream for good: keys and data",
    positionals: &[HOME],
    options: &[
        Opt::value("stream", "NAME", "the stream").required(),
        Opt::value("from", "TIME", "from this time on").required(),
        Opt::value("until", "TIME", "and before this time").required(),
        Opt::flag("yes", "do not ask"),
    ],
    details: "\
Prints first what goes, who has keys to it already, and what still tells of it. On a terminal it asks, unless
--yes; elsewhere nothing is erased without --yes, and the exit code is 3. Every raw slot that overlaps the
range goes, and of every other level each slot that overlaps one of these: erasing an hour erases the summary
of its day and of its month, for everyone and for good. Readings that come later for erased slots are dropped.
The next 'freehold sync' tells relays and recipients. What was read before cannot be taken back.",
    example: "freehold erase flat --stream pulse --from 2026-03-01T22:00 --until 2026-03-02T06:00",
    run: erase,
};

pub(crate) const ERASURES: Command = Command {
    name: "erasures",
    group: Group::Consent,
    about: "list what was erased, and whose copies are gone by their word",
    positionals: &[HOME],
    options: &[],
    details: "\
Recipients, the household's agents, and the devices that write the stream sign that their copy is deleted;
their word is all there is. Receipts come with 'freehold sync'; 'freehold receipts' says who is awaited.",
    example: "freehold erasures flat",
    run: erasures,
};

fn erase(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let home = session::home(args)?;
    let stream = home.stream(args.need("stream")?)?;
    let zone = Zone::new(&stream.spec()?.zone).map_err(|_| Error::Damaged)?;
    let (from, until) = session::range(args, &zone)?;
    let report = home.erasable(&stream, from, until)?;
    if !out.json() {
        for line in told(&report, &zone) {
            out.line(line)?;
        }
        out.flush()?;
    }
    if !args.flag("yes") {
        let declined = |what| {
            Failure::refused("not_erased", what).field("report", json(&report, &zone).to_string())
        };
        match passphrase::confirm("Erase this?")? {
            Some(true) => {}
            Some(false) => return Err(declined("nothing was erased")),
            None => {
                return Err(declined("nobody was there to ask, so nothing was erased")
                    .hint("--yes erases without asking"));
            }
        }
    }
    let report = home.erase(&stream, from, until)?;
    home.close()?;
    if out.json() {
        return out.object(&json(&report, &zone));
    }
    out.line("\nErased. The next 'freehold sync' tells relays and recipients.")
}

/// The report for people.
fn told(report: &ErasureReport, zone: &Zone) -> Vec<String> {
    let span = |slot: freehold::model::Slot| {
        format!("{} to {}", zone.format(slot.start), zone.format(slot.end))
    };
    let mut lines = vec![format!("Of {}, from {}:", report.stream, span(report.span))];
    for level in &report.levels {
        lines.push(format!(
            "  {:<13}{} from {}",
            level.level.name(),
            many(level.slots, "slot"),
            span(level.span),
        ));
    }
    if report.unsealed > 0 {
        lines.push(format!(
            "  not sealed   {}",
            many(report.unsealed, "reading")
        ));
    }
    lines.push("A coarser slot goes whole and stays erased, also for you.".into());
    for holder in &report.holders {
        lines.push(format!(
            "{} has keys to {} of it at level {} ({}) under the consent {}: what it has read cannot be taken back.",
            holder.recipient,
            many(holder.slots, "slot"),
            holder.level.name(),
            holder.facets,
            holder.consent.short(),
        ));
    }
    for trace in &report.traces {
        lines.push(match trace {
            Trace::Difference {
                recipient,
                coarse,
                fine,
            } => format!(
                "{recipient} can take what stays at level {} from a {} that it may have read: the rest is what is erased.",
                fine.name(),
                coarse.name()
            ),
            Trace::Index => {
                "The meter's own numbers before and after tell what was counted in between.".into()
            }
        });
    }
    let key = super::inspect::key_store(report.key_store);
    lines.push(format!(
        "The store goes on under a new key. The old one was in {key}."
    ));
    lines
}

fn json(report: &ErasureReport, zone: &Zone) -> Value {
    let level = |level: &freehold::ErasedLevel| {
        json!({
            "level": level.level.name(), "slots": level.slots,
            "from": zone.format(level.span.start), "until": zone.format(level.span.end),
        })
    };
    let holder = |holder: &freehold::KeyHolder| {
        json!({
            "recipient": holder.recipient, "consent": holder.consent.to_string(),
            "level": holder.level.name(), "slots": holder.slots,
            "facets": holder.facets.iter().map(|facet| facet.name()).collect::<Vec<_>>(),
            "from": zone.format(holder.span.start), "until": zone.format(holder.span.end),
        })
    };
    let trace = |trace: &Trace| match trace {
        Trace::Difference {
            recipient,
            coarse,
            fine,
        } => json!({
            "trace": "difference", "recipient": recipient, "coarse": coarse.name(), "fine": fine.name(),
        }),
        Trace::Index => json!({"trace": "index"}),
    };
    json!({
        "stream": report.stream,
        "from": zone.format(report.span.start),
        "until": zone.format(report.span.end),
        "levels": report.levels.iter().map(level).collect::<Vec<_>>(),
        "unsealed": report.unsealed,
        "holders": report.holders.iter().map(holder).collect::<Vec<_>>(),
        "traces": report.traces.iter().map(trace).collect::<Vec<_>>(),
        "key_store": super::inspect::key_store(report.key_store),
    })
}

fn erasures(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let home = session::home(args)?;
    let columns = ["at", "stream", "from", "until", "asked", "answered"];
    let mut table = Table::new(&columns.map(|name| (name, Align::Left)));
    for erasure in home.erasures()? {
        let zone = match home.stream(&erasure.stream) {
            Ok(stream) => Zone::new(&stream.spec()?.zone).map_err(|_| Error::Damaged)?,
            Err(_) => Zone::utc(),
        };
        let times = [erasure.at, erasure.span.start, erasure.span.end];
        let [at, from, until] = times.map(|time| zone.format(time));
        if out.json() {
            let recipients = erasure.recipients.iter().map(|told| {
                json!({
                    "recipient": told.recipient, "consent": told.consent.to_string(),
                    "confirmed": told.at.map(|at| zone.format(at)),
                })
            });
            let parties = erasure.parties.iter().map(|told| {
                json!({
                    "party": told.party.name, "role": told.party.role.name(),
                    "confirmed": told.at.map(|at| zone.format(at)),
                    "removed": told.party.removed.map(|at| zone.format(at)),
                })
            });
            out.object(&json!({
                "at": at, "stream": erasure.stream, "from": from, "until": until,
                "recipients": recipients.collect::<Vec<_>>(),
                "parties": parties.collect::<Vec<_>>(),
            }))?;
            continue;
        }
        let recipients = erasure.recipients.iter().map(|told| told.at);
        let parties = erasure.parties.iter().map(|told| told.at);
        let answers: Vec<_> = recipients.chain(parties).collect();
        let answered = answers.iter().filter(|at| at.is_some()).count();
        let [asked, answered] = [answers.len(), answered].map(|count| grouped(count as u64));
        table.row([at, erasure.stream, from, until, asked, answered]);
    }
    super::print(out, &table, "nothing was erased yet")
}
