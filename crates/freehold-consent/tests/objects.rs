//! Objects one by one: their bytes, their bounds, and lines that no honest writer makes.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking; its numbers are small"
)]

mod common;

use common::*;
use freehold_consent::*;
use freehold_crypto::{Domain, SeededEntropy};
use freehold_model::{Facet, Level, Time, wire};

#[test]
fn roles_have_names() {
    let roles = [Role::Controller, Role::JointController, Role::Processor];
    let names = ["controller", "joint-controller", "processor"];
    assert_eq!(roles.map(Role::name), names);
    assert_eq!(names.map(Role::from_name), roles.map(Some));
    assert_eq!(Role::from_name("owner"), None);
}

/// [consent-3]: what an object gives as its bytes is what reads back as it.
#[test]
fn objects_give_their_bytes() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let request = usual(&acme);
    let read = UnverifiedRequest::from_bytes(request.as_bytes()).unwrap();
    assert_eq!(read.verify().unwrap().id(), request.id());
    let token = house.approve(&request, &Choices::default());
    let draft = Revocation::draft(&token, house.now, &mut SeededEntropy::new(1)).unwrap();
    let revocation = draft.sign(&house.key).unwrap();
    let read = UnverifiedRevocation::from_bytes(revocation.as_bytes()).unwrap();
    assert_eq!(read.verify(&token), Ok(revocation));
}

/// [consent-24]: a bundle describes the token's streams, and names the trees that its keys have.
#[test]
fn bundles_say_what_they_hold() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let grant = house.grant(&usual(&acme), &Choices::default());
    let bundle = UnverifiedBundle::from_bytes(grant.bundles()[0].as_bytes())
        .unwrap()
        .verify(grant.token())
        .unwrap()
        .open(grant.token(), &acme.card, &acme.envelope)
        .unwrap();
    let streams: Vec<StreamId> = bundle.streams().iter().map(|info| info.id).collect();
    assert_eq!(streams, [USE]);
    let trees: Vec<TreeId> = bundle.trees().copied().collect();
    assert!(
        trees
            .iter()
            .all(|tree| tree.level == Level::Day && tree.facet == Facet::Totals)
    );
    assert!(!trees.is_empty());
    let keys = Keys::new(bundle);
    assert!(keys.trees().copied().eq(trees));
}

/// [consent-22]: a recipient takes a bundle that was made exactly one lease after the head that it names.
#[test]
fn a_bundle_made_at_the_last_moment_opens() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let token = house.approve(&usual(&acme), &Choices::default());
    let mut issue = house.issue(0);
    issue.journal.at = house.now.plus_ms(-Span::WEEK.ms());
    let sealed = house.bundle(&token, &acme.card, &issue).unwrap();
    let read = UnverifiedBundle::from_bytes(sealed.as_bytes()).unwrap();
    let opened = read
        .verify(&token)
        .unwrap()
        .open(&token, &acme.card, &acme.envelope);
    assert!(opened.is_ok());
}

/// [consent-1]: a request has 1 to 16 lines, whoever signs it.
#[test]
fn lines_are_bounded() {
    let acme = recipient(1, "Acme Energy");
    let draft = |lines| {
        let asks = vec![line(); lines];
        Request::draft(&acme.card, wishes(asks), &mut SeededEntropy::new(1))
    };
    assert_eq!(draft(0).err(), Some(RequestError::Lines(0)));
    assert!(draft(16).is_ok());
    assert_eq!(draft(17).err(), Some(RequestError::Lines(17)));
    let bytes = wire::to_bytes(&line());
    let none = changed(&acme, &[&[1], &bytes[..]].concat(), &[0]);
    assert!(UnverifiedRequest::from_bytes(&none).is_err());
}

/// [consent-28]: a line by the stream's clock reads back; a line that asks for readings of days does not.
#[test]
fn lines_are_sound_or_refused() {
    let acme = recipient(1, "Acme Energy");
    let by_clock = request(&acme, wishes(vec![line().by_the_streams_clock()]));
    let read = UnverifiedRequest::from_bytes(by_clock.as_bytes()).unwrap();
    assert_eq!(read.verify().unwrap().wishes(), by_clock.wishes());

    let sound = wire::to_bytes(&line());
    assert!(UnverifiedRequest::from_bytes(&changed(&acme, &sound, &sound)).is_ok());
    let facets = sound
        .iter()
        .position(|byte| *byte == 1 << Facet::Totals as u8)
        .unwrap();
    let mut unsound = sound.clone();
    unsound[facets] = 1 << Facet::Readings as u8;
    let unsound = changed(&acme, &sound, &unsound);
    assert_eq!(
        UnverifiedRequest::from_bytes(&unsound).err(),
        Some(WireError::Malformed)
    );
}

