//! Series of real recordings, and two made up for what the recordings lack.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use freehold_model::{Reading, Time, Value};

/// One stream, in order of time.
pub struct Series {
    pub name: &'static str,
    pub duration_ms: u32,
    /// Milliseconds since 1970 and the value in the exponent of its kind.
    pub rows: Vec<(i64, i64)>,
}

impl Series {
    pub fn is_bool(&self) -> bool {
        matches!(self.name, "room motion" | "made-up contact")
    }

    pub fn reading(&self, row: (i64, i64)) -> Reading {
        let value = if self.is_bool() {
            Value::Bool(row.1 != 0)
        } else {
            Value::Number(row.1)
        };
        Reading::new(Time::from_ms(row.0), value).lasting_ms(self.duration_ms)
    }
}

/// One column of a file: its place, the name of its series, units per whole and duration.
type Column = (usize, &'static str, f64, u32);

/// All series of the recordings' folder; those of one name follow each other.
pub fn load(folder: &Path) -> Result<Vec<Series>, Box<dyn Error>> {
    let mut all = Vec::new();
    let people: [(&str, Column); 3] = [
        (
            "wearable-fitbit-furberg2016/heartrate_seconds_5users",
            (2, "heart rate 5 s", 1.0, 0),
        ),
        ("cgm-hall2018/cgm_hall2018", (2, "glucose 5 min", 10.0, 0)),
        (
            "electricity-sgsc-49homes/sgsc_2013_halfhourly",
            (2, "meter 30 min", 1e6, 1_800_000),
        ),
    ];
    for (file, column) in people {
        table(
            folder,
            file,
            |fields| (fields[0].into(), iso(fields[1])),
            &[column],
            &mut all,
        )?;
    }
    let one = |fields: &[&str]| (String::new(), iso(fields[0]));
    let power = [
        (1, "power 1 min", 1e6, 0),
        (2, "reactive 1 min", 1e6, 0),
        (3, "voltage 1 min", 1e3, 0),
        (4, "current 1 min", 1e3, 0),
        (7, "sub-meter 1 min", 1e3, 60_000),
    ];
    let day_first = |fields: &[&str]| (String::new(), day_first(fields[0]));
    table(
        folder,
        "household-power-uci235/household_power_minute_2006-12",
        day_first,
        &power,
        &mut all,
    )?;
    let room = [
        (2, "room temperature 30 s", 1e2, 0),
        (3, "room temperature 30 s", 1e2, 0),
        (5, "room temperature 30 s", 1e2, 0),
        (6, "room light 30 s", 1e2, 0),
        (10, "room sound 30 s", 1e2, 0),
        (14, "room CO2 30 s", 10.0, 0),
        (16, "room motion", 1.0, 0),
        (17, "room motion", 1.0, 0),
        (18, "room people 30 s", 1.0, 0),
    ];
    let two = |fields: &[&str]| (String::new(), iso(&format!("{} {}", fields[0], fields[1])));
    table(
        folder,
        "room-occupancy-uci864/occupancy_estimation",
        two,
        &room,
        &mut all,
    )?;
    let office = [
        (2, "office temperature 1 min", 1e2, 0),
        (3, "office humidity 1 min", 1e2, 0),
        (4, "office light 1 min", 1e2, 0),
        (5, "office CO2 1 min", 10.0, 0),
    ];
    let second = |fields: &[&str]| (String::new(), iso(fields[1].trim_matches('"')));
    for file in ["datatraining", "datatest", "datatest2"] {
        table(
            folder,
            &format!("office-occupancy-uci357/{file}"),
            second,
            &office,
            &mut all,
        )?;
    }
    let utilities: [(&str, &[Column]); 4] = [
        (
            "elec_power_min_1sensor",
            &[(1, "mains power 1 min", 1e3, 0)],
        ),
        (
            "gas_dec2016_min",
            &[
                (1, "gas 1 min", 1e3, 0),
                (2, "gas 1 min", 1e3, 0),
                (3, "gas 1 min", 1e3, 0),
            ],
        ),
        (
            "water_march2015_min",
            &[
                (1, "water 1 min", 1e4, 0),
                (2, "water 1 min", 1e4, 0),
                (5, "water 1 min", 1e4, 0),
            ],
        ),
        (
            "electricity_2016_hour",
            &[
                (1, "mains power 1 h", 1e3, 0),
                (2, "mains power 1 h", 1e3, 0),
                (5, "mains power 1 h", 1e3, 0),
            ],
        ),
    ];
    for (file, columns) in utilities {
        table(
            folder,
            &format!("utilities-opengrid-be/{file}"),
            one,
            columns,
            &mut all,
        )?;
    }
    all.extend(steps(folder)?);
    all.extend(made_up());
    Ok(all)
}

fn table(
    folder: &Path,
    file: &str,
    key: impl Fn(&[&str]) -> (String, i64),
    columns: &[Column],
    all: &mut Vec<Series>,
) -> Result<(), Box<dyn Error>> {
    let mut rows: BTreeMap<(usize, String), Vec<(i64, i64)>> = BTreeMap::new();
    for line in text(folder, file)?.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let (who, time) = key(&fields);
        for (place, column) in columns.iter().enumerate() {
            if let Some(value) = fields
                .get(column.0)
                .and_then(|field| scaled(field, column.2))
            {
                rows.entry((place, who.clone()))
                    .or_default()
                    .push((time, value));
            }
        }
    }
    for ((place, _), rows) in rows {
        push(columns[place].1, columns[place].3, rows, all);
    }
    Ok(())
}

