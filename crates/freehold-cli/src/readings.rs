//! From what a file says about one reading to the reading, for one stream.

use std::sync::Arc;

use freehold::model::{
    Absence, Converter, Flags, Reading, StreamSpec, Time, Value, ValueError, Zone,
};

use crate::args::bad_value;
use crate::civil::{Civil, Written};
use crate::clock::{Clock, Folds, Shown};
use crate::csv_import::Cell;
use crate::failure::Failure;
use crate::json_lines::{self, Line, quantity};

/// Makes readings for streams of one description: those of a file, or the one that is recorded into.
pub(crate) struct Maker {
    spec: Arc<StreamSpec>,
    clock: Clock,
    /// Numbers come in this unit; none for kinds that are no numbers.
    numbers: Option<Converter>,
    /// The length of a reading's interval.
    pub(crate) duration_ms: u32,
    /// Whether times stand at the interval's end.
    pub(crate) at_end: bool,
    /// What was made so far.
    pub(crate) made: Made,
}

/// What became of a file's readings before they were recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) readings: u64,
    /// Numbers with more digits than the stream keeps.
    pub(crate) rounded: u64,
    pub(crate) below: u64,
    pub(crate) above: u64,
    /// Times that the clock skipped.
    pub(crate) skipped: u64,
}

impl Maker {
    /// A maker for a stream, with the unit that the file's numbers have.
    pub(crate) fn new(spec: StreamSpec, unit: Option<&str>) -> Result<Self, Failure> {
        let zone = Zone::new(&spec.zone).map_err(|e| Failure::storage("damaged", e))?;
        let numbers = match unit {
            _ if !spec.kind.value_kind().is_number() => unit.map_or(Ok(None), |unit| {
                Err(bad_value("unit", unit, "values of this kind have no unit"))
            })?,
            unit => {
                let unit = unit.unwrap_or_else(|| spec.kind.unit());
                let known = format!("the stream's unit is {}", spec.kind.unit());
                let converter = spec.kind.converter(unit, spec.exponent);
                Some(converter.map_err(|e| bad_value("unit", unit, e).hint(known))?)
            }
        };
        let clock = Clock::new(&zone);
        Ok(Self {
            spec: Arc::new(spec),
            clock,
            numbers,
            duration_ms: 0,
            at_end: false,
            made: Made::default(),
        })
    }

    /// A row's reading.
    pub(crate) fn cell(
        &mut self,
        folds: &mut Folds,
        written: Written,
        cell: Cell<'_>,
    ) -> Result<Reading, Unfit> {
        let time = self.time(folds, written).ok_or(Unfit::Time)?;
        let (value, flags) = match cell {
            Cell::Text(text) => (self.value(text)?, Flags::NONE),
            Cell::Below => (Value::None, Flags::BELOW_RANGE),
            Cell::Above => (Value::None, Flags::ABOVE_RANGE),
        };
        self.made.below += u64::from(cell == Cell::Below);
        self.made.above += u64::from(cell == Cell::Above);
        let start = if self.at_end {
            time.plus_ms(-i64::from(self.duration_ms))
        } else {
            time
        };
        self.made.readings += 1;
        Ok(Reading::new(start, value)
            .lasting_ms(self.duration_ms)
            .flagged(flags))
    }

    /// A JSON line's reading.
    pub(crate) fn line(&mut self, folds: &mut Folds, line: &Line) -> Result<Reading, Failure> {
        let bad = |what: &dyn std::fmt::Display| json_lines::bad_line(line.number, what);
        let time = self
            .time(folds, line.written)
            .ok_or_else(|| bad(&Unfit::Time))?;
        let mut flags = Flags::NONE;
        for name in &line.flags {
            flags = flags.with(
                Flags::named(name)
                    .ok_or_else(|| bad(&format_args!("there is no flag \"{name}\"")))?,
            );
        }
        let value = self.json_value(&line.value).map_err(|e| bad(&e))?;
        let outside = flags.contains(Flags::BELOW_RANGE) || flags.contains(Flags::ABOVE_RANGE);
        if value == Value::None && !outside && flags.absence().is_none() {
            flags = flags.with(Flags::absent(Absence::Unknown));
        }
        let duration_ms = u32::try_from(line.duration_ms.unwrap_or(0))
            .map_err(|_| bad(&"\"duration\" is too long"))?;
        self.made.readings += 1;
        Ok(Reading::new(time, value)
            .lasting_ms(duration_ms)
            .flagged(flags))
    }

    fn json_value(&mut self, value: &json_lines::Value) -> Result<Value, Unfit> {
        match value {
            json_lines::Value::Absent => Ok(Value::None),
            json_lines::Value::Bool(yes) => self.value(if *yes { "true" } else { "false" }),
            json_lines::Value::Number(text) => self.value(text),
            json_lines::Value::Position { lat, lon } => self.value(&format!("{lat},{lon}")),
            json_lines::Value::Text(text) if self.numbers.is_none() => self.value(text),
            json_lines::Value::Text(text) => {
                match quantity(text).ok_or(Unfit::Value(ValueError::WrongKind))? {
                    (number, None) => self.value(number),
                    (number, Some(unit)) => self::number(
                        &self.spec.kind.converter(unit, self.spec.exponent)?,
                        number,
                        &mut self.made,
                    ),
                }
            }
        }
    }

    fn value(&mut self, text: &str) -> Result<Value, Unfit> {
        match &self.numbers {
            Some(converter) => number(converter, text, &mut self.made),
            None => Ok(self.spec.kind.parse_at(text, self.spec.exponent)?.value),
        }
    }

