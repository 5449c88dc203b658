//! A second spelling of what was signed or hashed: other bytes, same meaning.
//!
//! The decoder beneath (postcard 1.1) takes integers with more bytes than they need, ignores bytes after the end, and knows no
//! sets; it refuses integers that do not fit, unknown tags and what is not UTF-8. Has: a signed object of each type, written here
//! field by field. Tries: every other spelling of every field, and what is no spelling at all. Stopped by: whoever reads encodes
//! again and compares (log-1, consent-1), checks bounds before it allocates (log-2), and takes sets only ascending.

mod object;

use freehold::{
    Facet, Level,
    consent::{
        Ask, Card, Conditions, Country, Grant, Onward, Purpose, Request, Set, Span,
        UnverifiedBundle, UnverifiedCard, UnverifiedGrant, UnverifiedRequest, UnverifiedRevocation,
        UnverifiedToken, Wishes, Words,
    },
    crypto::Signature,
    model::{Sampling, StreamSpec, wire},
    testing::logs_of_home,
};
use freehold_sync::{Genesis, Header, LogError, UnverifiedCheckpoint};
use freehold_tests::{spec, thief::Thief, wishes};

use self::object::{Object, varint};
use crate::{KIND, Setting, day, hours, quarters};

/// A signed object without its version and signature.
fn payload(signed: &[u8]) -> &[u8] {
    signed.get(1..signed.len() - 64).unwrap()
}

/// A payload as a signed object. Its signature is another's: what is no spelling is refused before.
fn signed(payload: &[u8]) -> Vec<u8> {
    [&[1], payload, &[0; 64]].concat()
}

/// A setting, someone who asked for two purposes and two days, and what was granted.
fn granted() -> (Setting, Thief, Request, Grant) {
    let setting = Setting::new(71);
    setting.record(day(), quarters(), |n| 40_000 + n);
    let mut thief = Thief::new(1);
    let span = hours(0, 24);
    let line = freehold_tests::ask(
        KIND,
        [Level::Hour, Level::Day],
        [Facet::Totals],
        span.start,
        span.end,
    );
    let purposes = ["dpv:ServiceProvision", "dpv:RequestedServiceProvision"]
        .map(|text| text.parse::<Purpose>().unwrap());
    let wishes = Wishes {
        purposes: Set::new(purposes).unwrap(),
        duration: Span::from_days(30),
        lease: Span::from_days(2),
        conditions: Conditions {
            onward: Onward::Processors,
            automated_decisions: true,
            cohort_min: 5,
            jurisdiction: Country::new("GB"),
        },
        words: Some(Words::new("For your next visit.").unwrap()),
        ..wishes(vec![line], None)
    };
    let request = Request::make(
        &thief.card,
        wishes.clone(),
        thief.signing(),
        &mut freehold::crypto::SeededEntropy::new(1),
    )
    .unwrap();
    let grant = thief.is_granted(&setting.home, wishes);
    (setting, thief, request, grant)
}

fn conditions(object: Object) -> Object {
    let caveats = object.count(4).variant(0, 4).variant(1, 3).variant(1, 4);
    caveats.variant(2, 4).number(5, 32).variant(3, 4).raw(b"GB")
}

#[test]
fn of_a_card() {
    let (_, thief, ..) = granted();
    let card: &Card = &thief.card;
    let object = Object::default()
        .raw(&[1])
        .variant(0, 3)
        .text("Kind Services")
        .key(card.key());
    let object = object.bytes(card.envelope().as_bytes());
    let takes = |payload: &[u8]| UnverifiedCard::from_bytes(&signed(payload)).is_ok();
    object.check("card", payload(card.as_bytes()), takes);
}

#[test]
fn of_a_request() {
    let (_, thief, request, _) = granted();
    let written = payload(request.as_bytes());
    let ((_, nonce), _) = postcard::take_from_bytes::<(Vec<u8>, [u8; 16])>(written).unwrap();
    let ask: &Ask = request.wishes().asks.first().unwrap();
    let object = Object::default().bytes(thief.card.as_bytes()).raw(&nonce);
    let object = object
        .count(1)
        .text(KIND)
        .flags(ask.levels().bits(), 0x80)
        .flags(ask.facets().bits(), 0x22)
        .variant(0, 2);
    let minutes = |time: freehold::Time| time.ms() / 60_000;
    let object = object
        .signed(minutes(ask.from()), 32)
        .tag(true)
        .signed(minutes(ask.until().unwrap()), 32);
    let object = object.set([&[1], &[2]]).number(1, 16).number(30, 16);
    let object = object
        .tag(true)
        .number(30 * 1_440, 32)
        .tag(true)
        .number(2 * 1_440, 32);
    let object = conditions(object).tag(true).text("For your next visit.");
    let takes = |payload: &[u8]| UnverifiedRequest::from_bytes(&signed(payload)).is_ok();
    object.check("request", written, takes);
}

