//! Personal names: after a word that announces one, in a list of them, or before a title, a verb of telling or a phone.

use super::{
    Found, Kind,
    cues::{BESIDE, FIRMS, GLUE, LABELS, OFFICES, PEOPLE, PHONES, PLACES, POLITE, ROLES, STOPS, SURE, SUREST, TITLES, VERBS},
    glyphs::Glyphs,
    surnames::{ends_word, is_inside, is_name_too, is_shy, surname, word},
};

/// Longest name without a known surname.
const LONGEST: usize = 4;
/// Longest part of a name with dots in it, as other peoples of the country have, and most parts.
const LONGEST_PART: usize = 8;
const MOST_PARTS: usize = 4;
/// Surnames that stand after 老 and 小, and behind a comma.
const FAMILIAR: &str = "王李张刘陈杨赵周吴徐胡朱郭梁宋郑谢韩冯董曹袁邓傅沈彭吕卢蒋蔡贾魏薛潘汪姜姚谭廖邹陆郝崔邱侯邵孟乔赖龚尹";

type Range = std::ops::Range<usize>;

/// What announces a name, surest first.
#[derive(Clone, Copy)]
enum Cue {
    Surest,
    Label,
    Sure,
    Role,
    People,
}

pub(super) fn scan(glyphs: &Glyphs, found: &mut Vec<Found>) {
    let phones = found.iter().filter(|found| matches!(found.kind, Kind::Mobile | Kind::Landline));
    let mut names: Vec<Range> = phones.filter_map(|phone| before_phone(glyphs, phone.glyphs.start)).collect();
    let mut listed = 0;
    for at in 0..glyphs.len() {
        let first = after_label(glyphs, at)
            .or_else(|| after_cue(glyphs, at))
            .or_else(|| before_title(glyphs, at))
            .or_else(|| before_verb(glyphs, at))
            .or_else(|| familiar(glyphs, at));
        let Some(first) = first else { continue };
        // A list is followed once, from its first name.
        let begins = first.start >= listed;
        let next = |name: &Range| if begins { beside(glyphs, name.end) } else { None };
        names.extend(std::iter::successors(Some(first), next).inspect(|name| listed = listed.max(name.end)));
    }
    found.extend(names.into_iter().map(|glyphs| Found { kind: Kind::Name, glyphs }));
}

fn after_label(glyphs: &Glyphs, at: usize) -> Option<Range> {
    let start = glue(glyphs, at + glyphs.longest_of(at, &LABELS)?);
    let labelled = glyphs.before(start) == ':';
    let named = || name(glyphs, start).filter(|&end| labelled || !is_shy(glyphs, start) || closes(glyphs, end));
    let known = dotted(glyphs, start).or_else(named).or_else(|| lookalike(glyphs, start, Cue::Label));
    if let Some(end) = known {
        return Some(start..end);
    }
    // No surname we know: a whole word after a colon is taken all the same.
    let end = glyphs.past(start, LONGEST + 1, is_han);
    let whole = (2..=LONGEST).contains(&(end - start));
    let word = (start..end).any(|here| glyphs.longest_of(here, &STOPS).is_some());
    (labelled && whole && !word).then_some(start..end)
}

fn after_cue(glyphs: &Glyphs, at: usize) -> Option<Range> {
    let (sure, role) = (glyphs.longest_of(at, &SURE), glyphs.longest_of(at, &ROLES));
    let start = glue(glyphs, at + sure.max(role).max(glyphs.longest_of(at, &PEOPLE))?);
    let announced = sure.or(role).is_some();
    if announced && let Some(end) = dotted(glyphs, start) {
        return Some(start..end);
    }
    let surest = glyphs.longest_of(at, &SUREST).is_some();
    let cue = match (sure, role) {
        _ if surest => Cue::Surest,
        (Some(_), _) => Cue::Sure,
        (None, Some(_)) => Cue::Role,
        (None, None) => Cue::People,
    };
    let end = name(glyphs, start)
        .filter(|&end| surest || !is_shy(glyphs, start) || closes(glyphs, end))
        .or_else(|| lookalike(glyphs, start, cue))?;
    (!is_place(glyphs, start, end)).then_some(start..end)
}

/// One more name behind the one that ended at `end`: `王建国、李小红`, `王先生与李四`. A comma ends more than it lists.
fn beside(glyphs: &Glyphs, end: usize) -> Option<Range> {
    let sign = end + glyphs.longest_of(end, &TITLES).unwrap_or(0);
    let start = glyphs.past(sign + glyphs.longest(sign, BESIDE)?, 1, |glyph| glyph == ' ');
    let end = name(glyphs, start).or_else(|| lookalike(glyphs, start, Cue::Label))?;
    let says = glyphs.longest_of(end, &VERBS).is_some() || !is_han(glyphs.at(end));
    let lists = glyphs.at(sign) != ',' || (says && FAMILIAR.contains(glyphs.at(start)));
    (lists && !is_place(glyphs, start, end)).then_some(start..end)
}

