//! One connection: its channel, who it is, and its session.

use std::collections::BTreeSet;

use freehold_crypto::Entropy;
use freehold_model::Time;
use freehold_sync::{Fault, Heads, Knock, LogName, Partial, Role, Session, SessionError, Wish};
use freehold_transport::{Channel, ChannelError, StaticKey, knock};

use crate::{
    desk::Desk,
    event::{End, Event, Guest},
    holder::Holding,
    mailbox::Mailbox,
    member::Member,
    refusal::Refusal,
    relay::Next,
    storage::{Party, Storage},
};

pub(crate) struct Conn {
    channel: Channel,
    pub(crate) stage: Stage,
    /// What the channel gave and nobody took yet.
    plain: Vec<u8>,
    out: Vec<u8>,
    /// The logs of which something is in `out`.
    logs: BTreeSet<LogName>,
    since: Time,
    heard: Time,
    received: u64,
    sent: u64,
    awake: bool,
    /// It was asked to knock in full.
    asked: bool,
    end: Option<End>,
    guest: Option<Guest>,
}

pub(crate) enum Stage {
    /// Nobody knows who it is.
    Knocking,
    /// It is told why it is not let in.
    Refusing(Session, Fault),
    Talking {
        session: Session,
        mailbox: u32,
        part: Part,
    },
    /// Nothing more is said.
    Over,
}

/// As whom a peer takes part in a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// By its static key: its number comes with what it brings first.
    Member([u8; 32]),
    Holder(u32),
}

impl Part {
    pub(crate) fn guest(self) -> Guest {
        match self {
            Self::Member(_) => Guest::Member,
            Self::Holder(_) => Guest::Holder,
        }
    }

    /// Its number, while it may take part.
    pub(crate) fn party(self, mailbox: &Mailbox) -> Option<u32> {
        match self {
            Self::Member(key) => mailbox.member(&key),
            Self::Holder(party) => Some(party),
        }
    }

    /// Its number, also when it was removed.
    pub(crate) fn of(self, mailbox: &Mailbox) -> Option<u32> {
        let Self::Member(key) = self else {
            return self.party(mailbox);
        };
        let is = |party: &Party| matches!(party, Party::Member { key: held, .. } if *held == key);
        let found = mailbox.parties.iter().find(|(_, party)| is(party));
        found.map(|(no, _)| *no)
    }
}

impl Conn {
    pub(crate) fn new(
        key: &StaticKey,
        now: Time,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, ChannelError> {
        Ok(Self {
            channel: Channel::accept(key, entropy)?,
            stage: Stage::Knocking,
            plain: Vec::new(),
            out: Vec::new(),
            logs: BTreeSet::new(),
            since: now,
            heard: now,
            received: 0,
            sent: 0,
            awake: false,
            asked: false,
            end: None,
            guest: None,
        })
    }

    /// Takes bytes in, and says whether there is something to go on with.
    pub(crate) fn hear(&mut self, bytes: &[u8], now: Time) -> bool {
        if matches!(self.stage, Stage::Over) {
            return false;
        }
        self.heard = now;
        self.received += bytes.len() as u64;
        if self.channel.receive(bytes, &mut self.plain).is_err() {
            self.cut(End::Garbled);
        }
        !matches!(self.stage, Stage::Over)
    }

    /// Who has knocked, and as what: once, and once more if it was asked to.
    pub(crate) fn knocked(&mut self) -> Option<([u8; 32], Knock)> {
        let Stage::Knocking = self.stage else {
            return None;
        };
        let peer = self.channel.peer()?;
        if self.asked && self.plain.is_empty() {
            return None;
        }
        match knock(&self.plain) {
            Ok((knock, rest)) => {
                self.plain = rest.to_vec();
                Some((peer.0, knock))
            }
            Err(_) => {
                self.cut(End::Garbled);
                None
            }
        }
    }

    pub(crate) fn admit(
        &mut self,
        mailbox: u32,
        part: Part,
        seed: [u8; 8],
        partial: Option<Partial>,
    ) {
        let session = Session::new(Role::Responder, Wish::default(), seed).resuming(partial);
        self.guest = Some(part.guest());
        self.stage = Stage::Talking {
            session,
            mailbox,
            part,
        };
    }

    /// Asks who it is: by saying nothing. Whether it may be asked.
    pub(crate) fn ask(&mut self) -> bool {
        if std::mem::replace(&mut self.asked, true) {
            return false;
        }
        self.plain.clear();
        self.channel.send(&[], &mut self.out).is_ok()
    }

    pub(crate) fn refuse(&mut self, fault: Fault, seed: [u8; 8]) {
        let session = Session::new(Role::Responder, Wish::default(), seed);
        self.stage = Stage::Refusing(session, fault);
    }

    /// Hands what came to the session.
    pub(crate) fn listen<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        mut mailbox: Option<&mut Mailbox>,
    ) {
        let plain = std::mem::take(&mut self.plain);
        self.awake = true;
        let heard = self.with(desk, mailbox.as_deref_mut(), |session, mut replica, now| {
            replica.receive(session, &plain, now)
        });
        if let Some(Err(error)) = heard {
            let end = ended(error);
            self.end = Some(end);
            // Two histories of one log. Writers begin another log where they lost something; it is this relay that did not.
            if let (End::Refused(Fault::Fork), Some(Part::Member(_)), Some(mailbox)) =
                (end, self.part(), mailbox)
                && mailbox.renew(desk).is_err()
            {
                self.end = Some(End::Refused(Fault::Unavailable));
            }
        }
    }

