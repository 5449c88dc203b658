//! Pipes to a peer.

use std::{
    io::ErrorKind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use freehold::{
    Error,
    transport::{self, RunError, Tcp},
};

use crate::{FfiError, Stop, stop::stop_or_never};

/// A pipe to one peer.
#[derive(uniffi::Object)]
pub struct Transport(Mutex<Box<dyn transport::Transport>>);

/// Why a pipe of a program's own is of no more use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum TransportError {
    /// The peer closed it, and everything that it sent was taken.
    #[error("closed by the peer")]
    Closed,
    /// The peer takes nothing more, or says nothing more.
    #[error("the peer does not go on")]
    Stalled,
    /// It broke, or something else was thrown.
    #[error("failed")]
    Failed,
}

/// A pipe of a program's own. It is called by one thread at a time. Nothing that it carries has to be secret, or known to come from the
/// peer: the meeting sees to that.
#[uniffi::export(foreign)]
pub trait TransportCalls: Send + Sync {
    /// Sends all of it. While the peer takes nothing because it is sending itself, what it sends must be taken in.
    fn send(&self, bytes: Vec<u8>) -> Result<(), TransportError>;

    /// What has come, at most so many bytes, waiting for the first no longer than `wait_ms`; nothing when none came.
    fn receive(&self, most: u32, wait_ms: u64) -> Result<Vec<u8>, TransportError>;
}

#[uniffi::export]
impl Transport {
    /// Connects to `HOST:PORT` by TCP, waiting for no longer than `most_ms`, or until `stop` ends it.
    ///
    /// # Errors
    /// [`FfiError::Argument`] for another form; that it is not reached; `stopped`.
    #[uniffi::constructor]
    pub fn connect(
        place: String,
        most_ms: u64,
        stop: Option<Arc<Stop>>,
    ) -> Result<Arc<Self>, FfiError> {
        let (host, port) = host_and_port(&place)?;
        let (host, most) = (host.to_owned(), Duration::from_millis(most_ms));
        let tcp = stop_or_never(stop.as_ref()).beside(move || Tcp::connect(&host, port, most));
        let tcp = tcp.ok_or(RunError::Stopped).map_err(Error::from)?;
        Ok(Self::new(tcp.map_err(lost)?))
    }

    /// Over a pipe of the program's own.
    #[uniffi::constructor]
    #[must_use]
    pub fn over(calls: Arc<dyn TransportCalls>) -> Arc<Self> {
        Self::new(Calls(calls))
    }
}

impl Transport {
    fn new(transport: impl transport::Transport + 'static) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Box::new(transport))))
    }

    pub(crate) fn way(&self) -> MutexGuard<'_, Box<dyn transport::Transport>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Calls(Arc<dyn TransportCalls>);

impl transport::Transport for Calls {
    fn send(&mut self, bytes: &[u8]) -> Result<(), transport::TransportError> {
        Ok(self.0.send(bytes.to_vec())?)
    }

    fn receive(
        &mut self,
        buffer: &mut [u8],
        wait: Duration,
    ) -> Result<usize, transport::TransportError> {
        let most = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        let wait_ms = u64::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(u64::MAX);
        let bytes = self.0.receive(most, wait_ms)?;
        let room = buffer
            .get_mut(..bytes.len())
            .ok_or(transport::TransportError::Failed(ErrorKind::InvalidData))?;
        room.copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

impl From<TransportError> for transport::TransportError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Closed => Self::Closed,
            TransportError::Stalled => Self::Stalled,
            TransportError::Failed => Self::Failed(ErrorKind::Other),
        }
    }
}

impl From<uniffi::UnexpectedUniFFICallbackError> for TransportError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

/// A way to a peer that is of no more use once `stop` ends it.
pub(crate) struct Until<'a> {
    pub(crate) way: &'a mut dyn transport::Transport,
    pub(crate) stop: &'a freehold::Stop,
}

impl Until<'_> {
    fn go_on(&self) -> Result<(), transport::TransportError> {
        match self.stop.is_stopped() {
            true => Err(transport::TransportError::Stalled),
            false => Ok(()),
        }
    }
}

impl transport::Transport for Until<'_> {
    fn send(&mut self, bytes: &[u8]) -> Result<(), transport::TransportError> {
        self.go_on()?;
        self.way.send(bytes)
    }

    fn receive(
        &mut self,
        buffer: &mut [u8],
        wait: Duration,
    ) -> Result<usize, transport::TransportError> {
        self.go_on()?;
        self.way.receive(buffer, self.stop.left(wait))
    }
}

fn host_and_port(place: &str) -> Result<(&str, u16), FfiError> {
    let wrong = || FfiError::argument("not a place of the form HOST:PORT");
    let (host, port) = place.rsplit_once(':').ok_or_else(wrong)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Ok((host, port.parse().map_err(|_| wrong())?))
}

fn lost(error: transport::TransportError) -> Error {
    RunError::from(error).into()
}
