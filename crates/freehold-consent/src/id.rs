//! Names that are hashes or random bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// The first sixteen hexadecimal digits: for tables and for choosing among one's own, never as proof.
            #[must_use]
            pub fn short(&self) -> String {
                self.0.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
            }

            /// Whether `text` is the hexadecimal beginning of this id; eight digits at least.
            #[must_use]
            pub fn begins_with(&self, text: &str) -> bool {
                text.len() >= 8 && self.to_string().starts_with(&text.to_ascii_lowercase())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.short())
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            /// Reads the full hexadecimal form.
            fn from_str(text: &str) -> Result<Self, IdError> {
                let mut id = [0; $len];
                if text.len() != 2 * $len || !text.is_ascii() {
                    return Err(IdError);
                }
                for (byte, pair) in id.iter_mut().zip(text.as_bytes().chunks(2)) {
                    let pair = std::str::from_utf8(pair).map_err(|_| IdError)?;
                    *byte = u8::from_str_radix(pair, 16).map_err(|_| IdError)?;
                }
                Ok(Self(id))
            }
        }
    };
}

/// Not the hexadecimal form of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct IdError;

id!(
    /// The id of a stream, the model's sixteen random bytes.
    StreamId,
    16
);
impl From<freehold_model::Id> for StreamId {
    fn from(id: freehold_model::Id) -> Self {
        Self(*id.as_bytes())
    }
}

id!(
    /// The id of a consent token, and of the consent: the hash of the token's payload.
    TokenId,
    32
);
id!(
    /// The hash of a recipient's card; what a token names as its audience.
    CardId,
    32
);
id!(
    /// The hash of a request.
    RequestId,
    32
);
id!(
    /// The hash of a proposal exactly as it was shown.
    ShownHash,
    32
);