    fn time(&mut self, folds: &mut Folds, written: Written) -> Option<Time> {
        let instant = match written {
            Written::Instant(instant) => instant,
            Written::Civil(civil) => self.instant(folds, civil)?,
        };
        Some(Time::from_ms(instant)).filter(|time| time.is_supported())
    }

    fn instant(&mut self, folds: &mut Folds, civil: Civil) -> Option<i64> {
        let shown = self.clock.shown(civil)?;
        self.made.skipped += u64::from(matches!(shown, Shown::Skipped(_)));
        Some(folds.pick(civil, shown))
    }
}

fn number(converter: &Converter, text: &str, made: &mut Made) -> Result<Value, Unfit> {
    let number = converter.parse(text).map_err(ValueError::from)?;
    made.rounded += u64::from(!number.exact);
    Ok(Value::Number(number.value))
}

/// Why a text makes no reading of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    Time,
    Value(ValueError),
}

impl From<ValueError> for Unfit {
    fn from(error: ValueError) -> Self {
        Self::Value(error)
    }
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Time => f.write_str("the time is before 1900 or after 2199"),
            Self::Value(error) => error.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::civil::parse_iso;
    use freehold::model::{Id, Kind};

    fn maker(kind: &str, unit: Option<&str>) -> Result<Maker, Failure> {
        let kind = Kind::registered(kind).unwrap();
        Maker::new(
            StreamSpec::new(Id::from_bytes([7; 16]), kind, "Europe/London"),
            unit,
        )
    }

    fn cell(maker: &mut Maker, time: &str, cell: Cell<'_>) -> Result<Reading, Unfit> {
        maker.cell(
            &mut Folds::default(),
            parse_iso(time.as_bytes()).unwrap(),
            cell,
        )
    }

    fn line(maker: &mut Maker, value: &str, rest: &str) -> Result<Reading, String> {
        let text = format!("{{\"time\": \"2013-01-01T00:00:00Z\", \"value\": {value}{rest}}}");
        let line = json_lines::Lines::new(text.as_bytes())
            .next()
            .unwrap()
            .unwrap();
        maker
            .line(&mut Folds::default(), &line)
            .map_err(|e| e.plain())
    }

    #[test]
    fn units_are_converted_and_rounding_is_counted() {
        let mut meter = maker("energy_interval", Some("kW.h")).unwrap();
        meter.duration_ms = 1_800_000;
        let reading = cell(&mut meter, "2013-07-01T00:30", Cell::Text("0.099")).unwrap();
        assert_eq!(
            (reading.value, reading.duration_ms),
            (Value::Number(99_000), 1_800_000)
        );
        assert_eq!(reading.time.ms(), 1_372_635_000_000);
        cell(&mut meter, "2013-07-01T01:00", Cell::Text("0.0000001")).unwrap();
        assert_eq!((meter.made.readings, meter.made.rounded), (2, 1));
        assert!(cell(&mut meter, "2013-07-01T01:00", Cell::Text("Low")).is_err());
    }

    #[test]
    fn a_stamp_at_the_end_moves_to_the_start() {
        let mut meter = maker("energy_interval", None).unwrap();
        (meter.duration_ms, meter.at_end) = (1_800_000, true);
        let reading = cell(&mut meter, "1970-01-01T00:30Z", Cell::Text("5")).unwrap();
        assert_eq!(reading.time.ms(), 0);
    }

    #[test]
    fn units_that_do_not_fit() {
        assert_eq!(
            maker("energy_interval", Some("Cel")).err().unwrap().kind(),
            "bad_option"
        );
        assert_eq!(
            maker("motion", Some("W")).err().unwrap().kind(),
            "bad_option"
        );
        assert!(maker("motion", None).is_ok());
    }

    #[test]
    fn outside_the_range_has_a_flag_and_no_value() {
        let mut cgm = maker("interstitial_glucose", None).unwrap();
        let low = cell(&mut cgm, "2013-01-01", Cell::Below).unwrap();
        assert_eq!((low.value, low.flags), (Value::None, Flags::BELOW_RANGE));
        assert_eq!((cgm.made.below, cgm.made.above), (1, 0));
        assert_eq!(
            cell(&mut cgm, "1850-01-01", Cell::Text("90")),
            Err(Unfit::Time)
        );
    }

    #[test]
    fn json_values_of_every_kind() {
        let mut meter = maker("energy_interval", None).unwrap();
        assert_eq!(
            line(&mut meter, "\"0.412 kW.h\"", "").unwrap().value,
            Value::Number(412_000)
        );
        assert_eq!(
            line(&mut meter, "1.5", "").unwrap().value,
            Value::Number(1_500)
        );
        let absent = line(&mut meter, "null", ", \"duration\": \"30m\"").unwrap();
        assert_eq!(
            (absent.flags.absence(), absent.duration_ms),
            (Some(Absence::Unknown), 1_800_000)
        );
        let estimated = line(&mut meter, "1", ", \"flags\": [\"estimated\"]").unwrap();
        assert_eq!(estimated.flags, Flags::ESTIMATED);
        assert!(
            line(&mut meter, "\"5 Cel\"", "")
                .unwrap_err()
                .contains("line 1: ")
        );
        assert!(line(&mut meter, "true", "").is_err());
        assert!(
            line(&mut meter, "1", ", \"flags\": [\"guessed\"]")
                .unwrap_err()
                .contains("no flag \"guessed\"")
        );
        let mut motion = maker("motion", None).unwrap();
        assert_eq!(
            line(&mut motion, "true", "").unwrap().value,
            Value::Bool(true)
        );
        let mut place = maker("position", None).unwrap();
        let point = line(&mut place, "{\"lat\": 51.5, \"lon\": -0.1}", "").unwrap();
        assert_eq!(point.value, Value::point(515_000_000, -1_000_000).unwrap());
    }
}
