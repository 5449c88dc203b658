//! Runs the scenarios of `tests/scenarios` through the façade; that folder's README says what a step does and what is written.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod own;
mod vectors;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use freehold::{
    Clock, Device, Error, Facet, FileKeyStore, Home, Level, Meeting, Newcomer, Opened, PartyRole,
    Reading, ReceiptEvent, Received, Recipient, Relay, Selector, SetClock, Side, Stop, Stream,
    Time, Trace, Value, Watch, Window,
    consent::{
        Ask, Choices, Grant, KindName, Name, Proposal, Request, Retention, Role, Span, StreamId,
        TokenId, Wishes,
    },
    crypto::{MemoryKeyStore, OsEntropy, Signer},
    explain,
    model::{Kind, Zone},
    transport::{Offer, Tcp, Transport},
};
use serde_json::Value as Json;

/// Runs a scenario. `relay` is the program `freehold-relay`, `folder` is empty.
pub fn run(scenario: &Json, relay: &Path, folder: &Path) -> String {
    let clock = Arc::new(SetClock::new(Time::from_ms(number(scenario, "clock"))));
    let own = scenario.get("own_clock").is_some();
    let mut stage = Stage {
        shared: if own {
            Arc::new(own::Clock(clock.clone()))
        } else {
            clock.clone()
        },
        clock,
        relay_program: relay.to_owned(),
        folder: folder.to_owned(),
        homes: BTreeMap::new(),
        recipients: BTreeMap::new(),
        streams: BTreeMap::new(),
        requests: BTreeMap::new(),
        proposals: BTreeMap::new(),
        grants: BTreeMap::new(),
        consents: BTreeMap::new(),
        relays: BTreeMap::new(),
        watches: BTreeMap::new(),
        keys: BTreeMap::new(),
        signers: BTreeMap::new(),
        brought: BTreeMap::new(),
        names: Vec::new(),
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
struct Stage {
    clock: Arc<SetClock>,
    /// The same, as homes and recipients have it.
    shared: Arc<dyn Clock>,
    relay_program: PathBuf,
    folder: PathBuf,
    homes: BTreeMap<String, Home>,
    recipients: BTreeMap<String, Recipient>,
    streams: BTreeMap<String, Kept>,
    requests: BTreeMap<String, Request>,
    proposals: BTreeMap<String, Proposal>,
    grants: BTreeMap<String, Grant>,
    consents: BTreeMap<String, TokenId>,
    relays: BTreeMap<String, RelayProcess>,
    watches: BTreeMap<String, Watch>,
    /// The key stores of homes and recipients, and the signers of recipients.
    keys: BTreeMap<String, own::Keys>,
    signers: BTreeMap<String, Arc<own::Hardware>>,
    /// Whether the key store and the signer that the program brought for a home or a recipient can be used.
    brought: BTreeMap<String, Arc<own::Presence>>,
    /// What is chosen by chance, and what the scenario calls it.
    names: Vec<(String, String)>,
}

/// A stream, with its home and what that calls it.
struct Kept {
    home: String,
    called: String,
    /// None while the home is closed.
    stream: Option<Stream>,
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
            "streams" => return Ok(self.list_streams(step)),
            "now" => return Ok(self.now(step).ms().to_string()),
            "renew" => return Ok(self.home(step).renew_key()?.to_string()),
            "follow" => return Ok(self.follow(step)),
            "receipts" => return self.receipts(step),
            "own" => made(&self.brought, text(step, "of")).set(text(step, "is")),
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
            "erase" | "erasable" => return self.erase(step),
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
        let (name, called) = (text(step, "as"), text(step, "name"));
        let (place, clock) = (self.folder.join(name), self.shared.clone());
        let home = match self.keys_for(step) {
            Some(keys) => Home::create_with(&place, called, keys, clock)?,
            None => {
                let entropy = Box::new(OsEntropy::new());
                Home::in_memory(called, MemoryKeyStore::new(), clock, entropy)?
            }
        };
        self.keep_home(name, home);
        Ok(())
    }

    /// The key store that a step asks for; none for what is in memory.
    fn keys_for(&mut self, step: &Json) -> Option<own::Keys> {
        let name = text(step, "as");
        let place = self.folder.join(name);
        let presence = Arc::<own::Presence>::default();
        self.brought.insert(name.into(), presence.clone());
        let keys = match step.get("keys").and_then(Json::as_str) {
            None => own::Keys::new(FileKeyStore::beside(place), presence),
            Some("passphrase") => {
                let keys = FileKeyStore::with_passphrase(place, PASSPHRASE);
                own::Keys::new(keys, presence)
            }
            Some("own") => own::Keys::new(MemoryKeyStore::new(), presence),
            Some("memory") => return None,
            Some(other) => panic!("no such keys: {other}"),
        };
        self.keys.insert(name.into(), keys.clone());
        Some(keys)
    }

    fn keep_home(&mut self, name: &str, home: Home) {
        self.watches.insert(name.into(), home.watch());
        self.homes.insert(name.into(), home);
    }

    fn make_recipient(&mut self, step: &Json) -> Result<(), Error> {
        let name = text(step, "as");
        let (place, clock) = (self.folder.join(name), self.shared.clone());
        let role = match text(step, "role") {
            "controller" => Role::Controller,
            "processor" => Role::Processor,
            other => panic!("no such role: {other}"),
        };
        let called = Name::new(text(step, "name"))?;
        let keys = self.keys_for(step);
        if step.get("signer").is_some() {
            let presence = self.brought[name].clone();
            let signer = Arc::new(own::Hardware::new(presence));
            self.signers.insert(name.into(), signer);
        }
        let signer = self.signer_of(name);
        let recipient = match keys {
            Some(keys) => Recipient::create_with(&place, called, role, keys, clock, signer)?,
            None => {
                let entropy = Box::new(OsEntropy::new());
                Recipient::in_memory(called, role, MemoryKeyStore::new(), clock, entropy)?
            }
        };
        self.name(recipient.card().fingerprint(), step);
        self.keep_recipient(name, recipient);
        Ok(())
    }

    fn signer_of(&self, name: &str) -> Option<Arc<dyn Signer>> {
        let signer = self.signers.get(name)?.clone();
        Some(signer)
    }

    fn keep_recipient(&mut self, name: &str, recipient: Recipient) {
        self.watches.insert(name.into(), recipient.watch());
        self.recipients.insert(name.into(), recipient);
    }

    fn reopen(&mut self, step: &Json) -> Result<(), Error> {
        let name = holder(step).to_owned();
        let (place, clock) = (self.folder.join(&name), self.shared.clone());
        let keys = match step.get("passphrase").and_then(Json::as_str) {
            Some(other) => {
                let keys = FileKeyStore::with_passphrase(&place, other);
                own::Keys::new(keys, Arc::default())
            }
            None => self.keys[&name].clone(),
        };
        self.watches.remove(&name);
        if step.get("home").is_none() {
            if let Some(recipient) = self.recipients.remove(&name) {
                recipient.close()?;
            }
            let signer = self.signer_of(&name);
            let recipient = Recipient::open_with(&place, keys, clock, signer)?;
            self.keep_recipient(&name, recipient);
            return Ok(());
        }
        for kept in self.streams.values_mut().filter(|kept| kept.home == name) {
            kept.stream = None;
        }
        if let Some(home) = self.homes.remove(&name) {
            home.close()?;
        }
        let home = Home::open_with(&place, keys, clock)?;
        for kept in self.streams.values_mut().filter(|kept| kept.home == name) {
            kept.stream = Some(home.stream(&kept.called)?);
        }
        self.keep_home(&name, home);
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
        let (device, called) = (text(step, "device"), text(step, "name"));
        let stream = match step.get("for").and_then(Json::as_str) {
            Some(writer) => home.add_stream_for(writer, device, called, spec)?,
            None => home.add_stream(device, called, spec)?,
        };
        let kept = Kept {
            home: text(step, "home").into(),
            called: called.into(),
            stream: Some(stream),
        };
        self.streams.insert(text(step, "as").into(), kept);
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
        let (reveals, expires) = (proposal.closure().reveals(), proposal.expires().ms());
        let said = format!("{}reveals={reveals} expires={expires}", proposal.explain());
        self.proposals.insert(text(step, "as").into(), proposal);
        Ok(said)
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
        if step.get("over").is_none() {
            return Ok(if step.get("home").is_some() {
                format!("entries={}", self.home(step).sync(relay)?.entries)
            } else {
                received_text(self.recipient(step).sync(relay)?)
            });
        }
        let mut way = relay.connect(&Stop::new())?;
        if text(step, "over") == "meeting" {
            return self.meet(step, relay, &mut *way);
        }
        if text(step, "over") == "own" {
            way = Box::new(own::Pipe(way));
        }
        let stop = Stop::after(PATIENCE);
        if step.get("home").is_some() {
            let uploaded = self.home(step).sync_over(relay, &mut *way, false, &stop)?;
            return Ok(format!("entries={}", uploaded.entries));
        }
        let consent = *made(&self.consents, text(step, "consent"));
        let recipient = self.recipient(step);
        let received = recipient.sync_over(relay, consent, &mut *way, false, &stop)?;
        Ok(received_text(received))
    }

    /// A meeting that the program carries itself, and ends once everything has gone and come.
    fn meet(&self, step: &Json, relay: &Relay, way: &mut dyn Transport) -> Result<String, Error> {
        if step.get("home").is_some() {
            let mut meeting = self.home(step).meet(relay, true, None)?;
            carry(&mut meeting, way)?;
            return Ok(format!("entries={}", meeting.uploaded().entries));
        }
        let consent = *made(&self.consents, text(step, "consent"));
        let mut meeting = self.recipient(step).meet(relay, consent, true, None)?;
        carry(&mut meeting, way)?;
        Ok(received_text(meeting.take_received()))
    }

    /// Follows a relay until a home has brought something, or a recipient has as many entries as the step says.
    fn follow(&self, step: &Json) -> String {
        let relay = &made(&self.relays, text(step, "relay")).relay;
        let stop = Stop::after(PATIENCE);
        if step.get("home").is_some() {
            let brought = AtomicU64::new(0);
            self.home(step).follow(relay, &stop, &|told| {
                let stretches = told.map_or(0, |uploaded| uploaded.stretches);
                if brought.fetch_add(stretches, Ordering::Relaxed) + stretches > 0 {
                    stop.stop();
                }
            });
            return format!("brought={}", brought.into_inner() > 0);
        }
        let wanted = u64::try_from(number(step, "entries")).unwrap();
        let came = AtomicU64::new(0);
        self.recipient(step).follow(relay, &stop, &|_, told| {
            let entries = told.map_or(0, |received| received.entries);
            if came.fetch_add(entries, Ordering::Relaxed) + entries >= wanted {
                stop.stop();
            }
        });
        format!("entries={}", came.into_inner())
    }

    fn list_streams(&self, step: &Json) -> String {
        let streams = self.home(step).streams();
        lines(streams.iter().map(|stream| {
            let spec = stream.spec().unwrap();
            let (name, exponent) = (stream.name(), spec.exponent);
            let levels: Vec<_> = spec.levels.iter().map(Level::name).collect();
            let levels = levels.join(",");
            format!(
                "{name} {} {} {levels} exponent={exponent}",
                spec.kind.name(),
                spec.zone
            )
        }))
    }

    fn now(&self, step: &Json) -> Time {
        match step.get("home") {
            Some(_) => self.home(step).now(),
            None => self.recipient(step).now(),
        }
    }

    fn receipts(&self, step: &Json) -> Result<String, Error> {
        let receipts = self.home(step).receipts()?;
        let told = receipts.iter().map(|receipt| match &receipt.event {
            ReceiptEvent::Fetched {
                consent,
                stream,
                level,
                slots,
                entries,
            } => {
                let (level, from, until) = (level.name(), slots.start.ms(), slots.end.ms());
                format!("fetched {consent} {stream} {level} {from} {until} entries={entries}")
            }
            ReceiptEvent::Letters { consent, letters } => format!("letters {consent} {letters}"),
            ReceiptEvent::Done => "done".into(),
            _ => "other".into(),
        });
        // Logs have ids by chance, and come in their order.
        let mut told: Vec<String> = told.collect();
        told.sort();
        Ok(lines(told))
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
        let (home, stream) = (self.home(step), self.stream(step));
        let report = if text(step, "do") == "erasable" {
            home.erasable(stream, from, until)?
        } else {
            home.erase(stream, from, until)?
        };
        let levels = report.levels.iter().map(|level| {
            let (name, slots) = (level.level.name(), level.slots);
            format!("{name} slots={slots}")
        });
        let holders = report.holders.iter().map(|holder| {
            let (name, level, slots) = (&holder.recipient, holder.level.name(), holder.slots);
            format!("holder {name} {level} slots={slots}")
        });
        let traces = report.traces.iter().map(|trace| match trace {
            Trace::Difference {
                recipient,
                coarse,
                fine,
            } => format!("trace {recipient} {} {}", coarse.name(), fine.name()),
            Trace::Index => "trace index".into(),
        });
        Ok(lines(levels.chain(holders).chain(traces)))
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
        let keys = own::Keys::new(FileKeyStore::beside(&place), Arc::default());
        self.keys.insert(name.into(), keys.clone());
        let newcomer = Newcomer {
            name: text(step, "name").into(),
            role,
        };
        let joined = Home::join(
            &place,
            keys,
            self.shared.clone(),
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
        let kept = made(&self.streams, text(step, "stream"));
        kept.stream.as_ref().unwrap()
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

fn carry<S: Side>(meeting: &mut Meeting<S>, way: &mut dyn Transport) -> Result<(), Error> {
    let (mut buffer, mut is_ending) = ([0; 4096], false);
    loop {
        let mut out = Vec::new();
        while meeting.poll(&mut out)? {}
        way.send(&out).unwrap();
        if meeting.is_finished() {
            return Ok(());
        }
        if meeting.is_settled() && !is_ending {
            meeting.finish();
            is_ending = true;
            continue;
        }
        let came = way.receive(&mut buffer, PATIENCE).unwrap();
        meeting.receive(&buffer[..came])?;
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

const PASSPHRASE: &str = "correct horse battery staple";

/// Longer than anything takes that ends by itself.
const PATIENCE: Duration = Duration::from_secs(60);
