//! Which version this is.

use std::ffi::c_char;

/// The first number of the version.
pub const FH_VERSION_MAJOR: u32 = 0;
/// The second number of the version.
pub const FH_VERSION_MINOR: u32 = 1;
/// The third number of the version.
pub const FH_VERSION_PATCH: u32 = 0;

/// The version of the library that is linked, such as `0.1.0`. It lasts as long as the library.
#[unsafe(no_mangle)]
pub extern "C" fn fh_version() -> *const c_char {
    const { concat!(env!("CARGO_PKG_VERSION"), "\0") }
        .as_ptr()
        .cast()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_the_same() {
        let header = format!("{FH_VERSION_MAJOR}.{FH_VERSION_MINOR}.{FH_VERSION_PATCH}");
        assert_eq!(header, env!("CARGO_PKG_VERSION"));
    }
}
