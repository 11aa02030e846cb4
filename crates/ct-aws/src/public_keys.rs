//! The public keys that verify the signatures of CloudTrail digest files, from a file or from `ListPublicKeys`.

mod key;
mod list;

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

pub use key::{PublicKey, signed_text};
pub use list::list;

/// Public keys by their fingerprints.
#[derive(Debug, Clone, Default)]
pub struct PublicKeys {
    keys: BTreeMap<String, (PublicKey, ListedKey)>,
}

/// The output of `aws cloudtrail list-public-keys`, which has the format of the service's response.
#[derive(Debug, Default, Serialize, Deserialize)]
struct ListPublicKeysOutput {
    #[serde(rename = "PublicKeyList", alias = "publicKeyList")]
    keys: Vec<ListedKey>,
    #[serde(rename = "NextToken", default, skip_serializing)]
    next: Option<String>,
}

/// A key in a response of `ListPublicKeys`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedKey {
    /// The key in DER format, encoded in base64.
    value: String,
    /// The start of the key's validity: Unix seconds or a string. The value is not interpreted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validity_start_time: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validity_end_time: Option<serde_json::Value>,
    fingerprint: String,
}

/// The reason why a text does not contain valid keys.
#[derive(Debug, PartialEq, Eq)]
pub struct NoKeys(String);

impl fmt::Display for NoKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl PublicKeys {
    /// Parses the output of one or several calls of `aws cloudtrail list-public-keys`.
    ///
    /// # Errors
    /// If `text` has a different format, if a key is not an RSA key, or if a fingerprint does not
    /// match its key.
    pub fn read(text: &[u8]) -> Result<Self, NoKeys> {
        let mut keys = Self::default();
        for listing in
            serde_json::Deserializer::from_slice(text).into_iter::<ListPublicKeysOutput>()
        {
            let listing = listing.map_err(|error| {
                NoKeys(format!(
                    "not what aws cloudtrail list-public-keys prints: {error}"
                ))
            })?;
            for listed in listing.keys {
                keys.add(listed)?;
            }
        }
        Ok(keys)
    }

    fn add(&mut self, listed: ListedKey) -> Result<(), NoKeys> {
        let of = |what: &str| NoKeys(format!("the key `{}` {what}", listed.fingerprint));
        let der = BASE64_STANDARD.decode(listed.value.trim());
        let key = PublicKey::new(&der.map_err(|_| of("is not base64"))?);
        let key = key.ok_or_else(|| of("is not an RSA key"))?;
        let fingerprint = listed.fingerprint.to_ascii_lowercase();
        if key.fingerprint() != fingerprint {
            let own = key.fingerprint();
            return Err(of(&format!("has the fingerprint {own}")));
        }
        self.keys.insert(fingerprint, (key, listed));
        Ok(())
    }

    /// Adds the keys of `others`.
    pub fn extend(&mut self, others: Self) {
        self.keys.extend(others.keys);
    }

    /// The key with this fingerprint: the MD5 hash of the DER format, in hexadecimal.
    #[must_use]
    pub fn get(&self, fingerprint: &str) -> Option<&PublicKey> {
        let fingerprint = fingerprint.to_ascii_lowercase();
        self.keys.get(&fingerprint).map(|(key, _)| key)
    }

    /// Whether there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys in the format that [`PublicKeys::read`] parses, with a line end.
    ///
    /// # Panics
    /// Never: strings and numbers are always valid JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let listed = self.keys.values().map(|(_, listed)| listed.clone());
        let listing = ListPublicKeysOutput {
            keys: listed.collect(),
            next: None,
        };
        let text = serde_json::to_string_pretty(&listing);
        text.expect("strings and numbers can be written as JSON") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The output in the AWS CLI's examples of `cloudtrail list-public-keys`.
    const DOCUMENTED: &str = r#"{"PublicKeyList": [{"ValidityStartTime": 1453076702.0, "ValidityEndTime": 1455668702.0,
"Value": "MIIBCgKCAQEAlSS3cl92HDycr/MTj0moOhas8habjrraXw+KzlWF0axSI2tcF+3iJ9BKQAVSKxGwxwu3m0wG3J+kUl1xboEcEPHYoIYMbgfSw7KGnuDKwkLzsQWhUJ0cIbOHASox1vv/5fNXkrHhGbDCHeVXm804c83nvHUEFYThr1PfyP/8HwrCtR3FX5OANtQCP61C1nJtSSkC8JSQUOrIP4CuwJjc+4WGDk+BGH5m9iuiAKkipEHWmUl8/P7XpfpWQuk4h8g3pXZOrNXr08lbh4d39svj7UqdhvOXoBISp9t/EXYuePGEtBdrKD9Dz+VHwyUPtBQvYr9BnkF88qBnaPNhS44rzwIDAQAB",
"Fingerprint": "7f3f401420072e50a65a141430817ab3"}]}"#;

    #[test]
    fn the_documented_key_has_its_fingerprint_and_round_trips() {
        let keys = PublicKeys::read(DOCUMENTED.as_bytes()).unwrap();
        assert!(keys.get("7F3F401420072e50a65a141430817ab3").is_some());
        assert!(keys.get("7f3f401420072e50a65a141430817ab4").is_none());
        let again = PublicKeys::read(keys.to_json().as_bytes()).unwrap();
        assert_eq!(again.to_json(), keys.to_json());
        let twice = format!("{DOCUMENTED}\n{DOCUMENTED}");
        let twice = PublicKeys::read(twice.as_bytes()).unwrap();
        assert_eq!(twice.to_json(), keys.to_json());
    }

    #[test]
    fn a_fingerprint_of_another_key_and_any_other_text_are_refused() {
        let refused = |text: &str| PublicKeys::read(text.as_bytes()).unwrap_err().0;
        assert_eq!(
            refused(&DOCUMENTED.replace("7f3f", "8f3f")),
            "the key `8f3f401420072e50a65a141430817ab3` has the fingerprint 7f3f401420072e50a65a141430817ab3"
        );
        assert_eq!(
            refused(r#"{"PublicKeyList":[{"Value":"AAAA","Fingerprint":"x"}]}"#),
            "the key `x` is not an RSA key"
        );
        assert_eq!(
            refused(r#"{"PublicKeyList":[{"Value":"?","Fingerprint":"x"}]}"#),
            "the key `x` is not base64"
        );
        assert!(refused("{}").starts_with("not what aws cloudtrail list-public-keys prints: "));
    }
}
