//! The vectors of Project Wycheproof (<https://github.com/C2SP/wycheproof>): what is known to go wrong in the algorithms that
//! this crate stands on. They run through this crate's own functions where these take such inputs, else through the version
//! of a crate that `hpke` uses. The number of cases is asserted, so that an empty set cannot pass.

use std::convert::Infallible;

use hmac::{Hmac, KeyInit as _, Mac as _};
use hpke::rand_core::{TryCryptoRng, TryRng};
use ml_kem::kem::{Decapsulate as _, Encapsulate as _, KeyExport as _};
use ml_kem::{B32, DecapsulationKey768, EncapsulationKey768};
use ring::aead::{Aad, Nonce};
use wycheproof::{aead, ecdsa, eddsa, hkdf, mac, mlkem, xdh};

use crate::aead::{TAG_LEN, cipher, mac as cut_mac};
use crate::sign::P256_HALF_ORDER;
use crate::{EnvelopePublicKey, PublicKey, Secret, Signature, Suite};

#[test]
fn aes_256_gcm() {
    // Keys of 256, nonces of 96 and tags of 128 bits, which are all that suite 1 knows.
    assert_eq!(sealing(Suite::One, aead::TestName::AesGcm), (39, 27));
}

#[test]
fn chacha20_poly1305() {
    assert_eq!(
        sealing(Suite::Two, aead::TestName::ChaCha20Poly1305),
        (256, 60)
    );
}

/// How many vectors open, and how many are refused.
fn sealing(suite: Suite, set: aead::TestName) -> (usize, usize) {
    let set = aead::TestSet::load(set).unwrap();
    let fits = |group: &&aead::TestGroup| {
        (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128)
    };
    let (mut opened, mut refused) = (0, 0);
    for case in set
        .test_groups
        .iter()
        .filter(fits)
        .flat_map(|group| &group.tests)
    {
        let key = cipher(suite, &secret(&case.key)).unwrap();
        let nonce = || Nonce::try_assume_unique_for_key(&case.nonce).unwrap();
        let mut bytes = [&case.ct[..], &case.tag].concat();
        let plain = key.open_in_place(nonce(), Aad::from(&case.aad), &mut bytes);
        let plain = plain.map(|plain| plain.to_vec());
        if case.result.must_fail() {
            assert!(plain.is_err(), "{}", case.tc_id);
            refused += 1;
            continue;
        }
        assert_eq!(plain.as_deref(), Ok(&case.pt[..]), "{}", case.tc_id);
        let mut bytes = case.pt.to_vec();
        let tag = key.seal_in_place_separate_tag(nonce(), Aad::from(&case.aad), &mut bytes);
        assert_eq!(
            (bytes.as_slice(), tag.unwrap().as_ref()),
            (&case.ct[..], &case.tag[..])
        );
        opened += 1;
    }
    (opened, refused)
}

/// [keys-16]: among the refused are signatures whose S is not below the order.
#[test]
fn ed25519() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let (mut verified, mut refused, mut misshapen) = (0, 0, 0);
    for group in &set.test_groups {
        let key = PublicKey::Ed25519(group.key.pk[..].try_into().unwrap());
        for case in &group.tests {
            let Ok(signature) = <&[u8; 64]>::try_from(&case.sig[..]) else {
                assert!(case.result.must_fail());
                misshapen += 1;
                continue;
            };
            let signature = Signature::from_bytes(signature);
            let holds = key.verify_bytes(&case.msg, &signature).is_ok();
            assert_eq!(holds, !case.result.must_fail(), "{}", case.tc_id);
            *(if holds { &mut verified } else { &mut refused }) += 1;
        }
    }
    assert_eq!((verified, refused, misshapen), (88, 51, 12));
}

