//! `device add` and `devices`.

use freehold::Device;
use serde_json::json;

use super::HOME;
use crate::args::Args;
use crate::command::{Command, Group, Opt};
use crate::failure::Failure;
use crate::output::{Align, Out, Table};
use crate::session;

pub(crate) const ADD: Command = Command {
    name: "device add",
    group: Group::Home,
    about: "add a device to a home",
    positionals: &[HOME],
    options: &[
        Opt::value("name", "NAME", "what you call it").required(),
        Opt::value("maker", "MAKER", "who made it"),
        Opt::value("model", "MODEL", "its model"),
    ],
    details: "",
    example: "freehold device add flat --name meter --maker Acme --model M1",
    run: add,
};

pub(crate) const LIST: Command = Command {
    name: "devices",
    group: Group::Home,
    about: "list a home's devices",
    positionals: &[HOME],
    options: &[],
    details: "",
    example: "freehold devices flat",
    run: list,
};

fn add(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let home = session::home(args)?;
    let device = Device {
        name: args.need("name")?.to_owned(),
        maker: args.text("maker")?.map(str::to_owned),
        model: args.text("model")?.map(str::to_owned),
    };
    home.add_device(device.clone())?;
    home.close()?;
    if out.json() {
        return out
            .object(&json!({"device": device.name, "maker": device.maker, "model": device.model}));
    }
    out.line(format_args!("Added the device \"{}\".", device.name))
}

fn list(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let home = session::home(args)?;
    let mut table = Table::new(&[
        ("device", Align::Left),
        ("maker", Align::Left),
        ("model", Align::Left),
        ("streams", Align::Left),
    ]);
    for device in home.devices() {
        let streams: Vec<String> = home
            .streams()
            .iter()
            .filter(|s| s.device() == device.name)
            .map(freehold::Stream::name)
            .collect();
        if out.json() {
            out.object(&json!({"device": device.name, "maker": device.maker, "model": device.model, "streams": streams}))?;
        } else {
            table.row([
                device.name,
                device.maker.unwrap_or_default(),
                device.model.unwrap_or_default(),
                streams.join(", "),
            ]);
        }
    }
    super::print(
        out,
        &table,
        "no devices yet; 'freehold device add' adds one",
    )
}
