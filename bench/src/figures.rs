//! Every figure that Freehold is held to, beside its peer or its limit, part by part.

mod coding;
mod consent;
mod importing;
mod opening;
mod recording;
mod stored;
mod storing;
mod syncing;

use std::path::PathBuf;

use freehold::Reading;

use crate::Outcome;
use crate::instructions::Inputs;
use crate::recordings::Recordings;
use crate::report::Report;
use crate::sqlcipher::{self, SqlCipher};

/// A part of the run.
pub type Part = fn(&Run, &mut Report) -> Outcome<()>;

/// All parts in the order of the table.
pub const PARTS: [(&str, Part); 9] = [
    ("memory", recording::in_memory),
    ("durable", recording::durable),
    ("stored", stored::stored),
    ("opening", opening::opening),
    ("consent", consent::consent),
    ("coding", coding::coding),
    ("storing", storing::storing),
    ("import", importing::importing),
    ("sync", syncing::syncing),
];

/// The series of all figures, also as files for other programs.
pub struct Run {
    pub recordings: Recordings,
    pub heart: Vec<Vec<Reading>>,
    pub power: Vec<Vec<Reading>>,
    pub home: Vec<Reading>,
    pub peer: Option<SqlCipher>,
    folder: tempfile::TempDir,
    heart_file: PathBuf,
    power_file: PathBuf,
    home_file: PathBuf,
}

impl Run {
    /// Reads the recordings.
    pub fn new() -> Outcome<Self> {
        let recordings = Recordings::find();
        let folder = tempfile::tempdir()?;
        let file = |name| folder.path().join(name);
        let run = Self {
            heart: recordings.heart_rate()?,
            power: recordings.power()?,
            home: recordings.home()?,
            peer: SqlCipher::find(),
            heart_file: file("heart"),
            power_file: file("power"),
            home_file: file("home"),
            recordings,
            folder,
        };
        sqlcipher::write(&run.heart_file, &run.heart)?;
        sqlcipher::write(&run.power_file, &run.power)?;
        sqlcipher::write(&run.home_file, std::slice::from_ref(&run.home))?;
        Ok(run)
    }

    /// The files of the workloads.
    pub fn inputs(&self) -> Inputs<'_> {
        Inputs {
            heart: &self.heart_file,
            home: &self.home_file,
        }
    }

    /// A new folder for a peer's store.
    fn place(&self) -> Outcome<tempfile::TempDir> {
        Ok(tempfile::tempdir_in(self.folder.path())?)
    }
}

fn count(series: &[Vec<Reading>]) -> f64 {
    series.iter().map(Vec::len).sum::<usize>() as f64
}

const SQLCIPHER: &str = "SQLCipher";
