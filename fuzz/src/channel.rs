//! Two ends of a channel, and somebody between who cuts, changes, repeats and adds: what an end gives out is what the other said, from
//! the beginning and in order, or the channel ends.
//!
//! Each pair of bytes is a step: what is done, and how much.

use freehold::crypto::SeededEntropy;
use freehold::transport::{Channel, ChannelError};

use crate::{KEYS, within_facade};

/// One execution.
pub fn run(bytes: &[u8]) {
    within_facade(|| between(bytes));
}

/// One end: what it said and was given out of its channel, and what is on the way to it.
struct End {
    channel: Channel,
    said: Vec<u8>,
    heard: Vec<u8>,
    coming: Vec<u8>,
    over: bool,
}

impl End {
    fn new(channel: Channel, said: &[u8], coming: Vec<u8>) -> Self {
        let (said, heard) = (said.to_vec(), Vec::new());
        let over = false;
        Self {
            channel,
            said,
            heard,
            coming,
            over,
        }
    }

    /// Hears so much of what is on the way.
    fn hear(&mut self, len: usize) {
        let bytes: Vec<u8> = self.coming.drain(..len.min(self.coming.len())).collect();
        let outcome = self.channel.receive(&bytes, &mut self.heard);
        if self.over {
            assert_eq!(outcome, Err(ChannelError::Ended));
        }
        self.over |= outcome.is_err();
    }
}

fn between(bytes: &[u8]) {
    let [one, two] = &*KEYS;
    let entropy = &mut SeededEntropy::new(1);
    let (channel, first) =
        Channel::initiate(one, two.public(), b"first", entropy).expect("a channel");
    let door = Channel::accept(two, entropy).expect("a channel");
    let mut ends = [
        End::new(channel, b"first", Vec::new()),
        End::new(door, b"", first),
    ];
    for (n, step) in bytes.as_chunks::<2>().0.iter().enumerate() {
        let (who, len) = (usize::from(step[0] & 1), usize::from(step[1]));
        match step[0] >> 1 & 7 {
            0 => {
                let what = vec![n as u8; len * 300];
                let mut out = Vec::new();
                if ends[who].channel.send(&what, &mut out).is_ok() {
                    ends[who].said.extend_from_slice(&what);
                }
                ends[1 - who].coming.append(&mut out);
            }
            1 => ends[who].hear(len),
            2 => ends[who].hear(usize::MAX),
            3 => {
                if let Some(byte) = ends[who].coming.get_mut(len) {
                    *byte ^= 1 << (n & 7);
                }
            }
            4 => {
                let coming = &mut ends[who].coming;
                coming.drain(..len.min(coming.len()));
            }
            5 => {
                let again = ends[who].coming.clone();
                ends[who].coming.extend(again.iter().take(len));
            }
            6 => ends[who].coming.insert(0, step[1]),
            _ => {
                let mut out = Vec::new();
                let _ = ends[who].channel.beat(&mut out);
                ends[1 - who].coming.append(&mut out);
            }
        }
        let [one, two] = &ends;
        assert!(two.said.starts_with(&one.heard), "given out, and not said");
        assert!(one.said.starts_with(&two.heard), "given out, and not said");
        if one.coming.len().max(two.coming.len()) > 1 << 18 {
            return;
        }
    }
}
