//! What a home or a recipient keeps for each relay that it meets: a journal of what there is to send, and logs of letters.

use std::{
    cell::Cell,
    ops::{ControlFlow, RangeInclusive},
};

use freehold_crypto::{Domain, Entropy, PublicKey, RowKey, Secret, Suite, digest};
use freehold_model::{Time, wire};
use freehold_store::{Batch, Key, Order as Scan, Store, StoreError};
use freehold_sync::{
    Change, Cursor, Data, Fault, Heads, Letter, LogName, Position, SignedAt, SignedOrder,
    SignedReceipt, Start, Stretch, UnverifiedCheckpoint,
};
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    erase::ErasureNews,
    put_back::PutBack,
    rows::{Rows, Space, all, log_key, log_rows, log_seq, number_key},
};

/// A relay, as it is kept in the store.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) no: u32,
    pub(crate) row: PeerRow,
}

/// The row of a peer.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PeerRow {
    /// The relay's static key.
    pub(crate) relay: [u8; 32],
    /// The consent, where a recipient is known by a key of its own for each.
    pub(crate) consent: Option<[u8; 32]>,
    /// The journal for this peer: which, and how many changes it has.
    pub(crate) journal: Cursor,
    /// How far the peer's journal was taken in.
    pub(crate) seen: Cursor,
    /// How far the own journal was ever offered to the peer.
    pub(crate) offered: u64,
    /// How things stand after this store was put back from a backup.
    pub(crate) put_back: PutBack,
    pub(crate) posts: Vec<Post>,
    /// How far each log of entries is in the journal, by its number in the store.
    pub(crate) told: Vec<(u32, u64)>,
    /// What the relay was told of each consent: a digest of the capability, bundles that went as letters, its end.
    pub(crate) consents: Vec<ToldConsent>,
    /// How many erasures the relay was told of.
    pub(crate) erasures: u32,
    /// What the relay and, through it, the other parties of the household were told.
    pub(crate) parties: Vec<ToldParty>,
    /// When it was last met to the end.
    pub(crate) met: Option<Time>,
}

/// What a relay was told of a party of the household, and the party through it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ToldParty {
    pub(crate) index: u8,
    /// A digest of what the relay may do for it: zeros before it was told.
    pub(crate) standing: [u8; 32],
    /// Whether the relay was told that it was removed.
    pub(crate) removed: bool,
    /// How many events of the household it was told of; of a device's own key: how often it was replaced when it was told.
    pub(crate) events: u32,
    /// How many erasures of a device's own were told.
    pub(crate) erased: u32,
    /// Of a device's own, by the number of the stream: up to which number it was told of readings without a key.
    pub(crate) strays: Vec<(u32, u64)>,
    /// When it was last told of all that were not put in, and how often before.
    pub(crate) strays_at: Option<(Time, u8)>,
    /// What a device was given last.
    pub(crate) fed: Fed,
}

/// What a device was given.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fed {
    /// How often.
    pub(crate) number: u32,
    /// Up to when it has keys.
    pub(crate) until: Option<Time>,
    /// A digest of what else it was given.
    pub(crate) basis: [u8; 32],
    /// How often the device had replaced its key when the last was sealed.
    pub(crate) sealed_at: u32,
    /// Which was the last that the device has read.
    pub(crate) heard: u32,
}

/// What a relay was told of a consent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ToldConsent {
    pub(crate) token: [u8; 32],
    pub(crate) capability: [u8; 32],
    pub(crate) bundles: u32,
    pub(crate) closed: bool,
    /// How many erasures were looked at for it.
    pub(crate) erasures: u32,
}

/// A log of letters or orders.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Post {
    pub(crate) name: LogName,
    pub(crate) kind: PostKind,
    pub(crate) head: Position,
}

/// What a log of letters is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PostKind {
    /// This agent's orders to the relay.
    Orders,
    /// Orders of another agent, by its number.
    OrdersOf(u8),
    /// The relay's receipts: it begins another log when it has lost something.
    Receipts(u32),
    /// Letters of one agent, by its number, to the recipient of a consent, by the token's id.
    To([u8; 32], u8),
    /// Letters from the recipient of a consent.
    From([u8; 32]),
    /// Letters from one party of the household to another, by their numbers; from a device they are for every agent.
    Between(u8, u8),
}

