//! What a recipient wishes, and how a person narrows it.

use freehold::{
    Home, Time,
    consent::{
        Ask, Choices, Conditions, Country, KindName, LegalBasis, Onward, Purpose, Retention, Set,
        Span, Wishes, Words,
    },
};

use crate::{
    guard::{Fault, Grows, list},
    text::FhStr,
    window::{facets, levels},
};

/// One kind of quantity that is asked for. Set it to zeros, then `kind`, `levels` and for summaries `facets`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FhAsk {
    /// The kind: the name of one in Freehold's registry, or a maker's own, such as `acme:flow_temp`.
    pub kind: FhStr,
    /// Data from then on.
    pub from_ms: i64,
    /// Data until then; 0 for as long as the consent lasts.
    pub until_ms: i64,
    /// The set of levels.
    pub levels: u8,
    /// The set of facets of summaries.
    pub facets: u8,
    /// Not 0: both times are read on the clock of each stream's zone, as if that clock showed UTC.
    pub civil: u8,
    /// 0.
    pub reserved: [u8; 5],
}

/// What a recipient asks for. Set it to zeros, then `struct_size`, `asks` and `purposes`; what stays 0 is the strictest, or left to the
/// person.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FhWishes {
    /// `sizeof(FhWishes)`.
    pub struct_size: usize,
    /// What is asked for.
    pub asks: *const FhAsk,
    /// How many they are: 1 to 16.
    pub asks_len: usize,
    /// What for: terms of the Data Privacy Vocabulary, such as `dpv:ServiceProvision`.
    pub purposes: *const FhStr,
    /// How many they are: 1 to 16.
    pub purposes_len: usize,
    /// The legal basis; empty for consent.
    pub basis: FhStr,
    /// Why it asks, in its own words; or empty.
    pub words: FhStr,
    /// The only country where data may be processed, of two letters, or `EU`; empty for any.
    pub jurisdiction: FhStr,
    /// How long the consent is to last, in minutes; 0 leaves it to the person.
    pub duration_minutes: u32,
    /// How far ahead it would like keys, in minutes; 0 leaves it to the person.
    pub lease_minutes: u32,
    /// Results are published only over at least this many people; 0 for any.
    pub cohort_min: u32,
    /// For how many days what it opens is kept; 0 for not beyond its use.
    pub retention_days: u16,
    /// To whom it is passed on: 0 to nobody, 1 to those who work for the recipient, 2 to others.
    pub onward: u8,
    /// Not 0: decisions about the person may be made by machine alone.
    pub automated_decisions: u8,
}

/// How a person narrows a request. Set it to zeros, then `struct_size`; what stays 0 is as it is asked for.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FhChoices {
    /// `sizeof(FhChoices)`.
    pub struct_size: usize,
    /// The names of the only streams that are granted; needed where several fit.
    pub streams: *const FhStr,
    /// How many they are; 0 for those that fit.
    pub streams_len: usize,
    /// The only purposes.
    pub purposes: *const FhStr,
    /// How many they are; 0 for all that are asked for.
    pub purposes_len: usize,
    /// Only data from then on.
    pub data_from_ms: i64,
    /// Only data until then.
    pub data_until_ms: i64,
    /// When the consent ends.
    pub expires_ms: i64,
    /// How far ahead keys are given, in minutes; 0 for what is asked for, or seven days.
    pub lease_minutes: u32,
    /// For how many days what was opened may be kept. It counts when `narrows_retention` is not 0.
    pub retention_days: u16,
    /// Whether `retention_days` counts.
    pub narrows_retention: u8,
    /// The only levels.
    pub levels: u8,
    /// The only facets.
    pub facets: u8,
    /// 0.
    pub reserved: [u8; 7],
}

impl FhAsk {
    /// # Safety
    /// The text is there.
    unsafe fn read(&self) -> Result<Ask, Fault> {
        if self.reserved != [0; 5] {
            return Err(Fault::argument("reserved of FhAsk"));
        }
        // SAFETY: the caller says so.
        let kind = KindName::new(unsafe { self.kind.text() }?)?;
        let (from, until) = (Time::from_ms(self.from_ms), time(self.until_ms));
        let ask = Ask::new(
            kind,
            levels(self.levels)?,
            facets(self.facets)?,
            from,
            until,
        );
        let ask = ask.map_err(|error| Fault::argument(error.to_string()))?;
        Ok(if self.civil == 0 {
            ask
        } else {
            ask.by_the_streams_clock()
        })
    }
}

