//! `kinds` and `purposes`: the words that other commands take.

use freehold::consent::{LegalBasis, Purpose};
use freehold::model::{Kind, kinds as registry};
use serde_json::json;

use crate::args::Args;
use crate::command::{Command, Group};
use crate::failure::Failure;
use crate::output::{Align, Out, Table};

pub(crate) const KINDS: Command = Command {
    name: "kinds",
    group: Group::Home,
    about: "list the quantity kinds that a stream can have",
    positionals: &[],
    options: &[],
    details: "\
Values are fixed-point in the kind's unit: a step is the least difference that is kept. A maker's own kind
is spelled maker:kind and declared with 'freehold stream add'.",
    example: "freehold kinds",
    run: kinds,
};

pub(crate) const PURPOSES: Command = Command {
    name: "purposes",
    group: Group::Consent,
    about: "list the purposes that a request can name (W3C DPV)",
    positionals: &[],
    options: &[],
    details: "Then the legal bases of 'freehold request --basis'.",
    example: "freehold purposes",
    run: purposes,
};

fn kinds(_: &Args, out: &mut Out) -> Result<(), Failure> {
    let columns = [
        "kind",
        "values",
        "unit",
        "step",
        "sensitivity",
        "description",
    ];
    let mut table = Table::new(&columns.map(|name| {
        (
            name,
            if name == "step" {
                Align::Right
            } else {
                Align::Left
            },
        )
    }));
    for kind in registry::ALL {
        if out.json() {
            out.object(&json!({
                "kind": kind.name(),
                "values": kind.value_kind().name(),
                "unit": kind.unit(),
                "exponent": kind.exponent(),
                "sensitivity": kind.sensitivity().name(),
                "facets": kind.facets().iter().map(|facet| facet.name()).collect::<Vec<_>>(),
                "states": kind.states(),
                "description": kind.description(),
            }))?;
        } else {
            let (unit, step) = unit_and_step(kind);
            let words = [
                kind.name(),
                kind.value_kind().name(),
                &unit,
                &step,
                kind.sensitivity().name(),
                kind.description(),
            ];
            table.row(words.map(str::to_owned));
        }
    }
    super::print(out, &table, "")
}

fn unit_and_step(kind: &Kind) -> (String, String) {
    if !kind.value_kind().is_number() {
        return (String::new(), String::new());
    }
    let step = freehold::model::format_decimal(1, kind.exponent());
    (kind.unit().to_owned(), step)
}

fn purposes(_: &Args, out: &mut Out) -> Result<(), Failure> {
    if out.json() {
        for purpose in Purpose::all() {
            out.object(&json!({"purpose": purpose.term(), "label": purpose.label()}))?;
        }
        return LegalBasis::all().try_for_each(|basis| {
            out.object(&json!({"basis": basis.term(), "label": basis.label()}))
        });
    }
    let mut table = Table::new(&[("purpose", Align::Left), ("for", Align::Left)]);
    Purpose::all()
        .for_each(|purpose| table.row([purpose.term().to_owned(), purpose.label().to_owned()]));
    out.table(&table)?;
    out.line("")?;
    let mut table = Table::new(&[("basis", Align::Left), ("on the basis of", Align::Left)]);
    LegalBasis::all()
        .for_each(|basis| table.row([basis.term().to_owned(), basis.label().to_owned()]));
    out.table(&table)
}
