//! The way to a peer, from its address.

use std::{str::FromStr, time::Duration};

use crate::{Address, AddressError, Tcp, Transport, TransportError, address};

/// What a way takes beside the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// An HTTP proxy to go through.
    pub proxy: Option<Proxy>,
    /// Whose certificates are trusted, where the way goes through TLS.
    pub trust: Trust,
}

/// An HTTP proxy that knows CONNECT: `HOST:PORT` or `http://HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// A name, or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Whom the side that connects through TLS trusts. That the channel inside goes to the right peer does not depend on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Trust {
    /// Servers that a certificate vouches for that the system trusts, for the host's name.
    #[default]
    System,
    /// Servers that one of these certificates vouches for, directly or not, for the host's name. In DER.
    Roots(Vec<Vec<u8>>),
    /// The server with exactly this certificate, whatever it says. In DER.
    Certificate(Vec<u8>),
}

/// Connects to where an address says, through everything that it says is around the channel.
///
/// # Errors
/// [`TransportError`]; [`TransportError::NotBuilt`] where the build lacks the feature that speaks it.
pub fn connect(
    address: &Address,
    reach: &Reach,
    timeout: Duration,
) -> Result<Box<dyn Transport>, TransportError> {
    let (host, port) = (&address.host, address.port);
    let way = match &reach.proxy {
        Some(proxy) => Tcp::connect_through((&proxy.host, proxy.port), host, port, timeout)?,
        None => Tcp::connect(host, port, timeout)?,
    };
    let mut way: Box<dyn Transport> = Box::new(way);
    if address.around.tls {
        way = in_tls(way, host, &reach.trust)?;
    }
    match &address.around.path {
        Some(path) => in_websocket(way, host, port, path),
        None => Ok(way),
    }
}

impl FromStr for Proxy {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let place = text.strip_prefix("http://").unwrap_or(text);
        let place = place.strip_suffix('/').unwrap_or(place);
        let (host, port) = place.rsplit_once(':').ok_or(AddressError::Form)?;
        Ok(Self {
            host: address::host_of(host)?,
            port: address::port_of(port)?,
        })
    }
}

#[cfg(feature = "tls")]
fn in_tls(
    way: Box<dyn Transport>,
    host: &str,
    trust: &Trust,
) -> Result<Box<dyn Transport>, TransportError> {
    let tls = crate::Tls::connect(host, trust)?;
    Ok(Box::new(crate::Layered::over(tls, way)?))
}

#[cfg(not(feature = "tls"))]
fn in_tls(_: Box<dyn Transport>, _: &str, _: &Trust) -> Result<Box<dyn Transport>, TransportError> {
    Err(TransportError::NotBuilt)
}

#[cfg(feature = "websocket")]
fn in_websocket(
    way: Box<dyn Transport>,
    host: &str,
    port: u16,
    path: &str,
) -> Result<Box<dyn Transport>, TransportError> {
    let web = crate::WebSocket::connect(host, port, path)?;
    Ok(Box::new(crate::Layered::over(web, way)?))
}

#[cfg(not(feature = "websocket"))]
fn in_websocket(
    _: Box<dyn Transport>,
    _: &str,
    _: u16,
    _: &str,
) -> Result<Box<dyn Transport>, TransportError> {
    Err(TransportError::NotBuilt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_by_its_name() {
        let proxy = |host: &str, port| {
            Ok(Proxy {
                host: host.into(),
                port,
            })
        };
        for (text, expected) in [
            ("http://proxy.example:3128", proxy("proxy.example", 3128)),
            ("http://proxy.example:3128/", proxy("proxy.example", 3128)),
            ("[::1]:8080", proxy("::1", 8080)),
            ("proxy.example", Err(AddressError::Form)),
            ("https://proxy.example:1", Err(AddressError::Host)),
            ("http://me:secret@proxy.example:1", Err(AddressError::Host)),
            ("http://proxy.example:0", Err(AddressError::Port)),
        ] {
            assert_eq!(text.parse::<Proxy>(), expected, "{text}");
        }
    }
}
