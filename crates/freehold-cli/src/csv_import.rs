//! Rows of a CSV file, plain or gzip, one at a time.
//!
//! The file is never held whole: memory is bounded by the longest row, and that by [`ROW_MAX`].

use std::cell::Cell as Counter;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use csv::ByteRecord;
use flate2::bufread::MultiGzDecoder;

use crate::civil::Written;
use crate::columns::{Column, Columns, bad_cell};
use crate::failure::Failure;
use crate::time_format::TimeFormat;

/// What of a file is wanted, in the file's own words.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// One column, or a date's and a time's, which are joined by a blank.
    pub(crate) time: Vec<String>,
    pub(crate) format: TimeFormat,
    pub(crate) value: String,
    /// Only rows where each column has its value.
    pub(crate) filters: Vec<(String, String)>,
    /// The column that tells streams apart.
    pub(crate) split: Option<String>,
    /// Texts that stand for values outside the sensor's range.
    pub(crate) below: Option<String>,
    pub(crate) above: Option<String>,
}

/// A row that passed the filters.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    /// The line it begins on, from 1; only a line feed ends a line, a row may end with a carriage return alone.
    pub(crate) line: u64,
    pub(crate) written: Written,
    pub(crate) cell: Cell<'a>,
    /// The value of the split column; empty without one.
    pub(crate) key: &'a str,
}

/// What stands in a value's cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell<'a> {
    /// Text to be read as the kind's value, without blanks around it.
    Text(&'a str),
    Below,
    Above,
}

/// What the next row turned out to be.
#[derive(Debug)]
pub(crate) enum Next<'a> {
    Row(Row<'a>),
    /// The value's cell is empty: nothing was measured.
    Blank,
    /// A row that makes no sense; reading can go on after it.
    Bad(Failure),
    End,
}

/// A file that is being read.
pub(crate) struct Rows {
    reader: csv::Reader<Box<dyn Read>>,
    record: ByteRecord,
    columns: Columns,
    wanted: Wanted,
    joined: Vec<u8>,
    since_row: Rc<Counter<usize>>,
    /// Rows that a filter left out.
    filtered: u64,
}

/// No row is longer, whatever its quotes claim.
pub(crate) const ROW_MAX: usize = 4 << 20;

