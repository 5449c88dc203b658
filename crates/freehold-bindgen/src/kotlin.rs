//! What uniffi wrote for Kotlin, made quicker to call.
//!
//! A call takes the address of a status along, which is written only when it fails. As uniffi writes it, that is a structure of JNA: made anew
//! for every call, and copied to native memory and back by reflection, which costs some twenty times what the call itself does. Here it is a
//! pointer to memory that a thread keeps, and is read as a structure only when something failed.
//!
//! Where the library lies a program says by a name of ours, whatever it calls first.

use std::fmt;

/// What was to be replaced is not there as it is known: another version of uniffi wrote it.
#[derive(Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What was looked for.
    pub text: &'static str,
    /// How often it is there.
    pub found: usize,
}

/// Replaces the statuses of calls, and the name by which a program says where the library lies.
///
/// # Errors
/// [`Unknown`].
pub fn quicker(written: &str) -> Result<String, Unknown> {
    let mut text = written.to_owned();
    for (from, to) in ONCE {
        match text.matches(from).count() {
            1 => text = text.replace(from, to),
            found => return Err(Unknown { text: from, found }),
        }
    }
    let (from, to) = EVERY;
    match text.matches(from).count() {
        0 => Err(Unknown {
            text: from,
            found: 0,
        }),
        _ => Ok(text.replace(from, to)),
    }
}

/// What is there once.
const ONCE: [(&str, &str); 3] = [
    (
        "callback: (UniffiRustCallStatus) -> U): U {
    var status = UniffiRustCallStatus()
    val return_value = callback(status)
    uniffiCheckCallStatus(errorHandler, status)
    return return_value
}
",
        "callback: (Pointer) -> U): U {
    val statuses = UniffiStatuses.ofThread()
    val status = statuses.take()
    try {
        val return_value = callback(status)
        if (status.getByte(0) != UNIFFI_CALL_SUCCESS) {
            uniffiCheckCallStatus(errorHandler, statuses.told(status))
        }
        return return_value
    } finally {
        statuses.giveBack()
    }
}

// The statuses of the calls that a thread is in: more than one when Rust calls back, and what it calls calls Rust.

internal class UniffiStatuses {
    private val statuses = ArrayList<com.sun.jna.Memory>()
    private var taken = 0

    fun take(): Pointer {
        if (taken == statuses.size) {
            statuses.add(com.sun.jna.Memory(SIZE.toLong()).apply { clear() })
        }
        val status = statuses[taken]
        taken += 1
        return status
    }

    // What a failed call wrote. Its status is empty again, as Rust takes it to be: it writes nothing when a call succeeds, and the code
    // alone when there are no words for a panic.
    fun told(status: Pointer): UniffiRustCallStatus {
        val told = UniffiRustCallStatus()
        told.pointer.write(0, status.getByteArray(0, SIZE), 0, SIZE)
        told.read()
        status.clear(SIZE.toLong())
        return told
    }

    fun giveBack() {
        taken -= 1
    }

    companion object {
        private val SIZE = UniffiRustCallStatus().size()
        private val statuses = ThreadLocal.withInitial { UniffiStatuses() }

        fun ofThread(): UniffiStatuses = statuses.get()
    }
}
",
    ),
    (
        "private inline fun <U> uniffiRustCall(callback: (UniffiRustCallStatus) -> U): U {",
        "private inline fun <U> uniffiRustCall(callback: (Pointer) -> U): U {",
    ),
    (
        "System.getProperty(\"uniffi.component.$componentName.libraryOverride\")",
        "System.getProperty(\"freehold.library\")",
    ),
];

/// What is in every function of the library.
const EVERY: (&str, &str) = (
    "uniffi_out_err: UniffiRustCallStatus,",
    "uniffi_out_err: Pointer,",
);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, found } = self;
        write!(
            f,
            "uniffi writes Kotlin otherwise than it is known here: {found} times in place of once\n{text}"
        )
    }
}

impl std::error::Error for Unknown {}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> String {
        let once: Vec<&str> = ONCE.iter().map(|(from, _)| *from).collect();
        let (every, _) = EVERY;
        format!("{}{every}\n{every}\n", once.concat())
    }

    #[test]
    fn every_status_is_a_pointer() {
        let quicker = quicker(&written()).unwrap_or_default();
        assert!(!quicker.contains("(UniffiRustCallStatus) -> U"));
        assert_eq!(quicker.matches("uniffi_out_err: Pointer,").count(), 2);
        assert_eq!(quicker.matches("statuses.giveBack()").count(), 1);
    }

    #[test]
    fn what_another_version_writes_is_told() {
        for (from, _) in ONCE {
            let missing = written().replace(from, "");
            assert_eq!(
                quicker(&missing),
                Err(Unknown {
                    text: from,
                    found: 0
                })
            );
            let twice = written() + from;
            assert!(matches!(quicker(&twice), Err(Unknown { found: 2, .. })));
        }
        let (every, _) = EVERY;
        assert!(quicker(&written().replace(every, "")).is_err());
    }
}
