//! What a recipient holds of one consent.

use std::collections::BTreeMap;

use freehold_crypto::{Cover, CoverError, Secret};
use freehold_model::Time;

use crate::bundle::{Bundle, BundleError};
use crate::check::Permit;
use crate::cover::TreeId;
use crate::id::{StreamId, TokenId};
use crate::stream::StreamInfo;

/// The keys of one consent: what its bundles hold together.
#[derive(Debug)]
pub struct Keys {
    token: TokenId,
    seq: u32,
    horizon: Time,
    mail: Secret,
    streams: BTreeMap<StreamId, StreamInfo>,
    covers: BTreeMap<TreeId, Cover>,
}

impl Keys {
    /// The keys of a consent's first bundle.
    #[must_use]
    pub fn new(bundle: Bundle) -> Self {
        Self {
            token: bundle.header.token,
            seq: bundle.header.seq,
            horizon: bundle.header.horizon,
            mail: bundle.mail,
            streams: bundle
                .streams
                .into_iter()
                .map(|info| (info.id, info))
                .collect(),
            covers: bundle.covers.into_iter().collect(),
        }
    }

    /// Adds an extension.
    ///
    /// # Errors
    /// [`BundleError::OtherToken`], [`BundleError::Repeated`], and [`BundleError::Cover`] when it contradicts what is
    /// held; nothing is changed then.
    pub fn extend(&mut self, bundle: Bundle) -> Result<(), BundleError> {
        if bundle.header.token != self.token {
            return Err(BundleError::OtherToken);
        }
        if bundle.header.seq <= self.seq {
            return Err(BundleError::Repeated {
                seq: bundle.header.seq,
            });
        }
        let united: Result<Vec<_>, CoverError> = bundle
            .covers
            .into_iter()
            .map(|(tree, new)| {
                let all = self
                    .covers
                    .get(&tree)
                    .map_or(Ok(None), |held| held.unite(&new).map(Some))?;
                Ok((tree, all.unwrap_or(new)))
            })
            .collect();
        self.covers.extend(united?);
        self.streams
            .extend(bundle.streams.into_iter().map(|info| (info.id, info)));
        (self.seq, self.horizon) = (bundle.header.seq, self.horizon.max(bundle.header.horizon));
        Ok(())
    }

    /// The consent.
    #[must_use]
    pub const fn token(&self) -> TokenId {
        self.token
    }

    /// The secret by which grantor and recipient find each other at relays, as the first bundle has it.
    #[must_use]
    pub const fn mail(&self) -> &Secret {
        &self.mail
    }

    /// The number of the newest bundle.
    #[must_use]
    pub const fn seq(&self) -> u32 {
        self.seq
    }

    /// No slot that ends later opens yet.
    #[must_use]
    pub const fn horizon(&self) -> Time {
        self.horizon
    }

    /// The streams, as the newest bundle describes them.
    pub fn streams(&self) -> impl Iterator<Item = &StreamInfo> {
        self.streams.values()
    }

    /// One stream.
    #[must_use]
    pub fn stream(&self, id: StreamId) -> Option<&StreamInfo> {
        self.streams.get(&id)
    }

    /// What is held of a tree; `None` when the permit is of another consent or no node of the tree is held.
    #[must_use]
    pub fn cover(&self, permit: &Permit<'_>, tree: &TreeId) -> Option<&Cover> {
        if permit.consent() == self.token {
            self.covers.get(tree)
        } else {
            None
        }
    }

    /// Every tree of which nodes are held, in order.
    pub fn trees(&self) -> impl Iterator<Item = &TreeId> {
        self.covers.keys()
    }
}
