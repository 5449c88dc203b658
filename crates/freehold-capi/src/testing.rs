//! What is for tests.

use freehold::testing;

use crate::{
    clock::{FhClock, clock_or_system},
    guard::{free, give, hand, lent, tell},
    home::FhHome,
    recipient::FhRecipient,
    signer::{FH_MESSAGE_BYTES, FH_POINT_BYTES, FH_SIGNATURE_BYTES},
    status::FhStatus,
    sync::FhReceived,
    text::FhBytes,
};

/// Hands a recipient what a home in the same process owes it, without a relay: for tests. `out` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_testing_sync(
    home: *const FhHome,
    recipient: *const FhRecipient,
    out: *mut FhReceived,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        tell(out, || {
            let (home, recipient) = (&lent(home)?.0, &lent(recipient)?.0);
            Ok(testing::sync(home, recipient)?.into())
        })
    }
}

/// Whoever a grant was sealed to, in memory: for tests, such as those with Freehold's vectors. `seed` are the 32 bytes of its envelope key.
/// It has not accepted the grant yet, and it has no key of its card, so nobody believes what it signs. `clock` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_testing_recipient_of(
    grant: FhBytes,
    seed: *const u8,
    clock: *const FhClock,
    out: *mut *mut FhRecipient,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let seed = *lent(seed.cast::<[u8; 32]>())?;
            let clock = clock_or_system(clock);
            Ok(FhRecipient(testing::recipient_of(
                grant.bytes()?,
                seed,
                clock,
            )?))
        })
    }
}

/// A P-256 key in software, in the place of one in hardware: for tests.
pub struct FhTestingKey(testing::HardwareKey);

/// A fresh key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_testing_key_new(out: *mut *mut FhTestingKey) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, || Ok(FhTestingKey(testing::HardwareKey::new()?))) }
}

/// Writes the `FH_POINT_BYTES` bytes of the public key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_testing_key_point(
    key: *const FhTestingKey,
    point: *mut u8,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        give(point.cast::<[u8; FH_POINT_BYTES]>(), || {
            Ok(lent(key)?.0.point())
        })
    }
}

/// Signs the `FH_MESSAGE_BYTES` bytes of `message`, and writes `FH_SIGNATURE_BYTES` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_testing_key_sign(
    key: *const FhTestingKey,
    message: *const u8,
    signature: *mut u8,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        give(signature.cast::<[u8; FH_SIGNATURE_BYTES]>(), || {
            let message = *lent(message.cast::<[u8; FH_MESSAGE_BYTES]>())?;
            Ok(lent(key)?.0.sign(message)?)
        })
    }
}

/// Frees a key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_testing_key_free(key: *mut FhTestingKey) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(key) }
}