impl Rows {
    /// Opens a file and finds its columns; `-` is standard input.
    pub(crate) fn open(path: &Path, wanted: Wanted) -> Result<Self, Failure> {
        let bytes: Box<dyn Read> = if path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            Box::new(
                File::open(path)
                    .map_err(|e| unreadable(&e).field("file", path.to_string_lossy().as_ref()))?,
            )
        };
        Self::new(bytes, wanted)
    }

    /// Reads from any bytes; gzip is known by its first two.
    pub(crate) fn new(bytes: impl Read + 'static, wanted: Wanted) -> Result<Self, Failure> {
        let mut bytes = BufReader::with_capacity(BUFFER, bytes);
        let packed = bytes
            .fill_buf()
            .map_err(|e| unreadable(&e))?
            .starts_with(&[0x1f, 0x8b]);
        let since_row = Rc::new(Counter::new(0));
        let plain: Box<dyn Read> = if packed {
            Box::new(MultiGzDecoder::new(bytes))
        } else {
            Box::new(bytes)
        };
        let bounded: Box<dyn Read> = Box::new(Bounded {
            inner: plain,
            since_row: Rc::clone(&since_row),
        });
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .buffer_capacity(BUFFER)
            .from_reader(bounded);
        let header = reader.byte_headers().map_err(|e| broken(e, 1))?;
        let columns = Columns::find(header, &wanted)?;
        Ok(Self {
            reader,
            record: ByteRecord::new(),
            columns,
            wanted,
            joined: Vec::new(),
            since_row,
            filtered: 0,
        })
    }

    /// The next row that the filters let pass. An error is the file's end: nothing after it can be read.
    pub(crate) fn next(&mut self) -> Result<Next<'_>, Failure> {
        loop {
            self.since_row.set(0);
            let line = self.reader.position().line();
            if !self
                .reader
                .read_byte_record(&mut self.record)
                .map_err(|e| broken(e, line))?
            {
                return Ok(Next::End);
            }
            if self
                .columns
                .filters
                .iter()
                .all(|(column, value)| column.cell(&self.record) == Some(value))
            {
                break;
            }
            self.filtered += 1;
        }
        Ok(self.row().unwrap_or_else(Next::Bad))
    }

    /// The name of the value's column.
    pub(crate) fn value_column(&self) -> &str {
        &self.wanted.value
    }

    /// How many rows the filters left out so far.
    pub(crate) fn filtered(&self) -> u64 {
        self.filtered
    }

    fn row(&mut self) -> Result<Next<'_>, Failure> {
        let line = self.record.position().map_or(0, csv::Position::line);
        let Self {
            record,
            columns,
            wanted,
            joined,
            ..
        } = self;
        let cell = columns.value.need(record, line)?;
        if cell.is_empty() {
            return Ok(Next::Blank);
        }
        let text = columns.value.text(cell, line)?;
        let is = |outside: &Option<String>| outside.as_deref() == Some(text);
        let cell = match () {
            () if is(&wanted.below) => Cell::Below,
            () if is(&wanted.above) => Cell::Above,
            () => Cell::Text(text),
        };
        let time = match columns.time.as_slice() {
            [only] => only.need(record, line)?,
            several => {
                joined.clear();
                for column in several {
                    joined.extend_from_slice(column.need(record, line)?);
                    joined.push(b' ');
                }
                joined.as_slice()
            }
        };
        let Some(written) = wanted.format.parse(time) else {
            return Err(bad_time(&columns.time, time, line, &wanted.format));
        };
        let key = match &columns.split {
            Some(column) => column.text(column.need(record, line)?, line)?,
            None => "",
        };
        Ok(Next::Row(Row {
            line,
            written,
            cell,
            key,
        }))
    }
}
const BUFFER: usize = 1 << 16;

fn bad_time(columns: &[Column], time: &[u8], line: u64, format: &TimeFormat) -> Failure {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let shown: String = String::from_utf8_lossy(time)
        .trim()
        .chars()
        .take(40)
        .collect();
    let failure = bad_cell(line, &names.join(","), format_args!("'{shown}' is no time"));
    match format {
        TimeFormat::Iso => {
            failure.hint("other forms need --time-format, such as '%d/%m/%Y %H:%M:%S'")
        }
        TimeFormat::Pattern(pattern) => {
            failure.hint(format_args!("--time-format says '{pattern}'"))
        }
    }
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::input(
        "unreadable_file",
        format_args!("the file cannot be read: {error}"),
    )
}

/// The file ended in the middle, is not what it claims, or has no end of a row.
fn broken(error: csv::Error, line: u64) -> Failure {
    let what = match error.into_kind() {
        csv::ErrorKind::Io(e) => e.to_string(),
        other => format!("{other:?}"),
    };
    Failure::input(
        "broken_file",
        format_args!("the file cannot be read past line {line}: {what}"),
    )
    .field("line", line)
}

