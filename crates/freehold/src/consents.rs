//! The household's consents: proposals, approvals, revocations, and the key bundles handed out so far.

use std::collections::BTreeMap;

use freehold_consent::{
    ApproveError, Card, Choices, Event, Grant, History, Issue, JournalHead, Locale, Occasion,
    Proposal, Refusal, Request, Revocation, Scope, SealedBundle, ShownHash, State as ConsentState,
    StreamId, StreamInfo, Token, TokenId, UnverifiedCard, UnverifiedRevocation, UnverifiedToken,
    Window, propose,
};
use freehold_crypto::{Digest, Domain, Entropy, Secret, Suite, digest};
use freehold_model::{Epoch, Facet, Level, Slot, Time, wire};
use freehold_store::{Batch, Store};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    Error, Home, Noun, erase,
    home::{Inner, State, number_of},
    household,
    logs::StoredLog,
    parcel::{Have, LogParcel, Parcel},
    rows::{Rows, Space, all, number_key},
    stream::SignedGenesis,
    vault::{KeyPlace, Vault},
    writer::StreamWriter,
};

/// A consent as the home keeps account of it.
#[derive(Debug, Clone)]
pub struct Consent {
    /// The signed token.
    pub token: Token,
    /// Who it was granted to.
    pub card: Card,
    /// When it was approved.
    pub granted: Time,
    /// How it stands now.
    pub state: ConsentState,
    /// Up to when keys were handed out.
    pub lease_until: Time,
    /// How many nodes of key trees were handed out with the newest bundle.
    pub nodes: u32,
}

/// What the home knows of consents.
#[derive(Default)]
pub(crate) struct Consents {
    pub(crate) history: History,
    /// By the number of the row.
    issued: BTreeMap<u32, Issued>,
}

/// The keys handed out under one consent.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Issued {
    token: TokenId,
    /// The agent that granted it, and that sees to its lease first.
    agent: u8,
    seq: u32,
    horizon: Time,
    nodes: u32,
    /// The secret by which household and recipient find each other at relays.
    pub(crate) mail: Mail,
    /// What the newest bundle was made from: roots and logs.
    basis: Digest,
    /// The first bundle and every extension, as they were sent; nothing in the place of those that would hand erased keys out, and
    /// of those that another agent made and sends.
    bundles: Vec<Vec<u8>>,
    /// The beginning of a hash of each bundle: two agents that made different ones with one number find out.
    made: Vec<[u8; 8]>,
}

/// What another agent has to know of the keys handed out under a consent, to hand out the next.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeysNews {
    token: TokenId,
    agent: u8,
    horizon: Time,
    nodes: u32,
    mail: Mail,
    basis: Digest,
    made: Vec<[u8; 8]>,
}

/// The secret of [`Keys::mail`](freehold_consent::Keys::mail), as a row has it.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Mail([u8; 32]);

impl Mail {
    fn random(entropy: &mut dyn Entropy) -> Result<Self, Error> {
        Ok(Self(*Secret::random(entropy)?.expose()))
    }

    pub(crate) fn secret(&self) -> Secret {
        Secret::from_bytes(self.0)
    }
}

impl Issued {
    fn heard(news: &KeysNews) -> Self {
        Self {
            token: news.token,
            agent: news.agent,
            seq: 0,
            horizon: news.horizon,
            nodes: news.nodes,
            mail: news.mail.clone(),
            basis: news.basis,
            bundles: Vec::new(),
            made: Vec::new(),
        }
    }

    /// Takes in what another agent handed out, and says whether that was new.
    fn join(&mut self, heard: KeysNews) -> bool {
        if self.made.starts_with(&heard.made) {
            let unsure = self.made == heard.made && heard.basis == UNSURE && self.basis != UNSURE;
            if unsure {
                self.basis = UNSURE;
            }
            return unsure;
        }
        if heard.made.starts_with(&self.made) {
            self.basis = heard.basis;
        } else {
            self.basis = UNSURE;
            if self.made.len() >= heard.made.len() {
                self.horizon = self.horizon.min(heard.horizon);
                self.made = self.made.clone().max(heard.made);
                return true;
            }
        }
        (self.horizon, self.nodes) = (heard.horizon, heard.nodes);
        self.made = heard.made;
        self.bundles.resize(self.made.len(), Vec::new());
        self.seq = u32::try_from(self.made.len()).map_or(u32::MAX, |len| len.saturating_sub(1));
        true
    }
}

