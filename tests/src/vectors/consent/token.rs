//! Tokens.

use freehold_consent::{Token, UnverifiedToken};
use serde::{Deserialize, Serialize};

use super::{
    people::{token_of, token_payload},
    terms::{TERMS, TermsText},
    token_fields, token_scope, token_values,
};
use crate::vectors::{Cases, Failure, Hex, Operation, log::object::Object};

pub(super) struct Read;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct TokenInput {
    pub(super) token: Hex,
}

#[derive(Serialize)]
pub(super) struct TokenOutput {
    id: Hex,
    suite: u8,
    grantor: Hex,
    recipient: Hex,
    shown: Hex,
    role: &'static str,
    attended: bool,
    terms: TermsText,
}

impl Operation for Read {
    const NAME: &'static str = "consent/token";
    const ABOUT: &'static str = "What a token says, if its signature is right.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("token", "with its number of links"),
        ("id", "32 bytes"),
        ("suite", "its number"),
        ("grantor", "the key, encoded"),
        ("recipient", "id of the card"),
        ("shown", "hash of what was shown"),
        ("role", "controller, joint-controller or processor"),
        ("attended", "whether somebody was there to approve"),
        ("terms", TERMS),
    ];
    type Input = TokenInput;
    type Output = TokenOutput;

    fn run(input: TokenInput) -> Result<TokenOutput, Failure> {
        let token = UnverifiedToken::from_bytes(&input.token.0)?.verify()?;
        Ok(said(&token))
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let longest = token_of(&token_payload()).len();
        assert!(longest <= 224, "[consent-9]: {longest} bytes");
        token_fields::cases(cases);
        token_values::cases(cases);
        token_scope::cases(cases);
    }
}

fn said(token: &Token) -> TokenOutput {
    TokenOutput {
        id: token.id().0.into(),
        suite: token.suite().into(),
        grantor: token.grantor().to_bytes().into(),
        recipient: token.recipient().0.into(),
        shown: token.shown().0.into(),
        role: token.role().name(),
        attended: token.attended(),
        terms: token.terms().into(),
    }
}

pub(super) fn input(token: Vec<u8>) -> TokenInput {
    TokenInput {
        token: token.into(),
    }
}

/// The token with other bytes in a field.
pub(super) fn with(field: &str, bytes: impl AsRef<[u8]>) -> TokenInput {
    of(token_payload().with(field, bytes))
}

/// The token of a payload.
pub(super) fn of(payload: Object) -> TokenInput {
    input(token_of(&payload))
}
