//! Bundles and their keys.

mod contents;
mod envelopes;
mod successions;

use freehold_consent::{
    Heirs, Keys, Revocations, Token, UnverifiedBundle, UnverifiedCard, UnverifiedToken,
};
use freehold_crypto::{EnvelopeKey, Secret};
use freehold_model::{Facet, Level};
use serde::{Deserialize, Serialize};

use super::{
    bundle::{LEASE, MADE, bundle, contents, cover, first, header, stream, tree},
    people::{SEED, blob, card_bytes, token_of, token_payload},
};
use crate::vectors::{
    Cases, Failure, Hex, Operation,
    log::object::{list, varint, zigzag},
};

pub(in crate::vectors::consent) struct Open;

#[derive(Clone, Serialize, Deserialize)]
pub(in crate::vectors::consent) struct BundleInput {
    token: Hex,
    card: Hex,
    seed: Hex,
    bundles: Vec<Hex>,
}

/// What a recipient has of a consent.
#[derive(Serialize)]
pub(in crate::vectors::consent) struct KeysText {
    seq: u32,
    horizon: i64,
    streams: Vec<StreamText>,
    trees: Vec<TreeText>,
}

#[derive(Serialize)]
struct StreamText {
    id: Hex,
    label: String,
    description: Hex,
    logs: Vec<LogText>,
}

#[derive(Serialize)]
struct LogText {
    log: Hex,
    level: &'static str,
    incarnation: u32,
    writer: Hex,
}

#[derive(Serialize)]
struct TreeText {
    stream: Hex,
    level: &'static str,
    facet: &'static str,
    epoch: i32,
    generation: u32,
    nodes: Hex,
}

pub(in crate::vectors::consent) const KEYS: [(&str, &str); 4] = [
    ("seq", "of the newest bundle"),
    ("horizon", "ms; no slot that ends later opens"),
    (
        "streams",
        "by ascending id: `id`, `label`, `description` and `logs`, each with `log`, `level`, `incarnation` and `writer`",
    ),
    (
        "trees",
        "ascending: `stream`, `level`, `facet`, `epoch`, `generation`, and `nodes`, a cover",
    ),
];

impl Operation for Open {
    const NAME: &'static str = "consent/bundle";
    const ABOUT: &'static str = "What the bundles of a consent hold together.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("token", "the consent"),
        ("card", "of the recipient"),
        ("seed", "of the recipient's envelope key"),
        ("bundles", "signed bundles, oldest first"),
        KEYS[0],
        KEYS[1],
        KEYS[2],
        KEYS[3],
    ];
    type Input = BundleInput;
    type Output = KeysText;

    fn run(input: BundleInput) -> Result<KeysText, Failure> {
        let token = UnverifiedToken::from_bytes(&input.token.0)?.verify()?;
        let card = UnverifiedCard::from_bytes(&input.card.0)?.verify()?;
        let key = EnvelopeKey::from_seed(Secret::from_bytes(
            input.seed.array().ok_or(Failure::Length)?,
        ))?;
        let (mut keys, mut heirs): (Option<Keys>, Heirs) = Default::default();
        for bytes in &input.bundles {
            let sealed = UnverifiedBundle::from_bytes(&bytes.0)?.verify(&token)?;
            let bundle = sealed.open(&token, &card, &key)?;
            heirs = heirs.after(&token, &sealed)?;
            match &mut keys {
                Some(keys) => keys.extend(bundle)?,
                None => keys = Some(Keys::new(bundle)),
            }
        }
        let keys = keys.ok_or(Failure::Length)?;
        Ok(said(&keys, &token))
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        accepted(cases);
        envelopes::signatures(cases);
        envelopes::headers(cases);
        envelopes::plaintexts(cases);
        contents::grants(cases);
        contents::extensions(cases);
        successions::accepted(cases);
        successions::refused(cases);
    }
}

