//! Clocks.

use std::fs;
use std::time::Instant;

/// What one round took.
#[derive(Clone, Copy)]
pub struct Took {
    /// Seconds on the wall.
    pub wall: f64,
    /// Seconds that this process had a core; the wall's where the system does not tell.
    pub cpu: f64,
}

/// Runs `act` once.
pub fn time<T>(act: impl FnOnce() -> T) -> (Took, T) {
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    let result = act();
    let wall = wall.elapsed().as_secs_f64();
    let cpu = match (cpu, cpu_seconds()) {
        (Some(before), Some(after)) => after - before,
        _ => wall,
    };
    (Took { wall, cpu }, result)
}

/// The median of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The least of some figures: what other work on the machine disturbed least.
pub fn least(figures: Vec<f64>) -> f64 {
    figures.into_iter().fold(f64::INFINITY, f64::min)
}

/// The median of the seconds that `rounds` calls have a core, each repeated often enough to be timed.
pub fn seconds(rounds: usize, mut act: impl FnMut()) -> f64 {
    let (once, ()) = time(&mut act);
    let repeat = (0.01 / once.cpu.max(1e-8)).clamp(1.0, 100_000.0) as u32;
    let round = || {
        let (took, ()) = time(|| (0..repeat).for_each(|_| act()));
        took.cpu / f64::from(repeat)
    };
    median(std::iter::repeat_with(round).take(rounds).collect())
}

/// The least seconds that each contender has a core for, over so many rounds. Every round has each of them once, so that what
/// disturbs one disturbs its neighbours.
pub fn contest<const N: usize>(rounds: usize, mut contenders: [&mut dyn FnMut(); N]) -> [f64; N] {
    let repeats = contenders.each_mut().map(|act| {
        let (once, ()) = time(&mut **act);
        (ROUND_SECONDS / once.cpu.max(1e-8)).clamp(1.0, 100_000.0) as u32
    });
    let mut best = [f64::INFINITY; N];
    for _ in 0..rounds {
        for ((act, repeat), best) in contenders.iter_mut().zip(repeats).zip(&mut best) {
            let (took, ()) = time(|| (0..repeat).for_each(|_| act()));
            *best = best.min(took.cpu / f64::from(repeat));
        }
    }
    best
}

/// What one contender has of a round, at least; the clock counts in nanoseconds but is read through the system.
const ROUND_SECONDS: f64 = 0.004;

/// Bytes that this process handed to the system to write, so far; 0 where the system does not tell.
pub fn bytes_written() -> u64 {
    let account = fs::read_to_string("/proc/self/io").unwrap_or_default();
    let line = account.lines().find_map(|line| line.strip_prefix("wchar:"));
    line.and_then(|line| line.trim().parse().ok()).unwrap_or(0)
}

/// The machine, as the system names it.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
    format!("{cores} × {name}, {}", std::env::consts::OS)
}

/// How many threads wanted a core, on average over the last minute.
pub fn load() -> Option<f64> {
    let account = fs::read_to_string("/proc/loadavg").ok()?;
    account.split_whitespace().next()?.parse().ok()
}

fn cpu_seconds() -> Option<f64> {
    // The account of a running thread is brought up to date when it yields.
    std::thread::yield_now();
    let stat = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = stat.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}
