//! What a source consists of: streams of records in order, which the run merges.

use crate::source::cursor::Positioned;

/// A stream of a source's records in order: a state machine without clock or I/O.
///
/// Whoever drives it sends what [`Partition::next`] gives, in any number side by side, hands each reply to
/// [`Partition::accept`] in the order the replies come, and takes the records. What is expensive (a round trip, inflating, parsing,
/// matching) is a part of sending, and so may run on other threads.
pub(crate) trait Partition {
    /// What is sent, such as the body of a request or the file to read.
    type Request;
    /// What comes back; a request may have several replies.
    type Reply;
    /// Why the partition can give nothing more.
    type Error;
    /// What it gives.
    type Record: Positioned;

    /// The next request to send, for what is first in order and waits for no reply.
    ///
    /// What the partition's next record waits for may always be asked for. Anything else may be asked for while
    /// [`Partition::kept`] is less than `room`.
    fn next(&mut self, room: usize) -> Option<Self::Request>;

    /// Takes a reply to the request that was given the number `id`.
    ///
    /// # Errors
    /// When the partition can give nothing more.
    fn accept(&mut self, id: RequestId, reply: Self::Reply) -> Result<(), Self::Error>;

    /// The next records in order, if they have come.
    fn take(&mut self) -> Option<Vec<Self::Record>>;

    /// Whether every record has been taken.
    fn is_done(&self) -> bool;

    /// How much waits for its turn, or is asked for and will have to, in the unit of `room`.
    fn kept(&self) -> usize;
}

/// Tells the requests of a partition apart.
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
