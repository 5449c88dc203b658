//! SQLCipher on the same readings, by the program in `sqlcipher/`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use freehold::{Reading, Time, Value};

use crate::{Outcome, beside};

/// The program, and readings in the form that it takes.
pub struct SqlCipher {
    program: PathBuf,
}

/// What taking readings in came to.
#[derive(Clone, Copy, Debug)]
pub struct Ingested {
    pub wall: f64,
    pub cpu: f64,
    pub written: f64,
    pub file: f64,
}

impl SqlCipher {
    /// The program that `FREEHOLD_BENCH_SQLCIPHER` names, or the one beside this one.
    pub fn find() -> Option<Self> {
        let named = env::var_os("FREEHOLD_BENCH_SQLCIPHER").map(PathBuf::from);
        let program = named.or_else(|| Some(beside("freehold-bench-sqlcipher")))?;
        program.is_file().then_some(Self { program })
    }

    /// The command of the program with some words.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words);
        command
    }

    /// Takes the readings of a file in, in durable batches, into a new store in the folder `dir`.
    pub fn ingest(&self, dir: &Path, file: &Path, batch: usize) -> Outcome<Ingested> {
        let (dir, file) = (dir.to_string_lossy(), file.to_string_lossy());
        let lines = self.run(&["ingest", &dir, &file, &batch.to_string()])?;
        let [wall, cpu, written, file] = figures(&lines, ["wall", "cpu", "written", "file"])?;
        Ok(Ingested {
            wall,
            cpu,
            written,
            file,
        })
    }

    /// Seconds to sum the stream `stream` up by slots of so many milliseconds, and how many there are.
    pub fn query(
        &self,
        dir: &Path,
        ms: i64,
        stream: usize,
        rounds: usize,
    ) -> Outcome<(f64, usize)> {
        let words = [ms.to_string(), stream.to_string(), rounds.to_string()];
        let lines = self.run(&[
            "query",
            &dir.to_string_lossy(),
            &words[0],
            &words[1],
            &words[2],
        ])?;
        let [seconds, slots] = figures(&lines, ["seconds", "slots"])?;
        Ok((seconds, slots as usize))
    }

    fn run(&self, words: &[&str]) -> Outcome<String> {
        let output = self.command(words).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// Writes series of numbers for programs that shall not spend their time on reading text: for each its length, then times and
/// values, all as little-endian 64-bit integers.
pub fn write(path: &Path, series: &[Vec<Reading>]) -> Outcome<()> {
    let mut bytes = Vec::new();
    for readings in series {
        bytes.extend((readings.len() as i64).to_le_bytes());
        for reading in readings {
            let number = reading.value.number().ok_or("not a number")?;
            bytes.extend(reading.time.ms().to_le_bytes());
            bytes.extend(number.to_le_bytes());
        }
    }
    Ok(fs::write(path, bytes)?)
}

/// Reads them back.
pub fn read(path: &Path) -> Outcome<Vec<Vec<Reading>>> {
    let bytes = fs::read(path)?;
    let mut numbers = bytes
        .chunks_exact(8)
        .map(|number| i64::from_le_bytes(number.try_into().unwrap_or_default()));
    let mut series = Vec::new();
    while let Some(count) = numbers.next() {
        let mut next = || numbers.next().ok_or("the file is cut");
        let readings = (0..count).map(|_| {
            let (time, number) = (next()?, next()?);
            Ok(Reading::new(Time::from_ms(time), Value::Number(number)))
        });
        series.push(readings.collect::<Result<_, &str>>()?);
    }
    Ok(series)
}

fn figures<const N: usize>(lines: &str, names: [&str; N]) -> Outcome<[f64; N]> {
    let mut figures = [0.0; N];
    for (figure, name) in figures.iter_mut().zip(names) {
        let line = lines.lines().find_map(|line| line.strip_prefix(name));
        *figure = line.ok_or("a figure is missing")?.trim().parse()?;
    }
    Ok(figures)
}
