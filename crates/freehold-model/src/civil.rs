//! The civil calendar in whole numbers: days and months counted from 1970.

/// The day, counted from 1970, on which a month begins; months counted from January 1970. The calendar repeats every 400 years
/// and is simplest when the year begins in March.
pub(crate) const fn first_of_month(month: i64) -> i64 {
    let month = month + 1970 * 12 - 2;
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12));
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leaps + (153 * month + 2) / 5 - DAYS_TO_1970
}

/// The month, counted from January 1970, in which a day counted from 1970 lies.
pub(crate) const fn month_of_day(day: i64) -> i64 {
    // The mean month is 30.436875 days long, so that the guess is one off at most.
    let guess = (day * 1_000_000).div_euclid(30_436_875);
    if first_of_month(guess + 1) <= day {
        guess + 1
    } else if first_of_month(guess) <= day {
        guess
    } else {
        guess - 1
    }
}

/// From 1 March of the year 0 to 1 January 1970.
const DAYS_TO_1970: i64 = 719_468;

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn months_and_days_agree_with_the_calendar() {
        let mut day = date(1899, 12, 1);
        let mut number = -25_598;
        while day < date(2201, 1, 1) {
            let month = i64::from(day.year() - 1970) * 12 + i64::from(day.month()) - 1;
            assert_eq!(month_of_day(number), month);
            if day.day() == 1 {
                assert_eq!(first_of_month(month), number);
            }
            day = day.tomorrow().unwrap();
            number += 1;
        }
    }
}