/// [consent-1]: an object of the most bytes is read, and found to be none; a longer one is not looked at.
#[test]
fn objects_have_a_most() {
    let read = |len| UnverifiedCard::from_bytes(&vec![VERSION; len]).err();
    assert_eq!(read(CARD_BYTES_MAX), Some(WireError::Malformed));
    assert_eq!(
        read(CARD_BYTES_MAX + 1),
        Some(WireError::TooLong {
            len: CARD_BYTES_MAX + 1,
            max: CARD_BYTES_MAX
        })
    );
}

/// [consent-4]: what is invisible or turns others around is in no name, and quotation marks are plain.
#[test]
fn names_show_what_they_hold() {
    let invisible = "\u{7f}\u{ad}\u{34f}\u{600}\u{605}\u{61c}\u{6dd}\u{70f}\u{890}\u{891}\u{8e2}\u{115f}\u{1160}\
        \u{17b4}\u{17b5}\u{180b}\u{180f}\u{200b}\u{200f}\u{202a}\u{202e}\u{2060}\u{206f}\u{2800}\u{3164}\u{e000}\
        \u{f8ff}\u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{fff0}\u{fffc}\u{1bca0}\u{1bca3}\u{1d173}\u{1d17a}\u{e0000}\u{10ffff}";
    for c in invisible.chars() {
        let shown = Name::new(&format!("Ac{c}me")).unwrap();
        assert_eq!(shown.as_str(), "Acme", "{}", c.escape_unicode());
    }
    for c in "\"\u{201c}\u{201f}\u{ab}\u{bb}\u{301d}\u{301f}\u{ff02}".chars() {
        let shown = Name::new(&format!("Ac{c}me")).unwrap();
        assert_eq!(shown.as_str(), "Ac'me", "{}", c.escape_unicode());
    }
    for c in "é'\u{606}\u{2010}\u{ffa1}\u{fffd}\u{1f600}".chars() {
        let text = format!("Ac{c}me");
        assert_eq!(Name::new(&text).unwrap().as_str(), text);
    }
}

#[test]
fn consent_is_one_basis_of_several() {
    assert!(LegalBasis::CONSENT.is_consent());
    let contract: LegalBasis = "A6-1-b".parse().unwrap();
    assert!(!contract.is_consent());
}

/// A window holds its first instant and not its last; it covers what lies wholly in it.
#[test]
fn windows_are_half_open() {
    let (from, until) = (time("2013-03-01"), time("2013-03-02"));
    let day = Window::inside(from, until).unwrap();
    let before = |instant: Time| instant.plus_ms(-1);
    assert!(day.contains(from) && day.contains(before(until)));
    assert!(!day.contains(before(from)) && !day.contains(until));
    assert!(day.covers(from, until) && day.covers(from, before(until)));
    assert!(!day.covers(before(from), until) && !day.covers(from, until.plus_ms(1)));
}

/// Data are kept for whole days, rather one less than one more.
#[test]
fn retention_counts_whole_days() {
    let days = |text: &str| Retention::from_span(text.parse().unwrap()).map(Retention::days);
    assert_eq!(days("P30D"), Some(30));
    assert_eq!(days("P2DT23H59M"), Some(2));
    assert_eq!(days("PT1H"), Some(0));
    assert_eq!(days("P65535D"), Some(65_535));
    assert_eq!(days("P65536D"), None);
}

fn line() -> Ask {
    ask(
        "energy_interval",
        &[Level::Day],
        &[Facet::Totals],
        "2013-01-01",
        None,
    )
}

/// A request of one line in whose bytes `from` was replaced before the card's owner signed them.
fn changed(by: &Recipient, from: &[u8], to: &[u8]) -> Vec<u8> {
    let honest = request(by, wishes(vec![line()]));
    let payload = &honest.as_bytes()[..honest.as_bytes().len() - 64];
    let at = payload
        .windows(from.len())
        .position(|part| part == from)
        .unwrap();
    let mut bytes = [&payload[..at], to, &payload[at + from.len()..]].concat();
    let signature = by.key.sign(Domain::Request, &bytes).unwrap();
    bytes.extend_from_slice(&signature.to_bytes());
    bytes
}
