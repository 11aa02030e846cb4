//! Reads ct-fetch's journal for an output file, to verify that the run finished and wrote that file.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha1::{Digest as _, Sha1};

use crate::seal::SealedWindow;

/// The start of the first line in every journal version.
pub const HEADER_PREFIX: &str = "ct-fetch journal ";

/// The first line of a journal. The number is the version of the format.
pub const HEADER: &str = "ct-fetch journal 5";

/// The path of the journal that ct-fetch writes for an output file.
#[must_use]
pub fn path_of(file: &Path) -> PathBuf {
    let mut journal = file.as_os_str().to_owned();
    journal.push(".journal");
    journal.into()
}

/// Whether a file begins like a journal, whatever its name is.
fn is_journal(file: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    let file = File::open(file)?;
    file.take(HEADER_PREFIX.len() as u64)
        .read_to_end(&mut start)?;
    Ok(start == HEADER_PREFIX.as_bytes())
}

/// The path of the journal that belongs to `file`, or `None` if nothing exists at this path. This
/// function does not check that the file is a journal; [`verify`] does.
#[must_use]
pub fn beside(file: &Path) -> Option<PathBuf> {
    Some(path_of(file)).filter(|journal| journal.exists())
}

/// If `file` is a journal: the path of the output file to which the journal belongs, even if the
/// output file does not exist. `None` if `file` does not have the name or the content of a journal.
///
/// # Errors
/// If the file cannot be read.
pub fn output_of(file: &Path) -> io::Result<Option<PathBuf>> {
    let output = file.with_extension("");
    let is_journal = path_of(&output) == file && file.is_file() && is_journal(file)?;
    Ok(is_journal.then_some(output))
}

/// The maximum time, in seconds, by which a window may begin before the event history. ct-fetch has
/// the same limit.
const TOLERANCE_SECONDS: i64 = 3600;

/// The journal lines that report missing records, and what each line means.
const MISSING: [(&str, &str); 5] = [
    ("failed", "a region or an account refused the request"),
    (
        "broken",
        "some events could not be written or are out of order",
    ),
    ("max-items", "the run stopped at --max-items"),
    (
        "archive-missing",
        "some files or records could not be read, or not be written in order",
    ),
    (
        "archive-gaps",
        "some files may be incomplete, or some days have neither a log file nor a digest",
    ),
];

/// The time window and the filters of a finished run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// The time window of the run.
    pub window: SealedWindow,
    /// The filters of the run, such as `EventName=StopLogging`.
    pub filters: Vec<String>,
    /// Whether the run read an archive (log files in S3 or on disk), whose records may be older
    /// than the event history.
    pub is_of_archive: bool,
}

/// Compares the file at `path` with the journal of the run that wrote it. `history_days` is the length of
/// CloudTrail's event history.
///
/// # Errors
/// A message that says why the journal does not prove that the run finished and wrote this file.
pub fn verify(path: &Path, journal: &Path, history_days: u32) -> Result<Covered, String> {
    let name = journal.display();
    let unreadable = |error: io::Error| format!("{name} cannot be read: {error}");
    let text = fs::read_to_string(journal).map_err(unreadable)?;
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Err(format!(
            "{name} is a journal of a different version: fetch it again"
        ));
    }
    if lines.next_back() != Some("end") || !text.ends_with('\n') {
        return Err(format!("{name} is truncated: fetch it again"));
    }
    let values: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(' ')).collect();
    let value = |name: &str| values.iter().find(|(other, _)| *other == name);
    if value("finished") != Some(&("finished", "yes")) {
        return Err(format!(
            "{name} says that the run is not finished: run ct-fetch again"
        ));
    }
    if let Some((_, how)) = MISSING.iter().find(|(name, _)| value(name).is_some()) {
        return Err(format!(
            "{name} says that records are missing: {how}: run ct-fetch again"
        ));
    }
    let second = |name: &str| {
        let (_, text) = value(name)?;
        let second = text.split(' ').next()?.parse::<i64>();
        Some(second.map_err(|_| {
            format!(
                "the line `{name}` of {} contains no time: fetch it again",
                journal.display()
            )
        }))
    };
    let since = second("since").or_else(|| second("archive-oldest"));
    let since = since.transpose()?;
    // The records in an archive may have any age.
    let is_of_archive = value("from").is_some();
    if let Some(since) = since.filter(|_| !is_of_archive) {
        let written = fs::metadata(journal).and_then(|metadata| metadata.modified());
        let written = written.map_err(unreadable)?.duration_since(UNIX_EPOCH);
        let written = written.map_or(0, |age| age.as_secs().cast_signed());
        let begins = written - i64::from(history_days) * 86_400 - TOLERANCE_SECONDS;
        if since < begins {
            return Err(format!(
                "the window of {name} starts before the event history: fetch a later window"
            ));
        }
    }
    let (_, digest) = value("written").ok_or_else(|| {
        format!("{name} belongs to a run that did not write to a file: fetch it again with -o")
    })?;
    let actual = digest_of(path).map_err(|error| format!("cannot be read: {error}"))?;
    if *digest != actual {
        return Err(format!("it does not match {name}: fetch it again"));
    }
    let filters = values.iter().flat_map(|(name, value)| match *name {
        "where" => vec![value.replacen(' ', "=", 1)],
        "category" => vec![format!("category={value}")],
        "from" => selected(value),
        _ => Vec::new(),
    });
    let begun = second("begun").transpose()?;
    let begun = begun.ok_or_else(|| {
        format!(
            "{name} does not contain the start of its run: fetch it \
            again"
        )
    })?;
    let until = second("until").or_else(|| second("archive-newest"));
    let until = until.transpose()?;
    Ok(Covered {
        window: SealedWindow::new(since, until, begun),
        filters: filters.collect(),
        is_of_archive,
    })
}

