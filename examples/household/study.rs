//! How many nodes of a key tree a long consent takes.

use std::{path::Path, sync::Arc, time::Instant};

use freehold::{
    Device, Facet, FileKeyStore, Home, Level, Reading, Recipient, SetClock,
    consent::{Choices, Name, Role},
    model::{Levels, Zone, kinds},
    testing::sync,
};

use crate::{Result, asking, attempts::under, recordings::METER_ZONE, street::agree};

/// One long consent: what was granted, how many nodes and bytes it took, and how long.
pub(crate) struct Study {
    pub(crate) from: &'static str,
    pub(crate) until: &'static str,
    pub(crate) nodes: u32,
    pub(crate) file_bytes: usize,
    pub(crate) grant_ms: f64,
    pub(crate) accept_ms: f64,
    pub(crate) days: usize,
    pub(crate) open_ms: f64,
}

/// Grants the days of ten years, once from new year to new year and once with ragged ends. The recording is one home's year,
/// ten times over.
pub(crate) fn of_ten_years(stores: &Path, year: &[Reading]) -> Result<[Study; 2]> {
    let zone = Zone::new(METER_ZONE)?;
    let clock = Arc::new(SetClock::new(asking::day(&zone, "2023-01-01")?));
    let folder = stores.join("ten-years");
    let home = Home::create_with(
        &folder,
        "Ten years",
        FileKeyStore::beside(&folder),
        clock.clone(),
    )?;
    home.add_device(Device {
        name: "meter".into(),
        maker: None,
        model: None,
    })?;
    let spec = home
        .stream_spec(kinds::ENERGY_INTERVAL, METER_ZONE)?
        .levels(Levels::of(Level::Day))
        .facets([Facet::Totals]);
    let electricity = home.add_stream("meter", "electricity", spec)?;
    let begin = asking::day(&zone, "2013-01-01")?;
    for number in 2013..2023 {
        let shift = asking::day(&zone, &format!("{number}-01-01"))?.ms() - begin.ms();
        let moved = |reading: &Reading| Reading {
            time: reading.time.plus_ms(shift),
            ..reading.clone()
        };
        electricity.record(&year.iter().map(moved).collect::<Vec<_>>())?;
    }
    electricity.flush()?;
    let study = |name: &'static str, from: &'static str, until: &'static str| -> Result<Study> {
        let folder = stores.join(name);
        let keys = FileKeyStore::beside(&folder);
        let shown = Name::new("University")?;
        let recipient =
            Recipient::create_with(folder, shown, Role::Controller, keys, clock.clone(), None)?;
        let request = asking::study(&recipient, &zone, from, until)?;
        let begun = Instant::now();
        let file = agree(&home, &request, &Choices::default())?;
        let grant_ms = milliseconds(begun);
        let begun = Instant::now();
        let consent = recipient.accept_file(&file)?;
        let accept_ms = milliseconds(begun);
        sync(&home, &recipient)?;
        let (first, last) = (asking::day(&zone, from)?, asking::day(&zone, until)?);
        let begun = Instant::now();
        let days = recipient
            .summaries(&under(consent), Level::Day, first, last)?
            .items
            .len();
        let granted = home
            .consents()
            .into_iter()
            .find(|granted| granted.token.id() == consent);
        Ok(Study {
            from,
            until,
            nodes: granted.map_or(0, |granted| granted.nodes),
            file_bytes: file.len(),
            grant_ms,
            accept_ms,
            days,
            open_ms: milliseconds(begun),
        })
    };
    Ok([
        study("university", "2013-01-01", "2023-01-01")?,
        study("university-ragged", "2013-01-11", "2022-12-14")?,
    ])
}

/// Milliseconds since a moment.
pub(crate) fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
