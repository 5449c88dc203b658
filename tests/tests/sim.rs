//! A household of two agents, recipients and a relay live through anything a network does, from one seed each. [sync-6], [sync-17], [sync-20]
//!
//! `FREEHOLD_SEED=17 cargo test -p freehold-tests --test sim -- one_seed` runs one again; `FREEHOLD_SEEDS=1000` runs more.

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a seed that fails is told"
)]

use freehold_tests::sim::{Faults, Outcome, run};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs it, and says how to run it again if it fails.
fn lived(seed: u64, steps: usize, faults: Faults) -> Outcome {
    let outcome = std::panic::catch_unwind(|| run(seed, steps, faults));
    outcome.unwrap_or_else(|why| {
        eprintln!(
            "again: FREEHOLD_SEED={seed} cargo test -p freehold-tests --test sim -- one_seed"
        );
        std::panic::resume_unwind(why)
    })
}

#[test]
fn one_seed() {
    let outcome = lived(number("FREEHOLD_SEED").unwrap_or(1), 900, Faults::ALL);
    println!("{outcome:?}");
}

#[test]
fn nothing_goes_wrong() {
    let outcome = lived(6, 900, Faults::NONE);
    assert!(
        outcome.opened > 20 && outcome.connections[1] == 0,
        "{outcome:?}"
    );
}

const SHOWS_MORE: u64 = 35;

#[test]
fn everything_goes_wrong_and_heals() {
    let seeds = number("FREEHOLD_SEEDS").unwrap_or(16);
    let mut all = Outcome::default();
    // The last shows what few others do: new changes that overtake what they follow.
    for seed in (1..=seeds).chain([SHOWS_MORE]) {
        let outcome = lived(seed, 900, Faults::ALL);
        all.opened += outcome.opened;
        all.deaths += outcome.deaths;
        all.erasures += outcome.erasures;
        all.consents[1] += outcome.consents[1];
        all.gateway[0] += outcome.gateway[0];
        all.gateway[1] += outcome.gateway[1];
        all.connections[1] += outcome.connections[1];
    }
    // A run in which nothing happens proves nothing.
    let seeds = usize::try_from(seeds).unwrap_or(usize::MAX);
    assert!(
        all.opened > 20 * seeds && all.deaths > 5 * seeds && all.connections[1] > 5 * seeds,
        "{all:?}"
    );
    let [left, kept] = all.gateway;
    assert!(left > 50 * seeds && kept > seeds, "{all:?}");
    assert!(all.consents[1] > 0 && all.erasures > seeds, "{all:?}");
}
