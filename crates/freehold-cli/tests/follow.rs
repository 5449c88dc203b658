//! A recipient that follows a relay: consents that come and go meanwhile.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod shell;

use std::{
    fs,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use freehold::{
    Error, FileKeyStore, Home, Received, Recipient, Relay, Stop, Uploaded, consent::TokenId,
};
use shell::Shell;

type Heard = Mutex<Vec<(TokenId, Result<Received, Error>)>>;

/// Waits until something was heard of a consent.
fn until(heard: &Heard, what: impl Fn(TokenId, &Received) -> bool) {
    let since = Instant::now();
    let came = |(token, outcome): &(TokenId, Result<Received, Error>)| {
        outcome
            .as_ref()
            .is_ok_and(|received| what(*token, received))
    };
    while !heard.lock().unwrap().iter().any(came) {
        assert!(since.elapsed() < Duration::from_secs(30), "{heard:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_recipient_that_follows_takes_up_consents_as_they_come_and_lets_them_go() {
    let (shell, _) = Shell::granted(24, 4, "hour");
    let ask = "request gp --kind interstitial_glucose --level day --facets totals --from 2026-03-01 \
        --until 2099-01-01 --purpose dpv:ServiceProvision --retention P30D --out second.freehold";
    let ask: Vec<&str> = ask.split_whitespace().collect();
    shell.ok(&ask);
    let grant = ["--stream", "glucose", "--out", "later.freehold", "--yes"];
    shell.ok(&[&["approve", "home", "second.freehold"], &grant[..]].concat());
    let relay = shell.relay("127.0.0.1:0");
    shell.ok(&["sync", "home", "--relay", &relay.address]);

    let folder = shell.path("gp");
    let recipient = Recipient::open(&folder, FileKeyStore::beside(&folder)).unwrap();
    let first = recipient.open_consents();
    assert_eq!(first.len(), 1);
    let (stop, heard) = (Stop::new(), Heard::default());
    let at = Relay::new(relay.address.parse().unwrap());
    thread::scope(|scope| {
        let following = scope.spawn(|| {
            recipient.follow(&at, &stop, &|token, outcome| {
                heard.lock().unwrap().push((token, outcome));
            });
        });
        until(&heard, |token, came| token == first[0] && came.entries > 0);
        let file = fs::read(shell.path("later.freehold")).unwrap();
        let second = recipient.accept_file(&file).unwrap();
        assert_eq!(recipient.open_consents(), [first[0], second]);
        until(&heard, |token, came| token == second && came.entries > 0);
        // The first is withdrawn: it is heard of, and nothing is amiss. The second goes on.
        shell.ok(&["revoke", "home", &first[0].to_string()]);
        shell.ok(&["sync", "home", "--relay", &relay.address]);
        until(&heard, |token, came| {
            token == first[0] && came.revocations > 0
        });
        assert_eq!(recipient.open_consents(), [second]);
        // The way is lost: what is left is tried again, and what was withdrawn is not.
        let place = relay.kill();
        let relay = shell.relay(&place);
        let revoke = |token: TokenId| {
            shell.ok(&["revoke", "home", &token.to_string()]);
            shell.ok(&["sync", "home", "--relay", &relay.address]);
        };
        revoke(second);
        until(&heard, |token, came| {
            token == second && came.revocations > 0
        });
        thread::sleep(Duration::from_millis(500));
        assert!(!following.is_finished());
        stop.stop();
    });
    // A relay that closes while it takes an order in is tried again.
    let heard = heard.into_inner().unwrap();
    let well = |(_, outcome): &(_, Result<_, Error>)| match outcome {
        Ok(_) => true,
        Err(error) => error.is_retryable(),
    };
    assert!(heard.iter().all(well), "{heard:?}");
}

#[test]
fn a_home_that_follows_brings_what_is_new_also_to_a_relay_that_was_away() {
    let (shell, _) = Shell::granted(24, 4, "hour");
    let relay = shell.relay("127.0.0.1:0");
    let [house, gp] = ["home", "gp"].map(|name| shell.path(name));
    let home = Home::open(&house, FileKeyStore::beside(&house)).unwrap();
    let recipient = Recipient::open(&gp, FileKeyStore::beside(&gp)).unwrap();
    let at = Relay::new(relay.address.parse().unwrap());
    let (stop, heard) = (Stop::new(), Mutex::new(Vec::new()));
    let comes = |what: fn(&Received) -> bool| {
        let since = Instant::now();
        // The relay may be away, and the home not have met it yet.
        while !recipient.sync(&at).is_ok_and(|received| what(&received)) {
            assert!(since.elapsed() < Duration::from_secs(30), "{heard:?}");
            thread::sleep(Duration::from_millis(50));
        }
    };
    thread::scope(|scope| {
        let following = scope.spawn(|| {
            home.follow(&at, &stop, &|outcome| heard.lock().unwrap().push(outcome));
        });
        comes(|received| received.entries > 0);
        let place = relay.kill();
        let relay = shell.relay(&place);
        home.revoke(recipient.open_consents()[0]).unwrap();
        comes(|received| received.revocations == 1);
        assert!(!following.is_finished());
        stop.stop();
        drop(relay);
    });
    let heard = heard.into_inner().unwrap();
    let brought = |outcome: &Result<Uploaded, Error>| outcome.as_ref().map_or(0, |up| up.stretches);
    assert!(heard.iter().map(brought).sum::<u64>() > 1, "{heard:?}");
    let lost = |outcome: &Result<Uploaded, Error>| outcome.as_ref().is_err_and(Error::is_retryable);
    assert!(heard.iter().all(|outcome| outcome.is_ok() || lost(outcome)));
}
