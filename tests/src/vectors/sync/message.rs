//! Frames and messages.

use freehold_sync::{
    Cursor, LogName,
    message::{Message, frame},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::vectors::{Cases, Failure, Hex, Operation};

pub(super) struct Read;

#[derive(Serialize, Deserialize)]
pub(super) struct Input {
    frame: Hex,
}

#[derive(Serialize)]
pub(super) struct Output {
    message: &'static str,
    says: Value,
}

impl Operation for Read {
    const NAME: &'static str = "sync/message";
    const ABOUT: &'static str = "What one frame says.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("frame", "a frame with its length, and nothing after it"),
        ("message", "its name in the specification, in small letters"),
        ("says", "its fields; `bytes` are those of the stretch"),
    ];
    type Input = Input;
    type Output = Output;

    fn run(input: Input) -> Result<Output, Failure> {
        let (body, len) = frame(&input.frame.0)?.ok_or(Failure::Malformed)?;
        if len != input.frame.0.len() {
            return Err(Failure::Malformed);
        }
        let (message, says) = said(&Message::decode(body)?);
        Ok(Output { message, says })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let rule = &["sync-7"];
        for (name, about, tag, body) in accepted() {
            let frame = framed(tag, &body).into();
            cases.accept(name, rule, about, Input { frame });
        }
        for (name, about, frame, failure) in refused() {
            let frame = frame.into();
            cases.refuse(name, rule, about, Input { frame }, failure);
        }
    }
}

type Accepted = (&'static str, &'static str, u8, Vec<u8>);
type Refused = (&'static str, &'static str, Vec<u8>, Failure);

fn accepted() -> Vec<Accepted> {
    let partial = [&[1][..], &[9; 16], &[3, 0xe8, 7], &[8; 8]].concat();
    let name = [9; 16];
    vec![
        ("open", "of who has nothing", 1, open(1, 0, &[0])),
        (
            "open-wishes",
            "with every wish and a partial",
            1,
            open(1, 7, &partial),
        ),
        ("same", "", 2, vec![]),
        ("compare", "ranges, a list and a want", 3, compare()),
        (
            "compare-end",
            "of no range and no list",
            3,
            [&[7; 8][..], &[0, 0, 0]].concat(),
        ),
        ("log", "", 4, name.to_vec()),
        (
            "stretch",
            "the first bytes of a stretch",
            5,
            vec![0, 5, 0xac, 2, 0, 1, 2, 3],
        ),
        (
            "stretch-on",
            "that goes on after 200 bytes",
            5,
            vec![1, 0, 0xac, 2, 0xc8, 1, 4],
        ),
        ("more", "", 6, vec![1, 2, 3]),
        ("more-nothing", "of no bytes", 6, vec![]),
        ("upto", "", 7, vec![0x80, 1]),
        ("ack", "", 8, vec![5]),
        ("done", "", 9, vec![7, 1, 2, 3, 4]),
        ("refused", "for now", 10, vec![5, 30]),
        ("bye", "", 11, vec![]),
        ("known", "", 12, vec![0]),
    ]
}

fn refused() -> Vec<Refused> {
    use Failure::{Length, Malformed, Version};
    let f = framed;
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() - 1].to_vec();
    let wants = |count: u8| {
        let mut body = [&[7; 8][..], &[0, 0, count, 4]].concat();
        body.extend(
            (0..512 + usize::from(count & 0x7f)).flat_map(|_| [&[9; 16][..], &[0, 1]].concat()),
        );
        body
    };
    vec![
        ("nothing", "no bytes", vec![], Malformed),
        ("frame-empty", "a frame without a tag", vec![0], Length),
        (
            "frame-cut",
            "fewer bytes than its length says",
            cut(f(4, &[9; 16])),
            Malformed,
        ),
        (
            "frame-overlong",
            "the length in two bytes where one does",
            vec![0x81, 0, 2],
            Malformed,
        ),
        (
            "frame-four-bytes",
            "a length of four bytes",
            vec![0x80, 0x80, 0x80, 1, 2],
            Length,
        ),
        (
            "frame-over",
            "a byte over the bound",
            f(6, &[0; 1 << 16]),
            Length,
        ),
        (
            "after-the-frame",
            "a byte after the frame",
            [f(2, &[]), vec![0]].concat(),
            Malformed,
        ),
        ("tag-0", "an unknown tag", f(0, &[]), Malformed),
        ("tag-13", "an unknown tag", f(13, &[]), Malformed),
        (
            "version-0",
            "an older version",
            f(1, &open(0, 0, &[0])),
            Version,
        ),
        (
            "version-2",
            "a later version",
            f(1, &open(2, 0, &[0])),
            Version,
        ),
        ("open-empty", "without a version", f(1, &[]), Malformed),
        (
            "open-cut",
            "without its last byte",
            f(1, &cut(open(1, 0, &[0]))),
            Malformed,
        ),
        (
            "open-trailing",
            "a byte after it",
            f(1, &open(1, 0, &[0, 0])),
            Malformed,
        ),
        (
            "open-option",
            "an option that is neither",
            f(1, &open(1, 0, &[2])),
            Malformed,
        ),
        ("same-trailing", "a byte after it", f(2, &[0]), Malformed),
        (
            "compare-cut",
            "without its last byte",
            f(3, &cut(compare())),
            Malformed,
        ),
        (
            "compare-trailing",
            "a byte after it",
            f(3, &[compare(), vec![0]].concat()),
            Malformed,
        ),
        (
            "compare-prefix",
            "a prefix whose last half byte is not zero",
            f(
                3,
                &[&[7; 8][..], &[1, 1, 1, 0x11], &[0; 8], &[0, 0]].concat(),
            ),
            Malformed,
        ),
        ("compare-wants", "513 wants", f(3, &wants(0x81)), Length),
        ("log-short", "a name of 15 bytes", f(4, &[9; 15]), Malformed),
        ("log-long", "a name of 17 bytes", f(4, &[9; 17]), Malformed),
        (
            "stretch-over",
            "a length over the bound of a stretch",
            f(5, &[0, 0, 0x81, 0x80, 0x80, 4, 0]),
            Length,
        ),
        (
            "stretch-overlong",
            "a number in two bytes where one does",
            f(5, &[0x80, 0, 0, 1, 0]),
            Malformed,
        ),
        (
            "stretch-33-bits",
            "a length of 33 bits",
            f(5, &[0, 0, 0x80, 0x80, 0x80, 0x80, 0x10, 0]),
            Malformed,
        ),
        (
            "stretch-cut",
            "without an offset",
            f(5, &[0, 0, 1]),
            Malformed,
        ),
        ("upto-empty", "without a number", f(7, &[]), Malformed),
        (
            "upto-overlong",
            "a number in two bytes where one does",
            f(7, &[0x81, 0]),
            Malformed,
        ),
        ("ack-trailing", "a byte after it", f(8, &[1, 0]), Malformed),
        (
            "done-cut",
            "three bytes of the root",
            f(9, &[7, 1, 2, 3]),
            Malformed,
        ),
        (
            "refused-fault",
            "an unknown fault",
            f(10, &[6, 0]),
            Malformed,
        ),
        ("bye-trailing", "a byte after it", f(11, &[0]), Malformed),
        (
            "known-65-bits",
            "a number of 65 bits",
            f(
                12,
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
            ),
            Malformed,
        ),
    ]
}

