//! The sources that `--from` names.

use std::path::PathBuf;

use ct_aws::athena::TableName;
use ct_aws::s3::Address;

/// A source that `--from` names, or an object that Athena found.
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
    /// Whether the source is a stream, which can be read only once.
    pub(crate) fn is_stream(&self) -> bool {
        match self {
            Self::Stdin | Self::History => true,
            Self::Path(path) => path
                .metadata()
                .is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()),
            Self::Bucket(_) | Self::Table(_) | Self::Object(_) => false,
        }
    }

    /// Returns the text by which messages name the source.
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
