//! How much room the disk has for what `cargo xtask test` builds.

use crate::run::{Project, output};
use std::path::Path;
use std::process::Command;

/// What all checks together take on a fresh clone, in kilobytes, with something to spare.
const NEEDED: u64 = 22 << 20;

/// Says how much is free. Where it is too little, a build would fail somewhere in the middle with words that say little.
pub fn enough(project: &Project) -> Result<(), String> {
    let folder = existing(&project.target);
    let Some(free) = free(folder) else {
        println!("how much room is free is not known: there is no `df`");
        return Ok(());
    };
    println!("{} GB free for {}", free >> 20, folder.display());
    if free < NEEDED {
        return Err(format!(
            "the checks take up to {} GB, and there are {} GB: make room, or set CARGO_TARGET_DIR to another disk",
            NEEDED >> 20,
            free >> 20
        ));
    }
    Ok(())
}

/// Kilobytes that are free on the disk of a folder.
fn free(folder: &Path) -> Option<u64> {
    available(&output(Command::new("df").arg("-Pk").arg(folder)).ok()?)
}

/// The fourth column of the second line, as POSIX has `df -P` write it.
fn available(said: &str) -> Option<u64> {
    said.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

/// The folder, or the nearest above it that is there.
fn existing(folder: &Path) -> &Path {
    folder
        .ancestors()
        .find(|folder| folder.is_dir())
        .unwrap_or(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_of_df_is_found() {
        let said = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n\
            /dev/vda         264216064 39845888  56623104      42% /\n";
        assert_eq!(available(said), Some(56_623_104));
        assert_eq!(available("Filesystem\n"), None);
        assert_eq!(available(""), None);
    }

    #[test]
    fn a_folder_that_is_not_there_is_asked_for_above() {
        let temporary = std::env::temp_dir();
        assert_eq!(existing(&temporary.join("no/such/folder")), temporary);
        assert!(free(&temporary).is_some());
    }
}
