//! Readings as JSON lines: `{"time": "2013-01-01T00:00:00Z", "value": "0.412 kW.h"}`.

use std::io::{BufRead, Read};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::civil::{self, Written};
use crate::duration;
use crate::failure::Failure;

/// One line, understood as far as it can be without the stream's kind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// From 1; empty lines count but say nothing.
    pub(crate) number: u64,
    pub(crate) written: Written,
    pub(crate) value: Value,
    pub(crate) flags: Vec<String>,
    pub(crate) duration_ms: Option<i64>,
}

/// A value as JSON gives it. Numbers keep their digits: `0.10` is not passed through a float.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Number(String),
    /// A number with its unit, the name of a state, or free text: the kind decides.
    Text(String),
    Bool(bool),
    /// `{"lat": 51.5, "lon": -0.1}`, in degrees.
    Position {
        lat: String,
        lon: String,
    },
    /// `null`: the reading says that there was none.
    Absent,
}

/// Lines that are being read.
pub(crate) struct Lines<R> {
    input: R,
    text: Vec<u8>,
    number: u64,
}

/// No line is longer.
pub(crate) const LINE_MAX: usize = 64 << 10;

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            text: Vec::new(),
            number: 0,
        }
    }

    /// The next line that is not empty; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Line>, Failure> {
        loop {
            self.text.clear();
            self.number += 1;
            let limit = u64::try_from(LINE_MAX + 1).unwrap_or(u64::MAX);
            let read = self
                .input
                .by_ref()
                .take(limit)
                .read_until(b'\n', &mut self.text);
            let read = read.map_err(|e| {
                bad_line(self.number, format_args!("the input cannot be read: {e}"))
            })?;
            if read == 0 {
                return Ok(None);
            }
            if self.text.len() > LINE_MAX {
                return Err(bad_line(self.number, "longer than 64 KiB"));
            }
            if !self.text.trim_ascii().is_empty() {
                return parse(&self.text, self.number).map(Some);
            }
        }
    }

    /// The bytes behind the lines, to see whether more of them wait.
    pub(crate) fn get_ref(&self) -> &R {
        &self.input
    }
}

/// Splits `0.412 kW.h` into the number's digits and the unit; `None` if it does not begin with a number.
pub(crate) fn quantity(text: &str) -> Option<(&str, Option<&str>)> {
    let text = text.trim();
    let (number, unit) = text
        .split_once(char::is_whitespace)
        .map_or((text, None), |(n, u)| (n, Some(u.trim())));
    let digits = number.trim_start_matches(['-', '+']);
    digits
        .starts_with(|c: char| c.is_ascii_digit() || c == '.')
        .then_some((number, unit))
}

/// What is wrong with a line.
pub(crate) fn bad_line(number: u64, what: impl std::fmt::Display) -> Failure {
    Failure::input("bad_line", format_args!("line {number}: {what}")).field("line", number)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<'a> {
    time: String,
    #[serde(borrow)]
    value: &'a RawValue,
    #[serde(default)]
    flags: Vec<String>,
    duration: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPosition<'a> {
    #[serde(borrow)]
    lat: &'a RawValue,
    #[serde(borrow)]
    lon: &'a RawValue,
}

fn parse(text: &[u8], number: u64) -> Result<Line, Failure> {
    let raw: Raw<'_> = serde_json::from_slice(text).map_err(|e| bad_json(number, &e))?;
    let written = civil::parse_iso(raw.time.as_bytes());
    let written = written.ok_or_else(|| {
        bad_line(
            number,
            "\"time\" is not ISO 8601, such as 2013-01-01T00:00:00Z",
        )
    })?;
    let duration = raw.duration.as_deref().map(duration::parse).transpose();
    let duration_ms =
        duration.map_err(|why| bad_line(number, format_args!("\"duration\": {why}")))?;
    let value = value(raw.value).ok_or_else(|| {
        bad_line(
            number,
            "\"value\" is a number, a text, true, false, null or {\"lat\": .., \"lon\": ..}",
        )
    })?;
    Ok(Line {
        number,
        written,
        value,
        flags: raw.flags,
        duration_ms,
    })
}

