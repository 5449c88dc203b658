//! Runs the scenarios of `tests/scenarios` through the façade; that folder's README says what a step does and what is written.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod vectors;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use freehold::{
    Device, Error, Facet, FileKeyStore, Home, Level, Newcomer, Opened, PartyRole, Reading,
    Received, Recipient, Relay, Selector, SetClock, Stream, Time, Value, Watch, Window,
    consent::{
        Ask, Choices, Grant, KindName, Name, Proposal, Request, Retention, Role, Span, StreamId,
        TokenId, Wishes,
    },
    explain,
    model::{Kind, Zone},
    transport::{Offer, Tcp},
};
use serde_json::Value as Json;

/// Runs a scenario. `relay` is the program `freehold-relay`, `folder` is empty.
pub fn run(scenario: &Json, relay: &Path, folder: &Path) -> String {
    let mut stage = Stage {
        clock: Arc::new(SetClock::new(Time::from_ms(number(scenario, "clock")))),
        relay_program: relay.to_owned(),
        folder: folder.to_owned(),
        ..Stage::default()
    };
    let mut written = String::new();
    for (index, step) in scenario["steps"].as_array().unwrap().iter().enumerate() {
        let verb = text(step, "do");
        let came = indented(stage.step(verb, step));
        let came = stage.named(&came);
        writeln!(written, "{} {verb}", index + 1).unwrap();
        written.push_str(&came);
    }
    written
}

/// What came of a step, two spaces in.
fn indented(came: Result<String, Error>) -> String {
    let said = |error: Error| format!("error {} {error}", error.reason().name());
    let came = came.unwrap_or_else(said);
    came.lines().map(|line| format!("  {line}\n")).collect()
}

/// What the steps before made.
#[derive(Default)]
struct Stage {
    clock: Arc<SetClock>,
    relay_program: PathBuf,
    folder: PathBuf,
    homes: BTreeMap<String, Home>,
    recipients: BTreeMap<String, Recipient>,
    streams: BTreeMap<String, (String, Stream)>,
    requests: BTreeMap<String, Request>,
    proposals: BTreeMap<String, Proposal>,
    grants: BTreeMap<String, Grant>,
    consents: BTreeMap<String, TokenId>,
    relays: BTreeMap<String, RelayProcess>,
    watches: BTreeMap<String, Watch>,
    /// What is chosen by chance, and what the scenario calls it.
    names: Vec<(String, String)>,
}

