//! A state as CBOR (RFC 8949): what snapshots keep and what digests are over.
//!
//! The bytes are those that `ciborium` writes, and that it reads again; written here without its detours, because every
//! incident that goes cold is hashed and a rebuild hashes millions. Never changes: a digest is compared across versions.
//! No floats: a state has none.

use std::fmt::Display;

use serde::{
    Serialize,
    ser::{self, Serializer},
};

/// A state as its bytes.
pub(super) fn canonical<S: Serialize>(state: &S) -> Vec<u8> {
    let mut out = Out(Vec::with_capacity(2048));
    state.serialize(&mut out).expect("a state holds only texts, whole numbers and lists of them");
    out.0
}

/// What no state may hold.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unwritable(String);

impl ser::Error for Unwritable {
    fn custom<T: Display>(what: T) -> Self {
        Self(what.to_string())
    }
}

type Written = Result<(), Unwritable>;

/// The major types (RFC 8949, 3.1), in the first three bits of an item.
const UNSIGNED: u8 = 0 << 5;
const NEGATIVE: u8 = 1 << 5;
const BYTES: u8 = 2 << 5;
const TEXT: u8 = 3 << 5;
const ARRAY: u8 = 4 << 5;
const MAP: u8 = 5 << 5;
const SIMPLE: u8 = 7 << 5;
const FALSE: u8 = SIMPLE | 20;
const TRUE: u8 = SIMPLE | 21;
const NULL: u8 = SIMPLE | 22;
/// Of an array or map whose length is not known before its end, and that end.
const OPEN: u8 = 31;
const BREAK: u8 = SIMPLE | 31;

struct Out(Vec<u8>);

impl Out {
    /// The head of an item: its type, and a number in as few bytes as hold it.
    fn head(&mut self, major: u8, number: u64) {
        let bytes = number.to_be_bytes();
        let (info, from) = match number {
            0..=23 => (bytes[7], 8),
            24..=0xff => (24, 7),
            0x100..=0xffff => (25, 6),
            0x1_0000..=0xffff_ffff => (26, 4),
            0x1_0000_0000.. => (27, 0),
        };
        self.0.push(major | info);
        self.0.extend_from_slice(&bytes[from..]);
    }

    fn text(&mut self, text: &str) {
        self.head(TEXT, text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn signed(&mut self, number: i64) {
        match u64::try_from(number) {
            Ok(number) => self.head(UNSIGNED, number),
            Err(_) => self.head(NEGATIVE, number.unsigned_abs() - 1),
        }
    }

    /// Begins an array or a map.
    fn begin(&mut self, major: u8, len: Option<usize>) -> Items<'_> {
        match len {
            Some(len) => self.head(major, len as u64),
            None => self.0.push(major | OPEN),
        }
        Items { out: self, open: len.is_none() }
    }

    /// Begins the value of a variant that has one.
    fn variant(&mut self, name: &str) {
        self.head(MAP, 1);
        self.text(name);
    }
}

/// What is in an array or a map.
struct Items<'a> {
    out: &'a mut Out,
    open: bool,
}

impl Items<'_> {
    fn done(self) -> Written {
        if self.open {
            self.out.0.push(BREAK);
        }
        Ok(())
    }
}

macro_rules! numbers {
    ($($method:ident $type:ty => $to:ident),*) => {$(
        fn $method(self, number: $type) -> Written {
            self.$to(number.into());
            Ok(())
        }
    )*};
}

impl<'a> Serializer for &'a mut Out {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Items<'a>;
    type SerializeMap = Items<'a>;
    type SerializeStruct = Items<'a>;
    type SerializeStructVariant = Items<'a>;

    numbers!(serialize_i8 i8 => signed, serialize_i16 i16 => signed, serialize_i32 i32 => signed, serialize_i64 i64 => signed);

