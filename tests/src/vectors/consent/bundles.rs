//! Bundles and their keys.

use freehold_consent::{
    Card, Keys, Revocations, Token, UnverifiedBundle, UnverifiedCard, UnverifiedToken,
};
use freehold_crypto::{EnvelopeKey, Secret};
use freehold_model::{Facet, Level};
use serde::{Deserialize, Serialize};

use super::{
    bundle::{
        LEASE, MADE, bundle, contents, cover, envelope_of, first, header, padded, sealed, stream,
        tree, trees, with_envelope,
    },
    people::{
        SEED, acme, blob, card_bytes, card_payload, envelope, grantor, signed, stranger, text,
        token_of, token_payload, versioned,
    },
};
use crate::vectors::{
    Cases, Failure, Hex, Operation,
    log::object::{Object, list, varint, zigzag},
};

pub(super) struct Open;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct BundleInput {
    token: Hex,
    card: Hex,
    seed: Hex,
    bundles: Vec<Hex>,
}

/// What a recipient has of a consent.
#[derive(Serialize)]
pub(super) struct KeysText {
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

pub(super) const KEYS: [(&str, &str); 4] = [
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
        let mut keys: Option<Keys> = None;
        for bytes in &input.bundles {
            let bundle = opened(&bytes.0, &token, &card, &key)?;
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
        signatures(cases);
        headers(cases);
        plaintexts(cases);
        grants(cases);
        extensions(cases);
    }
}

fn opened(
    bytes: &[u8],
    token: &Token,
    card: &Card,
    key: &EnvelopeKey,
) -> Result<freehold_consent::Bundle, Failure> {
    let bundle = UnverifiedBundle::from_bytes(bytes)?.verify(token)?;
    Ok(bundle.open(token, card, key)?)
}

/// What keys hold, for a file.
pub(super) fn said(keys: &Keys, token: &Token) -> KeysText {
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
const LATER: i64 = MADE + LEASE;

fn input(bundles: &[Vec<u8>]) -> BundleInput {
    BundleInput {
        token: token_of(&token_payload()).into(),
        card: card_bytes().into(),
        seed: SEED.into(),
        bundles: bundles.iter().map(Hex::from).collect(),
    }
}

fn good() -> Vec<u8> {
    bundle(&first(), &contents(LATER))
}

fn later() -> Vec<u8> {
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

/// Who signed it, and whom it is sealed to.
fn signatures(cases: &mut Cases<'_, Open>) {
    let plain = padded(&contents(LATER).bytes());
    let own = envelope_of(&first(), &plain, envelope().public_key());
    let others = EnvelopeKey::from_seed(Secret::from_bytes([8; 32])).unwrap();
    let others = envelope_of(&first(), &plain, others.public_key());
    let payload = [first().bytes(), blob(&own)].concat();
    let other_header = first().with("nodes", varint(10)).bytes();
    let mut changed = good();
    changed[40] ^= 1;
    let mut envelope_changed = own.clone();
    envelope_changed[1500] ^= 1;
    let other_card = signed(
        freehold_crypto::Domain::Card,
        &acme(),
        &card_payload().with("name", text("Acme")).bytes(),
    );
    let of = |bytes: Vec<u8>| input(&[bytes]);
    let domain = freehold_crypto::Domain::Bundle;
    for (name, rules, about, case, failure) in [
        (
            "none",
            &["consent-24"][..],
            "no bundle",
            input(&[]),
            Failure::Length,
        ),
        (
            "empty",
            &["consent-1"],
            "no byte",
            of(vec![]),
            Failure::Malformed,
        ),
        (
            "version-2",
            &["consent-3"],
            "a newer version",
            of(versioned(2, domain, &grantor(), &payload)),
            Failure::Version,
        ),
        (
            "changed",
            &["consent-3"],
            "a bit of the header is another",
            of(changed),
            Failure::Signature,
        ),
        (
            "other-key",
            &["consent-3"],
            "signed by somebody else than the grantor",
            of(with_envelope(&first().bytes(), &own, &stranger())),
            Failure::Signature,
        ),
        (
            "other-domain",
            &["consent-3"],
            "signed as a token",
            of(signed(freehold_crypto::Domain::Token, &grantor(), &payload)),
            Failure::Signature,
        ),
        (
            "trailing",
            &["consent-1"],
            "a byte follows the envelope",
            of(signed(domain, &grantor(), &[&payload[..], &[0]].concat())),
            Failure::NotCanonical,
        ),
        (
            "other-header",
            &["consent-23"],
            "sealed with another header than the one it has",
            of(with_envelope(&other_header, &own, &grantor())),
            Failure::Authentication,
        ),
        (
            "other-envelope",
            &["consent-23"],
            "a bit of the envelope is another, and signed so",
            of(with_envelope(
                &first().bytes(),
                &envelope_changed,
                &grantor(),
            )),
            Failure::Authentication,
        ),
        (
            "other-recipient",
            &["consent-23"],
            "sealed to another key",
            of(with_envelope(&first().bytes(), &others, &grantor())),
            Failure::Authentication,
        ),
        (
            "other-seed",
            &["consent-23"],
            "opened with another seed",
            BundleInput {
                seed: [8; 32].into(),
                ..of(good())
            },
            Failure::Authentication,
        ),
        (
            "short-envelope",
            &["consent-23"],
            "an envelope that is shorter than the shortest",
            of(with_envelope(&first().bytes(), &own[..100], &grantor())),
            Failure::Length,
        ),
        (
            "other-card",
            &["consent-5"],
            "opened by another card of the same keys",
            BundleInput {
                card: other_card.into(),
                ..of(good())
            },
            Failure::Audience,
        ),
        (
            "other-token",
            &["consent-23"],
            "of another consent of the same people",
            BundleInput {
                token: token_of(&token_payload().with("nonce", [9; 16])).into(),
                ..of(good())
            },
            Failure::OtherToken,
        ),
    ] {
        cases.refuse(name, rules, about, case, failure);
    }
}

/// What it says openly.
fn headers(cases: &mut Cases<'_, Open>) {
    let of = |header: Object| input(&[bundle(&header, &contents(LATER))]);
    let end = MADE + 525_600 * 60_000;
    for (name, rules, about, header, failure) in [
        (
            "token",
            &["consent-23"][..],
            "it names another token",
            first().with("token", [6; 32]),
            Failure::OtherToken,
        ),
        (
            "horizon",
            &["consent-21"],
            "a horizon of a lease and a millisecond",
            header(0, MADE, LATER + 1),
            Failure::Beyond,
        ),
        (
            "horizon-after-the-end",
            &["consent-21"],
            "made when the consent ends, and a horizon a millisecond later",
            header(0, end, end + 1),
            Failure::Beyond,
        ),
        (
            "stale",
            &["consent-22"],
            "a journal head of a lease and a millisecond ago",
            first().with("journal-time", zigzag(MADE - LEASE - 1)),
            Failure::Stale,
        ),
        (
            "overlong-seq",
            &["consent-1"],
            "the seq in two bytes",
            first().with("seq", [0x80, 0]),
            Failure::NotCanonical,
        ),
        (
            "many-generations",
            &["consent-1"],
            "1,025 generations",
            first().with(
                "generations",
                list(&(0..1025).map(varint).collect::<Vec<_>>()),
            ),
            Failure::Malformed,
        ),
    ] {
        cases.refuse(name, rules, about, of(header), failure);
    }
}

/// What is sealed, and how it is padded.
fn plaintexts(cases: &mut Cases<'_, Open>) {
    let whole = contents(LATER).bytes();
    let plain = padded(&whole);
    assert!(whole.len() < plain.len(), "there is padding");
    let of = |plain: &[u8]| input(&[sealed(&first(), plain)]);
    let mut stray = plain.clone();
    *stray.last_mut().unwrap() = 1;
    let twice = padded(&plain[..=plain.len() - 1]);
    let longer = [&plain[..], &vec![0; twice.len()]].concat();
    let overlong = contents(LATER).with("streams", [&[0x81, 0][..], &stream().bytes()].concat());
    for (name, about, plain, failure) in [
        (
            "no-plaintext",
            "nothing is sealed",
            vec![],
            Failure::Malformed,
        ),
        (
            "cut",
            "half of it",
            plain[..plain.len() / 2].to_vec(),
            Failure::Malformed,
        ),
        (
            "unpadded",
            "no padding",
            whole.clone(),
            Failure::NotCanonical,
        ),
        (
            "padding",
            "the last byte of the padding is 1",
            stray,
            Failure::NotCanonical,
        ),
        (
            "padded-by-one",
            "a byte more than the length of Padmé",
            [&plain[..], &[0]].concat(),
            Failure::NotCanonical,
        ),
        (
            "padded-twice",
            "twice the length of Padmé",
            longer,
            Failure::NotCanonical,
        ),
        (
            "overlong",
            "the number of streams in two bytes",
            padded(&overlong.bytes()),
            Failure::NotCanonical,
        ),
    ] {
        cases.refuse(name, &["consent-23"], about, of(&plain), failure);
    }
}

/// What it grants.
fn grants(cases: &mut Cases<'_, Open>) {
    let of = |contents: Object| input(&[bundle(&first(), &contents)]);
    let streams = |streams: &[Vec<u8>]| of(contents(LATER).with("streams", list(streams)));
    let granted = |trees: &[Object]| {
        let trees: Vec<Vec<u8>> = trees.iter().map(Object::bytes).collect();
        of(contents(LATER).with("trees", list(&trees)))
    };
    let [raw, half_hours] = trees(LATER);
    let own = stream().bytes();
    // The id is the first sixteen bytes of the description.
    let description = stream().0[1].1.clone();
    let other = stream()
        .with("description", [&[2; 16], &description[16..]].concat())
        .bytes();
    let zone: Vec<u8> = description
        .iter()
        .map(|byte| if *byte == b'/' { b'-' } else { *byte })
        .collect();
    let nodes = |nodes: &[u8]| granted(&[raw.clone(), half_hours.with("nodes", blob(nodes))]);
    let cover = cover(3, Level::HalfHour, Facet::Totals, LATER).to_bytes();
    for (name, rules, about, case, failure) in [
        (
            "no-streams",
            &["consent-24"][..],
            "the token's stream is not described",
            streams(&[]),
            Failure::Beyond,
        ),
        (
            "two-streams",
            &["consent-24"],
            "a stream that the token does not have",
            streams(&[own.clone(), other.clone()]),
            Failure::Beyond,
        ),
        (
            "other-stream",
            &["consent-24"],
            "another stream",
            streams(&[other]),
            Failure::Beyond,
        ),
        (
            "stream-twice",
            &["consent-24"],
            "the stream twice",
            streams(&[own.clone(), own.clone()]),
            Failure::Beyond,
        ),
        (
            "other-zone",
            &["model-29"],
            "a stream in a zone that nobody knows",
            streams(&[stream().with("description", zone).bytes()]),
            Failure::Malformed,
        ),
        (
            "unclean-label",
            &["consent-4"],
            "a label of two lines",
            streams(&[stream().with("label", text("a\nb")).bytes()]),
            Failure::Malformed,
        ),
        (
            "no-label",
            &["consent-4"],
            "no label",
            streams(&[stream().with("label", text("")).bytes()]),
            Failure::Malformed,
        ),
        (
            "log-of-level-7",
            &["consent-1"],
            "a log of a level after the last",
            streams(&[stream()
                .with(
                    "logs",
                    list(&[[&[8; 16][..], &[7, 0], &stranger().public_key().to_bytes()].concat()]),
                )
                .bytes()]),
            Failure::Malformed,
        ),
        (
            "other-level",
            &["consent-24"],
            "a tree of days",
            granted(&[
                raw.clone(),
                half_hours.clone(),
                half_hours.with("level", [5]),
            ]),
            Failure::Beyond,
        ),
        (
            "other-facet",
            &["consent-24"],
            "a tree of extremes",
            granted(&[
                raw.clone(),
                half_hours.clone(),
                half_hours.with("facet", [2]),
            ]),
            Failure::Beyond,
        ),
        (
            "readings-of-half-hours",
            &["consent-24"],
            "a tree of readings of half hours",
            granted(&[raw.clone(), half_hours.with("facet", [0])]),
            Failure::Beyond,
        ),
        (
            "place",
            &["consent-24"],
            "a tree of the second of one stream",
            granted(&[raw.clone(), half_hours.with("stream", varint(1))]),
            Failure::Beyond,
        ),
        (
            "unsorted",
            &["consent-24"],
            "raw after half hours",
            granted(&[half_hours.clone(), raw.clone()]),
            Failure::NotCanonical,
        ),
        (
            "tree-twice",
            &["consent-24"],
            "a tree twice",
            granted(&[raw.clone(), raw.clone()]),
            Failure::NotCanonical,
        ),
        (
            "generations-unsorted",
            &["consent-24"],
            "a newer generation first",
            granted(&[half_hours.with("generation", varint(1)), half_hours.clone()]),
            Failure::NotCanonical,
        ),
        (
            "level-7",
            &["consent-1"],
            "a tree of a level after the last",
            granted(&[raw.with("level", [7])]),
            Failure::Malformed,
        ),
        (
            "facet-5",
            &["consent-1"],
            "a tree of a facet after the last",
            granted(&[raw.with("facet", [5])]),
            Failure::Malformed,
        ),
        (
            "node-cut",
            &["consent-24"],
            "nodes without their last byte",
            nodes(&cover[..cover.len() - 1]),
            Failure::Length,
        ),
        (
            "nodes-of-another-depth",
            &["consent-24"],
            "nodes of a tree of depth 17 in one of depth 13",
            granted(&[half_hours.with("nodes", raw.0[5].1.clone())]),
            Failure::Position,
        ),
        (
            "nodes-twice",
            &["consent-24"],
            "nodes that stand twice",
            nodes(&[&cover[..], &cover[..]].concat()),
            Failure::Order,
        ),
    ] {
        cases.refuse(name, rules, about, case, failure);
    }
}

/// Extensions.
fn extensions(cases: &mut Cases<'_, Open>) {
    let of = |second: Vec<u8>| input(&[good(), second]);
    let other_root = |level, facet| {
        let nodes = cover(4, level, facet, LATER + LEASE).to_bytes();
        tree(level, facet, LATER + LEASE)
            .with("nodes", blob(&nodes))
            .bytes()
    };
    let conflicting =
        contents(LATER).with("trees", list(&[other_root(Level::Raw, Facet::Readings)]));
    for (name, about, case, failure) in [
        (
            "repeated",
            "the first once more",
            of(good()),
            Failure::Repeated,
        ),
        (
            "same-seq",
            "another bundle of the same seq",
            of(bundle(
                &header(0, LATER, LATER + LEASE),
                &contents(LATER + LEASE),
            )),
            Failure::Repeated,
        ),
        (
            "older",
            "the extension first",
            input(&[later(), good()]),
            Failure::Repeated,
        ),
        (
            "conflicting",
            "a tree of another root under the same name",
            of(bundle(&header(1, LATER, LATER + LEASE), &conflicting)),
            Failure::Conflict,
        ),
        (
            "extension-of-another",
            "of another consent",
            of(bundle(
                &header(1, LATER, LATER + LEASE).with("token", [6; 32]),
                &contents(LATER),
            )),
            Failure::OtherToken,
        ),
        (
            "extension-too-far",
            "a horizon of two leases",
            of(bundle(
                &header(1, LATER, LATER + 2 * LEASE),
                &contents(LATER),
            )),
            Failure::Beyond,
        ),
    ] {
        cases.refuse(name, &["consent-24", "consent-21"], about, case, failure);
    }
}
