//! The customer key with which objects are encrypted (SSE-C).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

/// The size of an AES-256 key, in bytes.
const KEY_BYTES: usize = 32;

/// A key that is sent with each request for an object and never displayed.
#[derive(Clone)]
pub struct CustomerKey {
    /// The key, encoded in base64.
    pub(super) key: String,
    /// The MD5 hash of the key, encoded in base64.
    pub(super) md5: String,
}

impl CustomerKey {
    /// Parses the content of a key file: 32 bytes, or one line with the base64 encoding of 32 bytes.
    ///
    /// # Errors
    /// A description of the expected content.
    pub fn read(content: &[u8]) -> Result<Self, &'static str> {
        let decoded = || STANDARD.decode(content.trim_ascii()).ok();
        let bytes = if content.len() == KEY_BYTES {
            Some(content.to_vec())
        } else {
            decoded().filter(|bytes| bytes.len() == KEY_BYTES)
        };
        let bytes = bytes.ok_or("a key consists of 32 bytes, raw or in Base64")?;
        Ok(Self {
            key: STANDARD.encode(&bytes),
            md5: STANDARD.encode(Md5::digest(&bytes)),
        })
    }
}

impl fmt::Debug for CustomerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CustomerKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_32_bytes_or_their_base64_and_never_shown() {
        // The expected hash is Python's `hashlib.md5(b"0123456789abcdef" * 2)`, encoded in base64.
        let bytes = b"0123456789abcdef".repeat(2);
        let line = format!("{}\n", STANDARD.encode(&bytes));
        for content in [bytes.as_slice(), line.as_bytes()] {
            let key = CustomerKey::read(content).unwrap();
            assert_eq!(key.key, STANDARD.encode(&bytes));
            assert_eq!(key.md5, MD5);
            assert_eq!(format!("{key:?}"), "CustomerKey");
        }
        assert!(CustomerKey::read(b"short").is_err());
    }

    const MD5: &str = "hRasmdxgYDKV3nvbahU1MA==";
}
