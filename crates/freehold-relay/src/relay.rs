//! The relay without input or output of its own: connections, what they bring, and what is said to them.

use std::collections::{BTreeMap, BTreeSet};

use freehold_crypto::{Entropy, PublicKey, SigningKey};
use freehold_model::Time;
use freehold_sync::{Fault, Knock, MailboxTag, Receipt, Session};
use freehold_transport::StaticKey;

use crate::{
    Limits,
    conn::{Conn, Part, Stage},
    desk::{Cut, Desk},
    event::{Counts, End, Event, Guest},
    mailbox::Mailbox,
    storage::{Lineage, Storage, StorageError},
};

/// A relay over a [`Storage`].
///
/// ```text
/// accept → (receive* → turn → poll)* → closed
/// ```
///
/// What came is written once a [`turn`](Self::turn), and only then the peers hear of it, or of each other. A receipt is written
/// before what it tells of leaves.
pub struct Relay<S> {
    desk: Desk<S>,
    key: StaticKey,
    mailboxes: BTreeMap<u32, Mailbox>,
    /// Mailboxes that are asked for and not stored.
    opening: BTreeMap<PublicKey, u32>,
    conns: BTreeMap<u64, Conn>,
    last: u64,
}

/// One connection of a [`Relay`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// What is to be done with a connection after [`Relay::poll`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing, until more comes.
    Wait,
    /// Ask again when what was given is sent.
    More,
    /// Send what was given and close it.
    Close,
}

impl<S: Storage> Relay<S> {
    /// A relay with its static key and the key that signs its receipts.
    ///
    /// `mark` is what was kept outside the storage since the last start, and the mark to keep there from now on is
    /// [`mark`](Self::mark): where they do not fit, the storage was restored from a copy, and every journal gets another epoch.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn open(
        storage: S,
        key: StaticKey,
        signer: SigningKey,
        limits: Limits,
        mark: Option<u64>,
        mut entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, StorageError> {
        let mut bytes = [0; 12];
        entropy
            .fill(&mut bytes)
            .map_err(|_| StorageError::NoRandomness)?;
        let [renewal, next, rest] = [0, 4, 8].map(|at| {
            let part = bytes.get(at..at + 4).and_then(<[u8]>::first_chunk);
            part.map_or(0, |part| u32::from_be_bytes(*part))
        });
        let next = u64::from(next) << 32 | u64::from(rest);
        let lineage = match storage.lineage()? {
            None => Lineage {
                renewal: 0,
                marks: [next, 0],
            },
            Some(before) => Lineage {
                renewal: match mark {
                    Some(mark) if before.marks.contains(&mark) => before.renewal,
                    _ => renewal,
                },
                marks: [next, before.marks[0]],
            },
        };
        let numbers = storage.numbers()?;
        let mut desk = Desk {
            storage,
            writes: Vec::new(),
            changed: BTreeSet::new(),
            written: BTreeSet::new(),
            lost: BTreeSet::new(),
            receipts: BTreeMap::new(),
            fetched: BTreeMap::new(),
            cuts: Vec::new(),
            limits,
            relay: key.public().0,
            signer,
            entropy,
            now: Time::from_ms(0),
            renewal: lineage.renewal,
            last_mailbox: numbers.mailbox,
            free: Vec::new(),
            last_log: numbers.log,
            mailboxes: numbers.mailboxes,
            counts: Counts::default(),
            events: Vec::new(),
        };
        desk.writes.push(crate::storage::Write::Lineage(lineage));
        desk.commit()?;
        Ok(Self {
            desk,
            key,
            mailboxes: BTreeMap::new(),
            opening: BTreeMap::new(),
            conns: BTreeMap::new(),
            last: 0,
        })
    }

