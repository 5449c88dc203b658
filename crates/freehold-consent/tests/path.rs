//! Request, proposal, approval, token, bundle, opening; and everything swapped or changed on the way.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test"
)]

mod common;

use common::*;
use freehold_consent::*;
use freehold_crypto::{EnvelopeError, Secret, SeededEntropy, SigningKey};
use freehold_model::{Facet, Level};

/// [consent-21], [consent-23]
#[test]
fn the_whole_path() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let request = UnverifiedRequest::from_file(&usual(&acme).to_file())
        .unwrap()
        .verify()
        .unwrap();
    let file = house
        .grant(&request, &Choices::default())
        .to_file()
        .unwrap();
    let grant = UnverifiedGrant::from_file(&file).unwrap().verify().unwrap();
    let keys = grant.open(&acme.card, &acme.envelope).unwrap();
    let none = Revocations::new();
    let permit = grant
        .token()
        .permit(house.now, acme.card.id(), &none)
        .unwrap();
    assert_eq!(keys.trees().count(), 3, "January to June 2013");
    assert_eq!(keys.stream(USE).unwrap().label.as_str(), "use");
    assert_eq!(keys.horizon(), house.now.plus_ms(Span::WEEK.ms()));
    for tree in keys.trees() {
        let theirs = keys.cover(&permit, tree).unwrap();
        let whole = root(tree.stream, tree.epoch, tree.generation).tree(tree.level, tree.facet);
        let calendar = house.streams[0].calendar();
        for slot in openable(calendar, tree, theirs) {
            let leaf = tree.epoch.index(tree.level, slot.start).unwrap();
            assert_eq!(theirs.leaf(leaf), whole.leaf(leaf));
        }
    }
}

/// [consent-5]
#[test]
fn swapped_recipient() {
    let (mut house, acme, other) = (
        house(),
        recipient(1, "Acme Energy"),
        recipient(2, "Acme Energy"),
    );
    let grant = house.grant(&usual(&acme), &Choices::default());
    let wrong = BundleError::Refused(Refusal::WrongRecipient {
        granted_to: acme.card.id(),
    });
    assert_eq!(grant.open(&other.card, &other.envelope).err(), Some(wrong));
    // With the right card's bytes but not its key.
    let envelope = BundleError::Envelope(EnvelopeError::Open);
    assert_eq!(
        grant.open(&acme.card, &other.envelope).err(),
        Some(envelope)
    );
    let swapped = Grant::new(
        other.card.clone(),
        grant.token().clone(),
        grant.bundles().to_vec(),
    );
    assert_eq!(swapped.err(), Some(GrantError::WrongCard));
    let sealed = house.bundle(grant.token(), &other.card, &house.issue(1));
    assert_eq!(sealed.err(), Some(ComposeError::WrongCard));
}

/// Two consents, one recipient: a bundle opens only beside its own token.
#[test]
fn swapped_bundle() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let first = house.grant(&usual(&acme), &Choices::default());
    house.now = house.now.plus_ms(3_600_000);
    let second = house.grant(&usual(&acme), &Choices::default());
    assert_ne!(first.token().id(), second.token().id());
    let spliced = Grant::new(
        acme.card.clone(),
        first.token().clone(),
        second.bundles().to_vec(),
    );
    assert_eq!(
        spliced.err(),
        Some(GrantError::Bundle(BundleError::OtherToken))
    );
    let open = second.bundles()[0].open(first.token(), &acme.card, &acme.envelope);
    assert_eq!(open.err(), Some(BundleError::OtherToken));
}

