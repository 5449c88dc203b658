//! The second implementation, in Python, written from the specification: it opens what the Rust recipient opens, refuses what
//! was changed, and passes the vectors.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Arc, Mutex, OnceLock},
};

use flate2::read::GzDecoder;
use freehold::{
    Facet, Facets, FileKeyStore, Home, Level, Levels, Reading, Recipient, Selector, SetClock, Time,
    Value, Window,
    consent::{Choices, Name, Role, TokenId},
    crypto::{
        Entropy, EntropyError, EnvelopeKey, MemoryKeyStore, Secret, SeededEntropy, Signature,
    },
    model::{Kind, Summary},
};
use freehold_store::FILE_NAME;
use freehold_sync::Header;
use freehold_tests::{add, ask, at, spec, utc, wishes};
use serde_json::{Value as Json, json};

const HALF_HOUR_MS: u32 = 1_800_000;
const FACETS: [Facet; 4] = [
    Facet::Totals,
    Facet::Extremes,
    Facet::Distribution,
    Facet::Index,
];

/// A consent, and what it grants.
#[derive(Clone)]
struct Granted {
    id: TokenId,
    file: Vec<u8>,
    stream: &'static str,
    levels: Levels,
    from: Time,
    until: Time,
}

/// A home on disk that was put back to an older copy once, a recipient of which the envelope's seed is known, and what passed
/// between them.
struct Scene {
    folder: tempfile::TempDir,
    recipient: Recipient,
    seed: Vec<u8>,
    consents: Vec<Granted>,
    revoked: Granted,
    parcels: Vec<Vec<u8>>,
}

/// A parcel's bytes, and those of what it says of a log: token, genesis, checkpoint before, entries, checkpoint after.
type Parts = (
    Vec<Vec<u8>>,
    Vec<Vec<u8>>,
    Vec<LogPart>,
    Vec<(TokenId, Vec<u8>)>,
);
type LogPart = (
    TokenId,
    (Vec<u8>, Signature),
    Option<Vec<u8>>,
    Vec<(Vec<u8>, Vec<u8>)>,
    Vec<u8>,
);

#[test]
fn python_passes_the_vectors() {
    let run = second(["vectors", "vectors"]);
    assert!(run.status.success(), "{}", said(&run));
}

/// [parcel-2], [parcel-3]: what the parcels bring adds up, for a second reader too.
#[test]
fn python_opens_what_rust_opens_and_nothing_else() {
    let scene = scene();
    scene.has_everything();
    for granted in &scene.consents {
        let (found, counts) = scene.opened_by_python(granted);
        let expected = scene.opened_by_rust(granted);
        assert!(!expected.is_empty(), "{}", granted.stream);
        for (ours, theirs) in expected.iter().zip(&found) {
            assert_eq!(ours, theirs, "{}", granted.stream);
        }
        assert_eq!(expected.len(), found.len(), "{}", granted.stream);
        for count in &counts {
            let level = count["level"].as_str().unwrap().parse::<Level>().unwrap();
            let opened = count["opened"].as_u64().unwrap();
            assert_eq!(opened > 0, granted.levels.contains(level), "{count}");
        }
    }
    // The first consent is of days alone. If what came under another is at hand, no key opens the other levels of its stream.
    let scene = scene.all_under_the_first();
    let (_, counts) = scene.opened_by_python(&scene.consents[0]);
    for level in ["raw", "half-hour"] {
        let count = counts.iter().find(|count| count["level"] == level).unwrap();
        assert!(count["closed"].as_u64().unwrap() > 10, "{count}");
    }
    let refused = scene.open(&scene.revoked, &scene.seed, scene.recipient.now());
    assert_eq!(refusal(&refused), "revoked");
}

/// [parcel-1]: a bit of any part of a stretch, and of a grant.
#[test]
fn python_refuses_what_was_changed() {
    let scene = scene();
    let granted = &scene.consents[1];
    let tampered = scene.tampered_parcels();
    assert!(tampered.len() > 30, "{}", tampered.len());
    let mut arguments = vec![
        "log".into(),
        "--grant".into(),
        scene.write("grant", &granted.file),
    ];
    arguments.extend(
        tampered
            .iter()
            .map(|(name, parcel)| scene.write(name, parcel)),
    );
    let run = second(&arguments);
    let lines = lines(&run);
    assert_eq!(lines.len(), tampered.len(), "{}", said(&run));
    for (line, (name, _)) in lines.iter().zip(&tampered) {
        assert!(line["refused"].is_string(), "{name}: {line}");
    }

    let now = scene.recipient.now();
    for nth in 0..8 {
        let mut file = granted.file.clone();
        let place = 6 + nth * (file.len() - 7) / 7;
        file[place] ^= 1;
        let changed = Granted {
            file,
            ..granted.clone()
        };
        let run = scene.open(&changed, &scene.seed, now);
        assert!(!refusal(&run).is_empty(), "byte {place}");
    }
    let other = scene.open(granted, &[7; 32], now);
    assert_eq!(refusal(&other), "authentication");
    let late = scene.open(granted, &scene.seed, utc("2030-01-01"));
    assert_eq!(refusal(&late), "expired");
}

