//! A pipe inside one process.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::Duration,
};

use crate::{Transport, TransportError};

/// One end of a pipe inside a process, for tests and for peers that live together.
#[derive(Debug)]
pub struct Memory {
    out: Sender<Vec<u8>>,
    come: Receiver<Vec<u8>>,
    rest: Vec<u8>,
}

impl Memory {
    /// Both ends of a pipe.
    #[must_use]
    pub fn pair() -> (Self, Self) {
        let (to_two, from_one) = channel();
        let (to_one, from_two) = channel();
        let end = |out, come| Self {
            out,
            come,
            rest: Vec::new(),
        };
        (end(to_two, from_two), end(to_one, from_one))
    }
}

impl Transport for Memory {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        // What is empty would look as if nothing had come in time.
        if bytes.is_empty() {
            return Ok(());
        }
        self.out
            .send(bytes.to_vec())
            .map_err(|_| TransportError::Closed)
    }

    fn receive(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, TransportError> {
        if self.rest.is_empty() {
            self.rest = match self.come.recv_timeout(wait) {
                Ok(bytes) => bytes,
                Err(RecvTimeoutError::Timeout) => return Ok(0),
                Err(RecvTimeoutError::Disconnected) => return Err(TransportError::Closed),
            };
        }
        let len = self.rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&self.rest[..len]);
        self.rest.drain(..len);
        Ok(len)
    }
}
