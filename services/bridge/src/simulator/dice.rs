//! The demo's own chance: SplitMix64, the same on every machine. Nothing here ever reaches the rules.
//!
//! A throw is named by what it is about (seed, incident, step), never by when it is asked for: a demo that starts
//! again throws the same.

/// A stream of chance.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The dice about something: the same names give the same throws.
    pub fn about(names: &[u64]) -> Self {
        let mut dice = Self(0x6875_622d_6465_6d6f);
        for name in names {
            dice.0 ^= *name;
            dice.0 = dice.bits();
        }
        dice
    }

    /// 64 bits (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 up to, not including, 1.
    pub fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are what a f64 holds")]
        let bits = (self.bits() >> 11) as f64;
        bits / 9_007_199_254_740_992.0
    }

    /// True so often.
    pub fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// From 0 up to, not including, `end`; 0 where `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.bits().checked_rem(end).unwrap_or(0)
    }

    /// One of them.
    ///
    /// # Panics
    /// With nothing to choose from.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let nth = self.below(from.len() as u64);
        from[usize::try_from(nth).unwrap_or(0)].clone()
    }

    /// One of them, by weight.
    ///
    /// # Panics
    /// With nothing to choose from.
    pub fn weighed<'a, T>(&mut self, from: &'a [(u32, T)]) -> &'a T {
        let whole: u64 = from.iter().map(|(weight, _)| u64::from(*weight)).sum();
        let mut left = self.below(whole);
        for (weight, it) in from {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return it,
            }
        }
        &from[0].1
    }

    /// How long something takes that usually takes `usual` seconds: half take less, few take much more, and about one
    /// in thirty is forgotten for a while, so that clocks run out.
    pub fn seconds(&mut self, usual: f64) -> i64 {
        let bell: f64 = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
        let forgotten = if self.chance(0.03) { 6.0 + 30.0 * self.unit() } else { 1.0 };
        let seconds = usual * (0.55 * bell).exp() * forgotten;
        #[expect(clippy::cast_possible_truncation, reason = "seconds of at most some months")]
        let whole = seconds.round() as i64;
        whole.max(1)
    }
}

/// A word as a name for [`Dice::about`] (FNV-1a).
pub fn named(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
