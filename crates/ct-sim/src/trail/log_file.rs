//! Writes the log files of a trail.

use jiff::Timestamp;

use super::delivery::{Batch, Deliveries, Destination};
use super::{Trail, gzip, sha256, write};
use crate::random::Random;
use crate::store::records::Records;

/// The characters of the random part at the end of a file's name.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A log file that has been written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogFile {
    pub(super) target: Destination,
    /// The time in the name of the file, in Unix seconds.
    pub(super) second: i64,
    /// The S3 key of the file.
    pub(super) key: String,
    /// The SHA-256 hash of the content before compression; empty if the trail has no digests.
    pub(super) hash: String,
    /// The times of the oldest and the newest event in the file, in Unix seconds.
    pub(super) times: (i64, i64),
}

/// Writes every log file, with one thread per core. Returns the files, sorted by destination and
/// time.
///
/// # Errors
/// If a file cannot be written. The message names the file.
pub(super) fn write_all(
    trail: &Trail,
    records: &Records,
    deliveries: &Deliveries,
) -> anyhow::Result<Vec<LogFile>> {
    let batches = deliveries.batches(trail.seed);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = batches.len().div_ceil(threads).max(1);
    let written: Vec<anyhow::Result<Vec<LogFile>>> = std::thread::scope(|scope| {
        let writers: Vec<_> = batches
            .chunks(share)
            .map(|batches| {
                scope.spawn(move || {
                    let files = batches
                        .iter()
                        .map(|batch| LogFile::write(trail, records, batch));
                    files.collect()
                })
            })
            .collect();
        let join = |writer: std::thread::ScopedJoinHandle<'_, _>| {
            writer.join().expect("writing a file does not panic")
        };
        writers.into_iter().map(join).collect()
    });
    let mut files = Vec::with_capacity(batches.len());
    for part in written {
        files.extend(part?);
    }
    files.sort_by(|one, other| {
        (&one.target, one.second, &one.key).cmp(&(&other.target, other.second, &other.key))
    });
    Ok(files)
}

impl LogFile {
    fn write(trail: &Trail, records: &Records, batch: &Batch<'_>) -> anyhow::Result<Self> {
        let mut text = b"{\"Records\":[".to_vec();
        let mut times = (i64::MAX, i64::MIN);
        for (place, item) in batch.items.iter().enumerate() {
            if place > 0 {
                text.push(b',');
            }
            let read = records.read(*item, |derived, record| {
                text.extend_from_slice(record.as_bytes());
                derived.second()
            });
            let second = read?.map_err(|error| records.bad(*item, &error))?;
            times = (times.0.min(second), times.1.max(second));
        }
        text.extend_from_slice(b"]}");
        let key = key(trail, batch);
        write(&trail.path(&key), &gzip(&text))?;
        Ok(Self {
            target: batch.target.clone(),
            second: batch.second,
            key,
            hash: if trail.digests {
                sha256(&text)
            } else {
                String::new()
            },
            times,
        })
    }
}

fn key(trail: &Trail, batch: &Batch<'_>) -> String {
    let Destination {
        account,
        region,
        kind,
    } = batch.target;
    let kind = kind.name();
    let seed = [account, region, kind]
        .into_iter()
        .flat_map(|text| text.bytes())
        .fold(trail.seed, |sum, byte| {
            sum.wrapping_mul(131).wrapping_add(u64::from(byte))
        });
    let mut end = String::new();
    let index = batch.second.unsigned_abs() * 4096 + batch.number;
    Random::new(seed, index).push_text(&mut end, LETTERS, 16);
    let below = format!(
        "{kind}/{region}/{}/{account}_{kind}_{region}_{}_{end}.json.gz",
        strftime(batch.second, "%Y/%m/%d"),
        strftime(batch.second, "%Y%m%dT%H%MZ"),
    );
    trail.key(account, &below)
}

/// Formats a Unix time in UTC with a `strftime` format.
pub(super) fn strftime(second: i64, format: &str) -> String {
    let time = Timestamp::from_second(second).unwrap_or_default();
    time.strftime(format).to_string()
}
