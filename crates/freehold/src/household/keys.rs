//! The household's own keys: what its agents share, and what a device knows of it.
//!
//! Agents sign in the household's name with one key, and open with another what devices seal for all of them. When an agent is removed,
//! those that are left go over to new ones, which it never gets. Keys say which removed agents they were kept from, and those that were
//! kept from the most are the present ones: so agents that removed different ones at once come to draw, and to agree on, keys that
//! none of the removed has.

use freehold_consent::{SUCCEEDED_MAX, Succession};
use freehold_crypto::{
    Domain, Entropy, EnvelopeKey, EnvelopePublicKey, PublicKey, Secret, SigningKey, digest,
};
use freehold_model::wire;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::party::{PartyKeys, PartyRole, PartyRow, secret_of};
use crate::Error;

/// What a party has of the household's own keys.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) enum HouseholdKeys {
    /// An agent has all that there were, the present ones last. From the first follows what relays know the household by.
    Agent(Vec<SharedKeys>),
    /// A device verifies, and seals to all agents.
    Device {
        /// The present one first.
        #[zeroize(skip)]
        keys: Vec<PublicKey>,
        #[zeroize(skip)]
        envelope: Box<EnvelopePublicKey>,
    },
}

/// What all agents share until one of them is removed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct SharedKeys {
    signing: Vec<u8>,
    envelope: Vec<u8>,
    without: Agents,
}

/// Some of the household's agents: a bit for each number.
type Agents = u16;

impl HouseholdKeys {
    /// Draws those of a new household.
    pub(crate) fn random(entropy: &mut dyn Entropy) -> Result<Self, Error> {
        Ok(Self::Agent(vec![SharedKeys::random(0, entropy)?]))
    }

    /// What a device is given of them.
    pub(crate) fn for_device(&self) -> Result<Self, Error> {
        Ok(Self::Device {
            keys: self.keys()?,
            envelope: Box::new(self.envelope()?),
        })
    }

    /// The key that signs in the household's name.
    ///
    /// # Errors
    /// [`Error::NotAgent`] on a device.
    pub(crate) fn signing(&self) -> Result<SigningKey, Error> {
        self.shared()?.last().ok_or(Error::Damaged)?.signing()
    }

    /// The key that has signed as `key`: what it granted it withdraws.
    ///
    /// # Errors
    /// [`Error::NotAgent`] on a device, [`Error::NoKey`] when the household never had it.
    pub(crate) fn signing_as(&self, key: &PublicKey) -> Result<SigningKey, Error> {
        for shared in self.shared()? {
            let signing = shared.signing()?;
            if signing.public_key() == *key {
                return Ok(signing);
            }
        }
        Err(Error::NoKey)
    }

    /// What the keys of before say of the present one; nothing while there is but one.
    ///
    /// # Errors
    /// [`Error::NotAgent`] on a device.
    pub(crate) fn succession(&self) -> Result<Option<Succession>, Error> {
        let mut all = Vec::new();
        for shared in self.shared()? {
            all.push(shared.signing()?);
        }
        let present = all.pop().ok_or(Error::Damaged)?.public_key();
        Ok(Succession::sign(&all, present)?)
    }

    /// A secret that all agents of the household have, for one use at one relay. It stays the same.
    ///
    /// # Errors
    /// [`Error::NotAgent`] on a device.
    pub(crate) fn derived(&self, label: &[u8], relay: &[u8; 32]) -> Result<Secret, Error> {
        let first = self.shared()?.first().ok_or(Error::Damaged)?;
        let derived = digest(Domain::Peer, &[label, &first.signing, relay]);
        Ok(Secret::from_bytes(derived))
    }

    /// By which the household is known now.
    pub(crate) fn key(&self) -> Result<PublicKey, Error> {
        self.keys()?.first().copied().ok_or(Error::Damaged)
    }

    /// By which the household is or was known, the present one first.
    pub(crate) fn keys(&self) -> Result<Vec<PublicKey>, Error> {
        match self {
            Self::Agent(all) => {
                let newest_first = all.iter().rev();
                newest_first
                    .map(|shared| Ok(shared.signing()?.public_key()))
                    .collect()
            }
            Self::Device { keys, .. } => Ok(keys.clone()),
        }
    }