#[test]
fn a_bundle_by_another_than_the_grantor() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let grant = house.grant(&usual(&acme), &Choices::default());
    let mut bytes = grant.bundles()[0].as_bytes().to_vec();
    let at = bytes.len() - 1;
    bytes[at] ^= 1;
    let read = UnverifiedBundle::from_bytes(&bytes)
        .unwrap()
        .verify(grant.token());
    assert_eq!(
        read.err(),
        Some(BundleError::Verify(VerifyError::Signature))
    );
    let stranger = SigningKey::from_seed(&Secret::from_bytes([8; 32])).unwrap();
    let mut entropy = SeededEntropy::new(6);
    let draft = SealedBundle::compose(
        grant.token(),
        &acme.card,
        &house.streams,
        &house.issue(1),
        &Secret::from_bytes([7; 32]),
        whole_trees,
        &mut entropy,
    );
    assert_eq!(
        draft.unwrap().sign(&stranger).err(),
        Some(SignError::WrongKey)
    );
}

/// [consent-22]
#[test]
fn an_agent_that_has_not_heard_for_a_lease_extends_nothing() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let token = house.approve(&usual(&acme), &Choices::default());
    let mut issue = house.issue(1);
    issue.journal.at = house.now.plus_ms(-Span::WEEK.ms());
    assert!(
        house.bundle(&token, &acme.card, &issue).is_ok(),
        "exactly one lease"
    );
    issue.journal.at = issue.journal.at.plus_ms(-1);
    let stale = ComposeError::JournalStale {
        head: issue.journal.at,
    };
    assert_eq!(house.bundle(&token, &acme.card, &issue).err(), Some(stale));
    issue = house.issue(1);
    issue.now = token.terms().usable.until();
    let ended = ComposeError::Expired { at: issue.now };
    assert_eq!(house.bundle(&token, &acme.card, &issue).err(), Some(ended));
}

#[test]
fn extensions_reach_further_and_only_once() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let grant = house.grant(&usual(&acme), &Choices::default());
    let mut keys = grant.open(&acme.card, &acme.envelope).unwrap();
    let first_horizon = keys.horizon();
    let tree = *keys.trees().last().unwrap();
    let count = |keys: &Keys, house: &House| {
        let none = Revocations::new();
        let permit = grant
            .token()
            .permit(house.now, acme.card.id(), &none)
            .unwrap();
        openable(
            house.streams[0].calendar(),
            &tree,
            keys.cover(&permit, &tree).unwrap(),
        )
        .len()
    };
    let before = count(&keys, &house);
    house.now = house.now.plus_ms(Span::WEEK.ms());
    let issue = Issue {
        since: Some(first_horizon),
        succession: None,
        ..house.issue(1)
    };
    let sealed = house.bundle(grant.token(), &acme.card, &issue).unwrap();
    let file = UnverifiedBundle::from_file(&sealed.to_file()).unwrap();
    let extension = file.verify(grant.token()).unwrap();
    keys.extend(
        extension
            .open(grant.token(), &acme.card, &acme.envelope)
            .unwrap(),
    )
    .unwrap();
    assert_eq!(count(&keys, &house), before + 7);
    let again = extension
        .open(grant.token(), &acme.card, &acme.envelope)
        .unwrap();
    assert_eq!(
        keys.extend(again).err(),
        Some(BundleError::Repeated { seq: 1 })
    );
}

