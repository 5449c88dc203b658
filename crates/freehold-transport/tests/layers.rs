//! Links through WebSocket, TLS and a proxy.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../freehold-sync/tests/memory/mod.rs"]
mod memory;
mod pipes;

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
    time::Duration,
};

use freehold_transport::{
    Layer, Layered, Memory as Pipe, RunError, Tcp, Tls, TlsServer, Transport, TransportError,
    Trust, WebSocket,
};
use pipes::{histories, sync, tcp_pair};

const WAIT: Duration = Duration::from_secs(5);

/// A certificate for a name, and what proves it.
fn certificate(name: &str) -> (Vec<u8>, TlsServer) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let der = made.cert.der().to_vec();
    let key = made.signing_key.serialize_der();
    let server = TlsServer::from_der(std::slice::from_ref(&der), &key).unwrap();
    (der, server)
}

fn agree(one: impl Transport, two: impl Transport) {
    let mut replicas = histories(40, 30_000);
    assert_eq!(sync(&mut replicas, one, two), [Ok(()), Ok(())]);
    assert_eq!(replicas[0].logs(), replicas[1].logs());
}

fn web(one: impl Transport, two: impl Transport) -> (impl Transport, impl Transport) {
    let client = WebSocket::connect("relay.example", 80, "/").unwrap();
    (
        Layered::over(client, one).unwrap(),
        Layered::over(WebSocket::accept(), two).unwrap(),
    )
}

#[test]
fn through_a_websocket() {
    let (one, two) = tcp_pair("127.0.0.1:0");
    let (one, two) = web(one, two);
    agree(one, two);
}

/// channel-15: with a certificate that is trusted the link is the same, with its own keys.
#[test]
fn through_tls() {
    let (der, server) = certificate("relay.example");
    for trust in [Trust::Roots(vec![der.clone()]), Trust::Certificate(der)] {
        let (one, two) = tcp_pair("127.0.0.1:0");
        let client = Tls::connect("relay.example", &trust).unwrap();
        let one = Layered::over(client, one).unwrap();
        let two = Layered::over(server.accept().unwrap(), two).unwrap();
        agree(one, two);
    }
}

#[test]
fn through_a_websocket_in_tls() {
    let (der, server) = certificate("relay.example");
    let (one, two) = tcp_pair("[::1]:0");
    let client = Tls::connect("relay.example", &Trust::Roots(vec![der])).unwrap();
    let one = Layered::over(client, one).unwrap();
    let two = Layered::over(server.accept().unwrap(), two).unwrap();
    let (one, two) = web(one, two);
    agree(one, two);
}

/// Carries bytes between two layers until neither has more to say; what the first one's side makes of it.
fn shake(one: &mut impl Layer, two: &mut impl Layer) -> Result<(), TransportError> {
    let mut there = Vec::new();
    one.send(&[], &mut there)?;
    loop {
        let (mut plain, mut back) = (Vec::new(), Vec::new());
        // The other side may fail too, but it says so.
        let _ = two.receive(&there, &mut plain, &mut back);
        there.clear();
        if back.is_empty() {
            return Ok(());
        }
        one.receive(&back, &mut plain, &mut there)?;
    }
}

#[test]
fn a_certificate_that_is_not_trusted() {
    let (_, server) = certificate("relay.example");
    let (other, _) = certificate("relay.example");
    let (der, named_otherwise) = certificate("other.example");
    let mut outcomes = Vec::new();
    for (trust, server) in [
        (Trust::Roots(vec![other.clone()]), &server),
        (Trust::Certificate(other), &server),
        (Trust::Roots(vec![]), &server),
        (Trust::Roots(vec![der.clone()]), &named_otherwise),
    ] {
        let mut client = Tls::connect("relay.example", &trust).unwrap();
        outcomes.push(shake(&mut client, &mut server.accept().unwrap()));
    }
    assert_eq!(outcomes, [Err(TransportError::Tls); 4]);
    // A pinned certificate may name whom it likes.
    let mut client = Tls::connect("relay.example", &Trust::Certificate(der)).unwrap();
    assert_eq!(
        shake(&mut client, &mut named_otherwise.accept().unwrap()),
        Ok(())
    );
    assert!(Tls::connect("no name", &Trust::Roots(vec![])).is_err());
}

