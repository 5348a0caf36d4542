//! Words that suggest category, flag, class and priority. Only words of practice, never a name of a person.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    catalogue::Catalogue,
    header::{File, Header, PolicyError},
};
use crate::{
    id::MatterCode,
    incident::kinds::{Class, Flag, Priority},
};

/// Weights and the factor of a title go so far: more is a slip of the pen, and the scores of a long text stay numbers.
const MOST_WEIGHT: u32 = 20;

/// The words in force.
#[derive(Debug, Clone)]
pub struct Keywords {
    /// What the file says of itself.
    pub header: Header,
    /// A word in the title counts this many times.
    pub title_factor: u32,
    /// The score below which no category is proposed.
    pub least_score: u32,
    /// The weight of a matter's own name, and of the name of a component.
    pub matter_weight: u32,
    /// The weight of the bare name of a component (路灯 alone says little).
    pub object_weight: u32,
    /// Words before a hit that deny it, as in 没有人受伤.
    pub denials: Vec<String>,
    /// What may stand between a denial and the word, as 人 in 没有人受伤.
    pub fillers: Vec<String>,
    /// What looks like a denial and is none, as in 有没有.
    pub not_denials: Vec<String>,
    /// Longer words that take the danger out of the ones in them, as 火灾隐患.
    pub neutral: Vec<String>,
    defaults: Vec<DefaultPriority>,
    pub(crate) signs: Vec<Sign>,
}

/// A word and what it is a sign of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sign {
    pub(crate) word: String,
    pub(crate) of: Of,
}

/// What a word is a sign of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Of {
    Category(MatterCode, u32),
    Flag(Flag, Option<Class>),
    Class(Class),
    Priority(Priority),
}

#[derive(Deserialize)]
struct Body {
    title_factor: u32,
    least_score: u32,
    matter_weight: u32,
    object_weight: u32,
    denials: Vec<String>,
    fillers: Vec<String>,
    not_denials: Vec<String>,
    neutral: Vec<String>,
    default_priority: Vec<DefaultPriority>,
    category: Vec<CategoryRow>,
    flag: Vec<FlagRow>,
    class: Vec<ClassRow>,
    priority: Vec<PriorityRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryRow {
    code: String,
    /// By weight.
    words: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlagRow {
    flag: Flag,
    class: Option<Class>,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassRow {
    class: Class,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriorityRow {
    priority: Priority,
    words: Vec<String>,
}

/// The priority where no word says more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct DefaultPriority {
    category: String,
    priority: Priority,
}

impl Keywords {
    pub(crate) fn read(file: File<'_>, catalogue: &Catalogue) -> Result<Self, PolicyError> {
        let (header, body): (_, Body) = file.parse()?;
        let mut signs = Vec::new();
        let mut add = |word: &str, of: Of, row: &str| {
            if word.chars().count() < 2 {
                return Err(file.wrong(row, format!("`{word}`: a word of fewer than two characters is in everything")));
            }
            let sign = Sign { word: word.to_owned(), of };
            if signs.contains(&sign) {
                return Err(file.wrong(row, format!("`{word}` is given twice")));
            }
            signs.push(sign);
            Ok(())
        };
        for row in &body.category {
            let code = catalogue.known(file, "category", &row.code)?;
            for (weight, words) in &row.words {
                let parsed = weight.parse().ok().filter(|weight| (1..=MOST_WEIGHT).contains(weight));
                let weight: u32 =
                    parsed.ok_or_else(|| file.wrong(&row.code, format!("weight `{weight}`: give 1 to {MOST_WEIGHT}")))?;
                for word in words {
                    add(word, Of::Category(code.clone(), weight), &row.code)?;
                }
            }
        }
        for row in &body.flag {
            for word in &row.words {
                add(word, Of::Flag(row.flag, row.class), row.flag.word())?;
            }
        }
        for row in &body.class {
            for word in &row.words {
                add(word, Of::Class(row.class), row.class.word())?;
            }
        }
        for row in &body.priority {
            for word in &row.words {
                add(word, Of::Priority(row.priority), &format!("priority {}", row.priority))?;
            }
        }
        if body.title_factor == 0 {
            return Err(file.wrong("title_factor", "give at least 1"));
        }
        for (name, weight) in
            [("title_factor", body.title_factor), ("matter_weight", body.matter_weight), ("object_weight", body.object_weight)]
        {
            if weight > MOST_WEIGHT {
                return Err(file.wrong(name, format!("{weight}: give {MOST_WEIGHT} at most")));
            }
        }
        for row in &body.default_priority {
            catalogue.covers(file, "default_priority", &row.category)?;
        }
        let Body {
            title_factor,
            least_score,
            matter_weight,
            object_weight,
            denials,
            fillers,
            not_denials,
            neutral,
            default_priority: defaults,
            ..
        } = body;
        Ok(Self {
            header,
            title_factor,
            least_score,
            matter_weight,
            object_weight,
            denials,
            fillers,
            not_denials,
            neutral,
            defaults,
            signs,
        })
    }

    /// The priority of a category where no word says more: routine unless the table says otherwise.
    #[must_use]
    pub fn default_priority(&self, category: Option<&MatterCode>) -> Priority {
        let found = category.and_then(|code| self.defaults.iter().find(|row| code.as_str().starts_with(&row.category)));
        found.map_or(Priority::ROUTINE, |row| row.priority)
    }
}
