//! Judges each digest of a chain: checks the digest's signature, and what the next digest says
//! about the digest.
//!
//! Each digest names the previous one, with its hash and signature. The successor of a digest is
//! the one that names it, and is newer.

use std::collections::{HashMap, HashSet};

use ct_aws::public_keys::PublicKeys;

use super::digest::Digest;
use super::inventory::StoredFile;
use crate::source::archive::evidence::verdict::Verdict;

/// A digest file, and its content or the reason why the content is invalid.
#[derive(Debug)]
pub(super) struct DigestFile {
    pub(super) stored: StoredFile,
    pub(super) content: Result<Digest, String>,
    /// The signature in the metadata of the digest's S3 object, in hexadecimal; `None` if the
    /// metadata contains none or is unknown.
    pub(super) signature: Option<String>,
}

/// The verdict on a digest, and whether its list of log files can be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) verdict: Verdict,
    /// Whether it is proved that CloudTrail wrote the content. Then the list of log files in the
    /// digest can be trusted.
    pub(super) is_authentic: bool,
}

/// The public keys that verify the signatures of digests.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) keys: PublicKeys,
    /// Whether CloudTrail itself returned the keys, so that no other keys are valid.
    pub(super) are_all: bool,
}

/// A digest that another digest names, but that does not exist in the archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MissingDigest {
    pub(super) url: String,
    pub(super) name: String,
    /// The index of the digest that names the missing digest.
    pub(super) named_by: usize,
}

impl Judgement {
    fn from_verdict(verdict: Verdict) -> Self {
        let is_authentic = verdict == Verdict::Valid;
        Self {
            verdict,
            is_authentic,
        }
    }

    fn invalid(reason: impl Into<String>) -> Self {
        Self::from_verdict(Verdict::Invalid(reason.into()))
    }

    fn not_covered(reason: impl Into<String>) -> Self {
        Self::from_verdict(Verdict::NotCovered(reason.into()))
    }
}

/// Judges the digests of one chain. They must be sorted newest first, and so are the returned
/// judgements.
pub(super) fn judge(digests: &[DigestFile], keys: &Keys) -> Vec<Judgement> {
    let mut successors: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, digest) in digests.iter().enumerate() {
        let content = digest.content.as_ref().ok();
        if let Some(previous) = content.and_then(Digest::previous_name) {
            successors.entry(previous).or_default().push(at);
        }
    }
    let mut judgements: Vec<Judgement> = Vec::new();
    for (at, digest) in digests.iter().enumerate() {
        let named_by = successors.get(digest.stored.file_name.as_str());
        let named_by = named_by.into_iter().flatten().copied();
        // The successor of a digest is newer, so it was judged before. Ignore an older digest that
        // names this one as its previous digest.
        let successor = named_by
            .filter(|&other| other < at)
            .max_by_key(|&other| judgements[other].is_authentic);
        let successor = successor.and_then(|other| {
            let content = digests[other].content.as_ref().ok()?;
            Some(Successor {
                at: other,
                name: &digests[other].stored.file_name,
                content,
                judgement: judgements[other].clone(),
            })
        });
        let (mut judgement, doubt) = judge_one(digest, successor.as_ref(), keys);
        let content = digest.content.as_ref().ok();
        let is_elsewhere = content.is_some_and(|content| content.end != digest.stored.second);
        if is_elsewhere && matches!(judgement.verdict, Verdict::NotCovered(_)) {
            judgement = Judgement::invalid("its end is not the time in its name");
        }
        judgements.push(judgement);
        if let (Some(successor), Some(reason)) = (successor, doubt) {
            judgements[successor.at].verdict = Verdict::Invalid(reason);
        }
    }
    judgements
}

/// The digest that names another digest as its previous one.
struct Successor<'d> {
    at: usize,
    name: &'d str,
    content: &'d Digest,
    judgement: Judgement,
}

