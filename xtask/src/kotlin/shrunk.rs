//! A program that uses the library, shrunk by the rules that the library brings with it, still runs.

use super::{built, tool, unpack};
use crate::run::{Project, at, elsewhere, output, succeed};
use std::fmt::Write as _;
use std::fs;

/// What is taken out of a jar's way: each has its own.
const LEFT_OUT: &str = "(!META-INF/MANIFEST.MF,!module-info.class,!META-INF/versions/**)";

pub fn run(project: &Project) -> Result<(), String> {
    let folder = built(project).join("shrunk");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(at(&folder))?;
    }
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let path = built(project).join("consumer.path");
    let path = fs::read_to_string(&path).map_err(at(&path))?;
    let consumer = built(project).join("freehold-consumer/freehold-consumer-0.1.0.jar");
    let shrunk = folder.join("consumer.jar");

    let mut rules = format!("-injars {}\n", consumer.display());
    for (place, jar) in path.trim().split(':').enumerate() {
        let _ = writeln!(rules, "-injars {jar}{LEFT_OUT}");
        let own = folder.join("rules").join(place.to_string());
        unpack(jar.as_ref(), &["META-INF/proguard"], &own)?;
        let Ok(brought) = fs::read_dir(own.join("META-INF/proguard")) else {
            continue;
        };
        for file in brought.flatten() {
            let _ = writeln!(rules, "-include {}", file.path().display());
        }
    }
    for module in ["java.base", "java.logging"] {
        let _ = writeln!(
            rules,
            "-libraryjars <java.home>/jmods/{module}.jmod(!**.jar;!module-info.class)"
        );
    }
    let _ = writeln!(rules, "-outjars {}", shrunk.display());
    // Shrunk and renamed: what ProGuard 7.7 optimises of the coroutines does not verify.
    rules += "-dontoptimize\n";
    // What is Android's alone, and what only tells.
    rules += "-dontwarn android.annotation.SuppressLint\n-dontnote\n";
    rules +=
        "-keep class org.example.ConsumerKt { public static void main(java.lang.String[]); }\n";
    let file = folder.join("consumer.pro");
    fs::write(&file, rules).map_err(at(&file))?;

    output(tool(project, "proguard.ProGuard")?.arg(format!("@{}", file.display())))?;
    let mut run = elsewhere("java");
    succeed(run.arg("-cp").arg(&shrunk).arg("org.example.ConsumerKt"))?;
    println!("a program runs that was shrunk by the rules of the library");
    Ok(())
}
