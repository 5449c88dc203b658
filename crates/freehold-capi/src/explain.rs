//! What a file says.

use freehold::{Explained, consent::FileType, explain, model::Zone};

use crate::{
    guard::{Fault, Grows, tell},
    proposal::id,
    status::FhStatus,
    text::{FhBuffer, FhBytes, FhId, FhStr},
};

/// What a Freehold file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FhFileType {
    /// A recipient's card.
    Card = 1,
    /// A recipient's request.
    Request = 2,
    /// A consent, and the keys that it stands for.
    Grant = 3,
    /// A consent was withdrawn.
    Revocation = 4,
    /// Further keys for a consent.
    Extension = 5,
    /// What a home hands to a recipient, when no relay can be met.
    Parcel = 6,
    /// What a recipient says that it has.
    Have = 7,
}

/// What a file is.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct FhFile {
    /// `sizeof(FhFile)`.
    pub struct_size: usize,
    /// The id of the card or the request, or of the consent that a grant, an extension or a revocation is of; zeros for others.
    pub id: FhId,
    /// An `FhFileType`.
    pub file_type: u8,
    /// 0.
    pub reserved: [u8; 7],
}

/// Says what a file is, in words, for a person to read, with times in `zone`, such as `Europe/Paris`. The signatures of cards, requests and
/// grants are verified first; of any other file the text says that its recipient verifies it. Nothing is granted, accepted or withdrawn.
/// `about` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_explain(
    file: FhBytes,
    zone: FhStr,
    about: *mut FhFile,
    text: *mut *mut FhBuffer,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        tell(about, || {
            if text.is_null() {
                return Err(Fault::null());
            }
            let (file, zone) = (file.bytes()?, zone.text()?);
            let zone = Zone::new(zone).map_err(|_| Fault::argument("no such zone"))?;
            let explained = explain(file, &zone)?;
            let is = FhFile::from(&explained);
            let words = FhBuffer::of(explained.text);
            text.write(Box::into_raw(Box::new(words)));
            Ok(is)
        })
    }
}

impl From<&Explained> for FhFile {
    fn from(explained: &Explained) -> Self {
        Self {
            struct_size: size_of::<Self>(),
            id: id(explained.id.unwrap_or_default()),
            file_type: match explained.kind {
                FileType::Card => FhFileType::Card,
                FileType::Request => FhFileType::Request,
                FileType::Grant => FhFileType::Grant,
                FileType::Revocation => FhFileType::Revocation,
                FileType::Extension => FhFileType::Extension,
                FileType::Parcel => FhFileType::Parcel,
                FileType::Have => FhFileType::Have,
            } as u8,
            reserved: [0; 7],
        }
    }
}

// SAFETY: it is.
unsafe impl Grows for FhFile {
    const NAME: &'static str = "FhFile";
}
