//! Stretches: as a relay checks them, and as a reader who holds the genesis.

use freehold_sync::{
    Checkpoint, Data, Letter, Position, Start as At, Stretch, UnverifiedCheckpoint,
};
use serde::{Deserialize, Serialize};

use super::Head;
use crate::vectors::{
    Cases, Failure, Hex, Operation,
    log::{GENESIS, GENESIS_SIGNATURE, HOUSEHOLD, Start, example::Example},
};

pub(super) struct Checked;
pub(super) struct Verify;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Input {
    stretch: Hex,
    from: Head,
}

#[derive(Serialize)]
pub(super) struct Output {
    kind: &'static str,
    items: usize,
    end: Head,
}

impl Operation for Checked {
    const NAME: &'static str = "sync/stretch";
    const ABOUT: &'static str = "A stretch as who cannot open it checks it.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("stretch", "its bytes"),
        ("from", "the head before it: `entries` and `chain`"),
        ("kind", "entries, letters or orders"),
        ("items", "how many"),
        ("end", "the head after it"),
    ];
    type Input = Input;
    type Output = Output;

    fn run(input: Input) -> Result<Output, Failure> {
        let stretch = Stretch::from_bytes(&input.stretch.0)?;
        let end = stretch.end(input.from.position()?)?;
        let (kind, items) = match &stretch {
            Stretch::Data(data) => ("entries", data.entries.len()),
            Stretch::Letters(letters) => ("letters", letters.len()),
            Stretch::Orders(orders) => ("orders", orders.len()),
        };
        Ok(Output {
            kind,
            items,
            end: end.into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let (_, data) = data();
        let position = data.start.as_ref().unwrap().position;
        let start = |data: &Data| Input {
            stretch: Stretch::Data(data.clone()).to_bytes().into(),
            from: position.into(),
        };
        let letters = |letters: Vec<Letter>| Input {
            stretch: Stretch::Letters(letters).to_bytes().into(),
            from: Position::START.into(),
        };
        let rule = &["sync-4"];
        cases.accept(
            "entries",
            &["sync-3"],
            "from the log's beginning",
            start(&data),
        );
        let mut bare = data.clone();
        bare.without_bodies();
        cases.accept(
            "headers",
            rule,
            "without bodies, with the same chain",
            start(&bare),
        );
        let two = vec![Letter::Held(vec![1; 40]), Letter::Gone([2; 32])];
        cases.accept(
            "letters",
            rule,
            "a letter, and what is left of one",
            letters(two),
        );
        let mut swapped = data.clone();
        swapped.entries.swap(0, 1);
        let refusals = [
            (
                "swapped",
                rule,
                "two entries in each other's place",
                start(&swapped),
                Failure::Sequence,
            ),
            (
                "empty",
                &["sync-5"],
                "no letter",
                letters(vec![]),
                Failure::Malformed,
            ),
        ];
        for (name, rules, about, input, failure) in refusals {
            cases.refuse(name, rules, about, input, failure);
        }
        let many = vec![Letter::Gone([0; 32]); 1025];
        let about = "1,025 letters";
        cases.refuse(
            "too-many",
            &["sync-7"],
            about,
            letters(many),
            Failure::Length,
        );
        let mut changed = data.clone();
        *changed.entries[1].1.last_mut().unwrap() ^= 1;
        let about = "a body with a bit changed";
        cases.refuse("body", rule, about, start(&changed), Failure::Body);
        let elsewhere = Input {
            from: Position { seq: 1, ..position }.into(),
            ..start(&data)
        };
        let about = "a start that is not where the copy ends";
        cases.refuse("elsewhere", &["sync-3"], about, elsewhere, Failure::Chain);
        let mut signed = data.clone();
        signed.start.as_mut().unwrap().signed = Some(signed.end);
        let about = "a signature at the log's beginning";
        cases.refuse(
            "signed-beginning",
            &["sync-3"],
            about,
            start(&signed),
            Failure::Malformed,
        );
        let mut unsigned = data.clone();
        unsigned.start.as_mut().unwrap().position.seq = 1;
        let about = "a start within the log without a signature";
        cases.refuse(
            "unsigned-start",
            &["sync-3"],
            about,
            start(&unsigned),
            Failure::Malformed,
        );
        let mut far = unsigned.clone();
        let begin = far.start.as_mut().unwrap();
        (begin.position.seq, begin.signed) = (1 << 63, Some(data.end));
        let about = "a start after 2^63 entries";
        let input = start(&far);
        cases.refuse("far", &["sync-5"], about, input, Failure::Malformed);
        let mut long = data.clone();
        long.start.as_mut().unwrap().intro = vec![0; 1025];
        let about = "a sealed genesis of 1,025 bytes";
        cases.refuse(
            "intro",
            &["sync-3"],
            about,
            start(&long),
            Failure::Malformed,
        );
        let mut bytes = start(&data).stretch.0;
        bytes.push(0);
        let trailing = Input {
            stretch: bytes.into(),
            ..start(&data)
        };
        let about = "a byte after it";
        cases.refuse(
            "trailing",
            &["sync-5"],
            about,
            trailing,
            Failure::NotCanonical,
        );
        let fourth = Input {
            stretch: [3, 0].into(),
            ..start(&data)
        };
        let about = "of an unknown kind";
        cases.refuse("kind-3", &["sync-5"], about, fourth, Failure::Malformed);
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Reader {
    #[serde(flatten)]
    start: Start,
    stretch: Hex,
    from: Option<Head>,
}

#[derive(Serialize)]
pub(super) struct Verified {
    entries: usize,
    end: Head,
}

impl Operation for Verify {
    const NAME: &'static str = "sync/verify";
    const ABOUT: &'static str = "A stretch of entries as a reader verifies it before it keeps any.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        GENESIS,
        GENESIS_SIGNATURE,
        HOUSEHOLD,
        ("stretch", "its bytes"),
        (
            "from",
            "where the reader's copy ends, or null if it has nothing",
        ),
        ("entries", "how many"),
        ("end", "the head after it"),
    ];
    type Input = Reader;
    type Output = Verified;

    fn run(input: Reader) -> Result<Verified, Failure> {
        let genesis = input.start.verify()?;
        let Stretch::Data(data) = Stretch::from_bytes(&input.stretch.0)? else {
            return Err(Failure::Unknown);
        };
        let from = input.from.as_ref().map(Head::position).transpose()?;
        let verified = data.verify(&genesis, from)?;
        Ok(Verified {
            entries: verified.entries.len(),
            end: verified.after.position().into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let (start, data) = data();
        let rule = &["sync-4"];
        let input = |data: &Data| Reader {
            start: start.clone(),
            stretch: Stretch::Data(data.clone()).to_bytes().into(),
            from: None,
        };
        cases.accept("from-the-beginning", rule, "three entries", input(&data));
        // The same without its first two entries, from the checkpoint after them.
        let checkpoint = verified(&Example::hours().checkpoints[0]);
        let (at, middle) = (checkpoint.position(), checkpoint.signed());
        let mut rest = data.clone();
        rest.entries.drain(..2);
        rest.start.as_mut().unwrap().position = at;
        rest.start.as_mut().unwrap().signed = Some(middle);
        cases.accept(
            "from-a-checkpoint",
            &["sync-3"],
            "the third entry",
            input(&rest),
        );
        let mut follows = rest.clone();
        follows.start = None;
        let follows = Reader {
            from: Some(at.into()),
            ..input(&follows)
        };
        cases.accept(
            "that-follows",
            &["sync-3"],
            "without a start",
            follows.clone(),
        );
        let nowhere = Reader {
            from: None,
            ..follows.clone()
        };
        let about = "without a start, to a reader that has nothing";
        cases.refuse("nowhere", &["sync-3"], about, nowhere, Failure::Chain);
        let mut forged = data.clone();
        forged.end.signature = middle.signature;
        let about = "the checkpoint's signature is another one's";
        cases.refuse(
            "bad-checkpoint",
            rule,
            about,
            input(&forged),
            Failure::Signature,
        );
        let mut later = data.clone();
        later.end.time = later.end.time.plus_ms(1);
        let about = "the checkpoint's time is a millisecond later";
        cases.refuse(
            "checkpoint-time",
            rule,
            about,
            input(&later),
            Failure::Signature,
        );
        let mut before = rest.clone();
        before.start.as_mut().unwrap().signed = Some(data.end);
        let about = "the checkpoint that it begins at is another one";
        cases.refuse("bad-start", rule, about, input(&before), Failure::Signature);
        let mut short = data.clone();
        short.entries.pop();
        let about = "the last entry is missing";
        cases.refuse("cut", rule, about, input(&short), Failure::Signature);
        let mut body = data.clone();
        *body.entries[0].1.last_mut().unwrap() ^= 1;
        let about = "a body with a bit changed";
        cases.refuse("body", rule, about, input(&body), Failure::Body);
        let mut other = data.clone();
        other.start.as_mut().unwrap().position.chain[0] ^= 1;
        let about = "a beginning that is not the genesis's";
        cases.refuse(
            "other-beginning",
            rule,
            about,
            input(&other),
            Failure::Chain,
        );
        let letters = Reader {
            stretch: Stretch::Letters(vec![Letter::Gone([0; 32])])
                .to_bytes()
                .into(),
            ..input(&data)
        };
        cases.refuse("letters", rule, "letters", letters, Failure::Unknown);
    }
}

/// Three entries of hours from the log's beginning, and who vouches for them.
fn data() -> (Start, Data) {
    let log = Example::hours();
    let genesis = log.start.verify().unwrap();
    let entry = |entry: &crate::vectors::log::example::Bytes| {
        (entry.header.0.clone(), entry.body.0.clone())
    };
    let data = Data {
        start: Some(Box::new(At {
            intro: vec![5; 640],
            position: genesis.start(),
            signed: None,
        })),
        entries: log.entries.iter().map(entry).collect(),
        end: verified(log.checkpoints.last().unwrap()).signed(),
    };
    (log.start, data)
}

fn verified(checkpoint: &Hex) -> Checkpoint {
    let genesis = Example::hours().start.verify().unwrap();
    let checkpoint = UnverifiedCheckpoint::from_bytes(&checkpoint.0).unwrap();
    checkpoint.verify(&genesis).unwrap()
}
