//! A household, a recipient and a vault of key trees, all fixed by seeds.
#![allow(dead_code, reason = "each test file uses a part")]

use freehold_consent::*;
use freehold_crypto::{Cover, EnvelopeKey, Root, Secret, SeededEntropy, SigningKey, Suite};
use freehold_model::{Epoch, Facet, Fold, Id, Kind, Level, Levels, Stream, StreamSpec, Time, Zone};

pub(crate) const USE: StreamId = StreamId([1; 16]);
pub(crate) const SUB: StreamId = StreamId([2; 16]);
pub(crate) const HEART: StreamId = StreamId([3; 16]);

pub(crate) fn time(text: &str) -> Time {
    london().parse(text, Fold::Earlier).unwrap()
}

pub(crate) fn london() -> Zone {
    Zone::new("Europe/London").unwrap()
}

pub(crate) fn window(from: &str, until: &str) -> Window {
    Window::inside(time(from), time(until)).unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(crate) fn stream(id: StreamId, label: &str, kind: &str) -> StreamInfo {
    let kind = Kind::registered(kind).unwrap();
    let spec = StreamSpec::new(Id::from_bytes(id.0), kind, "Europe/London")
        .levels(Levels::ALL)
        .chunk_minutes(60);
    StreamInfo::new(name(label), Stream::new(spec).unwrap(), Vec::new())
}

pub(crate) struct Recipient {
    pub(crate) key: SigningKey,
    pub(crate) envelope: EnvelopeKey,
    pub(crate) card: Card,
}

pub(crate) fn recipient(seed: u8, called: &str) -> Recipient {
    let key = SigningKey::from_seed(&Secret::from_bytes([seed; 32])).unwrap();
    recipient_with(key, seed, called)
}

pub(crate) fn recipient_with(key: SigningKey, seed: u8, called: &str) -> Recipient {
    let envelope = EnvelopeKey::from_seed(Secret::from_bytes([seed ^ 0xff; 32])).unwrap();
    let public = envelope.public_key().clone();
    let draft = Card::draft(
        Suite::One,
        Role::Controller,
        name(called),
        key.public_key(),
        public,
    )
    .unwrap();
    let card = draft.sign(&key).unwrap();
    Recipient {
        key,
        envelope,
        card,
    }
}

pub(crate) struct House {
    pub(crate) key: SigningKey,
    pub(crate) streams: Vec<StreamInfo>,
    pub(crate) history: History,
    pub(crate) now: Time,
}

pub(crate) fn house() -> House {
    House {
        key: SigningKey::from_seed(&Secret::from_bytes([7; 32])).unwrap(),
        streams: vec![
            stream(USE, "use", "energy_interval"),
            stream(HEART, "pulse", "heart_rate"),
        ],
        history: History::new(),
        now: time("2013-06-15T10:20"),
    }
}

impl House {
    pub(crate) fn propose(
        &self,
        request: &Request,
        choices: &Choices,
    ) -> Result<Proposal, ProposeError> {
        propose(
            request,
            choices,
            &Occasion {
                grantor: self.key.public_key(),
                suite: Suite::One,
                streams: &self.streams,
                history: &self.history,
                now: self.now,
                locale: Locale::EnGb,
            },
        )
    }

    pub(crate) fn approve(&mut self, request: &Request, choices: &Choices) -> Token {
        let proposal = self.propose(request, choices).unwrap();
        let draft = proposal
            .approve(proposal.shown(), true, self.now, &mut SeededEntropy::new(5))
            .unwrap();
        let token = draft.sign(&self.key).unwrap();
        self.history
            .granted(self.now, token.clone(), request.card().clone())
            .unwrap();
        token
    }

    pub(crate) fn issue(&self, seq: u32) -> Issue {
        Issue {
            seq,
            now: self.now,
            journal: JournalHead {
                at: self.now,
                hash: [9; 32],
            },
            since: None,
            succession: None,
        }
    }

    pub(crate) fn bundle(
        &self,
        token: &Token,
        card: &Card,
        issue: &Issue,
    ) -> Result<SealedBundle, ComposeError> {
        let mut entropy = SeededEntropy::new(6);
        let mail = Secret::from_bytes([7; 32]);
        let draft = SealedBundle::compose(
            token,
            card,
            &self.streams,
            issue,
            &mail,
            whole_trees,
            &mut entropy,
        )?;
        Ok(draft.sign(&self.key).unwrap())
    }

    pub(crate) fn grant(&mut self, request: &Request, choices: &Choices) -> Grant {
        let token = self.approve(request, choices);
        let bundle = self.bundle(&token, request.card(), &self.issue(0)).unwrap();
        Grant::new(request.card().clone(), token, vec![bundle]).unwrap()
    }
}

/// A vault with one generation of every epoch.
pub(crate) fn whole_trees(
    stream: StreamId,
    level: Level,
    facet: Facet,
    epoch: Epoch,
) -> Vec<(u32, Cover)> {
    vec![(0, root(stream, epoch, 0).tree(level, facet))]
}

pub(crate) fn root(stream: StreamId, epoch: Epoch, generation: u32) -> Root {
    let mut seed = [generation as u8; 32];
    seed[..16].copy_from_slice(&stream.0);
    seed[16..20].copy_from_slice(&epoch.number().to_be_bytes());
    Root::from_secret(Secret::from_bytes(seed))
}

pub(crate) fn ask(
    kind: &str,
    levels: &[Level],
    facets: &[Facet],
    from: &str,
    until: Option<&str>,
) -> Ask {
    let (levels, facets) = (
        levels.iter().copied().collect(),
        facets.iter().copied().collect(),
    );
    Ask::new(name(kind), levels, facets, time(from), until.map(time)).unwrap()
}

pub(crate) fn wishes(asks: Vec<Ask>) -> Wishes {
    Wishes {
        asks,
        purposes: Set::new(["dpv:ServiceProvision".parse().unwrap()]).unwrap(),
        basis: LegalBasis::CONSENT,
        retention: Retention::from_days(30),
        duration: None,
        lease: None,
        conditions: Conditions::default(),
        words: None,
    }
}

pub(crate) fn request(from: &Recipient, wishes: Wishes) -> Request {
    Request::make(&from.card, wishes, &from.key, &mut SeededEntropy::new(4)).unwrap()
}

/// Daily totals of a year of energy: the usual request.
pub(crate) fn usual(from: &Recipient) -> Request {
    let daily = ask(
        "energy_interval",
        &[Level::Day],
        &[Facet::Totals],
        "2013-01-01",
        Some("2014-01-01"),
    );
    request(from, wishes(vec![daily]))
}
