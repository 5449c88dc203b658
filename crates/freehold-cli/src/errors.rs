//! What the library's errors mean to whoever typed a command: a stable kind, a line, and what to do.

use std::fmt::Display;

use freehold::consent::{ApproveError, BundleError, NotGranted, ProposeError, Refusal};
use freehold::crypto::KeyStoreError;
use freehold::model::Zone;
use freehold::transport::PairError;
use freehold::{Class, Error, Noun, Reason, Time};
use freehold_store::StoreError;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::passphrase;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        failure(&error, &Zone::utc())
    }
}

/// The failure that an error is, with its times as the clock of `zone` shows them.
pub(crate) fn failure(error: &Error, zone: &Zone) -> Failure {
    let exit = match error.class() {
        Class::Usage => Exit::Usage,
        Class::Refused => Exit::Refused,
        Class::Input => Exit::Input,
        Class::Storage => Exit::Storage,
        Class::Peer => Exit::Unreachable,
    };
    match error {
        Error::Refused(refusal) | Error::Bundle(BundleError::Refused(refusal)) => {
            refused(refusal, zone)
        }
        Error::Bundle(BundleError::Succeeded) => Failure::refused(
            "key_replaced",
            "it is signed by a key that the household has replaced",
        )
        .hint("whoever made it was removed from the household, or has not heard that somebody was: ask another of its agents"),
        Error::NoConsent => Failure::refused("not_granted", "no consent covers this")
            .hint("'freehold consents' lists what was granted"),
        Error::Erased => Failure::refused("erased", "its owner erased it"),
        Error::Propose(error) => unproposable(error),
        Error::Approve(ApproveError::NotShown { proposal }) => Failure::refused(
            "proposal_differs",
            "the proposal is not the one that was shown",
        )
        .hint("look at it again, and approve what it says now")
        .field("shown", proposal.to_string()),
        Error::Approve(ApproveError::Outdated) => Failure::refused(
            "proposal_outdated",
            "more was granted to this recipient since the proposal was shown, or the household signs with another key",
        )
        .hint("look at it again: what can be worked out from both is not what it said"),
        Error::Missing(noun) => missing(*noun),
        Error::Exists(noun) => Failure::usage(
            "exists",
            format_args!("there is a {noun} of this name already"),
        )
        .field("what", noun.to_string()),
        Error::Ambiguous { noun, found } => {
            Failure::usage("ambiguous", format_args!("{found} {noun}s fit"))
                .hint(format_args!("say which with --{noun}"))
                .field("what", noun.to_string())
                .field("found", *found)
        }
        Error::Level { kept } => Failure::usage(
            "no_such_level",
            format_args!("the stream does not keep this level"),
        )
        .hint(format_args!("it keeps {kept}"))
        .field(
            "levels",
            kept.iter().map(|level| level.name()).collect::<Vec<_>>(),
        ),
        Error::Wire(_) => unreadable(error),
        Error::Store(error) => storage(*error),
        Error::KeyStore(error) => locked(*error),
        Error::Damaged => damaged(&error),
        Error::OlderThanKey => Failure::storage(
            "older_than_key",
            "the store is a copy from before something was erased; its key is gone",
        ),
        Error::Sync(_) => unmet(error),
        Error::Pair(error) => unpaired(*error),
        Error::Declined => Failure::refused(
            "not_paired",
            "the other did not agree, or expects an agent where this is a device",
        ),
        Error::Unconfirmed => Failure::unreachable("unconfirmed", error).hint(
            "look at the other; if it was not made, take it out again with 'freehold remove'",
        ),
        Error::NotAgent => Failure::usage("not_an_agent", error),
        Error::Elsewhere => Failure::usage("written_elsewhere", error)
            .hint("record at the agent or device that writes it"),
        Error::Removed => Failure::refused("removed", error),
        _ => Failure::of(exit, error.reason().name(), error),
    }
}

/// A store that is not there, in use, full or broken.
pub(crate) fn storage(error: StoreError) -> Failure {
    match error {
        StoreError::Missing => Failure::usage(
            "missing",
            "there is no home and no recipient in this folder",
        )
        .hint("make one with 'freehold init' or 'freehold recipient init'"),
        StoreError::Busy => Failure::storage("busy", "another process has the store open")
            .hint("try again when it is done"),
        StoreError::Full => Failure::storage("full", "there is no room left")
            .hint("nothing that was acknowledged is lost; make room and try again"),
        StoreError::Newer { found, known } => Failure::storage(
            "newer_format",
            format_args!("the store has format {found}, this tool knows {known}"),
        )
        .hint("update the tool"),
        StoreError::NotAStore => Failure::storage("not_a_store", "the folder holds something else"),
        StoreError::Damaged => damaged(&error),
        error => Failure::storage("storage", error),
    }
}

fn damaged(error: &dyn Display) -> Failure {
    Failure::storage("damaged", error)
        .hint("'freehold verify' tells what is left; restore a copy of the folder")
}

fn locked(error: KeyStoreError) -> Failure {
    match error {
        KeyStoreError::Refused => Failure::usage(
            "wrong_passphrase",
            "the passphrase does not open this store",
        )
        .hint(format_args!(
            "set {} to the right one",
            passphrase::VARIABLE
        )),
        error => Failure::storage("key_store", error),
    }
}

