//! Seven homes with a smart meter, an energy supplier and a council, through one year.

use std::{path::Path, sync::Arc};

use freehold::{
    Device, Facet, FileKeyStore, Home, Level, Reading, Recipient, SetClock, Stream, Time,
    consent::{Choices, Name, Request, Role, TokenId},
    model::{Levels, Zone, kinds},
};

use crate::{
    Result, asking,
    attempts::under,
    parties::{Loopback, Party, open_home, open_recipient},
    recordings::{self, METER_ZONE},
    views::{Seen, seen},
};

/// The home that lets its supplier have no more than half of the year, and until when.
pub(crate) const CAREFUL: &str = "H23";
pub(crate) const CAREFUL_UNTIL: &str = "2013-07-01";
/// The home that withdraws its consent to the council, and when.
pub(crate) const LEAVING: &str = "H14";
pub(crate) const LEAVES: &str = "2013-09-15T12:00";

/// Seven homes and whoever asks them.
pub(crate) struct Street {
    pub(crate) zone: Zone,
    pub(crate) meters: Vec<Meter>,
    pub(crate) supplier: Recipient,
    pub(crate) council: Recipient,
    /// The council's store as it was before the withdrawal, kept by somebody who does not honour it.
    pub(crate) kept_copy: Recipient,
}

/// A home with its electricity.
pub(crate) struct Meter {
    pub(crate) name: String,
    pub(crate) home: Home,
    pub(crate) electricity: Stream,
    pub(crate) readings: Vec<Reading>,
    /// What it granted to whom, and the file that the supplier was sent.
    pub(crate) to_supplier: TokenId,
    pub(crate) to_council: TokenId,
    pub(crate) supplier_file: Vec<u8>,
}

impl Street {
    /// Lives through 2013: consents on the first of January, readings as they come, a delivery after every month.
    pub(crate) fn of_2013(stores: &Path, relay: &mut Loopback) -> Result<Self> {
        let zone = Zone::new(METER_ZONE)?;
        let clock = Arc::new(SetClock::new(asking::day(&zone, "2013-01-01")?));
        let create = |name: &str, shown: &str| {
            let folder = stores.join(name);
            let keys = FileKeyStore::beside(&folder);
            let name = Name::new(shown)?;
            Ok::<_, crate::Failure>(Recipient::create_with(
                folder,
                name,
                Role::Controller,
                keys,
                clock.clone(),
                None,
            )?)
        };
        let (supplier, council) = (
            create("supplier", "Energy supplier")?,
            create("council", "Council")?,
        );
        let asked = [
            asking::supplier(&supplier, &zone)?,
            asking::council(&council, &zone)?,
        ];
        let mut agreed = Vec::new();
        for (name, readings) in recordings::electricity()? {
            let home = Home::create_with(
                stores.join(&name),
                &name,
                FileKeyStore::beside(stores.join(&name)),
                clock.clone(),
            )?;
            agreed.push(Agreed::install(
                name,
                home,
                readings,
                &asked,
                [&supplier, &council],
            )?);
        }
        supplier.close()?;
        council.close()?;
        // From here on all are processes, which meet at the relay.
        for month in 1..=12 {
            if month == 9 {
                withdraw(stores, &zone, &agreed, relay)?;
            }
            live(month, stores, &zone, &agreed, relay)?;
        }
        clock.set(first_of(&zone, 13)?);
        let open = |name: &str| open_recipient(&stores.join(name), clock.clone());
        let (supplier, council, kept_copy) = (
            open("supplier")?,
            open("council")?,
            open("council-kept-copy")?,
        );
        let meters = agreed
            .into_iter()
            .map(|one| one.opened(stores, clock.clone()));
        Ok(Self {
            meters: meters.collect::<Result<_>>()?,
            zone,
            supplier,
            council,
            kept_copy,
        })
    }

    pub(crate) fn meter(&self, name: &str) -> Result<&Meter> {
        let found = self.meters.iter().find(|meter| meter.name == name);
        Ok(found.ok_or_else(|| format!("no home {name}"))?)
    }

    /// The first instant of a month of 2013, of the thirteenth that of the year after.
    pub(crate) fn first_of(&self, month: usize) -> Result<Time> {
        first_of(&self.zone, month)
    }

    /// The month that a time lies in.
    pub(crate) fn month_of(&self, time: Time) -> Result<(Time, Time)> {
        for month in 1..=12 {
            let (from, until) = (self.first_of(month)?, self.first_of(month + 1)?);
            if from <= time && time < until {
                return Ok((from, until));
            }
        }
        Err("not in 2013".into())
    }

    /// What the council opens of a home's year.
    pub(crate) fn council_months(&self, meter: &Meter) -> Result<Vec<Seen>> {
        let (from, until) = (self.first_of(1)?, self.first_of(13)?);
        let opened = self
            .council
            .summaries(&under(meter.to_council), Level::Month, from, until)?;
        Ok(seen(&opened.items, meter.kilo()?))
    }
}

