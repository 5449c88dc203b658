//! `cargo xtask library`: a library as it is given away.

use crate::run::{Project, succeed};

/// Builds `package` in the profile `dist`, as one crate type: with more than one, Cargo leaves out the optimization of the whole, and the
/// library is a quarter bigger. Its symbols stay, for who reads them; it is stripped when it is given away.
pub fn library(
    project: &Project,
    package: &str,
    kind: &str,
    target: Option<&str>,
) -> Result<(), String> {
    let mut build = project.cargo(&["rustc", "--quiet", "--lib", "--profile", "dist"]);
    build.args(["--package", package, "--crate-type", kind]);
    if let Some(target) = target {
        build.args(["--target", target]);
    }
    build.env("LIBSQLITE3_FLAGS", SQLITE.join(" "));
    succeed(&mut build)
}

/// What the store does not use of SQLite.
const SQLITE: &[&str] = &[
    "-DHAVE_FDATASYNC=1",
    "-USQLITE_ENABLE_FTS3",
    "-USQLITE_ENABLE_FTS3_PARENTHESIS",
    "-USQLITE_ENABLE_FTS5",
    "-USQLITE_ENABLE_RTREE",
    "-USQLITE_ENABLE_STAT4",
    "-USQLITE_ENABLE_DBSTAT_VTAB",
    "-USQLITE_ENABLE_LOAD_EXTENSION",
    "-USQLITE_ENABLE_COLUMN_METADATA",
    "-USQLITE_SOUNDEX",
    "-DSQLITE_OMIT_COMPLETE",
    "-DSQLITE_OMIT_DATETIME_FUNCS",
    "-DSQLITE_OMIT_DECLTYPE",
    "-DSQLITE_OMIT_DEPRECATED",
    "-DSQLITE_OMIT_GET_TABLE",
    "-DSQLITE_OMIT_JSON",
    "-DSQLITE_OMIT_LOAD_EXTENSION",
    "-DSQLITE_OMIT_PROGRESS_CALLBACK",
    "-DSQLITE_OMIT_SHARED_CACHE",
    "-DSQLITE_OMIT_TRACE",
    "-DSQLITE_OMIT_UTF16",
];
