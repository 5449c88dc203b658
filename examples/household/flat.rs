//! One flat: a person's heart rate and glucose, a room's air, and the person's GP.

use std::{path::Path, sync::Arc};

use freehold::{
    Device, FileKeyStore, Home, Level, Opened, Recipient, Selector, SetClock, Stream, Window,
    consent::{Choices, Name, Role},
    model::{Facet, Facets, Kind, Levels, Zone, kinds},
};

use crate::{
    Result, asking,
    parties::{Loopback, open_home, open_recipient},
    recordings::{self, FLAT_ZONE},
    street::agree,
};

/// A flat and the practice that its inhabitant sees.
pub(crate) struct Flat {
    pub(crate) zone: Zone,
    pub(crate) home: Home,
    pub(crate) heart: Stream,
    pub(crate) glucose: Stream,
    pub(crate) temperature: Stream,
    pub(crate) co2: Stream,
    pub(crate) occupied: Stream,
    pub(crate) practice: Recipient,
    /// The text that its inhabitant read before granting anything.
    pub(crate) explained: String,
    /// What the practice opened on 1 May, when it had not been in touch for twelve days.
    pub(crate) out_of_touch: Opened<Window>,
}

impl Flat {
    /// A room's air in 2015, glucose in January 2016, and from April on heart rate, with a GP that looks at some of it.
    pub(crate) fn of_2016(stores: &Path, relay: &mut Loopback) -> Result<Self> {
        let zone = Zone::new(FLAT_ZONE)?;
        let clock = Arc::new(SetClock::new(asking::day(&zone, "2015-02-02")?));
        let folder = stores.join("flat");
        let keys = FileKeyStore::beside(&folder);
        let home = Home::create_with(&folder, "Flat 4", keys, clock.clone())?;
        let [temperature, co2, occupied] = room(&home)?;
        let [_, glucose] = body(&home)?;
        clock.set(asking::day(&zone, "2016-02-08")?);
        for (stream, readings) in [&temperature, &co2, &occupied]
            .into_iter()
            .zip(recordings::room()?)
        {
            stream.record(&readings)?;
        }
        glucose.record(&recordings::glucose()?)?;
        for stream in home.streams() {
            stream.flush()?;
        }

        clock.set(asking::day(&zone, "2016-04-12")?);
        let at_practice = stores.join("practice");
        let (name, keys) = (
            Name::new("GP practice")?,
            FileKeyStore::beside(&at_practice),
        );
        let practice = Recipient::create_with(
            &at_practice,
            name,
            Role::Controller,
            keys,
            clock.clone(),
            None,
        )?;
        let request = asking::practice(&practice, &zone)?;
        let explained = home
            .propose(&request, &Choices::default())?
            .explain()
            .to_owned();
        practice.accept_file(&agree(&home, &request, &Choices::default())?)?;
        drop((temperature, co2, occupied, glucose));
        home.close()?;
        practice.close()?;

        // From here on both are processes, which meet at the relay.
        let beats = recordings::heart_rate()?;
        let mut rest = beats.as_slice();
        let mut live_until = |relay: &mut Loopback, date: &str| -> Result<()> {
            let now = asking::day(&zone, date)?;
            let (past, future) = rest.split_at(rest.partition_point(|beat| beat.time < now));
            rest = future;
            relay.brings(&folder, "heart rate", past, now)?.done()
        };
        let fetch = |relay: &mut Loopback, date: &str| -> Result<()> {
            relay
                .is_asked_by(&at_practice, asking::day(&zone, date)?)?
                .done()
        };
        live_until(relay, "2016-04-19")?;
        fetch(relay, "2016-04-19")?;
        live_until(relay, "2016-05-01")?;
        let (from, until) = (
            asking::day(&zone, "2016-04-18")?,
            asking::day(&zone, "2016-05-01")?,
        );
        clock.set(until);
        let practice = open_recipient(&at_practice, clock.clone())?;
        let selector = of("heart rate");
        let out_of_touch = practice.summaries(&selector, Level::Hour, from, until)?;
        practice.close()?;
        fetch(relay, "2016-05-01")?;
        live_until(relay, "2016-05-13")?;
        fetch(relay, "2016-05-13")?;
        clock.set(asking::day(&zone, "2016-05-13")?);
        let home = open_home(&folder, clock.clone())?;
        Ok(Self {
            heart: home.stream("heart rate")?,
            glucose: home.stream("glucose")?,
            temperature: home.stream("temperature")?,
            co2: home.stream("carbon dioxide")?,
            occupied: home.stream("occupied")?,
            practice: open_recipient(&at_practice, clock)?,
            zone,
            home,
            explained,
            out_of_touch,
        })
    }
}

/// The stream of this name.
pub(crate) fn of(stream: &str) -> Selector {
    Selector {
        stream: Some(stream.into()),
        ..Selector::default()
    }
}

fn room(home: &Home) -> Result<[Stream; 3]> {
    home.add_device(Device {
        name: "room sensor".into(),
        maker: None,
        model: None,
    })?;
    let add = |name: &str, kind: &Kind, facets: Facets| -> Result<Stream> {
        let levels = Levels::from([Level::Raw, Level::Hour, Level::Day]);
        let spec = home
            .stream_spec(kind, FLAT_ZONE)?
            .levels(levels)
            .facets(facets)
            .every_ms(60_000);
        Ok(home.add_stream("room sensor", name, spec)?)
    };
    let numbers = Facets::of(Facet::Totals).with(Facet::Extremes);
    Ok([
        add("temperature", kinds::AIR_TEMPERATURE, numbers)?,
        add("carbon dioxide", kinds::CO2_CONCENTRATION, numbers)?,
        add("occupied", kinds::OCCUPANCY, kinds::OCCUPANCY.facets())?,
    ])
}

fn body(home: &Home) -> Result<[Stream; 2]> {
    let add = |device: &str, name: &str, kind: &Kind, every_ms: u32| -> Result<Stream> {
        home.add_device(Device {
            name: device.into(),
            maker: None,
            model: None,
        })?;
        let levels = Levels::from([Level::Raw, Level::Hour, Level::Day]);
        let spec = home
            .stream_spec(kind, FLAT_ZONE)?
            .levels(levels)
            .every_ms(every_ms);
        Ok(home.add_stream(device, name, spec)?)
    };
    Ok([
        add("watch", "heart rate", kinds::HEART_RATE, 5_000)?,
        add(
            "glucose sensor",
            "glucose",
            kinds::INTERSTITIAL_GLUCOSE,
            300_000,
        )?,
    ])
}
