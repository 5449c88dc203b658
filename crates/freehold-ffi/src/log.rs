//! What the library says of what it does.

use std::sync::{Arc, Once, PoisonError, RwLock};

use log::{LevelFilter, Log, Metadata, Record};

use crate::FfiError;

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum LogLevel {
    /// Something has to be mended.
    Error,
    /// Something is not as it should be, and goes on.
    Warn,
    /// Something was done that is seldom.
    Info,
    /// What goes on, for whoever looks for a fault.
    Debug,
}

/// Hears what the library says. It is called by any thread, by several at once, while something waits for it, and may not call the library.
#[uniffi::export(foreign)]
pub trait LogCalls: Send + Sync {
    /// A line, and the part of the library that says it. It holds no name, no value and no key.
    ///
    /// # Errors
    /// None should be thrown: nobody hears of it.
    fn line(&self, level: LogLevel, part: String, text: String) -> Result<(), FfiError>;
}

/// Tells `calls` from now on what the library says, down to `least`; without `calls` nobody is told. One is told for the whole process.
#[uniffi::export]
pub fn log_to(calls: Option<Arc<dyn LogCalls>>, least: LogLevel) {
    static ONCE: Once = Once::new();
    let most = match (&calls, least) {
        (None, _) => LevelFilter::Off,
        (_, LogLevel::Error) => LevelFilter::Error,
        (_, LogLevel::Warn) => LevelFilter::Warn,
        (_, LogLevel::Info) => LevelFilter::Info,
        (_, LogLevel::Debug) => LevelFilter::Debug,
    };
    // Who is told and down to which level go together, whoever else sets them now.
    let mut now = TOLD.0.write().unwrap_or_else(PoisonError::into_inner);
    let before = std::mem::replace(&mut *now, calls);
    // This library is linked with a `log` of its own: no other logger is set.
    ONCE.call_once(|| log::set_logger(&TOLD).unwrap_or_default());
    log::set_max_level(most);
    drop(now);
    // The program is called for it, and may log again.
    drop(before);
}

struct Told(RwLock<Option<Arc<dyn LogCalls>>>);

static TOLD: Told = Told(RwLock::new(None));

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
        if let Some(calls) = told
            && self.enabled(record.metadata())
        {
            let level = match record.level() {
                log::Level::Error => LogLevel::Error,
                log::Level::Warn => LogLevel::Warn,
                log::Level::Info => LogLevel::Info,
                log::Level::Debug | log::Level::Trace => LogLevel::Debug,
            };
            let (part, text) = (record.target().to_owned(), record.args().to_string());
            let _ = calls.line(level, part, text);
        }
    }

    fn flush(&self) {}
}