    /// What devices seal for all agents is sealed to this.
    pub(crate) fn envelope(&self) -> Result<EnvelopePublicKey, Error> {
        match self {
            Self::Agent(all) => {
                let present = all.last().ok_or(Error::Damaged)?;
                Ok(present.envelope()?.public_key().clone())
            }
            Self::Device { envelope, .. } => Ok((**envelope).clone()),
        }
    }

    /// The keys that open what was sealed to it at any time, the present one first.
    ///
    /// # Errors
    /// [`Error::NotAgent`] on a device.
    pub(crate) fn open(&self) -> Result<Vec<EnvelopeKey>, Error> {
        let newest_first = self.shared()?.iter().rev();
        newest_first.map(SharedKeys::envelope).collect()
    }

    pub(crate) fn role(&self) -> PartyRole {
        match self {
            Self::Agent(_) => PartyRole::Agent,
            Self::Device { .. } => PartyRole::Device,
        }
    }

    /// Every pair of keys that agents share or shared.
    ///
    /// # Errors
    /// [`Error::NotAgent`] on a device.
    pub(super) fn shared(&self) -> Result<&[SharedKeys], Error> {
        match self {
            Self::Agent(all) => Ok(all),
            Self::Device { .. } => Err(Error::NotAgent),
        }
    }

    /// Makes others if one of these removed agents has the present ones, and says whether it did. They follow from the agent's own
    /// secret: put back from a backup, it comes to the same, which recipients may have heard of.
    pub(super) fn succeed(&mut self, removed: Agents, own: &PartyKeys) -> Result<bool, Error> {
        let present = self.shared()?.last().ok_or(Error::Damaged)?;
        if present.without & removed == removed {
            return Ok(false);
        }
        let next = present.followed(removed, own)?;
        self.put(next)?;
        Ok(true)
    }

    /// Takes in what another agent has, and says whether something was new. Keys count by the agents they were kept from, so those must
    /// have been removed: an agent of today makes none that would stay when it is removed itself.
    pub(super) fn join(&mut self, heard: Vec<SharedKeys>, removed: Agents) -> Result<bool, Error> {
        let mut new = false;
        for shared in heard {
            let known = self.shared()?;
            let is_kept = shared.without != 0 && shared.without & !removed == 0;
            if is_kept && known.len() <= SUCCEEDED_MAX && !known.contains(&shared) {
                self.put(shared)?;
                new = true;
            }
        }
        Ok(new)
    }

    /// Puts keys in their place: those that were kept from more are later.
    fn put(&mut self, new: SharedKeys) -> Result<(), Error> {
        new.envelope()?;
        let rank = new.rank()?;
        let Self::Agent(all) = self else {
            return Err(Error::NotAgent);
        };
        let mut at = 0;
        for shared in all.iter() {
            at += usize::from(shared.rank()? < rank);
        }
        // In a place of their own: growing leaves copies behind.
        let mut grown = Vec::with_capacity(all.len() + 1);
        grown.extend(all.iter().take(at).cloned());
        grown.push(new);
        grown.extend(all.iter().skip(at).cloned());
        *all = grown;
        Ok(())
    }
}

impl SharedKeys {
    fn random(without: Agents, entropy: &mut dyn Entropy) -> Result<Self, Error> {
        let signing = SigningKey::generate_ed25519(entropy)?;
        Ok(Self {
            signing: signing.to_secret_bytes().to_vec(),
            envelope: Secret::random(entropy)?.expose().to_vec(),
            without,
        })
    }

    /// Those that an agent goes over to when these are known to `without`.
    fn followed(&self, without: Agents, own: &PartyKeys) -> Result<Self, Error> {
        let before = self.signing()?.public_key();
        let follows = |label: &[u8]| {
            let without = without.to_be_bytes();
            own.derived(&[label, &wire::to_bytes(&before), &without])
        };
        let signing = SigningKey::from_seed(&follows(b"succession, signs"))?;
        Ok(Self {
            signing: signing.to_secret_bytes().to_vec(),
            envelope: follows(b"succession, opens").expose().to_vec(),
            without,
        })
    }

    fn signing(&self) -> Result<SigningKey, Error> {
        Ok(SigningKey::from_secret_bytes(&self.signing)?)
    }

    fn envelope(&self) -> Result<EnvelopeKey, Error> {
        Ok(EnvelopeKey::from_seed(secret_of(&self.envelope)?)?)
    }

    /// The same at every agent.
    fn rank(&self) -> Result<(u32, PublicKey), Error> {
        Ok((self.without.count_ones(), self.signing()?.public_key()))
    }
}

