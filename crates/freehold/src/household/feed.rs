//! What an agent gives a device: the streams that it writes, and the keys of slots that are open or near.
//!
//! A letter with keys could be read again by whoever steals the device and asks the relay once more. So the device answers each with
//! another key for the next, and forgets the one that opened this; what it could not read for that reason it is given again.

use freehold_consent::StreamId;
use freehold_crypto::{Domain, EnvelopePublicKey, PublicKey, digest};
use freehold_model::{Epoch, Stream, StreamSpec, Time, wire};
use freehold_store::Batch;
use serde::{Deserialize, Serialize};

use super::{
    keys::HouseholdKeys,
    party::{PartyRole, PartyRow},
    post::Note,
    stray,
};
use crate::{
    Device, Error,
    erase::{ErasureNews, SignedOrder, orders},
    home::{About, Inner, State},
    post::ToldParty,
    rows::{Space, number_key},
    stream::{LogRecord, SignedGenesis, StreamRecord},
    vault::VaultRow,
};

/// What a device is given at once.
#[derive(Serialize, Deserialize)]
pub(crate) struct Feed {
    /// Which it is at this relay, from 1.
    number: u32,
    /// The keys of the household, the present one first.
    household: Vec<PublicKey>,
    /// What it seals readings to for which it has no key.
    envelope: Box<EnvelopePublicKey>,
    agents: Vec<PartyRow>,
    streams: Vec<FedStream>,
}

#[derive(Serialize, Deserialize)]
struct FedStream {
    device: String,
    name: String,
    spec: StreamSpec,
    generation: u32,
    /// What it kept for the household and need not keep any more: what has a lower number.
    put: u64,
    /// Of each log that it writes its genesis, and how it travels.
    logs: Vec<(SignedGenesis, Vec<u8>)>,
    keys: Vec<FedKeys>,
    erased: Vec<SignedOrder>,
}

/// Keys of an epoch and a generation.
#[derive(Serialize, Deserialize)]
pub(crate) struct FedKeys {
    pub(crate) epoch: Epoch,
    pub(crate) generation: u32,
    pub(crate) trees: VaultRow,
}

/// What a device answers: another key for letters to it, how many there were, and the last letter of this relay that it has read.
#[derive(Serialize, Deserialize)]
pub(crate) struct Renewed {
    pub(super) count: u32,
    pub(super) envelope: Box<EnvelopePublicKey>,
    pub(super) heard: u32,
}

impl State {
    /// What a device is owed now: something changed, its keys last for less than a third of their time, or it could not read what it
    /// was given last.
    pub(crate) fn feed_notes(
        &mut self,
        inner: &Inner,
        told: &mut ToldParty,
        device: &PartyRow,
    ) -> Result<Vec<Note>, Error> {
        if self.keeper_of(device) != Some(inner.about().index) {
            return Ok(Vec::new());
        }
        let streams: Vec<StreamRecord> = self.written_by(device.index).cloned().collect();
        let erased = orders(&inner.rows)?;
        let erased = |stream: StreamId| -> Result<Vec<SignedOrder>, Error> {
            let mut found = Vec::new();
            for row in &erased {
                if row.order.order()?.stream() == stream {
                    found.push(row.order.clone());
                }
            }
            Ok(found)
        };
        let agents: Vec<PartyRow> = self
            .parties
            .values()
            .filter(|row| row.is_agent())
            .cloned()
            .collect();
        let about = inner.about();
        let (household, envelope) = (about.household.keys()?, about.household.envelope()?);
        let mut standing = Vec::new();
        for stream in &streams {
            let erased = erased(stream.id())?.len();
            let (id, logs) = (stream.id().0, stream.logs.len());
            standing.push((id, stream.generation, stream.put, logs, erased));
        }
        let live: Vec<_> = agents
            .iter()
            .map(|row| (row.index, row.is_live()))
            .collect();
        let basis = wire::to_bytes(&(&household, &envelope, live, standing));
        let basis = digest(Domain::Journal, &[b"feed", &basis]);
        let now = inner.now();
        let lasts = told
            .fed
            .until
            .is_some_and(|until| until.since_ms(now) > LASTS_MS / 3);
        let unread = device.renewals() > told.fed.sealed_at && told.fed.heard != told.fed.number;
        if streams.is_empty() || told.fed.basis == basis && lasts && !unread {
            return Ok(Vec::new());
        }
        let until = now.plus_ms(LASTS_MS);
        let mut fed = Vec::new();
        for stream in streams {
            let keys = self.keys_between(inner, &stream, now, until)?;
            let device_name = self.devices.get(&stream.device);
            let logs = stream.logs.iter().filter(|log| {
                let genesis = log.genesis.verify(&household);
                genesis.is_ok_and(|genesis| genesis.writer == *device.card.key())
            });
            fed.push(FedStream {
                device: device_name
                    .map(|device| device.name.clone())
                    .unwrap_or_default(),
                name: stream.name.clone(),
                generation: stream.generation,
                put: stream.put,
                logs: logs
                    .map(|log| (log.genesis.clone(), log.intro.clone()))
                    .collect(),
                keys,
                erased: erased(stream.id())?,
                spec: stream.spec,
            });
        }
        told.fed.number += 1;
        told.fed.until = Some(until);
        told.fed.basis = basis;
        told.fed.sealed_at = device.renewals();
        Ok(vec![Note::Feed(Box::new(Feed {
            number: told.fed.number,
            household,
            envelope: Box::new(envelope),
            agents,
            streams: fed,
        }))])
    }

