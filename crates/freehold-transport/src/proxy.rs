//! A way through an HTTP proxy.

use std::time::{Duration, Instant};

use crate::{Tcp, Transport, TransportError};

impl Tcp {
    /// Connects to a host by way of an HTTP proxy that knows CONNECT (RFC 9110, section 9.3.6). Proxies often let only port 443 pass,
    /// and only TLS.
    ///
    /// # Errors
    /// [`TransportError::Refused`] with the proxy's status, or as [`Tcp::connect`].
    pub fn connect_through(
        proxy: (&str, u16),
        host: &str,
        port: u16,
        timeout: Duration,
    ) -> Result<Self, TransportError> {
        let until = Instant::now() + timeout;
        let mut way = Self::connect(proxy.0, proxy.1, timeout)?;
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.into()
        };
        let request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n");
        way.send(request.as_bytes())?;
        let mut answer = Vec::new();
        // Byte by byte: what comes after the end is the peer's.
        while !answer.ends_with(b"\r\n\r\n") {
            let left = until.saturating_duration_since(Instant::now());
            let mut byte = [0];
            if answer.len() >= ANSWER_MAX || way.receive(&mut byte, left)? == 0 {
                return Err(TransportError::Stalled);
            }
            answer.push(byte[0]);
        }
        match status(&answer) {
            200..300 => Ok(way),
            status => Err(TransportError::Refused { status }),
        }
    }
}

/// The status of an answer; 0 when it is none of HTTP 1.
fn status(answer: &[u8]) -> u16 {
    let rest = answer.strip_prefix(b"HTTP/1.");
    let digits = rest.and_then(|rest| rest.get(2..5));
    let text = digits.and_then(|digits| core::str::from_utf8(digits).ok());
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The longest answer of a proxy.
const ANSWER_MAX: usize = 8192;