/// `张先生`, `王建国师傅`: the name goes, the title stays.
fn before_title(glyphs: &Glyphs, start: usize) -> Option<Range> {
    let named = surname(glyphs, start)?;
    let end = (named..=named + 2).find(|&end| glyphs.longest_of(end, &TITLES).is_some())?;
    let given = (named..end).all(|at| is_han(glyphs.at(at)) && !"的是他她我你".contains(glyphs.at(at)));
    // `百姓`, `姓名` are no titles.
    let title = !glyphs.ends(end + 1, "百姓") && !glyphs.stands(end, "姓名");
    let inside = ends_word(glyphs, start) || (is_inside(glyphs, start) && is_han(glyphs.before(start)));
    let known = is_name_too(glyphs, start);
    let office = OFFICES.contains(glyphs.before(end));
    // `安全主任`, `代表王女士`.
    let word = word(glyphs, start).is_some_and(|length| {
        let polite = known && glyphs.longest(end, POLITE).is_some();
        let next = !known && surname(glyphs, start + length) == Some(end);
        end > named && !polite && (office || next || end <= start + length)
    });
    (given && title && !inside && !word).then_some(start..end)
}

/// `王建国来电`, at the start of a sentence.
fn before_verb(glyphs: &Glyphs, start: usize) -> Option<Range> {
    if is_han(glyphs.before(start)) || glyphs.before(start).is_ascii_alphanumeric() {
        return None;
    }
    let named = surname(glyphs, start)?;
    let end = (named + 1..=named + 2).find(|&end| glyphs.longest_of(end, &VERBS).is_some())?;
    let given = (named..end).all(|at| is_han(glyphs.at(at)) && !ends_name(glyphs, at));
    let word = word(glyphs, start).is_some() && !(is_name_too(glyphs, start) && end == start + 3);
    // `代邻居反映`.
    let other = is_shy(glyphs, start) && is_person(glyphs, named);
    (given && !word && !other).then_some(start..end)
}

/// `张三丰13812345678`, `张三丰，电话13812345678`; of `文德苑王强13812345678` the shorter.
fn before_phone(glyphs: &Glyphs, phone: usize) -> Option<Range> {
    let before_signs = |at: usize| {
        let signs = (at.saturating_sub(2)..at).rev();
        signs.take_while(|&at| matches!(glyphs.at(at), ' ' | ':' | ',' | '(' | '、')).last().unwrap_or(at)
    };
    let said = before_signs(phone);
    let cue = PHONES.iter().find(|cue| glyphs.ends(said, cue)).map_or(0, |cue| cue.chars().count());
    let end = before_signs(said - cue);
    let firm = OFFICES.contains(glyphs.before(end)) || [PLACES, FIRMS].concat().iter().any(|word| glyphs.ends(end, word));
    let verb = "打拨加".contains(glyphs.before(end));
    let names = [4, 3, 2].iter().filter_map(|length| end.checked_sub(*length)).filter(|&start| {
        let begins = !is_han(glyphs.before(start));
        let word = word(glyphs, start).is_some() && !(begins && is_name_too(glyphs, start));
        let given = |named: usize| {
            (1..=2).contains(&(end - named))
                && (named..end).all(|at| is_han(glyphs.at(at)) && !ends_name(glyphs, at))
                && glyphs.longest_of(named, &TITLES).is_none()
                && !is_person(glyphs, named)
        };
        !word && !ends_word(glyphs, start) && surname(glyphs, start).is_some_and(|named| named < end && given(named))
    });
    let start = names.min_by_key(|&start| glyphs.at(start) == '苑' && is_han(glyphs.before(start)))?;
    (!firm && !verb).then_some(start..end)
}

/// `老王`, `小李`, where no longer word begins.
fn familiar(glyphs: &Glyphs, at: usize) -> Option<Range> {
    let name = at + 1;
    let familiar = matches!(glyphs.at(at), '老' | '小') && FAMILIAR.contains(glyphs.at(name));
    (familiar && word(glyphs, name).is_none() && !is_han(glyphs.before(at))).then_some(name..name + 1)
}

/// The whole of a name with a dot in it: `古丽娜尔·买买提`.
fn dotted(glyphs: &Glyphs, start: usize) -> Option<usize> {
    let mut end = glyphs.past(start, LONGEST_PART, is_han);
    if end == start || !is_dot(glyphs.at(end)) || !is_han(glyphs.at(end + 1)) {
        return None;
    }
    for _ in 0..MOST_PARTS {
        let part = end + 1;
        let next = glyphs.past(part, LONGEST_PART, is_han);
        if is_dot(glyphs.at(next)) && is_han(glyphs.at(next + 1)) {
            end = next;
            continue;
        }
        return (part..=next).find(|&at| at == next || (at > part && ends_dotted(glyphs, at)));
    }
    Some(end)
}

