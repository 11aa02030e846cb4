//! The options for writing a trail.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::clock::duration;
use crate::trail::Trail;
use crate::trail::tampering::Tampering;

/// The options for writing records as a trail.
#[derive(Debug, Args)]
#[command(next_help_heading = "Trail")]
pub(crate) struct TrailArgs {
    /// Write the records to FOLDER as a trail delivers them, and exit
    ///
    /// FOLDER receives gzip files named as CloudTrail names them in
    /// AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/. The same records, seed and options give the
    /// same log files.
    #[arg(long, value_name = "FOLDER")]
    write_trail: Option<PathBuf>,

    /// Write signed digests as well
    ///
    /// There is a digest for every hour, account and region, signed with a new key. The signature
    /// of a digest is in a hidden file .DIGEST.metadata.json next to the digest; --bucket serves it
    /// as metadata of the object. FOLDER.public-keys.json has the format of `aws cloudtrail
    /// list-public-keys`.
    #[arg(long, requires = "write_trail")]
    digests: bool,

    /// Tamper with the first account and region of the trail: log-changed, digest-removed, …
    ///
    /// For testing validation: log-changed, log-removed, log-added, logs-swapped, log-truncated,
    /// digest-changed, digest-removed, digests-removed, first-digest-removed,
    /// newest-digest-removed, other-key, previous-hash, previous-signature, moved, day-missing; and
    /// log-recompressed, key-rotated and backfill, which are valid.
    #[arg(long, value_name = "HOW", requires = "digests")]
    tamper: Option<Tampering>,

    /// Share of the records that are delivered twice, such as 21%
    #[arg(long, value_name = "PERCENT", default_value = "0%", hide_default_value = true, value_parser = in_a_million, requires = "write_trail")]
    duplicates: u32,

    /// Delay between an event and its delivery; files are written every five minutes
    #[arg(long, value_name = "DURATION", default_value = "2m..10m", value_parser = duration::parse_range)]
    delivery: RangeInclusive<Duration>,

    /// Write an organization trail: AWSLogs/ID/ACCOUNT/…
    #[arg(long, value_name = "ID", value_parser = folder_name, requires = "write_trail")]
    organization: Option<String>,

    /// Bucket name in the digests
    #[arg(long, value_name = "NAME", default_value = "ct-sim-trail", value_parser = folder_name)]
    trail_bucket: String,
}

impl TrailArgs {
    /// Returns the trail to write, or `None` if no trail is written.
    pub(crate) fn trail(&self, seed: u64) -> Option<Trail> {
        let folder = self.write_trail.as_ref()?;
        Some(Trail {
            bucket: self.trail_bucket.clone(),
            organization: self.organization.clone(),
            delivery: self.delivery.clone(),
            duplicates: self.duplicates,
            digests: self.digests,
            tampering: self.tamper,
            seed,
            ..Trail::new(folder)
        })
    }
}

fn folder_name(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if !text.is_empty() && text.bytes().all(is_plain) && !text.starts_with('.') {
        return Ok(text.to_owned());
    }
    Err(format!(
        "`{text}` cannot be the name of a folder: use letters, digits, - . and _, such as \
         o-exampleorg"
    ))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share must be from 0 to 100"
)]
fn in_a_million(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('%').unwrap_or(text).parse::<f64>().ok();
    let percent = number.filter(|percent| (0.0..=100.0).contains(percent));
    let percent = percent.ok_or_else(|| format!("`{text}` is not a share: try 21%"))?;
    Ok((percent * 10_000.0).round() as u32)
}
