//! The C interface of Freehold. What holds for all of it stands at the top of `freehold.h`, and in `cbindgen.toml`, from where it comes.
//!
//! There is no logic here: a function looks at what it is given, calls the façade once, and gives what comes of it.

mod clock;
mod guard;
mod home;
mod key_store;
mod reading;
mod status;
mod stream;
mod text;
mod version;
mod watch;
mod window;

pub use clock::*;
pub use guard::fh_last_error_message;
pub use home::*;
pub use key_store::*;
pub use reading::*;
pub use status::*;
pub use stream::*;
pub use text::*;
pub use version::*;
pub use watch::*;
pub use window::*;
