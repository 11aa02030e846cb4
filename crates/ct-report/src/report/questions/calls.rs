//! Classes of calls that matter in an investigation.

/// Calls that establish persistence.
pub(super) const PERSISTENCE: [&str; 26] = [
    "AddPermission",
    "AttachUserPolicy",
    "CreateAccessKey",
    "CreateEventSourceMapping",
    "CreateFunction",
    "CreateFunctionUrlConfig",
    "CreateKeyPair",
    "CreateLoginProfile",
    "CreateOpenIDConnectProvider",
    "CreateProfile",
    "CreateRole",
    "CreateSAMLProvider",
    "CreateServiceSpecificCredential",
    "CreateTrustAnchor",
    "CreateUser",
    "CreateVirtualMFADevice",
    "DeactivateMFADevice",
    "GetFederationToken",
    "ImportKeyPair",
    "SendSSHPublicKey",
    "SendSerialConsoleSSHPublicKey",
    "UpdateAssumeRolePolicy",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
    "UpdateLoginProfile",
    "UploadSSHPublicKey",
];

/// Calls that escalate privileges.
pub(super) const ESCALATION: [&str; 14] = [
    "AddRoleToInstanceProfile",
    "AddUserToGroup",
    "AssociateIamInstanceProfile",
    "AttachGroupPolicy",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreatePolicyVersion",
    "DeleteRolePermissionsBoundary",
    "DeleteUserPermissionsBoundary",
    "PutGroupPolicy",
    "PutRolePolicy",
    "PutUserPolicy",
    "SetDefaultPolicyVersion",
    "UpdateAssumeRolePolicy",
];

/// Calls that stop, restrict or delete logging.
pub(super) const LOGGING: [&str; 26] = [
    "DeleteConfigRule",
    "DeleteConfigurationRecorder",
    "DeleteDeliveryChannel",
    "DeleteDetector",
    "DeleteEventDataStore",
    "DeleteFlowLogs",
    "DeleteLogGroup",
    "DeleteLogStream",
    "DeleteMembers",
    "DeletePublishingDestination",
    "DeleteResolverQueryLogConfig",
    "DeleteSubscriptionFilter",
    "DeleteTrail",
    "DisableSecurityHub",
    "DisassociateFromMasterAccount",
    "PutBucketLifecycle",
    "PutBucketLifecycleConfiguration",
    "PutEventSelectors",
    "PutInsightSelectors",
    "PutRetentionPolicy",
    "StopConfigurationRecorder",
    "StopEventDataStoreIngestion",
    "StopLogging",
    "UpdateDetector",
    "UpdateEventDataStore",
    "UpdateTrail",
];

/// Calls that read secrets or data.
pub(super) const DATA: [&str; 24] = [
    "BatchGetItem",
    "BatchGetSecretValue",
    "Decrypt",
    "DownloadDBLogFilePortion",
    "ExecuteStatement",
    "GetAuthorizationToken",
    "GetCommandInvocation",
    "GetConsoleOutput",
    "GetConsoleScreenshot",
    "GetFunction",
    "GetItem",
    "GetObject",
    "GetParameter",
    "GetParameters",
    "GetParametersByPath",
    "GetPasswordData",
    "GetSecretValue",
    "InvokeModel",
    "ModifyDBSnapshotAttribute",
    "ModifyImageAttribute",
    "ModifySnapshotAttribute",
    "Query",
    "Scan",
    "StartExportTask",
];

/// Calls that only a trail with data events records.
pub(super) const DATA_EVENTS: [&str; 8] = [
    "BatchGetItem",
    "DeleteObject",
    "GetItem",
    "GetObject",
    "Invoke",
    "PutItem",
    "PutObject",
    "Query",
];

/// A call's name without the API version.
pub(super) fn stem(name: &str) -> &str {
    name.split_once("20").map_or(name, |(stem, _)| stem)
}