fn refused(refusal: &Refusal, zone: &Zone) -> Failure {
    let at = |time: &Time| zone.format(*time);
    match refusal {
        Refusal::NotYet { from } => Failure::refused(
            "not_usable_yet",
            format_args!("the consent may be used from {} on", at(from)),
        )
        .field("from", at(from)),
        Refusal::Expired { at: end } => {
            Failure::refused("expired", format_args!("the consent ended at {}", at(end)))
                .field("at", at(end))
        }
        Refusal::Revoked { at: end } => Failure::refused(
            "revoked",
            format_args!("the consent was revoked at {}", at(end)),
        )
        .field("at", at(end)),
        Refusal::WrongRecipient { granted_to } => Failure::refused(
            "wrong_recipient",
            "the grant was made for another recipient",
        )
        .field("granted_to", granted_to.to_string()),
        Refusal::NotGranted(what) => not_granted(what, zone),
    }
}

fn not_granted(what: &NotGranted, zone: &Zone) -> Failure {
    match what {
        NotGranted::Stream(_) => {
            Failure::refused("not_granted", "the consent does not reach this stream")
                .field("what", "stream")
        }
        NotGranted::Level { granted } => {
            Failure::refused("not_granted", "this level was not granted")
                .hint(format_args!("granted: {granted}"))
                .field("what", "level")
                .field(
                    "granted",
                    granted.iter().map(|level| level.name()).collect::<Vec<_>>(),
                )
        }
        NotGranted::Facet { granted } => {
            Failure::refused("not_granted", "this facet was not granted")
                .hint(format_args!("granted: {granted}"))
                .field("what", "facet")
                .field(
                    "granted",
                    granted.iter().map(|facet| facet.name()).collect::<Vec<_>>(),
                )
        }
        NotGranted::Window { granted } => {
            let span = |(from, until): (Time, Time)| {
                format!("from {} until {}", zone.format(from), zone.format(until))
            };
            let windows: Vec<(Time, Time)> = granted
                .iter()
                .map(|window| (window.from(), window.until()))
                .collect();
            let words: Vec<String> = windows.iter().copied().map(span).collect();
            let fields = windows.iter().map(
                |(from, until)| json!({"from": zone.format(*from), "until": zone.format(*until)}),
            );
            Failure::refused(
                "outside_window",
                "the range is not wholly inside what was granted",
            )
            .hint(format_args!("granted: {}", words.join(", ")))
            .field("granted", fields.collect::<Vec<_>>())
        }
    }
}

fn unproposable(error: &ProposeError) -> Failure {
    let failure = Failure::usage("nothing_to_grant", error);
    match error {
        ProposeError::NoStream { kind } => failure
            .hint("this home measures nothing of the kind")
            .field("quantity", kind.as_str()),
        ProposeError::WhichStream { kind, matches } => Failure::usage("ambiguous", error)
            .hint("say which with --stream")
            .field("what", "stream")
            .field("found", matches.len())
            .field("quantity", kind.as_str()),
        ProposeError::Nothing { kind } => failure
            .hint("the stream keeps none of the levels and facets that are asked for")
            .field("quantity", kind.as_str()),
        ProposeError::NotAsked(_) => failure.hint("the request is about another kind of stream"),
        _ => failure,
    }
}

fn missing(noun: Noun) -> Failure {
    let hint = match noun {
        Noun::Home => "'freehold init' makes one",
        Noun::Recipient => "'freehold recipient init' makes one",
        Noun::Device => "'freehold devices' lists them",
        Noun::Party => "'freehold agents' lists them",
        Noun::Stream => "'freehold streams' lists them",
        Noun::Kind => "'freehold kinds' lists them",
        _ => "'freehold consents' lists them",
    };
    Failure::usage("missing", format_args!("there is no such {noun}"))
        .hint(hint)
        .field("what", noun.to_string())
}

/// Two that were not paired.
fn unpaired(error: PairError) -> Failure {
    match error {
        PairError::Text => Failure::usage("bad_offer", error).hint("take the text whole"),
        PairError::Version => Failure::usage("newer_format", error).hint("update the tool"),
        PairError::Spent => Failure::refused("offer_used_up", error)
            .hint("'freehold pair' on the other shows a new one"),
        error => Failure::unreachable("not_paired", error)
            .hint("somebody stands between, or the offer is another's; show a new one"),
    }
}

/// A peer that was not reached, or that did not go on.
fn unmet(error: &Error) -> Failure {
    let reason = error.reason();
    let failure = Failure::unreachable(reason.name(), error);
    match reason {
        Reason::Unreachable => failure.hint("look whether it is running, and at its address"),
        Reason::NotTrusted => {
            failure.hint("a certificate that your system does not trust is named by --tls-roots")
        }
        Reason::RefusedOnTheWay => failure.hint("look at the proxy, and at the address"),
        Reason::WrongPeer => {
            failure.hint("another key answers at this address; take the one that the relay prints")
        }
        Reason::PeerFull => failure.hint("its operator can give more room"),
        Reason::NotAdmitted => {
            failure.hint("it knows no mailbox or consent of this key; the home has to sync first")
        }
        Reason::PeerBusy => failure.hint("try again later"),
        Reason::ConnectionLost => failure.hint("try again; nothing is lost"),
        _ => failure,
    }
}

fn unreadable(error: &Error) -> Failure {
    let reason = error.reason();
    let failure = Failure::input(reason.name(), error);
    match reason {
        Reason::Malformed => failure.hint("the file is damaged or cut off; have it sent again"),
        Reason::NewerFormat => failure.hint("update the tool"),
        _ => failure,
    }
}
