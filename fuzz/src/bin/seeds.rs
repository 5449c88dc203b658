//! Writes first inputs for every target into `fuzz/corpus/TARGET/`: objects that were really made, and a few words.
//!
//! `cargo xtask fuzz seeds` runs it. It is built as the targets are, with the fuzzer, so that nothing is compiled twice; it ends
//! before the fuzzer begins.
#![no_main]

use std::{fs, path::Path, sync::Arc, thread};

use freehold::{
    Device, Facet, Home, Level, Newcomer, PartyRole, Reading, SetClock, Time, Value,
    consent::Revocation,
    crypto::{Domain, MemoryKeyStore, PassphraseParams, Secret, SeededEntropy, SigningKey},
    fuzzing::{self, ROWS, row, said_by},
    model::{Id, Kind, Stream, StreamSpec, Summarizer, chunk, kinds, wire},
    testing::join_in,
    transport::{Memory, Offer},
};
use freehold_fuzz::household::{Harmful, Rows, seal_entry};
use freehold_fuzz::{Consent, HOUR, NOW, key, root, stream, stream_info};
use freehold_store::MemoryStore;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: { write_all(); }, |_bytes: &[u8]| {});

fn write_all() {
    let consent = Consent::get();
    let object = |signed: &[u8]| signed[..signed.len() - 64].to_vec();
    write("token", vec![object(&consent.token.as_bytes()[1..])]);
    write("card", vec![object(consent.card.as_bytes())]);
    write("request", vec![object(consent.request.as_bytes())]);
    write("bundle", vec![object(consent.bundle.as_bytes())]);
    write("contents", contents(consent));
    write("revocation", vec![object(revocation(consent).as_bytes())]);
    write("grant", grant(consent));
    write("log", logs());
    write("entry", entries());
    write("chunk", chunks());
    write("stream", streams());
    write("summary", summaries());
    write("cover", covers());
    write("keys", keys(consent));
    write(
        "seal",
        (0..8)
            .map(|way| [&[way, 0, 1, 0, 0], &[7; 40][..]].concat())
            .collect(),
    );
    write("text", texts());
    write("import", imports());
    write("keystore", keystores());
    write("rows", rows());
    write("row", sealed_rows());
    write("recipient", recipients());
    write("parcel", parcels());
    for (target, inputs) in [
        ("channel", channels()),
        ("carried", carried()),
        ("pair", pairings()),
    ] {
        write(&format!("quick_{target}"), inputs.clone());
        write(target, inputs);
    }
    write("said", said());
    write("kept", kept());
    std::process::exit(0);
}

fn write(target: &str, inputs: Vec<Vec<u8>>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    fs::create_dir_all(&folder).expect("a folder");
    for (n, input) in inputs.iter().enumerate() {
        fs::write(folder.join(format!("seed-{n}")), input).expect("a file");
    }
}

fn contents(consent: &Consent) -> Vec<Vec<u8>> {
    let header = consent.bundle.header();
    let aad = wire::to_bytes(header);
    let body = &consent.bundle.as_bytes()[1 + aad.len()..];
    let envelope: Vec<u8> = postcard::from_bytes(body).expect("the rest of the payload");
    let token = &consent.token;
    let plain = consent
        .envelope
        .open(token.suite(), &token.id().0, &aad, &envelope);
    let plain = plain.expect("it was sealed so");
    vec![[&[1], &plain[..]].concat()]
}

fn revocation(consent: &Consent) -> Revocation {
    let draft = Revocation::draft(&consent.token, NOW, &mut SeededEntropy::new(5));
    draft.expect("a revocation").sign(key()).expect("our key")
}

fn grant(consent: &Consent) -> Vec<Vec<u8>> {
    let file = consent.grant().to_file().expect("a grant");
    vec![file[6..].to_vec(), file[..40].to_vec()]
}

fn logs() -> Vec<Vec<u8>> {
    let mut log = Harmful::log(1, Level::Hour);
    let piece = vec![vec![0; 8]; 2];
    seal_entry(&mut log, 1, NOW, &[(0, piece)]).expect("an entry");
    let checkpoint = log
        .checkpoint(key(), NOW)
        .expect("our key")
        .expect("an entry")
        .to_bytes();
    let genesis = [&[0], &log.genesis().to_bytes()[..]].concat();
    vec![
        genesis,
        [&[1], &checkpoint[..checkpoint.len() - 64]].concat(),
    ]
}

