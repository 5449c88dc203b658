//! The texts that people read, word for word. `FREEHOLD_BLESS=1 cargo test` writes them anew.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test"
)]

mod common;

use common::*;
use freehold_consent::*;
use freehold_crypto::SeededEntropy;
use freehold_model::{Facet, Level};

fn golden(file: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(file);
    if std::env::var_os("FREEHOLD_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{file}");
}

fn gp() -> (Recipient, Request) {
    let gp = recipient(2, "Surgery");
    let asks = vec![
        ask(
            "heart_rate",
            &[Level::Hour],
            &[Facet::Totals, Facet::Extremes],
            "2013-06-01",
            None,
        ),
        ask(
            "heart_rate",
            &[Level::Raw],
            &[],
            "2013-06-10T09:00",
            Some("2013-06-10T12:30"),
        ),
    ];
    let wishes = Wishes {
        purposes: Set::new([
            "dpv:ImproveHealthcare".parse().unwrap(),
            "dpv:ServiceProvision".parse().unwrap(),
        ])
        .unwrap(),
        basis: "A9-2-h".parse().unwrap(),
        duration: Some("P90D".parse().unwrap()),
        lease: Some("P14D".parse().unwrap()),
        conditions: Conditions {
            onward: Onward::Processors,
            automated_decisions: false,
            cohort_min: 20,
            jurisdiction: Country::new("GB"),
        },
        words: Some(Words::new("To see how your heart does after the new tablets.").unwrap()),
        ..wishes(asks)
    };
    let request = request(&gp, wishes);
    (gp, request)
}

/// [consent-16], [consent-26]
#[test]
fn texts() {
    let (gp, request) = gp();
    let mut house = house();
    golden("card.txt", &explain_card(&gp.card));
    golden("request.txt", &explain_request(&request, &london()));
    let proposal = house.propose(&request, &Choices::default()).unwrap();
    golden("proposal.txt", proposal.explain());
    let token = house.approve(&request, &Choices::default());
    golden(
        "token.txt",
        &explain_token(&token, Some(&gp.card), &house.streams),
    );
    let revocation = Revocation::draft(&token, house.now, &mut SeededEntropy::new(1))
        .unwrap()
        .sign(&house.key)
        .unwrap();
    golden(
        "revocation.txt",
        &explain_revocation(&revocation, Some(token.terms().lease), &london()),
    );
}

#[test]
fn the_usual_proposal() {
    let mut house = house();
    let acme = recipient(1, "Acme Energy");
    let hours = ask(
        "energy_interval",
        &[Level::Hour],
        &[Facet::Totals],
        "2013-03-03",
        Some("2013-03-03T23:00"),
    );
    house.approve(&request(&acme, wishes(vec![hours])), &Choices::default());
    let proposal = house.propose(&usual(&acme), &Choices::default()).unwrap();
    golden("proposal-usual.txt", proposal.explain());
}

#[test]
fn without_names_ids_stand_in() {
    let mut house = house();
    let token = house.approve(&usual(&recipient(1, "Acme Energy")), &Choices::default());
    let text = explain_token(&token, None, &[]);
    assert!(
        text.contains(&token.recipient().to_string()) && text.contains("stream 0101010101010101")
    );
    assert!(text.contains("1 January 2013 UTC"));
}

#[test]
fn records_for_others() {
    let (gp, request) = gp();
    let mut house = house();
    let token = house.approve(&request, &Choices::default());
    let state = house.history.state(token.id(), house.now).unwrap();
    let account = Account {
        token: &token,
        card: &gp.card,
        streams: &house.streams,
        granted: house.now,
        state,
    };
    golden("record.dpv.json", &account.to_dpv_json());
    golden("receipt.kantara.json", &account.to_kantara_json());
}

/// A receipt says of each consent whether what is read is of a special category: energy is not.
#[test]
fn receipts_say_what_is_sensitive() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let token = house.approve(&usual(&acme), &Choices::default());
    let account = Account {
        token: &token,
        card: &acme.card,
        streams: &house.streams,
        granted: house.now,
        state: house.history.state(token.id(), house.now).unwrap(),
    };
    let receipt = account.to_kantara_json();
    assert!(
        receipt.contains(r#""sensitive":false,"spiCat":[]"#),
        "{receipt}"
    );
}
