//! Drops inputs that cannot change the result of a program.

use ct_core::json as scan;
use ct_core::json::{Marks, Text};
use foldhash::quality::RandomState;
use hashbrown::HashSet;

use crate::fastpath::record::Slot;
use crate::fastpath::record::path_tree::PathTree;
use crate::fastpath::record::projection::field;
use crate::fastpath::record::rows::Rows;

/// The maximum number of different inputs that are remembered. Any other input is kept, even if it
/// repeats an input that was not remembered.
const MAX_SEEN: usize = 1 << 16;

/// The inputs that a program does not need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reduction {
    /// All inputs that repeat an earlier input.
    Repeated,
    /// All inputs except one: the first or the last, if the inputs are ordered by their values at a
    /// path.
    Order(Vec<Box<[u8]>>, End),
}

/// The input that is kept: the first of the least inputs, or the last of the greatest inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    First,
    Last,
}

/// A value by which inputs are ordered. If an input has a value of another kind, all inputs in the
/// same chunk of text are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<T> {
    Null,
    /// A string without escapes.
    Plain(T),
}

/// Reduces the inputs of a run, in input order.
pub(crate) struct Reducer {
    rule: Rule,
    marks: Marks,
    kept: Vec<u8>,
}

enum Rule {
    Repeated {
        seen: HashSet<Box<[u8]>, RandomState>,
    },
    Order {
        /// Reads the value by which inputs are ordered.
        key: PathTree,
        end: End,
        /// The least key of the inputs so far, or the greatest if `end` is [`End::Last`].
        best: Option<Key<Box<[u8]>>>,
    },
}

impl Reduction {
    /// The inputs that are kept, as `--explain` describes them.
    pub(crate) fn description(&self) -> String {
        let (which, path) = match self {
            Self::Repeated => return "the first of equal ones".to_owned(),
            Self::Order(path, End::First) => ("the first", path),
            Self::Order(path, End::Last) => ("the last", path),
        };
        let path: String = path.iter().map(|key| field(key)).collect();
        format!("{which} by {path}")
    }
}

impl Reducer {
    pub(crate) fn new(reduction: &Reduction) -> Self {
        let rule = match reduction {
            Reduction::Repeated => Rule::Repeated {
                seen: HashSet::default(),
            },
            Reduction::Order(path, end) => {
                let mut key = PathTree::default();
                key.want(path, &mut 0);
                Rule::Order {
                    key,
                    end: *end,
                    best: None,
                }
            }
        };
        Self {
            rule,
            marks: Marks::default(),
            kept: Vec::new(),
        }
    }

    /// The values in `text` that the program needs in addition to the values that earlier calls
    /// returned; all values if one of them cannot be compared.
    ///
    /// `text` contains valid JSON values, each followed by whitespace.
    pub(crate) fn reduced<'a>(&'a mut self, text: &'a [u8]) -> &'a [u8] {
        self.kept.clear();
        let marked = self.marks.of(text);
        let reduced = match &mut self.rule {
            Rule::Repeated { seen } => distinct(marked, seen, &mut self.kept),
            Rule::Order { key, end, best } => extreme(marked, (key, *end), best, &mut self.kept),
        };
        match reduced {
            Some(()) => &self.kept,
            None => text,
        }
    }
}

/// Appends the values that have not been seen before to `kept`.
fn distinct<'a>(
    text: impl Text<'a>,
    seen: &mut HashSet<Box<[u8]>, RandomState>,
    kept: &mut Vec<u8>,
) -> Option<()> {
    let b = text.bytes();
    let mut i = scan::space(b, 0);
    while i < b.len() {
        let end = scan::value(text, i)?;
        let value = &b[i..end];
        if !seen.contains(value) {
            kept.extend_from_slice(value);
            kept.push(b'\n');
            if seen.len() < MAX_SEEN {
                seen.insert(value.into());
            }
        }
        i = scan::space(b, end);
    }
    Some(())
}