fn entries() -> Vec<Vec<u8>> {
    let mut log = Harmful::log(1, Level::Hour);
    let cases = [
        vec![(0, vec![vec![1; 8]; 2]); 5],
        vec![(0, vec![vec![1; 8], vec![2; 16]])],
    ];
    let entries = cases.iter().map(|slots| {
        let (header, body) = seal_entry(&mut log, 1, NOW, slots).expect("an entry");
        let len = u16::try_from(header.len()).expect("short").to_be_bytes();
        [&len[..], &[0x55], &header, &body].concat()
    });
    entries.collect()
}

fn chunks() -> Vec<Vec<u8>> {
    const START: Time = Time::from_ms(1_700_000_000_000);
    let at = |n: i64| START.plus_ms(n * 60_000);
    let text = |text: &str| Value::text(text).expect("short");
    let cases: Vec<Vec<Reading>> = vec![
        (0..60)
            .map(|n| Reading::new(at(n), Value::Number(200 + n * n % 7)))
            .collect(),
        (0..20)
            .map(|n| Reading::new(at(n), Value::Bool(n % 3 == 0)).lasting_ms(500))
            .collect(),
        (0..20)
            .map(|n| Reading::new(at(n * n), Value::State(u16::from(n % 3 == 0))))
            .collect(),
        (0..9)
            .map(|n| {
                Reading::new(
                    at(n),
                    Value::Point {
                        lat: 515_000_000,
                        lon: 1_000,
                    },
                )
            })
            .collect(),
        vec![
            Reading::new(at(0), text("open")),
            Reading::new(at(5), text("shut")),
        ],
        vec![
            Reading::new(at(0), Value::None),
            Reading::new(at(1), Value::Number(-5)),
        ],
    ];
    cases
        .iter()
        .map(|readings| chunk::encode(START, readings).expect("a chunk"))
        .collect()
}

fn streams() -> Vec<Vec<u8>> {
    let hours = 380_000_u32.to_be_bytes();
    let spec = |kind: &str| {
        let kind = Kind::registered(kind).expect("a kind");
        let spec = StreamSpec::new(Id::from_bytes([2; 16]), kind, "Australia/Lord_Howe");
        wire::to_bytes(&spec.levels(Level::ALL).chunk_minutes(15))
    };
    let mut all: Vec<Vec<u8>> = ["heart_rate", "energy_imported", "position"]
        .into_iter()
        .filter(|kind| Kind::registered(kind).is_some())
        .map(spec)
        .collect();
    all.push(wire::to_bytes(&stream_info()));
    all.iter()
        .map(|bytes| [&hours, &bytes[..]].concat())
        .collect()
}

fn summaries() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (kind, number) in kinds::ALL.iter().zip(0_u8..).step_by(7) {
        let spec = StreamSpec::new(Id::from_bytes([1; 16]), kind, "UTC").levels(Level::ALL);
        let Ok(stream) = Stream::new(spec) else {
            continue;
        };
        let mut sums = Summarizer::new(stream.spec().facets, stream.spec().bins());
        let (least, most) = stream.spec().range();
        for n in 0..20 {
            let _ = sums.push_number(least + (most - least) / 20 * n);
        }
        for facet in stream.spec().facets.iter() {
            for level in [Level::Hour, Level::Month] {
                if let Ok(bytes) = stream.layout(level).encode(&sums.summary(), facet) {
                    all.push([&[number, level.number(), facet.number()], &bytes[..]].concat());
                }
            }
        }
    }
    all
}

fn covers() -> Vec<Vec<u8>> {
    let whole = || root().tree(Level::Day, Facet::Totals);
    let covers = [
        whole(),
        whole().restrict(5..700),
        whole().puncture(9..10).puncture(600..4000),
    ];
    let ranges = [[0, 0, 9, 0, 1, 0], [0, 0, 0, 0, 255, 0], [1, 0, 0, 0, 1, 0]];
    let inputs = covers.iter().zip(ranges);
    inputs
        .map(|(cover, range)| [&[13], &range[..], &cover.to_bytes()].concat())
        .collect()
}

