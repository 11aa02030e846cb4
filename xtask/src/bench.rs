//! Compares the tools with the programs that they replace. The programs run in alternation, so that
//! other load on the machine affects all of them equally.

pub(crate) mod archive;
pub(crate) mod check;
pub(crate) mod fetch;
mod growth;
mod inputs;
pub(crate) mod jq;
mod organization;
pub(crate) mod quota;
mod received_requests;
pub(crate) mod report;
mod rows;
mod start;
mod suite;
pub(crate) mod validate;
mod verdict;

use std::process::Command;

use anyhow::Result;

use crate::measure::{Cost, cost};

/// The number of runs of each program, if a benchmark does not define another number.
const RUNS: usize = 5;

/// Runs the commands `runs` times in alternation, and returns the median cost of each command.
fn in_turns(commands: &[Command], runs: usize) -> Result<Vec<Cost>> {
    let mut costs = vec![Vec::with_capacity(runs); commands.len()];
    for _ in 0..runs {
        for (costs, command) in costs.iter_mut().zip(commands) {
            costs.push(cost(command)?);
        }
    }
    Ok(costs.iter().map(|costs| median(costs)).collect())
}

/// The median wall-clock time, the median CPU time and the median memory of several runs.
fn median(costs: &[Cost]) -> Cost {
    Cost {
        wall: middle(costs.iter().map(|cost| cost.wall)),
        cpu: middle(costs.iter().map(|cost| cost.cpu)),
        peak_kilobytes: middle(costs.iter().map(|cost| cost.peak_kilobytes)),
    }
}

fn middle<T: Copy + Ord>(figures: impl Iterator<Item = T>) -> T {
    let mut figures: Vec<T> = figures.collect();
    figures.sort_unstable();
    figures[figures.len() / 2]
}
