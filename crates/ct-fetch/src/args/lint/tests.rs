use super::*;

#[track_caller]
fn assert_warned(attribute: Attribute, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(
            warning(attribute, text).as_deref(),
            Some(*expected),
            "{text}"
        );
    }
}

#[track_caller]
fn assert_silent(attribute: Attribute, texts: &[&str]) {
    for text in texts {
        assert_eq!(warning(attribute, text), None, "{text}");
    }
}

#[test]
fn an_event_name_causes_a_warning_only_if_it_resembles_a_known_one() {
    assert_warned(
        Attribute::EventName,
        &[(
            "stoplogging",
            "no event has the name `stoplogging`: did you mean `StopLogging`?",
        )],
    );
    assert_silent(
        Attribute::EventName,
        &["StopLogging", "ConsoleLogin", "SomethingNewThatNobodyKnows"],
    );
}

#[test]
fn an_arn_is_not_a_user_name() {
    let arn = "is an ARN, but events contain only the names of users and role sessions:";
    for (text, advice) in [
        (
            "arn:aws:iam::111122223333:user/alice",
            "did you mean `alice`?",
        ),
        (
            "arn:aws:iam::111122223333:user/team/alice",
            "did you mean `alice`?",
        ),
        (
            "arn:aws:sts::111122223333:assumed-role/audit/bob",
            "did you mean `bob`?",
        ),
        ("arn:aws:iam::111122223333:root", "did you mean `root`?"),
        ("arn:aws:iam::111122223333:role/audit", "use the name"),
    ] {
        assert_warned(
            Attribute::Username,
            &[(text, &format!("`{text}` {arn} {advice}"))],
        );
    }
    assert_silent(
        Attribute::Username,
        &["alice", "root", "alice@example.com", "arn:odd"],
    );
}

#[test]
fn an_access_key_has_its_format_and_a_secret_is_not_repeated() {
    assert_warned(
        Attribute::AccessKeyId,
        &[
            (
                "ABCDEFGHIJK",
                "`ABCDEFGHIJK` does not look like an access key: an access key looks like \
                 AKIAIOSFODNN7EXAMPLE",
            ),
            (
                "akiaiosfodnn7example",
                "`akiaiosfodnn7example` does not look like an access key: did you mean \
                 `AKIAIOSFODNN7EXAMPLE`?",
            ),
            (
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                "a value of 40 characters does not look like an access key: an access key looks \
                 like AKIAIOSFODNN7EXAMPLE",
            ),
        ],
    );
    assert_silent(
        Attribute::AccessKeyId,
        &[EXAMPLE_KEY, "ASIAIOSFODNN7EXAMPLE"],
    );
}

#[test]
fn a_value_with_a_leading_or_trailing_space_causes_a_warning() {
    let doubt = |text: &str| {
        let trimmed = text.trim();
        format!("`{text}` begins or ends with a space: did you mean `{trimmed}`?")
    };
    for (attribute, text) in [
        (Attribute::EventName, "StopLogging "),
        (Attribute::EventSource, "ec2.amazonaws.com\r"),
        (Attribute::Username, " alice"),
        (Attribute::ResourceName, "logs\n"),
    ] {
        assert_warned(attribute, &[(text, &doubt(text))]);
    }
    assert_silent(Attribute::Username, &["Mary Major"]);
}

#[test]
fn read_only_is_true_or_false() {
    assert_warned(
        Attribute::ReadOnly,
        &[
            (
                "yes",
                "read-only is true or false, not `yes`: did you mean `true`?",
            ),
            (
                "False",
                "read-only is true or false, not `False`: did you mean `false`?",
            ),
            (
                "x",
                "read-only is true or false, not `x`: give true or false",
            ),
        ],
    );
    assert_silent(Attribute::ReadOnly, &["true", "false"]);
}

#[test]
fn a_resource_type_has_its_format() {
    assert_warned(
        Attribute::ResourceType,
        &[
            (
                "bucket",
                "no resource type has the name `bucket`: did you mean `AWS::S3::Bucket`?",
            ),
            (
                "AWS::s3::bucket",
                "no resource type has the name `AWS::s3::bucket`: did you mean `AWS::S3::Bucket`?",
            ),
            (
                "thing",
                "no resource type has the name `thing`: a resource type looks like AWS::S3::Bucket",
            ),
        ],
    );
    assert_silent(
        Attribute::ResourceType,
        &["AWS::S3::Bucket", "AWS::New::Thing"],
    );
}

#[test]
fn an_event_source_has_a_dot() {
    assert_warned(
        Attribute::EventSource,
        &[
            (
                "cloudtrail",
                "no event source has the name `cloudtrail`: did you mean \
                 `cloudtrail.amazonaws.com`?",
            ),
            (
                "EventBridge",
                "no event source has the name `EventBridge`: did you mean `events.amazonaws.com`?",
            ),
        ],
    );
    assert_warned(
        Attribute::EventSource,
        &[(
            "a.b,c.d",
            "`a.b,c.d` contains a comma, but no event source does: repeat the option for each \
             value",
        )],
    );
    assert_warned(
        Attribute::EventSource,
        &[
            (
                "EC2.amazonaws.com",
                "no event source has the name `EC2.amazonaws.com`: did you mean \
                 `ec2.amazonaws.com`?",
            ),
            (
                "ec2.amazonaws.co",
                "no event source has the name `ec2.amazonaws.co`: did you mean \
                 `ec2.amazonaws.com`?",
            ),
        ],
    );
    assert_silent(
        Attribute::EventSource,
        &["ec2.amazonaws.com", "signin.amazonaws.cn"],
    );
}

#[test]
fn globs_ids_and_resource_names_are_not_checked() {
    let condition = |attribute, text: &str| Condition {
        attribute,
        any_of: vec![text.parse().unwrap()],
    };
    let conditions = Conditions::new(vec![
        condition(Attribute::EventName, "stoploggin*"),
        condition(Attribute::EventSource, "ec2*"),
        condition(Attribute::EventId, "x"),
        condition(Attribute::ResourceName, "arn:aws:s3:::logs"),
    ]);
    assert_eq!(warnings(&conditions), [""; 0]);
}

#[test]
fn a_condition_that_excludes_all_its_values_causes_a_warning() {
    let warned = |texts: &[&str]| {
        let any_of = texts.iter().map(|text| text.parse().unwrap()).collect();
        let attribute = Attribute::EventName;
        warnings(&Conditions::new(vec![Condition { attribute, any_of }]))
    };
    assert_eq!(
        warned(&["StopLogging", "!Stop*"]),
        ["no event can match the EventName `StopLogging` and `!Stop*`: remove a value with `!`"]
    );
    for possible in [
        &["StopLogging", "DeleteTrail", "!Stop*"][..],
        &["Stop*", "!StopLogging"],
        &["!StopLogging"],
    ] {
        assert_eq!(warned(possible), [""; 0], "{possible:?}");
    }
}
