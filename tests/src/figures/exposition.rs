//! Reads what a hub gives Prometheus, and refuses whatever the text format does not allow: a scraper may be lenient, what
//! it is given must not need that.

use std::collections::{BTreeMap, BTreeSet};

/// One series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    /// Its name, with the suffix.
    pub(crate) name: String,
    /// Its labels.
    pub(crate) labels: BTreeMap<String, String>,
    /// Its value.
    pub(crate) value: f64,
}

/// A histogram: its name, and its labels but the bound.
type Whose = (String, Vec<(String, String)>);

/// All that was read at once.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scrape {
    /// Kind by family.
    pub(crate) families: BTreeMap<String, String>,
    /// In the order of the text.
    pub(crate) series: Vec<Series>,
}

impl Scrape {
    /// The series of this name.
    pub(crate) fn of(&self, name: &str) -> Vec<&Series> {
        self.series.iter().filter(|series| series.name == name).collect()
    }

    /// Reads the text format 0.0.4.
    ///
    /// # Errors
    /// Names the line and what is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        if !text.ends_with('\n') {
            return Err("the last line has no end".to_owned());
        }
        let mut read = Self::default();
        let (mut help, mut family) = (None::<String>, None::<(String, String)>);
        let mut seen = BTreeSet::new();
        for line in text.lines() {
            let wrong = |what: &str| Err(format!("{what}: {line}"));
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let Some((name, what)) = rest.split_once(' ') else { return wrong("no help") };
                if what.trim().is_empty() {
                    return wrong("the help says nothing");
                }
                help = Some(name.to_owned());
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let Some((name, kind)) = rest.split_once(' ') else { return wrong("no type") };
                if help.take().as_deref() != Some(name) {
                    return wrong("its help does not stand before it");
                }
                if !plain(name) || !["counter", "gauge", "histogram"].contains(&kind) {
                    return wrong("not a name and a type");
                }
                if read.families.insert(name.to_owned(), kind.to_owned()).is_some() {
                    return wrong("a second time");
                }
                family = Some((name.to_owned(), kind.to_owned()));
            } else {
                let series = series(line)?;
                let Some((name, kind)) = &family else { return wrong("no type stands before it") };
                if !belongs(&series.name, name, kind) {
                    return wrong("it does not belong to what stands before it");
                }
                if kind != "gauge" && series.value < 0.0 {
                    return wrong("a count below nothing");
                }
                if !seen.insert((series.name.clone(), series.labels.clone())) {
                    return wrong("a second time");
                }
                read.series.push(series);
            }
        }
        read.histograms()?;
        Ok(read)
    }

    /// Buckets grow, and the last one holds all.
    fn histograms(&self) -> Result<(), String> {
        let mut buckets: BTreeMap<Whose, Vec<(f64, f64)>> = BTreeMap::new();
        for series in &self.series {
            let Some(family) = series.name.strip_suffix("_bucket") else { continue };
            let bound = number(series.labels.get("le").ok_or_else(|| format!("{} has a bucket without a bound", series.name))?)?;
            let rest = series.labels.iter().filter(|(name, _)| *name != "le");
            let rest = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
            buckets.entry((family.to_owned(), rest)).or_default().push((bound, series.value));
        }
        for ((family, labels), all) in buckets {
            let grows = all.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 <= two[1].1);
            let (last, held) = *all.last().ok_or("no bucket")?;
            let labels: BTreeMap<_, _> = labels.into_iter().collect();
            let with = |suffix: &str| self.of(&format!("{family}{suffix}")).into_iter().find(|series| series.labels == labels);
            let counted = with("_count").is_some_and(|count| (count.value - held).abs() < f64::EPSILON);
            if !grows || last.is_finite() || !counted || with("_sum").is_none() {
                return Err(format!("the buckets of {family}{labels:?} do not add up"));
            }
        }
        Ok(())
    }
}

fn belongs(name: &str, family: &str, kind: &str) -> bool {
    match kind {
        "counter" => name == family && name.ends_with("_total"),
        "histogram" => name.strip_prefix(family).is_some_and(|rest| ["_bucket", "_sum", "_count"].contains(&rest)),
        _ => name == family,
    }
}

