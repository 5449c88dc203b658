//! What two peers said, kept in a file: to see what a session did, long after.
//!
//! A transcript holds the frames of both sides as they were before the channel sealed them and after it opened them: sealed pieces,
//! cursors, and logs by the names that only the two peers know. It says who met whom, when, and about how much. The layout is in
//! `docs/spec/sync.md`.

use std::{
    fmt,
    io::{self, ErrorKind, Read, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use freehold_model::{Time, wire};
use freehold_sync::Witness;
use serde::{Deserialize, Serialize};

use crate::PublicStatic;

/// A transcript that is being written. Sessions that run side by side may share one; a clone writes to the same.
#[derive(Clone)]
pub struct Transcript {
    book: Arc<Mutex<Book>>,
    clock: Arc<dyn Fn() -> Time + Send + Sync>,
}

/// One piece of a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// A session began.
    Session {
        /// Its number in this transcript, from 0.
        session: u32,
        /// When.
        time: Time,
        /// The static key of the peer.
        peer: [u8; 32],
    },
    /// One side said something: frames, cut anywhere.
    Said {
        /// In which session.
        session: u32,
        /// When this was written.
        time: Time,
        /// Whether it was the peer, not the side that writes.
        by_peer: bool,
        /// What.
        bytes: Vec<u8>,
    },
}

/// Why a transcript cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TranscriptError {
    /// Not a transcript, or of another version.
    #[error("not a transcript, or of another version")]
    Head,
    /// What follows is no record.
    #[error("malformed record")]
    Malformed,
    /// It ends within a record: its writer was stopped.
    #[error("the last record is cut")]
    Cut,
    /// It could not be read.
    #[error("failed: {0}")]
    Io(ErrorKind),
}

impl Transcript {
    /// Begins a transcript.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn new(
        output: impl Write + Send + 'static,
        clock: impl Fn() -> Time + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let mut output: Box<dyn Write + Send> = Box::new(output);
        output.write_all(HEAD)?;
        output.flush()?;
        let book = Book {
            output,
            sessions: 0,
            failed: None,
        };
        Ok(Self {
            book: Arc::new(Mutex::new(book)),
            clock: Arc::new(clock),
        })
    }

    /// Who hears the session that begins now with this peer.
    #[must_use]
    pub fn witness(&self, peer: PublicStatic) -> Box<dyn Witness> {
        let mut book = self.book();
        let session = book.sessions;
        book.sessions += 1;
        book.put(&Record::Session {
            session,
            time: (self.clock)(),
            peer: peer.0,
        });
        drop(book);
        Box::new(Scribe {
            transcript: self.clone(),
            session,
        })
    }

    /// Why it is not whole, if it is not. A session does not end because nobody can write it down.
    #[must_use]
    pub fn failed(&self) -> Option<ErrorKind> {
        self.book().failed
    }

    /// Reads a transcript record by record; the first error is the last item.
    pub fn read(input: impl Read) -> impl Iterator<Item = Result<Record, TranscriptError>> {
        let mut input = input;
        let mut state = State::Head;
        std::iter::from_fn(move || {
            if state == State::Over {
                return None;
            }
            let next = next(&mut input, &mut state).transpose();
            if !matches!(next, Some(Ok(_))) {
                state = State::Over;
            }
            next
        })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transcript")
    }
}

/// Two are equal if what is said to one is said to the other.
impl PartialEq for Transcript {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.book, &other.book)
    }
}

impl Eq for Transcript {}

/// What all sessions of a transcript share.
struct Book {
    output: Box<dyn Write + Send>,
    sessions: u32,
    failed: Option<ErrorKind>,
}

impl Book {
    /// Writes a record at once: whoever is killed has said what is in the file.
    fn put(&mut self, record: &Record) {
        if self.failed.is_some() {
            return;
        }
        let bytes = wire::to_bytes(record);
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let whole = [&len.to_be_bytes()[..], &bytes].concat();
        let written = self
            .output
            .write_all(&whole)
            .and_then(|()| self.output.flush());
        self.failed = written.err().map(|error| error.kind());
    }
}

/// Writes down one session.
#[derive(Debug)]
struct Scribe {
    transcript: Transcript,
    session: u32,
}

impl Scribe {
    fn put(&self, by_peer: bool, bytes: &[u8]) {
        let time = (self.transcript.clock)();
        let mut book = self.transcript.book();
        for part in bytes.chunks(PART) {
            book.put(&Record::Said {
                session: self.session,
                time,
                by_peer,
                bytes: part.to_vec(),
            });
        }
    }
}

impl Witness for Scribe {
    fn said(&mut self, bytes: &[u8]) {
        self.put(false, bytes);
    }

    fn heard(&mut self, bytes: &[u8]) {
        self.put(true, bytes);
    }
}

#[derive(PartialEq)]
enum State {
    Head,
    Records,
    Over,
}

