//! Lists the parts of a bucket that `--from` names: folders and keys.

use std::path::Path;
use std::sync::Arc;

use ct_aws::s3::{Bucket, ListRequest};

use super::{BucketListing, Root, Step, one_level};
use ct_core::input::name::{Folder, Name};

impl BucketListing<'_> {
    fn start(&mut self, bucket: &Bucket, prefix: &str) {
        self.root = self.roots.len();
        self.roots.push(Root {
            label: format!("s3://{}/{prefix}", bucket.name),
            is_answered: false,
        });
    }

    /// Requests a prefix that `--from` names. It may be a folder or the key of an object.
    pub(in super::super) fn root(&mut self, bucket: &Arc<Bucket>, prefix: &str) {
        self.start(bucket, prefix);
        let name = prefix.rsplit('/').next().and_then(Name::read);
        if name.is_some() {
            return self.first_key(bucket, prefix.to_owned(), Step::Key);
        }
        let is_folder = prefix.is_empty() || prefix.ends_with('/');
        let key = (!is_folder).then(|| prefix.to_owned());
        let folder = if is_folder {
            prefix.to_owned()
        } else {
            format!("{prefix}/")
        };
        match (Folder::read(Path::new(prefix)), key) {
            (Folder::Unknown, None) => self.folder(bucket, prefix),
            (Folder::Unknown, Some(key)) => {
                self.request(bucket, one_level(folder), Step::Root { key });
            }
            (_, key) => self.first_key(bucket, folder, Step::Probe { key }),
        }
    }

    /// Requests the size and the entity tag of an object that Athena found. If the object no longer
    /// exists, the listing reports a problem.
    pub(in super::super) fn found(&mut self, bucket: &Arc<Bucket>, key: String) {
        self.start(bucket, &key);
        self.first_key(bucket, key, Step::SearchResult);
    }

    /// Requests an existing folder that `--from` names. It may also be a folder of another AWS
    /// service, which is skipped if `--from` does not name it.
    pub(super) fn named_folder(&mut self, bucket: &Arc<Bucket>, prefix: &str) {
        if Folder::read(Path::new(prefix)) != Folder::Service {
            return self.folder(bucket, prefix);
        }
        let all = ListRequest {
            prefix: prefix.to_owned(),
            ..ListRequest::default()
        };
        self.request(bucket, all, Step::Named);
    }

    pub(super) fn first_key(&mut self, bucket: &Arc<Bucket>, prefix: String, step: Step) {
        let list = ListRequest {
            prefix,
            most: Some(1),
            ..ListRequest::default()
        };
        self.request(bucket, list, step);
    }
}
