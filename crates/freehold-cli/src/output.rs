//! Standard output: lines for people, JSON lines for scripts, tables; notes and progress on standard error.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::failure::{Failure, clean};

/// Where a command writes what it found.
pub(crate) struct Out {
    to: Box<dyn Write>,
    json: bool,
    styled: bool,
}

impl Out {
    /// Standard output; headings are bold only on a terminal and without `NO_COLOR`.
    pub(crate) fn stdout(json: bool) -> Self {
        let stdout = io::stdout();
        let styled = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self {
            to: Box::new(BufWriter::with_capacity(1 << 16, stdout)),
            json,
            styled,
        }
    }

    /// Anything else that lines can be written to.
    pub(crate) fn to(to: Box<dyn Write>, json: bool) -> Self {
        Self {
            to,
            json,
            styled: false,
        }
    }

    /// Whether the caller asked for JSON lines.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// One line for people.
    pub(crate) fn line(&mut self, text: impl Display) -> Result<(), Failure> {
        writeln!(self.to, "{text}").map_err(|e| Failure::output(&e))
    }

    /// A heading for people.
    pub(crate) fn heading(&mut self, text: impl Display) -> Result<(), Failure> {
        if self.styled {
            self.line(format_args!("\x1b[1m{text}\x1b[0m"))
        } else {
            self.line(text)
        }
    }

    /// One object as a line of JSON.
    pub(crate) fn object(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.to, value).map_err(|e| Failure::output(&e.into()))?;
        self.to.write_all(b"\n").map_err(|e| Failure::output(&e))
    }

    /// An aligned table.
    pub(crate) fn table(&mut self, table: &Table) -> Result<(), Failure> {
        let (head, rows) = table.lines();
        self.heading(head)?;
        rows.iter().try_for_each(|row| self.line(row))
    }

    /// A remark on standard error that changes nothing about success: text, or `{"note":KIND,…}` with `--json`.
    pub(crate) fn note(&self, kind: &str, message: impl Display, fields: &[(&str, Value)]) {
        let mut stderr = io::stderr();
        let _ = if self.json {
            let mut object = Map::new();
            object.insert("note".to_owned(), kind.into());
            object.insert("message".to_owned(), message.to_string().into());
            object.extend(
                fields
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone())),
            );
            writeln!(stderr, "{}", Value::Object(object))
        } else {
            writeln!(stderr, "note: {}", clean(&message.to_string()))
        };
    }

    /// Hands over everything that was written.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.to.flush().map_err(|e| Failure::output(&e))
    }
}

/// Which side of its column a cell stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows of text under a header, aligned by columns two blanks apart.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(columns: &[(&'static str, Align)]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; cells are cleaned of anything that could steer the terminal.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.push(&cells);
    }

    /// [`Table::row`] where the number of columns is not known beforehand.
    pub(crate) fn push(&mut self, cells: &[String]) {
        self.rows
            .push(cells.iter().map(|cell| clean(cell)).collect());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The header and the rows, padded; without blanks at the end of a line.
    fn lines(&self) -> (String, Vec<String>) {
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|i| self.column_width(i))
            .collect();
        let head: Vec<String> = self
            .columns
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect();
        let line = |cells: &Vec<String>| {
            let padded: Vec<String> = (cells.iter().zip(&widths).zip(&self.columns))
                .map(|((cell, width), (_, align))| pad(cell, *width, *align))
                .collect();
            padded.join("  ").trim_end().to_owned()
        };
        (line(&head), self.rows.iter().map(line).collect())
    }

    fn column_width(&self, index: usize) -> usize {
        let name = self.columns.get(index).map_or(0, |(name, _)| width(name));
        let cells = self.rows.iter().filter_map(|row| row.get(index));
        cells.map(|cell| width(cell)).max().unwrap_or(0).max(name)
    }
}

/// Pads to a width in terminal cells.
pub(crate) fn pad(text: &str, to: usize, align: Align) -> String {
    let blanks = " ".repeat(to.saturating_sub(width(text)));
    match align {
        Align::Left => format!("{text}{blanks}"),
        Align::Right => format!("{blanks}{text}"),
    }
}

/// Terminal cells a text takes: none for combining marks, two for East Asian wide forms and emoji, one otherwise.
pub(crate) fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match c as u32 {
            0x300..=0x36f | 0x200b..=0x200d | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
            0x1100..=0x115f
            | 0x2e80..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xff00..=0xff60 => 2,
            0x1f300..=0x1f64f | 0x1f680..=0x1f6ff | 0x1f900..=0x1f9ff | 0x20000..=0x3fffd => 2,
            _ => 1,
        })
        .sum()
}

/// A count in groups of three digits, `781,755`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count of things: `1 reading`, `1,024 readings`.
pub(crate) fn many(count: u64, thing: &str) -> String {
    let end = match (count, thing.strip_suffix('y')) {
        (1, _) => return format!("1 {thing}"),
        (_, Some(stem)) => return format!("{} {stem}ies", grouped(count)),
        (_, None) => "s",
    };
    format!("{} {thing}{end}", grouped(count))
}

