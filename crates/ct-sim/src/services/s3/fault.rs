//! Faults for S3 requests, and the requests that each fault applies to.

use std::fmt;
use std::str::FromStr;

use ct_core::predicate::pattern::Pattern;

use super::{Operation, error};
use crate::answer::{Cut, FaultEffect};
use crate::fault::{FaultKind, When};
use crate::random::Random;
use crate::requester::Requester;

/// A fault that applies to some S3 requests.
///
/// A fault is written as `KIND@WHEN`, or as `KIND@PATTERN` with a pattern for keys, which must
/// contain `*`: see [`S3FaultKind`] and [`When`].
///
/// ```
/// use ct_sim::{S3Fault, S3FaultKind, When};
/// let fault: S3Fault = "slow-down@10%".parse().unwrap();
/// assert_eq!((fault.kind, fault.when), (S3FaultKind::SlowDown, When::Rate(100_000)));
/// let fault: S3Fault = "glacier@*/2020/09/*".parse().unwrap();
/// assert_eq!(fault.keys.as_deref(), Some("*/2020/09/*"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct S3Fault {
    /// What happens to the requests.
    pub kind: S3FaultKind,
    /// The S3 requests that the fault applies to, numbered from 1 in order of arrival. For the
    /// kinds `Glacier`, `Kms` and `Gone`, a `Rate` chooses objects instead, and the fault applies
    /// to these objects in every request.
    pub when: When,
    /// A pattern for keys and listing prefixes. The fault applies only to requests whose key or
    /// prefix matches the pattern. `None` if the fault is not restricted to some keys.
    pub keys: Option<String>,
}

/// A kind of fault. Each description starts with the name of the kind on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum S3FaultKind {
    /// `slow-down`: status 503, `SlowDown`.
    SlowDown,
    /// `500`: `InternalError`.
    InternalError,
    /// `denied`: status 403, `AccessDenied`.
    Denied,
    /// `expired`: `ExpiredToken`.
    Expired,
    /// `cut:BYTES`: the body of an object ends after `BYTES` bytes.
    Cut(usize),
    /// `glacier`: the object is archived and must be restored before it can be read.
    Glacier,
    /// `kms`: `AccessDenied`, because `kms:Decrypt` is not allowed for the KMS key of the object.
    Kms,
    /// `gone`: the object is listed but does not exist.
    Gone,
    /// `drop`, `reset`, `truncate`, `stall`, `hang` and `slow`, which are explained at
    /// [`FaultKind`].
    Connection(FaultKind),
}

impl S3Fault {
    /// Creates a fault for every request.
    #[must_use]
    pub fn always(kind: S3FaultKind) -> Self {
        Self {
            kind,
            when: When::Always,
            keys: None,
        }
    }

    /// Creates a fault for a share of the requests, such as `0.1`. For the kinds `Glacier`, `Kms`
    /// and `Gone`, `share` is a share of the objects.
    #[must_use]
    pub fn rate(share: f64, kind: S3FaultKind) -> Self {
        Self {
            when: When::rate(share),
            ..Self::always(kind)
        }
    }

    /// Creates a fault for the requests whose key or listing prefix matches the pattern.
    #[must_use]
    pub fn of_keys(pattern: impl Into<String>, kind: S3FaultKind) -> Self {
        Self {
            keys: Some(pattern.into()),
            ..Self::always(kind)
        }
    }

    /// Whether the fault applies to the request with this number. If the fault has a rate, the
    /// generator `random` decides. Each request needs a new generator.
    pub(crate) fn strikes(
        &self,
        (number, operation): (u64, Operation),
        key: &str,
        requester: &Requester<'_>,
        random: &mut Random,
    ) -> bool {
        match self.kind {
            S3FaultKind::Kms | S3FaultKind::Gone if !operation.is_of_object() => return false,
            S3FaultKind::Cut(_) | S3FaultKind::Glacier if operation != Operation::GetObject => {
                return false;
            }
            _ => {}
        }
        let is_of_object = matches!(
            self.kind,
            S3FaultKind::Glacier | S3FaultKind::Kms | S3FaultKind::Gone
        );
        let mut own = chance_of(key);
        let chance = if is_of_object { &mut own } else { random };
        self.covers(key) && self.when.strikes(number, requester, chance)
    }