/// A relay on loopback; it ends with this.
struct RelayProcess {
    process: Child,
    relay: Relay,
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Stage {
    fn step(&mut self, verb: &str, step: &Json) -> Result<String, Error> {
        match verb {
            "clock" => self.clock.set(time(step, "at")),
            "home" => self.make_home(step)?,
            "recipient" => self.make_recipient(step)?,
            "reopen" => self.reopen(step)?,
            "device" => self.home(step).add_device(Device {
                name: text(step, "name").into(),
                maker: None,
                model: None,
            })?,
            "stream" => self.add_stream(step)?,
            "record" => return self.record(step),
            "flush" => self.stream(step).flush()?,
            "read" => return self.read(step),
            "summaries" => return self.summaries(step),
            "request" => return self.request(step),
            "propose" => return self.propose(step),
            "approve" => {
                let proposal = made(&self.proposals, text(step, "proposal"));
                let grant = self.home(step).approve(proposal, proposal.shown(), true)?;
                self.grants.insert(text(step, "as").into(), grant);
            }
            "accept" => {
                let grant = made(&self.grants, text(step, "grant"));
                let consent = self.recipient(step).accept(grant)?;
                self.name(consent, step);
                self.consents.insert(text(step, "as").into(), consent);
            }
            "carry" => {
                let (home, recipient) = (self.home(step), self.recipient(step));
                let parcel = home.parcel(recipient.card(), &recipient.have()?)?;
                let received = recipient.receive(&parcel)?;
                home.hear_receipts(&recipient.have()?)?;
                return Ok(received_text(received));
            }
            "relay" => self.start_relay(step),
            "sync" => return self.sync(step),
            "consents" => return Ok(self.list_consents(step)),
            "revoke" => {
                let consent = *made(&self.consents, text(step, "consent"));
                self.home(step).revoke(consent)?;
            }
            "erase" => return self.erase(step),
            "erasures" => return self.erasures(step),
            "join" => self.join(step)?,
            "parties" => {
                let parties = self.home(step).parties();
                return Ok(lines(parties.iter().map(|party| {
                    let removed = if party.removed.is_some() {
                        " removed"
                    } else {
                        ""
                    };
                    format!("{} {}{removed}", role_name(party.role), party.name)
                })));
            }
            "remove" => {
                self.home(step).remove(text(step, "name"))?;
            }
            "changed" => {
                let watch = made(&self.watches, holder(step));
                return Ok(watch.wait(Duration::ZERO).to_string());
            }
            "vectors" => return Ok(vectors::run(step, &self.clock)),
            other => panic!("no such step: {other}"),
        }
        Ok(String::new())
    }

    fn make_home(&mut self, step: &Json) -> Result<(), Error> {
        let name = text(step, "as");
        let place = self.folder.join(name);
        let keys = FileKeyStore::beside(&place);
        let home = Home::create_with(&place, text(step, "name"), keys, self.clock.clone())?;
        self.keep_home(name, home);
        Ok(())
    }

    fn keep_home(&mut self, name: &str, home: Home) {
        self.watches.insert(name.into(), home.watch());
        self.homes.insert(name.into(), home);
    }

    fn make_recipient(&mut self, step: &Json) -> Result<(), Error> {
        let name = text(step, "as");
        let place = self.folder.join(name);
        let role = match text(step, "role") {
            "controller" => Role::Controller,
            "processor" => Role::Processor,
            other => panic!("no such role: {other}"),
        };
        let keys = FileKeyStore::beside(&place);
        let called = Name::new(text(step, "name"))?;
        let recipient =
            Recipient::create_with(&place, called, role, keys, self.clock.clone(), None)?;
        self.name(recipient.card().fingerprint(), step);
        self.keep_recipient(name, recipient);
        Ok(())
    }

    fn keep_recipient(&mut self, name: &str, recipient: Recipient) {
        self.watches.insert(name.into(), recipient.watch());
        self.recipients.insert(name.into(), recipient);
    }

    fn reopen(&mut self, step: &Json) -> Result<(), Error> {
        let name = holder(step).to_owned();
        let place = self.folder.join(&name);
        let keys = FileKeyStore::beside(&place);
        self.watches.remove(&name);
        if let Some(home) = self.homes.remove(&name) {
            let (of_home, others) = std::mem::take(&mut self.streams)
                .into_iter()
                .partition(|(_, (home, _))| *home == name);
            self.streams = others;
            let names: BTreeMap<String, String> =
                BTreeMap::<_, (String, Stream)>::into_iter(of_home)
                    .map(|(known, (_, stream))| (known, stream.name()))
                    .collect();
            home.close()?;
            let home = Home::open_with(&place, keys, self.clock.clone())?;
            for (known, called) in names {
                let stream = home.stream(&called)?;
                self.streams.insert(known, (name.clone(), stream));
            }
            self.keep_home(&name, home);
        } else {
            self.recipients.remove(&name).unwrap().close()?;
            let recipient = Recipient::open_with(&place, keys, self.clock.clone(), None)?;
            self.keep_recipient(&name, recipient);
        }
        Ok(())
    }

    fn add_stream(&mut self, step: &Json) -> Result<(), Error> {
        let home = self.home(step);
        let kind =
            Kind::registered(text(step, "kind")).ok_or(Error::Missing(freehold::Noun::Kind))?;
        let mut spec = home.stream_spec(kind, text(step, "zone"))?;
        spec = spec.levels(
            texts(step, "levels")
                .map(level)
                .collect::<freehold::Levels>(),
        );
        if step.get("facets").is_some() {
            spec = spec.facets(
                texts(step, "facets")
                    .map(facet)
                    .collect::<freehold::Facets>(),
            );
        }
        let stream = home.add_stream(text(step, "device"), text(step, "name"), spec)?;
        let of = text(step, "home").to_owned();
        self.streams.insert(text(step, "as").into(), (of, stream));
        Ok(())
    }

    fn record(&self, step: &Json) -> Result<String, Error> {
        let (from, every) = (time(step, "from"), number(step, "every"));
        let lasting = step.get("lasting").map_or(0, |_| number(step, "lasting"));
        let values = step["values"].as_array().unwrap();
        let readings: Vec<Reading> = (0..)
            .zip(values)
            .map(|(index, value)| {
                let at = from.plus_ms(index * every);
                Reading::new(at, value_of(value)).lasting_ms(u32::try_from(lasting).unwrap())
            })
            .collect();
        let recorded = self.stream(step).record(&readings)?;
        Ok(format!(
            "new={} duplicates={} corrected={} late={} kept={} dropped={}",
            recorded.new,
            recorded.duplicates,
            recorded.corrected,
            recorded.late,
            recorded.kept,
            recorded.dropped
        ))
    }

    fn read(&self, step: &Json) -> Result<String, Error> {
        let (span, limit) = (span(step), limit(step));
        if step.get("stream").is_some() {
            let page = self.stream(step).read_page(span, limit)?;
            return Ok(page_text(&page.items, reading_text, page.next, None));
        }
        let (recipient, all) = (self.recipient(step), Selector::default());
        let opened = recipient.read_page(&all, span, limit)?;
        Ok(opened_text(&opened, reading_text))
    }

    fn summaries(&self, step: &Json) -> Result<String, Error> {
        let (span, limit, level) = (span(step), limit(step), level(text(step, "level")));
        if step.get("stream").is_some() {
            let page = self.stream(step).summaries_page(level, span, limit)?;
            return Ok(page_text(&page.items, window_text, page.next, None));
        }
        let (recipient, all) = (self.recipient(step), Selector::default());
        let opened = recipient.summaries_page(&all, level, span, limit)?;
        Ok(opened_text(&opened, window_text))
    }

    fn request(&mut self, step: &Json) -> Result<String, Error> {
        let kind = KindName::new(text(step, "kind"))?;
        let until = step.get("until").map(|_| time(step, "until"));
        let levels = texts(step, "levels").map(level).collect();
        let facets = texts(step, "facets").map(facet).collect();
        let ask = Ask::new(kind, levels, facets, time(step, "from"), until).unwrap();
        let mut wishes = Wishes::new(vec![ask], text(step, "purpose").parse().unwrap());
        if step.get("retention").is_some() {
            let days = u32::try_from(number(step, "retention")).unwrap();
            wishes.retention = Retention::from_span(Span::from_days(days).unwrap()).unwrap();
        }
        let request = self.recipient(step).request(wishes)?;
        let explained = explain(&request.to_file(), &Zone::utc())?.text;
        self.requests.insert(text(step, "as").into(), request);
        Ok(explained)
    }

    fn propose(&mut self, step: &Json) -> Result<String, Error> {
        let request = made(&self.requests, text(step, "request"));
        let mut choices = Choices::default();
        if step.get("stream").is_some() {
            let spec = self.stream(step).spec()?;
            choices.streams = Some(vec![StreamId(*spec.id.as_bytes())]);
        }
        let proposal = self.home(step).propose(request, &choices)?;
        let explained = proposal.explain().to_owned();
        self.proposals.insert(text(step, "as").into(), proposal);
        Ok(explained)
    }

    fn start_relay(&mut self, step: &Json) {
        let name = text(step, "as");
        let mut process = Command::new(&self.relay_program)
            .args(["--listen", "127.0.0.1:0", "--admit", "open", "--data"])
            .arg(self.folder.join(name))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut said).unwrap();
        let address = said.trim().strip_prefix("listening ").unwrap();
        let relay = Relay::new(address.parse().unwrap());
        // Its pipe stays open for as long as it says something.
        thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        self.relays
            .insert(name.into(), RelayProcess { process, relay });
    }