/// [consent-18]
#[test]
fn proposal_changed_after_it_was_shown() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let request = usual(&acme);
    let proposal = house.propose(&request, &Choices::default()).unwrap();
    let shown = proposal.shown();
    let approve = |proposal: &Proposal| {
        proposal
            .approve(shown, true, house.now, &mut SeededEntropy::new(5))
            .map(|_| ())
            .err()
    };
    assert_eq!(approve(&proposal), None);
    // The same on another occasion of the day, but not for anything else.
    let mut changed: Vec<Proposal> = Vec::new();
    house.now = house.now.plus_ms(3_600_000);
    assert_eq!(
        house
            .propose(&request, &Choices::default())
            .unwrap()
            .shown(),
        shown
    );
    for choices in [
        Choices {
            data_until: Some(time("2013-06-01")),
            ..Choices::default()
        },
        Choices {
            expires: Some(time("2013-09-01")),
            ..Choices::default()
        },
        Choices {
            lease: Some(Span::HOUR),
            ..Choices::default()
        },
        Choices {
            retention: Some(Retention::from_days(1)),
            ..Choices::default()
        },
    ] {
        changed.push(house.propose(&request, &choices).unwrap());
    }
    // The same wishes in another request, another label of the stream, another past.
    let again = Request::make(
        &acme.card,
        request.wishes().clone(),
        &acme.key,
        &mut SeededEntropy::new(99),
    )
    .unwrap();
    changed.push(house.propose(&again, &Choices::default()).unwrap());
    house.streams[0].label = name("use of the flat");
    changed.push(house.propose(&request, &Choices::default()).unwrap());
    house.streams[0].label = name("use");
    let hours = ask(
        "energy_interval",
        &[Level::Hour],
        &[Facet::Totals],
        "2013-05-01T12:00",
        Some("2013-05-02"),
    );
    house.approve(
        &common::request(&acme, wishes(vec![hours])),
        &Choices::default(),
    );
    changed.push(house.propose(&request, &Choices::default()).unwrap());
    for proposal in &changed {
        let refused = ApproveError::NotShown {
            proposal: proposal.shown(),
        };
        assert_eq!(
            proposal
                .approve(shown, true, house.now, &mut SeededEntropy::new(5))
                .err(),
            Some(refused)
        );
    }
    let mut hashes: Vec<ShownHash> = changed.iter().map(Proposal::shown).collect();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), changed.len(), "all differ");
}

/// What was shown to follow from a consent is looked at again before it is approved.
#[test]
fn closure_that_changed_after_it_was_shown() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let proposal = house.propose(&usual(&acme), &Choices::default()).unwrap();
    let check = |house: &House| proposal.check_closure(&house.streams, &house.history);
    assert_eq!(check(&house), Ok(()));
    let hours = ask(
        "energy_interval",
        &[Level::Hour],
        &[Facet::Totals],
        "2013-05-01T12:00",
        Some("2013-05-02"),
    );
    house.approve(&request(&acme, wishes(vec![hours])), &Choices::default());
    assert_eq!(check(&house), Err(ApproveError::Outdated));
}

/// [consent-6]
#[test]
fn request_changed_after_it_was_signed() {
    let acme = recipient(1, "Acme Energy");
    let request = usual(&acme);
    for byte in 0..request.as_bytes().len() {
        let mut bytes = request.as_bytes().to_vec();
        bytes[byte] ^= 1;
        let read = UnverifiedRequest::from_bytes(&bytes).map_err(VerifyError::from);
        assert!(
            read.and_then(UnverifiedRequest::verify).is_err(),
            "byte {byte}"
        );
    }
    // Signed by another than the card's owner.
    let mallory = recipient(3, "Mallory");
    let draft = Request::draft(
        &acme.card,
        request.wishes().clone(),
        &mut SeededEntropy::new(1),
    )
    .unwrap();
    assert_eq!(draft.sign(&mallory.key).err(), Some(SignError::WrongKey));
}