    /// The agent that sees to a device: the one that took it in, or the first that is left.
    pub(super) fn keeper_of(&self, device: &PartyRow) -> Option<u8> {
        let live = |row: &&PartyRow| row.is_agent() && row.is_live();
        let host = self.parties.get(&device.host).filter(live);
        host.or_else(|| self.parties.values().find(live))
            .map(|row| row.index)
    }

    pub(super) fn written_by(&self, party: u8) -> impl Iterator<Item = &StreamRecord> {
        self.streams
            .values()
            .filter(move |stream| stream.writer == party)
    }

    /// The keys of a stream for slots that are open now or begin before `until`.
    fn keys_between(
        &mut self,
        inner: &Inner,
        stream: &StreamRecord,
        now: Time,
        until: Time,
    ) -> Result<Vec<FedKeys>, Error> {
        let spec = &stream.spec;
        let open = i64::from(spec.late_ms) + i64::from(spec.chunk_minutes) * 60_000;
        let from = now.plus_ms(-open);
        inner.write_in(self, stream.no, |writer, tx| {
            let sealer = &mut writer.sealer;
            let mut keys: Vec<FedKeys> = Vec::new();
            for time in [from, now, until] {
                let epoch = sealer.calendar().epoch(time);
                if keys.iter().all(|held| held.epoch != epoch) {
                    let (generation, trees) = sealer.feed(tx, epoch, (from, until))?;
                    keys.push(FedKeys {
                        epoch,
                        generation,
                        trees,
                    });
                }
            }
            tx.commit()?;
            Ok(keys)
        })
    }