/// What keys hold, for a file.
pub(in crate::vectors::consent) fn said(keys: &Keys, token: &Token) -> KeysText {
    let usable = token.terms().usable.from();
    let permit = token
        .permit(usable, token.recipient(), &Revocations::new())
        .unwrap();
    let streams = keys.streams().map(|info| StreamText {
        id: info.id.0.into(),
        label: info.label.to_string(),
        description: freehold_model::wire::to_bytes(info.stream.spec()).into(),
        logs: info
            .logs
            .iter()
            .map(|log| LogText {
                log: log.log.0.into(),
                level: log.level.name(),
                incarnation: log.incarnation,
                writer: log.writer.to_bytes().into(),
            })
            .collect(),
    });
    let trees = keys.trees().map(|tree| TreeText {
        stream: tree.stream.0.into(),
        level: tree.level.name(),
        facet: tree.facet.name(),
        epoch: tree.epoch.number(),
        generation: tree.generation,
        nodes: keys
            .cover(&permit, tree)
            .unwrap()
            .to_bytes()
            .as_slice()
            .into(),
    });
    KeysText {
        seq: keys.seq(),
        horizon: keys.horizon().ms(),
        streams: streams.collect(),
        trees: trees.collect(),
    }
}

/// A lease after the first.
pub(super) const LATER: i64 = MADE + LEASE;

pub(super) fn input(bundles: &[Vec<u8>]) -> BundleInput {
    BundleInput {
        token: token_of(&token_payload()).into(),
        card: card_bytes().into(),
        seed: SEED.into(),
        bundles: bundles.iter().map(Hex::from).collect(),
    }
}

pub(super) fn good() -> Vec<u8> {
    bundle(&first(), &contents(LATER))
}

pub(super) fn later() -> Vec<u8> {
    bundle(&header(1, LATER, LATER + LEASE), &contents(LATER + LEASE))
}

fn accepted(cases: &mut Cases<'_, Open>) {
    let generations = tree(Level::HalfHour, Facet::Totals, LATER);
    let newer = generations.with("generation", varint(1)).with(
        "nodes",
        blob(&cover(4, Level::HalfHour, Facet::Totals, LATER).to_bytes()),
    );
    let two = contents(LATER).with("trees", list(&[generations.bytes(), newer.bytes()]));
    let oldest_journal = first().with("journal-time", zigzag(MADE - LEASE));
    for (name, rules, about, case) in [
        (
            "first",
            &["consent-19", "consent-23"][..],
            "raw and half hours, up to a lease ahead",
            input(&[good()]),
        ),
        (
            "extended",
            &["consent-24"],
            "and an extension: covers are united",
            input(&[good(), later()]),
        ),
        (
            "skipping",
            &["consent-24"],
            "an extension whose seq is greater by more than one",
            input(&[
                good(),
                bundle(&header(7, LATER, LATER + LEASE), &contents(LATER + LEASE)),
            ]),
        ),
        (
            "no-trees",
            &["consent-20"],
            "no key at all",
            input(&[bundle(&first(), &contents(LATER).with("trees", [0]))]),
        ),
        (
            "two-generations",
            &["consent-24"],
            "two generations of a tree",
            input(&[bundle(&first(), &two)]),
        ),
        (
            "short-horizon",
            &["consent-21"],
            "a horizon that is nearer than it may be",
            input(&[bundle(
                &header(0, MADE, MADE + 86_400_000),
                &contents(MADE + 86_400_000),
            )]),
        ),
        (
            "oldest-journal",
            &["consent-22"],
            "a journal head of exactly a lease ago",
            input(&[bundle(&oldest_journal, &contents(LATER))]),
        ),
        (
            "no-logs",
            &["consent-20"],
            "a stream without a log yet",
            input(&[bundle(
                &first(),
                &contents(LATER).with("streams", list(&[stream().with("logs", [0]).bytes()])),
            )]),
        ),
        (
            "other-count",
            &["consent-23"],
            "a number of nodes that is not theirs, which a reader need not count",
            input(&[bundle(&first().with("nodes", varint(99)), &contents(LATER))]),
        ),
    ] {
        cases.accept(name, rules, about, case);
    }
}
