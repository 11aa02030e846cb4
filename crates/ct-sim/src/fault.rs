//! Injected faults: their kinds, and the LookupEvents requests that they apply to.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::answer::Cut;
use crate::random::Random;
use crate::requester::{Requester, is_account};
use ct_core::region::is_name;

/// A fault that applies to some LookupEvents requests.
///
/// A fault is written as `KIND@WHEN`: see [`FaultKind`] and [`When`].
///
/// ```
/// use ct_sim::{Fault, FaultKind, When};
/// let fault: Fault = "500@3,5..7".parse().unwrap();
/// assert_eq!(fault.kind, FaultKind::Status500);
/// assert_eq!(fault.when, When::Requests(vec![3..=3, 5..=7]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What happens to the requests.
    pub kind: FaultKind,
    /// The requests that the fault applies to.
    pub when: When,
}

/// A kind of fault. Each description starts with the name of the kind on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// `500`: `InternalFailure`.
    Status500,
    /// `500-html`: status 500 with a page of HTML.
    Html500,
    /// `503`: `ServiceUnavailable`.
    Status503,
    /// `429`: `TooManyRequestsException`.
    Status429,
    /// `throttle`: `ThrottlingException` with status 400, which is how CloudTrail throttles
    /// requests.
    Throttle,
    /// `drop`: the connection is closed without a response.
    Drop,
    /// `reset`: the connection is reset without a response.
    Reset,
    /// `truncate`: half of the body is sent, then the connection is closed.
    Truncate,
    /// `stall:30s`: half of the body is sent, then nothing until the client leaves or the duration
    /// has passed. The default duration is an hour.
    Stall(Duration),
    /// `hang:30s`: nothing is sent until the client leaves or the duration has passed. The default
    /// duration is an hour.
    Hang(Duration),
    /// `slow:2s`: the body is sent in twenty parts, spread over this duration. The default duration
    /// is two seconds.
    Slow(Duration),
    /// `html`: status 200 with a page of HTML, like the response of a captive portal.
    Html,
    /// `empty`: status 200 without a body.
    Empty,
    /// `malformed`: status 200 with a truncated JSON object.
    Malformed,
    /// `expired`: `ExpiredTokenException`.
    Expired,
    /// `denied`: `AccessDeniedException`.
    Denied,
    /// `opt-in`: `OptInRequired`, a possible response of a region that is not enabled.
    OptIn,
    /// `unrecognized`: `UnrecognizedClientException`, another possible response of a region that is
    /// not enabled.
    Unrecognized,
    /// `token`: `InvalidNextTokenException`.
    Token,
    /// `error:CODE`: status 400 with the error code `CODE`.
    Error(String),
}

/// The LookupEvents requests that a fault applies to. Requests are numbered from 1, over all
/// regions, in order of arrival.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// All requests. A fault that is written without `@` applies to all requests.
    Always,
    /// `3`, `3..5`, `3..`, `..3`, or several of these separated by commas: the requests with these
    /// numbers. A range includes both ends.
    Requests(Vec<std::ops::RangeInclusive<u64>>),
    /// `/4`: every fourth request.
    Every(u64),
    /// `10%`: a share of the requests, chosen at random, stored as a number per million. The same
    /// seed chooses the same requests.
    Rate(u32),
    /// `eu-west-1`: the requests that are signed for this region.
    Region(String),
    /// `444455556666`: the requests that are signed with an access key of this account. With the
    /// kind `denied`, the account's roles cannot be assumed either.
    Account(String),
}

impl Fault {
    /// Creates a fault for the LookupEvents request with this number.
    #[must_use]
    pub fn at(number: u64, kind: FaultKind) -> Self {
        Self {
            kind,
            when: When::Requests(vec![number..=number]),
        }
    }

    /// Creates a fault for all requests to a region.
    #[must_use]
    pub fn in_region(region: impl Into<String>, kind: FaultKind) -> Self {
        Self {
            kind,
            when: When::Region(region.into()),
        }
    }

    /// Creates a fault for a share of the requests, such as `0.1`, chosen at random.
    #[must_use]
    pub fn rate(share: f64, kind: FaultKind) -> Self {
        Self {
            kind,
            when: When::rate(share),
        }
    }

