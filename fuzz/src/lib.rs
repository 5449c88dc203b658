//! What the fuzz targets share: fixed keys, objects that were really signed, and a bound on memory.

use std::{
    alloc::System,
    panic,
    sync::{LazyLock, Once},
};

use cap::Cap;
use freehold::{
    Facet, Level, Time,
    consent::{
        Ask, Card, Choices, Grant, History, Issue, JournalHead, Locale, LogInfo, Name, Occasion,
        Request, Role, SealedBundle, StreamInfo, Succession, Token, Wishes, propose,
    },
    crypto::{Domain, EnvelopeKey, LogId, Root, Secret, SeededEntropy, SigningKey, Suite},
    model::{Id, Kind, Stream, StreamSpec},
    transport::StaticKey,
};

pub mod carried;
pub mod channel;
pub mod household;
pub mod pair;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Runs one execution, which may have a mebibyte and 64 bytes for each byte of its input; more is a finding. What targets keep
/// from one execution to the next has to be made before.
pub fn within(input: &[u8], run: impl FnOnce()) {
    bounded((1 << 20) + 64 * input.len(), run);
}

/// Runs one execution of a target over the façade. A reader of it takes chunks of up to 2^20 readings, and a few bytes can say
/// that many that are alike.
pub fn within_facade(run: impl FnOnce()) {
    bounded(256 << 20, run);
}

fn bounded(bytes: usize, run: impl FnOnce()) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |what| {
            // To say where it happened takes more.
            ALLOCATOR.set_limit(usize::MAX).expect("no limit");
            report(what);
        }));
    });
    let limit = ALLOCATOR.allocated() + bytes;
    ALLOCATOR.set_limit(limit).expect("above what is allocated");
    run();
    ALLOCATOR.set_limit(usize::MAX).expect("no limit");
}

/// When everything here happens: 2013-11-01.
pub const NOW: Time = Time::from_ms(1_383_264_000_000);
/// The household's stream.
pub const STREAM: [u8; 16] = [1; 16];
/// An hour in milliseconds.
pub const HOUR: i64 = 3_600_000;

/// By which two peers know each other.
pub static KEYS: LazyLock<[StaticKey; 2]> =
    LazyLock::new(|| [1, 2].map(|no| StaticKey::from_secret(Secret::from_bytes([no; 32]))));

/// The key that signs for the household, its writers and its recipient: one, so that bytes that name it can be signed.
pub fn key() -> &'static SigningKey {
    static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
        SigningKey::from_seed(&Secret::from_bytes([7; 32])).expect("a seed is a key")
    });
    &KEY
}

/// `body` and the key's signature over it.
pub fn signed(domain: Domain, body: &[u8]) -> Vec<u8> {
    let signature = key().sign(domain, body).expect("Ed25519 always signs");
    [body, &signature.to_bytes()].concat()
}

/// A signed object's bytes without a signature that holds, to decode it alone.
pub fn unsigned(body: &[u8]) -> Vec<u8> {
    [body, &[0; 64]].concat()
}

/// A whole consent: who asked, what was granted, and the keys.
pub struct Consent {
    /// The recipient's envelope key.
    pub envelope: EnvelopeKey,
    /// The recipient's card.
    pub card: Card,
    /// What it asked.
    pub request: Request,
    /// The streams, as their owner describes them.
    pub streams: Vec<StreamInfo>,
    /// The token.
    pub token: Token,
    /// The first bundle.
    pub bundle: SealedBundle,
}

