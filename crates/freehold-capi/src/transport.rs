//! Pipes to a peer, for pairing.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use freehold::{
    Error,
    transport::{RunError, Tcp, Transport, TransportError},
};

use crate::{
    guard::{Fault, free, hand},
    status::FhStatus,
    text::FhStr,
};

/// A pipe to one peer.
pub struct FhTransport(Mutex<Box<dyn Transport>>);

/// Connects to `HOST:PORT` by TCP, waiting for no longer than `most_ms`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_transport_connect(
    place: FhStr,
    most_ms: u64,
    out: *mut *mut FhTransport,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let (host, port) = host_and_port(place.text()?)?;
            let tcp = Tcp::connect(host, port, Duration::from_millis(most_ms));
            Ok(FhTransport::new(tcp.map_err(lost)?))
        })
    }
}

/// Over a TCP socket that is connected, such as one that was accepted. It is closed when this is freed, also when the call fails; -1 is no
/// socket.
#[cfg(unix)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_transport_socket(
    socket: std::ffi::c_int,
    out: *mut *mut FhTransport,
) -> FhStatus {
    use std::{net::TcpStream, os::fd::FromRawFd as _};
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            if socket < 0 {
                return Err(Fault::argument("no socket"));
            }
            let tcp = Tcp::over(TcpStream::from_raw_fd(socket)).map_err(lost)?;
            Ok(FhTransport::new(tcp))
        })
    }
}

/// Closes it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_transport_free(transport: *mut FhTransport) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(transport) }
}

impl FhTransport {
    fn new(transport: impl Transport + 'static) -> Self {
        Self(Mutex::new(Box::new(transport)))
    }

    pub(crate) fn way(&self) -> MutexGuard<'_, Box<dyn Transport>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn host_and_port(place: &str) -> Result<(&str, u16), Fault> {
    let wrong = || Fault::argument("not a place of the form HOST:PORT");
    let (host, port) = place.rsplit_once(':').ok_or_else(wrong)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Ok((host, port.parse().map_err(|_| wrong())?))
}

fn lost(error: TransportError) -> Error {
    RunError::from(error).into()
}
