//! Who may open what, as the homes' own accounts of their consents have it.

use freehold::{
    Facet, Home, Level, Levels, Time,
    consent::{State, StreamId},
    model::Zone,
};

use crate::{Result, attempts::day_of, flat::Flat, street::Street};

/// A stream, the homes that have one alike, and who may open which levels of it.
pub(crate) struct Row {
    pub(crate) homes: Vec<String>,
    pub(crate) stream: String,
    pub(crate) kept: Levels,
    pub(crate) lines: Vec<Line>,
}

/// One level of a stream that a recipient may open, from a day until before another.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) recipient: String,
    pub(crate) level: Level,
    pub(crate) from: String,
    pub(crate) until: String,
    /// The day on which it was withdrawn.
    pub(crate) withdrawn: Option<String>,
}

/// Every stream of the street and the flat; homes with the same consents share a row.
pub(crate) fn rows(street: &Street, flat: &Flat) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    let meters = street
        .meters
        .iter()
        .map(|meter| (&meter.home, &street.zone));
    for (home, zone) in meters.chain([(&flat.home, &flat.zone)]) {
        for row in of_home(home, zone)? {
            let alike = |other: &&mut Row| other.stream == row.stream && other.lines == row.lines;
            match rows.iter_mut().find(alike) {
                Some(other) => other.homes.extend(row.homes),
                None => rows.push(row),
            }
        }
    }
    Ok(rows)
}

fn of_home(home: &Home, zone: &Zone) -> Result<Vec<Row>> {
    let consents = home.consents();
    let mut rows = Vec::new();
    for stream in home.streams() {
        let spec = stream.spec()?;
        let mut lines = Vec::new();
        for consent in &consents {
            let withdrawn = match consent.state {
                State::Revoked { at } => Some(day_of(zone, at)),
                _ => None,
            };
            let scope = &consent.token.terms().scope;
            for level in Level::ALL {
                for window in scope.windows(StreamId::from(spec.id), level, Facet::Totals) {
                    lines.push(Line {
                        recipient: consent.card.name().to_string(),
                        level,
                        from: day_of(zone, window.from()),
                        until: day_of(zone, before(window.until())),
                        withdrawn: withdrawn.clone(),
                    });
                }
            }
        }
        rows.push(Row {
            homes: vec![home.info()?.name],
            stream: stream.name(),
            kept: spec.levels,
            lines,
        });
    }
    Ok(rows)
}

/// A moment before: windows end before their last instant.
fn before(time: Time) -> Time {
    time.plus_ms(-1)
}
