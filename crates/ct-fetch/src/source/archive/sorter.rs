//! Sorts records in bounded memory. If they take too much memory, moves them to temporary files.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, Write};

use anyhow::anyhow;
use ct_core::exit::Failure;

use crate::source::order::Order;

/// The memory that a record takes in addition to its bytes and its ID, in bytes.
const OVERHEAD_BYTES: usize = 96;

/// Added to the rank of a record, so that it comes after all records with the same time and ID.
const LAST: u64 = 1 << 62;

/// The maximum number of temporary files with sorted records that are open at once.
const RUNS: usize = 64;

/// A record, and the time and ID by which it is sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// The time of the event, in Unix seconds.
    pub(crate) second: i64,
    /// The event ID; empty if the record has no ID.
    pub(crate) id: Box<str>,
    pub(crate) record: Box<str>,
    /// The index of the file that contains the record.
    pub(crate) file: usize,
}

/// Sorts records by time, then by event ID. Records with the same time and ID stay in the order in
/// which they were added.
#[derive(Debug)]
pub(crate) struct Sorter {
    order: Order,
    memory_bytes: usize,
    heap: BinaryHeap<HeapItem>,
    held_bytes: usize,
    runs: Vec<SortedRun>,
    pushed: u64,
}

/// A record in the heap. The heap returns the greatest record first.
#[derive(Debug, PartialEq, Eq)]
struct HeapItem {
    item: Item,
    order: Order,
    /// The number of records that were added before this one. [`LAST`] is added to it if the record
    /// must come after all records with the same time and ID.
    rank: u64,
}

impl Ord for HeapItem {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two) = (&self.item, &other.item);
        let by = (one.second, &one.id).cmp(&(two.second, &two.id));
        let by = match self.order {
            Order::Newest => by,
            Order::Oldest => by.reverse(),
        };
        by.then(other.rank.cmp(&self.rank))
    }
}

impl PartialOrd for HeapItem {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Sorter {
    /// Creates a sorter that keeps up to `memory_bytes` of records in memory.
    pub(crate) fn new(order: Order, memory_bytes: usize) -> Self {
        Self {
            order,
            memory_bytes,
            heap: BinaryHeap::new(),
            held_bytes: 0,
            runs: Vec::new(),
            pushed: 0,
        }
    }

    /// Adds a record.
    ///
    /// # Errors
    /// If a temporary file cannot be written.
    pub(crate) fn push(&mut self, item: Item) -> Result<(), Failure> {
        self.push_ranked(item, 0)
    }

    /// Adds a record that is returned after all records with the same time and ID, even those that
    /// are added later.
    ///
    /// # Errors
    /// See [`Sorter::push`].
    pub(crate) fn push_after_equals(&mut self, item: Item) -> Result<(), Failure> {
        self.push_ranked(item, LAST)
    }

    fn push_ranked(&mut self, item: Item, first_rank: u64) -> Result<(), Failure> {
        self.held_bytes += bytes(&item);
        self.heap.push(HeapItem {
            item,
            order: self.order,
            rank: first_rank + self.pushed,
        });
        self.pushed += 1;
        if self.held_bytes > self.memory_bytes {
            self.spill().map_err(|error| cannot_spill(&error))?;
        }
        Ok(())
    }

