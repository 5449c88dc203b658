//! A QR code in a terminal.

use qrcodegen::{QrCode, QrCodeEcc};

/// The code of a text in lines of half blocks, light on dark as terminals are; nothing for a text that is too long for one.
pub(crate) fn lines(text: &str) -> Vec<String> {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Low) else {
        return Vec::new();
    };
    let all = -MARGIN..code.size() + MARGIN;
    let is_light = |x: i32, y: i32| !code.get_module(x, y);
    let half = |x: i32, y: i32| match (is_light(x, y), is_light(x, y + 1)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    };
    let line = |y: i32| all.clone().map(|x| half(x, y)).collect();
    all.clone().step_by(2).map(line).collect()
}

/// Light modules around the code: readers look for them.
const MARGIN: i32 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners_and_a_margin() {
        let lines = lines("FREEHOLD1:ABCDEF");
        let width = lines[0].chars().count();
        assert!(lines.iter().all(|line| line.chars().count() == width));
        assert_eq!(lines[0], "█".repeat(width));
        // The top of a finder pattern: seven dark modules, and the ring inside.
        let corner = "████ ▄▄▄▄▄ █";
        assert!(lines[2].starts_with(corner), "{}", lines[2]);
        assert!(super::lines(&"A".repeat(8000)).is_empty());
    }
}
