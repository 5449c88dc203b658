//! `pair` and `agents`: who else belongs to the household.

use std::io::{self, IsTerminal};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;

use freehold::model::Zone;
use freehold::transport::{Offer, PairError, Tcp};
use freehold::{Error, Home, Invitation, Newcomer, Party, PartyRole};
use serde_json::json;

use super::HOME;
use crate::args::Args;
use crate::command::{Command, Group, Opt, Positional};
use crate::failure::Failure;
use crate::output::{Align, Out, Table};
use crate::{passphrase, qr, session};

pub(crate) const PAIR: Command = Command {
    name: "pair",
    group: Group::Home,
    about: "take another agent or a device into the household",
    positionals: &[Positional::new("HOME", "the home's folder; with --offer the folder to be made")],
    options: &[
        Opt::value("as", "ROLE", "agent: holds every key; device: writes only (default: agent)"),
        Opt::value("listen", "ADDR", "where to await the other (default: 0.0.0.0:0, any free port)"),
        Opt::value("place", "HOST:PORT", "where the other connects to (default: this machine, as others see it)"),
        Opt::value("offer", "TEXT", "on the other machine: what the first one shows"),
        Opt::value("name", "NAME", "with --offer: what this agent or device is to be called"),
        Opt::flag("yes", "do not ask whether both show the same"),
    ],
    details: "\
The home shows an offer, as text and on a terminal also as a QR code; it is good for one. The other
machine answers it, and both show a confirmation. Only who sees that they are the same may say yes: with
--yes nobody looks, and whoever has seen the offer before can take its place. An agent holds every key of
the household and can grant, withdraw, erase and remove; a device can read nothing that it has sealed.",
    example: "freehold pair flat --as agent --listen 0.0.0.0:7700\nfreehold pair tablet --offer FREEHOLD1:AB2... --name Tablet",
    run: pair,
};

pub(crate) const AGENTS: Command = Command {
    name: "agents",
    group: Group::Home,
    about: "list the agents and devices that belong to the household",
    positionals: &[HOME],
    options: &[],
    details: "",
    example: "freehold agents flat",
    run: agents,
};

pub(crate) const REMOVE: Command = Command {
    name: "remove",
    group: Group::Home,
    about: "take an agent or a device out of the household",
    positionals: &[HOME, Positional::new("NAME", "as 'freehold agents' calls it")],
    options: &[Opt::flag("yes", "do not ask")],
    details: "\
What is sealed from now on is sealed under keys that it does not get. What it has it keeps: its keys open
what was sealed before. What a device has not brought by then is not taken in. A relay closes it out when
this home meets the relay: sync soon.",
    example: "freehold remove flat Tablet",
    run: remove,
};

fn pair(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let role = args.parsed("as", role)?.unwrap_or(PartyRole::Agent);
    match args.text("offer")? {
        Some(offer) => join(args, out, offer, role),
        None => invite(args, out, role),
    }
}

/// Shows an offer, and takes in who answers it.
fn invite(args: &Args, out: &mut Out, role: PartyRole) -> Result<(), Failure> {
    let home = session::home(args)?;
    let listen = args.text("listen")?.unwrap_or("0.0.0.0:0");
    let unheard = |e: io::Error| {
        Failure::unreachable(
            "cannot_listen",
            format_args!("{listen} cannot be listened at: {e}"),
        )
    };
    let listener = TcpListener::bind(listen).map_err(unheard)?;
    let place = match args.text("place")? {
        Some(place) => place.to_owned(),
        None => place_of(listener.local_addr().map_err(unheard)?).to_string(),
    };
    let mut invitation = home.invite(&place, role)?;
    show(out, &invitation, &place, role)?;
    let party = loop {
        let (stream, _) = listener.accept().map_err(unheard)?;
        let mut tcp = Tcp::over(stream).map_err(|e| Error::Sync(e.into()))?;
        let mut asked = Ok(());
        let taken = invitation.run(&mut tcp, &mut |confirmation| {
            asked = agreed(args, out, confirmation);
            asked.is_ok()
        });
        asked?;
        match taken {
            Ok(party) => break party,
            // Who has not seen the offer, or went away: somebody else may still come.
            Err(Error::Pair(error)) if error != PairError::Spent => {
                out.note(
                    "not_paired",
                    format_args!("somebody connected: {error}"),
                    &[],
                );
            }
            Err(Error::Sync(error)) => {
                out.note(
                    "not_paired",
                    format_args!("somebody connected: {error}"),
                    &[],
                );
            }
            Err(error) => return Err(error.into()),
        }
    };
    let place = args.path("HOME")?.display().to_string();
    home.close()?;
    told(out, &party, &place)
}

