//! Reads a pipe. Hands over all records that were read before it waits for more input.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ct_core::exit::Failure;

use super::{FileTally, Reader, RecordBatch};

/// A reader of the input. Before each read, it hands over the records found so far.
struct Pipe<'h, R> {
    input: R,
    found: Arc<Mutex<RecordBatch>>,
    hand_over: &'h mut (dyn FnMut(RecordBatch) -> Result<(), Failure> + Send),
}

impl<R: Read> Read for Pipe<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let found = std::mem::take(&mut *lock(&self.found));
        if found != RecordBatch::default() && (self.hand_over)(found).is_err() {
            // No more records are needed, so pretend that the input ends here.
            return Ok(0);
        }
        self.input.read(buffer)
    }
}

impl Reader {
    /// Like [`Reader::read`], but hands over all records that were read before it waits for more
    /// bytes of the pipe.
    ///
    /// # Errors
    /// The errors of `hand_over`.
    pub(crate) fn read_pipe(
        &self,
        input: impl Read + Send,
        hand_over: &mut (dyn FnMut(RecordBatch) -> Result<(), Failure> + Send),
    ) -> Result<FileTally, Failure> {
        let found = Arc::new(Mutex::new(RecordBatch::default()));
        let pipe = Pipe {
            input,
            found: Arc::clone(&found),
            hand_over,
        };
        let mut keep = |part: RecordBatch| {
            let mut found = lock(&found);
            found.items.extend(part.items);
            found.problems.extend(part.problems);
            Ok(())
        };
        let tally = self.collect(pipe, 0, &mut keep)?;
        hand_over(std::mem::take(&mut *lock(&found)))?;
        Ok(tally)
    }
}

fn lock(found: &Mutex<RecordBatch>) -> MutexGuard<'_, RecordBatch> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}
