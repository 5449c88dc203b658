//! The recordings that the figures are about: in full where `FREEHOLD_DATA` names their folder, else the project's extracts.

use std::collections::BTreeMap;
use std::env;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use freehold::model::{Fold, Zone};
use freehold::{Reading, Value};

use crate::Outcome;

/// Where recordings are.
pub struct Recordings {
    folder: PathBuf,
    /// Whether they are whole.
    pub full: bool,
}

impl Recordings {
    /// Looks into the environment.
    pub fn find() -> Self {
        match env::var_os("FREEHOLD_DATA") {
            Some(folder) => Self {
                folder: folder.into(),
                full: true,
            },
            None => Self {
                folder: concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data").into(),
                full: false,
            },
        }
    }

    /// Heart rate every five seconds, person by person.
    pub fn heart_rate(&self) -> Outcome<Vec<Vec<Reading>>> {
        self.table(
            "wearable-fitbit-furberg2016/heartrate_seconds_5users",
            |fields| {
                Some((
                    fields.first()?.to_string(),
                    fields.get(1)?.to_string(),
                    fields.get(2)?.parse().ok()?,
                ))
            },
        )
    }

    /// A household's power every minute, in milliwatts.
    pub fn power(&self) -> Outcome<Vec<Vec<Reading>>> {
        self.table(
            "household-power-uci235/household_power_minute_2006-12",
            |fields| {
                let (date, time) = fields.first()?.split_once(' ')?;
                let [day, month, year] = date.split('/').collect::<Vec<_>>().try_into().ok()?;
                let kilowatts: f64 = fields.get(1)?.parse().ok()?;
                Some((
                    String::new(),
                    format!("{year}-{month:0>2}-{day:0>2}T{time}"),
                    (kilowatts * 1e6).round() as i64,
                ))
            },
        )
    }

    /// The first home's energy every half hour of 2013, in the kind's exponent.
    pub fn home(&self) -> Outcome<Vec<Reading>> {
        let homes = self.table(HOMES, |fields| {
            let kilowatt_hours: f64 = fields.get(2)?.parse().ok()?;
            let number = (kilowatt_hours * 1e6).round() as i64;
            Some((
                fields.first()?.to_string(),
                fields.get(1)?.to_string(),
                number,
            ))
        })?;
        let home = homes.into_iter().next().ok_or("no home")?;
        Ok(home
            .into_iter()
            .map(|reading| reading.lasting_ms(1_800_000))
            .collect())
    }

    /// The file of all homes.
    pub fn homes(&self) -> PathBuf {
        self.folder.join(format!("{HOMES}.csv.gz"))
    }

    fn table(
        &self,
        file: &str,
        row: impl Fn(&[&str]) -> Option<(String, String, i64)>,
    ) -> Outcome<Vec<Vec<Reading>>> {
        let mut text = String::new();
        GzDecoder::new(File::open(self.folder.join(format!("{file}.csv.gz")))?)
            .read_to_string(&mut text)?;
        let zone = Zone::utc();
        let mut found: BTreeMap<String, Vec<Reading>> = BTreeMap::new();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let Some((who, time, number)) = row(&fields) else {
                continue;
            };
            let time = zone.parse(&time, Fold::Earlier)?;
            found
                .entry(who)
                .or_default()
                .push(Reading::new(time, Value::Number(number)));
        }
        Ok(found.into_values().collect())
    }
}

const HOMES: &str = "electricity-sgsc-49homes/sgsc_2013_halfhourly";
