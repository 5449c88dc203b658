//! What a file says.

use freehold::consent::CardId;

use crate::{
    FfiError,
    words::{FileType, zone},
};

/// A file in plain language.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Explained {
    /// What it is.
    pub kind: FileType,
    /// The id of the card or the request, or of the consent that a grant, an extension or a revocation is of.
    pub id: Option<String>,
    /// What it says, in lines.
    pub text: String,
}

/// Says what a file is, in words, for a person to read, with times in `zone_name`, such as `Europe/Paris`. The signatures of cards,
/// requests and grants are verified first; of any other file the text says that its recipient verifies it.
///
/// # Errors
/// `malformed`, `not_freehold`, `newer_format`, `signature`; [`FfiError::Argument`] when there is no such zone.
#[uniffi::export]
pub fn explain(file: &[u8], zone_name: String) -> Result<Explained, FfiError> {
    let explained = freehold::explain(file, &zone(&zone_name)?)?;
    Ok(Explained {
        kind: explained.kind,
        id: explained.id.map(|id| CardId(id).to_string()),
        text: explained.text,
    })
}