/// In the place of what a bundle was made from: nobody knows what the recipient has.
const UNSURE: Digest = [0; 32];

/// So many bundles an agent may have made and brought to nobody whom it can ask.
const SKIPPED: usize = 64;
/// More letters than are ever bundles.
const BUNDLES_MAX: usize = 1 << 12;

/// A bundle that is written to a batch and counts once that is committed.
pub(crate) struct NewBundle {
    no: u32,
    issued: Issued,
    bundle: SealedBundle,
}

/// A row of the append-only account.
#[derive(Serialize, Deserialize)]
pub(crate) enum EventRow {
    Granted {
        at: Time,
        token: Vec<u8>,
        card: Vec<u8>,
    },
    Revoked {
        token: TokenId,
        revocation: Vec<u8>,
    },
}

impl Home {
    /// Works out exactly what `request` would be granted under the person's choices. Nothing is granted yet.
    ///
    /// # Errors
    /// [`Error::Propose`] when nothing fits the request, or more than one stream does and none was chosen.
    pub fn propose(&self, request: &Request, choices: &Choices) -> Result<Proposal, Error> {
        let inner = self.inner();
        let household = inner.signing_key()?.public_key();
        let state = inner.lock();
        let streams = state.stream_infos(inner)?;
        let occasion = Occasion {
            grantor: household,
            suite: Suite::One,
            streams: &streams,
            history: &state.consents.history,
            now: inner.now(),
            locale: Locale::EnGb,
        };
        Ok(propose(request, choices, &occasion)?)
    }

    /// Grants a proposal: signs its token and seals the keys that it stands for to the recipient. `shown` is the hash of what
    /// the person saw; `attended` says whether a person was there.
    ///
    /// # Errors
    /// [`Error::Approve`] when the proposal is not the one that was shown, or more can be worked out than was shown, because
    /// something else was granted since.
    pub fn approve(
        &self,
        proposal: &Proposal,
        shown: ShownHash,
        attended: bool,
    ) -> Result<Grant, Error> {
        let inner = self.inner();
        let mut state = inner.lock();
        let state = &mut *state;
        let household = inner.signing_key()?;
        proposal.check_closure(&state.stream_infos(inner)?, &state.consents.history)?;
        let draft = proposal.approve(shown, attended, inner.now(), &mut *state.entropy)?;
        if draft.key() != household.public_key() {
            // An agent was removed since it was shown.
            return Err(ApproveError::Outdated.into());
        }
        let token = draft.sign(&household)?;
        let card = proposal.card().clone();
        let mut batch = Batch::new();
        let issued = state
            .issue(inner, &mut batch, &token, &card)?
            .ok_or(Error::NoKey)?;
        let event = EventRow::Granted {
            at: inner.now(),
            token: token.as_bytes().to_vec(),
            card: card.as_bytes().to_vec(),
        };
        state.note(inner, &mut batch, &event)?;
        inner.rows.store().commit(&batch)?;
        state
            .consents
            .history
            .granted(inner.now(), token.clone(), card.clone())?;
        let bundle = state.consents.take(issued);
        inner.changed();
        Ok(Grant::new(card, token, vec![bundle])?)
    }

    /// Every consent ever granted, oldest first.
    #[must_use]
    pub fn consents(&self) -> Vec<Consent> {
        let now = self.now();
        let state = self.inner().lock();
        let history = &state.consents.history;
        let granted = history.events().iter().filter_map(|event| match event {
            Event::Granted { at, token, card } => Some((*at, &**token, &**card)),
            Event::Revoked(_) => None,
        });
        let consent = |(granted, token, card): (Time, &Token, &Card)| {
            let issued = state.consents.issued(token.id());
            Some(Consent {
                token: token.clone(),
                card: card.clone(),
                granted,
                state: history.state(token.id(), now)?,
                lease_until: issued.map_or(granted, |issued| issued.horizon),
                nodes: issued.map_or(0, |issued| issued.nodes),
            })
        };
        granted.filter_map(consent).collect()
    }

