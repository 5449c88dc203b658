//! The command line, read by what the commands declare.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::Path;

use lexopt::Arg;

use crate::command::{Command, GLOBAL, Opt};
use crate::failure::Failure;
use crate::help;
use crate::spelling::did_you_mean;

/// What a command line asks for.
pub(crate) enum Call {
    Run(&'static Command, Args),
    /// Print this and be done.
    Print(String),
}

/// The arguments of a call, checked against the command's declaration.
#[derive(Debug, Default)]
pub(crate) struct Args {
    values: BTreeMap<&'static str, Vec<OsString>>,
}

impl Args {
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The text of an option or positional, if given.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Failure> {
        self.values
            .get(name)
            .and_then(|all| all.first())
            .map(|value| utf8(name, value))
            .transpose()
    }

    /// The text of a required option or positional.
    pub(crate) fn need(&self, name: &str) -> Result<&str, Failure> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    /// A path, which need not be UTF-8.
    pub(crate) fn path(&self, name: &str) -> Result<&Path, Failure> {
        self.optional_path(name).ok_or_else(|| missing(name))
    }

    pub(crate) fn optional_path(&self, name: &str) -> Option<&Path> {
        self.values
            .get(name)
            .and_then(|all| all.first())
            .map(Path::new)
    }

    /// Every occurrence of a repeated option.
    pub(crate) fn all(&self, name: &str) -> Result<Vec<&str>, Failure> {
        let values = self.values.get(name).map_or(&[][..], Vec::as_slice);
        values.iter().map(|value| utf8(name, value)).collect()
    }

    /// Every occurrence, each split at commas: `--levels raw,day --levels month`.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<&str>, Failure> {
        let all = self.all(name)?;
        Ok(all
            .iter()
            .flat_map(|text| text.split(','))
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .collect())
    }

    /// An option's value as something more than text; what `parse` says is reported with the option's name.
    pub(crate) fn parsed<T, E: Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Failure> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        parse(text)
            .map(Some)
            .map_err(|why| bad_value(name, text, why))
    }

    /// What is said where an argument is missing that another one makes necessary.
    pub(crate) fn missing(&self, name: &str) -> Failure {
        missing(name)
    }

    fn put(&mut self, opt: &Opt, value: OsString) -> Result<(), Failure> {
        let all = self.values.entry(opt.name).or_default();
        if !all.is_empty() && !opt.repeats && opt.value.is_some() {
            return Err(Failure::usage(
                "repeated_option",
                format_args!("--{} is given twice", opt.name),
            )
            .field("option", opt.name));
        }
        all.push(value);
        Ok(())
    }
}

/// A value that its option cannot take.
pub(crate) fn bad_value(name: &str, text: &str, why: impl Display) -> Failure {
    let option = if is_positional(name) {
        name.to_owned()
    } else {
        format!("--{name}")
    };
    Failure::usage("bad_option", format_args!("{option} '{text}': {why}")).field("option", name)
}

/// Reads a command line (without the program's name).
pub(crate) fn parse(
    commands: &'static [&'static Command],
    argv: impl IntoIterator<Item = OsString>,
) -> Result<Call, Failure> {
    let mut parser = lexopt::Parser::from_args(argv);
    let mut words: Vec<OsString> = Vec::new();
    let mut command: Option<&'static Command> = None;
    let mut args = Args::default();
    while let Some(arg) = parser.next().map_err(|e| spelled(&e))? {
        match arg {
            Arg::Value(word) => {
                words.push(word);
                if command.is_none() && !is_help(&words) {
                    command = find(commands, &mut words)?;
                }
            }
            Arg::Long("help") | Arg::Short('h') => drop(args.values.insert("help", Vec::new())),
            Arg::Long("version") | Arg::Short('V') => {
                drop(args.values.insert("version", Vec::new()))
            }
            Arg::Long(name) => {
                let opt = option(command, name)?;
                let value = if opt.value.is_some() {
                    taken(&mut parser, opt)?
                } else {
                    OsString::new()
                };
                args.put(opt, value)?;
            }
            Arg::Short(c) => return Err(unknown_option(command, &format!("-{c}"))),
        }
    }
    if args.flag("version") {
        return Ok(Call::Print(format!(
            "freehold {}",
            env!("CARGO_PKG_VERSION")
        )));
    }
    if is_help(&words) {
        return help::topic(commands, &texts(words.get(1..).unwrap_or_default())).map(Call::Print);
    }
    let Some(command) = command else {
        return match texts(&words).as_slice() {
            [] => Ok(Call::Print(help::overview(commands))),
            words if args.flag("help") => help::topic(commands, words).map(Call::Print),
            words => Err(incomplete(commands, words)),
        };
    };
    if args.flag("help") {
        return Ok(Call::Print(help::command(command)));
    }
    complete(command, words, &mut args)?;
    Ok(Call::Run(command, args))
}