fn value(raw: &RawValue) -> Option<Value> {
    let text = raw.get();
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str(text).ok().map(Value::Text),
        b't' => Some(Value::Bool(true)),
        b'f' => Some(Value::Bool(false)),
        b'n' => Some(Value::Absent),
        b'{' => {
            let position: RawPosition<'_> = serde_json::from_str(text).ok()?;
            Some(Value::Position {
                lat: number(position.lat)?,
                lon: number(position.lon)?,
            })
        }
        _ => number(raw).map(Value::Number),
    }
}

fn number(raw: &RawValue) -> Option<String> {
    raw.get()
        .starts_with(|c: char| c == '-' || c.is_ascii_digit())
        .then(|| raw.get().to_owned())
}

/// serde's message without its own line number, which is always 1.
fn bad_json(number: u64, error: &serde_json::Error) -> Failure {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or("no JSON");
    bad_line(number, format_args!("{what} (column {})", error.column()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Lines<&[u8]> {
        Lines::new(text.as_bytes())
    }

    fn one(value: &str) -> Value {
        let line = format!("{{\"time\": \"2013-01-01T00:00:00Z\", \"value\": {value}}}");
        lines(&line).next().unwrap().unwrap().value
    }

    #[test]
    fn every_kind_of_value() {
        assert_eq!(one("0.10"), Value::Number("0.10".into()));
        assert_eq!(one("-5e-3"), Value::Number("-5e-3".into()));
        assert_eq!(
            one("123456789012345678901234567890"),
            Value::Number("123456789012345678901234567890".into())
        );
        assert_eq!(one("\"0.412 kW.h\""), Value::Text("0.412 kW.h".into()));
        assert_eq!(one("true"), Value::Bool(true));
        assert_eq!(one("null"), Value::Absent);
        assert_eq!(
            one("{\"lat\": 51.5, \"lon\": -0.10}"),
            Value::Position {
                lat: "51.5".into(),
                lon: "-0.10".into()
            }
        );
    }

    #[test]
    fn flags_and_duration() {
        let text = "\n{\"time\":\"2013-01-01 00:00\",\"value\":1,\"flags\":[\"estimated\"],\"duration\":\"30m\"}\n\n";
        let mut lines = lines(text);
        let line = lines.next().unwrap().unwrap();
        assert_eq!((line.number, line.duration_ms), (2, Some(1_800_000)));
        assert_eq!(line.flags, ["estimated"]);
        assert!(matches!(line.written, Written::Civil(_)));
        assert_eq!(lines.next().unwrap(), None);
    }

    #[test]
    fn what_is_wrong_and_where() {
        let cases = [
            ("{\"time\":\"2013-01-01\"}", "missing field `value`"),
            (
                "{\"time\":\"2013-01-01\",\"value\":1,\"valeu\":2}",
                "unknown field `valeu`",
            ),
            (
                "{\"time\":\"soon\",\"value\":1}",
                "\"time\" is not ISO 8601",
            ),
            (
                "{\"time\":\"2013-01-01\",\"value\":[1]}",
                "\"value\" is a number",
            ),
            (
                "{\"time\":\"2013-01-01\",\"value\":{\"lat\":\"x\",\"lon\":1}}",
                "\"value\" is a number",
            ),
            (
                "{\"time\":\"2013-01-01\",\"value\":1,\"duration\":\"P1M\"}",
                "months and years",
            ),
            ("nonsense", "column"),
            (
                "{\"time\":\"2013-01-01\",\"value\":1} 2",
                "trailing characters",
            ),
        ];
        for (text, what) in cases {
            let failure = lines(text).next().unwrap_err().plain();
            assert!(
                failure.contains("line 1: ") && failure.contains(what),
                "{text}: {failure}"
            );
        }
    }

    #[test]
    fn a_line_without_end_is_refused_in_bounded_memory() {
        let endless = std::io::BufReader::new(std::io::repeat(b' '));
        assert!(
            Lines::new(endless)
                .next()
                .unwrap_err()
                .plain()
                .contains("longer than 64 KiB")
        );
    }

    #[test]
    fn numbers_with_units() {
        assert_eq!(quantity("0.412 kW.h"), Some(("0.412", Some("kW.h"))));
        assert_eq!(quantity(" -3 "), Some(("-3", None)));
        assert_eq!(quantity("5  mm[Hg] "), Some(("5", Some("mm[Hg]"))));
        assert_eq!(quantity("heat"), None);
        assert_eq!(quantity(""), None);
    }
}
