//! `show`: any Freehold file in plain language.

use freehold::consent::{
    Card, FileType, UnverifiedCard, UnverifiedGrant, UnverifiedRequest, UnverifiedRevocation,
    explain_request, explain_token,
};
use freehold::{Error, Have, Parcel};
use serde_json::json;

use super::stream::zone;
use crate::args::Args;
use crate::command::{Command, Group, Opt, Positional};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const SHOW: Command = Command {
    name: "show",
    group: Group::Care,
    about: "explain any Freehold file in plain language",
    positionals: &[Positional::new(
        "FILE",
        "a card, a request, a grant, a revocation ..",
    )],
    options: &[Opt::value(
        "zone",
        "ZONE",
        "the zone in which times are told (default: UTC)",
    )],
    details: "The file's signatures are checked first; one that does not verify is not explained (exit 4).",
    example: "freehold show request.freehold",
    run: show,
};

fn show(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let file = super::freehold_file(args.path("FILE")?)?;
    let kind = FileType::of(&file).map_err(Error::from)?;
    let (id, text) = explained(kind, &file, args)?;
    if out.json() {
        return out.object(&json!({"type": kind.to_string(), "id": id, "text": text}));
    }
    out.line(text.trim_end())
}

fn explained(kind: FileType, file: &[u8], args: &Args) -> Result<(String, String), Failure> {
    Ok(match kind {
        FileType::Card => {
            let card = UnverifiedCard::from_file(file)
                .map_err(Error::from)?
                .verify()
                .map_err(Error::from)?;
            (card.id().to_string(), card_in_words(&card))
        }
        FileType::Request => {
            let request = UnverifiedRequest::from_file(file)
                .map_err(Error::from)?
                .verify()
                .map_err(Error::from)?;
            (
                request.id().to_string(),
                explain_request(&request, &zone(args)?),
            )
        }
        FileType::Grant => {
            let grant = UnverifiedGrant::from_file(file)
                .map_err(Error::from)?
                .verify()
                .map_err(Error::from)?;
            let text = explain_token(grant.token(), Some(grant.card()), &[]);
            (
                grant.token().id().to_string(),
                format!(
                    "A grant: a consent and the keys that it stands for, sealed to its recipient.\n\n{text}"
                ),
            )
        }
        FileType::Revocation => {
            let revocation = UnverifiedRevocation::from_file(file).map_err(Error::from)?;
            let id = revocation.token().to_string();
            (
                id.clone(),
                format!(
                    "A revocation of the consent {id}. Whether the household signed it can be told only beside that consent."
                ),
            )
        }
        FileType::Extension => {
            let bundle =
                freehold::consent::UnverifiedBundle::from_file(file).map_err(Error::from)?;
            let id = bundle.token().to_string();
            (
                id.clone(),
                format!("Further keys for the consent {id}, sealed to its recipient."),
            )
        }
        FileType::Parcel => {
            Parcel::from_file(file)?;
            let text = "A parcel from a household to a recipient. Nothing in it is signed as a whole: its recipient verifies each part.";
            (String::new(), text.into())
        }
        FileType::Have => {
            Have::from_file(file)?;
            let text =
                "What a recipient says that it has, for the household that is asked for a parcel.";
            (String::new(), text.into())
        }
    })
}

fn card_in_words(card: &Card) -> String {
    format!(
        "The card of a recipient.\n\nIt calls itself \"{}\" and says that it acts as {}.\nFingerprint: {}\nCard:        {}\n\n\
         Anyone can make a card with any name. Compare the fingerprint with the one that the recipient tells you by another way.",
        card.name(),
        card.role().name(),
        card.fingerprint(),
        card.id()
    )
}
