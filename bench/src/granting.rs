//! Granting, accepting, and what a recipient reads from its copy.

use std::path::Path;
use std::sync::Arc;

use freehold::consent::{
    Ask, Choices, Conditions, Grant, KindName, LegalBasis, Name, Purpose, Retention, Role, Set,
    Wishes,
};
use freehold::crypto::MemoryKeyStore;
use freehold::{
    Facet, Facets, Home, Level, Levels, Reading, Recipient, Selector, SetClock, Stream, Time,
};

use crate::Outcome;
use crate::ingest::{self, Plan};
use crate::measure::{least, time};

/// A home with a year of one household's half-hours, and a recipient that was granted their totals.
pub struct Granted {
    pub home: Home,
    pub recipient: Recipient,
    pub stream: Stream,
    pub from: Time,
    pub until: Time,
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
        Ok(Self {
            home,
            recipient,
            stream,
            from,
            until,
        })
    }

    /// Opens all summaries of a level, and counts them.
    pub fn open(&self, level: Level) -> Outcome<usize> {
        Ok(self
            .recipient
            .summaries(&Selector::default(), level, self.from, self.until)?
            .items
            .len())
    }

    /// The least seconds to approve a proposal, and to accept the grant from its bytes.
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
        Ok((least(approving), least(accepting)))
    }
}

fn recipient(path: &Path) -> Outcome<Recipient> {
    let clock = Arc::new(SetClock::new(ingest::now()));
    let name = Name::new("Recipient")?;
    Ok(Recipient::create_with(
        path,
        name,
        Role::Controller,
        MemoryKeyStore::new(),
        clock,
        None,
    )?)
}

fn recipient_in_memory() -> Outcome<Recipient> {
    let clock = Arc::new(SetClock::new(ingest::now()));
    let entropy = Box::new(freehold::crypto::OsEntropy::new());
    let name = Name::new("Recipient")?;
    Ok(Recipient::in_memory(
        name,
        Role::Controller,
        MemoryKeyStore::new(),
        clock,
        entropy,
    )?)
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

pub(crate) fn wishes(levels: &[Level], from: Time, until: Time) -> Outcome<Wishes> {
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
