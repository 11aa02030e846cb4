//! Generates records of CloudTrail Insights about an unusual rate of calls.

use super::calls::Call;
use super::values::{self, RecordFacts};
use crate::clock::date;
use crate::random::Random;

/// Returns a record of CloudTrail Insights about a call.
///
/// Source: CloudTrail user guide, "CloudTrail record contents for Insights events".
pub(super) fn record(call: &Call, facts: &RecordFacts<'_>, random: &mut Random) -> String {
    let Call { service, name, .. } = call;
    let RecordFacts {
        account,
        region,
        second,
        ..
    } = *facts;
    let (event, shared) = (values::uuid(random), values::uuid(random));
    let state = random.pick(&["Start", "End"]);
    let rate = random.within(&(20..=400));
    let user = random.pick(&values::USERS);
    let time = date::iso(second);
    format!(
        r#"{{"eventVersion":"1.09","eventTime":"{time}","awsRegion":"{region}","eventID":"{event}","eventType":"AwsCloudTrailInsight","recipientAccountId":"{account}","sharedEventID":"{shared}","insightDetails":{{"state":"{state}","eventSource":"{service}.amazonaws.com","eventName":"{name}","insightType":"ApiCallRateInsight","insightContext":{{"statistics":{{"baseline":{{"average":0.25}},"insight":{{"average":{rate}}},"insightDuration":5,"baselineDuration":10080}},"attributions":[{{"attribute":"userIdentityArn","insight":[{{"value":"arn:aws:iam::{account}:user/{user}","average":{rate}}}],"baseline":[]}}]}}}},"eventCategory":"Insight"}}"#
    )
}