/// Whether the line asks for JSON, known even when the rest of it makes no sense.
pub(crate) fn wants_json(argv: &[OsString]) -> bool {
    argv.iter()
        .take_while(|arg| *arg != "--")
        .any(|arg| arg == "--json")
}

/// Finds the command that the words name so far; takes its words away. `None` while one more word is needed.
fn find(
    commands: &'static [&'static Command],
    words: &mut Vec<OsString>,
) -> Result<Option<&'static Command>, Failure> {
    let name = texts(words).join(" ");
    if let Some(command) = commands.iter().find(|c| c.name == name) {
        words.clear();
        return Ok(Some(command));
    }
    if words.len() == 1
        && commands
            .iter()
            .any(|c| c.name.split(' ').next() == Some(&name))
    {
        return Ok(None);
    }
    Err(incomplete(commands, &texts(words)))
}

/// The words name no command: they are unknown, or the first of two.
pub(crate) fn incomplete(commands: &[&Command], words: &[String]) -> Failure {
    let name = words.join(" ");
    let first = words.first().map_or("", String::as_str);
    let family: Vec<&str> = commands
        .iter()
        .map(|c| c.name)
        .filter(|n| n.starts_with(first) && n.contains(' '))
        .collect();
    if words.len() == 1 && family.iter().any(|n| n.split(' ').next() == Some(first)) {
        return Failure::usage(
            "unknown_command",
            format_args!("'{name}' needs one more word"),
        )
        .hint(format_args!("there is {}", family.join(", ")));
    }
    let near = did_you_mean(&name, commands.iter().map(|c| c.name));
    let near = near.or_else(|| did_you_mean(first, commands.iter().map(|c| c.name)));
    Failure::usage(
        "unknown_command",
        format_args!("there is no command '{name}'"),
    )
    .hint(near.unwrap_or_else(|| "'freehold help' lists the commands".to_owned()))
}

/// Puts the positionals in their places and looks for what is missing.
fn complete(command: &Command, words: Vec<OsString>, args: &mut Args) -> Result<(), Failure> {
    if let Some(word) = words.get(command.positionals.len()) {
        return Err(Failure::usage(
            "unexpected_argument",
            format_args!("'{}' is one too many", word.display()),
        )
        .hint(help::usage(command)));
    }
    let given = words.len();
    for (positional, word) in command.positionals.iter().zip(words) {
        args.values.insert(positional.name, vec![word]);
    }
    if let Some(absent) = command.positionals.get(given) {
        return Err(missing(absent.name).hint(help::usage(command)));
    }
    match command
        .options
        .iter()
        .find(|opt| opt.required && !args.flag(opt.name))
    {
        Some(opt) => Err(missing(opt.name).hint(help::usage(command))),
        None => Ok(()),
    }
}