    /// Whether the fault also makes the simulated STS refuse `AssumeRole` for the roles of
    /// `account`.
    pub(crate) fn keeps_roles_of(&self, account: &str) -> bool {
        self.kind == FaultKind::Denied && self.when == When::Account(account.to_owned())
    }

    /// Whether the fault applies to the request with this number. If the fault has a rate, the
    /// random generator `chance` decides. Each request needs a new generator.
    pub(crate) fn strikes(&self, number: u64, requester: &Requester, chance: &mut Random) -> bool {
        self.when.strikes(number, requester, chance)
    }
}

impl When {
    /// Creates a `Rate` for a share of the requests, such as `0.1`.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the percentage is clamped"
    )]
    pub fn rate(share: f64) -> Self {
        Self::Rate((share.clamp(0.0, 1.0) * 1_000_000.0) as u32)
    }

    /// Whether the fault applies to the request with this number. For a `Rate`, the random
    /// generator `chance` decides. Each request needs a new generator.
    pub(crate) fn strikes(
        &self,
        number: u64,
        requester: &Requester<'_>,
        chance: &mut Random,
    ) -> bool {
        match self {
            Self::Always => true,
            Self::Requests(ranges) => ranges.iter().any(|range| range.contains(&number)),
            Self::Every(step) => number.is_multiple_of(*step),
            Self::Rate(in_a_million) => chance.happens(*in_a_million),
            Self::Region(name) => name == requester.region,
            Self::Account(account) => requester.account == Some(account),
        }
    }
}

impl FaultKind {
    /// Returns how the fault breaks the connection, or `None` if it does not break the connection.
    pub(crate) fn cut(&self) -> Option<Cut> {
        Some(match self {
            Self::Drop => Cut::Drop,
            Self::Reset => Cut::Reset,
            Self::Hang(duration) => Cut::Hang(*duration),
            Self::Truncate => Cut::Truncate,
            Self::Stall(duration) => Cut::Stall(*duration),
            Self::Slow(duration) => Cut::Slow(*duration),
            _ => return None,
        })
    }
}

const AN_HOUR: Duration = Duration::from_hours(1);

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, when) = text.split_once('@').unwrap_or((text, ""));
        Ok(Self {
            kind: kind.parse()?,
            when: when.parse()?,
        })
    }
}

impl FromStr for FaultKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once(':') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let lasting = |default| value.map_or(Ok(default), crate::clock::duration::parse);
        let kind = match name {
            "stall" => return lasting(AN_HOUR).map(Self::Stall),
            "hang" => return lasting(AN_HOUR).map(Self::Hang),
            "slow" => return lasting(Duration::from_secs(2)).map(Self::Slow),
            "error" => {
                let code = value.filter(|code| !code.is_empty());
                let code = code.ok_or("`error` needs a code: try error:InternalErrorException")?;
                return Ok(Self::Error(code.to_owned()));
            }
            "500" => Self::Status500,
            "500-html" => Self::Html500,
            "503" => Self::Status503,
            "429" => Self::Status429,
            "throttle" => Self::Throttle,
            "drop" => Self::Drop,
            "reset" => Self::Reset,
            "truncate" => Self::Truncate,
            "html" => Self::Html,
            "empty" => Self::Empty,
            "malformed" => Self::Malformed,
            "expired" => Self::Expired,
            "denied" => Self::Denied,
            "opt-in" => Self::OptIn,
            "unrecognized" => Self::Unrecognized,
            "token" => Self::Token,
            _ => {
                return Err(format!(
                    "`{name}` is not a fault: see --help for the list, such as 500@3 or drop@10%"
                ));
            }
        };
        match value {
            None => Ok(kind),
            Some(value) => Err(format!("`{name}` takes no value: remove `:{value}`")),
        }
    }
}

