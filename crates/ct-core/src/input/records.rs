//! Finds every record in an input, in any container format.

use std::borrow::Cow;
use std::io::Read;

use serde_json::value::RawValue;

mod envelopes;
mod lines;
mod start;

pub use lines::line;

use super::csv;
use super::gzip;
use super::record_paths::RecordPaths;
use super::shape::{Members, ObjectShape, string};
use super::sink::{Sink, Tally, Unreadable};
use super::values::{StreamPart, Values};
use crate::exit::Failure;
use crate::json::Span;
use crate::record;

/// The maximum nesting of envelopes. The limit is one level above the deepest nesting in practice:
/// an SQS message in an EventBridge event in a list.
const MAX_LEVELS: u32 = 6;

/// The description of a line of text that is neither JSON nor part of a table.
const TEXT_LINE: &str = "not a CloudTrail record: a line of text";

/// Passes every record of `reader` to `sink`, after removing gzip layers. `expanded_bytes` limits the decompressed
/// size.
///
/// The container format of each value is detected from its content. Unreadable parts are passed to
/// [`Sink::unreadable`]; reading then continues at the next value that can be found.
///
/// # Errors
/// Errors of the sink. An error of the reader counts as unreadable input.
pub fn records(
    reader: impl Read + Send,
    expanded_bytes: u64,
    sink: &mut dyn Sink,
) -> Result<Tally, Failure> {
    read(reader, expanded_bytes, None, sink)
}

/// Does the same as [`records`], but passes a record to [`Sink::scanned`], with the positions of
/// the values at `paths`, if a single scan of the text finds the record and the values at the same
/// time.
///
/// # Errors
/// Errors of the sink, as for [`records`].
pub fn records_at_paths(
    reader: impl Read + Send,
    expanded_bytes: u64,
    paths: &RecordPaths,
    sink: &mut dyn Sink,
) -> Result<Tally, Failure> {
    read(reader, expanded_bytes, Some(paths), sink)
}

fn read(
    reader: impl Read + Send,
    expanded_bytes: u64,
    paths: Option<&RecordPaths>,
    sink: &mut dyn Sink,
) -> Result<Tally, Failure> {
    let mut unwrapper = Unwrapper {
        sink,
        tally: Tally::default(),
    };
    match gzip::inflate(reader, expanded_bytes) {
        Ok(reader) => unwrapper.read(Values::new(reader, paths))?,
        Err(error) => unwrapper.unreadable(0, format!("cannot be read: {error}"))?,
    }
    Ok(unwrapper.tally)
}

struct Unwrapper<'s> {
    sink: &'s mut dyn Sink,
    tally: Tally,
}