    fn sync(&self, step: &Json) -> Result<String, Error> {
        let relay = &made(&self.relays, text(step, "relay")).relay;
        if step.get("home").is_some() {
            let uploaded = self.home(step).sync(relay)?;
            Ok(format!("entries={}", uploaded.entries))
        } else {
            Ok(received_text(self.recipient(step).sync(relay)?))
        }
    }

    fn list_consents(&self, step: &Json) -> String {
        if step.get("home").is_some() {
            let consents = self.home(step).consents();
            lines(consents.iter().map(|consent| {
                let (id, name) = (consent.token.id(), consent.card.name());
                format!("{id} {name} {}", consent.state.name())
            }))
        } else {
            let held = self.recipient(step).consents();
            lines(held.iter().map(|held| {
                let streams: Vec<&str> = held
                    .streams
                    .iter()
                    .map(|info| info.label.as_str())
                    .collect();
                format!(
                    "{} {} {}",
                    held.token.id(),
                    streams.join(","),
                    held.state.name()
                )
            }))
        }
    }

    fn erase(&self, step: &Json) -> Result<String, Error> {
        let (from, until) = (time(step, "from"), time(step, "until"));
        let report = self.home(step).erase(self.stream(step), from, until)?;
        Ok(lines((report.levels.iter()).map(|level| {
            format!("{} slots={}", level.level.name(), level.slots)
        })))
    }

