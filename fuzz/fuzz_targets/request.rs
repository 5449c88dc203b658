//! Bytes of any origin are no request. Signed by the recipient that they name, they are one that can be shown and proposed.
#![no_main]

use std::sync::LazyLock;

use freehold::consent::{
    Choices, FileType, History, Locale, Occasion, UnverifiedRequest, explain_request, propose,
};
use freehold::crypto::{Domain, Suite};
use freehold::model::Zone;
use freehold_fuzz::{Consent, NOW, key, signed, unsigned, within};
use libfuzzer_sys::fuzz_target;

static HISTORY: LazyLock<History> = LazyLock::new(History::new);

fuzz_target!(init: { Consent::get(); }, |body: &[u8]| within(body, || {
    if UnverifiedRequest::from_bytes(&unsigned(body)).is_err() {
        return;
    }
    let file = FileType::Request.wrap(&signed(Domain::Request, body));
    let verified = UnverifiedRequest::from_file(&file).expect("it decoded before").verify();
    let Ok(request) = verified else { return };
    assert_eq!(request.to_file(), file);
    assert!(!request.wishes().asks.is_empty());
    assert!(!explain_request(&request, &Zone::utc()).is_empty());
    let occasion = Occasion {
        grantor: key().public_key(),
        suite: Suite::One,
        streams: &Consent::get().streams,
        history: &HISTORY,
        now: NOW,
        locale: Locale::EnGb,
    };
    if let Ok(proposal) = propose(&request, &Choices::default(), &occasion) {
        assert!(!proposal.explain().is_empty());
        let _ = proposal.terms(NOW);
    }
}));
