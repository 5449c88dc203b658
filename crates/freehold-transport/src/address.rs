//! Where a peer is, and who it is.

use core::{fmt, net::Ipv6Addr, str::FromStr};

use crate::{KeyTextError, PublicStatic};

/// Where a peer listens and the key that it proves there: `HOST:PORT#KEY`, an IPv6 address in brackets; or `tls://HOST:PORT#KEY`,
/// `ws://HOST:PORT/PATH#KEY`, `wss://HOST:PORT/PATH#KEY`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// What is around the channel.
    pub around: Around,
    /// A name, or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The peer's.
    pub key: PublicStatic,
}

/// What is around a channel, for ways that let nothing else pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Around {
    /// TLS.
    pub tls: bool,
    /// A WebSocket at this path, inside of TLS if there is both.
    pub path: Option<String>,
}

/// Which part of an address is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// There is no `#` with a key behind it, or no `:` with a port.
    #[error("not of the form HOST:PORT#KEY")]
    Form,
    /// None of those that there are.
    #[error("not a way to a peer: nothing, tls://, ws:// or wss://")]
    Scheme,
    /// Not a path of a WebSocket.
    #[error("not a path: letters, digits and the signs / - . _ ~")]
    Path,
    /// Neither a name nor an IP address.
    #[error("not a host: a name, an IPv4 address or an IPv6 address in brackets")]
    Host,
    /// Not a number from 1 to 65535.
    #[error("not a port from 1 to 65535")]
    Port,
    /// Not a key.
    #[error(transparent)]
    Key(#[from] KeyTextError),
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (place, key) = text.split_once('#').ok_or(AddressError::Form)?;
        let (scheme, place) = match place.split_once("://") {
            Some((scheme, place)) => (Some(scheme), place),
            None => (None, place),
        };
        let (place, path) = match scheme {
            None | Some("tls") => (place, None),
            Some("ws" | "wss") => {
                let (place, path) = place.split_once('/').unwrap_or((place, ""));
                (place, Some(path_of(path)?))
            }
            Some(_) => return Err(AddressError::Scheme),
        };
        let tls = matches!(scheme, Some("tls" | "wss"));
        let (host, port) = place.rsplit_once(':').ok_or(AddressError::Form)?;
        Ok(Self {
            around: Around { tls, path },
            host: host_of(host)?,
            port: port_of(port)?,
            key: key.parse()?,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Around { tls, path } = &self.around;
        f.write_str(match (tls, path) {
            (false, None) => "",
            (true, None) => "tls://",
            (false, Some(_)) => "ws://",
            (true, Some(_)) => "wss://",
        })?;
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)?;
        } else {
            write!(f, "{}:{}", self.host, self.port)?;
        }
        write!(f, "{}#{}", path.as_deref().unwrap_or_default(), self.key)
    }
}

/// A path from what follows its first `/`.
fn path_of(text: &str) -> Result<String, AddressError> {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'.' | b'_' | b'~');
    if text.len() > HOST_MAX || !text.bytes().all(plain) {
        return Err(AddressError::Path);
    }
    Ok(format!("/{text}"))
}

/// The host in lower case, an IPv6 address in its shortest form.
pub(crate) fn host_of(text: &str) -> Result<String, AddressError> {
    if let Some(inner) = text.strip_prefix('[') {
        let inner = inner.strip_suffix(']').ok_or(AddressError::Host)?;
        let address: Ipv6Addr = inner.parse().map_err(|_| AddressError::Host)?;
        return Ok(address.to_string());
    }
    let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if text.is_empty() || text.len() > HOST_MAX || !text.bytes().all(named) {
        return Err(AddressError::Host);
    }
    Ok(text.to_ascii_lowercase())
}

pub(crate) fn port_of(text: &str) -> Result<u16, AddressError> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let port = text.parse().ok().filter(|_| plain);
    port.ok_or(AddressError::Port)
}

