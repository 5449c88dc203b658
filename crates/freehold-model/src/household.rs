//! Who and what: household, person, place, device.

use crate::id::Id;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// The longest name in bytes.
pub const NAME_MAX: usize = 128;

/// The group that data subjects form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Household {
    /// Its identifier.
    pub id: Id,
    /// What its people call it.
    pub name: String,
    /// The IANA time zone in which it lives.
    pub zone: String,
}

/// A data subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Its identifier.
    pub id: Id,
    /// What the household calls the person.
    pub name: String,
    /// What the person is in the household.
    pub role: Role,
}

/// What a person is in a household.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Decides for the household.
    Owner,
    /// Decides for itself.
    Adult,
    /// Has guardians who decide for it.
    Child,
    /// Stays for a while.
    Guest,
    /// Looks after somebody.
    Carer,
}

/// A home, floor, room or zone. It has no coordinates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its identifier.
    pub id: Id,
    /// What the household calls it.
    pub name: String,
    /// The place that it is a part of.
    pub within: Option<Id>,
}

/// A source of streams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its identifier.
    pub id: Id,
    /// What the household calls it.
    pub name: String,
    /// Who makes it; may be empty.
    pub maker: String,
    /// Which of the maker's it is; may be empty.
    pub model: String,
    /// Where it is.
    pub place: Option<Id>,
}

impl Device {
    /// A device of this name, of an unknown maker.
    pub fn new(id: Id, name: &str) -> Self {
        Self {
            id,
            name: name.into(),
            maker: String::new(),
            model: String::new(),
            place: None,
        }
    }
}

/// Whether a text may be a name: not empty, at most [`NAME_MAX`] bytes, no control characters and none that turn the direction
/// of writing, so that what is shown is what is meant. **[model-28]**
pub fn is_name(text: &str) -> bool {
    let misleading = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    !text.trim().is_empty() && text.len() <= NAME_MAX && !text.contains(misleading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_show_what_they_mean() {
        // [model-28]
        assert!(is_name("Flat 4") && is_name("Wohnung über dem Café"));
        for text in ["", "  ", "a\nb", "gp\u{202e}moc", "x\u{0}"] {
            assert!(!is_name(text), "{text:?}");
        }
        assert!(!is_name(&"x".repeat(NAME_MAX + 1)));
    }
}