    fn serialize_u8(self, number: u8) -> Written {
        self.serialize_u64(number.into())
    }
    fn serialize_u16(self, number: u16) -> Written {
        self.serialize_u64(number.into())
    }
    fn serialize_u32(self, number: u32) -> Written {
        self.serialize_u64(number.into())
    }
    fn serialize_u64(self, number: u64) -> Written {
        self.head(UNSIGNED, number);
        Ok(())
    }
    fn serialize_f32(self, _: f32) -> Written {
        Err(ser::Error::custom("a float"))
    }
    fn serialize_f64(self, _: f64) -> Written {
        Err(ser::Error::custom("a float"))
    }
    fn serialize_bool(self, so: bool) -> Written {
        self.0.push(if so { TRUE } else { FALSE });
        Ok(())
    }
    fn serialize_char(self, c: char) -> Written {
        self.serialize_str(c.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, text: &str) -> Written {
        self.text(text);
        Ok(())
    }
    fn serialize_bytes(self, bytes: &[u8]) -> Written {
        self.head(BYTES, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        Ok(())
    }
    fn serialize_none(self) -> Written {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Written {
        self.0.push(NULL);
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Written {
        self.serialize_str(name)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Written {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: &'static str, _: u32, name: &'static str, value: &T) -> Written {
        self.variant(name);
        value.serialize(self)
    }
    fn serialize_seq(self, len: Option<usize>) -> Result<Items<'a>, Unwritable> {
        Ok(self.begin(ARRAY, len))
    }
    fn serialize_tuple(self, len: usize) -> Result<Items<'a>, Unwritable> {
        Ok(self.begin(ARRAY, Some(len)))
    }
    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Items<'a>, Unwritable> {
        Ok(self.begin(ARRAY, Some(len)))
    }
    fn serialize_tuple_variant(self, _: &'static str, _: u32, name: &'static str, len: usize) -> Result<Items<'a>, Unwritable> {
        self.variant(name);
        Ok(self.begin(ARRAY, Some(len)))
    }
    fn serialize_map(self, len: Option<usize>) -> Result<Items<'a>, Unwritable> {
        Ok(self.begin(MAP, len))
    }
    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Items<'a>, Unwritable> {
        Ok(self.begin(MAP, Some(len)))
    }
    fn serialize_struct_variant(self, _: &'static str, _: u32, name: &'static str, len: usize) -> Result<Items<'a>, Unwritable> {
        self.variant(name);
        Ok(self.begin(MAP, Some(len)))
    }
    fn is_human_readable(&self) -> bool {
        false
    }
}

macro_rules! lists {
    ($($list:ident $method:ident),*) => {$(
        impl ser::$list for Items<'_> {
            type Ok = ();
            type Error = Unwritable;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Written { value.serialize(&mut *self.out) }
            fn end(self) -> Written { self.done() }
        }
    )*};
}
lists!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

macro_rules! records {
    ($($record:ident),*) => {$(
        impl ser::$record for Items<'_> {
            type Ok = ();
            type Error = Unwritable;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Written {
                self.out.text(name);
                value.serialize(&mut *self.out)
            }
            fn end(self) -> Written { self.done() }
        }
    )*};
}
records!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Items<'_> {
    type Ok = ();
    type Error = Unwritable;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        key.serialize(&mut *self.out)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        value.serialize(&mut *self.out)
    }
    fn end(self) -> Written {
        self.done()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Serialize)]
    enum Shape {
        Plain,
        One(i64),
        Two(u64, Option<String>),
        Named { list: Vec<u16>, map: BTreeMap<String, bool> },
    }

    /// A list that does not know its length.
    fn open<S: Serializer>(list: &[u8], to: S) -> Result<S::Ok, S::Error> {
        use ser::SerializeSeq as _;
        let mut seq = to.serialize_seq(None)?;
        list.iter().try_for_each(|one| seq.serialize_element(one))?;
        seq.end()
    }

    #[derive(Debug, Serialize)]
    struct All {
        shapes: Vec<Shape>,
        pair: (char, i32),
        id: uuid::Uuid,
        none: Option<u8>,
        unit: (),
        #[serde(serialize_with = "open")]
        open: Vec<u8>,
    }

    fn of_ciborium<S: Serialize>(state: &S) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(state, &mut bytes).expect("written");
        bytes
    }

    proptest! {
        #[test]
        fn the_bytes_are_those_of_ciborium(
            number: i64, other: u64, small in 0_u64..70_000, text: String, texts: Vec<(String, bool)>, list: Vec<u16>, c: char,
            id: u128, open: Vec<u8>,
        ) {
            let named = Shape::Named { list, map: texts.into_iter().collect() };
            let more = [Shape::Two(other, None), Shape::One(-i64::try_from(small).unwrap_or(0)), Shape::One(number / 70_000)];
            let shapes = [Shape::Plain, Shape::One(number), Shape::Two(small, Some(text)), named].into_iter().chain(more).collect();
            let all = All { shapes, pair: (c, 7), id: uuid::Uuid::from_u128(id), none: None, unit: (), open };
            prop_assert_eq!(canonical(&all), of_ciborium(&all));
        }
    }
}
