//! The chunk codec: the readings of one raw slot as bytes.
//!
//! Bytes of any origin are safe to decode, and only what [`Encoder`] writes decodes: for each sequence of readings there is one
//! byte string. The format is in `docs/spec/chunk.md`; `docs/codec.md` says why there is one of our own.

mod coder;
mod numbers;
mod priors;
mod symbols;
#[cfg(test)]
mod tests;
mod texts;

use crate::flags::Flags;
use crate::reading::Reading;
use crate::time::Time;
use crate::value::{TEXT_MAX, Value};
use alloc::vec::Vec;
use coder::{Model, Pen, Reader};
use numbers::{common_divisor, divide, read_divisor, read_number, read_numbers};
use numbers::{write_divisor, write_number, write_numbers};
use symbols::{read_alike, read_symbols, write_alike, write_symbols};

/// The chunk of `readings`, which stand in order of time; times count from `start`, the start of their slot.
///
/// # Errors
/// As [`Encoder::encode`].
pub fn encode(start: Time, readings: &[Reading]) -> Result<Vec<u8>, ChunkError> {
    let mut out = Vec::new();
    Encoder::new().encode(start, readings, &mut out)?;
    Ok(out)
}

/// The readings of a chunk of the slot that begins at `start`, at most `max_readings`.
///
/// Memory stays below `max_readings` times the size of a reading and of its longest text.
///
/// # Errors
/// [`ChunkError::TooManyReadings`] when the chunk says that it has more, [`ChunkError::Malformed`] for all bytes that are not
/// what [`encode`] makes of some readings and this `start`.
pub fn decode(start: Time, bytes: &[u8], max_readings: usize) -> Result<Vec<Reading>, ChunkError> {
    let mut reader = Reader::new(bytes).ok_or(ChunkError::Malformed)?;
    let beyond_first = read_number(&mut reader, priors::COUNT).ok_or(ChunkError::Malformed)?;
    match usize::try_from(beyond_first) {
        Ok(count) if count < max_readings => {
            read_chunk(&mut reader, start, count + 1).ok_or(ChunkError::Malformed)
        }
        _ => Err(ChunkError::TooManyReadings {
            beyond_first,
            limit: max_readings,
        }),
    }
}

/// Encodes chunk after chunk with the same buffers.
#[derive(Default)]
pub struct Encoder {
    pen: Pen,
    numbers: Vec<i64>,
}

impl Encoder {
    /// An encoder whose buffers are empty.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the chunk of `readings` to `out`; see [`encode`].
    ///
    /// # Errors
    /// [`ChunkError::Empty`], [`ChunkError::BeforeStart`], [`ChunkError::Unordered`] and [`ChunkError::NoValue`]; `out` is as
    /// it was then.
    pub fn encode(
        &mut self,
        start: Time,
        readings: &[Reading],
        out: &mut Vec<u8>,
    ) -> Result<(), ChunkError> {
        let Survey {
            shape,
            offset,
            unit,
        } = Survey::of(start, readings)?;
        let pen = &mut self.pen;
        write_number(pen, priors::COUNT, readings.len() as u64 - 1);
        pen.symbol(&mut Model::new(priors::SHAPE), shape);
        write_divisor(pen, unit);
        write_number(pen, priors::OFFSET, offset / unit);
        write_symbols(pen, unit, steps(readings));
        let durations = readings.iter().map(|reading| reading.duration_ms.into());
        write_alike(pen, priors::DURATIONS, steps(readings).next(), durations);
        let flags = readings
            .iter()
            .map(|reading| u16::from(reading.flags).into());
        write_alike(pen, priors::FLAGS, None, flags);
        if shape == MIXED {
            write_symbols(
                pen,
                1,
                readings
                    .iter()
                    .map(|reading| shape_of(&reading.value).into()),
            );
        }
        for each in 0..MIXED {
            if shape == each
                || shape == MIXED
                    && readings
                        .iter()
                        .any(|reading| shape_of(&reading.value) == each)
            {
                self.write_values(each, readings);
            }
        }
        self.pen.finish(out);
        Ok(())
    }

    fn write_values(&mut self, shape: u16, readings: &[Reading]) {
        let values = readings.iter().map(|reading| &reading.value);
        match shape {
            NUMBER => self.write_numbers(values.filter_map(Value::number)),
            BOOL => write_symbols(&mut self.pen, 1, values.filter_map(boolean)),
            STATE => write_symbols(&mut self.pen, 1, values.filter_map(state)),
            POINT => {
                self.write_numbers(values.clone().filter_map(point).map(|(lat, _)| lat.into()));
                self.write_numbers(values.filter_map(point).map(|(_, lon)| lon.into()));
            }
            TEXT => texts::write(&mut self.pen, values.filter_map(text)),
            _ => {}
        }
    }

