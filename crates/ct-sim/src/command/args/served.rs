//! The options for S3, trails and Athena.

use std::path::Path;

use clap::Args;
use ct_core::input::name::{Kind, Name};
use serde_json::json;

use super::values;
use crate::services::athena::Table;
use crate::services::s3::Bucket;
use crate::services::s3::fault::S3Fault;
use crate::services::trails::ListedTrail;

/// The options for data that is served in addition to the event history.
#[derive(Debug, Args)]
#[expect(
    clippy::doc_markdown,
    reason = "clap prints these comments as help, where backticks would be noise"
)]
#[command(next_help_heading = "S3, trails and Athena")]
pub(crate) struct ServedArgs {
    /// Serve the files of FOLDER as bucket NAME over S3, read only; repeatable
    ///
    /// Supports path-style requests: listings (version 2), objects, ranges and heads of objects,
    /// and the bucket's region. With NAME@REGION, requests signed for a different region are
    /// redirected. A hidden file .OBJECT.metadata.json contains the output of
    /// `aws s3api head-object` for an object's metadata.
    #[arg(long, value_name = "NAME=FOLDER", value_parser = values::bucket)]
    pub(super) bucket: Vec<Bucket>,

    /// Respond to requests for public keys with the content of FILE, such as the file that
    /// --write-trail --digests writes
    #[arg(long, value_name = "FILE", value_parser = values::text)]
    pub(super) public_keys: Option<String>,

    /// Inject a fault into S3: slow-down@10%, cut:1000@5%, kms@*/2020/09/*; repeatable
    ///
    /// The format is KIND@WHEN, or KIND@PATTERN for keys that match a pattern with *. Kinds:
    /// slow-down, 500, denied, expired, cut:BYTES (the body ends there), glacier, kms, gone
    /// (listed, but missing), drop, reset, truncate, stall, hang, slow. WHEN is as for --fault, but
    /// counts S3 requests. glacier, kms and gone apply to the same objects in every request.
    #[arg(long, value_name = "FAULT")]
    pub(super) s3_fault: Vec<S3Fault>,

    /// List the trail with this ARN in DescribeTrails, with the location of its files; repeatable
    #[arg(long, value_name = "ARN=s3://BUCKET", value_parser = trail)]
    pub(super) list_trail: Vec<ListedTrail>,

    /// Serve the log files below s3://BUCKET/PREFIX as an Athena table of lines; repeatable
    ///
    /// Requires --bucket for the bucket. SQL is not evaluated: a query finds every log file that existed at the start,
    /// and scans the bytes of all of them.
    #[arg(long, value_name = "DATABASE.TABLE=s3://BUCKET/PREFIX", value_parser = table)]
    table: Vec<(String, String)>,
}

impl ServedArgs {
    /// Returns the Athena tables to serve.
    ///
    /// # Errors
    /// If the log files of a table cannot be listed.
    pub(super) fn tables(&self) -> Result<Vec<Table>, String> {
        let tables = self.table.iter().map(|(name, location)| {
            let metadata = json!({
                "TableType": "EXTERNAL_TABLE",
                "Columns": [{"Name": "line", "Type": "string"}],
                "Parameters": {
                    "location": location,
                    "inputformat": "org.apache.hadoop.mapred.TextInputFormat",
                    "serde.serialization.lib": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                },
            });
            let (paths, bytes) = self.log_files(location)?;
            Ok(Table::new(name, metadata).paths(paths).scanned_bytes(bytes))
        });
        tables.collect()
    }

    /// Returns the paths of the log files below an S3 location, and their total size in bytes.
    fn log_files(&self, location: &str) -> Result<(Vec<String>, u64), String> {
        let place = location.strip_prefix("s3://").unwrap_or(location);
        let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
        let bucket = self.bucket.iter().find(|bucket| bucket.name == name);
        let bucket = bucket.ok_or_else(|| {
            format!(
                "the bucket of {location} is not served: add --bucket \
                {name}=FOLDER"
            )
        })?;
        let is_log_file = |key: &str| {
            let name = Path::new(key).file_name().and_then(|name| name.to_str());
            let name = name.and_then(Name::read);
            name.is_some_and(|name| name.kind != Kind::Digest)
        };
        let objects = bucket.objects(prefix);
        let mut objects = objects.map_err(|error| format!("cannot list {location}: {error}"))?;
        objects.retain(|(key, _)| is_log_file(key));
        let bytes = objects.iter().map(|(_, bytes)| bytes).sum();
        let paths = objects
            .into_iter()
            .map(|(key, _)| format!("s3://{name}/{key}"));
        Ok((paths.collect(), bytes))
    }
}

fn trail(text: &str) -> Result<ListedTrail, String> {
    let (arn, location) = text.split_once('=').unwrap_or((text, ""));
    ListedTrail::new(arn, location)
}

fn table(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, location)| {
        name.contains('.')
            && location
                .strip_prefix("s3://")
                .is_some_and(|it| !it.is_empty())
    });
    let (name, location) = parts.ok_or_else(|| {
        format!("`{text}` is not a table with its location: try default.ct_raw=s3://logs/AWSLogs/")
    })?;
    Ok((
        name.to_owned(),
        format!("{}/", location.trim_end_matches('/')),
    ))
}
