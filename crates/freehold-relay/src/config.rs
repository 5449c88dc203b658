//! What an operator says, by flags and in a file.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf, str::FromStr};

use crate::{Admission, Limits};

/// One setting: its name, what stands behind it, and what it does. The flag is `--name`, the line in the file `name = value`.
pub const SETTINGS: [(&str, &str, &str); 13] = [
    (
        "listen",
        "ADDR",
        "the address and port to listen on; port 0 takes a free one [127.0.0.1:7070]",
    ),
    ("data", "DIR", "where keys and mailboxes are kept [relay]"),
    (
        "admit",
        "open|TOKEN",
        "who may open a mailbox: everyone, or who shows the token [open]",
    ),
    (
        "quota",
        "BYTES",
        "bytes of one mailbox; K, M and G stand for powers of 1024 [4G]",
    ),
    ("mailboxes", "N", "mailboxes [100000]"),
    ("logs", "N", "logs of one mailbox [131072]"),
    (
        "parties",
        "N",
        "members and capabilities of one mailbox [16384]",
    ),
    ("connections", "N", "connections at once [4096]"),
    (
        "under-way",
        "BYTES",
        "bytes in memory of what has not come whole [256M]",
    ),
    ("idle", "SECONDS", "how long a peer may be silent [300]"),
    (
        "tls-cert",
        "FILE",
        "a chain of certificates in PEM: TLS 1.3 is spoken too [none]",
    ),
    ("tls-key", "FILE", "its key in PEM [none]"),
    (
        "metrics",
        "ADDR",
        "a loopback address for /metrics and /healthz [none]",
    ),
];

/// What the relay is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where it keeps its data.
    pub data: PathBuf,
    /// Where it tells its metrics.
    pub metrics: Option<SocketAddr>,
    /// What it speaks TLS with.
    pub tls: Option<TlsFiles>,
    /// What it gives to whom.
    pub limits: Limits,
}

/// Files in PEM. Both are named, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those that vouch for it.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// What a command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// To run.
    Run(Box<Config>),
    /// To say how it is used.
    Help,
    /// To say which version it is.
    Version,
}

/// Why the settings cannot be followed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A flag that there is not, or that lacks its value.
    #[error(transparent)]
    Usage(#[from] lexopt::Error),
    /// There is no such setting.
    #[error("no setting is called {name}")]
    Unknown {
        /// What was said.
        name: String,
    },
    /// A value that cannot be.
    #[error("{name} cannot be that: {wanted}")]
    Value {
        /// The setting.
        name: &'static str,
        /// What it has to be.
        wanted: &'static str,
    },
    /// A line of the file is not `name = value`.
    #[error("line {line} of the configuration is not \"name = value\"")]
    Line {
        /// Its number, from 1.
        line: usize,
    },
    /// The file cannot be read.
    #[error("the configuration cannot be read: {0}")]
    File(#[source] std::io::Error),
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7070)),
            data: PathBuf::from("relay"),
            metrics: None,
            tls: None,
            limits: Limits::default(),
        }
    }
}

impl Config {
    /// Reads the arguments of a command line, and the file that they name: what a flag says goes before what the file says.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Asked, ConfigError> {
        let mut parser = lexopt::Parser::from_args(args);
        let mut said: Vec<(String, String)> = Vec::new();
        let mut file = None;
        while let Some(arg) = parser.next()? {
            match arg {
                lexopt::Arg::Long("help") | lexopt::Arg::Short('h') => return Ok(Asked::Help),
                lexopt::Arg::Long("version") => return Ok(Asked::Version),
                lexopt::Arg::Long("config") => file = Some(PathBuf::from(parser.value()?)),
                lexopt::Arg::Long(name) if SETTINGS.iter().any(|setting| setting.0 == name) => {
                    let name = name.to_owned();
                    let value = parser.value()?.into_string();
                    said.push((name, value.map_err(lexopt::Error::NonUnicodeValue)?));
                }
                other => return Err(other.unexpected().into()),
            }
        }
        let mut config = Self::default();
        if let Some(file) = file {
            config.read(&std::fs::read_to_string(file).map_err(ConfigError::File)?)?;
        }
        for (name, value) in said {
            config.set(&name, &value)?;
        }
        let lacks = |files: &TlsFiles| {
            files.cert.as_os_str().is_empty() || files.key.as_os_str().is_empty()
        };
        if config.tls.as_ref().is_some_and(lacks) {
            return Err(wrong("tls-cert", "given together with tls-key"));
        }
        Ok(Asked::Run(Box::new(config)))
    }

    /// Follows a file: lines of `name = value`, empty lines, and lines that begin with `#`.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(&mut self, text: &str) -> Result<(), ConfigError> {
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = line
                .split_once('=')
                .ok_or(ConfigError::Line { line: at + 1 })?;
            self.set(name.trim(), value.trim())?;
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), ConfigError> {
        let limits = &mut self.limits;
        match name {
            "listen" => self.listen = address("listen", value)?,
            "data" => self.data = PathBuf::from(value),
            "tls-cert" => self.tls.get_or_insert_default().cert = PathBuf::from(value),
            "tls-key" => self.tls.get_or_insert_default().key = PathBuf::from(value),
            "admit" => {
                limits.admission = match value {
                    "open" => Admission::Open,
                    "" => return Err(wrong("admit", "open, or a token")),
                    token => Admission::token(token.as_bytes()),
                }
            }
            "quota" => limits.quota = bytes("quota", value)?,
            "mailboxes" => limits.mailboxes = number("mailboxes", value)?,
            "logs" => limits.logs = number("logs", value)?,
            "parties" => limits.parties = number("parties", value)?,
            "connections" => limits.connections = number("connections", value)?,
            "under-way" => {
                let bytes = bytes("under-way", value)?;
                limits.under_way = usize::try_from(bytes).unwrap_or(usize::MAX);
            }
            "idle" => {
                let seconds: u32 = number("idle", value)?;
                limits.idle_ms = i64::from(seconds) * 1000;
            }
            "metrics" => {
                let address = address("metrics", value)?;
                if !address.ip().is_loopback() {
                    return Err(wrong("metrics", "a loopback address, as 127.0.0.1:9464"));
                }
                self.metrics = Some(address);
            }
            other => return Err(ConfigError::Unknown { name: other.into() }),
        }
        Ok(())
    }
}

