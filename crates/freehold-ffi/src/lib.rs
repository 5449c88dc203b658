//! What Kotlin and Swift call. The code of both is generated from this crate by uniffi; what their users see is written by hand above it,
//! in `bindings`.
//!
//! There is no logic here: a function looks at what it is given, calls the façade once, and gives what comes of it. Every call blocks
//! until it is done, and every object may be used by several threads. Times are milliseconds since 1970 in UTC, ids are their hexadecimal
//! digits, readings and summaries are pages of bytes ([`page`]). A panic comes as an error: the libraries unwind.

mod clock;
mod consent;
mod erase;
mod error;
mod explain;
mod home;
mod household;
mod inspect;
mod key_store;
mod kind;
mod log;
mod meeting;
pub mod page;
mod parcel;
mod proposal;
mod receipt;
mod recipient;
mod relay;
mod request;
mod signer;
mod stop;
mod stream;
mod sync;
mod testing;
mod transport;
mod version;
mod watch;
mod words;

pub use clock::*;
pub use consent::*;
pub use erase::*;
pub use error::*;
pub use explain::*;
pub use home::*;
pub use household::*;
pub use inspect::*;
pub use key_store::*;
pub use kind::*;
pub use log::*;
pub use meeting::*;
pub use parcel::*;
pub use proposal::*;
pub use receipt::*;
pub use recipient::*;
pub use relay::*;
pub use request::*;
pub use signer::*;
pub use stop::*;
pub use stream::*;
pub use sync::*;
pub use testing::*;
pub use transport::*;
pub use version::*;
pub use watch::*;
pub use words::*;

uniffi::setup_scaffolding!();
