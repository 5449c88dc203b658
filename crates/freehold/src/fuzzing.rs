//! Doors for the fuzzer, in builds with `--cfg fuzzing` alone: what rows and letters say, without what they are sealed in.

use freehold_crypto::Domain;
use freehold_model::wire;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Error, Home, PartyRole, consents, erase, home,
    household::{self, Note, PartyRow, stray::Stray},
    open_slot,
    post::{self, ToldParty},
    recipient,
    running::{self, Sum},
    sealer, stream,
    stream::StreamRecord,
    vault,
};

/// Kinds of rows that [`row`] knows.
pub const ROWS: u8 = 18;
/// Kinds of what [`said`] knows.
pub const SAID: u8 = 10;

/// Decodes what a row of this kind says and encodes it again; `None` if it says nothing.
#[must_use]
pub fn row(kind: u8, bytes: &[u8]) -> Option<Vec<u8>> {
    match kind {
        0 => again::<home::About>(bytes),
        1 => again::<recipient::About>(bytes),
        2 => again::<home::Device>(bytes),
        3 => again::<StreamRecord>(bytes),
        4 => again::<recipient::LogRow>(bytes),
        5 => again::<sealer::Progress>(bytes),
        6 => again::<vault::VaultRow>(bytes),
        7 => again::<open_slot::JournalPlace>(bytes),
        8 => again::<(running::RunningPlace, Option<Sum>)>(bytes),
        9 => again::<consents::Issued>(bytes),
        10 => again::<recipient::ConsentRow>(bytes),
        11 => again::<consents::EventRow>(bytes),
        12 => again::<post::PeerRow>(bytes),
        13 => again::<erase::ErasureRow>(bytes),
        14 => again::<freehold_consent::Heirs>(bytes),
        15 => again::<PartyRow>(bytes),
        16 => again::<Stray>(bytes),
        17 => again::<household::NewsRow>(bytes),
        _ => None,
    }
}

/// Decodes what others say, once it is opened, as its reader does; whether it is that. What is accepted encodes to the same bytes.
#[must_use]
pub fn said(kind: u8, bytes: &[u8]) -> bool {
    match kind {
        0 => read::<household::Hello>(bytes),
        1 => read::<household::Welcome>(bytes),
        2 => read::<household::Joined>(bytes),
        3 => read::<household::Signed>(bytes),
        4 => read::<Note>(bytes),
        5 => read::<post::ToRecipient>(bytes),
        6 => read::<post::ToHousehold>(bytes),
        7 => read::<erase::ErasedReceipt>(bytes),
        8 => read::<erase::SignedOrder>(bytes),
        9 => stream::SignedGenesis::read(bytes).is_ok(),
        _ => false,
    }
}

/// What a home would say to each other party of its household, behind the number of its kind: first inputs for [`said`].
///
/// # Errors
/// As a letter is written.
pub fn said_by(home: &Home) -> Result<Vec<Vec<u8>>, Error> {
    let inner = home.inner();
    let (about, mut state) = (inner.about(), inner.lock());
    let parties: Vec<PartyRow> = state.parties.values().cloned().collect();
    let role = state.parties.get(&about.index).map(|own| own.card.role());
    let mut notes = Vec::new();
    let mut said = Vec::new();
    for party in &parties {
        said.push(kind(0, &party.card));
        let mut told = ToldParty {
            events: u32::MAX,
            ..ToldParty::default()
        };
        notes.extend(match (role, party.card.role()) {
            (Some(PartyRole::Device), _) => state.device_notes(inner, &mut told, &[1; 32])?,
            (_, PartyRole::Device) => state.feed_notes(inner, &mut told, party)?,
            _ => Vec::new(),
        });
    }
    let events = state.snapshot(inner)?;
    notes.extend(events.into_iter().map(|event| Note::Events(vec![event])));
    for note in &notes {
        let content = wire::to_bytes(note);
        let signature = about.party.signing()?.sign(Domain::HouseLetter, &content)?;
        said.extend([kind(4, note), kind(3, &(content, signature))]);
    }
    for log in state.streams.values().flat_map(|stream| &stream.logs) {
        said.push(kind(9, &log.genesis));
    }
    let events = state.snapshot(inner)?;
    let home = (&about.name, about.created, 1_u8, &about.household);
    said.push(kind(1, &(0_u8, home, &parties, events)));
    Ok(said)
}

fn kind<T: Serialize>(kind: u8, said: &T) -> Vec<u8> {
    [&[kind], &wire::to_bytes(said)[..]].concat()
}

fn again<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Option<Vec<u8>> {
    postcard::from_bytes::<T>(bytes)
        .ok()
        .map(|row| wire::to_bytes(&row))
}

fn read<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> bool {
    let Ok(read) = wire::from_bytes::<T>(bytes, usize::MAX) else {
        return false;
    };
    assert_eq!(*zeroize::Zeroizing::new(wire::to_bytes(&read)), bytes);
    true
}
