//! Where a relay is.

use freehold::{
    Relay,
    transport::{Address, Proxy, Reach, Trust},
};

use crate::{
    guard::{Fault, Grows, free, hand, known, list},
    status::FhStatus,
    text::{FhBytes, FhStr},
};

/// A relay: where it is, and the key by which it is known.
pub struct FhRelay(pub(crate) Relay);

/// What is known of a relay. Set it to zeros, then `struct_size` and `address`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FhRelaySpec {
    /// `sizeof(FhRelaySpec)`.
    pub struct_size: usize,
    /// `HOST:PORT#KEY`, or `tls://HOST:PORT#KEY`, `ws://HOST:PORT/PATH#KEY`, `wss://HOST:PORT/PATH#KEY`.
    pub address: FhStr,
    /// What its operator gave out, where not everyone may open a mailbox; or empty.
    pub admission: FhStr,
    /// An HTTP proxy to go through, `HOST:PORT`; or empty.
    pub proxy: FhStr,
    /// Certificates in DER, of which one vouches for the host where the way goes through TLS; those that the system trusts if there are
    /// none.
    pub roots: *const FhBytes,
    /// How many they are.
    pub roots_len: usize,
    /// In their place, the one certificate that the host shows, in DER; or empty.
    pub certificate: FhBytes,
}

/// A relay that is at an address. Nothing is sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_relay_new(
    spec: *const FhRelaySpec,
    out: *mut *mut FhRelay,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, || Ok(FhRelay(known(spec)?.read()?))) }
}

/// Frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_relay_free(relay: *mut FhRelay) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(relay) }
}

impl FhRelaySpec {
    /// # Safety
    /// The texts, bytes and lists are there.
    unsafe fn read(&self) -> Result<Relay, Fault> {
        // SAFETY: the caller says so.
        let (address, admission, proxy, trust) = unsafe {
            (
                self.address.text()?,
                self.admission.some()?,
                self.proxy.some()?,
                self.trust()?,
            )
        };
        let wrong = |error| Fault::argument(format!("{error}"));
        let proxy = proxy.map(str::parse::<Proxy>).transpose();
        Ok(Relay {
            admission: admission.map(str::to_owned),
            reach: Reach {
                proxy: proxy.map_err(wrong)?,
                trust,
            },
            ..Relay::new(address.parse::<Address>().map_err(wrong)?)
        })
    }

    /// # Safety
    /// The bytes and the list are there.
    unsafe fn trust(&self) -> Result<Trust, Fault> {
        // SAFETY: the caller says so.
        let (roots, certificate) = unsafe {
            let roots = list(self.roots, self.roots_len)?.iter();
            let roots = roots.map(|root| Ok(root.bytes()?.to_vec()));
            (
                roots.collect::<Result<Vec<_>, Fault>>()?,
                self.certificate.bytes()?,
            )
        };
        Ok(match (roots.is_empty(), certificate) {
            (true, []) => Trust::System,
            (false, []) => Trust::Roots(roots),
            (true, certificate) => Trust::Certificate(certificate.to_vec()),
            _ => return Err(Fault::argument("both roots and a certificate")),
        })
    }
}

// SAFETY: it is.
unsafe impl Grows for FhRelaySpec {
    const NAME: &'static str = "FhRelaySpec";
}
