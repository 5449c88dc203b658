//! Objects as a writer without rules would encode them.

/// The fields of an object, each with its bytes.
#[derive(Clone)]
pub(in crate::vectors) struct Object(pub(in crate::vectors) Vec<(&'static str, Vec<u8>)>);

impl Object {
    /// The object with other bytes in one field.
    pub(in crate::vectors) fn with(&self, field: &str, bytes: impl AsRef<[u8]>) -> Self {
        let mut object = self.clone();
        let mut fields = object.0.iter_mut();
        let found = fields.find(|(name, _)| *name == field);
        found.unwrap().1 = bytes.as_ref().to_vec();
        object
    }

    /// The bytes of this object.
    pub(in crate::vectors) fn bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|(_, bytes)| bytes.clone()).collect()
    }

    /// The bytes of the fields before this one.
    pub(in crate::vectors) fn before(&self, field: &str) -> Vec<u8> {
        let fields = self.0.iter().take_while(|(name, _)| *name != field);
        fields.flat_map(|(_, bytes)| bytes.clone()).collect()
    }
}

/// An unsigned number.
pub(in crate::vectors) fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
    bytes
}

/// A signed number.
pub(in crate::vectors) fn zigzag(number: i64) -> Vec<u8> {
    varint((number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned())
}

/// A list.
pub(in crate::vectors) fn list<B: AsRef<[u8]>>(elements: &[B]) -> Vec<u8> {
    let mut bytes = varint(elements.len() as u64);
    for element in elements {
        bytes.extend_from_slice(element.as_ref());
    }
    bytes
}