/// The longest name of a host (RFC 1035, section 3.1, as text); of a path too.
const HOST_MAX: usize = 253;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StaticKey;
    use freehold_crypto::Secret;

    fn key() -> PublicStatic {
        StaticKey::from_secret(Secret::from_bytes([7; 32])).public()
    }

    #[test]
    fn what_is_written_is_read() {
        for (scheme, host, port, path, text) in [
            ("", "relay.example", 7700, None, "relay.example:7700"),
            ("", "192.0.2.1", 1, None, "192.0.2.1:1"),
            ("", "2001:db8::1", 65535, None, "[2001:db8::1]:65535"),
            ("", "::1", 80, None, "[::1]:80"),
            ("tls", "::1", 443, None, "tls://[::1]:443"),
            ("ws", "a.example", 80, Some("/"), "ws://a.example:80/"),
            ("wss", "::1", 443, Some("/a/b-c"), "wss://[::1]:443/a/b-c"),
        ] {
            let address = Address {
                around: Around {
                    tls: scheme.ends_with('s') && scheme != "ws",
                    path: path.map(str::to_owned),
                },
                host: host.into(),
                port,
                key: key(),
            };
            assert_eq!(address.to_string(), format!("{text}#{}", key()));
            assert_eq!(address.to_string().parse(), Ok(address));
        }
        let spelt: Address = format!("[2001:DB8:0::1]:80#{}", key()).parse().unwrap();
        assert_eq!(spelt.host, "2001:db8::1");
        let spelt: Address = format!("Relay.Example:80#{}", key()).parse().unwrap();
        assert_eq!(spelt.host, "relay.example");
        let spelt: Address = format!("ws://a.example:80#{}", key()).parse().unwrap();
        assert_eq!(spelt.around.path.as_deref(), Some("/"));
    }

    #[test]
    fn what_is_no_address_is_told_by_its_part() {
        let k = key();
        for (text, error) in [
            ("relay.example:80".into(), AddressError::Form),
            (format!("relay.example#{k}"), AddressError::Form),
            (format!(":80#{k}"), AddressError::Host),
            (format!("a b:80#{k}"), AddressError::Host),
            (format!("a/b:80#{k}"), AddressError::Host),
            (format!("2001:db8::1:80#{k}"), AddressError::Host),
            (format!("[::1:80#{k}"), AddressError::Host),
            (format!("[::g]:80#{k}"), AddressError::Host),
            (format!("{}:80#{k}", "a".repeat(254)), AddressError::Host),
            (format!("a:0#{k}"), AddressError::Port),
            (format!("a:080#{k}"), AddressError::Port),
            (format!("a:+80#{k}"), AddressError::Port),
            (format!("a:65536#{k}"), AddressError::Port),
            (format!("a:#{k}"), AddressError::Port),
            (format!("https://a:80#{k}"), AddressError::Scheme),
            (format!("://a:80#{k}"), AddressError::Scheme),
            (format!("TLS://a:80#{k}"), AddressError::Scheme),
            (format!("tls://a:80/#{k}"), AddressError::Port),
            (format!("a:80/#{k}"), AddressError::Port),
            (format!("ws://a#{k}"), AddressError::Form),
            (format!("ws://a:80/ #{k}"), AddressError::Path),
            (format!("ws://a:80/?x#{k}"), AddressError::Path),
            (format!("ws://a:80/%41#{k}"), AddressError::Path),
            (
                format!("wss://a:80/{}#{k}", "a".repeat(254)),
                AddressError::Path,
            ),
            ("a:80#".into(), AddressError::Key(KeyTextError)),
            (format!("a:80#{k}a"), AddressError::Key(KeyTextError)),
            (format!("a:80#{k}#"), AddressError::Key(KeyTextError)),
            (
                format!("a:80#{}", k.to_string().to_uppercase()),
                AddressError::Key(KeyTextError),
            ),
        ] {
            assert_eq!(text.parse::<Address>(), Err(error), "{text}");
        }
    }
}
