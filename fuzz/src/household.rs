//! A household's store, opened row by row, and an owner that means harm.

use std::{
    ops::ControlFlow,
    sync::{Arc, LazyLock},
};

use freehold::{
    Device, Facet, Home, Level, Levels, Parcel, Reading, Recipient, SetClock, Time, Value,
    consent::{Ask, Choices, Grant, LogInfo, Name, Role, StreamInfo, TokenId, Wishes},
    crypto::{
        Domain, KeyStore, LogId, MemoryKeyStore, Padding, RowKey, Secret, SeededEntropy, Signature,
        Suite, digest,
    },
    model::{Facets, wire},
    testing::home_in,
};
use freehold_store::{Batch, Key, MemoryStore, Order, Store};
use freehold_sync::{Genesis, LogWriter};

use crate::{HOUR, NOW, grant, key, root, stream};

/// The rows of a home.
pub struct Rows {
    /// The rows.
    pub rows: Vec<Row>,
    key: Secret,
    count: u64,
}

/// One of them.
#[derive(Clone)]
pub struct Row {
    /// Where it lies.
    pub at: Key,
    /// What it says, if it is sealed under the store's key.
    pub plain: Option<Vec<u8>>,
    stored: Vec<u8>,
}

impl Row {
    /// Lets the row lie as these bytes.
    pub fn store(&mut self, bytes: Vec<u8>) {
        self.stored = bytes;
    }
}

impl Rows {
    /// A home with a meter and a thermometer, sealed and open slots, a consent and a withdrawn one.
    pub fn get() -> &'static Self {
        static ROWS: LazyLock<Rows> = LazyLock::new(Rows::make);
        &ROWS
    }

    /// Seals what a row shall say, for where it lies.
    pub fn seal(&self, row: &mut Row, says: Vec<u8>) {
        row.stored = says;
        let (key, mut entropy) = (self.row_key(), SeededEntropy::new(1));
        let sealed = key.seal(&context(row.at), &mut row.stored, 0, &mut entropy);
        sealed.expect("short enough");
    }

    /// Opens the home from these rows.
    pub fn open(&self, rows: Vec<Row>) -> Result<Home, freehold::Error> {
        let store = MemoryStore::new();
        let mut batch = Batch::new();
        for row in rows {
            batch.put(row.at, row.stored);
        }
        store.commit(&batch).expect("memory");
        let keys = MemoryKeyStore::new();
        keys.replace(&self.key).expect("memory");
        keys.advance(self.count).expect("upwards");
        let clock = Arc::new(SetClock::new(NOW));
        let entropy = Box::new(SeededEntropy::new(2));
        home_in(Arc::new(store), "Home", Arc::new(keys), clock, entropy)
    }

    fn make() -> Self {
        let (store, keys) = (
            Arc::new(MemoryStore::new()),
            Arc::new(MemoryKeyStore::new()),
        );
        let clock = Arc::new(SetClock::new(NOW));
        let entropy = Box::new(SeededEntropy::new(3));
        let home = home_in(store.clone(), "Home", keys.clone(), clock, entropy);
        fill(&home.expect("a home"));
        let mut all = Self {
            rows: Vec::new(),
            key: keys.load().expect("memory").expect("a key"),
            count: keys.counter().expect("memory"),
        };
        let mut rows = Vec::new();
        for space in 0..Key::MAX_SPACE {
            let range = Key::all(space).expect("a space");
            let scan = store.scan(range, Order::Ascending, &mut |at, row| {
                let (stored, mut plain) = (row.to_vec(), row.to_vec());
                let plain = all
                    .row_key()
                    .open(&context(at), &mut plain)
                    .ok()
                    .map(|row| row.to_vec());
                rows.push(Row { at, plain, stored });
                ControlFlow::Continue(())
            });
            scan.expect("memory");
        }
        all.rows = rows;
        all
    }

    fn row_key(&self) -> RowKey {
        RowKey::store(self.key.duplicate(), Suite::One)
    }
}

