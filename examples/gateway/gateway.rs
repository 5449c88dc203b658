//! Simple sensors behind one gateway, a relay, and the phone of whoever lives there. See the README beside this file.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]

use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader, Read, stderr, stdout},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio, exit},
    sync::Arc,
    thread,
    time::Duration,
};

use flate2::read::GzDecoder;
use freehold::{
    Clock, Device, FileKeyStore, Home, Level, Newcomer, PartyRole, Reading, Relay, SetClock,
    Stream, SystemClock, Time, Value,
    model::{Kind, Zone},
    transport::{Offer, Tcp},
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What a node measures.
struct Node {
    /// The column of the recording.
    column: usize,
    device: &'static str,
    stream: &'static str,
    kind: &'static str,
    unit: &'static str,
    levels: &'static [Level],
}

const NODES: [Node; 7] = [
    temperature(2, "node 1", "temperature by the desk"),
    temperature(3, "node 2", "temperature by the shelf"),
    temperature(4, "node 3", "temperature by the door"),
    temperature(5, "node 4", "temperature by the window"),
    Node {
        column: 14,
        device: "node 5",
        stream: "carbon dioxide",
        kind: "co2_concentration",
        unit: "[ppm]",
        levels: &[Level::QuarterHour, Level::Day],
    },
    motion(16, "node 6", "motion at the desk"),
    motion(17, "node 7", "motion at the door"),
];

const fn temperature(column: usize, device: &'static str, stream: &'static str) -> Node {
    Node {
        column,
        device,
        stream,
        kind: "air_temperature",
        unit: "Cel",
        levels: &[Level::Raw, Level::Hour, Level::Day],
    }
}

const fn motion(column: usize, device: &'static str, stream: &'static str) -> Node {
    Node {
        column,
        device,
        stream,
        kind: "motion",
        unit: "",
        levels: &[Level::Hour],
    }
}

/// What all nodes said at one time.
struct Frame {
    at: Time,
    said: Vec<String>,
}

/// How long the gateway collects before it makes readings durable, and how long before it meets the relay.
const BATCH_MS: i64 = 10 * 60_000;
const MEETING_MS: i64 = 6 * 3_600_000;

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let outcome = match words.as_slice() {
        [word, folder] if word == "relay" => exit(relay(folder).into()),
        _ => play(),
    };
    if let Err(error) = outcome {
        eprintln!("gateway: {error}");
        exit(1);
    }
}

