//! The library for Android, put together as Android's build tools take it.

use super::{built, unpack};
use crate::run::{Project, at, output, succeed};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What has to be in it.
const ENTRIES: [&str; 4] = [
    "AndroidManifest.xml",
    "classes.jar",
    "proguard.txt",
    "R.txt",
];
/// The systems of Android, as it calls them.
const SYSTEMS: [&str; 4] = ["arm64-v8a", "armeabi-v7a", "x86", "x86_64"];

/// Puts `freehold-android.aar` together. `natives` holds a folder for each of Android's systems with a library in it, as Android's own
/// compilers make them; without it there are none in it, and it is only looked at.
pub fn assemble(project: &Project, natives: Option<&Path>) -> Result<(), String> {
    let folder = built(project).join("aar");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(at(&folder))?;
    }
    let (classes, whole) = (folder.join("classes"), folder.join("whole"));
    for module in ["freehold-ffi", "freehold", "freehold-android"] {
        let jar = built(project)
            .join(module)
            .join(format!("{module}-0.1.0.jar"));
        unpack(&jar, &["org"], &classes)?;
    }
    fs::create_dir_all(&whole).map_err(at(&whole))?;
    jar(&whole.join("classes.jar"), &classes)?;
    let kotlin = project.root.join("bindings/kotlin");
    let rules = "ffi/src/main/resources/META-INF/proguard/freehold.pro";
    for (from, to) in [
        (
            "android/src/main/AndroidManifest.xml",
            "AndroidManifest.xml",
        ),
        (rules, "proguard.txt"),
    ] {
        let from = kotlin.join(from);
        fs::copy(&from, whole.join(to)).map_err(at(&from))?;
    }
    fs::write(whole.join("R.txt"), "").map_err(at(&whole))?;
    let mut wanted: Vec<String> = ENTRIES.map(str::to_owned).into();
    for system in SYSTEMS {
        let Some(library) = natives.map(|natives| natives.join(system).join("libfreehold_ffi.so"))
        else {
            continue;
        };
        if library.exists() {
            let place = whole.join("jni").join(system);
            fs::create_dir_all(&place).map_err(at(&place))?;
            fs::copy(&library, place.join("libfreehold_ffi.so")).map_err(at(&library))?;
            wanted.push(format!("jni/{system}/libfreehold_ffi.so"));
        }
    }
    if natives.is_some() && wanted.len() == ENTRIES.len() {
        return Err("no library for any of Android's systems".into());
    }
    let aar = built(project).join("freehold-android.aar");
    jar(&aar, &whole)?;
    let list = output(Command::new("jar").arg("tf").arg(&aar))?;
    for entry in &wanted {
        if !list.lines().any(|line| line == entry) {
            return Err(format!("no {entry} in the library for Android"));
        }
    }
    println!("{}: {}", aar.display(), wanted.join(", "));
    Ok(())
}

/// An archive of a folder, without a manifest of its own.
fn jar(archive: &Path, folder: &Path) -> Result<(), String> {
    let mut pack = Command::new("jar");
    succeed(pack.arg("cfM").arg(archive).arg("-C").arg(folder).arg("."))
}
