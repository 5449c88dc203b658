//! `consents` and `revoke`.

use freehold::consent::{State, StreamId, StreamInfo, Token, TokenId};
use freehold::model::Zone;
use freehold::{Error, Facets, Home, Levels, Noun, Stream, Time};
use serde_json::json;

use super::{HOME, PLACE};
use crate::args::{Args, bad_value};
use crate::command::{Command, Group, Positional};
use crate::failure::Failure;
use crate::output::{Align, Out, Table};
use crate::session::{self, Place};

pub(crate) const CONSENTS: Command = Command {
    name: "consents",
    group: Group::Consent,
    about: "list what a home has granted, or a recipient was granted",
    positionals: &[PLACE],
    options: &[],
    details: "",
    example: "freehold consents flat",
    run: consents,
};

pub(crate) const REVOKE: Command = Command {
    name: "revoke",
    group: Group::Consent,
    about: "end a consent: no further keys, new keys for what comes",
    positionals: &[HOME, Positional::new("CONSENT", "the consent's id, or its first 8 digits or more")],
    options: &[],
    details: "\
At best nothing from later than one lease opens, never anything from later than two. What was read before
cannot be taken back.",
    example: "freehold revoke flat 3f9ac2d1",
    run: revoke,
};

/// What a consent is about, gathered from the lines of its scope.
struct About {
    recipient: String,
    /// The other side: the recipient's name for a home, the household's fingerprint for a recipient.
    with: String,
    streams: Vec<String>,
    kinds: Vec<String>,
    levels: Levels,
    facets: Facets,
    from: Time,
    until: Time,
    zone: Zone,
}

fn consents(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let columns = [
        "consent",
        "with",
        "stream",
        "kind",
        "level",
        "facets",
        "from",
        "until",
        "expires",
        "keys until",
        "state",
    ];
    let mut table = Table::new(&columns.map(|name| (name, Align::Left)));
    match session::place(args)? {
        Place::Home(home) => {
            let named = Named::all(&home)?;
            for consent in home.consents() {
                let name = consent.card.name().to_string();
                let about = About {
                    with: name.clone(),
                    recipient: name,
                    ..About::new(&consent.token, &named)
                };
                listed(
                    out,
                    &mut table,
                    &consent.token,
                    &about,
                    consent.lease_until,
                    consent.state,
                )?;
            }
        }
        Place::Recipient(recipient) => {
            for held in recipient.consents() {
                let named: Vec<Named> = held.streams.iter().map(Named::from).collect();
                let with = held
                    .token
                    .grantor()
                    .fingerprint()
                    .to_string()
                    .chars()
                    .take(16)
                    .collect();
                let recipient = recipient.card().name().to_string();
                let about = About {
                    with,
                    recipient,
                    ..About::new(&held.token, &named)
                };
                listed(
                    out,
                    &mut table,
                    &held.token,
                    &about,
                    held.lease_until,
                    held.state,
                )?;
            }
        }
    }
    super::print(out, &table, "no consents yet")
}

fn listed(
    out: &mut Out,
    table: &mut Table,
    token: &Token,
    about: &About,
    lease_until: Time,
    state: State,
) -> Result<(), Failure> {
    let zone = &about.zone;
    let expires = token.terms().usable.until();
    if out.json() {
        return out.object(&json!({
            "id": token.id().to_string(),
            "recipient": about.recipient,
            "streams": about.streams,
            "kind": about.kinds.join(","),
            "level": about.levels.to_string(),
            "facets": about.facets.iter().map(|facet| facet.name()).collect::<Vec<_>>(),
            "from": zone.format(about.from),
            "until": zone.format(about.until),
            "expires": zone.format(expires),
            "lease_until": zone.format(lease_until),
            "state": state.name(),
        }));
    }
    let day = |time: Time| zone.format(time).chars().take(10).collect::<String>();
    let (streams, kinds) = (about.streams.join(","), about.kinds.join(","));
    let (levels, facets) = (about.levels.to_string(), about.facets.to_string());
    let times = [about.from, about.until, expires, lease_until].map(day);
    let [from, until, expires, lease] = times;
    table.row([
        token.id().short(),
        about.with.clone(),
        streams,
        kinds,
        levels,
        facets,
        from,
        until,
        expires,
        lease,
        state.name().to_owned(),
    ]);
    Ok(())
}

impl About {
    fn new(token: &Token, named: &[Named]) -> Self {
        let scope = &token.terms().scope;
        let granted = scope.streams();
        let known: Vec<&Named> = named
            .iter()
            .filter(|stream| granted.contains(&stream.id))
            .collect();
        let mut kinds: Vec<String> = known.iter().map(|stream| stream.kind.clone()).collect();
        kinds.dedup();
        let mut about = Self {
            recipient: String::new(),
            with: String::new(),
            streams: known.iter().map(|stream| stream.name.clone()).collect(),
            kinds,
            levels: Levels::EMPTY,
            facets: Facets::EMPTY,
            from: Time::LATEST,
            until: Time::EARLIEST,
            zone: known
                .first()
                .map_or_else(Zone::utc, |stream| stream.zone.clone()),
        };
        for line in scope.lines() {
            about.levels = about.levels.union(line.levels);
            about.facets = about.facets.union(line.facets);
            about.from = about.from.min(line.data.from());
            about.until = about.until.max(line.data.until());
        }
        about
    }
}

fn revoke(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let home = session::home(args)?;
    let (id, name, state) = chosen(&home, args.need("CONSENT")?)?;
    let already = matches!(state, State::Revoked { .. });
    if !already {
        home.revoke(id)?;
    }
    home.close()?;
    if out.json() {
        return out
            .object(&json!({"consent": id.to_string(), "recipient": name, "state": "revoked"}));
    }
    if already {
        return out.line(format_args!(
            "The consent {} of {name} was revoked before.",
            id.short()
        ));
    }
    out.line(format_args!("Revoked the consent {} of {name}: it gets no further keys, and what is sealed from now on has new ones.", id.short()))?;
    out.line("The next 'freehold sync' tells the recipient, whose copies then go. What it has read cannot be taken back.")
}

fn chosen(home: &Home, text: &str) -> Result<(TokenId, String, State), Failure> {
    let consents = home.consents();
    let mut fit = consents
        .iter()
        .filter(|consent| consent.token.id().begins_with(text));
    match (fit.next(), fit.next()) {
        (Some(only), None) => Ok((only.token.id(), only.card.name().to_string(), only.state)),
        (Some(_), Some(_)) => Err(Error::Ambiguous {
            noun: Noun::Consent,
            found: 2,
        }
        .into()),
        (None, _) => Err(bad_value("CONSENT", text, "there is no such consent")
            .hint("'freehold consents' lists them; 8 digits are enough")),
    }
}

/// A stream as lists name it.
struct Named {
    id: StreamId,
    name: String,
    kind: String,
    zone: Zone,
}

impl Named {
    fn all(home: &Home) -> Result<Vec<Self>, Failure> {
        let named = |stream: &Stream| {
            let spec = stream.spec()?;
            let zone = Zone::new(&spec.zone).map_err(|_| Error::Damaged)?;
            Ok(Self {
                id: spec.id.into(),
                name: stream.name(),
                kind: spec.kind.name().to_owned(),
                zone,
            })
        };
        home.streams().iter().map(named).collect()
    }
}

impl From<&StreamInfo> for Named {
    fn from(info: &StreamInfo) -> Self {
        let (name, kind) = (info.label.to_string(), info.stream.kind().name().to_owned());
        Self {
            id: info.id,
            name,
            kind,
            zone: info.stream.calendar().zone().clone(),
        }
    }
}
