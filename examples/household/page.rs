//! The page: one file without anything from elsewhere, for light and dark screens.

use std::fmt::Write as _;

use freehold::Level;

use crate::{
    Result,
    attempts::Attempt,
    chart::{COLOURS, SHAPES},
    figures,
    flat::Flat,
    grants::{Line, Row},
    street::Street,
    study::Study,
    terminal::thousands,
};

/// What the page tells beside its pictures.
pub(crate) struct Told<'a> {
    pub(crate) rows: &'a [Row],
    pub(crate) attempts: &'a [Attempt],
    pub(crate) studies: &'a [Study],
    pub(crate) explained: &'a str,
    pub(crate) readings: usize,
    pub(crate) compared: usize,
}

/// The whole page.
pub(crate) fn html(street: &Street, flat: &Flat, told: &Told<'_>) -> Result<String> {
    let mut page =
        format!("{HEAD}<style>{COLOURS}{SHAPES}{STYLE}</style></head>\n<body><main>\n{INTRO}");
    section(
        &mut page,
        "One meter, three readers",
        METER,
        &figures::two_weeks(street)?,
    );
    section(
        &mut page,
        "The same two days",
        DAYS,
        &figures::two_days(street)?,
    );
    section(&mut page, "Who may read what", MATRIX, &matrix(told.rows));
    section(
        &mut page,
        "What the council has",
        COUNCIL,
        &council(street)?,
    );
    section(
        &mut page,
        "A week of one heart",
        HEART,
        &(figures::heart_week(flat)? + &figures::heart_hour(flat)?),
    );
    section(
        &mut page,
        "Eleven days of glucose",
        GLUCOSE,
        &figures::glucose(flat)?,
    );
    section(
        &mut page,
        "A room that nobody else reads",
        ROOM,
        &figures::room(flat)?,
    );
    section(&mut page, "Refused", REFUSED, &refused(told.attempts));
    section(
        &mut page,
        "What the person read before the yes",
        EXPLAINED,
        &explained(told.explained),
    );
    section(&mut page, "Figures of this run", "", &run(told));
    page.push_str(SOURCES);
    page.push_str("</main></body></html>\n");
    Ok(page)
}

fn section(page: &mut String, title: &str, text: &str, body: &str) {
    // A string takes any text; there is nothing to report.
    let _ = write!(
        page,
        "<section><h2>{title}</h2>\n{text}<div class=\"wide\">{body}</div></section>\n"
    );
}

fn matrix(rows: &[Row]) -> String {
    let mut table = String::from(
        "<table class=\"matrix\"><caption class=\"unseen\">Levels of every stream by reader</caption>\n<thead><tr><th scope=\"col\">stream</th><th scope=\"col\" class=\"ink owner\">household</th>",
    );
    for (class, shown, _) in READERS {
        let _ = write!(
            table,
            "<th scope=\"col\" class=\"ink {class}\">{shown}</th>"
        );
    }
    table.push_str("</tr></thead><tbody>\n");
    for row in rows {
        let kept: Vec<Level> = row.kept.iter().collect();
        let _ = write!(
            table,
            "<tr><th scope=\"row\">{}<small>{}</small></th><td>{}</td>",
            row.stream,
            row.homes.join(", "),
            ladder("owner", &kept, &kept)
        );
        for (class, _, name) in READERS {
            let lines: Vec<&Line> = row
                .lines
                .iter()
                .filter(|line| line.recipient == name)
                .collect();
            table.push_str(&cell(class, &kept, &lines));
        }
        table.push_str("</tr>\n");
    }
    table + "</tbody></table>"
}

