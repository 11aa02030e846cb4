//! The key that signs digests, and its public listing.

use anyhow::anyhow;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde_json::json;

use super::hex;
use crate::clock::date;

/// An RSA key of 2,048 bits.
pub(super) struct SigningKey(RsaKeyPair);

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    /// If the system cannot provide random numbers.
    pub(super) fn generate() -> anyhow::Result<Self> {
        let key = RsaKeyPair::generate(KeySize::Rsa2048);
        key.map(Self)
            .map_err(|_| anyhow!("cannot make a key for digests: try again"))
    }

    /// The signature of `text`, RSA PKCS#1 v1.5 with SHA-256, in hexadecimal.
    pub(super) fn sign(&self, text: &str) -> anyhow::Result<String> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        let random = SystemRandom::new();
        self.0
            .sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature)
            .map_err(|_| anyhow!("cannot sign a digest: try again"))?;
        Ok(hex(&signature))
    }

    /// The public key in DER, in PKCS#1 form.
    fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// The MD5 of the public key in DER.
    pub(super) fn fingerprint(&self) -> String {
        hex(&Md5::digest(self.public()))
    }
}

/// The keys in the format of `aws cloudtrail list-public-keys`, valid between `from` and `until`
/// (Unix seconds).
pub(super) fn public_keys(keys: &[SigningKey], (from, until): (i64, i64)) -> String {
    let keys: Vec<_> = keys
        .iter()
        .map(|key| {
            json!({
                "Value": STANDARD.encode(key.public()),
                "ValidityStartTime": date::iso(from),
                "ValidityEndTime": date::iso(until),
                "Fingerprint": key.fingerprint(),
            })
        })
        .collect();
    format!("{:#}\n", json!({ "PublicKeyList": keys }))
}
