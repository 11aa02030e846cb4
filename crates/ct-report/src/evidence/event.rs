//! The facts of one record that a report needs.

use std::num::NonZeroU64;

use jiff::Timestamp;

use crate::created::Resource;
use crate::evidence::id::Id;
use crate::evidence::record_position::RecordPosition;
use crate::symbols::Symbol;

/// The facts of a record. A string is empty if the record lacks the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// The event time in Unix seconds, in four bytes to save memory.
    pub(super) seconds: u32,
    /// The position of the record in the input.
    pub(crate) place: RecordPosition,
    /// A hash of `requestID` with a key that is different in each run, or `None` if the record
    /// lacks the field.
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
    /// `userIdentity.arn`, or the type of the identity if it has no ARN.
    pub(crate) identity: Symbol,
    /// `userIdentity.userName`.
    pub(crate) user: Symbol,
    /// `sourceIPAddress`.
    pub(crate) address: Symbol,
    /// `userAgent`.
    pub(crate) agent: Symbol,
    /// `awsRegion`.
    pub(crate) region: Symbol,
    /// `recipientAccountId`, or `userIdentity.accountId` if the record lacks `recipientAccountId`.
    pub(crate) account: Symbol,
    /// The error of a failed call: `errorCode`, or `errorMessage` if there is no code, or `Failure`
    /// for a failed sign-in. Empty if the call succeeded.
    pub(crate) error: Symbol,
    /// `userIdentity.invokedBy`: the service that made the call.
    pub(crate) invoked_by: Symbol,
    /// The hashes of the names in the request and in the resources. Empty for calls that changed
    /// nothing, except for calls to Secrets Manager, Systems Manager and KMS.
    pub(crate) names: NameList,
    /// Whether `readOnly` is true.
    pub(crate) is_read_only: bool,
    /// Whether `sessionCredentialFromConsole` is true.
    pub(crate) is_console: bool,
    /// Whether `userIdentity.sessionContext.ec2RoleDelivery` is present.
    pub(crate) is_instance: bool,
    /// Facts that most records lack, or `None` if the record has none of them.
    pub(crate) rare: Option<Box<RareFacts>>,
}

/// The position in [`Names`](crate::evidence::names::Names) at which the list of an event's names
/// starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameList(pub(super) u32);

/// Facts that most records lack: an issued key, links with other identities and records, and
/// details.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RareFacts {
    /// The access key that the call issued, from its response.
    pub(crate) issued: Symbol,
    /// For whom the key was issued: the assumed role or the user, as an ARN or a name. For a root
    /// user or a role of IAM Identity Center, a text that ends with ` account ` and the account ID.
    pub(crate) issued_for: Symbol,
    /// The links of the record with other identities and records.
    pub(crate) links: Links,
    /// The facts in the request and the response, or `None` if they have not been read.
    pub(crate) detail: Option<Box<Detail>>,
}

/// The facts that link a record with other identities and records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Links {
    /// `sharedEventID`, which is the same in the records of one call in several accounts.
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
    /// Whether the call creates something. If the created resources are unknown, `resources` is
    /// empty.
    pub(crate) creates: bool,
    /// The created resources.
    pub(crate) resources: Box<[Resource]>,
    /// The strings in the request and in the resources of the record, such as names, IDs and ARNs,
    /// by which later calls on the same resource are found.
    pub(crate) touched: Box<[Symbol]>,
    /// The names and the values of the string fields at the top level of the request, except
    /// tokens.
    pub(crate) fields: Box<[(Symbol, Symbol)]>,
    /// The strings, such as IDs, in those fields of the response that list failures: for example,
    /// the IDs of resources that the call did not delete.
    pub(crate) not_done: Box<[Symbol]>,
    /// Whether the call deletes only one version of a resource, and not the whole resource.
    pub(crate) is_partial: bool,
    /// For a call that changes an attribute, an ACL or a policy: whether it grants access. `true`
    /// for every other call.
    pub(crate) grants: bool,
}

impl Event {
    /// The event time in Unix seconds.
    pub(crate) fn time(&self) -> i64 {
        self.seconds.into()
    }

    /// Whether the holder of the key made the call (a direct call). Otherwise, a service made the
    /// call for the holder.
    pub(crate) fn is_direct(&self) -> bool {
        !self.key.is_none() && self.invoked_by.is_none()
    }

    /// Whether the call succeeded.
    pub(crate) fn succeeded(&self) -> bool {
        self.error.is_none()
    }

    /// The access key that the call issued, and the role or user for whom it was issued. `None` if
    /// the call issued no key.
    pub(crate) fn issued(&self) -> Option<(Symbol, Symbol)> {
        let rare = self.rare.as_ref()?;
        Some((rare.issued.some()?, rare.issued_for))
    }

    /// Whether the record may contain a [`Detail`]: the record has names, or the call issued a key.
    pub(crate) fn has_detail(&self) -> bool {
        self.names != NameList::default() || self.issued().is_some()
    }

    /// The facts in the request and the response, or `None` if they have not been read.
    pub(crate) fn detail(&self) -> Option<&Detail> {
        self.rare.as_ref()?.detail.as_deref()
    }

    /// Whether the call creates something.
    pub(crate) fn creates(&self) -> bool {
        self.detail().is_some_and(|detail| detail.creates)
    }

    /// The resources that the call created. The list is empty for most records.
    pub(crate) fn resources(&self) -> &[Resource] {
        self.detail().map_or(&[], |detail| &detail.resources)
    }

    /// [`Detail::touched`], or an empty list if the detail has not been read.
    pub(crate) fn touched(&self) -> &[Symbol] {
        self.detail().map_or(&[], |detail| &detail.touched)
    }

    /// [`Detail::fields`], or an empty list if the detail has not been read.
    pub(crate) fn fields(&self) -> &[(Symbol, Symbol)] {
        self.detail().map_or(&[], |detail| &detail.fields)
    }

    /// The links of the record with other identities and records. `None` for most records.
    pub(crate) fn links(&self) -> Option<&Links> {
        self.rare.as_ref().map(|rare| &rare.links)
    }

    /// A field of [`Links`]. Most records lack these fields, so the result is usually the empty
    /// string.
    pub(crate) fn link(&self, field: fn(&Links) -> Symbol) -> Symbol {
        self.links().map_or(Symbol::NONE, field)
    }

    /// The event time in the format of the record: UTC, ISO 8601, with whole seconds.
    pub(crate) fn time_text(&self) -> String {
        time_text(self.time())
    }
}

/// Formats a time in Unix seconds like `2026-01-31T10:00:00Z`.
pub(crate) fn time_text(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}