fn play() -> Result<()> {
    let folder = env::temp_dir().join(format!("freehold-gateway-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let outcome = play_in(&folder);
    fs::remove_dir_all(&folder)?;
    outcome
}

fn play_in(folder: &Path) -> Result<()> {
    let began = SystemClock.now();
    let clock = Arc::new(SetClock::new(began));
    let (_running, relay) = start_relay(&folder.join("relay"))?;

    let place = folder.join("phone");
    let keys = FileKeyStore::beside(&place);
    let phone = Home::create_with(&place, "Phone", keys, clock.clone())?;
    let gateway = pair(&phone, &folder.join("gateway"), clock.clone())?;
    for node in &NODES {
        phone.add_device(Device {
            name: node.device.into(),
            maker: None,
            model: None,
        })?;
        let spec = phone.stream_spec(kind(node)?, "Europe/Berlin")?;
        let spec = spec.levels(node.levels.iter().copied().collect::<freehold::Levels>());
        phone.add_stream_for("Gateway", node.device, node.stream, spec)?;
    }
    // The phone says what there is to write, and hands out the first keys.
    phone.sync(&relay)?;
    gateway.sync(&relay)?;

    let frames = frames(began)?;
    let said = frames.len();
    let (recorded, until) = run(&gateway, &phone, &relay, &clock, frames)?;
    let (sealed, kept) = recorded;
    println!(
        "{said} frames: {sealed} readings sealed by the gateway, {kept} kept for the phone to seal\n"
    );
    show(&phone, began, until)
}

/// The gateway's work: collect, record, meet the relay. The phone meets it once a day.
fn run(
    gateway: &Home,
    phone: &Home,
    relay: &Relay,
    clock: &SetClock,
    frames: Vec<Frame>,
) -> Result<((u64, u64), Time)> {
    let streams = NODES.iter().map(|node| gateway.stream(node.stream));
    let streams: Vec<Stream> = streams.collect::<std::result::Result<_, _>>()?;
    let kinds: Vec<&Kind> = NODES.iter().map(kind).collect::<Result<_>>()?;
    let mut waiting: Vec<Vec<Reading>> = NODES.iter().map(|_| Vec::new()).collect();
    let start = clock.now();
    let (mut batch, mut met, mut opened) = (start, start, start);
    let mut recorded = (0, 0);
    for frame in frames {
        clock.set(frame.at);
        for ((node, kind), waiting) in NODES.iter().zip(&kinds).zip(&mut waiting) {
            let said = frame.said[node.column].as_str();
            if said.is_empty() {
                continue;
            }
            let parsed = kind.parse(&format!("{said} {}", node.unit));
            let value = parsed
                .map_err(|e| format!("{} said {said}: {e}", node.device))?
                .value;
            waiting.push(Reading::new(frame.at, value));
        }
        if frame.at.ms() - batch.ms() >= BATCH_MS {
            add(&mut recorded, record(&streams, &mut waiting)?);
            batch = frame.at;
        }
        if frame.at.ms() - met.ms() >= MEETING_MS {
            gateway.sync(relay)?;
            met = frame.at;
        }
        if frame.at.ms() - opened.ms() >= 4 * MEETING_MS {
            phone.sync(relay)?;
            opened = frame.at;
        }
    }
    add(&mut recorded, record(&streams, &mut waiting)?);
    // A day later every slot has ended.
    let until = clock.now().plus_ms(26 * 3_600_000);
    clock.set(until);
    gateway.sync(relay)?;
    phone.sync(relay)?;
    // Summaries over what it put in for the gateway.
    phone.sync(relay)?;
    Ok((recorded, until))
}

/// Makes readings durable; how many it sealed, and how many it kept for the household because it had no key.
fn record(streams: &[Stream], waiting: &mut [Vec<Reading>]) -> Result<(u64, u64)> {
    let mut recorded = (0, 0);
    for (stream, waiting) in streams.iter().zip(waiting) {
        let done = stream.record(waiting)?;
        recorded.0 += done.new;
        recorded.1 += done.kept;
        waiting.clear();
    }
    Ok(recorded)
}

fn add(sum: &mut (u64, u64), more: (u64, u64)) {
    *sum = (sum.0 + more.0, sum.1 + more.1);
}

/// What the phone opens of all that.
fn show(phone: &Home, from: Time, until: Time) -> Result<()> {
    println!(
        "{:<28}{:>8}{:>10}{:>10}{:>10}",
        "on the phone", "slots", "least", "mean", "greatest"
    );
    for node in &NODES {
        let stream = phone.stream(node.stream)?;
        let kind = kind(node)?;
        let level = *node
            .levels
            .iter()
            .find(|level| **level != Level::Raw)
            .ok_or("no level")?;
        let windows = stream.summaries(level, from, until)?;
        let summaries = || windows.iter().map(|window| &window.summary);
        let ranges = || summaries().filter_map(|summary| summary.extremes?.0);
        let (least, greatest) = (ranges().map(|r| r.min).min(), ranges().map(|r| r.max).max());
        let totals = summaries().filter_map(|summary| summary.totals);
        let (count, sum) = totals.fold((0, 0), |(count, sum), totals| {
            (count + i128::from(totals.count), sum + totals.sum)
        });
        let mean = if count == 0 {
            None
        } else {
            i64::try_from(sum / count).ok()
        };
        // Of what is true or false: how much of it was true.
        let (no, yes) = summaries()
            .filter_map(|summary| summary.distribution.as_deref())
            .fold((0, 0), |(no, yes), bins| match bins {
                [more_no, more_yes] => (no + more_no, yes + more_yes),
                _ => (no, yes),
            });
        if let Some(share) = (100 * yes).checked_div(no + yes) {
            let (stream, slots) = (node.stream, windows.len());
            let share = format!("{share} %");
            println!("{stream:<28}{slots:>8}{:>10}{share:>10}{:>10}", "no", "yes");
            continue;
        }
        let told = |number: Option<i64>| match number {
            Some(number) => kind.format(&Value::Number(number)),
            None => "–".into(),
        };
        println!(
            "{:<28}{:>8}{:>10}{:>10}{:>10}",
            node.stream,
            windows.len(),
            told(least),
            told(mean),
            told(greatest)
        );
    }
    Ok(())
}

/// Takes the gateway into the phone's household. Here both say yes by themselves; people compare what both screens show.
fn pair(phone: &Home, place: &Path, clock: Arc<SetClock>) -> Result<Home> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let mut invitation = phone.invite(&format!("127.0.0.1:{port}"), PartyRole::Device)?;
    // The text of the QR code.
    let offer = Offer::from_text(invitation.text())?;
    let host = thread::spawn(move || -> Result<_> {
        let (connected, _) = listener.accept()?;
        Ok(
            invitation.run(&mut Tcp::over(connected)?, &mut |confirmation| {
                println!("the phone shows    {confirmation}");
                true
            })?,
        )
    });
    let newcomer = Newcomer {
        name: "Gateway".into(),
        role: PartyRole::Device,
    };
    let gateway = Home::join(
        place,
        FileKeyStore::beside(place),
        clock,
        &offer,
        newcomer,
        &mut Tcp::connect("127.0.0.1", port, Duration::from_secs(10))?,
        &mut |confirmation| {
            println!("the gateway shows  {confirmation}");
            true
        },
    )?;
    host.join().map_err(|_| "the phone gave up")??;
    println!();
    Ok(gateway)
}

/// The recording, as if it began now.
fn frames(began: Time) -> Result<Vec<Frame>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data");
    let file = File::open(data.join("room-occupancy-uci864/occupancy_estimation.csv.gz"))?;
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text)?;
    let mut frames: Vec<Frame> = Vec::new();
    let mut first = None;
    for line in text.lines().skip(1) {
        let said: Vec<String> = line.split(',').map(str::to_owned).collect();
        let [date, time, ..] = said.as_slice() else {
            return Err("a line of the recording is cut off".into());
        };
        let written = Zone::utc().parse(
            &format!("{date} {time:0>8}"),
            freehold::model::Fold::Earlier,
        )?;
        let first = *first.get_or_insert(written);
        let at = began.plus_ms(written.ms() - first.ms());
        frames.push(Frame { at, said });
    }
    Ok(frames)
}

fn kind(node: &Node) -> Result<&'static Kind> {
    Kind::registered(node.kind).ok_or_else(|| format!("no kind {}", node.kind).into())
}

/// A relay that ends with this process.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start_relay(folder: &Path) -> Result<(Running, Relay)> {
    let program: PathBuf = env::current_exe()?;
    let child = Command::new(program)
        .arg("relay")
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut running = Running(child);
    let mut said = BufReader::new(running.0.stdout.take().ok_or("no output")?);
    let mut line = String::new();
    said.read_line(&mut line)?;
    let address = line
        .trim()
        .strip_prefix("listening ")
        .ok_or("the relay does not listen")?;
    let relay = Relay::new(address.parse()?);
    // What else it says goes unread, and its pipe stays open.
    thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    Ok((running, relay))
}

fn relay(folder: &str) -> u8 {
    let words = [
        "--listen",
        "127.0.0.1:0",
        "--admit",
        "open",
        "--data",
        folder,
    ];
    freehold_relay::run(words.map(Into::into), &mut stdout(), &mut stderr())
}
