//! Keys that sign in hardware.

use std::{ffi::c_void, sync::Arc};

use freehold::crypto::{self, PublicKey, Signature, SignerError, Statement};

use crate::{
    guard::{Fault, Grows, free, hand, known},
    status::FhStatus,
    userdata::{FhDrop, Userdata},
};

/// A signing key of a program's own: P-256, as security modules and secure elements have it.
pub struct FhSigner(Arc<Calls>);

/// What a signer answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum FhSignerAnswer {
    /// Signed.
    Done = 0,
    /// The key cannot be reached at present: locked, or its device is away.
    Unavailable = 1,
    /// The person said no.
    Refused = 2,
    /// It tried and failed.
    Failed = 3,
}

/// How many bytes a signer's public key has: an uncompressed point of P-256 (SEC 1, section 2.3.3).
pub const FH_POINT_BYTES: usize = 65;
/// How many bytes a signer is given to sign.
pub const FH_MESSAGE_BYTES: usize = 32;
/// How many bytes a signature has: r and s, 32 bytes each, big-endian.
pub const FH_SIGNATURE_BYTES: usize = 64;

/// A signer of a program's own. Set it to zeros, then every field.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FhSignerCalls {
    /// `sizeof(FhSignerCalls)`.
    pub struct_size: usize,
    /// What the function is given; or NULL.
    pub userdata: *mut c_void,
    /// Called once nobody uses `userdata` any more; or NULL.
    pub drop: FhDrop,
    /// Signs the `FH_MESSAGE_BYTES` bytes of `message` (ECDSA on P-256 with SHA-256, which hashes them), writes `FH_SIGNATURE_BYTES` bytes,
    /// and answers an `FhSignerAnswer`. It is called while something waits for it, by several threads at once, and may not call back with
    /// what was given this signer. Nothing may be thrown through it.
    pub sign: Option<
        unsafe extern "C" fn(userdata: *mut c_void, message: *const u8, signature: *mut u8) -> i32,
    >,
    /// The public key, an uncompressed point.
    pub public_key: [u8; FH_POINT_BYTES],
    /// 0.
    pub reserved: [u8; 7],
}

/// A signer of the program's own. When this fails, `drop` is not called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_signer_calls(
    calls: *const FhSignerCalls,
    out: *mut *mut FhSigner,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, || Ok(FhSigner(Arc::new(Calls::of(known(calls)?)?)))) }
}

/// Frees a signer. Recipients that were given it keep it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_signer_free(signer: *mut FhSigner) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(signer) }
}

/// # Safety
/// `signer` is NULL or a handle.
pub(crate) unsafe fn signer_or_none(signer: *const FhSigner) -> Option<Arc<dyn crypto::Signer>> {
    // SAFETY: the caller says the same.
    let signer = unsafe { signer.as_ref() }?;
    Some(Arc::clone(&signer.0) as Arc<dyn crypto::Signer>)
}

/// The function of a program.
struct Calls {
    userdata: Userdata,
    sign: unsafe extern "C" fn(*mut c_void, *const u8, *mut u8) -> i32,
    public_key: PublicKey,
}

impl Calls {
    fn of(calls: &FhSignerCalls) -> Result<Self, Fault> {
        if calls.reserved != [0; 7] {
            return Err(Fault::argument("reserved of FhSignerCalls"));
        }
        let public_key = PublicKey::from_p256(&calls.public_key)
            .map_err(|_| Fault::argument("no public key of P-256"))?;
        Ok(Self {
            sign: calls.sign.ok_or_else(Fault::null)?,
            public_key,
            // Last: what is made before and not used is dropped.
            userdata: Userdata::new(calls.userdata, calls.drop),
        })
    }
}

impl crypto::Signer for Calls {
    fn public_key(&self) -> PublicKey {
        self.public_key
    }

    fn sign_statement(&self, statement: &Statement) -> Result<Signature, SignerError> {
        let mut signature = [0; FH_SIGNATURE_BYTES];
        let message = statement.bytes().as_ptr();
        // SAFETY: the caller gave this function for it, and there is room for what it may write.
        match unsafe { (self.sign)(self.userdata.get(), message, signature.as_mut_ptr()) } {
            0 => Ok(Signature::from_p256(&signature)),
            1 => Err(SignerError::Unavailable),
            2 => Err(SignerError::Refused),
            _ => Err(SignerError::Failed),
        }
    }
}

const _: () = assert!(FhSignerAnswer::Failed as i32 == 3);

// SAFETY: it is.
unsafe impl Grows for FhSignerCalls {
    const NAME: &'static str = "FhSignerCalls";
}
