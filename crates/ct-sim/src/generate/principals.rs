//! The principals that make calls, such as users, roles, services and other accounts, each as the
//! `userIdentity` of a record.

use std::fmt::Write as _;

use super::values::{BASE32, OTHER_ACCOUNT, ROLES, RecordFacts, USERS};
use crate::clock::date;
use crate::random::Random;

/// The kinds of principals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum PrincipalKind {
    User,
    Role,
    /// An AWS service that makes a call without a role.
    Service,
    /// An EC2 instance, which uses a role.
    Instance,
    /// A Lambda function, which uses a role.
    Lambda,
    /// A user who signs in to the console with a password. Records of this user contain no access
    /// key.
    Console,
    /// A user of an identity provider. The records of such a user do not show whether a second
    /// factor was used.
    Federated,
    Root,
    /// A user of another account, whom a role of this account trusts.
    Account,
    /// A CI job that exchanges a web identity token for a role.
    Web,
}

/// The fields of a record that depend on the principal.
pub(super) struct Principal {
    pub(super) identity: String,
    pub(super) address: String,
    pub(super) agent: &'static str,
    pub(super) arn: String,
}

const AGENTS: [&str; 8] = [
    "aws-cli/2.15.30 Python/3.11.8 Linux/6.1.0 exe/x86_64.debian.12 prompt/off command/*",
    "Boto3/1.34.64 md/Botocore#1.34.64 ua/2.0 os/linux#5.10.210 md/arch#x86_64 lang/python#3.12.2 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.64",
    "APN/1.0 HashiCorp/1.0 Terraform/1.7.5 (+https://www.terraform.io) terraform-provider-aws/5.41.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.25.3 os/linux lang/go#1.21.8 md/GOOS#linux md/GOARCH#amd64",
    "aws-sdk-go-v2/1.25.2 os/linux lang/go#1.22.1 md/GOOS#linux md/GOARCH#arm64 api/s3#1.51.4",
    "aws-sdk-java/2.25.11 Linux/5.10.210-201.852.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/17.0.10+7 Java/17.0.10 vendor/Amazon.com_Inc. io/sync http/Apache cfg/retry-mode/legacy",
    "aws-sdk-js/3.535.0 ua/2.0 os/linux#5.10.210 lang/js md/nodejs#20.11.1 api/dynamodb#3.535.0",
    "aws-sdk-rust/1.1.8 os/linux lang/rust/1.76.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36",
];

/// Returns an ID in AWS's format that is derived from a name. The ID ends with `EXAMPLE`, so that
/// readers see that it is made up.
fn made_up(prefix: &str, seed: u64, name: &str, account: &str) -> String {
    let number = name
        .bytes()
        .chain(account.bytes())
        .fold(0, |hash: u64, byte| {
            hash.wrapping_mul(131).wrapping_add(u64::from(byte))
        });
    let mut id = prefix.to_owned();
    Random::new(seed, number).push_text(&mut id, BASE32, 9);
    id + "EXAMPLE"
}

/// Returns an IAM user with a long-term access key.
pub(super) fn user(
    name: &str,
    key: Option<&str>,
    facts: &RecordFacts<'_>,
    random: &mut Random,
) -> Principal {
    let RecordFacts { seed, account, .. } = *facts;
    let id = made_up("AIDA", seed, name, account);
    let arn = format!("arn:aws:iam::{account}:user/{name}");
    let key = key.map_or_else(|| made_up("AKIA", seed, name, account), str::to_owned);
    let identity = format!(
        r#"{{"type":"IAMUser","principalId":"{id}","arn":"{arn}","accountId":"{account}","accessKeyId":"{key}","userName":"{name}"}}"#
    );
    Principal {
        identity,
        address: public_address(random),
        agent: AGENTS[place(name) % 3],
        arn,
    }
}

fn place(name: &str) -> usize {
    name.bytes().map(usize::from).sum()
}

/// Returns an address in one of the three ranges for documentation (RFC 5737).
fn public_address(random: &mut Random) -> String {
    let network = random.pick(&["192.0.2", "198.51.100", "203.0.113"]);
    format!("{network}.{}", random.within(&(1..=40)))
}