fn plain(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    first && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn number(text: &str) -> Result<f64, String> {
    match text {
        "+Inf" => Ok(f64::INFINITY),
        "-Inf" => Ok(f64::NEG_INFINITY),
        text if text.bytes().next().is_some_and(|b| b.is_ascii_digit() || b == b'-') => {
            text.parse().map_err(|_| format!("{text} is no number"))
        }
        text => Err(format!("{text} is no number")),
    }
}

fn series(line: &str) -> Result<Series, String> {
    let wrong = |what: &str| format!("{what}: {line}");
    let end = line.find(['{', ' ']).ok_or_else(|| wrong("no value"))?;
    let (name, mut rest) = line.split_at(end);
    if !plain(name) {
        return Err(wrong("no name"));
    }
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, value) = rest.split_once("=\"").ok_or_else(|| wrong("no label"))?;
            let (value, behind) = quoted(value).ok_or_else(|| wrong("a value without an end"))?;
            if !plain(label) || labels.insert(label.to_owned(), value).is_some() {
                return Err(wrong("a label that is none, or twice"));
            }
            match (behind.strip_prefix(','), behind.strip_prefix('}')) {
                (Some(more), _) => rest = more,
                (None, Some(after)) => {
                    rest = after;
                    break;
                }
                (None, None) => return Err(wrong("labels without an end")),
            }
        }
    }
    let value = rest.strip_prefix(' ').ok_or_else(|| wrong("no value"))?;
    Ok(Series { name: name.to_owned(), labels, value: number(value).map_err(|what| wrong(&what))? })
}

/// A value up to its closing quote, and what stands behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut letters) = (String::new(), text.char_indices());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match letters.next()?.1 {
                'n' => '\n',
                kept @ ('\\' | '"') => kept,
                _ => return None,
            }),
            '\n' => return None,
            letter => value.push(letter),
        }
    }
    None
}

#[test]
fn a_text_that_is_as_it_should_be_is_read() {
    let text = concat!(
        "# HELP a_total Counted\n# TYPE a_total counter\na_total{x=\"q\\\"\\\\\\n,}\"} 3\n",
        "# HELP b Held\n# TYPE b gauge\nb -2.5\n",
        "# HELP c_seconds Took\n# TYPE c_seconds histogram\nc_seconds_bucket{le=\"0.5\"} 1\nc_seconds_bucket{le=\"+Inf\"} 2\n",
        "c_seconds_sum 1.25\nc_seconds_count 2\n",
    );
    let read = Scrape::read(text).expect("it is right");
    assert_eq!((read.families.len(), read.series.len()), (3, 6));
    assert_eq!(read.of("a_total")[0].labels["x"], "q\"\\\n,}");
}

#[test]
fn whatever_is_not_allowed_is_refused() {
    let head = "# HELP a_total Counted\n# TYPE a_total counter\n";
    let histogram = "# HELP c Took\n# TYPE c histogram\n";
    for (text, why) in [
        ("a 1", "no end"),
        ("a 1\n", "no type"),
        ("# TYPE a gauge\na 1\n", "its help"),
        ("# HELP a \n# TYPE a gauge\na 1\n", "says nothing"),
        ("# HELP a x\n# TYPE a counter\na 1\n", "does not belong"),
        (&format!("{head}b_total 1\n"), "does not belong"),
        (&format!("{head}a_total 1\na_total 1\n"), "a second time"),
        (&format!("{head}a_total -1\n"), "below nothing"),
        (&format!("{head}a_total NaN\n"), "no number"),
        (&format!("{head}a_total{{x=1}} 1\n"), "no label"),
        (&format!("{head}a_total{{x=\"1}} 1\n"), "without an end"),
        (&format!("{head}a_total{{x.y=\"1\"}} 1\n"), "a label that is none"),
        (&format!("{head}a_total one\n"), "no number"),
        (&format!("{head}{head}"), "a second time"),
        (&format!("{histogram}c_bucket{{le=\"1.0\"}} 2\nc_bucket{{le=\"+Inf\"}} 1\nc_sum 1\nc_count 1\n"), "add up"),
        (&format!("{histogram}c_bucket{{le=\"1.0\"}} 1\nc_sum 1\nc_count 1\n"), "add up"),
        (&format!("{histogram}c_bucket{{le=\"+Inf\"}} 1\nc_sum 1\nc_count 2\n"), "add up"),
    ] {
        let said = Scrape::read(text).expect_err(text);
        assert!(said.contains(why), "{text:?} is refused because {said:?}, and not {why:?}");
    }
}
