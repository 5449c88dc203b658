//! Authenticated channels, and the pipes that carry a session through them.
//!
//! A [`Channel`] turns a pipe of bytes into one that only two known peers can read, write and be: each is known by its
//! [`PublicStatic`] key. What travels inside is sealed end to end already, so a channel hides who talks about how much from whoever
//! watches the line, and proves to each side whom it serves. The bytes are in `docs/spec/channel.md`.
//!
//! [`Channel`] does no IO and reads no clock; randomness is an argument.

mod address;
mod base32;
mod channel;
mod key;
mod noise;

pub use address::{Address, AddressError};
pub use channel::{Channel, ChannelError, FIRST_MAX, RECORD_MAX};
pub use key::{KeyTextError, PublicStatic, StaticKey};
