//! A partition of a source: a stream of records in order. A run merges it with other partitions.

use crate::source::cursor::Positioned;

/// A stream of records in order, as a state machine that uses no clock and no I/O.
///
/// The caller sends the requests that [`Partition::next`] returns, several of them at the same
/// time. It passes each reply to [`Partition::accept`] when it arrives, and gets the records from
/// [`Partition::take`]. Expensive work, such as a round trip or parsing, is done by the caller
/// between request and reply. So the work can be done on other threads.
pub(crate) trait Partition {
    /// A request, such as the body to send or the file to read.
    type Request;
    /// A reply to a request. A request may also have several replies, each with a part.
    type Reply;
    /// The reason why the partition cannot return more records.
    type Error;
    /// A record of the source.
    type Record: Positioned;

    /// Returns the next request to send, in the order of the records; `None` if no request may be
    /// sent now.
    ///
    /// The request for the records that are returned next may always be sent. Requests for later
    /// records may be sent only while [`Partition::kept`] is less than `room`.
    fn next(&mut self, room: usize) -> Option<Self::Request>;

    /// Accepts a reply to the request `id`.
    ///
    /// # Errors
    /// If the partition cannot return more records.
    fn accept(&mut self, id: RequestId, reply: Self::Reply) -> Result<(), Self::Error>;

    /// Removes and returns the next records in order; `None` if they have not arrived.
    fn take(&mut self) -> Option<Vec<Self::Record>>;

    /// Whether [`Partition::take`] has returned every record.
    fn is_done(&self) -> bool;

    /// Returns the amount of records ahead: those that have arrived but were not taken, and those
    /// that were requested. The unit is that of `room` in [`Partition::next`].
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
