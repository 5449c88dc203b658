//! `freehold-bindgen LIBRARY CONFIG KOTLIN SWIFT`: writes what calls a library, as it was built and not stripped, into two folders.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use uniffi::{
    GenerateOptions, SwiftBindingsOptions, TargetLanguage, generate, generate_swift_bindings,
};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [library, config, kotlin, swift] = words.as_slice() else {
        return told("freehold-bindgen LIBRARY CONFIG KOTLIN SWIFT");
    };
    let for_kotlin = GenerateOptions {
        languages: vec![TargetLanguage::Kotlin],
        source: library.into(),
        out_dir: kotlin.into(),
        config_override: Some(config.into()),
        metadata_no_deps: true,
        ..GenerateOptions::default()
    };
    let for_swift = SwiftBindingsOptions {
        generate_swift_sources: true,
        generate_headers: true,
        generate_modulemap: true,
        source: library.into(),
        out_dir: swift.into(),
        xcframework: false,
        module_name: Some("FreeholdFFI".to_owned()),
        modulemap_filename: Some("module.modulemap".to_owned()),
        metadata_no_deps: true,
        link_frameworks: Vec::new(),
        config: Some(config.into()),
    };
    let written = generate(for_kotlin).and_then(|()| generate_swift_bindings(for_swift));
    if let Err(error) = written {
        return told(&format!("{error:#}"));
    }
    match quicker(Path::new(kotlin)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => told(&error.to_string()),
    }
}

fn quicker(folder: &Path) -> Result<(), Box<dyn Error>> {
    let file: PathBuf = folder.join("org/freehold/ffi/freehold_ffi.kt");
    let text = freehold_bindgen::kotlin::quicker(&fs::read_to_string(&file)?)?;
    Ok(fs::write(&file, text)?)
}

#[allow(clippy::print_stderr, reason = "a command")]
fn told(text: &str) -> ExitCode {
    eprintln!("{text}");
    ExitCode::FAILURE
}
