//! The committed extracts of real recordings, read into readings. Where they come from stands in `tests/data/SOURCE.md`.

use std::{fs::File, io::Read, path::PathBuf};

use flate2::read::GzDecoder;
use freehold::{
    Reading,
    model::{Fold, Kind, Zone, kinds},
};

use crate::Result;

/// A meter's clock in New South Wales that knows no daylight saving.
pub(crate) const METER_ZONE: &str = "Australia/Brisbane";
/// The recordings of bodies and rooms name no zone; here they are read as London's.
pub(crate) const FLAT_ZONE: &str = "Europe/London";

/// A year of seven homes' electricity in half hours: the home's name and its readings.
pub(crate) fn electricity() -> Result<Vec<(String, Vec<Reading>)>> {
    let table = Table::open("electricity-sgsc-49homes/sgsc_2013_halfhourly.csv.gz")?;
    let zone = Zone::new(METER_ZONE)?;
    let [home, time, energy] =
        table.columns(["household", "reading_local", "general_supply_kwh"])?;
    let mut homes: Vec<(String, Vec<Reading>)> = Vec::new();
    for row in table.rows() {
        let (name, reading) = (
            row.cell(home)?,
            row.reading((kinds::ENERGY_INTERVAL, "kW.h"), &zone, time, energy)?,
        );
        if homes.last().is_none_or(|(last, _)| last != name) {
            homes.push((name.to_owned(), Vec::new()));
        }
        if let Some((_, readings)) = homes.last_mut() {
            readings.push(reading.lasting_ms(HALF_HOUR_MS));
        }
    }
    Ok(homes)
}

/// A month of one person's heart rate, every 5 to 15 seconds.
pub(crate) fn heart_rate() -> Result<Vec<Reading>> {
    let table = Table::open("wearable-fitbit-furberg2016/heartrate_seconds_5users.csv.gz")?;
    let zone = Zone::new(FLAT_ZONE)?;
    let [time, rate] = table.columns(["time", "hr"])?;
    table
        .rows()
        .map(|row| row.reading((kinds::HEART_RATE, "/min"), &zone, time, rate))
        .collect()
}

/// Eleven days of one person's glucose, every five minutes.
pub(crate) fn glucose() -> Result<Vec<Reading>> {
    let table = Table::open("cgm-hall2018/cgm_hall2018.csv.gz")?;
    let zone = Zone::new(FLAT_ZONE)?;
    let [person, time, value] = table.columns(["person", "timestamp", "glucose_value_mg_dl"])?;
    let of_person = table
        .rows()
        .filter(|row| row.cell(person).is_ok_and(|id| id == "P05"));
    of_person
        .map(|row| row.reading((kinds::INTERSTITIAL_GLUCOSE, "mg/dL"), &zone, time, value))
        .collect()
}

/// Two days of a room's air temperature, carbon dioxide and occupancy, every minute.
pub(crate) fn room() -> Result<[Vec<Reading>; 3]> {
    let table = Table::open("office-occupancy-uci357/datatest.csv.gz")?;
    let zone = Zone::new(FLAT_ZONE)?;
    let [time, temperature, co2, occupied] =
        table.columns(["date", "Temperature", "CO2", "Occupancy"])?;
    let column = |kind: &Kind, unit: &str, value: usize| -> Result<Vec<Reading>> {
        table
            .rows()
            .map(|row| row.reading((kind, unit), &zone, time, value))
            .collect()
    };
    Ok([
        column(kinds::AIR_TEMPERATURE, "Cel", temperature)?,
        column(kinds::CO2_CONCENTRATION, "[ppm]", co2)?,
        column(kinds::OCCUPANCY, "", occupied)?,
    ])
}

const HALF_HOUR_MS: u32 = 30 * 60_000;

/// A table of comma-separated values without commas inside quotes, which none of these recordings has.
struct Table {
    text: String,
}

struct Row<'a>(&'a str);

impl Table {
    fn open(name: &str) -> Result<Self> {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/data", name]
            .iter()
            .collect();
        let mut text = String::new();
        GzDecoder::new(File::open(path)?).read_to_string(&mut text)?;
        Ok(Self { text })
    }

    /// Where the named columns stand.
    fn columns<const N: usize>(&self, names: [&str; N]) -> Result<[usize; N]> {
        let header = Row(self.text.lines().next().unwrap_or_default());
        let mut places = [0; N];
        for (place, name) in places.iter_mut().zip(names) {
            let found = header.cells().position(|cell| cell == name);
            *place = found.ok_or_else(|| format!("no column {name}"))?;
        }
        Ok(places)
    }

    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.text.lines().skip(1).map(Row)
    }
}

impl<'a> Row<'a> {
    fn cells(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0.split(',').map(|cell| cell.trim_matches('"'))
    }

    fn cell(&self, place: usize) -> Result<&'a str> {
        Ok(self
            .cells()
            .nth(place)
            .ok_or_else(|| format!("short row: {}", self.0))?)
    }

    /// A reading of a kind, its number in `unit`.
    fn reading(
        &self,
        (kind, unit): (&Kind, &str),
        zone: &Zone,
        time: usize,
        value: usize,
    ) -> Result<Reading> {
        let time = zone.parse(self.cell(time)?, Fold::Earlier)?;
        let value = format!("{} {unit}", self.cell(value)?);
        Ok(Reading::new(time, kind.parse(&value)?.value))
    }
}
