//! What the recipients open.

use freehold::{Level, Time, Window};

use super::HALF_HOUR_MS;
use crate::{
    Result,
    asking::day,
    attempts::under,
    chart::float,
    flat::{Flat, of},
    street::{CAREFUL, CAREFUL_UNTIL, LEAVING, Street},
    terminal::{Table, spark, thousands},
    views::{Seen, bounds, seen},
};

/// Two days of one meter, as its household, its supplier and the council see them.
pub(crate) fn same_day(street: &Street) -> Result<String> {
    let meter = street.meter("H01")?;
    let exponent = meter.kilo()?;
    let mut text = String::new();
    for (title, level, from, until) in [
        (
            "Wednesday 12 June 2013",
            Level::HalfHour,
            "2013-06-12",
            "2013-06-13",
        ),
        (
            "Wednesday 10 July 2013",
            Level::Day,
            "2013-07-10",
            "2013-07-11",
        ),
    ] {
        let (from, until) = (day(&street.zone, from)?, day(&street.zone, until)?);
        let own = seen(
            &meter.electricity.summaries(Level::HalfHour, from, until)?,
            exponent,
        );
        let selector = under(meter.to_supplier);
        let supplied = seen(
            &street
                .supplier
                .summaries(&selector, level, from, until)?
                .items,
            exponent,
        );
        let month = street.month_of(from)?;
        let council =
            street
                .council
                .summaries(&under(meter.to_council), Level::Month, month.0, month.1)?;
        let council = seen(&council.items, exponent);
        let (_, high) = bounds(own.iter().map(|half_hour| half_hour.sum));
        text += &format!("   H01, {title}\n");
        for (who, slots, unit) in [
            ("household", &own, "half hours"),
            ("supplier", &supplied, "half hours"),
            ("council", &council, ""),
        ] {
            let plot: String = slots
                .iter()
                .map(|slot| stretch(slot, (from, until), high))
                .collect();
            let sum: f64 = slots.iter().map(|slot| slot.sum).sum();
            let amount = match slots.len() {
                1 if who == "council" => format!("one number for the month: {sum:.1} kWh"),
                1 => format!("one number: {sum:.3} kWh"),
                many => format!("{many} {unit}, {sum:.3} kWh in all"),
            };
            text += &format!("     {who:<10} {plot}  {amount}\n");
        }
    }
    Ok(text)
}

/// What the GP opened: hours of a day, and eleven days.
pub(crate) fn practice(flat: &Flat) -> Result<String> {
    let zone = &flat.zone;
    let (from, until) = (day(zone, "2016-04-20")?, day(zone, "2016-04-21")?);
    let beats = flat.heart.read(from, until)?;
    let hours = flat
        .practice
        .summaries(&of("heart rate"), Level::Hour, from, until)?;
    let hours = seen(&hours.items, flat.heart.spec()?.exponent);
    let days = flat.practice.summaries(
        &of("glucose"),
        Level::Day,
        day(zone, "2016-01-27")?,
        day(zone, "2016-02-07")?,
    )?;
    let days = seen(&days.items, flat.glucose.spec()?.exponent);
    let line = |slots: &[Seen], value: fn(&Seen) -> f64| {
        let (low, high) = bounds(slots.iter().flat_map(|slot| [slot.min, slot.max]));
        spark(slots.iter().map(|slot| Some(value(slot))), low, high)
    };
    let (low, high) = bounds(hours.iter().flat_map(|hour| [hour.min, hour.max]));
    let mut text = format!(
        "   Heart rate, 20 April 2016: the person has {} readings, the GP {} hours ({low:.0} to {high:.0} a minute)\n",
        thousands(beats.len()),
        hours.len()
    );
    text += &format!(
        "     highest {}\n     mean    {}\n",
        line(&hours, |h| h.max),
        line(&hours, |h| h.mean)
    );
    text += &format!("     lowest  {}\n", line(&hours, |h| h.min));
    text += &format!("   Glucose, the GP's {} days, mg/dL\n", days.len());
    let row = |name: &str, value: fn(&Seen) -> f64| {
        let numbers: String = days
            .iter()
            .map(|day| format!("{:5.0}", value(day)))
            .collect();
        format!("     {name:<8}{numbers}\n")
    };
    text += &row("highest", |day| day.max);
    text += &row("mean", |day| day.mean);
    text += &row("lowest", |day| day.min);
    Ok(text)
}