/// [consent-17]
#[test]
fn choices_only_narrow() {
    let (house, acme) = (house(), recipient(1, "Acme Energy"));
    let wishes = Wishes {
        duration: Some("P30D".parse().unwrap()),
        lease: Some("P3D".parse().unwrap()),
        ..wishes(usual(&acme).wishes().asks.clone())
    };
    let request = request(&acme, wishes);
    let plain = house
        .propose(&request, &Choices::default())
        .unwrap()
        .terms(house.now)
        .unwrap();
    assert_eq!(plain.usable.until(), time("2013-07-15"));
    assert_eq!(plain.lease.to_string(), "P3D");
    let wider = Choices {
        data_from: Some(time("2000-01-01")),
        data_until: Some(time("2099-01-01")),
        expires: Some(time("2099-01-01")),
        lease: Some(LEASE_MAX),
        retention: Some(Retention::from_days(9999)),
        levels: Some(freehold_model::Levels::ALL),
        facets: Some(freehold_model::Facets::ALL),
        purposes: Some(Purpose::all().collect()),
        streams: Some(vec![USE]),
    };
    let widest = house
        .propose(&request, &wider)
        .unwrap()
        .terms(house.now)
        .unwrap();
    assert_eq!(widest, plain);
    let narrower = Choices {
        data_until: Some(time("2013-02-01")),
        lease: Some(Span::HOUR),
        ..Choices::default()
    };
    let narrow = house
        .propose(&request, &narrower)
        .unwrap()
        .terms(house.now)
        .unwrap();
    assert!(narrow.is_within(&plain) && !plain.is_within(&narrow));
    let refused = |choices: Choices| house.propose(&request, &choices).err().unwrap();
    let kind = name("energy_interval");
    let levels = Some([Level::Hour].into_iter().collect());
    assert_eq!(
        refused(Choices {
            levels,
            ..Choices::default()
        }),
        ProposeError::Nothing { kind: kind.clone() }
    );
    let facets = Some([Facet::Extremes].into_iter().collect());
    assert_eq!(
        refused(Choices {
            facets,
            ..Choices::default()
        }),
        ProposeError::Nothing { kind: kind.clone() }
    );
    let data_until = Some(time("2013-01-01"));
    assert_eq!(
        refused(Choices {
            data_until,
            ..Choices::default()
        }),
        ProposeError::Nothing { kind }
    );
    assert_eq!(
        refused(Choices {
            expires: Some(house.now),
            ..Choices::default()
        }),
        ProposeError::Ended
    );
    assert_eq!(
        refused(Choices {
            streams: Some(vec![HEART]),
            ..Choices::default()
        }),
        ProposeError::NotAsked(HEART)
    );
    let purposes = Some(vec!["dpv:Marketing".parse().unwrap()]);
    assert_eq!(
        refused(Choices {
            purposes,
            ..Choices::default()
        }),
        ProposeError::Purposes
    );
}

/// [consent-7]
#[test]
fn several_streams_of_a_kind_have_to_be_chosen() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    house
        .streams
        .push(stream(SUB, "heat pump", "energy_interval"));
    let which = house
        .propose(&usual(&acme), &Choices::default())
        .err()
        .unwrap();
    let kind = name("energy_interval");
    assert_eq!(
        which,
        ProposeError::WhichStream {
            kind: kind.clone(),
            matches: vec![USE, SUB]
        }
    );
    let both = Choices {
        streams: Some(vec![SUB, USE]),
        ..Choices::default()
    };
    let proposal = house.propose(&usual(&acme), &both).unwrap();
    assert_eq!(
        proposal.terms(house.now).unwrap().scope.streams(),
        [USE, SUB]
    );
    house.streams.clear();
    assert_eq!(
        house.propose(&usual(&acme), &both).err(),
        Some(ProposeError::NoStream { kind })
    );
}

/// A line of which no stream was chosen is no part of the proposal.
#[test]
fn a_line_may_be_left_out() {
    let (house, acme) = (house(), recipient(1, "Acme Energy"));
    let of = |kind| ask(kind, &[Level::Day], &[Facet::Totals], "2013-01-01", None);
    let both = request(&acme, wishes(vec![of("energy_interval"), of("heart_rate")]));
    let one = Choices {
        streams: Some(vec![HEART]),
        ..Choices::default()
    };
    let terms = house
        .propose(&both, &one)
        .unwrap()
        .terms(house.now)
        .unwrap();
    assert_eq!(terms.scope.streams(), [HEART]);
    assert_eq!(terms.usable.until(), time("2014-06-15"), "a day's start");
}

/// A consent for less than a day ends by the minute, even the shortest.
#[test]
fn a_minute_is_long_enough() {
    let (house, acme) = (house(), recipient(1, "Acme Energy"));
    let wishes = Wishes {
        duration: Some(Span::MINUTE),
        ..wishes(usual(&acme).wishes().asks.clone())
    };
    let proposal = house.propose(&request(&acme, wishes), &Choices::default());
    let end = proposal.unwrap().terms(house.now).unwrap().usable.until();
    assert_eq!(end, house.now.plus_ms(60_000));
}