fn keys(consent: &Consent) -> Vec<Vec<u8>> {
    let public = key().public_key().to_bytes();
    let (x, y) = ([3; 32], [4; 32]);
    let params = PassphraseParams::generate(&mut SeededEntropy::new(1)).expect("random");
    vec![
        [&[0], &public[..], &[1; 64]].concat(),
        [&[0, 1], &x[..], &y, &[1; 64]].concat(),
        [&[1], &key().to_secret_bytes()[..]].concat(),
        [&[1, 1], &consent.card.as_bytes()[..80]].concat(),
        [&[2], &consent.envelope.public_key().as_bytes()[..]].concat(),
        [&[3], &[9; 1140][..]].concat(),
        [
            &[4],
            &postcard::to_allocvec(&params).expect("it has a length")[..],
        ]
        .concat(),
    ]
}

fn texts() -> Vec<Vec<u8>> {
    let texts: [(u8, &[&str]); 8] = [
        (
            0,
            &[
                "2013-01-01",
                "2013-03-31T01:30",
                "2013-10-27 01:30:00.250",
                "2013-07-01T00:00:00+05:45",
                "2011-12-30T10:00Z",
            ],
        ),
        (
            1,
            &[
                "0.412 kW.h",
                "72 /min",
                "true",
                "51.5,-0.12",
                "37 Cel",
                "1e3",
                "heat",
            ],
        ),
        (
            2,
            &[
                "0.412",
                "-12",
                ".5",
                "4.12e-1",
                "123456789012345678901234567890",
            ],
        ),
        (3, &["P7D", "PT1H30M", "P1Y2M3W4DT5H6M"]),
        (
            4,
            &[
                "dpv:ServiceProvision",
                "eu-gdpr:A6-1-a",
                "controller",
                "heart_rate",
            ],
        ),
        (
            5,
            &[
                "raw,day",
                "totals,extremes",
                "0123456789abcdef0123456789abcdef",
                "month",
            ],
        ),
        (
            6,
            &[
                "Europe/London",
                "UTC",
                "America/Argentina/Buenos_Aires",
                "europe/london",
            ],
        ),
        (7, &["Acme \"Energy\"", "  a  b ", "\u{202e}abc", "Name"]),
    ];
    let each = texts.iter().flat_map(|(what, texts)| {
        texts
            .iter()
            .zip(0_u8..)
            .map(|(text, n)| [&[*what, n], text.as_bytes()].concat())
    });
    each.collect()
}

fn imports() -> Vec<Vec<u8>> {
    let json = concat!(
        "{\"time\": \"2013-01-01T00:00:00Z\", \"value\": \"0.412 kW.h\", \"duration\": \"30m\"}\n",
        "{\"time\": \"2013-01-01T00:30\", \"value\": {\"lat\": 51.5, \"lon\": -0.1}, \"flags\": [\"estimated\"]}\n",
        "{\"time\": \"2013-01-01\", \"value\": null}\n",
    );
    let tables = [
        (
            1,
            "t,v\n2013-01-01T00:00,1.5\n2013-01-01T00:30,Low\n\"2013-01-01 01:00\",\"2\"\n",
        ),
        (2, "t,v,k\n31/12/2013 23:30,1.5,a\n01/01/2014 00:00,,b\n"),
        (
            3,
            "d,t,v,k\n2013-01-01,00:00,1.5,a\n2013-01-01,00:30,High,b\n2013-01-01\n",
        ),
        (4, "P1DT30M"),
        (4, "1h30m"),
        (0, json),
    ];
    tables
        .iter()
        .map(|(way, text)| [&[*way], text.as_bytes()].concat())
        .collect()
}

fn keystores() -> Vec<Vec<u8>> {
    let head = b"FRHD\x40\x01\0\0\0\0\0\0\0\x05";
    let params = PassphraseParams::generate(&mut SeededEntropy::new(1)).expect("random");
    let file = |wrapped: Option<PassphraseParams>, key: Vec<u8>| {
        let file = postcard::to_allocvec(&(wrapped, key)).expect("it has a length");
        [&head[..], &file].concat()
    };
    vec![file(None, vec![7; 32]), file(Some(params), vec![7; 80])]
}

/// Each sealed row as it is, and with a place changed.
fn rows() -> Vec<Vec<u8>> {
    let rows = Rows::get().rows.iter().zip(0_u8..);
    let inputs = rows.flat_map(|(row, n)| match &row.plain {
        Some(plain) => vec![[&[n, 0], &plain[..]].concat(), vec![n, 1, 3, 255]],
        None => vec![vec![n, 3]],
    });
    inputs.collect()
}

