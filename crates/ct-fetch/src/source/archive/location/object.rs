//! Reads a large S3 object as a stream, part by part.

use std::io::{self, Read};
use std::sync::Arc;

use ct_aws::s3::{Bucket, Error, ObjectPart};
use tokio::runtime::Handle;

/// The size of a part, in bytes.
const PART_BYTES: u64 = 8 << 20;

/// A reader of an object from its beginning to its end.
pub(crate) struct ObjectReader {
    handle: Handle,
    bucket: Arc<Bucket>,
    key: Box<str>,
    part: ObjectPart,
    /// Where `part` begins in the object, in bytes.
    start: u64,
    /// How many bytes of `part` the caller has read.
    read: usize,
}

impl ObjectReader {
    /// Requests the first part of the object.
    ///
    /// # Errors
    /// Returns the reason why the object cannot be read.
    pub(crate) fn open(handle: &Handle, bucket: &Arc<Bucket>, key: &str) -> Result<Self, Error> {
        let part = handle.block_on(bucket.part(key, 0..PART_BYTES, None))?;
        Ok(Self {
            handle: handle.clone(),
            bucket: Arc::clone(bucket),
            key: key.into(),
            part,
            start: 0,
            read: 0,
        })
    }

    fn next_part(&mut self) -> Result<(), Error> {
        self.start += self.part.bytes.len() as u64;
        let range = self.start..self.start + PART_BYTES;
        let etag = self.part.etag.as_deref();
        let part = self.bucket.part(&self.key, range, etag);
        self.part = self.handle.block_on(part)?;
        self.read = 0;
        Ok(())
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.start + self.part.bytes.len() as u64;
        if self.read == self.part.bytes.len() && end < self.part.total {
            self.next_part()
                .map_err(|error| io::Error::other(format!("{error}: {}", error.advice())))?;
        }
        let rest = &self.part.bytes[self.read..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.read += length;
        Ok(length)
    }
}
