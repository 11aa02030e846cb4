//! The options for generated records.

use anyhow::anyhow;
use clap::Args;
use ct_core::exit::Failure;
use jiff::Timestamp;

use super::values;
use crate::generate::Traffic;
use crate::generate::category::Category;
use crate::sim;

/// The options for generated records.
#[derive(Debug, Args)]
#[command(next_help_heading = "Generated records")]
pub(crate) struct GeneratedArgs {
    /// Serve N generated records
    ///
    /// Records like those of a busy account: many services, users, roles, keys and errors, 0.7 to 6
    /// KB each. The same N, seed, times and regions give the same bytes on every machine.
    #[arg(long, value_name = "N")]
    pub(super) generate: Option<usize>,

    /// Random seed for records, latency and faults
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(super) seed: u64,

    /// Time of the oldest generated record [default: 30 days before --until]
    #[arg(long, value_name = "TIME", requires = "generate")]
    pub(super) from: Option<String>,

    /// Time of the newest generated record [default: --now, otherwise the current time]
    #[arg(long, value_name = "TIME", requires = "generate")]
    pub(super) until: Option<String>,

    /// Generate records for these regions only, evenly or by weight: us-east-1=3,eu-west-1
    ///
    /// The default is the 17 regions that every account has, with different weights. Calls to
    /// global services such as IAM are recorded in us-east-1 if it is among the regions.
    #[arg(long, value_name = "REGION[=N]", value_delimiter = ',', value_parser = values::weighted_region, requires = "generate")]
    pub(super) regions: Vec<(String, u64)>,

    /// Generate records for these accounts
    #[arg(
        long,
        value_name = "ACCOUNT",
        value_delimiter = ',',
        default_value = "111122223333",
        requires = "generate"
    )]
    pub(super) accounts: Vec<String>,

    /// Generate records of these categories: management, data, network, insight
    ///
    /// LookupEvents lists management and insight events only; --write-trail writes them all.
    #[arg(
        long,
        value_name = "CATEGORY",
        value_delimiter = ',',
        default_value = "management"
    )]
    pub(super) categories: Vec<Category>,

    /// Leaked access key
    ///
    /// If there are at least 100 generated records, 40 of them show how an intruder uses the key:
    /// as user deploy-bot, within the last 12 hours, in us-east-1 and ap-northeast-2, where a
    /// t2.micro is started.
    #[arg(long, value_name = "KEY", default_value = sim::EXAMPLE_ACCESS_KEY_ID, requires = "generate")]
    pub(super) leak_key: String,

    /// Generate ordinary records only, without those of a leaked key
    #[arg(long, requires = "generate", conflicts_with = "leak_key")]
    pub(super) no_scenario: bool,
}

impl GeneratedArgs {
    /// Returns the settings of the records to generate, or `None` if no records are generated.
    ///
    /// # Errors
    /// [`Failure::Usage`] if `from` is after `until`.
    pub(super) fn traffic(
        &self,
        from: Option<Timestamp>,
        until: Timestamp,
    ) -> Result<Option<Traffic>, Failure> {
        let Some(count) = self.generate else {
            return Ok(None);
        };
        let mut traffic = Traffic {
            seed: self.seed,
            accounts: self.accounts.clone(),
            categories: self.categories.clone(),
            leaked_key: Some(self.leak_key.clone()).filter(|_| !self.no_scenario),
            ..Traffic::new(count, until)
        };
        traffic.from = from.unwrap_or(traffic.from);
        if !self.regions.is_empty() {
            traffic.regions.clone_from(&self.regions);
        }
        if traffic.from > traffic.until {
            return Err(Failure::Usage(anyhow!(
                "--from {} is after --until {}: give an earlier time",
                traffic.from,
                traffic.until
            )));
        }
        Ok(Some(traffic))
    }
}
