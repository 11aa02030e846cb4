//! Reads the values at the paths that a program uses (the wanted paths) from a record in one pass,
//! and checks the rest of the record.
//!
//! The value at each path goes into a slot. If paths of the elements of an array are wanted, each
//! element gets a row of slots of its own.

use std::sync::Arc;

use crate::fastpath::record::Slot;
use crate::fastpath::record::rows::Rows;
use ct_core::json as scan;
use ct_core::json::Text;

/// The paths of a value that a program wants, as a tree.
#[derive(Debug, Default)]
pub(crate) struct PathTree {
    slot: Option<usize>,
    fields: Vec<(Box<[u8]>, PathTree)>,
    /// A bit for the length (modulo 64) of each wanted key.
    lengths: u64,
    /// If this value is an array: the paths that are wanted of each element, and their number of
    /// slots.
    elements: Option<(Arc<PathTree>, usize)>,
}

/// The maximum number of wanted fields of one object; [`PathTree::read`] uses a bit for each.
const MAX_FIELDS: usize = 64;

impl PathTree {
    /// Adds `path` and returns the number of its slot; `next` is the next free number. Returns
    /// `None` if an object has too many wanted fields.
    pub(crate) fn want(&mut self, path: &[Box<[u8]>], next: &mut usize) -> Option<usize> {
        let Some((key, rest)) = path.split_first() else {
            return Some(*self.slot.get_or_insert_with(|| {
                *next += 1;
                *next - 1
            }));
        };
        let at = match self.fields.iter().position(|(name, _)| name == key) {
            Some(at) => at,
            None if self.fields.len() == MAX_FIELDS => return None,
            None => {
                self.lengths |= 1 << (key.len() % 64);
                self.fields.push((key.clone(), Self::default()));
                self.fields.len() - 1
            }
        };
        self.fields[at].1.want(rest, next)
    }

    /// Adds the paths `elements`, which are wanted of each element of the array in `slot`. If
    /// `slot` is `None`, the whole value is this array. Each row has `slots` slots.
    pub(crate) fn want_rows(
        &mut self,
        slot: Option<usize>,
        elements: &Arc<PathTree>,
        slots: usize,
    ) {
        if slot.is_none() || self.slot == slot {
            self.elements = Some((elements.clone(), slots));
        } else {
            for (_, below) in &mut self.fields {
                below.want_rows(slot, elements, slots);
            }
        }
    }

    /// Reads the value at the offset `i` into `slots`, all of which must be [`Slot::Missing`], and
    /// returns its end.
    ///
    /// Returns `None` if the engine must read the value: if [`scan`] refuses the text, or if an
    /// object with wanted keys repeats one of them or has an escape in any key.
    pub(crate) fn read<'a>(
        &self,
        text: impl Text<'a>,
        i: usize,
        slots: &mut [Slot<'a>],
        rows: &mut Rows<'a>,
    ) -> Option<usize> {
        self.read_below(text, i, 0, slots, rows)
    }

    /// Reads a value like [`Self::read`], `depth` levels inside the outermost value.
    fn read_below<'a>(
        &self,
        text: impl Text<'a>,
        i: usize,
        depth: u32,
        slots: &mut [Slot<'a>],
        rows: &mut Rows<'a>,
    ) -> Option<usize> {
        let b = text.bytes();
        let end = match *b.get(i)? {
            b'{' if !self.fields.is_empty() => self.read_fields(text, i, depth, slots, rows)?,
            first => {
                if first != b'n' {
                    self.spoil(slots);
                }
                match &self.elements {
                    Some((tree, slots)) if first == b'[' => {
                        read_rows((tree, *slots), text, i, depth, rows)?
                    }
                    _ => scan::value_below(text, i, depth)?,
                }
            }
        };
        if let Some(slot) = self.slot {
            slots[slot] = Slot::Found(&b[i..end]);
        }
        Some(end)
    }

    fn read_fields<'a>(
        &self,
        text: impl Text<'a>,
        open: usize,
        depth: u32,
        slots: &mut [Slot<'a>],
        rows: &mut Rows<'a>,
    ) -> Option<usize> {
        let b = text.bytes();
        let mut seen = 0;
        let mut i = scan::space(b, open + 1);
        if *b.get(i)? == b'}' {
            return Some(i + 1);
        }
        loop {
            let (below, value) = self.member(text, i, &mut seen)?;
            i = match below {
                Some(below) => below.read_below(text, value, depth + 1, slots, rows)?,
                None => scan::value_below(text, value, depth + 1)?,
            };
            i = scan::space(b, i);
            match *b.get(i)? {
                b',' => i = scan::space(b, i + 1),
                b'}' => return Some(i + 1),
                _ => return None,
            }
        }
    }

