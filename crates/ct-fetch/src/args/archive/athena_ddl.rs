//! The options of `ct-fetch athena-ddl`.

use std::path::PathBuf;

use clap::Args;

use super::account;
use crate::args::targets::TargetOptions;

const AFTER_HELP: &str = "\
Examples:
  ct-fetch athena-ddl s3://trail-bucket/AWSLogs/o-exampleorg
  ct-fetch athena-ddl s3://trail-bucket --account 111122223333 --region us-east-1,eu-west-1

Run the statement in Athena once. After that, ct-fetch --from athena:ct_raw finds files with it.";

/// The options of `ct-fetch athena-ddl`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct AthenaDdlOptions {
    /// Bucket and prefix of the trail; for an organization trail, the folder AWSLogs/o-…
    #[arg(value_name = "s3://BUCKET/PREFIX")]
    pub(crate) location: PathBuf,

    /// Accounts of the partitions [default: those in the bucket]
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = account)]
    pub(crate) account: Vec<String>,

    /// Name of the table
    #[arg(long, value_name = "[DATABASE.]TABLE", default_value = "ct_raw", value_parser = table_name)]
    pub(crate) name: String,

    /// First day of the partitions
    #[arg(long, value_name = "YYYY/MM/DD", default_value = "2020/01/01", value_parser = day)]
    pub(crate) first_day: String,

    /// The options for requests to the bucket. For `athena-ddl`, `--region` sets the regions of the
    /// table.
    #[command(flatten)]
    pub(crate) targets: TargetOptions,
}

fn table_name(text: &str) -> Result<String, &'static str> {
    let is_name = |name: &str| {
        let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'_';
        !name.is_empty() && name.bytes().all(is_letter)
    };
    let (database, table) = text.split_once('.').unwrap_or(("default", text));
    (is_name(database) && is_name(table))
        .then(|| text.to_owned())
        .ok_or(
            "the name of a table has letters, digits and underscores only, such as \
            DATABASE.TABLE",
        )
}

fn day(text: &str) -> Result<String, &'static str> {
    let date = text.replace('/', "-").parse::<jiff::civil::Date>();
    let is_day = text.len() == 10 && !text.contains('-') && date.is_ok();
    is_day
        .then(|| text.to_owned())
        .ok_or("a day is written like 2020/01/31")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_days_cannot_break_the_statement() {
        assert!(table_name("logs.ct_raw").is_ok());
        for name in ["", "a b", "a.b.c", "x; DROP TABLE y", "."] {
            assert!(table_name(name).is_err(), "{name}");
        }
        assert!(day("2020/01/01").is_ok());
        for text in ["2020-01-01", "2020/13/01", "2020/1/1", "x"] {
            assert!(day(text).is_err(), "{text}");
        }
    }
}
