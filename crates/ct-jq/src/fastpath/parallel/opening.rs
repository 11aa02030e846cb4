//! The text around the elements of a document's large array: the enclosing objects and the
//! separators.

use crate::fastpath::record::path_tree::PathTree;
use ct_core::json as scan;

/// The beginning of a document, up to the first element of the wanted array.
#[derive(Debug)]
pub(crate) struct Opening<'s> {
    /// The objects around the array, outermost first. Each object has its wanted paths, and a bit
    /// for each wanted key that was found before the array.
    levels: Vec<(&'s PathTree, u64)>,
    /// The offset of the first element.
    pub(crate) start: usize,
    /// The text between most elements: a closing brace, a comma, an opening brace and the first
    /// key.
    separator: Vec<u8>,
}

impl<'s> Opening<'s> {
    /// Reads the beginning of a document. Returns `None` if `b` does not contain the first object
    /// of the wanted array and the first key of the second object.
    pub(crate) fn read(tree: &'s PathTree, b: &[u8]) -> Option<Self> {
        let (mut tree, mut levels) = (tree, Vec::new());
        let mut i = scan::space(b, 0);
        loop {
            match *b.get(i)? {
                b'[' if tree.wants_elements() => break,
                b'{' => {
                    let mut seen = 0;
                    let leading;
                    (leading, i) = leading_member(tree, b, i, &mut seen)?;
                    levels.push((tree, seen));
                    tree = leading;
                }
                _ => return None,
            }
        }
        let start = scan::space(b, i + 1);
        Some(Self {
            levels,
            start,
            separator: separator(b, start)?.to_vec(),
        })
    }

    /// The offset at which the last element in `b` begins; `None` if `b` contains no separator
    /// between two elements.
    pub(crate) fn last_element(&self, b: &[u8]) -> Option<usize> {
        let at = memchr::memmem::rfind(b, &self.separator)?;
        let brace = memchr::memchr(b'{', &self.separator)?;
        Some(at + brace)
    }

    /// The end of the document, if `i` is the end of the array; `None` if the engine must read the
    /// document.
    pub(crate) fn close(&self, b: &[u8], mut i: usize) -> Option<usize> {
        for &(tree, mut seen) in self.levels.iter().rev() {
            loop {
                i = scan::space(b, i);
                match *b.get(i)? {
                    b',' => {
                        let key = scan::space(b, i + 1);
                        let (_, value) = tree.member(b, key, &mut seen)?;
                        i = scan::value(b, value)?;
                    }
                    b'}' => break,
                    _ => return None,
                }
            }
            i += 1;
        }
        Some(i)
    }
}

/// In the object at `open`, finds the member that contains the wanted elements. Returns the wanted
/// paths of the member, and the offset of the member's value.
fn leading_member<'s>(
    tree: &'s PathTree,
    b: &[u8],
    open: usize,
    seen: &mut u64,
) -> Option<(&'s PathTree, usize)> {
    let mut i = open;
    loop {
        let (below, value) = tree.member(b, scan::space(b, i + 1), seen)?;
        if let Some(below) = below.filter(|below| below.leads_to_elements()) {
            return Some((below, value));
        }
        i = scan::space(b, scan::value(b, value)?);
        if *b.get(i)? != b',' {
            return None;
        }
    }
}

/// The text from the end of the object at `first` to the first key of the next object.
fn separator(b: &[u8], first: usize) -> Option<&[u8]> {
    let is = |i: usize, c: u8| b.get(i) == Some(&c);
    let end = is(first, b'{').then(|| scan::value(b, first))??;
    let comma = scan::space(b, end);
    let second = is(comma, b',').then(|| scan::space(b, comma + 1))?;
    let key = is(second, b'{').then(|| scan::space(b, second + 1))?;
    let key_end = is(key, b'"').then(|| scan::plain_string(b, key + 1))??;
    Some(&b[end - 1..key_end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn tree() -> PathTree {
        let mut tree = PathTree::default();
        let path = ["a", "b"].map(|key| Box::from(key.as_bytes()));
        let slot = tree.want(&path, &mut 0);
        tree.want_rows(slot, &Arc::new(PathTree::default()), 1);
        tree
    }

    const BEGINNING: &str = r#"{ "x":[1], "a":{"y":2,"b": [ {"k":1} , {"k":2},{"k":3"#;

    #[test]
    fn a_document_opens_with_the_objects_around_its_array() {
        let (tree, b) = (tree(), BEGINNING.as_bytes());
        let opening = Opening::read(&tree, b).expect("there are two elements");
        assert!(b[opening.start..].starts_with(br#"{"k":1}"#));
        assert_eq!(opening.separator, br#"} , {"k""#);
        let second = br#"{"k":1},{"k":2} , {"k":3"#;
        assert_eq!(opening.last_element(second), Some(18));
    }

    #[test]
    fn a_document_ends_where_its_objects_end() {
        let tree = tree();
        let opening = Opening::read(&tree, BEGINNING.as_bytes()).expect("there are two elements");
        assert_eq!(opening.close(br#"],"z":[ ] } ,"c":{} } 7"#, 1), Some(21));
        for odd in [
            "]}",
            "]},}",
            "]]",
            r#"],"b":1}}"#,
            r#"]},"a":1}"#,
            r#"]},"\u0061":1}"#,
        ] {
            assert_eq!(opening.close(odd.as_bytes(), 1), None, "{odd}");
        }
    }

    #[test]
    fn a_value_without_such_an_array_is_not_a_document() {
        for odd in [
            "[{},{}]",
            r#"{"a":{"b":[]}}"#,
            r#"{"a":{"b":[1,2]}}"#,
            r#"{"a":{"b":[{"k":1},2]}}"#,
            r#"{"a":1,"a":{"b":[{"k":1},{"k":2}]}}"#,
            r#"{"b":[{"k":1},{"k":2}]}"#,
        ] {
            assert!(Opening::read(&tree(), odd.as_bytes()).is_none(), "{odd}");
        }
    }
}
