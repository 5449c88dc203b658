//! A heart, glucose and a room's air: as the person has them, and as the GP does.

use freehold::{Level, Stream, Time};

use super::{HOUR_MS, days};
use crate::{
    Result,
    asking::day,
    chart::{Chart, Frame, picture},
    flat::{Flat, of},
    terminal::thousands,
    views::{envelope, numbers, seen},
};

/// A week of heart rate: what the watch recorded, and the GP's hours.
pub(crate) fn heart_week(flat: &Flat) -> Result<String> {
    let zone = &flat.zone;
    let (from, until) = (day(zone, "2016-04-18")?, day(zone, "2016-04-25")?);
    let exponent = flat.heart.spec()?.exponent;
    let own = numbers(&flat.heart.read(from, until)?, exponent);
    let hours = seen(
        &flat
            .practice
            .summaries(&of("heart rate"), Level::Hour, from, until)?
            .items,
        exponent,
    );
    let title = format!(
        "has {} readings, one every 5 to 15 seconds while the watch is worn",
        thousands(own.len())
    );
    let mut body = String::new();
    let (marks, labels) = days(zone, from, until, "%a %-d %b");
    let ticks = [(50.0, "50"), (100.0, "100"), (150.0, "150"), (200.0, "200")];
    let frame = Frame {
        left: 40.0,
        top: 34.0,
        width: 950.0,
        height: 130.0,
    };
    let mut chart = Chart::new(frame, (from, until), (40.0, 220.0));
    chart.values(&ticks);
    chart.solid("owner", &envelope(&own, from, until, 7 * 24 * 6));
    chart.title("owner", "The person", &title);
    chart.times(&marks, &[]);
    body += &chart.done();
    let mut chart = Chart::new(
        Frame {
            top: 210.0,
            ..frame
        },
        (from, until),
        (40.0, 220.0),
    );
    chart.values(&ticks);
    chart.band(
        "gp",
        &hours
            .iter()
            .map(|hour| (hour.start, hour.end, hour.min, hour.max))
            .collect::<Vec<_>>(),
    );
    chart.dashes(
        "gp",
        &hours
            .iter()
            .map(|hour| (hour.start, hour.end, hour.mean))
            .collect::<Vec<_>>(),
    );
    chart.title(
        "gp",
        "The GP",
        &format!("has {} hours: mean, lowest and highest", hours.len()),
    );
    chart.stretches(&marks, &labels);
    body += &chart.done();
    Ok(picture(
        "heart",
        (1000.0, 368.0),
        "A week of one heart",
        "Heart rate per minute from 18 to 24 April 2016; above as the person has it, below as the GP has it, by the hour. Nothing is recorded while the watch is off, mostly at night.",
        &body,
    ))
}

/// The liveliest hour of a day, and all that the GP knows of it.
pub(crate) fn heart_hour(flat: &Flat) -> Result<String> {
    let zone = &flat.zone;
    let (from, until) = (day(zone, "2016-04-20")?, day(zone, "2016-04-21")?);
    let exponent = flat.heart.spec()?.exponent;
    let hours = seen(
        &flat
            .practice
            .summaries(&of("heart rate"), Level::Hour, from, until)?
            .items,
        exponent,
    );
    let hour = hours
        .iter()
        .max_by(|a, b| a.max.total_cmp(&b.max))
        .ok_or("an empty day")?;
    let own = numbers(&flat.heart.read(hour.start, hour.end)?, exponent);
    let marks: Vec<Time> = (0..6)
        .map(|ten| hour.start.plus_ms(ten * HOUR_MS / 6))
        .collect();
    let clock = |time: &Time| zone.civil(*time).strftime("%H:%M").to_string();
    let labels: Vec<String> = marks.iter().map(clock).collect();
    let mut body = String::new();
    for (left, class) in [(40.0, "owner"), (540.0, "gp")] {
        let frame = Frame {
            left,
            top: 34.0,
            width: 450.0,
            height: 120.0,
        };
        let mut chart = Chart::new(frame, (hour.start, hour.end), (40.0, 220.0));
        chart.values(&[(50.0, "50"), (100.0, "100"), (150.0, "150"), (200.0, "200")]);
        if class == "owner" {
            chart.line(class, &own, 60_000);
            chart.title(
                class,
                "The person",
                &format!("{} readings in an hour of 20 April", own.len()),
            );
        } else {
            chart.band(class, &[(hour.start, hour.end, hour.min, hour.max)]);
            chart.dashes(class, &[(hour.start, hour.end, hour.mean)]);
            let numbers = format!(
                "mean {:.1}, between {:.0} and {:.0}",
                hour.mean, hour.min, hour.max
            );
            chart.title(class, "The GP", &numbers);
        }
        chart.times(&marks, &labels);
        body += &chart.done();
    }
    Ok(picture(
        "hour",
        (1000.0, 180.0),
        "One hour of it",
        "Left: every heart-rate reading of an hour. Right: the GP's mean, lowest and highest of the same hour.",
        &body,
    ))
}

