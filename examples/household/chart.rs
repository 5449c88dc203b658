//! One chart: an area with two axes, drawn as SVG. Colours are classes, so that a page can be light or dark.

use std::fmt::Write as _;

use freehold::Time;

/// A chart under construction. What is drawn first lies below.
pub(crate) struct Chart {
    frame: Frame,
    from: Time,
    until: Time,
    low: f64,
    high: f64,
    body: String,
}

/// Where the plotting area lies in the picture, in its units.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Chart {
    /// A chart of the time `[from, until)` and the values from `low` to `high`.
    pub(crate) fn new(frame: Frame, (from, until): (Time, Time), (low, high): (f64, f64)) -> Self {
        Self {
            frame,
            from,
            until,
            low,
            high,
            body: String::new(),
        }
    }

    /// The chart as a group of shapes.
    pub(crate) fn done(self) -> String {
        format!("<g>{}</g>\n", self.body)
    }

    /// Where a time stands, kept inside the area.
    pub(crate) fn x(&self, time: Time) -> f64 {
        let share = float(time.ms() - self.from.ms()) / float(self.until.ms() - self.from.ms());
        self.frame.left + share.clamp(0.0, 1.0) * self.frame.width
    }

    /// Where a value stands, kept inside the area.
    pub(crate) fn y(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        self.frame.top + (1.0 - share.clamp(0.0, 1.0)) * self.frame.height
    }

    /// Lines across at these values, with their numbers at the left.
    pub(crate) fn values(&mut self, ticks: &[(f64, &str)]) {
        for (value, label) in ticks {
            let (y, Frame { left, width, .. }) = (self.y(*value), self.frame);
            self.shape(format_args!(
                r#"<path class="grid" d="M{left:.1} {y:.1}h{:.1}"/><text class="tick end" x="{:.1}" y="{:.1}">{label}</text>"#,
                width,
                left - 6.0,
                y + 4.0
            ));
        }
    }

    /// Marks below the area at these times; a label stands in the middle of the stretch to the next mark.
    pub(crate) fn stretches(&mut self, marks: &[Time], labels: &[String]) {
        let end = self.frame.left + self.frame.width;
        for (at, label) in labels.iter().enumerate() {
            let place = |at: usize| marks.get(at).map_or(end, |mark| self.x(*mark));
            let x = (place(at) + place(at + 1)) / 2.0;
            self.label(x, label);
        }
        self.times(marks, &[]);
    }

    /// Marks below the area at these times, each with its label.
    pub(crate) fn times(&mut self, marks: &[Time], labels: &[String]) {
        let Frame {
            left,
            top,
            width,
            height,
        } = self.frame;
        let bottom = top + height;
        for (at, mark) in marks.iter().enumerate() {
            let x = self.x(*mark);
            self.shape(format_args!(
                r#"<path class="axis" d="M{x:.1} {bottom:.1}v5"/>"#
            ));
            if let Some(label) = labels.get(at) {
                self.label(x, label);
            }
        }
        self.shape(format_args!(
            r#"<path class="axis" d="M{left:.1} {bottom:.1}h{width:.1}"/>"#
        ));
    }

    /// A line through points; it breaks where two lie more than `gap_ms` apart.
    pub(crate) fn line(&mut self, class: &str, points: &[(Time, f64)], gap_ms: i64) {
        let mut path = String::new();
        let mut last: Option<Time> = None;
        for (time, value) in points {
            let joined = last.is_some_and(|last| time.ms() - last.ms() <= gap_ms);
            let (x, y) = (self.x(*time), self.y(*value));
            let _ = write!(path, "{}{x:.1} {y:.1}", if joined { 'L' } else { 'M' });
            last = Some(*time);
        }
        self.shape(format_args!(r#"<path class="line {class}" d="{path}"/>"#));
    }

    /// Steps: a level stretch from the start to the end of each slot, filled down to the bottom.
    pub(crate) fn steps(&mut self, class: &str, slots: &[(Time, Time, f64)]) {
        let floor = self.frame.top + self.frame.height;
        let (mut area, mut edge) = (String::new(), String::new());
        let mut last: Option<Time> = None;
        for (at, (start, end, value)) in slots.iter().enumerate() {
            let (x, right, y) = (self.x(*start), self.x(*end), self.y(*value));
            if last == Some(*start) {
                let _ = write!(area, "V{y:.1}H{right:.1}");
                let _ = write!(edge, "V{y:.1}H{right:.1}");
            } else {
                let _ = write!(area, "M{x:.1} {floor:.1}V{y:.1}H{right:.1}");
                let _ = write!(edge, "M{x:.1} {y:.1}H{right:.1}");
            }
            last = Some(*end);
            if slots.get(at + 1).is_none_or(|next| next.0 != *end) {
                let _ = write!(area, "V{floor:.1}Z");
            }
        }
        self.shape(format_args!(
            r#"<path class="fill {class}" d="{area}"/><path class="line {class}" d="{edge}"/>"#
        ));
    }

    /// A band from the lower to the upper value of each slot.
    pub(crate) fn band(&mut self, class: &str, slots: &[(Time, Time, f64, f64)]) {
        let mut path = String::new();
        for (start, end, low, high) in slots {
            let (x, right, top, bottom) =
                (self.x(*start), self.x(*end), self.y(*high), self.y(*low));
            let _ = write!(path, "M{x:.1} {bottom:.1}V{top:.1}H{right:.1}V{bottom:.1}Z");
        }
        self.shape(format_args!(r#"<path class="band {class}" d="{path}"/>"#));
    }

    /// A band in full colour.
    pub(crate) fn solid(&mut self, class: &str, slots: &[(Time, Time, f64, f64)]) {
        self.band(&format!("solid {class}"), slots);
    }

    /// A level stretch at the value of each slot, joined to nothing.
    pub(crate) fn dashes(&mut self, class: &str, slots: &[(Time, Time, f64)]) {
        let mut path = String::new();
        for (start, end, value) in slots {
            let _ = write!(
                path,
                "M{:.1} {:.1}H{:.1}",
                self.x(*start),
                self.y(*value),
                self.x(*end)
            );
        }
        self.shape(format_args!(
            r#"<path class="line thick {class}" d="{path}"/>"#
        ));
    }

    /// An upright line at a time, from a little above the area to its bottom.
    pub(crate) fn limit(&mut self, time: Time) {
        let (x, top) = (self.x(time), self.frame.top - 4.0);
        self.shape(format_args!(
            r#"<path class="limit" d="M{x:.1} {top:.1}v{:.1}"/>"#,
            self.frame.height + 4.0
        ));
    }

    /// A title at the upper left, its first words in the colour of `class`.
    pub(crate) fn title(&mut self, class: &str, who: &str, what: &str) {
        let (x, y) = (self.frame.left, self.frame.top - 9.0);
        self.shape(format_args!(
            r#"<text class="who" x="{x:.1}" y="{y:.1}"><tspan class="ink {class}">{who}</tspan><tspan class="what" dx="8">{what}</tspan></text>"#
        ));
    }

    fn label(&mut self, x: f64, label: &str) {
        let y = self.frame.top + self.frame.height + 17.0;
        self.shape(format_args!(
            r#"<text class="tick mid" x="{x:.1}" y="{y:.1}">{label}</text>"#
        ));
    }

    fn shape(&mut self, shape: std::fmt::Arguments<'_>) {
        // A string takes any text; there is nothing to report.
        let _ = self.body.write_fmt(shape);
    }
}

/// A whole picture around charts, with a name and a description for those who do not see it.
pub(crate) fn picture(
    id: &str,
    (width, height): (f64, f64),
    title: &str,
    description: &str,
    body: &str,
) -> String {
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{id}-t {id}-d">
<title id="{id}-t">{title}</title><desc id="{id}-d">{description}</desc>
{body}</svg>
"#
    )
}

/// A picture that stands alone, with its colours.
pub(crate) fn standing_alone(picture: &str) -> String {
    picture.replacen(
        "<title",
        &format!("<style>{COLOURS}{SHAPES}</style>\n<title"),
        1,
    )
}

/// The colours by day and by night.
pub(crate) const COLOURS: &str = "
:root{--paper:#faf9f6;--card:#fff;--ink:#1c242e;--soft:#596473;--faint:#dfe3e8;--owner:#0f766e;--supplier:#b45309;--council:#6d28d9;--gp:#be185d;--gone:#6b7682}
@media(prefers-color-scheme:dark){:root{--paper:#11151a;--card:#191f26;--ink:#e7eaee;--soft:#a2adba;--faint:#323b46;--owner:#2dd4bf;--supplier:#fbbf24;--council:#c4b5fd;--gp:#f9a8d4;--gone:#8f9aa6}}
";

/// How shapes look.
pub(crate) const SHAPES: &str = "
text{font:12px system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif;fill:var(--soft)}
.end{text-anchor:end}.mid{text-anchor:middle}.tick{font-size:11px}
.who{font-size:13px;font-weight:600}.what{font-weight:400;fill:var(--soft)}
.grid{stroke:var(--faint);stroke-width:1;fill:none}.axis{stroke:var(--soft);stroke-width:1;fill:none}
.limit{stroke:var(--ink);stroke-width:1;stroke-dasharray:3 3;fill:none}
.line{fill:none;stroke-width:1.4;stroke-linejoin:round}.thick{stroke-width:2.6;stroke-linecap:butt}
.fill{opacity:.16}.band{opacity:.22}.band.solid{opacity:.9}
.owner{stroke:var(--owner)}.supplier{stroke:var(--supplier)}.council{stroke:var(--council)}.gp{stroke:var(--gp)}.gone{stroke:var(--gone)}
.fill,.band{stroke:none}
.fill.owner,.band.owner,.ink.owner{fill:var(--owner)}.fill.supplier,.band.supplier,.ink.supplier{fill:var(--supplier)}
.fill.council,.band.council,.ink.council{fill:var(--council)}.fill.gp,.band.gp,.ink.gp{fill:var(--gp)}
.ink{stroke:none}
";

/// A number of milliseconds as a float; exact for every time that Freehold knows.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub(crate) fn float(ms: i64) -> f64 {
    ms as f64
}
