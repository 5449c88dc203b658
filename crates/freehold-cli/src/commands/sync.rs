//! `sync`: what is new, to a relay, from a relay, or straight to a recipient.

use std::fs::{self, File};
use std::sync::mpsc;

use freehold::transport::{Address, Proxy, Reach, Transcript, Trust};
use freehold::{Error, Home, Received, Recipient, Relay, Stop, Uploaded};
use serde_json::json;

use super::{PLACE, unwritable};
use crate::args::Args;
use crate::command::{Command, Group, Opt};
use crate::failure::Failure;
use crate::output::{Out, grouped};
use crate::session::{self, Place};

pub(crate) const SYNC: Command = Command {
    name: "sync",
    group: Group::Consent,
    about: "bring what is new to or from a relay, or to a recipient",
    positionals: &[PLACE],
    options: &[
        Opt::value("relay", "ADDR#KEY", "the relay, as it says itself when it starts"),
        Opt::value("admission", "TOKEN", "what the relay wants to see before it opens a mailbox"),
        Opt::value("tls-roots", "FILE", "who vouches for a relay in TLS, in PEM [what the system trusts]"),
        Opt::value("proxy", "HOST:PORT", "an HTTP proxy to go through [https_proxy, for TLS]"),
        Opt::flag("follow", "stay, and take what is new as it comes, until interrupted"),
        Opt::value("with", "DIR", "without a relay: the recipient's folder on this machine"),
        Opt::value("transcript", "FILE", "write down what is said with the relay, for `freehold inspect`"),
    ],
    details: "\
Sealed pieces travel as they are; nothing is encrypted again, and a relay can open none of them. A home
brings what is new, and what each recipient is owed; a recipient takes what its consents cover. After a
revocation the recipient's copies go.

A relay is reached by TCP as ADDR#KEY, and through what lets nothing else pass as tls://HOST:PORT#KEY,
ws://HOST:PORT/PATH#KEY or wss://HOST:PORT/PATH#KEY. In each of them the relay has to prove its key.

A transcript holds what both sides said, before the channel sealed it: sealed pieces, and logs by the
pseudonyms under which they travel. It says who met whom, when, and about how much; no reading and no name.",
    example: "freehold sync flat --relay 'relay.example:4700#aq3…'",
    run: sync,
};

fn sync(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let relay = args.parsed("relay", str::parse::<Address>)?;
    match (relay, args.text("with")?) {
        (Some(address), None) => {
            let place = session::place(args)?;
            let relay = Relay {
                reach: reach(args, &address)?,
                address,
                admission: args.text("admission")?.map(str::to_owned),
                transcript: transcript(args)?,
            };
            let done = match place {
                Place::Home(home) => bring(&home, &relay, args, out),
                Place::Recipient(recipient) => fetch(&recipient, &relay, args, out),
            };
            if relay.transcript.is_some_and(|kept| kept.failed().is_some()) {
                let words = "the transcript could not be written to its end";
                out.note("transcript_cut", words, &[]);
            }
            done
        }
        (None, Some(_)) if args.optional_path("transcript").is_some() => Err(Failure::usage(
            "transcript_needs_relay",
            "--transcript goes with --relay",
        )),
        (None, Some(_)) if args.flag("follow") => Err(Failure::usage(
            "follow_needs_relay",
            "--follow goes with --relay",
        )),
        (None, Some(_)) => hand_over(args, out),
        _ => Err(
            Failure::usage("sync_with_whom", "say with whom: either --relay or --with")
                .hint("--relay takes what the relay prints when it starts"),
        ),
    }
}

/// The way to a relay.
fn reach(args: &Args, address: &Address) -> Result<Reach, Failure> {
    let trust = match args.optional_path("tls-roots") {
        None => Trust::System,
        Some(path) => {
            let pem = fs::read(path).map_err(|error| {
                Failure::input("unreadable", format_args!("{}: {error}", path.display()))
            })?;
            Trust::roots_of_pem(&pem).map_err(|_| {
                let what = format_args!("{} holds no certificates in PEM", path.display());
                Failure::input("malformed", what)
            })?
        }
    };
    let proxy = match args.parsed("proxy", str::parse::<Proxy>)? {
        None if address.around.tls => proxy_of_environment(&address.host)?,
        said => said,
    };
    Ok(Reach { proxy, trust })
}

/// What the environment says of the way to a host.
fn proxy_of_environment(host: &str) -> Result<Option<Proxy>, Failure> {
    let said = |names: [&str; 2]| names.iter().find_map(|name| std::env::var(name).ok());
    let direct = said(["no_proxy", "NO_PROXY"]).unwrap_or_default();
    let named = |name: &str| {
        let name = name.trim().trim_start_matches('.');
        let below = host
            .strip_suffix(name)
            .is_some_and(|rest| rest.ends_with('.'));
        name == "*" || name == host || !name.is_empty() && below
    };
    match said(["https_proxy", "HTTPS_PROXY"]) {
        Some(text) if !text.is_empty() && !direct.split(',').any(named) => {
            let proxy = text.parse().map_err(|error| {
                Failure::usage(
                    "bad_proxy",
                    format_args!("https_proxy in the environment: {error}"),
                )
                .hint("http://HOST:PORT")
            })?;
            Ok(Some(proxy))
        }
        _ => Ok(None),
    }
}

