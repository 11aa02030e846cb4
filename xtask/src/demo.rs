//! Shows the tools at work: a key has leaked, and one line shows what it did.

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::programs::build;
use crate::sim::Sim;

/// Starts a ct-sim and runs the pipelines on it, each shown before what it prints.
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

/// Five thousand records of the last 30 days, and what one key did at their end.
const ACCOUNT: &[&str] = &["--generate", "5000", "--leak-key", "AKIAIOSFODNN7EXAMPLE"];

/// Did the key start machines, and which?
const ARTICLE: &str = r#"ct-fetch --region ap-northeast-2 --start-time "7 days ago" --end-time now \
    --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=AKIAIOSFODNN7EXAMPLE \
  | ct-jq '{eventTime, eventName, eventSource, awsRegion, "instanceType": .responseElements.instancesSet.items[0].instanceType}
    | select(.eventName | startswith("Describe") | not)
    | select(.eventSource == "ec2.amazonaws.com")'"#;

/// What did it do, besides looking around?
const ONE_LINER: &str = r#"ct-fetch --access-key AKIAIOSFODNN7EXAMPLE | ct-jq -c '{eventTime, eventName} | select(.eventName | startswith("Describe") | not)'"#;

/// What is the whole story, on one screen?
const REPORT: &str = "ct-report --key AKIAIOSFODNN7EXAMPLE -- --quiet --region all | sed -n 1,36p";

/// What did it do, as the trail's bucket has it?
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
