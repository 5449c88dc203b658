//! What a connection speaks around its channel: told by its first byte, and once more inside TLS.

use freehold_transport::{Layer, Spoken, Tls, TlsServer, TransportError, WebSocket};

/// What is around the channel of one connection, without input or output of its own.
pub(crate) enum Around {
    /// Nobody has spoken; and what TLS is accepted with, if it is.
    Unknown(Option<TlsServer>),
    Nothing,
    Web(Box<WebSocket>),
    Tls(Box<Tls>, Box<Self>),
}

impl Around {
    /// Takes in what came, appends what it carries of the channel to `inner`, and to `out` what is to be sent back.
    ///
    /// # Errors
    /// [`TransportError`]: the connection is of no more use.
    pub(crate) fn receive(
        &mut self,
        bytes: &[u8],
        inner: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), TransportError> {
        if let (Self::Unknown(tls), Some(first)) = (&*self, bytes.first()) {
            *self = Self::of(*first, tls.as_ref())?;
        }
        match self {
            Self::Unknown(_) => Ok(()),
            Self::Nothing => {
                inner.extend_from_slice(bytes);
                Ok(())
            }
            Self::Web(web) => web.receive(bytes, inner, out),
            Self::Tls(tls, inside) => {
                let (mut carried, mut back) = (Vec::new(), Vec::new());
                tls.receive(bytes, &mut carried, out)?;
                let outcome = inside.receive(&carried, inner, &mut back);
                tls.send(&back, out)?;
                outcome
            }
        }
    }

    /// Wraps what the channel says, and appends it to `out`.
    ///
    /// # Errors
    /// [`TransportError`].
    pub(crate) fn send(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), TransportError> {
        match self {
            // Whoever connects speaks first.
            Self::Unknown(_) => Ok(()),
            Self::Nothing => {
                out.extend_from_slice(bytes);
                Ok(())
            }
            Self::Web(web) => web.send(bytes, out),
            Self::Tls(tls, inside) => {
                let mut wrapped = Vec::new();
                inside.send(bytes, &mut wrapped)?;
                tls.send(&wrapped, out)
            }
        }
    }

    fn of(first: u8, tls: Option<&TlsServer>) -> Result<Self, TransportError> {
        match (Spoken::of(first), tls) {
            (Some(Spoken::Channel), _) => Ok(Self::Nothing),
            (Some(Spoken::Http), _) => Ok(Self::Web(Box::new(WebSocket::accept()))),
            (Some(Spoken::Tls), Some(tls)) => {
                let inside = Box::new(Self::Unknown(None));
                Ok(Self::Tls(Box::new(tls.accept()?), inside))
            }
            (Some(Spoken::Tls), None) => Err(TransportError::Tls),
            (None, _) => Err(TransportError::Closed),
        }
    }
}
