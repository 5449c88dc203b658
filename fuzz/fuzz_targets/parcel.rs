//! A parcel of any origin is taken or refused; what somebody says that it has is answered or refused.
#![no_main]

use std::cell::RefCell;

use freehold::{Have, Parcel, consent::FileType};
use freehold_fuzz::household::{Harmful, Rows};
use freehold_fuzz::within_facade;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static WORLD: RefCell<(Harmful, freehold::Home)> = RefCell::new({
        let rows = Rows::get();
        (Harmful::new(), rows.open(rows.rows.clone()).expect("as it was"))
    });
}

fuzz_target!(init: { WORLD.with(|_| ()); }, |bytes: &[u8]| WORLD.with_borrow(|(harmful, home)| within_facade(|| {
    let Some((&which, bytes)) = bytes.split_first() else { return };
    let card = harmful.recipient.card();
    if which & 1 == 0 {
        let Ok(parcel) = Parcel::from_file(&FileType::Parcel.wrap(bytes)) else { return };
        let _ = harmful.recipient.receive(&parcel);
    } else {
        let Ok(have) = Have::from_file(&FileType::Have.wrap(bytes)) else { return };
        let _ = home.parcel(card, &have);
    }
})));
