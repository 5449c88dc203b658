//! Why data is used: terms of the W3C Data Privacy Vocabulary (DPV 2.x), and the legal bases of the GDPR.
//!
//! A number here is permanent: it is what tokens carry. Terms are added at the end, none is reused.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A purpose of processing, one of [`Purpose::all`].
///
/// ```
/// use freehold_consent::Purpose;
/// let purpose: Purpose = "dpv:ServiceProvision".parse()?;
/// assert_eq!(purpose.label(), "providing a service or product");
/// assert!("dpv:WorldDomination".parse::<Purpose>().is_err());
/// # Ok::<(), freehold_consent::UnknownTerm>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purpose(u16);

/// A legal basis of Article 6 or 9 GDPR (and UK GDPR), one of [`LegalBasis::all`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegalBasis(u16);

/// A term or number that the table lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown term")]
pub struct UnknownTerm;

type Row = (u16, &'static str, &'static str);

/// Writes the methods that both tables share.
macro_rules! vocabulary {
    ($name:ident, $table:ident, $prefix:literal) => {
        impl $name {
            /// Every term of the table, by number.
            pub fn all() -> impl Iterator<Item = Self> {
                $table.iter().map(|(id, _, _)| Self(*id))
            }

            /// The term with its prefix.
            #[must_use]
            pub fn term(self) -> &'static str {
                self.row().1
            }

            /// What the term means, in plain English, to follow "for" or "on the basis of".
            #[must_use]
            pub fn label(self) -> &'static str {
                self.row().2
            }

            /// The number on the wire.
            #[must_use]
            pub fn id(self) -> u16 {
                self.0
            }

            fn row(self) -> &'static Row {
                // Constructors admit table numbers only; the fallback keeps this total.
                find($table, |row| row.0 == self.0).unwrap_or(&(0, "", ""))
            }
        }

        impl TryFrom<u16> for $name {
            type Error = UnknownTerm;

            fn try_from(id: u16) -> Result<Self, UnknownTerm> {
                find($table, |row| row.0 == id)
                    .map(|row| Self(row.0))
                    .ok_or(UnknownTerm)
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownTerm;

            /// Reads a term, with or without its prefix.
            fn from_str(text: &str) -> Result<Self, UnknownTerm> {
                let bare = |term: &'static str| term.strip_prefix($prefix) == Some(text);
                find($table, |row| row.1 == text || bare(row.1))
                    .map(|row| Self(row.0))
                    .ok_or(UnknownTerm)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.term())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.term())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::try_from(u16::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }
    };
}

vocabulary!(Purpose, PURPOSES, "dpv:");
vocabulary!(LegalBasis, BASES, "eu-gdpr:");

impl LegalBasis {
    /// Consent, Article 6(1)(a): the basis when a request names none.
    pub const CONSENT: Self = Self(1);

    /// Whether the basis rests on the person's consent, so that withdrawing it ends the processing.
    #[must_use]
    pub const fn is_consent(self) -> bool {
        matches!(self.0, 1 | 2 | 16)
    }
}

