//! What a command says when it cannot go on: a stable kind, an exit code, one line for people.

use std::fmt::{Display, Write as _};
use std::io::Write;

use serde_json::{Map, Value};

/// The exit codes that scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// The work is done, or nobody reads the output any more.
    Done = 0,
    /// The command line makes no sense.
    Usage = 2,
    /// Not granted, expired, revoked or erased.
    Refused = 3,
    /// A file, a row or a value cannot be understood.
    Input = 4,
    /// The store is damaged, busy or failing.
    Storage = 5,
    /// The other side does not answer.
    Unreachable = 6,
}

/// An error as the tool reports it.
///
/// `kind` and the names of the fields are stable; the message and the hint are for people and may change.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    kind: &'static str,
    message: String,
    hint: Option<String>,
    fields: Map<String, Value>,
}

impl Failure {
    /// A mistake on the command line (exit 2).
    pub(crate) fn usage(kind: &'static str, message: impl Display) -> Self {
        Self::new(Exit::Usage, kind, message)
    }

    /// Something the consent, or its absence, forbids (exit 3).
    pub(crate) fn refused(kind: &'static str, message: impl Display) -> Self {
        Self::new(Exit::Refused, kind, message)
    }

    /// Input that cannot be understood (exit 4).
    pub(crate) fn input(kind: &'static str, message: impl Display) -> Self {
        Self::new(Exit::Input, kind, message)
    }

    /// Storage that is damaged, busy or failing (exit 5).
    pub(crate) fn storage(kind: &'static str, message: impl Display) -> Self {
        Self::new(Exit::Storage, kind, message)
    }

    /// A peer that cannot be reached (exit 6).
    pub(crate) fn unreachable(kind: &'static str, message: impl Display) -> Self {
        Self::new(Exit::Unreachable, kind, message)
    }

    /// A failure of any exit code.
    pub(crate) fn of(exit: Exit, kind: &'static str, message: impl Display) -> Self {
        Self::new(exit, kind, message)
    }

    /// Standard output failed. A reader that went away (`| head`) is not an error: the tool stops silently.
    pub(crate) fn output(error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::new(
                Exit::Done,
                "output_closed",
                "nobody reads the output any more",
            );
        }
        Self::storage(
            "output",
            format_args!("the output cannot be written: {error}"),
        )
    }

    /// What the person can do about it.
    pub(crate) fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// The same where nothing better was said.
    pub(crate) fn or_hint(self, hint: impl Display) -> Self {
        if self.hint.is_some() {
            self
        } else {
            self.hint(hint)
        }
    }

    /// A field of the JSON form.
    pub(crate) fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    /// Writes the failure as one line; a failing standard error is ignored, since nothing is left to tell it to.
    pub(crate) fn report(&self, json: bool, to: &mut impl Write) {
        if self.exit != Exit::Done {
            let line = if json { self.json() } else { self.plain() };
            let _ = writeln!(to, "{line}");
        }
    }

    /// The message and its hint in one line, without the program's name.
    pub(crate) fn plain(&self) -> String {
        let mut line = clean(&self.message);
        if let Some(hint) = &self.hint {
            let _ = write!(line, "; {}", clean(hint));
        }
        line.insert_str(0, "freehold: ");
        line
    }

    fn json(&self) -> String {
        let mut object = Map::new();
        object.insert("error".to_owned(), self.kind.into());
        object.insert("message".to_owned(), self.message.as_str().into());
        if let Some(hint) = &self.hint {
            object.insert("hint".to_owned(), hint.as_str().into());
        }
        object.extend(self.fields.clone());
        Value::Object(object).to_string()
    }

    fn new(exit: Exit, kind: &'static str, message: impl Display) -> Self {
        Self {
            exit,
            kind,
            message: message.to_string(),
            hint: None,
            fields: Map::new(),
        }
    }
}

/// A text for a terminal: without control characters and without marks that turn the writing direction,
/// so that a name from elsewhere can neither move the cursor nor disguise itself.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if c.is_control() || turns_direction(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(failure: &Failure, json: bool) -> String {
        let mut line = Vec::new();
        failure.report(json, &mut line);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn plain_form_is_one_line_with_what_one_can_do() {
        let failure = Failure::refused("not_granted", "raw readings\nwere not granted")
            .hint("ask for level raw");
        assert_eq!(
            reported(&failure, false),
            "freehold: raw readings were not granted; ask for level raw\n"
        );
        assert_eq!(failure.exit() as u8, 3);
    }

    #[test]
    fn json_form_names_the_kind_first_and_keeps_the_fields() {
        let failure = Failure::input("bad_time", "row 7")
            .field("line", 7)
            .field("column", "when");
        let value: Value = serde_json::from_str(&reported(&failure, true)).unwrap();
        assert_eq!(value["error"], "bad_time");
        assert_eq!(value["line"], 7);
        assert_eq!(value["column"], "when");
    }

    #[test]
    fn a_closed_pipe_is_silent_and_done() {
        let failure = Failure::output(&std::io::ErrorKind::BrokenPipe.into());
        assert_eq!(failure.exit(), Exit::Done);
        assert_eq!(reported(&failure, true), "");
        assert_eq!(
            Failure::output(&std::io::ErrorKind::StorageFull.into()).exit(),
            Exit::Storage
        );
    }

    #[test]
    fn names_from_elsewhere_cannot_steer_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}c\td"), "a\u{fffd}[2Jb\u{fffd}c d");
    }
}
