//! The tool's import of many homes.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Outcome, beside};

/// The tool: `FREEHOLD_TOOL`, or the workspace's release build.
pub fn tool() -> Option<PathBuf> {
    let named = env::var_os("FREEHOLD_TOOL").map(PathBuf::from);
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/freehold");
    [named, Some(beside("freehold")), Some(built.into())]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
}

/// Imports the half-hours of many homes in one pass: seconds, and the largest part of memory in MiB.
pub fn split(tool: &Path, file: &Path, home: &Path) -> Outcome<(f64, f64)> {
    let home = home.to_str().ok_or("path")?;
    let file = file.to_str().ok_or("path")?;
    let levels = "raw,half-hour,day,month";
    let zone = "Australia/Brisbane";
    run(tool, &["init", home, "--name", "Street"])?;
    run(tool, &["device", "add", home, "--name", "meter"])?;
    let spec = [
        "--kind",
        "energy_interval",
        "--levels",
        levels,
        "--facets",
        "totals,extremes",
        "--zone",
        zone,
    ];
    run(
        tool,
        &[
            &["stream", "add", home, "--device", "meter", "--name", "use"],
            &spec[..],
        ]
        .concat(),
    )?;
    let columns = [
        "--time",
        "reading_local",
        "--value",
        "general_supply_kwh",
        "--unit",
        "kW.h",
        "--duration",
        "30m",
    ];
    run(
        tool,
        &[
            &[
                "import",
                home,
                "--split",
                "household",
                "--like",
                "use",
                file,
            ],
            &columns[..],
        ]
        .concat(),
    )
}

fn run(tool: &Path, arguments: &[&str]) -> Outcome<(f64, f64)> {
    let start = Instant::now();
    let mut child = Command::new(tool)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak: f64 = 0.0;
    let ended = loop {
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        // The high-water mark of the process, as long as there is one.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = mark.and_then(|mark| mark.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
        peak = peak.max(kib.unwrap_or(0.0) / 1024.0);
        std::thread::sleep(Duration::from_millis(5));
    };
    if !ended.success() {
        return Err(format!("{} failed", arguments.first().unwrap_or(&"")).into());
    }
    Ok((start.elapsed().as_secs_f64(), peak))
}