/// What each sealed row says, once for every kind, since only the door knows which it is.
fn sealed_rows() -> Vec<Vec<u8>> {
    let plain = Rows::get().rows.iter().filter_map(|row| row.plain.as_ref());
    let kinds = plain.flat_map(|plain| {
        let reads = (0..ROWS).filter(|kind| row(*kind, plain).as_ref() == Some(plain));
        reads.map(|kind| [&[kind], &plain[..]].concat())
    });
    kinds.collect()
}

/// What a home owes, and what a recipient says that it has.
fn parcels() -> Vec<Vec<u8>> {
    let (harmful, household) = (Harmful::new(), Rows::get());
    let home = household.open(household.rows.clone()).expect("as it was");
    let (card, have) = (harmful.recipient.card(), harmful.recipient.have().unwrap());
    let parcel = home.parcel(card, &have).expect("it knows the card");
    let parcel = postcard::to_allocvec(&parcel).expect("it has a length");
    let have = postcard::to_allocvec(&have).expect("it has a length");
    vec![[&[0], &parcel[..]].concat(), [&[1], &have[..]].concat()]
}

fn recipients() -> Vec<Vec<u8>> {
    let stream = stream([1; 16]);
    let first = NOW.plus_ms(-20 * HOUR);
    let start = stream.calendar().slot(Level::Raw, first).start;
    let reading = |n: i64| Reading::new(start.plus_ms(n * 60_000), Value::Number(200 + n));
    let chunk = chunk::encode(start, &(0..30).map(reading).collect::<Vec<_>>()).expect("a chunk");
    let piece = |bytes: &[u8]| [&[u8::try_from(bytes.len()).expect("short")], bytes].concat();
    let raw = [&[0], &piece(&chunk)[..]].concat();
    let mut sums = Summarizer::new(stream.spec().facets, stream.spec().bins());
    (0..30).for_each(|n| sums.push_number(200 + n).expect("small"));
    let layout = stream.layout(Level::Hour);
    let facet = |facet| piece(&layout.encode(&sums.summary(), facet).expect("it is kept"));
    let hours = [facet(Facet::Totals), facet(Facet::Extremes)].concat();
    vec![raw, [&[1], &hours[..], &hours].concat()]
}

/// A handshake and some records, as they should be, and with a change.
fn channels() -> Vec<Vec<u8>> {
    let well = [5, 0, 1, 1, 4, 0, 0, 3, 5, 0, 1, 255, 4, 0];
    vec![
        well.to_vec(),
        [&well[..], &[0, 9, 7, 30, 5, 0]].concat(),
        vec![14, 0, 5, 0, 15, 0, 4, 0],
    ]
}

/// Files with a head, a stretch and an end; one of them changed.
fn carried() -> Vec<Vec<u8>> {
    let head = postcard::to_allocvec(&(1_u8, 5_u32, 3_u64, (7_u32, 0_u64))).expect("it encodes");
    let item = |item: &[u8]| {
        [
            &u32::try_from(item.len()).expect("short").to_be_bytes(),
            item,
        ]
        .concat()
    };
    let stretch = [&[0][..], &[8; 16], &[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3]].concat();
    let items = [item(&stretch), item(&[1, 9])].concat();
    let file = |how: u8, place: u8| {
        let how = how | u8::try_from(head.len()).expect("short") << 2;
        [&[how, place], &head[..], &items].concat()
    };
    vec![file(0, 0), file(1, 200), file(2, 128), file(3, 250)]
}

/// A code that is typed, places, and pairings that come to their end.
fn pairings() -> Vec<Vec<u8>> {
    let place = |at: u8, by: u8| [&[1, at, by], &b"192.0.2.7:7700"[..]].concat();
    vec![
        b"\0freehold:1:abcd".to_vec(),
        place(0, b'f'),
        place(128, b'A'),
        vec![2, 0, 0, 2, 0, 0, 0],
        vec![2, 1, 40, 0, 0, 3, 30, 2, 0, 0, 0],
        vec![2, 4, 3, 0, 0, 2, 0],
    ]
}

