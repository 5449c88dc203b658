//! Nanoseconds for a reading that is recorded in a batch of a thousand, in Rust: what `bindings/c/bench/record.c` does in C.

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use freehold::{
    Device, Home, Level, Reading, SetClock, Time, Value,
    crypto::{MemoryKeyStore, OsEntropy},
    model::kinds,
};

const MIDNIGHT: i64 = 1_772_582_400_000;
const BATCHES: i64 = 300;
const BATCH: i64 = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let now = Time::from_ms(MIDNIGHT + 24 * 3_600_000 * 365);
    let (keys, clock) = (MemoryKeyStore::new(), Arc::new(SetClock::new(now)));
    let home = Home::in_memory("Home", keys, clock, Box::new(OsEntropy::new()))?;
    home.add_device(Device {
        name: "Meter".into(),
        maker: None,
        model: None,
    })?;
    let spec = home.stream_spec(kinds::ACTIVE_POWER, "Etc/UTC")?;
    let spec = spec.levels([Level::Raw, Level::Hour]).every_ms(1000);
    let stream = home.add_stream("Meter", "Power", spec)?;
    let mut spent = Duration::ZERO;
    for batch in 0..BATCHES {
        let reading = |n: i64| {
            let value = Value::Number(400_000 + n * 7919 % 5000);
            Reading::new(Time::from_ms(MIDNIGHT + n * 1000), value)
        };
        let numbers = batch * BATCH..(batch + 1) * BATCH;
        let readings: Vec<Reading> = numbers.map(reading).collect();
        let begun = Instant::now();
        stream.record(&readings)?;
        spent += begun.elapsed();
    }
    let count = u32::try_from(BATCHES * BATCH)?;
    #[allow(clippy::print_stdout, reason = "it is what it is for")]
    {
        println!("record {:.1}", spent.as_secs_f64() * 1e9 / f64::from(count));
    }
    Ok(())
}
