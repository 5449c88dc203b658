//! What carries bytes to a peer and back.

use std::{io::ErrorKind, time::Duration};

/// A pipe to one peer that keeps the order of its bytes: a connection, a radio link, what an app has.
///
/// Nothing that it carries needs to be secret or unchanged on the way: the channel sees to that.
pub trait Transport: Send {
    /// Sends all of it. While the peer takes nothing because it is sending itself, what it sends must be taken in.
    ///
    /// # Errors
    /// [`TransportError`]: the pipe is of no more use.
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError>;

    /// Takes what has come into `buffer`, waiting for the first byte no longer than `wait`; 0 when none came.
    ///
    /// # Errors
    /// [`TransportError::Closed`] once everything that the peer sent was taken, or another.
    fn receive(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, TransportError>;
}

/// Why a pipe is of no more use, or of none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The peer closed it.
    #[error("closed by the peer")]
    Closed,
    /// The peer takes nothing more, or says nothing more.
    #[error("the peer does not go on")]
    Stalled,
    /// No such host.
    #[error("no such host")]
    Unknown,
    /// The host does not answer, or not there.
    #[error("not reached: {0}")]
    Unreachable(ErrorKind),
    /// It broke.
    #[error("failed: {0}")]
    Failed(ErrorKind),
    /// A server on the way speaks another protocol than was asked for, or said no.
    #[error("refused on the way, with status {status}")]
    Refused {
        /// HTTP's number for it; 0 where there was none.
        status: u16,
    },
    /// The server's certificate is not trusted, or TLS failed otherwise.
    #[error("TLS failed, or its certificate is not trusted")]
    Tls,
    /// The address asks for what this build does not speak.
    #[error("this build speaks no TLS, or no WebSocket")]
    NotBuilt,
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        (**self).send(bytes)
    }

    fn receive(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, TransportError> {
        (**self).receive(buffer, wait)
    }
}
