//! Where a relay is.

use std::sync::Arc;

use freehold::transport::{Address, Proxy, Reach, Trust};

use crate::FfiError;

/// A relay: where it is, and the key by which it is known.
#[derive(uniffi::Object)]
pub struct Relay(pub(crate) freehold::Relay);

/// What is known of a relay.
#[derive(Clone, uniffi::Record)]
pub struct RelaySpec {
    /// `HOST:PORT#KEY`, or `tls://HOST:PORT#KEY`, `ws://HOST:PORT/PATH#KEY`, `wss://HOST:PORT/PATH#KEY`.
    pub address: String,
    /// What its operator gave out, where not everyone may open a mailbox.
    #[uniffi(default = None)]
    pub admission: Option<String>,
    /// An HTTP proxy to go through, `HOST:PORT`.
    #[uniffi(default = None)]
    pub proxy: Option<String>,
    /// Certificates in DER, of which one vouches for the host where the way goes through TLS; those that the system trusts if there are
    /// none.
    #[uniffi(default = [])]
    pub roots: Vec<Vec<u8>>,
    /// In their place, the one certificate that the host shows, in DER.
    #[uniffi(default = None)]
    pub certificate: Option<Vec<u8>>,
}

#[uniffi::export]
impl Relay {
    /// A relay that is at an address. Nothing is sent.
    ///
    /// # Errors
    /// [`FfiError::Argument`] for an address or a proxy of another form, and for both roots and a certificate.
    #[uniffi::constructor]
    pub fn new(spec: RelaySpec) -> Result<Arc<Self>, FfiError> {
        let trust = match (spec.roots, spec.certificate) {
            (roots, None) if roots.is_empty() => Trust::System,
            (roots, None) => Trust::Roots(roots),
            (roots, Some(certificate)) if roots.is_empty() => Trust::Certificate(certificate),
            _ => return Err(FfiError::argument("both roots and a certificate")),
        };
        let address = spec.address.parse::<Address>().map_err(wrong)?;
        let proxy = spec.proxy.map(|text| text.parse::<Proxy>());
        let proxy = proxy.transpose().map_err(wrong)?;
        Ok(Arc::new(Self(freehold::Relay {
            admission: spec.admission,
            reach: Reach { proxy, trust },
            ..freehold::Relay::new(address)
        })))
    }
}

fn wrong(error: impl std::fmt::Display) -> FfiError {
    FfiError::argument(error.to_string())
}
