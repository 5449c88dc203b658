//! The main job: real recordings go in, three recipients open what they were granted and are refused the rest.
//!
//! `cargo run --release --example household` prints it and writes `out/household.html`.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

mod asking;
mod attempts;
mod chart;
mod figures;
mod flat;
mod grants;
mod page;
mod parties;
mod recordings;
mod report;
mod street;
mod study;
mod terminal;
mod views;

use std::{path::PathBuf, time::Instant};

use crate::{flat::Flat, page::Told, street::Street, terminal::thousands};

type Failure = Box<dyn std::error::Error>;
type Result<T> = std::result::Result<T, Failure>;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if !words.is_empty() {
        return parties::act(&words);
    }
    let started = Instant::now();
    let out: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../out"].iter().collect();
    let stores = out.join("stores");
    if stores.exists() {
        std::fs::remove_dir_all(&stores)?;
    }
    std::fs::create_dir_all(&stores)?;
    println!(
        "Freehold: real recordings go in, three recipients open what they were granted. Homes, recipients and a relay are processes."
    );
    let street = Street::of_2013(&stores, &mut parties::Loopback::start()?)?;
    let flat = Flat::of_2016(&stores, &mut parties::Loopback::start()?)?;
    let lived = started.elapsed();

    head("Before the GP gets anything, the person in the flat reads this");
    print!("{}", report::proposal(&flat.explained));
    head("What was granted");
    let rows = grants::rows(&street, &flat)?;
    print!("{}", report::granted(&rows));
    head("What went in");
    let (text, readings) = report::went_in(&street, &flat)?;
    print!("{text}");
    head("The same day, three readers");
    print!("{}", report::same_day(&street)?);
    head("What the GP opens");
    print!("{}", report::practice(&flat)?);
    head("What the council opens");
    print!("{}", report::council(&street)?);
    let compared = report::compared(&street, &flat)?;
    println!(
        "   The three opened {} summaries; each is equal to the household's own.",
        thousands(compared)
    );
    head("What each is refused");
    let attempts = attempts::all(&street, &flat)?;
    print!("{}", report::refused(&attempts));
    head("A lease");
    print!("{}", report::lease(&flat)?);
    head("A withdrawal");
    print!("{}", report::withdrawal(&street)?);
    head("Ten years");
    let year = &street.meter("H01")?.readings;
    let studies = study::of_ten_years(&stores, year)?;
    print!("{}", report::study(&studies));

    let told = Told {
        rows: &rows,
        attempts: &attempts,
        studies: &studies,
        explained: &flat.explained,
        readings,
        compared,
    };
    let page = out.join("household.html");
    std::fs::write(&page, page::html(&street, &flat, &told)?)?;
    let picture = chart::standing_alone(&figures::two_weeks(&street)?);
    std::fs::write(out.join("household.svg"), picture)?;
    println!(
        "\nThe same with pictures: {}",
        page.canonicalize()?.display()
    );
    println!(
        "{:.1} s in all, of which {:.1} s for the year of seven homes and the month of the flat.",
        started.elapsed().as_secs_f64(),
        lived.as_secs_f64()
    );
    Ok(())
}

fn head(title: &str) {
    println!(
        "\n── {title} {}",
        "─".repeat(110_usize.saturating_sub(title.chars().count()))
    );
}