    fn write_numbers(&mut self, numbers: impl Iterator<Item = i64>) {
        self.numbers.clear();
        self.numbers.extend(numbers);
        write_numbers(&mut self.pen, &self.numbers);
    }
}

/// Why readings cannot be a chunk, or bytes are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// There is no reading.
    #[error("no readings")]
    Empty,
    /// The first reading lies before the start of the slot.
    #[error("readings before the slot")]
    BeforeStart,
    /// This reading lies before the one ahead of it.
    #[error("reading {index} out of order")]
    Unordered {
        /// Its place, from 0.
        index: usize,
    },
    /// The value of this reading is a text beyond [`TEXT_MAX`] bytes, or a point that is not on the earth.
    #[error("reading {index} has no proper value")]
    NoValue {
        /// Its place, from 0.
        index: usize,
    },
    /// The chunk says that it has more readings than are allowed.
    #[error("{beyond_first} readings and one, at most {limit} allowed")]
    TooManyReadings {
        /// How many there are beyond the first, as the chunk says.
        beyond_first: u64,
        /// How many are allowed.
        limit: usize,
    },
    /// Not what an encoder writes for a slot with this start.
    #[error("malformed chunk")]
    Malformed,
}

/// What the readings of a chunk have in common.
struct Survey {
    shape: u16,
    /// Milliseconds from the start of the slot to the first reading.
    offset: u64,
    /// Divides the offset and all steps of time. **[chunk-3]**
    unit: u64,
}

impl Survey {
    fn of(start: Time, readings: &[Reading]) -> Result<Self, ChunkError> {
        let first = readings.first().ok_or(ChunkError::Empty)?;
        if first.time < start {
            return Err(ChunkError::BeforeStart);
        }
        let offset = elapsed(start, first.time);
        let (mut shape, mut unit) = (shape_of(&first.value), offset);
        let (mut last, mut last_step) = (first.time, 0);
        for (index, reading) in readings.iter().enumerate() {
            if reading.time < last {
                return Err(ChunkError::Unordered { index });
            }
            if !is_proper(&reading.value) {
                return Err(ChunkError::NoValue { index });
            }
            let step = elapsed(last, reading.time);
            if step != last_step {
                divide(&mut unit, step);
            }
            if shape_of(&reading.value) != shape {
                shape = MIXED;
            }
            (last, last_step) = (reading.time, step);
        }
        let unit = unit.max(1);
        Ok(Self {
            shape,
            offset,
            unit,
        })
    }
}

fn read_chunk(reader: &mut Reader<'_>, start: Time, count: usize) -> Option<Vec<Reading>> {
    let shape = reader.symbol(&mut Model::new(priors::SHAPE));
    let mut readings = read_times(reader, start, count)?;
    read_durations(reader, &mut readings)?;
    read_flags(reader, &mut readings)?;
    if shape == MIXED {
        read_mixed(reader, &mut readings)?;
    } else {
        read_values(reader, shape, count, readings.iter_mut())?;
    }
    reader.is_finished().then_some(readings)
}

fn read_times(reader: &mut Reader<'_>, start: Time, count: usize) -> Option<Vec<Reading>> {
    let unit = read_divisor(reader)?;
    let offset = read_number(reader, priors::OFFSET)?;
    let mut time = start.ms().checked_add_unsigned(offset.checked_mul(unit)?)?;
    let mut readings = Vec::with_capacity(count);
    readings.push(Reading::new(Time::from_ms(time), Value::None));
    let divisor = read_symbols(reader, unit, count - 1, |step| {
        time = time.checked_add_unsigned(step)?;
        readings.push(Reading::new(Time::from_ms(time), Value::None));
        Some(())
    })?;
    let rest = common_divisor(offset, divisor);
    (rest == 1 || rest == 0 && unit == 1).then_some(readings)
}

/// The durations, which are often the first step of time. **[chunk-4]**
fn read_durations(reader: &mut Reader<'_>, readings: &mut [Reading]) -> Option<()> {
    let (step, count) = (steps(readings).next(), readings.len());
    let mut slots = readings.iter_mut();
    read_alike(reader, priors::DURATIONS, step, count, |duration| {
        slots.next()?.duration_ms = duration.try_into().ok()?;
        Some(())
    })
}