/// Judges one digest. If the digest is valid, but its successor states a wrong hash or signature
/// for it, also returns the reason why the successor is invalid.
fn judge_one(
    digest: &DigestFile,
    successor: Option<&Successor<'_>>,
    keys: &Keys,
) -> (Judgement, Option<String>) {
    let content = match &digest.content {
        Ok(content) => content,
        Err(reason) => return (Judgement::invalid(reason), None),
    };
    let own_name = &digest.stored.file_name;
    if content.name() != own_name {
        let reason = format!(
            "it contains the digest {}, not the one in its name",
            content.name()
        );
        return (Judgement::invalid(reason), None);
    }
    let named_hash = successor.and_then(|next| next.content.previous_hash_is(&content.sha256));
    let trusted = successor.filter(|next| next.judgement.is_authentic);
    let Some(key) = keys.keys.get(content.fingerprint()) else {
        return (without_key(content, trusted, named_hash, keys), None);
    };
    let text = content.signed_text();
    let verifies = |signature: &str| key.verifies(&text, signature);
    let recorded = digest.signature.as_deref().map(verifies);
    let linked = successor
        .and_then(|next| next.content.previous_signature())
        .map(verifies);
    if recorded == Some(false) {
        let judgement = Judgement {
            is_authentic: linked == Some(true),
            ..Judgement::invalid(
                "its signature in the metadata of its object is wrong: it was changed, or signed \
                 with a different key",
            )
        };
        return (judgement, None);
    }
    if recorded == Some(true) || linked == Some(true) {
        let wrong = match (trusted, named_hash, linked) {
            (Some(_), Some(false), Some(false)) => Some("hash and signature"),
            (Some(_), Some(false), _) => Some("hash"),
            (Some(_), _, Some(false)) => Some("signature"),
            _ => None,
        };
        let doubt = wrong
            .map(|what| format!("it lists a wrong {what} for the previous digest: {own_name}"));
        return (Judgement::from_verdict(Verdict::Valid), doubt);
    }
    (by_link_alone(successor, named_hash, linked), None)
}

/// Judges a digest for whose signature there is no public key.
fn without_key(
    content: &Digest,
    trusted: Option<&Successor<'_>>,
    named_hash: Option<bool>,
    keys: &Keys,
) -> Judgement {
    let fingerprint = content.fingerprint();
    if let (Some(next), Some(false)) = (trusted, named_hash) {
        return Judgement::invalid(format!(
            "its content does not match the hash in the next digest: {}",
            next.name
        ));
    }
    if keys.are_all {
        return Judgement::invalid(format!(
            "CloudTrail has no public key with the fingerprint {fingerprint} in its region"
        ));
    }
    Judgement::not_covered(format!(
        "no public key with the fingerprint {fingerprint} was given"
    ))
}

/// Judges a digest without a valid signature: its metadata contains none, and the successor
/// contains none or a wrong one.
fn by_link_alone(
    successor: Option<&Successor<'_>>,
    named_hash: Option<bool>,
    linked: Option<bool>,
) -> Judgement {
    let Some(next) = successor.filter(|_| linked.is_some()) else {
        return Judgement::not_covered(
            "it has no signature, neither in the next digest nor in the saved metadata of its \
             object",
        );
    };
    let name = next.name;
    match (next.judgement.is_authentic, named_hash) {
        (true, Some(true)) => Judgement {
            is_authentic: true,
            ..Judgement::invalid(format!(
                "its signature in the next digest is wrong, although its hash there is right: \
                 {name}"
            ))
        },
        (true, _) => Judgement::invalid(format!(
            "it was changed: its signature and its hash in the next digest do not match: {name}"
        )),
        (false, _) if matches!(next.judgement.verdict, Verdict::Invalid(_)) => {
            Judgement::not_covered(format!(
                "the next digest, which contains its signature, is invalid: {name}"
            ))
        }
        (false, _) => Judgement::invalid(format!(
            "its signature in the next digest is wrong, so one of the two was changed: {name}"
        )),
    }
}

/// Returns the digests that other digests name, but that are not in the archive. Ignores what an
/// invalid digest says, unless it is authentic.
pub(super) fn missing(digests: &[DigestFile], judgements: &[Judgement]) -> Vec<MissingDigest> {
    let there = digests
        .iter()
        .map(|digest| digest.stored.file_name.as_str());
    let there: HashSet<&str> = there.collect();
    let mut missing: Vec<MissingDigest> = Vec::new();
    for (at, (digest, judgement)) in digests.iter().zip(judgements).enumerate() {
        let may_count =
            judgement.is_authentic || matches!(judgement.verdict, Verdict::NotCovered(_));
        let content = digest.content.as_ref().ok().filter(|_| may_count);
        let Some(content) = content else { continue };
        let Some(name) = content.previous_name() else {
            continue;
        };
        let is_known = missing.iter().any(|other| other.name == name);
        if !there.contains(name) && !is_known {
            missing.push(MissingDigest {
                url: content.previous_url(),
                name: name.to_owned(),
                named_by: at,
            });
        }
    }
    missing
}
