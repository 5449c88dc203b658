//! Authenticated channels, and the pipes that carry a session through them.
//!
//! A [`Channel`] turns a pipe of bytes into one that only two known peers can read, write and be: each is known by its
//! [`PublicStatic`] key. What travels inside is sealed end to end already, so a channel hides who talks about how much from whoever
//! watches the line, and proves to each side whom it serves. The bytes are in `docs/spec/channel.md`.
//!
//! A [`Link`] is a session of two replicas inside a channel; [`run`] carries it over a [`Transport`], which an app may bring itself.
//!
//! [`Channel`], [`Link`] and [`Door`] do no IO and read no clock; randomness is an argument.

mod address;
mod base32;
mod channel;
mod file;
#[cfg(fuzzing)]
pub mod fuzzing;
mod key;
mod layer;
mod link;
mod memory;
mod noise;
mod pair;
mod proxy;
mod reach;
mod run;
mod stop;
mod tcp;
#[cfg(feature = "tls")]
mod tls;
mod transcript;
mod transport;
#[cfg(feature = "websocket")]
mod websocket;

pub use address::{Address, AddressError, Around};
pub use channel::{Channel, ChannelError, FIRST_MAX, RECORD_MAX};
#[cfg(fuzzing)]
pub use file::seal_file;
pub use file::{Carried, FileError, Taken, write_file};
pub use key::{KeyTextError, PublicStatic, StaticKey};
pub use layer::{Layer, Layered, Spoken};
pub use link::{Door, Link, LinkError, Visitor, knock};
pub use memory::Memory;
pub use pair::{Guest, Host, Offer, PairError, Paired};
pub use reach::{Proxy, Reach, Trust, connect};
pub use run::{Pace, RunError, run, run_at};
pub use stop::Stop;
pub use tcp::Tcp;
#[cfg(feature = "tls")]
pub use tls::{Tls, TlsServer};
pub use transcript::{Record, Transcript, TranscriptError};
pub use transport::{Transport, TransportError};
#[cfg(feature = "websocket")]
pub use websocket::WebSocket;
