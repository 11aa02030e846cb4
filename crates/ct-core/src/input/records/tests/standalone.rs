//! Tests of lines that stand alone: reading such a line by itself gives the same records as reading
//! it together with the rest of the input.

use super::*;

/// A sink that accepts lines that stand alone, and reads each of them separately.
#[derive(Default)]
struct ByLine {
    found: Found,
    tally: Tally,
    lines: u64,
}

impl Sink for ByLine {
    fn record(&mut self, record: &str, position: u64) -> Result<(), Failure> {
        self.found.record(record, position)
    }

    fn takes_lines(&self) -> bool {
        true
    }

    fn lines(&mut self, lines: &[u8], position: u64) -> Result<(), Failure> {
        let mut start = position;
        for one in lines.split_inclusive(|byte| *byte == b'\n') {
            self.tally += line(one, start, &mut self.found)?;
            self.lines += 1;
            start += one.len() as u64;
        }
        Ok(())
    }

    fn seal(&mut self, seal: &str, position: u64) -> Result<(), Failure> {
        self.found.seal(seal, position)
    }

    fn unreadable(&mut self, unreadable: Unreadable) -> Result<(), Failure> {
        self.found.unreadable(unreadable)
    }
}

fn read_by_line(input: &[u8]) -> ByLine {
    let mut sink = ByLine::default();
    let tally = records(input, 64 << 20, &mut sink).unwrap();
    sink.tally += tally;
    sink
}

#[test]
fn every_line_but_the_last_is_read_alone() {
    let input = format!("{ONE}\n{TWO}\r\n{ONE}\n{TWO}\n");
    let by_line = read_by_line(input.as_bytes());
    assert_eq!((by_line.found, by_line.tally), read(input.as_bytes()));
    assert_eq!(by_line.lines, 3);
}

#[test]
fn a_line_with_a_part_of_a_value_is_not_read_alone() {
    for part in [
        "{\"Records\":[\n{}\n]}\n",
        "[\n{\"a\":1},\n{\"a\":2}\n]\n",
        "{\n\"a\":{}\n}\n",
        "a text\n",
    ] {
        assert_eq!(read_by_line(part.as_bytes()).lines, 0, "{part}");
    }
}

#[test]
fn a_list_that_ends_with_its_line_does_not_swallow_the_next_line() {
    for list in ["[{}", "{\"Records\":[{}", "{\"Records\":[\"}"] {
        let input = format!("{list}\n{ONE}\n{TWO}\n");
        let (found, _) = read(input.as_bytes());
        assert_eq!(found.records, [ONE, TWO], "{list}");
        assert!(!found.unreadable.is_empty(), "{list}");
    }
}

/// Parts of lines that are likely to confuse a parser.
fn part() -> impl Strategy<Value = String> {
    let fixed = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\n",
        "\n{",
        "}\n{",
        "}\r\n{",
        " ",
        "\r",
        "x",
        "1",
        "\"a\":",
        "{\"Records\":[",
        "{\"Events\":[",
        "{}",
        "{\"a\":1}\n",
        "eventVersion,eventID",
        "2026-01-01T00:00:00Z {",
        "{\"ctSeal\":1}",
        "\"NextToken\":\"t\"",
    ];
    let records = [ONE, TWO].map(|record| format!("{record}\n"));
    let parts: Vec<String> = fixed
        .map(str::to_owned)
        .into_iter()
        .chain(records)
        .collect();
    proptest::sample::select(parts)
}

proptest! {
    #[test]
    fn reading_line_by_line_gives_the_same_records_as_reading_the_whole_input(
        parts in proptest::collection::vec(part(), 0..12),
    ) {
        let input = parts.concat();
        let (mut found, tally) = read(input.as_bytes());
        let mut by_line = read_by_line(input.as_bytes());
        found.unreadable.sort();
        by_line.found.unreadable.sort();
        prop_assert_eq!(by_line.found, found);
        prop_assert_eq!(by_line.tally, tally);
    }
}
