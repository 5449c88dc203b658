//! Files of any origin are read by the tool's importers to their end or to an error that can be shown.
//!
//! The first byte chooses JSON lines, CSV (gzip or not) with one of several wishes, or a duration.
#![no_main]

#[path = "../../crates/freehold-cli/src/civil.rs"]
#[allow(dead_code, reason = "the importers use a part")]
mod civil;
#[path = "../../crates/freehold-cli/src/columns.rs"]
#[allow(dead_code, reason = "the importers use a part")]
mod columns;
#[path = "../../crates/freehold-cli/src/csv_import.rs"]
#[allow(dead_code, reason = "the importers use a part")]
mod csv_import;
#[path = "../../crates/freehold-cli/src/duration.rs"]
#[allow(dead_code, reason = "the importers use a part")]
mod duration;
#[path = "../../crates/freehold-cli/src/failure.rs"]
#[allow(dead_code, reason = "the importers use a part")]
mod failure;
#[path = "../../crates/freehold-cli/src/json_lines.rs"]
#[allow(dead_code, reason = "the importers use a part")]
mod json_lines;
#[path = "../../crates/freehold-cli/src/spelling.rs"]
#[allow(dead_code, reason = "the importers use a part")]
mod spelling;
#[path = "../../crates/freehold-cli/src/time_format.rs"]
#[allow(dead_code, reason = "the importers use a part")]
mod time_format;

use std::io::Cursor;

use csv_import::{Cell, Next, Rows, Wanted};
use freehold_fuzz::within;
use json_lines::Lines;
use libfuzzer_sys::fuzz_target;
use time_format::TimeFormat;

fuzz_target!(|bytes: &[u8]| within(bytes, || {
    let Some((&which, bytes)) = bytes.split_first() else {
        return;
    };
    match which % 5 {
        0 => json(bytes),
        4 => {
            let Ok(text) = std::str::from_utf8(bytes) else {
                return;
            };
            if let Ok(ms) = duration::parse(text) {
                assert_eq!(duration::parse(&duration::format(ms)), Ok(ms));
            }
        }
        way => csv(bytes.to_vec(), wanted(way)),
    }
}));

fn json(bytes: &[u8]) {
    let mut lines = Lines::new(bytes);
    loop {
        match lines.next() {
            Ok(Some(line)) => assert!(line.number >= 1 && line.duration_ms.is_none_or(|ms| ms > 0)),
            Ok(None) => return,
            Err(failure) => return shown(&failure),
        }
    }
}

fn csv(bytes: Vec<u8>, wanted: Wanted) {
    let mut rows = match Rows::new(Cursor::new(bytes), wanted) {
        Ok(rows) => rows,
        Err(failure) => return shown(&failure),
    };
    let mut line = 0;
    loop {
        match rows.next() {
            Ok(Next::Row(row)) => {
                // Rows that a carriage return alone ends lie on one line.
                assert!(row.line >= line.max(1));
                line = row.line;
                if let Cell::Text(text) = row.cell {
                    assert_eq!(text, text.trim_ascii());
                    json_lines::quantity(text);
                }
            }
            Ok(Next::Blank) => {}
            Ok(Next::Bad(failure)) => shown(&failure),
            Ok(Next::End) => return,
            Err(failure) => return shown(&failure),
        }
    }
}

/// What a message quotes can neither break its line nor steer a terminal.
fn shown(failure: &failure::Failure) {
    assert!(!failure.plain().chars().any(char::is_control));
    let mut report = Vec::new();
    failure.report(true, &mut report);
    assert!(serde_json::from_slice::<serde_json::Value>(&report).is_ok());
}

fn wanted(way: u8) -> Wanted {
    let some = |text: &str| Some(text.to_owned());
    let pattern = || TimeFormat::pattern("%d/%m/%Y %H:%M").unwrap_or(TimeFormat::Iso);
    Wanted {
        time: if way == 3 {
            vec!["d".to_owned(), "t".to_owned()]
        } else {
            vec!["t".to_owned()]
        },
        format: if way == 2 { pattern() } else { TimeFormat::Iso },
        value: "v".to_owned(),
        filters: if way == 3 {
            vec![("k".to_owned(), "a".to_owned())]
        } else {
            Vec::new()
        },
        split: if way == 2 { some("k") } else { None },
        below: some("Low"),
        above: some("High"),
    }
}
