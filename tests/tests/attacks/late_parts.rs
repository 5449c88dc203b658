//! What is sealed after a revocation, of time that was granted before it.

use freehold::{Facet, Level, Levels, testing::logs_of_home};
use freehold_tests::{thief::Thief, wishes};

use crate::{Setting, day, hours, line, quarters};

/// Has: every key of a day, and read all of it; then its consent is withdrawn, and readings arrive late for that same day. Tries:
/// its keys on the further parts, and on the next hours of the day. Stopped by: the revocation started a new generation of roots
/// (consent-29), and no key for later data follows from an earlier one (keys-4). Who may still read gets the new nodes. What
/// it read before stays read (consent-26).
#[test]
fn a_late_part_after_a_revocation() {
    let setting = Setting::new(61);
    let levels: Levels = [Level::Raw, Level::Hour, Level::Day].into();
    let (mut thief, mut friend) = (Thief::new(1), Thief::new(2));
    let ask = || wishes(vec![line(levels, [Facet::Totals], 0, 24)], None);
    setting.record(day(), quarters().filter(|minute| *minute < 720), |n| {
        40_000 + n
    });
    let grant = thief.is_granted(&setting.home, ask());
    friend.is_granted(&setting.home, ask());
    let reads = |who: &Thief| who.reads(&logs_of_home(&setting.home).unwrap());
    let parts = |who: &Thief, of: u16| reads(who).keys().filter(|(.., part)| *part == of).count();
    // Before the revocation a late part opens: it is of a slot that was granted.
    setting.record(day(), [7].into_iter(), |_| 50_000);
    let before = reads(&thief);
    assert_eq!(before.len(), 12 + 12 + 1 + 3);
    assert_eq!((parts(&thief, 0), parts(&thief, 1)), (12 + 12 + 1, 3));

    setting.home.revoke(grant.token().id()).unwrap();
    setting.record(day(), [22, 725].into_iter(), |_| 60_000);
    let parcel = setting.home.parcel(&thief.card, &thief.have()).unwrap();
    assert_eq!(thief.extends(&parcel), 0);
    assert_eq!(reads(&thief), before);
    // Two late parts more of the first hour, a first of the thirteenth, raw and summed up, and the day's.
    let parcel = setting.home.parcel(&friend.card, &friend.have()).unwrap();
    assert_eq!(friend.extends(&parcel), 1);
    let after = reads(&friend);
    let new: Vec<_> = after
        .keys()
        .filter(|place| !before.contains_key(place))
        .collect();
    assert!(
        new.iter()
            .all(|(_, _, slot, _)| [hours(0, 1), hours(12, 13), hours(0, 24)].contains(slot)),
        "{new:?}"
    );
    assert_eq!(new.len(), 2 + 2 + 1);
}
