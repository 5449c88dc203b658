//! The codec of Gorilla, written from its paper: T. Pelkonen and others, "Gorilla: A Fast, Scalable, In-Memory Time Series
//! Database", VLDB 2015, section 4.1. Times by the difference of their differences, values by the exclusive or with the one before.
//!
//! A block's start (64 bits) is left out, as its reader knows the slot, and so is the number of readings. Times are in whatever
//! unit they come in, the paper's being a second; one bit more says whether the first difference has the paper's 14 bits or 27.

/// What does not fit the format: a time that goes back before the block, or a step beyond 32 bits.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfit;

/// Encodes readings of one block, whose times count from its start.
pub fn encode(times: &[i64], values: &[f64]) -> Result<Vec<u8>, Unfit> {
    let (mut bits, mut last, mut step) = (Writer::default(), 0, 0);
    let mut window = None;
    let mut before = 0;
    for (n, (time, value)) in times.iter().zip(values).enumerate() {
        let value = value.to_bits();
        if n == 0 {
            first_time(&mut bits, *time)?;
            bits.put(value, 64);
            step = *time;
        } else {
            let next = time - last;
            next_time(&mut bits, next - step)?;
            step = next;
            next_value(&mut bits, value ^ before, &mut window);
        }
        (last, before) = (*time, value);
    }
    Ok(bits.bytes)
}

/// Decodes so many readings.
pub fn decode(bytes: &[u8], count: usize) -> Option<(Vec<i64>, Vec<f64>)> {
    let (mut times, mut values) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut bits = Reader { bytes, at: 0 };
    let (mut time, mut step, mut value) = (0_i64, 0_i64, 0_u64);
    let (mut leading, mut meaningful) = (0, 0);
    for n in 0..count {
        if n == 0 {
            let width = if bits.take(1)? == 0 { 14 } else { 27 };
            step = bits.take(width)? as i64;
            value = bits.take(64)?;
        } else {
            step += read_step(&mut bits)?;
            if bits.take(1)? == 1 {
                if bits.take(1)? == 1 {
                    leading = bits.take(5)? as u32;
                    meaningful = bits.take(6)? as u32 + 1;
                }
                let shift = 64_u32.checked_sub(leading + meaningful)?;
                value ^= bits.take(meaningful)? << shift;
            }
        }
        time += step;
        times.push(time);
        values.push(f64::from_bits(value));
    }
    Some((times, values))
}

const FIRST: u32 = 14;
const FIRST_WIDE: u32 = 27;

fn first_time(bits: &mut Writer, time: i64) -> Result<(), Unfit> {
    let time = u64::try_from(time).map_err(|_| Unfit)?;
    match time {
        _ if time >> FIRST == 0 => bits.put(time, FIRST + 1),
        _ if time >> FIRST_WIDE == 0 => bits.put(1 << FIRST_WIDE | time, FIRST_WIDE + 1),
        _ => return Err(Unfit),
    }
    Ok(())
}

fn next_time(bits: &mut Writer, change: i64) -> Result<(), Unfit> {
    match change {
        0 => bits.put(0, 1),
        -63..=64 => bits.put(0b10 << 7 | (change + 63) as u64, 9),
        -255..=256 => bits.put(0b110 << 9 | (change + 255) as u64, 12),
        -2047..=2048 => bits.put(0b1110 << 12 | (change + 2047) as u64, 16),
        _ => {
            let change = i32::try_from(change).map_err(|_| Unfit)?;
            bits.put(0b1111, 4);
            bits.put(u64::from(change as u32), 32);
        }
    }
    Ok(())
}

fn read_step(bits: &mut Reader<'_>) -> Option<i64> {
    for (width, offset) in [(0, 0), (7, 63), (9, 255), (12, 2047)] {
        if bits.take(1)? == 0 {
            return Some(bits.take(width)? as i64 - offset);
        }
    }
    Some(i64::from(bits.take(32)? as u32 as i32))
}

/// Leading zeros and width of the bits that were written last with their place.
type Window = Option<(u32, u32)>;

