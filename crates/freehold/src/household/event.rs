//! What an agent tells the other agents, and how it is taken in.
//!
//! Every event says how a thing stands. Taking one in joins it with what is known: twice is once, and the order does not matter
//! beyond that a stream comes before its roots and a grant before its end, which the index of news sees to.

use freehold_consent::{StreamId, TokenId, UnverifiedCard, UnverifiedRevocation, UnverifiedToken};
use freehold_crypto::PublicKey;
use freehold_model::{Epoch, Stream, StreamSpec, Time};
use freehold_store::Batch;
use serde::{Deserialize, Serialize};

use super::{
    keys::SharedKeys,
    news::Thing,
    party::{PARTIES_MAX, PartyRow},
    stray,
};
use crate::{
    Device, Error,
    consents::{EventRow, KeysNews},
    erase::{ErasureNews, orders},
    home::{Inner, State},
    rows::{Space, number_key, vault_key},
    stream::{LogRecord, SignedGenesis, StreamRecord},
    vault::VaultRow,
};

/// How something in the household stands.
#[derive(Serialize, Deserialize)]
pub(crate) enum Event {
    Party(Box<PartyRow>),
    /// The keys that agents share, and those of before.
    Household(Vec<SharedKeys>),
    Device(Device),
    Stream(Box<StreamNews>),
    Root {
        stream: [u8; 16],
        epoch: Epoch,
        generation: u32,
        row: VaultRow,
    },
    Granted {
        at: Time,
        token: Vec<u8>,
        card: Vec<u8>,
    },
    Keys(Box<KeysNews>),
    Revoked {
        token: TokenId,
        revocation: Vec<u8>,
    },
    Erased(ErasureNews),
}

/// A stream as one agent describes it to another.
#[derive(Serialize, Deserialize)]
pub(crate) struct StreamNews {
    spec: StreamSpec,
    name: String,
    device: String,
    writer: u8,
    generation: u32,
    /// [`StreamRecord::put`]
    put: u64,
    /// Of each log its genesis, and how it travels.
    logs: Vec<(SignedGenesis, Vec<u8>)>,
}

impl State {
    /// How a thing stands now; nothing if it is no more.
    pub(super) fn event(&self, inner: &Inner, thing: &Thing) -> Result<Option<Event>, Error> {
        let history = &self.consents.history;
        Ok(match thing {
            Thing::Party(index) => {
                let row = self.parties.get(index);
                row.map(|row| Event::Party(Box::new(row.clone())))
            }
            Thing::Household => {
                let about = inner.about();
                about
                    .household
                    .shared()
                    .ok()
                    .map(|all| Event::Household(all.to_vec()))
            }
            Thing::Device(name) => {
                let mut devices = self.devices.values();
                let device = devices.find(|device| device.name == *name);
                device.cloned().map(Event::Device)
            }
            Thing::Stream(id) => self.stream_of(*id).map(|record| {
                let device = self.devices.get(&record.device);
                let logs = record.logs.iter();
                Event::Stream(Box::new(StreamNews {
                    spec: record.spec.clone(),
                    name: record.name.clone(),
                    device: device.map(|device| device.name.clone()).unwrap_or_default(),
                    writer: record.writer,
                    generation: record.generation,
                    put: record.put,
                    logs: logs
                        .map(|log| (log.genesis.clone(), log.intro.clone()))
                        .collect(),
                }))
            }),
            Thing::Root(id, epoch, generation) => {
                let Some(record) = self.stream_of(*id) else {
                    return Ok(None);
                };
                let key = vault_key(record.no, *epoch, *generation)?;
                inner.rows.get(key)?.map(|row| Event::Root {
                    stream: *id,
                    epoch: *epoch,
                    generation: *generation,
                    row,
                })
            }
            Thing::Granted(id) => self.consents.granted(TokenId(*id)),
            Thing::Keys(id) => {
                let keys = self.consents.keys_news(TokenId(*id));
                keys.map(|keys| Event::Keys(Box::new(keys)))
            }
            Thing::Revoked(id) => {
                let revocation = history.revocation(TokenId(*id));
                revocation.map(|revocation| Event::Revoked {
                    token: TokenId(*id),
                    revocation: revocation.as_bytes().to_vec(),
                })
            }
            Thing::Erased(hash) => {
                let mut rows = orders(&inner.rows)?.into_iter();
                let row = rows.find(|row| row.order.hash() == *hash);
                row.map(|row| Event::Erased(row.news()))
            }
        })
    }

