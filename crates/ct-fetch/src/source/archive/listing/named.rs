//! The sources that the user names with `--from`.

use std::path::PathBuf;

use ct_aws::athena::TableName;
use ct_aws::s3::Address;

/// A source that the user named, or an object that Athena found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NamedSource {
    Stdin,
    /// The event history.
    History,
    Path(PathBuf),
    Bucket(Address),
    /// A table that Athena searches.
    Table(TableName),
    /// An object that Athena found.
    Object(Address),
}

impl NamedSource {
    /// Whether the source can be read only once.
    pub(crate) fn is_stream(&self) -> bool {
        match self {
            Self::Stdin | Self::History => true,
            Self::Path(path) => path
                .metadata()
                .is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()),
            Self::Bucket(_) | Self::Table(_) | Self::Object(_) => false,
        }
    }

    /// Returns the name of the source in messages.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Stdin => "standard input".to_owned(),
            Self::History => "the event history".to_owned(),
            Self::Path(path) => path.display().to_string(),
            Self::Bucket(address) | Self::Object(address) => address.to_string(),
            Self::Table(table) => format!("athena:{table}"),
        }
    }
}