    /// What was taken is durable; and there is news.
    pub(crate) fn committed(&mut self, news: bool) {
        if let Stage::Talking { session, .. } = &mut self.stage {
            session.committed();
            self.awake |= news;
        }
    }

    /// Makes ready what the session has to say, as far as there is room.
    pub(crate) fn speak<S: Storage>(
        &mut self,
        desk: &mut Desk<S>,
        mut mailbox: Option<&mut Mailbox>,
    ) {
        while self.awake && self.out.len() < OUT_MAX {
            let mut plain = Vec::new();
            let said = self.with(desk, mailbox.as_deref_mut(), |session, mut replica, _| {
                replica.poll(session, &mut plain)
            });
            let more = match said {
                Some(Ok(more)) => more,
                Some(Err(error)) => {
                    self.end.get_or_insert_with(|| ended(error));
                    false
                }
                None => false,
            };
            if !plain.is_empty() && self.channel.send(&plain, &mut self.out).is_err() {
                self.cut(End::Garbled);
            }
            self.awake = more;
            self.conclude(desk);
        }
    }

    /// Gives what is to be sent, and says what comes then.
    pub(crate) fn drain(&mut self, out: &mut Vec<u8>) -> (u64, Next) {
        let sent = self.out.len() as u64;
        self.sent += sent;
        out.append(&mut self.out);
        self.logs.clear();
        if let Stage::Talking { session, .. } = &self.stage {
            self.logs.extend(session.sending());
        }
        let next = match self.stage {
            Stage::Over => Next::Close,
            _ if self.awake => Next::More,
            _ => Next::Wait,
        };
        (sent, next)
    }

    /// Ends it at once: what is not sent yet is not sent.
    pub(crate) fn cut(&mut self, end: End) {
        self.end.get_or_insert(end);
        self.out.clear();
        self.logs.clear();
        self.plain.clear();
        self.awake = false;
        self.stage = Stage::Over;
    }

    pub(crate) fn expire(&mut self, now: Time, handshake_ms: i64, idle_ms: i64) {
        let knocking = matches!(self.stage, Stage::Knocking);
        let late = knocking && now.since_ms(self.since) > handshake_ms;
        if late || now.since_ms(self.heard) > idle_ms {
            self.cut(End::Silent);
        }
    }

    /// Whether something of a log is on its way out.
    pub(crate) fn holds(&self, name: LogName) -> bool {
        let sending = match &self.stage {
            Stage::Talking { session, .. } => session.sending(),
            _ => None,
        };
        sending == Some(name) || self.logs.contains(&name)
    }

