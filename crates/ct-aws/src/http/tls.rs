//! Decides which certificates TLS accepts: certificates of the system's authorities, certificates
//! of a CA bundle, or any certificate.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{self, CryptoProvider};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// Which certificates to accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Certificates of the system's certificate authorities.
    Machine,
    /// Certificates of the certificate authorities in a PEM file.
    Bundle(Vec<u8>),
    /// Any certificate: `--no-verify-ssl`.
    Anybody,
    /// No certificates, for connections without TLS.
    Nobody,
}

/// The TLS configuration of a connection.
///
/// # Errors
/// If a CA bundle cannot be parsed or contains no certificate.
pub(super) fn config(trust: &Trust) -> Result<ClientConfig, String> {
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    if *trust == Trust::Nobody {
        let nobody = RootCertStore::empty();
        return Ok(builder.with_root_certificates(nobody).with_no_client_auth());
    }
    let verifier = Verifier::new(trust, provider)?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// Why TLS failed. For an untrusted certificate, the reason is OpenSSL's message, with the line
/// number that Python adds: `(_ssl.c:1006)`.
pub(super) fn reason(error: &Error) -> String {
    let Error::InvalidCertificate(reason) = error else {
        return error.to_string();
    };
    let reason = match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "certificate is not yet valid".to_owned()
        }
        CertificateError::NotValidForNameContext { expected, .. } => {
            let kind = match expected {
                ServerName::IpAddress(_) => "IP address",
                _ => "Hostname",
            };
            let name = expected.to_str();
            format!("{kind} mismatch, certificate is not valid for '{name}'.")
        }
        CertificateError::UnknownIssuer => "unable to get local issuer certificate".to_owned(),
        // The server uses a CA certificate as its own.
        CertificateError::Other(_) => "self-signed certificate".to_owned(),
        other => other.to_string(),
    };
    format!("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {reason} (_ssl.c:1006)")
}

/// A verifier that, like OpenSSL, also accepts a server certificate that is in the CA bundle, such as a self-signed
/// certificate.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    /// The verifier for the certificate chain, or `None` if every certificate is accepted.
    chain: Option<Arc<WebPkiServerVerifier>>,
    listed: Vec<CertificateDer<'static>>,
}

impl Verifier {
    fn new(trust: &Trust, provider: Arc<CryptoProvider>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let mut listed = Vec::new();
        match trust {
            Trust::Machine => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
            Trust::Bundle(pem) => {
                for certificate in CertificateDer::pem_slice_iter(pem) {
                    listed.push(certificate.map_err(|error| error.to_string())?);
                }
                roots.add_parsable_certificates(listed.iter().cloned());
            }
            Trust::Anybody | Trust::Nobody => {}
        }
        let chain = match trust {
            Trust::Anybody => None,
            _ => Some(
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                    .build()
                    .map_err(|error| error.to_string())?,
            ),
        };
        Ok(Self {
            provider,
            chain,
            listed,
        })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else {
            return Ok(ServerCertVerified::assertion());
        };
        let verified =
            chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            Err(Error::InvalidCertificate(CertificateError::Other(_)))
                if self.listed.iter().any(|listed| listed == end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}
