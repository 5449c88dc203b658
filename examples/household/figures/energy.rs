//! One meter as its household, its supplier and the council have it.

use freehold::{Level, Time};

use super::{HOUR_MS, days};
use crate::{
    Result,
    asking::day,
    attempts::under,
    chart::{Chart, Frame, picture},
    street::Street,
    views::{power, seen},
};

/// Two weeks of one meter around the day on which the supplier's half hours end.
pub(crate) fn two_weeks(street: &Street) -> Result<String> {
    let meter = street.meter("H01")?;
    let zone = &street.zone;
    let exponent = meter.kilo()?;
    let (from, limit, until) = (
        day(zone, "2013-06-24")?,
        day(zone, "2013-07-01")?,
        day(zone, "2013-07-08")?,
    );
    let own = power(&seen(
        &meter.electricity.summaries(Level::HalfHour, from, until)?,
        exponent,
    ));
    let consent = under(meter.to_supplier);
    let opened = |level, from, until| -> Result<_> {
        let opened = street.supplier.summaries(&consent, level, from, until)?;
        Ok(power(&seen(&opened.items, exponent)))
    };
    let mut supplied = opened(Level::HalfHour, from, limit)?;
    supplied.extend(opened(Level::Day, limit, until)?);
    let months = power(&street.council_months(meter)?);
    let months: Vec<_> = months
        .into_iter()
        .filter(|month| month.0 < until && month.1 > from)
        .collect();
    let mut body = String::new();
    let rows = [
        (
            "owner",
            "The household",
            "has every half hour",
            own.as_slice(),
        ),
        (
            "supplier",
            "Its energy supplier",
            "was granted half hours of June, and days",
            &supplied,
        ),
        ("council", "The council", "was granted months", &months),
    ];
    for (top, (class, who, what, slots)) in [34.0, 156.0, 278.0].into_iter().zip(rows) {
        let frame = Frame {
            left: 40.0,
            top,
            width: 950.0,
            height: 80.0,
        };
        let mut chart = Chart::new(frame, (from, until), (0.0, 3.0));
        chart.values(&[(0.0, "0"), (1.0, "1"), (2.0, "2"), (3.0, "3 kW")]);
        chart.steps(class, slots);
        chart.title(class, who, what);
        if class == "supplier" {
            chart.limit(limit);
        }
        let labels = if class == "council" {
            days(zone, from, until, "%a %-d %b")
        } else {
            (days(zone, from, until, "").0, Vec::new())
        };
        chart.stretches(&labels.0, &labels.1);
        body += &chart.done();
    }
    Ok(picture(
        "weeks",
        (1000.0, 384.0),
        "One meter, three readers",
        "Electric power of home H01 from 24 June to 7 July 2013. The household's curve shows every half hour. The supplier's is the same until the end of June and then one level per day. The council's is one level for June and one for July.",
        &body,
    ))
}

/// Two days of the same meter, side by side.
pub(crate) fn two_days(street: &Street) -> Result<String> {
    let meter = street.meter("H01")?;
    let zone = &street.zone;
    let exponent = meter.kilo()?;
    let mut body = String::new();
    for (top, date, next, level) in [
        (52.0, "2013-06-12", "2013-06-13", Level::HalfHour),
        (204.0, "2013-07-10", "2013-07-11", Level::Day),
    ] {
        let (from, until) = (day(zone, date)?, day(zone, next)?);
        let month = street.month_of(from)?;
        let own = seen(
            &meter.electricity.summaries(Level::HalfHour, from, until)?,
            exponent,
        );
        let supplied = street
            .supplier
            .summaries(&under(meter.to_supplier), level, from, until)?;
        let council =
            street
                .council
                .summaries(&under(meter.to_council), Level::Month, month.0, month.1)?;
        body += &format!(
            r#"<text class="who" x="40" y="{}">{}</text>"#,
            top - 30.0,
            zone.civil(from).strftime("%A %-d %B")
        );
        for (left, class, who, slots) in [
            (40.0, "owner", "household", own),
            (
                372.0,
                "supplier",
                "supplier",
                seen(&supplied.items, exponent),
            ),
            (704.0, "council", "council", seen(&council.items, exponent)),
        ] {
            let sum: f64 = slots.iter().map(|slot| slot.sum).sum();
            let what = match (class, slots.len()) {
                ("council", _) => format!("{sum:.1} kWh in the month"),
                (_, 1) => format!("{sum:.3} kWh in the day"),
                (_, many) => format!("{many} numbers"),
            };
            let frame = Frame {
                left,
                top,
                width: 286.0,
                height: 80.0,
            };
            let mut chart = Chart::new(frame, (from, until), (0.0, 3.0));
            let ticks = [(0.0, "0"), (1.0, "1"), (2.0, "2"), (3.0, "kW")];
            chart.values(&ticks);
            chart.steps(class, &power(&slots));
            chart.title(class, who, &what);
            let marks: Vec<Time> = (0..4)
                .map(|quarter| from.plus_ms(quarter * 6 * HOUR_MS))
                .collect();
            chart.stretches(
                &marks,
                &["night", "morning", "afternoon", "evening"].map(str::to_owned),
            );
            body += &chart.done();
        }
    }
    Ok(picture(
        "days",
        (1000.0, 312.0),
        "The same two days, three readers",
        "On 12 June household and supplier both have 48 half hours of home H01, the council one number for the month. On 10 July the supplier has one number for the day.",
        &body,
    ))
}
