//! What a recipient wishes, and how a person narrows it.

use freehold::{
    Facet, Level, Time,
    consent::{
        self, Conditions, Country, KindName, LegalBasis, Onward, Purpose, Retention, Set, Span,
        Words,
    },
};

use crate::{
    FfiError,
    words::{facets, levels},
};

/// One kind of quantity that is asked for.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Ask {
    /// The kind: the name of one in Freehold's registry, or a maker's own, such as `acme:flow_temp`.
    pub kind: String,
    /// The levels.
    pub levels: Vec<Level>,
    /// The facets of summaries.
    pub facets: Vec<Facet>,
    /// Data from then on.
    pub from_ms: i64,
    /// Data until then; none for as long as the consent lasts.
    #[uniffi(default = None)]
    pub until_ms: Option<i64>,
    /// Both times are read on the clock of each stream's zone, as if that clock showed UTC.
    #[uniffi(default = false)]
    pub civil: bool,
}

/// What a recipient asks for. What is left out is the strictest, or left to the person.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Wishes {
    /// What is asked for: 1 to 16.
    pub asks: Vec<Ask>,
    /// What for: 1 to 16 terms of the Data Privacy Vocabulary, such as `dpv:ServiceProvision`.
    pub purposes: Vec<String>,
    /// The legal basis; none for consent.
    #[uniffi(default = None)]
    pub basis: Option<String>,
    /// Why it asks, in its own words.
    #[uniffi(default = None)]
    pub words: Option<String>,
    /// The only country where data may be processed, of two letters, or `EU`; none for any.
    #[uniffi(default = None)]
    pub jurisdiction: Option<String>,
    /// How long the consent is to last, in minutes; none leaves it to the person.
    #[uniffi(default = None)]
    pub duration_minutes: Option<u32>,
    /// How far ahead it would like keys, in minutes; none leaves it to the person.
    #[uniffi(default = None)]
    pub lease_minutes: Option<u32>,
    /// Results are published only over at least this many people; 0 for any.
    #[uniffi(default = 0)]
    pub cohort_min: u32,
    /// For how many days what it opens is kept; 0 for not beyond its use.
    #[uniffi(default = 0)]
    pub retention_days: u16,
    /// To whom it is passed on.
    pub onward: Onward,
    /// Decisions about the person may be made by machine alone.
    #[uniffi(default = false)]
    pub automated_decisions: bool,
}

/// How a person narrows a request. What is left out is as it is asked for.
#[derive(Debug, Clone, Default, uniffi::Record)]
pub struct Choices {
    /// The names of the only streams that are granted; needed where several fit.
    #[uniffi(default = None)]
    pub streams: Option<Vec<String>>,
    /// The only levels.
    #[uniffi(default = None)]
    pub levels: Option<Vec<Level>>,
    /// The only facets.
    #[uniffi(default = None)]
    pub facets: Option<Vec<Facet>>,
    /// The only purposes.
    #[uniffi(default = None)]
    pub purposes: Option<Vec<String>>,
    /// Only data from then on.
    #[uniffi(default = None)]
    pub data_from_ms: Option<i64>,
    /// Only data until then.
    #[uniffi(default = None)]
    pub data_until_ms: Option<i64>,
    /// When the consent ends.
    #[uniffi(default = None)]
    pub expires_ms: Option<i64>,
    /// How far ahead keys are given, in minutes; none for what is asked for, or seven days.
    #[uniffi(default = None)]
    pub lease_minutes: Option<u32>,
    /// For how many days what was opened may be kept.
    #[uniffi(default = None)]
    pub retention_days: Option<u16>,
}

impl Ask {
    fn read(self) -> Result<consent::Ask, FfiError> {
        let ask = consent::Ask::new(
            KindName::new(&self.kind)?,
            levels(self.levels),
            facets(self.facets),
            Time::from_ms(self.from_ms),
            self.until_ms.map(Time::from_ms),
        );
        let ask = ask.map_err(|error| FfiError::argument(error.to_string()))?;
        Ok(if self.civil {
            ask.by_the_streams_clock()
        } else {
            ask
        })
    }
}

impl Wishes {
    pub(crate) fn read(self) -> Result<consent::Wishes, FfiError> {
        let asks: Result<_, FfiError> = self.asks.into_iter().map(Ask::read).collect();
        let purposes = Set::new(purposes(&self.purposes)?);
        let basis = match &self.basis {
            Some(name) => name
                .parse()
                .map_err(|_| FfiError::argument("no such legal basis"))?,
            None => LegalBasis::CONSENT,
        };
        let country = |code: &String| {
            Country::new(code).ok_or_else(|| FfiError::argument("no such jurisdiction"))
        };
        Ok(consent::Wishes {
            asks: asks?,
            purposes: purposes.ok_or_else(|| FfiError::argument("number of purposes"))?,
            basis,
            retention: Retention::from_days(self.retention_days),
            duration: self.duration_minutes.and_then(Span::from_minutes),
            lease: self.lease_minutes.and_then(Span::from_minutes),
            conditions: Conditions {
                onward: self.onward,
                automated_decisions: self.automated_decisions,
                cohort_min: self.cohort_min,
                jurisdiction: self.jurisdiction.as_ref().map(country).transpose()?,
            },
            words: self.words.as_deref().map(Words::new).transpose()?,
        })
    }
}

impl Choices {
    pub(crate) fn read(self, home: &freehold::Home) -> Result<consent::Choices, FfiError> {
        let id = |name: &String| Ok(home.stream(name)?.spec()?.id.into());
        let ids = |names: Vec<String>| names.iter().map(id).collect::<Result<_, FfiError>>();
        Ok(consent::Choices {
            streams: self.streams.map(ids).transpose()?,
            levels: self.levels.map(levels),
            facets: self.facets.map(facets),
            data_from: self.data_from_ms.map(Time::from_ms),
            data_until: self.data_until_ms.map(Time::from_ms),
            expires: self.expires_ms.map(Time::from_ms),
            lease: self.lease_minutes.and_then(Span::from_minutes),
            retention: self.retention_days.map(Retention::from_days),
            purposes: self.purposes.as_deref().map(purposes).transpose()?,
        })
    }
}

fn purposes(terms: &[String]) -> Result<Vec<Purpose>, FfiError> {
    let purpose = |term: &String| {
        let unknown = |_| FfiError::argument(format!("{term} is no purpose"));
        term.parse().map_err(unknown)
    };
    terms.iter().map(purpose).collect()
}