impl Consent {
    /// The one consent of the targets: hours and days of a meter in 2013.
    pub fn get() -> &'static Self {
        static CONSENT: LazyLock<Consent> = LazyLock::new(Consent::make);
        &CONSENT
    }

    /// The grant.
    pub fn grant(&self) -> Grant {
        let bundles = vec![self.bundle.clone()];
        Grant::new(self.card.clone(), self.token.clone(), bundles).expect("they belong together")
    }

    fn make() -> Self {
        let envelope =
            EnvelopeKey::from_seed(Secret::from_bytes([2; 32])).expect("a seed is a key");
        let name = Name::new("Supplier").expect("a name");
        let public = envelope.public_key().clone();
        let card = Card::draft(
            Suite::One,
            Role::Controller,
            name,
            key().public_key(),
            public,
        );
        let card = card
            .and_then(|card| Ok(card.sign(key()).expect("our key")))
            .expect("a card");
        let request = Request::make(&card, wishes(), key(), &mut SeededEntropy::new(3));
        let request = request.expect("a request");
        let streams = vec![stream_info()];
        let (token, bundle) = grant(&request, &streams);
        Self {
            envelope,
            card,
            request,
            streams,
            token,
            bundle,
        }
    }
}

/// Hours and days of energy in 2013.
pub fn wishes() -> Wishes {
    let kind = Name::new("energy_interval").expect("a name");
    let from = Time::from_ms(1_356_998_400_000);
    let until = from.plus_ms(365 * 24 * HOUR);
    let facets = [Facet::Totals, Facet::Extremes];
    let levels = [Level::Raw, Level::Hour, Level::Day];
    let ask = Ask::new(kind, levels.into(), facets.into(), from, Some(until)).expect("a line");
    Wishes::new(
        vec![ask],
        "dpv:PaymentManagement".parse().expect("a purpose"),
    )
}

/// The household's meter and its two logs.
pub fn stream_info() -> StreamInfo {
    let log = |no: u8, level| LogInfo {
        log: LogId([no; 16]),
        level,
        incarnation: 0,
        writer: key().public_key(),
    };
    let logs = vec![log(1, Level::Raw), log(2, Level::Day)];
    StreamInfo::new(
        Name::new("electricity").expect("a name"),
        stream(STREAM),
        logs,
    )
}

/// A meter.
pub fn stream(id: [u8; 16]) -> Stream {
    let kind = Kind::registered("energy_interval").expect("a kind of the registry");
    let spec = StreamSpec::new(Id::from_bytes(id), kind, "Europe/London");
    let levels = [Level::Raw, Level::Hour, Level::Day];
    Stream::new(spec.levels(levels).chunk_minutes(60)).expect("a stream")
}

/// The household's root of every epoch of every stream.
pub fn root() -> Root {
    Root::from_secret(Secret::from_bytes([9; 32]))
}

/// Grants all that is asked for, by the household's key.
pub fn grant(request: &Request, streams: &[StreamInfo]) -> (Token, SealedBundle) {
    let history = History::new();
    let occasion = Occasion {
        grantor: key().public_key(),
        suite: Suite::One,
        streams,
        history: &history,
        now: NOW,
        locale: Locale::EnGb,
    };
    let all = streams.iter().map(|info| info.id);
    let choices = Choices {
        streams: Some(all.collect()),
        ..Choices::default()
    };
    let proposal = propose(request, &choices, &occasion).expect("it can be granted");
    let mut entropy = SeededEntropy::new(4);
    let token = proposal
        .approve(proposal.shown(), true, NOW, &mut entropy)
        .expect("what was shown");
    let token = token.sign(key()).expect("our key");
    let journal = JournalHead {
        at: NOW,
        hash: [5; 32],
    };
    let before = SigningKey::from_seed(&Secret::from_bytes([9; 32])).expect("a key");
    let issue = Issue {
        seq: 0,
        now: NOW,
        journal,
        since: None,
        succession: Succession::sign(&[before], key().public_key()).expect("our keys"),
    };
    let trees = |_, level, facet, _| vec![(0, root().tree(level, facet))];
    let (card, mail) = (request.card(), Secret::from_bytes([7; 32]));
    let bundle = SealedBundle::compose(&token, card, streams, &issue, &mail, trees, &mut entropy);
    (
        token,
        bundle.expect("a bundle").sign(key()).expect("our key"),
    )
}
