//! Whole sessions: what both sides must say, byte for byte.

use freehold_model::Time;
use freehold_sync::{Letter, Role, Session, Stretch, Wish, message::frame};
use serde::{Deserialize, Serialize};

use super::{
    message::framed,
    replica::{Copy, Item, Seen, Side},
};
use crate::vectors::{Big, Cases, Failure, Hex, Operation};

pub(super) struct Whole;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Input {
    initiator: Side,
    responder: Side,
    /// So many bytes of the responder's come, then the pipe ends, and both meet again.
    cut: Option<usize>,
    /// In the place of the initiator, who then says only this.
    says: Option<Vec<Hex>>,
}

#[derive(Serialize)]
pub(super) struct Output {
    sessions: Vec<Vec<Said>>,
    root: Hex,
}

#[derive(Serialize)]
struct Said {
    from: &'static str,
    frame: Hex,
}

impl Operation for Whole {
    const NAME: &'static str = "sync/session";
    const ABOUT: &'static str = "All that two sides say to each other, who send everything that they have to send before they listen.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        (
            "initiator",
            "`epoch` of its journal; `seed` of its fingerprints; whether it wishes to `stay`; how far it has `seen` the other's journal; and its `journal`, stretches of letters in order, each with `log`, `stretch` and whether it `came` from the other side",
        ),
        ("responder", "alike"),
        (
            "cut",
            "how many bytes of the responder's come before the pipe ends and both meet again; null if it does not",
        ),
        (
            "says",
            "frames that the initiator says without listening, in the place of what it would say; or null",
        ),
        (
            "sessions",
            "of each session the frames in order, each with `from`, initiator or responder, and `frame`",
        ),
        ("root", "of both, afterwards"),
    ];
    type Input = Input;
    type Output = Output;

    fn run(input: Input) -> Result<Output, Failure> {
        let mut one = Party::new(&input.initiator, Role::Initiator)?;
        let mut two = Party::new(&input.responder, Role::Responder)?;
        if let Some(frames) = &input.says {
            return alone(&mut two, frames);
        }
        let mut sessions = Vec::new();
        if let Some(cut) = input.cut {
            sessions.push(talk(&mut one, &mut two, cut)?);
            one = one.again();
            two = two.again();
        }
        sessions.push(talk(&mut one, &mut two, usize::MAX)?);
        assert_eq!(one.copy.root(), two.copy.root());
        Ok(Output {
            sessions,
            root: one.copy.root(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, rules, about, input) in accepted() {
            cases.accept(name, rules, about, input);
        }
        let to = side(4, 4, &[(1, 0, 40)]);
        for (name, rules, about, says, failure) in refused() {
            let input = Input {
                says: Some(says.into_iter().map(Hex).collect()),
                ..meet(side(3, 3, &[]), to.clone())
            };
            cases.refuse(name, rules, about, input, failure);
        }
        let mut forked = side(3, 3, &[(1, 7, 40)]);
        (forked.seen.epoch, forked.seen.at) = (9, Big(5));
        let input = meet(forked, to);
        let about = "both have one letter of a log, and not the same";
        cases.refuse("fork", &["sync-14"], about, input, Failure::Conflict);
    }
}

type Accepted = (&'static str, &'static [&'static str], &'static str, Input);
type Refused = (
    &'static str,
    &'static [&'static str],
    &'static str,
    Vec<Vec<u8>>,
    Failure,
);

fn accepted() -> Vec<Accepted> {
    let base: &[(u8, u8, usize)] = &[(1, 0, 40), (2, 0, 60), (1, 1, 30)];
    let both = |more: &[(u8, u8, usize)]| {
        let mut one = side(3, 3, &[base, more].concat());
        let mut two = side(4, 4, base);
        two.journal.iter_mut().for_each(|item| item.came = true);
        (one.seen, two.seen) = (seen(4, base.len()), seen(3, base.len()));
        (one, two)
    };
    let (one, two) = both(&[]);
    let same = meet(one, two);
    let (one, two) = both(&[(2, 5, 50)]);
    let new = meet(one.clone(), two.clone());
    let pulled = meet(two, one);
    let first = meet(side(3, 3, base), side(4, 4, &[]));
    // Neither knows the other's journal; they differ in one log of forty.
    let many: Vec<(u8, u8, usize)> = (0..40).map(|no| (no, 0, 40)).collect();
    let cold = meet(
        side(3, 3, &[&many[..], &[(7, 1, 40)]].concat()),
        side(4, 4, &many),
    );
    let few = meet(
        side(3, 3, &[(1, 0, 40), (2, 0, 40)]),
        side(4, 4, &[(1, 0, 40), (3, 0, 40)]),
    );
    let large = meet(side(3, 3, &[]), side(4, 4, &[(1, 0, 70_000), (2, 0, 10)]));
    let cut = Input {
        cut: Some(65_700),
        ..large.clone()
    };
    vec![
        (
            "nothing-new",
            &["sync-8"],
            "both have the same and know it",
            same,
        ),
        (
            "one-new",
            &["sync-10"],
            "the initiator has one letter more",
            new,
        ),
        (
            "one-new-there",
            &["sync-12"],
            "the responder has one letter more",
            pulled,
        ),
        ("first", &["sync-9"], "the responder has nothing", first),
        (
            "large",
            &["sync-9"],
            "a stretch of more than one frame, to who has nothing",
            large,
        ),
        (
            "resumed",
            &["sync-11"],
            "the pipe ends within the second frame of a stretch",
            cut,
        ),
        (
            "cold",
            &["sync-13"],
            "neither knows the other's journal: heads are compared by ranges",
            cold,
        ),
        (
            "cold-few",
            &["sync-13"],
            "few logs: heads are listed, and each lacks what the other has",
            few,
        ),
    ]
}

fn refused() -> Vec<Refused> {
    use Failure::{Conflict, Length, Malformed, Order, Version};
    let root = side(3, 3, &[]).copy().unwrap().root().0;
    let opening = |version: u8, root: &[u8]| {
        framed(
            1,
            &[&[version, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0][..], root, &[0]].concat(),
        )
    };
    let open = || opening(1, &root);
    let log = |no: u8| framed(4, &[no; 16]);
    let part = |numbers: [u8; 4], bytes: &[u8]| framed(5, &[&numbers[..], bytes].concat());
    let letter = Stretch::Letters(vec![Letter::Held(vec![9; 3])]).to_bytes();
    let len = u8::try_from(letter.len()).unwrap_or(u8::MAX);
    let list = |prefix: &[u8], heads: &[(u8, u8)]| {
        let heads: Vec<u8> = heads
            .iter()
            .flat_map(|(no, entries)| [&[*no; 16][..], &[*entries], &[0xee; 4]].concat())
            .collect();
        let count = u8::try_from(heads.len() / 21).unwrap();
        framed(
            3,
            &[&[7; 8][..], &[0, 1], prefix, &[count], &heads, &[0]].concat(),
        )
    };
    let after = |frames: &[Vec<u8>]| [&[open()][..], frames].concat();
    let place: &[&str] = &["sync-7"];
    vec![
        (
            "before-open",
            &["sync-8"],
            "Log before Open",
            vec![log(1)],
            Order,
        ),
        (
            "done-first",
            &["sync-8"],
            "Done before Open",
            vec![framed(9, &[0, 1, 2, 3, 4])],
            Order,
        ),
        (
            "version",
            place,
            "an Open of another version",
            vec![opening(2, &root)],
            Version,
        ),
        (
            "unknown-tag",
            place,
            "a message of an unknown tag",
            after(&[framed(99, &[])]),
            Malformed,
        ),
        (
            "over-the-bound",
            place,
            "a frame over the bound",
            after(&[framed(6, &[0; 1 << 16])]),
            Length,
        ),
        (
            "open-twice",
            place,
            "a second Open",
            after(&[open()]),
            Order,
        ),
        (
            "same-from-initiator",
            place,
            "Same to a responder",
            after(&[framed(2, &[])]),
            Order,
        ),
        (
            "known-from-initiator",
            place,
            "Known to a responder",
            after(&[framed(12, &[0])]),
            Order,
        ),
        (
            "more-of-nothing",
            place,
            "More without a stretch",
            after(&[framed(6, &[1])]),
            Order,
        ),
        (
            "ack-of-nothing",
            place,
            "Ack of bytes that were not sent",
            after(&[framed(8, &[0xff, 0xff, 3])]),
            Order,
        ),
        (
            "not-named",
            place,
            "a stretch of a log without a name",
            after(&[part([0, 0, len, 0], &letter)]),
            Order,
        ),
        (
            "second-not-named",
            place,
            "a stretch of the second log, where one was named",
            after(&[log(9), part([1, 0, len, 0], &letter)]),
            Order,
        ),
        (
            "offset",
            &["sync-11"],
            "an offset where nothing had come",
            after(&[log(9), part([0, 0, len, 2], &letter[2..])]),
            Order,
        ),
        (
            "longer-than-said",
            place,
            "more bytes than the stretch's length",
            after(&[log(9), part([0, 0, len - 1, 0], &letter)]),
            Length,
        ),
        (
            "more-than-said",
            place,
            "more bytes than the stretch's length, later",
            after(&[
                log(9),
                part([0, 0, len, 0], &letter[..2]),
                framed(6, &letter),
            ]),
            Length,
        ),
        (
            "no-stretch",
            &["sync-5"],
            "bytes that are no stretch",
            after(&[log(9), part([0, 0, 2, 0], &[1, 0])]),
            Failure::Chain,
        ),
        (
            "gap",
            &["sync-4"],
            "a stretch that begins after the log's end",
            after(&[log(9), part([0, 1, len, 0], &letter)]),
            Failure::Chain,
        ),
        (
            "other-history",
            &["sync-6"],
            "another first letter of a log that is held",
            after(&[log(1), part([0, 0, len, 0], &letter)]),
            Conflict,
        ),
        (
            "list-fork",
            &["sync-14"],
            "a head as long as the one held, with another chain",
            after(&[list(&[0, 0], &[(1, 1)])]),
            Conflict,
        ),
        (
            "list-unsorted",
            &["sync-13"],
            "heads out of order",
            after(&[list(&[0, 0], &[(9, 1), (8, 1)])]),
            Malformed,
        ),
        (
            "list-twice",
            &["sync-13"],
            "a head twice",
            after(&[list(&[0, 0], &[(9, 1), (9, 1)])]),
            Malformed,
        ),
        (
            "list-elsewhere",
            &["sync-13"],
            "a head that is not below the prefix",
            after(&[list(&[1, 1, 0x10], &[(9, 1)])]),
            Malformed,
        ),
    ]
}

/// What one side of a session is while it runs.
struct Party {
    role: Role,
    side: Side,
    copy: Copy,
    session: Session,
}

impl Party {
    fn new(side: &Side, role: Role) -> Result<Self, Failure> {
        Ok(Self {
            role,
            copy: side.copy()?,
            session: begun(side, role)?,
            side: side.clone(),
        })
    }

    /// Meets the same peer again, with what it had of a stretch.
    fn again(self) -> Self {
        let session = begun(&self.side, self.role).unwrap();
        Self {
            session: session.resuming(self.session.into_partial()),
            ..self
        }
    }

    fn speak(&mut self) -> Result<Vec<u8>, Failure> {
        let mut out = Vec::new();
        while self.session.poll(&mut self.copy, &mut out)? {}
        Ok(out)
    }

    fn hear(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let outcome = self
            .session
            .receive(bytes, Time::from_ms(0), &mut self.copy);
        self.session.committed();
        Ok(outcome?)
    }
}

fn begun(side: &Side, role: Role) -> Result<Session, Failure> {
    let wish = Wish {
        stay: side.stay,
        ..Wish::default()
    };
    let seed = side.seed.array().ok_or(Failure::Length)?;
    Ok(Session::new(role, wish, seed))
}

/// Lets both speak in turn until neither has anything to say, or so much of the responder's has come.
fn talk(one: &mut Party, two: &mut Party, cut: usize) -> Result<Vec<Said>, Failure> {
    let (mut all, mut left) = (Vec::new(), cut);
    loop {
        let there = one.speak()?;
        all.extend(frames("initiator", &there));
        two.hear(&there)?;
        let back = two.speak()?;
        all.extend(frames("responder", &back));
        let come = &back[..back.len().min(left)];
        left -= come.len();
        one.hear(come)?;
        if left == 0 || there.is_empty() && back.is_empty() {
            return Ok(all);
        }
    }
}

/// A responder that hears this, and speaks in between.
fn alone(two: &mut Party, says: &[Hex]) -> Result<Output, Failure> {
    let mut all = Vec::new();
    for bytes in says {
        all.extend(frames("initiator", &bytes.0));
        two.hear(&bytes.0)?;
        all.extend(frames("responder", &two.speak()?));
    }
    Ok(Output {
        sessions: vec![all],
        root: two.copy.root(),
    })
}

fn frames(from: &'static str, bytes: &[u8]) -> Vec<Said> {
    let (mut all, mut rest) = (Vec::new(), bytes);
    while let Ok(Some((_, len))) = frame(rest) {
        let (next, after) = rest.split_at(len);
        let frame = next.into();
        all.push(Said { from, frame });
        rest = after;
    }
    all
}

fn meet(initiator: Side, responder: Side) -> Input {
    Input {
        initiator,
        responder,
        cut: None,
        says: None,
    }
}

/// A side that wrote these: logs by numbers, what is in the letter, and how long it is.
fn side(epoch: u32, seed: u8, letters: &[(u8, u8, usize)]) -> Side {
    let item = |(log, what, len): &(u8, u8, usize)| Item {
        log: [*log; 16].into(),
        stretch: Stretch::Letters(vec![Letter::Held(vec![*what; *len])])
            .to_bytes()
            .into(),
        came: false,
    };
    Side {
        epoch,
        seed: [seed; 8].into(),
        stay: false,
        seen: seen(0, 0),
        journal: letters.iter().map(item).collect(),
    }
}

fn seen(epoch: u32, at: usize) -> Seen {
    Seen {
        epoch,
        at: Big(at as u64),
    }
}
