//! Bundles that an honest grantor would not make.

use freehold_crypto::{EnvelopeKey, Root, Secret, SeededEntropy, SigningKey, Suite};
use freehold_model::{Id, Kind, Stream, StreamSpec};

use super::*;
use crate::card::Role;
use crate::id::ShownHash;
use crate::purpose::LegalBasis;
use crate::scope::{Line, Scope};
use crate::span::Span;
use crate::terms::{Conditions, Retention, Terms};
use crate::text::Name;
use crate::token::{How, Payload as TokenPayload};
use crate::window::Window;
use crate::wire::Set;

const NOW: Time = Time::from_ms(1_370_000_040_000);
const STREAM: StreamId = StreamId([1; 16]);

struct World {
    grantor: SigningKey,
    envelope: EnvelopeKey,
    card: Card,
    token: Token,
    streams: Vec<StreamInfo>,
}

fn world() -> World {
    let grantor = SigningKey::from_seed(&Secret::from_bytes([7; 32])).unwrap();
    let key = SigningKey::from_seed(&Secret::from_bytes([1; 32])).unwrap();
    let envelope = EnvelopeKey::from_seed(Secret::from_bytes([2; 32])).unwrap();
    let name = Name::new("Acme").unwrap();
    let public = envelope.public_key().clone();
    let card = Card::draft(
        Suite::One,
        Role::Controller,
        name.clone(),
        key.public_key(),
        public,
    )
    .unwrap();
    let card = card.sign(&key).unwrap();
    let line = Line {
        streams: Set::new([STREAM]).unwrap(),
        levels: [Level::Day].into_iter().collect(),
        facets: [Facet::Totals].into_iter().collect(),
        data: Window::starting(NOW, Span::YEAR).unwrap(),
    };
    let payload = TokenPayload {
        suite: Suite::One,
        nonce: [0; 16],
        grantor: grantor.public_key(),
        recipient: card.id(),
        shown: ShownHash([0; 32]),
        how: How {
            role: Role::Controller,
            attended: true,
        },
        terms: Terms {
            scope: Scope::new([line]).unwrap(),
            usable: Window::starting(NOW, Span::YEAR).unwrap(),
            lease: Span::WEEK,
            purposes: Set::new(["dpv:ServiceProvision".parse().unwrap()]).unwrap(),
            basis: LegalBasis::CONSENT,
            retention: Retention::from_days(1),
            conditions: Conditions::default(),
        },
    };
    let token = Token::draft(&payload).unwrap().sign(&grantor).unwrap();
    let kind = Kind::registered("energy_interval").unwrap();
    let spec =
        StreamSpec::new(Id::from_bytes(STREAM.0), kind, "UTC").levels([Level::Day, Level::Hour]);
    let streams = vec![StreamInfo::new(
        name,
        Stream::new(spec).unwrap(),
        Vec::new(),
    )];
    World {
        grantor,
        envelope,
        card,
        token,
        streams,
    }
}

fn header(token: &Token) -> Header {
    Header {
        token: token.id(),
        seq: 0,
        made: NOW,
        horizon: NOW.plus_ms(Span::WEEK.ms()),
        journal: JournalHead {
            at: NOW,
            hash: [0; 32],
        },
        nodes: 1,
        generations: List(vec![0]),
        succession: None,
    }
}

/// Seals contents and a header that an honest grantor would not.
fn opened(world: &World, header: Header, contents: &[u8]) -> Option<BundleError> {
    let (info, aad) = (world.token.id().0, wire::encode(&header));
    let sealed = world.card.envelope().seal(
        Suite::One,
        &info,
        &aad,
        contents,
        &mut SeededEntropy::new(1),
    );
    let payload = Payload {
        header,
        envelope: Bytes::new(sealed.unwrap()),
    };
    let open = |bytes: &[u8], key: &PublicKey| UnverifiedBundle::from_bytes(bytes)?.verify_by(key);
    let draft = Draft::new(Domain::Bundle, world.grantor.public_key(), &payload, open).unwrap();
    let sealed = draft.sign(&world.grantor).unwrap();
    sealed
        .open(&world.token, &world.card, &world.envelope)
        .err()
}