    /// Withdraws a consent. No more keys are handed out for it, and everything that is sealed from now on in its streams is
    /// sealed under new roots. What was read before cannot be taken back.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no such consent, [`Refusal::Revoked`] when it was withdrawn before.
    pub fn revoke(&self, consent: TokenId) -> Result<Revocation, Error> {
        let inner = self.inner();
        let keys = &inner.about().household;
        keys.signing()?;
        let mut state = inner.lock();
        let state = &mut *state;
        let token = state
            .consents
            .history
            .token(consent)
            .cloned()
            .ok_or(Error::Missing(Noun::Consent))?;
        if let Some(before) = state.consents.history.revocation(consent) {
            return Err(Refusal::Revoked { at: before.at() }.into());
        }
        // Who knows the token knows this key, and maybe no later one.
        let household = keys.signing_as(token.grantor())?;
        let revocation =
            Revocation::draft(&token, inner.now(), &mut *state.entropy)?.sign(&household)?;
        let mut history = state.consents.history.clone();
        history.revoked(revocation.clone())?;
        let mut batch = Batch::new();
        state.note(
            inner,
            &mut batch,
            &EventRow::Revoked {
                token: consent,
                revocation: revocation.as_bytes().to_vec(),
            },
        )?;
        let mut changed = Vec::new();
        for id in token.terms().scope.streams() {
            let Some(mut record) = state
                .streams
                .values()
                .find(|stream| stream.id() == id)
                .cloned()
            else {
                continue;
            };
            record.generation = Vault::after_all(&inner.rows, record.no, record.generation)?;
            inner.rows.put(
                &mut batch,
                number_key(Space::Stream, record.no)?,
                &record,
                &mut *state.entropy,
            )?;
            changed.push(record);
        }
        inner.rows.store().commit(&batch)?;
        state.consents.history = history;
        for record in changed {
            state.replace_stream(record);
        }
        inner.changed();
        log::info!("a consent was withdrawn");
        Ok(revocation)
    }

    /// What a recipient is owed now: extensions of its leases, revocations, and the pieces that its consents cover. Slots of
    /// the granted streams that have ended by the clock are sealed first.
    /// `have` says how far it has each log already, and what it has erased: that is heard.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    pub fn parcel(&self, card: &Card, have: &Have) -> Result<Parcel, Error> {
        self.hear_receipts(have)?;
        let inner = self.inner();
        let mut state = inner.lock();
        let keys = &inner.about().household;
        let state = &mut *state;
        let mut parcel = Parcel::default();
        let erasures = erase::orders(&inner.rows)?;
        let tokens: Vec<Token> = state
            .consents
            .history
            .tokens()
            .filter(|token| token.recipient() == card.id())
            .cloned()
            .collect();
        for token in tokens {
            if let Some(revocation) = state.consents.history.revocation(token.id()) {
                parcel.revocations.push(revocation.as_bytes().to_vec());
                continue;
            }
            if !matches!(
                state.consents.history.state(token.id(), inner.now()),
                Some(ConsentState::Live { .. })
            ) || have.bundles(token.id()) == 0
            {
                continue;
            }
            let mut batch = Batch::new();
            if let Some(issued) = state.issue(inner, &mut batch, &token, card)? {
                inner.rows.store().commit(&batch)?;
                state.consents.take(issued);
            }
            let issued = state.consents.issued(token.id()).ok_or(Error::Damaged)?;
            let mut known = have.bundles(token.id());
            if *token.grantor() != keys.key()? {
                // What it says to have may be by an agent that was removed: the newest tells it of the key that counts.
                known = known.min(issued.bundles.len().saturating_sub(1));
            }
            let grantor = keys.signing_as(token.grantor())?;
            parcel.extensions.extend(
                issued
                    .bundles
                    .iter()
                    .skip(known)
                    .filter(|bundle| !bundle.is_empty())
                    .cloned(),
            );
            for row in &erasures {
                let order = row.order.order()?;
                if erase::concerns(&order, Time::EARLIEST, &token) {
                    let order = row.order.signed_by(&grantor)?;
                    parcel.erasures.push((token.id(), wire::to_bytes(&order)));
                }
            }
            let horizon = issued.horizon;
            parcel
                .logs
                .extend(state.logs_for(inner, &token, horizon, have)?);
        }
        Ok(parcel)
    }
}