/// Answers an offer with a folder of its own.
fn join(args: &Args, out: &mut Out, offer: &str, role: PartyRole) -> Result<(), Failure> {
    let (path, name) = (args.path("HOME")?, args.need("name")?);
    let offer = Offer::from_text(offer).map_err(Error::from)?;
    let place = args.text("place")?.unwrap_or_else(|| offer.place());
    let unknown = || {
        Failure::usage("no_place", "the offer does not say where to connect to")
            .hint("--place HOST:PORT says it")
    };
    let (host, port) = place.rsplit_once(':').ok_or_else(unknown)?;
    let port = port.parse().map_err(|_| unknown())?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let keys = session::new_keys(path, out)?;
    let clock = session::clock(args)?;
    let mut tcp = Tcp::connect(host, port, PATIENCE).map_err(|e| Error::Sync(e.into()))?;
    let newcomer = Newcomer {
        name: name.to_owned(),
        role,
    };
    let mut asked = Ok(());
    let mut agrees = |confirmation: &str| {
        asked = agreed(args, out, confirmation);
        asked.is_ok()
    };
    let joined = Home::join(path, keys, clock, &offer, newcomer, &mut tcp, &mut agrees);
    asked?;
    let home = joined?;
    let own = home.parties().into_iter().find(|party| party.is_self);
    home.close()?;
    let party = own.ok_or(Error::Damaged)?;
    told(out, &party, &path.display().to_string())
}

fn agents(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let home = session::home(args)?;
    let columns = ["name", "role", "since", "state"].map(|name| (name, Align::Left));
    let mut table = Table::new(&columns);
    for party in home.parties() {
        let since = Zone::utc().format(party.since);
        let removed = party.removed.map(|at| Zone::utc().format(at));
        if out.json() {
            out.object(&json!({
                "name": party.name,
                "role": party.role.name(),
                "since": since,
                "removed": removed,
                "self": party.is_self,
            }))?;
        }
        let state = match (removed, party.is_self) {
            (Some(at), _) => format!("removed {at}"),
            (None, true) => "this one".to_owned(),
            (None, false) => String::new(),
        };
        table.row([party.name, party.role.name().to_owned(), since, state]);
    }
    super::print(out, &table, "nobody")
}

fn remove(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let name = args.need("NAME")?;
    let home = session::home(args)?;
    if !args.flag("yes") {
        let asked = passphrase::confirm(&format!("Take \"{name}\" out of the household?"))?;
        let refused = |what| Failure::refused("not_removed", what);
        match asked {
            Some(true) => {}
            Some(false) => return Err(refused("nobody was removed")),
            None => {
                return Err(refused("nobody was there to ask, so nobody was removed")
                    .hint("--yes removes without asking"));
            }
        }
    }
    let party = home.remove(name)?;
    home.close()?;
    let role = party.role.name();
    if out.json() {
        let removed = party.removed.map(|at| Zone::utc().format(at));
        return out.object(&json!({"name": party.name, "role": role, "removed": removed}));
    }
    out.line(format_args!(
        "Took the {role} \"{}\" out. It can open what was sealed before, and nothing from now on.",
        party.name
    ))
}

/// The offer for the other: to be scanned or typed.
fn show(
    out: &mut Out,
    invitation: &Invitation,
    place: &str,
    role: PartyRole,
) -> Result<(), Failure> {
    let text = invitation.text();
    if out.json() {
        out.object(&json!({"offer": text, "place": place, "role": role.name()}))?;
        return out.flush();
    }
    if io::stdout().is_terminal() {
        for line in qr::lines(text) {
            out.line(line)?;
        }
    }
    out.line(format_args!("Offer {text}"))?;
    out.line(format_args!("Awaiting the other at {place}. There:"))?;
    let role = match role {
        PartyRole::Agent => String::new(),
        PartyRole::Device => " --as device".to_owned(),
    };
    out.line(format_args!(
        "  freehold pair FOLDER --offer {text} --name NAME{role}"
    ))?;
    out.flush()
}

/// Whether a person sees the same on both. Nothing was paired otherwise.
fn agreed(args: &Args, out: &mut Out, confirmation: &str) -> Result<(), Failure> {
    if out.json() {
        out.object(&json!({ "confirmation": confirmation }))?;
    } else {
        out.line(format_args!("Both have to show: {confirmation}"))?;
    }
    out.flush()?;
    let declined = |what| Failure::refused("not_paired", what);
    if args.flag("yes") {
        return Ok(());
    }
    match passphrase::confirm("Does the other show the same?")? {
        Some(true) => Ok(()),
        Some(false) => Err(declined("nothing was paired")),
        None => Err(
            declined("nobody was there to compare both, so nothing was paired")
                .hint("--yes pairs without that"),
        ),
    }
}

fn told(out: &mut Out, party: &Party, place: &str) -> Result<(), Failure> {
    let (name, role) = (&party.name, party.role.name());
    if out.json() {
        return out.object(&json!({"name": name, "role": role, "home": place}));
    }
    let what = if party.is_self {
        format!("{place} is the {role} \"{name}\" of the household now.")
    } else {
        format!("Took in the {role} \"{name}\". 'freehold sync' brings both what the other does.")
    };
    out.line(what)
}

fn role(text: &str) -> Result<PartyRole, &'static str> {
    match text {
        "agent" => Ok(PartyRole::Agent),
        "device" => Ok(PartyRole::Device),
        _ => Err("agent or device"),
    }
}

/// Where others find this machine: the address that it would use itself to reach somebody, if it listens at all of its own.
fn place_of(listens: SocketAddr) -> SocketAddr {
    if !listens.ip().is_unspecified() {
        return listens;
    }
    // Nothing is sent: a datagram socket that is connected only chooses its address.
    let chosen = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    chosen.map_or(listens, |chosen| {
        SocketAddr::new(chosen.ip(), listens.port())
    })
}

/// How long the one that shows the offer may take to answer at all.
const PATIENCE: Duration = Duration::from_secs(10);