    /// Returns the next record. Returns `None` if no record remains, or if `is_ready` returns
    /// `false` for the record's time.
    ///
    /// # Errors
    /// If a temporary file cannot be read.
    pub(crate) fn pop(&mut self, is_ready: impl Fn(i64) -> bool) -> Result<Option<Item>, Failure> {
        let heads = self.runs.iter().enumerate();
        let in_runs = heads
            .filter_map(|(at, run)| Some((run.head.as_ref()?, at)))
            .max_by(|(one, _), (two, _)| one.cmp(two));
        let in_run = match (in_runs, self.heap.peek()) {
            (None, None) => return Ok(None),
            (Some((first, at)), held) => {
                let is_first = held.is_none_or(|held| first > held);
                is_first.then_some((first.item.second, at))
            }
            (None, Some(_)) => None,
        };
        if let Some((second, at)) = in_run {
            if !is_ready(second) {
                return Ok(None);
            }
            let next = self.runs[at].next().map_err(|error| cannot_spill(&error))?;
            if self.runs[at].head.is_none() {
                self.runs.swap_remove(at);
            }
            return Ok(next.map(|ranked| ranked.item));
        }
        if !self
            .heap
            .peek()
            .is_some_and(|held| is_ready(held.item.second))
        {
            return Ok(None);
        }
        let item = self.heap.pop().map(|held| held.item);
        self.held_bytes -= item.as_ref().map_or(0, bytes);
        Ok(item)
    }

    /// Moves all records in memory to a temporary file, sorted.
    fn spill(&mut self) -> io::Result<()> {
        let held = std::mem::take(&mut self.heap);
        self.held_bytes = 0;
        let mut writer = RunWriter::new()?;
        for ranked in held.into_sorted_vec().into_iter().rev() {
            writer.write(&ranked)?;
        }
        self.runs.push(writer.finish(self.order)?);
        if self.runs.len() >= RUNS {
            self.join_runs()?;
        }
        Ok(())
    }

    /// Merges all temporary files into one.
    fn join_runs(&mut self) -> io::Result<()> {
        let mut heads = BinaryHeap::new();
        let mut runs = std::mem::take(&mut self.runs);
        for (at, run) in runs.iter_mut().enumerate() {
            heads.extend(run.next()?.map(|ranked| (ranked, at)));
        }
        let mut writer = RunWriter::new()?;
        while let Some((ranked, at)) = heads.pop() {
            writer.write(&ranked)?;
            heads.extend(runs[at].next()?.map(|ranked| (ranked, at)));
        }
        self.runs.push(writer.finish(self.order)?);
        Ok(())
    }
}

fn bytes(item: &Item) -> usize {
    item.record.len() + item.id.len() + OVERHEAD_BYTES
}

fn cannot_spill(error: &io::Error) -> Failure {
    Failure::Other(anyhow!(
        "cannot store records in {}: {error}: free up space there, or raise --memory",
        std::env::temp_dir().display()
    ))
}

/// Sorted records in an unnamed temporary file. `head` is the first record that was not returned
/// yet.
#[derive(Debug)]
struct SortedRun {
    reader: BufReader<File>,
    order: Order,
    head: Option<HeapItem>,
}

impl SortedRun {
    /// Returns `head`, and replaces it by the next record in the file.
    fn next(&mut self) -> io::Result<Option<HeapItem>> {
        let next = self.read()?;
        Ok(std::mem::replace(&mut self.head, next))
    }

    fn read(&mut self) -> io::Result<Option<HeapItem>> {
        let mut header = [0; 32];
        if self.reader.by_ref().take(1).read(&mut header)? == 0 {
            return Ok(None);
        }
        self.reader.read_exact(&mut header[1..])?;
        let number = |at: usize| -> [u8; 8] {
            let mut number = [0; 8];
            number.copy_from_slice(&header[at..at + 8]);
            number
        };
        let lengths = u64::from_le_bytes(number(16));
        let (id, record) = (lengths >> 32, lengths & u64::from(u32::MAX));
        Ok(Some(HeapItem {
            item: Item {
                second: i64::from_le_bytes(number(0)),
                id: self.text(id)?,
                record: self.text(record)?,
                file: usize::try_from(u64::from_le_bytes(number(24))).map_err(io::Error::other)?,
            },
            order: self.order,
            rank: u64::from_le_bytes(number(8)),
        }))
    }

