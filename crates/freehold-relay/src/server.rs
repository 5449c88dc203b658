//! The relay on the network: one loop over all connections.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    net::SocketAddr,
    os::unix::net::UnixStream as StdUnixStream,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use freehold_crypto::OsEntropy;
use freehold_model::Time;
use freehold_transport::{Address, TlsServer};
use mio::{
    Events, Interest, Poll, Registry, Token,
    net::{TcpListener, TcpStream, UnixStream},
};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::{
    Config, ConnId, Data, Next, Relay,
    around::Around,
    metrics,
    storage::{Embedded, Storage, StorageError},
};

/// Why a relay does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The operating system refused.
    #[error("{0}: {1}")]
    Io(&'static str, #[source] io::Error),
    /// The store did.
    #[error("the store in the data directory: {0}")]
    Storage(#[from] StorageError),
    /// The certificate and the key for TLS are none, or do not belong together.
    #[error("the certificate for TLS and its key are not PEM, or do not belong together")]
    Tls,
}

/// Serves until the process is told to stop: by SIGTERM or SIGINT.
///
/// # Errors
/// [`ServeError`].
pub fn serve(
    config: &Config,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Result<(), ServeError> {
    let at = |what| move |error| ServeError::Io(what, error);
    let data = Data::open(&config.data).map_err(at("the data directory"))?;
    let storage = Embedded::open(&config.data)?;
    let (key, signer) = data
        .keys(&mut OsEntropy::new())
        .map_err(at("the keys in the data directory"))?;
    let public = key.public();
    let relay = Relay::open(
        storage,
        key,
        signer,
        config.limits.clone(),
        data.mark(),
        Box::new(OsEntropy::new()),
    )?;
    data.set_mark(relay.mark()?)
        .map_err(at("the data directory"))?;
    let mut server = Server::bind(config, relay).map_err(at("the address to listen on"))?;
    server.tls = tls(config)?;
    let address = Address {
        around: freehold_transport::Around::default(),
        host: server.address.ip().to_string(),
        port: server.address.port(),
        key: public,
    };
    writeln!(stdout, "listening {address}").map_err(at("standard output"))?;
    if let Some(metrics) = &server.metrics {
        let place = metrics.local_addr().map_err(at("the metrics"))?;
        writeln!(stdout, "metrics http://{place}/metrics").map_err(at("standard output"))?;
    }
    stdout.flush().map_err(at("standard output"))?;
    server.run(stderr).map_err(at("the loop"))
}

/// What the relay proves itself with to those who come through TLS.
fn tls(config: &Config) -> Result<Option<TlsServer>, ServeError> {
    let Some(files) = &config.tls else {
        return Ok(None);
    };
    let read = |path, what| std::fs::read(path).map_err(|error| ServeError::Io(what, error));
    let chain = read(&files.cert, "the certificate for TLS")?;
    let key = read(&files.key, "the key for TLS")?;
    let server = TlsServer::from_pem(&chain, &key).map_err(|_| ServeError::Tls)?;
    Ok(Some(server))
}

struct Server<S> {
    relay: Relay<S>,
    tls: Option<TlsServer>,
    poll: Poll,
    listener: TcpListener,
    address: SocketAddr,
    metrics: Option<TcpListener>,
    signal: UnixStream,
    lines: BTreeMap<Token, Line>,
    last: usize,
}

/// One connection of the operating system.
struct Line {
    stream: TcpStream,
    kind: Kind,
    /// What is to be sent.
    out: Vec<u8>,
    /// It is closed when everything is sent.
    closing: bool,
    /// The system takes no more for now.
    full: bool,
    /// The system may have more to read.
    readable: bool,
}

enum Kind {
    Peer(ConnId, Around),
    /// A monitor, and what it has asked so far.
    Monitor(Vec<u8>),
}

impl<S: Storage> Server<S> {
    fn bind(config: &Config, relay: Relay<S>) -> io::Result<Self> {
        let poll = Poll::new()?;
        let registry = poll.registry();
        let mut listener = TcpListener::bind(config.listen)?;
        registry.register(&mut listener, LISTENER, Interest::READABLE)?;
        let mut metrics = config.metrics.map(TcpListener::bind).transpose()?;
        if let Some(metrics) = &mut metrics {
            registry.register(metrics, METRICS, Interest::READABLE)?;
        }
        let (signal, wake) = StdUnixStream::pair()?;
        signal.set_nonblocking(true)?;
        for number in [SIGTERM, SIGINT] {
            signal_hook::low_level::pipe::register(number, wake.try_clone()?)?;
        }
        let mut signal = UnixStream::from_std(signal);
        registry.register(&mut signal, SIGNAL, Interest::READABLE)?;
        Ok(Self {
            address: listener.local_addr()?,
            relay,
            tls: None,
            poll,
            listener,
            metrics,
            signal,
            lines: BTreeMap::new(),
            last: SIGNAL.0,
        })
    }

    fn run(&mut self, stderr: &mut dyn Write) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        let mut stopping = None;
        loop {
            let more = self.lines.values().any(|line| line.readable);
            let wait = match stopping {
                _ if more || self.relay.is_busy() => Duration::ZERO,
                Some(_) => Duration::from_millis(50),
                None => Duration::from_secs(1),
            };
            match self.poll.poll(&mut events, Some(wait)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            }
            for event in &events {
                match event.token() {
                    LISTENER | METRICS => {}
                    SIGNAL => {
                        let mut bytes = [0; 16];
                        if self.signal.read(&mut bytes).is_ok() && stopping.is_none() {
                            stopping = Some(now());
                            let _ = self.poll.registry().deregister(&mut self.listener);
                        }
                    }
                    token => {
                        if let Some(line) = self.lines.get_mut(&token) {
                            line.readable |= event.is_readable();
                            line.full &= !event.is_writable();
                        }
                    }
                }
            }
            if stopping.is_none() {
                // Also without an event: when there was no room before, there may be now.
                self.accept();
                self.accept_monitor();
            }
            self.read();
            self.relay.turn(now());
            if stopping.is_some() {
                // What was acknowledged is written; the peers go on elsewhere or later.
                self.relay.stop();
            }
            self.send();
            let time = now();
            for event in self.relay.take_events() {
                let (ms, json) = (time.ms(), event.to_json());
                writeln!(stderr, "{{\"ms\":{ms},{json}}}")?;
            }
            let late = stopping.is_some_and(|since| time.since_ms(since) > STOP_MS);
            if late || stopping.is_some() && self.lines.is_empty() {
                return Ok(());
            }
        }
    }

    fn accept(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            if let Some(conn) = self.relay.accept(now()) {
                // Small messages go at once.
                let _ = stream.set_nodelay(true);
                let around = Around::Unknown(self.tls.clone());
                if !self.add(stream, Kind::Peer(conn, around)) {
                    self.relay.closed(conn, now());
                }
            }
        }
    }

    fn accept_monitor(&mut self) {
        while let Some(Ok((stream, _))) = self.metrics.as_ref().map(TcpListener::accept) {
            let monitors = self.lines.values().filter(|line| line.is_monitor());
            if monitors.count() < MONITORS {
                self.add(stream, Kind::Monitor(Vec::new()));
            }
        }
    }

    fn add(&mut self, mut stream: TcpStream, kind: Kind) -> bool {
        self.last += 1;
        let token = Token(self.last);
        let both = Interest::READABLE | Interest::WRITABLE;
        if self
            .poll
            .registry()
            .register(&mut stream, token, both)
            .is_err()
        {
            return false;
        }
        let line = Line {
            stream,
            kind,
            out: Vec::new(),
            closing: false,
            full: false,
            readable: false,
        };
        self.lines.insert(token, line);
        true
    }

    /// Reads what came: of each connection a bounded part, so that none keeps the others waiting.
    fn read(&mut self) {
        let mut buffer = vec![0; READ_MAX];
        for line in self.lines.values_mut().filter(|line| line.readable) {
            match line.stream.read(&mut buffer) {
                Ok(0) => (line.readable, line.closing) = (false, true),
                Ok(len) => {
                    let bytes = buffer.get(..len).unwrap_or_default();
                    line.hear(&mut self.relay, bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => line.readable = false,
                Err(_) => (line.readable, line.closing) = (false, true),
            }
        }
    }

    /// Sends what there is to send, as much as the system takes.
    fn send(&mut self) {
        let mut gone = Vec::new();
        let relay = &mut self.relay;
        for (token, line) in &mut self.lines {
            loop {
                if line.out.is_empty() && !line.closing {
                    line.fill(relay);
                }
                if line.out.is_empty() || !line.flush() {
                    break;
                }
            }
            if line.closing && (line.out.is_empty() || line.full) {
                gone.push(*token);
            }
        }
        for token in gone {
            if let Some(line) = self.lines.remove(&token) {
                close(self.poll.registry(), line, &mut self.relay);
            }
        }
    }
}

impl Line {
    fn is_monitor(&self) -> bool {
        matches!(self.kind, Kind::Monitor(_))
    }

    /// Hands over what came.
    fn hear<S: Storage>(&mut self, relay: &mut Relay<S>, bytes: &[u8]) {
        match &mut self.kind {
            Kind::Peer(conn, around) => {
                let mut inner = Vec::new();
                let outcome = around.receive(bytes, &mut inner, &mut self.out);
                if !inner.is_empty() {
                    relay.receive(*conn, &inner, now());
                }
                // A peer that has answers made and takes none is cut off.
                if outcome.is_err() || self.out.len() > OUT_MAX {
                    (self.readable, self.closing) = (false, true);
                }
            }
            Kind::Monitor(request) => request.extend_from_slice(bytes),
        }
    }

    /// Takes what there is to say.
    fn fill<S: Storage>(&mut self, relay: &mut Relay<S>) {
        match &mut self.kind {
            Kind::Peer(conn, around) => {
                let mut plain = Vec::new();
                let over = relay.poll(*conn, &mut plain) == Next::Close;
                let sent = plain.is_empty() || around.send(&plain, &mut self.out).is_ok();
                self.closing = over || !sent;
            }
            Kind::Monitor(request) => {
                let answer = metrics::answer(request, || {
                    let stored = relay.storage().size().unwrap_or_default();
                    metrics::text(&relay.counts(), relay.sizes(), stored)
                });
                if let Some(answer) = answer {
                    self.out = answer.into_bytes();
                    self.closing = true;
                }
            }
        }
    }

    /// Whether everything was sent.
    fn flush(&mut self) -> bool {
        while !self.out.is_empty() && !self.full {
            match self.stream.write(&self.out) {
                Ok(sent) => drop(self.out.drain(..sent)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.full = true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.out.clear();
                    self.closing = true;
                }
            }
        }
        self.out.is_empty() && !self.closing
    }
}

fn close<S: Storage>(registry: &Registry, mut line: Line, relay: &mut Relay<S>) {
    let _ = registry.deregister(&mut line.stream);
    if let Kind::Peer(conn, _) = line.kind {
        relay.closed(conn, now());
    }
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.map_or(0, |since| since.as_millis());
    Time::from_ms(i64::try_from(ms).unwrap_or(i64::MAX))
}

const LISTENER: Token = Token(0);
const METRICS: Token = Token(1);
const SIGNAL: Token = Token(2);
/// Bytes that are read of one connection in one turn.
const READ_MAX: usize = 1 << 18;
/// Bytes that wait to be sent, at most.
const OUT_MAX: usize = 1 << 20;
/// How long it may take to stop, ms.
const STOP_MS: i64 = 3000;
/// Monitors at once.
const MONITORS: usize = 16;
