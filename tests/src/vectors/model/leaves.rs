//! Leaves of windows.

use freehold_model::Epoch;
use serde::Serialize;

use super::{calendar, level, slots::Window, times};
use crate::vectors::{Cases, Failure, Operation};

pub(super) struct Leaves;

#[derive(Serialize)]
pub(super) struct LeavesOutput {
    epochs: Vec<EpochLeaves>,
}

#[derive(Serialize)]
struct EpochLeaves {
    epoch: i32,
    from: u32,
    until: u32,
}

impl Operation for Leaves {
    const NAME: &'static str = "model/leaves";
    const ABOUT: &'static str = "The leaves that a window covers, epoch by epoch.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("zone", "IANA zone of the stream"),
        ("chunk_minutes", "length of a raw slot"),
        ("level", "name of the level"),
        ("from", "the window begins, ms"),
        ("until", "and ends before, ms"),
        (
            "epochs",
            "each `epoch` with slots in the window, ascending: leaves `from` up to but without `until`",
        ),
    ];
    type Input = Window;
    type Output = LeavesOutput;

    fn run(input: Window) -> Result<LeavesOutput, Failure> {
        let calendar = calendar(&input.zone, input.chunk_minutes)?;
        let level = level(&input.level)?;
        let (from, until) = times(input.from, input.until);
        let last = calendar.epoch(until).number();
        let epochs = (calendar.epoch(from).number()..=last).filter_map(|number| {
            let epoch = Epoch::from_number(number);
            let leaves = calendar.index_span(level, epoch, from, until)?;
            Some(EpochLeaves {
                epoch: number,
                from: leaves.start,
                until: leaves.end,
            })
        });
        Ok(LeavesOutput {
            epochs: epochs.collect(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let london = |level, from, until| Window::new("Europe/London", level, from, until);
        for (name, about, input) in [
            (
                "an-hour",
                "from its leaf to the one before the next hour's: four quarter hours",
                london("hour", "2013-03-10T12:00Z", "2013-03-10T13:00Z"),
            ),
            (
                "inwards",
                "half hours at both ends of the window go",
                london("half-hour", "2013-03-10T12:01Z", "2013-03-10T13:59Z"),
            ),
            (
                "a-whole-epoch",
                "January and February are a whole tree",
                london("day", "2013-01-01T00:00Z", "2013-03-01T00:00Z"),
            ),
            (
                "from-the-first",
                "with the epoch's first slot: from leaf 0",
                london("day", "2013-01-01T00:00Z", "2013-01-03T00:00Z"),
            ),
            (
                "to-the-last",
                "with the epoch's last slot: to the tree's end",
                london("minute", "2013-02-28T23:58Z", "2013-03-01T00:00Z"),
            ),
            (
                "three-epochs",
                "the end of one, all of one, the beginning of one",
                london("month", "2012-12-01T00:00Z", "2013-03-31T23:00Z"),
            ),
            (
                "short-day",
                "a day of 23 hours covers its own 92 quarter hours",
                london("day", "2013-03-31T00:00Z", "2013-03-31T23:00Z"),
            ),
            (
                "raw",
                "chunks of two hours",
                london("raw", "2013-03-10T01:00Z", "2013-03-10T07:00Z").chunks(120),
            ),
            (
                "in-its-zone",
                "Auckland's 1 January 2014 begins on 31 December in UTC, before leaf 96",
                Window::new(
                    "Pacific/Auckland",
                    "day",
                    "2013-12-30T11:00Z",
                    "2014-01-02T11:00Z",
                ),
            ),
            (
                "nothing",
                "no whole day",
                london("day", "2013-03-10T00:01Z", "2013-03-11T23:59Z"),
            ),
        ] {
            cases.accept(name, &["model-11", "model-12"], about, input);
        }
    }
}
