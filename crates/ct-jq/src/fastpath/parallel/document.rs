//! Runs a program on the elements of one large array in a huge document, such as `{"Records":[…]}`.
//! Several threads read the document in pieces, and check all pieces before they evaluate any
//! piece.

use std::io;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use crate::fastpath::node::Rebase;
use crate::fastpath::parallel::chunk_result::{ChunkResult, Segment};
use crate::fastpath::parallel::chunks::{Chunk, Chunks};
use crate::fastpath::parallel::opening::Opening;
use crate::fastpath::parallel::piece::{Piece, Printed};
use crate::fastpath::parallel::{STACK_BYTES, lock};
use crate::fastpath::{FastPath, Style};

/// The capacity of a thread's queue of printed pieces. A piece waits in the queue until all earlier
/// pieces, which other threads print, have been passed to [`Team::part`].
const AHEAD: usize = 2;

/// The threads and memory for processing a document.
pub(crate) struct Team<'a> {
    pub(crate) threads: usize,
    /// Results that are no longer needed; their memory is reused.
    pub(crate) spares: &'a Mutex<Vec<ChunkResult>>,
    /// Receives the printed results in the order of the input.
    pub(crate) part: &'a mut dyn FnMut(Vec<u8>),
}

/// The outcome of processing a document.
pub(crate) enum DocumentOutcome {
    /// The document has been processed.
    Done(ChunkResult),
    /// The document must be processed as one chunk. `None` means that it could not be read in
    /// pieces. A number means that an element needs the engine: the engine must process the
    /// document, and has to skip this number of bytes of results, which [`Team::part`] has
    /// received.
    Undone(Chunk, Option<usize>),
}

/// The state that the reading threads share.
struct SharedInput<'c> {
    chunks: &'c mut Chunks,
    /// The beginning of the document, until a thread takes it.
    head: Option<Chunk>,
    /// The number of pieces that threads have taken.
    taken: usize,
    is_over: bool,
}

/// The pieces of a document with their numbers; a piece that failed the check is still a [`Chunk`].
type Pieces = Vec<(usize, Result<Piece, Chunk>)>;

/// Runs the fast path on the document that begins with `head`, on all threads of the team.
///
/// # Errors
/// Fails with the reader's error.
pub(crate) fn run(
    fast_path: &FastPath,
    chunks: &mut Chunks,
    head: Chunk,
    team: &mut Team<'_>,
) -> io::Result<DocumentOutcome> {
    let wanted = fast_path.of_each_element();
    let opening = Opening::read(&fast_path.tree, head.bytes());
    let (Some(wanted), Some(opening)) = (wanted, opening) else {
        return Ok(DocumentOutcome::Undone(chunks.finish(head)?, None));
    };
    let mut pieces = match read(&opening, wanted, chunks, head, team.threads)? {
        Ok(pieces) => pieces,
        Err(chunk) => return Ok(DocumentOutcome::Undone(chunks.finish(chunk)?, None)),
    };
    let (printed, last) = print(&pieces, wanted, &fast_path.style, team);
    if let Some(printed) = printed {
        let mut whole = Chunk::default();
        pieces
            .drain(..)
            .for_each(|piece| whole.append(piece.chunk.bytes()));
        return Ok(DocumentOutcome::Undone(
            chunks.finish(whole)?,
            Some(printed),
        ));
    }
    Ok(DocumentOutcome::Done(result(pieces, last)))
}

/// Reads and checks the pieces of the document, and gives the bytes after the document back to
/// `chunks`.
///
/// If the document cannot be read in pieces, returns one chunk with all bytes that were read.
fn read(
    opening: &Opening<'_>,
    wanted: &Rebase,
    chunks: &mut Chunks,
    mut head: Chunk,
    threads: usize,
) -> io::Result<Result<Vec<Piece>, Chunk>> {
    let Some(end) = opening.last_element(head.bytes()) else {
        return Ok(Err(head));
    };
    chunks.end(&mut head, end);
    let source = Mutex::new(SharedInput {
        chunks: &mut *chunks,
        head: Some(head),
        taken: 0,
        is_over: false,
    });
    let work = || take_pieces(&source, opening, wanted);
    let read = thread::scope(|scope| {
        // One thread is enough if no other can be started.
        let others = (1..threads).map_while(|_| {
            let thread = thread::Builder::new();
            thread.spawn_scoped(scope, work).ok()
        });
        let others: Vec<_> = others.collect();
        let mut read = vec![work()];
        read.extend(others.into_iter().map(|other| {
            let ended_early = |_| Err(io::Error::other("a thread ended early"));
            other.join().unwrap_or_else(ended_early)
        }));
        read.into_iter().collect::<io::Result<Vec<Pieces>>>()
    })?;
    let mut pieces: Pieces = read.into_iter().flatten().collect();
    pieces.sort_unstable_by_key(|(number, _)| *number);
    Ok(whole(opening, pieces, chunks))
}

