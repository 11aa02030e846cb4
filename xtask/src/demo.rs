//! Demonstrates the tools with pipelines that show the activity of a leaked key.

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::programs::build;
use crate::sim::Sim;

/// Starts a ct-sim, and runs the pipelines on it. Prints each pipeline before its output.
pub(crate) fn run() -> Result<()> {
    let programs = build("dev")?;
    println!("\n$ ct-sim {}", ACCOUNT.join(" "));
    let sim = Sim::start(&programs, ACCOUNT)?;
    for (name, value) in &sim.environment {
        println!("export {name}={value}");
    }
    for pipeline in [ARTICLE, ONE_LINER, REPORT, ARCHIVE] {
        println!("\n$ {pipeline}");
        show(&programs, &sim, pipeline)?;
    }
    Ok(())
}

/// The options of ct-sim: 5,000 records of the last 30 days, with the activity of a leaked key at
/// the end.
const ACCOUNT: &[&str] = &["--generate", "5000", "--leak-key", "AKIAIOSFODNN7EXAMPLE"];

/// A pipeline that shows which instances the leaked key started.
const ARTICLE: &str = r#"ct-fetch --region ap-northeast-2 --start-time "7 days ago" --end-time now \
    --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=AKIAIOSFODNN7EXAMPLE \
  | ct-jq '{eventTime, eventName, eventSource, awsRegion, "instanceType": .responseElements.instancesSet.items[0].instanceType}
    | select(.eventName | startswith("Describe") | not)
    | select(.eventSource == "ec2.amazonaws.com")'"#;

/// A pipeline that shows the calls of the leaked key whose names do not begin with `Describe`.
const ONE_LINER: &str = r#"ct-fetch --access-key AKIAIOSFODNN7EXAMPLE | ct-jq -c '{eventTime, eventName} | select(.eventName | startswith("Describe") | not)'"#;

/// A pipeline that shows the first screen of the report on the leaked key.
const REPORT: &str = "ct-report --key AKIAIOSFODNN7EXAMPLE -- --quiet --region all | sed -n 1,36p";

/// A pipeline that shows the first calls of a leaked key from the bucket of a trail.
const ARCHIVE: &str = r#"folder=$(mktemp -d) && ct-sim --generate 2000 --leak-key AKIAIOSFODNN7EXAMPLE --write-trail "$folder" \
  && eval "$(ct-sim --generate 0 --bucket trail="$folder" &)" \
  && ct-fetch --from s3://trail --region us-east-1 --access-key AKIAIOSFODNN7EXAMPLE --order oldest --max-items 5 | ct-jq -c '{eventTime, eventName}'
status=$?; kill "$CT_SIM_PID"; rm -r "$folder"; exit $status"#;

fn show(programs: &Path, sim: &Sim, pipeline: &str) -> Result<()> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [programs.to_owned()]
        .into_iter()
        .chain(env::split_paths(&path));
    let mut bash = Command::new("bash");
    bash.args(["-o", "pipefail", "-c", pipeline])
        .env("PATH", env::join_paths(folders)?);
    bash.envs(sim.environment.iter().map(|(name, value)| (name, value)));
    let status = bash.status().context("cannot run bash")?;
    ensure!(status.success(), "that line ended with {status}");
    Ok(())
}
