//! Prints the measurement of a filter as a row of the table of `bench jq`. The last column lists
//! the requirements that the measurement does not meet.

use std::fmt;
use std::time::Duration;

use super::rows::Row;
use crate::measure::Cost;

/// A filter with the costs of each program. A verdict is printed as a row of the table.
pub(super) struct Verdict<'a> {
    pub(super) row: &'a Row,
    /// The size of the input, in bytes.
    pub(super) bytes: u64,
    pub(super) ours: Cost,
    /// The cost of jq, or `None` if the program is missing or its output differs. `jaq`, `gojq` and
    /// `jq_jit` are the costs of these three programs.
    pub(super) jq: Option<Cost>,
    pub(super) jaq: Option<Cost>,
    pub(super) gojq: Option<Cost>,
    pub(super) jq_jit: Option<Cost>,
}

impl Verdict<'_> {
    /// The header of the table. For each program other than ct-jq, the table has the ratio of
    /// wall-clock times, the ratio of CPU times in brackets, and the required ratio.
    pub(super) const HEAD: &'static str = "\
| filter | s | MB/s | x jq (CPU) | must | x jaq (CPU) | must | x gojq (CPU) | must | x jq-jit (CPU) | must | MiB | jq, MiB | missed |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|";

    /// The ratio of another program's wall-clock time to ct-jq's, and the same ratio of CPU times.
    fn ratios(&self, other: Option<Cost>) -> Option<[f64; 2]> {
        let ratio = |of: fn(&Cost) -> Duration, other: &Cost| {
            of(other).as_secs_f64() / of(&self.ours).as_secs_f64()
        };
        other.map(|other| {
            [
                ratio(|cost| cost.wall, &other),
                ratio(|cost| cost.cpu, &other),
            ]
        })
    }
}

impl fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row {
            options,
            filter,
            must,
            ..
        } = self.row;
        let seconds = self.ours.wall.as_secs_f64();
        let microseconds = u64::try_from(self.ours.wall.as_micros()).unwrap_or(u64::MAX);
        let rate = self.bytes / microseconds.max(1);
        let command = format!("{} {filter}", options.join(" "));
        write!(
            f,
            "| `{}` | {seconds:.3} | {rate} |",
            command.trim().replace('|', "\\|")
        )?;
        let mut missed = Vec::new();
        for (name, other, must) in [
            ("jq", self.jq, must.jq),
            ("jaq", self.jaq, must.jaq),
            ("gojq", self.gojq, must.gojq),
            ("jq-jit", self.jq_jit, must.jq_jit),
        ] {
            match self.ratios(other) {
                Some([wall, cpu]) => {
                    write!(f, " {wall:.1} ({cpu:.1}) | {must} |")?;
                    if wall < must {
                        missed.push(name);
                    }
                }
                None => write!(f, " cannot | {must} |")?,
            }
        }
        let [ours, jq] = [Some(self.ours), self.jq].map(|cost| {
            cost.map_or(f64::INFINITY, |cost| {
                f64::from(cost.peak_kilobytes) / 1024.0
            })
        });
        if ours > must.memory * jq {
            missed.push("memory");
        }
        write!(f, " {ours:.0} | {jq:.0} | {} |", missed.join(", "))
    }
}
