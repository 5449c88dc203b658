//! Secrets that were dropped are gone from the memory of the process.
//!
//! Each scenario makes secrets, uses them and drops them; then everything that the process holds in writable memory without a
//! file, the heap above all, is searched for them. The stack is not searched: moved values leave copies there, which the next
//! calls overwrite. `ring`'s key types are not wiped by `ring`; what they keep is derived (an expanded AES key, the scalar of an
//! Ed25519 key), so the secrets themselves must not be found here either.
//!
//! What is searched for is kept with every byte changed, so that the search does not find itself. Freed memory is partly written
//! over, so that each quarter of a secret is searched for alone.
//!
//! It has no test harness: the scenarios run on the main thread, whose stack is known as such.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and says what it did"
)]

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    sync::{Arc, Mutex},
};

use freehold::{
    Device, Facet, FileKeyStore, Home, Level, Levels, Newcomer, PartyRole, Reading, Recipient,
    Selector, SetClock, Time, Value,
    consent::{Choices, Name, Role},
    crypto::{
        Cover, Domain, Entropy, EntropyError, EnvelopeKey, KeyStore, MemoryKeyStore,
        PassphraseParams, Root, RowKey, Secret, SeededEntropy, SigningKey, Suite, tree_depth,
    },
    testing::{home_in, sync},
    transport::{Channel, StaticKey},
};
use freehold_store::MemoryStore;
use freehold_tests::{
    ask,
    full_store::FullStore,
    house::{Disk, House},
    spec, utc, wishes,
};
use zeroize::Zeroizing;

