//! Sums over time as vectors, and what follows from some of them.
//!
//! Time is cut at a few points; between two of them lies an *atom*. A sum is a vector of ones over atoms, and what somebody
//! knows is the linear span of such vectors. Vectors of consecutive ones make totally unimodular matrices, so it is the same
//! span over the integers, modulo 2^64, and modulo the prime used here.

/// Vectors modulo a prime, each with a leading one that no other has.
#[derive(Clone, Debug, Default)]
pub struct Span {
    rows: Vec<(usize, Vec<u64>)>,
}

/// Sums over atoms that somebody knows. Columns beyond the atoms are free for what else enters an equation, such as keys.
#[derive(Clone, Debug)]
pub struct Sums {
    atoms: usize,
    columns: usize,
    span: Span,
}

/// A sum that follows from others and is none of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rest {
    /// The points about it.
    pub hull: (usize, usize),
    /// The stretches over which the sum goes, from point to point.
    pub time: Vec<(usize, usize)>,
}

const PRIME: u64 = (1 << 31) - 1;

impl Span {
    /// Adds a vector.
    pub fn add(&mut self, vector: Vec<u64>) {
        let Some((lead, vector)) = self.reduced(vector) else {
            return;
        };
        let inverse = power(*vector.get(lead).unwrap(), PRIME - 2);
        let vector: Vec<u64> = vector.iter().map(|n| n * inverse % PRIME).collect();
        self.rows.push((lead, vector));
    }

    /// Whether a vector is a combination of those that were added.
    #[must_use]
    pub fn holds(&self, vector: Vec<u64>) -> bool {
        self.reduced(vector).is_none()
    }

    /// What is left of a vector, with the place of its first entry.
    fn reduced(&self, mut vector: Vec<u64>) -> Option<(usize, Vec<u64>)> {
        for (lead, row) in &self.rows {
            let factor = *vector.get(*lead).unwrap();
            if factor != 0 {
                for (n, by) in vector.iter_mut().zip(row) {
                    *n = (*n + (PRIME - factor) * by) % PRIME;
                }
            }
        }
        let lead = vector.iter().position(|n| *n != 0)?;
        Some((lead, vector))
    }
}

impl Sums {
    /// Nothing is known of these atoms.
    #[must_use]
    pub fn new(atoms: usize, others: usize) -> Self {
        Self {
            atoms,
            columns: atoms + others,
            span: Span::default(),
        }
    }

    /// Learns an equation: what is known is the sum over the atoms between two points, and so much of the other columns.
    pub fn learn(&mut self, from: usize, until: usize, others: &[(usize, i64)]) {
        let mut vector = self.vector(&[(from, until)]);
        for (column, factor) in others {
            let place = vector.get_mut(self.atoms + column).unwrap();
            *place = u64::try_from(factor.rem_euclid(PRIME.cast_signed())).unwrap();
        }
        self.span.add(vector);
    }

    /// Whether the sum over these stretches follows.
    #[must_use]
    pub fn tells(&self, time: &[(usize, usize)]) -> bool {
        self.span.holds(self.vector(time))
    }

    /// Every sum over a time that follows and that cannot be put together from shorter ones, except those that were granted.
    #[must_use]
    pub fn rests(&self, granted: impl Fn(usize, usize) -> bool) -> Vec<Rest> {
        let known: Vec<(usize, usize)> = (0..=self.atoms)
            .flat_map(|from| (from + 1..=self.atoms).map(move |until| (from, until)))
            .filter(|interval| self.tells(&[*interval]))
            .collect();
        let mut rests = Vec::new();
        for (from, until) in known.iter().copied() {
            if known.iter().any(|(a, b)| *a == from && *b < until) {
                continue;
            }
            let mut left: Vec<usize> = (from..until).collect();
            for (a, b) in known.iter().filter(|(a, b)| from < *a && *b < until) {
                left.retain(|atom| !(a..b).contains(&atom));
            }
            if left.len() < until - from || !granted(from, until) {
                let time = stretches(&left);
                assert!(self.tells(&time), "{time:?}");
                rests.push(Rest {
                    hull: (from, until),
                    time,
                });
            }
        }
        rests.sort_by(|a, b| a.time.cmp(&b.time));
        rests
    }

    fn vector(&self, time: &[(usize, usize)]) -> Vec<u64> {
        let mut vector = vec![0; self.columns];
        for (from, until) in time {
            vector.get_mut(*from..*until).unwrap().fill(1);
        }
        vector
    }
}

/// Ascending atoms as stretches.
#[must_use]
pub fn stretches(atoms: &[usize]) -> Vec<(usize, usize)> {
    let mut time: Vec<(usize, usize)> = Vec::new();
    for atom in atoms {
        match time.last_mut() {
            Some((_, end)) if end == atom => *end += 1,
            _ => time.push((*atom, atom + 1)),
        }
    }
    time
}

fn power(base: u64, exponent: u64) -> u64 {
    match exponent {
        0 => 1,
        odd if odd % 2 == 1 => base * power(base, odd - 1) % PRIME,
        even => {
            let root = power(base, even / 2);
            root * root % PRIME
        }
    }
}
