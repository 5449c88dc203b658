//! Plain language: what a request, a proposal, a token and a revocation mean. The same input gives the same text.

use freehold_model::{Facet, Facets, Kind, Level, Levels, Sensitivity, Time, Zone};

use crate::card::{Card, Role};
use crate::closure::{ClosureReport, Derivable, Finding};
use crate::id::StreamId;
use crate::purpose::{LegalBasis, Purpose};
use crate::request::{Ask, Clock, Request};
use crate::revocation::Revocation;
use crate::scope::{Line, Scope};
use crate::span::Span;
use crate::stream::StreamInfo;
use crate::terms::{Conditions, Onward, PURPOSES_MAX, Retention};
use crate::text::Words;
use crate::token::Token;
use crate::wire::Set;

/// Who a card says that it is of, and how to tell whether that is so.
#[must_use]
pub fn explain_card(card: &Card) -> String {
    format!(
        "The card of a recipient.\n\n\
         It calls itself “{}” and says that it acts as {}.\n\
         Fingerprint: {}\n\
         Card:        {}\n\n\
         Anyone can make a card with any name. Compare the fingerprint with the one that the recipient tells you by another way.\n",
        card.name(),
        card.role().name(),
        card.fingerprint(),
        card.id()
    )
}

/// What a request asks for, with its times in `zone`.
#[must_use]
pub fn explain_request(request: &Request, zone: &Zone) -> String {
    let wishes = request.wishes();
    let mut page = Page::new("A request for consent. Nothing has been granted.");
    page.who(request.card(), request.card().role());
    page.head("What it asks for");
    for ask in &wishes.asks {
        page.ask(ask, zone);
    }
    page.what_for(&wishes.purposes, wishes.basis, wishes.words.as_ref());
    page.head("How long");
    match wishes.duration {
        Some(duration) => page.line(&format!(
            "It asks for {} from your approval on.",
            duration.in_words()
        )),
        None => page.line("It leaves it to you when the consent ends."),
    }
    page.retention(wishes.retention);
    if let Some(lease) = wishes.lease {
        page.line(&format!(
            "It would like to be given keys {} ahead.",
            lease.in_words()
        ));
    }
    page.conditions(wishes.conditions);
    page.text
}

/// What a token grants. `card` and `streams` put names to it where they are known.
#[must_use]
pub fn explain_token(token: &Token, card: Option<&Card>, streams: &[StreamInfo]) -> String {
    let terms = token.terms();
    let zone = zone_of(&terms.scope, streams);
    let mut page = Page::new("A consent.");
    page.head("Who");
    page.line(&format!("Consent {}.", token.id()));
    match card.filter(|card| card.id() == token.recipient()) {
        Some(card) => page.recipient(card, token.role()),
        None => {
            page.line(&format!(
                "It is for the recipient with card {}.",
                token.recipient()
            ));
            page.line(role(token.role()));
        }
    }
    page.line(if token.attended() {
        "A person was asked and approved it."
    } else {
        "It was approved without asking a person at that moment."
    });
    page.head("What may be read");
    page.scope(&terms.scope, streams, &zone);
    page.what_for(&terms.purposes, terms.basis, None);
    page.head("How long");
    page.line(&format!(
        "Usable from {} {}.",
        at(&zone, terms.usable.from()),
        until(&zone, terms.usable.until())
    ));
    page.keeping(terms.retention, terms.lease);
    page.conditions(terms.conditions);
    page.closing(&terms.scope);
    page.text
}

/// What a revocation ends, with its time in `zone`.
#[must_use]
pub fn explain_revocation(revocation: &Revocation, lease: Option<Span>, zone: &Zone) -> String {
    let mut page = Page::new("A consent was revoked.");
    page.line(&format!(
        "Consent {} was revoked on {}.",
        revocation.token(),
        at(zone, revocation.at())
    ));
    page.line(
        "No more keys are handed out for it, and whoever honours it stops using what was read.",
    );
    if let Some(lease) = lease {
        page.line(&lease_promise(lease));
    }
    page.line(NOT_TAKEN_BACK);
    page.text
}

