//! The passphrase: from the environment, or asked for on a terminal. Nothing else is ever asked without one.

use std::io::{self, BufRead, IsTerminal, Write};
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use crate::failure::Failure;

/// The variable that scripts set.
pub(crate) const VARIABLE: &str = "FREEHOLD_PASSPHRASE";

/// The passphrase of an existing store; `None` where there is nobody to ask.
pub(crate) fn existing() -> Result<Option<Zeroizing<String>>, Failure> {
    match from_environment()? {
        None if io::stdin().is_terminal() => prompt("Passphrase: ").map(Some),
        found => Ok(found),
    }
}

/// The passphrase of a new store; `None` if the key shall lie in a file: no variable, and nobody to ask,
/// or an empty answer.
pub(crate) fn new() -> Result<Option<Zeroizing<String>>, Failure> {
    let found = from_environment()?;
    if found.is_some() || !io::stdin().is_terminal() {
        return Ok(found);
    }
    let first = prompt("New passphrase (empty: keep the key in a file): ")?;
    if first.is_empty() {
        return Ok(None);
    }
    if *prompt("The same once more: ")? != *first {
        return Err(
            Failure::usage("passphrase_differs", "the two passphrases differ")
                .hint("nothing was made; try again"),
        );
    }
    Ok(Some(first))
}

/// Asks a question that only a person answers; `None` where standard input is no terminal.
pub(crate) fn confirm(question: &str) -> Result<Option<bool>, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(None);
    }
    let mut answer = Zeroizing::new(String::new());
    ask(&format!("{question} [y/N] "), &mut answer)?;
    Ok(Some(matches!(answer.trim(), "y" | "Y" | "yes" | "Yes")))
}

fn from_environment() -> Result<Option<Zeroizing<String>>, Failure> {
    let Some(value) = std::env::var_os(VARIABLE) else {
        return Ok(None);
    };
    let text = value
        .into_string()
        .map_err(|_| Failure::usage("bad_passphrase", format_args!("{VARIABLE} is not UTF-8")))?;
    if text.is_empty() {
        return Err(
            Failure::usage("bad_passphrase", format_args!("{VARIABLE} is empty"))
                .hint("unset it to keep the key in a file"),
        );
    }
    Ok(Some(Zeroizing::new(text)))
}

fn prompt(question: &str) -> Result<Zeroizing<String>, Failure> {
    let mut answer = Zeroizing::new(String::with_capacity(256));
    let hidden = Hidden::start()?;
    let asked = ask(question, &mut answer);
    drop(hidden);
    let _ = writeln!(io::stderr());
    asked?;
    let length = answer.trim_end_matches(['\r', '\n']).len();
    answer.truncate(length);
    Ok(answer)
}

fn ask(question: &str, answer: &mut String) -> Result<(), Failure> {
    let mut stderr = io::stderr();
    let _ = write!(stderr, "{question}");
    let _ = stderr.flush();
    let read = io::stdin().lock().read_line(answer);
    match read {
        Ok(0) => Err(Failure::usage(
            "no_answer",
            "standard input ended before the answer",
        )),
        Ok(_) => Ok(()),
        Err(e) => Err(Failure::input(
            "unreadable_file",
            format_args!("standard input cannot be read: {e}"),
        )),
    }
}

/// A terminal that does not echo, until this is dropped. `stty` does it, so that the tool needs neither
/// unsafe code nor a dependency for one system call; without `stty` nothing is asked.
struct Hidden {
    before: String,
}

impl Hidden {
    fn start() -> Result<Self, Failure> {
        let before = stty(&["-g"])
            .and_then(|text| (!text.is_empty()).then_some(text))
            .ok_or_else(no_stty)?;
        stty(&["-echo"]).ok_or_else(no_stty)?;
        Ok(Self { before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = stty(&[&self.before]);
    }
}

fn stty(arguments: &[&str]) -> Option<String> {
    let run = Command::new("stty")
        .args(arguments)
        .stdin(Stdio::inherit())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(run.stdout).ok()?;
    run.status.success().then(|| text.trim().to_owned())
}

fn no_stty() -> Failure {
    Failure::usage(
        "no_prompt",
        "a passphrase cannot be asked for here without showing it",
    )
    .hint(format_args!("set {VARIABLE}"))
}
