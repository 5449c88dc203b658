//! What the library says of what it does.

use std::{
    ffi::c_void,
    sync::{Arc, Once, PoisonError, RwLock},
};

use log::{LevelFilter, Log, Metadata, Record};

use crate::{
    guard::{Fault, call},
    status::FhStatus,
    text::FhStr,
    userdata::{FhDrop, Userdata},
};

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FhLogLevel {
    /// Something has to be mended.
    Error = 1,
    /// Something is not as it should be, and goes on.
    Warn = 2,
    /// Something was done that is seldom.
    Info = 3,
    /// What goes on, for whoever looks for a fault.
    Debug = 4,
}

/// Hears a line, and the part of the library that says it; `level` is an `FhLogLevel`. It holds no name, no value and no key. It is called
/// by any thread, by several at once, while something waits for it, and may not call the library. The texts last for the call. Nothing may
/// be thrown through it.
pub type FhLogHeard =
    Option<unsafe extern "C" fn(userdata: *mut c_void, level: u8, part: FhStr, text: FhStr)>;

/// Tells `heard` from now on what the library says, down to `least`, an `FhLogLevel`; with NULL nobody is told. One is told for the whole
/// process. `drop` is called once nobody uses `userdata` any more; it may be NULL, and is not called when this fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_log_to(
    heard: FhLogHeard,
    least: u8,
    userdata: *mut c_void,
    drop: FhDrop,
) -> FhStatus {
    static ONCE: Once = Once::new();
    call(|| {
        let most = match (heard, least) {
            (None, _) => LevelFilter::Off,
            (_, 1) => LevelFilter::Error,
            (_, 2) => LevelFilter::Warn,
            (_, 3) => LevelFilter::Info,
            (_, 4) => LevelFilter::Debug,
            _ => return Err(Fault::argument(format!("{least} is no level of the log"))),
        };
        let userdata = Userdata::new(userdata, drop);
        let told = heard.map(|heard| Arc::new(Calls { heard, userdata }));
        // Who is told and down to which level go together, whoever else sets them now.
        let mut now = TOLD.write();
        let before = std::mem::replace(&mut *now, told);
        // This library is linked with a `log` of its own: no other logger is set.
        ONCE.call_once(|| log::set_logger(&TOLD).unwrap_or_default());
        log::set_max_level(most);
        std::mem::drop(now);
        // The program is called for it, and may log again.
        std::mem::drop(before);
        Ok(())
    })
}

/// The function of a program.
struct Calls {
    heard: unsafe extern "C" fn(*mut c_void, u8, FhStr, FhStr),
    userdata: Userdata,
}

struct Told(RwLock<Option<Arc<Calls>>>);

static TOLD: Told = Told(RwLock::new(None));

impl Told {
    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Option<Arc<Calls>>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log for Told {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        // What other libraries say nobody has looked through for what is personal.
        about.target().starts_with("freehold")
    }

    fn log(&self, record: &Record<'_>) {
        let told = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(told) = told
            && self.enabled(record.metadata())
        {
            let text = record.args().to_string();
            let (part, text) = (FhStr::of(record.target()), FhStr::of(&text));
            // SAFETY: the caller gave this function for it.
            unsafe { (told.heard)(told.userdata.get(), record.level() as u8, part, text) }
        }
    }

    fn flush(&self) {}
}

const _: () = assert!(
    FhLogLevel::Error as u8 == log::Level::Error as u8
        && FhLogLevel::Debug as u8 == log::Level::Debug as u8
);
