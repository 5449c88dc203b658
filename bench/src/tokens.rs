//! One consent, said as a Freehold token, as a biscuit and as a JWT signed with EdDSA.
//!
//! All three name the recipient, the hash of what was shown, a stream, its levels and facets, the data's window, the window of
//! use, lease, purpose, basis and retention, are bound to Ed25519, and are checked for one access: day totals of a week. What
//! differs: Freehold's carries its grantor's key and a nonce; a biscuit carries the next key of its chain instead and leaves the
//! grantor to its verifier, and so does the JWT, which has a random `jti`. A biscuit and a JWT have text for names; hashes are
//! bytes in a biscuit and base64 in a JWT. The biscuit is said as briefly as its language allows: one fact for what is only told,
//! one for what is granted, two checks.

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use biscuit_auth::macros::{authorizer, biscuit, block};
use biscuit_auth::{AuthorizerLimits, Biscuit, KeyPair};
use freehold::consent::{
    Access, Card, CardId, Choices, History, Locale, Name, Occasion, Proposal, Request, Revocations,
    Role, StreamInfo, Token, UnverifiedToken, Verified, propose,
};
use freehold::crypto::{EnvelopeKey, OsEntropy, SigningKey, Suite};
use freehold::{Facet, Level, Time};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::granting::wishes;
use crate::ingest::{self, Plan};
use crate::{Outcome, base64};

const DAY_MS: i64 = 86_400_000;

/// The token of Freehold, with all that minting and using it takes.
pub struct Own {
    proposal: Proposal,
    key: SigningKey,
    audience: CardId,
    access: Access,
    now: Time,
    revocations: Revocations,
    seen: Verified,
    pub token: Token,
}

impl Own {
    /// A proposal of one stream, approved.
    pub fn new() -> Outcome<Self> {
        let mut entropy = OsEntropy::new();
        let now = ingest::now();
        let from = now.plus_ms(-365 * DAY_MS);
        let (key, theirs) = (
            SigningKey::generate_ed25519(&mut entropy)?,
            SigningKey::generate_ed25519(&mut entropy)?,
        );
        let envelope = EnvelopeKey::generate(&mut entropy)?;
        let card = Card::draft(
            Suite::One,
            Role::Controller,
            Name::new("Recipient")?,
            theirs.public_key(),
            envelope.public_key().clone(),
        )?
        .sign(&theirs)?;
        let levels = [Level::HalfHour, Level::Day];
        let request = Request::make(&card, wishes(&levels, from, now)?, &theirs, &mut entropy)?;
        let spec = Plan::new(
            "energy_interval",
            &[Level::Raw, Level::HalfHour, Level::Day],
        )
        .spec(1)?;
        let stream = freehold::model::Stream::new(spec)?;
        let streams = [StreamInfo::new(Name::new("use")?, stream, Vec::new())];
        let occasion = Occasion {
            grantor: key.public_key(),
            suite: Suite::One,
            streams: &streams,
            history: &History::new(),
            now,
            locale: Locale::EnGb,
        };
        let proposal = propose(&request, &Choices::default(), &occasion)?;
        let token = proposal
            .approve(proposal.shown(), true, now, &mut entropy)?
            .sign(&key)?;
        let mut seen = Verified::new(16);
        seen.token(token.as_bytes())?;
        Ok(Self {
            proposal,
            key,
            audience: card.id(),
            access: Access {
                stream: streams[0].id,
                level: Level::Day,
                facet: Facet::Totals,
                from: from.plus_ms(7 * DAY_MS),
                until: from.plus_ms(14 * DAY_MS),
            },
            now: now.plus_ms(DAY_MS),
            revocations: Revocations::default(),
            seen,
            token,
        })
    }

    /// Approves and signs once more; what is signed is read back and verified before it is given out.
    pub fn mint(&self) -> Outcome<Token> {
        let shown = self.proposal.shown();
        let draft = self
            .proposal
            .approve(shown, true, self.now, &mut OsEntropy::new())?;
        Ok(draft.sign(&self.key)?)
    }