impl Scene {
    /// What passed has further parts, logs begun anew, new generations, stretches from a checkpoint, and entries in all three
    /// forms: else the comparison says less than it seems to.
    fn has_everything(&self) {
        let (mut stretches, mut extensions) = (Vec::new(), 0);
        for parcel in &self.parcels {
            let (_, bundles, logs, _): Parts = postcard::from_bytes(parcel).unwrap();
            stretches.extend(logs);
            extensions += bundles.len();
        }
        assert!(extensions > 2, "{extensions}");
        let headers = || {
            let entries = stretches.iter().flat_map(|stretch| &stretch.3);
            entries.map(|(header, _)| Header::from_bytes(header).unwrap())
        };
        let forms = || stretches.iter().flat_map(|stretch| &stretch.3);
        assert!(headers().any(|header| header.generation() > 1));
        assert!(headers().any(|header| header.slots().any(|(_, part)| part > 0)));
        assert!((0..3).all(|form| forms().any(|(_, body)| body[0] == form)));
        assert!(stretches.iter().any(|stretch| stretch.2.is_some()));
        let grant = self.write("grant", &self.consents[0].file);
        let mut arguments: Vec<PathBuf> = vec!["log".into(), "--grant".into(), grant];
        let parcels = self.parcels.iter().enumerate();
        arguments.extend(parcels.map(|(n, parcel)| self.write(&format!("parcel-{n}"), parcel)));
        let run = second(&arguments);
        assert!(run.status.success(), "{}", said(&run));
        let lines = lines(&run);
        assert_eq!(lines.len(), stretches.len());
        for incarnation in 0..2 {
            assert!(
                lines.iter().any(|line| line["incarnation"] == incarnation),
                "{}",
                said(&run)
            );
        }
    }

    /// Stretches of the first two consents' stream, which came under either of them, as if all had come under the first.
    fn all_under_the_first(mut self) -> Self {
        let [first, second] = [0, 1].map(|n| self.consents[n].id);
        for parcel in &mut self.parcels {
            let (revocations, bundles, mut logs, _): Parts = postcard::from_bytes(parcel).unwrap();
            logs.retain(|log| [first, second].contains(&log.0));
            logs.iter_mut().for_each(|log| log.0 = first);
            let parts: Parts = (revocations, bundles, logs, Vec::new());
            *parcel = postcard::to_allocvec(&parts).unwrap();
        }
        self
    }

    /// Runs `open` with everything that the recipient was ever handed, for whichever consent.
    fn open(&self, granted: &Granted, seed: &[u8], now: Time) -> Output {
        let hex: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut arguments: Vec<PathBuf> = vec![
            "open".into(),
            "--grant".into(),
            self.write("grant", &granted.file),
            "--seed".into(),
            self.write("seed", hex.as_bytes()),
            "--now".into(),
            now.ms().to_string().into(),
        ];
        let parcels = self.parcels.iter().enumerate();
        arguments.extend(parcels.map(|(n, parcel)| self.write(&format!("parcel-{n}"), parcel)));
        second(&arguments)
    }

    /// What Python opens, and what it says of each level: how many pieces opened, had no key, and were not there.
    fn opened_by_python(&self, granted: &Granted) -> (Vec<Json>, Vec<Json>) {
        let run = self.open(granted, &self.seed, self.recipient.now());
        assert!(run.status.success(), "{}", said(&run));
        let (counts, items): (Vec<Json>, Vec<Json>) = lines(&run)
            .into_iter()
            .partition(|line| line.get("opened").is_some());
        (items, counts)
    }

