//! Parses the values of options.

use std::path::Path;

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::region::is_name;
use ct_core::time;
use jiff::{Timestamp, Zoned};

use crate::region;
use crate::services::lookup::PAGE_SIZE;
use crate::services::s3::Bucket;

pub(super) fn weighted_region(text: &str) -> Result<(String, u64), String> {
    let (name, weight) = text.split_once('=').unwrap_or((text, "1"));
    let weight = weight.parse().ok().filter(|weight| *weight > 0);
    match weight {
        Some(weight) if is_name(name) => Ok((name.to_owned(), weight)),
        _ => Err(format!(
            "`{text}` is not a region: try us-east-1 or us-east-1=3"
        )),
    }
}

pub(super) fn bucket(text: &str) -> Result<Bucket, String> {
    let (name, folder) = text.split_once('=').unwrap_or((text, ""));
    let (name, region) = name
        .split_once('@')
        .map_or((name, None), |(name, region)| (name, Some(region)));
    if name.is_empty() || name.contains('/') || folder.is_empty() {
        return Err(format!(
            "`{text}` is not a bucket with its folder: try logs=./trail"
        ));
    }
    if !Path::new(folder).is_dir() {
        return Err(format!("{folder} is not a folder: use an existing folder"));
    }
    let bucket = Bucket::folder(name, folder);
    Ok(match region {
        Some(region) => bucket.region(region::parse(region)?),
        None => bucket,
    })
}

pub(super) fn account(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, account)) if !key.is_empty() && !account.is_empty() => {
            Ok((key.to_owned(), account.to_owned()))
        }
        _ => Err(format!(
            "`{text}` is not a key with its account: try AKIAIOSFODNN7EXAMPLE=111122223333"
        )),
    }
}

pub(super) fn page_size(text: &str) -> Result<usize, String> {
    let size = text.parse().ok();
    let size = size.filter(|size: &usize| *size as u64 <= PAGE_SIZE);
    size.ok_or_else(|| format!("`{text}` is not the size of a page: try 0 to {PAGE_SIZE}"))
}

pub(super) fn not_negative(text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| format!("`{text}` is not a number of 0 or more: try 1"))
}

pub(super) fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let number = number.filter(|number: &f64| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| format!("`{text}` is not a number above 0: try 2"))
}

pub(super) fn read_time(text: &str, present: &Zoned) -> Result<Timestamp, Failure> {
    let second = time::parse(text, present).map_err(|error| Failure::Usage(anyhow!(error)))?;
    let second = Timestamp::from_second(second.second);
    second.map_err(|error| Failure::Usage(anyhow!("`{text}` is not a time: {error}")))
}

/// Returns the content of the file at `path`.
pub(super) fn text(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read {path}: {error}: use an existing file"))
}
