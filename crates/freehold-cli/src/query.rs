//! What `read` and `summaries` ask, of a home or of a recipient alike.

use freehold::consent::{State, TokenId};
use freehold::model::{StreamSpec, Zone};
use freehold::{
    Error, Held, Home, Level, Noun, Opened, Reading, Recipient, Selector, Stream, Time, Window,
};

use crate::args::{Args, bad_value};
use crate::errors;
use crate::failure::Failure;
use crate::output::Out;
use crate::session::{self, Place};

/// Whom is asked, about which stream.
pub(crate) struct Query {
    whom: Whom,
    zone: Zone,
}

enum Whom {
    Owner(Stream),
    Recipient(Recipient, Selector),
}

/// What was found, with what it takes to print it.
pub(crate) struct Found<T> {
    pub(crate) items: Vec<T>,
    /// The stream's name.
    pub(crate) name: String,
    pub(crate) spec: StreamSpec,
    pub(crate) zone: Zone,
    /// The consent under which a recipient opened it.
    pub(crate) consent: Option<TokenId>,
    not_yet: Option<Time>,
}

impl Query {
    /// Opens the folder and picks the stream that `--stream` and `--consent` name, or the only one there is.
    pub(crate) fn open(args: &Args) -> Result<Self, Failure> {
        match session::place(args)? {
            Place::Home(home) => Self::of_owner(&home, args),
            Place::Recipient(recipient) => Self::of_recipient(recipient, args),
        }
    }

    /// The clock by which times without an offset are read.
    pub(crate) fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The readings of a range.
    pub(crate) fn read(&self, from: Time, until: Time) -> Result<Found<Reading>, Failure> {
        match &self.whom {
            Whom::Owner(stream) => self.owned(stream, stream.read(from, until)),
            Whom::Recipient(recipient, selector) => {
                self.opened(recipient.read(selector, from, until))
            }
        }
    }

    /// The summaries of a range.
    pub(crate) fn summaries(
        &self,
        level: Level,
        from: Time,
        until: Time,
    ) -> Result<Found<Window>, Failure> {
        match &self.whom {
            Whom::Owner(stream) => self.owned(stream, stream.summaries(level, from, until)),
            Whom::Recipient(recipient, selector) => {
                self.opened(recipient.summaries(selector, level, from, until))
            }
        }
    }

    fn of_owner(home: &Home, args: &Args) -> Result<Self, Failure> {
        if let Some(id) = args.text("consent")? {
            return Err(bad_value("consent", id, "a home's owner needs none"));
        }
        let stream = match args.text("stream")? {
            Some(name) => home.stream(name)?,
            None => {
                let mut streams = home.streams();
                match (streams.pop(), streams.len()) {
                    (Some(only), 0) => only,
                    (None, _) => return Err(Error::Missing(Noun::Stream).into()),
                    (_, others) => {
                        return Err(Error::Ambiguous {
                            noun: Noun::Stream,
                            found: others + 1,
                        }
                        .into());
                    }
                }
            }
        };
        let zone = zone_of(&stream.spec()?)?;
        Ok(Self {
            whom: Whom::Owner(stream),
            zone,
        })
    }

    fn of_recipient(recipient: Recipient, args: &Args) -> Result<Self, Failure> {
        let held = recipient.consents();
        let consent = args
            .text("consent")?
            .map(|text| chosen(&held, text))
            .transpose()?;
        let stream = args.text("stream")?.map(str::to_owned);
        let zone = zone_among(&held, consent, stream.as_deref());
        Ok(Self {
            whom: Whom::Recipient(recipient, Selector { consent, stream }),
            zone,
        })
    }

    fn owned<T>(&self, stream: &Stream, items: Result<Vec<T>, Error>) -> Result<Found<T>, Failure> {
        let items = items.map_err(|e| errors::failure(&e, &self.zone))?;
        Ok(Found {
            items,
            name: stream.name(),
            spec: stream.spec()?,
            zone: self.zone.clone(),
            consent: None,
            not_yet: None,
        })
    }

    fn opened<T>(&self, opened: Result<Opened<T>, Error>) -> Result<Found<T>, Failure> {
        let Opened {
            consent,
            stream,
            items,
            not_yet,
            ..
        } = opened.map_err(|e| errors::failure(&e, &self.zone))?;
        let spec = stream.stream.spec().clone();
        let zone = zone_of(&spec)?;
        Ok(Found {
            items,
            name: stream.label.as_str().to_owned(),
            spec,
            zone,
            consent: Some(consent),
            not_yet,
        })
    }
}

impl<T> Found<T> {
    /// Says from when on keys are still to come.
    pub(crate) fn note_not_yet(&self, out: &Out) {
        if let Some(horizon) = self.not_yet {
            let at = self.zone.format(horizon);
            let message = format!(
                "what lies past {at} opens when the lease is extended; 'freehold sync' brings that"
            );
            out.note("not_yet", message, &[("from", at.into())]);
        }
    }
}

fn zone_of(spec: &StreamSpec) -> Result<Zone, Failure> {
    Ok(Zone::new(&spec.zone).map_err(|_| Error::Damaged)?)
}

/// The consent whose id begins as the text does.
fn chosen(held: &[Held], text: &str) -> Result<TokenId, Failure> {
    let mut ids = held
        .iter()
        .map(|held| held.token.id())
        .filter(|id| id.begins_with(text) || id.to_string() == text);
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(id),
        (None, _) => Err(
            bad_value("consent", text, "this recipient holds no such consent")
                .hint("'freehold consents' lists them; 8 digits are enough"),
        ),
        (Some(_), Some(_)) => Err(Error::Ambiguous {
            noun: Noun::Consent,
            found: 2,
        }
        .into()),
    }
}

/// The zone of the stream that is meant; that of any live one where it will turn out to be none or several.
fn zone_among(held: &[Held], consent: Option<TokenId>, stream: Option<&str>) -> Zone {
    let meant = held
        .iter()
        .filter(|held| consent.is_none_or(|id| held.token.id() == id));
    let live_first = meant
        .clone()
        .filter(|held| matches!(held.state, State::Live { .. }))
        .chain(meant);
    let mut streams = live_first
        .flat_map(|held| &held.streams)
        .filter(|info| stream.is_none_or(|name| info.label.as_str() == name));
    streams
        .find_map(|info| Zone::new(&info.stream.spec().zone).ok())
        .unwrap_or_else(Zone::utc)
}
