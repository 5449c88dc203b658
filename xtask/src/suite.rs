//! `cargo xtask test`: all checks, each with its time, and one line at the end.

use crate::run::{Project, succeed};
use crate::{
    c, fuzz, kinds, kotlin, licences, no_std, reference, room, sabotage, spec, swift, tools,
};
use std::time::{Duration, Instant};

struct Step {
    name: &'static str,
    run: fn(&Project) -> Result<(), String>,
}

/// What stands in `examples`, each a program that ends by itself.
const EXAMPLES: [&str; 2] = ["household", "gateway"];

/// Cheap checks first. The sabotage comes after the tests that it relies on.
const STEPS: &[Step] = &[
    Step {
        name: "tools",
        run: |_| tools::run(),
    },
    Step {
        name: "format",
        run: |project| succeed(&mut project.cargo(&["fmt", "--all", "--check"])),
    },
    Step {
        name: "spec",
        run: spec::run,
    },
    Step {
        name: "kinds",
        run: |_| kinds::run(true),
    },
    Step {
        name: "lint",
        run: lint,
    },
    Step {
        name: "tests",
        run: |project| succeed(&mut project.cargo(&["test", "--workspace"])),
    },
    Step {
        name: "docs",
        run: docs,
    },
    Step {
        name: "no-std",
        run: no_std::run,
    },
    Step {
        name: "fuzz targets",
        run: fuzz::short,
    },
    Step {
        name: "licences",
        run: licences::run,
    },
    Step {
        name: "sabotage",
        run: |project| sabotage::run(project, None),
    },
    Step {
        name: "C",
        run: |project| c::run(project, &[]),
    },
    Step {
        name: "Kotlin",
        run: |project| kotlin::run(project, &[]),
    },
    Step {
        name: "Swift",
        run: |project| swift::run(project, &[]),
    },
    Step {
        name: "reference",
        run: reference::together,
    },
    Step {
        name: "examples, build",
        run: |project| {
            let named = EXAMPLES.map(|name| ["--example", name]).concat();
            succeed(&mut project.cargo(&[&["build", "--release"], &*named].concat()))
        },
    },
    Step {
        name: "examples, run",
        run: |project| {
            EXAMPLES.iter().try_for_each(|name| {
                succeed(&mut project.cargo(&["run", "--release", "--example", name]))
            })
        },
    },
];

/// Runs every step, also after one has failed, so that one run tells everything.
pub fn run(project: &Project) -> Result<(), String> {
    room::enough(project)?;
    let mut failed = Vec::new();
    let mut table = Vec::new();
    let started = Instant::now();
    for step in STEPS {
        println!("\n== {}", step.name);
        let step_started = Instant::now();
        let result = (step.run)(project);
        let spent = seconds(step_started.elapsed());
        let verdict = if let Err(reason) = &result {
            println!("xtask: {reason}");
            failed.push(step.name);
            "FAILED"
        } else {
            "ok"
        };
        println!("== {} {verdict}, {spent}", step.name);
        table.push(format!("  {:<16}{spent:>10}  {verdict}", step.name));
    }
    println!("\n{}", table.join("\n"));
    let spent = seconds(started.elapsed());
    if failed.is_empty() {
        println!("all {} checks passed in {spent}", STEPS.len());
        Ok(())
    } else {
        Err(format!("failed after {spent}: {}", failed.join(", ")))
    }
}

fn lint(project: &Project) -> Result<(), String> {
    let arguments = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    succeed(&mut project.cargo(&arguments))
}

/// A link in the documentation that leads nowhere is an error.
fn docs(project: &Project) -> Result<(), String> {
    let mut command = project.cargo(&["doc", "--workspace", "--no-deps"]);
    succeed(command.env("RUSTDOCFLAGS", "-D warnings"))
}

fn seconds(spent: Duration) -> String {
    format!("{:.1} s", spent.as_secs_f64())
}