/// A new transcript. What another session left is not written over.
fn transcript(args: &Args) -> Result<Option<Transcript>, Failure> {
    let Some(path) = args.optional_path("transcript") else {
        return Ok(None);
    };
    let clock = session::clock(args)?;
    let begun = File::create_new(path).and_then(|file| Transcript::new(file, move || clock.now()));
    Ok(Some(begun.map_err(|error| unwritable(path, &error))?))
}

/// A home and a relay.
fn bring(home: &Home, relay: &Relay, args: &Args, out: &mut Out) -> Result<(), Failure> {
    if !args.flag("follow") {
        let uploaded = home.sync(relay)?;
        if renew_key(home)? {
            // The others wait for this one's word.
            home.sync(relay)?;
        }
        return brought(out, relay, &uploaded);
    }
    following(
        |stop, heard| home.follow(relay, stop, heard),
        |uploaded| {
            renew_key(home)?;
            brought(out, relay, &uploaded).and_then(|()| out.flush())
        },
    )
}

/// Another agent may have erased something. Says whether it has.
fn renew_key(home: &Home) -> Result<bool, Failure> {
    Ok(home.renew_key()?)
}

fn brought(out: &mut Out, relay: &Relay, uploaded: &Uploaded) -> Result<(), Failure> {
    if out.json() {
        return out.object(&json!({
            "relay": relay.address.to_string(),
            "stretches": uploaded.stretches,
            "bytes": uploaded.bytes,
            "letters": uploaded.letters,
        }));
    }
    match uploaded.stretches {
        0 => out.line("The relay has everything already.")?,
        stretches => out.line(format_args!(
            "Brought {} stretches of {} bytes to the relay.",
            grouped(stretches),
            grouped(uploaded.bytes)
        ))?,
    }
    if uploaded.letters > 0 {
        out.line(format_args!(
            "It had {} receipts and letters.",
            grouped(uploaded.letters)
        ))?;
    }
    Ok(())
}

/// A recipient and a relay.
fn fetch(recipient: &Recipient, relay: &Relay, args: &Args, out: &mut Out) -> Result<(), Failure> {
    let name = recipient.card().name().to_string();
    if !args.flag("follow") {
        let received = recipient.sync(relay)?;
        return told(out, &name, &received);
    }
    following(
        |stop, heard| recipient.follow(relay, stop, &|_, outcome| heard(outcome)),
        |received| told(out, &name, &received).and_then(|()| out.flush()),
    )
}

/// Follows until something fails that trying again does not help, and tells what comes.
fn following<T: Send>(
    follow: impl FnOnce(&Stop, &(dyn Fn(Result<T, Error>) + Sync)) + Send,
    tell: impl FnMut(T) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut tell = tell;
    let stop = Stop::new();
    let (heard, outcomes) = mpsc::channel();
    std::thread::scope(|scope| {
        let stop = &stop;
        scope.spawn(move || {
            follow(stop, &|outcome| {
                // Nobody hears it once the output has failed.
                let _ = heard.send(outcome);
            });
        });
        let told = outcomes.into_iter().try_for_each(|outcome| match outcome {
            Ok(came) => tell(came),
            Err(error) if error.is_retryable() => Ok(()),
            Err(error) => Err(Failure::from(error)),
        });
        stop.stop();
        told
    })
}

/// A home and a recipient on one machine.
fn hand_over(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let Place::Home(home) = session::place(args)? else {
        return Err(Failure::usage(
            "not_a_home",
            "--with brings what a home has to a recipient: the first folder is no home",
        ));
    };
    let recipient = peer(args)?;
    for stream in home.streams() {
        stream.flush()?;
    }
    let parcel = home.parcel(recipient.card(), &recipient.have()?)?;
    let received = recipient.receive(&parcel)?;
    home.hear_receipts(&recipient.have()?)?;
    let name = recipient.card().name().to_string();
    recipient.close()?;
    home.close()?;
    told(out, &name, &received)
}

fn told(out: &mut Out, name: &str, received: &Received) -> Result<(), Failure> {
    if out.json() {
        return out.object(&json!({
            "recipient": name,
            "entries": received.entries,
            "pieces": received.pieces,
            "extensions": received.extensions,
            "revocations": received.revocations,
        }));
    }
    out.line(format_args!(
        "{name} received {} pieces in {} entries.",
        grouped(received.pieces),
        grouped(received.entries)
    ))?;
    if received.extensions > 0 {
        out.line(format_args!(
            "{} leases were extended.",
            received.extensions
        ))?;
    }
    if received.revocations > 0 {
        out.line(format_args!(
            "{} consents were revoked: their copies and keys are gone.",
            received.revocations
        ))?;
    }
    Ok(())
}

/// The other side. That it is not there, or busy, is not this home's fault.
fn peer(args: &Args) -> Result<Recipient, Failure> {
    let path = args.path("with")?;
    session::open_recipient(path, session::clock(args)?).map_err(|failure| match failure.kind() {
        "missing" | "busy" => Failure::unreachable(
            "unreachable",
            format_args!("the recipient in {} cannot be reached", path.display()),
        )
        .hint(failure.message())
        .field("folder", path.to_string_lossy().as_ref()),
        _ => failure,
    })
}
