//! A consent in the forms that others read: a DPV record with the fields of ISO/IEC TS 27560, and a receipt in the form
//! of Kantara's Consent Receipt 1.1.
//!
//! Both are made from public descriptions of those forms; conformance to the standards themselves is not claimed. What
//! they have no field for (data window, levels, facets, lease) stands under the prefix `freehold:`.

use freehold_crypto::{Domain, Fingerprint, digest};
use freehold_model::{Facets, Levels, Sensitivity, Time, Zone};

use crate::card::{Card, Role};
use crate::history::State;
use crate::json::{Array, Object};
use crate::stream::StreamInfo;
use crate::terms::{Onward, Terms};
use crate::token::Token;

/// A consent and what is known around it.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The token.
    pub token: &'a Token,
    /// Its recipient's card.
    pub card: &'a Card,
    /// The streams, as far as they are known.
    pub streams: &'a [StreamInfo],
    /// When it was approved.
    pub granted: Time,
    /// How it stands.
    pub state: State,
}

impl Account<'_> {
    /// The record as JSON-LD with DPV terms, one line.
    #[must_use]
    pub fn to_dpv_json(&self) -> String {
        let terms = self.token.terms();
        let mut record = Object::new();
        record.object("@context", |context| {
            context.text("dct", "http://purl.org/dc/terms/");
            context.text("dpv", "https://w3id.org/dpv#");
            context.text("eu-gdpr", "https://w3id.org/dpv/legal/eu/gdpr#");
            context.text("freehold", "urn:freehold:");
        });
        record.text("@type", "dpv:ConsentRecord");
        record.text("dpv:hasIdentifier", &self.token.id().to_string());
        record.text("dpv:hasDataSubject", &self.subject());
        record.object(self.party(), |party| {
            party.text("dpv:hasIdentifier", &self.card.id().to_string());
            party.text("dpv:hasName", self.card.name().as_str());
            party.text("freehold:key", &self.card.fingerprint().to_string());
        });
        record.array("dpv:hasPurpose", |list| {
            terms
                .purposes
                .iter()
                .for_each(|purpose| list.text(purpose.term()))
        });
        record.text("dpv:hasLegalBasis", terms.basis.term());
        record.array("dpv:hasPersonalData", |list| self.data(list));
        record.object("dpv:hasStorageCondition", |storage| {
            storage.text("@type", "dpv:StorageDuration");
            storage.text("dpv:hasDuration", &terms.retention.to_string());
        });
        if let Some(country) = terms.conditions.jurisdiction {
            record.text("dpv:hasJurisdiction", &country.code());
        }
        record.object("dpv:hasNotice", |notice| {
            notice.text("dct:identifier", &self.token.shown().to_string());
            notice.text("dct:language", "en-GB");
        });
        record.text("dpv:isIndicatedAtTime", &rfc3339(self.granted));
        record.text("dpv:hasConsentStatus", self.status());
        record.text(
            "dct:valid",
            &period(terms.usable.from(), terms.usable.until()),
        );
        self.extensions(&mut record, terms);
        record.finish()
    }

    /// The receipt as JSON, one line.
    #[must_use]
    pub fn to_kantara_json(&self) -> String {
        let terms = self.token.terms();
        let mut receipt = Object::new();
        receipt.text("version", "KI-CR-v1.1.0");
        receipt.text("consentReceiptID", &self.token.id().to_string());
        receipt.number("consentTimestamp", self.granted.ms().div_euclid(1000));
        receipt.text(
            "collectionMethod",
            if self.token.attended() {
                "approved by a person"
            } else {
                "approved by a rule"
            },
        );
        receipt.text(
            "jurisdiction",
            &terms
                .conditions
                .jurisdiction
                .map_or_else(String::new, |country| country.code()),
        );
        receipt.text("language", "en-GB");
        receipt.text("piiPrincipalId", &self.subject());
        receipt.text("publicKey", &self.card.fingerprint().to_string());
        receipt.array("piiControllers", |list| {
            list.object(|party| party.text("piiController", self.card.name().as_str()));
        });
        receipt.array("services", |list| {
            list.object(|service| {
                service.text("service", self.card.name().as_str());
                service.array("purposes", |list| self.purposes(list));
            });
        });
        receipt.truth("sensitive", self.is_special());
        receipt.array("spiCat", |list| {
            let known = self
                .granted_streams()
                .filter(|info| info.kind().sensitivity() >= Sensitivity::Location);
            known.for_each(|info| list.text(info.kind().sensitivity().name()));
        });
        receipt.finish()
    }

    fn purposes(&self, list: &mut Array) {
        let terms = self.token.terms();
        for (at, purpose) in terms.purposes.iter().enumerate() {
            list.object(|entry| {
                entry.text("purpose", purpose.label());
                entry.array("purposeCategory", |list| list.text(purpose.term()));
                entry.text(
                    "consentType",
                    if terms.basis.is_consent() {
                        "EXPLICIT"
                    } else {
                        "NONE"
                    },
                );
                entry.array("piiCategory", |list| {
                    self.granted_streams()
                        .for_each(|info| list.text(info.kind_name()))
                });
                entry.truth("primaryPurpose", at == 0);
                entry.text("termination", &rfc3339(terms.usable.until()));
                entry.truth(
                    "thirdPartyDisclosure",
                    terms.conditions.onward != Onward::Nobody,
                );
            });
        }
    }

    fn data(&self, list: &mut Array) {
        for line in self.token.terms().scope.lines() {
            for stream in &line.streams {
                let info = self.streams.iter().find(|info| info.id == *stream);
                list.object(|data| {
                    if info.is_some_and(|info| info.kind().sensitivity() == Sensitivity::Health) {
                        data.text("@type", "dpv:SpecialCategoryPersonalData");
                    }
                    data.text("dct:title", info.map_or("", StreamInfo::kind_name));
                    data.text("freehold:stream", &stream.to_string());
                    data.array("freehold:levels", |list| names(line.levels, list));
                    data.array("freehold:facets", |list| facet_names(line.facets, list));
                    data.text(
                        "freehold:dataPeriod",
                        &period(line.data.from(), line.data.until()),
                    );
                });
            }
        }
    }

    fn extensions(&self, record: &mut Object, terms: &Terms) {
        record.text("freehold:lease", &terms.lease.to_string());
        record.truth("freehold:attended", self.token.attended());
        record.text(
            "freehold:onwardSharing",
            match terms.conditions.onward {
                Onward::Nobody => "nobody",
                Onward::Processors => "processors",
                Onward::Others => "others",
            },
        );
        record.truth(
            "freehold:automatedDecisions",
            terms.conditions.automated_decisions,
        );
        record.number("freehold:cohortMin", i64::from(terms.conditions.cohort_min));
    }

    fn granted_streams(&self) -> impl Iterator<Item = &StreamInfo> {
        let granted = self.token.terms().scope.streams();
        self.streams
            .iter()
            .filter(move |info| granted.contains(&info.id))
    }

    fn is_special(&self) -> bool {
        self.granted_streams()
            .any(|info| info.kind().sensitivity() >= Sensitivity::Location)
    }

    /// The household by a hash that is another one for each recipient; nothing here names a person.
    fn subject(&self) -> String {
        let household = self.token.grantor().to_bytes();
        Fingerprint(digest(Domain::Receipt, &[&household, &self.card.id().0])).to_string()
    }

    fn party(&self) -> &'static str {
        match self.token.role() {
            Role::Controller => "dpv:hasDataController",
            Role::JointController => "dpv:hasJointDataControllers",
            Role::Processor => "dpv:hasDataProcessor",
        }
    }

    fn status(&self) -> &'static str {
        match self.state {
            State::NotYet { .. } | State::Live { .. } => "dpv:ConsentGiven",
            State::Revoked { .. } => "dpv:ConsentWithdrawn",
            State::Expired { .. } => "dpv:ConsentExpired",
        }
    }
}

fn names(levels: Levels, list: &mut Array) {
    levels.iter().for_each(|level| list.text(level.name()));
}

fn facet_names(facets: Facets, list: &mut Array) {
    facets.iter().for_each(|facet| list.text(facet.name()));
}

fn rfc3339(time: Time) -> String {
    Zone::utc().format(time)
}

/// An ISO 8601 interval.
fn period(from: Time, until: Time) -> String {
    format!("{}/{}", rfc3339(from), rfc3339(until))
}