    /// What to keep outside the storage until the next start.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn mark(&self) -> Result<u64, StorageError> {
        Ok(self.desk.storage.lineage()?.map_or(0, |l| l.marks[0]))
    }

    /// Takes a connection in, unless there are too many.
    pub fn accept(&mut self, now: Time) -> Option<ConnId> {
        if self.conns.len() >= self.desk.limits.connections {
            self.desk.counts.turned_away += 1;
            return None;
        }
        let conn = Conn::new(&self.key, now, &mut *self.desk.entropy).ok()?;
        self.desk.counts.accepted += 1;
        self.last += 1;
        self.conns.insert(self.last, conn);
        Some(ConnId(self.last))
    }

    /// Takes bytes in from a connection. They are written, and answered, by the next [`turn`](Self::turn).
    pub fn receive(&mut self, conn: ConnId, bytes: &[u8], now: Time) {
        self.desk.now = now;
        let Some(mut held) = self.conns.remove(&conn.0) else {
            return;
        };
        self.desk.counts.bytes_in += bytes.len() as u64;
        if held.hear(bytes, now) {
            self.meet(&mut held);
            self.listen(&mut held);
        }
        self.conns.insert(conn.0, held);
        self.bound_under_way(conn);
        self.cut();
    }

    /// Writes what has come since the last turn, and makes ready what is to be said.
    pub fn turn(&mut self, now: Time) {
        self.desk.now = now;
        self.desk.counts.turns += 1;
        self.expire(now);
        // A second round writes the receipts of what the first made ready, a third shows them to the household.
        for _ in 0..3 {
            self.write();
            self.wake();
            self.speak();
            if self.desk.fetched.is_empty() && self.desk.receipts.is_empty() {
                break;
            }
        }
        if !self.desk.fetched.is_empty() {
            self.write();
        }
        self.tidy();
    }

    /// Appends what is to be sent to `out`.
    pub fn poll(&mut self, conn: ConnId, out: &mut Vec<u8>) -> Next {
        let Some(held) = self.conns.get_mut(&conn.0) else {
            return Next::Close;
        };
        let (sent, next) = held.drain(out);
        self.desk.counts.bytes_out += sent;
        next
    }

    /// The connections that have something to send, or are to be closed.
    pub fn ready(&self) -> impl Iterator<Item = ConnId> {
        let ready = self.conns.iter().filter(|(_, conn)| conn.has_news());
        ready.map(|(no, _)| ConnId(*no))
    }

    /// Whether a [`turn`](Self::turn) has more to do, although nothing has come.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.conns.values().any(Conn::is_awake)
    }

    /// The connection is gone.
    pub fn closed(&mut self, conn: ConnId, now: Time) {
        self.desk.now = now;
        let Some(held) = self.conns.remove(&conn.0) else {
            return;
        };
        self.desk.events.push(held.epitaph(now));
        if let Stage::Talking {
            session,
            mailbox,
            part,
        } = held.stage
            && let Some(party) = self.mailboxes.get(&mailbox).and_then(|m| part.party(m))
        {
            self.keep_partial(mailbox, party, session);
        }
    }

    /// Ends every session, so that the relay can stop.
    pub fn stop(&mut self) {
        self.conns
            .values_mut()
            .for_each(|conn| conn.cut(End::Stopped));
    }

    /// What has been counted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.desk.counts
    }

    /// Connections now, mailboxes that are stored, and those in memory.
    #[must_use]
    pub fn sizes(&self) -> [usize; 3] {
        let stored = usize::try_from(self.desk.mailboxes).unwrap_or(usize::MAX);
        [self.conns.len(), stored, self.mailboxes.len()]
    }

    /// What has happened since this was asked before.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.desk.events)
    }

    /// The storage.
    #[must_use]
    pub fn storage(&self) -> &S {
        &self.desk.storage
    }

    /// The storage, at the end.
    pub fn into_storage(self) -> S {
        self.desk.storage
    }

    /// Finds out whom a connection is for, once it has knocked.
    fn meet(&mut self, conn: &mut Conn) {
        let Some((peer, knock)) = conn.knocked() else {
            return;
        };
        let admitted = match knock {
            Knock::Member { mailbox, admission } => {
                self.admit_member(peer, mailbox, admission.as_deref())
            }
            Knock::Holder => self.admit_holder(peer),
            Knock::Again(tag) => match self.admit_again(peer, &tag) {
                Ok(None) if conn.ask() => return,
                again => again.and_then(|met| met.ok_or(Fault::Forbidden)),
            },
            Knock::Agent => Err(Fault::Forbidden),
        };
        let mut seed = [0; 8];
        let drawn = self.desk.entropy.fill(&mut seed);
        match admitted.and_then(|to| drawn.map(|()| to).map_err(|_| Fault::Unavailable)) {
            Ok((mailbox, part)) => {
                let partial = self.mailboxes.get_mut(&mailbox).and_then(|mailbox| {
                    let party = part.party(mailbox)?;
                    Some(mailbox.partials.remove(&party)?.1)
                });
                self.desk.events.push(Event::Admitted {
                    guest: part.guest(),
                });
                match part.guest() {
                    Guest::Member => self.desk.counts.members += 1,
                    Guest::Holder => self.desk.counts.holders += 1,
                }
                conn.admit(mailbox, part, seed, partial);
            }
            Err(fault) => conn.refuse(fault, seed),
        }
    }

    fn admit_member(
        &mut self,
        peer: [u8; 32],
        id: PublicKey,
        admission: Option<&[u8]>,
    ) -> Result<(u32, Part), Fault> {
        let found = match self.opening.get(&id) {
            Some(no) => Some(*no),
            None => self.desk.storage.find_mailbox(&id).map_err(unavailable)?,
        };
        let part = Part::Member(peer);
        let Some(no) = found else {
            if !self.desk.limits.admission.admits(admission) {
                return Err(Fault::Forbidden);
            }
            if self.desk.mailboxes >= self.desk.limits.mailboxes {
                return Err(Fault::Quota);
            }
            let epoch = self.desk.epoch()?;
            let no = self.desk.free.pop().unwrap_or_else(|| {
                self.desk.last_mailbox += 1;
                self.desk.last_mailbox
            });
            self.mailboxes.insert(no, Mailbox::new(no, id, epoch));
            self.opening.insert(id, no);
            return Ok((no, part));
        };
        self.load(no)?;
        let mailbox = self.mailboxes.get(&no).ok_or(Fault::Unavailable)?;
        let may = match mailbox.is_saved() {
            true => mailbox.member(&peer).is_some(),
            false => self.desk.limits.admission.admits(admission),
        };
        if may {
            Ok((no, part))
        } else {
            Err(Fault::Forbidden)
        }
    }

    /// Finds the mailbox of a member that says that it was here before.
    fn admit_again(
        &mut self,
        peer: [u8; 32],
        tag: &MailboxTag,
    ) -> Result<Option<(u32, Part)>, Fault> {
        self.desk.flush()?;
        for (no, _) in self.desk.storage.find_mailboxes(tag).map_err(unavailable)? {
            self.load(no)?;
            let mailbox = self.mailboxes.get(&no).ok_or(Fault::Unavailable)?;
            if mailbox.member(&peer).is_some() {
                return Ok(Some((no, Part::Member(peer))));
            }
        }
        Ok(None)
    }

    fn admit_holder(&mut self, peer: [u8; 32]) -> Result<(u32, Part), Fault> {
        // A capability that came in this turn is as good as one that is stored.
        self.desk.flush()?;
        let found = self.desk.storage.find_holder(&peer).map_err(unavailable)?;
        let (no, party) = found.ok_or(Fault::Forbidden)?;
        self.load(no)?;
        let mailbox = self.mailboxes.get_mut(&no).ok_or(Fault::Unavailable)?;
        mailbox.expire(&mut self.desk, party)?;
        mailbox.serve(&mut self.desk, party)?;
        // What its end cuts off are connections that it had, not this one, which begins after it.
        self.cut();
        Ok((no, Part::Holder(party)))
    }

    /// Brings a mailbox into memory.
    fn load(&mut self, no: u32) -> Result<(), Fault> {
        if self.mailboxes.contains_key(&no) {
            return Ok(());
        }
        let kept = self.desk.storage.mailbox(no).map_err(unavailable)?;
        let kept = kept.ok_or(Fault::Unavailable)?;
        self.mailboxes
            .insert(no, Mailbox::load(&self.desk, no, kept));
        Ok(())
    }

    /// Keeps what had come of a stretch for the party's next connection, as long as there is room.
    fn keep_partial(&mut self, mailbox: u32, party: u32, session: Session) {
        let size = session.held();
        let all = self.mailboxes.values().flat_map(|m| m.partials.values());
        let kept: usize = all.map(|(size, _)| size).sum();
        if let Some(partial) = session.into_partial()
            && kept + size <= self.desk.limits.under_way
            && let Some(mailbox) = self.mailboxes.get_mut(&mailbox)
        {
            mailbox.partials.insert(party, (size, partial));
        }
    }

    fn listen(&mut self, conn: &mut Conn) {
        let mailbox = conn.mailbox().and_then(|no| self.mailboxes.get_mut(&no));
        conn.listen(&mut self.desk, mailbox);
    }

    /// Writes what was gathered, and the receipts that are due.
    fn write(&mut self) {
        let now = self.desk.now;
        let mut due = std::mem::take(&mut self.desk.receipts);
        for ((no, party, name), runs) in std::mem::take(&mut self.desk.fetched) {
            let mailbox = self.mailboxes.get(&no);
            let Some(holder) = mailbox.and_then(|mailbox| mailbox.holder(party)) else {
                continue;
            };
            let capability = holder.capability.id;
            let fetched = runs.into_iter().map(|(from, to)| Receipt::Fetched {
                capability,
                name,
                from,
                to,
                at: now,
            });
            due.entry(no).or_default().extend(fetched);
        }
        for (no, receipts) in due {
            if self.load(no).is_err() {
                continue;
            }
            if let Some(mailbox) = self.mailboxes.get_mut(&no)
                && mailbox.receipts(&mut self.desk, receipts).is_err()
            {
                // What they tell of does not leave.
                self.desk.lost.insert(no);
            }
        }
        // Which mailboxes could not be written, the desk knows.
        let _ = self.desk.commit();
        for no in std::mem::take(&mut self.desk.lost) {
            if let Ok(numbers) = self.desk.storage.numbers() {
                self.desk.mailboxes = numbers.mailboxes;
            }
            self.mailboxes.remove(&no);
            if let Ok(numbers) = self.desk.storage.numbers() {
                self.desk.mailboxes = numbers.mailboxes;
            }
            self.mailboxes.remove(&no);
            self.opening.retain(|_, opening| *opening != no);
            let lost = self.conns.values_mut().filter(|c| c.mailbox() == Some(no));
            lost.for_each(|conn| conn.cut(End::Refused(Fault::Unavailable)));
        }
    }

    /// Tells the sessions that what they took is durable, and wakes those to whom it is news.
    fn wake(&mut self) {
        let written = std::mem::take(&mut self.desk.written);
        for no in &written {
            if let Some(mailbox) = self.mailboxes.get(no) {
                self.opening.remove(&mailbox.opened.id);
            }
        }
        for conn in self.conns.values_mut() {
            conn.committed(conn.mailbox().is_some_and(|no| written.contains(&no)));
        }
    }

    /// Lets every session that is awake say what it has to say.
    fn speak(&mut self) {
        for conn in self.conns.values_mut().filter(|conn| conn.is_awake()) {
            let mailbox = conn.mailbox().and_then(|no| self.mailboxes.get_mut(&no));
            conn.speak(&mut self.desk, mailbox);
        }
    }

    /// Ends the connections that may not go on as they began.
    fn cut(&mut self) {
        for cut in std::mem::take(&mut self.desk.cuts) {
            let (no, party) = match cut {
                Cut::Party(no, party) => (no, Some(party)),
                Cut::Log(no, _) | Cut::Mailbox(no) => (no, None),
            };
            let Some(mailbox) = self.mailboxes.get_mut(&no) else {
                continue;
            };
            for conn in self.conns.values_mut().filter(|c| c.mailbox() == Some(no)) {
                let hit = match cut {
                    Cut::Party(..) => conn.part().and_then(|part| part.of(mailbox)) == party,
                    Cut::Log(_, name) => conn.holds(name),
                    // The one that told of it hears why first.
                    Cut::Mailbox(_) => !conn.is_ending(),
                };
                if hit {
                    conn.cut(End::Changed);
                }
            }
        }
    }

    /// Ends the connection that goes over what may be under way.
    fn bound_under_way(&mut self, conn: ConnId) {
        let held: usize = self.conns.values().map(Conn::held).sum();
        if held > self.desk.limits.under_way
            && let Some(conn) = self.conns.get_mut(&conn.0)
        {
            conn.cut(End::Refused(Fault::Unavailable));
        }
    }

    fn expire(&mut self, now: Time) {
        let (handshake, idle) = (self.desk.limits.handshake_ms, self.desk.limits.idle_ms);
        for conn in self.conns.values_mut() {
            conn.expire(now, handshake, idle);
            if let (Some(Part::Holder(party)), Some(no)) = (conn.part(), conn.mailbox())
                && let Some(mailbox) = self.mailboxes.get_mut(&no)
                && mailbox.expire(&mut self.desk, party).is_err()
            {
                conn.cut(End::Refused(Fault::Unavailable));
            }
        }
        self.cut();
    }

    /// Lets go of mailboxes that nobody speaks about: of those that were never stored at once, of others when there are many.
    fn tidy(&mut self) {
        let used: BTreeSet<u32> = self.conns.values().filter_map(Conn::mailbox).collect();
        let mut over = self
            .mailboxes
            .len()
            .saturating_sub(self.desk.limits.idle_mailboxes);
        if over == 0 && self.opening.is_empty() {
            return;
        }
        let (opening, free) = (&mut self.opening, &mut self.desk.free);
        self.mailboxes.retain(|no, mailbox| {
            if used.contains(no) || mailbox.is_saved() && over == 0 {
                return true;
            }
            if !mailbox.is_saved() {
                opening.remove(&mailbox.opened.id);
                free.push(*no);
            }
            over = over.saturating_sub(1);
            false
        });
    }
}

fn unavailable(_: StorageError) -> Fault {
    Fault::Unavailable
}
