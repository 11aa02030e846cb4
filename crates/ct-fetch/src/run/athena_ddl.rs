//! Writes the SQL definition of an Athena table over a trail's files, for `ct-fetch athena-ddl`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::anyhow;
use ct_aws::s3::{AccessOptions, Address};
use ct_core::exit::Failure;
use ct_core::output::Output;

use crate::args::archive::athena_ddl::AthenaDdlOptions;
use crate::source::archive::location::cloud::Cloud;
use crate::source::archive::stop::Stop;
use crate::source::athena::folders;
use crate::source::athena::partition::KINDS;
use crate::wording::say;
use ct_core::input::name::{Folder, Kind, ROOT};

/// The accounts, regions and kinds of files of a trail, which the table definition lists.
#[derive(Debug, Default, PartialEq, Eq)]
struct TrailFolders {
    /// The S3 folders that contain the folders of the accounts.
    roots: BTreeSet<String>,
    accounts: BTreeSet<String>,
    kinds: BTreeSet<&'static str>,
    regions: BTreeSet<String>,
}

/// Prints the table definition that the options request.
///
/// # Errors
/// If the location cannot be used, if the bucket cannot be listed, or if the bucket contains no
/// files of a trail.
pub(crate) fn run(options: &AthenaDdlOptions) -> Result<(), Failure> {
    let text = options.location.to_string_lossy();
    let location = Address::read(&text)
        .map_err(|reason| Failure::Usage(anyhow!("`{text}` is not a bucket: {reason}")))?;
    let is_plain = |letter: char| !letter.is_control() && !"'\\$`".contains(letter);
    if !location.to_string().chars().all(is_plain) {
        return Err(Failure::Usage(anyhow!(
            "`{text}` contains characters that a table definition cannot contain: copy the files \
             to a different prefix"
        )));
    }
    let regions = options.targets.only_regions().unwrap_or_default();
    let found = if options.account.is_empty() || regions.is_empty() {
        look_up(options, &location, &regions)?
    } else {
        TrailFolders {
            roots: BTreeSet::from([root(&location)]),
            accounts: options.account.iter().cloned().collect(),
            kinds: KINDS.iter().map(|kind| kind.text()).collect(),
            regions: regions.into_iter().collect(),
        }
    };
    let roots: Vec<&String> = found.roots.iter().collect();
    let root = match roots.as_slice() {
        [root] => location.of_key(root),
        [] => {
            return Err(Failure::Other(anyhow!(
                "no accounts in {location}: give the bucket and the prefix above AWSLogs, or give \
                 the accounts with --account"
            )));
        }
        [one, other, ..] => {
            return Err(Failure::Usage(anyhow!(
                "{location} contains accounts in {one} and in {other}: give one of these prefixes"
            )));
        }
    };
    let mut output = Output::stdout();
    output.bytes(definition(options, &root, &found).as_bytes())?;
    output.flush()
}

/// Lists the bucket to find the trail's accounts, regions and kinds of files. If the options name
/// accounts or regions, leaves out the others.
fn look_up(
    options: &AthenaDdlOptions,
    location: &Address,
    regions: &[String],
) -> Result<TrailFolders, Failure> {
    let cloud = Cloud::connect(options.targets.accounts()?, AccessOptions::default())?;
    let stop = Stop::watch()?;
    let mut found = TrailFolders::default();
    let problems = folders::walk(location, (&cloud, &stop), &mut |folder| {
        let is_account = |id: &String| options.account.is_empty() || options.account.contains(id);
        match Folder::read(Path::new(folder)) {
            Folder::Service
            | Folder::Trail {
                kind: Kind::Digest, ..
            } => false,
            Folder::Account(account) => is_account(&account),
            Folder::Trail { account, .. } if !is_account(&account) => false,
            Folder::Unknown | Folder::Trail { region: None, .. } => true,
            Folder::Trail {
                account,
                kind,
                region: Some(region),
                ..
            } => {
                if regions.is_empty() || regions.contains(&region) {
                    let above = folder.split_once(&format!("{account}/"));
                    let root = above.map_or("", |(root, _)| root);
                    found.roots.insert(root.to_owned());
                    found.accounts.insert(account);
                    found.kinds.insert(kind.text());
                    found.regions.insert(region);
                }
                false
            }
        }
    })?;
    for problem in &problems {
        say(problem);
    }
    if !problems.is_empty() {
        return Err(Failure::Refused(anyhow!(
            "some folders could not be listed: see the lines above, or give --account and --region"
        )));
    }
    Ok(found)
}

fn definition(options: &AthenaDdlOptions, root: &str, found: &TrailFolders) -> String {
    let root = root.trim_end_matches('/');
    let (name, first_day) = (&options.name, &options.first_day);
    let list = |values: Vec<&str>| values.join(",");
    let accounts = list(found.accounts.iter().map(String::as_str).collect());
    let kinds = list(found.kinds.iter().copied().collect());
    let regions = list(found.regions.iter().map(String::as_str).collect());
    format!(
        "CREATE EXTERNAL TABLE {name} (line string)
PARTITIONED BY (account string, kind string, region string, day string)
STORED AS TEXTFILE
LOCATION '{root}/'
TBLPROPERTIES (
  'projection.enabled'='true',
  'projection.account.type'='enum',
  'projection.account.values'='{accounts}',
  'projection.kind.type'='enum',
  'projection.kind.values'='{kinds}',
  'projection.region.type'='enum',
  'projection.region.values'='{regions}',
  'projection.day.type'='date',
  'projection.day.format'='yyyy/MM/dd',
  'projection.day.range'='{first_day},NOW',
  'storage.location.template'='{root}/${{account}}/${{kind}}/${{region}}/${{day}}'
)
"
    )
}

/// Returns the folder that contains the folders of the accounts, without listing the bucket.
fn root(location: &Address) -> String {
    let prefix = location.prefix.trim_matches('/');
    let has_root = prefix.split('/').any(|part| part == ROOT);
    match (prefix, has_root) {
        ("", _) => format!("{ROOT}/"),
        (prefix, true) => format!("{prefix}/"),
        (prefix, false) => format!("{prefix}/{ROOT}/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_above_the_accounts_is_the_prefix_or_awslogs_below_it() {
        for (address, expected) in [
            ("s3://b", "AWSLogs/"),
            ("s3://b/p/", "p/AWSLogs/"),
            ("s3://b/p/AWSLogs", "p/AWSLogs/"),
            ("s3://b/AWSLogs/o-x/", "AWSLogs/o-x/"),
        ] {
            assert_eq!(
                root(&Address::read(address).unwrap()),
                expected,
                "{address}"
            );
        }
    }
}