/// What a phone and a meter that have met say to each other, and what a recipient is written.
fn said() -> Vec<Vec<u8>> {
    let rows = Rows::get();
    let phone = rows.open(rows.rows.clone()).expect("as it was");
    let meter = paired(&phone, "Meter", PartyRole::Device);
    paired(&phone, "Tablet", PartyRole::Agent);
    let device = Device {
        name: "door".to_owned(),
        maker: None,
        model: None,
    };
    phone.add_device(device).expect("a device");
    let kind = Kind::registered("heart_rate").expect("a kind");
    let spec = StreamSpec::new(Id::from_bytes([5; 16]), kind, "UTC");
    let spec = spec.levels([Level::Raw, Level::Day]);
    let added = phone.add_stream_for("Meter", "door", "pulse", spec);
    added.expect("a stream");
    let mut said = said_by(&phone).expect("it is written");
    said.extend(said_by(&meter).expect("it is written"));
    // Joined, the refusals, readings without a key, and what a recipient and a household write.
    let stray = ([5_u8; 16], 3_u64, 1_u64, NOW, vec![6_u8; 40]);
    said.push([&[4], &wire::to_bytes(&(2_u8, vec![stray]))[..]].concat());
    said.extend([vec![2], vec![1, 1], vec![1, 2], vec![1, 3]]);
    said.extend([0, 1, 2].map(|kind| vec![5, kind, 2, 8, 8]));
    let signature = key().sign(Domain::Erased, b"receipt").expect("our key");
    let signed = wire::to_bytes(&(b"receipt".to_vec(), signature));
    said.push([&[6, 0], &signed[..], &[1], &signed[..]].concat());
    said.extend([7, 8].map(|kind| [&[kind], &signed[..]].concat()));
    said.sort_unstable();
    said.dedup();
    for said in &said {
        assert!(fuzzing::said(said[0], &said[1..]), "kind {}", said[0]);
    }
    said
}

/// Takes a party in and gives its home.
fn paired(phone: &Home, name: &str, role: PartyRole) -> Home {
    let (mut one, mut two) = Memory::pair();
    let mut invitation = phone.invite("", role).expect("an agent");
    let offer = Offer::from_text(invitation.text()).expect("as it was shown");
    let newcomer = Newcomer {
        name: name.to_owned(),
        role,
    };
    thread::scope(|scope| {
        scope.spawn(move || {
            invitation
                .run(&mut one, &mut |_| true)
                .expect("it is taken")
        });
        let disk = (
            Arc::new(MemoryStore::new()),
            Arc::new(MemoryKeyStore::new()),
        );
        let clock = Arc::new(SetClock::new(NOW));
        let entropy = Box::new(SeededEntropy::new(u64::from(name.as_bytes()[0])));
        let yes = &mut |_: &str| true;
        let joined = join_in(
            (disk.0, disk.1),
            clock,
            entropy,
            &offer,
            newcomer,
            &mut two,
            yes,
        );
        joined.expect("it joins")
    })
}

/// A transcript without its head, settings, a card, a place with a key, and rows of a relay.
fn kept() -> Vec<Vec<u8>> {
    let behind = |record: Vec<u8>| {
        let len = u32::try_from(record.len()).expect("short").to_be_bytes();
        [&len[..], &record].concat()
    };
    let began = behind(wire::to_bytes(&(0_u8, 0_u32, NOW, [7_u8; 32])));
    let spoke = behind(wire::to_bytes(&(1_u8, 0_u32, NOW, true, vec![1_u8, 2, 3])));
    let settings = "# a relay\nlisten = [::1]:7\nquota=3M\nadmit = friday\nidle = 20\nmetrics=127.0.0.1:1\n\
        tls-cert=a\ntls-key = b\nunder-way=5K\nlogs = 4\nparties=3\nmailboxes= 2\nconnections =1\ndata=relay\n";
    let signer = SigningKey::from_seed(&Secret::from_bytes([6; 32])).expect("a seed is a key");
    let public = signer.public_key();
    let named = [b"relay", &[4; 32][..], &public.to_bytes()].concat();
    let signature = signer.sign(Domain::Card, &named).expect("our key");
    let card = wire::to_bytes(&(1_u8, [4_u8; 32], public, signature));
    let mut all = vec![
        [&[0], &began[..], &spoke].concat(),
        [&[1], settings.as_bytes()].concat(),
        [&[2], &card[..]].concat(),
        [&[3], &[9; 32][..], b"192.0.2.7:7700"].concat(),
    ];
    for place in [
        "relay.example:7070",
        "tls://[2001:db8::1]:443",
        "wss://h:1/a/b",
        "ws://1.2.3.4:5",
    ] {
        all.push([&[4], place.as_bytes(), &[3; 32]].concat());
    }
    all.extend((5..15).map(|kind| [&[kind], &[1; 60][..]].concat()));
    all
}
