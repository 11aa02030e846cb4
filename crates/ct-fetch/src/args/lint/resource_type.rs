//! The format of resource types, and suggestions for a mistyped resource type.

/// Resource types that are common in CloudTrail events.
///
/// Source: AWS Config developer guide, "Supported Resource Types", whose names CloudTrail uses.
const COMMON: [&str; 44] = [
    "AWS::ACM::Certificate",
    "AWS::ApiGateway::RestApi",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::CloudFormation::Stack",
    "AWS::CloudFront::Distribution",
    "AWS::CloudTrail::Trail",
    "AWS::CloudWatch::Alarm",
    "AWS::CodeBuild::Project",
    "AWS::Config::ConfigRule",
    "AWS::DynamoDB::Table",
    "AWS::EC2::Ami",
    "AWS::EC2::EIP",
    "AWS::EC2::Instance",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::KeyPair",
    "AWS::EC2::NatGateway",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Snapshot",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::EC2::Volume",
    "AWS::ECR::Repository",
    "AWS::ECS::Cluster",
    "AWS::EKS::Cluster",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::IAM::AccessKey",
    "AWS::IAM::Group",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::KMS::Key",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBSnapshot",
    "AWS::S3::Bucket",
    "AWS::S3::Object",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
];

/// Whether `text` has the form `AWS::Service::Type`.
#[must_use]
pub(super) fn is_formed(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let parts: Vec<&str> = text.split("::").collect();
    matches!(parts.as_slice(), ["AWS", service, kind] if is_word(service) && is_word(kind))
}

/// Returns the common resource types that the user may have meant by `text`: those that differ only
/// in case, or that have the same last word.
#[must_use]
pub(super) fn similar(text: &str) -> Vec<&'static str> {
    let common = |is_meant: &dyn Fn(&str) -> bool| -> Vec<&'static str> {
        COMMON.into_iter().filter(|name| is_meant(name)).collect()
    };
    if COMMON.contains(&text) {
        return Vec::new();
    }
    let by_case = common(&|name| name.eq_ignore_ascii_case(text));
    if !by_case.is_empty() || is_formed(text) {
        return by_case;
    }
    let last = |name: &str| {
        name.rsplit(':')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    common(&|name| last(name) == last(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_three_parts() {
        assert!(is_formed("AWS::S3::Bucket") && is_formed("AWS::SSMMessages::ControlChannel"));
        for text in [
            "bucket",
            "S3::Bucket",
            "aws::s3::bucket",
            "AWS::S3",
            "AWS::S3::",
            "AWS:S3:Bucket",
        ] {
            assert!(!is_formed(text), "{text}");
        }
    }

    #[test]
    fn a_common_type_is_suggested_for_another_spelling() {
        for text in [
            "bucket",
            "S3::Bucket",
            "aws::s3::bucket",
            "AWS::S3::bucket",
            "AWS:S3:Bucket",
        ] {
            assert_eq!(similar(text), ["AWS::S3::Bucket"], "{text}");
        }
        assert_eq!(
            similar("cluster"),
            ["AWS::ECS::Cluster", "AWS::EKS::Cluster"]
        );
        assert_eq!(similar("AWS::S3::Bucket"), [""; 0]);
        assert_eq!(similar("AWS::Other::bucket"), [""; 0]);
    }
}
