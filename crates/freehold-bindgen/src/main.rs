//! `freehold-bindgen LIBRARY CONFIG KOTLIN SWIFT`: writes what calls a library, as it was built and not stripped, into two folders.

use std::process::ExitCode;

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
    match generate(for_kotlin).and_then(|()| generate_swift_bindings(for_swift)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => told(&format!("{error:#}")),
    }
}

#[allow(clippy::print_stderr, reason = "a command")]
fn told(text: &str) -> ExitCode {
    eprintln!("{text}");
    ExitCode::FAILURE
}