/// [keys-17]: of each valid signature one of s and n - s holds, the lower one.
#[test]
fn ecdsa_p256_sha256() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let (mut verified, mut high, mut refused, mut misshapen) = (0, 0, 0, 0);
    for group in &set.test_groups {
        let key = [&[1], group.key.key.get(1..).unwrap()].concat();
        let key = PublicKey::from_bytes(&key).unwrap();
        for case in &group.tests {
            let Ok(raw) = <&[u8; 64]>::try_from(&case.sig[..]) else {
                assert!(case.result.must_fail());
                misshapen += 1;
                continue;
            };
            let holds = |signature: &Signature| key.verify_bytes(&case.msg, signature).is_ok();
            let as_it_is = Signature::from_bytes(raw);
            if case.result.must_fail() {
                assert!(!holds(&as_it_is), "{}", case.tc_id);
                refused += 1;
            } else if raw[32..] > P256_HALF_ORDER[..] {
                assert!(!holds(&as_it_is), "{}", case.tc_id);
                assert!(holds(&Signature::from_p256(raw)), "{}", case.tc_id);
                high += 1;
            } else {
                assert!(holds(&as_it_is), "{}", case.tc_id);
                verified += 1;
            }
        }
    }
    assert_eq!((verified, high, refused, misshapen), (103, 70, 68, 21));
}

#[test]
fn hmac_sha256() {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let (mut ours, mut held, mut refused) = (0, 0, 0);
    for group in &set.test_groups {
        for case in &group.tests {
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&case.key).unwrap();
            mac.update(&case.msg);
            let holds = mac.verify_truncated_left(&case.tag).is_ok();
            assert_eq!(holds, !case.result.must_fail(), "{}", case.tc_id);
            *(if holds { &mut held } else { &mut refused }) += 1;
            // What this crate cuts to 16 bytes, under keys of 32.
            if group.key_size == 256 && group.tag_size >= 8 * TAG_LEN {
                let same = cut_mac(&secret(&case.key), &[&case.msg]) == case.tag[..TAG_LEN];
                assert!(same || case.result.must_fail(), "{}", case.tc_id);
                assert!(
                    !same || holds || group.tag_size > 8 * TAG_LEN,
                    "{}",
                    case.tc_id
                );
                ours += 1;
            }
        }
    }
    assert_eq!((ours, held, refused), (162, 66, 108));
}

/// Through the crate that envelopes use and through `ring`: they agree.
#[test]
fn hkdf_sha256() {
    let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap();
    let (mut derived, mut refused) = (0, 0);
    for case in set.test_groups.iter().flat_map(|group| &group.tests) {
        let mut out = vec![0; case.size];
        let hkdf = ::hkdf::Hkdf::<sha2::Sha256>::new(Some(&case.salt), &case.ikm);
        if hkdf.expand(&case.info, &mut out).is_err() {
            assert!(case.result.must_fail(), "{}", case.tc_id);
            assert_eq!(hkdf_by_ring(case), None, "{}", case.tc_id);
            refused += 1;
            continue;
        }
        assert_eq!(out, case.okm[..], "{}", case.tc_id);
        assert_eq!(hkdf_by_ring(case), Some(out), "{}", case.tc_id);
        derived += 1;
    }
    assert_eq!((derived, refused), (83, 3));
}

fn hkdf_by_ring(case: &hkdf::Test) -> Option<Vec<u8>> {
    struct Len(usize);
    impl ring::hkdf::KeyType for Len {
        fn len(&self) -> usize {
            self.0
        }
    }
    let salt = ring::hkdf::Salt::new(ring::hkdf::HKDF_SHA256, &case.salt);
    let key = salt.extract(&case.ikm);
    let info = [&case.info[..]];
    let mut out = vec![0; case.size];
    key.expand(&info, Len(case.size))
        .ok()?
        .fill(&mut out)
        .ok()?;
    Some(out)
}

