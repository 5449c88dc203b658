//! What a file says, for whoever was sent one.

use freehold_consent::{
    FileType, UnverifiedBundle, UnverifiedCard, UnverifiedGrant, UnverifiedRequest,
    UnverifiedRevocation, explain_card, explain_request, explain_token,
};
use freehold_model::Zone;

use crate::{Error, Have, Parcel};

/// A file in plain language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What it is.
    pub kind: FileType,
    /// The id of the card or the request, or of the consent that a grant, an extension or a revocation is of; a parcel has none.
    pub id: Option<[u8; 32]>,
    /// What it says, in lines that end with `\n`.
    pub text: String,
}

/// Says what a file is, with its times in `zone`. The signatures of cards, requests and grants are verified, and what does not verify is not
/// explained; the text of any other file says that its recipient verifies it. Nothing is granted, accepted or withdrawn by it.
///
/// # Errors
/// [`Error::Wire`], with all that a card, a request or a grant can be refused for.
pub fn explain(file: &[u8], zone: &Zone) -> Result<Explained, Error> {
    let kind = FileType::of(file)?;
    let (id, text) = match kind {
        FileType::Card => {
            let card = UnverifiedCard::from_file(file)?.verify()?;
            (Some(card.id().0), explain_card(&card))
        }
        FileType::Request => {
            let request = UnverifiedRequest::from_file(file)?.verify()?;
            (Some(request.id().0), explain_request(&request, zone))
        }
        FileType::Grant => {
            let grant = UnverifiedGrant::from_file(file)?.verify()?;
            let consent = explain_token(grant.token(), Some(grant.card()), &[]);
            (Some(grant.token().id().0), format!("{GRANT}\n\n{consent}"))
        }
        FileType::Revocation => {
            let id = UnverifiedRevocation::from_file(file)?.token();
            let text = format!("A revocation of the consent {id}. {BESIDE}\n");
            (Some(id.0), text)
        }
        FileType::Extension => {
            let id = UnverifiedBundle::from_file(file)?.token();
            let text = format!("Further keys for the consent {id}, sealed to its recipient.\n");
            (Some(id.0), text)
        }
        FileType::Parcel => {
            Parcel::from_file(file)?;
            (None, PARCEL.into())
        }
        FileType::Have => {
            Have::from_file(file)?;
            (None, HAVE.into())
        }
    };
    Ok(Explained { kind, id, text })
}

const GRANT: &str = "A grant: a consent and the keys that it stands for, sealed to its recipient.";

const BESIDE: &str = "Whether the household signed it can be told only beside that consent.";

const PARCEL: &str = "A parcel from a household to a recipient. Nothing in it is signed as a whole: its recipient verifies each part.\n";

const HAVE: &str =
    "What a recipient says that it has, for the household that is asked for a parcel.\n";
