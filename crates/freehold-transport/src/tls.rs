//! TLS 1.3, through what lets only that pass. The channel inside still proves the peer's key.

use std::{
    io::{ErrorKind, Read, Write},
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, Connection, DigitallySignedStruct, RootCertStore, ServerConfig,
    ServerConnection, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, KeyProvider, ring, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    sign::SigningKey,
    version::TLS13,
};

use crate::{Layer, TransportError, Trust};

/// One end of a TLS connection, without input or output of its own.
#[derive(Debug)]
pub struct Tls(Connection);

/// What a server proves itself with, for all of its connections.
#[derive(Debug, Clone)]
pub struct TlsServer(Arc<ServerConfig>);

impl Trust {
    /// The roots of a file in PEM.
    ///
    /// # Errors
    /// [`TransportError::Tls`] when there is none, or something else.
    pub fn roots_of_pem(pem: &[u8]) -> Result<Self, TransportError> {
        let roots = certificates(pem)?;
        Ok(Self::Roots(
            roots.iter().map(|root| root.to_vec()).collect(),
        ))
    }

    fn config(&self) -> Result<ClientConfig, TransportError> {
        let provider = Arc::new(CryptoProvider {
            key_provider: &NoKeys,
            ..ring::default_provider()
        });
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&TLS13])
            .map_err(failed)?;
        let builder =
            match self {
                Self::System => {
                    let mut roots = RootCertStore::empty();
                    // Some of a system's certificates may be none that are understood here.
                    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                    builder.with_root_certificates(roots)
                }
                Self::Roots(list) => {
                    let mut roots = RootCertStore::empty();
                    for root in list {
                        let root = CertificateDer::from_slice(root);
                        roots.add(root.into_owned()).map_err(failed)?;
                    }
                    builder.with_root_certificates(roots)
                }
                Self::Certificate(certificate) => builder
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(Pinned {
                        certificate: certificate.clone(),
                        provider,
                    })),
            };
        Ok(builder.with_no_client_auth())
    }
}

impl Tls {
    /// The side that connects.
    ///
    /// # Errors
    /// [`TransportError::Unknown`] when the host is neither a name nor an address, [`TransportError::Tls`].
    pub fn connect(host: &str, trust: &Trust) -> Result<Self, TransportError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| TransportError::Unknown)?;
        let connection = ClientConnection::new(Arc::new(trust.config()?), name);
        Ok(Self(connection.map_err(failed)?.into()))
    }

    fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), TransportError> {
        while self.0.wants_write() {
            self.0.write_tls(out).map_err(|_| TransportError::Tls)?;
        }
        Ok(())
    }

    fn read(&mut self, inner: &mut Vec<u8>) -> Result<(), TransportError> {
        match self.0.reader().read_to_end(inner) {
            Ok(_) if inner.is_empty() => Err(TransportError::Closed),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(_) => Err(TransportError::Closed),
        }
    }
}

impl TlsServer {
    /// From a chain of certificates and its key, each in PEM.
    ///
    /// # Errors
    /// [`TransportError::Tls`] when they are not what they should be, or do not belong together.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TransportError> {
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TransportError::Tls)?;
        Self::new(certificates(chain)?, key)
    }

    /// From a chain of certificates and its key in PKCS 8, each in DER.
    ///
    /// # Errors
    /// [`TransportError::Tls`] when they are not what they should be, or do not belong together.
    pub fn from_der(chain: &[Vec<u8>], key: &[u8]) -> Result<Self, TransportError> {
        let chain = chain.iter().map(|one| CertificateDer::from(one.clone()));
        let key = PrivateKeyDer::try_from(key.to_vec()).map_err(|_| TransportError::Tls)?;
        Self::new(chain.collect(), key)
    }

    /// The side that awaits one who connects.
    ///
    /// # Errors
    /// [`TransportError::Tls`].
    pub fn accept(&self) -> Result<Tls, TransportError> {
        let connection = ServerConnection::new(Arc::clone(&self.0)).map_err(failed)?;
        Ok(Tls(connection.into()))
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, TransportError> {
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])
            .map_err(failed)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(failed)?;
        Ok(Self(Arc::new(config)))
    }
}

impl Layer for Tls {
    fn receive(
        &mut self,
        bytes: &[u8],
        inner: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), TransportError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = self.0.read_tls(&mut rest).map_err(|_| TransportError::Tls);
            let outcome = taken.and_then(|_| self.0.process_new_packets().map_err(failed));
            // An alert, where it failed.
            self.flush(out)?;
            outcome?;
            self.read(inner)?;
        }
        Ok(())
    }

    fn send(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), TransportError> {
        // Otherwise more than 64 KiB would not be taken.
        self.0.set_buffer_limit(None);
        let written = self.0.writer().write_all(bytes);
        written.map_err(|_| TransportError::Tls)?;
        self.flush(out)
    }
}

/// Who connects proves itself in the channel inside, never with a certificate: what signs with one need not be in an app's library.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(
        &self,
        _: PrivateKeyDer<'static>,
    ) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General("no certificate".into()))
    }
}

/// Trusts one certificate. Its owner still has to prove that it has the key.
#[derive(Debug)]
struct Pinned {
    certificate: Vec<u8>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if certificate.as_ref() == self.certificate {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::CertificateError::UnknownIssuer.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::PeerIncompatible::ServerDoesNotSupportTls12Or13.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|_| TransportError::Tls)?;
    if found.is_empty() {
        return Err(TransportError::Tls);
    }
    Ok(found)
}

fn failed(_: rustls::Error) -> TransportError {
    TransportError::Tls
}
