//! How big the library is, and what takes the space.

use crate::run::{at, output};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The stripped library keeps to its budget; the table says where it went, by the names in the one that was not stripped.
pub fn check(stripped: &Path, unstripped: &Path, budget: &Path) -> Result<(), String> {
    let size = fs::metadata(stripped).map_err(at(stripped))?.len();
    let text = fs::read_to_string(budget).map_err(at(budget))?;
    let most: u64 = text
        .trim()
        .parse()
        .map_err(|_| format!("{}: not a number", budget.display()))?;
    println!("{}", table(stripped, unstripped)?);
    println!("{size} bytes stripped, of {most}");
    if size > most {
        return Err(format!("the library has {size} bytes, and may have {most}"));
    }
    Ok(())
}

/// Kilobytes by what they belong to, the most first.
fn table(stripped: &Path, unstripped: &Path) -> Result<String, String> {
    let mut names = Command::new("nm");
    names.args(["--print-size", "--defined-only"]);
    let listed = output(names.arg(unstripped))?;
    let mut sizes = BTreeMap::<String, u64>::new();
    for line in listed.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        if let [_, size, _, symbol] = words.as_slice()
            && let Ok(size) = u64::from_str_radix(size, 16)
        {
            *sizes.entry(owner(symbol)).or_default() += size;
        }
    }
    let mut sections = Command::new("size");
    let listed = output(sections.arg("-A").arg(stripped))?;
    for line in listed.lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(size)) = (words.next(), words.next())
            && UNWINDING.contains(&name)
        {
            *sizes.entry("tables for unwinding".into()).or_default() += size.parse().unwrap_or(0);
        }
    }
    let mut rows: Vec<(String, u64)> = sizes.into_iter().collect();
    rows.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let others: u64 = rows.iter().skip(ROWS).map(|(_, size)| size).sum();
    let rows = rows
        .into_iter()
        .take(ROWS)
        .chain([("others".into(), others)]);
    let line = |(name, size): (String, u64)| format!("  {:>6} KB  {name}", size / 1000);
    let lines: Vec<String> = rows.map(line).collect();
    Ok(lines.join("\n"))
}

/// The crate that a symbol comes from, or what in C.
fn owner(symbol: &str) -> String {
    let lower = symbol.to_ascii_lowercase();
    if let Some(path) = symbol.strip_prefix("_ZN") {
        return crate_of(path);
    }
    if symbol.starts_with("_R") {
        return "std".into();
    }
    let c = [
        ("fh_", "freehold_capi"),
        ("uniffi_", "freehold_ffi"),
        ("sqlite", "sqlite"),
        ("ring_core", "ring"),
        ("ecp_", "ring"),
    ];
    let found = c.iter().find(|(part, _)| lower.contains(part));
    found.map_or_else(|| "code in C".into(), |(_, name)| (*name).into())
}

/// The crate of a mangled path: the first word of it, or of the type that a trait is implemented for.
fn crate_of(path: &str) -> String {
    let digits = path.bytes().take_while(u8::is_ascii_digit).count();
    let (len, rest) = path.split_at_checked(digits).unwrap_or_default();
    let word = rest.get(..len.parse().unwrap_or(0)).unwrap_or_default();
    let Some(of_type) = word.strip_prefix("_$LT$") else {
        return word.to_owned();
    };
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_';
    let len = of_type.bytes().take_while(|byte| plain(byte)).count();
    match of_type.get(..len) {
        Some(name)
            if of_type
                .get(len..)
                .is_some_and(|rest| rest.starts_with("..")) =>
        {
            name.into()
        }
        _ => "generic".into(),
    }
}

const UNWINDING: [&str; 3] = [".eh_frame", ".eh_frame_hdr", ".gcc_except_table"];
/// Rows of the table.
const ROWS: usize = 24;