#[test]
fn certificates_in_pem() {
    let made = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
    let text = |label: &str, der: &[u8]| {
        let body = base64(der);
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n").into_bytes()
    };
    let chain = text("CERTIFICATE", made.cert.der());
    let key = text("PRIVATE KEY", &made.signing_key.serialize_der());
    let server = TlsServer::from_pem(&chain, &key).unwrap();
    let trust = Trust::roots_of_pem(&chain).unwrap();
    let mut client = Tls::connect("a.example", &trust).unwrap();
    assert_eq!(shake(&mut client, &mut server.accept().unwrap()), Ok(()));
    for (chain, key) in [(&key, &key), (&chain, &chain), (&b"no".to_vec(), &key)] {
        assert!(TlsServer::from_pem(chain, key).is_err());
    }
    assert_eq!(Trust::roots_of_pem(b""), Err(TransportError::Tls));
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let mut held = [0; 4];
        held[1..=part.len()].copy_from_slice(part);
        let bits = u32::from_be_bytes(held);
        for at in 0..4 {
            let value = usize::try_from(bits >> (18 - 6 * at) & 63).unwrap();
            text.push(if at <= part.len() {
                char::from(letters[value])
            } else {
                '='
            });
        }
    }
    text
}

/// What is no WebSocket, or says no, ends with what it said.
#[test]
fn a_server_that_says_no() {
    for (answer, error) in [
        (
            "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
            TransportError::Refused { status: 403 },
        ),
        (
            "SSH-2.0-x\r\n\r\n",
            TransportError::Failed(std::io::ErrorKind::InvalidData),
        ),
    ] {
        let mut client = WebSocket::connect("a.example", 80, "/").unwrap();
        let (mut out, mut plain) = (Vec::new(), Vec::new());
        client.send(b"early", &mut out).unwrap();
        assert!(out.starts_with(b"GET / HTTP/1.1\r\n"));
        // What waits is not sent before the server agrees.
        assert!(out.ends_with(b"\r\n\r\n"));
        out.clear();
        let outcome = client.receive(answer.as_bytes(), &mut plain, &mut out);
        assert_eq!(outcome, Err(error));
        assert_eq!(client.send(b"x", &mut out), Err(error));
        assert!(plain.is_empty() && out.is_empty());
    }
}

/// A client that masks nothing, sends text, a message over the bound, or none of this.
#[test]
fn a_websocket_client_that_does_otherwise() {
    let mut out = Vec::new();
    let mut client = WebSocket::connect("a.example", 80, "/").unwrap();
    client.send(&[], &mut out).unwrap();
    let request = out;
    let server = || {
        let mut server = WebSocket::accept();
        let (mut plain, mut back) = (Vec::new(), Vec::new());
        server.receive(&request, &mut plain, &mut back).unwrap();
        assert!(back.starts_with(b"HTTP/1.1 101"));
        server
    };
    let unmasked = [&[0x82, 1, 7][..]].concat();
    let text = [0x81, 0x81, 0, 0, 0, 0, b'x'].to_vec();
    let too_long = [0x82, 0xff, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0].to_vec();
    for bad in [unmasked, text, too_long] {
        let (mut plain, mut back) = (Vec::new(), Vec::new());
        let outcome = server().receive(&bad, &mut plain, &mut back);
        assert_eq!(
            outcome,
            Err(TransportError::Failed(std::io::ErrorKind::InvalidData))
        );
        assert!(plain.is_empty());
    }
    let mut server = WebSocket::accept();
    let outcome = server.receive(
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        &mut Vec::new(),
        &mut Vec::new(),
    );
    assert!(outcome.is_err());
    // A ping is answered, a close too, and then it is closed.
    let mut server = {
        let mut server = WebSocket::accept();
        server
            .receive(&request, &mut Vec::new(), &mut Vec::new())
            .unwrap();
        server
    };
    let (mut plain, mut back) = (Vec::new(), Vec::new());
    server
        .receive(&[0x89, 0x80, 0, 0, 0, 0], &mut plain, &mut back)
        .unwrap();
    assert_eq!(back, [0x8a, 0]);
    let outcome = server.receive(&[0x88, 0x80, 0, 0, 0, 0], &mut plain, &mut back);
    assert_eq!(outcome, Err(TransportError::Closed));
}

