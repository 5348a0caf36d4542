//! One line of the table, and the table for people and for machines.

use serde_json::{Value, json};

use super::meter::{Spent, Times};

/// One measured number, what it should be, and what stands beside it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) name: String,
    /// How much.
    pub(crate) value: f64,
    /// Of what.
    pub(crate) unit: &'static str,
    /// What it should reach; none where it is only reported.
    pub(crate) target: Option<Target>,
    /// What it is compared with in the same run.
    pub(crate) against: String,
    /// Processor time and memory meanwhile.
    pub(crate) spent: Spent,
    /// How long single answers took, where there were any.
    pub(crate) times: Option<Times>,
    /// Bytes of one record on average.
    pub(crate) record_bytes: Option<f64>,
}

/// What a value should reach.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// So much or more.
    AtLeast(f64),
    /// So much or less.
    AtMost(f64),
}

impl Target {
    const fn number(self) -> f64 {
        match self {
            Self::AtLeast(number) | Self::AtMost(number) => number,
        }
    }
}

impl Row {
    /// Whether the target is reached; none where there is none.
    pub(crate) fn met(&self) -> Option<bool> {
        self.target.map(|target| match target {
            Target::AtLeast(least) => self.value >= least,
            Target::AtMost(most) => self.value <= most,
        })
    }

    fn object(&self) -> Value {
        json!({
            "name": self.name,
            "value": rounded(self.value),
            "unit": self.unit,
            "target": self.target.map(|target| rounded(target.number())),
            "met": self.met(),
            "beside": {
                "against": self.against,
                "cpu_percent": self.spent.cpu_percent.round(),
                "rss_mb": self.spent.rss_mb.round(),
                "p50_ms": self.times.as_ref().map(|times| times.p50_ms),
                "p99_ms": self.times.as_ref().map(|times| times.p99_ms),
                "record_bytes": self.record_bytes.map(f64::round),
            },
        })
    }

    fn cells(&self) -> [String; 10] {
        let dash = || "–".to_owned();
        let target = self.target.map_or_else(dash, |target| match target {
            Target::AtLeast(least) => format!("≥ {}", number(least)),
            Target::AtMost(most) => format!("≤ {}", number(most)),
        });
        let met = match self.met() {
            Some(true) => "yes 达标".to_owned(),
            Some(false) => "NO 未达标".to_owned(),
            None => dash(),
        };
        let ms = |pick: fn(&Times) -> f64| self.times.as_ref().map_or_else(dash, |times| format!("{:.2}", pick(times)));
        [
            self.name.clone(),
            format!("{} {}", number(self.value), self.unit),
            target,
            met,
            self.against.clone(),
            format!("{:.0} %", self.spent.cpu_percent),
            format!("{:.0} MB", self.spent.rss_mb),
            ms(|times| times.p50_ms),
            ms(|times| times.p99_ms),
            self.record_bytes.map_or_else(dash, |bytes| format!("{bytes:.0}")),
        ]
    }
}

/// All rows as one JSON array.
pub(crate) fn json(rows: &[Row]) -> Value {
    rows.iter().map(Row::object).collect()
}

/// All rows as a table in Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    const HEAD: [&str; 10] = ["row", "value", "target", "met", "beside", "CPU", "RSS", "p50 ms", "p99 ms", "record bytes"];
    let mut lines = vec![line(&HEAD.map(str::to_owned)), line(&HEAD.map(|_| "---".to_owned()))];
    lines.extend(rows.iter().map(|row| line(&row.cells())));
    lines.join("\n")
}

fn line(cells: &[String; 10]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// Three digits that count; whole numbers from a hundred on, with thousands apart.
fn number(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn rounded(value: f64) -> f64 {
    if value < 100.0 { (value * 100.0).round() / 100.0 } else { value.round() }
}

#[cfg(test)]
mod tests;
