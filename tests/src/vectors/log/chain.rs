//! The hash chain.

use freehold_crypto::{Domain, digest};
use serde::{Deserialize, Serialize};

use super::example::Example;
use crate::vectors::{Cases, Failure, Hex, Operation};

pub(super) struct Chain;

#[derive(Serialize, Deserialize)]
pub(super) struct Input {
    genesis: Hex,
    headers: Vec<Hex>,
}

#[derive(Serialize)]
pub(super) struct Output {
    chain: Vec<Hex>,
}

impl Operation for Chain {
    const NAME: &'static str = "log/chain";
    const ABOUT: &'static str =
        "The chain over a genesis and headers, unverified: for who looks for an error.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("genesis", "the genesis's bytes"),
        ("headers", "the headers' bytes"),
        ("chain", "H_0, H_1 and so on"),
    ];
    type Input = Input;
    type Output = Output;

    fn run(input: Input) -> Result<Output, Failure> {
        let mut head = digest(Domain::Genesis, &[&input.genesis.0]);
        let mut chain = vec![head.into()];
        for header in &input.headers {
            head = digest(Domain::Chain, &[&head, &header.0]);
            chain.push(head.into());
        }
        Ok(Output { chain })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let log = Example::hours();
        let headers: Vec<Hex> = log
            .entries
            .iter()
            .map(|entry| entry.header.clone())
            .collect();
        let genesis = log.start.genesis;
        for (name, about, headers) in [
            ("none", "no entry", &headers[..0]),
            ("three", "three entries", &headers[..]),
        ] {
            let input = Input {
                genesis: genesis.clone(),
                headers: headers.to_vec(),
            };
            cases.accept(name, &["log-15"], about, input);
        }
    }
}
