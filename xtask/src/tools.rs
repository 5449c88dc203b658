//! The tools that the checks need beside Rust: found, or installed where that can be done.

use crate::run::{output, succeed};
use std::process::Command;

struct Tool {
    /// A command that succeeds where the tool is there.
    probe: &'static [&'static str],
    /// Debian's packages for it.
    packages: &'static [&'static str],
    /// What takes it.
    what_for: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool {
        probe: &["c++", "--version"],
        packages: &["g++"],
        what_for: "the fuzzer",
    },
    Tool {
        probe: &["abidiff", "--version"],
        packages: &["abigail-tools"],
        what_for: "the C library's interface",
    },
    Tool {
        probe: &["cmake", "--version"],
        packages: &["cmake", "make"],
        what_for: "programs that use the C library",
    },
    Tool {
        probe: &["pkg-config", "--version"],
        packages: &["pkg-config"],
        what_for: "programs that use the C library",
    },
    Tool {
        probe: &["valgrind", "--version"],
        packages: &["valgrind", "libc6-dbg"],
        what_for: "programs that use the C library",
    },
    Tool {
        probe: &["javac", "-version"],
        packages: &["openjdk-17-jdk-headless"],
        what_for: "Kotlin",
    },
    Tool {
        probe: &["mvn", "--version"],
        packages: &["maven"],
        what_for: "Kotlin",
    },
    Tool {
        // A Swift on the PATH serves as well.
        probe: &["sh", "-c", "command -v swift || command -v debootstrap"],
        packages: &["debootstrap"],
        what_for: "Swift",
    },
    Tool {
        probe: &["git", "--version"],
        packages: &["git"],
        what_for: "the sabotage",
    },
    Tool {
        probe: &[
            "python3",
            "-c",
            "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))",
        ],
        packages: &["python3", "python3-venv"],
        what_for: "the second implementation (version 3.11 or newer)",
    },
];

/// Sees that every tool is there. As root on Debian it installs what is missing; elsewhere it says what to install.
pub fn run() -> Result<(), String> {
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| !tool.is_there()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|tool| tool.packages)
        .copied()
        .collect();
    let install = || {
        succeed(Command::new("apt-get").args(["update", "--quiet"]))?;
        let arguments = ["install", "--quiet", "--yes", "--no-install-recommends"];
        succeed(Command::new("apt-get").args(arguments).args(&packages))
    };
    if is_root() && install().is_ok() && missing.iter().all(|tool| tool.is_there()) {
        return Ok(());
    }
    let lines = missing.iter().map(|tool| {
        let name = tool.probe.first().copied().unwrap_or_default();
        format!("there is no {name} for {}", tool.what_for)
    });
    let lines: Vec<String> = lines.collect();
    Err(format!(
        "{}; on Debian: apt-get install {}",
        lines.join("; "),
        packages.join(" ")
    ))
}

impl Tool {
    fn is_there(&self) -> bool {
        self.probe
            .split_first()
            .is_some_and(|(program, words)| output(Command::new(program).args(words)).is_ok())
    }
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