/// A frame of this tag.
pub(super) fn framed(tag: u8, body: &[u8]) -> Vec<u8> {
    let len = postcard::to_allocvec(&(body.len() as u64 + 1)).unwrap();
    [&len[..], &[tag], body].concat()
}

fn open(version: u8, wish: u8, partial: &[u8]) -> Vec<u8> {
    let cursors = [&[0, 0, 0, 0, 0][..], &[0xa1, 0xa2, 0xa3, 0xa4, 0xac, 2]].concat();
    [&[version, wish][..], &cursors, &[5; 16], partial].concat()
}

/// Two ranges, a list with a head, and a want.
fn compare() -> Vec<u8> {
    let ranges = [&[2, 1, 1, 0x10][..], &[1; 8], &[1, 1, 0x20], &[2; 8]].concat();
    let lists = [&[1, 2, 1, 0x33, 1][..], &[0x33; 16], &[0xac, 2], &[4; 4]].concat();
    [&[7; 8][..], &ranges, &lists, &[1], &[9; 16], &[2, 0xff, 1]].concat()
}

/// A message's name and its fields.
pub(super) fn said(message: &Message<'_>) -> (&'static str, Value) {
    let hex = |bytes: &[u8]| json!(Hex::from(bytes));
    let log = |name: LogName| json!(Hex::from(name.0));
    let cursor = |cursor: Cursor| json!({"epoch": Hex::from(cursor.epoch.to_be_bytes()), "at": cursor.at.to_string()});
    match message {
        Message::Open(open) => {
            let partial = open.partial.as_ref().map(|held| {
                json!({"log": log(held.name), "from": held.from.to_string(), "length": held.len, "hash": hex(&held.hash)})
            });
            let says = json!({
                "version": open.version, "wish": open.wish, "seen": cursor(open.seen), "mine": cursor(open.mine),
                "root": hex(&open.root), "partial": partial,
            });
            ("open", says)
        }
        Message::Same => ("same", json!({})),
        Message::Compare(compare) => {
            let ranges = compare.ranges.iter().map(|(prefix, fingerprint)| json!({"prefix": prefix.to_string(), "fingerprint": hex(fingerprint)}));
            let head = |(name, entries, chain): &(LogName, u64, [u8; 4])| json!({"log": log(*name), "entries": entries.to_string(), "chain": hex(chain)});
            let lists = compare.lists.iter().map(|list| json!({"prefix": list.prefix.to_string(), "heads": list.heads.iter().map(head).collect::<Vec<_>>()}));
            let wants = compare.wants.iter().map(|want| json!({"log": log(want.name), "from": want.from.to_string(), "to": want.to.to_string()}));
            let says = json!({
                "seed": hex(&compare.seed), "ranges": ranges.collect::<Vec<_>>(), "lists": lists.collect::<Vec<_>>(),
                "wants": wants.collect::<Vec<_>>(),
            });
            ("compare", says)
        }
        Message::Log(name) => ("log", json!({"log": log(*name)})),
        Message::Stretch(part, bytes) => (
            "stretch",
            json!({"number": part.log, "from": part.from.to_string(), "length": part.len, "offset": part.offset, "bytes": hex(bytes)}),
        ),
        Message::More(bytes) => ("more", json!({"bytes": hex(bytes)})),
        Message::Upto(at) => ("upto", json!({"at": at.to_string()})),
        Message::Ack(taken) => ("ack", json!({"received": taken.to_string()})),
        Message::Done(done) => (
            "done",
            json!({"at": done.at.to_string(), "root": hex(&done.root)}),
        ),
        Message::Refused(refused) => (
            "refused",
            json!({"fault": format!("{:?}", refused.fault).to_lowercase(), "seconds": refused.retry_after_s}),
        ),
        Message::Bye => ("bye", json!({})),
        Message::Known(at) => ("known", json!({"at": at.to_string()})),
    }
}