impl Consents {
    pub(crate) fn load(rows: &Rows) -> Result<Self, Error> {
        let mut consents = Self::default();
        rows.each(all(Space::Event)?, |_, row: EventRow| {
            match row {
                EventRow::Granted { at, token, card } => {
                    let token = UnverifiedToken::from_bytes(&token)?.verify()?;
                    consents.history.granted(
                        at,
                        token,
                        UnverifiedCard::from_bytes(&card)?.verify()?,
                    )?;
                }
                EventRow::Revoked { token, revocation } => {
                    let token = consents.history.token(token).ok_or(Error::Damaged)?;
                    let revocation =
                        UnverifiedRevocation::from_bytes(&revocation)?.verify(token)?;
                    consents.history.revoked(revocation)?;
                }
            }
            Ok(())
        })?;
        rows.each(all(Space::Consent)?, |key, issued: Issued| {
            consents.issued.insert(number_of(key), issued);
            Ok(())
        })?;
        Ok(consents)
    }

    /// Counts a bundle whose batch is committed.
    pub(crate) fn take(&mut self, new: NewBundle) -> SealedBundle {
        self.issued.insert(new.no, new.issued);
        new.bundle
    }

    /// The secret that household and recipient share under a consent.
    pub(crate) fn mail(&self, token: TokenId) -> Option<Secret> {
        self.issued(token).map(|issued| issued.mail.secret())
    }

    /// Up to when keys were handed out.
    pub(crate) fn horizon(&self, token: TokenId) -> Option<Time> {
        self.issued(token).map(|issued| issued.horizon)
    }

    /// The rows of the consents for a stream without the bundles of before, which are not to be handed out again: the next
    /// one has all that is left.
    pub(crate) fn without_bundles(&self, stream: StreamId) -> Vec<(u32, Issued)> {
        let about = |issued: &Issued| {
            let token = self.history.token(issued.token);
            token.is_some_and(|token| token.terms().scope.streams().contains(&stream))
        };
        let without = |(no, issued): (&u32, &Issued)| {
            let bundles = vec![Vec::new(); issued.bundles.len()];
            let issued = issued.clone();
            (*no, Issued { bundles, ..issued })
        };
        let issued = self.issued.iter().filter(|(_, issued)| about(issued));
        issued.map(without).collect()
    }

    /// Takes the rows of [`Consents::without_bundles`] over once they are committed.
    pub(crate) fn replace(&mut self, rows: Vec<(u32, Issued)>) {
        self.issued.extend(rows);
    }

    /// The bundles of a consent, as they were sent.
    pub(crate) fn bundles(&self, token: TokenId) -> Vec<Vec<u8>> {
        self.issued(token)
            .map_or_else(Vec::new, |issued| issued.bundles.clone())
    }

    /// What another agent is told of a grant.
    pub(crate) fn granted(&self, id: TokenId) -> Option<household::Event> {
        self.history.events().iter().find_map(|event| match event {
            Event::Granted { at, token, card } if token.id() == id => {
                Some(household::Event::Granted {
                    at: *at,
                    token: token.as_bytes().to_vec(),
                    card: card.as_bytes().to_vec(),
                })
            }
            _ => None,
        })
    }

    /// What another agent is told of the keys handed out.
    pub(crate) fn keys_news(&self, token: TokenId) -> Option<KeysNews> {
        self.issued(token).map(|issued| KeysNews {
            token,
            agent: issued.agent,
            horizon: issued.horizon,
            nodes: issued.nodes,
            mail: issued.mail.clone(),
            basis: issued.basis,
            made: issued.made.clone(),
        })
    }

    fn issued(&self, token: TokenId) -> Option<&Issued> {
        self.issued.values().find(|issued| issued.token == token)
    }
}

impl State {
    /// Takes in which keys another agent handed out. Where both made different bundles with one number, the recipient has one of
    /// them and nobody knows which: the next has everything.
    pub(crate) fn hear_keys(&mut self, inner: &Inner, heard: KeysNews) -> Result<(), Error> {
        self.consents
            .history
            .token(heard.token)
            .ok_or(Error::Damaged)?;
        let mut known = self.consents.issued.iter();
        let known = known.find(|(_, issued)| issued.token == heard.token);
        let next = self.consents.issued.keys().max().map_or(1, |no| no + 1);
        let (no, mut issued) = match known {
            Some((no, known)) => (*no, known.clone()),
            None => (next, Issued::heard(&heard)),
        };
        if !issued.join(heard) {
            return Ok(());
        }
        let mut batch = Batch::new();
        let at = number_key(Space::Consent, no)?;
        inner
            .rows
            .put(&mut batch, at, &issued, &mut *self.entropy)?;
        inner.rows.store().commit(&batch)?;
        self.consents.issued.insert(no, issued);
        Ok(())
    }