/// The council's year: months of every home, and their sums.
pub(crate) fn council(street: &Street) -> Result<String> {
    let mut table = Table::new([
        "kWh", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        "year", "",
    ]);
    let mut sums = vec![0.0; 12];
    let mut homes = 0;
    for meter in &street.meters {
        let opened = street.council_months(meter);
        let cells = match &opened {
            Ok(months) => {
                homes += 1;
                sums.iter_mut()
                    .zip(months)
                    .for_each(|(sum, month)| *sum += month.sum);
                months.iter().map(|month| month.sum).collect()
            }
            Err(_) => Vec::new(),
        };
        let note = if opened.is_ok() {
            ""
        } else {
            "withdrawn on 15 September: copies gone"
        };
        table.row(months_row(&meter.name, &cells, note));
    }
    table.row(months_row(&format!("{homes} homes"), &sums, ""));
    Ok(table.text())
}

/// Compares every summary that the recipients open with the household's own; how many there are. An error if one differs.
pub(crate) fn compared(street: &Street, flat: &Flat) -> Result<usize> {
    let mut count = 0;
    let mut compare = |own: &[Window], opened: &[Window]| -> Result<()> {
        let alike = |pair: (&Window, &Window)| {
            pair.0.slot == pair.1.slot && pair.0.summary.totals == pair.1.summary.totals
        };
        if own.len() != opened.len() || !own.iter().zip(opened).all(alike) {
            return Err("a recipient's summary differs from the household's".into());
        }
        count += own.len();
        Ok(())
    };
    let (from, until) = (street.first_of(1)?, street.first_of(13)?);
    for meter in &street.meters {
        let to = if meter.name == CAREFUL {
            day(&street.zone, CAREFUL_UNTIL)?
        } else {
            until
        };
        for (level, from, until) in [
            (Level::HalfHour, street.first_of(6)?, street.first_of(7)?),
            (Level::Day, from, to),
        ] {
            let opened =
                street
                    .supplier
                    .summaries(&under(meter.to_supplier), level, from, until)?;
            compare(
                &meter.electricity.summaries(level, from, until)?,
                &opened.items,
            )?;
        }
        if meter.name != LEAVING {
            let opened =
                street
                    .council
                    .summaries(&under(meter.to_council), Level::Month, from, until)?;
            compare(
                &meter.electricity.summaries(Level::Month, from, until)?,
                &opened.items,
            )?;
        }
    }
    for (stream, level, from, until) in [
        (&flat.heart, Level::Hour, "2016-04-12", "2016-05-13"),
        (&flat.glucose, Level::Day, "2016-01-27", "2016-02-07"),
    ] {
        let (from, until) = (day(&flat.zone, from)?, day(&flat.zone, until)?);
        let opened = flat
            .practice
            .summaries(&of(&stream.name()), level, from, until)?;
        compare(&stream.summaries(level, from, until)?, &opened.items)?;
    }
    Ok(count)
}

fn months_row(name: &str, months: &[f64], note: &str) -> [String; 15] {
    let mut cells = [const { String::new() }; 15];
    let sum: f64 = months.iter().sum();
    let numbers = months
        .iter()
        .copied()
        .chain((!months.is_empty()).then_some(sum));
    let texts =
        std::iter::once(name.to_owned()).chain(numbers.map(|number| format!("{number:.0}")));
    cells
        .iter_mut()
        .zip(texts)
        .for_each(|(cell, text)| *cell = text);
    if let Some(cell) = cells.last_mut() {
        note.clone_into(cell);
    }
    cells
}

/// A slot as blocks: one for each half hour that it lasts, of those on a day.
fn stretch(slot: &Seen, (from, until): (Time, Time), high: f64) -> String {
    let half_hours = |from: Time, until: Time| (until.ms() - from.ms()) / HALF_HOUR_MS;
    let shown = half_hours(slot.start.max(from), slot.end.min(until));
    let each = slot.sum / float(half_hours(slot.start, slot.end));
    spark((0..shown).map(|_| Some(each)), 0.0, high)
}
