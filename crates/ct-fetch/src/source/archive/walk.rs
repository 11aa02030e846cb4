//! Lists the files of an archive, without looking into folders that hold nothing that is asked for.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::gaps::Days;
use super::name::{Folder, Kind, Name};
use super::scope::Scope;
use crate::source::order::Order;

/// A longer file is read as a stream. CloudTrail's files are of a few megabytes at most.
const WHOLE_BYTES: u64 = 16 << 20;

/// The content of a source.
pub(super) enum Input {
    Bytes(Vec<u8>),
    Stream(Box<dyn Read + Send>),
}

/// Where records are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Stdin,
    Path(PathBuf),
}

impl Source {
    /// What messages call it.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Stdin => "standard input".to_owned(),
            Self::Path(path) => path.display().to_string(),
        }
    }

    /// Its content: as a whole where it is a file that is not too long.
    pub(super) fn open(&self) -> io::Result<Input> {
        let Self::Path(path) = self else {
            return Ok(Input::Stream(Box::new(io::stdin())));
        };
        let mut file = fs::File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.len() > WHOLE_BYTES {
            return Ok(Input::Stream(Box::new(file)));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Input::Bytes(bytes))
    }
}

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileToRead {
    pub(super) source: Source,
    /// The second at which the minute in its name begins; `None` where the name says nothing.
    pub(super) minute: Option<i64>,
}

/// What an archive consists of, as far as it was looked into.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// In the order in which they are to be read.
    pub(super) files: Vec<FileToRead>,
    /// Bytes of these files as they are stored.
    pub(super) bytes: u64,
    /// Files of a trail that can hold nothing that is asked for.
    pub(super) outside: u64,
    /// Digests of log file validation.
    pub(super) digests: u64,
    /// Files that are not a trail's: their number and the first one.
    pub(super) others: (u64, Option<PathBuf>),
    /// The minute of the newest log file.
    pub(super) newest: Option<i64>,
    pub(super) days: Days,
    /// There are files or folders of a trail, whether they are asked for or not.
    pub(super) has_trail: bool,
    /// What cannot be listed, and why.
    pub(super) problems: Vec<String>,
}

impl Listing {
    /// Lists every source.
    pub(super) fn new(sources: &[Source], scope: &Scope, order: Option<Order>) -> Self {
        let mut listing = Self::default();
        for source in sources {
            match source {
                Source::Stdin => listing.files.push(FileToRead {
                    source: Source::Stdin,
                    minute: None,
                }),
                Source::Path(path) => listing.add(path, scope, true),
            }
        }
        listing.sort(order);
        listing
    }

    /// How many files were seen.
    pub(super) fn listed(&self) -> u64 {
        self.files.len() as u64 + self.outside + self.digests + self.others.0
    }

    /// Files that may hold any time come first, then the others by the time in their names.
    fn sort(&mut self, order: Option<Order>) {
        let by_time = |file: &FileToRead| match order {
            Some(Order::Newest) => file.minute.map(|minute| -minute),
            Some(Order::Oldest) | None => file.minute,
        };
        self.files.sort_by_key(by_time);
    }

