//! Just enough JSON to write: objects, arrays, texts, whole numbers and truth values.

/// An object under construction.
pub(crate) struct Object(String);

/// An array under construction.
pub(crate) struct Array(String);

impl Object {
    pub(crate) fn new() -> Self {
        Self("{".to_owned())
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        quote(&mut self.0, value);
    }

    pub(crate) fn number(&mut self, name: &str, value: i64) {
        self.name(name);
        self.0.push_str(&value.to_string());
    }

    pub(crate) fn truth(&mut self, name: &str, value: bool) {
        self.name(name);
        self.0.push_str(if value { "true" } else { "false" });
    }

    pub(crate) fn object(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        self.name(name);
        let mut inner = Self::new();
        fill(&mut inner);
        self.0.push_str(&inner.finish());
    }

    pub(crate) fn array(&mut self, name: &str, fill: impl FnOnce(&mut Array)) {
        self.name(name);
        let mut inner = Array("[".to_owned());
        fill(&mut inner);
        self.0.push_str(&inner.0);
        self.0.push(']');
    }

    pub(crate) fn finish(self) -> String {
        self.0 + "}"
    }

    fn name(&mut self, name: &str) {
        separate(&mut self.0, '{');
        quote(&mut self.0, name);
        self.0.push(':');
    }
}

impl Array {
    pub(crate) fn text(&mut self, value: &str) {
        separate(&mut self.0, '[');
        quote(&mut self.0, value);
    }

    pub(crate) fn object(&mut self, fill: impl FnOnce(&mut Object)) {
        separate(&mut self.0, '[');
        let mut inner = Object::new();
        fill(&mut inner);
        self.0.push_str(&inner.finish());
    }
}

fn separate(text: &mut String, open: char) {
    if text.len() > open.len_utf8() {
        text.push(',');
    }
}

/// RFC 8259, section 7.
fn quote(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\u{0}'..='\u{1f}' => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_text() {
        let mut all = Object::new();
        all.text("a\"", "b\\\n\u{e9}");
        all.number("n", -5);
        all.array("l", |list| {
            list.text("x");
            list.object(|inner| inner.truth("t", true));
        });
        all.object("o", |_| {});
        assert_eq!(
            all.finish(),
            r#"{"a\"":"b\\\u000aé","n":-5,"l":["x",{"t":true}],"o":{}}"#
        );
    }
}
