//! `cargo xtask reference`: what each language has to look up, in one folder.

use crate::run::{Project, at, succeed};
use crate::{c, kotlin, swift};
use std::fs;
use std::path::Path;

/// Writes the pages of all four languages, and one that leads to them.
pub fn run(project: &Project) -> Result<(), String> {
    let mut document = project.cargo(&["doc", "--workspace", "--no-deps"]);
    succeed(document.env("RUSTDOCFLAGS", "-D warnings"))?;
    kotlin::document(project)?;
    swift::reference(project, &project.target.join("reference/swift"))?;
    together(project)
}

/// Puts together what the checks of each language wrote.
pub fn together(project: &Project) -> Result<(), String> {
    let folder = project.target.join("reference");
    let rust = folder.join("rust");
    if rust.exists() {
        fs::remove_dir_all(&rust).map_err(at(&rust))?;
    }
    copy(&project.target.join("doc"), &rust)?;
    let of_c = folder.join("c");
    fs::create_dir_all(&of_c).map_err(at(&of_c))?;
    let page = of_c.join("index.html");
    fs::write(&page, c::reference(project)?).map_err(at(&page))?;
    let mut list = String::new();
    for (name, page) in LANGUAGES {
        if !folder.join(page).exists() {
            return Err(format!("no {page}: run the checks of {name} first"));
        }
        list.push_str(&format!("<li><a href=\"{page}\">{name}</a></li>\n"));
    }
    let index = folder.join("index.html");
    fs::write(&index, INDEX.replace("@LIST@", &list)).map_err(at(&index))?;
    println!("{}", index.display());
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::create_dir_all(to).map_err(at(to))?;
    for entry in fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to).map_err(at(&from))?;
        }
    }
    Ok(())
}

const LANGUAGES: [(&str, &str); 4] = [
    ("Rust", "rust/freehold/index.html"),
    ("Kotlin", "kotlin/index.html"),
    ("Swift", "swift/documentation/freehold/index.html"),
    ("C", "c/index.html"),
];

const INDEX: &str = "\
<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Freehold: reference</title>
<h1>Freehold: reference</h1>
<ul>
@LIST@</ul>
</html>
";
