//! Reads envelopes: JSON objects in which other services deliver records.

use std::io::Read as _;

use super::super::shape::{ObjectShape, is_record};
use super::super::{csv, gzip};
use super::{Members, Unwrapper, elements};
use crate::exit::Failure;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The maximum decompressed size of a CloudWatch Logs message to a Lambda function. The compressed
/// message has at most 6 MB.
const MAX_AWSLOGS_BYTES: u64 = 64 << 20;

const NO_ORIGINAL: &str = "an event without `event.original`, which contains the record: keep \
    this field in the pipeline";

/// The `event` object that Elastic writes, with only the field that contains the record.
#[derive(serde::Deserialize)]
struct Original {
    original: Option<String>,
}

/// The total number of hits of an Elasticsearch query, in the formats of versions 7 and 6.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum HitTotal {
    Object {
        value: i64,
        /// If this is `gte`, Elasticsearch stopped counting, and the true number of hits is `value`
        /// or more.
        relation: Option<String>,
    },
    /// The number of hits, or -1 if Elasticsearch did not count the hits.
    Number(i64),
}

impl HitTotal {
    /// Whether the query may have more hits than the response lists. `listed` is the number of hits
    /// in the response.
    fn exceeds(&self, listed: usize) -> bool {
        let (Self::Object { value, .. } | Self::Number(value)) = self;
        let is_minimum =
            matches!(self, Self::Object { relation: Some(relation), .. } if relation == "gte");
        is_minimum || usize::try_from(*value).is_ok_and(|value| value > listed)
    }
}

