//! [keys-14]: no key, passphrase, name or reading reaches a log line, an error text or a debugging print.
//!
//! A household whose names and values stand nowhere else goes through its life; everything that can go wrong does. All errors
//! are written in every way in which a program may write them, and the objects that hold keys are printed for debugging.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeSet,
    fmt::Debug,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use freehold::{
    Device, Error, Facet, FileKeyStore, Home, Level, Levels, Parcel, Reading, Recipient, Selector,
    SetClock, Stream, Time, Value,
    consent::{
        Choices, FileType, Grant, Name, Revocations, Role, Span, UnverifiedGrant, UnverifiedToken,
    },
    crypto::{
        Entropy, EntropyError, EnvelopeKey, KeyStore, MemoryKeyStore, PassphraseParams, Root,
        RowKey, Secret, SeededEntropy, SigningKey, Suite,
    },
    model::{Fold, Kind, Zone},
    testing::{home_in, sync},
};
use freehold_store::MemoryStore;
use freehold_tests::{ask, leaks::Leaks, spec, thief::Thief, utc, wishes};

const HOME: &str = "Quillfeather";
const DEVICE: &str = "Zephyrine";
const STREAM: &str = "Ottoline";
const RECIPIENT: &str = "Drusillabank";
const PASSPHRASE: &str = "nebulous wombat trampoline";
/// 987654.321 in the stream's unit, and as the number that is kept.
const VALUES: [&str; 2] = ["987654321", "987654.321"];
const TYPED: &str = "Xylophonic";

#[test]
fn errors_say_nothing_of_the_household() {
    let mut said = Said::default();
    let world = World::new();
    world.everything_refused(&mut said);
    on_disk(&mut said);
    let mut leaks = world.secrets();
    for word in [HOME, DEVICE, STREAM, RECIPIENT, PASSPHRASE, TYPED] {
        leaks.word(word);
    }
    VALUES.iter().for_each(|value| leaks.word(value));
    said.expect_kinds(&[
        "Ambiguous",
        "Approve",
        "Bundle",
        "Damaged",
        "Entropy",
        "Exists",
        "KeyStore",
        "Level",
        "Log",
        "Missing",
        "Name",
        "NoConsent",
        "Propose",
        "Reading",
        "Refused",
        "Spec",
        "Store",
        "Verify",
        "Wire",
    ]);
    for text in &said.texts {
        assert_eq!(leaks.in_text(text), Vec::<String>::new(), "{text}");
    }
}

/// What is told to a program that wants a log, at the level that tells most: of everything that is refused, and of what is done.
#[test]
fn log_lines_say_nothing_of_the_household() {
    log::set_logger(&LINES).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let refused = World::new();
    refused.everything_refused(&mut Said::default());
    on_disk(&mut Said::default());
    let world = World::new();
    let (home, stream) = (&world.home, &world.stream);
    let day = utc("2013-06-02");
    home.erase(stream, day, day.plus_ms(86_400_000)).unwrap();
    sync(home, &world.recipient).unwrap();
    for consent in home.consents() {
        let _ = home.revoke(consent.token.id());
    }
    sync(home, &world.recipient).unwrap();
    let relay = freehold::Relay::new(
        "127.0.0.1:1#ylz3xlwgncblqgs56rgvnavuokyj7objxnh75lz63wievsymtuca"
            .parse()
            .unwrap(),
    );
    home.sync(&relay).unwrap_err();
    let lines = LINES.0.lock().unwrap().clone();
    for said in ["a home of ", "a consent was withdrawn", "erased "] {
        assert!(lines.iter().any(|line| line.contains(said)), "{said}");
    }
    for mut leaks in [refused.secrets(), world.secrets()] {
        for word in [HOME, DEVICE, STREAM, RECIPIENT, PASSPHRASE, TYPED] {
            leaks.word(word);
        }
        let others = ["127.0.0.1", "ylz3xlwg"];
        VALUES
            .iter()
            .chain(&others)
            .for_each(|word| leaks.word(word));
        for line in &lines {
            assert_eq!(leaks.in_text(line), Vec::<String>::new(), "{line}");
        }
    }
}

static LINES: Lines = Lines(Mutex::new(Vec::new()));

struct Lines(Mutex<Vec<String>>);

impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.0
            .lock()
            .unwrap()
            .push(format!("{} {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

#[test]
fn debugging_prints_hold_no_key_and_no_reading() {
    let world = World::new();
    let prints = world.prints();
    assert!(prints.len() > 30);
    let mut leaks = world.secrets();
    leaks.word(PASSPHRASE);
    VALUES.iter().for_each(|value| leaks.word(value));
    for print in prints {
        assert_eq!(leaks.in_text(&print), Vec::<String>::new(), "{print}");
    }
}

/// The library prints nothing, and only the façade says what goes on, by the usual facade for that: whatever else leaves the library is a
/// value or an error.
#[test]
fn the_library_prints_nothing() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut read = 0;
    for package in fs::read_dir(crates).unwrap() {
        let package = package.unwrap().path();
        if package.ends_with("freehold-cli") {
            continue;
        }
        // A program writes somewhere: the relay's `main` hands its streams to the library, which is searched.
        let program = package.join("src/main.rs");
        let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
        let says = ["freehold", "freehold-ffi", "freehold-capi"];
        let says = says.iter().any(|name| package.ends_with(name));
        let loggers = ["tracing", "env_logger", "slog", "defmt", "log"];
        for logger in &loggers[..if says { 4 } else { 5 }] {
            let names = |line: &str| line.split(['=', '.', ' ']).next() == Some(*logger);
            assert!(
                !manifest.lines().any(names),
                "{logger} in {}",
                package.display()
            );
        }
        for (file, text) in sources(&package.join("src")) {
            read += 1;
            if Path::new(&file) == program {
                continue;
            }
            for way in [
                "print!(",
                "println!(",
                "dbg!(",
                "stdout()",
                "stderr()",
                "syslog",
            ] {
                let code = text
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"));
                assert_eq!(
                    code.filter(|line| line.contains(way)).count(),
                    0,
                    "{way} in {file}"
                );
            }
        }
    }
    assert!(read > 80, "{read} files");
}

fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            found.push((
                path.display().to_string(),
                fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    found
}

/// What errors said.
#[derive(Default)]
struct Said {
    texts: Vec<String>,
    kinds: BTreeSet<String>,
}

impl Said {
    /// Takes down what an error says: for people, for programmers, and what is behind it.
    fn of<T, E: std::error::Error>(&mut self, result: Result<T, E>) {
        let Err(error) = result else {
            panic_for("an error")
        };
        let kind = format!("{error:?}");
        let kind = kind.split(|c: char| !c.is_ascii_alphanumeric()).next();
        self.kinds.insert(kind.unwrap().to_owned());
        self.texts.push(format!("{error} {error:?} {error:#?}"));
        let mut source = error.source();
        while let Some(error) = source {
            self.texts.push(format!("{error} {error:?} {error:#?}"));
            source = error.source();
        }
    }

    fn expect_kinds(&self, kinds: &[&str]) {
        for kind in kinds {
            assert!(
                self.kinds.contains(*kind),
                "{kind} was not provoked: {:?}",
                self.kinds
            );
        }
    }
}

#[allow(clippy::panic, reason = "a test fails by panicking")]
fn panic_for(what: &str) -> ! {
    panic!("{what} was expected")
}

/// A household in memory, its recipient, and a thief with the same grant whose keys can be looked at.
struct World {
    clock: Arc<SetClock>,
    drawn: Drawn,
    keys: Arc<MemoryKeyStore>,
    home: Home,
    stream: Stream,
    recipient: Recipient,
    thief: Thief,
    grant: Grant,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(SetClock::new(utc("2013-06-10T00:00Z")));
        let (drawn, keys) = (Drawn::default(), Arc::new(MemoryKeyStore::new()));
        let store = Arc::new(MemoryStore::new());
        let entropy = Box::new(drawn.from(1));
        let home = home_in(store, HOME, keys.clone(), clock.clone(), entropy).unwrap();
        let device = Device {
            name: DEVICE.to_owned(),
            maker: None,
            model: None,
        };
        home.add_device(device).unwrap();
        let levels: Levels = [Level::Raw, Level::Day].into();
        let spec = spec(1, "body_weight", "UTC")
            .levels(levels)
            .facets([Facet::Totals]);
        let stream = home.add_stream(DEVICE, STREAM, spec).unwrap();
        let reading = |n: i64| {
            Reading::new(
                utc("2013-06-01").plus_ms(n * 3_600_000),
                Value::Number(987_654_321),
            )
        };
        stream
            .record(&(0..100).map(reading).collect::<Vec<_>>())
            .unwrap();
        stream.flush().unwrap();
        let name = Name::new(RECIPIENT).unwrap();
        let entropy = Box::new(drawn.from(2));
        let recipient = Recipient::in_memory(
            name,
            Role::Controller,
            MemoryKeyStore::new(),
            clock.clone(),
            entropy,
        );
        let recipient = recipient.unwrap();
        let mut thief = Thief::new(3);
        thief.is_granted(&home, asked());
        let grant = granted(&home, &recipient);
        Self {
            clock,
            drawn,
            keys,
            home,
            stream,
            recipient,
            thief,
            grant,
        }
    }

    /// Every key there is: what was drawn, what was granted, and what follows.
    fn secrets(&self) -> Leaks {
        let mut leaks = Leaks::default();
        for secret in self.drawn.0.lock().unwrap().iter() {
            leaks.secret("drawn", secret);
            let root = Root::from_secret(Secret::from_bytes(*secret));
            for (level, facet) in [(Level::Raw, Facet::Readings), (Level::Day, Facet::Totals)] {
                let top = root.tree(level, facet);
                leaks.secret("top", top.to_bytes().get(3..).unwrap());
                leaks.secret("leaf", top.leaf(1000).unwrap().secret().expose());
            }
        }
        for (token, keys) in &self.thief.loot {
            let permit = token.permit(
                token.terms().usable.from(),
                token.recipient(),
                &Revocations::new(),
            );
            let permit = permit.unwrap();
            for tree in keys.trees() {
                for node in keys.cover(&permit, tree).unwrap().to_bytes().chunks(35) {
                    leaks.secret("node", node.get(3..).unwrap());
                }
            }
        }
        leaks.secret("store key", self.keys.load().unwrap().unwrap().expose());
        leaks
    }

    /// Asks for what there is not, gives what is broken, comes too late.
    fn everything_refused(&self, said: &mut Said) {
        let (home, recipient, stream) = (&self.home, &self.recipient, &self.stream);
        said.of(home.stream(TYPED).map(drop));
        said.of(home.add_device(Device {
            name: DEVICE.to_owned(),
            maker: None,
            model: None,
        }));
        said.of(home
            .add_stream(
                DEVICE,
                STREAM,
                spec(2, "body_weight", "UTC").levels([Level::Raw]),
            )
            .map(drop));
        said.of(home
            .add_stream(DEVICE, "other", spec(3, "body_weight", "UTC"))
            .map(drop));
        said.of(home
            .add_stream(
                DEVICE,
                "other",
                spec(4, "body_weight", TYPED).levels([Level::Raw]),
            )
            .map(drop));
        self.values_refused(said);
        let (from, until) = (utc("2013-06-01"), utc("2013-06-04"));
        said.of(stream.summaries(Level::Hour, from, until));
        let nobody = Selector {
            consent: None,
            stream: Some(TYPED.to_owned()),
        };
        said.of(recipient.read(&nobody, from, until).map(drop));
        self.requests_refused(said);
        self.files_refused(said);
        self.parcels_refused(said);
        sync(home, recipient).unwrap();
        let all = Selector::default();
        said.of(recipient.read(&all, from, until).map(drop));
        said.of(recipient
            .summaries(&all, Level::Day, utc("2012-01-01"), until)
            .map(drop));
        said.of(recipient
            .summaries(&all, Level::Month, from, until)
            .map(drop));
        self.clock.set(utc("2020-01-01"));
        said.of(recipient.summaries(&all, Level::Day, from, until).map(drop));
        self.clock.set(utc("2013-06-11"));
        granted(home, recipient);
        said.of(recipient.summaries(&all, Level::Day, from, until).map(drop));
        let id = self.grant.token().id();
        home.revoke(id).unwrap();
        said.of(home.revoke(id).map(drop));
        sync(home, recipient).unwrap();
        let withdrawn = Selector {
            consent: Some(id),
            stream: None,
        };
        said.of(recipient
            .summaries(&withdrawn, Level::Day, from, until)
            .map(drop));
        self.drawn.fails();
        said.of(recipient.request(asked()).map(drop));
    }

    fn values_refused(&self, said: &mut Said) {
        let at = utc("2013-06-09");
        let text = Value::text(&format!("{TYPED} {}", VALUES[0])).unwrap();
        said.of(self.stream.record(&[Reading::new(at, text)]));
        said.of(self
            .stream
            .record(&[Reading::new(Time::LATEST, Value::Number(987_654_321))]));
        said.of(self
            .stream
            .record(&[Reading::new(at, Value::Number(i64::MAX))]));
        let kind = Kind::registered("body_weight").unwrap();
        for text in [
            TYPED,
            "987654.321 Xylophonic",
            "987654.321 Cel",
            "987654321e99 kg",
        ] {
            said.of(kind.parse(text));
        }
        said.of(Zone::new(TYPED).map(drop));
        said.of(Zone::utc().parse(&format!("{TYPED}{}", VALUES[1]), Fold::Earlier));
        said.of(TYPED.parse::<Span>());
        said.of(TYPED.parse::<freehold::consent::Purpose>());
        said.of(TYPED.parse::<freehold::model::Id>());
        said.of(Name::new("").map_err(Error::from));
        said.of(Name::new(&TYPED.repeat(20)).map_err(Error::from));
    }

    fn requests_refused(&self, said: &mut Said) {
        let (from, until) = (utc("2013-06-01"), utc("2013-06-04"));
        let line = ask("heart_rate", [Level::Day], [Facet::Totals], from, until);
        let request = self.recipient.request(wishes(vec![line], None)).unwrap();
        said.of(self.home.propose(&request, &Choices::default()).map(drop));
        let request = self.recipient.request(asked()).unwrap();
        let proposal = self.home.propose(&request, &Choices::default()).unwrap();
        let choices = Choices {
            lease: Some(Span::HOUR),
            ..Choices::default()
        };
        let other = self.home.propose(&request, &choices).unwrap();
        said.of(self.home.approve(&proposal, other.shown(), true).map(drop));
    }

    /// A grant for somebody else, and one that was changed anywhere.
    fn files_refused(&self, said: &mut Said) {
        let file = self.grant.to_file().unwrap();
        let name = Name::new("Somebody").unwrap();
        let entropy = Box::new(SeededEntropy::new(9));
        let other = Recipient::in_memory(
            name,
            Role::Controller,
            MemoryKeyStore::new(),
            self.clock.clone(),
            entropy,
        );
        let other = other.unwrap();
        said.of(other.accept_file(&file));
        said.of(other.accept_file(TYPED.as_bytes()));
        said.of(other.accept_file(&FileType::Card.wrap(self.recipient.card().as_bytes())));
        said.of(other
            .summaries(
                &Selector::default(),
                Level::Day,
                utc("2013-06-01"),
                utc("2013-06-02"),
            )
            .map(drop));
        for at in (0..file.len()).step_by(97) {
            let mut changed = file.clone();
            *changed.get_mut(at).unwrap() ^= 0x20;
            said.of(self.recipient.accept_file(&changed));
        }
        let mut token = self.grant.token().as_bytes().to_vec();
        *token.last_mut().unwrap() ^= 1;
        said.of(UnverifiedToken::from_bytes(&token).unwrap().verify());
    }

    /// A parcel that was changed anywhere.
    fn parcels_refused(&self, said: &mut Said) {
        let parcel = self
            .home
            .parcel(self.recipient.card(), &self.recipient.have().unwrap())
            .unwrap();
        let bytes = postcard::to_allocvec(&parcel).unwrap();
        for at in (0..bytes.len()).step_by(61) {
            let mut changed = bytes.clone();
            *changed.get_mut(at).unwrap() ^= 0x10;
            let received = match postcard::from_bytes::<Parcel>(&changed) {
                Ok(parcel) => self.recipient.receive(&parcel),
                Err(_) => continue,
            };
            if received.is_err() {
                said.of(received);
            }
        }
    }

    /// Whatever can be printed and holds keys, or was made of something that does.
    fn prints(&self) -> Vec<String> {
        let mut prints = Vec::new();
        let mut print = |what: &dyn Debug| prints.push(format!("{what:?} {what:#?} {what:02x?}"));
        let root = Root::from_secret(self.drawn.any());
        let cover = root.tree(Level::Day, Facet::Totals);
        let leaf = cover.leaf(3).unwrap();
        let key = SigningKey::from_seed(&self.drawn.any()).unwrap();
        let p256 = SigningKey::generate_p256().unwrap();
        let envelope = EnvelopeKey::from_seed(self.drawn.any()).unwrap();
        let row = RowKey::store(self.drawn.any(), Suite::One);
        print(&self.drawn.any());
        print(&root);
        print(&cover);
        print(&cover.restrict(3..900));
        print(&cover.walker());
        print(&leaf);
        print(&key);
        print(&p256);
        print(&envelope);
        print(&envelope.public_key());
        print(&row);
        print(&SeededEntropy::from_secret(self.drawn.any()));
        print(&*self.keys);
        let params = PassphraseParams::generate(&mut SeededEntropy::new(12)).unwrap();
        print(&params);
        print(&params.derive(PASSPHRASE.as_bytes()));
        print(&Some(Box::new(&leaf)));
        self.print_consent(&mut print);
        print(&(
            self.home.info(),
            self.home.devices(),
            self.home.inspect(),
            self.home.verify(),
        ));
        print(&(self.recipient.inspect(), self.recipient.verify()));
        prints
    }

    fn print_consent(&self, print: &mut dyn FnMut(&dyn Debug)) {
        let (grant, home) = (&self.grant, &self.home);
        print(grant);
        print(grant.token());
        print(grant.card());
        print(&UnverifiedGrant::from_file(&grant.to_file().unwrap()));
        for bundle in grant.bundles() {
            print(bundle);
        }
        for (_, keys) in &self.thief.loot {
            print(keys);
            keys.trees().for_each(|tree| print(tree));
            keys.streams().for_each(|stream| print(stream));
        }
        let request = self.recipient.request(asked()).unwrap();
        print(&request);
        print(&home.propose(&request, &Choices::default()));
        print(&home.consents());
        print(&self.recipient.consents());
        print(&self.recipient.have().unwrap());
        let parcel = home.parcel(self.recipient.card(), &self.recipient.have().unwrap());
        print(&parcel);
        print(&self.recipient.receive(&parcel.unwrap()));
        print(&self.recipient.have().unwrap());
        for log in freehold::testing::logs_of_home(home).unwrap() {
            print(&log.genesis);
            for entry in &log.entries {
                print(entry);
                entry.pieces().take(3).for_each(|piece| print(&piece));
            }
        }
        print(&home.revoke(grant.token().id()));
    }
}

/// Days of everything there is of the stream.
fn asked() -> freehold::consent::Wishes {
    let line = ask(
        "body_weight",
        [Level::Day],
        [Facet::Totals],
        utc("2013-06-01"),
        utc("2013-06-09"),
    );
    wishes(vec![line], None)
}

fn granted(home: &Home, recipient: &Recipient) -> Grant {
    let request = recipient.request(asked()).unwrap();
    let proposal = home.propose(&request, &Choices::default()).unwrap();
    let grant = home.approve(&proposal, proposal.shown(), true).unwrap();
    recipient.accept(&grant).unwrap();
    grant
}

/// Folders that are locked, in use, taken, damaged or missing.
fn on_disk(said: &mut Said) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join(HOME);
    let keys = || FileKeyStore::with_passphrase(&place, PASSPHRASE);
    let home = Home::create(&place, HOME, keys()).unwrap();
    said.of(Home::open(&place, keys()).map(drop));
    said.of(Home::create(&place, HOME, keys()).map(drop));
    let left = home.clone();
    home.close().unwrap();
    said.of(left.info());
    drop(left);
    let wrong = FileKeyStore::with_passphrase(&place, "nebulous wombat");
    said.of(Home::open(&place, wrong).map(drop));
    said.of(Home::open(&place, FileKeyStore::beside(&place)).map(drop));
    said.of(Home::create(&place, HOME, keys()).map(drop));
    said.of(Recipient::open(&place, keys()).map(drop));
    let missing = folder.path().join(DEVICE);
    said.of(Home::open(&missing, FileKeyStore::beside(&missing)).map(drop));
    fs::remove_file(place.join("store.key")).unwrap();
    let other = FileKeyStore::beside(&place);
    other.replace(&Secret::from_bytes([7; 32])).unwrap();
    said.of(Home::open(&place, other).map(drop));
    fs::write(place.join("store.key"), PASSPHRASE).unwrap();
    said.of(Home::open(&place, FileKeyStore::beside(&place)).map(drop));
}

/// Randomness of which everything that can be a key is noted, until it fails.
#[derive(Clone, Default)]
struct Drawn(Arc<Mutex<Vec<[u8; 32]>>>, Arc<Mutex<bool>>);

struct Source(Drawn, SeededEntropy);

impl Drawn {
    fn from(&self, seed: u64) -> Source {
        Source(self.clone(), SeededEntropy::new(seed))
    }

    fn any(&self) -> Secret {
        Secret::random(&mut self.from(77)).unwrap()
    }

    fn fails(&self) {
        *self.1.lock().unwrap() = true;
    }
}

impl Entropy for Source {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        if *self.0.1.lock().unwrap() {
            return Err(EntropyError);
        }
        self.1.fill(out)?;
        if let Ok(secret) = <[u8; 32]>::try_from(&*out) {
            self.0.0.lock().unwrap().push(secret);
        }
        Ok(())
    }
}
