//! What two peers said, one line a message: the part of `inspect` that is for transcripts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use freehold::Time;
use freehold::model::Zone;
use freehold::transport::{PublicStatic, Record, Transcript, TranscriptError};
use freehold_sync::message::{HEADERS, Message, NEWEST, Open, STAY, frame};
use freehold_sync::{Cursor, LogName};
use serde_json::{Map, Value, json};

use super::hex;
use crate::failure::Failure;
use crate::output::{Out, grouped};

/// Tells what a transcript holds.
pub(super) fn inspect(path: &Path, out: &mut Out) -> Result<(), Failure> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut sessions: BTreeMap<u32, Session> = BTreeMap::new();
    for record in Transcript::read(BufReader::new(file)) {
        match record {
            Ok(Record::Session {
                session,
                time,
                peer,
            }) => {
                begin(session, time, PublicStatic(peer), out)?;
                sessions.insert(session, Session::new(time));
            }
            Ok(Record::Said {
                session,
                time,
                by_peer,
                bytes,
            }) => {
                let place = (session, time, by_peer);
                let said = sessions.get_mut(&session).ok_or_else(|| malformed(path))?;
                said.hear(place, &bytes, out)?;
            }
            // Its writer was stopped; what it said before is told.
            Err(TranscriptError::Cut) => {
                let words = "the transcript ends within a record";
                out.note("transcript_cut", words, &[]);
            }
            Err(TranscriptError::Io(kind)) => return Err(unreadable(path, &kind.into())),
            Err(_) => return Err(malformed(path)),
        }
    }
    Ok(())
}

fn begin(session: u32, time: Time, peer: PublicStatic, out: &mut Out) -> Result<(), Failure> {
    let time = Zone::utc().format(time);
    if out.json() {
        return out.object(&json!({"session": session, "time": time, "peer": peer.to_string()}));
    }
    out.heading(format_args!("Session {session} with {peer}, {time}"))
}

/// One session, as far as it was read.
struct Session {
    began: Time,
    here: Side,
    peer: Side,
}

/// What one side has said.
#[derive(Default)]
struct Side {
    input: Vec<u8>,
    named: Vec<LogName>,
    /// Log, first entry, length, and how much has come of the stretch that is under way.
    stretch: Option<(LogName, u64, u64, u64)>,
    done: bool,
    /// It said what is no message; what follows has no meaning.
    lost: bool,
}

/// A message in words, and field by field.
struct Told {
    name: &'static str,
    words: String,
    fields: Value,
}

impl Session {
    fn new(began: Time) -> Self {
        Self {
            began,
            here: Side::default(),
            peer: Side::default(),
        }
    }

    fn hear(
        &mut self,
        (session, time, by_peer): (u32, Time, bool),
        bytes: &[u8],
        out: &mut Out,
    ) -> Result<(), Failure> {
        let after = time.since_ms(self.began);
        let (from, side) = if by_peer {
            ("peer", &mut self.peer)
        } else {
            ("here", &mut self.here)
        };
        for (told, len) in side.hear(bytes) {
            if out.json() {
                let mut object = Map::new();
                object.insert("session".into(), session.into());
                object.insert("time".into(), Zone::utc().format(time).into());
                object.insert("from".into(), from.into());
                object.insert("message".into(), told.name.into());
                object.insert("bytes".into(), len.into());
                if let Value::Object(fields) = told.fields {
                    object.extend(fields);
                }
                out.object(&object)?;
            } else {
                let line = format!(
                    "{session} {after:>8} ms  {from}  {:<8}{:>7} bytes  {}",
                    told.name,
                    grouped(len),
                    told.words
                );
                out.line(line.trim_end())?;
            }
        }
        Ok(())
    }
}

impl Side {
    /// Takes bytes in and tells every message that is whole with them, and its length in the transcript.
    fn hear(&mut self, bytes: &[u8]) -> Vec<(Told, u64)> {
        let mut told = Vec::new();
        self.input.extend_from_slice(bytes);
        let input = std::mem::take(&mut self.input);
        let mut rest = &input[..];
        while !self.lost {
            let next = match frame(rest) {
                Ok(None) => break,
                Ok(Some((body, len))) => Message::decode(body).map(|message| (message, len)),
                Err(error) => Err(error),
            };
            match next {
                Ok((message, len)) => {
                    told.push((self.tell(&message), len as u64));
                    rest = &rest[len..];
                }
                Err(error) => {
                    self.lost = true;
                    let message = Told {
                        name: "Unknown",
                        words: format!("no message: {error}"),
                        fields: json!({"error": error.to_string()}),
                    };
                    told.push((message, rest.len() as u64));
                }
            }
        }
        self.input = if self.lost { Vec::new() } else { rest.to_vec() };
        told
    }

