//! Writes the vectors, or with `--check` says whether they stand as they would be written.

#![allow(clippy::print_stdout, reason = "a tool for the terminal")]

use std::{error::Error, fs};

use freehold_tests::vectors::{files, folder, found};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = folder();
    let check = std::env::args()
        .nth(1)
        .is_some_and(|word| word == "--check");
    let wanted = files(&folder);
    let present = found(&folder).unwrap_or_default();
    let mut changed = 0;
    for (path, text) in &wanted {
        if present.get(path) != Some(text) {
            println!(
                "{} {}",
                if check { "differs" } else { "written" },
                path.display()
            );
            changed += 1;
            if !check {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().unwrap_or(&folder))?;
                fs::write(path, text)?;
            }
        }
    }
    for path in present.keys().filter(|path| !wanted.contains_key(*path)) {
        println!(
            "{} {}",
            if check { "nobody's" } else { "removed" },
            path.display()
        );
        changed += 1;
        if !check {
            fs::remove_file(folder.join(path))?;
        }
    }
    println!(
        "{} files, {changed} {}",
        wanted.len(),
        if check { "differ" } else { "changed" }
    );
    if check && changed > 0 {
        return Err("the vectors are not what would be written".into());
    }
    Ok(())
}
