//! The loop that carries a link over a transport.

use std::time::{Duration, Instant};

use freehold_model::Time;
use freehold_sync::{Fault, Replica};

use crate::{Link, LinkError, Stop, Transport, TransportError};

/// Why a link did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The peer, or what this side holds.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The way to the peer. Another try may succeed.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// What came could not be made durable.
    #[error("not made durable: {0}")]
    Commit(Fault),
    /// It was stopped before its end. What was done stays done.
    #[error("stopped before its end")]
    Stopped,
}

/// How a link that stays shows that it is there, and finds out that the peer is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How often the peer hears of this side.
    pub beat: Duration,
    /// A peer that was not heard for so long is gone: more than two of its beats.
    pub silence: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            beat: Duration::from_secs(20),
            silence: Duration::from_secs(75),
        }
    }
}

/// Carries a link over a transport until its session is finished: what comes is committed, and then the peer hears of it. A session
/// that stays goes on until `stop` says so; one that does not ends early then, as [`Link::is_settled`] tells.
///
/// `commit` makes durable what the replica took; `clock` says what time it is.
///
/// # Errors
/// [`RunError`]. [`Link::into_partial`] then says what the next session may go on with.
pub fn run<R: Replica>(
    link: &mut Link,
    transport: &mut dyn Transport,
    replica: &mut R,
    commit: impl FnMut(&mut R) -> Result<(), Fault>,
    clock: impl Fn() -> Time,
    stop: &Stop,
) -> Result<(), RunError> {
    run_at(
        Pace::default(),
        link,
        transport,
        replica,
        commit,
        clock,
        stop,
    )
}

/// [`run`] at another pace.
///
/// # Errors
/// As [`run`].
pub fn run_at<R: Replica>(
    pace: Pace,
    link: &mut Link,
    transport: &mut dyn Transport,
    replica: &mut R,
    mut commit: impl FnMut(&mut R) -> Result<(), Fault>,
    clock: impl Fn() -> Time,
    stop: &Stop,
) -> Result<(), RunError> {
    let mut out = Vec::new();
    let mut buffer = vec![0; BUFFER];
    let (mut heard, mut said) = (Instant::now(), Instant::now());
    let mut stopping = None;
    loop {
        while let more = speak(link, transport, replica, &mut out)?
            && more
        {
            said = Instant::now();
        }
        if link.is_finished() {
            return Ok(());
        }
        if stop.is_stopped() && stopping.is_none() {
            stopping = Some(Instant::now());
            link.finish();
            continue;
        }
        if stopping.is_some_and(|since| since.elapsed() > FAREWELL) {
            return Err(RunError::Stopped);
        }
        if heard.elapsed() > pace.silence {
            return Err(TransportError::Stalled.into());
        }
        if said.elapsed() > pace.beat {
            link.beat(&mut out);
            transport.send(&out)?;
            out.clear();
            said = Instant::now();
        }
        let mut wait = TICK;
        let mut taken = 0;
        while taken < BATCH {
            let len = match transport.receive(&mut buffer, wait) {
                Ok(0) => break,
                Ok(len) => len,
                // What came before may be all that was to come; otherwise it is told the next time.
                Err(_) if taken > 0 => break,
                Err(error) => return Err(error.into()),
            };
            heard = Instant::now();
            let outcome = link.receive(&buffer[..len], clock(), replica);
            if let Err(error) = outcome {
                // The peer is told why, if it can be told.
                let _ = speak(link, transport, replica, &mut out);
                linger(transport, &mut buffer);
                return Err(error.into());
            }
            taken += len;
            wait = Duration::ZERO;
        }
        if taken > 0 {
            commit(replica).map_err(RunError::Commit)?;
            link.committed();
        }
    }
}

/// Sends what the link has to say now, and tells whether there was anything.
fn speak(
    link: &mut Link,
    transport: &mut dyn Transport,
    replica: &mut impl Replica,
    out: &mut Vec<u8>,
) -> Result<bool, RunError> {
    let outcome = link.poll(replica, out);
    if !out.is_empty() {
        transport.send(out)?;
        out.clear();
    }
    Ok(outcome?)
}

/// Lets a peer that is still sending read why this side ends: a connection that is closed before all of it was taken loses what was
/// said last.
fn linger(transport: &mut dyn Transport, buffer: &mut [u8]) {
    let since = Instant::now();
    while since.elapsed() < LINGER && transport.receive(buffer, LINGER).is_ok_and(|len| len > 0) {}
}

/// What one read takes.
const BUFFER: usize = 1 << 16;
/// What is taken in before it is committed, at most, while more comes without a pause.
const BATCH: usize = 1 << 18;
/// How long what is new here waits, and a stop.
const TICK: Duration = Duration::from_millis(100);
/// How long a peer has to read why a session ended.
const LINGER: Duration = Duration::from_millis(500);
/// How long a session may take to end that was told to: less than the five seconds that a phone gives an app.
const FAREWELL: Duration = Duration::from_secs(3);
