//! The page that one run makes: one table of ratios, and what stands below it.

use std::fmt::Write as _;

use crate::instructions::{Counted, Counts};

/// Which way a figure gets better.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Better {
    More,
    Less,
}

/// One figure beside that of a peer or a limit.
pub struct Row {
    what: String,
    better: Better,
    ours: Option<f64>,
    peer: String,
    theirs: Option<f64>,
    asked: Option<f64>,
    aim: Option<f64>,
    why: Option<&'static str>,
    counted: [Option<Counted>; 2],
}

impl Row {
    /// A figure with its unit in its name.
    pub fn new(what: impl Into<String>, better: Better, ours: f64) -> Self {
        Self {
            what: what.into(),
            better,
            ours: Some(ours),
            peer: String::new(),
            theirs: None,
            asked: None,
            aim: None,
            why: None,
            counted: [None, None],
        }
    }

    /// What only a peer does.
    pub fn not_ours(what: impl Into<String>, better: Better) -> Self {
        Self {
            ours: None,
            ..Self::new(what, better, 0.0)
        }
    }

    /// The peer or limit, and its figure if it ran.
    pub fn beside(mut self, peer: impl Into<String>, theirs: impl Into<Option<f64>>) -> Self {
        (self.peer, self.theirs) = (peer.into(), theirs.into());
        self
    }

    /// What the figure has to reach.
    pub fn asked(mut self, asked: f64) -> Self {
        self.asked = Some(asked);
        self
    }

    /// What it is hoped to reach beyond that.
    pub fn aim(mut self, aim: f64) -> Self {
        self.aim = Some(aim);
        self
    }

    /// Why it falls short, where it does.
    pub fn why(mut self, why: &'static str) -> Self {
        self.why = Some(why);
        self
    }

    /// Which workloads count its instructions and the peer's.
    pub fn counted(
        mut self,
        ours: impl Into<Option<Counted>>,
        theirs: impl Into<Option<Counted>>,
    ) -> Self {
        self.counted = [ours.into(), theirs.into()];
        self
    }

    fn misses(&self, least: Option<f64>) -> bool {
        match (self.ours, least, self.better) {
            (Some(ours), Some(least), Better::More) => rounded(ours) < least,
            (Some(ours), Some(least), Better::Less) => rounded(ours) > least,
            _ => false,
        }
    }
}

/// What a run found.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
    sections: String,
}

impl Report {
    /// Adds a figure, and shows it at once.
    pub fn row(&mut self, row: Row) {
        let (ours, theirs) = (
            row.ours.map_or("–".into(), short),
            row.theirs.map_or("–".into(), short),
        );
        println!("{}: {ours}; {}: {theirs}", row.what, row.peer);
        self.rows.push(row);
    }

    /// Adds a table of shares: what, how much of the unit, and how much of the whole.
    pub fn shares(&mut self, title: &str, unit: &str, rows: &[(String, f64)]) {
        let whole: f64 = rows.iter().map(|(_, amount)| amount).sum();
        let mut table = format!("| | {unit} | share |\n|---|---:|---:|\n");
        for (what, amount) in rows {
            let share = 100.0 * amount / whole;
            let _ = writeln!(table, "| {what} | {amount:.3} | {share:.0} % |");
        }
        let _ = writeln!(table, "| **all** | **{whole:.3}** | |");
        let _ = write!(self.sections, "\n### {title}\n\n{table}");
    }

    /// The workloads whose instructions the rows show.
    pub fn workloads(&self) -> impl Iterator<Item = Counted> {
        self.rows.iter().flat_map(|row| row.counted).flatten()
    }

    /// The table of all rows.
    pub fn table(&self, counts: &Counts) -> String {
        let mut table = String::from(
            "| | Freehold | beside | its figure | ratio | asked | instructions | its instructions |\n\
             |---|---:|---|---:|---:|---:|---:|---:|\n",
        );
        for row in &self.rows {
            let arrow = if row.better == Better::More {
                '↑'
            } else {
                '↓'
            };
            let ratio = row.ours.zip(row.theirs).map(|(ours, theirs)| ours / theirs);
            let asked = match (row.asked, row.aim) {
                (Some(asked), Some(aim)) => format!("{}, aim {}", plain(asked), plain(aim)),
                (Some(asked), None) => plain(asked),
                _ => String::new(),
            };
            let count = |counted: Option<Counted>| {
                counted
                    .and_then(|counted| counts.get(&counted))
                    .map_or(String::new(), |n| large(*n))
            };
            let [ours, theirs] = row.counted.map(count);
            let _ = writeln!(
                table,
                "| {} {arrow} | **{}** | {} | {} | {} | {asked} | {ours} | {theirs} |",
                row.what,
                row.ours.map_or("–".into(), short),
                row.peer,
                row.theirs.map_or("–".into(), short),
                ratio.map_or(String::new(), short),
            );
        }
        table
    }

    /// What is short of what is asked or aimed at, with the reasons.
    pub fn short_of_it(&self) -> String {
        let mut list = String::new();
        for row in &self.rows {
            let least = if row.misses(row.asked) {
                row.asked.map(|asked| format!("asked {}", plain(asked)))
            } else if row.misses(row.aim) {
                row.aim
                    .map(|aim| format!("asked for and had, aim {}", plain(aim)))
            } else {
                None
            };
            if let (Some(least), Some(ours)) = (least, row.ours) {
                let why = row.why.unwrap_or("no reason is known.");
                let _ = writeln!(list, "- **{}**: {} ({least}). {why}", row.what, short(ours));
            }
        }
        if list.is_empty() {
            list.push_str("Nothing in this run.\n");
        }
        list
    }

    /// The tables of shares.
    pub fn sections(&self) -> &str {
        &self.sections
    }
}

/// Fills a template: `{{name}}` becomes the text of that name.
pub fn fill(template: &str, texts: &[(&str, &str)]) -> String {
    texts
        .iter()
        .fold(template.to_owned(), |page, (name, text)| {
            page.replace(&format!("{{{{{name}}}}}"), text)
        })
}

/// Three digits.
pub fn short(figure: f64) -> String {
    match figure.abs() {
        size if size >= 99.95 => format!("{figure:.0}"),
        size if size >= 9.995 => format!("{figure:.1}"),
        size if size >= 0.1 => format!("{figure:.2}"),
        _ => format!("{figure:.3}"),
    }
}

/// The figure that is shown, so that what reads as met is met.
fn rounded(figure: f64) -> f64 {
    short(figure).parse().unwrap_or(figure)
}

fn plain(figure: f64) -> String {
    figure.to_string()
}

fn large(count: f64) -> String {
    match count {
        count if count >= 999_500.0 => format!("{} M", short(count / 1e6)),
        count if count >= 999.5 => format!("{} k", short(count / 1e3)),
        count => short(count),
    }
}