    fn erasures(&self, step: &Json) -> Result<String, Error> {
        let mut written = Vec::new();
        for erasure in self.home(step).erasures()? {
            let span = erasure.span;
            written.push(format!(
                "{} {} {}",
                erasure.stream,
                span.start.ms(),
                span.end.ms()
            ));
            let answered = |at: Option<Time>| if at.is_some() { "answered" } else { "awaited" };
            for one in erasure.recipients {
                written.push(format!("  {} {}", one.recipient, answered(one.at)));
            }
            for one in erasure.parties {
                written.push(format!("  {} {}", one.party.name, answered(one.at)));
            }
        }
        Ok(lines(written))
    }

    fn join(&mut self, step: &Json) -> Result<(), Error> {
        let name = text(step, "as");
        let role = match text(step, "role") {
            "agent" => PartyRole::Agent,
            "device" => PartyRole::Device,
            other => panic!("no such role: {other}"),
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let mut invitation = self.home(step).invite(&at.to_string(), role)?;
        let offer = Offer::from_text(invitation.text())?;
        let host = thread::spawn(move || {
            let (connected, _) = listener.accept().unwrap();
            invitation.run(&mut Tcp::over(connected).unwrap(), &mut |_| true)
        });
        let place = self.folder.join(name);
        let newcomer = Newcomer {
            name: text(step, "name").into(),
            role,
        };
        let joined = Home::join(
            &place,
            FileKeyStore::beside(&place),
            self.clock.clone(),
            &offer,
            newcomer,
            &mut Tcp::connect("127.0.0.1", at.port(), Duration::from_secs(10)).unwrap(),
            &mut |_| true,
        );
        host.join().unwrap()?;
        self.keep_home(name, joined?);
        Ok(())
    }

    fn home(&self, step: &Json) -> &Home {
        made(&self.homes, text(step, "home"))
    }

    fn recipient(&self, step: &Json) -> &Recipient {
        made(&self.recipients, text(step, "recipient"))
    }

    fn stream(&self, step: &Json) -> &Stream {
        &made(&self.streams, text(step, "stream")).1
    }

    /// What is chosen by chance is written as what the scenario calls it.
    fn name(&mut self, chosen: impl ToString, step: &Json) {
        let name = format!("<{}>", text(step, "as"));
        self.names.push((chosen.to_string(), name));
    }

    fn named(&self, written: &str) -> String {
        (self.names.iter()).fold(written.to_owned(), |written, (chosen, name)| {
            written.replace(chosen, name)
        })
    }
}

/// What a step before made under this name.
fn made<'a, T>(all: &'a BTreeMap<String, T>, name: &str) -> &'a T {
    all.get(name)
        .unwrap_or_else(|| panic!("no step before made {name}"))
}

fn received_text(received: Received) -> String {
    format!(
        "entries={} pieces={} extensions={} revocations={}",
        received.entries, received.pieces, received.extensions, received.revocations
    )
}

