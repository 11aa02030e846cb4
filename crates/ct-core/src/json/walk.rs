//! Iterates over the members of an object or the elements of an array without copying them.

use super::{colon, space, string, value};

/// Visits the members of the object at `i` and validates the object in the same scan. Returns the
/// position after the object.
///
/// `visit` receives each key as written in JSON, without quotes, and the start of its value.
/// `visit` returns the end of the value.
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

/// Visits the elements of the array at `i` and validates the array in the same scan. Returns the
/// position after the array.
///
/// `visit` receives the start of each element and returns the element's end.
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

/// Calls `visit` with the key and the value of each member of an object that was already scanned.
///
/// Keys are as written in JSON, without quotes.
///
/// # Errors
/// Errors of `visit`, which end the iteration.
///
/// # Panics
/// If [`value`] does not accept `object` as an object.
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

/// Calls `visit` with each element of an array that was already scanned.
///
/// # Errors
/// Errors of `visit`, which end the iteration.
///
/// # Panics
/// If [`value`] does not accept `array` as an array.
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
    fn members_and_elements_are_visited_in_order() {
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
    fn unscanned_text_can_be_visited() {
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
