//! The embedded store beside redb, fjall and a bare file, on the writer's workload.
//!
//! A batch is one journal row of about 900 bytes (1,000 readings); every fourth batch seals: one to four rows of 0.3 to 3 kB
//! come in and the journal rows before go. Each contender runs in a process of its own, several rounds, the rounds interleaved.
//!
//! `cargo run --release --bin store [DIR]`: the files go into DIR, or into the system's directory for passing files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, error, hint};

use fjall::{KeyspaceCreateOptions, PersistMode, Readable};
use freehold_store::{Batch, Key, Order, SqliteStore, Store, StoreOptions};
use redb::ReadableDatabase;

type Outcome<T> = Result<T, Box<dyn error::Error>>;

const ROUNDS: usize = 5;
const BATCHES: u64 = 2000;
const CONTENDERS: [&str; 5] = ["overwrite", "append", "freehold-store", "redb", "fjall"];
const JOURNAL: u8 = 1;
const ENTRIES: u8 = 2;

fn main() -> Outcome<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    if let [job, contender, dir] = args.as_slice() {
        let figures = match job.as_str() {
            "append" => append(contender, Path::new(dir))?,
            _ => sizes(contender, Path::new(dir))?,
        };
        println!("{}", figures.map(|figure| figure.to_string()).join(" "));
        return Ok(());
    }
    let root = args.first().map_or_else(env::temp_dir, PathBuf::from);
    println!(
        "{BATCHES} durable batches of 1,000 readings each: median of {ROUNDS} rounds (least to most)\n"
    );
    println!(
        "| | mean commit, µs | median, µs | 99th of 100, µs | CPU a commit, µs | written / payload | peak memory, MiB |"
    );
    table(&root, "append", &CONTENDERS)?;
    println!(
        "\nSize after close / live rows, for stores of three sizes; then the largest reopened and scanned\n"
    );
    println!(
        "| | 100 kB | 2.6 MB | 50 MB | reopen and first row, ms | scan, MB/s | peak memory, MiB |"
    );
    table(&root, "sizes", &CONTENDERS[2..])
}

/// Runs each contender in a process of its own, round after round, and prints the median and the range of each figure.
fn table(root: &Path, job: &str, contenders: &[&'static str]) -> Outcome<()> {
    println!("|---|---|---|---|---|---|---|");
    let mut rounds: BTreeMap<&str, Vec<Vec<f64>>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for contender in contenders {
            let dir = tempfile::tempdir_in(root)?;
            let output = Command::new(env::current_exe()?)
                .args([job, contender])
                .arg(dir.path())
                .output()?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into());
            }
            let row = String::from_utf8(output.stdout)?;
            let row: Result<_, _> = row.split_whitespace().map(str::parse).collect();
            rounds.entry(contender).or_default().push(row?);
        }
    }
    for contender in contenders {
        print!("| {contender} |");
        for column in 0..6 {
            let mut figures: Vec<f64> = rounds[contender].iter().map(|row| row[column]).collect();
            figures.sort_by(f64::total_cmp);
            print!(
                " {} ({}–{}) |",
                short(figures[ROUNDS / 2]),
                short(figures[0]),
                short(figures[ROUNDS - 1])
            );
        }
        println!();
    }
    Ok(())
}

fn short(figure: f64) -> String {
    match figure {
        f if f >= 100.0 => format!("{f:.0}"),
        f if f >= 10.0 => format!("{f:.1}"),
        f => format!("{f:.2}"),
    }
}

