use std::{collections::BTreeMap, fs, marker::PhantomData, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Failure, Operation};

/// A case, as its file holds it: an input, and the output or the kind of failure.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// The operation.
    pub operation: String,
    /// The rules of the specification that it shows.
    pub rules: Vec<String>,
    /// What is special about it.
    pub about: String,
    /// What the operation takes.
    pub input: Value,
    /// What it gives, if it does not fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// How it fails, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl Vector {
    /// The file.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap();
        text.push('\n');
        text
    }

    /// What a file says.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// What is expected.
    pub fn expected(&self) -> Option<Result<&Value, Failure>> {
        match (&self.output, self.failure) {
            (Some(output), None) => Some(Ok(output)),
            (None, Some(failure)) => Some(Err(failure)),
            _ => None,
        }
    }
}

/// Runs an operation on the input of a file.
pub(super) fn run<O: Operation + ?Sized>(input: Value) -> Result<Value, Failure> {
    let input =
        serde_json::from_value(input).unwrap_or_else(|error| panic!("{}: {error}", O::NAME));
    O::run(input).map(|output| serde_json::to_value(output).unwrap())
}

/// Where an operation puts its cases.
pub struct Cases<'a, O: ?Sized> {
    kept: &'a Path,
    vectors: BTreeMap<&'static str, Vector>,
    operation: PhantomData<O>,
}

impl<'a, O: Operation + ?Sized> Cases<'a, O> {
    pub(super) fn new(kept: &'a Path) -> Self {
        Self {
            kept,
            vectors: BTreeMap::new(),
            operation: PhantomData,
        }
    }

    pub(super) fn into_vectors(self) -> BTreeMap<&'static str, Vector> {
        self.vectors
    }

    /// A case that succeeds. Its output is what the operation gives when the file is written; from then on the file says it.
    pub fn accept(&mut self, name: &'static str, rules: &[&str], about: &str, input: O::Input) {
        let output = self.run(name, &input);
        let output = output.unwrap_or_else(|failure| panic!("{} {name}: {failure:?}", O::NAME));
        self.add(name, rules, about, input, Ok(output));
    }

    /// A case that fails in this way.
    pub fn refuse(
        &mut self,
        name: &'static str,
        rules: &[&str],
        about: &str,
        input: O::Input,
        failure: Failure,
    ) {
        let outcome = self.run(name, &input);
        assert_eq!(outcome.err(), Some(failure), "{} {name}", O::NAME);
        self.add(name, rules, about, input, Err(failure));
    }

    /// The input of a case as its file has it already: for signatures that come out different each time.
    pub fn kept(&self, name: &str) -> Option<O::Input> {
        let text = fs::read_to_string(self.kept.join(name).with_extension("json")).ok()?;
        serde_json::from_value(Vector::from_json(&text).ok()?.input).ok()
    }

    fn run(&self, name: &str, input: &O::Input) -> Result<Value, Failure> {
        let input = serde_json::to_value(input).unwrap_or_else(|error| panic!("{name}: {error}"));
        run::<O>(input)
    }

    fn add(
        &mut self,
        name: &'static str,
        rules: &[&str],
        about: &str,
        input: O::Input,
        outcome: Result<Value, Failure>,
    ) {
        let vector = Vector {
            operation: O::NAME.into(),
            rules: rules.iter().map(|&rule| rule.into()).collect(),
            about: about.into(),
            input: serde_json::to_value(input).unwrap(),
            output: outcome.as_ref().ok().cloned(),
            failure: outcome.err(),
        };
        let before = self.vectors.insert(name, vector);
        assert!(before.is_none(), "{} {name} stands twice", O::NAME);
    }
}