pub(crate) fn proposal(
    card: &Card,
    terms: &ProposalTerms<'_>,
    streams: &[StreamInfo],
    words: Option<&Words>,
) -> String {
    let zone = zone_of(terms.scope, streams);
    let mut page = Page::new("A proposal. Nothing is granted until you approve it.");
    page.who(card, card.role());
    page.head("What it could read");
    page.scope(terms.scope, streams, &zone);
    page.what_for(terms.purposes, terms.basis, words);
    page.head("How long");
    page.line(&format!(
        "From your approval {}. You can revoke it at any time before.",
        until(&zone, terms.expires)
    ));
    page.keeping(terms.retention, terms.lease);
    page.conditions(terms.conditions);
    page.closing(terms.scope);
    page.closure(terms.closure, streams);
    page.text
}

/// The terms of a proposal, as its text states them.
pub(crate) struct ProposalTerms<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) expires: Time,
    pub(crate) lease: Span,
    pub(crate) purposes: &'a Set<Purpose, PURPOSES_MAX>,
    pub(crate) basis: LegalBasis,
    pub(crate) retention: Retention,
    pub(crate) conditions: Conditions,
    pub(crate) closure: &'a ClosureReport,
}

const NOT_TAKEN_BACK: &str =
    "What was read, and keys once handed out for time that has passed, cannot be taken back.";

struct Page {
    text: String,
}

impl Page {
    fn new(title: &str) -> Self {
        Self {
            text: format!("{title}\n"),
        }
    }

    fn head(&mut self, title: &str) {
        self.text.push_str(&format!("\n{title}\n"));
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(&format!("  {line}\n"));
    }

    fn item(&mut self, line: &str) {
        self.text.push_str(&format!("    {line}\n"));
    }

    fn who(&mut self, card: &Card, as_role: Role) {
        self.head("Who");
        self.recipient(card, as_role);
    }

    fn recipient(&mut self, card: &Card, as_role: Role) {
        self.line(&format!(
            "The recipient calls itself “{}”. The name is its own claim.",
            card.name()
        ));
        self.line(role(as_role));
        self.line(&format!("Its key: {}.", card.fingerprint()));
    }

    fn ask(&mut self, ask: &Ask, zone: &Zone) {
        let kind = Kind::registered(ask.kind().as_str());
        match kind {
            Some(kind) => self.line(&format!("{}:", capital(&kind_words(kind)))),
            None => self.line(&format!("“{}”, a kind of its maker:", ask.kind())),
        }
        for text in levels_and_facets(ask.levels(), ask.facets()) {
            self.item(&text);
        }
        let local = ask.clock() == Clock::Stream;
        let (zone, by) = if local {
            (Zone::utc(), ", by the stream's own clock")
        } else {
            (zone.clone(), "")
        };
        let plain = |text: String| {
            if local {
                text.replace(" UTC", "")
            } else {
                text
            }
        };
        let end = ask.until().map_or_else(
            || "for as long as the consent lasts".to_owned(),
            |end| plain(until(&zone, end)),
        );
        let start = plain(at(&zone, ask.from()));
        self.item(&format!("from {start} {end}{by}"));
    }

    fn scope(&mut self, scope: &Scope, streams: &[StreamInfo], zone: &Zone) {
        for line in scope.lines() {
            for stream in &line.streams {
                self.granted(*stream, line, streams, zone);
            }
        }
    }

    fn granted(&mut self, stream: StreamId, line: &Line, streams: &[StreamInfo], zone: &Zone) {
        let info = streams.iter().find(|info| info.id == stream);
        match info {
            Some(info) => self.line(&format!("“{}” ({}):", info.label, kind_words(info.kind()))),
            None => self.line(&format!("stream {}:", stream.short())),
        }
        let zone = info.map_or(zone, StreamInfo::zone);
        for text in levels_and_facets(line.levels, line.facets) {
            self.item(&text);
        }
        self.item(&format!(
            "from {} {}",
            at(zone, line.data.from()),
            until(zone, line.data.until())
        ));
    }

