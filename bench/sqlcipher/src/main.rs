//! SQLCipher on readings from a file, in a process of its own: two builds of SQLite do not link into one program.
//!
//! `ingest DIR FILE BATCH [READINGS]` makes a store in DIR and commits each batch durably; `query DIR MS STREAM ROUNDS` sums up
//! a stream by slots of so many milliseconds. Figures come out as lines of a name and a number.
//!
//! The store is what SQLCipher is by default but for a raw key, which spares the derivation from a passphrase, the write-ahead
//! log, and a cache that holds everything when it is asked. FILE has, for each stream, the number of its readings and their times
//! and values, all as little-endian 64-bit integers.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, params};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["ingest", dir, file, batch] => ingest(Path::new(dir), file, batch.parse()?, usize::MAX),
        ["ingest", dir, file, batch, most] => {
            ingest(Path::new(dir), file, batch.parse()?, most.parse()?)
        }
        ["query", dir, ms, stream, rounds] => query(
            Path::new(dir),
            ms.parse()?,
            stream.parse()?,
            rounds.parse()?,
        ),
        _ => Err("ingest DIR FILE BATCH [READINGS] | query DIR MS STREAM ROUNDS".into()),
    }
}

fn ingest(dir: &Path, file: &str, batch: usize, most: usize) -> Outcome<()> {
    let streams = streams(&fs::read(file)?)?;
    let mut store = open(dir)?;
    store.execute_batch(
        "create table r(s integer, t integer, v integer, primary key (s, t)) without rowid",
    )?;
    let (wall, cpu, wrote) = (Instant::now(), cpu()?, written()?);
    let mut left = most;
    for (stream, readings) in (0_i64..).zip(&streams) {
        let readings = &readings[..readings.len().min(left)];
        left -= readings.len();
        for batch in readings.chunks(batch) {
            let transaction = store.transaction()?;
            {
                // A later reading of the same instant counts.
                let mut insert =
                    transaction.prepare_cached("insert or replace into r values (?, ?, ?)")?;
                for (time, value) in batch {
                    insert.execute(params![stream, time, value])?;
                }
            }
            transaction.commit()?;
        }
    }
    println!("wall {}", wall.elapsed().as_secs_f64());
    println!("cpu {}", self::cpu()? - cpu);
    println!("written {}", written()? - wrote);
    store.close().map_err(|(_, error)| error)?;
    println!("file {}", fs::metadata(dir.join("store.db"))?.len());
    Ok(())
}

fn query(dir: &Path, ms: i64, stream: i64, rounds: usize) -> Outcome<()> {
    let store = open(dir)?;
    store.pragma_update(None, "cache_size", -256 * 1024)?;
    let mut select = store.prepare(
        "select t / ?1, count(*), sum(v), min(v), max(v) from r where s = ?2 group by 1 order by 1",
    )?;
    let (mut best, mut slots) = (f64::INFINITY, 0);
    for _ in 0..rounds {
        let cpu = cpu()?;
        let mut rows = select.query(params![ms, stream])?;
        slots = 0;
        while let Some(row) = rows.next()? {
            std::hint::black_box((row.get::<_, i64>(2)?, row.get::<_, i64>(4)?));
            slots += 1;
        }
        best = best.min(self::cpu()? - cpu);
    }
    println!("seconds {best}");
    println!("slots {slots}");
    Ok(())
}

fn open(dir: &Path) -> Outcome<Connection> {
    let store = Connection::open(dir.join("store.db"))?;
    store.pragma_update(None, "key", format!("x'{}'", "7b".repeat(32)))?;
    let version: String = store.query_row("pragma cipher_version", (), |row| row.get(0))?;
    if version.is_empty() {
        return Err("this is not SQLCipher".into());
    }
    store.pragma_update(None, "journal_mode", "wal")?;
    store.pragma_update(None, "synchronous", "full")?;
    Ok(store)
}

fn streams(bytes: &[u8]) -> Outcome<Vec<Vec<(i64, i64)>>> {
    let mut numbers = bytes
        .chunks_exact(8)
        .map(|number| i64::from_le_bytes(number.try_into().unwrap_or_default()));
    let mut streams = Vec::new();
    while let Some(count) = numbers.next() {
        let mut next = || numbers.next().ok_or("the file is cut");
        let readings = (0..count).map(|_| Ok((next()?, next()?)));
        streams.push(readings.collect::<Result<_, &str>>()?);
    }
    Ok(streams)
}

/// Seconds that this thread had a core.
fn cpu() -> Outcome<f64> {
    // The account of a running thread is brought up to date when it yields.
    std::thread::yield_now();
    let stat = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = stat.split_whitespace().next().ok_or("no figure")?.parse()?;
    Ok(nanoseconds / 1e9)
}

/// Bytes that this process handed to the system to write.
fn written() -> Outcome<u64> {
    let account = fs::read_to_string("/proc/self/io")?;
    let line = account.lines().find_map(|line| line.strip_prefix("wchar:"));
    Ok(line.ok_or("no figure")?.trim().parse()?)
}
