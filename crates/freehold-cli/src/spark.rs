//! Small plots made of characters.

/// A row of blocks, one for each value; a blank where there is none. The lowest is a thin block, so
/// that it differs from nothing.
pub(crate) fn sparkline(values: &[Option<f64>]) -> String {
    let known = || values.iter().flatten().copied().filter(|v| v.is_finite());
    let (low, high) = (
        known().fold(f64::INFINITY, f64::min),
        known().fold(f64::NEG_INFINITY, f64::max),
    );
    let block = |value: &Option<f64>| match value {
        Some(value) if value.is_finite() => {
            let share = if high > low {
                (value - low) / (high - low)
            } else {
                0.5
            };
            UPWARD[step(share, UPWARD.len() - 1).min(UPWARD.len() - 1)]
        }
        _ => ' ',
    };
    values.iter().map(block).collect()
}

/// A bar to the right, in eighths of a character, `width` characters for `greatest`.
pub(crate) fn bar(value: f64, greatest: f64, width: usize) -> String {
    let share = if greatest > 0.0 && value.is_finite() {
        (value / greatest).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let eighths = step(share, width * 8);
    let mut bar = "█".repeat(eighths / 8);
    if let Some(part) = (eighths % 8).checked_sub(1) {
        bar.push(RIGHTWARD[part]);
    }
    bar
}

/// The mean of equal stretches of a series, so that it fits a line; a stretch without values has none.
pub(crate) fn fitted(values: &[Option<f64>], width: usize) -> Vec<Option<f64>> {
    if values.len() <= width || width == 0 {
        return values.to_vec();
    }
    let bound = |i: usize| i * values.len() / width;
    let mean = |i: usize| {
        let known: Vec<f64> = values[bound(i)..bound(i + 1)]
            .iter()
            .flatten()
            .copied()
            .collect();
        let count = known.iter().map(|_| 1.0).sum::<f64>();
        (count > 0.0).then(|| known.iter().sum::<f64>() / count)
    };
    (0..width).map(mean).collect()
}

const UPWARD: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const RIGHTWARD: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// A share from 0 to 1 in whole steps of `of`.
fn step(share: f64, of: usize) -> usize {
    (0..of)
        .rev()
        .find(|i| share * steps(of) >= steps(*i) + 0.5)
        .map_or(0, |i| i + 1)
}

#[expect(clippy::cast_precision_loss, reason = "at most a few hundred steps")]
fn steps(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparklines_rise_with_values() {
        let values: Vec<Option<f64>> = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
            .into_iter()
            .map(Some)
            .collect();
        assert_eq!(sparkline(&values), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&[Some(1.0), None, Some(1.0)]), "▅ ▅");
        assert_eq!(sparkline(&[Some(-5.0), Some(f64::NAN), Some(5.0)]), "▁ █");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn bars_are_as_long_as_their_value() {
        assert_eq!(bar(10.0, 10.0, 4), "████");
        assert_eq!(bar(5.0, 10.0, 3), "█▌");
        assert_eq!(bar(0.0, 10.0, 4), "");
        assert_eq!(bar(-1.0, 10.0, 4), "");
        assert_eq!(bar(20.0, 10.0, 2), "██");
        assert_eq!(bar(1.0, 0.0, 2), "");
    }

    #[test]
    fn long_series_are_fitted_by_means() {
        let values: Vec<Option<f64>> = [Some(1.0), Some(3.0), None, None, Some(5.0), None].to_vec();
        assert_eq!(fitted(&values, 3), [Some(2.0), None, Some(5.0)]);
        assert_eq!(fitted(&values, 80), values);
    }
}