type Scenario = (&'static str, fn(&Secrets));

fn main() {
    let mut search = Search::new();
    let scenarios: [Scenario; 8] = [
        ("trees", trees),
        ("signing keys", signing_keys),
        ("envelopes", envelopes),
        ("rows and passphrases", rows_and_passphrases),
        ("key files", key_files),
        ("a home and a recipient", home_and_recipient),
        ("channels", channels),
        ("pairing", pairing),
    ];
    println!("running {} scenarios", scenarios.len());
    let mut left = Vec::new();
    for (name, scenario) in scenarios {
        let secrets = Secrets::default();
        scenario(&secrets);
        let count = secrets.count();
        assert!(count > 0, "{name} has secrets");
        let mut found = search.places_of(&secrets);
        // One word of a secret may lie in a register when something is moved that has room in it. Two words are a copy.
        let alone = |secret: usize| found.iter().filter(|place| place.secret == secret).count() < 2;
        let single: Vec<usize> = found
            .iter()
            .map(|place| place.secret)
            .filter(|secret| alone(*secret))
            .collect();
        found.retain(|place| !single.contains(&place.secret));
        println!("{name}: {count} secrets, found {}", found.len());
        left.extend(
            found
                .into_iter()
                .map(|place| format!("{name}: {} at {:#x}", place.label, place.at)),
        );
    }
    left.sort();
    assert_eq!(left, Vec::<String>::new());
    control(&mut search);
}

/// What is kept alive is found, each quarter of it.
fn control(search: &mut Search) {
    let secrets = Secrets::default();
    let kept = vec![secrets.draw("kept"), secrets.draw("kept")];
    let found = search.places_of(&secrets);
    assert_eq!(found.len(), 8, "two secrets in four quarters each");
    drop(kept);
    assert_eq!(search.places_of(&secrets), []);
    // And what was dropped without being wiped is, at least a part of it. What stays between the copies keeps the allocator from
    // giving their memory back, and they are too many for it to use all of it again.
    let secret = secrets.draw("not wiped");
    let (copies, between): (Vec<_>, Vec<_>) = (0..64)
        .map(|_| {
            let copy = [&[0; 1_000], &secret.expose()[..], &[0; 1_000]].concat();
            (copy, vec![0_u8; 2_000])
        })
        .unzip();
    drop(secret);
    drop(std::hint::black_box(copies));
    assert!(!search.places_of(&secrets).is_empty());
    drop(std::hint::black_box(between));
    println!("control: found what was kept and what was not wiped");
}

fn trees(secrets: &Secrets) {
    let root = Root::from_secret(secrets.draw("root"));
    let whole = root.tree(Level::Day, Facet::Totals);
    secrets.nodes("top", &whole);
    let granted = whole.restrict(3..1000);
    let more = whole.restrict(900..5000);
    secrets.nodes("granted", &granted);
    secrets.nodes("more", &more);
    let both = granted.unite(&more).unwrap();
    secrets.nodes("both", &both);
    secrets.nodes("what both open", &granted.intersect(&more).unwrap());
    let read = Cover::from_bytes(tree_depth(Level::Day), &both.to_bytes()).unwrap();
    let mut punctured = whole;
    for index in (0..400).step_by(7) {
        punctured = punctured.puncture(index..index + 1);
    }
    secrets.nodes("punctured", &punctured);
    let mut walker = read.walker();
    for index in 3..200 {
        secrets.note("leaf", walker.leaf(index).unwrap().secret().expose());
    }
}

fn signing_keys(secrets: &Secrets) {
    let key = SigningKey::from_seed(&secrets.draw("seed")).unwrap();
    let again = SigningKey::from_secret_bytes(&key.to_secret_bytes()).unwrap();
    assert_eq!(again.public_key(), key.public_key());
    key.sign(Domain::Card, b"message").unwrap();
    let key = SigningKey::generate_p256().unwrap();
    // The middle of a PKCS#8 document is the key.
    let document = key.to_secret_bytes();
    secrets.note(
        "P-256 key",
        document.get(37..69).unwrap().try_into().unwrap(),
    );
    SigningKey::from_secret_bytes(&document).unwrap();
}

fn envelopes(secrets: &Secrets) {
    let key = EnvelopeKey::from_seed(secrets.draw("seed")).unwrap();
    let plain = secrets.draw("contents");
    for suite in [Suite::One, Suite::Two] {
        let mut entropy = secrets.entropy(1);
        let sealed = key
            .public_key()
            .seal(suite, b"info", b"aad", plain.expose(), &mut entropy);
        let opened = key.open(suite, b"info", b"aad", &sealed.unwrap()).unwrap();
        assert_eq!(&opened[..], plain.expose());
    }
}

fn rows_and_passphrases(secrets: &Secrets) {
    let passphrase = secrets.draw("passphrase");
    let params = PassphraseParams::generate(&mut SeededEntropy::new(1)).unwrap();
    let wrapping = params.derive(passphrase.expose()).unwrap();
    secrets.note("wrapping key", wrapping.expose());
    for suite in [Suite::One, Suite::Two] {
        let key = RowKey::store(wrapping.duplicate(), suite);
        let mut row = b"row".to_vec();
        key.seal(b"name", &mut row, 0, &mut secrets.entropy(2))
            .unwrap();
        key.open(b"name", &mut row).unwrap();
    }
}

fn key_files(secrets: &Secrets) {
    let folder = tempfile::tempdir().unwrap();
    let key = secrets.draw("store key");
    for passphrase in [None, Some(secrets.words("passphrase"))] {
        let store = match &passphrase {
            None => FileKeyStore::beside(folder.path()),
            Some(words) => FileKeyStore::with_passphrase(folder.path(), words),
        };
        store.replace(&key).unwrap();
        assert!(store.load().unwrap().unwrap() == key);
        // The words are the test's own.
        let mut words = passphrase.map(String::into_bytes).unwrap_or_default();
        words.fill(0);
        std::hint::black_box(&words);
    }
}

/// Fourteen epochs, so that what holds the keys has grown.
fn home_and_recipient(secrets: &Secrets) {
    let clock = Arc::new(SetClock::new(utc("2013-01-01")));
    let (keys, entropy) = (
        Arc::new(MemoryKeyStore::new()),
        Box::new(secrets.entropy(3)),
    );
    let store = Arc::new(MemoryStore::new());
    let home = || {
        home_in(
            store.clone(),
            "Home",
            keys.clone(),
            clock.clone(),
            Box::new(secrets.entropy(4)),
        )
    };
    let first = home_in(store.clone(), "Home", keys.clone(), clock.clone(), entropy).unwrap();
    fill(&first, &clock);
    // A closed store in memory is gone.
    drop(first);
    let home = home().unwrap();
    let name = Name::new("Recipient").unwrap();
    let entropy = Box::new(secrets.entropy(5));
    let recipient = Recipient::in_memory(
        name,
        Role::Controller,
        MemoryKeyStore::new(),
        clock.clone(),
        entropy,
    );
    let recipient = recipient.unwrap();
    let (from, until) = (utc("2013-01-01"), utc("2015-05-01"));
    let line = ask(
        "heart_rate",
        [Level::Raw, Level::Day],
        [Facet::Totals],
        from,
        until,
    );
    let request = recipient.request(wishes(vec![line], None)).unwrap();
    let proposal = home.propose(&request, &Choices::default()).unwrap();
    let grant = home.approve(&proposal, proposal.shown(), true).unwrap();
    recipient.accept(&grant).unwrap();
    sync(&home, &recipient).unwrap();
    let selector = Selector::default();
    assert!(recipient.read(&selector, from, until).unwrap().items.len() > 100);
    assert!(
        recipient
            .summaries(&selector, Level::Day, from, until)
            .unwrap()
            .items
            .len()
            > 20
    );
    assert!(
        home.stream("heart_rate")
            .unwrap()
            .read(from, until)
            .unwrap()
            .len()
            > 100
    );
    secrets.tops();
    recipient.close().unwrap();
    home.close().unwrap();
}

/// What comes in pieces is in one place alone.
fn channels(secrets: &Secrets) {
    let entropy = &mut SeededEntropy::new(1);
    let [one, two] = [1, 2].map(|_| StaticKey::generate(entropy).unwrap());
    let (mut from, first) = Channel::initiate(&one, two.public(), b"", entropy).unwrap();
    let mut to = Channel::accept(&two, entropy).unwrap();
    let (mut back, mut heard) = (Vec::new(), Zeroizing::new(Vec::new()));
    to.receive(&first, &mut heard).unwrap();
    to.send(b"", &mut back).unwrap();
    from.receive(&back, &mut heard).unwrap();
    for _ in 0..400 {
        let mut record = Vec::new();
        let secret = secrets.draw("said in a channel");
        from.send(secret.expose(), &mut record).unwrap();
        to.receive(&record, &mut heard).unwrap();
    }
    assert_eq!(heard.len(), 400 * 32);
}

/// Another agent is handed every key at once. The first has a disk that is full, so that little is done after it was told.
fn pairing(secrets: &Secrets) {
    let source = secrets.clone();
    let draw = move |seed| Box::new(source.entropy(seed)) as Box<dyn Entropy + Send>;
    let mut house = House::drawing(6, utc("2013-01-01"), draw);
    let phone = house.home(&Disk::new());
    fill(&phone, &house.clock);
    let full = Disk {
        store: Arc::new(FullStore::new(0)),
        ..Disk::new()
    };
    for (name, disk) in [("Watch", full), ("Tablet", Disk::new())] {
        let role = PartyRole::Agent;
        let newcomer = Newcomer {
            name: name.into(),
            role,
        };
        let (_, joined) = house.pairs(&phone, (role, newcomer), &disk, [true, true]);
        assert_eq!(joined.is_ok(), name == "Tablet");
    }
    secrets.tops();
}

fn fill(home: &Home, clock: &SetClock) {
    let device = Device {
        name: "watch".to_owned(),
        maker: None,
        model: None,
    };
    home.add_device(device).unwrap();
    let levels: Levels = [Level::Raw, Level::Hour, Level::Day].into();
    let stream = home
        .add_stream(
            "watch",
            "heart_rate",
            spec(1, "heart_rate", "UTC").levels(levels),
        )
        .unwrap();
    for month in 0..28 {
        let start = utc("2013-01-01").plus_ms(month * 30 * 24 * 3_600_000);
        clock.set(start.plus_ms(3 * 24 * 3_600_000));
        let reading = |n: i64| {
            Reading::new(
                Time::from_ms(start.ms() + n * 7_200_000),
                Value::Number(60 + n),
            )
        };
        stream
            .record(&(0..24).map(reading).collect::<Vec<_>>())
            .unwrap();
        stream.flush().unwrap();
    }
}

/// What must not be found, changed byte by byte.
#[derive(Clone, Default)]
struct Secrets(Arc<Mutex<Vec<(&'static str, Quarter)>>>);

/// A quarter of a secret.
type Quarter = [u8; 8];

const CHANGE: u8 = 0xa5;

impl Secrets {
    /// A random secret that is searched for.
    fn draw(&self, label: &'static str) -> Secret {
        Secret::random(&mut self.labelled(label, 0)).unwrap()
    }

    /// Random words that are searched for.
    fn words(&self, label: &'static str) -> String {
        let secret = self.draw("random behind words");
        let mut bytes = [0; 32];
        for (byte, random) in bytes.iter_mut().zip(secret.expose()) {
            *byte = b'a' + random % 26;
        }
        self.note(label, &bytes);
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    fn note(&self, label: &'static str, secret: &[u8; 32]) {
        let mut all = self.0.lock().unwrap();
        for quarter in secret.as_chunks::<8>().0 {
            // Never as a whole: a copy would stay behind on the stack, and go from there wherever something is moved with room in it.
            let mut changed = [CHANGE; 8];
            for (changed, byte) in changed.iter_mut().zip(quarter) {
                *changed ^= byte;
            }
            all.push((label, changed));
        }
    }

    fn nodes(&self, label: &'static str, cover: &Cover) {
        for node in cover.to_bytes().chunks(35) {
            self.note(label, node.get(3..).unwrap().try_into().unwrap());
        }
    }

    /// The tops of the trees below every secret that was drawn, some of which are roots.
    fn tops(&self) {
        let drawn = self.0.lock().unwrap().clone();
        for pair in drawn.chunks(4) {
            let mut bytes = [0; 32];
            let quarters = pair.iter().flat_map(|(_, quarter)| quarter);
            for (byte, changed) in bytes.iter_mut().zip(quarters) {
                *byte = changed ^ CHANGE;
            }
            let root = Root::from_secret(Secret::from_bytes(bytes));
            for (level, facet) in [(Level::Raw, Facet::Readings), (Level::Day, Facet::Totals)] {
                self.nodes("top of a tree", &root.tree(level, facet));
            }
        }
    }

    /// Randomness of which all that can be a key is searched for.
    fn entropy(&self, seed: u64) -> Drawn {
        self.labelled("drawn", seed)
    }

    fn labelled(&self, label: &'static str, seed: u64) -> Drawn {
        let count = self.count() as u64;
        Drawn {
            secrets: self.clone(),
            label,
            source: SeededEntropy::new(seed << 32 | count),
        }
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().len() / 4
    }
}

struct Drawn {
    secrets: Secrets,
    label: &'static str,
    source: SeededEntropy,
}

impl Entropy for Drawn {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        self.source.fill(out)?;
        if let Ok(secret) = <&[u8; 32]>::try_from(&*out) {
            self.secrets.note(self.label, secret);
        }
        Ok(())
    }
}

/// Where a quarter of a secret was found.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// The number of the secret.
    secret: usize,
    label: &'static str,
    at: usize,
}

/// Looks through the memory of this process.
struct Search {
    memory: File,
    buffer: Vec<u8>,
}

impl Search {
    fn new() -> Self {
        Self {
            memory: File::open("/proc/self/mem").unwrap(),
            buffer: vec![0; 1 << 20],
        }
    }

    fn places_of(&mut self, secrets: &Secrets) -> Vec<Place> {
        // By their first two bytes, so that most of the memory is passed over quickly.
        let mut wanted: Vec<Vec<(usize, &'static str, Quarter)>> = vec![Vec::new(); 1 << 16];
        for (n, (label, quarter)) in secrets.0.lock().unwrap().iter().enumerate() {
            wanted
                .get_mut(start_of(quarter, 0))
                .unwrap()
                .push((n / 4, *label, *quarter));
        }
        let own = self.buffer.as_ptr().addr();
        let own = own..own + self.buffer.len();
        let mut found = Vec::new();
        for (start, end) in anonymous() {
            // Windows overlap, so that nothing lies across an edge.
            let mut at = start;
            while at < end {
                let len = (end - at).min(self.buffer.len());
                let window = self.buffer.get_mut(..len).unwrap();
                if self.memory.read_exact_at(window, at as u64).is_err() {
                    break;
                }
                for (offset, bytes) in window.windows(8).enumerate() {
                    let wanted = wanted.get(start_of(bytes, CHANGE)).unwrap();
                    if wanted.is_empty() || own.contains(&(at + offset)) {
                        continue;
                    }
                    let is = |quarter: &Quarter| {
                        bytes.iter().zip(quarter).all(|(a, b)| a ^ CHANGE == *b)
                    };
                    let here = wanted.iter().filter(|(.., quarter)| is(quarter));
                    found.extend(here.map(|(secret, label, _)| Place {
                        secret: *secret,
                        label,
                        at: at + offset,
                    }));
                }
                self.buffer.fill(0);
                if at + len == end {
                    break;
                }
                at += len - 7;
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn start_of(bytes: &[u8], change: u8) -> usize {
    usize::from(bytes[0] ^ change) << 8 | usize::from(bytes[1] ^ change)
}

/// Writable memory that belongs to no file, without the stack.
fn anonymous() -> Vec<(usize, usize)> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut regions = Vec::new();
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().unwrap(), words.next().unwrap());
        let name = words.nth(3).unwrap_or("");
        if rights.starts_with("rw") && (name.is_empty() || name == "[heap]") {
            let (start, end) = range.split_once('-').unwrap();
            let number = |hex| usize::from_str_radix(hex, 16).unwrap();
            regions.push((number(start), number(end)));
        }
    }
    regions
}