    /// Takes in what happened at another agent. What does not fit what is known is passed over: nothing here may keep an agent from
    /// hearing the rest.
    pub(crate) fn hear_events(
        &mut self,
        inner: &Inner,
        from: &PartyRow,
        events: Vec<Event>,
    ) -> Result<(), Error> {
        // What is new here is not from the other.
        self.note_news(inner, None)?;
        let household = inner.household()?;
        for event in events {
            let heard = match event {
                Event::Party(row) => self.hear_party(inner, *row),
                Event::Household(keys) => self.hear_household(inner, keys),
                Event::Device(device) => self.hear_device(inner, device).map(drop),
                Event::Stream(news) => self.hear_stream(inner, &household, *news),
                Event::Root {
                    stream,
                    epoch,
                    generation,
                    row,
                } => self.hear_root(inner, stream, (epoch, generation), &row),
                Event::Granted { at, token, card } => self.hear_grant(inner, at, &token, &card),
                Event::Keys(keys) => self.hear_keys(inner, *keys),
                Event::Revoked { token, revocation } => {
                    self.hear_revocation(inner, token, &revocation)
                }
                Event::Erased(news) => self.hear_erasure(inner, &household, &news),
            };
            if let Err(error @ (Error::Store(_) | Error::Entropy(_) | Error::KeyStore(_))) = heard {
                return Err(error);
            }
        }
        self.note_news(inner, Some(from.index))?;
        // What is drawn here all have to hear.
        self.succeed(inner)?;
        inner.changed();
        Ok(())
    }

    fn hear_party(&mut self, inner: &Inner, mut heard: PartyRow) -> Result<(), Error> {
        heard.card.verify()?;
        if heard.index >= PARTIES_MAX {
            return Err(Error::Damaged);
        }
        if let Some(known) = self.parties.get(&heard.index) {
            let order = |row: &PartyRow| (row.since, row.card.id());
            if known.card != heard.card {
                // Two agents took others in under one number: the first stays.
                if order(known) <= order(&heard) {
                    return Ok(());
                }
            } else {
                let ends = [known.removed, heard.removed];
                heard.removed = ends.into_iter().flatten().min();
                if known.renewals() > heard.renewals() {
                    heard.renewed.clone_from(&known.renewed);
                }
            }
            if *known == heard {
                return Ok(());
            }
        }
        let mut batch = Batch::new();
        let gone = !heard.is_live() && heard.is_agent();
        let own = inner.about().index;
        // Whoever removed it may not have known of every stream.
        let written = |stream: &StreamRecord| gone && stream.writer == own;
        let renewed = self.renewed(inner, &mut batch, written)?;
        self.save_party(inner, &mut batch, heard)?;
        for record in renewed {
            self.replace_stream(record);
        }
        Ok(())
    }

    /// Writes a party's row with what else is in the batch.
    pub(crate) fn save_party(
        &mut self,
        inner: &Inner,
        batch: &mut Batch,
        row: PartyRow,
    ) -> Result<(), Error> {
        let at = number_key(Space::Party, u32::from(row.index))?;
        inner.rows.put(batch, at, &row, &mut *self.entropy)?;
        inner.rows.store().commit(batch)?;
        self.parties.insert(row.index, row);
        Ok(())
    }

    fn hear_device(&mut self, inner: &Inner, heard: Device) -> Result<u32, Error> {
        let mut known = self.devices.iter();
        let known = known.find(|(_, device)| device.name == heard.name);
        let (no, device) = match known {
            Some((no, known)) => {
                let device = Device {
                    maker: known.maker.clone().max(heard.maker),
                    model: known.model.clone().max(heard.model),
                    name: heard.name,
                };
                if device == *known {
                    return Ok(*no);
                }
                (*no, device)
            }
            None => (self.devices.keys().max().map_or(1, |no| no + 1), heard),
        };
        let mut batch = Batch::new();
        let at = number_key(Space::Device, no)?;
        inner
            .rows
            .put(&mut batch, at, &device, &mut *self.entropy)?;
        inner.rows.store().commit(&batch)?;
        self.devices.insert(no, device);
        Ok(no)
    }

