//! Finds the archive to validate: a folder, a prefix of a bucket, or the location to which a trail
//! delivers.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use ct_aws::identity::Trail;
use ct_aws::s3::Address;
use ct_core::exit::Failure;
use ct_core::time::Window;

use super::inventory::{Inventory, Selection};
use super::reading::latest;
use super::store::Store;
use super::{bucket, keys};
use crate::args::validate::ValidateOptions;
use crate::source::archive::location::cloud::Cloud;

/// The argument that the options for S3 require, in the form in which error messages show it.
const BUCKET: &str = "s3://BUCKET/PREFIX or --trail-arn";

/// The archive to validate, and which of its files are selected.
#[derive(Debug)]
pub(super) struct Archive {
    root: ArchiveRoot,
    pub(super) selection: Selection,
    /// The archive, as messages name it.
    pub(super) label: String,
    /// Whether `--trail-arn` names a trail. If it does, the trail's digests must cover the time up
    /// to now, except for the last hours: CloudTrail may not have delivered their digests yet.
    pub(super) is_of_live_trail: bool,
}

#[derive(Debug)]
enum ArchiveRoot {
    Folder(PathBuf),
    Bucket(Address, Cloud),
}

impl Archive {
    /// Finds the archive that the options name. For `--trail-arn`, requests the location from
    /// CloudTrail.
    ///
    /// # Errors
    /// If the options do not name an archive, or if the trail does not exist.
    pub(super) fn find(options: &ValidateOptions) -> Result<Self, Failure> {
        let mut selection = Selection::from_options(options);
        let (root, is_of_live_trail) = match (&options.archive, &options.trail_arn) {
            (Some(path), _) => (root(path, options)?, false),
            (None, Some(arn)) => {
                let (root, trail) = trail(arn, options)?;
                selection.trail = Some(trail);
                (root, true)
            }
            (None, None) => {
                return Err(Failure::Usage(anyhow!(
                    "nothing to validate: name a folder, s3://BUCKET/PREFIX or --trail-arn"
                )));
            }
        };
        let label = match &root {
            ArchiveRoot::Folder(path) => path.display().to_string(),
            ArchiveRoot::Bucket(address, _) => address.to_string(),
        };
        Ok(Self {
            root,
            selection,
            label,
            is_of_live_trail,
        })
    }

    /// Lists the selected files of the archive that may belong to the window. Returns the store
    /// from which they can be read, and the files.
    ///
    /// # Errors
    /// If the archive cannot be listed.
    pub(super) fn list(&self, window: Window) -> Result<(Store<'_>, Inventory), Failure> {
        match &self.root {
            ArchiveRoot::Folder(path) => {
                let inventory = Inventory::list(path, &self.selection);
                let inventory = inventory.context("name the folder that contains AWSLogs")?;
                Ok((Store { cloud: None }, inventory))
            }
            ArchiveRoot::Bucket(address, cloud) => {
                let days = (window.since(), latest(window));
                let objects = bucket::list(cloud, address, &self.selection, days);
                let objects = cloud.handle().block_on(objects)?;
                let bucket = cloud.bucket(&address.bucket);
                let inventory = Inventory::of_objects(&bucket, objects, &self.selection);
                Ok((Store { cloud: Some(cloud) }, inventory))
            }
        }
    }
}

fn root(path: &Path, options: &ValidateOptions) -> Result<ArchiveRoot, Failure> {
    let Some(text) = path.to_str().filter(|text| Address::is_address(text)) else {
        options.s3.check_unused(BUCKET)?;
        return Ok(ArchiveRoot::Folder(path.to_owned()));
    };
    let address = Address::read(text)
        .map_err(|reason| Failure::Usage(anyhow!("{text} is not a bucket: {reason}")))?;
    Ok(ArchiveRoot::Bucket(address, cloud(options)?))
}

/// Creates the S3 client for the accounts and the S3 options in `options`.
fn cloud(options: &ValidateOptions) -> Result<Cloud, Failure> {
    Cloud::connect(options.accounts()?, options.s3.access(None)?)
}

/// Returns the location to which the trail with this ARN delivers, and the name and the home region
/// of the trail.
fn trail(arn: &str, options: &ValidateOptions) -> Result<(ArchiveRoot, (String, String)), Failure> {
    let parts: Vec<&str> = arn.split(':').collect();
    let named = match parts.as_slice() {
        ["arn", _, "cloudtrail", region, _, resource] => {
            let name = resource.strip_prefix("trail/");
            name.map(|name| (name.to_owned(), (*region).to_owned()))
        }
        _ => None,
    };
    let named = named.ok_or_else(|| {
        Failure::Usage(anyhow!(
            "--trail-arn {arn} is not the ARN of a trail: write \
             arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME"
        ))
    })?;
    let Trail { bucket, prefix, .. } = keys::trail(options.accounts()?, arn)?;
    let prefix = prefix.map_or(String::new(), |prefix| format!("{prefix}/"));
    let address = Address { bucket, prefix };
    Ok((ArchiveRoot::Bucket(address, cloud(options)?), named))
}
