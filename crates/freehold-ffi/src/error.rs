//! Why a call did nothing.

use std::fmt;

use freehold::{
    consent::{TextError, VerifyError, WireError},
    model::StreamError,
    transport::PairError,
};

/// Why the library did not do something.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Failure {
    /// The name of the reason, the same in every language and on the command line, such as `not_granted`.
    pub reason: String,
    /// Its number, by which C knows it. The hundreds say what can be done: 1 ask for something else, 2 respect it, 3 get better input,
    /// 4 mend the storage, 5 look for the peer or try again later.
    pub number: u16,
    /// Whether the same may succeed another time, without anybody doing anything.
    pub retryable: bool,
    /// What happened, in words, for a person who looks after it.
    pub text: String,
}

/// Why a call did nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum FfiError {
    /// The library did not do it.
    #[error("{failure}")]
    Failed {
        /// Why.
        failure: Failure,
    },
    /// The call was made wrongly: a number or a text stands for nothing.
    #[error("{text}")]
    Argument {
        /// What is wrong.
        text: String,
    },
    /// Something that the program brought, such as a listener, threw what it may not throw.
    #[error("{text}")]
    Callback {
        /// What it threw, in its language's words.
        text: String,
    },
}

/// A reason why something is not done.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Reason {
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: u16,
}

/// Every reason that this version knows. Others may come.
#[uniffi::export]
#[must_use]
pub fn reasons() -> Vec<Reason> {
    let all = freehold::Reason::ALL.iter();
    all.map(|reason| Reason {
        name: reason.name().to_owned(),
        number: reason.number(),
    })
    .collect()
}

impl FfiError {
    pub(crate) fn argument(text: impl Into<String>) -> Self {
        Self::Argument { text: text.into() }
    }

    pub(crate) fn callback(text: impl Into<String>) -> Self {
        Self::Callback { text: text.into() }
    }

    /// As [`FfiError::Failed`], for a reason that the façade has no error of.
    pub(crate) fn because(reason: freehold::Reason, text: impl Into<String>) -> Self {
        Self::Failed {
            failure: Failure {
                reason: reason.name().to_owned(),
                number: reason.number(),
                retryable: false,
                text: text.into(),
            },
        }
    }
}

impl From<&freehold::Error> for Failure {
    fn from(error: &freehold::Error) -> Self {
        let reason = error.reason();
        Self {
            reason: reason.name().to_owned(),
            number: reason.number(),
            retryable: error.is_retryable(),
            text: error.to_string(),
        }
    }
}

impl From<freehold::Error> for FfiError {
    fn from(error: freehold::Error) -> Self {
        Self::Failed {
            failure: Failure::from(&error),
        }
    }
}

macro_rules! from_parts {
    ($($part:ty),+) => {
        $(impl From<$part> for FfiError {
            fn from(part: $part) -> Self {
                freehold::Error::from(part).into()
            }
        })+
    };
}

from_parts!(WireError, VerifyError, TextError, StreamError, PairError);

impl From<uniffi::UnexpectedUniFFICallbackError> for FfiError {
    fn from(thrown: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::callback(thrown.reason)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
