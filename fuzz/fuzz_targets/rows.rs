//! A store whose rows say anything, sealed under its own key, is opened and used or refused; it never ends the process.
//!
//! The first two bytes choose a row and what becomes of it: it says something else, is changed from a place on, lies elsewhere, is
//! gone, or is not sealed. The rest is what it says.
#![no_main]

use freehold::{Level, Reading, Value};
use freehold_fuzz::household::Rows;
use freehold_fuzz::{HOUR, NOW, within_facade};
use freehold_store::Key;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: { Rows::get(); }, |bytes: &[u8]| within_facade(|| {
    let Some((&[which, way], bytes)) = bytes.split_first_chunk() else { return };
    let household = Rows::get();
    let mut rows = household.rows.clone();
    let which = usize::from(which) % rows.len();
    let row = &mut rows[which];
    match (way % 5, row.plain.take()) {
        (0, _) => household.seal(row, bytes.to_vec()),
        (1, Some(mut plain)) => {
            let Some((place, bytes)) = bytes.split_first() else { return };
            let place = usize::from(*place).min(plain.len());
            plain.splice(place..(place + bytes.len()).min(plain.len()), bytes.iter().copied());
            household.seal(row, plain);
        }
        (2, Some(plain)) => {
            let Some(id) = bytes.first_chunk() else { return };
            let Ok(elsewhere) = Key::new(row.at.space(), u64::from_be_bytes(*id) & Key::MAX_ID) else { return };
            row.at = elsewhere;
            household.seal(row, plain);
        }
        (3, _) => drop(rows.remove(which)),
        _ => row.store(bytes.to_vec()),
    }
    let Ok(home) = household.open(rows) else { return };
    let _ = (home.info(), home.devices(), home.consents());
    let (from, until) = (NOW.plus_ms(-48 * HOUR), NOW.plus_ms(HOUR));
    for stream in home.streams() {
        let _ = (stream.name(), stream.device(), stream.spec(), stream.read(from, until));
        let _ = (stream.summaries(Level::Hour, from, until), stream.summaries(Level::Day, from, until));
        let _ = stream.record(&[Reading::new(NOW.plus_ms(-HOUR / 2), Value::Number(300))]);
        let _ = stream.flush();
    }
    let _ = (home.inspect(), home.verify());
}));
