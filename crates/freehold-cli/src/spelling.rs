//! The word that was probably meant.

/// The candidate most like a word, if any is like it at all.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    let scored = candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate));
    let (best, candidate) = scored.min_by_key(|(distance, _)| *distance)?;
    let length = word.chars().count();
    (best < length && best <= 1 + length / 4).then_some(candidate)
}

/// `did you mean …`, where something is near enough.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, candidates).map(|near| format!("did you mean {near}?"))
}

/// Insertions, deletions, substitutions and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let swapped = i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j];
            let edits = [
                above[j + 1] + 1,
                row[j] + 1,
                above[j] + usize::from(a[i] != b[j]),
            ];
            let swap = if swapped {
                before[j - 1] + 1
            } else {
                usize::MAX
            };
            row.push(edits.into_iter().fold(swap, usize::min));
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_counts_a_swap_as_one_slip() {
        assert_eq!(distance("improt", "import"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("glucose", "glucos"), 1);
        assert_eq!(nearest("xyz", ["import"]), None);
    }
}