fn context(key: Key) -> [u8; 9] {
    let mut context = [0; 9];
    context[0] = key.space();
    context[1..].copy_from_slice(&key.id().to_be_bytes());
    context
}

fn fill(home: &Home) {
    let device = Device {
        name: "meter".to_owned(),
        maker: None,
        model: None,
    };
    home.add_device(device).expect("a device");
    for (no, kind, facets) in [
        (
            1,
            "energy_imported",
            Facets::of(Facet::Totals).with(Facet::Index),
        ),
        (
            2,
            "air_temperature",
            Facets::of(Facet::Extremes).with(Facet::Distribution),
        ),
    ] {
        let kind = freehold::model::Kind::registered(kind).expect("a kind");
        let spec = freehold::model::StreamSpec::new(
            freehold::model::Id::from_bytes([no; 16]),
            kind,
            "Europe/London",
        );
        let levels: Levels = [Level::Raw, Level::Hour, Level::Day].into();
        let spec = spec.levels(levels).facets(facets).chunk_minutes(60);
        let stream = home
            .add_stream("meter", kind.name(), spec)
            .expect("a stream");
        let reading = |n: i64| Reading::new(NOW.plus_ms((n - 40) * HOUR), Value::Number(200 + n));
        stream
            .record(&(36..38).map(reading).collect::<Vec<_>>())
            .expect("it fits");
        stream.flush().expect("memory");
        // The slots about now stay open.
        stream.record(&[reading(39), reading(40)]).expect("it fits");
    }
    let recipient = recipient();
    for revoked in [false, true] {
        let request = recipient
            .request(consent_wishes("air_temperature", None))
            .expect("a request");
        let proposal = home
            .propose(&request, &Choices::default())
            .expect("it can be granted");
        let grant = home
            .approve(&proposal, proposal.shown(), true)
            .expect("what was shown");
        if revoked {
            home.revoke(grant.token().id()).expect("it is live");
        }
    }
}

fn recipient() -> Recipient {
    let name = Name::new("Supplier").expect("a name");
    let clock = Arc::new(SetClock::new(NOW));
    let entropy = Box::new(SeededEntropy::new(6));
    let keys = MemoryKeyStore::new();
    Recipient::in_memory(name, Role::Controller, keys, clock, entropy).expect("memory")
}

fn consent_wishes(kind: &str, until: Option<Time>) -> Wishes {
    let levels: Levels = [Level::Raw, Level::Hour].into();
    let facets = Facets::of(Facet::Totals).with(Facet::Extremes);
    let kind = Name::new(kind).expect("a name");
    let ask = Ask::new(kind, levels, facets, NOW.plus_ms(-3 * 24 * HOUR), until).expect("a line");
    Wishes::new(
        vec![ask],
        "dpv:PaymentManagement".parse().expect("a purpose"),
    )
}

/// How many streams of one recipient the owner that means harm uses before it takes another recipient.
const STREAMS: u8 = 60;

/// A recipient with a consent to many streams whose owner signs whatever is wanted. Each stream is used once, so that one
/// execution says nothing to the next.
pub struct Harmful {
    /// Who is to be harmed.
    pub recipient: Recipient,
    token: TokenId,
    used: u8,
}

/// What the owner sends of one log: the parts of a parcel.
type Sent = (
    TokenId,
    (Vec<u8>, Signature),
    Option<Vec<u8>>,
    Vec<(Vec<u8>, Vec<u8>)>,
    Vec<u8>,
);

impl Harmful {
    /// A new recipient.
    pub fn new() -> Self {
        let recipient = recipient();
        let wishes = consent_wishes("energy_interval", Some(NOW.plus_ms(24 * HOUR)));
        let request = recipient.request(wishes).expect("a request");
        let (token, bundle) = grant(
            &request,
            &(0..STREAMS).map(|no| info(no).clone()).collect::<Vec<_>>(),
        );
        let id = token.id();
        let grant = Grant::new(request.card().clone(), token, vec![bundle]);
        recipient
            .accept(&grant.expect("they belong together"))
            .expect("a grant");
        Self {
            recipient,
            token: id,
            used: 0,
        }
    }

