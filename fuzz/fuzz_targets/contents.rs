//! What a household that means harm seals into a bundle is refused, or lies within the token.
//!
//! The first byte says how the rest is padded. The envelope is left out: sealing and opening it takes a hundred times as long.
#![no_main]

use freehold::consent::{Keys, Revocations};
use freehold::crypto::padme_len;
use freehold_fuzz::{Consent, NOW, within};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: { Consent::get(); }, |bytes: &[u8]| within(bytes, || {
    let Some((&pads, contents)) = bytes.split_first() else { return };
    let mut plain = contents.to_vec();
    if pads & 1 == 0 {
        plain.resize(padme_len(plain.len()), 0);
    }
    let consent = Consent::get();
    let token = &consent.token;
    let Ok(opened) = consent.bundle.holding(&plain, token) else { return };
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