    /// Says that the recipient of a consent may lack what it was given, because letters to it were taken back: the next bundle has
    /// everything.
    pub(crate) fn forget_keys(&mut self, inner: &Inner, token: TokenId) -> Result<(), Error> {
        let mut issued = self.consents.issued.iter_mut();
        if let Some((no, issued)) = issued.find(|(_, issued)| issued.token == token) {
            issued.basis = UNSURE;
            let mut batch = Batch::new();
            let at = number_key(Space::Consent, *no)?;
            inner
                .rows
                .put(&mut batch, at, &*issued, &mut *self.entropy)?;
            inner.rows.store().commit(&batch)?;
        }
        Ok(())
    }

    /// Leaves out the numbers of bundles that may have been made and forgotten since: a recipient takes no second one of a number. The
    /// next bundle has everything.
    pub(crate) fn skip_bundles(
        &mut self,
        inner: &Inner,
        made: impl Fn(TokenId) -> u64,
    ) -> Result<(), Error> {
        let mut batch = Batch::new();
        for (no, issued) in &mut self.consents.issued {
            let forgotten = usize::try_from(made(issued.token)).unwrap_or(usize::MAX);
            let len = issued.made.len().max(forgotten.min(BUNDLES_MAX)) + SKIPPED;
            issued.made.resize(len, [0; 8]);
            issued.bundles.resize(len, Vec::new());
            issued.seq = u32::try_from(len - 1).unwrap_or(u32::MAX);
            issued.basis = UNSURE;
            let at = number_key(Space::Consent, *no)?;
            inner
                .rows
                .put(&mut batch, at, &*issued, &mut *self.entropy)?;
        }
        Ok(inner.rows.store().commit(&batch)?)
    }

    /// Appends to the account.
    pub(crate) fn note(
        &mut self,
        inner: &Inner,
        batch: &mut Batch,
        event: &EventRow,
    ) -> Result<(), Error> {
        let no = u32::try_from(self.consents.history.events().len()).map_err(|_| Error::Time)?;
        inner.rows.put(
            batch,
            number_key(Space::Event, no)?,
            event,
            &mut *self.entropy,
        )
    }

    /// The streams as a proposal names them and a bundle describes them.
    pub(crate) fn stream_infos(&self, inner: &Inner) -> Result<Vec<StreamInfo>, Error> {
        let household = inner.household()?;
        self.streams
            .values()
            .map(|record| record.info(&household))
            .collect()
    }

