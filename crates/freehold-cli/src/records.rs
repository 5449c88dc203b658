//! Readings and summaries as lines of JSON, and their numbers as people read them.

use freehold::model::{Kind, Reading, Statistic, StreamSpec, Summary, Value, Zone, format_decimal};
use freehold::{Time, Window};
use serde::Serialize;

use crate::duration;
use crate::spark;

/// A reading as `read --json` and `export` give it and `record` takes it.
#[derive(Debug, Serialize)]
pub(crate) struct ReadingLine {
    pub(crate) time: String,
    /// A decimal string in the stream's unit, true or false, a state, a text; null where there is none.
    pub(crate) value: serde_json::Value,
    pub(crate) flags: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration: Option<String>,
}

impl ReadingLine {
    pub(crate) fn new(reading: &Reading, spec: &StreamSpec, zone: &Zone) -> Self {
        let value = match &reading.value {
            Value::None => serde_json::Value::Null,
            Value::Bool(yes) => (*yes).into(),
            value => spec.kind.format_at(value, spec.exponent).into(),
        };
        Self {
            time: zone.format(reading.time),
            value,
            flags: reading.flags.names().collect(),
            duration: (reading.duration_ms > 0)
                .then(|| duration::format(reading.duration_ms.into())),
        }
    }

    /// The value without quotation marks.
    pub(crate) fn value(&self) -> String {
        match &self.value {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

/// A slot's summary as `summaries --json` gives it. What was not granted or means nothing for the kind is left out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct SummaryLine {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) consent: Option<String>,
    pub(crate) start: String,
    pub(crate) end: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sum: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mean: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stddev: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) index: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) distribution: Option<Distribution>,
}

/// Readings per state, or per bin: bin 0 lies below the first edge, the last one at or above the last edge.
#[derive(Debug, Serialize)]
pub(crate) struct Distribution {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) edges: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) states: Vec<String>,
    pub(crate) counts: Vec<u64>,
}

impl Distribution {
    /// The counts as blocks.
    pub(crate) fn sparkline(&self) -> String {
        let number = |count: &u64| count.to_string().parse().ok();
        spark::sparkline(&self.counts.iter().map(number).collect::<Vec<_>>())
    }
}

impl SummaryLine {
    pub(crate) fn new(window: &Window, spec: &StreamSpec, zone: &Zone) -> Self {
        let Window { slot, summary } = window;
        let kind = &spec.kind;
        let number = |value: i64| format_decimal(value.into(), spec.exponent);
        let extreme = |statistic, pick: fn(&freehold::model::Range) -> i64| {
            let range = summary
                .extremes
                .as_ref()
                .and_then(|extremes| extremes.0.as_ref())?;
            kind.allows(statistic).then(|| number(pick(range)))
        };
        let totals = summary.totals.as_ref().filter(|totals| totals.count > 0);
        let total = |statistic, show: &dyn Fn(&freehold::model::Totals) -> Option<String>| {
            totals.filter(|_| kind.allows(statistic)).and_then(show)
        };
        Self {
            consent: None,
            start: zone.format(slot.start),
            end: zone.format(slot.end),
            count: summary.count(),
            sum: total(Statistic::Sum, &|totals| {
                Some(format_decimal(totals.sum, spec.exponent))
            }),
            mean: total(Statistic::Mean, &|totals| totals.mean(spec.exponent)),
            stddev: total(Statistic::Deviation, &|totals| {
                totals.deviation(spec.exponent)
            }),
            min: extreme(Statistic::Min, |range| range.min),
            max: extreme(Statistic::Max, |range| range.max),
            first: extreme(Statistic::First, |range| range.first),
            last: extreme(Statistic::Last, |range| range.last),
            index: summary.index.and_then(|index| index.0).map(number),
            distribution: distribution(summary, kind, spec),
        }
    }

    /// What a plot draws: the sum where sums mean something, else the mean, else the middle of the extremes.
    pub(crate) fn drawn(&self) -> Option<f64> {
        let parse =
            |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<f64>().ok());
        let middle = || Some((parse(&self.min)? + parse(&self.max)?) / 2.0);
        parse(&self.sum)
            .or_else(|| parse(&self.mean))
            .or_else(middle)
            .or_else(|| self.count_as_number())
    }

    /// A mean or a deviation as a table shows it: with two places less.
    pub(crate) fn shown(&self, text: &Option<String>) -> String {
        let Some(text) = text else {
            return String::new();
        };
        let places = text
            .split_once('.')
            .map_or(0, |(_, places)| places.len().saturating_sub(2));
        text.parse::<f64>()
            .map_or_else(|_| text.clone(), |number| format!("{number:.places$}"))
    }

    /// The extremes as numbers.
    pub(crate) fn band(&self) -> Option<(f64, f64)> {
        Some((
            self.min.as_deref()?.parse().ok()?,
            self.max.as_deref()?.parse().ok()?,
        ))
    }

    fn count_as_number(&self) -> Option<f64> {
        self.count.and_then(|count| count.to_string().parse().ok())
    }
}

fn distribution(summary: &Summary, kind: &Kind, spec: &StreamSpec) -> Option<Distribution> {
    let counts = summary
        .distribution
        .clone()
        .filter(|_| kind.allows(Statistic::Distribution))?;
    let edges = spec
        .edges
        .iter()
        .map(|edge| format_decimal((*edge).into(), spec.exponent))
        .collect();
    let states = kind.states().iter().map(ToString::to_string).collect();
    Some(Distribution {
        edges,
        states,
        counts,
    })
}