fn find(table: &'static [Row], wanted: impl Fn(&Row) -> bool) -> Option<&'static Row> {
    table.iter().find(|row| wanted(row))
}

const PURPOSES: &[Row] = &[
    (1, "dpv:ServiceProvision", "providing a service or product"),
    (
        2,
        "dpv:RequestedServiceProvision",
        "providing a service that you asked for",
    ),
    (
        3,
        "dpv:TechnicalServiceProvision",
        "running the technology behind a service",
    ),
    (4, "dpv:ServiceRegistration", "signing you up for a service"),
    (
        5,
        "dpv:ServiceUsageAnalytics",
        "analysing how a service is used",
    ),
    (6, "dpv:ServiceOptimisation", "making a service run better"),
    (
        7,
        "dpv:ServicePersonalisation",
        "tailoring a service to you",
    ),
    (
        8,
        "dpv:OptimisationForConsumer",
        "making a service more efficient for you",
    ),
    (
        9,
        "dpv:OptimisationForController",
        "making the organisation's work more efficient",
    ),
    (
        10,
        "dpv:OptimiseUserInterface",
        "improving how screens and controls work",
    ),
    (
        11,
        "dpv:ImproveExistingProductsAndServices",
        "improving existing products and services",
    ),
    (
        12,
        "dpv:IncreaseServiceRobustness",
        "making a service more reliable",
    ),
    (
        13,
        "dpv:InternalResourceOptimisation",
        "planning the organisation's own resources",
    ),
    (14, "dpv:RepairImpairments", "finding and repairing faults"),
    (
        15,
        "dpv:SearchFunctionalities",
        "letting people search and look things up",
    ),
    (16, "dpv:PaymentManagement", "billing and payments"),
    (17, "dpv:DeliveryOfGoods", "delivering goods"),
    (18, "dpv:Personalisation", "tailoring something to you"),
    (
        19,
        "dpv:PersonalisedBenefits",
        "giving you benefits tailored to you",
    ),
    (
        20,
        "dpv:ProvidePersonalisedRecommendations",
        "giving you personal recommendations",
    ),
    (
        21,
        "dpv:ProvideProductRecommendations",
        "recommending products to you",
    ),
    (
        22,
        "dpv:ProvideEventRecommendations",
        "recommending events to you",
    ),
    (
        23,
        "dpv:UserInterfacePersonalisation",
        "tailoring screens and controls to you",
    ),
    (24, "dpv:CustomerManagement", "managing customers"),
    (25, "dpv:CustomerCare", "helping customers"),
    (
        26,
        "dpv:CommunicationForCustomerCare",
        "contacting you to help with a service",
    ),
    (27, "dpv:CommunicationManagement", "sending messages"),
    (
        28,
        "dpv:CustomerClaimsManagement",
        "handling claims and refunds",
    ),
    (29, "dpv:CustomerOrderManagement", "handling orders"),
    (
        30,
        "dpv:CustomerRelationshipManagement",
        "managing the relationship with customers",
    ),
    (
        31,
        "dpv:CustomerSolvencyMonitoring",
        "watching whether customers can pay",
    ),
    (32, "dpv:CreditChecking", "checking creditworthiness"),
    (33, "dpv:AccountManagement", "managing accounts"),
    (34, "dpv:RecordManagement", "keeping records"),
    (35, "dpv:DisputeManagement", "handling disputes"),
    (
        36,
        "dpv:EstablishContractualAgreement",
        "preparing a contract with you",
    ),
    (
        37,
        "dpv:FulfilmentOfContractualObligation",
        "fulfilling a contract",
    ),
    (38, "dpv:FulfilmentOfObligation", "fulfilling an obligation"),
    (39, "dpv:LegalCompliance", "complying with the law"),
    (
        40,
        "dpv:RightsFulfillment",
        "fulfilling rights that the law gives you",
    ),
    (41, "dpv:EnforceSecurity", "keeping things secure"),
    (42, "dpv:EnforceAccessControl", "controlling access"),
    (
        43,
        "dpv:IdentityAuthentication",
        "confirming who you are when you log in",
    ),
    (44, "dpv:IdentityVerification", "verifying your identity"),
    (45, "dpv:Verification", "verifying information"),
    (46, "dpv:AgeVerification", "verifying age"),
    (
        47,
        "dpv:MisusePreventionAndDetection",
        "preventing and detecting misuse",
    ),
    (
        48,
        "dpv:FraudPreventionAndDetection",
        "preventing and detecting fraud",
    ),
    (49, "dpv:ResearchAndDevelopment", "research and development"),
    (50, "dpv:ScientificResearch", "scientific research"),
    (51, "dpv:AcademicResearch", "academic research"),
    (52, "dpv:NonCommercialResearch", "non-commercial research"),
    (53, "dpv:CommercialResearch", "commercial research"),
    (54, "dpv:PublicBenefit", "benefiting the public"),
    (
        55,
        "dpv:DataAltruism",
        "sharing data voluntarily for the common good",
    ),
    (56, "dpv:ImproveHealthcare", "improving healthcare"),
    (57, "dpv:ImprovePublicServices", "improving public services"),
    (58, "dpv:ImproveTransportMobility", "improving transport"),
    (59, "dpv:CombatClimateChange", "combating climate change"),
    (
        60,
        "dpv:ProvideOfficialStatistics",
        "producing official statistics",
    ),
    (61, "dpv:PublicPolicyMaking", "making public policy"),
    (
        62,
        "dpv:ProtectionOfPublicSecurity",
        "protecting public safety",
    ),
    (63, "dpv:Marketing", "marketing"),
    (64, "dpv:DirectMarketing", "marketing sent directly to you"),
    (65, "dpv:Advertising", "advertising"),
    (
        66,
        "dpv:PersonalisedAdvertising",
        "personalised advertising",
    ),
    (67, "dpv:TargetedAdvertising", "advertising targeted at you"),
    (68, "dpv:SellProducts", "selling products or services"),
    (
        69,
        "dpv:SellProductsToDataSubject",
        "selling products or services to you",
    ),
    (
        70,
        "dpv:SellInsightsFromData",
        "selling what is learnt from the data",
    ),
    (
        71,
        "dpv:SellDataToThirdParties",
        "selling the data to others",
    ),
    (72, "dpv:CommercialPurpose", "a commercial purpose"),
    (73, "dpv:NonCommercialPurpose", "a non-commercial purpose"),
];

const BASES: &[Row] = &[
    (1, "eu-gdpr:A6-1-a", "your consent"),
    (
        2,
        "eu-gdpr:A6-1-a-explicit-consent",
        "your explicit consent",
    ),
    (3, "eu-gdpr:A6-1-b", "a contract with you"),
    (4, "eu-gdpr:A6-1-c", "a legal obligation"),
    (5, "eu-gdpr:A6-1-d", "protecting someone's life"),
    (6, "eu-gdpr:A6-1-e", "a task in the public interest"),
    (7, "eu-gdpr:A6-1-f", "a legitimate interest"),
    (
        16,
        "eu-gdpr:A9-2-a",
        "your explicit consent to the use of special categories of data",
    ),
    (17, "eu-gdpr:A9-2-b", "employment and social security law"),
    (
        18,
        "eu-gdpr:A9-2-c",
        "protecting someone's life when they cannot consent",
    ),
    (
        19,
        "eu-gdpr:A9-2-d",
        "the legitimate activities of a not-for-profit body",
    ),
    (20, "eu-gdpr:A9-2-e", "data that you made public yourself"),
    (21, "eu-gdpr:A9-2-f", "legal claims or the work of courts"),
    (
        22,
        "eu-gdpr:A9-2-g",
        "a substantial public interest laid down in law",
    ),
    (
        23,
        "eu-gdpr:A9-2-h",
        "health or social care by professionals bound to secrecy",
    ),
    (24, "eu-gdpr:A9-2-i", "public health"),
    (
        25,
        "eu-gdpr:A9-2-j",
        "research, archiving or statistics laid down in law",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{WireError, decode, encode};

    #[test]
    fn tables_are_sound() {
        for table in [PURPOSES, BASES] {
            assert!(
                table.windows(2).all(|pair| pair[0].0 < pair[1].0),
                "numbers ascend"
            );
            assert!(
                table
                    .iter()
                    .all(|row| !row.1.is_empty() && !row.2.is_empty())
            );
        }
        for purpose in Purpose::all() {
            assert_eq!(purpose.term().parse(), Ok(purpose));
            assert_eq!(decode(&encode(&purpose), 9), Ok(purpose));
        }
        for basis in LegalBasis::all() {
            assert_eq!(basis.term().parse(), Ok(basis));
        }
        assert!(Purpose::all().count() >= 60);
    }

    #[test]
    fn unknown_terms_are_refused() {
        assert_eq!("dpv:".parse::<Purpose>(), Err(UnknownTerm));
        assert_eq!("".parse::<Purpose>(), Err(UnknownTerm));
        assert_eq!(Purpose::try_from(0), Err(UnknownTerm));
        assert_eq!(
            decode::<Purpose>(&encode(&9999_u16), 9),
            Err(WireError::Malformed)
        );
        assert_eq!(
            "ServiceProvision".parse::<Purpose>().map(Purpose::term),
            Ok("dpv:ServiceProvision")
        );
        assert_eq!("A6-1-a".parse(), Ok(LegalBasis::CONSENT));
    }
}
