//! The interface in Kotlin, as the compiler sees it: who changes it says so.

use super::built;
use crate::run::{Project, at, output};
use std::fs;
use std::process::Command;

/// Compares the interface with the one that was agreed to, or keeps it.
pub fn run(project: &Project, write: bool) -> Result<(), String> {
    let baseline = project.root.join("bindings/kotlin/freehold/freehold.api");
    let jar = built(project).join("freehold/freehold-0.1.0.jar");
    let list = output(Command::new("jar").arg("tf").arg(&jar))?;
    let mut classes: Vec<String> = list
        .lines()
        .filter_map(|line| line.strip_suffix(".class"))
        .map(|class| class.replace('/', "."))
        .collect();
    classes.sort();
    let mut look = Command::new("javap");
    look.arg("-public").arg("-cp").arg(&jar).args(&classes);
    let now = public(&output(&mut look)?);
    if write {
        return fs::write(&baseline, now).map_err(at(&baseline));
    }
    if fs::read_to_string(&baseline).map_err(at(&baseline))? == now {
        println!("the interface is the one that was agreed to");
        Ok(())
    } else {
        Err("the interface in Kotlin changed; if that is meant, 'cargo xtask kotlin --write' keeps the new one".into())
    }
}

/// The public classes and what is public of them. What is only this module's own has the module in its name, or a mark of the compiler.
fn public(said: &str) -> String {
    let (mut kept, mut is_public) = (String::new(), false);
    for line in said.lines() {
        if !line.starts_with(' ') && line.ends_with('{') {
            let name = line
                .split_whitespace()
                .find(|word| word.starts_with("org.freehold."));
            is_public = line.starts_with("public ") && name.is_some_and(|name| !is_own(name));
        }
        let is_own = line.starts_with(' ') && is_own(line);
        if is_public && !is_own && !line.starts_with("Compiled from") {
            kept += line;
            kept.push('\n');
        }
    }
    kept
}

/// What Kotlin keeps to the module, and Java would see.
fn is_own(text: &str) -> bool {
    const MARKS: [&str; 14] = [
        "$freehold",
        "org.freehold.ffi.",
        "$$",
        "$1",
        "$2",
        "DefaultConstructorMarker",
        "access$",
        "$default(",
        "org.freehold.Agreeing",
        "org.freehold.Calls",
        "Listening",
        "org.freehold.SocketPipe",
        "PAGE",
        "lowered(",
    ];
    const FILES: [&str; 6] = [
        "FreeholdExceptionKt",
        "FreeholdKt",
        "PagesKt",
        "SignerKt",
        "StreamKt",
        "WordsKt",
    ];
    MARKS.iter().chain(&FILES).any(|mark| text.contains(mark))
}
