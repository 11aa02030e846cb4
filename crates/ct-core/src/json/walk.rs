//! Goes through the members of an object or the elements of an array, where they stand.

use super::{colon, space, string, value};

/// Walks the object at `i` without having scanned it: the position after it.
///
/// `visit` gets each key as written, without its quotes, and where its value starts; it gives where that ends.
pub fn walk_object<'a>(
    b: &'a [u8],
    i: usize,
    mut visit: impl FnMut(&'a [u8], usize) -> Option<usize>,
) -> Option<usize> {
    walk(b, i, [b'{', b'}'], |at| {
        let end = (*b.get(at)? == b'"').then(|| string(b, at + 1))??;
        visit(&b[at + 1..end - 1], colon(b, end)?)
    })
}

/// Walks the array at `i` without having scanned it: the position after it.
///
/// `visit` gets where each element starts, and gives where it ends.
pub fn walk_array(b: &[u8], i: usize, visit: impl FnMut(usize) -> Option<usize>) -> Option<usize> {
    walk(b, i, [b'[', b']'], visit)
}

fn walk(
    b: &[u8],
    i: usize,
    [open, close]: [u8; 2],
    mut visit: impl FnMut(usize) -> Option<usize>,
) -> Option<usize> {
    let mut i = (*b.get(i)? == open).then(|| space(b, i + 1))?;
    if *b.get(i)? == close {
        return Some(i + 1);
    }
    loop {
        i = space(b, visit(i)?);
        match *b.get(i)? {
            b',' => i = space(b, i + 1),
            end if end == close => return Some(i + 1),
            _ => return None,
        }
    }
}

/// Calls `visit` with key and value of each member of an object that has been scanned.
///
/// Keys are as written, without their quotes.
///
/// # Errors
/// Those of `visit`, which end the walk.
///
/// # Panics
/// When [`value`] does not take it for an object.
pub fn members<'a, E>(
    object: &'a [u8],
    mut visit: impl FnMut(&'a [u8], &'a [u8]) -> Result<(), E>,
) -> Result<(), E> {
    const SCANNED: &str = "the object has been scanned";
    let mut i = space(object, 1);
    while object[i] == b'"' {
        let end = string(object, i + 1).expect(SCANNED);
        let start = colon(object, end).expect(SCANNED);
        let stop = value(object, start).expect(SCANNED);
        visit(&object[i + 1..end - 1], &object[start..stop])?;
        i = space(object, stop);
        i = space(object, i + usize::from(object[i] == b','));
    }
    Ok(())
}

/// Calls `visit` with each element of an array that has been scanned.
///
/// # Errors
/// Those of `visit`, which end the walk.
///
/// # Panics
/// When [`value`] does not take it for an array.
pub fn elements<'a, E>(
    array: &'a [u8],
    mut visit: impl FnMut(&'a [u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut i = space(array, 1);
    while array[i] != b']' {
        let stop = value(array, i).expect("the array has been scanned");
        visit(&array[i..stop])?;
        i = space(array, stop);
        i = space(array, i + usize::from(array[i] == b','));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_elements_come_in_order_and_as_written() {
        let mut seen = Vec::new();
        let object = br#"{ "a" : 1 , "b\n":[ 2, "x" ] }"#;
        let ok: Result<(), ()> = members(object, |key, value| {
            seen.push((key, value));
            Ok(())
        });
        assert_eq!(ok, Ok(()));
        assert_eq!(seen, [(&b"a"[..], &b"1"[..]), (b"b\\n", br#"[ 2, "x" ]"#)]);
        let mut seen = Vec::new();
        let ok: Result<(), ()> = elements(seen_array(), |value| {
            seen.push(value);
            Ok(())
        });
        assert_eq!(ok, Ok(()));
        assert_eq!(seen, [&b"2"[..], b"\"x\"", b"[]"]);
    }

    #[test]
    fn a_walk_visits_what_it_has_not_scanned() {
        let text = br#"{"a": [1, {"b":2} ] , "c":null} x"#.as_slice();
        let mut seen = Vec::new();
        let end = walk_object(text, 0, |key, at| {
            seen.push(key);
            if key == b"a" {
                walk_array(text, at, |at| value(text, at))
            } else {
                value(text, at)
            }
        });
        assert_eq!((seen, end), (vec![&b"a"[..], b"c"], Some(31)));
        for broken in ["{", "[1}", "{1:2}", "{\"a\":1,}", "{\"a\" 1}", ""] {
            let b = broken.as_bytes();
            assert_eq!(walk_object(b, 0, |_, at| value(b, at)), None, "{broken}");
        }
    }

    fn seen_array() -> &'static [u8] {
        br#"[ 2, "x",[] ]"#
    }
}
