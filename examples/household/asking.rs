//! What the three recipients ask for.

use freehold::{
    Facets, Level, Levels, Recipient, Time,
    consent::{
        Ask, KindName, LegalBasis, Request, Retention, Span, UnverifiedRequest, Wishes, Words,
    },
    model::{Facet, Fold, Kind, Zone, kinds},
};

use crate::Result;

/// Half-hourly energy for one month, and daily energy for the year.
pub(crate) fn supplier(recipient: &Recipient, zone: &Zone) -> Result<Request> {
    let totals = Facets::of(Facet::Totals);
    let june = days(zone, "2013-06-01", "2013-07-01")?;
    let year = days(zone, "2013-01-01", "2014-01-01")?;
    let asks = vec![
        ask(kinds::ENERGY_INTERVAL, Level::HalfHour, totals, june)?,
        ask(kinds::ENERGY_INTERVAL, Level::Day, totals, year)?,
    ];
    let why = "We bill by the day and want to fit a tariff to one month's habits.";
    send(
        recipient,
        wishes(
            asks,
            "dpv:PaymentManagement",
            LegalBasis::CONSENT,
            365,
            400,
            why,
        )?,
    )
}

/// Monthly energy, nothing finer.
pub(crate) fn council(recipient: &Recipient, zone: &Zone) -> Result<Request> {
    let year = days(zone, "2013-01-01", "2014-01-01")?;
    let asks = vec![ask(
        kinds::ENERGY_INTERVAL,
        Level::Month,
        Facets::of(Facet::Totals),
        year,
    )?];
    let why = "We plan which streets to insulate first.";
    send(
        recipient,
        wishes(
            asks,
            "dpv:PublicPolicyMaking",
            LegalBasis::CONSENT,
            730,
            400,
            why,
        )?,
    )
}

/// Hourly heart rate from now on, and daily glucose of eleven days in the past.
pub(crate) fn practice(recipient: &Recipient, zone: &Zone) -> Result<Request> {
    let facets = Facets::of(Facet::Totals).with(Facet::Extremes);
    let (from, until) = days(zone, "2016-01-27", "2016-02-07")?;
    let asks = vec![
        ask(
            kinds::HEART_RATE,
            Level::Hour,
            facets,
            (day(zone, "2016-04-12")?, None),
        )?,
        ask(
            kinds::INTERSTITIAL_GLUCOSE,
            Level::Day,
            facets,
            (from, until),
        )?,
    ];
    let basis: LegalBasis = "eu-gdpr:A9-2-a".parse()?;
    let why = "To see how the new tablets suit you.";
    send(
        recipient,
        wishes(asks, "dpv:ServiceProvision", basis, 90, 365, why)?,
    )
}

/// Every day of many years.
pub(crate) fn study(
    recipient: &Recipient,
    zone: &Zone,
    from: &str,
    until: &str,
) -> Result<Request> {
    let asks = vec![ask(
        kinds::ENERGY_INTERVAL,
        Level::Day,
        Facets::of(Facet::Totals),
        days(zone, from, until)?,
    )?];
    send(
        recipient,
        wishes(
            asks,
            "dpv:AcademicResearch",
            LegalBasis::CONSENT,
            365,
            400,
            "A study over ten years.",
        )?,
    )
}

/// The first instant of a civil day.
pub(crate) fn day(zone: &Zone, date: &str) -> Result<Time> {
    Ok(zone.parse(date, Fold::Earlier)?)
}

type Days = (Time, Option<Time>);

fn days(zone: &Zone, from: &str, until: &str) -> Result<Days> {
    Ok((day(zone, from)?, Some(day(zone, until)?)))
}

fn ask(kind: &Kind, level: Level, facets: Facets, (from, until): Days) -> Result<Ask> {
    Ok(Ask::new(
        KindName::new(kind.name())?,
        Levels::of(level),
        facets,
        from,
        until,
    )?)
}

fn wishes(
    asks: Vec<Ask>,
    purpose: &str,
    basis: LegalBasis,
    keep_days: u16,
    lasts_days: u32,
    why: &str,
) -> Result<Wishes> {
    Ok(Wishes {
        basis,
        retention: Retention::from_days(keep_days),
        duration: Span::from_days(lasts_days),
        words: Some(Words::new(why)?),
        ..Wishes::new(asks, purpose.parse()?)
    })
}

/// Signs a request and carries it over as a file, which whoever receives it verifies.
fn send(recipient: &Recipient, wishes: Wishes) -> Result<Request> {
    let file = recipient.request(wishes)?.to_file();
    Ok(UnverifiedRequest::from_file(&file)?.verify()?)
}
