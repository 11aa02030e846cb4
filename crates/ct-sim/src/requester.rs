//! Identifies the sender of a request by the request's `SigV4` signature, which is not verified.

/// The account that sent a request, and the region that the request is for.
pub(crate) struct Requester<'a> {
    pub(crate) region: &'a str,
    /// The account whose records the sender may see, or `None` if the sender may see the records of
    /// every account.
    pub(crate) account: Option<&'a str>,
}

/// Whether `text` is an account ID: twelve digits.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// The access key that signed a request, and the region and the service that the signature names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CredentialScope {
    pub(crate) access_key_id: String,
    pub(crate) region: String,
    pub(crate) service: String,
}

impl CredentialScope {
    /// Parses an `Authorization` header: `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
    pub(crate) fn read(authorization: &str) -> Option<Self> {
        let (_, credential) = authorization.split_once("Credential=")?;
        let end = credential.find([',', ' ']).unwrap_or(credential.len());
        // The text is split from the right, because a made-up access key may contain a slash.
        let mut parts = credential[..end].rsplitn(5, '/');
        if parts.next()? != "aws4_request" {
            return None;
        }
        let service = parts.next()?.to_owned();
        let region = parts.next()?.to_owned();
        let _date = parts.next()?;
        let access_key_id = parts.next()?.to_owned();
        Some(Self {
            access_key_id,
            region,
            service,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_region_and_service_are_read_from_the_scope() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20201001/ap-northeast-2/cloudtrail/aws4_request, SignedHeaders=host, Signature=0";
        let scope = CredentialScope {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            region: "ap-northeast-2".to_owned(),
            service: "cloudtrail".to_owned(),
        };
        assert_eq!(CredentialScope::read(header), Some(scope));
    }

    #[test]
    fn other_signature_schemes_are_ignored() {
        assert_eq!(CredentialScope::read("Basic QQ=="), None);
        assert_eq!(
            CredentialScope::read("AWS4-HMAC-SHA256 Credential=a/b/c"),
            None
        );
    }
}