fn cell(class: &str, kept: &[Level], lines: &[&Line]) -> String {
    if lines.is_empty() {
        return format!(
            "<td>{}<small>nothing</small></td>",
            ladder("none", kept, &[])
        );
    }
    let withdrawn = lines.iter().find_map(|line| line.withdrawn.as_ref());
    let levels: Vec<Level> = lines.iter().map(|line| line.level).collect();
    let class = if withdrawn.is_some() { "gone" } else { class };
    let text = |line: &&Line| {
        let year: String = line.from.chars().take(5).collect();
        let until = line.until.strip_prefix(&year).unwrap_or(&line.until);
        format!(
            "<small>{}: {} to {until}</small>",
            short(line.level),
            line.from
        )
    };
    let texts: String = lines.iter().map(text).collect();
    match withdrawn {
        Some(day) => format!(
            "<td class=\"gone\">{}<s>{texts}</s><small>withdrawn {day}</small></td>",
            ladder(class, kept, &levels)
        ),
        None => format!("<td>{}{texts}</td>", ladder(class, kept, &levels)),
    }
}

/// The levels that a stream keeps; those that may be opened are filled.
fn ladder(class: &str, kept: &[Level], open: &[Level]) -> String {
    let step = |level: &Level| {
        let class = if open.contains(level) { class } else { "shut" };
        format!("<span class=\"step {class}\">{}</span>", short(*level))
    };
    let steps: String = kept.iter().map(step).collect();
    format!("<div class=\"ladder\">{steps}</div>")
}

fn short(level: Level) -> &'static str {
    match level {
        Level::Raw => "raw",
        Level::Minute => "1 min",
        Level::QuarterHour => "¼ h",
        Level::HalfHour => "½ h",
        Level::Hour => "hour",
        Level::Day => "day",
        Level::Month => "month",
    }
}

/// The council's months of every home, shaded by their size.
fn council(street: &Street) -> Result<String> {
    let mut table = String::from(
        "<table class=\"months\"><caption class=\"unseen\">Energy by home and month in kWh</caption>\n<thead><tr><th scope=\"col\">kWh</th>",
    );
    for month in [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "2013",
    ] {
        let _ = write!(table, "<th scope=\"col\">{month}</th>");
    }
    table.push_str("</tr></thead><tbody>\n");
    let mut sums = [0.0; 12];
    let mut homes = 0;
    for meter in &street.meters {
        let _ = write!(table, "<tr><th scope=\"row\">{}</th>", meter.name);
        let Ok(months) = street.council_months(meter) else {
            table.push_str("<td class=\"gone\" colspan=\"13\">withdrawn on 15 September: eight months deleted, the rest never came</td></tr>\n");
            continue;
        };
        homes += 1;
        let year: f64 = months.iter().map(|month| month.sum).sum();
        for (sum, month) in sums.iter_mut().zip(&months) {
            *sum += month.sum;
            let shade = (month.sum / 1250.0 * 60.0).round();
            let _ = write!(
                table,
                "<td style=\"--shade:{shade}%\">{:.0}</td>",
                month.sum
            );
        }
        let _ = writeln!(table, "<td>{}</td></tr>", kwh(year));
    }
    let _ = write!(
        table,
        "<tr class=\"sum\"><th scope=\"row\">{homes} homes</th>"
    );
    let year: f64 = sums.iter().sum();
    for sum in sums.iter().chain([&year]) {
        let _ = write!(table, "<td>{}</td>", kwh(*sum));
    }
    Ok(table + "</tr></tbody></table>")
}

/// Whole kWh with commas.
fn kwh(energy: f64) -> String {
    format!("{energy:.0}")
        .parse()
        .map_or_else(|_| String::new(), thousands)
}

fn refused(attempts: &[Attempt]) -> String {
    let mut table = String::from(
        "<table><caption class=\"unseen\">Attempts and refusals</caption>\n<thead><tr><th scope=\"col\">who</th><th scope=\"col\">tries to open</th><th scope=\"col\">and is told</th></tr></thead><tbody>\n",
    );
    for attempt in attempts {
        let class = READERS
            .iter()
            .find(|reader| attempt.who == reader.1)
            .map_or("", |reader| reader.0);
        let _ = writeln!(
            table,
            "<tr><th scope=\"row\" class=\"ink {class}\">{}</th><td>{}</td><td>{}</td></tr>",
            attempt.who, attempt.tries, attempt.refused
        );
    }
    table + "</tbody></table>"
}

