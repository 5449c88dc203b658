//! The page that one run makes.

use std::fmt::Write as _;

/// One figure beside what is asked and what limits it.
pub struct Figure {
    what: String,
    figure: String,
    asked: String,
    beside: String,
}

/// What a run found.
#[derive(Default)]
pub struct Report {
    figures: Vec<Figure>,
    sections: String,
}

impl Report {
    /// Adds a figure, and shows it at once.
    pub fn figure(&mut self, what: &str, figure: String, asked: &str, beside: String) {
        println!("{what}: {figure} (asked: {asked}; {beside})");
        self.figures.push(Figure {
            what: what.into(),
            figure,
            asked: asked.into(),
            beside,
        });
    }

    /// Adds a table of shares: what, how much of the unit, and how much of the whole.
    pub fn shares(&mut self, title: &str, unit: &str, rows: &[(String, f64)]) {
        let whole: f64 = rows.iter().map(|(_, amount)| amount).sum();
        let mut table = format!("| | {unit} | share |\n|---|---|---|\n");
        for (what, amount) in rows {
            let share = 100.0 * amount / whole;
            let _ = writeln!(table, "| {what} | {amount:.3} | {share:.0} % |");
        }
        let _ = writeln!(table, "| **all** | **{whole:.3}** | |");
        self.section(title, &table);
    }

    /// Adds a section of Markdown.
    pub fn section(&mut self, title: &str, body: &str) {
        println!("\n{title}\n{body}");
        let _ = write!(self.sections, "\n## {title}\n\n{body}");
    }

    /// The page in Markdown.
    pub fn page(&self, introduction: &str) -> String {
        let mut page = format!("# Performance\n\n{introduction}\n\n");
        page.push_str("| | figure | asked | beside |\n|---|---|---|---|\n");
        for Figure {
            what,
            figure,
            asked,
            beside,
        } in &self.figures
        {
            let _ = writeln!(page, "| {what} | **{figure}** | {asked} | {beside} |");
        }
        page.push_str(&self.sections);
        page
    }
}
