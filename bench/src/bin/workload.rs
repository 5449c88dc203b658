//! `workload NAME N HEART HOME`: runs one of the workloads whose instructions are counted, and says how much work it was.

use std::path::Path;

use freehold_bench::{Outcome, workloads};

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [name, n, heart, home] = words.as_slice() else {
        return Err("workload NAME N HEART HOME".into());
    };
    let work = workloads::run(name, n.parse()?, Path::new(heart), Path::new(home))?;
    println!("{work}");
    Ok(())
}