    /// `is_named`: the path was given, and did not come from a folder.
    fn add(&mut self, path: &Path, scope: &Scope, is_named: bool) {
        let metadata = if is_named {
            fs::metadata(path)
        } else {
            fs::symlink_metadata(path)
        };
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(error) => return self.problem(path, &error),
        };
        if metadata.is_dir() {
            return self.add_folder(path, scope);
        }
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let is_link_to_file = metadata.is_symlink() && path.is_file();
        if !is_named && (is_hidden || !(metadata.is_file() || is_link_to_file)) {
            return self.other(path);
        }
        self.add_file(path, scope, is_named, metadata.len());
    }

    fn add_file(&mut self, path: &Path, scope: &Scope, is_named: bool, bytes: u64) {
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(name) = name.and_then(Name::read) else {
            if !is_named && Folder::read(path) == Folder::Service {
                return self.other(path);
            }
            self.bytes += bytes;
            return self.files.push(FileToRead {
                source: Source::Path(path.to_owned()),
                minute: None,
            });
        };
        self.has_trail = true;
        let shows_logging = matches!(name.kind, Kind::Events | Kind::Digest);
        if shows_logging && scope.is_at(&name.account, &name.region) {
            match name.day() {
                Some(day) => self.days.saw(&name.account, &name.region, day),
                None => self.days.know(&name.account, &name.region),
            }
        }
        if name.kind == Kind::Digest {
            self.digests += 1;
            return;
        }
        self.newest = self.newest.max(Some(name.minute));
        if !scope.may_be_in(&name) {
            self.outside += 1;
            return;
        }
        self.bytes += bytes;
        self.files.push(FileToRead {
            source: Source::Path(path.to_owned()),
            minute: Some(name.minute),
        });
    }

    fn add_folder(&mut self, path: &Path, scope: &Scope) {
        let folder = Folder::read(path);
        if let Folder::Trail {
            account,
            kind,
            region,
            ..
        } = &folder
        {
            self.has_trail = true;
            if let (Kind::Events, Some(region)) = (kind, region)
                && scope.is_at(account, region)
            {
                self.days.know(account, region);
            }
        }
        if !scope.may_be_below(&folder) {
            return;
        }
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        match entries {
            Err(error) => self.problem(path, &error),
            Ok(mut entries) => {
                entries.sort_by_key(fs::DirEntry::file_name);
                for entry in entries {
                    self.add(&entry.path(), scope, false);
                }
            }
        }
    }

    fn other(&mut self, path: &Path) {
        self.others.0 += 1;
        self.others.1.get_or_insert_with(|| path.to_owned());
    }

    fn problem(&mut self, path: &Path, error: &io::Error) {
        let advice = match error.kind() {
            io::ErrorKind::NotFound => "check the path",
            io::ErrorKind::PermissionDenied => "allow it to be read",
            _ => "check the disk",
        };
        self.problems
            .push(format!("cannot read {}: {error}: {advice}", path.display()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_core::time::Window;

    fn trail(names: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for name in names {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        root
    }

    const CLOUDTRAIL: &str = "AWSLogs/111122223333/CloudTrail/us-east-1";

    fn log(day: &str, time: &str) -> String {
        let date = day.replace('/', "");
        format!("{CLOUDTRAIL}/{day}/111122223333_CloudTrail_us-east-1_{date}T{time}Z_x.json.gz")
    }

    fn files(root: &Path, listing: &Listing) -> Vec<String> {
        let files = listing.files.iter().map(|file| match &file.source {
            Source::Stdin => "-".to_owned(),
            Source::Path(path) => path.strip_prefix(root).unwrap().display().to_string(),
        });
        files.collect()
    }

    #[test]
    fn files_come_by_the_time_in_their_names_after_those_without_one() {
        let [old, new] = [log("2026/01/31", "2355"), log("2026/02/01", "0000")];
        let root = trail(&[&old, &new, "events.json"]);
        let sources = [Source::Path(root.path().to_owned()), Source::Stdin];
        let listed = |order| {
            files(
                root.path(),
                &Listing::new(&sources, &Scope::default(), order),
            )
        };
        assert_eq!(
            listed(Some(Order::Newest)),
            ["events.json", "-", &new, &old]
        );
        assert_eq!(
            listed(Some(Order::Oldest)),
            ["events.json", "-", &old, &new]
        );
    }

    #[test]
    fn what_is_not_read_is_counted() {
        let (old, new) = (log("2026/01/01", "0000"), log("2026/02/01", "0000"));
        let root = trail(&[
            &old,
            &new,
            &log("2026/02/01", "1000"),
            "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/02/01/111122223333_CloudTrail-Digest_us-east-1_t_us-east-1_20260201T000000Z.json.gz",
            "AWSLogs/111122223333/elasticloadbalancing/us-east-1/2026/02/01/x.log.gz",
            ".DS_Store",
        ]);
        let second = |iso: &str| iso.parse::<jiff::Timestamp>().unwrap().as_second();
        let day = second("2026-02-01T00:00:00Z");
        let scope = Scope {
            window: Window::new(Some(day), Some(day)).unwrap(),
            ..Scope::default()
        };
        let sources = [Source::Path(root.path().to_owned())];
        let listing = Listing::new(&sources, &scope, Some(Order::Newest));
        assert_eq!(files(root.path(), &listing), [new]);
        assert_eq!((listing.outside, listing.digests), (1, 1));
        assert_eq!(listing.others, (2, Some(root.path().join(".DS_Store"))));
        assert_eq!(listing.newest, Some(second("2026-02-01T10:00:00Z")));
    }

    #[test]
    fn a_path_that_is_not_there_is_a_problem_and_the_others_are_listed() {
        let root = trail(&["a.json"]);
        let sources = ["none", "a.json"].map(|name| Source::Path(root.path().join(name)));
        let listing = Listing::new(&sources, &Scope::default(), None);
        assert_eq!(files(root.path(), &listing), ["a.json"]);
        let none = root.path().join("none");
        assert_eq!(
            listing.problems,
            [format!(
                "cannot read {}: No such file or directory (os error 2): check the path",
                none.display()
            )]
        );
    }
}
