//! Objects as a writer without rules would encode them.

/// The fields of an object, each with its bytes.
#[derive(Clone)]
pub(super) struct Object(pub(super) Vec<(&'static str, Vec<u8>)>);

impl Object {
    /// The object with other bytes in one field.
    pub(super) fn with(&self, field: &str, bytes: impl AsRef<[u8]>) -> Self {
        let mut object = self.clone();
        let mut fields = object.0.iter_mut();
        let found = fields.find(|(name, _)| *name == field);
        found.unwrap().1 = bytes.as_ref().to_vec();
        object
    }

    /// The bytes of this object.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|(_, bytes)| bytes.clone()).collect()
    }

    /// The bytes of the fields before this one.
    pub(super) fn before(&self, field: &str) -> Vec<u8> {
        let fields = self.0.iter().take_while(|(name, _)| *name != field);
        fields.flat_map(|(_, bytes)| bytes.clone()).collect()
    }
}

/// An unsigned number.
pub(super) fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
    bytes
}

/// A signed number.
pub(super) fn zigzag(number: i64) -> Vec<u8> {
    varint((number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned())
}

/// A list.
pub(super) fn list<B: AsRef<[u8]>>(elements: &[B]) -> Vec<u8> {
    let mut bytes = varint(elements.len() as u64);
    for element in elements {
        bytes.extend_from_slice(element.as_ref());
    }
    bytes
}
