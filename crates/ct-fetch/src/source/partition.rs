//! The partitions of a source: ordered streams of records, which the run merges.

use crate::source::cursor::Positioned;

/// An ordered stream of a source's records: a state machine without clock or I/O.
///
/// The driver sends the requests from [`Partition::next`], any number concurrently, passes each
/// reply to [`Partition::accept`] in order of arrival, and takes the records. Expensive work (a
/// round trip, decompression, parsing, matching) is part of sending, and so may run on other
/// threads.
pub(crate) trait Partition {
    /// A request, such as the body to send or the file to read.
    type Request;
    /// A reply; a request may have several.
    type Reply;
    /// Why the partition cannot continue.
    type Error;
    /// A record.
    type Record: Positioned;

    /// The next request in order that is not outstanding.
    ///
    /// The request for the partition's next record is always permitted; others only while
    /// [`Partition::kept`] is less than `room`.
    fn next(&mut self, room: usize) -> Option<Self::Request>;

    /// Accepts a reply to the request `id`.
    ///
    /// # Errors
    /// If the partition cannot continue.
    fn accept(&mut self, id: RequestId, reply: Self::Reply) -> Result<(), Self::Error>;

    /// The next records in order, if they have arrived.
    fn take(&mut self) -> Option<Vec<Self::Record>>;

    /// Whether every record has been taken.
    fn is_done(&self) -> bool;

    /// The amount that is waiting, or has been requested and will wait, in the unit of `room`.
    fn kept(&self) -> usize;
}

/// Identifies a request within its partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RequestId(pub(crate) u64);

impl<P: Partition + ?Sized> Partition for Box<P> {
    type Request = P::Request;
    type Reply = P::Reply;
    type Error = P::Error;
    type Record = P::Record;

    fn next(&mut self, room: usize) -> Option<Self::Request> {
        (**self).next(room)
    }

    fn accept(&mut self, id: RequestId, reply: Self::Reply) -> Result<(), Self::Error> {
        (**self).accept(id, reply)
    }

    fn take(&mut self) -> Option<Vec<Self::Record>> {
        (**self).take()
    }

    fn is_done(&self) -> bool {
        (**self).is_done()
    }

    fn kept(&self) -> usize {
        (**self).kept()
    }
}