    /// Whether the fault applies to every request for the object with the key `key`.
    pub(super) fn is_of_key(&self, key: &str) -> bool {
        let is_struck = match self.when {
            When::Always => true,
            When::Rate(in_a_million) => chance_of(key).happens(in_a_million),
            _ => false,
        };
        self.covers(key) && is_struck
    }

    fn covers(&self, key: &str) -> bool {
        self.keys.as_ref().is_none_or(|keys| {
            let pattern = keys.parse::<Pattern>();
            pattern.is_ok_and(|pattern| pattern.covers(key))
        })
    }
}

/// Returns a generator whose random numbers depend only on the key of an object.
fn chance_of(key: &str) -> Random {
    let hash = key.bytes().fold(0, |hash: u64, byte| {
        hash.wrapping_mul(131).wrapping_add(u64::from(byte))
    });
    Random::new(0, hash)
}

impl S3FaultKind {
    /// The effect of the fault on a request.
    pub(crate) fn effect(&self) -> FaultEffect {
        let refusal =
            |status, code, message| FaultEffect::HttpResponse(error(status, code, message));
        match self {
            Self::SlowDown => refusal(503, "SlowDown", "Please reduce your request rate."),
            Self::InternalError => {
                let message = "We encountered an internal error. Please try again.";
                refusal(500, "InternalError", message)
            }
            Self::Denied => refusal(403, "AccessDenied", "Access Denied"),
            Self::Expired => refusal(400, "ExpiredToken", "The provided token has expired."),
            Self::Glacier => {
                let message = "The operation is not valid for the object's storage class";
                refusal(403, "InvalidObjectState", message)
            }
            Self::Kms => {
                let message = "User: arn:aws:iam::111122223333:user/analyst is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef because no identity-based policy allows the kms:Decrypt action";
                refusal(403, "AccessDenied", message)
            }
            Self::Gone => refusal(404, "NoSuchKey", "The specified key does not exist."),
            Self::Cut(bytes) => FaultEffect::Cut(Cut::After(*bytes)),
            Self::Connection(kind) => match kind.cut() {
                Some(cut) => FaultEffect::Cut(cut),
                None => refusal(500, "InternalError", "The fault does not exist for S3."),
            },
        }
    }
}

impl FromStr for S3Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, when) = text.split_once('@').unwrap_or((text, ""));
        let kind = kind.parse()?;
        if when.contains('*') {
            return match when.parse::<Pattern>() {
                Ok(_) => Ok(Self::of_keys(when, kind)),
                Err(error) => Err(format!("`{when}` is not a pattern for keys: {error}")),
            };
        }
        Ok(Self {
            when: when.parse()?,
            ..Self::always(kind)
        })
    }
}

impl FromStr for S3FaultKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!("`{text}` is not a fault of S3: see --help for the list, such as slow-down@10%")
        };
        if let Some(bytes) = text.strip_prefix("cut:") {
            let bytes = bytes.parse().map_err(|_| {
                format!("`{bytes}` is not a number of bytes: try cut:1000, for 1,000 bytes of body")
            })?;
            return Ok(Self::Cut(bytes));
        }
        Ok(match text {
            "slow-down" => Self::SlowDown,
            "500" => Self::InternalError,
            "denied" => Self::Denied,
            "expired" => Self::Expired,
            "glacier" => Self::Glacier,
            "kms" => Self::Kms,
            "gone" => Self::Gone,
            _ => {
                let kind: FaultKind = text.parse().map_err(|_| unknown())?;
                kind.cut().ok_or_else(unknown)?;
                Self::Connection(kind)
            }
        })
    }
}

impl fmt::Display for S3FaultKind {
    /// Writes the name of the fault, without a number.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::SlowDown => "slow-down",
            Self::InternalError => "500",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Cut(_) => "cut",
            Self::Glacier => "glacier",
            Self::Kms => "kms",
            Self::Gone => "gone",
            Self::Connection(kind) => return kind.fmt(formatter),
        })
    }
}
