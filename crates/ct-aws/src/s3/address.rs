//! Parses S3 locations: `s3://BUCKET/PREFIX`.

use std::fmt;

/// The scheme of an address.
const SCHEME: &str = "s3://";

/// A bucket and a key prefix in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// The name of a bucket, an alias, or the ARN of an access point.
    pub bucket: String,
    /// A key or a key prefix, which does not start with a slash. The prefix is empty for the whole
    /// bucket.
    pub prefix: String,
}

impl Address {
    /// Whether `text` starts like an S3 address. The scheme is case-insensitive.
    #[must_use]
    pub fn is_address(text: &str) -> bool {
        text.get(..SCHEME.len())
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
    }

    /// Parses `s3://BUCKET/PREFIX`, or `s3://ARN/PREFIX` for an access point.
    ///
    /// # Errors
    /// A description of the expected format of an address.
    ///
    /// ```
    /// use ct_aws::s3::Address;
    ///
    /// let address = Address::read("s3://trail-bucket/AWSLogs/").unwrap();
    /// assert_eq!((address.bucket.as_str(), address.prefix.as_str()), ("trail-bucket", "AWSLogs/"));
    /// ```
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let rest = text
            .get(SCHEME.len()..)
            .filter(|_| Self::is_address(text))
            .ok_or("write an address like s3://BUCKET/PREFIX")?;
        let (bucket, prefix) = if rest.starts_with("arn:") {
            access_point(rest).ok_or(
                "write an access point like \
                 s3://arn:aws:s3:eu-west-1:111122223333:accesspoint/NAME/PREFIX",
            )?
        } else {
            rest.split_once('/').unwrap_or((rest, ""))
        };
        let is_name = !bucket.is_empty() && bucket.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_name {
            return Err("write an address like s3://BUCKET/PREFIX");
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_start_matches('/').to_owned(),
        })
    }

    /// The address of a key in the same bucket.
    #[must_use]
    pub fn of_key(&self, key: &str) -> String {
        format!("{SCHEME}{}/{key}", self.bucket)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{SCHEME}{}/{}", self.bucket, self.prefix)
    }
}

/// Splits the text into the ARN of an access point and the prefix after it. An ARN may contain
/// `accesspoint/NAME` or `accesspoint:NAME`.
///
/// Source: Amazon S3 user guide, "Access point ARNs"; AWS CLI, `awscli/customizations/s3/utils.py`.
fn access_point(text: &str) -> Option<(&str, &str)> {
    let start = text.find(":accesspoint")? + ":accesspoint".len();
    let name = text.get(start..)?.strip_prefix(['/', ':'])?;
    let end = name.find('/').unwrap_or(name.len());
    let arn = &text[..start + 1 + end];
    let is_whole = end > 0 && arn.split(':').count() >= 6;
    is_whole.then(|| (arn, name.get(end + 1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_and_a_prefix_are_separated() {
        let read = |text: &str| Address::read(text).map(|one| (one.bucket, one.prefix));
        let pair = |bucket: &str, prefix: &str| Ok((bucket.to_owned(), prefix.to_owned()));
        let arn = "arn:aws:s3:eu-west-1:111122223333:accesspoint";
        for (text, expected) in [
            ("s3://b", pair("b", "")),
            ("S3://b/", pair("b", "")),
            ("s3://b//AWSLogs/o-1/", pair("b", "AWSLogs/o-1/")),
            ("s3://b/a b/ü.json", pair("b", "a b/ü.json")),
            (
                &format!("s3://{arn}/trail"),
                pair(&format!("{arn}/trail"), ""),
            ),
            (
                &format!("s3://{arn}:trail/AWSLogs/x"),
                pair(&format!("{arn}:trail"), "AWSLogs/x"),
            ),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        for text in [
            "",
            "s3:/b",
            "s3://",
            "s3:///x",
            "s3://a b/x",
            "s3://arn:aws:s3:eu-west-1:1:bucket/x",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
