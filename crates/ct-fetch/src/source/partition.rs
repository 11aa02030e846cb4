//! A partition of a source: an ordered stream of records, which a run merges with other partitions.

use crate::source::cursor::Positioned;

/// An ordered stream of a source's records, as a state machine that uses no clock and no I/O.
///
/// The caller sends the requests that [`Partition::next`] returns, several of them concurrently.
/// The caller passes each reply to [`Partition::accept`] in order of arrival, and takes the
/// records. Expensive work (a round trip, decompression, parsing, matching) is part of sending, so
/// other threads can do it.
pub(crate) trait Partition {
    /// A request, such as the body to send or the file to read.
    type Request;
    /// A reply to a request, or a part of it: a request may have several replies.
    type Reply;
    /// The reason why the partition cannot continue.
    type Error;
    /// A record of the source.
    type Record: Positioned;

    /// Returns the next request that should be sent, in order of the records; `None` if no request
    /// may be sent now.
    ///
    /// The request for the next record of the partition may always be sent. Later requests may be
    /// sent only while [`Partition::kept`] is less than `room`.
    fn next(&mut self, room: usize) -> Option<Self::Request>;

    /// Accepts a reply to the request `id`.
    ///
    /// # Errors
    /// If the partition cannot continue.
    fn accept(&mut self, id: RequestId, reply: Self::Reply) -> Result<(), Self::Error>;

    /// Returns the next records in order, if they have arrived.
    fn take(&mut self) -> Option<Vec<Self::Record>>;

    /// Whether every record of the partition has been taken.
    fn is_done(&self) -> bool;

    /// Returns the amount of records that wait to be taken, or that were requested and will have to
    /// wait. The unit is that of `room` in [`Partition::next`].
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
