//! Tokens, and grants.

use std::hint::black_box;

use freehold::crypto::{EnvelopeKey, OsEntropy, Suite};

use super::Run;
use crate::Outcome;
use crate::granting::Granted;
use crate::instructions::Counted::Own as Work;
use crate::measure::contest;
use crate::report::{Better, Report, Row};
use crate::tokens::{Bare, Biscuits, Jwt, Own};

const ROUNDS: usize = 41;
const BISCUIT: &str = "biscuit-auth 6";
const JWT: &str = "jsonwebtoken 11, EdDSA";

const WHY_TOKEN: &str =
    "Verifying is one Ed25519 signature over a hash; what is above it is decoding.";
const WHY_GRANT: &str = "Beside it stand the envelope and the signatures alone.";

pub(super) fn consent(run: &Run, report: &mut Report) -> Outcome<()> {
    let (own, biscuit, jwt, bare) = (Own::new()?, Biscuits::new()?, Jwt::new()?, Bare::new()?);
    sizes(&own, &biscuit, &jwt, report)?;
    minting(&own, &biscuit, &jwt, &bare, report);
    verifying(own, &biscuit, &jwt, &bare, report);
    granting(run, &bare, report)
}

fn sizes(own: &Own, biscuit: &Biscuits, jwt: &Jwt, report: &mut Report) -> Outcome<()> {
    let what = "token of one stream, bytes";
    let row = || Row::new(what, Better::Less, own.token.as_bytes().len() as f64);
    report.row(
        row()
            .beside("its keys, hashes, nonce, stream and signature alone", 192.0)
            .asked(224.0),
    );
    report.row(row().beside(BISCUIT, biscuit.bytes.len() as f64));
    report.row(row().beside(JWT, jwt.text.len() as f64));
    let more = biscuit.narrow()?.len() - biscuit.bytes.len();
    report.row(
        Row::not_ours(
            "bytes more for a token that its holder narrowed",
            Better::Less,
        )
        .beside(BISCUIT, more as f64),
    );
    Ok(())
}

fn minting(own: &Own, biscuit: &Biscuits, jwt: &Jwt, bare: &Bare, report: &mut Report) {
    let times = contest(
        ROUNDS,
        [
            &mut || drop(black_box(own.mint())),
            &mut || bare.sign(),
            &mut || bare.verify(),
            &mut || drop(black_box(biscuit.mint())),
            &mut || drop(black_box(jwt.mint())),
            &mut || drop(black_box(biscuit.narrow())),
        ],
    );
    let [own, sign, verify, biscuit, jwt, narrow] = times.map(|seconds| seconds * 1e6);
    let row = || Row::new("minting a token, µs", Better::Less, own);
    let both = "Ed25519 alone, signing and verifying (ring)";
    report.row(row().beside(both, sign + verify));
    report.row(
        row()
            .beside(BISCUIT, biscuit)
            .counted(Work("mint own"), Work("mint biscuit")),
    );
    report.row(
        row()
            .beside(JWT, jwt)
            .counted(Work("mint own"), Work("mint jwt")),
    );
    report.row(
        Row::not_ours("narrowing a token by its holder, µs", Better::Less)
            .beside(BISCUIT, narrow)
            .counted(None, Work("narrow biscuit")),
    );
}

fn verifying(mut own: Own, biscuit: &Biscuits, jwt: &Jwt, bare: &Bare, report: &mut Report) {
    let [alone, cold, limit, biscuit_cold, biscuit_seen, jwt] = contest(
        ROUNDS,
        [
            &mut || drop(black_box(own.verify())),
            &mut || drop(black_box(own.use_cold())),
            &mut || bare.verify(),
            &mut || drop(black_box(biscuit.use_cold())),
            &mut || drop(black_box(biscuit.use_seen())),
            &mut || drop(black_box(jwt.use_cold())),
        ],
    )
    .map(|seconds| seconds * 1e6);
    let [seen] =
        contest(ROUNDS, [&mut || drop(black_box(own.use_seen()))]).map(|seconds| seconds * 1e6);
    report.row(
        Row::new(
            "verifying a token, by the signature alone",
            Better::Less,
            alone / limit,
        )
        .beside("Ed25519 of ring", 1.0)
        .asked(1.15)
        .why(WHY_TOKEN)
        .counted(Work("verify own"), Work("verify bare")),
    );
    let row = || {
        Row::new(
            "verifying a token and checking an access, µs",
            Better::Less,
            cold,
        )
    };
    report.row(
        row()
            .beside(BISCUIT, biscuit_cold)
            .counted(Work("use own"), Work("use biscuit")),
    );
    report.row(
        row()
            .beside(JWT, jwt)
            .counted(Work("use own"), Work("use jwt")),
    );
    let row = || Row::new("the same of a token seen before, µs", Better::Less, seen);
    report.row(
        row()
            .beside(format!("{BISCUIT}, verified and kept"), biscuit_seen)
            .asked(1.0)
            .why(WHY_TOKEN)
            .counted(Work("seen own"), Work("seen biscuit")),
    );
    report.row(
        row()
            .beside(format!("{JWT}, which keeps nothing"), jwt)
            .counted(Work("seen own"), Work("use jwt")),
    );
}

fn granting(run: &Run, bare: &Bare, report: &mut Report) -> Outcome<()> {
    let folder = run.place()?;
    let granted = Granted::new(folder.path(), &run.home, 48)?;
    let key = EnvelopeKey::generate(&mut OsEntropy::new())?;
    let seal = || {
        key.public_key()
            .seal(Suite::One, b"", b"", &[0; 256], &mut OsEntropy::new())
    };
    let envelope = seal()?;
    let [sealing, opening, sign, verify] = contest(
        ROUNDS,
        [
            &mut || drop(black_box(seal())),
            &mut || drop(black_box(key.open(Suite::One, b"", b"", &envelope))),
            &mut || bare.sign(),
            &mut || bare.verify(),
        ],
    );
    let (approve, accept) = granted.granting(ROUNDS)?;
    report.row(
        Row::new("creating a grant, ms", Better::Less, approve * 1e3)
            .beside(
                "one X-Wing envelope and two signatures alone",
                (sealing + 2.0 * sign) * 1e3,
            )
            .asked(2.0)
            .why(WHY_GRANT),
    );
    report.row(
        Row::new("accepting a grant, ms", Better::Less, accept * 1e3)
            .beside(
                "opening the envelope and verifying two signatures alone",
                (opening + 2.0 * verify) * 1e3,
            )
            .asked(2.0)
            .why(WHY_GRANT),
    );
    Ok(())
}