/// Cuts the zeros at the end that all the decimals of a column have.
pub(crate) fn trimmed(cells: &mut [String]) {
    let decimals = || cells.iter().filter(|cell| !cell.is_empty());
    let zeros = |cell: &String| match cell.split_once('.') {
        Some((_, places)) if places.trim_end_matches('0').is_empty() => places.len() + 1,
        Some((_, places)) => places.len() - places.trim_end_matches('0').len(),
        None => 0,
    };
    let shared = decimals().map(zeros).min().unwrap_or(0);
    // A point may only go with everything behind it.
    let whole = decimals().all(|cell| {
        cell.split_once('.')
            .is_some_and(|(_, places)| places.len() < shared)
    });
    let places = decimals()
        .filter_map(|cell| cell.split_once('.'))
        .map(|(_, places)| places.len())
        .min()
        .unwrap_or(0);
    let cut = if whole {
        shared
    } else {
        shared.min(places.saturating_sub(1))
    };
    for cell in cells.iter_mut().filter(|cell| !cell.is_empty()) {
        cell.truncate(cell.len().saturating_sub(cut));
    }
}

/// A count of bytes as people read it, `3.2 MB`.
pub(crate) fn bytes(count: u64) -> String {
    let scaled = |unit: u64| format!("{}.{}", count / unit, count % unit * 10 / unit);
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{} kB", scaled(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", scaled(1_000_000)),
        _ => format!("{} GB", scaled(1_000_000_000)),
    }
}

/// A count and its rate on a terminal's last line; silent where standard error is no terminal.
pub(crate) struct Progress {
    what: &'static str,
    started: Instant,
    next: Duration,
    active: bool,
    shown: bool,
}

impl Progress {
    const EVERY: Duration = Duration::from_millis(100);
    /// Work that ends sooner shows nothing.
    const PATIENCE: Duration = Duration::from_millis(400);

    pub(crate) fn new(what: &'static str, json: bool) -> Self {
        let active = !json && io::stderr().is_terminal();
        Self {
            what,
            started: Instant::now(),
            next: Self::PATIENCE,
            active,
            shown: false,
        }
    }

    /// Says how much is done; cheap enough to be called every few thousand rows.
    pub(crate) fn at(&mut self, done: u64) {
        if !self.active {
            return;
        }
        let elapsed = self.started.elapsed();
        if elapsed < self.next {
            return;
        }
        self.next = elapsed + Self::EVERY;
        self.shown = true;
        let rate = u128::from(done) * 1_000 / elapsed.as_millis().max(1);
        let rate = grouped(u64::try_from(rate).unwrap_or(u64::MAX));
        let _ = write!(
            io::stderr(),
            "\r\x1b[K{} {} ({rate} a second)",
            grouped(done),
            self.what
        );
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    /// An output that a test can read again.
    #[derive(Clone, Default)]
    pub(crate) struct Page(Rc<RefCell<Vec<u8>>>);

    impl Page {
        pub(crate) fn out(&self, json: bool) -> Out {
            Out {
                to: Box::new(self.clone()),
                json,
                styled: false,
            }
        }

        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.borrow().clone()).unwrap()
        }
    }

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn tables_align_by_what_a_terminal_shows() {
        let mut table = Table::new(&[
            ("name", Align::Left),
            ("count", Align::Right),
            ("unit", Align::Left),
        ]);
        table.row(["é\u{301}".into(), "7".into(), "W".into()]);
        table.row(["温度".into(), "1,024".into(), String::new()]);
        let page = Page::default();
        page.out(false).table(&table).unwrap();
        assert_eq!(
            page.text(),
            "name  count  unit\né\u{301}         7  W\n温度  1,024\n"
        );
    }

    #[test]
    fn json_lines_end_with_a_newline() {
        let page = Page::default();
        let mut out = page.out(true);
        out.object(&serde_json::json!({"a": 1})).unwrap();
        out.object(&serde_json::json!({"b": "x\ny"})).unwrap();
        assert_eq!(page.text(), "{\"a\":1}\n{\"b\":\"x\\ny\"}\n");
    }

    #[test]
    fn zeros_that_tell_nothing_are_cut() {
        let cut = |cells: &[&str]| {
            let mut cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
            trimmed(&mut cells);
            cells
        };
        assert_eq!(cut(&["235134.000", "", "9.000"]), ["235134", "", "9"]);
        assert_eq!(cut(&["1.500", "2.250"]), ["1.50", "2.25"]);
        assert_eq!(cut(&["1.0", "100"]), ["1.0", "100"]);
        assert_eq!(cut(&["100", "200"]), ["100", "200"]);
        assert_eq!(cut(&["0.120000", "3.000000"]), ["0.12", "3.00"]);
        assert_eq!(cut(&[]), [""; 0]);
    }

    #[test]
    fn counts_and_bytes_read_well() {
        assert_eq!(many(1, "entry"), "1 entry");
        assert_eq!(many(2_000, "entry"), "2,000 entries");
        assert_eq!(many(0, "reading"), "0 readings");
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(781_755), "781,755");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(3_261_000), "3.2 MB");
    }
}
