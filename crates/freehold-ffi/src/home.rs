//! A home: the owner's side.

use std::sync::Arc;

use crate::{
    Clock, FfiError, KeyStore, KeyStoreKind, PartyRole, Stream, StreamInfo, StreamSpec, Watch,
    clock::clock_or_system, stream::stream,
};

/// A household's store, opened by one that holds its keys. Its streams keep the store open too.
#[derive(uniffi::Object)]
pub struct Home(pub(crate) freehold::Home);

/// A device as its owner describes it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Device {
    /// What the owner calls it; unique in the home.
    pub name: String,
    /// Who made it, if that is known.
    #[uniffi(default = None)]
    pub maker: Option<String>,
    /// Which model it is, if that is known.
    #[uniffi(default = None)]
    pub model: Option<String>,
}

/// What a home is and when it was made.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HomeInfo {
    /// What its owner calls it.
    pub name: String,
    /// Whether this is an agent's or a device's.
    pub role: PartyRole,
    /// When it was made.
    pub created_ms: i64,
    /// How surely a replaced store key is gone.
    pub key_store: KeyStoreKind,
    /// Bytes of the store.
    pub size: u64,
}

#[uniffi::export]
impl Home {
    /// Makes a home in the folder `path`. A key is made if `key_store` has none. Without a clock, it lives by the operating system's.
    ///
    /// # Errors
    /// `exists`, `bad_name`; what the store and the key store say.
    #[uniffi::constructor]
    pub fn create(
        path: String,
        name: String,
        key_store: &KeyStore,
        clock: Option<Arc<Clock>>,
    ) -> Result<Arc<Self>, FfiError> {
        let (keys, clock) = (key_store.0.clone(), clock_or_system(clock.as_ref()));
        let home = freehold::Home::create_with(path, &name, keys, clock)?;
        Ok(Arc::new(Self(home)))
    }

    /// Opens the home in the folder `path`.
    ///
    /// # Errors
    /// `missing`, `busy`, `wrong_passphrase`, `damaged`; what the store and the key store say.
    #[uniffi::constructor]
    pub fn open(
        path: String,
        key_store: &KeyStore,
        clock: Option<Arc<Clock>>,
    ) -> Result<Arc<Self>, FfiError> {
        let (keys, clock) = (key_store.0.clone(), clock_or_system(clock.as_ref()));
        let home = freehold::Home::open_with(path, keys, clock)?;
        Ok(Arc::new(Self(home)))
    }

    /// A home in memory, for tests and for streams that need not outlive the process.
    ///
    /// # Errors
    /// `bad_name`; what the key store says.
    #[uniffi::constructor]
    pub fn in_memory(
        name: String,
        key_store: &KeyStore,
        clock: Option<Arc<Clock>>,
    ) -> Result<Arc<Self>, FfiError> {
        let (keys, clock) = (key_store.0.clone(), clock_or_system(clock.as_ref()));
        let entropy = Box::new(freehold::crypto::OsEntropy::new());
        let home = freehold::Home::in_memory(&name, keys, clock, entropy)?;
        Ok(Arc::new(Self(home)))
    }

    /// Seals what has ended, signs every log, and leaves the store tidy: to be called last. Freeing the object alone loses nothing either.
    ///
    /// # Errors
    /// What the store says.
    pub fn finish(&self) -> Result<(), FfiError> {
        Ok(self.0.clone().close()?)
    }

    /// What the home is.
    ///
    /// # Errors
    /// What the store says.
    pub fn info(&self) -> Result<HomeInfo, FfiError> {
        let info = self.0.info()?;
        Ok(HomeInfo {
            name: info.name,
            role: info.role,
            created_ms: info.created.ms(),
            key_store: info.key_store,
            size: info.size,
        })
    }

    /// The time by the home's clock.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.0.now().ms()
    }

    /// Tells from now on when something changes.
    #[must_use]
    pub fn watch(&self) -> Arc<Watch> {
        Arc::new(Watch(self.0.watch()))
    }

    /// Adds a device.
    ///
    /// # Errors
    /// `exists`.
    pub fn add_device(&self, device: Device) -> Result<(), FfiError> {
        let Device { name, maker, model } = device;
        Ok(self.0.add_device(freehold::Device { name, maker, model })?)
    }

    /// The devices, in the order in which they were added.
    #[must_use]
    pub fn devices(&self) -> Vec<Device> {
        let devices = self.0.devices().into_iter();
        let device = |freehold::Device { name, maker, model }| Device { name, maker, model };
        devices.map(device).collect()
    }

    /// Adds a stream of the device called `device`.
    ///
    /// # Errors
    /// `missing` without that device or kind, `exists`, `bad_stream`, `bad_facets`, `not_an_agent`.
    pub fn add_stream(
        &self,
        device: String,
        name: String,
        spec: StreamSpec,
    ) -> Result<Arc<Stream>, FfiError> {
        let spec = spec.read(&self.0)?;
        Ok(stream(self.0.add_stream(&device, &name, spec)?))
    }

    /// Adds a stream that a device of the household writes, the party called `writer`. It begins when both have met a relay.
    ///
    /// # Errors
    /// As [`Home::add_stream`], and `missing` when no device of the household has that name.
    pub fn add_stream_for(
        &self,
        writer: String,
        device: String,
        name: String,
        spec: StreamSpec,
    ) -> Result<Arc<Stream>, FfiError> {
        let spec = spec.read(&self.0)?;
        let added = self.0.add_stream_for(&writer, &device, &name, spec)?;
        Ok(stream(added))
    }

    /// The stream called `name`.
    ///
    /// # Errors
    /// `missing`.
    pub fn stream(&self, name: String) -> Result<Arc<Stream>, FfiError> {
        Ok(stream(self.0.stream(&name)?))
    }

    /// Every stream, in the order in which they were added.
    ///
    /// # Errors
    /// What the store says.
    pub fn streams(&self) -> Result<Vec<StreamInfo>, FfiError> {
        self.0.streams().iter().map(StreamInfo::of_home).collect()
    }
}