/// The agents among these that were removed.
pub(super) fn removed_agents<'a>(parties: impl IntoIterator<Item = &'a PartyRow>) -> Agents {
    let removed = |row: &&PartyRow| row.is_agent() && !row.is_live();
    let bits = parties.into_iter().filter(removed);
    bits.fold(0, |all, row| {
        all | 1_u16.checked_shl(row.index.into()).unwrap_or_default()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use freehold_crypto::SeededEntropy;

    use super::*;

    fn keys(seed: u64) -> HouseholdKeys {
        HouseholdKeys::random(&mut SeededEntropy::new(seed)).unwrap()
    }

    fn party(seed: u64) -> PartyKeys {
        PartyKeys::random(&mut SeededEntropy::new(seed)).unwrap()
    }

    fn succeeded(before: &HouseholdKeys, removed: Agents, seed: u64) -> HouseholdKeys {
        let mut after = before.clone();
        assert!(after.succeed(removed, &party(seed)).unwrap());
        after
    }

    fn joined(one: &HouseholdKeys, other: &HouseholdKeys, removed: Agents) -> HouseholdKeys {
        let mut one = one.clone();
        one.join(other.shared().unwrap().to_vec(), removed).unwrap();
        one
    }

    /// [household-15]
    #[test]
    fn in_any_order_all_come_to_the_same() {
        let first = keys(1);
        let (one, other) = (succeeded(&first, 2, 2), succeeded(&first, 4, 3));
        let here = joined(&one, &other, 6);
        let there = joined(&other, &one, 6);
        assert_eq!(here.keys().unwrap(), there.keys().unwrap());
        // Neither was kept from both.
        let (here, there) = (succeeded(&here, 6, 4), succeeded(&there, 6, 5));
        let (here, there) = (joined(&here, &there, 6), joined(&there, &here, 6));
        assert_eq!(here.keys().unwrap(), there.keys().unwrap());
        let mut again = here.clone();
        assert!(!again.succeed(6, &party(6)).unwrap());
        assert!(!again.join(there.shared().unwrap().to_vec(), 6).unwrap());
        assert!(again.keys().unwrap() == here.keys().unwrap());
        // What relays know it by stays.
        let name = |keys: &HouseholdKeys| *keys.derived(b"mailbox", &[1; 32]).unwrap().expose();
        assert_eq!(name(&here), name(&first));
        // Each key of before leads to the present one.
        let succession = here.succession().unwrap().unwrap();
        assert_eq!(*succession.key(), here.key().unwrap());
        assert!(here.keys().unwrap().iter().all(|key| succession.names(key)));
        assert_eq!(succession.before().count(), 4);
        assert_eq!(first.succession().unwrap(), None);
    }

    /// [household-15]: an agent comes to the same keys again, and to others with another secret, from other keys or without others.
    #[test]
    fn the_keys_that_follow_are_an_agents_own() {
        let (first, second) = (keys(1), keys(2));
        let made = [
            succeeded(&first, 2, 3),
            succeeded(&first, 2, 4),
            succeeded(&first, 6, 3),
            succeeded(&second, 2, 3),
        ];
        let secrets = |keys: &HouseholdKeys| {
            let present = keys.shared().unwrap().last().unwrap().clone();
            (present.signing.clone(), present.envelope.clone())
        };
        assert_eq!(secrets(&succeeded(&first, 2, 3)), secrets(&made[0]));
        let all: Vec<_> = made.iter().map(secrets).collect();
        for (n, one) in all.iter().enumerate() {
            assert_ne!(one.0, one.1);
            assert!(
                all.iter()
                    .skip(n + 1)
                    .all(|other| one.0 != other.0 && one.1 != other.1)
            );
        }
    }

    /// [household-15]: keys that say to be kept from who is an agent today would stay when it is removed.
    #[test]
    fn keys_that_were_kept_from_nobody_removed_are_passed_over() {
        let first = keys(1);
        for without in [0, 2, 6, Agents::MAX] {
            let forged = SharedKeys::random(without, &mut SeededEntropy::new(9)).unwrap();
            let mut keys = first.clone();
            assert!(!keys.join(vec![forged.clone()], 4).unwrap(), "{without}");
            assert_eq!(keys.keys().unwrap(), first.keys().unwrap());
            assert!(without != 2 || keys.join(vec![forged], 2).unwrap());
        }
    }
}
