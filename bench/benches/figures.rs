//! The figures as criterion benches, for following one of them through changes: `cargo bench --bench figures`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use freehold::Level::{Day, HalfHour, Hour, QuarterHour, Raw};
use freehold_bench::Outcome;
use freehold_bench::granting::Granted;
use freehold_bench::ingest::{self, Plan};
use freehold_bench::recordings::Recordings;
use freehold_bench::tokens::Own;

fn recording(criterion: &mut Criterion) {
    let series = Recordings::find().heart_rate().expect("the recordings");
    let plan = Plan::new("heart_rate", &[Raw, QuarterHour, Hour, Day]);
    let mut group = criterion.benchmark_group("record and seal");
    group.sample_size(10);
    group.throughput(Throughput::Elements(
        series.iter().map(|readings| readings.len() as u64).sum(),
    ));
    let in_memory = || -> Outcome<()> {
        let home = ingest::in_memory()?;
        let streams = ingest::streams(&home, &plan, series.len())?;
        ingest::record(&streams, &series, 1 << 16).map(drop)
    };
    group.bench_function("in memory", |bencher| {
        bencher.iter(|| in_memory().expect("recorded"))
    });
    let durable = || -> Outcome<()> {
        let folder = tempfile::tempdir()?;
        let home = ingest::on_disk(folder.path())?;
        let streams = ingest::streams(&home, &plan, series.len())?;
        ingest::record(&streams, &series, 1000).map(drop)
    };
    group.bench_function("durable", |bencher| {
        bencher.iter(|| durable().expect("recorded"))
    });
}

fn consent(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let year = Recordings::find().home().expect("the recordings");
    let granted = Granted::new(folder.path(), &year, 48).expect("a grant");
    for (name, level) in [("a year of days", Day), ("a year of half hours", HalfHour)] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| granted.open(level).expect("opened"))
        });
    }
    let own = Own::new().expect("a token");
    criterion.bench_function("verify a token", |bencher| {
        bencher.iter(|| own.verify().expect("verified"))
    });
    criterion.bench_function("grant and accept", |bencher| {
        bencher.iter(|| granted.granting(1).expect("granted"))
    });
}

criterion_group!(benches, recording, consent);
criterion_main!(benches);
