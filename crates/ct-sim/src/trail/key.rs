//! The key that signs digests, and the file that lists its public key.

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

/// An RSA key of 2,048 bits that signs digests.
pub(super) struct SigningKey(RsaKeyPair);

impl SigningKey {
    /// Generates a new key.
    ///
    /// # Errors
    /// If the system cannot provide random numbers.
    pub(super) fn generate() -> anyhow::Result<Self> {
        let key = RsaKeyPair::generate(KeySize::Rsa2048);
        key.map(Self)
            .map_err(|_| anyhow!("cannot create a key for digests: try again"))
    }

    /// Signs `text` with RSA PKCS#1 v1.5 and SHA-256. Returns the signature in hexadecimal.
    pub(super) fn sign(&self, text: &str) -> anyhow::Result<String> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        let random = SystemRandom::new();
        self.0
            .sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature)
            .map_err(|_| anyhow!("cannot sign a digest: try again"))?;
        Ok(hex(&signature))
    }

    /// Returns the public key as DER in the form of PKCS#1.
    fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// Returns the MD5 hash of the public key as DER.
    pub(super) fn fingerprint(&self) -> String {
        hex(&Md5::digest(self.public()))
    }
}

/// Lists the public keys in the format of `aws cloudtrail list-public-keys`. The keys are valid
/// from `from` to `until`, in Unix seconds.
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
