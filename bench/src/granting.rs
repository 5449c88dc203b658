//! Granting, accepting, and what a recipient reads from its copy.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use freehold::consent::{
    Ask, Choices, Conditions, Grant, KindName, LegalBasis, Name, Purpose, Retention, Role, Set,
    Token, UnverifiedToken, Verified, Wishes,
};
use freehold::crypto::MemoryKeyStore;
use freehold::{
    Facet, Facets, Home, Level, Levels, Reading, Recipient, Selector, SetClock, Stream, Time,
};

use crate::Outcome;
use crate::ingest::{self, Plan, ready};
use crate::measure::{median, seconds, time};

/// A home with a year of one household's half-hours, and a recipient that was granted their totals.
pub struct Granted {
    pub home: Home,
    pub recipient: Recipient,
    pub stream: Stream,
    pub from: Time,
    pub until: Time,
    pub token: Token,
}

impl Granted {
    /// Records in batches of so many, grants and hands over; the recipient keeps its copy in the folder `path`.
    pub fn new(path: &Path, year: &[Reading], batch: usize) -> Outcome<Self> {
        let home = ingest::in_memory()?;
        let levels = [Level::Raw, Level::HalfHour, Level::Day];
        let plan = Plan {
            facets: Some(Facets::of(Facet::Totals)),
            ..Plan::new("energy_interval", &levels)
        };
        let stream = ingest::streams(&home, &plan, 1)?.pop().ok_or("no stream")?;
        ingest::record(std::slice::from_ref(&stream), &[year.to_vec()], batch)?;
        let (Some(first), Some(last)) = (year.first(), year.last()) else {
            return Err("no readings".into());
        };
        let calendar = freehold::model::Stream::new(stream.spec()?)?;
        let from = calendar.calendar().slot(Level::Day, first.time).start;
        let until = calendar.calendar().slot(Level::Day, last.time).end;
        let recipient = recipient(path)?;
        let grant = grant(&home, &recipient, &levels[1..], from, until)?;
        recipient.accept(&grant)?;
        freehold::testing::sync(&home, &recipient)?;
        let token = grant.token().clone();
        Ok(Self {
            home,
            recipient,
            stream,
            from,
            until,
            token,
        })
    }

    /// Seconds to open all summaries of a level, and how many there are.
    pub fn opening(&self, level: Level, rounds: usize) -> Outcome<(f64, usize)> {
        let count = self.open(level)?;
        Ok((seconds(rounds, || drop(black_box(self.open(level)))), count))
    }

    /// Opens all summaries of a level, and counts them.
    pub fn open(&self, level: Level) -> Outcome<usize> {
        Ok(self
            .recipient
            .summaries(&Selector::default(), level, self.from, self.until)?
            .items
            .len())
    }

    /// Verifies the token as if it had just come.
    pub fn verify(&self) -> Outcome<Token> {
        Ok(UnverifiedToken::from_bytes(self.token.as_bytes())?.verify()?)
    }

    /// Seconds to approve a proposal, and to accept the grant from its bytes.
    pub fn granting(&self, rounds: usize) -> Outcome<(f64, f64)> {
        let (mut approving, mut accepting) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let recipient = recipient_in_memory()?;
            let request = recipient.request(wishes(
                &[Level::HalfHour, Level::Day],
                self.from,
                self.until,
            )?)?;
            let (approve, grant) = time(|| -> Outcome<Grant> {
                let proposal = self.home.propose(&request, &Choices::default())?;
                Ok(self.home.approve(&proposal, proposal.shown(), true)?)
            });
            let file = grant?.to_file()?;
            let (accept, accepted) = time(|| recipient.accept_file(&file));
            accepted?;
            approving.push(approve.cpu);
            accepting.push(accept.cpu);
        }
        Ok((median(approving), median(accepting)))
    }

    /// Seconds to verify the token, to verify a bare Ed25519 signature, and to see the token a second time.
    pub fn verifying(&self, rounds: usize) -> Outcome<(f64, f64, f64)> {
        let bytes = self.token.as_bytes();
        self.verify()?;
        let pair =
            ring::signature::Ed25519KeyPair::from_seed_unchecked(&[7; 32]).map_err(|_| "key")?;
        let message = [0x5a; 32];
        let signature = pair.sign(&message);
        let public = ring::signature::KeyPair::public_key(&pair);
        let key =
            ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, public.as_ref());
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            ours.push(seconds(1, || drop(black_box(self.verify()))));
            bare.push(seconds(1, || {
                _ = black_box(key.verify(&message, signature.as_ref()))
            }));
        }
        let mut seen = Verified::new(16);
        seen.token(bytes)?;
        let again = seconds(rounds, || drop(black_box(seen.token(bytes))));
        Ok((median(ours), median(bare), again))
    }
}

fn recipient(path: &Path) -> Outcome<Recipient> {
    let clock = Arc::new(SetClock::new(ingest::now()));
    let name = Name::new("Recipient")?;
    Ok(ready(Recipient::create_with(
        path,
        name,
        Role::Controller,
        MemoryKeyStore::new(),
        clock,
    ))?)
}

fn recipient_in_memory() -> Outcome<Recipient> {
    let clock = Arc::new(SetClock::new(ingest::now()));
    let entropy = Box::new(freehold::crypto::OsEntropy::new());
    let name = Name::new("Recipient")?;
    Ok(ready(Recipient::in_memory(
        name,
        Role::Controller,
        MemoryKeyStore::new(),
        clock,
        entropy,
    ))?)
}

fn grant(
    home: &Home,
    recipient: &Recipient,
    levels: &[Level],
    from: Time,
    until: Time,
) -> Outcome<Grant> {
    let request = recipient.request(wishes(levels, from, until)?)?;
    let proposal = home.propose(&request, &Choices::default())?;
    Ok(home.approve(&proposal, proposal.shown(), true)?)
}

fn wishes(levels: &[Level], from: Time, until: Time) -> Outcome<Wishes> {
    let levels = levels
        .iter()
        .fold(Levels::EMPTY, |levels, level| levels.with(*level));
    let kind = KindName::new("energy_interval")?;
    Ok(Wishes {
        asks: vec![Ask::new(
            kind,
            levels,
            Facets::of(Facet::Totals),
            from,
            Some(until),
        )?],
        purposes: Set::new(["dpv:ServiceProvision".parse::<Purpose>()?]).ok_or("purposes")?,
        basis: LegalBasis::CONSENT,
        retention: Retention::from_days(30),
        duration: None,
        lease: None,
        conditions: Conditions::default(),
        words: None,
    })
}