fn option(command: Option<&'static Command>, name: &str) -> Result<&'static Opt, Failure> {
    let own = command.map_or(&[][..], |c| c.options);
    let found = own.iter().chain(GLOBAL).find(|opt| opt.name == name);
    found.ok_or_else(|| unknown_option(command, &format!("--{name}")))
}

fn unknown_option(command: Option<&Command>, spelled: &str) -> Failure {
    let own = command.map_or(&[][..], |c| c.options);
    let names: Vec<String> = own
        .iter()
        .chain(GLOBAL)
        .map(|opt| format!("--{}", opt.name))
        .collect();
    let place = command.map_or_else(
        || "before a command".to_owned(),
        |c| format!("of 'freehold {}'", c.name),
    );
    let near = did_you_mean(spelled, names.iter().map(String::as_str));
    let see = command.map_or_else(
        || "see 'freehold help'".to_owned(),
        |c| format!("see 'freehold help {}'", c.name),
    );
    Failure::usage(
        "unknown_option",
        format_args!("{spelled} is no option {place}"),
    )
    .hint(near.unwrap_or(see))
    .field("option", spelled.trim_start_matches('-'))
}

/// The value of an option. The name of a further option is none: `--until --json` lacks a time.
fn taken(parser: &mut lexopt::Parser, opt: &Opt) -> Result<OsString, Failure> {
    let what = opt.value.unwrap_or("VALUE");
    let lacking = || {
        Failure::usage(
            "missing_value",
            format_args!("--{} needs a value: --{0} {what}", opt.name),
        )
        .field("option", opt.name)
    };
    if let Some(attached) = parser.optional_value() {
        return Ok(attached);
    }
    let value = parser.value().map_err(|_| lacking())?;
    if value.to_string_lossy().starts_with("--") {
        Err(lacking())
    } else {
        Ok(value)
    }
}

fn missing(name: &str) -> Failure {
    let spelled = if is_positional(name) {
        name.to_owned()
    } else {
        format!("--{name}")
    };
    Failure::usage("missing_argument", format_args!("{spelled} is missing")).field("argument", name)
}

/// Positionals are spelled in capitals, options in small letters.
fn is_positional(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}

fn spelled(error: &lexopt::Error) -> Failure {
    Failure::usage("bad_option", error)
}

fn is_help(words: &[OsString]) -> bool {
    words.first().is_some_and(|word| word == "help")
}

fn texts(words: &[OsString]) -> Vec<String> {
    words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}

fn utf8<'a>(name: &str, value: &'a OsString) -> Result<&'a str, Failure> {
    value
        .to_str()
        .ok_or_else(|| bad_value(name, &value.to_string_lossy(), "not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::COMMANDS;
    use crate::failure::Exit;

    fn call(line: &str) -> Result<Call, Failure> {
        parse(
            COMMANDS,
            line.split(' ')
                .filter(|word| !word.is_empty())
                .map(OsString::from),
        )
    }

    fn args(line: &str) -> (&'static str, Args) {
        match call(line).unwrap() {
            Call::Run(command, args) => (command.name, args),
            Call::Print(text) => panic!("printed {text}"),
        }
    }

    fn refused(line: &str) -> Failure {
        let failure = call(line).err().unwrap();
        assert_eq!(failure.exit(), Exit::Usage, "{line}");
        failure
    }

    #[test]
    fn options_may_stand_anywhere_and_repeat_where_declared() {
        let (name, args) = args(
            "--json import home --stream use f.csv --time=Date,Time --value kwh --where a=1 --where b=2",
        );
        assert_eq!(name, "import");
        assert!(args.flag("json"));
        assert_eq!(args.path("HOME").unwrap(), Path::new("home"));
        assert_eq!(args.need("FILE").unwrap(), "f.csv");
        assert_eq!(args.list("time").unwrap(), ["Date", "Time"]);
        assert_eq!(args.all("where").unwrap(), ["a=1", "b=2"]);
    }

    #[test]
    fn commands_of_two_words_are_found() {
        let (name, args) = args("recipient init gp --name Surgery --role controller");
        assert_eq!(name, "recipient init");
        assert_eq!(args.need("DIR").unwrap(), "gp");
    }

    #[test]
    fn mistakes_name_the_nearest_spelling() {
        let hint = |line| refused(line).plain();
        assert!(
            hint("improt home").contains("did you mean import?"),
            "{}",
            hint("improt home")
        );
        assert!(hint("device ad home").contains("did you mean device add?"));
        assert!(hint("import home f.csv --valu kwh").contains("did you mean --value?"));
        assert!(hint("device").contains("there is device add"));
        assert!(hint("xyzzy").contains("freehold help"));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(refused("import home").kind(), "missing_argument");
        assert_eq!(refused("import home f.csv").kind(), "missing_argument");
        assert_eq!(refused("summaries home --level").kind(), "missing_value");
        assert_eq!(
            refused("summaries home --level --json").kind(),
            "missing_value"
        );
        assert_eq!(refused("consents home more").kind(), "unexpected_argument");
        assert_eq!(refused("consents home --json=1").kind(), "bad_option");
        assert_eq!(
            refused("summaries home --level day --level hour").kind(),
            "repeated_option"
        );
        assert_eq!(refused("consents home -x").kind(), "unknown_option");
    }

    #[test]
    fn a_dash_and_negative_numbers_are_values() {
        let (_, args) = args("import home - --stream use --time t --value v --below -5");
        assert_eq!(args.need("FILE").unwrap(), "-");
        assert_eq!(args.need("below").unwrap(), "-5");
    }

    #[test]
    fn help_in_all_its_spellings() {
        let printed = |line: &str| match call(line).unwrap() {
            Call::Print(text) => text,
            Call::Run(command, _) => panic!("ran {}", command.name),
        };
        assert!(printed("").contains("freehold init"));
        assert_eq!(printed(""), printed("help"));
        assert_eq!(printed(""), printed("--help"));
        assert_eq!(printed("help stream add"), printed("stream add --help"));
        assert!(printed("help recipient").contains("recipient init"));
        assert!(printed("--version").starts_with("freehold 0."));
        assert_eq!(refused("help improt").kind(), "unknown_command");
    }

    #[test]
    fn json_is_seen_before_the_rest_is_understood() {
        let argv = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert!(wants_json(&argv("nonsense --json")));
        assert!(!wants_json(&argv("show -- --json")));
    }
}