fn reading_text(reading: &Reading) -> String {
    let at = format!("{}+{}", reading.time.ms(), reading.duration_ms);
    let value = match &reading.value {
        Value::None => "none".into(),
        Value::Number(number) => format!("number {number}"),
        Value::Bool(it) => format!("bool {it}"),
        Value::State(state) => format!("state {state}"),
        Value::Point { lat, lon } => format!("point {lat} {lon}"),
        Value::Text(text) => format!("text {text}"),
    };
    match reading.flags.bits() {
        0 => format!("{at} {value}"),
        flags => format!("{at} {value} flags={flags}"),
    }
}

fn window_text(window: &Window) -> String {
    let mut line = format!("{} {}", window.slot.start.ms(), window.slot.end.ms());
    let summary = &window.summary;
    if let Some(totals) = summary.totals {
        let (count, sum, squares) = (totals.count, totals.sum, totals.sum_squares);
        write!(line, " count={count} sum={sum} sum_squares={squares}").unwrap();
    }
    if let Some(range) = summary.extremes.and_then(|extremes| extremes.0) {
        let (min, max, first, last) = (range.min, range.max, range.first, range.last);
        write!(line, " min={min} max={max} first={first} last={last}").unwrap();
    }
    if let Some(bins) = &summary.distribution {
        let bins: Vec<String> = bins.iter().map(u64::to_string).collect();
        write!(line, " distribution={}", bins.join(",")).unwrap();
    }
    if let Some(index) = summary.index.and_then(|index| index.0) {
        write!(line, " index={index}").unwrap();
    }
    line
}

fn opened_text<T>(opened: &Opened<T>, line: fn(&T) -> String) -> String {
    page_text(&opened.items, line, opened.next, opened.not_yet)
}

fn page_text<T>(
    items: &[T],
    line: fn(&T) -> String,
    next: Option<Time>,
    not_yet: Option<Time>,
) -> String {
    let next = next.map(|from| format!("next {}", from.ms()));
    let not_yet = not_yet.map(|from| format!("not yet {}", from.ms()));
    lines(items.iter().map(line).chain(next).chain(not_yet))
}

fn role_name(role: PartyRole) -> &'static str {
    match role {
        PartyRole::Agent => "agent",
        PartyRole::Device => "device",
    }
}

fn lines(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().collect::<Vec<_>>().join("\n")
}

/// Who a step is about: a home or a recipient.
fn holder(step: &Json) -> &str {
    let name = step.get("home").unwrap_or_else(|| &step["recipient"]);
    name.as_str().unwrap()
}

fn span(step: &Json) -> (Time, Time) {
    (time(step, "from"), time(step, "until"))
}

fn limit(step: &Json) -> usize {
    usize::try_from(number(step, "limit")).unwrap()
}

fn value_of(value: &Json) -> Value {
    match value {
        Json::Number(number) => Value::Number(number.as_i64().unwrap()),
        Json::Bool(it) => Value::Bool(*it),
        Json::String(text) => Value::text(text).unwrap(),
        other => panic!("no value: {other}"),
    }
}

fn level(name: &str) -> Level {
    *Level::ALL
        .iter()
        .find(|level| level.name() == name)
        .unwrap()
}

fn facet(name: &str) -> Facet {
    *Facet::ALL
        .iter()
        .find(|facet| facet.name() == name)
        .unwrap()
}

fn text<'a>(step: &'a Json, key: &str) -> &'a str {
    let text = step[key].as_str();
    text.unwrap_or_else(|| panic!("no text {key} in {step}"))
}

fn texts<'a>(step: &'a Json, key: &str) -> impl Iterator<Item = &'a str> {
    let list = step[key].as_array();
    let list = list.unwrap_or_else(|| panic!("no list {key} in {step}"));
    list.iter().map(|text| text.as_str().unwrap())
}

fn number(step: &Json, key: &str) -> i64 {
    let number = step[key].as_i64();
    number.unwrap_or_else(|| panic!("no number {key} in {step}"))
}

fn time(step: &Json, key: &str) -> Time {
    Time::from_ms(number(step, key))
}
