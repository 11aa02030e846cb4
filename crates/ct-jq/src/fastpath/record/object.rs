//! Reads an object and all of its members in one pass over its bytes.

use bumpalo::collections::Vec as ArenaVec;
use ct_core::json as scan;
use ct_core::json::Text;

use crate::fastpath::value::Value;
use crate::fastpath::value::arena::Arena;
use crate::fastpath::value::keys::Keys;

/// The number of members for which memory is reserved; most records have fewer.
const MEMBERS: usize = 32;

/// The object at the start of `text`, and its length in bytes.
///
/// Returns `None` if this function cannot read the value: if [`scan`] refuses the text, if a key
/// has an escape or is repeated, or if a number is unusual.
pub(crate) fn read<'a: 'v, 'v>(
    text: impl Text<'a>,
    arena: &'v Arena,
) -> Option<(Value<'v>, usize)> {
    let b = text.bytes();
    let mut i = (*b.first()? == b'{').then(|| scan::space(b, 1))?;
    if *b.get(i)? == b'}' {
        return Some((Value::Obj(&[]), i + 1));
    }
    let mut members = ArenaVec::with_capacity_in(MEMBERS, arena);
    let mut keys = Keys::default();
    loop {
        if *b.get(i)? != b'"' {
            return None;
        }
        let end = scan::plain_string(text, i + 1)?;
        let key = &b[i + 1..end - 1];
        let start = scan::colon(b, end)?;
        let stop = scan::value_below(text, start, 1)?;
        if !keys.is_new(key) {
            return None;
        }
        members.push((key, Value::new(&b[start..stop]).ok()?));
        i = scan::space(b, stop);
        match *b.get(i)? {
            b',' => i = scan::space(b, i + 1),
            b'}' => return Some((Value::Obj(members.into_bump_slice()), i + 1)),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Option<(Vec<String>, usize)> {
        let arena = Arena::default();
        let (value, end) = read(text.as_bytes(), &arena)?;
        let members = value.members(&arena).ok()??;
        let members = members.iter().map(|(key, value)| {
            let key = String::from_utf8_lossy(key);
            format!("{key} {:?}", value.kind())
        });
        Some((members.collect(), end))
    }

    #[test]
    fn all_members_are_read_in_order_up_to_the_end_of_the_object() {
        let expected = ["b String", "a Array", "c Number"].map(str::to_owned);
        assert_eq!(
            members("{ \"b\":\"\\u0061\" ,\"a\" : [{\"b\":1}],\"c\":1.50 }\n{}"),
            Some((expected.to_vec(), 42))
        );
        assert_eq!(members("{ }1"), Some((Vec::new(), 3)));
    }

    #[test]
    fn other_values_are_not_read() {
        for text in [
            "[1]",
            "{",
            "{\"a\":1",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{1:2}",
            "{\"a\":01}",
            "{\"a\":[1,]}",
            "{\"a\":1,\"a\":2}",
            "{\"\\u0061\":1}",
        ] {
            assert_eq!(members(text), None, "{text}");
        }
    }
}