/// Eleven days of glucose: the sensor's curve, and the GP's days.
pub(crate) fn glucose(flat: &Flat) -> Result<String> {
    let zone = &flat.zone;
    let (from, until) = (day(zone, "2016-01-27")?, day(zone, "2016-02-07")?);
    let exponent = flat.glucose.spec()?.exponent;
    let own = numbers(&flat.glucose.read(from, until)?, exponent);
    let opened = seen(
        &flat
            .practice
            .summaries(&of("glucose"), Level::Day, from, until)?
            .items,
        exponent,
    );
    let (marks, labels) = days(zone, from, until, "%a %-d %b");
    let frame = Frame {
        left: 40.0,
        top: 34.0,
        width: 950.0,
        height: 110.0,
    };
    let ticks = [(70.0, "70"), (140.0, "140"), (210.0, "210")];
    let mut body = String::new();
    let mut chart = Chart::new(frame, (from, until), (50.0, 245.0));
    chart.values(&ticks);
    chart.line("owner", &own, 20 * 60_000);
    chart.title(
        "owner",
        "The person",
        "has a reading every five minutes, mg/dL",
    );
    chart.times(&marks, &[]);
    body += &chart.done();
    let mut chart = Chart::new(
        Frame {
            top: 190.0,
            ..frame
        },
        (from, until),
        (50.0, 245.0),
    );
    chart.values(&ticks);
    chart.band(
        "gp",
        &opened
            .iter()
            .map(|day| (day.start, day.end, day.min, day.max))
            .collect::<Vec<_>>(),
    );
    chart.dashes(
        "gp",
        &opened
            .iter()
            .map(|day| (day.start, day.end, day.mean))
            .collect::<Vec<_>>(),
    );
    chart.title("gp", "The GP", "has days: mean, lowest and highest");
    chart.stretches(&marks, &labels);
    body += &chart.done();
    Ok(picture(
        "glucose",
        (1000.0, 330.0),
        "Eleven days of glucose",
        "Interstitial glucose from 27 January to 6 February 2016; above the sensor's curve, below the GP's mean, lowest and highest of each day.",
        &body,
    ))
}

/// A room's air, which nobody else was granted.
pub(crate) fn room(flat: &Flat) -> Result<String> {
    let zone = &flat.zone;
    let (from, until) = (
        day(zone, "2015-02-02")?.plus_ms(12 * HOUR_MS),
        day(zone, "2015-02-04")?.plus_ms(12 * HOUR_MS),
    );
    let read = |stream: &Stream| -> Result<Vec<(Time, f64)>> {
        Ok(numbers(&stream.read(from, until)?, stream.spec()?.exponent))
    };
    let presence = read(&flat.occupied)?;
    let present = presence.iter().filter(|point| point.1 > 0.0);
    let present: Vec<_> = present
        .map(|point| (point.0, point.0.plus_ms(60_000), 0.0, 1.0))
        .collect();
    let marks: Vec<Time> = (0..8)
        .map(|quarter| from.plus_ms(quarter * 6 * HOUR_MS))
        .collect();
    let label = |time: &Time| zone.civil(*time).strftime("%a %-d, %H:%M").to_string();
    let labels: Vec<String> = marks.iter().map(label).collect();
    let mut body = String::new();
    for (top, title, stream, range, ticks) in [
        (
            34.0,
            "carbon dioxide, ppm",
            &flat.co2,
            (350.0, 1450.0),
            [(400.0, "400"), (900.0, "900"), (1400.0, "1400")],
        ),
        (
            136.0,
            "air temperature, °C",
            &flat.temperature,
            (19.5, 25.0),
            [(20.0, "20"), (22.0, "22"), (24.0, "24")],
        ),
    ] {
        let frame = Frame {
            left: 40.0,
            top,
            width: 950.0,
            height: 64.0,
        };
        let mut chart = Chart::new(frame, (from, until), range);
        chart.values(&ticks);
        chart.line("owner", &read(stream)?, 10 * 60_000);
        chart.title("owner", "The household", title);
        chart.times(&marks, &[]);
        body += &chart.done();
    }
    let frame = Frame {
        left: 40.0,
        top: 236.0,
        width: 950.0,
        height: 14.0,
    };
    let mut chart = Chart::new(frame, (from, until), (0.0, 1.0));
    chart.solid("owner", &present);
    chart.title("owner", "The household", "somebody in the room");
    chart.times(&marks, &labels);
    body += &chart.done();
    Ok(picture(
        "room",
        (1000.0, 276.0),
        "A room's air",
        "Carbon dioxide, temperature and occupancy of a room from 2 to 4 February 2015. Carbon dioxide rises while somebody is in the room.",
        &body,
    ))
}
