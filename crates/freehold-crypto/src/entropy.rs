//! Randomness, always passed in by the caller.

use ring::rand::{SecureRandom, SystemRandom};
use thiserror::Error;

use crate::hash::{Domain, Stepper};
use crate::secret::Secret;

/// A source of random bytes.
pub trait Entropy {
    /// Fills `out` with bytes that nobody can predict.
    ///
    /// # Errors
    /// [`EntropyError`] when the source has none to give; `out` is then unspecified and not used.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError>;
}

/// The source of randomness failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no randomness")]
pub struct EntropyError;

/// The operating system's random generator.
#[derive(Clone, Debug)]
pub struct OsEntropy(SystemRandom);

impl OsEntropy {
    /// A handle to the operating system's generator.
    #[must_use]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Default for OsEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for OsEntropy {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        self.0.fill(out).map_err(|_| EntropyError)
    }
}

/// A stream of bytes fixed by a seed, **for tests, vectors and simulations only**: whoever knows
/// the seed knows every key that was made with it.
#[derive(Debug)]
pub struct SeededEntropy {
    state: Secret,
}

impl SeededEntropy {
    /// The stream that belongs to `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut state = Secret::zero();
        state.expose_mut()[..8].copy_from_slice(&seed.to_be_bytes());
        Self { state }
    }

    /// The stream that belongs to a 32-byte seed.
    #[must_use]
    pub fn from_secret(state: Secret) -> Self {
        Self { state }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        self.expand(out);
        Ok(())
    }
}

impl SeededEntropy {
    /// The next bytes; the state moves on one way, so earlier ones cannot be found from it.
    pub(crate) fn expand(&mut self, out: &mut [u8]) {
        let mut stepper = Stepper::new();
        let mut block = Secret::zero();
        for chunk in out.chunks_mut(block.expose().len()) {
            stepper.step(
                Domain::Random,
                0,
                0,
                self.state.expose(),
                block.expose_mut(),
            );
            chunk.copy_from_slice(&block.expose()[..chunk.len()]);
            stepper.step(
                Domain::Random,
                1,
                0,
                self.state.expose(),
                block.expose_mut(),
            );
            core::mem::swap(&mut self.state, &mut block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeded_streams_repeat_and_differ() {
        let take = |seed| {
            let mut out = [0; 70];
            SeededEntropy::new(seed).fill(&mut out).unwrap();
            out
        };
        assert_eq!(take(1), take(1));
        assert_ne!(take(1), take(2));
        assert_ne!(take(1)[..32], take(1)[32..64]);
    }

    #[test]
    fn the_system_gives_fresh_bytes() {
        let (mut a, mut b) = ([0; 32], [0; 32]);
        OsEntropy::new().fill(&mut a).unwrap();
        OsEntropy::new().fill(&mut b).unwrap();
        assert_ne!(a, b);
    }
}