/// The next record; nothing at the end.
fn next(input: &mut impl Read, state: &mut State) -> Result<Option<Record>, TranscriptError> {
    if *state == State::Head {
        let mut head = [0; HEAD.len()];
        if filled(input, &mut head)? < head.len() || head != *HEAD {
            return Err(TranscriptError::Head);
        }
        *state = State::Records;
    }
    let mut len = [0; 4];
    match filled(input, &mut len)? {
        0 => return Ok(None),
        4 => {}
        _ => return Err(TranscriptError::Cut),
    }
    let len = u32::from_be_bytes(len) as usize;
    if len > RECORD_MAX {
        return Err(TranscriptError::Malformed);
    }
    let mut bytes = vec![0; len];
    if filled(input, &mut bytes)? < len {
        return Err(TranscriptError::Cut);
    }
    let record = wire::from_bytes(&bytes, RECORD_MAX).map_err(|_| TranscriptError::Malformed)?;
    Ok(Some(record))
}

/// Reads until the buffer is full or the input ends, and says how much came.
fn filled(input: &mut impl Read, buffer: &mut [u8]) -> Result<usize, TranscriptError> {
    let mut come = 0;
    while come < buffer.len() {
        match input.read(&mut buffer[come..]) {
            Ok(0) => break,
            Ok(len) => come += len,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(TranscriptError::Io(error.kind())),
        }
    }
    Ok(come)
}

/// What a transcript begins with; the number is its version.
const HEAD: &[u8; 22] = b"freehold transcript 1\n";
/// The most bytes of what was said in one record.
const PART: usize = 1 << 16;
/// The most bytes of a record.
const RECORD_MAX: usize = PART + 32;

#[cfg(test)]
mod tests {
    use super::*;

    /// An output that both the transcript and the test have.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Shared {
        fn bytes(&self) -> Vec<u8> {
            self.0.lock().unwrap().clone()
        }
    }

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut all = self.0.lock().unwrap();
            // A small disk.
            let room = (1_usize << 20).saturating_sub(all.len());
            let bytes = &bytes[..bytes.len().min(room)];
            all.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written() -> (Shared, Transcript) {
        let output = Shared::default();
        let clock = || Time::from_ms(1_800_000_000_000);
        let transcript = Transcript::new(output.clone(), clock).unwrap();
        (output, transcript)
    }

    #[test]
    fn what_was_said_is_read_again() {
        let (output, transcript) = written();
        let mut one = transcript.witness(PublicStatic([1; 32]));
        let mut two = transcript.witness(PublicStatic([2; 32]));
        one.said(&[7; 3]);
        two.heard(&vec![8; PART + 1]);
        let records: Result<Vec<Record>, _> = Transcript::read(&output.bytes()[..]).collect();
        let sizes: Vec<(u32, Option<(bool, usize)>)> = records
            .unwrap()
            .iter()
            .map(|record| match record {
                Record::Session { session, .. } => (*session, None),
                Record::Said {
                    session,
                    by_peer,
                    bytes,
                    ..
                } => (*session, Some((*by_peer, bytes.len()))),
            })
            .collect();
        let said = [
            (0, None),
            (1, None),
            (0, Some((false, 3))),
            (1, Some((true, PART))),
            (1, Some((true, 1))),
        ];
        assert_eq!(sizes, said);
        assert_eq!(transcript.failed(), None);
    }

    #[test]
    fn a_transcript_that_is_cut_gives_what_came_before() {
        let (output, transcript) = written();
        let mut one = transcript.witness(PublicStatic([1; 32]));
        one.said(&[7; 3]);
        let bytes = output.bytes();
        let read = |bytes: &[u8]| {
            let all: Vec<_> = Transcript::read(bytes).collect();
            let last = all.last().and_then(|last| last.as_ref().err().copied());
            (all.len(), last)
        };
        assert_eq!(read(&bytes), (2, None));
        assert_eq!(
            read(&bytes[..bytes.len() - 1]),
            (2, Some(TranscriptError::Cut))
        );
        assert_eq!(read(&bytes[..5]), (1, Some(TranscriptError::Head)));
        let other = [b"freehold transcript 2\n", &bytes[22..]].concat();
        assert_eq!(read(&other), (1, Some(TranscriptError::Head)));
        let long = [&bytes[..22], &[0xff; 40]].concat();
        assert_eq!(read(&long), (1, Some(TranscriptError::Malformed)));
    }

    #[test]
    fn a_full_disk_is_told_and_ends_nothing() {
        let (output, transcript) = written();
        let mut one = transcript.witness(PublicStatic([1; 32]));
        for _ in 0..20 {
            one.said(&[7; PART]);
        }
        assert_eq!(transcript.failed(), Some(ErrorKind::WriteZero));
        assert!(output.bytes().len() <= 1 << 20);
    }
}
