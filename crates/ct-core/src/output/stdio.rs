//! Standard input and output without Rust's replacement of closed descriptors: using a closed descriptor is an error.

use std::io::{self, Read, Write};
use std::os::fd::{BorrowedFd, IntoRawFd as _};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::stdio;

/// The maximum number of bytes per system call. macOS rejects more than 2 GiB.
const CALL_BYTES: usize = 1 << 30;

/// Standard input without a buffer. Reading fails if standard input is closed.
#[derive(Clone, Copy, Debug)]
pub struct Stdin;

/// Standard output without a buffer. Writing and flushing fail if standard output is closed.
#[derive(Clone, Copy, Debug)]
pub struct Stdout;

impl Read for Stdin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(CALL_BYTES);
        Ok(rustix::io::read(stdio::stdin(), &mut buffer[..length])?)
    }
}

impl Write for Stdout {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let length = buffer.len().min(CALL_BYTES);
        Ok(rustix::io::write(stdio::stdout(), &buffer[..length])?)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flags = rustix::fs::fcntl_getfl(stdio::stdout())?;
        if flags & OFlags::ACCMODE == OFlags::RDONLY {
            return Err(Errno::BADF.into());
        }
        Ok(())
    }
}

/// Replaces closed descriptors before Rust's runtime does.
///
/// The runtime replaces a closed descriptor with `/dev/null`, open for reading and writing, as if
/// the user had redirected it to `/dev/null`. This function opens `/dev/null` in the wrong
/// direction instead, so that each use of the descriptor fails with "Bad file descriptor", as in a
/// C program.
#[ctor::ctor(unsafe)]
fn keep_closed() {
    block(stdio::stdin(), OFlags::WRONLY);
    block(stdio::stdout(), OFlags::RDONLY);
}

/// If `descriptor` is closed, opens `/dev/null` as this descriptor. All descriptors with lower
/// numbers must be open.
fn block(descriptor: BorrowedFd<'_>, direction: OFlags) {
    if rustix::io::fcntl_getfd(descriptor) == Err(Errno::BADF) {
        // If /dev/null cannot be opened, Rust's runtime cannot open it either, and aborts the
        // program.
        if let Ok(file) = rustix::fs::open("/dev/null", direction, Mode::empty()) {
            let _ = file.into_raw_fd();
        }
    }
}