/// How the command is used.
#[must_use]
pub fn help() -> String {
    let mut help = String::from(
        "Carries and keeps the logs of households, and can read nothing of them.\n\nUsage: freehold-relay [OPTIONS]\n\nOptions:\n",
    );
    let all = SETTINGS
        .iter()
        .map(|(name, value, what)| (format!("--{name} {value}"), *what));
    let others = [
        (
            "--config FILE",
            "settings as lines of \"name = value\"; a flag goes before them",
        ),
        ("--help", "this text"),
        ("--version", "the version"),
    ];
    for (flag, what) in all.chain(others.map(|(flag, what)| (flag.to_owned(), what))) {
        help.push_str(&format!("  {flag:<20} {what}\n"));
    }
    help
}

fn address(name: &'static str, value: &str) -> Result<SocketAddr, ConfigError> {
    value.parse().map_err(|_| {
        wrong(
            name,
            "an address with a port, as 192.0.2.1:7070 or [::]:7070",
        )
    })
}

fn number<T: FromStr + Default + PartialEq>(
    name: &'static str,
    value: &str,
) -> Result<T, ConfigError> {
    let number = value.parse().ok().filter(|number| *number != T::default());
    number.ok_or_else(|| wrong(name, "a number from 1 on"))
}

fn bytes(name: &'static str, value: &str) -> Result<u64, ConfigError> {
    let units = [('K', 10), ('M', 20), ('G', 30)];
    let unit = units
        .iter()
        .find_map(|(unit, shift)| Some((value.strip_suffix(*unit)?, *shift)));
    let (digits, shift) = unit.unwrap_or((value, 0));
    let number: u64 = number(name, digits)?;
    number
        .checked_mul(1 << shift)
        .ok_or_else(|| wrong(name, "fewer bytes"))
}

const fn wrong(name: &'static str, wanted: &'static str) -> ConfigError {
    ConfigError::Value { name, wanted }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Asked, ConfigError> {
        Config::parse(args.iter().map(OsString::from))
    }

    #[test]
    fn a_flag_goes_before_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("relay.conf");
        let text = "# a relay\n\nquota = 3M\n idle=20 \nadmit = friday\n";
        std::fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let asked = parse(&["--quota", "5K", "--config", file, "--listen=[::1]:0"]).unwrap();
        let Asked::Run(config) = asked else {
            panic!("not to run");
        };
        assert_eq!(
            (config.limits.quota, config.limits.idle_ms),
            (5 << 10, 20_000)
        );
        assert_eq!(config.limits.admission, Admission::token(b"friday"));
        assert_eq!(config.listen.to_string(), "[::1]:0");
    }

    #[test]
    fn what_cannot_be_is_said() {
        for args in [
            &["--metrics", "0.0.0.0:1"][..],
            &["--metrics", "192.0.2.1:1"],
            &["--listen", "here"],
            &["--tls-cert", "chain.pem"],
            &["--tls-key", "key.pem"],
            &["--tls-cert=", "--tls-key=key.pem"],
            &["--quota", "0"],
            &["--quota", "99999999999G"],
            &["--admit", ""],
            &["--nothing"],
            &["--idle"],
            &["file"],
        ] {
            assert!(parse(args).is_err(), "{args:?}");
        }
        let mut config = Config::default();
        assert!(matches!(
            config.read("\nnonsense"),
            Err(ConfigError::Line { line: 2 })
        ));
        assert!(config.read("config = x").is_err());
        assert_eq!(parse(&["--help"]).unwrap(), Asked::Help);
    }

    #[test]
    fn the_defaults_are_those_that_the_help_names() {
        let mut config = Config::default();
        for (name, _, what) in SETTINGS {
            let default = what.rsplit_once('[').unwrap().1.trim_end_matches(']');
            if default != "none" {
                config.set(name, default).unwrap();
            }
        }
        assert_eq!(config, Config::default());
    }

    /// Every flag stands in the help and in the manual.
    #[test]
    fn every_flag_is_documented() {
        let manual = include_str!("../dist/freehold-relay.1");
        let page = include_str!("../../../docs/relay.md");
        let names = SETTINGS.iter().map(|setting| setting.0);
        for name in names.chain(["config", "help", "version"]) {
            assert!(help().contains(&format!("  --{name}")), "{name}");
            let roff = format!("\\-\\-{}", name.replace('-', "\\-"));
            assert!(manual.contains(&roff), "{name} in the manual");
            assert!(page.contains(&format!("`--{name}")), "{name} in the page");
        }
    }
}