impl Unwrapper<'_> {
    /// Passes the records in all lists of an object to the sink. An object may have several lists.
    pub(super) fn lists(
        &mut self,
        mut members: Members<'_>,
        position: u64,
        level: u32,
    ) -> Result<(), Failure> {
        self.tally.unfinished_listings += u64::from(members.is_unfinished());
        loop {
            let name = match members.shape() {
                ObjectShape::List(name) => {
                    self.list(members.get(name), position, level)?;
                    name
                }
                ObjectShape::LogEvents => {
                    self.log_events(&members, position, level)?;
                    members.remove(&["messageType"]);
                    "logEvents"
                }
                ObjectShape::Insights => {
                    self.insights(&members, position, level)?;
                    "results"
                }
                ObjectShape::LakeRows => {
                    self.lake_rows(&members, position, level)?;
                    "QueryResultRows"
                }
                ObjectShape::Hits => {
                    self.hits(members.get("hits"), position, level)?;
                    "hits"
                }
                ObjectShape::Unknown if !members.hides_records => return Ok(()),
                _ => {
                    return self.unreadable(
                        position,
                        "an object with several members that may contain records: split it into \
                         one object for each"
                            .to_owned(),
                    );
                }
            };
            members.remove(&[name]);
        }
    }

    pub(super) fn event_bridge(
        &mut self,
        members: &Members<'_>,
        position: u64,
        level: u32,
    ) -> Result<(), Failure> {
        let kind = members.text("detail-type").unwrap_or_default();
        if !kind.ends_with("via CloudTrail") {
            return self.unreadable(
                position,
                format!("an EventBridge event of type `{kind}`, which CloudTrail did not send: select those that end with `via CloudTrail`"),
            );
        }
        self.unwrap(members.get("detail").unwrap_or("null"), position, level)
    }

    pub(super) fn log_events(
        &mut self,
        members: &Members<'_>,
        position: u64,
        level: u32,
    ) -> Result<(), Failure> {
        if members.text("messageType").as_deref() == Some("CONTROL_MESSAGE") {
            self.tally.control_messages += 1;
            return Ok(());
        }
        self.list(members.get("logEvents"), position, level)
    }

    pub(super) fn aws_logs(
        &mut self,
        json: Option<&str>,
        position: u64,
        level: u32,
    ) -> Result<(), Failure> {
        #[derive(serde::Deserialize)]
        struct AwsLogs {
            data: String,
        }
        let logs: Option<AwsLogs> = json.and_then(|json| serde_json::from_str(json).ok());
        let bytes = logs.and_then(|logs| BASE64_STANDARD.decode(logs.data).ok());
        let text = bytes.and_then(|bytes| {
            let mut text = String::new();
            let mut reader = gzip::inflate(&bytes[..], MAX_AWSLOGS_BYTES).ok()?;
            reader.read_to_string(&mut text).ok()?;
            Some(text)
        });
        match text {
            Some(text) => self.unwrap(&text, position, level),
            None => self.unreadable(
                position,
                "`awslogs.data` that is not gzip in base64".to_owned(),
            ),
        }
    }

    pub(super) fn insights(
        &mut self,
        members: &Members<'_>,
        position: u64,
        level: u32,
    ) -> Result<(), Failure> {
        #[derive(serde::Deserialize)]
        struct Field {
            field: String,
            #[serde(default)]
            value: String,
        }
        let rows: Option<Vec<Vec<Field>>> = members
            .get("results")
            .and_then(|rows| serde_json::from_str(rows).ok());
        let Some(rows) = rows else {
            return self.unreadable(
                position,
                "`results` that are not from Logs Insights".to_owned(),
            );
        };
        if members
            .text("status")
            .is_some_and(|status| status != "Complete")
        {
            self.unreadable(
                position,
                "results of a query that is not complete: get them again when the query is \
                 complete"
                    .to_owned(),
            )?;
        }
        for row in rows {
            match row.into_iter().find(|field| field.field == "@message") {
                Some(message) => self.unwrap(&message.value, position, level)?,
                None => self.unreadable(
                    position,
                    "a row without `@message`, which contains the record: add `| fields @message` \
                     to the query"
                        .to_owned(),
                )?,
            }
        }
        Ok(())
    }

    pub(super) fn lake_rows(
        &mut self,
        members: &Members<'_>,
        position: u64,
        level: u32,
    ) -> Result<(), Failure> {
        type Row = Vec<std::collections::BTreeMap<String, Option<String>>>;
        let rows: Option<Vec<Row>> = members
            .get("QueryResultRows")
            .and_then(|rows| serde_json::from_str(rows).ok());
        let Some(rows) = rows else {
            return self.unreadable(
                position,
                "`QueryResultRows` that are not from CloudTrail Lake".to_owned(),
            );
        };
        for row in rows {
            let cells = row.into_iter().flatten().filter_map(|(_, value)| value);
            match cells.into_iter().find(|cell| is_record(cell)) {
                Some(record) => self.unwrap(&record, position, level)?,
                None => self.unreadable(position, csv::NO_RECORD_COLUMN.to_owned())?,
            }
        }
        Ok(())
    }

    pub(super) fn hits(
        &mut self,
        hits: Option<&str>,
        position: u64,
        level: u32,
    ) -> Result<(), Failure> {
        let hits = hits
            .and_then(|hits| Members::read(hits).ok())
            .unwrap_or_default();
        let listed = hits.get("hits").and_then(elements);
        if let Some(total) = hits.get("total") {
            let listed = listed.as_ref().map_or(0, Vec::len);
            // If the total has an unknown format, the list of hits is reported as incomplete.
            let is_unfinished =
                serde_json::from_str(total).map_or(true, |total: HitTotal| total.exceeds(listed));
            self.tally.unfinished_listings += u64::from(is_unfinished);
        }
        self.elements(listed, position, level)
    }

    pub(super) fn elastic(
        &mut self,
        event: Option<&str>,
        position: u64,
        level: u32,
    ) -> Result<(), Failure> {
        let event: Option<Original> = event.and_then(|event| serde_json::from_str(event).ok());
        match event.and_then(|event| event.original) {
            Some(original) => self.unwrap(&original, position, level),
            None => self.unreadable(position, NO_ORIGINAL.to_owned()),
        }
    }
}