/// A UCUM unit as people write it: `Cel` is °C, `{steps}` steps, `ug/m3` µg/m³; nothing for `1`.
pub(crate) fn unit(ucum: &str) -> String {
    if matches!(ucum, "1" | "{#}") {
        return String::new();
    }
    let plain = ucum
        .replace("Cel", "°C")
        .replace("ug/", "µg/")
        .replace('.', "·")
        .replace("m3", "m³")
        .replace("m2", "m²");
    plain
        .replace(['[', '{'], " ")
        .replace([']', '}'], "")
        .trim()
        .to_owned()
}

/// A time as a slot's label: no more of it than the slots need, on the zone's clock.
pub(crate) fn label(time: Time, level: freehold::Level, zone: &Zone) -> String {
    let text = zone.format(time);
    let keep = match level {
        freehold::Level::Month => 7,
        freehold::Level::Day => 10,
        _ => 16,
    };
    // RFC 3339 is ASCII; an hour that comes twice needs its offset to be told apart.
    let short: String = text
        .chars()
        .take(keep)
        .collect::<String>()
        .replace('T', " ");
    let again = zone.parse(
        text.get(..19).unwrap_or(&text),
        freehold::model::Fold::Earlier,
    ) != Ok(time);
    if keep == 16 && again {
        format!("{short} ({})", text.get(19..).unwrap_or(""))
    } else {
        short
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use freehold::Level;
    use freehold::model::{Extremes, Flags, Fold, Id, Range, Slot, Totals};

    fn spec(kind: &str) -> StreamSpec {
        StreamSpec::new(
            Id::from_bytes([7; 16]),
            Kind::registered(kind).unwrap(),
            "Europe/London",
        )
    }

    fn window(summary: Summary) -> Window {
        let zone = Zone::new("Europe/London").unwrap();
        let at = |text| zone.parse(text, Fold::Earlier).unwrap();
        Window {
            slot: Slot {
                start: at("2013-07-01"),
                end: at("2013-07-02"),
            },
            summary,
        }
    }

    fn json(line: &impl Serialize) -> serde_json::Value {
        serde_json::to_value(line).unwrap()
    }

    #[test]
    fn a_summary_says_what_is_known_and_legal() {
        let zone = Zone::new("Europe/London").unwrap();
        let totals = Some(Totals {
            count: 3,
            sum: 4_000,
            sum_squares: 6_000_000,
        });
        let extremes = Some(Extremes(Some(Range {
            min: 1_000,
            max: 2_000,
            first: 1_000,
            last: 2_000,
        })));
        let summary = Summary {
            totals,
            extremes,
            ..Summary::default()
        };
        let line = json(&SummaryLine::new(
            &window(summary.clone()),
            &spec("energy_interval"),
            &zone,
        ));
        assert_eq!(line["start"], "2013-07-01T00:00:00+01:00");
        assert_eq!(
            (&line["count"], &line["sum"], &line["mean"]),
            (&3.into(), &"4.000".into(), &"1.333333".into())
        );
        assert_eq!(
            (&line["min"], &line["last"]),
            (&"1.000".into(), &"2.000".into())
        );
        assert!(line.get("distribution").is_none() && line.get("consent").is_none());
        let gauge = json(&SummaryLine::new(
            &window(summary),
            &spec("active_power"),
            &zone,
        ));
        assert!(
            gauge.get("sum").is_none(),
            "the sum of powers means nothing"
        );
        assert_eq!(gauge["mean"], "1.333333");
    }

    #[test]
    fn readings_read_back() {
        let zone = Zone::new("Europe/London").unwrap();
        let spec = spec("energy_interval");
        let reading = Reading::new(Time::from_ms(0), Value::Number(412_500))
            .lasting_ms(1_800_000)
            .flagged(Flags::ESTIMATED);
        let line = json(&ReadingLine::new(&reading, &spec, &zone));
        assert_eq!(
            line,
            serde_json::json!({"time": "1970-01-01T01:00:00+01:00", "value": "412.500", "flags": ["estimated"], "duration": "30m"})
        );
        let absent = Reading::new(Time::from_ms(0), Value::None).flagged(Flags::BELOW_RANGE);
        assert_eq!(
            json(&ReadingLine::new(&absent, &spec, &zone))["value"],
            serde_json::Value::Null
        );
    }

    #[test]
    fn units_read_well() {
        let cases = [
            ("Cel", "°C"),
            ("W.h", "W·h"),
            ("ug/m3", "µg/m³"),
            ("{steps}", "steps"),
            ("mm[Hg]", "mm Hg"),
            ("[ppm]", "ppm"),
            ("dB[SPL]", "dB SPL"),
            ("1", ""),
            ("/min", "/min"),
            ("%", "%"),
            ("{#}", ""),
        ];
        for (ucum, plain) in cases {
            assert_eq!(unit(ucum), plain);
        }
    }

    #[test]
    fn labels_are_as_short_as_the_slots_allow() {
        let zone = Zone::new("Europe/London").unwrap();
        let at = |text, fold| zone.parse(text, fold).unwrap();
        assert_eq!(
            label(at("2013-07-01", Fold::Earlier), Level::Day, &zone),
            "2013-07-01"
        );
        assert_eq!(
            label(at("2013-07-01", Fold::Earlier), Level::Month, &zone),
            "2013-07"
        );
        assert_eq!(
            label(
                at("2013-07-01T12:30", Fold::Earlier),
                Level::HalfHour,
                &zone
            ),
            "2013-07-01 12:30"
        );
        assert_eq!(
            label(at("2013-10-27T01:30", Fold::Later), Level::HalfHour, &zone),
            "2013-10-27 01:30 (+00:00)"
        );
    }
}
