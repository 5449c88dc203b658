//! What one side sends: stretches of logs in the order of its journal, or what was asked for.

use std::collections::VecDeque;

use super::{
    Numbers, SessionError,
    message::{Done, HEADERS, Message, NEWEST, Part, PartialHeld, Refused, Want},
    partial_hash,
};
use crate::{Change, Fault, LogName, Replica, STRETCH_MAX};

/// Bytes of stretches that may be under way, not yet acknowledged.
pub(super) const CREDIT: u64 = 1 << 20;
/// Bytes that one frame carries.
const FRAME: usize = (1 << 16) - 64;
/// Bytes that one poll appends, at least, if there are as many.
const FILL: usize = 1 << 16;
/// Bytes after which the peer is told how far it has the journal.
const UPTO: u64 = 1 << 15;

#[derive(Debug, Default)]
pub(super) struct Sender {
    plan: Plan,
    bodies: bool,
    wanted: VecDeque<Want>,
    /// What the peer has of a stretch that is to be sent first.
    partial: Option<PartialHeld>,
    resumed: Option<(LogName, u64)>,
    numbers: Numbers,
    under_way: Option<UnderWay>,
    sent: u64,
    acknowledged: u64,
    /// The place in the journal that the peer was told of, and how much was sent by then.
    told: (u64, u64),
    /// What this side said last of being done.
    pub(super) said: Option<Done>,
    pub(super) same: bool,
    pub(super) finishing: bool,
    refused: Option<Refused>,
}

/// How the journal is gone through.
#[derive(Debug, Default)]
enum Plan {
    /// Not before the peer has said what it has.
    #[default]
    Wait,
    /// Everything after this place.
    After(u64),
    /// Everything at or before `until` and after `floor`; then everything after `top`.
    Before { until: u64, floor: u64, top: u64 },
}

#[derive(Debug)]
struct UnderWay {
    name: LogName,
    bytes: Vec<u8>,
    sent: usize,
    /// The beginning, until it is sent.
    part: Option<Part>,
}

impl Sender {
    pub(super) fn start(&mut self, from: u64, top: u64, wish: u8, partial: Option<PartialHeld>) {
        self.bodies = wish & HEADERS == 0;
        self.plan = if wish & NEWEST != 0 && from < top {
            Plan::Before {
                until: top,
                floor: from,
                top,
            }
        } else {
            Plan::After(from)
        };
        self.partial = partial;
    }

    pub(super) fn want(&mut self, want: Want) -> Result<(), SessionError> {
        if self.wanted.len() >= WANTED_MAX {
            return Err(SessionError::TooLarge);
        }
        self.said = None;
        self.wanted.push_back(want);
        Ok(())
    }

    pub(super) fn acknowledged(&mut self, taken: u64) -> Result<(), SessionError> {
        if taken < self.acknowledged || taken > self.sent {
            return Err(SessionError::OutOfPlace);
        }
        self.acknowledged = taken;
        Ok(())
    }

    /// Whether all is sent, said and acknowledged.
    pub(super) fn is_settled(&self) -> bool {
        self.said.is_some() && self.under_way.is_none() && self.sent == self.acknowledged
    }

    pub(super) fn sending(&self) -> Option<LogName> {
        self.under_way.as_ref().map(|way| way.name)
    }

    pub(super) fn refuse(&mut self, error: SessionError) {
        let fault = match error {
            SessionError::Replica(fault) => fault,
            // The peer knows.
            SessionError::Refused { .. } | SessionError::Ended => return,
            _ => Fault::Invalid,
        };
        self.refused = Some(Refused {
            fault,
            retry_after_s: if fault.is_retryable() { RETRY_S } else { 0 },
        });
    }

    /// Says why the session ends, once.
    pub(super) fn tell(&mut self, out: &mut Vec<u8>) {
        if let Some(refused) = self.refused.take() {
            Message::Refused(refused).encode(out);
        }
    }

    /// Appends what is to be sent, as far as the credit goes.
    pub(super) fn fill(
        &mut self,
        replica: &mut impl Replica,
        compared: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), SessionError> {
        let start = out.len();
        while out.len() - start < FILL && self.sent < self.acknowledged + CREDIT {
            if self.under_way.is_some() {
                self.part(out);
            } else if let Some(change) = self.next(replica, compared)? {
                self.begin(replica, &change, out)?;
            } else {
                if compared {
                    self.done(replica, out);
                }
                break;
            }
            self.upto(out);
        }
        Ok(())
    }

