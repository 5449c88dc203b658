//! Finding out in which logs two replicas differ, without a cursor: range-based set reconciliation over kept fingerprints.

use std::collections::VecDeque;

use super::{
    SessionError,
    message::{COMPARE_MAX, Compare, List, Message, Want},
    send::Sender,
};
use crate::{Fault, Heads, LogName, Position, Prefix, Replica};

#[derive(Debug)]
pub(super) struct Comparison {
    seed: [u8; 8],
    started: bool,
    /// The peer's turn is due, or this side's.
    waits: bool,
    owes: bool,
    turns: usize,
    ranges: VecDeque<Prefix>,
    lists: VecDeque<Prefix>,
    wants: VecDeque<Want>,
}

impl Comparison {
    pub(super) fn new(seed: [u8; 8]) -> Self {
        Self {
            seed,
            started: false,
            waits: false,
            owes: false,
            turns: 0,
            ranges: VecDeque::new(),
            lists: VecDeque::new(),
            wants: VecDeque::new(),
        }
    }

    /// Compares everything; one of the two sides leads.
    pub(super) fn start(&mut self, leads: bool) {
        self.started = true;
        self.waits = !leads;
        if leads {
            self.ranges.extend(Prefix::ALL.children());
            self.owes = true;
        }
    }

    pub(super) fn was_started(&self) -> bool {
        self.started
    }

    pub(super) fn is_idle(&self) -> bool {
        !self.waits && !self.owes
    }

    pub(super) fn want(&mut self, name: LogName, from: u64, to: u64) {
        self.wants.push_back(Want { name, from, to });
        self.owes = true;
    }

    pub(super) fn hear(
        &mut self,
        compare: Compare,
        replica: &impl Replica,
        sender: &mut Sender,
    ) -> Result<(), SessionError> {
        let heads = replica.heads();
        self.turns += 1;
        if self.turns > TURNS_MAX + heads.len() / COMPARE_MAX {
            return Err(SessionError::TooLarge);
        }
        (self.started, self.waits) = (true, false);
        // Wants alone need no answer; while this side has more to ask, it goes on.
        self.owes |= !compare.is_end();
        for (prefix, fingerprint) in compare.ranges {
            if heads.fingerprint(prefix, compare.seed) == fingerprint {
                continue;
            }
            if heads.count(prefix) <= FEW {
                self.lists.push_back(prefix);
            } else {
                self.ranges.extend(prefix.children());
            }
        }
        for list in &compare.lists {
            self.differences(list, heads, sender)?;
        }
        for want in compare.wants {
            sender.want(want)?;
        }
        if self.ranges.len() > WAITING_MAX {
            return Err(SessionError::TooLarge);
        }
        self.owes |= !self.ranges.is_empty() || !self.lists.is_empty() || !self.wants.is_empty();
        Ok(())
    }

    /// Says whether it asked for something.
    #[must_use]
    pub(super) fn speak(&mut self, replica: &impl Replica, out: &mut Vec<u8>) -> bool {
        if !std::mem::take(&mut self.owes) {
            return false;
        }
        let heads = replica.heads();
        let mut compare = Compare {
            seed: self.seed,
            ..Compare::default()
        };
        let mut listed = 0;
        while listed + FEW <= COMPARE_MAX {
            let Some(prefix) = self.lists.pop_front() else {
                break;
            };
            let head = |(name, at): (LogName, Position)| (name, at.seq, start(&at));
            let heads: Vec<_> = heads.below(prefix).map(head).collect();
            listed += heads.len().max(1);
            compare.lists.push(List { prefix, heads });
        }
        let ranges = self.ranges.drain(..self.ranges.len().min(COMPARE_MAX));
        compare
            .ranges
            .extend(ranges.map(|prefix| (prefix, heads.fingerprint(prefix, self.seed))));
        let wants = self.wants.drain(..self.wants.len().min(COMPARE_MAX));
        compare.wants.extend(wants);
        self.waits = !compare.is_end();
        // What did not fit is told without waiting for an answer, unless one comes anyway.
        let more = !self.lists.is_empty() || !self.ranges.is_empty() || !self.wants.is_empty();
        self.owes = more && !self.waits;
        let asks = !compare.wants.is_empty();
        Message::Compare(compare).encode(out);
        asks
    }

    /// Sends what the peer lacks of the logs in a list, and asks for what this side lacks.
    fn differences(
        &mut self,
        list: &List,
        heads: &Heads,
        sender: &mut Sender,
    ) -> Result<(), SessionError> {
        let ordered = list.heads.is_sorted_by(|one, next| one.0 < next.0);
        let within = list
            .heads
            .iter()
            .all(|(name, ..)| list.prefix.contains(*name));
        if !ordered || !within {
            return Err(SessionError::Malformed);
        }
        let to = u64::MAX;
        for (name, mine) in heads.below(list.prefix) {
            let theirs = list.heads.binary_search_by_key(&name, |head| head.0).ok();
            let (seq, chain) = theirs.map_or((0, None), |at| {
                let (_, seq, chain) = list.heads[at];
                (seq, Some(chain))
            });
            if seq < mine.seq {
                sender.want(Want {
                    name,
                    from: seq,
                    to,
                })?;
            } else if seq == mine.seq && chain.is_some_and(|chain| chain != start(&mine)) {
                return Err(Fault::Fork.into());
            }
        }
        for (name, seq, _) in &list.heads {
            let mine = heads.get(*name).map_or(0, |mine| mine.seq);
            if mine < *seq {
                self.want(*name, mine, to);
            }
        }
        Ok(())
    }
}

/// The beginning of a chain, which tells two histories of the same length apart.
fn start(position: &Position) -> [u8; 4] {
    let [a, b, c, d, ..] = position.chain;
    [a, b, c, d]
}

/// So many logs are listed rather than divided further.
const FEW: usize = 16;
/// Turns of a comparison, beside what the number of logs makes necessary.
const TURNS_MAX: usize = 64;
/// Ranges that wait to be told, at most.
const WAITING_MAX: usize = 1 << 17;
