//! Readings as rows, and pages of them.

use freehold::{
    Opened, Page, Reading, Time, Value,
    model::{Flags, ValueError},
};

use crate::{
    guard::{Fault, free, give, lent},
    status::FhStatus,
    text::FhStr,
};

/// What the value of a reading is: which member of [`FhValue`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FhValueType {
    /// None: absent, or out of range without a number. The flags say which.
    None = 0,
    /// `number`.
    Number = 1,
    /// `boolean`.
    Bool = 2,
    /// `state`.
    State = 3,
    /// `point`.
    Point = 4,
    /// `text`.
    Text = 5,
}

/// Below what the device can measure; the value is its limit, or none.
pub const FH_FLAG_BELOW_RANGE: u16 = 1;
/// Above what the device can measure; the value is its limit, or none.
pub const FH_FLAG_ABOVE_RANGE: u16 = 2;
/// Computed, not measured.
pub const FH_FLAG_ESTIMATED: u16 = 4;
/// Takes the place of an earlier value of the same instant.
pub const FH_FLAG_CORRECTED: u16 = 8;
/// Entered by hand.
pub const FH_FLAG_MANUAL: u16 = 16;
/// The device did not know the time for certain.
pub const FH_FLAG_CLOCK_UNSURE: u16 = 32;
/// Outside what can be, and kept.
pub const FH_FLAG_IMPLAUSIBLE: u16 = 64;
/// There is no value; the reason stands in bits 8 to 10.
pub const FH_FLAG_ABSENT: u16 = 128;

/// A point on the earth in units of 1e-7 degrees.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct FhPoint {
    /// Latitude, -900000000 to 900000000.
    pub lat: i32,
    /// Longitude, -1800000000 to 1800000000.
    pub lon: i32,
}

/// What a reading says.
#[derive(Clone, Copy)]
#[repr(C)]
pub union FhValue {
    /// A fixed-point number: times ten to the stream's exponent, in the unit of its kind.
    pub number: i64,
    /// 0 for false, anything else for true.
    pub boolean: u8,
    /// The place in the kind's list of states.
    pub state: u16,
    /// A point.
    pub point: FhPoint,
    /// A text of at most 256 bytes. In a page it lasts as long as the page.
    pub text: FhStr,
}

/// One reading.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FhReading {
    /// When it was measured, or when its interval began.
    pub time_ms: i64,
    /// The length of its interval, 0 for an instant.
    pub duration_ms: u32,
    /// What else is known about it: `FH_FLAG_...` bits, 0 if nothing.
    pub flags: u16,
    /// Which member of `value` holds, an `FhValueType`.
    pub value_type: u8,
    /// 0.
    pub reserved: u8,
    /// The value.
    pub value: FhValue,
}

/// Some readings in order of time, more than were asked for where readings of one time correct each other.
pub struct FhReadings {
    rows: Vec<FhReading>,
    /// What the texts in `rows` point into.
    _texts: Vec<Box<str>>,
    next: Option<Time>,
    not_yet: Option<Time>,
}

// SAFETY: the rows point to nothing but the texts, which nobody changes.
unsafe impl Send for FhReadings {}
// SAFETY: as above.
unsafe impl Sync for FhReadings {}

/// The rows of a page; they last as long as it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_readings_rows(
    readings: *const FhReadings,
    rows: *mut *const FhReading,
    count: *mut usize,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        give(rows, || {
            let readings = lent(readings)?;
            *count.as_mut().ok_or_else(Fault::null)? = readings.rows.len();
            Ok(readings.rows.as_ptr())
        })
    }
}

/// Whether there is more, and from when to ask for it: `next_ms` is written only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_readings_more(
    readings: *const FhReadings,
    more: *mut bool,
    next_ms: *mut i64,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { more_of(more, next_ms, || Ok(lent(readings)?.next)) }
}

/// Whether what was asked for goes on after the keys that a recipient was given, and from when: the rest opens once the household gives
/// more. `from_ms` is written only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_readings_not_yet(
    readings: *const FhReadings,
    not_yet: *mut bool,
    from_ms: *mut i64,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { more_of(not_yet, from_ms, || Ok(lent(readings)?.not_yet)) }
}

/// Frees a page, and the texts that its rows point to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_readings_free(readings: *mut FhReadings) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(readings) }
}

/// # Safety
/// Both pointers are NULL, or may be written.
pub(crate) unsafe fn more_of(
    more: *mut bool,
    next_ms: *mut i64,
    next: impl FnOnce() -> Result<Option<Time>, Fault>,
) -> FhStatus {
    // SAFETY: the caller says the same.
    unsafe {
        give(more, || {
            let at = next_ms.as_mut().ok_or_else(Fault::null)?;
            let next = next()?;
            if let Some(next) = next {
                *at = next.ms();
            }
            Ok(next.is_some())
        })
    }
}

impl From<Opened<Reading>> for FhReadings {
    fn from(opened: Opened<Reading>) -> Self {
        let (items, next) = (opened.items, opened.next);
        Self {
            not_yet: opened.not_yet,
            ..Page { items, next }.into()
        }
    }
}

impl From<Page<Reading>> for FhReadings {
    fn from(page: Page<Reading>) -> Self {
        let (mut rows, mut texts) = (Vec::with_capacity(page.items.len()), Vec::new());
        for reading in page.items {
            let (value_type, value) = match reading.value {
                Value::None => (FhValueType::None, FhValue { number: 0 }),
                Value::Number(number) => (FhValueType::Number, FhValue { number }),
                Value::Bool(it) => (FhValueType::Bool, FhValue { boolean: it.into() }),
                Value::State(state) => (FhValueType::State, FhValue { state }),
                Value::Point { lat, lon } => {
                    let point = FhPoint { lat, lon };
                    (FhValueType::Point, FhValue { point })
                }
                Value::Text(text) => {
                    // What a box points to stays where it is when the box moves.
                    let view = FhStr::of(&text);
                    texts.push(text);
                    (FhValueType::Text, FhValue { text: view })
                }
            };
            rows.push(FhReading {
                time_ms: reading.time.ms(),
                duration_ms: reading.duration_ms,
                flags: reading.flags.bits(),
                value_type: value_type as u8,
                reserved: 0,
                value,
            });
        }
        Self {
            rows,
            _texts: texts,
            next: page.next,
            not_yet: None,
        }
    }
}

impl FhReading {
    /// # Safety
    /// The member of `value` that `value_type` says holds, and a text that it points to is there.
    pub(crate) unsafe fn reading(&self) -> Result<Reading, Fault> {
        if self.reserved != 0 {
            return Err(Fault::argument("reserved of FhReading"));
        }
        // SAFETY: the caller says which member holds.
        let value = unsafe {
            match self.value_type {
                0 => Value::None,
                1 => Value::Number(self.value.number),
                2 => Value::Bool(self.value.boolean != 0),
                3 => Value::State(self.value.state),
                4 => Value::point(self.value.point.lat, self.value.point.lon).map_err(unfit)?,
                5 => Value::text(self.value.text.text()?).map_err(unfit)?,
                other => return Err(Fault::argument(format!("{other} is no type of value"))),
            }
        };
        let flags = Flags::from_bits(self.flags)
            .ok_or_else(|| Fault::argument(format!("{:#x} are no flags", self.flags)))?;
        Ok(Reading {
            time: Time::from_ms(self.time_ms),
            duration_ms: self.duration_ms,
            value,
            flags,
        })
    }
}

fn unfit(error: ValueError) -> Fault {
    Fault::new(FhStatus::BadReading, error.to_string())
}
