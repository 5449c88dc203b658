//! Where a peer is, and who it is.

use core::{fmt, net::Ipv6Addr, str::FromStr};

use crate::{KeyTextError, PublicStatic};

/// Where a peer listens and the key that it proves there: `HOST:PORT#KEY`, an IPv6 address in brackets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// A name, or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The peer's.
    pub key: PublicStatic,
}

/// Which part of an address is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// There is no `#` with a key behind it, or no `:` with a port.
    #[error("not of the form HOST:PORT#KEY")]
    Form,
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
        let (host, port) = place.rsplit_once(':').ok_or(AddressError::Form)?;
        Ok(Self {
            host: host_of(host)?,
            port: port_of(port)?,
            key: key.parse()?,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}#{}", self.host, self.port, self.key)
        } else {
            write!(f, "{}:{}#{}", self.host, self.port, self.key)
        }
    }
}

/// The host in lower case, an IPv6 address in its shortest form.
fn host_of(text: &str) -> Result<String, AddressError> {
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

fn port_of(text: &str) -> Result<u16, AddressError> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let port = text.parse().ok().filter(|_| plain);
    port.ok_or(AddressError::Port)
}

/// The longest name of a host (RFC 1035, section 3.1, as text).
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
        for (host, port, text) in [
            ("relay.example", 7700, "relay.example:7700"),
            ("192.0.2.1", 1, "192.0.2.1:1"),
            ("2001:db8::1", 65535, "[2001:db8::1]:65535"),
            ("::1", 80, "[::1]:80"),
        ] {
            let address = Address {
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