fn append(contender: &str, dir: &Path) -> Outcome<[f64; 6]> {
    let mut engine = open(contender, dir)?;
    let batches: Vec<Rows> = Workload::new().take(BATCHES as usize).collect();
    let payload: usize = batches.iter().map(|batch| bytes(&batch.put)).sum();
    let (written, cpu) = (written()?, cpu()?);
    let mut times = Vec::new();
    for batch in &batches {
        let start = Instant::now();
        engine.commit(batch)?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    let cpu = (self::cpu()? - cpu) / BATCHES as f64;
    let mean = times.iter().sum::<f64>() / BATCHES as f64;
    times.sort_by(f64::total_cmp);
    engine.close()?;
    let written = (self::written()? - written) / payload as f64;
    let at = |share: f64| times[(BATCHES as f64 * share) as usize];
    Ok([mean, at(0.5), at(0.99), cpu, written, peak()?])
}

fn sizes(contender: &str, dir: &Path) -> Outcome<[f64; 6]> {
    let mut ratios = Vec::new();
    for (name, size) in [("a", 100_000), ("b", 2_600_000), ("c", 50_000_000)] {
        let dir = dir.join(name);
        fs::create_dir(&dir)?;
        let mut engine = open(contender, &dir)?;
        let mut live = 0;
        let mut workload = Workload::new();
        loop {
            let mut batch = workload.many(20);
            engine.commit(&batch)?;
            batch.put.retain(|(key, _)| key.0 == ENTRIES);
            live += bytes(&batch.put);
            if live >= size {
                break;
            }
        }
        engine.close()?;
        ratios.push(disk(&dir)? as f64 / live as f64);
    }
    let start = Instant::now();
    let engine = open(contender, &dir.join("c"))?;
    engine.scan(1)?;
    let reopen = start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    let scanned = engine.scan(u64::MAX)?;
    let speed = scanned as f64 / 1e6 / start.elapsed().as_secs_f64();
    Ok([ratios[0], ratios[1], ratios[2], reopen, speed, peak()?])
}

/// One batch: what comes in, and the journal rows that go.
struct Rows {
    put: Vec<((u8, u64), Vec<u8>)>,
    delete: Option<(u64, u64)>,
}

struct Workload {
    random: u64,
    batch: u64,
    entry: u64,
    sealed: u64,
}

impl Workload {
    fn new() -> Self {
        Self {
            random: 0x9e37_79b9_7f4a_7c15,
            batch: 0,
            entry: 0,
            sealed: 0,
        }
    }

    /// `count` batches in one, for fewer commits where space is measured; `count` divides by four, so that no journal row is left.
    fn many(&mut self, count: usize) -> Rows {
        let mut rows = Rows {
            put: Vec::new(),
            delete: None,
        };
        for batch in self.take(count) {
            rows.put.extend(batch.put);
            rows.delete = batch
                .delete
                .map(|(_, until)| (0, until + 1))
                .or(rows.delete);
        }
        rows
    }

    fn number(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    fn value(&mut self, least: u64, most: u64) -> Vec<u8> {
        let len = least + self.number() % (most - least);
        (0..len).map(|_| self.number() as u8).collect()
    }
}

impl Iterator for Workload {
    type Item = Rows;

    fn next(&mut self) -> Option<Rows> {
        let mut rows = Rows {
            put: vec![((JOURNAL, self.batch), self.value(850, 950))],
            delete: None,
        };
        if self.batch % 4 == 3 {
            for _ in 0..=self.number() % 4 {
                rows.put
                    .push(((ENTRIES, self.entry), self.value(300, 3000)));
                self.entry += 1;
            }
            rows.delete = Some((self.sealed, self.batch));
            self.sealed = self.batch;
        }
        self.batch += 1;
        Some(rows)
    }
}

fn bytes(rows: &[((u8, u64), Vec<u8>)]) -> usize {
    rows.iter().map(|(_, value)| 8 + value.len()).sum()
}

trait Engine {
    fn commit(&mut self, rows: &Rows) -> Outcome<()>;
    /// Reads up to `most` rows of the entries and returns how many bytes they held.
    fn scan(&self, most: u64) -> Outcome<usize>;
    fn close(self: Box<Self>) -> Outcome<()>;
}

fn open(contender: &str, dir: &Path) -> Outcome<Box<dyn Engine>> {
    Ok(match contender {
        "overwrite" => {
            let file = File::create(dir.join("file"))?;
            for _ in 0..4096 {
                (&file).write_all(&[1; 4096])?;
            }
            file.sync_all()?;
            Box::new(Bare { file, at: Some(0) })
        }
        "append" => Box::new(Bare {
            file: File::create(dir.join("file"))?,
            at: None,
        }),
        "freehold-store" => {
            let options = StoreOptions {
                create: true,
                max_size: None,
            };
            Box::new(SqliteStore::open(dir, options)?)
        }
        "redb" => {
            let mut builder = redb::Builder::new();
            builder.set_cache_size(4 << 20);
            Box::new(builder.create(dir.join("redb"))?)
        }
        _ => {
            let database = fjall::Database::builder(dir).cache_size(4 << 20).open()?;
            let rows = database.keyspace("row", KeyspaceCreateOptions::default)?;
            Box::new(Fjall { database, rows })
        }
    })
}

/// The floor: the same bytes written to a file and made durable, with no order, no index and nothing deleted.
struct Bare {
    file: File,
    /// Where to overwrite, or nothing to let the file grow.
    at: Option<u64>,
}

impl Engine for Bare {
    fn commit(&mut self, rows: &Rows) -> Outcome<()> {
        let mut out = Vec::new();
        for ((space, id), value) in &rows.put {
            out.extend(key(*space, *id).to_be_bytes());
            out.extend(value);
        }
        match &mut self.at {
            None => self.file.write_all(&out)?,
            Some(at) => {
                std::os::unix::fs::FileExt::write_all_at(&self.file, &out, *at)?;
                *at += out.len() as u64;
            }
        }
        Ok(self.file.sync_data()?)
    }

    fn scan(&self, _: u64) -> Outcome<usize> {
        Ok(0)
    }

    fn close(self: Box<Self>) -> Outcome<()> {
        Ok(())
    }
}

fn key(space: u8, id: u64) -> u64 {
    u64::from(space) << 56 | id
}

impl Engine for SqliteStore {
    fn commit(&mut self, rows: &Rows) -> Outcome<()> {
        let mut batch = Batch::new();
        for ((space, id), value) in &rows.put {
            batch.put(Key::new(*space, *id)?, value.as_slice());
        }
        if let Some((from, until)) = rows.delete {
            batch.delete_range(Key::new(JOURNAL, from)?..=Key::new(JOURNAL, until - 1)?);
        }
        Ok(Store::commit(self, &batch)?)
    }

    fn scan(&self, most: u64) -> Outcome<usize> {
        let (mut left, mut bytes) = (most, 0);
        Store::scan(
            self,
            Key::all(ENTRIES)?,
            Order::Ascending,
            &mut |_, value| {
                bytes += hint::black_box(value).len();
                left -= 1;
                if left == 0 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        )?;
        Ok(bytes)
    }

    fn close(self: Box<Self>) -> Outcome<()> {
        Ok(Store::close(&*self)?)
    }
}

const TABLE: redb::TableDefinition<'_, u64, &[u8]> = redb::TableDefinition::new("row");

impl Engine for redb::Database {
    fn commit(&mut self, rows: &Rows) -> Outcome<()> {
        let transaction = self.begin_write()?;
        {
            let mut table = transaction.open_table(TABLE)?;
            for ((space, id), value) in &rows.put {
                table.insert(key(*space, *id), value.as_slice())?;
            }
            if let Some((from, until)) = rows.delete {
                table.retain_in(key(JOURNAL, from)..key(JOURNAL, until), |_, _| false)?;
            }
        }
        Ok(transaction.commit()?)
    }

    fn scan(&self, most: u64) -> Outcome<usize> {
        let table = self.begin_read()?.open_table(TABLE)?;
        let mut bytes = 0;
        for (row, _) in table
            .range(key(ENTRIES, 0)..key(ENTRIES + 1, 0))?
            .zip(0..most)
        {
            bytes += hint::black_box(row?.1.value()).len();
        }
        Ok(bytes)
    }

    fn close(mut self: Box<Self>) -> Outcome<()> {
        self.compact()?;
        Ok(())
    }
}

struct Fjall {
    database: fjall::Database,
    rows: fjall::Keyspace,
}

impl Engine for Fjall {
    fn commit(&mut self, rows: &Rows) -> Outcome<()> {
        let mut batch = self
            .database
            .batch()
            .durability(Some(PersistMode::SyncData));
        for ((space, id), value) in &rows.put {
            batch.insert(&self.rows, key(*space, *id).to_be_bytes(), value.as_slice());
        }
        if let Some((from, until)) = rows.delete {
            for id in from..until {
                batch.remove(&self.rows, key(JOURNAL, id).to_be_bytes());
            }
        }
        Ok(batch.commit()?)
    }

    fn scan(&self, most: u64) -> Outcome<usize> {
        let range = key(ENTRIES, 0).to_be_bytes()..key(ENTRIES + 1, 0).to_be_bytes();
        let mut bytes = 0;
        for (row, _) in self
            .database
            .snapshot()
            .range(&self.rows, range)
            .zip(0..most)
        {
            bytes += hint::black_box(row.value()?).len();
        }
        Ok(bytes)
    }

    fn close(self: Box<Self>) -> Outcome<()> {
        Ok(self.database.persist(PersistMode::SyncAll)?)
    }
}

/// Bytes that this process made the disk write.
fn written() -> Outcome<f64> {
    field("/proc/self/io", "write_bytes:")
}

/// The most memory that this process held, in MiB.
fn peak() -> Outcome<f64> {
    Ok(field("/proc/self/status", "VmHWM:")? / 1024.0)
}

/// Processor time of this process's threads so far, in µs.
fn cpu() -> Outcome<f64> {
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir("/proc/self/task")? {
        let stat = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += stat
            .split_whitespace()
            .next()
            .ok_or("no figure")?
            .parse::<f64>()?;
    }
    Ok(nanoseconds / 1e3)
}

fn field(file: &str, name: &str) -> Outcome<f64> {
    let text = fs::read_to_string(file)?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .ok_or("no such field")?;
    Ok(line.split_whitespace().next().ok_or("no figure")?.parse()?)
}

/// Bytes of all files under `dir`, as their lengths say.
fn disk(dir: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() {
            disk(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(bytes)
}