/// Takes pieces of the document one by one and checks them, until the document or the input ends.
fn take_pieces(
    source: &Mutex<SharedInput<'_>>,
    opening: &Opening<'_>,
    wanted: &Rebase,
) -> io::Result<Pieces> {
    let mut pieces = Vec::new();
    loop {
        let (number, chunk, start) = {
            let mut source = lock(source);
            if source.is_over {
                return Ok(pieces);
            }
            let (chunk, start) = if let Some(head) = source.head.take() {
                (head, opening.start)
            } else {
                let (chunk, is_last) = source.chunks.piece(|b| opening.last_element(b))?;
                // If the document ends in this piece, another read might block, so the piece is
                // checked first.
                source.is_over = is_last;
                (chunk, 0)
            };
            source.taken += 1;
            (source.taken, chunk, start)
        };
        // Other threads may read while this piece is checked.
        let piece = Piece::read(chunk, start, wanted);
        if !matches!(&piece, Ok(piece) if piece.end.is_none()) {
            lock(source).is_over = true;
        }
        pieces.push((number, piece));
    }
}

/// The pieces up to the end of the document; the bytes after the end are given back to `chunks`. If
/// the end was not found, returns one chunk with the bytes of all pieces.
fn whole(
    opening: &Opening<'_>,
    mut pieces: Pieces,
    chunks: &mut Chunks,
) -> Result<Vec<Piece>, Chunk> {
    let checked = pieces.iter().map_while(|(_, piece)| piece.as_ref().ok());
    let count = checked.take_while(|piece| piece.end.is_none()).count();
    let end = match pieces.get(count) {
        Some((_, Ok(last))) => last
            .end
            .and_then(|end| opening.close(last.chunk.bytes(), end)),
        _ => None,
    };
    let bytes = |piece: &Result<Piece, Chunk>| match piece {
        Ok(piece) => piece.chunk.bytes().to_vec(),
        Err(chunk) => chunk.bytes().to_vec(),
    };
    let Some(end) = end else {
        let mut all = Chunk::default();
        pieces
            .drain(..)
            .for_each(|(_, piece)| all.append(&bytes(&piece)));
        return Err(all);
    };
    for (_, piece) in pieces.drain(count + 1..).rev() {
        chunks.give_back(&bytes(&piece));
    }
    let mut pieces: Vec<Piece> = pieces
        .into_iter()
        .filter_map(|(_, piece)| piece.ok())
        .collect();
    if let Some(last) = pieces.last_mut() {
        chunks.give_back(&last.chunk.bytes()[end..]);
        last.truncate(end);
    }
    Ok(pieces)
}

/// Evaluates the pieces, and passes their results to [`Team::part`] in order. If an element needs
/// the engine, stops and returns the number of bytes passed so far, otherwise `None`. Also returns
/// whether the last result was true.
fn print(
    pieces: &[Piece],
    wanted: &Rebase,
    style: &Style,
    team: &mut Team<'_>,
) -> (Option<usize>, Option<bool>) {
    let mut handed_on = 0;
    let mut last = None;
    let (threads, spares) = (team.threads, team.spares);
    thread::scope(|scope| {
        // Thread n of N prints every N-th piece.
        let printers: Vec<Receiver<Printed>> = (0..threads)
            .map_while(|first| {
                let (sender, printed) = sync_channel(AHEAD);
                let mut own = pieces.iter().skip(first).step_by(threads);
                let print = move || {
                    // If the receiver was dropped, the results are no longer needed.
                    own.try_for_each(|piece| {
                        let spare = lock(spares).pop().unwrap_or_default();
                        sender.send(piece.print(wanted, style, spare.out))
                    })
                };
                let thread = thread::Builder::new().stack_size(STACK_BYTES);
                thread.spawn_scoped(scope, print).ok().map(|_| printed)
            })
            .collect();
        for at in 0..pieces.len() {
            let printed = printers
                .get(at % threads)
                .and_then(|queue| queue.recv().ok());
            match printed {
                Some(printed) if printed.flow.is_ok() => {
                    handed_on += printed.text.len();
                    last = printed.last.or(last);
                    (team.part)(printed.text);
                }
                _ => return (Some(handed_on), last),
            }
        }
        (None, last)
    })
}

/// The result for a document whose results have all been passed to [`Team::part`].
fn result(pieces: Vec<Piece>, last: Option<bool>) -> ChunkResult {
    let lines = pieces.iter().map(|piece| piece.lines).sum();
    let mut column = 0;
    for piece in pieces.iter().rev() {
        let bytes = piece.chunk.bytes();
        let newline = memchr::memrchr(b'\n', bytes);
        column += newline.map_or(bytes.len(), |newline| bytes.len() - newline - 1);
        if newline.is_some() {
            break;
        }
    }
    ChunkResult {
        document: pieces.into_iter().map(|piece| piece.chunk).collect(),
        segments: vec![Segment::Printed {
            range: 0..0,
            last,
            last_output: last,
        }],
        lines,
        column,
        ..ChunkResult::default()
    }
}
