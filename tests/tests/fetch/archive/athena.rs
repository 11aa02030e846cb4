//! Tests that `--from athena:TABLE`, which reads only the files that Athena finds, gives the same
//! records as a run that reads the whole bucket.

mod query;

use ct_core::exit::status;
use ct_sim::{Bucket, Events, QueryEnd, Request, Sim, Table};
use ct_tests::{Sandbox, outcome};
use serde_json::{Value, json};

use super::{ACCOUNT, log_path, trail, write};

/// The ID that ct-sim assigns to the first query execution.
const FIRST_ID: &str = "00000000-0000-4000-8000-000000000001";

/// The metadata of a table like the one that `ct-fetch athena-ddl` defines.
pub(crate) fn metadata(regions: &str, first_day: &str) -> Value {
    json!({
        "TableType": "EXTERNAL_TABLE",
        "Columns": [{"Name": "line", "Type": "string"}],
        "PartitionKeys": [
            {"Name": "account", "Type": "string"}, {"Name": "kind", "Type": "string"},
            {"Name": "region", "Type": "string"}, {"Name": "day", "Type": "string"},
        ],
        "Parameters": {
            "location": "s3://trail/AWSLogs/",
            "inputformat": "org.apache.hadoop.mapred.TextInputFormat",
            "serde.serialization.lib": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            "projection.enabled": "true",
            "projection.account.type": "enum", "projection.account.values": ACCOUNT,
            "projection.kind.type": "enum", "projection.kind.values": "CloudTrail",
            "projection.region.type": "enum", "projection.region.values": regions,
            "projection.day.type": "date", "projection.day.format": "yyyy/MM/dd",
            "projection.day.range": format!("{first_day},NOW"),
            "storage.location.template": "s3://trail/AWSLogs/${account}/${kind}/${region}/${day}",
        },
    })
}

/// The S3 URI of the trail's file that is dated `seconds` after 23:50 on 31 December 2025.
fn address(seconds: u32) -> String {
    format!("s3://trail/{}", log_path(seconds))
}

fn every_file() -> Vec<String> {
    (1..8).map(|number| address(number * 300)).collect()
}

fn table() -> Table {
    Table::new("default.ct_raw", metadata("us-east-1", "2020/01/01"))
        .paths(every_file())
        .scanned_bytes(1_000_000_000)
}

/// Starts a ct-sim that serves a trail in a bucket, and the Athena table `table` of the trail.
/// `change` may change ct-sim's settings first. Also returns the sandbox that contains the trail's
/// files.
fn serve(table: Table, change: impl FnOnce(Events) -> Events) -> (Sandbox, Sim) {
    let files = Sandbox::new();
    trail(&files);
    let events = Events::count(0).bucket(Bucket::folder("trail", files.folder()));
    let sim = Sim::start(change(events.table(table)));
    (files, sim)
}

fn fetch(sim: &Sim, arguments: &[&str]) -> (String, String, u8) {
    let from = ["--from", "athena:ct_raw"];
    outcome(&Sandbox::beside(sim), &[&from, arguments].concat())
}

fn operations(sim: &Sim) -> Vec<String> {
    let of_athena = |request: Request| {
        let target = request.target?;
        Some(target.strip_prefix("AmazonAthena.")?.to_owned())
    };
    sim.requests().into_iter().filter_map(of_athena).collect()
}

fn count(sim: &Sim, operation: &str) -> usize {
    let operations = operations(sim);
    operations.iter().filter(|each| *each == operation).count()
}

fn sql(sim: &Sim, arguments: &[&str]) -> String {
    let (out, said, code) = fetch(sim, &[&["--dry-run"], arguments].concat());
    assert_eq!(code, status::OK, "{said}");
    out
}