    fn tell(&mut self, message: &Message<'_>) -> Told {
        let (name, words, fields) = match message {
            Message::Open(open) => ("Open", open_in_words(open), open_json(open)),
            Message::Same => {
                self.done = true;
                ("Same", String::new(), json!({}))
            }
            Message::Known(at) => ("Known", format!("up to {at}"), json!({"at": at})),
            Message::Compare(compare) => {
                let heads: usize = compare.lists.iter().map(|list| list.heads.len()).sum();
                let words = format!(
                    "{} ranges, {} lists with {heads} heads, {} wanted",
                    compare.ranges.len(),
                    compare.lists.len(),
                    compare.wants.len()
                );
                let head = |(name, entries, chain): &(LogName, u64, [u8; 4])| json!({"log": name.to_string(), "entries": entries, "chain": hex(chain)});
                let ranges = compare.ranges.iter().map(|(prefix, fingerprint)| json!({"prefix": prefix.to_string(), "fingerprint": hex(fingerprint)}));
                let lists = compare.lists.iter().map(|list| json!({"prefix": list.prefix.to_string(), "heads": list.heads.iter().map(head).collect::<Vec<_>>()}));
                let wants = compare.wants.iter().map(|want| json!({"log": want.name.to_string(), "from_entry": want.from, "to_entry": want.to}));
                let fields = json!({
                    "seed": hex(&compare.seed),
                    "ranges": ranges.collect::<Vec<_>>(),
                    "lists": lists.collect::<Vec<_>>(),
                    "wants": wants.collect::<Vec<_>>(),
                });
                ("Compare", words, fields)
            }
            Message::Log(log) => {
                let number = self.named.len();
                self.named.push(*log);
                let fields = json!({"number": number, "log": log.to_string()});
                ("Log", format!("{number} is {log}"), fields)
            }
            Message::Stretch(part, bytes) => {
                let log = usize::try_from(part.log).ok();
                let log = log.and_then(|log| self.named.get(log)).copied();
                let log = log.unwrap_or(LogName([0; 16]));
                let come = u64::from(part.offset) + bytes.len() as u64;
                self.stretch = Some((log, part.from, u64::from(part.len), come));
                let (mut words, mut fields) = self.progress();
                if part.offset > 0 {
                    words.push_str(&format!(", goes on after {}", grouped(part.offset.into())));
                }
                if self.done {
                    words.push_str(", new since Done");
                }
                put(&mut fields, "offset", part.offset.into());
                put(&mut fields, "after_done", self.done.into());
                ("Stretch", words, fields)
            }
            Message::More(bytes) => {
                if let Some((.., come)) = &mut self.stretch {
                    *come += bytes.len() as u64;
                }
                let (words, fields) = self.progress();
                ("More", words, fields)
            }
            Message::Upto(at) => ("Upto", at.to_string(), json!({"at": at})),
            Message::Ack(taken) => {
                let words = format!("{} bytes of stretches", grouped(*taken));
                ("Ack", words, json!({"received": taken}))
            }
            Message::Done(done) => {
                self.done = true;
                let words = format!("at {}, root {}", done.at, hex(&done.root));
                (
                    "Done",
                    words,
                    json!({"at": done.at, "root": hex(&done.root)}),
                )
            }
            Message::Refused(refused) => {
                let fault = format!("{:?}", refused.fault).to_lowercase();
                let fields = json!({"fault": fault, "retry_after_s": refused.retry_after_s});
                ("Refused", refused.fault.to_string(), fields)
            }
            Message::Bye => ("Bye", String::new(), json!({})),
        };
        Told {
            name,
            words,
            fields,
        }
    }

    /// How far the stretch is that is under way.
    fn progress(&self) -> (String, Value) {
        let Some((log, from, len, come)) = self.stretch else {
            return (String::new(), json!({}));
        };
        let words = format!(
            "{log} from {from}: {} of {} bytes",
            grouped(come),
            grouped(len)
        );
        let fields =
            json!({"log": log.to_string(), "from_entry": from, "length": len, "come": come});
        (words, fields)
    }
}

fn open_in_words(open: &Open) -> String {
    let mut words = format!(
        "has {}, goes to {}, root {}",
        cursor(open.seen),
        cursor(open.mine),
        hex(&open.root)
    );
    for (bit, wish) in WISHES {
        if open.wish & bit != 0 {
            words.push_str(&format!(", {}", wish.replace('_', " ")));
        }
    }
    if let Some(partial) = &open.partial {
        words.push_str(&format!(
            ", has {} bytes of {} from {}",
            grouped(partial.len.into()),
            partial.name,
            partial.from
        ));
    }
    words
}

fn open_json(open: &Open) -> Value {
    let cursor =
        |cursor: Cursor| json!({"epoch": format!("{:08x}", cursor.epoch), "at": cursor.at});
    let wishes = WISHES.iter().filter(|(bit, _)| open.wish & bit != 0);
    let partial = open.partial.as_ref().map(|partial| {
        json!({
            "log": partial.name.to_string(),
            "from_entry": partial.from,
            "bytes": partial.len,
            "hash": hex(&partial.hash),
        })
    });
    json!({
        "version": open.version,
        "wishes": wishes.map(|(_, wish)| *wish).collect::<Vec<_>>(),
        "seen": cursor(open.seen),
        "mine": cursor(open.mine),
        "root": hex(&open.root),
        "partial": partial,
    })
}

const WISHES: [(u8, &str); 3] = [
    (STAY, "stay"),
    (NEWEST, "newest_first"),
    (HEADERS, "headers_only"),
];

fn cursor(cursor: Cursor) -> String {
    match cursor.epoch {
        0 => "nothing".into(),
        epoch => format!("{epoch:08x} up to {}", cursor.at),
    }
}

fn put(fields: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = fields {
        fields.insert(name.to_owned(), value);
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::input(
        "unreadable_file",
        format_args!("{} cannot be read: {error}", path.display()),
    )
    .field("file", path.to_string_lossy().as_ref())
}

fn malformed(path: &Path) -> Failure {
    Failure::input(
        "malformed",
        format_args!("{} is no transcript", path.display()),
    )
    .hint("`freehold show` explains the files that Freehold exchanges")
    .field("file", path.to_string_lossy().as_ref())
}
