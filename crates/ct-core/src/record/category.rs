//! The category of an event: what kind of activity it records.

/// Management, data, network activity or Insights.
///
/// Source: CloudTrail user guide, "CloudTrail record contents", `eventCategory`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventCategory {
    /// Calls that manage resources.
    Management,
    /// Calls on the content of resources, such as S3 objects.
    Data,
    /// Calls through VPC endpoints.
    NetworkActivity,
    /// What CloudTrail Insights found unusual.
    Insight,
    /// A category that is not known here.
    Other,
}

impl EventCategory {
    /// The category that a record's own members tell.
    ///
    /// Records before version 1.08 have no `eventCategory`: `eventType` tells Insights events, and a
    /// `managementEvent` of `false` tells data events.
    #[must_use]
    pub fn of(
        event_category: Option<&str>,
        event_type: Option<&str>,
        management_event: Option<&str>,
    ) -> Self {
        match event_category {
            Some("Management") => Self::Management,
            Some("Data") => Self::Data,
            Some("NetworkActivity") => Self::NetworkActivity,
            Some("Insight") => Self::Insight,
            Some(_) => Self::Other,
            None if event_type == Some("AwsCloudTrailInsight") => Self::Insight,
            None if management_event == Some("false") => Self::Data,
            None => Self::Management,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_record_has_its_category_by_its_type() {
        let of = EventCategory::of;
        assert_eq!(of(Some("Data"), None, Some("true")), EventCategory::Data);
        assert_eq!(of(Some("New"), None, None), EventCategory::Other);
        assert_eq!(of(None, None, Some("false")), EventCategory::Data);
        assert_eq!(
            of(None, Some("AwsCloudTrailInsight"), Some("false")),
            EventCategory::Insight
        );
        assert_eq!(
            of(None, Some("AwsApiCall"), None),
            EventCategory::Management
        );
    }
}
