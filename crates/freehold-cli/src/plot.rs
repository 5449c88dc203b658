//! Summaries as an SVG picture: a line of means within their extremes, or bars of sums.
//!
//! The picture stands alone: no scripts, no fonts, no links. It follows the reader's light or dark
//! setting, says in words what it shows, and gives each slot's numbers under the pointer.

use std::fmt::Write as _;

use crate::axis;
use crate::clock::Clock;
use crate::frame::{BOTTOM, Frame, HEIGHT, LEFT, TOP, WIDTH};

/// A series of slots, drawn over time.
#[derive(Debug)]
pub(crate) struct Plot {
    pub(crate) title: String,
    /// What one mark stands for, such as `daily sum`.
    pub(crate) what: String,
    /// The unit as people write it.
    pub(crate) unit: String,
    pub(crate) marks: Marks,
    /// In order of time; slots without readings are left out.
    pub(crate) points: Vec<Point>,
}

/// One slot: `[start, end)` in milliseconds since 1970, and what is drawn of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) value: f64,
    /// The least and the greatest value within the slot.
    pub(crate) band: Option<(f64, f64)>,
}

/// How values are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marks {
    /// For means: a level that could be anywhere.
    Line,
    /// For sums and counts: an amount above nothing.
    Bars,
}

impl Plot {
    /// The picture; times are labelled as the clock shows them.
    pub(crate) fn svg(&self, clock: &mut Clock) -> String {
        let mut svg = String::with_capacity(16 << 10);
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\""
        );
        svg.push_str(" aria-labelledby=\"title desc\" font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif\">\n");
        let _ = writeln!(svg, "<title id=\"title\">{}</title>", escaped(&self.title));
        let _ = writeln!(
            svg,
            "<desc id=\"desc\">{}</desc>",
            escaped(&self.description(clock))
        );
        svg.push_str(STYLE);
        let _ = writeln!(
            svg,
            "<rect class=\"page\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\"/>"
        );
        let drawn = coarsened(&self.points);
        self.heading(&drawn, clock, &mut svg);
        if let (Some(first), Some(last)) = (drawn.first(), drawn.last()) {
            let frame = Frame::new(first.start, last.end, self.range(&drawn));
            frame.value_axis(&mut svg);
            // A few bars have their times under their middles; a line has them where they begin.
            let bars = self.marks == Marks::Bars && drawn.len() == self.points.len();
            frame.time_axis(
                clock,
                if bars && drawn.len() <= CENTRED_MAX {
                    &drawn
                } else {
                    &[]
                },
                &mut svg,
            );
            if bars {
                frame.bars(&drawn, &mut svg);
            } else {
                frame.line(&drawn, &mut svg);
            }
            if drawn.len() <= HINTS_MAX {
                self.hints(&frame, &drawn, clock, &mut svg);
            }
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn heading(&self, drawn: &[Point], clock: &mut Clock, svg: &mut String) {
        let _ = writeln!(
            svg,
            "<text class=\"head\" x=\"{LEFT}\" y=\"34\">{}</text>",
            escaped(&self.title)
        );
        let mut sub = self.what.clone();
        if !self.unit.is_empty() {
            let _ = write!(sub, " in {}", self.unit);
        }
        if let (Some(first), Some(last)) = (drawn.first(), drawn.last()) {
            let _ = write!(sub, ", {}", axis::span(first.start, last.end, clock));
        }
        if drawn.iter().any(|point| point.band.is_some()) {
            sub.push_str(", within the least and the greatest");
        }
        if drawn.is_empty() {
            sub.push_str(": no readings");
        }
        let _ = writeln!(
            svg,
            "<text class=\"sub\" x=\"{LEFT}\" y=\"56\">{}</text>",
            escaped(&sub)
        );
    }

    /// What the picture shows, for those who do not see it.
    fn description(&self, clock: &mut Clock) -> String {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            return format!("{}: no readings.", self.what);
        };
        let by_value = |a: &&Point, b: &&Point| a.value.total_cmp(&b.value);
        let mut text = format!(
            "{}, {}: {} slots",
            self.what,
            axis::span(first.start, last.end, clock),
            self.points.len()
        );
        let extremes = [
            ("lowest", self.points.iter().min_by(by_value)),
            ("highest", self.points.iter().max_by(by_value)),
        ];
        for (name, point) in extremes {
            if let Some(point) = point {
                let _ = write!(
                    text,
                    ", {name} {} at {}",
                    self.quantity(point.value),
                    clock.format(point.start)
                );
            }
        }
        text + "."
    }

