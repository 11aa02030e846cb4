//! Derives the noun of a call from its name, and whether the call deletes or shares a resource.

/// The prefixes of the names of calls that delete resources.
const DELETING: [&str; 9] = [
    "Delete",
    "Terminate",
    "Deregister",
    "Release",
    "Unsubscribe",
    "Revoke",
    "Cancel",
    "Remove",
    "Retire",
];

/// The nouns of resources that a `Cancel` call deletes. Other resources, such as a job or a
/// deployment, still exist after they are cancelled.
const CANCELLED: [&str; 6] = [
    "capacityreservation",
    "capacityreservationfleet",
    "dbcapacityreservation",
    "reservedinstanceslisting",
    "spotfleet",
    "spotinstance",
];

/// Calls that may grant access to a resource.
const SHARING: [&str; 24] = [
    "AddLayerVersionPermission",
    "AddPermission",
    "AssociateResourceShare",
    "CreateGrant",
    "CreateResourceShare",
    "ModifyDBClusterSnapshotAttribute",
    "ModifyDBSnapshotAttribute",
    "ModifyDocumentPermission",
    "ModifyFpgaImageAttribute",
    "ModifyImageAttribute",
    "ModifySnapshotAttribute",
    "ModifyVpcEndpointServicePermissions",
    "PutBucketAcl",
    "PutBucketPolicy",
    "PutImageRecipePolicy",
    "PutKeyPolicy",
    "PutObjectAcl",
    "PutRepositoryPolicy",
    "PutResourcePolicy",
    "SetQueueAttributes",
    "SetRepositoryPolicy",
    "SetTopicAttributes",
    "SetVaultAccessPolicy",
    "UpdateAssumeRolePolicy",
];

/// The facts that the name of a call implies.
pub(crate) struct CallMeaning {
    /// The name of the call without the API version.
    pub(super) stem: String,
    /// The noun in the name, in lower case and singular.
    pub(crate) noun: String,
    /// Whether the call deletes a resource that its noun names.
    pub(crate) is_deleting: bool,
    /// Whether the call may grant access.
    pub(super) is_sharing: bool,
}

impl CallMeaning {
    pub(crate) fn new(name: &str) -> Self {
        let stem = stem(name);
        let plain = ["Batch", "Admin"].map(|word| stem.strip_prefix(word));
        let plain = plain.into_iter().flatten().next().unwrap_or(stem);
        let noun = noun(plain);
        Self {
            // A call such as `RemoveUserFromGroup` deletes neither the user nor the group.
            is_deleting: !stem.contains("From")
                && DELETING.iter().any(|verb| plain.starts_with(verb))
                && (!plain.starts_with("Cancel") || CANCELLED.contains(&noun.as_str())),
            noun,
            is_sharing: SHARING.contains(&stem),
            stem: stem.to_owned(),
        }
    }
}

/// The name of an event without the API version.
fn stem(name: &str) -> &str {
    let end = name.find(|letter: char| letter.is_ascii_digit());
    match end {
        Some(end) if name[end..].starts_with("20") && name.len() - end >= 8 => &name[..end],
        _ => name,
    }
}

/// The noun in the name of a call, in lower case and singular: the part after the verb and before a source such as
/// `FromSnapshot`.
fn noun(name: &str) -> String {
    let rest = name
        .char_indices()
        .skip(1)
        .find(|(_, letter)| letter.is_ascii_uppercase());
    let noun = rest.map_or(name, |(at, _)| &name[at..]);
    let source = ["From", "ToPointInTime", "WithTags", "BySplitting"]
        .iter()
        .find_map(|word| noun.find(word))
        .filter(|&at| at > 0);
    let noun = source.map_or(noun, |at| &noun[..at]).to_ascii_lowercase();
    let noun = noun.strip_suffix('s').unwrap_or(&noun);
    match noun {
        "dbinstancereadreplica" => "dbinstance",
        "defaultsubnet" => "subnet",
        "defaultvpc" => "vpc",
        "metricalarm" => "alarm",
        "spotfleetrequest" => "spotfleet",
        "spotinstancerequest" => "spotinstance",
        _ => noun,
    }
    .to_owned()
}
