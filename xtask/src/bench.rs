//! Compares the tools with the programs they replace, in alternation, so that all run under the
//! same conditions.

pub(crate) mod archive;
mod asked;
pub(crate) mod check;
pub(crate) mod fetch;
mod growth;
mod inputs;
pub(crate) mod jq;
mod organization;
pub(crate) mod quota;
pub(crate) mod report;
mod rows;
mod start;
mod suite;
pub(crate) mod validate;
mod verdict;

use std::process::Command;

use anyhow::Result;

use crate::measure::{Cost, cost};

/// The default number of runs of each program.
const RUNS: usize = 5;

/// The median cost of each command over this many runs in alternation.
fn in_turns(commands: &[Command], runs: usize) -> Result<Vec<Cost>> {
    let mut costs = vec![Vec::with_capacity(runs); commands.len()];
    for _ in 0..runs {
        for (costs, command) in costs.iter_mut().zip(commands) {
            costs.push(cost(command)?);
        }
    }
    Ok(costs.iter().map(|costs| median(costs)).collect())
}

/// The median of each figure separately.
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