fn read_flags(reader: &mut Reader<'_>, readings: &mut [Reading]) -> Option<()> {
    let count = readings.len();
    let mut slots = readings.iter_mut();
    read_alike(reader, priors::FLAGS, None, count, |flags| {
        let flags = u16::try_from(flags).ok()?;
        slots.next()?.flags = Flags::try_from(flags).ok()?;
        Some(())
    })
}

fn read_mixed(reader: &mut Reader<'_>, readings: &mut [Reading]) -> Option<()> {
    let mut shapes = Vec::with_capacity(readings.len());
    read_symbols(reader, 1, readings.len(), |shape| {
        shapes.push(u16::try_from(shape).ok().filter(|shape| *shape < MIXED)?);
        Some(())
    })?;
    for shape in 0..MIXED {
        let count = shapes.iter().filter(|other| **other == shape).count();
        if count == shapes.len() {
            return None;
        }
        if count > 0 {
            let slots = readings.iter_mut().zip(&shapes);
            let slots = slots
                .filter(|(_, other)| **other == shape)
                .map(|(slot, _)| slot);
            read_values(reader, shape, count, slots)?;
        }
    }
    Some(())
}

/// Reads values of one shape into `count` readings, at least one. **[chunk-5]**
fn read_values<'a>(
    reader: &mut Reader<'_>,
    shape: u16,
    count: usize,
    mut slots: impl Iterator<Item = &'a mut Reading>,
) -> Option<()> {
    let mut put = |value: Value| {
        slots.next()?.value = value;
        Some(())
    };
    match shape {
        NUMBER => read_numbers(reader, count, |number| put(Value::Number(number))),
        BOOL => {
            read_symbols(reader, 1, count, |on| {
                put(Value::Bool(u8::try_from(on).ok().and_then(to_bool)?))
            })?;
            Some(())
        }
        STATE => {
            read_symbols(reader, 1, count, |state| {
                put(Value::State(state.try_into().ok()?))
            })?;
            Some(())
        }
        POINT => {
            let mut latitudes = Vec::with_capacity(count);
            read_numbers(reader, count, |lat| {
                latitudes.push(i32::try_from(lat).ok()?);
                Some(())
            })?;
            let mut latitudes = latitudes.into_iter();
            read_numbers(reader, count, |lon| {
                put(Value::point(latitudes.next()?, lon.try_into().ok()?).ok()?)
            })
        }
        TEXT => texts::read(reader, count, |text| put(Value::Text(text))),
        NONE => Some(()),
        _ => None,
    }
}

// The shape of a value, and of a chunk: what its values are.
const NUMBER: u16 = 0;
const BOOL: u16 = 1;
const STATE: u16 = 2;
const POINT: u16 = 3;
const TEXT: u16 = 4;
const NONE: u16 = 5;
const MIXED: u16 = 6;

#[inline]
const fn shape_of(value: &Value) -> u16 {
    match value {
        Value::Number(_) => NUMBER,
        Value::Bool(_) => BOOL,
        Value::State(_) => STATE,
        Value::Point { .. } => POINT,
        Value::Text(_) => TEXT,
        Value::None => NONE,
    }
}

/// Whether a value is one that can be made from outside this crate's checks. **[chunk-6]**
#[inline]
fn is_proper(value: &Value) -> bool {
    match value {
        Value::Point { lat, lon } => crate::value::is_on_earth(*lat, *lon),
        Value::Text(text) => text.len() <= TEXT_MAX,
        _ => true,
    }
}

/// Milliseconds from one time to a later one.
#[inline]
const fn elapsed(from: Time, until: Time) -> u64 {
    until.ms().wrapping_sub(from.ms()).cast_unsigned()
}

fn steps(readings: &[Reading]) -> impl Iterator<Item = u64> {
    readings.windows(2).map(|pair| match pair {
        [last, next] => elapsed(last.time, next.time),
        _ => 0,
    })
}

const fn boolean(value: &Value) -> Option<u64> {
    match value {
        Value::Bool(on) => Some(*on as u64),
        _ => None,
    }
}

const fn to_bool(number: u8) -> Option<bool> {
    match number {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

const fn state(value: &Value) -> Option<u64> {
    match value {
        Value::State(state) => Some(*state as u64),
        _ => None,
    }
}

const fn point(value: &Value) -> Option<(i32, i32)> {
    match value {
        Value::Point { lat, lon } => Some((*lat, *lon)),
        _ => None,
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
