//! The texts of a chunk: their lengths, then their bytes in two halves.

use super::coder::{Model, Pen, Reader};
use super::priors;
use super::symbols::{read_symbols, write_symbols};
use crate::value::TEXT_MAX;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// Writes texts, at least one. **[chunk-60]**
pub(super) fn write<'a>(pen: &mut Pen, texts: impl Iterator<Item = &'a str> + Clone) {
    write_symbols(pen, 1, texts.clone().map(|text| text.len() as u64));
    let mut halves = Halves::new();
    for byte in texts.flat_map(str::bytes) {
        let (upper, lower) = (u16::from(byte >> 4), u16::from(byte & 15));
        pen.symbol(halves.upper(), upper);
        pen.symbol(halves.lower(upper), lower);
    }
}

/// Reads `count` texts, each of at most [`TEXT_MAX`] bytes and well-formed UTF-8.
pub(super) fn read(
    reader: &mut Reader<'_>,
    count: usize,
    mut each: impl FnMut(Box<str>) -> Option<()>,
) -> Option<()> {
    let mut lengths = Vec::with_capacity(count);
    read_symbols(reader, 1, count, |length| {
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= TEXT_MAX);
        lengths.push(length?);
        Some(())
    })?;
    let mut halves = Halves::new();
    for length in lengths {
        let bytes = (0..length)
            .map(|_| halves.read(reader))
            .collect::<Option<Vec<u8>>>()?;
        each(String::from_utf8(bytes).ok()?.into_boxed_str())?;
    }
    Some(())
}

/// The models of the halves of a byte: the upper one after the upper half before it, the lower one after its upper half.
struct Halves {
    upper: [Model; 16],
    lower: [Model; 16],
    last: u16,
}

impl Halves {
    const fn new() -> Self {
        let even = Model::new(priors::EVEN);
        Self {
            upper: [even; 16],
            lower: [even; 16],
            last: 0,
        }
    }

    fn upper(&mut self) -> &mut Model {
        &mut self.upper[usize::from(self.last)]
    }

    fn lower(&mut self, upper: u16) -> &mut Model {
        self.last = upper;
        &mut self.lower[usize::from(upper)]
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Option<u8> {
        let upper = reader.symbol(self.upper());
        let lower = reader.symbol(self.lower(upper));
        u8::try_from(upper << 4 | lower).ok()
    }
}
