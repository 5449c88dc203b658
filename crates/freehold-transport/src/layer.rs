//! Protocols between a channel and its pipe, for ways that let nothing else pass. They hide and prove nothing that the channel does
//! not.

use std::time::{Duration, Instant};

use crate::{Transport, TransportError};

/// A protocol around the bytes of a channel, without input or output of its own.
pub trait Layer: Send {
    /// Takes in what came from the pipe, appends what it carries to `inner`, and to `out` what the pipe is to carry back, also when
    /// it fails.
    ///
    /// # Errors
    /// [`TransportError`].
    fn receive(
        &mut self,
        bytes: &[u8],
        inner: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), TransportError>;

    /// Wraps bytes and appends them to `out`; while the protocol's own greeting is not over, they wait. The first call of the
    /// side that connects begins the greeting, also with nothing to say.
    ///
    /// # Errors
    /// [`TransportError`].
    fn send(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), TransportError>;
}

/// A transport inside a layer.
#[derive(Debug)]
pub struct Layered<L, T> {
    layer: L,
    pipe: T,
    come: Vec<u8>,
}

/// What a peer that connects speaks, by its first byte: the first record of a channel is too short to begin as the others do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoken {
    /// A channel, without anything around it.
    Channel,
    /// HTTP, which may become a WebSocket.
    Http,
    /// TLS.
    Tls,
}

impl Spoken {
    /// What begins with this byte.
    #[must_use]
    pub const fn of(first: u8) -> Option<Self> {
        match first {
            ..=CHANNEL_MAX => Some(Self::Channel),
            0x16 => Some(Self::Tls),
            b'G' => Some(Self::Http),
            _ => None,
        }
    }
}

impl<L: Layer, T: Transport> Layered<L, T> {
    /// Puts a layer around a pipe.
    ///
    /// # Errors
    /// [`TransportError`].
    pub fn over(layer: L, pipe: T) -> Result<Self, TransportError> {
        let mut layered = Self {
            layer,
            pipe,
            come: Vec::new(),
        };
        layered.send(&[])?;
        Ok(layered)
    }
}

impl<L: Layer, T: Transport> Transport for Layered<L, T> {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let mut out = Vec::new();
        self.layer.send(bytes, &mut out)?;
        self.pipe.send(&out)
    }

    fn receive(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, TransportError> {
        let until = Instant::now() + wait;
        // What comes may be of the layer alone.
        while self.come.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            let mut bytes = [0; 1 << 14];
            let len = self.pipe.receive(&mut bytes, left)?;
            if len == 0 {
                return Ok(0);
            }
            let mut out = Vec::new();
            let outcome = self.layer.receive(&bytes[..len], &mut self.come, &mut out);
            if !out.is_empty() {
                self.pipe.send(&out)?;
            }
            outcome?;
        }
        let len = self.come.len().min(buffer.len());
        buffer[..len].copy_from_slice(&self.come[..len]);
        self.come.drain(..len);
        Ok(len)
    }
}

/// The first byte of the longest first record of a channel.
const CHANNEL_MAX: u8 = 0x10;

#[cfg(test)]
mod tests {
    use super::*;

    /// channel-14: the longest first record begins below TLS and HTTP.
    #[test]
    fn the_first_byte_says_what_is_spoken() {
        let longest = u16::try_from(crate::FIRST_MAX + 96).unwrap().to_be_bytes();
        assert_eq!(longest[0], CHANNEL_MAX);
        assert_eq!(Spoken::of(0), Some(Spoken::Channel));
        assert_eq!(Spoken::of(longest[0]), Some(Spoken::Channel));
        assert_eq!(Spoken::of(longest[0] + 1), None);
        assert_eq!(Spoken::of(0x16), Some(Spoken::Tls));
        assert_eq!(Spoken::of(b'G'), Some(Spoken::Http));
        assert_eq!(Spoken::of(b'P'), None);
    }
}