#[test]
fn of_a_token() {
    let (.., grant) = granted();
    let token = grant.token();
    let written = payload(token.as_bytes().get(1..).unwrap());
    let terms = token.terms();
    let object = Object::default()
        .raw(written.get(..17).unwrap())
        .key(token.grantor());
    let object = object
        .raw(&token.recipient().0)
        .raw(&token.shown().0)
        .flags(0b100, 0b1100);
    let stream = terms.scope.streams();
    let object = object
        .count(1)
        .count(1)
        .raw(&stream.first().unwrap().0)
        .flags(0b11_0000, 0b1011_0000)
        .flags(0b10, 0b10_0010);
    let span = hours(0, 24);
    let object = object
        .window(span.start.ms(), span.end.ms())
        .window(terms.usable.from().ms(), terms.usable.until().ms());
    let object = object
        .number(2 * 1_440, 32)
        .set([&[1], &[2]])
        .number(1, 16)
        .number(30, 16);
    let takes = |payload: &[u8]| {
        UnverifiedToken::from_bytes(&[&[1], &signed(payload)[..]].concat()).is_ok()
    };
    conditions(object).check("token", written, takes);
}

#[test]
fn of_a_grant() {
    let (.., grant) = granted();
    let bundle = grant.bundles().first().unwrap();
    let object = Object::default()
        .bytes(grant.card().as_bytes())
        .bytes(grant.token().as_bytes())
        .count(1)
        .bytes(bundle.as_bytes());
    let file = grant.to_file().unwrap();
    let (head, written) = file.split_at(6);
    let takes = |object: &[u8]| UnverifiedGrant::from_file(&[head, object].concat()).is_ok();
    object.check("grant", written, takes);
}

#[test]
fn of_a_bundle() {
    let (.., grant) = granted();
    let bundle = grant.bundles().first().unwrap();
    let (header, written) = (bundle.header(), payload(bundle.as_bytes()));
    let object = Object::default()
        .raw(&header.token.0)
        .number(0, 32)
        .signed(header.made.ms(), 64)
        .signed(header.horizon.ms(), 64);
    let object = object
        .signed(header.journal.at.ms(), 64)
        .raw(&header.journal.hash)
        .number(header.nodes.into(), 32);
    let header = object.count(1).number(0, 32).tag(false);
    let envelope = written.get(header.encoded().len()..).unwrap();
    let (envelope, _) = postcard::take_from_bytes::<Vec<u8>>(envelope).unwrap();
    let takes = |payload: &[u8]| UnverifiedBundle::from_bytes(&signed(payload)).is_ok();
    header.bytes(&envelope).check("bundle", written, takes);
}

#[test]
fn of_a_revocation() {
    let (setting, .., grant) = granted();
    let revocation = setting.home.revoke(grant.token().id()).unwrap();
    let written = payload(revocation.as_bytes());
    let object = Object::default()
        .raw(&grant.token().id().0)
        .signed(revocation.at().ms(), 64)
        .key(grant.token().grantor());
    let object = object.raw(written.last_chunk::<16>().unwrap());
    let takes = |payload: &[u8]| UnverifiedRevocation::from_bytes(&signed(payload)).is_ok();
    object.check("revocation", written, takes);
}

#[test]
fn of_a_genesis() {
    let (setting, ..) = granted();
    let logs = logs_of_home(&setting.home).unwrap();
    let mut genesis = logs
        .iter()
        .find(|log| log.genesis.level == Level::Hour)
        .unwrap()
        .genesis
        .clone();
    genesis.predecessor = Some(freehold_sync::Predecessor {
        log: genesis.log,
        seq: 300,
        chain: [7; 32],
    });
    let object = Object::default()
        .raw(&[1])
        .flags(1, 3)
        .raw(&genesis.log.0)
        .raw(&genesis.stream)
        .raw(&genesis.spec)
        .variant(4, 7);
    let object = object.set([&[1], &[2]]).number(0, 32).key(&genesis.writer);
    let object = object
        .tag(true)
        .raw(&genesis.log.0)
        .number(300, 64)
        .raw(&[7; 32]);
    // Who signed is looked at last: what is no spelling is refused for that.
    let none = Signature::from_bytes(&[0; 64]);
    let takes =
        |bytes: &[u8]| Genesis::verify(bytes, &none, &genesis.writer) == Err(LogError::Signature);
    object.check("genesis", &genesis.to_bytes(), takes);
}