    fn what_for(
        &mut self,
        purposes: &Set<Purpose, PURPOSES_MAX>,
        basis: LegalBasis,
        words: Option<&Words>,
    ) {
        self.head("What for");
        for purpose in purposes {
            self.line(&format!("For {} ({purpose}).", purpose.label()));
        }
        self.line(&format!("On the basis of {} ({basis}).", basis.label()));
        if let Some(words) = words {
            self.line(&format!("In its own words: “{words}”"));
        }
    }

    fn retention(&mut self, retention: Retention) {
        self.line(&match retention.days() {
            0 => "It may not keep what it reads beyond using it.".to_owned(),
            1 => "It may keep what it reads for 1 day.".to_owned(),
            days => format!("It may keep what it reads for {days} days."),
        });
    }

    fn keeping(&mut self, retention: Retention, lease: Span) {
        self.retention(retention);
        self.line(&format!(
            "Keys are handed out {} ahead. {}",
            lease.in_words(),
            lease_promise(lease)
        ));
    }

    fn conditions(&mut self, conditions: Conditions) {
        self.head("Conditions");
        self.line(match conditions.onward {
            Onward::Nobody => "It may not pass anything on.",
            Onward::Processors => {
                "It may pass data on only to processors that work for it under contract."
            }
            Onward::Others => "It may pass data on to others, and tells you to whom.",
        });
        self.line(if conditions.automated_decisions {
            "It may decide about you by machine alone."
        } else {
            "It may not decide about you by machine alone."
        });
        if conditions.cohort_min > 0 {
            self.line(&format!(
                "It may publish results only over {} people or more.",
                conditions.cohort_min
            ));
        }
        if let Some(country) = conditions.jurisdiction {
            self.line(&format!(
                "It may process the data only in {}.",
                country.code()
            ));
        }
    }

    fn closing(&mut self, scope: &Scope) {
        self.head("What stays closed");
        let finest = scope
            .lines()
            .iter()
            .flat_map(|line| line.levels.iter())
            .min();
        if let Some(level) = finest.filter(|level| *level != Level::Raw) {
            self.line(&format!(
                "Single readings, and anything finer than {}, have other keys.",
                adverb(level)
            ));
        }
        self.line("Every other stream, time, level and part has other keys, which the recipient is not given.");
        self.head("What cannot be taken back");
        self.line(NOT_TAKEN_BACK);
    }

    fn closure(&mut self, closure: &ClosureReport, streams: &[StreamInfo]) {
        self.head("What it can work out");
        if closure.findings().is_empty() {
            self.line("Nothing beyond what it reads.");
        }
        for finding in closure.findings() {
            self.line(&format!("- {}", explain_finding(finding, streams)));
        }
    }
}

