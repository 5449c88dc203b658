//! The figures that Freehold is held to, each beside its limit or a peer in the same run.

pub mod chunks;
pub mod figures;
pub mod gorilla;
pub mod granting;
pub mod import;
pub mod ingest;
pub mod instructions;
pub mod measure;
pub mod parts;
pub mod recordings;
pub mod report;
pub mod sizes;
pub mod sqlcipher;
pub mod syncing;
pub mod tokens;
pub mod workloads;

/// What a measurement may fail with.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Base64 for addresses, without padding.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for digit in 0..=three.len() {
            let digit = DIGITS[(bits >> (18 - 6 * digit)) as usize & 63];
            text.push(char::from(digit));
        }
    }
    text
}

/// A program that was built beside this one.
pub fn beside(name: &str) -> std::path::PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.with_file_name(name)
}