/// An open-ended request ends with the consent.
#[test]
fn open_ended_data_ends_with_the_consent() {
    let (house, gp) = (house(), recipient(2, "Surgery"));
    let open = ask(
        "heart_rate",
        &[Level::Hour],
        &[Facet::Totals],
        "2013-06-01",
        None,
    );
    let proposal = house
        .propose(&request(&gp, wishes(vec![open])), &Choices::default())
        .unwrap();
    let terms = proposal.terms(house.now).unwrap();
    assert_eq!(terms.scope.lines()[0].data.until(), terms.usable.until());
    assert_eq!(terms.usable.until(), time("2014-06-15"));
}

/// [consent-27]
#[test]
fn unattended_approval_is_recorded() {
    let (house, acme) = (house(), recipient(1, "Acme Energy"));
    let proposal = house.propose(&usual(&acme), &Choices::default()).unwrap();
    let draft = proposal
        .approve(
            proposal.shown(),
            false,
            house.now,
            &mut SeededEntropy::new(5),
        )
        .unwrap();
    let token = draft.sign(&house.key).unwrap();
    assert!(!token.attended());
    assert!(
        explain_token(&token, Some(&acme.card), &house.streams).contains("without asking a person")
    );
}

/// [consent-25]
#[test]
fn revocation_and_history() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let first = house.approve(&usual(&acme), &Choices::default());
    let draft = Revocation::draft(&first, house.now, &mut SeededEntropy::new(1)).unwrap();
    let revocation = draft.sign(&house.key).unwrap();
    let read = UnverifiedRevocation::from_file(&revocation.to_file()).unwrap();
    assert_eq!(read.token(), first.id());
    assert_eq!(read.clone().verify(&first), Ok(revocation.clone()));
    house.now = house.now.plus_ms(3_600_000);
    house.history.revoked(revocation.clone()).unwrap();
    let second = house.approve(&usual(&acme), &Choices::default());
    assert_eq!(read.verify(&second), Err(NotRevoked::OtherToken));
    let state = |id, at| house.history.state(id, at).map(State::name);
    assert_eq!(
        state(first.id(), house.now),
        Some("revoked"),
        "granting again erases nothing"
    );
    assert_eq!(state(second.id(), house.now), Some("live"));
    assert_eq!(
        state(second.id(), second.terms().usable.until()),
        Some("expired")
    );
    assert_eq!(house.history.events().len(), 3);
    assert_eq!(
        house.history.revoked(revocation).err(),
        Some(HistoryError::Repeated(first.id()))
    );
    let stranger = SigningKey::from_seed(&Secret::from_bytes([8; 32])).unwrap();
    let draft = Revocation::draft(&second, house.now, &mut SeededEntropy::new(1)).unwrap();
    assert_eq!(draft.sign(&stranger).err(), Some(SignError::WrongKey));
}

#[test]
fn files_are_told_apart() {
    let (mut house, acme) = (house(), recipient(1, "Acme Energy"));
    let request = usual(&acme);
    let grant = house.grant(&request, &Choices::default());
    let files = [
        (FileType::Card, acme.card.to_file()),
        (FileType::Request, request.to_file()),
        (FileType::Grant, grant.to_file().unwrap()),
        (FileType::Extension, grant.bundles()[0].to_file()),
    ];
    for (kind, file) in &files {
        assert_eq!(FileType::of(file), Ok(*kind));
        assert_eq!(
            UnverifiedCard::from_file(file).is_ok(),
            *kind == FileType::Card
        );
        assert_eq!(
            UnverifiedRequest::from_file(file).is_ok(),
            *kind == FileType::Request
        );
        assert_eq!(
            UnverifiedGrant::from_file(file).is_ok(),
            *kind == FileType::Grant
        );
        assert!(UnverifiedRevocation::from_file(file).is_err());
        let longer = [&file[..], &[0]].concat();
        assert!(
            UnverifiedGrant::from_file(&longer).is_err()
                && UnverifiedCard::from_file(&longer).is_err()
        );
    }
}
