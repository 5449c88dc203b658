//! Where times and values lie on a plot's page, and the marks drawn there.

use std::fmt::Write as _;

use crate::axis::{self, Scale, Tick};
use crate::clock::Clock;
use crate::plot::Point;

pub(crate) const WIDTH: f64 = 960.0;
pub(crate) const HEIGHT: f64 = 380.0;
pub(crate) const LEFT: f64 = 72.0;
pub(crate) const RIGHT: f64 = 932.0;
pub(crate) const TOP: f64 = 82.0;
pub(crate) const BOTTOM: f64 = 336.0;

/// Where times and values lie on the page.
pub(crate) struct Frame {
    start: i64,
    end: i64,
    scale: Scale,
}

impl Frame {
    pub(crate) fn new(start: i64, end: i64, range: (f64, f64)) -> Self {
        Self {
            start,
            end,
            scale: Scale::over(range),
        }
    }

    pub(crate) fn x(&self, instant: i64) -> f64 {
        let share = float(instant - self.start) / float((self.end - self.start).max(1));
        LEFT + share * (RIGHT - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - self.scale.share(value) * (BOTTOM - TOP)
    }

    pub(crate) fn value_axis(&self, svg: &mut String) {
        for (value, label) in self.scale.ticks() {
            let y = self.y(value);
            let class = if value == 0.0 { "zero" } else { "grid" };
            let _ = writeln!(
                svg,
                "<path class=\"{class}\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>"
            );
            let _ = writeln!(
                svg,
                "<text class=\"tick\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                LEFT - 10.0,
                y + 4.3
            );
        }
    }

    /// Times below the frame; under the middle of the mark that they fall in, if it is among `centred`.
    pub(crate) fn time_axis(&self, clock: &mut Clock, centred: &[Point], svg: &mut String) {
        for Tick { instant, label } in axis::time_ticks(self.start, self.end, clock) {
            let mark = centred
                .iter()
                .find(|point| (point.start..point.end).contains(&instant));
            if mark.is_none() && !centred.is_empty() && instant == self.end {
                continue;
            }
            let x = mark.map_or_else(|| self.x(instant), |mark| self.middle(mark));
            let _ = writeln!(svg, "<path class=\"zero\" d=\"M{x:.1} {BOTTOM}v5\"/>");
            let anchor = if x > RIGHT - 20.0 { "end" } else { "middle" };
            let y = BOTTOM + 21.0;
            let _ = writeln!(
                svg,
                "<text class=\"tick\" x=\"{x:.1}\" y=\"{y}\" text-anchor=\"{anchor}\">{label}</text>"
            );
        }
    }

    pub(crate) fn bars(&self, points: &[Point], svg: &mut String) {
        svg.push_str("<path class=\"bar\" d=\"");
        for point in points {
            let (x, end) = (self.x(point.start), self.x(point.end));
            let gap = ((end - x) * 0.18).min(6.0);
            let (zero, y) = (self.y(0.0), self.y(point.value));
            let _ = write!(
                svg,
                "M{:.2} {zero:.1}V{y:.1}H{:.2}V{zero:.1}z",
                x + gap / 2.0,
                end - gap / 2.0
            );
        }
        svg.push_str("\"/>\n");
    }

    pub(crate) fn line(&self, points: &[Point], svg: &mut String) {
        for run in points.chunk_by(|a, b| b.start <= a.end + (a.end - a.start) / 2) {
            self.band(run, svg);
        }
        svg.push_str("<path class=\"mark\" d=\"");
        for run in points.chunk_by(|a, b| b.start <= a.end + (a.end - a.start) / 2) {
            for (i, point) in run.iter().enumerate() {
                let _ = write!(
                    svg,
                    "{}{:.1} {:.1}",
                    if i == 0 { 'M' } else { 'L' },
                    self.middle(point),
                    self.y(point.value)
                );
            }
            // A line of one point would be nothing; with round ends it is a dot.
            svg.push_str(if run.len() == 1 { "h0" } else { "" });
        }
        svg.push_str("\"/>\n");
    }

    /// The extremes of a run of slots, in steps as wide as the slots.
    fn band(&self, run: &[Point], svg: &mut String) {
        let bands: Vec<(f64, f64, f64, f64)> = run
            .iter()
            .filter_map(|p| {
                p.band
                    .map(|(low, high)| (self.x(p.start), self.x(p.end), self.y(low), self.y(high)))
            })
            .collect();
        let Some((x, _, low, _)) = bands.first() else {
            return;
        };
        let _ = write!(svg, "<path class=\"band\" d=\"M{x:.1} {low:.1}");
        for (x, end, _, high) in &bands {
            let _ = write!(svg, "L{x:.1} {high:.1}H{end:.1}");
        }
        for (x, end, low, _) in bands.iter().rev() {
            let _ = write!(svg, "L{end:.1} {low:.1}H{x:.1}");
        }
        svg.push_str("z\"/>\n");
    }

    fn middle(&self, point: &Point) -> f64 {
        (self.x(point.start) + self.x(point.end)) / 2.0
    }
}

/// Milliseconds fit a float exactly for 285,000 years.
#[expect(clippy::cast_precision_loss, reason = "a picture, not a sum")]
pub(crate) fn float(ms: i64) -> f64 {
    ms as f64
}
