//! A relay: it carries and keeps the logs of households, and can read nothing of them.
//!
//! [`Relay`] does the work without input or output of its own: a server gives it the bytes of its connections, the time and
//! randomness. What it keeps is behind [`storage::Storage`]. [`run`] is the server as a command: see `docs/relay.md`.
//!
//! It holds **mailboxes**, one for each household. Agents of a household, its members, see everything in it; whoever holds a
//! capability sees what the household granted.

mod around;
mod command;
mod config;
mod conn;
mod data;
mod desk;
mod event;
mod holder;
mod limits;
mod mailbox;
mod member;
mod metrics;
mod orders;
mod refusal;
mod relay;
mod server;
pub mod storage;
mod view;

pub use command::run;
pub use config::{Asked, Config, ConfigError, SETTINGS, help};
pub use data::{Data, RelayCard};
pub use event::{Counts, End, Event, Guest};
pub use limits::{Admission, Limits};
pub use relay::{ConnId, Next, Relay};
pub use server::{ServeError, serve};
