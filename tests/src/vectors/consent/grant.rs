//! Grants as files.

use freehold_consent::UnverifiedGrant;
use freehold_crypto::{Domain, EnvelopeKey, Secret};
use serde::{Deserialize, Serialize};

use super::{
    bundle::{LEASE, MADE, bundle, contents, first, header},
    bundles::{KEYS, KeysText, said},
    people::{
        SEED, acme, blob, card_bytes, card_payload, signed, stranger, text, token_of, token_payload,
    },
};
use crate::vectors::{
    Cases, Failure, Hex, Operation,
    log::object::{Object, list},
};

pub(super) struct Open;

#[derive(Serialize, Deserialize)]
pub(super) struct GrantInput {
    file: Hex,
    seed: Hex,
}

#[derive(Serialize)]
pub(super) struct GrantOutput {
    card: Hex,
    token: Hex,
    #[serde(flatten)]
    keys: KeysText,
}

impl Operation for Open {
    const NAME: &'static str = "consent/grant";
    const ABOUT: &'static str = "What a grant's file holds.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("file", "the whole file"),
        ("seed", "of the recipient's envelope key"),
        ("card", "id of the recipient's card"),
        ("token", "id of the consent"),
        KEYS[0],
        KEYS[1],
        KEYS[2],
        KEYS[3],
    ];
    type Input = GrantInput;
    type Output = GrantOutput;

    fn run(input: GrantInput) -> Result<GrantOutput, Failure> {
        let grant = UnverifiedGrant::from_file(&input.file.0)?.verify()?;
        let seed = Secret::from_bytes(input.seed.array().ok_or(Failure::Length)?);
        let keys = grant.open(grant.card(), &EnvelopeKey::from_seed(seed)?)?;
        Ok(GrantOutput {
            card: grant.card().id().0.into(),
            token: grant.token().id().0.into(),
            keys: said(&keys, grant.token()),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let (good, next) = (bundle(&first(), &contents(LATER)), later());
        let input = |file: Vec<u8>| GrantInput {
            file: file.into(),
            seed: SEED.into(),
        };
        let of = |object: &Object| input(file(object));
        let bundles = |bundles: &[Vec<u8>]| of(&grant(bundles));
        let one = grant(std::slice::from_ref(&good));
        for (name, rules, about, case) in [
            (
                "one-bundle",
                &["consent-23"][..],
                "with the first bundle",
                of(&one),
            ),
            (
                "two-bundles",
                &["consent-24"],
                "with an extension",
                bundles(&[good.clone(), next.clone()]),
            ),
        ] {
            cases.accept(name, rules, about, case);
        }
        let other_card = signed(
            Domain::Card,
            &acme(),
            &card_payload().with("name", text("Acme")).bytes(),
        );
        let stranger_signs = signed(Domain::Card, &stranger(), &card_payload().bytes());
        let mut forged = token_of(&token_payload());
        forged[3] ^= 1;
        let other_token = token_of(&token_payload().with("nonce", [9; 16]));
        let mut changed = good.clone();
        changed[40] ^= 1;
        for (name, rules, about, case, failure) in [
            (
                "not-freehold",
                &["consent-2"][..],
                "another magic",
                input([b"FRHX\x03\x01", &one.bytes()[..]].concat()),
                Failure::Malformed,
            ),
            (
                "other-type",
                &["consent-2"],
                "the object of a grant in a file of a card",
                input([b"FRHD\x01\x01", &one.bytes()[..]].concat()),
                Failure::Malformed,
            ),
            (
                "version-2",
                &["consent-2"],
                "a newer version of files",
                input([b"FRHD\x03\x02", &one.bytes()[..]].concat()),
                Failure::Version,
            ),
            (
                "trailing",
                &["consent-1"],
                "a byte follows",
                input([file(&one), vec![0]].concat()),
                Failure::NotCanonical,
            ),
            (
                "cut",
                &["consent-1"],
                "half of it",
                input(file(&one)[..1000].to_vec()),
                Failure::Malformed,
            ),
            (
                "overlong-count",
                &["consent-1"],
                "the number of bundles in two bytes",
                of(&one.with("bundles", [&[0x81, 0][..], &blob(&good)].concat())),
                Failure::NotCanonical,
            ),
            (
                "no-bundle",
                &["consent-24"],
                "no bundle",
                bundles(&[]),
                Failure::Malformed,
            ),
            (
                "65-bundles",
                &["consent-1"],
                "a bundle too many",
                bundles(&vec![vec![]; 65]),
                Failure::Malformed,
            ),
            (
                "empty-bundle",
                &["consent-1"],
                "a bundle without a byte",
                bundles(&[vec![]]),
                Failure::Malformed,
            ),
            (
                "forged-card",
                &["consent-3"],
                "a card that somebody else signed",
                of(&one.with("card", blob(&stranger_signs))),
                Failure::Signature,
            ),
            (
                "forged-token",
                &["consent-3"],
                "a token that was changed",
                of(&one.with("token", blob(&forged))),
                Failure::Signature,
            ),
            (
                "other-card",
                &["consent-5"],
                "another card than the token's",
                of(&one.with("card", blob(&other_card))),
                Failure::Audience,
            ),
            (
                "other-token",
                &["consent-23"],
                "a bundle of another token",
                of(&one.with("token", blob(&other_token))),
                Failure::OtherToken,
            ),
            (
                "changed-bundle",
                &["consent-3"],
                "a bundle that was changed",
                bundles(&[changed]),
                Failure::Signature,
            ),
            (
                "bundle-twice",
                &["consent-24"],
                "the bundle twice",
                bundles(&[good.clone(), good.clone()]),
                Failure::Repeated,
            ),
            (
                "backwards",
                &["consent-24"],
                "the extension first",
                bundles(&[next, good]),
                Failure::Repeated,
            ),
            (
                "other-seed",
                &["consent-23"],
                "opened with another seed",
                GrantInput {
                    seed: [8; 32].into(),
                    ..of(&one)
                },
                Failure::Authentication,
            ),
        ] {
            cases.refuse(name, rules, about, case, failure);
        }
    }
}

const LATER: i64 = MADE + LEASE;

fn later() -> Vec<u8> {
    bundle(&header(1, LATER, LATER + LEASE), &contents(LATER + LEASE))
}

fn grant(bundles: &[Vec<u8>]) -> Object {
    let bundles: Vec<Vec<u8>> = bundles.iter().map(|bundle| blob(bundle)).collect();
    Object(vec![
        ("card", blob(&card_bytes())),
        ("token", blob(&token_of(&token_payload()))),
        ("bundles", list(&bundles)),
    ])
}

fn file(object: &Object) -> Vec<u8> {
    [b"FRHD\x03\x01", &object.bytes()[..]].concat()
}