/// Finds the value with the best key in `text`, and appends it to `kept`, unless an earlier text
/// had a better key. Returns `None` if a key cannot be compared.
fn extreme<'a>(
    text: impl Text<'a>,
    (key, end): (&PathTree, End),
    best: &mut Option<Key<Box<[u8]>>>,
    kept: &mut Vec<u8>,
) -> Option<()> {
    let b = text.bytes();
    let earlier = best.as_ref().map(|best| match best {
        Key::Null => Key::Null,
        Key::Plain(text) => Key::Plain(&**text),
    });
    let (mut leading, mut range) = (earlier, None);
    let mut i = scan::space(b, 0);
    while i < b.len() {
        let mut slots = [Slot::Missing];
        let after = key.read(text, i, &mut slots, &mut Rows::default())?;
        let own = match slots {
            [Slot::Missing | Slot::Found(b"null")] => Key::Null,
            [Slot::Found([b'"', plain @ .., b'"'])] if memchr::memchr(b'\\', plain).is_none() => {
                Key::Plain(plain)
            }
            [_] => return None,
        };
        let is_better = leading.is_none_or(|leading| match end {
            End::First => own < leading,
            End::Last => own >= leading,
        });
        if is_better {
            (leading, range) = (Some(own), Some(i..after));
        }
        i = scan::space(b, after);
    }
    if let (Some(leading), Some(range)) = (leading, range) {
        kept.extend_from_slice(&b[range]);
        kept.push(b'\n');
        *best = Some(match leading {
            Key::Null => Key::Null,
            Key::Plain(text) => Key::Plain(text.into()),
        });
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduced(reduction: &Reduction, texts: &[&str]) -> String {
        let mut reducer = Reducer::new(reduction);
        let mut kept = String::new();
        for text in texts {
            kept += str::from_utf8(reducer.reduced(text.as_bytes())).expect("text");
            kept += "|";
        }
        kept
    }

    fn by_a(end: End) -> Reduction {
        Reduction::Order(vec![Box::from(*b"a")], end)
    }

    #[test]
    fn only_values_with_the_same_bytes_count_as_repeated() {
        let texts = ["{\"a\":\n1}\n{\"a\":1}\n1 1.0\n1\n", "1\n2\n{\"a\":1}\n"];
        assert_eq!(
            reduced(&Reduction::Repeated, &texts),
            "{\"a\":\n1}\n{\"a\":1}\n1\n1.0\n|2\n|"
        );
    }

    #[test]
    fn the_last_of_equal_maxima_or_the_first_of_equal_minima_is_kept() {
        let texts = [
            "{\"a\":\"b\",\"n\":1}\n{\"a\":\"b\",\"n\":2}\n{\"a\":\"a\"}\n",
            "{\"a\":\"b\",\"n\":3}\n{\"a\":\"a\",\"n\":4}\n",
            "{\"a\":\"aa\"}\n",
        ];
        assert_eq!(
            reduced(&by_a(End::Last), &texts),
            "{\"a\":\"b\",\"n\":2}\n|{\"a\":\"b\",\"n\":3}\n||"
        );
        assert_eq!(reduced(&by_a(End::First), &texts), "{\"a\":\"a\"}\n|||");
    }

    #[test]
    fn a_missing_key_is_null_which_is_less_than_any_string() {
        let texts = ["{\"a\":\"\"}\nnull\n{\"a\":null}\n{}\n"];
        assert_eq!(reduced(&by_a(End::Last), &texts), "{\"a\":\"\"}\n|");
        assert_eq!(reduced(&by_a(End::First), &texts), "null\n|");
    }

    #[test]
    fn values_with_keys_that_cannot_be_compared_are_kept() {
        for odd in [
            "{\"a\":1}",
            "{\"a\":\"\\u0041\"}",
            "{\"a\":[]}",
            "\"a\"",
            "7",
        ] {
            let text = format!("{{\"a\":\"x\"}}\n{odd}\n{{\"a\":\"b\"}}\n");
            for end in [End::First, End::Last] {
                assert_eq!(reduced(&by_a(end), &[&text]), format!("{text}|"));
            }
        }
    }
}
