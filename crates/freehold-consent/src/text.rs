//! Text that others wrote: bounded, and stripped of what could make it read as something else.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A short name: of a recipient, or a stream's label. At most 64 characters.
pub type Name = Text<64>;
/// A recipient's own words in a request. At most 1,000 characters.
pub type Words = Text<1000>;

/// Clean text of 1 to `MAX` characters.
///
/// Clean means: no control, format or bidirectional characters, no double quotation marks (it is shown between some),
/// and every run of white space is one space. [`Text::new`] cleans; decoding refuses text that is not clean already,
/// so that signed bytes and shown text never differ.
///
/// ```
/// use freehold_consent::Name;
/// assert_eq!(Name::new("Acme\u{202e}  \"Energy\"\n")?.as_str(), "Acme 'Energy'");
/// # Ok::<(), freehold_consent::TextError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing is left of it when it is cleaned.
    #[error("empty text")]
    Empty,
    /// Longer than allowed.
    #[error("{len} characters, at most {max} allowed")]
    TooLong {
        /// Characters found after cleaning.
        len: usize,
        /// Characters allowed.
        max: usize,
    },
}

impl<const MAX: usize> Text<MAX> {
    /// Cleans the text and checks its length.
    ///
    /// # Errors
    /// [`TextError::Empty`], [`TextError::TooLong`].
    pub fn new(text: &str) -> Result<Self, TextError> {
        let mut clean = String::with_capacity(text.len().min(4 * MAX));
        let mut len = 0;
        for word in text.split_whitespace() {
            let word: String = word.chars().filter_map(cleaned).collect();
            if word.is_empty() {
                continue;
            }
            if !clean.is_empty() {
                clean.push(' ');
            }
            clean.push_str(&word);
            len = clean.chars().count();
            if len > MAX {
                return Err(TextError::TooLong { len, max: MAX });
            }
        }
        if len == 0 {
            Err(TextError::Empty)
        } else {
            Ok(Self(clean))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> std::fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> Serialize for Text<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let clean = Self::new(&text).map_err(D::Error::custom)?;
        if clean.0 == text {
            Ok(clean)
        } else {
            Err(D::Error::custom("unclean text"))
        }
    }
}

/// The character as it may be shown, `None` for one that is invisible or turns others around.
fn cleaned(c: char) -> Option<char> {
    match c {
        '"'
        | '\u{201c}'..='\u{201f}'
        | '\u{ab}'
        | '\u{bb}'
        | '\u{301d}'..='\u{301f}'
        | '\u{ff02}' => Some('\''),
        _ if c.is_control() => None,
        // Unicode's default-ignorable and format characters, bidirectional controls among them; fillers that look
        // like nothing; tags; private use.
        '\u{ad}'
        | '\u{34f}'
        | '\u{600}'..='\u{605}'
        | '\u{61c}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{890}'..='\u{891}' => None,
        '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' => {
            None
        }
        '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}' => None,
        '\u{e000}'..='\u{f8ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffc}' => None,
        '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}' => None,
        _ => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{WireError, decode, encode};
    use proptest::prelude::*;

    /// [consent-4]
    #[test]
    fn bidi_names() {
        for (written, shown) in [
            ("Surgery\u{202e}yrecorG", "SurgeryyrecorG"),
            ("\u{2067}Acme\u{2069} Energy", "Acme Energy"),
            ("Acme\u{0} Energy\u{1b}[31m", "Acme Energy[31m"),
            ("A\u{200b}c\u{ad}me", "Acme"),
            (
                "GP\u{201d} and is known to the NHS as \u{201c}GP",
                "GP' and is known to the NHS as 'GP",
            ),
            ("  two \t\r\n lines ", "two lines"),
        ] {
            assert_eq!(
                Name::new(written).map(|n| n.to_string()),
                Ok(shown.to_owned())
            );
            let bytes = encode(&written);
            assert_eq!(
                decode::<Name>(&bytes, 999),
                Err(WireError::Malformed),
                "decoded unclean"
            );
        }
    }

    #[test]
    fn bounds() {
        assert_eq!(Name::new("\u{202e} \u{200b}"), Err(TextError::Empty));
        assert!(Name::new(&"é".repeat(64)).is_ok());
        assert_eq!(
            Name::new(&"é".repeat(65)),
            Err(TextError::TooLong { len: 65, max: 64 })
        );
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in "\\PC{1,40}|.{1,40}") {
            if let Ok(name) = Name::new(&text) {
                prop_assert_eq!(Name::new(name.as_str()), Ok(name.clone()));
                prop_assert_eq!(decode::<Name>(&encode(&name), 999), Ok(name));
            }
        }
    }
}
