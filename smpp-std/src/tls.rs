//! Certificates and keys for TLS (SMPP 5.0 §2.10 leaves the choice of protection to the parties).
//!
//! Verification cannot be turned off: a link that skips it protects nothing.

mod pinned;

use pinned::Pinned;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig, ServerConnection};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Whom to trust for the certificate of the peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Trust<'a> {
    /// The certificate authorities of the operating system.
    #[default]
    System,
    /// Those in this PEM file, and no others. A server may also show a certificate that is itself in the file.
    File(&'a Path),
}

/// What proves who we are: PEM files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identity<'a> {
    /// The certificate, then those that lead to its authority.
    pub certificates: &'a Path,
    /// The private key of the first certificate.
    pub key: &'a Path,
}

/// TLS settings of clients. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ClientTls(Arc<ClientConfig>);

impl ClientTls {
    /// Verifies servers against `trust`, and shows `identity` to those that ask for a client certificate.
    ///
    /// # Errors
    /// A file that cannot be read or holds nothing usable; no authorities in the system.
    pub fn new(trust: Trust<'_>, identity: Option<Identity<'_>>) -> Result<Self, TlsError> {
        let builder =
            ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        let builder = match trust {
            Trust::System => builder.with_root_certificates(roots(trust)?),
            Trust::File(path) => {
                let verifier = Pinned::new(roots(trust)?, certificates(path)?).map_err(unusable)?;
                builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
            }
        };
        let config = match identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                builder.with_client_auth_cert(certificates(identity.certificates)?, key(identity.key)?)?
            }
        };
        Ok(Self(Arc::new(config)))
    }

    /// One connection to the server with this name or IP address.
    pub(crate) fn connection(&self, host: &str) -> Result<Connection, TlsError> {
        Ok(ClientConnection::new(self.config(), server_name(host)?)?.into())
    }

    /// The settings as rustls has them.
    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }
}

/// The name or IP address that a server's certificate must be for.
pub(crate) fn server_name(host: &str) -> Result<ServerName<'static>, TlsError> {
    ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Name(host.to_owned()))
}

/// TLS settings of a server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ServerTls(Arc<ServerConfig>);

impl ServerTls {
    /// Shows `identity` to clients and, given `clients`, admits only those with a certificate of these authorities.
    ///
    /// # Errors
    /// A file that cannot be read or holds nothing usable; a key that does not belong to the certificate.
    pub fn new(identity: Identity<'_>, clients: Option<Trust<'_>>) -> Result<Self, TlsError> {
        let builder =
            ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(trust) => {
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots(trust)?), provider())
                        .build()
                        .map_err(unusable)?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let config = builder.with_single_cert(certificates(identity.certificates)?, key(identity.key)?)?;
        Ok(Self(Arc::new(config)))
    }

    /// One accepted connection.
    pub(crate) fn connection(&self) -> Result<Connection, TlsError> {
        Ok(ServerConnection::new(Arc::clone(&self.0))?.into())
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn unusable(error: VerifierBuilderError) -> TlsError {
    TlsError::Rustls(rustls::Error::General(error.to_string()))
}

fn roots(trust: Trust<'_>) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    match trust {
        // A system has hundreds; one that cannot be read is no reason to trust none of the others.
        Trust::System => store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs),
        Trust::File(path) => store.add_parsable_certificates(certificates(path)?),
    };
    match (store.is_empty(), trust) {
        (false, _) => Ok(store),
        (true, Trust::System) => Err(TlsError::NoSystemRoots),
        (true, Trust::File(path)) => Err(TlsError::Empty(path.into(), "certificate")),
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if certificates.is_empty() => Err(TlsError::Empty(path.into(), "certificate")),
        other => other.map_err(|error| TlsError::File(path.into(), error)),
    }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| match error {
        rustls::pki_types::pem::Error::NoItemsFound => TlsError::Empty(path.into(), "private key"),
        other => TlsError::File(path.into(), other),
    })
}

/// Why TLS cannot be set up, or why a peer is not trusted.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsError {
    /// A PEM file cannot be read.
    File(PathBuf, rustls::pki_types::pem::Error),
    /// A PEM file has none of what it is for.
    Empty(PathBuf, &'static str),
    /// The operating system has no certificate authorities.
    NoSystemRoots,
    /// This is neither a DNS name nor an IP address.
    Name(String),
    /// The handshake failed: most often a certificate that is not trusted, or of another name.
    Rustls(rustls::Error),
}

impl From<rustls::Error> for TlsError {
    fn from(error: rustls::Error) -> Self {
        Self::Rustls(error)
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(f, "cannot read {}: {error}", path.display()),
            Self::Empty(path, what) => write!(f, "{} has no {what} in PEM form", path.display()),
            Self::NoSystemRoots => f.write_str(
                "this system has no certificate authorities: name a file of them, or install them",
            ),
            Self::Name(name) => write!(f, "'{name}' is neither a DNS name nor an IP address"),
            Self::Rustls(error) => write!(f, "{}", advice(error)),
        }
    }
}

impl std::error::Error for TlsError {}

const NOT_TRUSTED: &str = "the certificate's issuer is not trusted: if it should be, name its file";

/// A failure in words, and what to do where there is something to do.
fn advice(error: &rustls::Error) -> String {
    use rustls::AlertDescription::{BadCertificate, CertificateRequired, UnknownCA};
    use rustls::CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext, UnknownIssuer,
    };
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return match error {
            rustls::Error::InvalidMessage(_) => "the peer does not speak TLS here: check the port".to_owned(),
            rustls::Error::AlertReceived(CertificateRequired | BadCertificate | UnknownCA) => {
                "the peer wants a client certificate that it trusts".to_owned()
            }
            other => other.to_string(),
        };
    };
    match certificate {
        // An authority that only has the name of one that is trusted.
        UnknownIssuer | BadSignature => NOT_TRUSTED.to_owned(),
        _ if pinned::is_an_authority(error) => NOT_TRUSTED.to_owned(),
        NotValidForName | NotValidForNameContext { .. } => {
            format!("the certificate is for another name: {certificate}")
        }
        Expired | ExpiredContext { .. } => format!("the certificate has expired: {certificate}"),
        other => format!("the certificate is not valid: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_empty_file_is_named() {
        let missing =
            ClientTls::new(Trust::File(Path::new("no-such-file.pem")), None).unwrap_err().to_string();
        assert!(missing.starts_with("cannot read no-such-file.pem: "), "{missing}");
        assert!(!missing.contains('{'), "words, not a dump: {missing}");
        let empty = ClientTls::new(Trust::File(Path::new("Cargo.toml")), None).unwrap_err().to_string();
        assert_eq!(empty, "Cargo.toml has no certificate in PEM form");
        let manifest = Path::new("Cargo.toml");
        let identity = Identity { certificates: manifest, key: manifest };
        assert!(ServerTls::new(identity, None).is_err());
    }
}
