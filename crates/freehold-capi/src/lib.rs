//! The C interface of Freehold. What holds for all of it stands at the top of `freehold.h`, and in `cbindgen.toml`, from where it comes.
//!
//! There is no logic here: a function looks at what it is given, calls the façade once, and gives what comes of it.

mod clock;
mod consent;
mod erase;
mod erasures;
mod explain;
mod guard;
mod home;
mod household;
mod key_store;
mod log;
mod meeting;
mod parcel;
mod proposal;
mod reading;
mod receipt;
mod recipient;
mod relay;
mod request;
mod signer;
mod status;
mod stop;
mod stream;
mod streams;
mod sync;
mod testing;
mod text;
mod transport;
mod userdata;
mod version;
mod watch;
mod window;

pub use clock::*;
pub use consent::*;
pub use erase::*;
pub use erasures::*;
pub use explain::*;
pub use guard::fh_last_error_message;
pub use home::*;
pub use household::*;
pub use key_store::*;
pub use log::*;
pub use meeting::*;
pub use parcel::*;
pub use proposal::*;
pub use reading::*;
pub use receipt::*;
pub use recipient::*;
pub use relay::*;
pub use request::*;
pub use signer::*;
pub use status::*;
pub use stop::*;
pub use stream::*;
pub use streams::*;
pub use sync::*;
pub use testing::*;
pub use text::*;
pub use transport::*;
pub use userdata::FhDrop;
pub use version::*;
pub use watch::*;
pub use window::*;

#[cfg(test)]
mod tests {
    use super::*;

    const fn shared<T: Send + Sync>() {}

    /// The header says that several threads may use any handle.
    #[test]
    fn handles_are_for_every_thread() {
        shared::<FhBuffer>();
        shared::<FhClock>();
        shared::<FhConsents>();
        shared::<FhErasureReport>();
        shared::<FhErasures>();
        shared::<FhHome>();
        shared::<FhInvitation>();
        shared::<FhKeyStore>();
        shared::<FhMeeting>();
        shared::<FhParties>();
        shared::<FhProposal>();
        shared::<FhReadings>();
        shared::<FhReceipts>();
        shared::<FhRecipient>();
        shared::<FhRelay>();
        shared::<FhSigner>();
        shared::<FhStop>();
        shared::<FhStream>();
        shared::<FhStreams>();
        shared::<FhTestingKey>();
        shared::<FhTransport>();
        shared::<FhWatch>();
        shared::<FhWindows>();
    }
}