    /// What the peer wanted by name, then what the journal says. While both compare what they have, the journal waits: what is new may
    /// follow what the peer is still to ask for.
    fn next(
        &mut self,
        replica: &mut impl Replica,
        compared: bool,
    ) -> Result<Option<Change>, SessionError> {
        if let Some(held) = &self.partial {
            let place = (held.name, held.from);
            let found = replica.stretch(held.name, held.from)?;
            if let Some(change) = found.filter(|change| change.from == place.1) {
                self.resumed = Some(place);
                return Ok(Some(change));
            }
            self.partial = None;
        }
        while let Some(want) = self.wanted.pop_front() {
            let found = replica.stretch(want.name, want.from)?;
            if let Some(change) = found.filter(|change| change.from < want.to) {
                if change.to > want.from {
                    self.wanted.push_front(Want {
                        from: change.to,
                        ..want
                    });
                }
                return Ok(Some(change));
            }
        }
        if !compared {
            return Ok(None);
        }
        loop {
            let change = match self.plan {
                Plan::Wait => None,
                Plan::After(after) => {
                    let change = replica.change_after(after)?;
                    let at = change.map_or_else(|| replica.journal().at, |change| change.at);
                    self.plan = Plan::After(at.max(after));
                    change
                }
                Plan::Before { until, floor, top } => {
                    match replica
                        .change_before(until)?
                        .filter(|change| change.at > floor)
                    {
                        Some(change) => {
                            let until = change.at - 1;
                            self.plan = Plan::Before { until, floor, top };
                            Some(change)
                        }
                        None => {
                            self.plan = Plan::After(top);
                            continue;
                        }
                    }
                }
            };
            match change {
                Some(change) if self.resumed == Some((change.name, change.from)) => {
                    self.resumed = None;
                }
                change => return Ok(change),
            }
        }
    }

    fn begin(
        &mut self,
        replica: &mut impl Replica,
        change: &Change,
        out: &mut Vec<u8>,
    ) -> Result<(), SessionError> {
        let bytes = replica.read(change, self.bodies)?;
        let len = u32::try_from(bytes.len()).map_err(|_| SessionError::TooLarge)?;
        if bytes.len() > STRETCH_MAX {
            return Err(SessionError::TooLarge);
        }
        let next = u32::try_from(self.numbers.len()).map_err(|_| SessionError::TooLarge)?;
        let log = *self.numbers.entry(change.name).or_insert_with(|| {
            Message::Log(change.name).encode(out);
            next
        });
        let offset = self.partial.take().map_or(0, |held| agreed(&held, &bytes));
        self.said = None;
        self.under_way = Some(UnderWay {
            name: change.name,
            sent: offset as usize,
            bytes,
            part: Some(Part {
                log,
                from: change.from,
                len,
                offset,
            }),
        });
        self.part(out);
        Ok(())
    }

    /// Sends as much of a stretch as one frame takes.
    fn part(&mut self, out: &mut Vec<u8>) {
        let Some(way) = &mut self.under_way else {
            return;
        };
        let rest = &way.bytes[way.sent..];
        let bytes = &rest[..rest.len().min(FRAME)];
        match way.part.take() {
            Some(part) => Message::Stretch(part, bytes).encode(out),
            None => Message::More(bytes).encode(out),
        }
        self.sent += bytes.len() as u64;
        way.sent += bytes.len();
        if way.sent == way.bytes.len() {
            self.under_way = None;
        }
    }

    fn upto(&mut self, out: &mut Vec<u8>) {
        if let (Plan::After(at), None) = (&self.plan, &self.under_way)
            && self.wanted.is_empty()
            && *at > self.told.0
            && self.sent >= self.told.1 + UPTO
        {
            Message::Upto(*at).encode(out);
            self.told = (*at, self.sent);
        }
    }

    /// Says that all is sent; again when the journal or what is held has moved on.
    fn done(&mut self, replica: &impl Replica, out: &mut Vec<u8>) {
        let Plan::After(at) = self.plan else { return };
        let done = Done::new(at, &replica.heads().root());
        if self.said != Some(done) {
            Message::Done(done).encode(out);
            self.said = Some(done);
            self.told = (at, self.sent);
        }
    }
}

/// The length up to which the peer has these bytes already.
fn agreed(held: &PartialHeld, bytes: &[u8]) -> u32 {
    let have = bytes.get(..held.len as usize);
    if have.is_some_and(|have| have.len() < bytes.len() && partial_hash(have) == held.hash) {
        held.len
    } else {
        0
    }
}

/// Wants that wait, at most.
const WANTED_MAX: usize = 1 << 20;
/// When a peer may come again.
const RETRY_S: u32 = 30;