    fn range(&self, drawn: &[Point]) -> (f64, f64) {
        let low = drawn
            .iter()
            .map(|p| p.band.map_or(p.value, |(low, _)| low.min(p.value)));
        let high = drawn
            .iter()
            .map(|p| p.band.map_or(p.value, |(_, high)| high.max(p.value)));
        let (low, high) = (
            low.fold(f64::INFINITY, f64::min),
            high.fold(f64::NEG_INFINITY, f64::max),
        );
        match self.marks {
            Marks::Bars => (low.min(0.0), high.max(0.0)),
            Marks::Line => (low, high),
        }
    }

    /// Slots that answer the pointer with their numbers.
    fn hints(&self, frame: &Frame, drawn: &[Point], clock: &Clock, svg: &mut String) {
        for point in drawn {
            let (x, end) = (frame.x(point.start), frame.x(point.end));
            let mut text = format!(
                "{}: {}",
                clock.format(point.start),
                self.quantity(point.value)
            );
            if let Some((low, high)) = point.band {
                let _ = write!(text, " ({} to {})", number(low), number(high));
            }
            let _ = writeln!(
                svg,
                "<rect class=\"hint\" x=\"{x:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\"><title>{}</title></rect>",
                (end - x).max(0.5),
                BOTTOM - TOP,
                escaped(&text)
            );
        }
    }

    fn quantity(&self, value: f64) -> String {
        format!("{} {}", number(value), self.unit)
            .trim_end()
            .to_owned()
    }
}

/// More marks than this are closer than a pixel.
const MARKS_MAX: usize = 860;
const HINTS_MAX: usize = 400;
const CENTRED_MAX: usize = 62;

