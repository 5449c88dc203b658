//! The columns of a CSV file that are wanted, and their cells in a row.

use csv::ByteRecord;

use crate::csv_import::Wanted;
use crate::failure::Failure;
use crate::spelling::did_you_mean;

/// The wanted columns by their places.
pub(crate) struct Columns {
    pub(crate) time: Vec<Column>,
    pub(crate) value: Column,
    pub(crate) filters: Vec<(Column, Vec<u8>)>,
    pub(crate) split: Option<Column>,
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    index: usize,
}

impl Columns {
    pub(crate) fn find(header: &ByteRecord, wanted: &Wanted) -> Result<Self, Failure> {
        let find = |name: &str| Column::find(header, name);
        let filter =
            |(name, value): &(String, String)| Ok((find(name)?, value.trim().as_bytes().to_vec()));
        Ok(Self {
            time: wanted
                .time
                .iter()
                .map(|name| find(name))
                .collect::<Result<_, _>>()?,
            value: find(&wanted.value)?,
            filters: wanted
                .filters
                .iter()
                .map(filter)
                .collect::<Result<_, Failure>>()?,
            split: wanted.split.as_deref().map(find).transpose()?,
        })
    }
}

impl Column {
    pub(crate) fn find(header: &ByteRecord, name: &str) -> Result<Self, Failure> {
        let names = || header.iter().map(|cell| cell.trim_ascii());
        let mut found = names()
            .enumerate()
            .filter(|(_, cell)| *cell == name.trim().as_bytes());
        match (found.next(), found.next()) {
            (Some((index, _)), None) => Ok(Self {
                name: name.to_owned(),
                index,
            }),
            (Some(_), Some(_)) => Err(Failure::input(
                "ambiguous_column",
                format_args!("the file has two columns named '{name}'"),
            )
            .field("column", name)),
            (None, _) => {
                let names: Vec<&str> = names()
                    .filter_map(|cell| std::str::from_utf8(cell).ok())
                    .collect();
                let columns = || format!("it has {}", names.join(", "));
                Err(Failure::input(
                    "missing_column",
                    format_args!("the file has no column '{name}'"),
                )
                .hint(did_you_mean(name, names.iter().copied()).unwrap_or_else(columns))
                .field("column", name))
            }
        }
    }

    pub(crate) fn cell<'a>(&self, record: &'a ByteRecord) -> Option<&'a [u8]> {
        record.get(self.index).map(<[u8]>::trim_ascii)
    }

    pub(crate) fn need<'a>(&self, record: &'a ByteRecord, line: u64) -> Result<&'a [u8], Failure> {
        let short = || {
            bad_cell(
                line,
                &self.name,
                format_args!("the row ends after {} cells", record.len()),
            )
        };
        self.cell(record).ok_or_else(short)
    }

    pub(crate) fn text<'a>(&self, cell: &'a [u8], line: u64) -> Result<&'a str, Failure> {
        std::str::from_utf8(cell).map_err(|_| bad_cell(line, &self.name, "not UTF-8"))
    }
}

/// What is wrong with a value, at its place in the file.
pub(crate) fn bad_cell(line: u64, column: &str, what: impl std::fmt::Display) -> Failure {
    Failure::input(
        "bad_row",
        format_args!("line {line}, column {column}: {what}"),
    )
    .field("line", line)
    .field("column", column)
}
