//! The story as text for a terminal.

mod opened;

use freehold::{Home, Level, Reading, Stream, Time, Window, model::Zone};

pub(crate) use opened::{compared, council, practice, same_day};

use crate::{
    Result,
    asking::day,
    attempts::{Attempt, day_of, under},
    flat::{Flat, of},
    grants::Row,
    street::{LEAVING, Street},
    study::Study,
    terminal::{Table, spark, thousands},
    views::{bounds, numbers, seen},
};

/// What the person read before the yes, with long lines broken.
pub(crate) fn proposal(text: &str) -> String {
    let mut shown = String::new();
    for line in text.lines() {
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        let mut broken = String::new();
        for word in line.split_whitespace() {
            if broken.chars().count() + word.chars().count() > WIDTH {
                shown += &format!("   │ {broken}\n");
                broken = format!("{indent}  ");
            } else if !broken.is_empty() {
                broken.push(' ');
            }
            if broken.is_empty() {
                broken.clone_from(&indent);
            }
            broken += word;
        }
        shown += format!("   │ {broken}").trim_end();
        shown.push('\n');
    }
    shown
}

/// Every stream: how much went in and what it takes on disk.
pub(crate) fn went_in(street: &Street, flat: &Flat) -> Result<(String, usize)> {
    let mut table = Table::new([
        "home",
        "stream",
        "readings",
        "first",
        "last",
        "kept as",
        "one day of it",
    ]);
    let mut all = 0;
    let mut add = |home: &Home, stream: &Stream, zone: &Zone, date: &str| -> Result<()> {
        let readings = stream.read(Time::EARLIEST, Time::LATEST)?;
        all += readings.len();
        let (Some(first), Some(last)) = (readings.first(), readings.last()) else {
            return Ok(());
        };
        table.row([
            home.info()?.name,
            stream.name(),
            thousands(readings.len()),
            day_of(zone, first.time),
            day_of(zone, last.time),
            stream.spec()?.levels.to_string().replace(',', ", "),
            one_day(&readings, day(zone, date)?),
        ]);
        Ok(())
    };
    for meter in &street.meters {
        add(&meter.home, &meter.electricity, &street.zone, "2013-06-12")?;
    }
    for (stream, date) in [
        (&flat.temperature, "2015-02-03"),
        (&flat.co2, "2015-02-03"),
        (&flat.occupied, "2015-02-03"),
        (&flat.glucose, "2016-01-30"),
        (&flat.heart, "2016-04-20"),
    ] {
        add(&flat.home, stream, &flat.zone, date)?;
    }
    let mut bytes = flat.home.info()?.size;
    for meter in &street.meters {
        bytes += meter.home.info()?.size;
    }
    let text = format!(
        "{}   {} readings in eight stores on disk; {} kB with every level, key and log.\n",
        table.text(),
        thousands(all),
        thousands(usize::try_from(bytes / 1000)?)
    );
    Ok((text, all))
}

/// Who was refused what, and why.
pub(crate) fn refused(attempts: &[Attempt]) -> String {
    let mut table = Table::new(["who", "tries to open", "and is refused"]);
    for attempt in attempts {
        table.row([
            attempt.who.into(),
            attempt.tries.into(),
            attempt.refused.clone(),
        ]);
    }
    table.text()
}

/// What a lease does when a recipient is not in touch.
pub(crate) fn lease(flat: &Flat) -> Result<String> {
    let opened = &flat.out_of_touch;
    let until = opened
        .not_yet
        .map_or_else(String::new, |time| day_of(&flat.zone, time));
    let (from, to) = (
        day(&flat.zone, "2016-04-18")?,
        day(&flat.zone, "2016-05-01")?,
    );
    let now = flat
        .practice
        .summaries(&of("heart rate"), Level::Hour, from, to)?;
    Ok(format!(
        "   The GP heard from the flat on 19 April and then not until 1 May. Asked that day for 18 to 30 April it opens {} hours;\n   \
         the rest is not yet: its keys end on {until}. After one delivery it opens {} hours.\n",
        opened.items.len(),
        now.items.len()
    ))
}

