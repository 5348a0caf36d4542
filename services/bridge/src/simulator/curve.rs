//! How many matters come in which hour of the day, as the pattern district has them (practice-rules §1): about 140 calls to
//! 110, and what patrols find.

use super::dice::Dice;

/// Share of each hour, 0 to 23, in thousandths of its own day (the sum need not be 1000).
pub type Hours = [u32; 24];

/// Calls to 110. Evenings and late afternoons; bars and quarrels keep it up past midnight.
pub const POLICE: Hours = [26, 20, 15, 12, 10, 12, 20, 34, 46, 52, 54, 52, 48, 46, 48, 50, 54, 60, 62, 60, 58, 56, 48, 36];
/// What patrols find. Two rounds a day and a short one in the evening.
pub const PATROL: Hours = [0, 0, 0, 0, 0, 2, 18, 60, 118, 130, 112, 64, 20, 34, 100, 112, 92, 52, 30, 28, 18, 8, 2, 0];

/// What is to be expected in this hour of the day, 0 to 23, of `a_day` in all.
#[must_use]
pub fn in_hour(a_day: f64, hours: &Hours, hour: usize) -> f64 {
    let whole: u32 = hours.iter().sum();
    a_day * f64::from(hours[hour % 24]) / f64::from(whole)
}

/// A number that is `expected` on average (Knuth's count of a Poisson stream).
pub fn often(expected: f64, dice: &mut Dice) -> u64 {
    let floor = (-expected).exp();
    let (mut number, mut left) = (0, dice.unit());
    while left > floor && number < 99 {
        number += 1;
        left *= dice.unit();
    }
    number
}
