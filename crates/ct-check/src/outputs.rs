//! Refuses an output that would overwrite an input or another output.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::input;
use ct_core::output::staged;

use crate::args::Args;
use crate::report::Destination;
use crate::source::Inputs;

/// The path of standard input.
const STDIN: &str = "/dev/stdin";

/// Identifies the file to which a path refers. Different spellings of a path, and links to the same
/// file, give the same identity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum FileIdentity {
    /// A regular file, by its device and its inode.
    File(u64, u64),
    /// A file that does not exist yet, by the device and the inode of its folder, and by its name.
    New(u64, u64, OsString),
}

impl FileIdentity {
    /// Returns the identity of the file at `path`, or `None` for a device or a pipe, which cannot
    /// be overwritten.
    fn of_path(path: &Path) -> Option<Self> {
        let place = |metadata: &Metadata| (metadata.dev(), metadata.ino());
        match fs::metadata(path) {
            Ok(metadata) => {
                let (device, inode) = place(&metadata);
                metadata.is_file().then_some(Self::File(device, inode))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let name = path.file_name()?.to_owned();
                let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
                let folder = fs::metadata(folder.unwrap_or(Path::new("."))).ok()?;
                let (device, inode) = place(&folder);
                Some(Self::New(device, inode, name))
            }
            Err(_) => None,
        }
    }
}

/// Refuses a command line with an output file that is also an input or another output. This check
/// creates no file.
///
/// The same file may be read as the old baseline and written as the new baseline; the history file
/// is always read and replaced.
///
/// # Errors
/// [`Failure::Usage`], with the name of the file.
pub(crate) fn check(args: &Args, inputs: &Inputs) -> Result<(), Failure> {
    let on_stdout = args.format.iter().filter(|report| report.path.is_none());
    if on_stdout.count() > 1 {
        return Err(Failure::Usage(anyhow!(
            "two reports go to standard output: write them to separate files, such as --format \
             sarif=out.sarif"
        )));
    }
    let reports = reports(&args.format);
    let replaced = [&args.write_baseline, &args.history];
    let replaced = replaced.into_iter().flatten();
    let replaced: Vec<PathBuf> = replaced
        .flat_map(|path| [path.clone(), staged(path)])
        .collect();
    if reports.is_empty() && replaced.is_empty() {
        return Ok(());
    }
    let mut taken = HashSet::new();
    for path in reports.iter().chain(&replaced) {
        if let Some(identity) = FileIdentity::of_path(path)
            && !taken.insert(identity)
        {
            return Err(Failure::Usage(anyhow!(
                "two outputs go to {}: write them to separate files",
                path.display()
            )));
        }
    }
    let mut read: HashSet<FileIdentity> = input_paths(args, inputs)
        .filter_map(|path| FileIdentity::of_path(&path))
        .collect();
    must_not_be(&replaced, &read)?;
    read.extend(
        args.baseline
            .iter()
            .filter_map(|path| FileIdentity::of_path(path)),
    );
    must_not_be(&reports, &read)
}

fn must_not_be(outputs: &[PathBuf], read: &HashSet<FileIdentity>) -> Result<(), Failure> {
    let is_read = |path: &&PathBuf| {
        FileIdentity::of_path(path).is_some_and(|identity| read.contains(&identity))
    };
    match outputs.iter().find(is_read) {
        None => Ok(()),
        Some(path) => Err(Failure::Usage(anyhow!(
            "{} is an input and would be overwritten: use a different file for the output",
            path.display()
        ))),
    }
}

/// Returns the paths of the report files.
fn reports(destinations: &[Destination]) -> Vec<PathBuf> {
    let paths = destinations.iter().filter_map(|report| report.path.clone());
    paths.collect()
}

/// Returns the paths of the files that the run reads: files with records, standard input, rule
/// files and the file of exceptions.
fn input_paths<'a>(args: &'a Args, inputs: &'a Inputs) -> impl Iterator<Item = PathBuf> + 'a {
    let stdin = args.files.is_empty().then(|| PathBuf::from(STDIN));
    let rules = args.rules.iter().chain(&args.as_deployed).map(Path::new);
    let rules = rules.chain(args.exceptions.as_deref());
    // The name of a built-in area, such as `cis`, is not a path, so no file is found for it.
    let rules = rules.filter_map(|path| input::files(path).ok());
    let rules = rules.flat_map(|found| found.files);
    inputs.files().cloned().chain(stdin).chain(rules)
}