/// What a withdrawal changes.
pub(crate) fn withdrawal(street: &Street) -> Result<String> {
    let meter = street.meter(LEAVING)?;
    let exponent = meter.kilo()?;
    let (from, until) = (street.first_of(1)?, street.first_of(13)?);
    let selector = under(meter.to_council);
    let kept = street
        .kept_copy
        .summaries(&selector, Level::Month, from, until)?;
    let days = street
        .supplier
        .summaries(&under(meter.to_supplier), Level::Day, from, until)?;
    let granted = meter.home.consents();
    let granted = granted
        .iter()
        .find(|consent| consent.token.id() == meter.to_council);
    let lease = granted.map_or_else(String::new, |consent| {
        day_of(&street.zone, consent.lease_until)
    });
    let own: Vec<Window> = meter.electricity.summaries(Level::Month, from, until)?;
    let total = |windows: &[Window]| {
        seen(windows, exponent)
            .iter()
            .map(|month| month.sum)
            .sum::<f64>()
    };
    Ok(format!(
        "   {LEAVING} withdraws its consent to the council on 15 September at noon.\n   \
         council     its copies and keys of {LEAVING} are gone: {} homes are left in its sums\n   \
         household   goes on as before: {} months, {:.0} kWh; sealed under new roots since\n   \
         supplier    keeps its own consent: {} days opened, the last on {}\n   \
         a copy      of the council's store from that morning, never told, opens {} months, {:.0} kWh; its keys end on\n               \
                     {lease}: September and later stay shut. What was read cannot be taken back.\n",
        street.meters.len() - 1,
        own.len(),
        total(&own),
        days.items.len(),
        days.items
            .last()
            .map_or_else(String::new, |day| day_of(&street.zone, day.slot.start)),
        kept.items.len(),
        total(&kept.items),
    ))
}

/// What ten years take.
pub(crate) fn study(studies: &[Study]) -> String {
    let mut table = Table::new([
        "days of",
        "nodes",
        "grant file, bytes",
        "grant, ms",
        "accept, ms",
        "days opened",
        "open, ms",
    ]);
    for study in studies {
        table.row([
            format!("{} to {}", study.from, study.until),
            study.nodes.to_string(),
            thousands(study.file_bytes),
            format!("{:.1}", study.grant_ms),
            format!("{:.1}", study.accept_ms),
            thousands(study.days),
            format!("{:.1}", study.open_ms),
        ]);
    }
    table.text()
}

/// Who was granted what, from the homes' own accounts.
pub(crate) fn granted(rows: &[Row]) -> String {
    let mut table = Table::new(["recipient", "may open", "of", "homes", "from", "to", ""]);
    let mut lines: Vec<[String; 7]> = Vec::new();
    for row in rows {
        for line in &row.lines {
            lines.push([
                line.recipient.clone(),
                format!("{}s", line.level),
                row.stream.clone(),
                row.homes.join(" "),
                line.from.clone(),
                line.until.clone(),
                line.withdrawn
                    .as_ref()
                    .map_or_else(String::new, |day| format!("withdrawn {day}")),
            ]);
        }
    }
    lines.sort_by(|a, b| a[0].cmp(&b[0]));
    lines.into_iter().for_each(|line| table.row(line));
    table.text()
}

/// A day of readings as 24 blocks, from the least to the greatest of them.
fn one_day(readings: &[Reading], start: Time) -> String {
    let points = numbers(readings, 0);
    let hour = |hour: i64| {
        let (from, until) = (
            start.plus_ms(hour * HOUR_MS),
            start.plus_ms((hour + 1) * HOUR_MS),
        );
        let inside = points
            .iter()
            .filter(|point| from <= point.0 && point.0 < until);
        let (sum, count) = inside.fold((0.0, 0.0), |(sum, count), point| {
            (sum + point.1, count + 1.0)
        });
        (count > 0.0).then(|| sum / count)
    };
    let hours: Vec<Option<f64>> = (0..24).map(hour).collect();
    let (low, high) = bounds(hours.iter().flatten().copied());
    spark(hours, low, high)
}

/// Characters of a line of a proposal.
const WIDTH: usize = 112;

const HOUR_MS: i64 = 3_600_000;

const HALF_HOUR_MS: i64 = HOUR_MS / 2;