/// The accounts, regions and categories that a run selected in an archive, as filters such as
/// `region=eu-west-1`.
fn selected(source: &str) -> Vec<String> {
    match source.split_once(' ') {
        Some(("--account", accounts)) => vec![format!("account={accounts}")],
        Some(("--region", regions)) => vec![format!("region={regions}")],
        Some(("--category", categories)) => {
            let categories = categories.trim_matches(['[', ']']).split(", ");
            categories.map(|name| format!("category={name}")).collect()
        }
        _ => Vec::new(),
    }
}

/// The length and the SHA-1 hash of a file, as written in a journal.
fn digest_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha1::new();
    let mut bytes = 0;
    let mut chunk = vec![0; 1 << 18];
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            length => {
                bytes += length;
                hash.update(&chunk[..length]);
            }
        }
    }
    Ok(format!("{bytes} {:x}", hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAYS: u32 = 36_500;

    fn verified(file: &str, journal: &str) -> Result<Covered, String> {
        let folder = tempfile::tempdir().unwrap();
        let (path, beside) = (folder.path().join("out"), folder.path().join("out.journal"));
        fs::write(&path, file).unwrap();
        fs::write(&beside, journal).unwrap();
        let verified = verify(&path, &beside, DAYS);
        verified.map_err(|reason| reason.replace(&beside.display().to_string(), "JOURNAL"))
    }

    fn journal(lines: &str) -> String {
        // The hash on the line `written` is the SHA-1 hash of `{}` and a line feed.
        format!(
            "ct-fetch journal 5\nregion eu-west-1\n{lines}begun 1000\nbytes 3\nevents 1\nwritten 3 5f36b2ea290645ee34d943220a14b54ee5ea5be5\nstopped yes\nfinished yes\nend\n"
        )
    }

    #[test]
    fn a_finished_journal_proves_that_its_file_is_complete() {
        let covered = |lines: &str| verified("{}\n", &journal(lines)).unwrap();
        let expected = |since, until| Covered {
            window: SealedWindow::new(since, until, 1000),
            filters: Vec::new(),
            is_of_archive: false,
        };
        assert_eq!(covered(""), expected(None, None));
        assert_eq!(
            covered("since 10 1d\nuntil 100 15m\n"),
            expected(Some(10), Some(100))
        );
        assert_eq!(
            covered("from AWSLogs\narchive-oldest 0\narchive-newest 60\n"),
            Covered {
                is_of_archive: true,
                ..expected(Some(0), Some(60))
            }
        );
        let other = Err("it does not match JOURNAL: fetch it again".to_owned());
        assert_eq!(verified("{}", &journal("")), other);
        assert_eq!(verified("[]\n", &journal("")), other);
    }

    #[test]
    fn a_journal_contains_the_filters_of_its_run() {
        let journal = journal("where EventName Stop*\nwhere record a.b=c d\ncategory insight\n");
        let filters = ["EventName=Stop*", "record=a.b=c d", "category=insight"];
        assert_eq!(
            verified("{}\n", &journal).unwrap().filters,
            filters.map(str::to_owned)
        );
        let journal = self::journal(
            "from AWSLogs\nfrom --account 111122223333\nfrom --region a,b\nfrom --category [Data, Insight]\nfrom --late 60\n",
        );
        let filters = [
            "account=111122223333",
            "region=a,b",
            "category=Data",
            "category=Insight",
        ];
        assert_eq!(
            verified("{}\n", &journal).unwrap().filters,
            filters.map(str::to_owned)
        );
    }

    #[test]
    fn a_journal_with_missing_records_proves_nothing() {
        for (lines, how) in [
            (
                "failed 0 0 - eu-west-1\n",
                "a region or an account refused the request",
            ),
            (
                "broken 0 0 - 1\n",
                "some events could not be written or are out of order",
            ),
            ("max-items 5\n", "the run stopped at --max-items"),
        ] {
            let expected =
                format!("JOURNAL says that records are missing: {how}: run ct-fetch again");
            assert_eq!(verified("{}\n", &journal(lines)), Err(expected));
        }
    }

    #[test]
    fn an_unfinished_truncated_or_unsupported_journal_proves_nothing() {
        let whole = journal("");
        assert!(verified("{}\n", &whole.replace("finished yes\n", "")).is_err());
        assert!(verified("{}\n", &whole.replace("end\n", "")).is_err());
        assert!(verified("{}\n", whole.trim_end()).is_err());
        assert!(verified("{}\n", &whole.replace("begun 1000\n", "")).is_err());
        assert!(verified("{}\n", &whole.replace("journal 5", "journal 6")).is_err());
        assert!(verified("{}\n", "").is_err());
    }
}
