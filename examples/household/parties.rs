//! Every party is a process of its own: a relay on loopback, homes that bring it what they record, recipients that fetch it.
//!
//! The year has long gone by, so each is told what time it is. A home or a recipient runs as long as it has something to do; the
//! relay ends when this process does.

use std::{
    env,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio, exit},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    thread,
    time::Duration,
};

use freehold::{
    FileKeyStore, Home, Reading, Recipient, Relay, SetClock, Time,
    crypto::{OsEntropy, SigningKey},
    model::chunk,
    transport::StaticKey,
};
use freehold_relay::{ConnId, Limits, Next, storage::Memory};

use crate::Result;

/// A relay in a process of its own.
pub(crate) struct Loopback {
    child: Child,
    said: BufReader<ChildStdout>,
    address: String,
}

impl Loopback {
    /// Starts it.
    pub(crate) fn start() -> Result<Self> {
        let mut child = Command::new(env::current_exe()?)
            .arg("relay")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut said = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut address = String::new();
        said.read_line(&mut address)?;
        Ok(Self {
            child,
            said,
            address: address.trim().to_owned(),
        })
    }

    /// The home in a folder records these readings of a stream, and brings the relay what is new.
    pub(crate) fn brings(
        &mut self,
        home: &Path,
        stream: &str,
        readings: &[Reading],
        now: Time,
    ) -> Result<Party> {
        let start = readings.first().map_or(now, |reading| reading.time);
        let chunk = match readings {
            [] => Vec::new(),
            some => chunk::encode(start, some)?,
        };
        let start = start.ms().to_string();
        self.party(&["home", stream, &start], home, now, &chunk)
    }

    /// The recipient in a folder fetches what is new.
    pub(crate) fn is_asked_by(&mut self, recipient: &Path, now: Time) -> Result<Party> {
        self.party(&["recipient"], recipient, now, &[])
    }

    /// Starts a party.
    fn party(&mut self, role: &[&str], folder: &Path, now: Time, input: &[u8]) -> Result<Party> {
        self.set(now)?;
        let mut child = Command::new(env::current_exe()?)
            .args(role.get(..1).unwrap_or_default())
            .arg(folder)
            .args([&self.address, &now.ms().to_string()])
            .args(role.get(1..).unwrap_or_default())
            .stdin(Stdio::piped())
            .spawn()?;
        child.stdin.take().ok_or("no input")?.write_all(input)?;
        Ok(Party(child))
    }

    /// Tells the relay what time it is, and waits until it knows.
    fn set(&mut self, now: Time) -> Result<()> {
        let input = self.child.stdin.as_mut().ok_or("no input")?;
        writeln!(input, "{}", now.ms())?;
        self.said.read_line(&mut String::new())?;
        Ok(())
    }
}

/// A home or a recipient while it has something to do.
#[must_use]
pub(crate) struct Party(Child);

