//! The values for a template's placeholders: made-up names and IDs in AWS's formats.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::random::Random;

/// The facts of one record. Together with random numbers, these facts determine the values of the
/// placeholders.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordFacts<'a> {
    pub(super) seed: u64,
    pub(super) second: i64,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    /// The type of the EC2 instance that the call starts, or `None` if the type is random.
    pub(super) instance_type: Option<&'a str>,
}

pub(super) const HEX: &[u8] = b"0123456789abcdef";
pub(super) const DIGITS: &[u8] = b"0123456789";
/// The alphabet of access keys and of the IDs of users and roles.
pub(super) const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const STACKS: [&str; 12] = [
    "checkout",
    "catalog",
    "billing",
    "search",
    "inventory",
    "gateway",
    "reports",
    "mailer",
    "session-store",
    "image-resizer",
    "data-lake",
    "fraud-score",
];
pub(super) const USERS: [&str; 16] = [
    "alice",
    "bob",
    "carlos",
    "dana",
    "erin",
    "farid",
    "grace",
    "hyejin",
    "ivan",
    "jun",
    "kenji",
    "lucia",
    "minsu",
    "nadia",
    "ci-deploy",
    "terraform",
];
pub(super) const ROLES: [&str; 10] = [
    "web-task",
    "worker-task",
    "deploy",
    "audit",
    "ec2-app",
    "lambda-exec",
    "backup",
    "readonly",
    "data-pipeline",
    "break-glass",
];
const INSTANCE_TYPES: [&str; 6] = [
    "t3.micro",
    "t3.medium",
    "m6i.large",
    "c7g.xlarge",
    "r6i.large",
    "t4g.small",
];

/// An account that has no generated records.
pub(super) const OTHER_ACCOUNT: &str = "999988887777";

/// The number of different resources of the same kind in a region. The number is small, so that
/// several records are about the same resource.
const POOL: u64 = 200;

macro_rules! kinds {
    ($($name:literal => $kind:ident),* $(,)?) => {
        /// The kinds of placeholders.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum PlaceholderKind { $($kind),* }

        impl PlaceholderKind {
            /// Returns the kind of a placeholder by its name, such as `volume2`.
            pub(super) fn named(name: &str) -> Option<Self> {
                let kind = |name: &str| match name {
                    $($name => Some(Self::$kind),)*
                    _ => None,
                };
                kind(name).or_else(|| kind(name.trim_end_matches(|end: char| end.is_ascii_digit())))
            }
        }
    };
}

kinds! {
    "account" => Account, "bucket" => Bucket, "cluster" => Cluster, "database" => Database,
    "datetext" => DateText, "digits12" => Digits12, "eni" => Eni, "function" => Function,
    "hex8" => Hex8, "hex16" => Hex16, "hex17" => Hex17, "hex32" => Hex32, "hex40" => Hex40,
    "hex64" => Hex64, "hostedzone" => HostedZone, "image" => Image, "instance" => Instance,
    "instancetype" => InstanceType, "int" => Int, "isotime" => IsoTime, "key" => Key,
    "keypair" => KeyPair, "mac" => Mac, "milliseconds" => Milliseconds, "newuser" => NewUser,
    "number" => Number, "otheraccount" => OtherAccount, "policy" => Policy,
    "privatedns" => PrivateDns, "privateip" => PrivateIp, "region" => Region,
    "role" => Role, "roleid" => RoleId, "secret" => Secret,
    "sessionkey" => SessionKey, "sg" => SecurityGroup, "slashdate" => SlashDate,
    "snapshot" => Snapshot, "stack" => Stack, "subnet" => Subnet, "token" => Token,
    "user" => User, "userid" => UserId, "userkey" => UserKey, "uuid" => Uuid,
    "volume" => Volume, "vpc" => Vpc, "zone" => Zone,
}

