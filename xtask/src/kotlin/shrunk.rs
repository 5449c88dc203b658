//! A program that uses the library, shrunk by the rules that the library brings with it, still runs.

use super::{built, tool, unpack};
use crate::bindings;
use crate::run::{Project, at, elsewhere, output};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

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
    let mut jars = vec![built(project).join("freehold-consumer/freehold-consumer-0.1.0.jar")];
    jars.extend(path.trim().split(':').map(PathBuf::from));
    let rules = rules(&jars, &folder)?;
    let file = folder.join("consumer.pro");
    fs::write(&file, &rules).map_err(at(&file))?;
    for shrunk in [
        proguard(project, &jars, &rules, &folder)?,
        r8(project, &jars, &file, &folder)?,
    ] {
        let mut run = elsewhere("java");
        let library = bindings::built(project);
        run.arg(format!("-Dfreehold.library={}", library.display()));
        let said = output(run.arg("-cp").arg(&shrunk).arg("org.example.ConsumerKt"))?;
        println!("{}: {}", shrunk.display(), said.trim());
    }
    Ok(())
}

/// The rules that the jars bring, and what the program is.
fn rules(jars: &[PathBuf], folder: &Path) -> Result<String, String> {
    let mut rules = String::new();
    for (place, jar) in jars.iter().enumerate() {
        let own = folder.join("rules").join(place.to_string());
        unpack(jar, &["META-INF/proguard"], &own)?;
        let Ok(brought) = fs::read_dir(own.join("META-INF/proguard")) else {
            continue;
        };
        for file in brought.flatten() {
            let _ = writeln!(rules, "-include {}", file.path().display());
        }
    }
    rules +=
        "-keep class org.example.ConsumerKt { public static void main(java.lang.String[]); }\n";
    Ok(rules)
}

fn proguard(
    project: &Project,
    jars: &[PathBuf],
    rules: &str,
    folder: &Path,
) -> Result<PathBuf, String> {
    let shrunk = folder.join("by-proguard.jar");
    let mut all = rules.to_owned();
    for (place, jar) in jars.iter().enumerate() {
        let left_out = if place == 0 { "" } else { LEFT_OUT };
        let _ = writeln!(all, "-injars {}{left_out}", jar.display());
    }
    for module in ["java.base", "java.logging"] {
        let _ = writeln!(
            all,
            "-libraryjars <java.home>/jmods/{module}.jmod(!**.jar;!module-info.class)"
        );
    }
    let _ = writeln!(all, "-outjars {}", shrunk.display());
    // Shrunk and renamed: what ProGuard 7.7 optimises of the coroutines does not verify.
    all += "-dontoptimize\n";
    // What is Android's alone, and what only tells.
    all += "-dontwarn android.annotation.SuppressLint\n-dontnote\n";
    let file = folder.join("proguard.pro");
    fs::write(&file, all).map_err(at(&file))?;
    output(tool(project, "proguard.ProGuard")?.arg(format!("@{}", file.display())))?;
    Ok(shrunk)
}

/// By what Android's build tools use, which optimises, too.
fn r8(project: &Project, jars: &[PathBuf], rules: &Path, folder: &Path) -> Result<PathBuf, String> {
    let (plain, shrunk) = (folder.join("plain.jar"), folder.join("by-r8.jar"));
    // R8 renames nothing in how newer Java puts texts together: D8 writes that out first.
    let own = built(project);
    let (ours, others): (Vec<_>, Vec<_>) = jars.iter().partition(|jar| jar.starts_with(&own));
    let mut d8 = tool(project, "com.android.tools.r8.D8")?;
    d8.args(["--classfile", "--release", "--min-api", "34", "--output"]);
    output(d8.arg(&plain).args(ours))?;
    let mut r8 = tool(project, "com.android.tools.r8.R8")?;
    r8.args(["--classfile", "--release", "--lib", &java_home()?]);
    r8.arg("--pg-conf").arg(rules).arg("--output").arg(&shrunk);
    output(r8.arg(&plain).args(others))?;
    Ok(shrunk)
}

/// Where the JDK lies, which says so among what it tells people.
fn java_home() -> Result<String, String> {
    let mut java = elsewhere("java");
    let told = java
        .args(["-XshowSettings:properties", "-version"])
        .output();
    let told = told.map_err(|error| format!("java: {error}"))?;
    String::from_utf8_lossy(&told.stderr)
        .lines()
        .find_map(|line| line.trim().strip_prefix("java.home = "))
        .map(str::to_owned)
        .ok_or_else(|| "java does not say where it lies".into())
}