    /// Verifies the token as if it had just come.
    pub fn verify(&self) -> Outcome<Token> {
        Ok(UnverifiedToken::from_bytes(self.token.as_bytes())?.verify()?)
    }

    /// Verifies it, and asks for the access.
    pub fn use_cold(&self) -> Outcome<()> {
        self.check(&self.verify()?)
    }

    /// Asks for the access with a token whose bytes were verified before.
    pub fn use_seen(&mut self) -> Outcome<()> {
        let token = self.seen.token(self.token.as_bytes())?;
        self.check(&token)
    }

    fn check(&self, token: &Token) -> Outcome<()> {
        let permit = token.permit(self.now, self.audience, &self.revocations)?;
        Ok(permit.check(&self.access)?)
    }
}

/// The same consent as a biscuit.
pub struct Biscuits {
    root: KeyPair,
    pub bytes: Vec<u8>,
    token: Biscuit,
}

impl Biscuits {
    pub fn new() -> Outcome<Self> {
        let root = KeyPair::new();
        let token = Self::build(&root)?;
        let bytes = token.to_vec()?;
        Ok(Self { root, bytes, token })
    }

    /// Makes the token's bytes once more.
    pub fn mint(&self) -> Outcome<Vec<u8>> {
        Ok(Self::build(&self.root)?.to_vec()?)
    }

    fn build(root: &KeyPair) -> Outcome<Biscuit> {
        let (recipient, shown, stream) = (vec![0x11; 32], vec![0x22; 32], vec![0x33; 16]);
        let (from, until) = (date(0), date(365));
        let (usable, ends) = (date(365), date(730));
        let builder = biscuit!(
            r#"
            consent({shown}, "controller", true, 10080, "dpv:ServiceProvision", "dpv:Consent", 30);
            grant({stream}, ["half-hour", "day"], ["totals"], {from}, {until});
            check if audience({recipient});
            check if time($now), $now >= {usable}, $now < {ends};
            "#
        );
        Ok(builder.build(root)?)
    }

    /// Verifies it, and asks for the access.
    pub fn use_cold(&self) -> Outcome<()> {
        Self::check(&Biscuit::from(&self.bytes, self.root.public())?)
    }

    /// Asks for the access with the token that was verified before.
    pub fn use_seen(&self) -> Outcome<()> {
        Self::check(&self.token)
    }

    /// A narrower token made without its grantor: only days.
    pub fn narrow(&self) -> Outcome<Vec<u8>> {
        let day = "day";
        let only =
            block!("check if access($stream, $level, $facet, $from, $until), $level == {day};");
        Ok(self.token.append(only)?.to_vec()?)
    }

    fn check(token: &Biscuit) -> Outcome<()> {
        let (stream, card) = (vec![0x33; 16], vec![0x11; 32]);
        let (now, from, until) = (date(400), date(7), date(14));
        let builder = authorizer!(
            r#"
            time({now}); audience({card}); access({stream}, "day", "totals", {from}, {until});
            allow if access($stream, $level, $facet, $from, $until),
                grant($stream, $levels, $facets, $first, $last),
                $levels.contains($level), $facets.contains($facet), $from >= $first, $until <= $last;
            "#
        );
        // Under valgrind it takes longer than the millisecond that it gives itself.
        let limits = AuthorizerLimits {
            max_time: Duration::from_secs(60),
            ..AuthorizerLimits::default()
        };
        builder.set_limits(limits).build(token)?.authorize()?;
        Ok(())
    }
}

/// The same consent as a JWT.
pub struct Jwt {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    pub text: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    jti: String,
    aud: String,
    nbf: i64,
    exp: i64,
    shown: String,
    role: String,
    attended: bool,
    scope: Vec<Scope>,
    lease: u32,
    purpose: Vec<String>,
    basis: String,
    retention: u32,
}

#[derive(Serialize, Deserialize)]
struct Scope {
    stream: String,
    levels: Vec<String>,
    facets: Vec<String>,
    from: i64,
    until: i64,
}