/// Bytes that end with an error when no row ends for too long.
struct Bounded {
    inner: Box<dyn Read>,
    since_row: Rc<Counter<usize>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let since = self.since_row.get().saturating_add(read);
        self.since_row.set(since);
        if since > ROW_MAX + BUFFER {
            Err(io::Error::other("a row longer than 4 MiB"))
        } else {
            Ok(read)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::civil::{self, Civil};
    use crate::failure::Exit;
    use freehold::model::Zone;
    use std::io::Write as _;

    fn wanted(time: &str, value: &str) -> Wanted {
        Wanted {
            time: time.split(',').map(str::to_owned).collect(),
            format: TimeFormat::Iso,
            value: value.to_owned(),
            filters: Vec::new(),
            split: None,
            below: None,
            above: None,
        }
    }

    fn rows(text: &str, wanted: Wanted) -> Rows {
        Rows::new(io::Cursor::new(text.to_owned()), wanted).unwrap()
    }

    fn opening(text: &str, wanted: Wanted) -> Failure {
        Rows::new(io::Cursor::new(text.to_owned()), wanted)
            .err()
            .unwrap()
    }

    /// Each row in a few characters.
    fn told(rows: &mut Rows) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            told.push(match rows.next().unwrap() {
                Next::Row(row) => format!("{}:{}{:?}", row.line, row.key, row.cell),
                Next::Blank => "blank".to_owned(),
                Next::Bad(failure) => failure.plain(),
                Next::End => return told,
            });
        }
    }

    #[test]
    fn columns_filters_blanks_and_words_for_outside() {
        let text = "\u{feff}who,when, mg\nA,2014-02-03 03:42:00,93\nB,2014-02-03 03:42:00,80\n\
                    A,2014-02-03 03:47:00,\nA,2014-02-03 03:52:00, Low \nA,2014-02-03 03:57:00,High\r\n";
        let filters = vec![("who".to_owned(), "A".to_owned())];
        let outside = |text: &str| Some(text.to_owned());
        let mut rows = rows(
            text,
            Wanted {
                filters,
                below: outside("Low"),
                above: outside("High"),
                ..wanted("when", "mg")
            },
        );
        assert_eq!(
            told(&mut rows),
            ["2:Text(\"93\")", "blank", "5:Below", "6:Above"]
        );
        assert_eq!(rows.filtered(), 1);
    }

    #[test]
    fn two_columns_make_a_time() {
        let mut rows = rows(
            "Date,Time,v\n2017-12-22,10:49:41,24.94\n",
            wanted("Date,Time", "v"),
        );
        let Next::Row(row) = rows.next().unwrap() else {
            panic!()
        };
        assert_eq!(
            row.written,
            civil::parse_iso(b"2017-12-22T10:49:41").unwrap()
        );
        assert_eq!(row.cell, Cell::Text("24.94"));
    }

    #[test]
    fn a_split_column_is_the_key() {
        let split = Some("home".to_owned());
        let mut rows = rows(
            "home,t,v\nH1,2013-01-01,1\n\"H,2\",2013-01-01,2\n",
            Wanted {
                split,
                ..wanted("t", "v")
            },
        );
        assert_eq!(told(&mut rows), ["2:H1Text(\"1\")", "3:H,2Text(\"2\")"]);
    }

    #[test]
    fn bad_rows_name_line_and_column_and_reading_goes_on() {
        let text = "t,v\n2013-01-01,1\n\"2013\n-01\",2\n2013-01-03\n2013-01-04,4\n";
        let told = told(&mut rows(text, wanted("t", "v")));
        assert_eq!(told.len(), 4);
        assert!(
            told[1].contains("line 3, column t: '2013 -01' is no time"),
            "{}",
            told[1]
        );
        assert!(
            told[2].contains("line 5, column v: the row ends after 1 cells"),
            "{}",
            told[2]
        );
        assert_eq!(told[3], "6:Text(\"4\")");
    }

    #[test]
    fn columns_that_are_not_there() {
        let failure = opening("when,value\n", wanted("wen", "value"));
        assert_eq!(
            (failure.kind(), failure.exit()),
            ("missing_column", Exit::Input)
        );
        assert!(failure.plain().contains("did you mean when?"));
        assert!(
            opening("a,b\n", wanted("t", "b"))
                .plain()
                .contains("it has a, b")
        );
        assert_eq!(
            opening("t,t,v\n", wanted("t", "v")).kind(),
            "ambiguous_column"
        );
        assert_eq!(opening("", wanted("t", "v")).kind(), "missing_column");
    }

    #[test]
    fn gzip_in_several_members_and_cut_short() {
        let pack = |text: &str| {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(text.as_bytes()).unwrap();
            packed.finish().unwrap()
        };
        let mut bytes = pack("t,v\n2013-01-01,1\n");
        bytes.extend(pack("2013-01-02,2\n"));
        let mut whole = Rows::new(io::Cursor::new(bytes.clone()), wanted("t", "v")).unwrap();
        assert_eq!(told(&mut whole).len(), 2);
        bytes.truncate(bytes.len() - 3);
        let mut cut = Rows::new(io::Cursor::new(bytes), wanted("t", "v")).unwrap();
        let failure = loop {
            match cut.next() {
                Ok(Next::End) => panic!("a cut file seems whole"),
                Ok(_) => {}
                Err(failure) => break failure,
            }
        };
        assert_eq!(
            (failure.kind(), failure.exit()),
            ("broken_file", Exit::Input)
        );
    }

    #[test]
    fn a_row_without_end_is_refused_in_bounded_memory() {
        let endless = io::Cursor::new("t,v\n\"").chain(io::repeat(b'x'));
        let mut rows = Rows::new(endless, wanted("t", "v")).unwrap();
        assert!(
            rows.next()
                .unwrap_err()
                .plain()
                .contains("longer than 4 MiB")
        );
    }

    #[test]
    fn a_missing_file_is_bad_input() {
        let failure = Rows::open(Path::new("/nowhere/at.all"), wanted("t", "v"))
            .err()
            .unwrap();
        assert_eq!(
            (failure.kind(), failure.exit()),
            ("unreadable_file", Exit::Input)
        );
    }

    #[test]
    fn civil_stamps_have_no_offset() {
        let mut rows = rows(
            "t,v\n1970-01-01T00:01,1\n1970-01-01T00:01Z,1\n",
            wanted("t", "v"),
        );
        let written = |rows: &mut Rows| match rows.next().unwrap() {
            Next::Row(row) => row.written,
            other => panic!("{other:?}"),
        };
        assert_eq!(written(&mut rows), Written::Civil(Civil(60_000)));
        assert_eq!(written(&mut rows), Written::Instant(60_000));
    }

    /// The hot path on a full recording: `FREEHOLD_DATA=… cargo test --release -- --ignored --nocapture`.
    #[test]
    #[ignore = "needs the full recordings"]
    fn rate_of_the_full_recordings() {
        use crate::clock::{Clock, Folds};
        let data = std::env::var_os("FREEHOLD_DATA").unwrap();
        let files = [
            (
                "electricity-sgsc-49homes/sgsc_2013_halfhourly.csv.gz",
                "reading_local",
                "general_supply_kwh",
                "household",
            ),
            (
                "wearable-fitbit-furberg2016/heartrate_seconds_5users.csv.gz",
                "time",
                "hr",
                "id",
            ),
        ];
        for (file, time, value, split) in files {
            let path = Path::new(&data).join(file);
            let mut rows = Rows::open(
                &path,
                Wanted {
                    split: Some(split.to_owned()),
                    ..wanted(time, value)
                },
            )
            .unwrap();
            let started = std::time::Instant::now();
            let mut clock = Clock::new(&Zone::new("Australia/Sydney").unwrap());
            let mut folds: std::collections::HashMap<String, Folds> =
                std::collections::HashMap::new();
            let (mut count, mut sum) = (0_u64, 0_i64);
            while let Next::Row(row) = rows.next().unwrap() {
                let Written::Civil(civil) = row.written else {
                    panic!()
                };
                if !folds.contains_key(row.key) {
                    folds.insert(row.key.to_owned(), Folds::default());
                }
                let fold = folds.get_mut(row.key).unwrap();
                sum ^= fold.pick(civil, clock.shown(civil).unwrap());
                count += 1;
            }
            println!("{count} rows in {:?} ({sum})", started.elapsed());
        }
    }
}
