//! Bytes as text that people can copy: base32 of RFC 4648 in lower case, without padding, one text for each run of bytes.

pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity((bytes.len() * 8).div_ceil(5));
    let (mut bits, mut held) = (0_u16, 0);
    for byte in bytes {
        bits = bits << 8 | u16::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            text.push(digit(bits >> held));
        }
    }
    if held > 0 {
        text.push(digit(bits << (5 - held)));
    }
    text
}

/// The bytes, unless the text is not exactly what [`encode`] gives for them.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut bits, mut held) = (0_u16, 0);
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|digit| *digit == letter)?;
        bits = bits << 5 | u16::try_from(value).ok()?;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held).to_be_bytes()[1]);
        }
    }
    (encode(&bytes) == text).then_some(bytes)
}

fn digit(bits: u16) -> char {
    char::from(ALPHABET[usize::from(bits & 31)])
}

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 4648, section 10, in lower case and without padding.
    #[test]
    fn of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "my"),
            ("fo", "mzxq"),
            ("foo", "mzxw6"),
            ("foob", "mzxw6yq"),
            ("fooba", "mzxw6ytb"),
            ("foobar", "mzxw6ytboi"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
        }
    }

    #[test]
    fn another_text_for_the_same_bytes_is_none() {
        for text in ["mz", "MY", "my======", "m", "my ", "m1", "mzxw6y", "mzxr"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