/// channel-5: TLS in the middle, ended by somebody with a certificate that is trusted, does not get in.
#[test]
fn who_ends_tls_in_the_middle_reads_nothing() {
    let (der, server) = certificate("relay.example");
    let (one, two) = Pipe::pair();
    let client = Tls::connect("relay.example", &Trust::Roots(vec![der])).unwrap();
    let mut one = Layered::over(client, one).unwrap();
    let mut two = Layered::over(server.accept().unwrap(), two).unwrap();
    let secret = b"a payload that rides in message 1";
    let message = pipes::message_1(secret);
    let reader = thread::spawn(move || {
        let mut seen = vec![0; 4096];
        let mut len = 0;
        while len < message_len(secret.len()) {
            let come = two.receive(&mut seen[len..], WAIT).unwrap();
            assert!(come > 0);
            len += come;
        }
        seen.truncate(len);
        seen
    });
    one.send(&message).unwrap();
    // The client takes in what the greeting needs.
    let mut buffer = [0; 16];
    let come = one.receive(&mut buffer, Duration::from_secs(1));
    assert!(matches!(come, Ok(0) | Err(TransportError::Closed)));
    let seen = reader.join().unwrap();
    assert_eq!(seen, message);
    assert!(!seen.windows(secret.len()).any(|part| part == secret));
}

const fn message_len(payload: usize) -> usize {
    2 + 96 + payload
}

/// A proxy that answers so, and then carries bytes to and fro.
fn proxy(answer: &'static str, to: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            client.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        let expected = format!("CONNECT [::1]:{to} HTTP/1.1\r\nHost: [::1]:{to}\r\n\r\n");
        assert_eq!(String::from_utf8(request).unwrap(), expected);
        client.write_all(answer.as_bytes()).unwrap();
        if answer.contains(" 200 ") {
            let mut server = std::net::TcpStream::connect(("::1", to)).unwrap();
            let (mut from, mut back) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let there = thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut server);
                let _ = server.shutdown(std::net::Shutdown::Write);
            });
            let _ = std::io::copy(&mut back, &mut client);
            let _ = client.shutdown(std::net::Shutdown::Write);
            there.join().unwrap();
        }
    });
    port
}

#[test]
fn through_a_proxy() {
    let listener = TcpListener::bind("[::1]:0").unwrap();
    let to = listener.local_addr().unwrap().port();
    let through = |answer| {
        let proxy = proxy(answer, to);
        Tcp::connect_through(("127.0.0.1", proxy), "::1", to, WAIT)
    };
    let one = through("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n").unwrap();
    let (two, _) = listener.accept().unwrap();
    agree(one, Tcp::over(two).unwrap());

    let error = |answer| through(answer).err();
    let refused = |status| Some(TransportError::Refused { status });
    assert_eq!(
        error("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
        refused(407)
    );
    assert_eq!(error("hello\r\n\r\n"), refused(0));
    assert_eq!(error("HTTP/1.1 "), Some(TransportError::Closed));
}

/// A link that fails says so through layers too.
#[test]
fn a_pipe_that_ends_early() {
    let (one, two) = Pipe::pair();
    let (one, two) = web(one, two);
    drop(two);
    let mut replicas = histories(2, 10);
    let outcome = pipes::alone(&mut replicas[0], one);
    assert_eq!(outcome, Err(RunError::Transport(TransportError::Closed)));
}