fn push(name: &'static str, duration_ms: u32, mut rows: Vec<(i64, i64)>, all: &mut Vec<Series>) {
    rows.sort_by_key(|row| row.0);
    if rows.len() >= 60 {
        all.push(Series {
            name,
            duration_ms,
            rows,
        });
    }
}

fn steps(folder: &Path) -> Result<Vec<Series>, Box<dyn Error>> {
    let mut people: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
    for line in text(folder, "wearable-fitbit-furberg2016/minuteStepsWide_merged")?
        .lines()
        .skip(1)
    {
        let fields: Vec<&str> = line.split(',').collect();
        let hour = month_first(fields[1]);
        let minutes = fields[2..62].iter().zip(0..);
        let rows = minutes
            .filter_map(|(field, minute)| Some((hour + minute * 60_000, scaled(field, 1.0)?)));
        people.entry(fields[0].into()).or_default().extend(rows);
    }
    let mut all = Vec::new();
    for rows in people.into_values() {
        push("steps 1 min", 60_000, rows, &mut all);
    }
    Ok(all)
}

/// What the recordings lack: a clock that trembles, and a contact at odd times.
fn made_up() -> [Series; 2] {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let (mut time, mut pulse) = (1_700_000_000_000, 70.0);
    let trembling = (0..40_000).map(|_| {
        time += 10_000;
        pulse += dice.bell() * 1.2 + (70.0 - pulse) * 0.02;
        (time + (dice.bell() * 150.0) as i64, pulse as i64)
    });
    let trembling = trembling.collect();
    let (mut time, mut on) = (1_700_000_000_000, 0);
    let contact = (0..20_000).map(|_| {
        time += (-dice.unit().max(1e-12).ln() * 1_200_000.0) as i64;
        on ^= 1;
        (time, on)
    });
    let contact = contact.collect();
    [
        Series {
            name: "made-up heart rate 10 s",
            duration_ms: 0,
            rows: trembling,
        },
        Series {
            name: "made-up contact",
            duration_ms: 0,
            rows: contact,
        },
    ]
}

struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

fn text(folder: &Path, file: &str) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    GzDecoder::new(File::open(folder.join(format!("{file}.csv.gz")))?).read_to_string(&mut text)?;
    Ok(text)
}

fn scaled(field: &str, per_whole: f64) -> Option<i64> {
    let number: f64 = field.trim_matches('"').parse().ok()?;
    Some((number * per_whole).round() as i64)
}

fn iso(text: &str) -> i64 {
    let part = |from: usize, to: usize| {
        text.get(from..to)
            .and_then(|part| part.parse().ok())
            .unwrap_or(0)
    };
    instant(
        [part(0, 4), part(5, 7), part(8, 10)],
        [part(11, 13), part(14, 16), part(17, 19)],
    )
}

fn day_first(text: &str) -> i64 {
    let [day, month, year, hour, minute, second] = numbers(text);
    instant([year, month, day], [hour, minute, second])
}

fn month_first(text: &str) -> i64 {
    let [month, day, year, hour, minute, second] = numbers(text);
    instant([year, month, day], [hour, minute, second])
}

fn numbers(text: &str) -> [i64; 6] {
    let mut parts = text
        .split([' ', '/', ':'])
        .map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// Milliseconds since 1970 of a date and a time of day in UTC.
fn instant([year, month, day]: [i64; 3], [hour, minute, second]: [i64; 3]) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let of_era = year.rem_euclid(400) * 365 + year.rem_euclid(400) / 4 - year.rem_euclid(400) / 100
        + of_year;
    let days = year.div_euclid(400) * 146_097 + of_era - 719_468;
    (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000
}