impl Unwrapper<'_> {
    fn read(&mut self, mut values: Values<'_, impl Read>) -> Result<(), Failure> {
        match start::read(&mut values) {
            Ok(Some(foreign)) => return self.unreadable(0, foreign),
            Ok(None) => {}
            Err(error) => self.unreadable(0, format!("cannot be read: {error}"))?,
        }
        if self.sink.takes_lines() {
            values.join_lines();
        }
        let table = self.parts(&mut values)?;
        self.tally.bytes = values.end();
        match table {
            Some(table) if table.is_open() => {
                self.unreadable(values.end(), csv::NOT_CLOSED.to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Reads all parts of the input. If the input is CSV, returns the table. The caller uses the
    /// table to check whether the last row is incomplete.
    fn parts(&mut self, values: &mut Values<impl Read>) -> Result<Option<csv::Table>, Failure> {
        let mut table: Option<csv::Table> = None;
        loop {
            let piece = match values.next() {
                Ok(piece) => piece,
                Err(error) => {
                    let found = format!("cannot be read further: {error}");
                    self.unreadable(values.end(), found)?;
                    continue;
                }
            };
            let range = match &piece {
                StreamPart::End => return Ok(table),
                StreamPart::Lines(range) => {
                    self.sink
                        .lines(values.bytes(range), values.position(range))?;
                    continue;
                }
                StreamPart::Record(range)
                | StreamPart::Value(range)
                | StreamPart::Element(_, range)
                | StreamPart::Tail(range)
                | StreamPart::Line(range)
                | StreamPart::Broken(range, _) => range,
            };
            self.tally.values += 1;
            let position = values.position(range);
            let bytes = values.bytes(range);
            if let StreamPart::Broken(_, expected) = piece {
                let found = format!("not JSON: expected {expected}: it may be truncated");
                self.unreadable(position, found)?;
                continue;
            }
            let Ok(text) = std::str::from_utf8(bytes) else {
                self.unreadable(position, "not UTF-8: save it as UTF-8".to_owned())?;
                continue;
            };
            match piece {
                StreamPart::Record(_) => self.scanned(text, values.found(), position)?,
                StreamPart::Value(_) | StreamPart::Element(..) => self.unwrap(text, position, 0)?,
                StreamPart::Tail(_) => self.finish_list(text, position)?,
                _ => self.line(text, position, &mut table)?,
            }
            if table.is_some() {
                values.read_lines();
            }
        }
    }

    /// Reads a line that does not start with a bracket: part of a CloudWatch Logs export or a CSV file.
    fn line(
        &mut self,
        text: &str,
        position: u64,
        table: &mut Option<csv::Table>,
    ) -> Result<(), Failure> {
        let text = text.trim_end_matches('\r');
        if let Some(table) = table {
            return match table.record(text) {
                csv::Row::Record(record) => self.unwrap(&record, position, 1),
                csv::Row::GoesOn => Ok(()),
                csv::Row::Broken(reason) => self.unreadable(position, reason),
            };
        }
        if let Some(json) = json_in_string(text) {
            return self.unwrap(&json, position, 1);
        }
        if let Some((_, json)) = text.split_once(" {").filter(|(time, _)| is_time(time)) {
            return self.unwrap(&format!("{{{json}"), position, 1);
        }
        match csv::Table::new(text) {
            Some(new) => {
                *table = Some(new);
                Ok(())
            }
            None => self.unreadable(position, TEXT_LINE.to_owned()),
        }
    }

    /// Reads the rest of an object after the list with which it opens: `}` or `,"name":value…}`.
    fn finish_list(&mut self, tail: &str, position: u64) -> Result<(), Failure> {
        let rest =
            tail.trim_start_matches(|letter: char| letter == ',' || letter.is_ascii_whitespace());
        let object = format!("{{{rest}");
        match Members::read(&object) {
            Err(error) => self.unreadable(position, format!("not JSON: {error}")),
            Ok(members) => self.lists(members, position, 0),
        }
    }

    /// Passes the records in a JSON value to the sink.
    fn unwrap(&mut self, text: &str, position: u64, level: u32) -> Result<(), Failure> {
        if level > MAX_LEVELS {
            return self.unreadable(
                position,
                "the records are nested in too many envelopes: extract them first".to_owned(),
            );
        }
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        if text.starts_with('[') {
            return self.list(Some(text), position, level);
        }
        if let Some(text) = json_in_string(text) {
            return self.unwrap(&text, position, level + 1);
        }
        let members = match Members::read(text) {
            Ok(members) => members,
            Err(error) if text.starts_with('{') => {
                return self.unreadable(position, format!("not JSON: {error}"));
            }
            Err(_) => {
                return self.unreadable(
                    position,
                    format!(
                        "not a CloudTrail record: \
                    {}",
                        kind(text)
                    ),
                );
            }
        };
        let below = level + 1;
        let shape = members.shape();
        let lists = members.lists().filter(|_| !shape.has_lists());
        self.unwrap_members((text, shape), members, position, below)?;
        match lists {
            Some(lists) => self.lists(lists, position, below),
            None => Ok(()),
        }
    }

    /// Passes the records in an object to the sink. `shape` decides which keys are read. If another
    /// key contains a list of records, this list is not read.
    fn unwrap_members(
        &mut self,
        (text, shape): (&str, ObjectShape),
        members: Members<'_>,
        position: u64,
        below: u32,
    ) -> Result<(), Failure> {
        match shape {
            ObjectShape::Record => self.record(text, position),
            ObjectShape::Seal => self.sink.seal(&record::on_one_line(text), position),
            ObjectShape::Digest => {
                self.tally.digests += 1;
                Ok(())
            }
            ObjectShape::Pointer => self.unreadable(
                position,
                "a notification with the names of files but without records: read these files \
                 with --from s3://BUCKET/KEY"
                    .to_owned(),
            ),
            ObjectShape::List(_)
            | ObjectShape::LogEvents
            | ObjectShape::Insights
            | ObjectShape::LakeRows
            | ObjectShape::Hits => self.lists(members, position, below),
            ObjectShape::Inner(name) => {
                self.unwrap(members.get(name).unwrap_or("null"), position, below)
            }
            ObjectShape::Text("CloudTrailEvent") => self.event(text, &members, position, below),
            ObjectShape::Text(name) => self.text(members.get(name), position, below),
            ObjectShape::EventBridge => self.event_bridge(&members, position, below),
            ObjectShape::AwsLogs => self.aws_logs(members.get("awslogs"), position, below),
            ObjectShape::Elastic => self.elastic(members.get("event"), position, below),
            ObjectShape::Ocsf => self.unreadable(
                position,
                "OCSF, which does not contain the original record: read the trail's own \
                 files"
                    .to_owned(),
            ),
            ObjectShape::Unknown => self.unreadable(
                position,
                "not a CloudTrail record: an object with neither `eventVersion` and `eventID` nor \
                 a known list of records"
                    .to_owned(),
            ),
        }
    }

    /// Passes a record to the sink. `found` contains the positions of the values at the requested
    /// paths, or is `None` if no paths were requested.
    fn scanned(
        &mut self,
        text: &str,
        found: Option<&[Option<Span>]>,
        position: u64,
    ) -> Result<(), Failure> {
        match (found, record::on_one_line(text)) {
            (Some(found), Cow::Borrowed(text)) => {
                self.tally.records += 1;
                self.sink.scanned(text, found, position)
            }
            _ => self.record(text, position),
        }
    }

    /// Passes an object that is known to be a record to the sink.
    fn record(&mut self, text: &str, position: u64) -> Result<(), Failure> {
        self.tally.records += 1;
        self.sink.record(&record::on_one_line(text), position)
    }

    /// Passes an event of LookupEvents to the sink. If the content of `CloudTrailEvent` is not a
    /// record, it is read like any other string.
    fn event(
        &mut self,
        event: &str,
        members: &Members<'_>,
        position: u64,
        level: u32,
    ) -> Result<(), Failure> {
        let member = members.get("CloudTrailEvent");
        let record = member.and_then(string).filter(|text| {
            Members::read(text).is_ok_and(|members| members.shape() == ObjectShape::Record)
        });
        let Some(record) = record else {
            return self.text(member, position, level);
        };
        self.tally.records += 1;
        let (event, record) = (record::on_one_line(event), record::on_one_line(&record));
        self.sink.event(&event, &record, position)
    }

    /// Passes the records in the elements of a JSON array to the sink.
    fn list(&mut self, array: Option<&str>, position: u64, level: u32) -> Result<(), Failure> {
        self.elements(array.and_then(elements), position, level)
    }

    /// Passes the records in `elements` to the sink, or reports that there is no array.
    fn elements(
        &mut self,
        elements: Option<Vec<&RawValue>>,
        position: u64,
        level: u32,
    ) -> Result<(), Failure> {
        let Some(elements) = elements else {
            return self.unreadable(position, "expected a list of records".to_owned());
        };
        for element in elements {
            self.unwrap(element.get(), position, level + 1)?;
        }
        Ok(())
    }

    /// Passes the records in a string that contains JSON to the sink.
    fn text(&mut self, json: Option<&str>, position: u64, level: u32) -> Result<(), Failure> {
        match json.and_then(string) {
            Some(text) => self.unwrap(&text, position, level),
            None => self.unreadable(position, "expected a string with a record".to_owned()),
        }
    }

    fn unreadable(&mut self, position: u64, found: String) -> Result<(), Failure> {
        self.tally.unreadable += 1;
        self.sink.unreadable(Unreadable { position, found })
    }
}

/// The elements of a JSON array, or `None` if `array` is not a JSON array.
fn elements(array: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(array).ok()
}

/// The JSON object or array in a JSON string, or `None` if the string contains neither.
fn json_in_string(text: &str) -> Option<String> {
    let text = text.starts_with('"').then(|| string(text))??;
    text.trim_start().starts_with(['{', '[']).then_some(text)
}

/// Whether `text` may be a time in a CloudWatch Logs export, such as `2026-01-31T10:00:00.000Z`.
fn is_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok()
}

/// The kind of a JSON value, for messages.
fn kind(text: &str) -> &'static str {
    match text.as_bytes().first() {
        Some(b'"') => "a string",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        Some(b'-' | b'0'..=b'9') => "a number",
        _ => "text that is not JSON",
    }
}

#[cfg(test)]
mod tests;
