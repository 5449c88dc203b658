//! Which consent a query goes by, and the keys that it gives.

use std::collections::BTreeMap;

use freehold_consent::{
    Access, CardId, Keys, NotGranted, Permit, Refusal, Revocations, StreamId, StreamInfo, TreeId,
};
use freehold_crypto::Leaf;
use freehold_model::{Facet, Facets, Level, Time};
use freehold_store::Store;

use super::{Consent, Inner, Opened, Selector};
use crate::{
    Error, Noun, Page,
    logs::StoredLog,
    vault::{KeyPlace, KeySource, SlotKeys, whole},
};

impl Inner {
    /// Acts with what the consent that is meant gives in all of `[from, until)`.
    pub(super) fn with_access<T>(
        &self,
        selector: &Selector,
        level: Level,
        from: Time,
        until: Time,
        act: impl FnOnce(
            &dyn Store,
            &mut [&mut StoredLog],
            &Grants<'_>,
            &mut dyn KeySource,
        ) -> Result<Page<T>, Error>,
    ) -> Result<Opened<T>, Error> {
        let mut state = self.lock();
        let state = &mut *state;
        let consent = select(
            &state.consents,
            &state.revocations,
            selector,
            level,
            self.clock.now(),
            self.card.id(),
        )?;
        let permit = consent
            .token
            .permit(self.clock.now(), self.card.id(), &state.revocations)?;
        let keys = consent.keys.as_ref().ok_or(Error::NoConsent)?;
        let info = pick_stream(keys, selector, consent, level)?;
        let facets = permitted(&permit, &info, level, from, until)?;
        let access = Grants {
            permit,
            keys,
            info,
            facets,
        };
        let mut logs: Vec<&mut StoredLog> = state
            .logs
            .values_mut()
            .filter(|log| log.stream == access.info.id.0 && log.stored.genesis.level == level)
            .map(|log| &mut log.stored)
            .collect();
        logs.sort_by_key(|log| log.genesis.incarnation);
        let page = act(
            self.rows.store(),
            &mut logs,
            &access,
            &mut OpenKeys {
                access: &access,
                found: BTreeMap::new(),
            },
        )
        .map_err(Error::of_stored)?;
        let horizon = keys.horizon();
        Ok(Opened {
            consent: consent.token.id(),
            not_yet: (horizon < until).then_some(horizon),
            items: page.items,
            next: page.next,
            stream: access.info,
        })
    }
}

/// What a permit gives for one query.
pub(super) struct Grants<'a> {
    pub(super) permit: Permit<'a>,
    pub(super) keys: &'a Keys,
    pub(super) info: StreamInfo,
    pub(super) facets: Facets,
}

/// Keys of one stream, found by place.
struct OpenKeys<'a, 'b> {
    access: &'a Grants<'b>,
    found: BTreeMap<KeyPlace, Option<SlotKeys>>,
}

impl KeySource for OpenKeys<'_, '_> {
    fn leaf(&mut self, at: KeyPlace, start: Time) -> Option<Leaf> {
        let access = self.access;
        let keys = self.found.entry(at).or_insert_with(|| {
            let tree = TreeId {
                stream: access.info.id,
                level: at.level,
                facet: at.facet,
                epoch: at.epoch,
                generation: at.generation,
            };
            access
                .keys
                .cover(&access.permit, &tree)
                .map(|cover| SlotKeys::new(at, whole(cover)))
        });
        keys.as_mut()?.leaf(start)
    }
}

/// Keys of one stream from whichever usable consent gives them.
pub(super) struct AllKeys<'a> {
    pub(super) consents: &'a BTreeMap<u32, Consent>,
    pub(super) stream: StreamId,
    pub(super) card: CardId,
    pub(super) now: Time,
    pub(super) revocations: &'a Revocations,
}

impl KeySource for AllKeys<'_> {
    fn leaf(&mut self, at: KeyPlace, start: Time) -> Option<Leaf> {
        let tree = TreeId {
            stream: self.stream,
            level: at.level,
            facet: at.facet,
            epoch: at.epoch,
            generation: at.generation,
        };
        self.consents.values().find_map(|consent| {
            let permit = consent
                .token
                .permit(self.now, self.card, self.revocations)
                .ok()?;
            SlotKeys::new(at, whole(consent.keys.as_ref()?.cover(&permit, &tree)?)).leaf(start)
        })
    }
}

/// The consent that is meant.
fn select<'a>(
    consents: &'a BTreeMap<u32, Consent>,
    revocations: &Revocations,
    selector: &Selector,
    level: Level,
    now: Time,
    card: CardId,
) -> Result<&'a Consent, Error> {
    let by_id = |consent: &&Consent| selector.consent.is_none_or(|id| consent.token.id() == id);
    let by_name = |consent: &&Consent| {
        let named = |keys: &Keys| {
            selector
                .stream
                .as_ref()
                .is_none_or(|name| keys.streams().any(|info| info.label.as_str() == name))
        };
        consent.keys.as_ref().is_none_or(named)
    };
    let fitting: Vec<&Consent> = consents.values().filter(by_id).filter(by_name).collect();
    let usable: Vec<&Consent> = fitting
        .iter()
        .filter(|consent| {
            consent.grants(level) && consent.token.permit(now, card, revocations).is_ok()
        })
        .copied()
        .collect();
    match (usable.as_slice(), fitting.as_slice()) {
        ([one], _) => Ok(one),
        ([], []) => Err(Error::NoConsent),
        // None is usable: the newest one says why.
        ([], [.., newest]) => Ok(newest),
        (several, _) => Err(Error::Ambiguous {
            noun: Noun::Consent,
            found: several.len(),
        }),
    }
}

fn pick_stream(
    keys: &Keys,
    selector: &Selector,
    consent: &Consent,
    level: Level,
) -> Result<StreamInfo, Error> {
    let lines = consent.token.terms().scope.lines();
    let granted = |info: &&StreamInfo| {
        lines
            .iter()
            .any(|line| line.levels.contains(level) && line.streams.contains(&info.id))
    };
    let named: Vec<&StreamInfo> = keys
        .streams()
        .filter(|info| {
            selector
                .stream
                .as_ref()
                .is_none_or(|name| info.label.as_str() == name)
        })
        .collect();
    let fitting: Vec<&StreamInfo> = named.iter().filter(|info| granted(info)).copied().collect();
    match (fitting.as_slice(), named.as_slice()) {
        ([one], _) => Ok((*one).clone()),
        ([], [first, ..]) => Ok((*first).clone()),
        ([], []) => Err(Error::NoConsent),
        (several, _) => Err(Error::Ambiguous {
            noun: Noun::Stream,
            found: several.len(),
        }),
    }
}

/// The facets that may be opened in the whole range; an error says why there is none.
fn permitted(
    permit: &Permit<'_>,
    info: &StreamInfo,
    level: Level,
    from: Time,
    until: Time,
) -> Result<Facets, Error> {
    let mut facets = Facets::EMPTY;
    let mut why = None;
    for facet in Facet::ALL {
        match permit.check(&Access {
            stream: info.id,
            level,
            facet,
            from,
            until,
        }) {
            Ok(()) => facets = facets.with(facet),
            // That the window is too short says more than that a facet is missing.
            Err(refusal)
                if why.is_none()
                    || !matches!(refusal, Refusal::NotGranted(NotGranted::Facet { .. })) =>
            {
                why = Some(refusal)
            }
            Err(_) => {}
        }
    }
    match why {
        Some(refusal) if facets.is_empty() => Err(refusal.into()),
        _ => Ok(facets),
    }
}