#[test]
fn the_output_equals_that_of_the_bucket_for_any_order_and_filter() {
    let (_files, sim) = serve(table().polls(2), |events| events);
    for arguments in [
        &[][..],
        &["--order", "oldest"],
        &["--event-name", "Create*", "--region", "us-east-1"],
        &[
            "--since",
            "2025-12-31T23:58:00Z",
            "--until",
            "2026-01-01T00:04:00Z",
        ],
        &["--source-ip", "192.0.2.7", "--format", "csv"],
    ] {
        let bucket = [&["--from", "s3://trail/AWSLogs"], arguments].concat();
        let (expected, _, _) = outcome(&Sandbox::beside(&sim), &bucket);
        let (out, said, code) = fetch(&sim, arguments);
        assert_eq!(code, status::OK, "{said}");
        assert!(out == expected && !out.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_summary_names_the_query_and_what_it_scanned() {
    let (_files, sim) = serve(table(), |events| events);
    let (_, said, code) = fetch(&sim, &["--event-id", "none"]);
    assert_eq!(code, status::OK, "{said}");
    assert_eq!(
        said.lines().last().unwrap(),
        format!(
            "ct-fetch: 0 events from athena:default.ct_raw, the oldest to the newest: 7 of 7 files read, the newest from 2026-01-01T00:25:00Z; found by Athena's query {FIRST_ID}, which scanned 1,000,000,000 bytes; days without files are not reported"
        )
    );
}

#[test]
fn the_query_of_a_table_of_lines_has_conditions_on_partitions_and_strings() {
    let (_files, sim) = serve(table(), |events| events);
    let arguments = [
        "--since",
        "2025-12-31T23:58:00Z",
        "--until",
        "2026-01-01",
        "--event-name",
        "O'Create*",
        "--access-key",
        "AKIAIOSFODNN7EXAMPLE",
        "--account",
        ACCOUNT,
        "--category",
        "management",
    ];
    assert_eq!(
        sql(&sim, &arguments),
        "SELECT path, count(*) OVER () AS files\n\
         FROM (\n  \
           SELECT \"$path\" AS path\n  \
           FROM \"default\".\"ct_raw\"\n  \
           WHERE \"account\" IN ('111122223333')\n    \
             AND \"kind\" IN ('CloudTrail', 'CloudTrail-Aggregated')\n    \
             AND \"day\" BETWEEN '2025/12/31' AND '2026/01/02'\n  \
           GROUP BY \"$path\"\n  \
           HAVING ((bool_or(strpos(\"line\", 'AKIAIOSFODNN7EXAMPLE') > 0) AND bool_or(strpos(\"line\", 'Create') > 0)) \
             OR bool_or(regexp_like(\"line\", '(?i)\\\\u00(37|41|43|44|45|46|49|4b|4c|4d|4e|4f|50|53|58|61|65|72|74)')))\n\
         )\n"
    );
    assert_eq!(operations(&sim), ["GetTableMetadata"]);
}

#[test]
fn results_of_more_than_a_thousand_rows_are_read_and_a_missing_page_is_an_error() {
    let more = (0..2_500).map(|number| format!("s3://trail/AWSLogs/x/{number:05}.json"));
    let paths: Vec<String> = every_file().into_iter().chain(more).collect();
    let (_files, sim) = serve(table().paths(paths.clone()), |events| events);
    let (out, said, code) = fetch(&sim, &["--list-files"]);
    assert_eq!(code, status::OTHER);
    assert_eq!(out.lines().count(), 7);
    assert_eq!(
        said.matches(", which Athena found, no longer exists")
            .count(),
        2_500
    );
    assert_eq!(count(&sim, "GetQueryResults"), 3);

    let lost = table().paths(paths).ends([QueryEnd::LostPage]);
    let (_files, sim) = serve(lost, |events| events);
    let (out, said, code) = fetch(&sim, &[]);
    assert_eq!((out.as_str(), code), ("", status::OTHER));
    assert_eq!(
        said,
        format!("ct-fetch: the query {FIRST_ID} returned 1507 of 2507 files: run it again\n")
    );
}

#[test]
fn a_folder_without_a_partition_makes_the_run_incomplete() {
    for (region, first_day, named) in [
        ("eu-west-1", "2020/01/01", "us-east-1/"),
        ("us-east-1", "2026/01/01", "us-east-1/2025/"),
    ] {
        let table = Table::new("default.ct_raw", metadata(region, first_day))
            .paths([address(900)])
            .scanned_bytes(1_000_000_000);
        let (_files, sim) = serve(table, |events| events);
        let (out, said, code) = fetch(&sim, &[]);
        assert_eq!(code, status::OTHER);
        assert!(!out.is_empty());
        let line = format!(
            "ct-fetch: athena:default.ct_raw has no partition for s3://trail/AWSLogs/{ACCOUNT}/CloudTrail/{named}, so Athena did not search there: add partitions, or read the files with --from s3://…"
        );
        assert_eq!(said.lines().next(), Some(line.as_str()));
    }
}

#[test]
fn registered_partitions_are_requested_and_compared_with_the_bucket() {
    let mut metadata = metadata("", "");
    let names = ["region", "year", "month", "day"];
    metadata["PartitionKeys"] = names
        .map(|name| json!({"Name": name, "Type": "string"}))
        .into();
    metadata["Parameters"]["projection.enabled"] = json!("false");
    let row = |values: [&str; 4]| values.map(str::to_owned).to_vec();
    let table = Table::new("default.ct_raw", metadata)
        .paths(every_file())
        .scanned_bytes(1_000_000_000);
    let both = [
        row(["us-east-1", "2025", "12", "31"]),
        row(["us-east-1", "2026", "1", "1"]),
    ];
    let (_files, sim) = serve(table.clone().partitions(both.clone()), |events| events);
    let (_, said, code) = fetch(&sim, &["--since", "2025-12-31", "--until", "2025-12-31"]);
    assert_eq!(code, status::OK, "{said}");
    let sql = sql(&sim, &["--since", "2025-12-31", "--until", "2025-12-31"]);
    assert!(sql.contains(
        "WHERE \"year\" IN ('2025', '2026')\n    AND \"month\" IN ('12', '01', '1')\n    AND \"day\" IN ('31', '01', '1')\n"
    ), "{sql}");

    let (_files, sim) = serve(table.partitions(both[..1].to_vec()), |events| events);
    let (_, said, code) = fetch(&sim, &[]);
    assert_eq!(code, status::OTHER);
    let place = format!("s3://trail/AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2026/01/01/,");
    assert!(said.contains(&place), "{said}");
}

#[test]
fn a_table_that_cannot_be_searched_is_refused_before_anything_is_scanned() {
    let mut parquet = metadata("us-east-1", "2020/01/01");
    parquet["Parameters"]["inputformat"] =
        json!("org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat");
    let (_files, sim) = serve(Table::new("default.ct_raw", parquet), |events| events);
    let (_, said, code) = fetch(&sim, &[]);
    assert_eq!(code, status::USAGE);
    assert!(said.contains("its files are not a trail's"), "{said}");
    assert_eq!(operations(&sim), ["GetTableMetadata"]);
    for (arguments, expected) in [
        (
            &["--from", "athena:x.y.z"][..],
            "write a table like DATABASE.TABLE",
        ),
        (
            &["--from", "athena:a", "--from", "AWSLogs"],
            "an Athena table cannot be combined with other sources",
        ),
        (
            &["--from", "athena:a", "--follow"],
            "each Athena query costs money",
        ),
        (
            &["--from", "AWSLogs", "--max-scan", "1GB"],
            "--max-scan requires --from athena:TABLE",
        ),
        (&["--reuse", "1h"], "--reuse requires --from athena:TABLE"),
    ] {
        let (_, said, code) = outcome(&Sandbox::beside(&sim), arguments);
        assert_eq!(code, status::USAGE, "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_definition_has_the_accounts_kinds_and_regions_of_the_bucket() {
    let (files, sim) = serve(table(), |events| events);
    write(
        &files,
        "AWSLogs/444455556666/CloudTrail-Insight/eu-west-1/2026/01/01/x",
        "",
    );
    let sandbox = Sandbox::beside(&sim);
    let define = |arguments: &[&str]| {
        let output = sandbox
            .process("ct-fetch")
            .arg("athena-ddl")
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            text(output.stdout),
            text(output.stderr),
            output.status.code(),
        )
    };
    let (out, said, code) = define(&["s3://trail", "--name", "logs.ct_raw"]);
    assert_eq!((said.as_str(), code), ("", Some(0)));
    assert_eq!(
        out,
        "CREATE EXTERNAL TABLE logs.ct_raw (line string)
PARTITIONED BY (account string, kind string, region string, day string)
STORED AS TEXTFILE
LOCATION 's3://trail/AWSLogs/'
TBLPROPERTIES (
  'projection.enabled'='true',
  'projection.account.type'='enum',
  'projection.account.values'='111122223333,444455556666',
  'projection.kind.type'='enum',
  'projection.kind.values'='CloudTrail,CloudTrail-Insight',
  'projection.region.type'='enum',
  'projection.region.values'='eu-west-1,us-east-1',
  'projection.day.type'='date',
  'projection.day.format'='yyyy/MM/dd',
  'projection.day.range'='2020/01/01,NOW',
  'storage.location.template'='s3://trail/AWSLogs/${account}/${kind}/${region}/${day}'
)
"
    );
    let before = sim.requests().len();
    let (out, _, code) = define(&[
        "s3://trail/p",
        "--account",
        ACCOUNT,
        "--region",
        "us-east-1",
    ]);
    assert_eq!((code, sim.requests().len()), (Some(0), before));
    assert!(out.contains("LOCATION 's3://trail/p/AWSLogs/'"), "{out}");
}