/// What a change is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Which {
    /// A log of entries, by its number in the store.
    Data(u32),
    /// A log of letters or orders, by its place in the row.
    Post(u16),
}

/// A change of the journal as its row has it.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct ChangeRow {
    which: Which,
    from: u64,
    to: u64,
}

impl Peer {
    /// The peer with this key and consent. A new one is written at once: two that are met at the same time have two numbers.
    pub(crate) fn load(
        rows: &Rows,
        relay: [u8; 32],
        consent: Option<[u8; 32]>,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, Error> {
        let (mut found, mut next) = (None, 0);
        rows.each(all(Space::Peer)?, |key, row: PeerRow| {
            let no = crate::home::number_of(key);
            next = no + 1;
            if (row.relay, row.consent) == (relay, consent) {
                found = Some(Self { no, row });
            }
            Ok(())
        })?;
        if let Some(found) = found {
            return Ok(found);
        }
        let new = Self {
            no: next,
            row: PeerRow {
                relay,
                consent,
                journal: new_journal(entropy)?,
                seen: Cursor::default(),
                offered: 0,
                put_back: PutBack::default(),
                posts: Vec::new(),
                told: Vec::new(),
                consents: Vec::new(),
                erasures: 0,
                parties: Vec::new(),
                met: None,
            },
        };
        let mut batch = Batch::new();
        new.save(rows, &mut batch, entropy)?;
        rows.store().commit(&batch)?;
        Ok(new)
    }

    pub(crate) fn of(no: u32, row: PeerRow) -> Self {
        Self { no, row }
    }

    /// Whether an entry of a log with this number or a later one was offered to the peer.
    pub(crate) fn was_offered(&self, store: &dyn Store, log: u32, seq: u64) -> Result<bool, Error> {
        let key = |at| log_key(Space::Change, self.no, at);
        let mut offered = false;
        let range = key(0)?..=key(self.row.offered)?;
        store.scan(range, Scan::Descending, &mut |_, row| {
            let change = wire::from_bytes::<ChangeRow>(row, 64);
            offered = change.is_ok_and(|row| row.which == Which::Data(log) && row.to > seq);
            if offered {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        Ok(offered)
    }

    /// Writes the row.
    pub(crate) fn save(
        &self,
        rows: &Rows,
        batch: &mut Batch,
        entropy: &mut dyn Entropy,
    ) -> Result<(), Error> {
        rows.put(batch, number_key(Space::Peer, self.no)?, &self.row, entropy)
    }

    /// The log of letters of this kind, made if there is none.
    pub(crate) fn post(&mut self, kind: PostKind, name: LogName) -> u16 {
        let found = self.row.posts.iter().position(|post| post.kind == kind);
        let at = found.unwrap_or_else(|| {
            self.row.posts.push(Post {
                name,
                kind,
                head: Position::START,
            });
            self.row.posts.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// Appends a letter of this side.
    pub(crate) fn write(
        &mut self,
        batch: &mut Batch,
        post: u16,
        letter: Vec<u8>,
    ) -> Result<(), Error> {
        let item = Letter::Held(letter);
        let after = Stretch::Letters(vec![item.clone()]);
        self.append(batch, post, &wire::to_bytes(&item), &after)
    }

    /// Appends an order.
    pub(crate) fn order(
        &mut self,
        batch: &mut Batch,
        post: u16,
        order: SignedOrder,
    ) -> Result<(), Error> {
        let bytes = wire::to_bytes(&order);
        self.append(batch, post, &bytes, &Stretch::Orders(vec![order]))
    }

    fn append(
        &mut self,
        batch: &mut Batch,
        post: u16,
        bytes: &[u8],
        as_stretch: &Stretch,
    ) -> Result<(), Error> {
        let head = self
            .row
            .posts
            .get(usize::from(post))
            .ok_or(Error::Damaged)?
            .head;
        let end = as_stretch.end(head)?;
        batch.put(self.letter_key(post, head.seq)?, bytes);
        self.note(batch, Which::Post(post), head.seq, end.seq)?;
        self.set_head(post, end);
        Ok(())
    }

    /// Takes letters that the peer wrote in; what is held already changes nothing. Gives those that are new.
    pub(crate) fn take(
        &mut self,
        batch: &mut Batch,
        post: u16,
        from: u64,
        letters: Vec<Letter>,
    ) -> Result<Vec<(u64, Letter)>, Fault> {
        let head = self
            .row
            .posts
            .get(usize::from(post))
            .ok_or(Fault::Invalid)?
            .head;
        if from > head.seq {
            // What comes before was not understood when it came, and comes again.
            return Err(Fault::Later);
        }
        let held = usize::try_from(head.seq - from).map_err(|_| Fault::Invalid)?;
        let new: Vec<Letter> = letters.into_iter().skip(held).collect();
        let numbered: Vec<(u64, Letter)> = (head.seq..).zip(new).collect();
        for (seq, letter) in &numbered {
            let key = self.letter_key(post, *seq).map_err(|_| Fault::Quota)?;
            batch.put(key, wire::to_bytes(letter));
        }
        let end = Stretch::Letters(numbered.iter().map(|(_, letter)| letter.clone()).collect())
            .end(head)
            .map_err(|_| Fault::Invalid)?;
        self.set_head(post, end);
        Ok(numbered)
    }

    /// Takes orders of another agent in: nothing of them is kept but how far their log goes.
    pub(crate) fn pass(
        &mut self,
        post: u16,
        from: u64,
        orders: Vec<SignedOrder>,
    ) -> Result<(), Fault> {
        let found = self.row.posts.get(usize::from(post));
        let head = found.ok_or(Fault::Invalid)?.head;
        let held = head.seq.checked_sub(from).ok_or(Fault::Later)?;
        let held = usize::try_from(held).map_err(|_| Fault::Invalid)?;
        let new = Stretch::Orders(orders.into_iter().skip(held).collect());
        let end = new.end(head).map_err(|_| Fault::Invalid)?;
        self.set_head(post, end);
        Ok(())
    }

    /// Takes orders of this agent in that it has forgotten.
    pub(crate) fn take_orders(
        &mut self,
        batch: &mut Batch,
        post: u16,
        from: u64,
        orders: Vec<SignedOrder>,
    ) -> Result<(), Fault> {
        let held = self.next_letter(post);
        for (seq, order) in (from..).zip(&orders).skip_while(|(seq, _)| *seq < held) {
            let key = self.letter_key(post, seq).map_err(|_| Fault::Quota)?;
            batch.put(key, wire::to_bytes(order));
        }
        self.pass(post, from, orders)
    }

    /// Leaves of all letters of a log that are in the store only their hashes.
    pub(crate) fn forget(
        &self,
        store: &dyn Store,
        batch: &mut Batch,
        post: u16,
    ) -> Result<(), Error> {
        for (seq, letter) in (0..).zip(self.letters(store, post)?) {
            let gone = Letter::Gone(letter.hash());
            batch.put(self.letter_key(post, seq)?, wire::to_bytes(&gone));
        }
        Ok(())
    }

    /// Adds a change to the journal.
    pub(crate) fn note(
        &mut self,
        batch: &mut Batch,
        which: Which,
        from: u64,
        to: u64,
    ) -> Result<(), Error> {
        self.row.journal.at += 1;
        let key = log_key(Space::Change, self.no, self.row.journal.at)?;
        batch.put(key, wire::to_bytes(&ChangeRow { which, from, to }));
        Ok(())
    }

    /// The first change after a place, or the last at or before one.
    pub(crate) fn change(
        &self,
        store: &dyn Store,
        range: RangeInclusive<u64>,
        order: Scan,
        name: impl Fn(Which) -> Option<LogName>,
    ) -> Result<Option<Change>, Fault> {
        let max = u64::from(u32::MAX);
        if *range.start() > max || range.is_empty() {
            return Ok(None);
        }
        let key = |at: u64| log_key(Space::Change, self.no, at.min(max)).map_err(|_| Fault::Quota);
        let mut found = None;
        store
            .scan(
                key(*range.start())?..=key(*range.end())?,
                order,
                &mut |key, row| {
                    let Ok(row) = wire::from_bytes::<ChangeRow>(row, 64) else {
                        return ControlFlow::Continue(());
                    };
                    found = name(row.which).map(|name| Change {
                        at: log_seq(key),
                        name,
                        from: row.from,
                        to: row.to,
                    });
                    if found.is_some() {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                },
            )
            .map_err(|_| Fault::Unavailable)?;
        Ok(found)
    }

    /// The bytes of letters or orders.
    pub(crate) fn read(
        &self,
        store: &dyn Store,
        post: u16,
        from: u64,
        to: u64,
    ) -> Result<Vec<u8>, Error> {
        let kind = self
            .row
            .posts
            .get(usize::from(post))
            .ok_or(Error::Damaged)?
            .kind;
        let mut items = Vec::new();
        let last = to.checked_sub(1).ok_or(Error::Damaged)?;
        store.scan(
            self.letter_key(post, from)?..=self.letter_key(post, last)?,
            Scan::Ascending,
            &mut |_, row| {
                items.push(row.to_vec());
                ControlFlow::Continue(())
            },
        )?;
        let stretch = if kind == PostKind::Orders {
            Stretch::Orders(decoded(&items)?)
        } else {
            Stretch::Letters(decoded(&items)?)
        };
        Ok(stretch.to_bytes())
    }

    /// Every letter of a log, in its order.
    pub(crate) fn letters(&self, store: &dyn Store, post: u16) -> Result<Vec<Letter>, Error> {
        let mut letters = Vec::new();
        while let Some(part) = self.rest(post, letters.len() as u64) {
            match Stretch::from_bytes(&self.read(store, post, part.from, part.to)?)? {
                Stretch::Letters(more) => letters.extend(more),
                _ => return Err(Error::Damaged),
            }
        }
        Ok(letters)
    }

    /// The logs of the relay's receipts, the oldest first.
    pub(crate) fn receipts(&self) -> Vec<u16> {
        let kinds = (0..).zip(&self.row.posts);
        let receipts = kinds.filter(|(_, post)| matches!(post.kind, PostKind::Receipts(_)));
        receipts.map(|(at, _)| at).collect()
    }

    /// The key that a log of receipts names first.
    pub(crate) fn first_key(
        &self,
        store: &dyn Store,
        post: u16,
        mailbox: &PublicKey,
    ) -> Result<Option<PublicKey>, Error> {
        let letters = Stretch::from_bytes(&self.read(store, post, 0, 1)?)?;
        let Stretch::Letters(letters) = letters else {
            return Err(Error::Damaged);
        };
        let Some(Letter::Held(first)) = letters.first() else {
            return Ok(None);
        };
        let named = SignedReceipt::from_bytes(first)?.key(&self.row.relay, mailbox)?;
        Ok(Some(named.0))
    }

    /// How far each log of letters goes. Receipts from before the peer lost something are kept here, and not spoken of any more.
    pub(crate) fn heads(&self, heads: &mut Heads) {
        let newest = self.receipts().pop();
        for (no, post) in (0..).zip(&self.row.posts) {
            let is_older = matches!(post.kind, PostKind::Receipts(_)) && Some(no) != newest;
            if post.head.seq > 0 && !is_older {
                heads.set(post.name, post.head);
            }
        }
    }

    /// The log of letters of a name.
    pub(crate) fn find(&self, name: LogName) -> Option<(u16, PostKind)> {
        let at = self.row.posts.iter().position(|post| post.name == name)?;
        Some((u16::try_from(at).ok()?, self.row.posts.get(at)?.kind))
    }

    /// What a log of letters is for.
    pub(crate) fn kind(&self, post: u16) -> Option<PostKind> {
        self.row.posts.get(usize::from(post)).map(|post| post.kind)
    }

    /// Whether nothing of a log is kept at this party but how far it goes, or hashes: who wrote it brings it.
    pub(crate) fn is_passed(&self, post: u16, own: u8) -> bool {
        match self.kind(post) {
            Some(PostKind::OrdersOf(_) | PostKind::From(_)) => true,
            Some(PostKind::To(_, writer) | PostKind::Between(writer, _)) => writer != own,
            Some(PostKind::Orders | PostKind::Receipts(_)) | None => false,
        }
    }

    /// Whether the agent `own` writes a log.
    pub(crate) fn is_own(&self, post: u16, own: u8) -> bool {
        match self.kind(post) {
            Some(PostKind::Orders) => true,
            Some(PostKind::To(_, writer) | PostKind::Between(writer, _)) => writer == own,
            Some(PostKind::OrdersOf(_) | PostKind::Receipts(_) | PostKind::From(_)) | None => false,
        }
    }

    /// Notes that the peer has a log of entries up to here.
    pub(crate) fn set_told_log(&mut self, no: u32, seq: u64) {
        match self.row.told.iter_mut().find(|(told, _)| *told == no) {
            Some((_, to)) => *to = seq.max(*to),
            None => self.row.told.push((no, seq)),
        }
    }

    pub(crate) fn name(&self, post: u16) -> Option<LogName> {
        self.row.posts.get(usize::from(post)).map(|post| post.name)
    }

    /// What a log of letters has from one on, as much as one stretch may hold.
    pub(crate) fn rest(&self, post: u16, from: u64) -> Option<Change> {
        let post = self.row.posts.get(usize::from(post))?;
        (from < post.head.seq).then_some(Change {
            at: 0,
            name: post.name,
            from,
            to: post.head.seq.min(from.saturating_add(LETTERS)),
        })
    }

    /// Whether a log of letters is known.
    pub(crate) fn has(&self, kind: PostKind) -> bool {
        self.row.posts.iter().any(|post| post.kind == kind)
    }

    /// The number of the next letter.
    pub(crate) fn next_letter(&self, post: u16) -> u64 {
        self.row
            .posts
            .get(usize::from(post))
            .map_or(0, |post| post.head.seq)
    }

    pub(crate) fn set_head(&mut self, post: u16, head: Position) {
        if let Some(post) = self.row.posts.get_mut(usize::from(post)) {
            post.head = head;
        }
    }

    pub(crate) fn letter_key(&self, post: u16, seq: u64) -> Result<Key, Error> {
        log_key(Space::Letter, self.no << 12 | u32::from(post), seq)
    }
}

/// The beginning of a journal that nobody has heard of.
pub(crate) fn new_journal(entropy: &mut dyn Entropy) -> Result<Cursor, Error> {
    let mut epoch = [0; 4];
    entropy.fill(&mut epoch)?;
    // 0 is no journal.
    let epoch = u32::from_be_bytes(epoch) | 1;
    Ok(Cursor { epoch, at: 0 })
}

/// Letters in one stretch.
const LETTERS: u64 = 512;

/// When any relay was last met to the end.
pub(crate) fn last_met(rows: &Rows) -> Result<Option<Time>, Error> {
    let mut met = None;
    rows.each(all(Space::Peer)?, |_, row: PeerRow| {
        met = met.max(row.met);
        Ok(())
    })?;
    Ok(met)
}

/// The checkpoints of a log after its entry number `seq`, in their order: the place and the signature of each.
pub(crate) fn checkpoints_after(
    store: &dyn Store,
    no: u32,
    seq: u64,
) -> Result<Vec<(Position, SignedAt)>, Error> {
    let mut found = Vec::new();
    let mut damaged = false;
    let range = log_key(Space::Checkpoint, no, seq + 1)?..=*log_rows(Space::Checkpoint, no)?.end();
    store.scan(range, Scan::Ascending, &mut |_, row| {
        match UnverifiedCheckpoint::from_bytes(row) {
            Ok(checkpoint) => found.push((checkpoint.position(), checkpoint.signed())),
            Err(_) => damaged = true,
        }
        ControlFlow::Continue(())
    })?;
    if damaged {
        Err(Error::Damaged)
    } else {
        Ok(found)
    }
}

/// The last checkpoint of a log at or before its entry number `seq`.
pub(crate) fn checkpoint_before(
    store: &dyn Store,
    no: u32,
    seq: u64,
) -> Result<Option<(Position, SignedAt)>, Error> {
    let mut found = None;
    let range = log_key(Space::Checkpoint, no, 0)?..=log_key(Space::Checkpoint, no, seq)?;
    store.scan(range, Scan::Descending, &mut |_, row| {
        found = Some(UnverifiedCheckpoint::from_bytes(row));
        ControlFlow::Break(())
    })?;
    Ok(found
        .transpose()?
        .map(|checkpoint| (checkpoint.position(), checkpoint.signed())))
}

/// The entries of a log from `from` to the checkpoint at `to`, as they travel; with the log's genesis where they begin it.
pub(crate) fn data_stretch(
    store: &dyn Store,
    no: u32,
    start: Option<Box<Start>>,
    range: std::ops::Range<u64>,
    bodies: bool,
) -> Result<Vec<u8>, Error> {
    let end = checkpoint_before(store, no, range.end)?
        .filter(|(position, _)| position.seq == range.end)
        .ok_or(Error::Unsigned)?
        .1;
    let last = range.end.checked_sub(1).ok_or(Error::Damaged)?;
    let mut entries: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let keys = |space| -> Result<_, Error> {
        Ok(log_key(space, no, range.start)?..=log_key(space, no, last)?)
    };
    store.scan(keys(Space::Header)?, Scan::Ascending, &mut |_, row| {
        entries.push((row.to_vec(), freehold_sync::Body::default().to_bytes()));
        ControlFlow::Continue(())
    })?;
    if bodies {
        store.scan(keys(Space::Body)?, Scan::Ascending, &mut |key, row| {
            let at = usize::try_from(log_seq(key) - range.start).ok();
            if let Some((_, body)) = at.and_then(|at| entries.get_mut(at)) {
                *body = row.to_vec();
            }
            ControlFlow::Continue(())
        })?;
    }
    Ok(Stretch::Data(Data {
        start,
        entries,
        end,
    })
    .to_bytes())
}

/// The keys that follow from the secret of a consent, for one relay.
pub(crate) struct Mail {
    secret: Secret,
    relay: [u8; 32],
}

/// Who wrote a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// The agent of the household with this number.
    Agent(u8),
    Recipient,
}

impl Mail {
    pub(crate) fn new(secret: Secret, relay: [u8; 32]) -> Self {
        Self { secret, relay }
    }

    /// The seed of the recipient's static key at the relay.
    pub(crate) fn fetch(&self) -> Secret {
        Secret::from_bytes(self.derive(b"fetch"))
    }

    /// By which the relay knows what it serves.
    pub(crate) fn capability(&self) -> [u8; 16] {
        let mut id = [0; 16];
        id.copy_from_slice(&self.derive(b"capability")[..16]);
        id
    }

    /// The name of the log of letters.
    pub(crate) fn name(&self, from: From) -> LogName {
        LogName::of_secret(&self.relay, self.secret.expose(), &from.label())
    }

    pub(crate) fn seal(
        &self,
        from: From,
        seq: u64,
        letter: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<Vec<u8>, Error> {
        let mut sealed = letter.to_vec();
        self.key(from)
            .seal(&seq.to_be_bytes(), &mut sealed, 0, entropy)?;
        Ok(sealed)
    }

    pub(crate) fn open(&self, from: From, seq: u64, sealed: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = sealed.to_vec();
        let plain = self.key(from).open(&seq.to_be_bytes(), &mut sealed).ok()?;
        Some(plain.to_vec())
    }

    fn key(&self, from: From) -> RowKey {
        RowKey::store(Secret::from_bytes(self.derive(&from.label())), Suite::One)
    }

    fn derive(&self, label: &[u8]) -> [u8; 32] {
        digest(Domain::Peer, &[label, self.secret.expose(), &self.relay])
    }
}

impl From {
    fn label(self) -> Vec<u8> {
        match self {
            Self::Agent(index) => [b"to recipient", &[index][..]].concat(),
            Self::Recipient => b"to household".to_vec(),
        }
    }
}

/// What a household writes to a recipient.
#[derive(Serialize, Deserialize)]
pub(crate) enum ToRecipient {
    /// A further bundle.
    Extension(Vec<u8>),
    /// The consent is withdrawn.
    Revocation(Vec<u8>),
    /// Some of what it covers is erased: the household's signed order.
    Erased(Vec<u8>),
}

/// What a recipient writes to a household.
#[derive(Serialize, Deserialize)]
pub(crate) enum ToHousehold {
    /// Its copies of what was erased are deleted: the order, and its signed receipt.
    Erased(ErasureNews),
}

fn decoded<T: Serialize + serde::de::DeserializeOwned>(items: &[Vec<u8>]) -> Result<Vec<T>, Error> {
    let item = |bytes: &Vec<u8>| wire::from_bytes(bytes, 1 << 22).map_err(|_| Error::Damaged);
    items.iter().map(item).collect()
}

/// Why this side could not go on. The peer is told a [`Fault`], whoever called what there is to mend: the store, its key, the signer.
#[derive(Default)]
pub(crate) struct Cause(Cell<Option<Error>>);

impl Cause {
    /// What the peer is told of an error.
    pub(crate) fn fault(&self, error: Error) -> Fault {
        let fault = match error {
            Error::Store(StoreError::Full) => Fault::Quota,
            Error::Store(_) | Error::KeyStore(_) | Error::Entropy(_) | Error::Sign(_) => {
                Fault::Unavailable
            }
            Error::Sync(_) => return Fault::Unavailable,
            Error::NoConsent => return Fault::Later,
            _ => return Fault::Invalid,
        };
        self.0.set(Some(error));
        fault
    }

    /// The error, once.
    pub(crate) fn take(&self) -> Option<Error> {
        self.0.take()
    }
}

#[cfg(test)]
mod tests {
    use freehold_crypto::SeededEntropy;

    use super::*;

    #[test]
    fn two_peers_that_are_met_at_once_have_two_numbers() {
        let entropy = &mut SeededEntropy::new(1);
        let store = std::sync::Arc::new(freehold_store::MemoryStore::new());
        let rows = Rows::new(store, Secret::from_bytes([9; 32]));
        let mut number = |consent| {
            let peer = Peer::load(&rows, [1; 32], consent, entropy).ok()?;
            Some(peer.no)
        };
        let (one, two) = (number(Some([2; 32])), number(Some([3; 32])));
        assert!(one.is_some() && two.is_some() && one != two);
        assert_eq!(number(Some([2; 32])), one, "and keep them");
    }

    /// More letters than a stretch holds travel in several, and are all read.
    #[test]
    fn a_long_log_of_letters_is_read_whole() -> Result<(), Error> {
        let entropy = &mut SeededEntropy::new(1);
        let store = std::sync::Arc::new(freehold_store::MemoryStore::new());
        let rows = Rows::new(store, Secret::from_bytes([9; 32]));
        let mut peer = Peer::load(&rows, [1; 32], None, entropy)?;
        let mut batch = Batch::new();
        let post = peer.post(PostKind::Receipts(1), LogName([2; 16]));
        for no in 0..1500_u32 {
            peer.write(&mut batch, post, no.to_be_bytes().to_vec())?;
        }
        rows.store().commit(&batch)?;
        assert_eq!(peer.letters(rows.store(), post)?.len(), 1500);
        let mut at = 0;
        while let Some(part) = peer.rest(post, at) {
            let bytes = peer.read(rows.store(), post, part.from, part.to)?;
            assert!(Stretch::from_bytes(&bytes).is_ok());
            at = part.to;
        }
        assert_eq!(at, 1500);
        Ok(())
    }

    /// [sync-15]
    #[test]
    fn a_letter_opens_at_its_number_in_its_direction_and_at_its_relay() {
        let mail = |secret: u8, relay: u8| Mail::new(Secret::from_bytes([secret; 32]), [relay; 32]);
        let here = mail(1, 2);
        let mut entropy = SeededEntropy::new(3);
        let sealed = here.seal(From::Agent(0), 7, b"keys", &mut entropy).ok();
        let sealed = sealed.unwrap_or_default();
        assert_eq!(
            here.open(From::Agent(0), 7, &sealed).as_deref(),
            Some(&b"keys"[..])
        );
        assert_eq!(here.open(From::Agent(0), 8, &sealed), None);
        assert_eq!(here.open(From::Agent(1), 7, &sealed), None);
        assert_eq!(here.open(From::Recipient, 7, &sealed), None);
        for other in [mail(1, 3), mail(4, 2)] {
            assert_eq!(other.open(From::Agent(0), 7, &sealed), None);
            assert_ne!(other.name(From::Agent(0)), here.name(From::Agent(0)));
            assert_ne!(other.capability(), here.capability());
            assert_ne!(other.fetch(), here.fetch());
        }
        assert_ne!(here.name(From::Agent(0)), here.name(From::Recipient));
    }
}