    /// Takes in what an agent gave this device at a relay. Its own key for letters goes last: whatever is cut off before is heard
    /// again.
    pub(crate) fn hear_feed(
        &mut self,
        inner: &Inner,
        relay: [u8; 32],
        feed: Feed,
    ) -> Result<(), Error> {
        let mut about = About::clone(&inner.about());
        // Keys come, and none goes: another household has others.
        let known = about.household.keys()?;
        if known.iter().any(|key| !feed.household.contains(key)) {
            return Err(Error::Damaged);
        }
        about.household = HouseholdKeys::Device {
            keys: feed.household.clone(),
            envelope: feed.envelope.clone(),
        };
        self.save_about(inner, about.clone(), Batch::new())?;
        let mut batch = Batch::new();
        for row in feed.agents.iter().filter(|row| row.is_agent()) {
            row.card.verify()?;
            let at = number_key(Space::Party, u32::from(row.index))?;
            inner.rows.put(&mut batch, at, row, &mut *self.entropy)?;
        }
        inner.rows.store().commit(&batch)?;
        for stream in &feed.streams {
            self.hear_fed(inner, &about, stream)?;
        }
        self.reload(&inner.rows)?;
        for stream in feed.streams {
            let id = *stream.spec.id.as_bytes();
            let no = self.stream_of(id).ok_or(Error::Damaged)?.no;
            inner.write_in(self, no, |writer, tx| writer.take_keys(tx, &stream.keys))?;
            for order in stream.erased {
                let receipts = Vec::new();
                self.hear_erasure(inner, &feed.household, &ErasureNews { order, receipts })?;
            }
        }
        about.party.renew_envelope(&mut *self.entropy)?;
        about.heard.retain(|(other, _)| *other != relay);
        about.heard.push((relay, feed.number));
        self.save_about(inner, about, Batch::new())?;
        inner.rows.store().scrub()?;
        inner.changed();
        Ok(())
    }

    /// Writes a stream down that this device writes.
    fn hear_fed(&mut self, inner: &Inner, about: &About, fed: &FedStream) -> Result<(), Error> {
        Stream::new(fed.spec.clone())?;
        let household = &about.household.keys()?;
        let own = about.party.signing()?.public_key();
        let id = *fed.spec.id.as_bytes();
        let mut batch = Batch::new();
        let mut record = match self.stream_of(id) {
            Some(known) => known.clone(),
            None => {
                let mut devices = self.devices.iter();
                let known = devices.find(|(_, device)| device.name == fed.device);
                let device = match known.map(|(no, _)| *no) {
                    Some(no) => no,
                    None => {
                        let no = self.devices.keys().max().map_or(1, |no| no + 1);
                        let device = Device {
                            name: fed.device.clone(),
                            maker: None,
                            model: None,
                        };
                        let at = number_key(Space::Device, no)?;
                        inner
                            .rows
                            .put(&mut batch, at, &device, &mut *self.entropy)?;
                        self.devices.insert(no, device);
                        no
                    }
                };
                StreamRecord {
                    put: 0,
                    no: self.streams.keys().max().map_or(1, |no| no + 1),
                    device,
                    name: fed.name.clone(),
                    spec: fed.spec.clone(),
                    generation: fed.generation,
                    writer: about.index,
                    logs: Vec::new(),
                }
            }
        };
        record.generation = record.generation.max(fed.generation);
        record.name.clone_from(&fed.name);
        record.put = record.put.max(fed.put);
        stray::forget(&inner.rows, &mut batch, (id, record.put))?;
        let mut next = self.next_log();
        for (genesis, intro) in &fed.logs {
            let verified = genesis.verify(household)?;
            let known = record.logs.iter().any(|log| log.genesis == *genesis);
            if known || verified.stream != id || verified.writer != own {
                continue;
            }
            let (genesis, intro) = (genesis.clone(), intro.clone());
            let key = Some(about.party.signing_bytes());
            let log = LogRecord::heard(next, verified.level, genesis, intro, key);
            record.add_log(log, household)?;
            next += 1;
        }
        let at = number_key(Space::Stream, record.no)?;
        inner
            .rows
            .put(&mut batch, at, &record, &mut *self.entropy)?;
        inner.rows.store().commit(&batch)?;
        self.replace_stream(record);
        Ok(())
    }

    /// Takes in what letters to a device are sealed to from now on.
    pub(super) fn hear_renewed(
        &mut self,
        inner: &Inner,
        device: &PartyRow,
        renewed: &Renewed,
    ) -> Result<(), Error> {
        if renewed.count <= device.renewals() || device.card.role() != PartyRole::Device {
            return Ok(());
        }
        let mut batch = Batch::new();
        let row = PartyRow {
            renewed: Some((renewed.count, renewed.envelope.clone())),
            ..device.clone()
        };
        self.save_party(inner, &mut batch, row)
    }
}

/// For how long a device is given keys in advance.
const LASTS_MS: i64 = 14 * 24 * 3_600_000;