    fn text(&mut self, length: u64) -> io::Result<Box<str>> {
        let mut text = String::new();
        let read = self
            .reader
            .by_ref()
            .take(length)
            .read_to_string(&mut text)?;
        if read as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(text.into())
    }
}

struct RunWriter(BufWriter<File>);

impl RunWriter {
    fn new() -> io::Result<Self> {
        Ok(Self(BufWriter::new(tempfile::tempfile()?)))
    }

    /// Writes a record as binary data: its time, its rank, the lengths of its ID and of its text,
    /// the index of its file, its ID and its text.
    fn write(&mut self, ranked: &HeapItem) -> io::Result<()> {
        let Item {
            second,
            id,
            record,
            file,
        } = &ranked.item;
        let length = |text: &str| u32::try_from(text.len()).map_err(io::Error::other);
        let lengths = u64::from(length(id)?) << 32 | u64::from(length(record)?);
        self.0.write_all(&second.to_le_bytes())?;
        self.0.write_all(&ranked.rank.to_le_bytes())?;
        self.0.write_all(&lengths.to_le_bytes())?;
        self.0.write_all(&(*file as u64).to_le_bytes())?;
        self.0.write_all(id.as_bytes())?;
        self.0.write_all(record.as_bytes())
    }

    fn finish(self, order: Order) -> io::Result<SortedRun> {
        let mut file = self
            .0
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let mut run = SortedRun {
            reader: BufReader::new(file),
            order,
            head: None,
        };
        run.next()?;
        Ok(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn item(second: i64, id: &str, record: usize) -> Item {
        Item {
            second,
            id: id.into(),
            record: record.to_string().into(),
            file: record,
        }
    }

    fn sorted(items: &[Item], order: Order, memory_bytes: usize) -> Vec<Item> {
        let mut sorter = Sorter::new(order, memory_bytes);
        for item in items {
            sorter.push(item.clone()).unwrap();
        }
        std::iter::from_fn(|| sorter.pop(|_| true).unwrap()).collect()
    }

    #[test]
    fn records_that_are_not_ready_stay_in_the_sorter() {
        let mut sorter = Sorter::new(Order::Newest, 0);
        for second in [1, 5, 3] {
            sorter.push(item(second, "e", 0)).unwrap();
        }
        let mut ready = |from: i64| sorter.pop(|second| second >= from).unwrap();
        assert_eq!(ready(3), Some(item(5, "e", 0)));
        assert_eq!(ready(3), Some(item(3, "e", 0)));
        assert_eq!(ready(3), None);
        assert_eq!(ready(0), Some(item(1, "e", 0)));
        assert_eq!(ready(0), None);
    }

    #[test]
    fn a_record_may_be_sorted_after_records_with_the_same_key() {
        let mut sorter = Sorter::new(Order::Newest, usize::MAX);
        sorter.push_after_equals(item(1, "e", 0)).unwrap();
        sorter.push(item(1, "e", 1)).unwrap();
        let popped: Vec<Item> = std::iter::from_fn(|| sorter.pop(|_| true).unwrap()).collect();
        assert_eq!(popped, [item(1, "e", 1), item(1, "e", 0)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_memory_limit_gives_the_order_of_a_full_sort(
            keys in prop::collection::vec((0_i64..5, "[ab]{0,2}"), 0..200),
            memory_bytes in prop_oneof![Just(0_usize), 0_usize..2000, Just(usize::MAX)],
        ) {
            let items: Vec<Item> = keys.iter().enumerate()
                .map(|(at, (second, id))| item(*second, id, at)).collect();
            let mut oldest = items.clone();
            oldest.sort_by(|one, two| (one.second, &one.id).cmp(&(two.second, &two.id)));
            prop_assert_eq!(sorted(&items, Order::Oldest, memory_bytes), oldest);
            let mut newest = items.clone();
            newest.sort_by(|one, two| (two.second, &two.id).cmp(&(one.second, &one.id)));
            prop_assert_eq!(sorted(&items, Order::Newest, memory_bytes), newest);
        }
    }
}
