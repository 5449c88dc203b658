//! The parties of a household: agents, which hold every key, and devices, which hold those that they need to write.

mod event;
mod feed;
mod keys;
mod letter;
mod news;
mod pair;
mod party;
mod post;
mod remove;
pub(crate) mod stray;

pub(crate) use event::Event;
pub(crate) use feed::FedKeys;
pub(crate) use keys::HouseholdKeys;
pub(crate) use letter::letters_name;
pub(crate) use news::News;
pub use pair::{Invitation, Newcomer};
pub(crate) use party::{PARTIES_MAX, PartyKeys, PartyRow};
pub use party::{Party, PartyRole};
pub(crate) use post::{AGENTS, capability_id};
#[cfg(fuzzing)]
pub(crate) use {
    letter::Signed,
    news::NewsRow,
    pair::{Hello, Joined, Welcome},
    post::Note,
};
