//! The C interface of Freehold. What holds for all of it stands at the top of `freehold.h`, and in `cbindgen.toml`, from where it comes.
//!
//! There is no logic here: a function looks at what it is given, calls the façade once, and gives what comes of it.

mod clock;
mod consent;
mod guard;
mod home;
mod key_store;
mod proposal;
mod reading;
mod recipient;
mod request;
mod status;
mod stream;
mod streams;
mod sync;
mod text;
mod version;
mod watch;
mod window;

pub use clock::*;
pub use consent::*;
pub use guard::fh_last_error_message;
pub use home::*;
pub use key_store::*;
pub use proposal::*;
pub use reading::*;
pub use recipient::*;
pub use request::*;
pub use status::*;
pub use stream::*;
pub use streams::*;
pub use sync::*;
pub use text::*;
pub use version::*;
pub use watch::*;
pub use window::*;