    /// The wanted paths of the member at `i`, if any, and the offset of the member's value.
    ///
    /// `seen` has a bit for each field that has been found. Returns `None` in the cases of
    /// [`Self::read`].
    #[inline]
    pub(crate) fn member<'a>(
        &self,
        text: impl Text<'a>,
        i: usize,
        seen: &mut u64,
    ) -> Option<(Option<&Self>, usize)> {
        let b = text.bytes();
        if *b.get(i)? != b'"' {
            return None;
        }
        let end = scan::plain_string(text, i + 1)?;
        let value = scan::colon(b, end)?;
        let Some(at) = self.find(&b[i + 1..end - 1]) else {
            return Some((None, value));
        };
        let bit = 1 << at;
        if *seen & bit != 0 {
            return None;
        }
        *seen |= bit;
        Some((Some(&self.fields[at].1), value))
    }

    /// Whether the elements of the array at this node are wanted.
    pub(crate) fn wants_elements(&self) -> bool {
        self.elements.is_some()
    }

    /// Whether the elements of an array at this node or below it are wanted.
    pub(crate) fn leads_to_elements(&self) -> bool {
        self.wants_elements()
            || self
                .fields
                .iter()
                .any(|(_, below)| below.leads_to_elements())
    }

    #[inline]
    fn find(&self, key: &[u8]) -> Option<usize> {
        if self.lengths >> (key.len() % 64) & 1 == 0 {
            return None;
        }
        self.fields.iter().position(|(name, _)| **name == *key)
    }

    /// Marks every path below this node as not accessible, because the value at this node has no
    /// fields.
    pub(crate) fn spoil(&self, slots: &mut [Slot<'_>]) {
        for (_, below) in &self.fields {
            if let Some(slot) = below.slot {
                slots[slot] = Slot::Unindexable;
            }
            below.spoil(slots);
        }
    }
}

/// Reads the array at the offset `open` into rows, and returns the end of the array.
fn read_rows<'a>(
    (tree, slots): (&PathTree, usize),
    text: impl Text<'a>,
    open: usize,
    depth: u32,
    rows: &mut Rows<'a>,
) -> Option<usize> {
    let b = text.bytes();
    let mut i = scan::space(b, open + 1);
    if *b.get(i)? == b']' {
        return Some(i + 1);
    }
    loop {
        let end = match rows.add(slots + 1) {
            Some([element, slots @ ..]) => {
                let end = tree.read_below(text, i, depth + 1, slots, &mut Rows::default())?;
                *element = Slot::Found(&b[i..end]);
                end
            }
            _ => scan::value_below(text, i, depth + 1)?,
        };
        i = scan::space(b, end);
        match *b.get(i)? {
            b',' => i = scan::space(b, i + 1),
            b']' => return Some(i + 1),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a>(paths: &[&str], text: &'a str) -> Option<Vec<Slot<'a>>> {
        let (mut tree, mut next) = (PathTree::default(), 0);
        for path in paths {
            let keys: Vec<_> = path
                .split('.')
                .map(|key| Box::from(key.as_bytes()))
                .collect();
            tree.want(&keys, &mut next)
                .expect("a path has fewer fields than the limit");
        }
        let mut slots = vec![Slot::Missing; next];
        tree.read(text.as_bytes(), 0, &mut slots, &mut Rows::default())
            .map(|_| slots)
    }

    #[test]
    fn each_path_gets_its_bytes() {
        let text = r#"{"a":{"b":[1,2],"x":{}},"c":null,"d":"e"}"#;
        assert_eq!(
            read(&["a.b", "c.z", "d", "d.f.g", "q", "a"], text),
            Some(vec![
                Slot::Found(b"[1,2]"),
                Slot::Missing,
                Slot::Found(b"\"e\""),
                Slot::Unindexable,
                Slot::Missing,
                Slot::Found(br#"{"b":[1,2],"x":{}}"#),
            ])
        );
    }

    #[test]
    fn a_repeated_or_escaped_key_in_a_wanted_object_is_refused() {
        assert_eq!(read(&["a"], r#"{"a":1,"a":2}"#), None);
        assert_eq!(read(&["a"], r#"{"\u0061":1}"#), None);
        assert_eq!(
            read(&["a"], r#"{"b":{"\u0061":1},"c":1,"c":2}"#),
            Some(vec![Slot::Missing])
        );
    }

    #[test]
    fn levels_count_from_the_outermost_value() {
        for (levels, is_read) in [(59, true), (60, false)] {
            let text = format!(
                r#"{{"a":{{"b":{}{}}}}}"#,
                "[".repeat(levels),
                "]".repeat(levels)
            );
            assert_eq!(read(&["a.b"], &text).is_some(), is_read, "{levels}");
            assert_eq!(scan::value(text.as_bytes(), 0).is_some(), is_read);
        }
    }

    #[test]
    fn unwanted_values_are_checked_too() {
        assert_eq!(read(&["a"], r#"{"a":1,"b":[1,]}"#), None);
        assert_eq!(read(&["a"], r#"{"a":1,"b":tru}"#), None);
        assert_eq!(read(&["a"], r#"{"a":1 "b":2}"#), None);
    }
}
