//! Tampers with a written trail, to test programs that validate trails. These programs must report
//! each change, except the changes that are marked as valid.

use std::fs;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::log_file::LogFile;
use super::{Trail, gzip, write};

/// A change to a written trail. Each description starts with the name of the change on the command
/// line.
///
/// A change applies to the first account and region with files, in the middle of the time that its
/// digests cover. A change that is marked as valid also occurs in trails that nobody tampered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tampering {
    /// `log-changed`: a digit in the content of a log file is different.
    LogChanged,
    /// `log-removed`: a log file is missing.
    LogRemoved,
    /// `log-added`: there is a log file that no digest lists.
    LogAdded,
    /// `logs-swapped`: the contents of two log files are exchanged.
    LogsSwapped,
    /// `log-truncated`: the second half of a log file's gzip bytes is missing.
    LogTruncated,
    /// `log-recompressed`: the content of a log file is compressed differently; valid.
    LogRecompressed,
    /// `digest-changed`: a digit in the content of a digest is different.
    DigestChanged,
    /// `digest-removed`: a digest is missing.
    DigestRemoved,
    /// `digests-removed`: two consecutive digests are missing.
    DigestsRemoved,
    /// `first-digest-removed`
    FirstDigestRemoved,
    /// `newest-digest-removed`
    NewestDigestRemoved,
    /// `other-key`: a digest is signed with a key that is not CloudTrail's.
    OtherKey,
    /// `previous-hash`: a digest has a wrong hash of its predecessor, and a valid signature.
    PreviousHash,
    /// `previous-signature`: a digest has a wrong signature of its predecessor, and a valid
    /// signature itself.
    PreviousSignature,
    /// `key-rotated`: the second half of the digests is signed with a second key of CloudTrail;
    /// valid.
    KeyRotated,
    /// `backfill`: a log file is listed only by a backfill digest, which CloudTrail creates later;
    /// valid.
    Backfill,
    /// `moved`: all files have a different key prefix.
    Moved,
    /// `day-missing`: there are no files for a day, as if logging was off. A new chain of digests
    /// starts after this day.
    DayMissing,
}

/// Every change with its name on the command line.
const NAMES: [(&str, Tampering); 18] = [
    ("log-changed", Tampering::LogChanged),
    ("log-removed", Tampering::LogRemoved),
    ("log-added", Tampering::LogAdded),
    ("logs-swapped", Tampering::LogsSwapped),
    ("log-truncated", Tampering::LogTruncated),
    ("log-recompressed", Tampering::LogRecompressed),
    ("digest-changed", Tampering::DigestChanged),
    ("digest-removed", Tampering::DigestRemoved),
    ("digests-removed", Tampering::DigestsRemoved),
    ("first-digest-removed", Tampering::FirstDigestRemoved),
    ("newest-digest-removed", Tampering::NewestDigestRemoved),
    ("other-key", Tampering::OtherKey),
    ("previous-hash", Tampering::PreviousHash),
    ("previous-signature", Tampering::PreviousSignature),
    ("key-rotated", Tampering::KeyRotated),
    ("backfill", Tampering::Backfill),
    ("moved", Tampering::Moved),
    ("day-missing", Tampering::DayMissing),
];

impl Tampering {
    /// Every change.
    pub const ALL: [Self; 18] = {
        let mut all = [Self::LogChanged; 18];
        let mut place = 0;
        while place < NAMES.len() {
            all[place] = NAMES[place].1;
            place += 1;
        }
        all
    };