    fn opened_by_rust(&self, granted: &Granted) -> Vec<Json> {
        let selector = Selector {
            consent: Some(granted.id),
            stream: None,
        };
        let (stream, from, until) = (granted.stream, granted.from, granted.until);
        let mut items = Vec::new();
        for level in granted.levels.iter() {
            if level == Level::Raw {
                let readings = self.recipient.read(&selector, from, until).unwrap().items;
                items.extend(readings.iter().map(|reading| reading_json(stream, reading)));
            } else {
                let windows = self.recipient.summaries(&selector, level, from, until);
                let windows = windows.unwrap().items;
                items.extend(
                    windows
                        .iter()
                        .map(|window| window_json(stream, level, window)),
                );
            }
        }
        items
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Parcels with one log each, one bit of which is changed: in every part, at its beginning, middle and end.
    fn tampered_parcels(&self) -> Vec<(String, Vec<u8>)> {
        let mut made = Vec::new();
        for parcel in &self.parcels {
            let (_, _, logs, _): Parts = postcard::from_bytes(parcel).unwrap();
            let whole = logs.into_iter().find(|log| !log.3.is_empty()).unwrap();
            let mut change = |name: &str, len: usize, flip: &dyn Fn(&mut LogPart, usize)| {
                for place in [0, len / 2, len - 1] {
                    let mut log = whole.clone();
                    flip(&mut log, place);
                    let parts: Parts = (Vec::new(), Vec::new(), vec![log], Vec::new());
                    let name = format!("{}-{name}-{place}", made.len());
                    made.push((name, postcard::to_allocvec(&parts).unwrap()));
                }
            };
            change("genesis", whole.1.0.len(), &|log, at| log.1.0[at] ^= 1);
            change("genesis-signature", 64, &|log, at| {
                let mut bytes = log.1.1.to_bytes();
                bytes[at] ^= 1;
                log.1.1 = Signature::from_bytes(&bytes);
            });
            if let Some(from) = &whole.2 {
                change("from", from.len(), &|log, at| {
                    log.2.as_mut().unwrap()[at] ^= 1
                });
            }
            for (n, (header, body)) in whole.3.iter().enumerate().take(3) {
                change("header", header.len(), &|log, at| log.3[n].0[at] ^= 1);
                change("body", body.len(), &|log, at| log.3[n].1[at] ^= 1);
            }
            change("checkpoint", whole.4.len(), &|log, at| log.4[at] ^= 1);
        }
        made
    }
}

/// What passed between a home and a recipient in two weeks of April 2013. In Sydney the clock goes back on the 7th.
fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("home");
    let clock = Arc::new(SetClock::new(utc("2013-04-07T01:00")));
    let home =
        Home::create_with(&store, "Home", FileKeyStore::beside(&store), clock.clone()).unwrap();
    let streams = add_streams(&home);
    let until = utc("2013-04-06T20:00");
    record(&home, &streams, utc("2013-04-01"), until, |n| n % 50 != 7);
    let (recipient, drawn) = recipient(&clock);
    let seed = seed_of(&recipient, &drawn);
    let mut consents = Vec::new();
    for grant in grants() {
        consents.push(granted(&home, &recipient, grant));
    }
    let (from, end) = (utc("2013-04-02"), utc("2013-04-12"));
    let hours = (
        "energy_interval",
        &[Level::Hour][..],
        &FACETS[..1],
        from,
        end,
    );
    let revoked = granted(&home, &recipient, hours);
    home.close().unwrap();

    // What is written after the copy was taken goes to the recipient, but the home that is put back to the copy knows nothing of
    // it: it begins new logs, and what is recorded again stands in both.
    let copy = fs::read(store.join(FILE_NAME)).unwrap();
    let open = || {
        let keys = FileKeyStore::beside(&store);
        Home::open_with(&store, keys, clock.clone()).unwrap()
    };
    let home = open();
    record(&home, &streams, until, utc("2013-04-07"), |_| true);
    let mut parcels = vec![handed_over(&home, &recipient)];
    home.close().unwrap();
    fs::write(store.join(FILE_NAME), copy).unwrap();
    let home = open();

    // Late readings make further parts; a withdrawal makes new roots; time passes, and leases are extended.
    record(&home, &streams, utc("2013-04-01"), until, |n| n % 50 == 7);
    parcels.push(handed_over(&home, &recipient));
    home.revoke(revoked.id).unwrap();
    clock.set(utc("2013-04-14"));
    record(&home, &streams, until, utc("2013-04-12"), |_| true);
    parcels.push(handed_over(&home, &recipient));
    home.close().unwrap();
    Scene {
        folder,
        recipient,
        seed,
        consents,
        revoked,
        parcels,
    }
}