/// One finding as a sentence with an example.
#[must_use]
pub fn explain_finding(finding: &Finding, streams: &[StreamInfo]) -> String {
    let sentence = match &finding.what {
        Derivable::LevelDifference { stream, of, coarse, fine, slot, rest, stretches, slots } => {
            let (name, zone) = name_and_zone(*stream, streams);
            let slot = stretch(&zone, slot.0, slot.1);
            let rest = stretches_from(&zone, *rest, *stretches);
            let fine: Vec<&str> = fine.iter().map(plural).collect();
            let (coarse, fine, others) = (adverb(*coarse), join(&fine), more(slots.saturating_sub(1)));
            match sums_of(*of) {
                Some(sums) => format!(
                    "Of {name}, the {coarse} {sums} {slot} less the {fine} that it reads gives what was {rest}, although \
                     that is not granted.{}{others}",
                    if of.contains(Facet::Extremes) {
                        " Where the lowest, highest, first or last value is not in those, it was then."
                    } else {
                        ""
                    }
                ),
                None => format!(
                    "Of {name}, where the {coarse} lowest, highest, first or last value {slot} is not in the {fine} that \
                     it reads, it was {rest}, although that is not granted.{others}"
                ),
            }
        }
        Derivable::IndexOverGap { stream, gap, stretches, gaps } => {
            let (name, zone) = name_and_zone(*stream, streams);
            format!(
                "Of {name}, the meter's indexes before and after give the sum {}, although that is not granted.{}",
                stretches_from(&zone, *gap, *stretches),
                more(gaps.saturating_sub(1))
            )
        }
        Derivable::IndexTotal { stream } => format!(
            "Of {}, the meter's index tells what was used between any two of its times, and everything before as one sum.",
            name_and_zone(*stream, streams).0
        ),
        Derivable::RawGivesAll { stream } => format!(
            "Of {}, the single readings give every sum, average and extreme of their time.",
            name_and_zone(*stream, streams).0
        ),
        Derivable::FewReadings { stream, level, totals, extremes, usual } => {
            let parts = match (totals, extremes) {
                (true, true) => "sums and extremes",
                (true, false) => "sums",
                _ => "extremes",
            };
            let (name, slot) = (name_and_zone(*stream, streams).0, article(*level));
            if *usual {
                format!("Of {name}, {slot} usually holds only one or two readings: its {parts} are these readings.")
            } else {
                format!("Of {name}, where {slot} holds only one or two readings, its {parts} are these readings.")
            }
        }
        Derivable::SameKind { first, second } => format!(
            "{} and {} measure the same kind of thing: where one includes the other, their difference is the rest.",
            capital(&name_and_zone(*first, streams).0),
            name_and_zone(*second, streams).0
        ),
        Derivable::LateParts => {
            "Readings that arrive late are sent as an addition to their interval, so what they add can be seen."
                .to_owned()
        }
    };
    if finding.with_earlier {
        format!("Together with what it was granted before: {sentence}")
    } else {
        sentence
    }
}

/// What of a facet can be subtracted, in words; none for extremes alone.
fn sums_of(facets: Facets) -> Option<&'static str> {
    match (
        facets.contains(Facet::Totals),
        facets.contains(Facet::Distribution),
    ) {
        (true, true) => Some("total and distribution"),
        (true, false) => Some("total"),
        (false, true) => Some("distribution"),
        (false, false) if facets.is_empty() => Some("number of readings"),
        (false, false) => None,
    }
}

fn stretches_from(zone: &Zone, first: (Time, Time), stretches: u32) -> String {
    let first = stretch(zone, first.0, first.1);
    match stretches {
        0 | 1 => first,
        2 => format!("{first} and in a later stretch, as one"),
        n => format!("{first} and in {} later stretches, as one", n - 1),
    }
}

fn more(others: u32) -> String {
    match others {
        0 => String::new(),
        others => format!(" The same goes for {others} more."),
    }
}

fn lease_promise(lease: Span) -> String {
    let twice = Span::from_minutes(lease.minutes().saturating_mul(2)).unwrap_or(lease);
    format!(
        "After you revoke, at best nothing from later than {} opens, and never anything from later than {}.",
        lease.in_words(),
        twice.in_words()
    )
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Controller => "It acts as controller: it decides what the data is used for.",
        Role::JointController => {
            "It acts as joint controller: it decides with others what the data is used for."
        }
        Role::Processor => {
            "It acts as processor: it works for somebody else who decides what the data is used for."
        }
    }
}

/// One text for the readings of raw and one for the summaries.
fn levels_and_facets(levels: Levels, facets: Facets) -> Vec<String> {
    let summaries: Vec<&str> = levels
        .iter()
        .filter(|level| *level != Level::Raw)
        .map(adverb)
        .collect();
    let parts: Vec<&str> = facets
        .iter()
        .filter(|facet| *facet != Facet::Readings)
        .map(part)
        .collect();
    let mut texts = Vec::new();
    if levels.contains(Level::Raw) {
        texts.push("every single reading".to_owned());
    }
    if !summaries.is_empty() {
        texts.push(format!("{}: {}", join(&summaries), parts.join("; ")));
    }
    texts
}

fn part(facet: Facet) -> &'static str {
    match facet {
        Facet::Readings => "readings",
        Facet::Totals => "count, sum and spread",
        Facet::Extremes => "lowest, highest, first and last value",
        Facet::Distribution => "how the values are distributed",
        Facet::Index => "the meter's index",
    }
}

