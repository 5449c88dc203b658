//! Instructions of small fixed workloads, counted by valgrind's callgrind.
//!
//! Each workload runs at two sizes, and the difference of the counts is divided by the difference of the work, so that starting up
//! and setting up do not count. Other programs on the machine change nothing, but valgrind's processor has no instructions for
//! SHA-256 and nothing wider than AVX2: hashes take there what they take on a processor without them. The kernel's part is not seen.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use crate::sqlcipher::SqlCipher;
use crate::{Outcome, beside};

/// A workload by its name in `workload`, or one of SQLCipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// The program `workload` with this name.
    Own(&'static str),
    /// SQLCipher takes readings in; counted for each.
    Ingest,
    /// SQLCipher sums up by slots of so many milliseconds; counted for each slot.
    Query(i64),
}

/// Instructions of one unit of work.
pub type Counts = BTreeMap<Counted, f64>;

/// Files that the workloads read.
pub struct Inputs<'a> {
    pub heart: &'a Path,
    pub home: &'a Path,
}

/// Whether valgrind is there.
pub fn is_there() -> bool {
    let mut command = Command::new("valgrind");
    let status = command.arg("--version").stdout(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Counts every workload once, on as many threads as there are cores.
pub fn count(workloads: impl Iterator<Item = Counted>, inputs: &Inputs<'_>) -> Outcome<Counts> {
    let mut all: Vec<Counted> = workloads.collect();
    all.sort_unstable();
    all.dedup();
    let (left, counts) = (Mutex::new(all), Mutex::new(Counts::new()));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let work = || -> Result<(), String> {
        loop {
            let next = left.lock().map_err(|_| "a thread failed")?.pop();
            let Some(next) = next else { return Ok(()) };
            let count = one(next, inputs).map_err(|error| format!("{next:?}: {error}"))?;
            println!("instructions of {next:?}: {count:.1}");
            counts
                .lock()
                .map_err(|_| "a thread failed")?
                .insert(next, count);
        }
    };
    thread::scope(|scope| -> Result<(), String> {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| "a thread failed")?)
    })?;
    Ok(counts.into_inner().map_err(|_| "a thread failed")?)
}

fn one(counted: Counted, inputs: &Inputs<'_>) -> Outcome<f64> {
    let [(few, work_few), (many, work_many)] = match counted {
        Counted::Own(name) => [1, 3].map(|n: usize| own(name, n, inputs)),
        Counted::Ingest => [10_000, 30_000].map(|n| ingest(n, inputs)),
        Counted::Query(ms) => [1, 3].map(|n| query(ms, n, inputs)),
    }
    .map(|counted| counted.map_err(|error| error.to_string()))
    .into_iter()
    .collect::<Result<Vec<_>, _>>()?
    .try_into()
    .map_err(|_| "two counts")?;
    Ok((many - few) / (work_many - work_few))
}

fn own(name: &str, n: usize, inputs: &Inputs<'_>) -> Outcome<(f64, f64)> {
    let mut command = Command::new(beside("workload"));
    command
        .args([name, &n.to_string()])
        .arg(inputs.heart)
        .arg(inputs.home);
    let (instructions, said) = callgrind(&command)?;
    Ok((instructions, said.trim().parse()?))
}

fn ingest(n: usize, inputs: &Inputs<'_>) -> Outcome<(f64, f64)> {
    let folder = tempfile::tempdir()?;
    let words = [
        folder.path().to_string_lossy(),
        inputs.heart.to_string_lossy(),
    ];
    let peer = SqlCipher::find().ok_or("no SQLCipher")?;
    let (instructions, _) =
        callgrind(&peer.command(&["ingest", &words[0], &words[1], "1000", &n.to_string()]))?;
    Ok((instructions, n as f64))
}

fn query(ms: i64, n: usize, inputs: &Inputs<'_>) -> Outcome<(f64, f64)> {
    let folder = tempfile::tempdir()?;
    let peer = SqlCipher::find().ok_or("no SQLCipher")?;
    peer.ingest(folder.path(), inputs.home, usize::MAX)?;
    let dir = folder.path().to_string_lossy();
    let (_, slots) = peer.query(folder.path(), ms, 0, 1)?;
    let words = ["query", &dir, &ms.to_string(), "0", &n.to_string()];
    let (instructions, _) = callgrind(&peer.command(&words))?;
    Ok((instructions, (n * slots) as f64))
}

/// Runs a command under callgrind: its instructions, and what it said.
fn callgrind(command: &Command) -> Outcome<(f64, String)> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null())
        .output()?;
    let notes = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(notes.into());
    }
    let line = notes
        .lines()
        .find_map(|line| line.split_once("Collected :"));
    let (_, count) = line.ok_or("valgrind did not count")?;
    Ok((count.trim().parse()?, String::from_utf8(output.stdout)?))
}
