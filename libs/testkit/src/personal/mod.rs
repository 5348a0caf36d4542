//! Sentences as callers and grid workers write them, with personal data planted in known places.
//!
//! Everything is invented. Each sample tells what must not be readable once it is masked
//! ([`Secret`]), and what must stay (`decoys`).

mod decoys;
mod forms;
mod numbers;
mod people;
mod phones;
mod places;
mod sentences;
mod words;

use crate::random::Random;

/// What kind of thing is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 手机.
    Mobile,
    /// 座机.
    Landline,
    /// 身份证号, 18 or 15 digits.
    ResidentId,
    /// 银行卡号.
    BankCard,
    /// 车牌.
    Plate,
    /// 电子邮箱.
    Email,
    /// 微信、QQ.
    Account,
    /// 姓名.
    Name,
    /// 门牌: house, unit, room.
    House,
}

/// One planted thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// What it is.
    pub kind: Kind,
    /// Exactly as it stands in the text.
    pub literal: String,
    /// What matters in it: its digits and letters, narrow and without signs between, or the name.
    pub core: String,
}

/// A text and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The text.
    pub text: String,
    /// What must not be readable to those without the right.
    pub secrets: Vec<Secret>,
    /// Case numbers, amounts, dates, hotlines: what must stay.
    pub decoys: Vec<String>,
}

/// Makes samples without end, the same ones for the same seed.
#[derive(Debug, Clone)]
pub struct Generator {
    random: Random,
}

impl Generator {
    /// Starts at `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed) }
    }

    /// The next sample: two to four sentences.
    pub fn sample(&mut self) -> Sample {
        let mut sample = Sample { text: String::new(), secrets: Vec::new(), decoys: Vec::new() };
        for _ in 0..self.random.between(2, 4) {
            sentences::add(&mut self.random, &mut sample);
        }
        sample
    }
}

impl Iterator for Generator {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        Some(self.sample())
    }
}
