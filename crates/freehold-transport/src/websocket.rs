//! WebSocket (RFC 6455): a channel in binary messages, through what lets only the web pass.

use std::io::{self, ErrorKind, Read, Write};

use tungstenite::{
    Error, Message,
    client::IntoClientRequest,
    handshake::{
        HandshakeError, HandshakeRole, MidHandshake,
        client::ClientHandshake,
        server::{NoCallback, ServerHandshake},
    },
    protocol::WebSocketConfig,
};

use crate::{Layer, TransportError};

/// One end of a WebSocket, without input or output of its own.
#[derive(Debug)]
pub struct WebSocket {
    stage: Stage,
    /// What is to be sent once the other side agrees.
    waiting: Vec<u8>,
}

#[derive(Debug)]
enum Stage {
    Connecting(MidHandshake<ClientHandshake<Buffers>>),
    Accepting(MidHandshake<ServerHandshake<Buffers, NoCallback>>),
    Open(Box<tungstenite::WebSocket<Buffers>>),
    Ended(TransportError),
}

impl WebSocket {
    /// The side that connects, to a path such as `/`.
    ///
    /// # Errors
    /// [`TransportError::Unknown`] when it makes no URL.
    pub fn connect(host: &str, port: u16, path: &str) -> Result<Self, TransportError> {
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.into()
        };
        // The scheme says nothing here: what is below is the caller's.
        let request = format!("ws://{host}:{port}{path}").into_client_request();
        let request = request.map_err(|_| TransportError::Unknown)?;
        let shake = ClientHandshake::start(Buffers::default(), request, Some(config()));
        let shake = shake.map_err(|_| TransportError::Unknown)?;
        Ok(Self::new(Stage::Connecting(shake)))
    }

    /// The side that awaits the request, for any path.
    #[must_use]
    pub fn accept() -> Self {
        let shake = ServerHandshake::start(Buffers::default(), NoCallback, Some(config()));
        Self::new(Stage::Accepting(shake))
    }

    const fn new(stage: Stage) -> Self {
        Self {
            stage,
            waiting: Vec::new(),
        }
    }

    /// Goes on with the handshake as far as what has come allows.
    fn shake(&mut self) {
        let closed = Stage::Ended(TransportError::Closed);
        self.stage = match core::mem::replace(&mut self.stage, closed) {
            Stage::Connecting(shake) => turn(shake, Stage::Connecting, |(socket, _)| socket),
            Stage::Accepting(shake) => turn(shake, Stage::Accepting, |socket| socket),
            stage => stage,
        };
    }

    fn buffers(&mut self) -> Option<&mut Buffers> {
        match &mut self.stage {
            Stage::Connecting(shake) => Some(shake.get_mut().get_mut()),
            Stage::Accepting(shake) => Some(shake.get_mut().get_mut()),
            Stage::Open(socket) => Some(socket.get_mut()),
            Stage::Ended(_) => None,
        }
    }

    /// Wraps what waits, if it can be.
    fn write(&mut self) {
        let Stage::Open(socket) = &mut self.stage else {
            return;
        };
        let waiting = core::mem::take(&mut self.waiting);
        for part in waiting.chunks(MESSAGE) {
            if let Err(error) = socket.write(Message::binary(part.to_vec())) {
                self.stage = Stage::Ended(fault(&error));
                return;
            }
        }
        if let Err(error) = socket.flush() {
            self.stage = Stage::Ended(fault(&error));
        }
    }

    /// Appends what whole messages carry.
    fn read(&mut self, inner: &mut Vec<u8>) {
        let Stage::Open(socket) = &mut self.stage else {
            return;
        };
        let error = loop {
            match socket.read() {
                Ok(Message::Binary(bytes)) => inner.extend_from_slice(&bytes),
                Ok(Message::Text(_)) => break TransportError::Failed(ErrorKind::InvalidData),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                    return;
                }
                Err(error) => break fault(&error),
            }
        };
        self.stage = Stage::Ended(error);
    }

    fn take_out(&mut self, out: &mut Vec<u8>) {
        if let Some(buffers) = self.buffers() {
            out.append(&mut buffers.output);
        }
    }
}

impl Layer for WebSocket {
    fn receive(
        &mut self,
        bytes: &[u8],
        inner: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), TransportError> {
        if let Some(buffers) = self.buffers() {
            buffers.input.extend_from_slice(bytes);
        }
        self.shake();
        self.write();
        self.read(inner);
        self.take_out(out);
        match self.stage {
            // What came before the end is heard first.
            Stage::Ended(error) if inner.is_empty() => Err(error),
            _ => Ok(()),
        }
    }

    fn send(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), TransportError> {
        if let Stage::Ended(error) = self.stage {
            return Err(error);
        }
        self.waiting.extend_from_slice(bytes);
        self.shake();
        self.write();
        self.take_out(out);
        Ok(())
    }
}

/// What the socket reads from and writes to.
#[derive(Debug, Default)]
struct Buffers {
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Read for Buffers {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let len = self.input.len().min(buffer.len());
        buffer[..len].copy_from_slice(&self.input[..len]);
        self.input.drain(..len);
        Ok(len)
    }
}

impl Write for Buffers {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn turn<R: HandshakeRole>(
    shake: MidHandshake<R>,
    again: impl FnOnce(MidHandshake<R>) -> Stage,
    done: impl FnOnce(R::FinalResult) -> tungstenite::WebSocket<Buffers>,
) -> Stage {
    match shake.handshake() {
        Ok(result) => Stage::Open(Box::new(done(result))),
        Err(HandshakeError::Interrupted(shake)) => again(shake),
        Err(HandshakeError::Failure(error)) => Stage::Ended(fault(&error)),
    }
}

fn fault(error: &Error) -> TransportError {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => TransportError::Closed,
        Error::Http(response) => TransportError::Refused {
            status: response.status().as_u16(),
        },
        _ => TransportError::Failed(ErrorKind::InvalidData),
    }
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(1 << 14)
        .write_buffer_size(0)
        .max_message_size(Some(MESSAGE_MAX))
        .max_frame_size(Some(MESSAGE_MAX))
}

/// What this side puts into one message.
const MESSAGE: usize = 1 << 16;
/// The longest message of a peer: one that nobody knows yet gets no more memory.
const MESSAGE_MAX: usize = 1 << 17;
