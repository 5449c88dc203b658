//! What a household that means harm seals into a bundle is refused, or lies within the token.
//!
//! The first byte says how the rest is padded; then it is sealed to the recipient and signed, so that only the contents are
//! wrong.
#![no_main]

use freehold::consent::{Keys, Revocations, UnverifiedBundle};
use freehold::crypto::{Domain, SeededEntropy, padme_len};
use freehold::model::wire;
use freehold_fuzz::{Consent, NOW, signed, within};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: { Consent::get(); }, |bytes: &[u8]| within(bytes, || {
    let Some((&pads, contents)) = bytes.split_first() else { return };
    let mut plain = contents.to_vec();
    if pads & 1 == 0 {
        plain.resize(padme_len(plain.len()), 0);
    }
    let consent = Consent::get();
    let (token, header) = (&consent.token, consent.bundle.header());
    let aad = wire::to_bytes(header);
    let mut entropy = SeededEntropy::new(pads.into());
    let public = consent.envelope.public_key();
    let envelope = public.seal(token.suite(), &token.id().0, &aad, &plain, &mut entropy);
    let body = [&[1], &aad[..], &wire::to_bytes(&envelope.expect("it has a length"))].concat();
    let bundle = UnverifiedBundle::from_bytes(&signed(Domain::Bundle, &body));
    let bundle = bundle.and_then(|bundle| Ok(bundle.verify(token).expect("our key")));
    let bundle = bundle.expect("only the contents are wrong");
    let Ok(opened) = bundle.open(token, &consent.card, &consent.envelope) else { return };
    let trees: Vec<_> = opened.trees().copied().collect();
    assert!(trees.is_sorted());
    assert!(opened.streams().iter().map(|info| info.id).eq(token.terms().scope.streams()));
    let keys = Keys::new(opened);
    let permit = token.permit(NOW, consent.card.id(), &Revocations::new()).expect("it is live");
    for tree in &trees {
        assert!(token.terms().scope.facets(tree.stream, tree.level).contains(tree.facet));
        let cover = keys.cover(&permit, tree).expect("it was there");
        assert_eq!(cover.covered().is_empty(), cover.is_empty());
    }
}));
