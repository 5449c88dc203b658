//! What the relay tells a monitor on its own machine: counts, in the text format of Prometheus, and whether it runs.

use crate::event::Counts;

/// The answer to a request: nothing while it is not whole.
#[must_use]
pub(crate) fn answer(request: &[u8], body: impl FnOnce() -> String) -> Option<String> {
    let line = request.split(|byte| *byte == b'\r').next()?;
    if !request.windows(4).any(|four| four == b"\r\n\r\n") {
        return (request.len() > REQUEST_MAX).then(|| reply("431 Too Large", String::new()));
    }
    Some(match line {
        b"GET /metrics HTTP/1.1" | b"GET /metrics HTTP/1.0" => reply("200 OK", body()),
        b"GET /healthz HTTP/1.1" | b"GET /healthz HTTP/1.0" => reply("200 OK", "ok\n".to_owned()),
        _ => reply("404 Not Found", String::new()),
    })
}

/// The counts in the text format 0.0.4.
#[must_use]
pub(crate) fn text(counts: &Counts, sizes: [usize; 3], stored: u64) -> String {
    let [connections, mailboxes, loaded] = sizes.map(|size| size as u64);
    let gauges = [
        ("connections", connections, "Connections now."),
        ("mailboxes", mailboxes, "Mailboxes that are stored."),
        ("mailboxes_loaded", loaded, "Mailboxes in memory."),
        ("stored_bytes", stored, "Bytes that the store takes up."),
    ];
    let counters = [
        (
            "accepted_total",
            counts.accepted,
            "Connections that were accepted.",
        ),
        (
            "turned_away_total",
            counts.turned_away,
            "Connections that were one too many.",
        ),
        ("members_total", counts.members, "Members that were let in."),
        (
            "holders_total",
            counts.holders,
            "Holders of capabilities that were let in.",
        ),
        (
            "refused_total",
            counts.refused,
            "Sessions that were refused or broken off with a reason.",
        ),
        ("received_bytes_total", counts.bytes_in, "Bytes that came."),
        ("sent_bytes_total", counts.bytes_out, "Bytes that went."),
        ("taken_total", counts.taken, "Stretches that were taken in."),
        (
            "served_total",
            counts.served,
            "Stretches that were served to members.",
        ),
        (
            "fetched_total",
            counts.fetched,
            "Stretches that were served to holders.",
        ),
        (
            "orders_total",
            counts.orders,
            "Orders that were carried out.",
        ),
        (
            "receipts_total",
            counts.receipts,
            "Receipts that were written.",
        ),
        ("turns_total", counts.turns, "Turns."),
        ("commits_total", counts.commits, "Commits of the store."),
        (
            "commit_failures_total",
            counts.failures,
            "Commits of the store that failed.",
        ),
    ];
    let line = |kind: &str, (name, value, help): (&str, u64, &str)| {
        format!(
            "# HELP freehold_relay_{name} {help}\n# TYPE freehold_relay_{name} {kind}\nfreehold_relay_{name} {value}\n"
        )
    };
    let gauges = gauges.into_iter().map(|gauge| line("gauge", gauge));
    gauges
        .chain(counters.into_iter().map(|counter| line("counter", counter)))
        .collect()
}

fn reply(status: &str, body: String) -> String {
    let len = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {len}\r\nConnection: close\r\n\r\n{body}"
    )
}

const REQUEST_MAX: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pages_and_no_other() {
        let ask = |line: &str| {
            let request = format!("{line}\r\nHost: x\r\n\r\n");
            answer(request.as_bytes(), || "counts\n".to_owned()).unwrap()
        };
        assert!(ask("GET /healthz HTTP/1.1").ends_with("\r\n\r\nok\n"));
        assert!(ask("GET /metrics HTTP/1.1").ends_with("\r\n\r\ncounts\n"));
        assert!(ask("GET / HTTP/1.1").starts_with("HTTP/1.1 404"));
        assert!(ask("POST /metrics HTTP/1.1").starts_with("HTTP/1.1 404"));
        assert_eq!(answer(b"GET /healthz HTTP/1.1\r\n", String::new), None);
        assert!(answer(&[b'a'; 5000], String::new).is_some());
    }

    #[test]
    fn every_count_is_told_once_with_its_kind() {
        let counts = Counts {
            taken: 42,
            ..Counts::default()
        };
        let text = text(&counts, [1, 2, 3], 4);
        assert!(text.contains("\nfreehold_relay_taken_total 42\n"));
        let lines = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
        assert_eq!(lines("# HELP "), lines("# TYPE "));
        assert_eq!(lines("freehold_relay_"), lines("# TYPE "));
    }
}
