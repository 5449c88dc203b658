//! What the recipients try to open beyond what they were granted, and why they are refused.

use freehold::{
    Error, Level, Recipient, Selector, Time,
    consent::{NotGranted, Refusal, TokenId},
    model::Zone,
};

use crate::{
    Result, asking,
    flat::{Flat, of},
    street::{CAREFUL, LEAVING, Street},
};

/// Somebody tries something and is refused.
pub(crate) struct Attempt {
    pub(crate) who: &'static str,
    pub(crate) tries: &'static str,
    pub(crate) refused: String,
}

/// Every attempt; an error if one succeeds.
pub(crate) fn all(street: &Street, flat: &Flat) -> Result<Vec<Attempt>> {
    let (supplier, council, practice) = (&street.supplier, &street.council, &flat.practice);
    let (one, careful, leaving) = (
        street.meter("H01")?,
        street.meter(CAREFUL)?,
        street.meter(LEAVING)?,
    );
    let here = Span(&street.zone);
    let there = Span(&flat.zone);
    let refused = |who, tries, zone: &Zone, error: Result<Error>| -> Result<Attempt> {
        Ok(Attempt {
            who,
            tries,
            refused: why(&error?, zone),
        })
    };
    let at_street = |who, tries, error| refused(who, tries, &street.zone, error);
    let at_flat = |who, tries, error| refused(who, tries, &flat.zone, error);
    Ok(vec![
        at_street(
            "supplier",
            "H01, half hours of July",
            summaries(
                supplier,
                &under(one.to_supplier),
                Level::HalfHour,
                here.days("2013-07-01", "2013-08-01")?,
            ),
        )?,
        at_street(
            "supplier",
            "H01, single readings of 12 June",
            readings(
                supplier,
                &under(one.to_supplier),
                here.days("2013-06-12", "2013-06-13")?,
            ),
        )?,
        at_street(
            "supplier",
            "H23, days of August",
            summaries(
                supplier,
                &under(careful.to_supplier),
                Level::Day,
                here.days("2013-08-01", "2013-09-01")?,
            ),
        )?,
        at_street(
            "supplier",
            "whether the flat's room was occupied",
            summaries(
                supplier,
                &of("occupied"),
                Level::Day,
                there.days("2015-02-02", "2015-02-05")?,
            ),
        )?,
        at_street(
            "council",
            "H01, days of June",
            summaries(
                council,
                &under(one.to_council),
                Level::Day,
                here.days("2013-06-01", "2013-07-01")?,
            ),
        )?,
        at_street(
            "council",
            "H14, months of the year",
            summaries(
                council,
                &under(leaving.to_council),
                Level::Month,
                here.days("2013-01-01", "2014-01-01")?,
            ),
        )?,
        at_street(
            "council",
            "the supplier's grant file from H01",
            unexpected(council.accept_file(&one.supplier_file)),
        )?,
        at_flat(
            "GP",
            "single heart-rate readings of 20 April",
            readings(
                practice,
                &of("heart rate"),
                there.days("2016-04-20", "2016-04-21")?,
            ),
        )?,
        at_flat(
            "GP",
            "glucose hour by hour",
            summaries(
                practice,
                &of("glucose"),
                Level::Hour,
                there.days("2016-01-28", "2016-01-29")?,
            ),
        )?,
    ])
}

/// An error in words, with the times in `zone`.
pub(crate) fn why(error: &Error, zone: &Zone) -> String {
    let day = |time: Time| day_of(zone, time);
    match error {
        Error::Refused(Refusal::NotGranted(NotGranted::Level { granted })) => {
            format!("{error}; granted: {granted}")
        }
        Error::Refused(Refusal::NotGranted(NotGranted::Window { granted })) => {
            let windows = granted.iter().map(|window| {
                format!(
                    "{} to {}",
                    day(window.from()),
                    day(window.until().plus_ms(-1))
                )
            });
            format!(
                "{error}; granted: {}",
                windows.collect::<Vec<_>>().join(", ")
            )
        }
        Error::Refused(Refusal::Revoked { at }) => format!("{error} on {}", day(*at)),
        _ => error.to_string(),
    }
}

/// The civil day of a time.
pub(crate) fn day_of(zone: &Zone, time: Time) -> String {
    zone.format(time).chars().take(10).collect()
}

/// Whatever is granted under one consent.
pub(crate) fn under(consent: TokenId) -> Selector {
    Selector {
        consent: Some(consent),
        ..Selector::default()
    }
}

/// Times by civil days.
struct Span<'a>(&'a Zone);

impl Span<'_> {
    fn days(&self, from: &str, until: &str) -> Result<(Time, Time)> {
        Ok((asking::day(self.0, from)?, asking::day(self.0, until)?))
    }
}

fn summaries(
    recipient: &Recipient,
    selector: &Selector,
    level: Level,
    (from, until): (Time, Time),
) -> Result<Error> {
    unexpected(recipient.summaries(selector, level, from, until))
}

fn readings(
    recipient: &Recipient,
    selector: &Selector,
    (from, until): (Time, Time),
) -> Result<Error> {
    unexpected(recipient.read(selector, from, until))
}

/// The error that was to be expected.
fn unexpected<T>(result: std::result::Result<T, Error>) -> Result<Error> {
    match result {
        Ok(_) => Err("opened what was not granted".into()),
        Err(error) => Ok(error),
    }
}