/// Whether the sentence goes on at `at`. Few stops of one sign: 不, 都 and 对 stand in such names.
fn ends_dotted(glyphs: &Glyphs, at: usize) -> bool {
    const SURE: &str = "的在和与称说住被把因男女";
    let stop = glyphs.longest_of(at, &STOPS).max(glyphs.longest_of(at, &VERBS)).max(glyphs.longest_of(at, &TITLES));
    stop.is_some_and(|length| length > 1) || SURE.contains(glyphs.at(at))
}

/// Where the name that starts at `start` ends: a surname and one or two signs more.
fn name(glyphs: &Glyphs, start: usize) -> Option<usize> {
    if word(glyphs, start).is_some() || ends_word(glyphs, start) {
        return None;
    }
    let surname = surname(glyphs, start)?;
    if glyphs.longest_of(surname, &TITLES).is_some() {
        return Some(surname);
    }
    let goes_on = |at: usize| is_han(glyphs.at(at)) && glyphs.longest_of(at, &STOPS).is_none();
    // The first sign of a given name may look like a verb (来福, 向东): only two-sign stops and the surest end it.
    let first = is_han(glyphs.at(surname)) && !ends_name(glyphs, surname);
    if !first {
        return None;
    }
    let second = surname + 1;
    Some(if goes_on(second) || gives(glyphs, second) { second + 1 } else { second })
}

/// A name of two or three signs that begins like a word: `叶子轩，`, but not `管理员，`. Which word and what has to follow
/// depends on what announces it.
fn lookalike(glyphs: &Glyphs, start: usize, cue: Cue) -> Option<usize> {
    word(glyphs, start)?;
    [3, 2].iter().map(|length| start + length).find(|&end| {
        let name = (start..end).all(|at| is_han(glyphs.at(at)))
            && !OFFICES.contains(glyphs.at(end - 1))
            && glyphs.longest_of(end - 1, &STOPS).is_none();
        let (three, sign) = (end == start + 3, !is_han(glyphs.at(end)));
        let says = glyphs.longest_of(end, &VERBS).is_some() || glyphs.longest(end, &["、", "和", "与"]).is_some();
        let (any, known) = match cue {
            Cue::Surest => (closes(glyphs, end), false),
            Cue::Label => (three && (sign || says), sign || says),
            Cue::Sure => (three && sign, sign || says),
            Cue::Role => (false, sign || says),
            Cue::People => (false, says),
        };
        name && (any || (known && is_name_too(glyphs, start)))
    })
}

fn is_place(glyphs: &Glyphs, start: usize, end: usize) -> bool {
    (start + 1..=end).any(|here| glyphs.longest(here, PLACES).is_some())
}

/// Whether a word for somebody stands at `at`.
fn is_person(glyphs: &Glyphs, at: usize) -> bool {
    glyphs.longest_of(at, &PEOPLE).max(glyphs.longest_of(at, &ROLES)).is_some_and(|length| length > 1)
}

/// Whether a sign, a title or the rest of a sentence follows a name.
fn closes(glyphs: &Glyphs, end: usize) -> bool {
    let sign = !is_han(glyphs.at(end)) && !glyphs.is_digit(end);
    sign || ends_name(glyphs, end) || [&VERBS, &TITLES].iter().any(|words| glyphs.longest_of(end, words).is_some())
}

/// Whether a two-sign stop or a sure one stands where a given name would begin.
fn ends_name(glyphs: &Glyphs, at: usize) -> bool {
    const SURE: &str = "的在和与及等称说住被把对从已也未不没有了名是请到";
    glyphs.longest_of(at, &STOPS).is_some_and(|length| length > 1) || SURE.contains(glyphs.at(at))
}

/// A stop sign of one that ends the text's word anyway: `王向家，` is all name.
fn gives(glyphs: &Glyphs, at: usize) -> bool {
    is_han(glyphs.at(at)) && !is_han(glyphs.at(at + 1)) && !ends_name(glyphs, at)
}

fn glue(glyphs: &Glyphs, mut at: usize) -> usize {
    for _ in 0..3 {
        match glyphs.longest(at, GLUE) {
            Some(length) => at += length,
            None => break,
        }
    }
    at
}

fn is_han(glyph: char) -> bool {
    matches!(glyph, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}

fn is_dot(glyph: char) -> bool {
    matches!(glyph, '·' | '•' | '・' | '‧' | '∙')
}
