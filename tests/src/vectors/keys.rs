//! Of `docs/spec/keys.md`.

use freehold_crypto::{Domain, digest};
use serde::{Deserialize, Serialize};

use super::{Cases, Entry, Failure, Hex, Operation, entry};

/// The operations of the page.
pub(super) fn operations() -> Vec<Entry> {
    vec![entry::<Digest>()]
}

struct Digest;

#[derive(Serialize, Deserialize)]
struct DigestInput {
    parts: Vec<Hex>,
}

#[derive(Serialize)]
struct DigestOutput {
    digest: Hex,
}

impl Operation for Digest {
    const NAME: &'static str = "keys/digest";
    const ABOUT: &'static str = "`digest` in the domain of cards, 60.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("parts", "what is hashed, in order"),
        ("digest", "32 bytes"),
    ];
    type Input = DigestInput;
    type Output = DigestOutput;

    fn run(input: DigestInput) -> Result<DigestOutput, Failure> {
        let parts: Vec<&[u8]> = input.parts.iter().map(|part| part.0.as_slice()).collect();
        let digest = digest(Domain::Card, &parts).into();
        Ok(DigestOutput { digest })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, parts) in [
            ("none", "no part at all", vec![]),
            ("empty", "one part without bytes", vec![""]),
            ("one", "a part", vec!["ab"]),
            ("two", "the same bytes in two parts", vec!["a", "b"]),
        ] {
            let parts = parts.into_iter().map(Hex::from).collect();
            cases.accept(name, &["keys-2"], about, DigestInput { parts });
        }
    }
}
