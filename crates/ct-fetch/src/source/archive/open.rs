//! Opens the files of an archive, and has objects of S3 got before their turn.

use std::sync::Arc;

use super::listing::FileToRead;
use super::source::cloud::Cloud;
use super::source::object::ObjectReader;
use super::source::prefetch::{Prefetch, Wanted};
use super::source::{Input, Source, Unopened, WHOLE_BYTES, open_path};

/// Opens files, and has objects of S3 got before their turn.
pub(super) struct Opener<'f> {
    pub(super) files: &'f [FileToRead],
    cloud: Option<(&'f Cloud, Arc<Prefetch>)>,
}

impl<'f> Opener<'f> {
    /// `most_bytes` of objects are held or under way at once.
    pub(super) fn new(
        files: &'f [FileToRead],
        cloud: Option<&'f Cloud>,
        most_bytes: usize,
    ) -> Self {
        let cloud = cloud.map(|cloud| {
            let prefetch = Arc::new(Prefetch::new(most_bytes));
            let objects = files.iter().enumerate().filter_map(|(at, file)| {
                let Source::Object(bucket, object) = &file.source else {
                    return None;
                };
                (object.size <= WHOLE_BYTES).then(|| Wanted {
                    at,
                    bucket: Arc::clone(bucket),
                    key: object.key.clone(),
                    size: usize::try_from(object.size).unwrap_or(usize::MAX),
                })
            });
            let run = Arc::clone(&prefetch).run(objects.collect());
            cloud.handle().spawn(run);
            (cloud, prefetch)
        });
        Self { files, cloud }
    }

    pub(super) fn open(&self, at: usize) -> Result<Input, Unopened> {
        match (&self.files[at].source, &self.cloud) {
            (Source::Path(path), _) => open_path(path).map_err(Unopened::File),
            (Source::Object(bucket, object), Some((cloud, prefetch))) => {
                let input = if object.size <= WHOLE_BYTES {
                    prefetch.take(at).map(Input::Bytes)
                } else {
                    let object = ObjectReader::open(cloud.handle(), bucket, &object.key);
                    object.map(|object| Input::Stream(Box::new(object)))
                };
                input.map_err(Unopened::Object)
            }
            _ => Ok(Input::Stream(Box::new(std::io::stdin()))),
        }
    }
}

impl Opener<'_> {
    /// Nothing more is wanted.
    pub(super) fn close(&self) {
        if let Some((_, prefetch)) = &self.cloud {
            prefetch.close();
        }
    }
}