impl fmt::Display for FaultKind {
    /// Writes the name of the fault, without a duration.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Status500 => "500",
            Self::Html500 => "500-html",
            Self::Status503 => "503",
            Self::Status429 => "429",
            Self::Throttle => "throttle",
            Self::Drop => "drop",
            Self::Reset => "reset",
            Self::Truncate => "truncate",
            Self::Stall(_) => "stall",
            Self::Hang(_) => "hang",
            Self::Slow(_) => "slow",
            Self::Html => "html",
            Self::Empty => "empty",
            Self::Malformed => "malformed",
            Self::Expired => "expired",
            Self::Denied => "denied",
            Self::OptIn => "opt-in",
            Self::Unrecognized => "unrecognized",
            Self::Token => "token",
            Self::Error(code) => code,
        })
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "`{text}` does not say when the fault occurs: try 3, 3..5, 3,7, /4, 10%, a \
                region or an account"
            )
        };
        if text.is_empty() {
            return Ok(Self::Always);
        }
        if text.starts_with(|first: char| first.is_ascii_alphabetic()) && is_name(text) {
            return Ok(Self::Region(text.to_owned()));
        }
        if is_account(text) {
            return Ok(Self::Account(text.to_owned()));
        }
        if let Some(step) = text.strip_prefix('/') {
            let step = step.parse().ok().filter(|step| *step > 0);
            return step.map(Self::Every).ok_or_else(bad);
        }
        if let Some(percent) = text.strip_suffix('%') {
            let percent: f64 = percent.parse().map_err(|_| bad())?;
            if !(0.0..=100.0).contains(&percent) {
                return Err(bad());
            }
            return Ok(Self::rate(percent / 100.0));
        }
        let ranges = text.split(',').map(range).collect::<Option<_>>();
        ranges.map(Self::Requests).ok_or_else(bad)
    }
}

fn range(text: &str) -> Option<std::ops::RangeInclusive<u64>> {
    let Some((first, last)) = text.split_once("..") else {
        let number = text.parse().ok().filter(|number| *number > 0)?;
        return Some(number..=number);
    };
    let bound = |text: &str, open: u64| match text {
        "" => Some(open),
        number => number.parse().ok(),
    };
    let range = bound(first, 1)?..=bound(last, u64::MAX)?;
    let strikes = *range.start() > 0 && !range.is_empty();
    strikes.then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(fault: &str) -> Vec<u64> {
        let fault: Fault = fault.parse().unwrap();
        let requester = Requester {
            region: "eu-west-1",
            account: Some("111122223333"),
        };
        let strikes =
            |number: &u64| fault.strikes(*number, &requester, &mut Random::new(1, *number));
        (1..=10).filter(strikes).collect()
    }

    #[test]
    fn a_fault_applies_to_the_requests_it_names() {
        assert_eq!(struck("500@3"), [3]);
        assert_eq!(struck("drop@2,5..6,9.."), [2, 5, 6, 9, 10]);
        assert_eq!(struck("reset@..2"), [1, 2]);
        assert_eq!(struck("empty@/4"), [4, 8]);
        assert_eq!(struck("denied@eu-west-1").len(), 10);
        assert!(struck("denied@eu-west-2").is_empty());
        assert_eq!(struck("denied@111122223333").len(), 10);
        assert!(struck("denied@444455556666").is_empty());
        assert_eq!(struck("throttle").len(), 10);
        assert!(struck("throttle@0%").is_empty());
        assert_eq!(struck("throttle@100%").len(), 10);
    }

    #[test]
    fn a_fault_can_have_a_duration_or_a_code() {
        let kind = |text: &str| text.parse::<FaultKind>().unwrap();
        assert_eq!(kind("stall"), FaultKind::Stall(AN_HOUR));
        assert_eq!(kind("hang:30s"), FaultKind::Hang(Duration::from_secs(30)));
        assert_eq!(kind("error:Odd"), FaultKind::Error("Odd".to_owned()));
    }

    #[test]
    fn an_invalid_fault_is_refused_with_a_suggestion() {
        let refused = |text: &str| text.parse::<Fault>().unwrap_err();
        assert_eq!(
            refused("boom@3"),
            "`boom` is not a fault: see --help for the list, such as 500@3 or drop@10%"
        );
        for when in ["-1", "0", "0..3", "5..3", "eu west"] {
            assert_eq!(
                refused(&format!("500@{when}")),
                format!(
                    "`{when}` does not say when the fault occurs: try 3, 3..5, 3,7, /4, 10%, a region or an account"
                )
            );
        }
        assert_eq!(refused("500:3s"), "`500` takes no value: remove `:3s`");
        assert_eq!(
            refused("error"),
            "`error` needs a code: try error:InternalErrorException"
        );
    }
}
