//! One public key, and the string that the signature of a digest file covers.

use std::fmt;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use md5::{Digest as _, Md5};

/// An RSA key that verifies digest files.
#[derive(Clone)]
pub struct PublicKey {
    parsed: ParsedPublicKey,
    fingerprint: String,
}

impl PublicKey {
    /// Parses a key in DER format: `SubjectPublicKeyInfo` or PKCS #1 `RSAPublicKey`. CloudTrail lists keys in both
    /// formats.
    ///
    /// Returns `None` if `der` has neither format.
    #[must_use]
    pub fn new(der: &[u8]) -> Option<Self> {
        let parsed = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).ok()?;
        Some(Self {
            parsed,
            fingerprint: hex(&Md5::digest(der)),
        })
    }

    /// The MD5 hash of the DER format in lower-case hexadecimal, by which digest files refer to the key.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Whether `signature` (in hexadecimal) is a signature of `text` with this key: SHA-256 with RSA, PKCS #1 v1.5.
    #[must_use]
    pub fn verifies(&self, text: &str, signature: &str) -> bool {
        let signature = bytes(signature);
        signature
            .is_some_and(|signature| self.parsed.verify_sig(text.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({})", self.fingerprint)
    }
}

/// The string that the signature of a digest file covers. `bucket` and `key` are the digest file's
/// location, as written in the file. `sha256` is the hash of the decompressed digest file, in
/// hexadecimal. `previous` is the signature of the previous digest file.
///
/// Source: CloudTrail user guide, "Custom implementations of CloudTrail log file integrity validation".
#[must_use]
pub fn signed_text(
    end_time: &str,
    (bucket, key): (&str, &str),
    sha256: &str,
    previous: Option<&str>,
) -> String {
    let previous = previous.unwrap_or("null");
    format!("{end_time}\n{bucket}/{key}\n{sha256}\n{previous}")
}

/// Encodes bytes in lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        use fmt::Write as _;
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

/// Decodes hexadecimal.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = hex.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};

    use super::*;

    #[test]
    fn both_encodings_of_a_key_verify_its_signatures_and_no_others() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let text = signed_text("2026-01-01T01:00:00Z", ("bucket", "key"), "00ff", None);
        assert_eq!(text, "2026-01-01T01:00:00Z\nbucket/key\n00ff\nnull");
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            text.as_bytes(),
            &mut signature,
        )
        .unwrap();
        let signature = hex(&signature);
        let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        for der in [pair.public_key().as_ref(), spki.as_ref()] {
            let key = PublicKey::new(der).unwrap();
            assert!(key.verifies(&text, &signature));
            assert!(key.verifies(&text, &signature.to_ascii_uppercase()));
            assert!(!key.verifies(&text.replace("00ff", "00fe"), &signature));
            for broken in ["", "0", "xy", &signature[2..]] {
                assert!(!key.verifies(&text, broken), "{broken}");
            }
        }
        assert!(PublicKey::new(b"anything else").is_none());
    }
}
