//! A household's parties: agents and devices, taken in and removed.

use std::{
    ffi::c_void,
    sync::{Mutex, MutexGuard, PoisonError},
};

use freehold::{Error, Home, Invitation, Newcomer, Party, PartyRole, transport::Offer};

use crate::{
    clock::{FhClock, clock_or_system},
    guard::{Fault, Grows, call, fill, free, give, hand, lent},
    home::FhHome,
    key_store::FhKeyStore,
    status::FhStatus,
    streams::at,
    text::{FhBuffer, FhStr},
    transport::FhTransport,
};

/// What a party of a household may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FhPartyRole {
    /// Acts for the household, and holds every key.
    Agent = 0,
    /// Writes its own streams, and can read nothing that it has sealed.
    Device = 1,
}

/// Shows a person the confirmation of a pairing, and says whether the other screen shows the same. The text lasts until it returns.
/// Nothing may be thrown through it.
pub type FhAgrees =
    Option<unsafe extern "C" fn(userdata: *mut c_void, confirmation: FhStr) -> bool>;

/// An offer to take somebody into the household: shown as a QR code, answered once.
pub struct FhInvitation {
    invitation: Mutex<Invitation>,
    text: String,
}

/// Some parties. A list stays as it was made.
pub struct FhParties(Vec<Party>);

/// A party of a household.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FhParty {
    /// `sizeof(FhParty)`.
    pub struct_size: usize,
    /// What its owner calls it. It lasts as long as the list.
    pub name: FhStr,
    /// Since when it is one.
    pub since_ms: i64,
    /// When it was removed; 0 if it was not.
    pub removed_ms: i64,
    /// Its number in the household.
    pub index: u8,
    /// What it may do, an `FhPartyRole`.
    pub role: u8,
    /// Whether it is the one whose home this is.
    pub is_self: bool,
    /// 0.
    pub reserved: [u8; 5],
}

/// Everybody who is or was in the household.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_parties(
    home: *const FhHome,
    out: *mut *mut FhParties,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, || Ok(FhParties(lent(home)?.0.parties()))) }
}

/// How many there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_parties_count(
    parties: *const FhParties,
    count: *mut usize,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(count, || Ok(lent(parties)?.0.len())) }
}

/// The party with this place in the list, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_parties_get(
    parties: *const FhParties,
    place: usize,
    out: *mut FhParty,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { fill(out, || Ok(at(&lent(parties)?.0, place)?.into())) }
}

/// Frees a list, and the names in it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_parties_free(parties: *mut FhParties) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(parties) }
}

/// Takes an agent or a device out of the household: of what is sealed from now on it gets no keys. What it has it keeps.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_remove_party(home: *const FhHome, name: FhStr) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    call(|| unsafe {
        lent(home)?.0.remove(name.text()?)?;
        Ok(())
    })
}

/// An offer to take an agent or a device, an `FhPartyRole`, into the household. `place` says where it connects to, `HOST:PORT`; it may be
/// empty where both know.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_invite(
    home: *const FhHome,
    place: FhStr,
    role_number: u8,
    out: *mut *mut FhInvitation,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let (home, role) = (&lent(home)?.0, role(role_number)?);
            let invitation = home.invite(place.text()?, role)?;
            Ok(FhInvitation {
                text: invitation.text().to_owned(),
                invitation: Mutex::new(invitation),
            })
        })
    }
}

/// The text of the offer's QR code. Whoever sees it can answer, once. It lasts as long as the invitation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_invitation_text(
    invitation: *const FhInvitation,
    text: *mut FhStr,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(text, || Ok(FhStr::of(&lent(invitation)?.text))) }
}

/// Takes in who has connected. `agrees` is called once, by this thread; it may not use the invitation or the transport. After a failure
/// somebody may connect again, some times; with `FH_STATUS_UNCONFIRMED` the other is a party, and did not say that it knows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_invitation_run(
    invitation: *const FhInvitation,
    transport: *const FhTransport,
    userdata: *mut c_void,
    agrees: FhAgrees,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    call(|| unsafe {
        let (invitation, transport) = (lent(invitation)?, lent(transport)?);
        let agrees = agrees.ok_or_else(Fault::null)?;
        let mut asked = |text: &str| agrees(userdata, FhStr::of(text));
        let mut way = transport.way();
        invitation.lock().run(&mut **way, &mut asked)?;
        Ok(())
    })
}

/// Frees an invitation: nobody can answer it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_invitation_free(invitation: *mut FhInvitation) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(invitation) }
}

/// Where an offer says to connect to, `HOST:PORT`; nothing if it does not say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_offer_place(offer: FhStr, out: *mut *mut FhBuffer) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let offer = Offer::from_text(offer.text()?).map_err(Error::from)?;
            Ok(FhBuffer::of(offer.place()))
        })
    }
}

/// Answers an offer over a transport that is connected to who shows it, and makes a home in the folder `path` that belongs to the same
/// household, as the party `name` with a role, an `FhPartyRole`, that the other expects too. `agrees` is called once, by this thread; it
/// may not use the transport. `clock` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_join(
    path: FhStr,
    name: FhStr,
    role_number: u8,
    key_store: *const FhKeyStore,
    clock: *const FhClock,
    offer: FhStr,
    transport: *const FhTransport,
    userdata: *mut c_void,
    agrees: FhAgrees,
    out: *mut *mut FhHome,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let (path, keys) = (path.text()?, lent(key_store)?.0.clone());
            let newcomer = Newcomer {
                name: name.text()?.to_owned(),
                role: role(role_number)?,
            };
            let offer = Offer::from_text(offer.text()?).map_err(Error::from)?;
            let (clock, transport) = (clock_or_system(clock), lent(transport)?);
            let agrees = agrees.ok_or_else(Fault::null)?;
            let mut asked = |text: &str| agrees(userdata, FhStr::of(text));
            let mut way = transport.way();
            let home = Home::join(path, keys, clock, &offer, newcomer, &mut **way, &mut asked)?;
            Ok(FhHome(home))
        })
    }
}

impl FhInvitation {
    fn lock(&self) -> MutexGuard<'_, Invitation> {
        self.invitation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<&Party> for FhParty {
    fn from(party: &Party) -> Self {
        let role = match party.role {
            PartyRole::Agent => FhPartyRole::Agent,
            PartyRole::Device => FhPartyRole::Device,
        };
        Self {
            struct_size: size_of::<Self>(),
            name: FhStr::of(&party.name),
            since_ms: party.since.ms(),
            removed_ms: party.removed.map_or(0, freehold::Time::ms),
            index: party.index,
            role: role as u8,
            is_self: party.is_self,
            reserved: [0; 5],
        }
    }
}

fn role(number: u8) -> Result<PartyRole, Fault> {
    match number {
        0 => Ok(PartyRole::Agent),
        1 => Ok(PartyRole::Device),
        _ => Err(Fault::argument(format!("{number} is no role"))),
    }
}

// SAFETY: it is.
unsafe impl Grows for FhParty {
    const NAME: &'static str = "FhParty";
}