fn contents(world: &World, level: Level, facet: Facet) -> Contents {
    let tree = Root::from_secret(Secret::from_bytes([3; 32])).tree(level, facet);
    let tree = Tree {
        stream: 0,
        level,
        facet,
        epoch: Epoch::from_number(260),
        generation: 0,
        nodes: tree.to_bytes().into(),
    };
    Contents {
        mail: Mail(Secret::from_bytes([7; 32])),
        streams: List(world.streams.clone()),
        trees: List(vec![tree]),
    }
}

/// [consent-21], [consent-22]: the recipient's side.
#[test]
fn a_header_beyond_the_consent() {
    let world = world();
    let good = padded(&contents(&world, Level::Day, Facet::Totals));
    let honest = header(&world.token);
    assert_eq!(opened(&world, honest.clone(), &good), None, "the control");
    let horizon = honest.horizon.plus_ms(1);
    assert_eq!(
        opened(
            &world,
            Header {
                horizon,
                ..honest.clone()
            },
            &good
        ),
        Some(BundleError::Beyond)
    );
    let end = world.token.terms().usable.until();
    let late = Header {
        made: end,
        horizon: end.plus_ms(1),
        journal: JournalHead {
            at: end,
            ..honest.journal
        },
        ..honest.clone()
    };
    assert_eq!(opened(&world, late, &good), Some(BundleError::Beyond));
    let journal = JournalHead {
        at: NOW.plus_ms(-Span::WEEK.ms() - 1),
        ..honest.journal
    };
    assert_eq!(
        opened(
            &world,
            Header {
                journal,
                ..honest.clone()
            },
            &good
        ),
        Some(BundleError::JournalStale)
    );
    let token = TokenId([9; 32]);
    assert_eq!(
        opened(&world, Header { token, ..honest }, &good),
        Some(BundleError::OtherToken)
    );
}

/// [consent-24]
#[test]
fn contents_beyond_the_consent() {
    let world = world();
    let open = |contents: &Contents| opened(&world, header(&world.token), &padded(contents));
    assert_eq!(
        open(&contents(&world, Level::Hour, Facet::Totals)),
        Some(BundleError::Beyond)
    );
    assert_eq!(
        open(&contents(&world, Level::Day, Facet::Extremes)),
        Some(BundleError::Beyond)
    );
    let mut stray = contents(&world, Level::Day, Facet::Totals);
    stray.streams = List(Vec::new());
    assert_eq!(open(&stray), Some(BundleError::Beyond));
    let mut twice = contents(&world, Level::Day, Facet::Totals);
    twice
        .trees
        .0
        .extend(contents(&world, Level::Day, Facet::Totals).trees.0);
    assert_eq!(
        open(&twice),
        Some(BundleError::Wire(WireError::NotCanonical))
    );
    let mut cut = contents(&world, Level::Day, Facet::Totals);
    cut.trees.0[0].nodes = Bytes::new(vec![0; NODE_LEN - 1]);
    assert_eq!(open(&cut), Some(BundleError::Cover(CoverError::Length)));
}

/// [consent-23]
#[test]
fn padding_is_canonical() {
    let world = world();
    let good = padded(&contents(&world, Level::Day, Facet::Totals));
    let open = |plain: &[u8]| opened(&world, header(&world.token), plain);
    let not_canonical = Some(BundleError::Wire(WireError::NotCanonical));
    assert_eq!(good.len(), padme_len(good.len()));
    assert_eq!(open(&[&good[..], &[0]].concat()), not_canonical);
    assert!(open(&good[..good.len() / 2]).is_some());
    assert_eq!(open(&[]), Some(BundleError::Wire(WireError::Malformed)));
    let mut marked = good.to_vec();
    if let Some(last) = marked.last_mut().filter(|last| **last == 0) {
        *last = 1;
        assert_eq!(open(&marked), not_canonical);
    }
}