fn first_of(zone: &Zone, month: usize) -> Result<Time> {
    let date = if month > 12 {
        "2014-01-01".to_owned()
    } else {
        format!("2013-{month:02}-01")
    };
    asking::day(zone, &date)
}

/// A month goes by: every home records it and brings it to the relay, where both recipients fetch what they are owed.
fn live(
    month: usize,
    stores: &Path,
    zone: &Zone,
    agreed: &[Agreed],
    relay: &mut Loopback,
) -> Result<()> {
    let (from, until) = (first_of(zone, month)?, first_of(zone, month + 1)?);
    let mut parties = Vec::new();
    for one in agreed {
        let before = |time| one.readings.partition_point(|reading| reading.time < time);
        let readings = one.readings.get(before(from)..before(until));
        let folder = stores.join(&one.name);
        parties.push(relay.brings(&folder, "electricity", readings.unwrap_or_default(), until)?);
    }
    parties.into_iter().try_for_each(Party::done)?;
    let asking = ["supplier", "council"].map(|name| relay.is_asked_by(&stores.join(name), until));
    asking.into_iter().try_for_each(|party| party?.done())
}

/// One home withdraws its consent to the council, which hears of it; somebody has copied the council's store before.
fn withdraw(stores: &Path, zone: &Zone, agreed: &[Agreed], relay: &mut Loopback) -> Result<()> {
    let at = zone.parse(LEAVES, freehold::model::Fold::Earlier)?;
    let (council, copy) = (stores.join("council"), stores.join("council-kept-copy"));
    std::fs::create_dir_all(&copy)?;
    for file in std::fs::read_dir(&council)? {
        let file = file?;
        std::fs::copy(file.path(), copy.join(file.file_name()))?;
    }
    let leaving = agreed.iter().find(|one| one.name == LEAVING);
    let leaving = leaving.ok_or_else(|| format!("no home {LEAVING}"))?;
    let folder = stores.join(LEAVING);
    let home = open_home(&folder, Arc::new(SetClock::new(at)))?;
    home.revoke(leaving.to_council)?;
    home.close()?;
    relay.brings(&folder, "electricity", &[], at)?.done()?;
    relay.is_asked_by(&council, at)?.done()
}

/// A home that has granted, and what its meter is going to read.
struct Agreed {
    name: String,
    readings: Vec<Reading>,
    to_supplier: TokenId,
    to_council: TokenId,
    supplier_file: Vec<u8>,
}

impl Meter {
    /// The exponent that makes kilowatt hours of the stream's numbers, whose unit is the watt hour.
    pub(crate) fn kilo(&self) -> Result<i8> {
        Ok(self.electricity.spec()?.exponent - 3)
    }
}

impl Agreed {
    fn install(
        name: String,
        home: Home,
        readings: Vec<Reading>,
        [supplier, council]: &[Request; 2],
        recipients: [&Recipient; 2],
    ) -> Result<Self> {
        home.add_device(Device {
            name: "meter".into(),
            maker: None,
            model: None,
        })?;
        let levels = Levels::from([Level::Raw, Level::HalfHour, Level::Day, Level::Month]);
        let spec = home
            .stream_spec(kinds::ENERGY_INTERVAL, METER_ZONE)?
            .levels(levels)
            .facets([Facet::Totals, Facet::Extremes])
            .every_ms(30 * 60_000);
        home.add_stream("meter", "electricity", spec)?;
        let choices = Choices {
            data_until: (name == CAREFUL)
                .then(|| asking::day(&Zone::new(METER_ZONE)?, CAREFUL_UNTIL))
                .transpose()?,
            ..Choices::default()
        };
        let supplier_file = agree(&home, supplier, &choices)?;
        let to_supplier = recipients[0].accept_file(&supplier_file)?;
        let council_file = agree(&home, council, &Choices::default())?;
        let to_council = recipients[1].accept_file(&council_file)?;
        home.close()?;
        Ok(Self {
            name,
            readings,
            to_supplier,
            to_council,
            supplier_file,
        })
    }

    /// The home after the year.
    fn opened(self, stores: &Path, clock: Arc<SetClock>) -> Result<Meter> {
        let home = open_home(&stores.join(&self.name), clock)?;
        Ok(Meter {
            electricity: home.stream("electricity")?,
            name: self.name,
            home,
            readings: self.readings,
            to_supplier: self.to_supplier,
            to_council: self.to_council,
            supplier_file: self.supplier_file,
        })
    }
}

/// The person reads the proposal and says yes to it; what comes of it travels to the recipient as a file.
pub(crate) fn agree(home: &Home, request: &Request, choices: &Choices) -> Result<Vec<u8>> {
    let proposal = home.propose(request, choices)?;
    Ok(home.approve(&proposal, proposal.shown(), true)?.to_file()?)
}
