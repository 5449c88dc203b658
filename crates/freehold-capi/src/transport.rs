//! Pipes to a peer.

use std::{
    ffi::c_void,
    io::ErrorKind,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use freehold::{
    Error,
    transport::{RunError, Tcp, Transport, TransportError},
};

use crate::{
    guard::{Fault, Grows, free, hand, known},
    status::FhStatus,
    text::FhStr,
    userdata::{FhDrop, Userdata},
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

/// What a pipe of a program's own answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum FhTransportAnswer {
    /// Done.
    Done = 0,
    /// The peer closed it, and everything that it sent was taken.
    Closed = 1,
    /// The peer takes nothing more, or says nothing more.
    Stalled = 2,
    /// It broke.
    Failed = 3,
}

/// A pipe of a program's own. Set it to zeros, then every field. Each function is given `userdata` first, and answers an
/// `FhTransportAnswer`. One thread at a time calls them. Nothing that it carries has to be secret, or known to come from the peer: the
/// meeting sees to that. Nothing may be thrown through it.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FhTransportCalls {
    /// `sizeof(FhTransportCalls)`.
    pub struct_size: usize,
    /// What the functions are given; or NULL.
    pub userdata: *mut c_void,
    /// Called once nobody uses `userdata` any more; or NULL.
    pub drop: FhDrop,
    /// Sends all `len` bytes. While the peer takes nothing because it is sending itself, what it sends must be taken in.
    pub send:
        Option<unsafe extern "C" fn(userdata: *mut c_void, bytes: *const u8, len: usize) -> i32>,
    /// Writes what has come, at most `room` bytes, waiting for the first no longer than `wait_ms`, and sets `came` to how many; to 0 when
    /// none came.
    pub receive: Option<
        unsafe extern "C" fn(
            userdata: *mut c_void,
            buffer: *mut u8,
            room: usize,
            wait_ms: u64,
            came: *mut usize,
        ) -> i32,
    >,
}

/// Over a pipe of the program's own. When this fails, `drop` is not called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_transport_calls(
    calls: *const FhTransportCalls,
    out: *mut *mut FhTransport,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, || Ok(FhTransport::new(Calls::of(known(calls)?)?))) }
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

/// The functions of a program.
struct Calls {
    userdata: Userdata,
    send: unsafe extern "C" fn(*mut c_void, *const u8, usize) -> i32,
    receive: unsafe extern "C" fn(*mut c_void, *mut u8, usize, u64, *mut usize) -> i32,
}

impl Calls {
    fn of(calls: &FhTransportCalls) -> Result<Self, Fault> {
        let all = || {
            Some(Self {
                send: calls.send?,
                receive: calls.receive?,
                // Last: what is made before and not used is dropped.
                userdata: Userdata::new(calls.userdata, calls.drop),
            })
        };
        all().ok_or_else(Fault::null)
    }
}

impl Transport for Calls {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        // SAFETY: the caller gave this function for it.
        answered(unsafe { (self.send)(self.userdata.get(), bytes.as_ptr(), bytes.len()) })
    }

    fn receive(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, TransportError> {
        let (room, mut came) = (buffer.len(), 0);
        let wait_ms = u64::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(u64::MAX);
        let (data, buffer) = (self.userdata.get(), buffer.as_mut_ptr());
        // SAFETY: the caller gave this function for it, and there is room for what it may write.
        answered(unsafe { (self.receive)(data, buffer, room, wait_ms, &raw mut came) })?;
        if came > room {
            return Err(TransportError::Failed(ErrorKind::InvalidData));
        }
        Ok(came)
    }
}

/// What is no answer is a failure.
fn answered(answer: i32) -> Result<(), TransportError> {
    Err(match answer {
        0 => return Ok(()),
        1 => TransportError::Closed,
        2 => TransportError::Stalled,
        _ => TransportError::Failed(ErrorKind::Other),
    })
}

const _: () = assert!(FhTransportAnswer::Failed as i32 == 3);

// SAFETY: it is.
unsafe impl Grows for FhTransportCalls {
    const NAME: &'static str = "FhTransportCalls";
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
