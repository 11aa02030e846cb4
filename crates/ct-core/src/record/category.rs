//! The category of an event: the kind of activity that it records.

/// The category: management, data, network activity or Insights.
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
    /// Unusual activity that CloudTrail Insights found.
    Insight,
    /// An unknown category.
    Other,
}

impl EventCategory {
    /// The category according to the fields of the record.
    ///
    /// Records before version 1.08 have no `eventCategory`: `eventType` identifies Insights events,
    /// and a `managementEvent` of `false` identifies data events.
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
    fn an_old_records_category_is_derived_from_its_type() {
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