    /// Bytes of stretches that have not come whole.
    pub(crate) fn held(&self) -> usize {
        match &self.stage {
            Stage::Talking { session, .. } | Stage::Refusing(session, _) => session.held(),
            Stage::Knocking | Stage::Over => 0,
        }
    }

    pub(crate) fn mailbox(&self) -> Option<u32> {
        match self.stage {
            Stage::Talking { mailbox, .. } => Some(mailbox),
            _ => None,
        }
    }

    pub(crate) fn part(&self) -> Option<Part> {
        match self.stage {
            Stage::Talking { part, .. } => Some(part),
            _ => None,
        }
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.end.is_some()
    }

    pub(crate) fn is_awake(&self) -> bool {
        self.awake && self.out.len() < OUT_MAX
    }

    pub(crate) fn has_news(&self) -> bool {
        !self.out.is_empty() || matches!(self.stage, Stage::Over)
    }

    /// What the log says of it.
    pub(crate) fn epitaph(&self, now: Time) -> Event {
        Event::Ended {
            end: self.end.unwrap_or(End::Left),
            ms: now.since_ms(self.since),
            received: self.received,
            sent: self.sent,
        }
    }

    /// Notes that the session is over, once what it says last is said.
    fn conclude<S>(&mut self, desk: &mut Desk<S>) {
        let over = match &self.stage {
            Stage::Talking { session, .. } if session.is_finished() => {
                self.end.get_or_insert(End::Finished);
                true
            }
            Stage::Talking { .. } | Stage::Refusing(..) => self.end.is_some(),
            Stage::Knocking | Stage::Over => false,
        };
        if over {
            if let Some(End::Refused(_)) = self.end {
                desk.counts.refused += 1;
            }
            self.awake = false;
            self.stage = Stage::Over;
        }
    }

    /// Lets the session speak with what the peer may see.
    fn with<S: Storage, T>(
        &mut self,
        desk: &mut Desk<S>,
        mailbox: Option<&mut Mailbox>,
        act: impl FnOnce(&mut Session, View<'_, S>, Time) -> T,
    ) -> Option<T> {
        let now = desk.now;
        let mut read = Vec::new();
        let outcome = match (&mut self.stage, mailbox) {
            (Stage::Refusing(session, fault), _) => {
                let (fault, none) = (*fault, Heads::new());
                Some(act(session, View::Refusal(Refusal { fault, none }), now))
            }
            (Stage::Talking { session, part, .. }, Some(mailbox)) => {
                let read = &mut read;
                let view = match *part {
                    Part::Member(key) => View::Member(Member {
                        desk,
                        mailbox,
                        key,
                        read,
                    }),
                    Part::Holder(party) => View::Holding(Holding {
                        desk,
                        mailbox,
                        party,
                        none: Heads::new(),
                        read,
                    }),
                };
                Some(act(session, view, now))
            }
            _ => None,
        };
        self.logs.extend(read);
        outcome
    }
}

/// What a session sees, by who the peer is.
enum View<'a, S> {
    Member(Member<'a, S>),
    Holding(Holding<'a, S>),
    Refusal(Refusal),
}

impl<S: Storage> View<'_, S> {
    fn receive(
        &mut self,
        session: &mut Session,
        bytes: &[u8],
        now: Time,
    ) -> Result<(), SessionError> {
        match self {
            Self::Member(member) => session.receive(bytes, now, member),
            Self::Holding(holding) => session.receive(bytes, now, holding),
            Self::Refusal(refusal) => session.receive(bytes, now, refusal),
        }
    }

    fn poll(&mut self, session: &mut Session, out: &mut Vec<u8>) -> Result<bool, SessionError> {
        match self {
            Self::Member(member) => session.poll(member, out),
            Self::Holding(holding) => session.poll(holding, out),
            Self::Refusal(refusal) => session.poll(refusal, out),
        }
    }
}

fn ended(error: SessionError) -> End {
    match error {
        SessionError::Replica(fault) | SessionError::Refused { fault, .. } => End::Refused(fault),
        _ => End::Garbled,
    }
}

/// Bytes that wait to be sent to one peer, before no more is made ready.
const OUT_MAX: usize = 1 << 18;
