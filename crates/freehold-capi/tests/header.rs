//! The header that is committed is the one that this crate gives.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::{fs, path::Path};

#[test]
fn the_header_is_current() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let committed = here.join("../../bindings/c/include/freehold.h");
    let config = cbindgen::Config::from_file(here.join("cbindgen.toml")).unwrap();
    let bindings = cbindgen::Builder::new()
        .with_crate(here)
        .with_config(config)
        .generate()
        .unwrap();
    let mut written = Vec::new();
    bindings.write(&mut written);
    if std::env::var_os("FREEHOLD_WRITE_HEADER").is_some() {
        fs::write(&committed, &written).unwrap();
    }
    let current = fs::read(&committed).unwrap_or_default() == written;
    assert!(
        current,
        "bindings/c/include/freehold.h is not current; FREEHOLD_WRITE_HEADER=1 writes it"
    );
}