/// Names and readings.
type Streams = [(&'static str, Vec<Reading>); 3];
type Grant = (&'static str, &'static [Level], &'static [Facet], Time, Time);

fn grants() -> Vec<Grant> {
    use Level::{Day, HalfHour, Hour, Minute, Month, QuarterHour, Raw};
    let sydney = |text: &str| at("Australia/Sydney", text);
    vec![
        (
            "energy_interval",
            &[Day],
            &FACETS[..1],
            sydney("2013-04-02"),
            sydney("2013-04-11"),
        ),
        (
            "energy_interval",
            &[Raw, HalfHour, Day],
            &FACETS[..3],
            sydney("2013-04-03T05:10"),
            sydney("2013-04-10T11:00"),
        ),
        (
            "energy_imported",
            &[Raw, Minute, QuarterHour, HalfHour, Hour, Day, Month],
            &FACETS,
            sydney("2013-04-01"),
            sydney("2013-05-01"),
        ),
        (
            "occupancy",
            &[Raw, Minute, Hour, Day],
            &FACETS[2..3],
            utc("2013-04-04"),
            utc("2013-04-13"),
        ),
    ]
}

/// A meter's half hours, the same as a counter, and whether somebody is in the room.
fn add_streams(home: &Home) -> Streams {
    let all: Levels = Level::ALL.into_iter().collect();
    let levels: Levels = [
        Level::Raw,
        Level::HalfHour,
        Level::Hour,
        Level::Day,
        Level::Month,
    ]
    .into();
    let interval = spec(1, "energy_interval", "Australia/Sydney").levels(levels);
    let counter = spec(2, "energy_imported", "Australia/Sydney").levels(all);
    let occupancy = spec(3, "occupancy", "Europe/Brussels").levels(all);
    let used = half_hours("H01");
    let mut index = 1_000_000;
    let mut counted = Vec::new();
    for reading in half_hours("H04") {
        index += reading.value.number().unwrap();
        counted.push(Reading::new(reading.time, Value::Number(index)));
    }
    add(home, interval.chunk_minutes(360));
    add(home, counter.chunk_minutes(720));
    add(home, occupancy.chunk_minutes(60));
    [
        ("energy_interval", used),
        ("energy_imported", counted),
        ("occupancy", occupied()),
    ]
}

/// Records what lies between two instants and is wanted by its number, in two batches, and seals what has ended.
fn record(home: &Home, streams: &Streams, from: Time, until: Time, wanted: fn(usize) -> bool) {
    for (name, readings) in streams {
        let some = readings
            .iter()
            .enumerate()
            .filter(|(n, reading)| (from..until).contains(&reading.time) && wanted(*n));
        let some: Vec<Reading> = some.map(|(_, reading)| reading.clone()).collect();
        let stream = home.stream(name).unwrap();
        for batch in some.chunks(some.len().div_ceil(2).max(1)) {
            stream.record(batch).unwrap();
            stream.flush().unwrap();
        }
    }
}

fn granted(
    home: &Home,
    recipient: &Recipient,
    (stream, levels, facets, from, until): Grant,
) -> Granted {
    let levels: Levels = levels.iter().copied().collect();
    let facets: Facets = facets.iter().copied().collect();
    let line = ask(stream, levels, facets, from, until);
    let request = recipient.request(wishes(vec![line], None)).unwrap();
    let proposal = home.propose(&request, &Choices::default()).unwrap();
    let grant = home.approve(&proposal, proposal.shown(), true).unwrap();
    Granted {
        id: recipient.accept(&grant).unwrap(),
        file: grant.to_file().unwrap(),
        stream,
        levels,
        from,
        until,
    }
}

/// Hands the recipient what it is owed, and keeps the bytes.
fn handed_over(home: &Home, recipient: &Recipient) -> Vec<u8> {
    let parcel = home
        .parcel(recipient.card(), &recipient.have().unwrap())
        .unwrap();
    recipient.receive(&parcel).unwrap();
    postcard::to_allocvec(&parcel).unwrap()
}

/// Everything that was ever drawn.
type Drawn = Arc<Mutex<Vec<Vec<u8>>>>;

/// Remembers what it gives.
struct Remembering(SeededEntropy, Drawn);

impl Entropy for Remembering {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        self.0.fill(out)?;
        self.1.lock().unwrap().push(out.to_vec());
        Ok(())
    }
}

fn recipient(clock: &Arc<SetClock>) -> (Recipient, Drawn) {
    let drawn = Drawn::default();
    let entropy = Box::new(Remembering(SeededEntropy::new(2), drawn.clone()));
    let (name, keys) = (Name::new("Recipient").unwrap(), MemoryKeyStore::new());
    let made = Recipient::in_memory(name, Role::Controller, keys, clock.clone(), entropy);
    (made.unwrap(), drawn)
}

/// The seed of the recipient's envelope key: the one of what was drawn that gives the key on its card.
fn seed_of(recipient: &Recipient, drawn: &Drawn) -> Vec<u8> {
    let drawn = drawn.lock().unwrap();
    let is_seed = |bytes: &&Vec<u8>| {
        let seed: Option<[u8; 32]> = bytes.as_slice().try_into().ok();
        let key = seed.and_then(|seed| EnvelopeKey::from_seed(Secret::from_bytes(seed)).ok());
        key.is_some_and(|key| key.public_key() == recipient.card().envelope())
    };
    drawn.iter().find(is_seed).unwrap().clone()
}

// The recordings.

fn lines_of(extract: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(extract);
    let mut text = String::new();
    let file = fs::File::open(path).unwrap();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The half hours of a household in April 2013. By the clock of Brisbane every one has an instant of its own.
fn half_hours(household: &str) -> Vec<Reading> {
    let kind = Kind::registered("energy_interval").unwrap();
    let mut readings = Vec::new();
    for line in lines_of("electricity-sgsc-49homes/sgsc_2013_halfhourly.csv.gz") {
        let cells: Vec<&str> = line.split(',').collect();
        if cells[0] == household && cells[1].starts_with("2013-04") {
            let value = kind.parse(&format!("{} kW.h", cells[2])).unwrap().value;
            let time = at("Australia/Brisbane", cells[1]);
            readings.push(Reading::new(time, value).lasting_ms(HALF_HOUR_MS));
        }
    }
    readings
}

/// Whether an office was occupied, some two days about every minute; told as if it had been in April 2013.
fn occupied() -> Vec<Reading> {
    let shift = utc("2013-04-05").since_ms(utc("2015-02-03"));
    let rows = lines_of("office-occupancy-uci357/datatest.csv.gz");
    let reading = |line: &String| {
        let line = line.replace('"', "");
        let cells: Vec<&str> = line.split(',').collect();
        Reading::new(utc(cells[1]).plus_ms(shift), Value::Bool(cells[7] == "1"))
    };
    rows.iter().skip(1).map(reading).collect()
}

// What both say, in the same words.

fn reading_json(stream: &str, reading: &Reading) -> Json {
    let value = match &reading.value {
        Value::Number(number) => json!(number),
        Value::Bool(truth) => json!(truth),
        other => panic!("{other:?}"),
    };
    json!({
        "stream": stream,
        "level": "raw",
        "time": reading.time.ms(),
        "duration": reading.duration_ms,
        "flags": u16::from(reading.flags),
        "value": value,
    })
}

fn window_json(stream: &str, level: Level, window: &Window) -> Json {
    let Summary {
        totals,
        extremes,
        distribution,
        index,
    } = &window.summary;
    let mut said = json!({
        "stream": stream,
        "level": level.name(),
        "start": window.slot.start.ms(),
        "end": window.slot.end.ms(),
    });
    let facets = said.as_object_mut().unwrap();
    if let Some(totals) = totals {
        let (sum, squares) = (
            i64::try_from(totals.sum).unwrap(),
            u64::try_from(totals.sum_squares).unwrap(),
        );
        let totals = json!({"count": totals.count, "sum": sum, "sum_squares": squares});
        facets.insert("totals".into(), totals);
    }
    if let Some(extremes) = extremes {
        let range = extremes
            .0
            .map(|it| json!({"min": it.min, "max": it.max, "first": it.first, "last": it.last}));
        facets.insert("extremes".into(), json!(range));
    }
    if let Some(counts) = distribution {
        facets.insert("distribution".into(), json!(counts));
    }
    if let Some(index) = index {
        facets.insert("index".into(), json!(index.0));
    }
    said
}

// Running Python.

fn second<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    let run = Command::new(python())
        .args(["-B", "-m", "second"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    run.unwrap()
}

/// The Python of the virtual environment, which is made once.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let setup = Path::new(env!("CARGO_MANIFEST_DIR")).join("second/setup");
        let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("second-venv");
        let run = Command::new(setup).arg(venv).output().unwrap();
        assert!(run.status.success(), "{}", said(&run));
        PathBuf::from(String::from_utf8(run.stdout).unwrap().trim_end())
    })
}

fn lines(run: &Output) -> Vec<Json> {
    let text = std::str::from_utf8(&run.stdout).unwrap();
    let parsed = text.lines().map(serde_json::from_str);
    parsed
        .collect::<Result<_, _>>()
        .unwrap_or_else(|_| panic!("{}", said(run)))
}

/// The kind of failure for which a run refused.
fn refusal(run: &Output) -> String {
    let lines = lines(run);
    let kind = lines.last().and_then(|line| line["refused"].as_str());
    kind.unwrap_or_else(|| panic!("not refused: {}", said(run)))
        .to_owned()
}

fn said(run: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}{}", run.status, text(&run.stdout), text(&run.stderr))
}
