//! S3's `ListObjectsV2`.

use std::fmt::Write as _;
use std::io;

use super::contents::Contents;
use super::entry::Object;
use super::fault::S3Fault;
use super::{Bucket, S3Request, error, is_archived, unreadable};
use crate::answer::{HttpResponse, XML};
use crate::clock::date;
use crate::services::form::{self, escape, percent_encoded};

/// The maximum number of keys and common prefixes on a page.
const PAGE_KEYS: usize = 1000;

/// Returns the response to an invalid value of a parameter.
fn invalid(message: &str) -> HttpResponse {
    error(400, "InvalidArgument", message)
}

/// Returns a page of the keys in a bucket.
///
/// # Errors
/// The response to an invalid parameter, or to a folder that cannot be read.
pub(super) fn answer(
    bucket: &Bucket,
    request: &S3Request<'_>,
    faults: &[S3Fault],
) -> Result<HttpResponse, HttpResponse> {
    let parameters = form::form(request.query.as_bytes());
    let parameter = |name: &str| parameters.get(name).filter(|text| !text.is_empty());
    let text = |name: &str| parameter(name).map_or("", String::as_str);
    let delimiter = text("delimiter");
    if !matches!(delimiter, "" | "/") {
        return Err(invalid("ct-sim lists by the delimiter / only."));
    }
    let is_encoded = match text("encoding-type") {
        "" => false,
        "url" => true,
        _ => return Err(invalid("Invalid Encoding Method specified in Request")),
    };
    let max_keys = parameter("max-keys").map_or(Ok(PAGE_KEYS), |number| {
        let number = number.parse::<u32>().ok();
        let number = number.and_then(|number| usize::try_from(number).ok());
        number.ok_or_else(|| invalid("Provided max-keys not an integer or within integer range"))
    })?;
    let token = parameter("continuation-token").map(|token| {
        let wrong = || invalid("The continuation token provided is incorrect");
        from_token(token).ok_or_else(wrong)
    });
    let after = token.transpose()?;
    let first_after = [text("start-after"), text("marker")];
    let after = after.unwrap_or_else(|| first_after.concat());
    let listing = ListBucketResult {
        contents: bucket.contents(),
        prefix: &request.key,
        is_delimited: delimiter == "/",
        after: &after,
    };
    let page_keys = max_keys.min(PAGE_KEYS);
    let mut items = Vec::new();
    if page_keys > 0 {
        let folder = request.key.rfind('/').map_or(0, |slash| slash + 1);
        let listed = listing.add(&request.key[..folder], page_keys + 1, &mut items);
        listed.map_err(|error| unreadable(&error))?;
    }
    let is_truncated = items.len() > page_keys;
    items.truncate(page_keys);

    let name = |text: &str| {
        if is_encoded {
            percent_encoded(text)
        } else {
            escape(text)
        }
    };
    let mut body = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">",
    );
    let mut element = |element: &str, text: &str| {
        let _ = write!(body, "<{element}>{text}</{element}>");
    };
    element("Name", &escape(&bucket.name));
    element("Prefix", &name(&request.key));
    element("KeyCount", &items.len().to_string());
    element("MaxKeys", &max_keys.to_string());
    element("IsTruncated", if is_truncated { "true" } else { "false" });
    for (parameter, tag) in [("delimiter", "Delimiter"), ("start-after", "StartAfter")] {
        if !text(parameter).is_empty() {
            element(tag, &name(text(parameter)));
        }
    }
    if is_encoded {
        element("EncodingType", "url");
    }
    if let Some(token) = parameter("continuation-token") {
        element("ContinuationToken", &escape(token));
    }
    if let Some(last) = items.last().filter(|_| is_truncated) {
        element("NextContinuationToken", &last.token());
    }
    for item in &items {
        let text = name(item.name());
        match item {
            ListingItem::Prefix(_) => {
                element("CommonPrefixes", &format!("<Prefix>{text}</Prefix>"));
            }
            ListingItem::Key(key, object) => {
                let class = if is_archived(faults, key) {
                    "GLACIER"
                } else {
                    "STANDARD"
                };
                let contents = format!(
                    "<Key>{text}</Key><LastModified>{}</LastModified><ETag>{}</ETag><Size>{}</Size><StorageClass>{class}</StorageClass>",
                    date::iso(object.modified).replace('Z', ".000Z"),
                    object.etag().replace('"', "&quot;"),
                    object.bytes,
                );
                element("Contents", &contents);
            }
        }
    }
    body.push_str("</ListBucketResult>");
    Ok(HttpResponse::ok(XML, body))
}

/// An item on a page of a listing.
enum ListingItem {
    Key(String, Object),
    /// A common prefix, including the delimiter at its end.
    Prefix(String),
}

/// A character that, appended to a prefix, sorts after every key with this prefix.
const LAST: char = char::MAX;

impl ListingItem {
    fn name(&self) -> &str {
        match self {
            Self::Key(name, _) | Self::Prefix(name) => name,
        }
    }

    /// Returns the token with which a listing continues after this item. After a common prefix, the
    /// listing skips every key with this prefix.
    fn token(&self) -> String {
        let text = match self {
            Self::Key(name, _) => name.clone(),
            Self::Prefix(name) => format!("{name}{LAST}"),
        };
        text.bytes().fold(String::new(), |mut token, byte| {
            let _ = write!(token, "{byte:02x}");
            token
        })
    }
}

fn from_token(token: &str) -> Option<String> {
    let pairs = token.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    String::from_utf8(pairs.map(byte).collect::<Option<_>>()?).ok()
}

struct ListBucketResult<'a> {
    contents: &'a Contents,
    prefix: &'a str,
    is_delimited: bool,
    /// The last key to skip: the listing starts with the next key.
    after: &'a str,
}

impl ListBucketResult<'_> {
    /// Adds to `items` the keys and common prefixes in a folder and its subfolders, sorted by name,
    /// until `items` contains `most` elements.
    fn add(&self, folder: &str, most: usize, items: &mut Vec<ListingItem>) -> io::Result<()> {
        for entry in self.contents.entries(folder)? {
            if items.len() >= most {
                break;
            }
            let name = format!("{folder}{}", entry.name);
            if let Some(object) = entry.object {
                if name.starts_with(self.prefix) && name.as_str() > self.after {
                    items.push(ListingItem::Key(name, object));
                }
                continue;
            }
            let has_prefix = name.starts_with(self.prefix) || self.prefix.starts_with(&name);
            let may_follow = name.as_str() > self.after || self.after.starts_with(&name);
            if !has_prefix || !may_follow {
                continue;
            }
            if self.is_delimited && name.len() > self.prefix.len() {
                // S3 has no empty folders, so a folder without a matching file is not listed.
                let mut found = Vec::new();
                let below = Self {
                    is_delimited: false,
                    ..*self
                };
                below.add(&name, 1, &mut found)?;
                if !found.is_empty() {
                    items.push(ListingItem::Prefix(name));
                }
            } else {
                self.add(&name, most, items)?;
            }
        }
        Ok(())
    }
}
