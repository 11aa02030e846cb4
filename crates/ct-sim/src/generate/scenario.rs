//! The calls of an intruder with a leaked access key. The calls of the intruder are among the
//! generated records, so that an investigation can find them.

/// One call of the intruder.
#[derive(Debug)]
pub(super) struct ScenarioCall {
    /// The number of seconds from the call to the end of the time range of the generated records.
    pub(super) seconds_before_end: i64,
    pub(super) region: &'static str,
    pub(super) call: &'static str,
    pub(super) error: Option<&'static str>,
}

/// The user that owns the leaked key.
pub(super) const USER: &str = "deploy-bot";

/// The type of the instances that the intruder starts.
pub(super) const INSTANCE_TYPE: &str = "t2.micro";

const N_VIRGINIA: &str = "us-east-1";
const SEOUL: &str = "ap-northeast-2";
const DENIED: Option<&str> = Some("AccessDenied");
const UNAUTHORIZED: Option<&str> = Some("Client.UnauthorizedOperation");

/// The intruder's calls are generated only if there are at least this many records.
pub(super) const LEAST_RECORDS: usize = 100;

const fn step(
    seconds_before_end: i64,
    region: &'static str,
    call: &'static str,
    error: Option<&'static str>,
) -> ScenarioCall {
    ScenarioCall {
        seconds_before_end,
        region,
        call,
        error,
    }
}

/// The intruder's calls, newest first. An instance in Seoul is started 10 h 24 min 2 s before the
/// end of the time range.
pub(super) const STEPS: [ScenarioCall; 40] = [
    step(26_012, N_VIRGINIA, "DeleteTrail", DENIED),
    step(26_020, N_VIRGINIA, "StopLogging", None),
    step(26_077, N_VIRGINIA, "PutEventSelectors", None),
    step(26_101, N_VIRGINIA, "DescribeTrails", None),
    step(30_002, N_VIRGINIA, "GetSecretValue", None),
    step(30_009, N_VIRGINIA, "GetSecretValue", None),
    step(30_044, N_VIRGINIA, "GetSecretValue", DENIED),
    step(30_120, N_VIRGINIA, "ListSecrets", None),
    step(31_500, N_VIRGINIA, "ModifySnapshotAttribute", None),
    step(31_660, N_VIRGINIA, "CreateLoginProfile", None),
    step(31_700, N_VIRGINIA, "CreateAccessKey", None),
    step(31_730, N_VIRGINIA, "AttachUserPolicy", None),
    step(31_761, N_VIRGINIA, "CreateUser", None),
    step(31_790, N_VIRGINIA, "CreateUser", DENIED),
    step(35_900, SEOUL, "DescribeInstances", None),
    step(37_120, SEOUL, "DescribeInstances", None),
    step(37_442, SEOUL, "RunInstances", None),
    step(37_501, SEOUL, "DescribeSecurityGroups", None),
    step(37_519, SEOUL, "DescribeKeyPairs", None),
    step(37_524, SEOUL, "DescribeImages", None),
    step(37_590, SEOUL, "DescribeInstances", None),
    step(37_900, N_VIRGINIA, "RunInstances", UNAUTHORIZED),
    step(37_911, N_VIRGINIA, "CreateKeyPair", UNAUTHORIZED),
    step(37_940, N_VIRGINIA, "AuthorizeSecurityGroupIngress", None),
    step(37_966, N_VIRGINIA, "DescribeImages", None),
    step(38_001, N_VIRGINIA, "DescribeSecurityGroups", None),
    step(38_010, N_VIRGINIA, "DescribeInstances", None),
    step(38_300, SEOUL, "DescribeRegions", None),
    step(38_420, N_VIRGINIA, "DescribeRegions", None),
    step(40_050, N_VIRGINIA, "InvokeModel", DENIED),
    step(40_200, N_VIRGINIA, "GetBucketLocation", None),
    step(40_206, N_VIRGINIA, "GetBucketPublicAccessBlock", None),
    step(40_219, N_VIRGINIA, "ListBuckets", None),
    step(41_880, N_VIRGINIA, "GetAccountAuthorizationDetails", DENIED),
    step(41_893, N_VIRGINIA, "ListAttachedUserPolicies", None),
    step(41_905, N_VIRGINIA, "ListRoles", None),
    step(41_912, N_VIRGINIA, "ListUsers", DENIED),
    step(41_930, N_VIRGINIA, "GetUser", None),
    step(41_998, SEOUL, "GetCallerIdentity", None),
    step(42_004, N_VIRGINIA, "GetCallerIdentity", None),
];