const STYLE: &str = "<style>
.page{fill:#fff}.head{fill:#1b242d;font-size:19px;font-weight:600}.sub{fill:#5b6875;font-size:13.5px}
.tick{fill:#5b6875;font-size:12.5px;font-variant-numeric:tabular-nums}.grid{stroke:#e4e8ec}.zero{stroke:#9aa5b1}
.mark{stroke:#1f6fa8;fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.band{fill:#1f6fa8;fill-opacity:.2}.bar{fill:#1f6fa8}.hint{fill:#1b242d;fill-opacity:0}.hint:hover{fill-opacity:.1}
@media (prefers-color-scheme:dark){.page{fill:#12171c}.head{fill:#eef2f6}.sub,.tick{fill:#9caab8}.grid{stroke:#27303a}
.zero{stroke:#66737f}.mark{stroke:#6db9f2}.band,.bar{fill:#6db9f2}.hint{fill:#eef2f6}}
</style>
";

/// Joins neighbours until no mark is thinner than a pixel: the mean of their values, within their extremes.
fn coarsened(points: &[Point]) -> Vec<Point> {
    let size = points.len().div_ceil(MARKS_MAX).max(1);
    if size == 1 {
        return points.to_vec();
    }
    let joined = |chunk: &[Point]| {
        let (first, last) = (chunk.first()?, chunk.last()?);
        let low = chunk
            .iter()
            .map(|p| p.band.map_or(p.value, |b| b.0))
            .fold(f64::INFINITY, f64::min);
        let high = chunk
            .iter()
            .map(|p| p.band.map_or(p.value, |b| b.1))
            .fold(f64::NEG_INFINITY, f64::max);
        let value =
            chunk.iter().map(|p| p.value).sum::<f64>() / chunk.iter().map(|_| 1.0).sum::<f64>();
        Some(Point {
            start: first.start,
            end: last.end,
            value,
            band: Some((low, high)),
        })
    };
    points.chunks(size).filter_map(joined).collect()
}

/// At most six digits that matter, without an exponent.
fn number(value: f64) -> String {
    let places = match value.abs() {
        v if v >= 1_000.0 => 0,
        v if v >= 100.0 => 1,
        v if v >= 10.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.places$}");
    if places == 0 {
        text
    } else {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// A text for XML, without the characters that XML has no place for.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::civil::{DAY, HOUR};
    use crate::frame::float;
    use freehold::model::Zone;
    use proptest::prelude::*;

    fn series(count: i64, slot: i64, value: impl Fn(f64) -> f64, band: f64) -> Vec<Point> {
        let point = |i: i64| {
            let value = value(float(i));
            let start = 1_356_998_400_000 + i * slot;
            Point {
                start,
                end: start + slot,
                value,
                band: (band > 0.0).then_some((value - band, value + band * 1.5)),
            }
        };
        (0..count).map(point).collect()
    }

    fn plot(marks: Marks, points: Vec<Point>) -> Plot {
        Plot {
            title: "use <of> Flat 4".into(),
            what: "daily sum".into(),
            unit: "kW.h".into(),
            marks,
            points,
        }
    }

    #[test]
    fn bars_say_what_they_show() {
        let svg = plot(Marks::Bars, series(31, DAY, |i| 5.0 + i % 7.0, 0.0))
            .svg(&mut Clock::new(&Zone::utc()));
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("<title id=\"title\">use &lt;of&gt; Flat 4</title>"));
        assert!(
            svg.contains("31 slots, lowest 5 kW.h at 2013-01-01T00:00:00Z, highest 11 kW.h"),
            "{svg}"
        );
        assert!(svg.contains("prefers-color-scheme:dark"));
        assert_eq!(svg.matches("class=\"hint\"").count(), 31);
    }

    #[test]
    fn a_gap_breaks_the_line_and_a_lone_slot_is_a_dot() {
        let mut points = series(10, HOUR, |i| i, 1.0);
        points.retain(|p| !matches!((p.start - 1_356_998_400_000) / HOUR, 3 | 5));
        let svg = plot(Marks::Line, points).svg(&mut Clock::new(&Zone::utc()));
        let line = svg
            .split("class=\"mark\" d=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        assert_eq!(line.matches('M').count(), 3);
        assert_eq!(line.matches("h0").count(), 1);
        assert_eq!(svg.matches("class=\"band\"").count(), 3);
    }

    #[test]
    fn a_year_of_half_hours_stays_small() {
        let svg = plot(
            Marks::Bars,
            series(17_520, HOUR / 2, |i| (i / 50.0).sin().abs(), 0.0),
        )
        .svg(&mut Clock::new(&Zone::utc()));
        assert!(svg.len() < 60_000, "{}", svg.len());
    }

    #[test]
    fn nothing_is_also_a_picture() {
        let svg = plot(Marks::Line, Vec::new()).svg(&mut Clock::new(&Zone::utc()));
        assert!(svg.contains("no readings"));
    }

    /// Writes samples to look at: `PLOTS=/tmp/plots cargo test samples -- --ignored`.
    #[test]
    #[ignore = "for the eye"]
    fn samples() {
        let to = std::path::PathBuf::from(std::env::var_os("PLOTS").unwrap());
        let wave =
            |i: f64| 60.0 + 18.0 * (i / 24.0 * std::f64::consts::TAU).sin() + 5.0 * (i / 3.1).sin();
        let mut heart = series(24 * 9, HOUR, wave, 9.0);
        heart.drain(100..112);
        let sums = series(
            365,
            DAY,
            |i| 8.0 + 4.0 * (i / 58.0).cos() + (i * 1.7).sin(),
            0.0,
        );
        let samples = [
            ("year", plot(Marks::Bars, sums.clone())),
            ("month", plot(Marks::Bars, sums[..31].to_vec())),
            (
                "months",
                plot(
                    Marks::Bars,
                    series(12, DAY * 30, |i| 200.0 + 80.0 * (i / 1.9).cos(), 0.0),
                ),
            ),
            (
                "heart",
                Plot {
                    what: "hourly mean".into(),
                    unit: "/min".into(),
                    ..plot(Marks::Line, heart)
                },
            ),
            (
                "dense",
                plot(
                    Marks::Line,
                    series(17_520, HOUR / 2, |i| 0.3 + 0.2 * (i / 700.0).sin(), 0.1),
                ),
            ),
            ("flat", plot(Marks::Line, series(3, HOUR, |_| 7.0, 0.0))),
            (
                "minutes",
                plot(
                    Marks::Line,
                    series(90, 60_000, |i| -2.0 + (i / 9.0).sin(), 0.4),
                ),
            ),
        ];
        let mut clock = Clock::new(&Zone::new("Europe/London").unwrap());
        for (name, plot) in samples {
            std::fs::write(to.join(format!("{name}.svg")), plot.svg(&mut clock)).unwrap();
        }
    }

    proptest! {
        #[test]
        fn any_series_is_drawn_inside_the_page(
            values in prop::collection::vec((-1e12_f64..1e12, 0.0..1e6_f64), 1..40),
            slot in 60_000..40 * DAY,
            bars in any::<bool>(),
        ) {
            let point = |(i, (value, band)): (usize, &(f64, f64))| {
                let start = 1_356_998_400_000 + i64::try_from(i).unwrap() * slot;
                Point { start, end: start + slot, value: *value, band: Some((value - band, value + band)) }
            };
            let points = values.iter().enumerate().map(point).collect();
            let svg = plot(if bars { Marks::Bars } else { Marks::Line }, points).svg(&mut Clock::new(&Zone::utc()));
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }
}