impl PlaceholderKind {
    /// Whether the placeholder stands for a number in JSON.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Milliseconds | Self::Number)
    }

    /// A value for the placeholder.
    pub(super) fn value<'a>(self, facts: &RecordFacts<'a>, random: &mut Random) -> Cow<'a, str> {
        let pooled = |random: &mut Random, prefix: &str, digits: usize, pool: u64| {
            let region = facts
                .region
                .bytes()
                .fold(0, |sum: u64, byte| sum * 7 + u64::from(byte));
            let thing = random.below(pool) + 1000 * (self as u64);
            let mut own = Random::new(facts.seed ^ region, thing);
            Cow::Owned(text(prefix, HEX, digits, &mut own))
        };
        let owned = |prefix: &str, alphabet, length, random: &mut Random| {
            Cow::Owned(text(prefix, alphabet, length, random))
        };
        match self {
            Self::Account => Cow::Borrowed(facts.account),
            Self::Region => Cow::Borrowed(facts.region),
            Self::InstanceType => {
                let by_chance = *random.pick(&INSTANCE_TYPES);
                Cow::Borrowed(facts.instance_type.unwrap_or(by_chance))
            }
            Self::Stack => Cow::Borrowed(*random.pick(&STACKS)),
            Self::Role => Cow::Borrowed(*random.pick(&ROLES)),
            Self::User => Cow::Borrowed(*random.pick(&USERS)),
            Self::NewUser => Cow::Borrowed(*random.pick(&[
                "svc-metrics",
                "backup-admin",
                "support-2",
                "ci-runner",
            ])),
            Self::Policy => Cow::Owned(format!("{}-access", random.pick(&STACKS))),
            Self::Bucket => Cow::Owned(format!(
                "{}-{}-{}",
                random.pick(&STACKS),
                facts.account,
                facts.region
            )),
            Self::Cluster => Cow::Borrowed(*random.pick(&["production", "staging"])),
            Self::Database => Cow::Owned(format!("{}-db", random.pick(&STACKS))),
            Self::Function => Cow::Owned(format!("{}-handler", random.pick(&STACKS))),
            Self::Secret => Cow::Owned(format!("prod/{}/database", random.pick(&STACKS))),
            Self::KeyPair => Cow::Owned(format!("{}-key", random.pick(&STACKS))),
            Self::Instance => pooled(random, "i-0", 16, POOL),
            Self::Volume => pooled(random, "vol-0", 16, POOL),
            Self::Snapshot => pooled(random, "snap-0", 16, POOL),
            Self::Eni => pooled(random, "eni-0", 16, POOL),
            Self::Image => pooled(random, "ami-0", 16, 8),
            Self::SecurityGroup => pooled(random, "sg-0", 16, 30),
            Self::Subnet => pooled(random, "subnet-0", 16, 6),
            Self::Vpc => pooled(random, "vpc-0", 16, 2),
            Self::Key => {
                let mut own = Random::new(facts.seed, random.below(12));
                Cow::Owned(uuid(&mut own))
            }
            Self::Uuid => Cow::Owned(uuid(random)),
            Self::Hex8 => owned("", HEX, 8, random),
            Self::Hex16 => owned("", HEX, 16, random),
            Self::Hex17 => owned("0", HEX, 16, random),
            Self::Hex32 => owned("", HEX, 32, random),
            Self::Hex40 => owned("", HEX, 40, random),
            Self::Hex64 => owned("", HEX, 64, random),
            Self::Digits12 => owned("", DIGITS, 12, random),
            Self::OtherAccount => Cow::Borrowed(OTHER_ACCOUNT),
            Self::HostedZone => owned("0", BASE32, 19, random),
            Self::UserId => owned("AIDA", BASE32, 10, random).map_example(),
            Self::RoleId => owned("AROA", BASE32, 10, random).map_example(),
            Self::UserKey => owned("AKIA", BASE32, 9, random).map_example(),
            Self::SessionKey => owned("ASIA", BASE32, 9, random).map_example(),
            Self::Token => owned("", BASE64, 240, random),
            Self::Int | Self::Number => Cow::Owned(random.within(&(10..=9999)).to_string()),
            Self::Milliseconds => Cow::Owned((facts.second * 1000).to_string()),
            Self::IsoTime => Cow::Owned(crate::clock::date::iso(facts.second)),
            Self::DateText => Cow::Owned(strftime(facts.second, "%b %-d, %Y, %-I:%M:%S %p")),
            Self::SlashDate => Cow::Owned(strftime(facts.second, "%Y/%m/%d")),
            Self::PrivateIp => Cow::Owned(address("10.0", '.', random)),
            Self::PrivateDns => Cow::Owned(address("10-0", '-', random)),
            Self::Mac => {
                let byte = |random: &mut Random| text("", HEX, 2, random);
                Cow::Owned(format!(
                    "0a:{}:{}:{}:{}:{}",
                    byte(random),
                    byte(random),
                    byte(random),
                    byte(random),
                    byte(random)
                ))
            }
            Self::Zone => {
                let zone = random.pick(&['a', 'b', 'c']);
                Cow::Owned(format!("{}{zone}", facts.region))
            }
        }
    }
}

/// Adds `EXAMPLE` to an ID, so that readers see that the ID is made up.
trait Example {
    fn map_example(self) -> Self;
}

impl Example for Cow<'_, str> {
    fn map_example(self) -> Self {
        self + "EXAMPLE"
    }
}

fn address(network: &str, dot: char, random: &mut Random) -> String {
    let (third, fourth) = (random.below(64), random.within(&(4..=250)));
    format!("{network}{dot}{third}{dot}{fourth}")
}

fn text(prefix: &str, alphabet: &[u8], length: usize, random: &mut Random) -> String {
    let mut out = String::with_capacity(prefix.len() + length + 7);
    out.push_str(prefix);
    random.push_text(&mut out, alphabet, length);
    out
}

/// Returns a random UUID of version 4 (RFC 9562).
pub(crate) fn uuid(random: &mut Random) -> String {
    let mut out = String::with_capacity(36);
    random.push_text(&mut out, HEX, 8);
    out.push('-');
    random.push_text(&mut out, HEX, 4);
    out.push_str("-4");
    random.push_text(&mut out, HEX, 3);
    out.push('-');
    random.push_text(&mut out, b"89ab", 1);
    random.push_text(&mut out, HEX, 3);
    out.push('-');
    random.push_text(&mut out, HEX, 12);
    out
}

fn strftime(second: i64, format: &str) -> String {
    Timestamp::from_second(second).map_or_else(
        |_| second.to_string(),
        |time| time.strftime(format).to_string(),
    )
}