impl PrincipalKind {
    /// Returns a principal of this kind. `service` is the name of the service that makes the call;
    /// empty if no service makes it.
    pub(super) fn principal(
        self,
        service: &str,
        facts: &RecordFacts<'_>,
        random: &mut Random,
    ) -> Principal {
        let RecordFacts {
            account, region, ..
        } = *facts;
        match self {
            Self::User => {
                let name = random.pick(&USERS);
                user(name, None, facts, random)
            }
            Self::Console => console_user(facts, random),
            Self::Federated => {
                let session = *random.pick(&USERS);
                let address = public_address(random);
                let role = "AWSReservedSSO_PowerUser_0123456789abcdef";
                role_session(role, session, AGENTS[7], address, facts, random)
            }
            Self::Root => {
                let arn = format!("arn:aws:iam::{account}:root");
                Principal {
                    identity: format!(
                        r#"{{"type":"Root","principalId":"{account}","arn":"{arn}","accountId":"{account}","accessKeyId":""}}"#
                    ),
                    address: public_address(random),
                    agent: AGENTS[7],
                    arn,
                }
            }
            Self::Account => Principal {
                identity: format!(
                    r#"{{"type":"AWSAccount","principalId":"{}","accountId":"{OTHER_ACCOUNT}"}}"#,
                    made_up("AIDA", facts.seed, "partner", OTHER_ACCOUNT)
                ),
                address: public_address(random),
                agent: AGENTS[1],
                arn: format!("arn:aws:iam::{OTHER_ACCOUNT}:user/partner"),
            },
            Self::Service => Principal {
                identity: format!(
                    r#"{{"type":"AWSService","invokedBy":"{service}.amazonaws.com"}}"#
                ),
                address: format!("{service}.amazonaws.com"),
                agent: "",
                arn: String::new(),
            },
            Self::Role => {
                let role = *random.pick(&ROLES);
                let session = *random.pick(&USERS);
                let agent = AGENTS[place(role) % 7];
                role_session(role, session, agent, public_address(random), facts, random)
            }
            Self::Instance => {
                let mut session = "i-0".to_owned();
                random.push_text(&mut session, super::values::HEX, 16);
                let agent =
                    "aws-sdk-go/1.44.260 (go1.20.12; linux; amd64) amazon-ssm-agent/3.2.2303.0";
                let address = public_address(random);
                role_session("ec2-app", &session, agent, address, facts, random)
            }
            Self::Lambda => {
                let session = format!(
                    "{}-handler",
                    random.pick(&["checkout", "billing", "mailer", "reports"])
                );
                let agent = "awslambda-worker/1.0 rusoto/0.48.0 rust/1.76.0 linux";
                let address = "lambda.amazonaws.com".to_owned();
                role_session("lambda-exec", &session, agent, address, facts, random)
            }
            Self::Web => Principal {
                identity: format!(
                    r#"{{"type":"WebIdentityUser","principalId":"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com:sts.amazonaws.com:repo:example/{region}","userName":"repo:example/app:ref:refs/heads/main","identityProvider":"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com"}}"#
                ),
                address: public_address(random),
                agent: AGENTS[5],
                arn: String::new(),
            },
        }
    }
}

fn console_user(facts: &RecordFacts<'_>, random: &mut Random) -> Principal {
    let RecordFacts { seed, account, .. } = *facts;
    let name = random.pick(&USERS[..14]);
    let arn = format!("arn:aws:iam::{account}:user/{name}");
    let id = made_up("AIDA", seed, name, account);
    Principal {
        identity: format!(
            r#"{{"type":"IAMUser","principalId":"{id}","arn":"{arn}","accountId":"{account}","userName":"{name}"}}"#
        ),
        address: public_address(random),
        agent: AGENTS[7],
        arn,
    }
}

/// Returns a role session. The access key of the session changes every hour.
fn role_session(
    role: &str,
    session: &str,
    agent: &'static str,
    address: String,
    facts: &RecordFacts<'_>,
    random: &mut Random,
) -> Principal {
    let RecordFacts {
        seed,
        account,
        second,
        ..
    } = *facts;
    let hour = second - second.rem_euclid(3600);
    let began = date::iso(hour + i64::try_from(random.below(60)).unwrap_or(0));
    let id = made_up("AROA", seed, role, account);
    let key = made_up("ASIA", seed ^ hour.unsigned_abs(), session, role);
    let arn = format!("arn:aws:sts::{account}:assumed-role/{role}/{session}");
    let mut identity = String::with_capacity(600);
    // Writing to a string cannot fail.
    let _ = write!(
        identity,
        r#"{{"type":"AssumedRole","principalId":"{id}:{session}","arn":"{arn}","accountId":"{account}","accessKeyId":"{key}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"{id}","arn":"arn:aws:iam::{account}:role/{role}","accountId":"{account}","userName":"{role}"}},"webIdFederationData":{{}},"attributes":{{"creationDate":"{began}","mfaAuthenticated":"false"}}}}}}"#
    );
    Principal {
        identity,
        address,
        agent,
        arn,
    }
}
