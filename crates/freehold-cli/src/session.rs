//! Opening what a command works on: the clock, the key, the home or the recipient.

use std::path::Path;
use std::sync::Arc;

use freehold::model::{Fold, Zone};
use freehold::{Clock, Error, FileKeyStore, Home, Noun, Recipient, SetClock, SystemClock, Time};
use freehold_store::StoreError;

use crate::args::Args;
use crate::failure::Failure;
use crate::output::Out;
use crate::passphrase;

/// A folder, once it is known what it holds.
pub(crate) enum Place {
    Home(Home),
    Recipient(Recipient),
}

/// The clock that the command goes by: the system's, or one that stands where `--now` put it.
pub(crate) fn clock(args: &Args) -> Result<Arc<dyn Clock>, Failure> {
    Ok(match args.parsed("now", |text| time(text, &Zone::utc()))? {
        Some(now) => Arc::new(SetClock::new(now)),
        None => Arc::new(SystemClock),
    })
}

/// A time of the command line: with its offset, or as the clock of `zone` shows it.
pub(crate) fn time(text: &str, zone: &Zone) -> Result<Time, &'static str> {
    let wrong = "no time; write 2013-01-31, 2013-01-31T14:00 or 2013-01-31T14:00:00Z";
    zone.parse(text, Fold::Earlier).map_err(|_| wrong)
}

/// Whether a time is written without an offset: then two zones read it differently.
pub(crate) fn is_civil(text: &str) -> bool {
    let elsewhere = Zone::new("Pacific/Kiritimati").unwrap_or_else(|_| Zone::utc());
    time(text, &Zone::utc()) != time(text, &elsewhere)
}

/// The range of `--from` and `--until`.
pub(crate) fn range(args: &Args, zone: &Zone) -> Result<(Time, Time), Failure> {
    let need = |name| {
        args.parsed(name, |text| time(text, zone))?
            .ok_or_else(|| args.missing(name))
    };
    let (from, until) = (need("from")?, need("until")?);
    if from < until {
        return Ok((from, until));
    }
    Err(
        Failure::usage("empty_range", "--until does not lie after --from")
            .hint("a range is [from, until): the end itself is left out"),
    )
}

/// The home in the folder named HOME.
pub(crate) fn home(args: &Args) -> Result<Home, Failure> {
    open_home(args.path("HOME")?, clock(args)?)
}

/// The recipient in the folder named DIR.
pub(crate) fn recipient(args: &Args) -> Result<Recipient, Failure> {
    open_recipient(args.path("DIR")?, clock(args)?)
}

/// Whatever is in the folder named PLACE.
pub(crate) fn place(args: &Args) -> Result<Place, Failure> {
    let (path, clock) = (args.path("PLACE")?, clock(args)?);
    match Home::open_with(path, keys(path)?, Arc::clone(&clock)) {
        Ok(home) => Ok(Place::Home(home)),
        Err(Error::Missing(Noun::Home)) => open_recipient(path, clock).map(Place::Recipient),
        Err(error) => Err(error.into()),
    }
}

/// The recipient in a folder.
pub(crate) fn open_recipient(path: &Path, clock: Arc<dyn Clock>) -> Result<Recipient, Failure> {
    Ok(Recipient::open_with(path, keys(path)?, clock, None)?)
}

/// The key store of a new folder; says so where the key will lie unwrapped.
pub(crate) fn new_keys(path: &Path, out: &Out) -> Result<FileKeyStore, Failure> {
    if FileKeyStore::needs_passphrase(path).is_some() {
        return Err(Failure::usage(
            "exists",
            "there is a home or a recipient in this folder already",
        ));
    }
    if let Some(passphrase) = passphrase::new()? {
        return Ok(FileKeyStore::with_passphrase(path, &passphrase));
    }
    let file = path.join("store.key");
    out.note(
        "key_file",
        format_args!(
            "without a passphrase the key lies in {}, which only you can read; whoever copies the folder has both. Set {} to wrap it",
            file.display(),
            passphrase::VARIABLE
        ),
        &[("file", file.to_string_lossy().as_ref().into())],
    );
    Ok(FileKeyStore::beside(path))
}

fn open_home(path: &Path, clock: Arc<dyn Clock>) -> Result<Home, Failure> {
    Ok(Home::open_with(path, keys(path)?, clock)?)
}

/// The key store beside an existing store.
fn keys(path: &Path) -> Result<FileKeyStore, Failure> {
    match FileKeyStore::needs_passphrase(path) {
        None => Err(crate::errors::storage(StoreError::Missing)
            .field("folder", path.to_string_lossy().as_ref())),
        Some(false) => Ok(FileKeyStore::beside(path)),
        Some(true) => match passphrase::existing()? {
            Some(passphrase) => Ok(FileKeyStore::with_passphrase(path, &passphrase)),
            None => Err(Failure::usage(
                "passphrase_needed",
                "this store's key is wrapped under a passphrase",
            )
            .hint(format_args!("set {}", passphrase::VARIABLE))),
        },
    }
}
