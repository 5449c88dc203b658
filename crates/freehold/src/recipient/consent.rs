//! A consent that a recipient holds: its token, the keys of its bundles, and how it stands.

use std::collections::BTreeMap;

use freehold_consent::{
    Card, Keys, Revocations, State, Token, UnverifiedBundle, UnverifiedRevocation, UnverifiedToken,
};
use freehold_crypto::{Domain, EnvelopeKey, LogId, PublicKey, digest};
use freehold_model::{Level, Time, wire};
use freehold_sync::Genesis;
use serde::{Deserialize, Serialize};

use super::stream_id;
use crate::Error;

pub(super) struct Consent {
    pub(super) row: ConsentRow,
    pub(super) token: Token,
    pub(super) keys: Option<Keys>,
    /// The household's keys by the newest bundle, the one that signed it first; none once it was withdrawn.
    pub(super) household: Vec<PublicKey>,
}

/// A consent in the store. Bundles are kept sealed as they came; they go when the consent is withdrawn.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ConsentRow {
    pub(super) token: Vec<u8>,
    pub(super) bundles: Vec<Vec<u8>>,
    pub(super) revocation: Option<Vec<u8>>,
    pub(super) next: BTreeMap<LogId, u64>,
}

impl Consent {
    pub(super) fn load(
        row: ConsentRow,
        card: &Card,
        envelope: &EnvelopeKey,
        revocations: &mut Revocations,
    ) -> Result<Self, Error> {
        let token = UnverifiedToken::from_bytes(&row.token)?.verify()?;
        if let Some(revocation) = &row.revocation {
            revocations.add(&UnverifiedRevocation::from_bytes(revocation)?.verify(&token)?);
            return Ok(Self {
                row,
                token,
                keys: None,
                household: Vec::new(),
            });
        }
        let mut keys: Option<Keys> = None;
        let mut household = Vec::new();
        for bundle in &row.bundles {
            let sealed = UnverifiedBundle::from_bytes(bundle)?.verify(&token)?;
            household = sealed.household(&token);
            let bundle = sealed.open(&token, card, envelope)?;
            match &mut keys {
                Some(keys) => keys.extend(bundle)?,
                None => keys = Some(Keys::new(bundle)),
            }
        }
        Ok(Self {
            row,
            token,
            keys,
            household,
        })
    }

    /// The bundles that were made before the one with this number, as the household counts them now.
    pub(super) fn bundles_before(&self, seq: u32) -> Result<Vec<Vec<u8>>, Error> {
        let mut before = Vec::new();
        for bundle in &self.row.bundles {
            let sealed = UnverifiedBundle::from_bytes(bundle)?.verify(&self.token)?;
            if sealed.header().seq < seq {
                before.push(bundle.clone());
            }
        }
        Ok(before)
    }

    pub(super) fn state(&self, now: Time, revocations: &Revocations) -> State {
        let usable = self.token.terms().usable;
        match revocations.get(self.token.id()) {
            Some(at) => State::Revoked { at },
            None if now < usable.from() => State::NotYet {
                from: usable.from(),
            },
            None if now < usable.until() => State::Live {
                until: usable.until(),
            },
            None => State::Expired { at: usable.until() },
        }
    }

    /// Whether the consent's bundles name this log, with this writer and this description of its stream.
    pub(super) fn covers(&self, genesis: &Genesis) -> bool {
        let Some(keys) = &self.keys else { return false };
        keys.stream(stream_id(genesis.stream)).is_some_and(|info| {
            let named = info.logs.iter().any(|log| {
                log.log == genesis.log && log.writer == genesis.writer && log.level == genesis.level
            });
            named && digest(Domain::Spec, &[&wire::to_bytes(info.stream.spec())]) == genesis.spec
        })
    }

    pub(super) fn grants(&self, level: Level) -> bool {
        self.token
            .terms()
            .scope
            .lines()
            .iter()
            .any(|line| line.levels.contains(level))
    }
}
