//! What each operation costs on one core: `cargo run --release -p freehold-crypto --example speed`.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring tool")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use freehold_crypto::{
    Domain, EntryContext, EnvelopeKey, Leaf, LogId, OsEntropy, Padding, PassphraseParams, PieceKey,
    PiecePlace, Root, RowKey, SaltHedge, Secret, SeededEntropy, SigningKey, Suite,
};
use freehold_model::{Facet, Level, Time};

fn main() {
    let mut entropy = SeededEntropy::new(1);
    let root = Root::random(&mut entropy).unwrap();
    tree(&root);
    sealing(&root, &mut entropy);
    recording(&root, &mut entropy);
    signing(&mut entropy);
    envelopes(&mut entropy);
    rows(&mut entropy);
    let params = PassphraseParams::generate(&mut entropy).unwrap();
    report("passphrase, Argon2id 19 MiB t=2 p=1", 5, |_| {
        params.derive(b"correct horse").unwrap()
    });
}

fn tree(root: &Root) {
    let cover = root.tree(Level::Minute, Facet::Totals);
    let mut walker = cover.walker();
    report("leaf, in order (depth 17)", 80_000, |index| {
        walker.leaf(index).unwrap()
    });
    let mut walker = cover.walker();
    report("leaf, each 60th (depth 17)", 2_000, |index| {
        walker.leaf(index * 60).unwrap()
    });
    report("leaf, from the top (depth 17)", 20_000, |index| {
        cover.leaf(index).unwrap()
    });
    report("restrict to a month (depth 17)", 2_000, |index| {
        cover.restrict(index..index + 43_200)
    });
}

fn sealing(root: &Root, entropy: &mut SeededEntropy) {
    let context = context(root, entropy);
    let leaf = root.tree(Level::Hour, Facet::Totals).leaf(7).unwrap();
    for len in [24, 40, 200] {
        let mut body = Vec::with_capacity(1 << 20);
        report(&format!("seal a summary of {len} bytes"), 20_000, |part| {
            body.clear();
            body.resize(len, 7);
            key(&leaf, &context, part).seal_small(&mut body, 0).unwrap();
        });
    }
    let mut sealed = vec![7; 40];
    key(&leaf, &context, 1).seal_small(&mut sealed, 0).unwrap();
    let mut buffer = sealed.clone();
    report("open a summary of 40 bytes", 20_000, |_| {
        buffer.copy_from_slice(&sealed);
        key(&leaf, &context, 1).open_small(&mut buffer).unwrap()[0]
    });
    for suite in [Suite::One, Suite::Two] {
        let context = EntryContext::new(
            suite,
            LogId([1; 16]),
            1,
            Level::Raw,
            300,
            0,
            SaltHedge::new().salt(LogId([1; 16]), 1, entropy).unwrap(),
        );
        for len in [700, 1_500] {
            let mut body = Vec::with_capacity(1 << 20);
            report(
                &format!("seal a chunk of {len} bytes, suite {suite:?}"),
                20_000,
                |part| {
                    body.clear();
                    body.resize(len, 7);
                    key(&leaf, &context, part)
                        .seal_large(&mut body, 0, Padding::Padme)
                        .unwrap();
                },
            );
            let mut buffer = body.clone();
            report(
                &format!("open a chunk of {len} bytes, suite {suite:?}"),
                20_000,
                |_| {
                    buffer.copy_from_slice(&body);
                    key(&leaf, &context, 19_999)
                        .open_large(&mut buffer)
                        .unwrap()[0]
                },
            );
        }
    }
}

/// The whole way of a heart-rate recording of two months: leaves, salts, keys, sealing.
fn recording(root: &Root, entropy: &mut SeededEntropy) {
    let facets = [Facet::Totals, Facet::Extremes, Facet::Distribution];
    let quarters = 30_615 / 3;
    let mut body = Vec::with_capacity(1 << 22);
    let mut best = Duration::MAX;
    for _ in 0..5 {
        body.clear();
        let start = Instant::now();
        for facet in facets {
            let cover = root.tree(Level::Minute, facet);
            let mut walker = cover.walker();
            for first in (0..quarters).step_by(64) {
                let run: Vec<Leaf> = (first..(first + 64).min(quarters))
                    .filter_map(|i| walker.leaf(i))
                    .collect();
                seal_entry(&run, facet, 40, entropy, &mut body);
            }
        }
        let cover = root.tree(Level::Raw, Facet::Readings);
        let mut walker = cover.walker();
        for first in (0..2_108).step_by(16) {
            let run: Vec<Leaf> = (first..(first + 16).min(2_108))
                .filter_map(|i| walker.leaf(i * 41))
                .collect();
            seal_entry(&run, Facet::Readings, 700, entropy, &mut body);
        }
        best = best.min(start.elapsed());
    }
    println!(
        "{:>12.2} ms  30,615 summary pieces of 40 bytes and 2,108 chunks of 700 bytes",
        ms(best)
    );
}