    /// Makes the next bundle of a consent, if there is anything that the bundles before do not give.
    pub(crate) fn issue(
        &mut self,
        inner: &Inner,
        batch: &mut Batch,
        token: &Token,
        card: &Card,
    ) -> Result<Option<NewBundle>, Error> {
        let streams = self.stream_infos(inner)?;
        let now = inner.now();
        let before = self
            .consents
            .issued
            .iter()
            .find(|(_, issued)| issued.token == token.id())
            .map(|(no, issued)| (*no, issued.clone()));
        let granted: Vec<u32> = self
            .streams
            .values()
            .filter(|stream| token.terms().scope.streams().contains(&stream.id()))
            .map(|stream| stream.no)
            .collect();
        self.make_roots(inner, &granted, now, now.plus_ms(token.terms().lease.ms()))?;
        let basis = self.basis(inner, &granted)?;
        let at = self.journal_at(inner);
        if let Some((_, issued)) = &before {
            if now.since_ms(at) > token.terms().lease.ms() {
                // It may have been withdrawn elsewhere.
                return Ok(None);
            }
            let sees_to_it = self.sees_to(inner, issued);
            let data_until = token
                .terms()
                .scope
                .lines()
                .iter()
                .map(|line| line.data.until())
                .max()
                .unwrap_or(now);
            let lease = token.terms().lease.ms();
            let ahead = if sees_to_it { lease / 2 } else { lease / 4 };
            let covered = issued.horizon >= data_until.min(now.plus_ms(ahead));
            let up_to_date = issued.basis == basis || issued.basis == UNSURE && !sees_to_it;
            if up_to_date && covered {
                return Ok(None);
            }
        }
        let issue = Issue {
            seq: before.as_ref().map_or(0, |(_, issued)| issued.seq + 1),
            now,
            journal: JournalHead {
                // What is granted now cannot have been withdrawn elsewhere.
                at: if before.is_some() { at } else { now },
                hash: self.journal_head(),
            },
            since: before
                .as_ref()
                .filter(|(_, issued)| issued.basis == basis)
                .map(|(_, issued)| issued.horizon),
            succession: inner.about().household.succession()?,
        };
        let mail = match &before {
            Some((_, issued)) => issued.mail.clone(),
            None => Mail::random(&mut *self.entropy)?,
        };
        let bundle = self.compose(inner, token, card, &streams, &issue, &mail.secret())?;
        let header = bundle.header();
        let mut issued = before.as_ref().map_or_else(
            || Issued {
                token: token.id(),
                agent: inner.about().index,
                seq: 0,
                horizon: now,
                nodes: 0,
                mail,
                basis,
                bundles: Vec::new(),
                made: Vec::new(),
            },
            |(_, issued)| issued.clone(),
        );
        (issued.seq, issued.horizon, issued.nodes, issued.basis) =
            (header.seq, header.horizon, header.nodes, basis);
        let mut hash = [0; 8];
        hash.copy_from_slice(&digest(Domain::Journal, &[bundle.as_bytes()])[..8]);
        issued.made.push(hash);
        if issue.since.is_none() {
            // This one holds everything; those before may be by a key that counts no longer.
            issued.bundles.fill(Vec::new());
        }
        issued.bundles.push(bundle.as_bytes().to_vec());
        let next = self.consents.issued.keys().max().map_or(1, |no| no + 1);
        let no = before.map_or(next, |(no, _)| no);
        inner.rows.put(
            batch,
            number_key(Space::Consent, no)?,
            &issued,
            &mut *self.entropy,
        )?;
        Ok(Some(NewBundle { no, issued, bundle }))
    }

    fn compose(
        &mut self,
        inner: &Inner,
        token: &Token,
        card: &Card,
        streams: &[StreamInfo],
        issue: &Issue,
        mail: &Secret,
    ) -> Result<SealedBundle, Error> {
        let mut vaults: BTreeMap<StreamId, Vault> = BTreeMap::new();
        for record in self
            .streams
            .values()
            .filter(|record| token.terms().scope.streams().contains(&record.id()))
        {
            vaults.insert(record.id(), Vault::load(&inner.rows, record.no)?);
        }
        let held = |stream: StreamId, level: Level, facet: Facet, epoch: Epoch| {
            let vault = vaults.get(&stream);
            let roots = vault
                .into_iter()
                .flat_map(Vault::roots)
                .filter(|(found, _)| *found == epoch);
            let cover = |(epoch, generation)| {
                Some((
                    generation,
                    vault?.cover(KeyPlace {
                        epoch,
                        generation,
                        level,
                        facet,
                    })?,
                ))
            };
            roots.filter_map(cover).collect()
        };
        Ok(
            SealedBundle::compose(token, card, streams, issue, mail, held, &mut *self.entropy)?
                .sign(&inner.signing_key()?)?,
        )
    }

    /// Makes the roots of the epochs up to `until`, so that the keys of a lease are there before anything is sealed under them.
    fn make_roots(
        &mut self,
        inner: &Inner,
        streams: &[u32],
        now: Time,
        until: Time,
    ) -> Result<(), Error> {
        for no in streams {
            inner.write_in(self, *no, |writer, tx| {
                for time in [now, until] {
                    writer.sealer.sealing(tx, time)?;
                }
                tx.commit()
            })?;
        }
        Ok(())
    }

    /// A digest over the roots and logs that a bundle is made from, and the household's keys, which it names: when it changes there is more
    /// to hand out.
    fn basis(&self, inner: &Inner, streams: &[u32]) -> Result<Digest, Error> {
        let mut basis = Vec::new();
        for no in streams {
            let vault = Vault::load(&inner.rows, *no)?;
            let record = self.streams.get(no).ok_or(Error::Damaged)?;
            let roots: Vec<_> = vault.roots().collect();
            basis.push((record.id().0, record.logs.len(), roots));
        }
        // Every agent finds the same.
        basis.sort_unstable();
        let basis = wire::to_bytes(&(inner.household()?, basis));
        Ok(digest(Domain::Journal, &[&basis]))
    }

