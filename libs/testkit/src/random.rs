//! Chance that repeats: the same seed gives the same test on every machine.

/// SplitMix64. Not for secrets.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Starts at `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.bits() % (high - low + 1)
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.between(1, n) == 1
    }

    /// One of `all`, which may not be empty.
    pub fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        let last = u64::try_from(all.len()).expect("a slice's length fits") - 1;
        all[usize::try_from(self.between(0, last)).expect("an index fits")]
    }

    /// `count` digits, the first of them not 0.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|i| {
                let digit = self.between(u64::from(i == 0), 9);
                char::from(b'0' + u8::try_from(digit).expect("one digit"))
            })
            .collect()
    }
}