/// A text that may hold anything.
fn explained(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("<pre>{text}</pre>")
}

fn run(told: &Told<'_>) -> String {
    let mut list = format!(
        "<ul><li>{} readings in eight homes, sealed once; no grant encrypted anything again.</li>\
         <li>{} summaries were opened by the three recipients, each equal to the household's own.</li>",
        thousands(told.readings),
        thousands(told.compared)
    );
    for study in told.studies {
        let _ = write!(
            list,
            "<li>The days from {} until {}: {} tree nodes, a grant file of {} bytes; {} days opened.</li>",
            study.from,
            study.until,
            study.nodes,
            thousands(study.file_bytes),
            thousands(study.days)
        );
    }
    list + "</ul>"
}

/// Class, the word for it here, and the name on the card.
const READERS: [(&str, &str, &str); 3] = [
    ("supplier", "supplier", "Energy supplier"),
    ("council", "council", "Council"),
    ("gp", "GP", "GP practice"),
];

const STYLE: &str = include_str!("page.css");

const HEAD: &str = r#"<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Who sees what: a Freehold example</title>
"#;

const INTRO: &str = r#"<header><h1>Who sees what</h1>
<p>Real recordings of seven homes, a body and a room were sealed into Freehold stores. An energy supplier, a council and a GP asked for some of it, and people said yes to some of that.
Everything here was opened from the reader's own store with the reader's own keys: <b class="ink owner">the household</b>, <b class="ink supplier">the supplier</b>, <b class="ink council">the council</b>, <b class="ink gp">the GP</b>.</p></header>
"#;

const METER: &str = "<p>The same fortnight of home H01, as power. Until the dashed line the supplier has half hours, because it was granted June. From then on it has a number a day. The council has a number a month. \
Nobody cut anything out for them: every level is sealed on its own, and each reader has the keys of its own.</p>";
const DAYS: &str = "<p>When somebody cooks, sleeps or is away shows in half hours, less in days, and hardly in months.</p>";
const MATRIX: &str = "<p>Each box is a level that the stream keeps. Filled: may be opened. Struck through: was granted and withdrawn. H23 let the supplier have half of the year only.</p>";
const COUNCIL: &str = "<p>Months are enough to plan for. They still tell something: H23 used nothing in June. H14 withdrew in September, so its months are gone from the council's store and its sums.</p>";
const HEART: &str = "<p>The GP asked for hours. Below, one hour of it: what the watch recorded, and all that the GP knows of it.</p>";
const GLUCOSE: &str = "<p>The GP asked for days of a time in the past. Highs and lows of a day are there; when they came is not.</p>";
const ROOM: &str = "<p>Nobody was granted the room. The supplier asked whether somebody was in, and was refused.</p>";
const REFUSED: &str = "<p>These are the answers of the readers' own software. Software that ignores them gains nothing: there is no key for what was not granted.</p>";
const EXPLAINED: &str =
    "<p>Word for word. The yes is bound to a hash of exactly this text and these terms.</p>";

const SOURCES: &str = r#"<footer><p>Recordings: Smart-Grid Smart-City Customer Trial Data, © Commonwealth of Australia (Department of Climate Change, Energy, the Environment and Water), CC BY 3.0 AU, via paper-gravitas.
R. Furberg et al., Crowd-sourced Fitbit datasets, Zenodo 53894, CC0 1.0. H. Hall et al., PLoS Biology 16(7): e2005143 (2018), CC BY 4.0.
L. Candanedo, UCI dataset 357 Occupancy Detection, DOI 10.24432/C5X01N, CC BY 4.0. Extracts; changes stand in tests/data/SOURCE.md.
Heart rate, glucose and room were recorded with different people in different places; here they share a flat.</p></footer>
"#;