    /// Up to when this agent has heard what the others did.
    fn journal_at(&self, inner: &Inner) -> Time {
        let (now, own) = (inner.now(), inner.about().index);
        if !self.has_other_agents(inner) {
            return now;
        }
        let since = self.parties.get(&own).map_or(now, |row| row.since);
        self.met.unwrap_or(since).max(since).min(now)
    }

    /// Whether this agent extends a lease when that is due: it granted the consent, or who did is no agent any more. Others do it
    /// when the lease is three quarters over.
    fn sees_to(&self, inner: &Inner, issued: &Issued) -> bool {
        let live = |row: &&household::PartyRow| row.is_agent() && row.is_live();
        let granter = self.parties.get(&issued.agent).filter(live);
        let first = self.parties.values().find(live);
        granter.or(first).map(|row| row.index) == Some(inner.about().index)
    }

    /// The head of the household's journal: a digest over everything granted and withdrawn.
    fn journal_head(&self) -> Digest {
        let id = |event: &Event| match event {
            Event::Granted { token, .. } => token.id(),
            Event::Revoked(revocation) => revocation.token(),
        };
        let events: Vec<_> = self.consents.history.events().iter().map(id).collect();
        digest(Domain::Journal, &[&wire::to_bytes(&events)])
    }

    /// What a consent covers of each log, beyond what the recipient has.
    fn logs_for(
        &mut self,
        inner: &Inner,
        token: &Token,
        horizon: Time,
        have: &Have,
    ) -> Result<Vec<LogParcel>, Error> {
        let household = inner.household()?;
        let scope = &token.terms().scope;
        let mut parcels = Vec::new();
        for id in scope.streams() {
            let Some(record) = self
                .streams
                .values()
                .find(|record| record.id() == id)
                .cloned()
            else {
                continue;
            };
            inner.write_in(self, record.no, StreamWriter::flush)?;
            for log in &record.logs {
                let genesis = log.genesis.verify(&household)?;
                let mut stored = StoredLog::load(inner.rows.store(), log.no, genesis)?;
                let granted = Granted {
                    token: token.id(),
                    scope,
                    stream: id,
                    level: log.level,
                    horizon,
                };
                let next = have.entries(token.id(), stored.genesis.log);
                parcels.extend(granted.parcel(
                    inner.rows.store(),
                    &mut stored,
                    &log.genesis,
                    next,
                )?);
            }
        }
        Ok(parcels)
    }
}

/// What a consent covers of one log.
struct Granted<'a> {
    token: TokenId,
    scope: &'a Scope,
    stream: StreamId,
    level: Level,
    horizon: Time,
}

impl Granted<'_> {
    /// The entries from `next` on that hold something granted, with everything else in them replaced by its hash.
    fn parcel(
        &self,
        store: &dyn Store,
        log: &mut StoredLog,
        genesis: &SignedGenesis,
        next: u64,
    ) -> Result<Vec<LogParcel>, Error> {
        let mut wanted: Vec<u64> = Vec::new();
        for (_, windows) in self.windows(&log.genesis.facets) {
            for window in windows {
                wanted.extend(log.overlapping(window.from(), window.until().min(self.horizon)));
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|seq| *seq >= next);
        let facets = log.genesis.facets.clone();
        let windows: BTreeMap<Facet, Vec<Window>> = self.windows(&facets).collect();
        let keep = |slot: Slot, facet: Facet| {
            let windows = windows.get(&facet).map_or(&[][..], Vec::as_slice);
            slot.end <= self.horizon
                && windows
                    .iter()
                    .any(|window| window.covers(slot.start, slot.end))
        };
        log.parcels(store, genesis, self.token, &wanted, &keep)
    }

    fn windows(&self, facets: &[Facet]) -> impl Iterator<Item = (Facet, Vec<Window>)> {
        facets
            .iter()
            .map(|facet| (*facet, self.scope.windows(self.stream, self.level, *facet)))
    }
}