fn next_value(bits: &mut Writer, change: u64, window: &mut Window) {
    if change == 0 {
        return bits.put(0, 1);
    }
    // Five bits hold up to 31.
    let (leading, trailing) = (change.leading_zeros().min(31), change.trailing_zeros());
    match *window {
        Some((before, width)) if leading >= before && trailing >= 64 - before - width => {
            bits.put(0b10, 2);
            bits.put(change >> (64 - before - width), width);
        }
        _ => {
            let width = 64 - leading - trailing;
            bits.put(0b11, 2);
            bits.put(u64::from(leading), 5);
            // 1 to 64 in six bits.
            bits.put(u64::from(width - 1), 6);
            bits.put(change >> trailing, width);
            *window = Some((leading, width));
        }
    }
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    /// Bits that are free in the last byte.
    free: u32,
}

impl Writer {
    fn put(&mut self, bits: u64, mut count: u32) {
        while count > 0 {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            let now = count.min(self.free);
            let part = (bits >> (count - now)) as u8 & (0xff >> (8 - now));
            self.free -= now;
            if let Some(last) = self.bytes.last_mut() {
                *last |= part << self.free;
            }
            count -= now;
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    /// Bits taken.
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, mut count: u32) -> Option<u64> {
        let mut bits = 0;
        while count > 0 {
            let byte = *self.bytes.get(self.at / 8)?;
            let left = 8 - (self.at % 8) as u32;
            let now = count.min(left);
            let part = (byte >> (left - now)) & (0xff >> (8 - now));
            bits = bits << now | u64::from(part);
            self.at += now as usize;
            count -= now;
        }
        Some(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes_back(times: &[i64], values: &[f64]) -> usize {
        let bytes = encode(times, values).expect("fits");
        let (times_again, values_again) = decode(&bytes, times.len()).expect("whole");
        assert_eq!(times_again, times);
        let bits = |values: &[f64]| {
            values
                .iter()
                .map(|value| value.to_bits())
                .collect::<Vec<_>>()
        };
        assert_eq!(bits(&values_again), bits(values));
        bytes.len()
    }

    #[test]
    fn every_width_of_step_and_value_comes_back() {
        let steps = [
            0,
            1,
            64,
            -63,
            65,
            -64,
            256,
            -255,
            257,
            -256,
            2048,
            -2047,
            2049,
            -2048,
            1 << 30,
        ];
        let (mut time, mut step) = (60, 5000);
        let mut times = vec![time];
        for change in steps {
            step += change;
            time += step;
            times.push(time);
        }
        let values: Vec<f64> = (0..times.len() as u64)
            .map(|n| f64::from_bits(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (n % 40)))
            .collect();
        comes_back(&times, &values);
        comes_back(&[20_000], &[-0.0]);
        comes_back(&[], &[]);
    }

    /// Section 4.1.1: a point at the step before takes one bit; 4.1.2: so does a value that stays.
    #[test]
    fn a_steady_clock_and_value_take_two_bits() {
        let times: Vec<i64> = (0..1001).map(|n| (n + 1) * 60).collect();
        let bits = 15 + 64 + 1000 * 2;
        assert_eq!(comes_back(&times, &[12.0; 1001]), usize::div_ceil(bits, 8));
    }

    /// Figure 2 of the paper: 12 takes 64 bits, 24 after it 2 + 5 + 6 + 1, 12 again 2 + 1 in the same place.
    #[test]
    fn the_papers_example_of_values_has_its_sizes() {
        let bits = |values: &[f64]| {
            let mut bits = Writer::default();
            let (mut before, mut window) = (values[0].to_bits(), None);
            bits.put(before, 64);
            for value in &values[1..] {
                next_value(&mut bits, value.to_bits() ^ before, &mut window);
                before = value.to_bits();
            }
            bits.bytes.len() as u32 * 8 - bits.free
        };
        assert_eq!(bits(&[12.0, 24.0]), 64 + 14);
        assert_eq!(bits(&[12.0, 24.0, 24.0]), 64 + 14 + 1);
        assert_eq!(bits(&[12.0, 24.0, 12.0]), 64 + 14 + 3);
    }

    #[test]
    fn a_time_before_the_block_and_a_step_too_wide_do_not_fit() {
        assert_eq!(encode(&[-1], &[0.0]), Err(Unfit));
        assert_eq!(encode(&[0, 1 << 40], &[0.0, 0.0]), Err(Unfit));
        assert!(decode(&[0; 3], 9).is_none());
    }
}