    /// The name of the change on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        let named = NAMES.iter().find(|(_, tampering)| *tampering == self);
        named.map_or("", |(name, _)| name)
    }

    /// Whether a second key signs some of the digests.
    pub(super) fn has_other_key(self) -> bool {
        matches!(self, Self::OtherKey | Self::KeyRotated)
    }

    /// The minimum number of hours with digests that the change requires, so that digests remain
    /// before and after the change.
    pub(super) fn least_hours(self) -> usize {
        if self == Self::DayMissing { 30 } else { 6 }
    }

    /// Changes the files of the trail. `files` contains the log files of one account and region;
    /// `digests` contains the S3 keys of the digests of the same account and region, oldest first.
    /// Returns the keys of the objects that were changed, removed or added.
    ///
    /// # Errors
    /// If there are too few files to change, or a file cannot be written.
    pub(super) fn apply(
        self,
        trail: &Trail,
        files: &[&LogFile],
        digests: &[String],
    ) -> Result<Vec<String>, Failure> {
        let log = |offset: usize| {
            files
                .get(files.len() / 2 + offset)
                .map(|file| file.key.clone())
        };
        let log = |offset| {
            log(offset).ok_or_else(|| {
                Failure::Usage(anyhow!(
                    "too few records to tamper with: generate more, or over a shorter time"
                ))
            })
        };
        let middle = digests.len() / 2;
        let digest = |place: usize| digests[place].clone();
        let remove = |key: String| -> anyhow::Result<String> {
            let path = trail.path(&key);
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            Ok(key)
        };
        Ok(match self {
            Self::LogChanged => vec![change(trail, log(0)?)?],
            Self::DigestChanged => vec![change(trail, digest(middle))?],
            Self::LogRemoved => vec![remove(log(0)?)?],
            Self::DigestRemoved => vec![remove(digest(middle))?],
            Self::DigestsRemoved => vec![remove(digest(middle))?, remove(digest(middle + 1))?],
            Self::FirstDigestRemoved => vec![remove(digest(0))?],
            Self::NewestDigestRemoved => vec![remove(digest(digests.len() - 1))?],
            Self::LogAdded => {
                let key = log(0)?;
                let bytes = read(&trail.path(&key))?;
                let (start, _) = key.rsplit_once('_').unwrap_or((&key, ""));
                let added = format!("{start}_TamperedTampered.json.gz");
                write(&trail.path(&added), &bytes)?;
                vec![added]
            }
            Self::LogsSwapped => {
                let (one, other) = (log(0)?, log(1)?);
                let (first, second) = (read(&trail.path(&one))?, read(&trail.path(&other))?);
                write(&trail.path(&one), &second)?;
                write(&trail.path(&other), &first)?;
                vec![one, other]
            }
            Self::LogTruncated => {
                let key = log(0)?;
                let bytes = read(&trail.path(&key))?;
                write(&trail.path(&key), &bytes[..bytes.len() / 2])?;
                vec![key]
            }
            Self::LogRecompressed => {
                let key = log(0)?;
                let content = content(&trail.path(&key))?;
                let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
                std::io::Write::write_all(&mut encoder, &content).context("cannot compress")?;
                let bytes = encoder.finish().context("cannot compress")?;
                write(&trail.path(&key), &bytes)?;
                vec![key]
            }
            Self::Moved => {
                let moved = trail.path("moved");
                fs::create_dir_all(&moved).context("cannot move the trail")?;
                fs::rename(trail.path("AWSLogs"), moved.join("AWSLogs"))
                    .context("cannot move the trail")?;
                Vec::new()
            }
            // The digest was written with this change, so nothing remains to be done.
            Self::OtherKey | Self::PreviousHash | Self::PreviousSignature => vec![digest(middle)],
            Self::KeyRotated | Self::Backfill | Self::DayMissing => Vec::new(),
        })
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Returns the content of a gzip file of the trail.
fn content(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut content = Vec::new();
    let bytes = read(path)?;
    let mut decoder = flate2::read::GzDecoder::new(bytes.as_slice());
    std::io::Read::read_to_end(&mut decoder, &mut content)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(content)
}

/// Changes the last digit in a file's content.
fn change(trail: &Trail, key: String) -> anyhow::Result<String> {
    let path = trail.path(&key);
    let mut content = content(&path)?;
    let digit = content.iter().rposition(u8::is_ascii_digit);
    let digit = digit.ok_or_else(|| anyhow!("{} has no digit to change", path.display()))?;
    content[digit] = if content[digit] == b'0' { b'1' } else { b'0' };
    write(&path, &gzip(&content))?;
    Ok(key)
}

impl FromStr for Tampering {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = NAMES.iter().find(|(name, _)| *name == text);
        let all = || NAMES.map(|(name, _)| name).join(", ");
        named.map(|(_, tampering)| *tampering).ok_or_else(|| {
            format!(
                "`{text}` is not a way to tamper with a trail: try one of {}",
                all()
            )
        })
    }
}