/// X-Wing's one half. It takes points of low order too: what they share is zero, and X-Wing hashes it with what the other half
/// shares.
#[test]
fn x25519() {
    let set = xdh::TestSet::load(xdh::TestName::X25519).unwrap();
    let (mut shared, mut zero) = (0, 0);
    for case in set.test_groups.iter().flat_map(|group| &group.tests) {
        let [private, public]: [[u8; 32]; 2] =
            [&case.private_key, &case.public_key].map(|key| key[..].try_into().unwrap());
        let secret = x25519_dalek::StaticSecret::from(private);
        let both = secret.diffie_hellman(&x25519_dalek::PublicKey::from(public));
        assert!(!case.result.must_fail(), "{}", case.tc_id);
        assert_eq!(both.as_bytes(), &case.shared_secret[..], "{}", case.tc_id);
        let is_zero = both.as_bytes() == &[0; 32];
        assert_eq!(both.was_contributory(), !is_zero, "{}", case.tc_id);
        *(if is_zero { &mut zero } else { &mut shared }) += 1;
    }
    assert_eq!((shared, zero), (487, 31));
}

/// X-Wing's other half: keys from seeds, and what opens.
#[test]
fn ml_kem_768() {
    let set = mlkem::TestSet::load(mlkem::TestName::MlKem768).unwrap();
    let (mut opened, mut misshapen) = (0, 0);
    for case in set.test_groups.iter().flat_map(|group| &group.tests) {
        let seed = bytes(&case.seed).try_into().ok();
        let sealed = bytes(&case.ct).try_into().ok();
        let (Some(seed), Some(sealed)) = (seed, sealed) else {
            assert!(case.result.must_fail(), "{}", case.tc_id);
            misshapen += 1;
            continue;
        };
        let key = DecapsulationKey768::from_seed(seed);
        assert_eq!(
            key.encapsulation_key().to_bytes()[..],
            *bytes(&case.encaps_key)
        );
        assert_eq!(key.decapsulate(&sealed)[..], *bytes(&case.shared_secret));
        opened += 1;
    }
    assert_eq!((opened, misshapen), (161, 40));
    let set = mlkem::TestSet::load(mlkem::TestName::MlKem768KeyGenSeed).unwrap();
    let mut made = 0;
    for case in set.test_groups.iter().flat_map(|group| &group.tests) {
        let seed = bytes(&case.seed).try_into().unwrap();
        let key = DecapsulationKey768::from_seed(seed);
        assert_eq!(
            key.encapsulation_key().to_bytes()[..],
            *bytes(&case.encaps_key)
        );
        made += 1;
    }
    assert_eq!(made, 100);
}

/// Keys whose numbers are not reduced are no envelope keys.
#[test]
fn ml_kem_768_public_keys() {
    let set = mlkem::TestSet::load(mlkem::TestName::MlKem768Encaps).unwrap();
    let (mut sealed, mut refused) = (0, 0);
    for case in set.test_groups.iter().flat_map(|group| &group.tests) {
        let key = bytes(&case.encaps_key);
        // The other half is the point 9.
        let mut other = [0_u8; 32];
        other[0] = 9;
        let ours = EnvelopePublicKey::from_bytes(&[key, &other[..]].concat());
        assert_eq!(ours.is_ok(), !case.result.must_fail(), "{}", case.tc_id);
        let Ok(key) = key
            .try_into()
            .map_err(drop)
            .and_then(|key| EncapsulationKey768::new(&key).map_err(drop))
        else {
            assert!(case.result.must_fail(), "{}", case.tc_id);
            refused += 1;
            continue;
        };
        let mut message = Message(bytes(&case.msg).try_into().unwrap());
        let (ct, shared) = key.encapsulate_with_rng(&mut message);
        assert_eq!(ct[..], *bytes(&case.ct), "{}", case.tc_id);
        assert_eq!(shared[..], *bytes(&case.shared_secret), "{}", case.tc_id);
        sealed += 1;
    }
    assert_eq!((sealed, refused), (133, 132));
}

/// Randomness that a vector prescribes.
struct Message(B32);

impl TryRng for Message {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("32 bytes are asked for")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("32 bytes are asked for")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.copy_from_slice(&self.0);
        Ok(())
    }
}

impl TryCryptoRng for Message {}

/// Nothing stands for no bytes.
fn bytes(of: &Option<wycheproof::ByteString>) -> &[u8] {
    of.as_ref().map_or(&[], |bytes| &bytes[..])
}

fn secret(key: &[u8]) -> Secret {
    Secret::from_bytes(key.try_into().unwrap())
}
