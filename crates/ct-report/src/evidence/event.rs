//! The facts of one record that a report is made of.

use std::num::NonZeroU64;

use jiff::Timestamp;

use crate::created::Resource;
use crate::evidence::id::Id;
use crate::evidence::place::Place;
use crate::symbols::Symbol;

/// The facts of a record; a missing field is the empty text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// Seconds since 1970: in four bytes, since a large input has as many as it has records.
    pub(super) seconds: u32,
    /// The position of the record.
    pub(crate) place: Place,
    /// A hash of `requestID`, of this run only; `None` if missing.
    pub(crate) request: Option<NonZeroU64>,
    /// `eventID`.
    pub(crate) id: Id,
    /// `eventName`.
    pub(crate) name: Symbol,
    /// `eventSource`.
    pub(crate) source: Symbol,
    /// `userIdentity.accessKeyId`.
    pub(crate) key: Symbol,
    /// `userIdentity.principalId`.
    pub(crate) principal: Symbol,
    /// `userIdentity.sessionContext.attributes.creationDate`.
    pub(crate) session_start: Symbol,
    /// `userIdentity.arn`, else the type of the identity.
    pub(crate) identity: Symbol,
    /// `userIdentity.userName`.
    pub(crate) user: Symbol,
    /// `sourceIPAddress`.
    pub(crate) address: Symbol,
    /// `userAgent`.
    pub(crate) agent: Symbol,
    /// `awsRegion`.
    pub(crate) region: Symbol,
    /// `recipientAccountId`, else `userIdentity.accountId`.
    pub(crate) account: Symbol,
    /// `errorCode`; without one, `errorMessage`, which only failed calls have; for a failed sign-in without either, `Failure`.
    pub(crate) error: Symbol,
    /// `userIdentity.invokedBy`: the service that made the call.
    pub(crate) invoked_by: Symbol,
    /// The names in the request and the resources of a call that may have changed something, and of
    /// calls that services make for others.
    pub(crate) names: NameList,
    /// `readOnly` is true.
    pub(crate) is_read_only: bool,
    /// `sessionCredentialFromConsole` is true.
    pub(crate) is_console: bool,
    /// `userIdentity.sessionContext.ec2RoleDelivery` is present.
    pub(crate) is_instance: bool,
    /// The facts of few records.
    pub(crate) more: Option<Box<More>>,
}

/// A list in [`Names`](crate::evidence::names::Names).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameList(pub(super) u32);

/// The facts of records that issue a key or name another identity or record, and details that were
/// read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct More {
    /// The access key in the response.
    pub(crate) issued: Symbol,
    /// The assumed role, or the user of the key.
    pub(crate) issued_for: Symbol,
    /// The links of the record with other identities and records.
    pub(crate) links: Links,
    /// What was read of the request and the response; `None` until it is needed.
    pub(crate) detail: Option<Box<Detail>>,
}

/// The facts that link a record with other identities and records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Links {
    /// `sharedEventID`: the same in the records of one call in several accounts.
    pub(crate) shared: Option<Id>,
    /// `userIdentity.onBehalfOf.userId`: the person for whom the call was made.
    pub(crate) on_behalf_of: Symbol,
    /// `userIdentity.inScopeOf.credentialsIssuedTo`: the ARN of the instance or function that got the credentials.
    pub(crate) issued_to: Symbol,
    /// `additionalEventData.SwitchFrom`: the ARN of the identity that switched to a role in the console.
    pub(crate) switched_from: Symbol,
}

/// The facts in the request and the response of a call that creates, changes or deletes something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Detail {
    /// Whether the call creates something; `resources` may still be empty.
    pub(crate) creates: bool,
    /// The created resources.
    pub(crate) resources: Box<[Resource]>,
    /// Texts of the request and of the record's resources: names, IDs and ARNs among them.
    pub(crate) touched: Box<[Symbol]>,
    /// Texts that the response lists as failed.
    pub(crate) not_done: Box<[Symbol]>,
    /// Whether the call deletes only a version of the named resource.
    pub(crate) is_partial: bool,
    /// Whether a call that changes an attribute gives somebody access by it; true for other calls.
    pub(crate) grants: bool,
}

impl Event {
    /// Seconds since 1970.
    pub(crate) fn time(&self) -> i64 {
        self.seconds.into()
    }

    /// Whether the call was made by the holder of the key, not by a service for them.
    pub(crate) fn is_direct(&self) -> bool {
        !self.key.is_none() && self.invoked_by.is_none()
    }

    /// Whether the call succeeded.
    pub(crate) fn succeeded(&self) -> bool {
        self.error.is_none()
    }

    /// The access key in the response, and the assumed role or the user of the key.
    pub(crate) fn issued(&self) -> Option<(Symbol, Symbol)> {
        let more = self.more.as_ref()?;
        Some((more.issued.some()?, more.issued_for))
    }

    /// Whether the record has a [`Detail`].
    pub(crate) fn has_detail(&self) -> bool {
        self.names != NameList::default() || self.issued().is_some()
    }

    /// The facts in the request and the response, if they have been read.
    pub(crate) fn detail(&self) -> Option<&Detail> {
        self.more.as_ref()?.detail.as_deref()
    }

    /// Whether the call creates something.
    pub(crate) fn creates(&self) -> bool {
        self.detail().is_some_and(|detail| detail.creates)
    }

    /// The created resources, empty for most records.
    pub(crate) fn resources(&self) -> &[Resource] {
        self.detail().map_or(&[], |detail| &detail.resources)
    }

    /// The texts that the call names, empty for most records.
    pub(crate) fn touched(&self) -> &[Symbol] {
        self.detail().map_or(&[], |detail| &detail.touched)
    }

    /// The links of the record with other identities and records; `None` for most records.
    pub(crate) fn links(&self) -> Option<&Links> {
        self.more.as_ref().map(|more| &more.links)
    }

    /// A text of [`Links`], empty for most records.
    pub(crate) fn link(&self, field: fn(&Links) -> Symbol) -> Symbol {
        self.links().map_or(Symbol::NONE, field)
    }

    /// The time as the record has it: UTC, ISO 8601, whole seconds.
    pub(crate) fn time_text(&self) -> String {
        time_text(self.time())
    }
}

/// A time in seconds since 1970 as `2026-01-31T10:00:00Z`.
pub(crate) fn time_text(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}