fn seal_entry(
    run: &[Leaf],
    facet: Facet,
    len: usize,
    entropy: &mut SeededEntropy,
    body: &mut Vec<u8>,
) {
    let plaintext = vec![7; len];
    let mut hedge = SaltHedge::new();
    for (leaf, at) in run.iter().zip(0..) {
        hedge.piece(leaf, &place(facet, at), &plaintext);
    }
    let log = LogId([1; 16]);
    let salt = hedge.salt(log, 1, entropy).unwrap();
    let context = EntryContext::new(Suite::One, log, 1, Level::Hour, 300, 0, salt);
    for (leaf, at) in run.iter().zip(0..) {
        let key = PieceKey::derive(leaf, &context, &place(facet, at));
        let start = body.len();
        body.extend_from_slice(&plaintext);
        if facet == Facet::Readings {
            key.seal_large(body, start, Padding::Padme).unwrap();
        } else {
            key.seal_small(body, start).unwrap();
        }
    }
}

fn signing(entropy: &mut SeededEntropy) {
    let message = [7; 100];
    for (name, key) in [
        ("Ed25519", SigningKey::generate_ed25519(entropy).unwrap()),
        ("P-256", SigningKey::generate_p256().unwrap()),
    ] {
        report(&format!("sign, {name}"), 500, |_| {
            key.sign(Domain::Checkpoint, &message).unwrap()
        });
        let signature = key.sign(Domain::Checkpoint, &message).unwrap();
        let public = key.public_key();
        report(&format!("verify, {name}"), 500, |_| {
            public
                .verify(Domain::Checkpoint, &message, &signature)
                .unwrap();
        });
    }
}

fn envelopes(entropy: &mut SeededEntropy) {
    report("envelope key from seed", 100, |_| {
        EnvelopeKey::from_seed(Secret::from_bytes([7; 32])).unwrap()
    });
    let key = EnvelopeKey::generate(entropy).unwrap();
    let plaintext = [7; 600];
    report("seal an envelope of 600 bytes", 300, |_| {
        key.public_key()
            .seal(Suite::One, b"token", b"", &plaintext, &mut OsEntropy::new())
            .unwrap()
    });
    let envelope = key
        .public_key()
        .seal(Suite::One, b"token", b"", &plaintext, entropy)
        .unwrap();
    report("open an envelope of 600 bytes", 300, |_| {
        key.open(Suite::One, b"token", b"", &envelope).unwrap()
    });
}

fn rows(entropy: &mut SeededEntropy) {
    let key = RowKey::store(Secret::random(entropy).unwrap(), Suite::One);
    let mut body = Vec::with_capacity(1 << 16);
    report("seal a row of 3,000 bytes", 20_000, |_| {
        body.clear();
        body.resize(3_000, 7);
        key.seal(b"row", &mut body, 0, entropy).unwrap();
    });
}

fn context(root: &Root, entropy: &mut SeededEntropy) -> EntryContext {
    let log = LogId::random(entropy).unwrap();
    let mut hedge = SaltHedge::new();
    let leaf = root.tree(Level::Hour, Facet::Totals).leaf(7).unwrap();
    hedge.piece(&leaf, &place(Facet::Totals, 0), &[7; 40]);
    let salt = hedge.salt(log, 1, entropy).unwrap();
    EntryContext::new(Suite::One, log, 1, Level::Hour, 300, 0, salt)
}

fn key(leaf: &Leaf, context: &EntryContext, part: u32) -> PieceKey {
    PieceKey::derive(leaf, context, &place(Facet::Totals, part))
}

fn place(facet: Facet, at: u32) -> PiecePlace {
    let start = Time::from_ms(i64::from(at) * 3_600_000);
    PiecePlace {
        start,
        end: Time::from_ms(start.ms() + 3_600_000),
        facet,
        part: 0,
    }
}

/// The best of five rounds, for one operation.
fn report<T>(name: &str, times: u32, mut operation: impl FnMut(u32) -> T) {
    let best = (0..5)
        .map(|_| {
            let start = Instant::now();
            for at in 0..times {
                black_box(operation(at));
            }
            start.elapsed()
        })
        .min()
        .unwrap_or_default();
    println!(
        "{:>12.1} ns  {name}",
        best.as_secs_f64() * 1e9 / f64::from(times)
    );
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