impl FhWishes {
    /// # Safety
    /// The lists and texts are there.
    pub(crate) unsafe fn read(&self) -> Result<Wishes, Fault> {
        // SAFETY: the caller says so.
        let (asks, purposes, basis, words, jurisdiction) = unsafe {
            let asks = list(self.asks, self.asks_len)?.iter();
            (
                asks.map(|ask| ask.read()).collect::<Result<_, Fault>>()?,
                purposes(self.purposes, self.purposes_len)?,
                self.basis.some()?,
                self.words.some()?,
                self.jurisdiction.some()?,
            )
        };
        let basis = basis.map_or(Ok(LegalBasis::CONSENT), str::parse::<LegalBasis>);
        let country = |code| Country::new(code).ok_or_else(|| Fault::argument("jurisdiction"));
        Ok(Wishes {
            asks,
            purposes: Set::new(purposes).ok_or_else(|| Fault::argument("number of purposes"))?,
            basis: basis.map_err(|_| Fault::argument("no such legal basis"))?,
            retention: Retention::from_days(self.retention_days),
            duration: Span::from_minutes(self.duration_minutes),
            lease: Span::from_minutes(self.lease_minutes),
            conditions: Conditions {
                onward: onward(self.onward)?,
                automated_decisions: self.automated_decisions != 0,
                cohort_min: self.cohort_min,
                jurisdiction: jurisdiction.map(country).transpose()?,
            },
            words: words.map(Words::new).transpose()?,
        })
    }
}

impl FhChoices {
    /// # Safety
    /// The lists and texts are there.
    pub(crate) unsafe fn read(&self, home: &Home) -> Result<Choices, Fault> {
        if self.reserved != [0; 7] {
            return Err(Fault::argument("reserved of FhChoices"));
        }
        // SAFETY: the caller says so.
        let (streams, purposes) = unsafe {
            (
                list(self.streams, self.streams_len)?,
                purposes(self.purposes, self.purposes_len)?,
            )
        };
        let id = |name: &FhStr| {
            // SAFETY: as above.
            let stream = home.stream(unsafe { name.text() }?)?;
            Ok(stream.spec()?.id.into())
        };
        let streams: Vec<_> = streams.iter().map(id).collect::<Result<_, Fault>>()?;
        let retention = Retention::from_days(self.retention_days);
        Ok(Choices {
            streams: Some(streams).filter(|streams| !streams.is_empty()),
            levels: Some(self.levels)
                .filter(|bits| *bits != 0)
                .map(levels)
                .transpose()?,
            facets: Some(self.facets)
                .filter(|bits| *bits != 0)
                .map(facets)
                .transpose()?,
            data_from: time(self.data_from_ms),
            data_until: time(self.data_until_ms),
            expires: time(self.expires_ms),
            lease: Span::from_minutes(self.lease_minutes),
            retention: (self.narrows_retention != 0).then_some(retention),
            purposes: Some(purposes).filter(|purposes| !purposes.is_empty()),
        })
    }
}

/// # Safety
/// The texts are there.
unsafe fn purposes(first: *const FhStr, len: usize) -> Result<Vec<Purpose>, Fault> {
    let purpose = |text: &FhStr| {
        // SAFETY: the caller says so.
        let text = unsafe { text.text() }?;
        let unknown = |_| Fault::argument(format!("{text} is no purpose"));
        text.parse().map_err(unknown)
    };
    // SAFETY: as above.
    unsafe { list(first, len) }?.iter().map(purpose).collect()
}

fn onward(number: u8) -> Result<Onward, Fault> {
    match number {
        0 => Ok(Onward::Nobody),
        1 => Ok(Onward::Processors),
        2 => Ok(Onward::Others),
        _ => Err(Fault::argument("onward")),
    }
}

/// A time, unless it is 0.
fn time(ms: i64) -> Option<Time> {
    (ms != 0).then(|| Time::from_ms(ms))
}

// SAFETY: it is.
unsafe impl Grows for FhWishes {
    const NAME: &'static str = "FhWishes";
}

// SAFETY: it is.
unsafe impl Grows for FhChoices {
    const NAME: &'static str = "FhChoices";
}
