//! The AWS CLI's cache files for credentials and tokens.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use jiff::Timestamp;
use sha1::{Digest as _, Sha1};

use super::keys;
use crate::python::dumps;
use crate::python::loads;
use crate::python::value::{Map, Value};

/// The minimum remaining lifetime of cached credentials. Credentials that expire sooner are not
/// used.
const LEAST_LIFE: Duration = Duration::from_mins(15);

/// A folder of JSON files, each named by a hash.
#[derive(Clone, Debug)]
pub(super) struct Cache(pub(super) PathBuf);

impl Cache {
    /// The cached value for `key`, or `None` if no value is cached.
    pub(super) fn get(&self, key: &str) -> Option<Value<'static>> {
        // A missing or invalid file counts as an absent value.
        let text = std::fs::read_to_string(self.path(key)).ok()?;
        loads::loads(&text).ok()
    }

    /// Caches `value` in a file that only its owner can read. If the folder is not writable, the
    /// next run requests the value again.
    pub(super) fn put(&self, key: &str, value: &Value<'_>) {
        let text = dumps::spaced_ascii(value);
        if let Err(error) = self.write(key, &text) {
            let message = format!(
                "cannot save the credentials in {}: {error}: make the folder writable, or they \
                 will be requested again next time",
                self.0.display()
            );
            ct_core::exit::say("ct-fetch", &ct_core::terminal::escape(&message));
        }
    }

    fn write(&self, key: &str, text: &str) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.0)?;
        // A temporary file is created with permissions for its owner only, then renamed.
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        file.write_all(text.as_bytes())?;
        file.persist(self.path(key))?;
        Ok(())
    }

    fn path(&self, key: &str) -> PathBuf {
        self.0.join(format!("{key}.json"))
    }

    /// The cached credentials for `key`, unless they expire soon.
    pub(super) fn keys(&self, key: &str) -> Option<Credentials> {
        let value = self.get(key)?;
        let member = |name| text(value.get("Credentials")?, name);
        let expiry = keys::time(&member("Expiration")?)?;
        if expiry < SystemTime::now() + LEAST_LIFE {
            return None;
        }
        let token = member("SessionToken");
        Some(keys::credentials(
            &member("AccessKeyId")?,
            &member("SecretAccessKey")?,
            token.as_deref(),
            Some(expiry),
        ))
    }

    /// Caches credentials in botocore's format, so that the AWS CLI also finds them.
    pub(super) fn put_keys(&self, key: &str, credentials: &Credentials) {
        let mut members = object(&[
            ("AccessKeyId", credentials.access_key_id()),
            ("SecretAccessKey", credentials.secret_access_key()),
        ]);
        let token = credentials.session_token();
        members.extend(token.map(|token| ("SessionToken".into(), Value::from(token))));
        let expiry = credentials.expiry().map(written);
        members.extend(expiry.map(|time| ("Expiration".into(), Value::from(time.as_str()))));
        let whole = Value::Map(vec![("Credentials".into(), Value::Map(members))]);
        self.put(key, &whole);
    }
}

/// The cache folder for `name` in the `.aws` folder of `home`.
pub(super) fn folder(home: &Path, name: &str) -> Cache {
    Cache(home.join(".aws").join(name).join("cache"))
}

/// The name that botocore gives to the cache file for `text`: a hash.
pub(super) fn key(text: &str) -> String {
    use std::fmt::Write as _;
    let digest = Sha1::digest(text.as_bytes());
    digest.iter().fold(String::new(), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// A JSON object whose values are strings, in the order of `members`.
pub(super) fn object(members: &[(&'static str, &str)]) -> Map<'static> {
    members
        .iter()
        .map(|(name, text)| ((*name).into(), Value::from(*text)))
        .collect()
}

/// The string under the key `name` of `value`, or `None` if there is no such string.
pub(super) fn text(value: &Value<'_>, name: &str) -> Option<String> {
    match value.get(name) {
        Some(Value::String(text)) => Some(text.to_string()),
        _ => None,
    }
}

/// A time in the format of botocore's cached tokens, in whole seconds.
pub(super) fn written(time: SystemTime) -> String {
    match Timestamp::try_from(time) {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Err(_beyond_the_calendar) => Timestamp::MAX.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_keys_are_used_until_shortly_before_they_expire() {
        let home = tempfile::tempdir().unwrap();
        let cache = folder(home.path(), "cli");
        for (life, is_found) in [(3_600, true), (600, false)] {
            let expiry = SystemTime::now() + Duration::from_secs(life);
            let kept = keys::credentials(
                "AKIAIOSFODNN7EXAMPLE",
                "secret",
                Some("token"),
                Some(expiry),
            );
            cache.put_keys("k", &kept);
            let found = cache.keys("k");
            assert_eq!(found.is_some(), is_found);
            if let Some(found) = found {
                assert_eq!(found.access_key_id(), "AKIAIOSFODNN7EXAMPLE");
                assert_eq!(found.session_token(), Some("token"));
            }
        }
        assert!(cache.keys("other").is_none());
    }

    #[test]
    fn a_key_is_the_hash_of_its_text() {
        assert_eq!(key("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }

    #[test]
    fn times_are_read_as_botocore_writes_them() {
        let expected = keys::time("2030-01-02T03:04:05Z");
        assert!(expected.is_some());
        assert_eq!(keys::time("2030-01-02T03:04:05UTC"), expected);
        assert_eq!(keys::time("2030-01-02T12:04:05+09:00"), expected);
        assert_eq!(
            expected.map(written).as_deref(),
            Some("2030-01-02T03:04:05Z")
        );
    }
}
