//! The arguments of a reason: a few short texts by name. In one piece, because most facts carry some and a rebuild reads
//! millions of them: a map would cost an allocation for each name and each value.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap as _};
use smol_str::SmolStr;

/// Texts by name, each name once, in the order of the names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Args(Vec<(SmolStr, SmolStr)>);

impl Args {
    /// The text of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Names and texts.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The texts.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(_, value)| value)
    }

    /// How many.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// None.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of two with one name the later stays, as in any JSON object.
    fn put(&mut self, name: SmolStr, value: SmolStr) {
        // Written in order, so nearly always at the end.
        let at = self.0.iter().rposition(|(known, _)| *known <= name).map_or(0, |at| at + 1);
        match at.checked_sub(1).and_then(|before| self.0.get_mut(before)) {
            Some((known, there)) if *known == name => *there = value,
            Some(_) | None => self.0.insert(at, (name, value)),
        }
    }
}

impl<N: Into<SmolStr>, V: Into<SmolStr>> FromIterator<(N, V)> for Args {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(args: I) -> Self {
        let mut all = Self::default();
        for (name, value) in args {
            all.put(name.into(), value.into());
        }
        all
    }
}

impl Serialize for Args {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Args {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> de::Visitor<'de> for Map {
            type Value = Args;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("texts by name")
            }
            fn visit_map<M: de::MapAccess<'de>>(self, mut map: M) -> Result<Args, M::Error> {
                let mut args = Args::default();
                while let Some((name, value)) = map.next_entry::<Short, Short>()? {
                    args.put(name.0, value.0);
                }
                Ok(args)
            }
        }
        from.deserialize_map(Map)
    }
}

/// A text that is read where it lies.
struct Short(SmolStr);

impl<'de> Deserialize<'de> for Short {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        crate::text::parsed(from).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_stand_once_however_they_are_written() {
        let args: Args = serde_json::from_str(r#"{"b":"1","a":"2","b":"3"}"#).expect("an object of texts");
        assert_eq!(args.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
        assert_eq!(args, [("b", "3"), ("a", "2")].into_iter().collect());
        assert_eq!(serde_json::to_string(&args).expect("texts"), r#"{"a":"2","b":"3"}"#);
        assert_eq!((args.get("a"), args.get("c"), args.len()), (Some("2"), None, 2));
    }
}
