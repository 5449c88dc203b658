//! A home: the owner's side.

use freehold::{
    Device, Error, Home, Noun,
    model::{Kind, StreamSpec},
};

use crate::{
    clock::{FhClock, clock_or_system},
    guard::{Fault, Grows, call, free, give, hand, known, lent},
    key_store::FhKeyStore,
    status::FhStatus,
    stream::FhStream,
    streams::FhStreams,
    text::FhStr,
    watch::FhWatch,
    window::{facets, levels},
};

/// A household's store, opened by one that holds its keys.
pub struct FhHome(pub(crate) Home);

/// The description of a new stream. Set it to zeros, then `struct_size`, `kind`, `zone` and `levels`; what stays 0 is the usual.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FhStreamSpec {
    /// `sizeof(FhStreamSpec)`.
    pub struct_size: usize,
    /// What it measures: the name of a kind in Freehold's registry, such as `air_temperature`.
    pub kind: FhStr,
    /// The IANA zone whose civil time cuts its slots, such as `Europe/Paris`.
    pub zone: FhStr,
    /// The set of levels that are kept.
    pub levels: u8,
    /// The set of facets that summaries have; 0 for those of the kind.
    pub facets: u8,
    /// The length of a raw slot in minutes, 1 to 1440; 0 for one that goes with `interval_ms`, or for a day.
    pub chunk_minutes: u16,
    /// About how often a reading comes; 0 if that is not known.
    pub interval_ms: u32,
    /// How much finer numbers are than the kind's: by so many powers of ten.
    pub finer: u8,
    /// 0.
    pub reserved: [u8; 7],
}

/// Makes a home in the folder `path`. A key is made if `key_store` has none. `clock` may be NULL for the operating system's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_create(
    path: FhStr,
    name: FhStr,
    key_store: *const FhKeyStore,
    clock: *const FhClock,
    out: *mut *mut FhHome,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let (path, name, keys) = (path.text()?, name.text()?, lent(key_store)?.0.clone());
            Ok(FhHome(Home::create_with(
                path,
                name,
                keys,
                clock_or_system(clock),
            )?))
        })
    }
}

/// Opens the home in the folder `path`. `clock` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_open(
    path: FhStr,
    key_store: *const FhKeyStore,
    clock: *const FhClock,
    out: *mut *mut FhHome,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let (path, keys) = (path.text()?, lent(key_store)?.0.clone());
            Ok(FhHome(Home::open_with(path, keys, clock_or_system(clock))?))
        })
    }
}

/// A home in memory, for tests and for streams that need not outlive the process. `clock` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_in_memory(
    name: FhStr,
    key_store: *const FhKeyStore,
    clock: *const FhClock,
    out: *mut *mut FhHome,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let (name, keys) = (name.text()?, lent(key_store)?.0.clone());
            let entropy = Box::new(freehold::crypto::OsEntropy::new());
            Ok(FhHome(Home::in_memory(
                name,
                keys,
                clock_or_system(clock),
                entropy,
            )?))
        })
    }
}

/// Seals what has ended, signs every log, and leaves the store tidy. The handle is still to be freed. Freeing alone loses nothing
/// either.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_close(home: *const FhHome) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    call(|| Ok(unsafe { lent(home) }?.0.clone().close()?))
}

/// Frees a home. Its streams stay usable until they are freed, and the store open until then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_free(home: *mut FhHome) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(home) }
}

/// The time by the home's clock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_now(home: *const FhHome, now_ms: *mut i64) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(now_ms, || Ok(lent(home)?.0.now().ms())) }
}

/// Tells from now on when something changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_watch(home: *const FhHome, out: *mut *mut FhWatch) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, || Ok(FhWatch(lent(home)?.0.watch()))) }
}

/// Adds a device. `maker` and `model` may be empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_add_device(
    home: *const FhHome,
    name: FhStr,
    maker: FhStr,
    model: FhStr,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    call(|| unsafe {
        let device = Device {
            name: name.text()?.to_owned(),
            maker: maker.some()?.map(str::to_owned),
            model: model.some()?.map(str::to_owned),
        };
        Ok(lent(home)?.0.add_device(device)?)
    })
}

/// Adds a stream of the device called `device`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_add_stream(
    home: *const FhHome,
    device: FhStr,
    name: FhStr,
    spec: *const FhStreamSpec,
    out: *mut *mut FhStream,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let home = &lent(home)?.0;
            let spec = known(spec)?.read(home)?;
            let stream = home.add_stream(device.text()?, name.text()?, spec)?;
            Ok(FhStream(stream))
        })
    }
}

/// Adds a stream that a device of the household writes, the party called `writer`. It begins when both have met a relay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_add_stream_for(
    home: *const FhHome,
    writer: FhStr,
    device: FhStr,
    name: FhStr,
    spec: *const FhStreamSpec,
    out: *mut *mut FhStream,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let home = &lent(home)?.0;
            let spec = known(spec)?.read(home)?;
            let (writer, device, name) = (writer.text()?, device.text()?, name.text()?);
            Ok(FhStream(home.add_stream_for(writer, device, name, spec)?))
        })
    }
}

/// The stream called `name`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_stream(
    home: *const FhHome,
    name: FhStr,
    out: *mut *mut FhStream,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, || Ok(FhStream(lent(home)?.0.stream(name.text()?)?))) }
}

/// Every stream, by its name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_streams(
    home: *const FhHome,
    out: *mut *mut FhStreams,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, || FhStreams::of_home(&lent(home)?.0)) }
}

// SAFETY: it is.
unsafe impl Grows for FhStreamSpec {
    const NAME: &'static str = "FhStreamSpec";
}

impl FhStreamSpec {
    /// # Safety
    /// The texts are there.
    unsafe fn read(&self, home: &Home) -> Result<StreamSpec, Fault> {
        if self.reserved != [0; 7] {
            return Err(Fault::argument("reserved of FhStreamSpec"));
        }
        // SAFETY: the caller says so.
        let (kind, zone) = unsafe { (self.kind.text()?, self.zone.text()?) };
        let kind = Kind::registered(kind).ok_or(Error::Missing(Noun::Kind))?;
        let finer = i8::try_from(self.finer).map_err(|_| Fault::argument("finer"))?;
        let mut spec = home.stream_spec(kind, zone)?.levels(levels(self.levels)?);
        if self.facets != 0 {
            spec = spec.facets(facets(self.facets)?);
        }
        if self.interval_ms != 0 {
            spec = spec.every_ms(self.interval_ms);
        }
        if self.chunk_minutes != 0 {
            spec = spec.chunk_minutes(self.chunk_minutes);
        }
        if finer != 0 {
            spec = spec.exponent(kind.exponent().saturating_sub(finer))?;
        }
        Ok(spec)
    }
}
