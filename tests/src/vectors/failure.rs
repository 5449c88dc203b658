use serde::{Deserialize, Serialize};

macro_rules! failures {
    ($($variant:ident $name:literal $about:literal,)*) => {
        /// How a case fails. A file names the kind; what an implementation says beyond it is its own.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
        pub enum Failure {
            $(#[doc = $about] #[serde(rename = $name)] $variant,)*
        }

        impl Failure {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name in a file.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it means.
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }
        }
    };
}

failures! {
    Length "length" "too short, too long, or over its bound",
    Malformed "malformed" "not of its layout, or a number that the layout does not have",
    NotCanonical "not-canonical" "decodes, and encodes to other bytes or leaves some over",
    Version "version" "of another version",
    Suite "suite" "of an unknown suite",
    Position "position" "a node that no tree of this depth has",
    Order "order" "out of order, repeated, or one below another",
    Conflict "conflict" "two that do not go together: covers of different trees, summaries of other facets, terms with nothing in common",
    Key "key" "not a public key",
    Signature "signature" "signed by somebody else, over something else, or in another spelling",
    Commitment "commitment" "sealed under another key or for another place",
    Authentication "authentication" "changed after it was sealed",
    Padding "padding" "padded in another way",
    Unknown "unknown" "a name or a number that is not in its list",
    Slots "slots" "slots that no entry has: of no width, none at all, past the last minute",
    Sequence "sequence" "an entry in another place than its own, or missing",
    Chain "chain" "the chain over the entries is not the one that was signed",
    Body "body" "a body that is not the one of its header",
    OtherLog "other-log" "belongs to another log",
    OtherToken "other-token" "belongs to another consent",
    Audience "audience" "granted to somebody else",
    NotYet "not-yet" "before the consent begins",
    Expired "expired" "after the consent has ended",
    Revoked "revoked" "after the consent was withdrawn",
    Succeeded "succeeded" "signed by a key of the household that another has replaced",
    Beyond "beyond" "more than the consent grants",
    Stale "stale" "made by an agent that had not heard of its household for longer than a lease",
    Repeated "repeated" "taken in before",
    Absent "absent" "not there: a key that a cover does not give, a piece that was not copied, a stream that nobody keeps",
    Range "range" "a number or a time outside what is allowed",
    Kind "kind" "a value or a facet that the kind does not have",
    Unit "unit" "a unit of another quantity",
}