fn adverb(level: Level) -> &'static str {
    match level {
        Level::Raw => "single-reading",
        Level::Minute => "minutely",
        Level::QuarterHour => "quarter-hourly",
        Level::HalfHour => "half-hourly",
        Level::Hour => "hourly",
        Level::Day => "daily",
        Level::Month => "monthly",
    }
}

fn plural(level: Level) -> &'static str {
    match level {
        Level::Raw => "single readings",
        Level::Minute => "minutes",
        Level::QuarterHour => "quarter hours",
        Level::HalfHour => "half hours",
        Level::Hour => "hours",
        Level::Day => "days",
        Level::Month => "months",
    }
}

fn article(level: Level) -> &'static str {
    match level {
        Level::Raw => "a chunk",
        Level::Minute => "a minute",
        Level::QuarterHour => "a quarter of an hour",
        Level::HalfHour => "a half hour",
        Level::Hour => "an hour",
        Level::Day => "a day",
        Level::Month => "a month",
    }
}

fn join(parts: &[&str]) -> String {
    match parts {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// The kind's name in words, and how much it tells.
fn kind_words(kind: &Kind) -> String {
    let tells = match kind.sensitivity() {
        Sensitivity::Device => "about a device",
        Sensitivity::Environment => "about surroundings",
        Sensitivity::Behaviour => "tells what you do",
        Sensitivity::Security => "about locks and alarms",
        Sensitivity::Presence => "tells who is at home",
        Sensitivity::Location => "tells where you are",
        Sensitivity::Health => "health data",
    };
    format!("{}, {tells}", kind.name().replace('_', " "))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

fn name_and_zone(stream: StreamId, streams: &[StreamInfo]) -> (String, Zone) {
    match streams.iter().find(|info| info.id == stream) {
        Some(info) => (format!("“{}”", info.label), info.zone().clone()),
        None => (format!("stream {}", stream.short()), Zone::utc()),
    }
}

/// The zone of the first stream that is known; UTC when none is.
fn zone_of(scope: &Scope, streams: &[StreamInfo]) -> Zone {
    let ids = scope.streams();
    let first = streams.iter().find(|info| ids.contains(&info.id));
    first.map_or_else(Zone::utc, |info| info.zone().clone())
}

/// `of 3 March 2013` for a day, otherwise `from … to the end of …` or `from … until …`.
fn stretch(zone: &Zone, from: Time, end: Time) -> String {
    if is_midnight(zone, from)
        && is_midnight(zone, end)
        && date(zone, from) == date(zone, end.plus_ms(-1))
    {
        format!("of {}", date(zone, from))
    } else {
        format!("from {} {}", at(zone, from), until(zone, end))
    }
}

/// `1 January 2013`, and the time of day where it is not midnight; `UTC` where the zone is.
fn at(zone: &Zone, time: Time) -> String {
    let utc = if zone.name() == "UTC" { " UTC" } else { "" };
    if is_midnight(zone, time) {
        return date(zone, time) + utc;
    }
    let civil = zone.civil(time);
    format!(
        "{} {:02}:{:02}{utc}",
        date(zone, time),
        civil.hour(),
        civil.minute()
    )
}

fn is_midnight(zone: &Zone, time: Time) -> bool {
    let civil = zone.civil(time);
    (civil.hour(), civil.minute()) == (0, 0)
}

/// The end of a half-open stretch: `to the end of 31 December 2013` when it is a midnight.
fn until(zone: &Zone, time: Time) -> String {
    if is_midnight(zone, time) {
        let utc = if zone.name() == "UTC" { " UTC" } else { "" };
        format!("to the end of {}{utc}", date(zone, time.plus_ms(-1)))
    } else {
        format!("until {}", at(zone, time))
    }
}

fn date(zone: &Zone, time: Time) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let civil = zone.civil(time);
    let month = usize::try_from(civil.month() - 1)
        .ok()
        .and_then(|at| MONTHS.get(at))
        .copied()
        .unwrap_or_default();
    format!("{} {month} {}", civil.day(), civil.year())
}
