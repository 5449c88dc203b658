//! `cargo xtask vectors`: writes the vectors of the specification, or checks that they are current.

use crate::run::{Project, succeed};

/// Runs the generator, which lies with the tests because it uses what they test.
pub fn run(project: &Project, check: bool) -> Result<(), String> {
    let mut command =
        project.cargo(&["run", "--quiet", "-p", "freehold-tests", "--bin", "vectors"]);
    if check {
        command.args(["--", "--check"]);
    }
    succeed(&mut command)
}
