//! The sources that `--from` and `--files-from` name.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use ct_aws::athena::TableName;
use ct_aws::s3::Address;
use ct_core::exit::Failure;

use crate::account::identities::ServiceName;
use crate::args::Args;
use crate::args::archive::{HISTORY, S3_SOURCE};
use crate::source::archive::listing::NamedSource;
use crate::source::archive::location::cloud::Cloud;
use ct_core::input::scope::Scope;

/// The prefix of a table's name in `--from`.
const TABLE: &str = "athena:";

/// The name of standard input in `--from`.
const STDIN: &str = "-";

/// Returns the sources that `--from` and `--files-from` name.
///
/// # Errors
/// [`Failure::Usage`] for an invalid source, [`Failure::Other`] if the file of `--files-from`
/// cannot be read.
pub(super) fn named(args: &Args) -> Result<Vec<NamedSource>, Failure> {
    let mut paths = args.archive.from.clone();
    let list = args.archive.files_from.as_deref();
    if let Some(list) = list {
        paths.extend(listed_paths(list)?);
    }
    let stdin = paths.iter().filter(|path| is_stdin(path)).count();
    if stdin + usize::from(list.is_some_and(is_stdin)) > 1 {
        return Err(Failure::Usage(anyhow!(
            "standard input is given twice: give it once"
        )));
    }
    let named: Vec<NamedSource> = paths.into_iter().map(source).collect::<Result<_, _>>()?;
    if !named.iter().any(is_in_s3) {
        args.archive.s3.check_unused(S3_SOURCE)?;
        if !named.contains(&NamedSource::History) {
            args.targets.check_roles_unused()?;
        }
    }
    if !named.iter().any(is_table) {
        args.athena.check_unused()?;
    } else if named.len() > 1 {
        return Err(Failure::Usage(anyhow!(
            "an Athena table cannot be combined with other sources: remove them"
        )));
    }
    Ok(named)
}

/// Creates the S3 client; `None` if no source in `named` is in S3.
///
/// # Errors
/// If the S3 options are invalid.
pub(super) fn cloud(args: &Args, named: &[NamedSource]) -> Result<Option<Cloud>, Failure> {
    if !named.iter().any(is_in_s3) {
        return Ok(None);
    }
    let access = args.archive.s3.access(args.max_attempts())?;
    if named.iter().any(is_table) {
        let accounts = args
            .targets
            .accounts_in(args.athena.athena_region.as_ref())?;
        return Cloud::connect_to(ServiceName::Athena, accounts, access).map(Some);
    }
    Cloud::connect(args.targets.accounts()?, access).map(Some)
}

fn is_in_s3(named: &NamedSource) -> bool {
    matches!(named, NamedSource::Bucket(_) | NamedSource::Table(_))
}

fn is_table(named: &NamedSource) -> bool {
    matches!(named, NamedSource::Table(_))
}

fn source(path: PathBuf) -> Result<NamedSource, Failure> {
    if is_stdin(&path) {
        return Ok(NamedSource::Stdin);
    }
    if let Some(text) = path.to_str().filter(|text| Address::is_address(text)) {
        let address = Address::read(text)
            .map_err(|reason| Failure::Usage(anyhow!("--from {text} is not a bucket: {reason}")))?;
        return Ok(NamedSource::Bucket(address));
    }
    if let Some(text) = path.to_str().and_then(|text| text.strip_prefix(TABLE)) {
        let table = TableName::read(text).map_err(|reason| {
            Failure::Usage(anyhow!("--from {TABLE}{text} is not a table: {reason}"))
        })?;
        return Ok(NamedSource::Table(table));
    }
    if path.as_os_str() == HISTORY {
        return Ok(NamedSource::History);
    }
    Ok(NamedSource::Path(path))
}

fn is_stdin(path: impl AsRef<Path>) -> bool {
    path.as_ref().as_os_str() == STDIN
}

/// Reads the paths in the file `list`: one path per line, in any encoding. Blank lines are ignored.
fn listed_paths(list: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot_read = |error: std::io::Error| {
        Failure::Other(anyhow!(
            "cannot read {}: {error}: use a file with paths",
            list.display()
        ))
    };
    let input: Box<dyn BufRead> = if is_stdin(list) {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(list).map_err(cannot_read)?))
    };
    let lines: Result<Vec<Vec<u8>>, _> = input.split(b'\n').collect();
    let mut paths = lines.map_err(cannot_read)?;
    for path in &mut paths {
        path.pop_if(|last| *last == b'\r');
    }
    paths.retain(|path| !path.trim_ascii().is_empty());
    let paths = paths.into_iter().map(OsString::from_vec);
    Ok(paths.map(PathBuf::from).collect())
}

/// Describes the sources and the options that select files, in the form in which the journal stores
/// them.
pub(super) fn described(named: &[NamedSource], scope: &Scope, args: &Args) -> Vec<String> {
    let mut parts: Vec<String> = named.iter().map(NamedSource::label).collect();
    let list = |values: &Option<Vec<String>>| values.as_ref().map(|values| values.join(","));
    let categories = scope.categories.as_ref();
    let categories = categories.map(|categories| format!("{categories:?}"));
    for (option, value) in [
        ("--account", list(&scope.accounts)),
        ("--region", list(&scope.regions)),
        ("--category", categories),
        ("--late", Some(scope.late.to_string())),
        (
            "--validate",
            args.archive.validate.map(|how| how.name().to_owned()),
        ),
        ("--order", args.order().is_none().then(|| "none".to_owned())),
    ] {
        if let Some(value) = value {
            parts.push(format!("{option} {value}"));
        }
    }
    parts
}

/// Returns the sources as the user typed them, for the summary.
pub(super) fn place(sources: &[NamedSource]) -> String {
    match sources {
        [] => "an empty list of sources".to_owned(),
        [one] => one.label(),
        several => crate::wording::count(several.len() as u64, "source"),
    }
}
