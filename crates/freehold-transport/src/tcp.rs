//! TCP, over IPv4 and IPv6.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    time::{Duration, Instant},
};

use crate::{Transport, TransportError};

/// A TCP connection.
#[derive(Debug)]
pub struct Tcp {
    stream: TcpStream,
    /// What came while this side was sending.
    early: Vec<u8>,
    stall: Duration,
}

impl Tcp {
    /// Connects to a host, by name or address, trying each of its addresses within the time. To find a name's addresses takes as
    /// long as the system takes.
    ///
    /// # Errors
    /// [`TransportError::Unknown`], [`TransportError::Unreachable`].
    pub fn connect(host: &str, port: u16, timeout: Duration) -> Result<Self, TransportError> {
        let found = (host, port).to_socket_addrs();
        let addresses: Vec<SocketAddr> = found.map_err(|_| TransportError::Unknown)?.collect();
        let until = Instant::now() + timeout;
        let mut outcome = Err(TransportError::Unknown);
        for (no, address) in (0_u32..).zip(&addresses) {
            // An address that does not answer leaves time for the others.
            let others = u32::try_from(addresses.len()).map_or(1, |all| all - no);
            let left = until.saturating_duration_since(Instant::now()) / others;
            let left = left.max(Duration::from_millis(1));
            match TcpStream::connect_timeout(address, left) {
                Ok(stream) => return Self::over(stream),
                Err(error) => outcome = Err(TransportError::Unreachable(error.kind())),
            }
        }
        outcome
    }

    /// Over a connection that is there, such as one that was accepted.
    ///
    /// # Errors
    /// [`TransportError::Failed`].
    pub fn over(stream: TcpStream) -> Result<Self, TransportError> {
        stream
            .set_nodelay(true)
            .and_then(|()| stream.set_nonblocking(false))
            .and_then(|()| stream.set_write_timeout(Some(TURN)))
            .map_err(failed)?;
        Ok(Self {
            stream,
            early: Vec::new(),
            stall: STALL,
        })
    }

    /// How long the peer may take nothing before sending fails; half a minute otherwise.
    #[must_use]
    pub fn stalling_after(mut self, stall: Duration) -> Self {
        self.stall = stall;
        self
    }

    /// Takes in what is there; how much that was.
    fn take_early(&mut self) -> Result<usize, TransportError> {
        let before = self.early.len();
        let mut buffer = [0; 1 << 14];
        while self.early.len() < EARLY_MAX {
            let len = self.read(&mut buffer, Duration::ZERO)?;
            self.early.extend_from_slice(&buffer[..len]);
            if len < buffer.len() {
                break;
            }
        }
        Ok(self.early.len() - before)
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, TransportError> {
        // The system waits no shorter, and forever when it is asked to wait for nothing.
        let wait = wait.max(Duration::from_millis(1));
        self.stream.set_read_timeout(Some(wait)).map_err(failed)?;
        match self.stream.read(buffer) {
            Ok(0) if !buffer.is_empty() => Err(TransportError::Closed),
            Ok(len) => Ok(len),
            Err(error) if is_pause(&error) => Ok(0),
            Err(error) => Err(failed(error)),
        }
    }
}

impl Transport for Tcp {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let mut rest = bytes;
        let mut moved = Instant::now();
        while !rest.is_empty() {
            let progress = match self.stream.write(rest) {
                Ok(len) => {
                    rest = &rest[len..];
                    len
                }
                Err(error) if is_pause(&error) => self.take_early()?,
                Err(error) => return Err(failed(error)),
            };
            if progress > 0 {
                moved = Instant::now();
            } else if moved.elapsed() > self.stall {
                return Err(TransportError::Stalled);
            }
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, TransportError> {
        if self.early.is_empty() {
            return self.read(buffer, wait);
        }
        let len = self.early.len().min(buffer.len());
        buffer[..len].copy_from_slice(&self.early[..len]);
        self.early.drain(..len);
        Ok(len)
    }
}

fn is_pause(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

fn failed(error: io::Error) -> TransportError {
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            TransportError::Closed
        }
        kind => TransportError::Failed(kind),
    }
}

/// How long a write waits before it is looked whether the peer is sending.
const TURN: Duration = Duration::from_millis(20);
/// How long the peer may neither take nor send anything.
const STALL: Duration = Duration::from_secs(30);
/// Bytes that are taken in while this side sends, at most: more than a session has under way.
const EARLY_MAX: usize = 4 << 20;
