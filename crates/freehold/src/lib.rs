//! Smart-device data that belongs to the person who lives with the device.
//!
//! A [`Home`] records readings and seals them slot by slot; a [`Recipient`] asks, is granted, and opens exactly what the
//! person consented to. What may be opened is decided by which keys exist.

mod changes;
mod clock;
mod consents;
mod erase;
mod error;
mod explain;
#[cfg(fuzzing)]
pub mod fuzzing;
mod home;
mod household;
mod inspect;
mod keystore;
mod logs;
mod member;
mod open_slot;
mod page;
mod parcel;
mod post;
mod put_back;
mod reader;
mod reason;
mod receipts;
mod recipient;
mod rows;
mod running;
mod sealer;
mod stream;
mod sync;
pub mod testing;
mod turn;
mod tx;
mod vault;
mod writer;

pub use changes::Watch;
pub use clock::{Clock, SetClock, SystemClock};
pub use consents::Consent;
pub use erase::{
    Confirmation, ErasedLevel, Erasure, ErasureReport, KeyHolder, PartyConfirmation, Trace,
};
pub use error::{Class, Error, Noun};
pub use explain::{Explained, explain};
pub use home::{Device, Home, HomeInfo, Stream};
pub use household::{Invitation, Newcomer, Party, PartyRole};
pub use inspect::{Inspection, LogInspection, Verification};
pub use keystore::FileKeyStore;
pub use logs::LogCount;
pub use member::Member;
pub use page::Page;
pub use parcel::{Have, Parcel};
pub use reader::Window;
pub use reason::Reason;
pub use receipts::{Receipt, ReceiptEvent};
pub use recipient::{Held, Holder, Opened, Received, Recipient, Selector};
pub use sync::{Meeting, Relay, Side, Uploaded};
pub use writer::Recorded;

pub use freehold_transport as transport;
pub use freehold_transport::Stop;

pub use freehold_consent as consent;
pub use freehold_crypto as crypto;
pub use freehold_model as model;
pub use freehold_model::{Facet, Facets, Level, Levels, Reading, Time, Value};

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