    fn hear_stream(
        &mut self,
        inner: &Inner,
        household: &[PublicKey],
        news: StreamNews,
    ) -> Result<(), Error> {
        Stream::new(news.spec.clone())?;
        let id = *news.spec.id.as_bytes();
        let mut record = match self.stream_of(id) {
            Some(known) if known.spec != news.spec => return Err(Error::Damaged),
            Some(known) => known.clone(),
            None => {
                let device = self.hear_device(
                    inner,
                    Device {
                        name: news.device,
                        maker: None,
                        model: None,
                    },
                )?;
                StreamRecord {
                    put: 0,
                    no: self.streams.keys().max().map_or(1, |no| no + 1),
                    device,
                    name: news.name.clone(),
                    spec: news.spec,
                    generation: news.generation,
                    writer: news.writer,
                    logs: Vec::new(),
                }
            }
        };
        let by_length = |name: &String| (name.len(), name.clone());
        // A stream that was given another name keeps it.
        if by_length(&news.name) > by_length(&record.name) {
            record.name = news.name;
        }
        if news.generation > record.generation {
            (record.generation, record.writer) = (news.generation, news.writer);
        }
        record.put = record.put.max(news.put);
        let put = (id, record.put);
        let mut next = self.next_log();
        for (genesis, intro) in news.logs {
            let verified = genesis.verify(household)?;
            let known = record
                .logs
                .iter()
                .any(|log| log.genesis.bytes == genesis.bytes);
            if known || verified.stream != id {
                continue;
            }
            let log = LogRecord::heard(next, verified.level, genesis, intro, None);
            record.add_log(log, household)?;
            next += 1;
        }
        let mut batch = Batch::new();
        stray::forget(&inner.rows, &mut batch, put)?;
        let changed = self.apart(record);
        for stream in &changed {
            let at = number_key(Space::Stream, stream.no)?;
            inner.rows.put(&mut batch, at, stream, &mut *self.entropy)?;
        }
        inner.rows.store().commit(&batch)?;
        for stream in changed {
            self.replace_stream(stream);
        }
        Ok(())
    }

    fn hear_root(
        &mut self,
        inner: &Inner,
        stream: [u8; 16],
        (epoch, generation): (Epoch, u32),
        row: &VaultRow,
    ) -> Result<(), Error> {
        row.check(epoch, generation)?;
        let no = self.stream_of(stream).ok_or(Error::Damaged)?.no;
        let key = vault_key(no, epoch, generation)?;
        if inner.rows.store().get(key)?.is_none() {
            let mut batch = Batch::new();
            inner.rows.put(&mut batch, key, row, &mut *self.entropy)?;
            inner.rows.store().commit(&batch)?;
            self.writers.remove(&no);
        }
        // It may be whole where what was erased is known already.
        self.puncture_again(inner, no)
    }

    fn hear_grant(
        &mut self,
        inner: &Inner,
        at: Time,
        token: &[u8],
        card: &[u8],
    ) -> Result<(), Error> {
        let verified = UnverifiedToken::from_bytes(token)?.verify()?;
        let signed = UnverifiedCard::from_bytes(card)?.verify()?;
        let fits =
            inner.household()?.contains(verified.grantor()) && verified.recipient() == signed.id();
        if self.consents.history.token(verified.id()).is_some() || !fits {
            return Ok(());
        }
        let mut history = self.consents.history.clone();
        history.granted(at, verified, signed)?;
        let (token, card) = (token.to_vec(), card.to_vec());
        let mut batch = Batch::new();
        self.note(inner, &mut batch, &EventRow::Granted { at, token, card })?;
        inner.rows.store().commit(&batch)?;
        self.consents.history = history;
        Ok(())
    }

    fn hear_revocation(
        &mut self,
        inner: &Inner,
        token: TokenId,
        revocation: &[u8],
    ) -> Result<(), Error> {
        let history = &self.consents.history;
        let granted = history.token(token).ok_or(Error::Damaged)?;
        if history.revocation(token).is_some() {
            return Ok(());
        }
        let verified = UnverifiedRevocation::from_bytes(revocation)?.verify(granted)?;
        let mut history = history.clone();
        history.revoked(verified)?;
        let mut batch = Batch::new();
        let revocation = revocation.to_vec();
        self.note(inner, &mut batch, &EventRow::Revoked { token, revocation })?;
        inner.rows.store().commit(&batch)?;
        self.consents.history = history;
        Ok(())
    }

    pub(crate) fn stream_of(&self, id: [u8; 16]) -> Option<&StreamRecord> {
        let mut streams = self.streams.values();
        streams.find(|stream| stream.id() == StreamId(id))
    }

    /// A stream and, if another has its name, that one, with names of their own: the one whose writer has the lower number keeps
    /// its name, so that every agent decides the same.
    fn apart(&self, record: StreamRecord) -> Vec<StreamRecord> {
        let rank = |stream: &StreamRecord| (stream.writer, stream.id().0);
        let others = || self.streams.values().filter(|other| other.no != record.no);
        let Some(other) = others().find(|other| other.name == record.name) else {
            return vec![record];
        };
        let taken = |name: &String| others().any(|other| other.name == *name);
        let base: String = record.name.chars().take(NAME_MAX).collect();
        let mut names = (2..).map(|n: u32| format!("{base} ({n})"));
        let name = names.find(|name| !taken(name)).unwrap_or(base);
        if rank(other) < rank(&record) {
            return vec![StreamRecord { name, ..record }];
        }
        let other = StreamRecord {
            name,
            ..other.clone()
        };
        vec![record, other]
    }
}

/// Characters of a name to which a number is added.
const NAME_MAX: usize = 50;