#[test]
fn of_a_header() {
    let (setting, ..) = granted();
    let logs = logs_of_home(&setting.home).unwrap();
    let of = |level: Level| logs.iter().find(|log| log.genesis.level == level).unwrap();
    let takes = |bytes: &[u8]| Header::from_bytes(bytes).is_ok();
    for level in [Level::Hour, Level::Raw] {
        let header = of(level).entries.first().unwrap().header();
        let written = header.to_bytes();
        let salt_at = 1 + varint(header.seq()).len() + 2 + 1;
        let object = Object::default()
            .raw(&[1])
            .number(header.seq(), 64)
            .signed(header.epoch().number().into(), 32)
            .number(0, 32);
        assert_eq!(object.encoded().len(), salt_at);
        let object = object.raw(written.get(salt_at..salt_at + 16).unwrap());
        let count = header.slot_count() as u64;
        let start = u64::try_from(header.span().start.ms() / 60_000).unwrap();
        let mut object = object
            .count(1)
            .number(start, 32)
            .number(60, 32)
            .number(count, 32)
            .number(0, 16);
        // What is left: the lengths, of one form or the other, and the hash of the body.
        let (lengths, body) = written
            .get(object.encoded().len()..)
            .unwrap()
            .split_last_chunk::<32>()
            .unwrap();
        object = match *lengths {
            [facets, 0, ..] => {
                let fixed = postcard::from_bytes::<Vec<(u8, u16)>>(lengths).unwrap();
                let fixed = fixed.into_iter().map(|(_, length)| u64::from(length));
                fixed.fold(object.count(facets.into()), |object, length| {
                    object.variant(0, 2).number(length, 16)
                })
            }
            _ => {
                let [(_, each)] = postcard::from_bytes::<Vec<(u8, Vec<u32>)>>(lengths)
                    .unwrap()
                    .try_into()
                    .unwrap();
                let object = object.count(1).variant(1, 2).count(each.len());
                each.into_iter()
                    .fold(object, |object, length| object.number(length.into(), 32))
            }
        };
        object.raw(body).check("header", &written, takes);
    }
}

#[test]
fn of_a_checkpoint() {
    let (setting, thief, ..) = granted();
    let logs = logs_of_home(&setting.home).unwrap();
    let genesis = &logs.first().unwrap().genesis;
    let mut writer = freehold_sync::LogWriter::resume(
        genesis.clone(),
        freehold_sync::Position {
            seq: 300,
            chain: [7; 32],
        },
        0,
    );
    let checkpoint = writer
        .checkpoint(thief.signing(), day())
        .unwrap()
        .unwrap()
        .to_bytes();
    let object = Object::default()
        .raw(&[1])
        .raw(&genesis.log.0)
        .number(300, 64)
        .raw(&[7; 32])
        .signed(day().ms(), 64);
    let object = object.raw(checkpoint.last_chunk::<64>().unwrap());
    let takes = |bytes: &[u8]| UnverifiedCheckpoint::from_bytes(bytes).is_ok();
    object.check("checkpoint", &checkpoint, takes);
}

/// Whoever reads a genesis compares its hash of the description with that of these bytes.
#[test]
fn of_a_stream_description() {
    let spec = spec(1, KIND, "Europe/London")
        .levels([Level::Raw, Level::Hour])
        .facets([Facet::Totals])
        .chunk_minutes(300);
    let spec = StreamSpec {
        edges: vec![-3, 900],
        late_ms: 1_000_000,
        sampling: Sampling::Every(300_000),
        ..spec
    };
    let object = Object::default()
        .raw(spec.id.as_bytes())
        .raw(&postcard::to_allocvec(&spec.kind).unwrap());
    let object = object
        .raw(&postcard::to_allocvec(&spec.exponent).unwrap())
        .text("Europe/London")
        .number(300, 16);
    let object = object
        .flags(0b1_0001, 0b1001_0001)
        .flags(0b10, 0b10_0010)
        .count(2)
        .signed(-3, 64)
        .signed(900, 64);
    let object = object
        .variant(u64::from(spec.sensitivity as u8), 7)
        .number(1_000_000, 32)
        .variant(1, 3)
        .number(300_000, 32);
    let takes = |bytes: &[u8]| wire::from_bytes::<StreamSpec>(bytes, 4_096).is_ok();
    object.check("stream", &wire::to_bytes(&spec), takes);
}
