//! Reads a log file in CloudTrail's own format in one pass. The values of fields that are not
//! needed are skipped.

use ct_core::json;

/// The first bytes of every log file that CloudTrail writes.
const START: &[u8] = br#"{"Records":["#;

/// The text of a log file. Its beginning and its end are as CloudTrail writes them.
pub(crate) struct LogFileText<'t> {
    text: &'t str,
}

impl<'t> LogFileText<'t> {
    /// Returns `None` if the beginning or the end of the text is not as CloudTrail writes it, or if
    /// the text contains a line end.
    pub(crate) fn new(text: &'t [u8]) -> Option<Self> {
        let is_whole = text.starts_with(START)
            && text.get(START.len()) == Some(&b'{')
            && text.ends_with(b"]}");
        if !is_whole || memchr::memchr2(b'\n', b'\r', text).is_some() {
            return None;
        }
        let text = std::str::from_utf8(text).ok()?;
        Some(Self { text })
    }

    /// Calls `visit` with the position at which each record begins. `visit` returns the position at
    /// which the record ends.
    ///
    /// Returns `None` if `visit` returns `None`, or if the text is not in CloudTrail's format.
    pub(crate) fn records(&self, visit: impl FnMut(usize) -> Option<usize>) -> Option<()> {
        let b = self.text.as_bytes();
        let end = json::walk_array(b, START.len() - 1, visit)?;
        (end + 1 == b.len()).then_some(())
    }

    /// Calls `visit` with the beginning and the end of each record that contains one of the
    /// `positions`, which must be ascending. Stops after the last of these records. Returns `None`
    /// in the same cases as [`LogFileText::records`].
    pub(crate) fn records_at(
        &self,
        positions: &[usize],
        mut visit: impl FnMut(usize, usize) -> Option<()>,
    ) -> Option<()> {
        let b = self.text.as_bytes();
        let mut positions = positions.iter().copied().peekable();
        let mut at = START.len();
        while positions.peek().is_some() {
            let end = (b.get(at) == Some(&b'{')).then(|| json::value_below(b, at, 2))??;
            let mut has_needle = false;
            while positions.next_if(|position| *position < end).is_some() {
                has_needle = true;
            }
            if has_needle {
                visit(at, end)?;
            }
            match b.get(end)? {
                b',' => at = end + 1,
                // The list of records ends here. If there are more positions, they are outside of
                // the list, so the text is not in CloudTrail's format.
                b']' => return positions.peek().is_none().then_some(()),
                _ => return None,
            }
        }
        Some(())
    }

    pub(crate) fn text(&self) -> &'t str {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_in_place() {
        let text = br#"{"Records":[{"a":"]}"},{"b":[1]},{}]}"#;
        let file = LogFileText::new(text).unwrap();
        let mut all = Vec::new();
        let walked = file.records(|at| {
            let end = json::value_below(file.text().as_bytes(), at, 2)?;
            all.push(&file.text()[at..end]);
            Some(end)
        });
        assert_eq!(
            (walked, all),
            (Some(()), vec![r#"{"a":"]}"}"#, r#"{"b":[1]}"#, "{}"])
        );
        let mut some = Vec::new();
        let walked = file.records_at(&[25, 28], |at, end| {
            some.push(&file.text()[at..end]);
            Some(())
        });
        assert_eq!((walked, some), (Some(()), vec![r#"{"b":[1]}"#]));
    }

    #[test]
    fn other_formats_are_left_to_the_input_layer() {
        for text in [
            "",
            r#"{"Records": []}"#,
            r#"{"Records":[]}"#,
            "{\"Records\":[{}\n]}",
            r#"{"Records":[{}],"a":1}"#,
            "{\"Records\":[\"\u{fffd}",
        ] {
            assert!(LogFileText::new(text.as_bytes()).is_none(), "{text}");
        }
        for text in [
            r#"{"Records":[{}]]}"#,
            r#"{"Records":[{},]}"#,
            r#"{"Records":[{"a"}]}"#,
        ] {
            let file = LogFileText::new(text.as_bytes()).unwrap();
            let walked = file.records(|at| json::value_below(file.text().as_bytes(), at, 2));
            assert_eq!(walked, None, "{text}");
        }
    }
}
