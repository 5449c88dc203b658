//! Names that people see.

use freehold_model::household::is_name;
use serde::{Deserialize, Serialize};

use super::statistic::Nothing;
use crate::vectors::{Cases, Failure, Operation};

pub(super) struct Name;

#[derive(Serialize, Deserialize)]
pub(super) struct NameInput {
    text: String,
}

impl Operation for Name {
    const NAME: &'static str = "model/name";
    const ABOUT: &'static str = "Whether a text may be a name that people see.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[("text", "the name")];
    type Input = NameInput;
    type Output = Nothing;

    fn run(input: NameInput) -> Result<Nothing, Failure> {
        if is_name(&input.text) {
            Ok(Nothing {})
        } else {
            Err(Failure::Malformed)
        }
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let longest = "x".repeat(128);
        for (name, about, text) in [
            ("plain", "letters, a space, a digit", "Flat 4"),
            ("accents", "letters of any script", "Wohnung über dem Café"),
            ("longest", "128 bytes", longest.as_str()),
        ] {
            cases.accept(name, &["model-28"], about, NameInput { text: text.into() });
        }
        let long = format!("{longest}x");
        for (name, about, text) in [
            ("empty", "no byte", ""),
            ("blank", "white space alone", "  "),
            ("too-long", "129 bytes", long.as_str()),
            ("newline", "a line break", "a\nb"),
            ("nul", "a control character", "a\u{0}"),
            ("line-separator", "a line separator", "a\u{2028}b"),
            (
                "override",
                "text from here on runs backwards",
                "gp\u{202e}moc",
            ),
            ("isolate", "an isolate", "a\u{2067}b"),
            ("mark", "a right-to-left mark", "a\u{200f}"),
        ] {
            cases.refuse(
                name,
                &["model-28"],
                about,
                NameInput { text: text.into() },
                Failure::Malformed,
            );
        }
    }
}
