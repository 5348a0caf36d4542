//! Small numbers are kept back from who may not see everything, so that nobody is found by counting (practice-rules §5.3).
//!
//! A number below the limit is told as small. The sum over all groups is told, too, so another number is withheld with it:
//! the next smallest, and so on, until what is hidden can be told by no subtraction. Where no group is left to withhold,
//! the sum is withheld. Numbers that follow from others of a row are left out, and so is what tells the same apart anew.

use super::{
    answer::{Answer, Row},
    figure::Figure,
};

/// A number as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// The number itself.
    Told(u64),
    /// Below the limit; nothing more is said.
    Small,
    /// Not told, because it would tell a small one.
    Withheld,
}

impl Number {
    const fn told(self) -> Option<u64> {
        match self {
            Self::Told(number) => Some(number),
            Self::Small | Self::Withheld => None,
        }
    }
}

/// Hides what is below `small`.
pub(super) fn hide(answer: &mut Answer, listed: Option<Figure>, small: u64) {
    answer.apart = None;
    let (all, groups) = (&mut answer.all, &mut answer.groups);
    for row in std::iter::once(&mut *all).chain(groups.iter_mut()) {
        row.numbers.retain(|figure, _| !figure.adds_up());
    }
    for row in groups.iter_mut() {
        // A sum of times tells by subtraction what a group's answers took.
        row.delay = None;
    }
    all.delay = all.delay.filter(|delay| delay.count >= small);
    for figure in Figure::ALL.iter().filter(|figure| !figure.adds_up()) {
        hide_one(all, groups, *figure, small);
    }
    if listed.is_some_and(|figure| answer.all.told(figure).is_none() || figure.adds_up()) {
        answer.facts.clear();
    }
}

fn hide_one(all: &mut Row, groups: &mut [Row], figure: Figure, small: u64) {
    let mut cells: Vec<&mut Number> = groups.iter_mut().filter_map(|row| row.numbers.get_mut(&figure)).collect();
    let Some(sum) = all.numbers.get_mut(&figure) else { return };
    let below = |cell: &Number| cell.told().is_some_and(|number| number < small);
    let mut hidden = 0;
    let mut smalls = 0;
    for cell in cells.iter_mut().filter(|cell| below(cell)) {
        hidden += cell.told().unwrap_or(0);
        smalls += 1;
        **cell = Number::Small;
    }
    let mut withheld = 0;
    if below(sum) {
        *sum = Number::Small;
        return;
    }
    loop {
        let next = cells.iter_mut().filter(|cell| cell.told().is_some()).min_by_key(|cell| cell.told());
        if !found_out(hidden, smalls, withheld, next.as_ref().and_then(|cell| cell.told()), small) {
            return;
        }
        match next {
            Some(cell) => {
                hidden += cell.told().unwrap_or(0);
                withheld += 1;
                **cell = Number::Withheld;
            }
            None => {
                *sum = Number::Withheld;
                return;
            }
        }
    }
}

/// Can a small cell be told from the sum of what is hidden? Known are: how many cells are small (below `small`), how many
/// are withheld (not below it, and not above the smallest that is told), and what they add up to.
fn found_out(hidden: u64, smalls: u64, withheld: u64, told: Option<u64>, small: u64) -> bool {
    if smalls == 0 {
        return false;
    }
    let most_small = small - 1;
    let withheld_most = if withheld == 0 { Some(0) } else { told.map(|told| told * withheld) };
    let others_most = withheld_most.map(|most| most + most_small * (smalls - 1));
    let least = others_most.map_or(0, |most| hidden.saturating_sub(most));
    let most = most_small.min(hidden.saturating_sub(small * withheld));
    least >= most
}

#[cfg(test)]
mod tests;
