//! Looks for secrets in text, in every spelling in which a program lets them slip.
//!
//! The text is decoded rather than the secrets spelt: every run of hexadecimal digits, of numbers below 256 and of base64 is
//! turned into bytes, and eight bytes that follow each other in a secret are a leak.

use std::collections::HashMap;

/// Secrets that must not be found.
#[derive(Default)]
pub struct Leaks {
    bytes: HashMap<[u8; RUN], String>,
    words: Vec<String>,
}

/// So many bytes of a secret are a leak.
const RUN: usize = 8;

impl Leaks {
    /// A secret of bytes.
    pub fn secret(&mut self, label: &str, secret: &[u8]) {
        for run in secret.windows(RUN) {
            if let Ok(run) = <[u8; RUN]>::try_from(run) {
                self.bytes.insert(run, label.to_owned());
            }
        }
    }

    /// A word, also where it is spelt as bytes. Case is not looked at.
    pub fn word(&mut self, word: &str) {
        self.words.push(word.to_lowercase());
        self.secret(word, word.as_bytes());
    }

    /// What of it stands in a text.
    #[must_use]
    pub fn in_text(&self, text: &str) -> Vec<String> {
        let lower = text.to_lowercase();
        let words = self.words.iter().filter(|word| lower.contains(*word));
        let mut found: Vec<String> = words.cloned().collect();
        let mut look = |bytes: &[u8]| {
            let runs = bytes.windows(RUN).filter_map(|run| self.bytes.get(run));
            found.extend(runs.cloned());
        };
        look(text.as_bytes());
        hexadecimal(text, &mut look);
        decimal(text, &mut look);
        base64(text, &mut look);
        found.sort();
        found.dedup();
        found
    }
}

/// `0c22`, `0C:22`, `[0c, 22]`, `0x0c, 0x22`, over lines too.
fn hexadecimal(text: &str, look: &mut impl FnMut(&[u8])) {
    let text = text.replace("0x", "");
    let joined: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !",:-_".contains(*c))
        .collect();
    for run in joined.split(|c: char| !c.is_ascii_hexdigit()) {
        let digits: Vec<u8> = run
            .chars()
            .filter_map(|c| u8::try_from(c.to_digit(16)?).ok())
            .collect();
        for from in 0..2.min(digits.len()) {
            let pairs = digits.get(from..).unwrap_or_default().as_chunks::<2>().0;
            look(&pairs.iter().map(|[a, b]| a << 4 | b).collect::<Vec<_>>());
        }
    }
}

/// `[12, 34]`, over lines too.
fn decimal(text: &str, look: &mut impl FnMut(&[u8])) {
    let mut run = Vec::new();
    for part in text.split(',') {
        let (before, after) = (part.trim_start(), part.trim_end());
        let first = before.split(|c: char| !c.is_ascii_digit()).next();
        let last = after.rsplit(|c: char| !c.is_ascii_digit()).next();
        let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
        run.extend(first.parse::<u8>());
        if part.trim() != first {
            look(&run);
            run = last.parse::<u8>().into_iter().collect();
        }
    }
    look(&run);
}

/// Both alphabets, from any of the places where a group may begin.
fn base64(text: &str, look: &mut impl FnMut(&[u8])) {
    let sextet = |c: char| {
        let place = match c {
            'A'..='Z' => u32::from(c) - u32::from('A'),
            'a'..='z' => u32::from(c) - u32::from('a') + 26,
            '0'..='9' => u32::from(c) - u32::from('0') + 52,
            '+' | '-' => 62,
            '/' | '_' => 63,
            _ => return None,
        };
        Some(place)
    };
    for run in text.split(|c| sextet(c).is_none()) {
        let sextets: Vec<u32> = run.chars().filter_map(sextet).collect();
        for from in 0..4.min(sextets.len()) {
            let mut bytes = Vec::new();
            for group in sextets.get(from..).unwrap_or_default().chunks(4) {
                let bits = group.iter().fold(0, |bits, sextet| bits << 6 | sextet);
                let bits = bits << (6 * (4 - group.len()));
                bytes.extend(bits.to_be_bytes().iter().skip(1).take(group.len() * 6 / 8));
            }
            look(&bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = *b"\x01\xfe\x23\x9a\xc4\x00\x7f\x80\xff\x10\x5b\xd2\x09\x66\x31\xee\
        \xab\x3c\xf4\x58\x92\x0d\xe1\x77\x46\xb8\x2f\xca\x15\x9d\x60\x83";

    fn spelt(group: &str, of: impl Fn(&u8) -> String) -> String {
        SECRET.iter().map(of).collect::<Vec<_>>().join(group)
    }

    /// The search finds what it looks for, in all spellings and in the midst of other things.
    #[test]
    fn every_spelling_is_found() {
        let mut leaks = Leaks::default();
        leaks.secret("key", &SECRET);
        leaks.word("Quillfeather");
        let spellings = [
            spelt("", |byte| format!("{byte:02x}")),
            spelt("", |byte| format!("{byte:02X}")),
            spelt(":", |byte| format!("{byte:02x}")),
            spelt(", ", |byte| format!("0x{byte:02x}")),
            format!("{SECRET:?}"),
            format!("{SECRET:#?}"),
            format!("{SECRET:02x?}"),
            format!("{:?}", &SECRET[5..13]),
            "Af4jmsQAf4D/EFvSCWYx7qs8".to_owned(),
            "Af4jmsQAf4D_EFvSCWYx7qs8".to_owned(),
            "the QUILLFEATHER house".to_owned(),
            format!("{:?}", b"Quillfeather"),
        ];
        for spelling in spellings {
            for text in [
                spelling.clone(),
                format!("Failed {{ at: 12, key: {spelling}, left: 3 }}"),
                format!("7{spelling}"),
            ] {
                assert_eq!(leaks.in_text(&text).len(), 1, "{text}");
            }
        }
        let seven = format!("{:?} {}", &SECRET[..7], "the house of 01fe239ac4007f");
        assert_eq!(leaks.in_text(&seven), Vec::<String>::new());
    }
}
