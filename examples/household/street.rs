//! Seven homes with a smart meter, an energy supplier and a council, through one year.

use std::{path::Path, sync::Arc};

use freehold::{
    Device, Facet, FileKeyStore, Home, Level, Reading, Recipient, SetClock, Stream, Time,
    consent::{Choices, Name, Request, Role, TokenId},
    model::{Levels, Zone, kinds},
    testing::sync,
};

use crate::{
    Result, asking,
    attempts::under,
    recordings::{self, METER_ZONE},
    views::{Seen, seen},
    wait,
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
    pub(crate) clock: Arc<SetClock>,
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
    pub(crate) fn of_2013(stores: &Path) -> Result<Self> {
        let zone = Zone::new(METER_ZONE)?;
        let clock = Arc::new(SetClock::new(asking::day(&zone, "2013-01-01")?));
        let open = |name: &str, shown: &str| {
            let folder = stores.join(name);
            let keys = FileKeyStore::beside(&folder);
            let name = Name::new(shown)?;
            Ok::<_, crate::Failure>(wait(Recipient::create_with(
                folder,
                name,
                Role::Controller,
                keys,
                clock.clone(),
            ))?)
        };
        let (supplier, council) = (
            open("supplier", "Energy supplier")?,
            open("council", "Council")?,
        );
        let asked = [
            asking::supplier(&supplier, &zone)?,
            asking::council(&council, &zone)?,
        ];
        let mut meters = Vec::new();
        for (name, readings) in recordings::electricity()? {
            let home = wait(Home::create_with(
                stores.join(&name),
                &name,
                FileKeyStore::beside(stores.join(&name)),
                clock.clone(),
            ))?;
            meters.push(Meter::install(
                name,
                home,
                readings,
                &asked,
                [&supplier, &council],
            )?);
        }
        let mut street = Self {
            kept_copy: council.clone(),
            zone,
            clock,
            meters,
            supplier,
            council,
        };
        for month in 1..=12 {
            if month == 9 {
                street.withdraw(stores)?;
            }
            street.month(month)?;
        }
        Ok(street)
    }

    pub(crate) fn meter(&self, name: &str) -> Result<&Meter> {
        let found = self.meters.iter().find(|meter| meter.name == name);
        Ok(found.ok_or_else(|| format!("no home {name}"))?)
    }

    /// The first instant of a month of 2013, of the thirteenth that of the year after.
    pub(crate) fn first_of(&self, month: usize) -> Result<Time> {
        let date = if month > 12 {
            "2014-01-01".to_owned()
        } else {
            format!("2013-{month:02}-01")
        };
        asking::day(&self.zone, &date)
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

    /// A month goes by: every meter records it, and both recipients are handed what they are owed.
    fn month(&self, month: usize) -> Result<()> {
        let (from, until) = (self.first_of(month)?, self.first_of(month + 1)?);
        self.clock.set(until);
        for meter in &self.meters {
            let begin = meter
                .readings
                .partition_point(|reading| reading.time < from);
            let end = meter
                .readings
                .partition_point(|reading| reading.time < until);
            meter
                .electricity
                .record(meter.readings.get(begin..end).unwrap_or_default())?;
            meter.electricity.flush()?;
            sync(&meter.home, &self.supplier)?;
            sync(&meter.home, &self.council)?;
        }
        Ok(())
    }

    /// One home withdraws its consent to the council, which hears of it; somebody has copied the council's store before.
    fn withdraw(&mut self, stores: &Path) -> Result<()> {
        let at = self.zone.parse(LEAVES, freehold::model::Fold::Earlier)?;
        self.clock.set(at);
        let (folder, copy) = (stores.join("council"), stores.join("council-kept-copy"));
        std::fs::create_dir_all(&copy)?;
        for file in std::fs::read_dir(&folder)? {
            let file = file?;
            std::fs::copy(file.path(), copy.join(file.file_name()))?;
        }
        self.kept_copy = wait(Recipient::open_with(
            &copy,
            FileKeyStore::beside(&copy),
            self.clock.clone(),
        ))?;
        let meter = self.meter(LEAVING)?;
        meter.home.revoke(meter.to_council)?;
        sync(&meter.home, &self.council)?;
        Ok(())
    }
}

impl Meter {
    /// The exponent that makes kilowatt hours of the stream's numbers, whose unit is the watt hour.
    pub(crate) fn kilo(&self) -> Result<i8> {
        Ok(self.electricity.spec()?.exponent - 3)
    }

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
        let electricity = home.add_stream("meter", "electricity", spec)?;
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
        Ok(Self {
            name,
            home,
            electricity,
            readings,
            to_supplier,
            to_council,
            supplier_file,
        })
    }
}

/// The person reads the proposal and says yes to it; what comes of it travels to the recipient as a file.
pub(crate) fn agree(home: &Home, request: &Request, choices: &Choices) -> Result<Vec<u8>> {
    let proposal = home.propose(request, choices)?;
    Ok(home.approve(&proposal, proposal.shown(), true)?.to_file()?)
}