    /// The number of a stream that nothing was sent of.
    pub fn fresh(&mut self) -> u8 {
        if self.used == STREAMS {
            *self = Self::new();
        }
        self.used += 1;
        self.used - 1
    }

    /// A log of a stream, which the owner has not written to yet.
    pub fn log(no: u8, level: Level) -> LogWriter {
        let facets: &[Facet] = match level {
            Level::Raw => &[Facet::Readings],
            _ => &[Facet::Totals, Facet::Extremes],
        };
        let info = info(no);
        let spec = digest(Domain::Spec, &[&wire::to_bytes(info.stream.spec())]);
        let log = info
            .logs
            .iter()
            .find(|log| log.level == level)
            .expect("a log")
            .log;
        let writer = key().public_key();
        LogWriter::new(Genesis::new(
            Suite::One,
            log,
            info.id.0,
            spec,
            level,
            facets.to_vec(),
            0,
            writer,
            None,
        ))
    }

    /// Delivers what was written, signed by the owner.
    pub fn deliver(
        &self,
        mut log: LogWriter,
        entries: Vec<(Vec<u8>, Vec<u8>)>,
    ) -> Result<(), freehold::Error> {
        let Some(checkpoint) = log.checkpoint(key(), NOW).expect("our key") else {
            return Ok(());
        };
        let genesis = log.genesis().to_bytes();
        let signature = key()
            .sign(Domain::Genesis, &genesis)
            .expect("Ed25519 always signs");
        let sent: Sent = (
            self.token,
            (genesis, signature),
            None,
            entries,
            checkpoint.to_bytes(),
        );
        let none = Vec::<Vec<u8>>::new();
        let erasures = 0_u8;
        let parts = (&none, &none, vec![sent], erasures);
        let bytes = postcard::to_allocvec(&parts).expect("it has a length");
        let parcel: Parcel = postcard::from_bytes(&bytes).expect("a parcel's parts");
        self.recipient.receive(&parcel).map(|_| ())
    }
}

impl Default for Harmful {
    fn default() -> Self {
        Self::new()
    }
}

/// The name of a stream of the owner that means harm.
pub fn name_of(no: u8) -> String {
    format!("stream {no}")
}

fn info(no: u8) -> &'static StreamInfo {
    static INFOS: LazyLock<Vec<StreamInfo>> =
        LazyLock::new(|| (0..STREAMS).map(make_info).collect());
    &INFOS[usize::from(no)]
}

fn make_info(no: u8) -> StreamInfo {
    let log = |kind: u8, level| {
        let mut log = [no; 16];
        log[0] = kind;
        LogInfo {
            log: LogId(log),
            level,
            incarnation: 0,
            writer: key().public_key(),
        }
    };
    let logs = vec![log(1, Level::Raw), log(2, Level::Hour)];
    StreamInfo::new(
        Name::new(&name_of(no)).expect("a name"),
        stream([no; 16]),
        logs,
    )
}

/// Seals one entry of slots that follow each other, the pieces being whatever is wanted.
pub fn seal_entry(
    log: &mut LogWriter,
    no: u8,
    first: Time,
    slots: &[(u16, Vec<Vec<u8>>)],
) -> Option<(Vec<u8>, Vec<u8>)> {
    let calendar = info(no).calendar();
    let genesis = log.genesis().clone();
    let mut slot = calendar.slot(genesis.level, first);
    let epoch = calendar.epoch(slot.start);
    let mut builder = log.entry(epoch, 0);
    for (part, pieces) in slots {
        builder.slot(slot, *part);
        for (facet, piece) in genesis.facets.iter().zip(pieces) {
            let leaf = root()
                .tree(genesis.level, *facet)
                .leaf(epoch.index(genesis.level, slot.start)?)?;
            builder.piece(leaf, piece);
        }
        slot = calendar.slot(genesis.level, slot.end);
    }
    let entry = builder
        .seal(Padding::Padme, &mut SeededEntropy::new(8))
        .ok()?;
    log.append(&entry).ok()?;
    Some((entry.header().to_bytes(), entry.body().to_bytes()))
}
