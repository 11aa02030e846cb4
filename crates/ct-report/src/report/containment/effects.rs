//! Adds commands that undo the changes that a credential made, and that stop the use of the
//! resources that it created.

use super::commands::Commands;
use crate::evidence::event::Event;
use crate::report::{Basis, Created};

/// The names of the calls for which [`changed`] adds a command.
pub(crate) const CALLS: [&str; 9] = [
    "AttachGroupPolicy",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreateLoginProfile",
    "ModifyImageAttribute",
    "ModifySnapshotAttribute",
    "StopLogging",
    "UpdateAssumeRolePolicy",
    "UpdateLoginProfile",
];

/// A trust policy that denies everyone the right to assume a role.
const NOBODY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}"#;

/// Adds the command that undoes a successful call, if [`CALLS`] contains the call.
pub(super) fn changed(basis: &Basis<'_>, event: &Event, commands: &mut Commands) {
    let call = basis.text(event.name);
    if !CALLS.contains(&call) {
        return;
    }
    let account = basis.text(event.account);
    let region = ("--region", basis.text(event.region));
    let texts = || event.touched().iter().map(|&text| basis.text(text));
    let starting = |prefix: &'static str| texts().filter(move |text| text.starts_with(prefix));
    let policies = || starting("arn:").filter(|arn| arn.contains(":policy/"));
    match call {
        "CreateLoginProfile" | "UpdateLoginProfile" => {
            for user in texts().filter(|text| is_name(text)) {
                commands.add(
                    account,
                    "aws iam delete-login-profile",
                    &[("--user-name", user)],
                );
            }
        }
        "UpdateAssumeRolePolicy" => {
            for role in texts().filter(|text| is_name(text)) {
                let options = [("--role-name", role), ("--policy-document", NOBODY)];
                commands.add(account, "aws iam update-assume-role-policy", &options);
            }
        }
        "StopLogging" => {
            let arns = starting("arn:");
            let trails: Vec<&str> = match arns.clone().next() {
                Some(_) => arns.collect(),
                None => texts().filter(|text| is_name(text)).collect(),
            };
            for trail in trails {
                commands.add(
                    account,
                    "aws cloudtrail start-logging",
                    &[region, ("--name", trail)],
                );
            }
        }
        "ModifySnapshotAttribute" => {
            let command = "aws ec2 reset-snapshot-attribute --attribute createVolumePermission";
            for snapshot in starting("snap-") {
                commands.add(account, command, &[region, ("--snapshot-id", snapshot)]);
            }
        }
        "ModifyImageAttribute" => {
            let command = "aws ec2 reset-image-attribute --attribute launchPermission";
            for image in starting("ami-") {
                commands.add(account, command, &[region, ("--image-id", image)]);
            }
        }
        _ => {
            let (command, option) = match call {
                "AttachGroupPolicy" => ("aws iam detach-group-policy", "--group-name"),
                "AttachRolePolicy" => ("aws iam detach-role-policy", "--role-name"),
                _ => ("aws iam detach-user-policy", "--user-name"),
            };
            for policy in policies() {
                for whom in texts().filter(|text| is_name(text)) {
                    commands.add(
                        account,
                        command,
                        &[(option, whom), ("--policy-arn", policy)],
                    );
                }
            }
        }
    }
}

/// Whether a string in a request can be a name: it is not an ARN, a document, a resource type or an
/// account ID.
fn is_name(text: &str) -> bool {
    let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    !is_account && !text.starts_with("arn:") && !text.starts_with("AWS::") && !text.contains('{')
}

/// Adds the command that stops the use of a created resource.
pub(super) fn created(row: &Created, commands: &mut Commands) {
    let (Some(kind), Some(id)) = (row.kind.as_deref(), row.id.as_deref()) else {
        return;
    };
    let name = row.name.as_deref().unwrap_or(id);
    let within = row.within.as_deref().unwrap_or_default();
    let arn = row.arn.as_deref().unwrap_or(id);
    let partition = arn
        .strip_prefix("arn:")
        .and_then(|rest| rest.split(':').next());
    let deny = format!(
        "arn:{}:iam::aws:policy/AWSDenyAll",
        partition.unwrap_or("aws")
    );
    let region = ("--region", row.region.as_str());
    let (command, options): (&str, &[(&str, &str)]) = match kind {
        "AWS::IAM::User" => (
            "aws iam attach-user-policy",
            &[("--user-name", name), ("--policy-arn", &deny)],
        ),
        "AWS::IAM::Role" if row.event_name == "CreateRole" => (
            "aws iam attach-role-policy",
            &[("--role-name", name), ("--policy-arn", &deny)],
        ),
        "AWS::IAM::UserPolicy" => (
            "aws iam delete-user-policy",
            &[("--user-name", within), ("--policy-name", name)],
        ),
        "AWS::IAM::RolePolicy" => (
            "aws iam delete-role-policy",
            &[("--role-name", within), ("--policy-name", name)],
        ),
        "AWS::IAM::GroupPolicy" => (
            "aws iam delete-group-policy",
            &[("--group-name", within), ("--policy-name", name)],
        ),
        "AWS::IAM::OIDCProvider" => (
            "aws iam delete-open-id-connect-provider",
            &[("--open-id-connect-provider-arn", arn)],
        ),
        "AWS::IAM::SAMLProvider" => (
            "aws iam delete-saml-provider",
            &[("--saml-provider-arn", arn)],
        ),
        "AWS::EC2::Instance" => ("aws ec2 stop-instances", &[region, ("--instance-ids", id)]),
        "AWS::EC2::KeyPair" if id.starts_with("key-") => {
            ("aws ec2 delete-key-pair", &[region, ("--key-pair-id", id)])
        }
        "AWS::EC2::KeyPair" => ("aws ec2 delete-key-pair", &[region, ("--key-name", id)]),
        "AWS::Lambda::Function" => (
            "aws lambda put-function-concurrency --reserved-concurrent-executions 0",
            &[region, ("--function-name", arn)],
        ),
        "AWS::Lambda::Url" => (
            "aws lambda delete-function-url-config",
            &[region, ("--function-name", arn)],
        ),
        "AWS::Lambda::EventSourceMapping" => (
            "aws lambda update-event-source-mapping --no-enabled",
            &[region, ("--uuid", name)],
        ),
        _ => return,
    };
    commands.add(&row.account, command, options);
}