impl Jwt {
    pub fn new() -> Outcome<Self> {
        let document = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new());
        let document = document.map_err(|_| "key")?;
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).map_err(|_| "key")?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[base64(&[0x11; 32])]);
        validation.validate_nbf = true;
        let mut jwt = Self {
            encoding: EncodingKey::from_ed_der(document.as_ref()),
            decoding: DecodingKey::from_ed_der(pair.public_key().as_ref()),
            validation,
            text: String::new(),
        };
        jwt.text = jwt.mint()?;
        Ok(jwt)
    }

    /// Makes the token once more.
    pub fn mint(&self) -> Outcome<String> {
        let mut id = [0; 16];
        freehold::crypto::Entropy::fill(&mut OsEntropy::new(), &mut id)?;
        let claims = Claims {
            jti: base64(&id),
            aud: base64(&[0x11; 32]),
            nbf: seconds(365),
            // The library asks the system's clock.
            exp: seconds(20_000),
            shown: base64(&[0x22; 32]),
            role: "controller".into(),
            attended: true,
            scope: vec![Scope {
                stream: base64(&[0x33; 16]),
                levels: vec!["half-hour".into(), "day".into()],
                facets: vec!["totals".into()],
                from: seconds(0),
                until: seconds(365),
            }],
            lease: 10_080,
            purpose: vec!["dpv:ServiceProvision".into()],
            basis: "dpv:Consent".into(),
            retention: 30,
        };
        Ok(jsonwebtoken::encode(
            &Header::new(Algorithm::EdDSA),
            &claims,
            &self.encoding,
        )?)
    }

    /// Verifies it, and asks for the access.
    pub fn use_cold(&self) -> Outcome<()> {
        let token = jsonwebtoken::decode::<Claims>(&self.text, &self.decoding, &self.validation)?;
        let stream = base64(&[0x33; 16]);
        let granted = token.claims.scope.iter().any(|scope| {
            scope.stream == stream
                && scope.levels.iter().any(|level| level == "day")
                && scope.facets.iter().any(|facet| facet == "totals")
                && scope.from <= seconds(7)
                && scope.until >= seconds(14)
        });
        if granted {
            Ok(())
        } else {
            Err("not granted".into())
        }
    }
}

/// One Ed25519 signature made and verified by ring: what no signed token does without.
pub struct Bare {
    pair: Ed25519KeyPair,
    signature: Vec<u8>,
}

impl Bare {
    pub fn new() -> Outcome<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).map_err(|_| "key")?;
        let signature = pair.sign(&MESSAGE).as_ref().to_vec();
        Ok(Self { pair, signature })
    }

    pub fn sign(&self) {
        black_box(self.pair.sign(&MESSAGE));
    }

    pub fn verify(&self) {
        let key = UnparsedPublicKey::new(&ED25519, self.pair.public_key().as_ref());
        assert!(black_box(key.verify(&MESSAGE, &self.signature)).is_ok());
    }
}

const MESSAGE: [u8; 32] = [0x5a; 32];

/// So many days after the first of 2025.
fn date(days: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_735_689_600 + days * 86_400)
}

fn seconds(days: i64) -> i64 {
    1_735_689_600 + days * 86_400
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_grants_what_was_asked_and_refuses_what_was_not_signed() {
        let mut own = Own::new().expect("granted");
        own.use_cold().expect("used");
        own.use_seen().expect("used again");
        own.mint().expect("minted");
        own.access.level = Level::HalfHour;
        own.use_cold().expect("half hours too");
        own.access.level = Level::Raw;
        own.use_cold().expect_err("raw is not granted");
        let mut biscuit = Biscuits::new().expect("granted");
        biscuit.use_cold().expect("used");
        biscuit.use_seen().expect("used again");
        let last = biscuit.bytes.len() - 1;
        assert!(biscuit.narrow().expect("narrowed").len() > last);
        biscuit.bytes[last] ^= 1;
        biscuit.use_cold().expect_err("changed");
        let mut jwt = Jwt::new().expect("granted");
        jwt.use_cold().expect("used");
        jwt.text = jwt.text.replace('.', ".A");
        jwt.use_cold().expect_err("changed");
    }
}