impl Party {
    /// Waits until it has done it.
    pub(crate) fn done(mut self) -> Result<()> {
        if self.0.wait()?.success() {
            Ok(())
        } else {
            Err("a home or a recipient failed".into())
        }
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        // The end of its input is its end.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// What this process is, if it is not the one that was started by hand.
pub(crate) fn act(words: &[String]) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match *words.as_slice() {
        ["relay"] => relay(),
        ["home", folder, address, now, stream, start] => {
            let home = open_home(Path::new(folder), clock(now)?)?;
            let mut input = Vec::new();
            std::io::stdin().read_to_end(&mut input)?;
            let stream = home.stream(stream)?;
            if !input.is_empty() {
                let start = Time::from_ms(start.parse()?);
                let readings = chunk::decode(start, &input, 1 << 20)?;
                readings
                    .chunks(BATCH)
                    .try_for_each(|batch| stream.record(batch).map(drop))?;
            }
            stream.flush()?;
            home.sync(&Relay::new(address.parse()?))?;
            Ok(home.close()?)
        }
        ["recipient", folder, address, now] => {
            let recipient = open_recipient(Path::new(folder), clock(now)?)?;
            recipient.sync(&Relay::new(address.parse()?))?;
            Ok(recipient.close()?)
        }
        _ => Err("this takes no arguments".into()),
    }
}

/// The home in a folder.
pub(crate) fn open_home(folder: &Path, clock: Arc<SetClock>) -> Result<Home> {
    Ok(Home::open_with(
        folder,
        FileKeyStore::beside(folder),
        clock,
    )?)
}

/// The recipient in a folder.
pub(crate) fn open_recipient(folder: &Path, clock: Arc<SetClock>) -> Result<Recipient> {
    let keys = FileKeyStore::beside(folder);
    Ok(Recipient::open_with(folder, keys, clock, None)?)
}

fn clock(now: &str) -> Result<Arc<SetClock>> {
    Ok(Arc::new(SetClock::new(Time::from_ms(now.parse()?))))
}

/// A relay that keeps everything in memory and goes by the time that it is told, line by line.
fn relay() -> Result<()> {
    let mut entropy = OsEntropy::new();
    let key = StaticKey::generate(&mut entropy)?;
    let signer = SigningKey::generate_ed25519(&mut entropy)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}#{}", listener.local_addr()?, key.public());
    let limits = Limits::default();
    let random = Box::new(OsEntropy::new());
    let mut relay = freehold_relay::Relay::open(Memory::new(), key, signer, limits, None, random)?;
    let told = Arc::new(AtomicI64::new(0));
    let clock = Arc::clone(&told);
    thread::spawn(move || {
        for line in std::io::stdin().lines() {
            let Ok(Ok(ms)) = line.map(|line| line.parse()) else {
                break;
            };
            clock.store(ms, Ordering::SeqCst);
            println!();
        }
        exit(0)
    });
    listener.set_nonblocking(true)?;
    let mut peers: Vec<Peer> = Vec::new();
    loop {
        let now = Time::from_ms(told.load(Ordering::SeqCst));
        while let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            if let Some(conn) = relay.accept(now) {
                let out = Vec::new();
                let over = false;
                peers.push(Peer {
                    stream,
                    conn,
                    out,
                    over,
                });
            }
        }
        let mut busy = false;
        for peer in &mut peers {
            busy |= peer.hear(&mut relay, now);
        }
        relay.turn(now);
        for peer in &mut peers {
            busy |= peer.say(&mut relay);
        }
        peers.retain(|peer| {
            if peer.over {
                relay.closed(peer.conn, now);
            }
            !peer.over
        });
        if !busy && !relay.is_busy() {
            thread::sleep(Duration::from_micros(500));
        }
    }
}

/// Somebody at the relay.
struct Peer {
    stream: TcpStream,
    conn: ConnId,
    out: Vec<u8>,
    over: bool,
}

impl Peer {
    /// Takes in what came; says whether anything did.
    fn hear(&mut self, relay: &mut freehold_relay::Relay<Memory>, now: Time) -> bool {
        let mut buffer = [0; 1 << 14];
        match self.stream.read(&mut buffer) {
            Ok(len) if len > 0 => {
                relay.receive(self.conn, buffer.get(..len).unwrap_or_default(), now);
                true
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            _ => {
                self.over = true;
                false
            }
        }
    }

    /// Sends what there is to say, as much as is taken; says whether there was anything.
    fn say(&mut self, relay: &mut freehold_relay::Relay<Memory>) -> bool {
        if self.out.is_empty() {
            let next = relay.poll(self.conn, &mut self.out);
            if self.out.is_empty() {
                self.over |= next == Next::Close;
                return false;
            }
        }
        match self.stream.write(&self.out) {
            Ok(len) => drop(self.out.drain(..len)),
            Err(error) => self.over |= error.kind() != ErrorKind::WouldBlock,
        }
        true
    }
}

/// Readings that reach the disk together.
const BATCH: usize = 1000;
