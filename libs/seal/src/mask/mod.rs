//! Masking: what a reader without the right may see of somebody's words.
//!
//! Finds what points at a person (phones, ids, cards, plates, accounts, names, house numbers) and puts
//! a label in its place. A rule of thumb, not a proof: it leans to masking too much, and class S is
//! protected by rights, never by this. Case numbers, amounts, dates and hotline numbers stay.
//! Time is linear in the text: every scanner looks a bounded way ahead, and follows a list once.

mod accounts;
mod cues;
mod glyphs;
mod houses;
mod keep;
mod names;
mod numbers;
mod phones;
mod plates;
mod surnames;
#[cfg(test)]
mod tests;

use std::ops::Range;

use self::glyphs::Glyphs;

/// What kind of thing points at a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 身份证号, of 18 or 15 digits.
    ResidentId,
    /// 银行卡号.
    BankCard,
    /// 手机.
    Mobile,
    /// 座机.
    Landline,
    /// 电子邮箱.
    Email,
    /// 微信、QQ.
    Account,
    /// 车牌.
    Plate,
    /// 门牌: house, unit, room.
    House,
    /// 姓名.
    Name,
}

impl Kind {
    /// What stands in the text instead.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::ResidentId => "〔证件号〕",
            Self::BankCard => "〔卡号〕",
            Self::Mobile | Self::Landline => "〔电话〕",
            Self::Email => "〔邮箱〕",
            Self::Account => "〔账号〕",
            Self::Plate => "〔车牌〕",
            Self::House => "〔门牌〕",
            Self::Name => "〔姓名〕",
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it is.
    pub kind: Kind,
    /// Where it stands in the text that was given, in bytes.
    pub range: Range<usize>,
}

/// A text with labels where personal data stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// The text to show.
    pub text: String,
    /// What was found, in order, without overlap.
    pub hits: Vec<Hit>,
}

/// What a scanner found, in glyphs. Scanners that run earlier name the kind where two overlap.
struct Found {
    kind: Kind,
    glyphs: Range<usize>,
}

/// Masks what points at a person in `text`.
#[must_use]
pub fn mask(text: &str) -> Masked {
    let glyphs = Glyphs::of(text);
    let mut found = Vec::new();
    numbers::scan(&glyphs, &mut found);
    accounts::scan(&glyphs, &mut found);
    plates::scan(&glyphs, &mut found);
    houses::scan(&glyphs, &mut found);
    names::scan(&glyphs, &mut found);
    let hits = without_overlap(found).into_iter().map(|found| glyphs.hit(found)).collect::<Vec<_>>();
    Masked { text: replace(text, &hits), hits }
}

/// Joins what overlaps: all of it is covered, the earliest scanner names it.
fn without_overlap(found: Vec<Found>) -> Vec<Found> {
    let mut ranked: Vec<(usize, Found)> = found.into_iter().enumerate().collect();
    ranked.sort_by_key(|(_, found)| (found.glyphs.start, found.glyphs.end));
    let mut joined: Vec<(usize, Found)> = Vec::new();
    for (rank, next) in ranked {
        match joined.last_mut() {
            Some((first, last)) if next.glyphs.start < last.glyphs.end => {
                last.glyphs.end = last.glyphs.end.max(next.glyphs.end);
                if rank < *first {
                    (*first, last.kind) = (rank, next.kind);
                }
            }
            Some(_) | None => joined.push((rank, next)),
        }
    }
    joined.into_iter().map(|(_, found)| found).collect()
}

fn replace(text: &str, hits: &[Hit]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for hit in hits {
        shown.push_str(&text[at..hit.range.start]);
        shown.push_str(hit.kind.label());
        at = hit.range.end;
    }
    shown.push_str(&text[at..]);
    shown
}
