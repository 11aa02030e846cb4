//! Inputs that the fast path has reduced to the part that the program observes.

use ct_core::json as scan;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::fastpath::Reducer;
use crate::value::Val;
use crate::value::read::Reader;

/// The maximum length in bytes of a projection whose parsed value may be shared by several inputs.
const SHARED_BYTES: usize = 256;

/// The maximum number of shared values.
const MAX_SHARED: usize = 1 << 12;

/// The projections of one segment of a chunk.
///
/// Projections with the same text share one value: most programs observe only a few fields, which
/// have few different values.
pub(super) struct Projections {
    /// Drops projections that the program does not need.
    reducer: Option<Reducer>,
    reader: Reader,
    /// Valid JSON values, each followed by whitespace.
    text: Vec<u8>,
    /// The start of the unread bytes in `text`.
    at: usize,
    shared: HashMap<Box<[u8]>, Val, RandomState>,
    /// The offset in the chunk after which the values of the current projections begin.
    pub(super) start: usize,
    /// The number of projections after `start` that the program has received.
    pub(super) taken: usize,
}

impl Projections {
    pub(super) fn new(reducer: Option<Reducer>) -> Self {
        Self {
            reducer,
            reader: Reader::default(),
            text: Vec::new(),
            at: 0,
            shared: HashMap::default(),
            start: 0,
            taken: 0,
        }
    }

    /// Begins the next segment. The program must have received all projections of the segment
    /// before it.
    pub(super) fn read(&mut self, text: &[u8]) {
        let text = match &mut self.reducer {
            Some(reducer) => reducer.reduced(text),
            None => text,
        };
        self.text.clear();
        self.text.extend_from_slice(text);
        (self.at, self.taken) = (0, 0);
    }

    /// The next input.
    pub(super) fn next_value(&mut self) -> Option<Result<Val, String>> {
        let start = scan::space(&self.text, self.at);
        let Some(end) = scan::value(&self.text[..], start) else {
            // The end of the text, or a value that only the reader accepts.
            self.reader.feed(&self.text[start..]);
            self.at = self.text.len();
            return self.reader.next_value().inspect(|_| self.taken += 1);
        };
        self.at = end;
        let text = &self.text[start..end];
        if let Some(value) = self.shared.get(text) {
            self.taken += 1;
            return Some(Ok(value.clone()));
        }
        if !self.reader.take_whole(text) {
            self.reader.feed(text);
            self.reader.feed(b"\n");
        }
        let value = self.reader.next_value()?;
        self.taken += 1;
        if let Ok(value) = &value
            && text.len() <= SHARED_BYTES
            && self.shared.len() < MAX_SHARED
        {
            self.shared.insert(text.into(), value.clone());
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(projections: &mut Projections) -> Vec<String> {
        let values = std::iter::from_fn(|| projections.next_value());
        values
            .map(|value| value.expect("the program is valid").to_string())
            .collect()
    }

    #[test]
    fn equal_texts_share_one_value_and_others_are_read_as_written() {
        let mut projections = Projections::new(None);
        projections.read(b"{\"a\":[1]}\n{\"a\":[1.0]}\n{\"a\":[1]}\n");
        let mut value = || match projections.next_value() {
            Some(Ok(Val::Obj(object))) => object,
            other => panic!("{other:?} is no object"),
        };
        let (first, second, third) = (value(), value(), value());
        assert!(std::rc::Rc::ptr_eq(&first, &third));
        assert_eq!(Val::Obj(second).to_string(), "{\"a\":[1.0]}");
        assert_eq!(projections.taken, 3);
    }

    #[test]
    fn all_values_of_a_segment_are_read_in_order() {
        let nested = "[".repeat(100) + &"]".repeat(100);
        let mut projections = Projections::new(None);
        for _ in 0..2 {
            let text = format!("1\n\"a\"\n{{\"a\":\n2}}\n{nested}\n1\nnull\n");
            projections.read(text.as_bytes());
            let expected = ["1", "a", "{\"a\":2}", &nested, "1", "null"];
            assert_eq!(texts(&mut projections), expected);
            assert_eq!(projections.taken, 6);
        }
    }
}
