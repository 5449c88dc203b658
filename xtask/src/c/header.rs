//! What `freehold.h` declares.

/// A function of the header.
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its prototype, without the semicolon.
    pub prototype: String,
    /// What is said about it.
    pub about: Vec<String>,
}

/// The functions of the header, in its order.
pub fn functions(header: &str) -> Vec<Function> {
    let mut functions = Vec::new();
    let mut about = Vec::new();
    let mut lines = header.lines();
    while let Some(line) = lines.next() {
        if line == "/**" {
            about = lines
                .by_ref()
                .take_while(|line| *line != " */")
                .map(|line| line.trim_start_matches(" *").trim().to_owned())
                .collect();
        } else if begins(line) {
            let mut prototype = line.to_owned();
            while !prototype.ends_with(';') {
                let Some(more) = lines.next() else { break };
                prototype.push('\n');
                prototype.push_str(more);
            }
            let prototype = prototype.trim_end_matches(';').to_owned();
            functions.push(Function {
                name: name(&prototype),
                prototype,
                about: std::mem::take(&mut about),
            });
        }
    }
    functions
}

/// A prototype begins at the left with a type, then the name and a bracket.
fn begins(line: &str) -> bool {
    let is_type = line.starts_with(|first: char| first.is_ascii_alphabetic());
    let others = ["typedef", "static", "return"];
    is_type
        && !others.iter().any(|word| line.starts_with(word))
        && line
            .split('(')
            .next()
            .is_some_and(|head| head.contains(" fh_") || head.contains("*fh_"))
}

fn name(prototype: &str) -> String {
    let head = prototype.split('(').next().unwrap_or_default();
    let at = head.rfind("fh_").unwrap_or(head.len());
    head.get(at..).unwrap_or_default().trim().to_owned()
}

/// A library in C with the interface of the header, and nothing in it.
pub fn stub(functions: &[Function]) -> String {
    let mut text = "#include <freehold.h>\n".to_owned();
    for function in functions {
        text.push_str(&function.prototype);
        text.push_str(" { __builtin_trap(); }\n");
    }
    text
}

/// The header as a page: its functions with a link to each, and itself.
pub fn page(header: &str) -> String {
    let mut text = "\
<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Freehold in C</title>
<style>body { max-width: 60em; margin: auto; font-family: sans-serif } pre { background: #f4f4f4; padding: 0.5em; overflow-x: auto }</style>
<h1>Freehold in C</h1>
<p><code>#include &lt;freehold.h&gt;</code>, <code>pkg-config freehold</code>. What holds for all of it, and every type, stands in <a href=\"#header\">the header</a>.</p>
"
    .to_owned();
    for Function {
        name,
        prototype,
        about,
    } in functions(header)
    {
        let about: Vec<String> = about.iter().map(|line| escaped(line)).collect();
        text.push_str(&format!(
            "<section id=\"{name}\"><h2><a href=\"#{name}\">{name}</a></h2>\n<pre>{};</pre>\n<p>{}</p></section>\n",
            escaped(&prototype),
            about.join("\n")
        ));
    }
    text.push_str(&format!(
        "<h2 id=\"header\">freehold.h</h2>\n<pre>{}</pre>\n</html>\n",
        escaped(header)
    ));
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The functions as part of a manual page.
pub fn manual(functions: &[Function]) -> String {
    let mut text = String::new();
    for function in functions {
        text.push_str(".PP\n.nf\n\\fB");
        text.push_str(&function.prototype);
        text.push_str(";\\fR\n.fi\n.RS 4\n");
        for line in function.about.iter().filter(|line| !line.is_empty()) {
            // A line that begins with a dot or a quotation mark would be a command.
            text.push_str("\\&");
            text.push_str(&line.replace('\\', "\\e"));
            text.push('\n');
        }
        text.push_str(".RE\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "\
typedef struct FhA FhA;
/**
 * Makes one.
 */
FhStatus fh_a_new(int now,
                  FhA **out);

/** A view. */
static inline FhStr fh_str(const char *text) {
    return fh_b(text);
}
/**
 * Its name.
 */
const char *fh_a_name(void);
";

    #[test]
    fn functions_with_what_is_said() {
        let functions = functions(HEADER);
        let names: Vec<&str> = functions.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["fh_a_new", "fh_a_name"]);
        assert_eq!(
            functions.first().map(|one| one.about.join(" ")),
            Some("Makes one.".into())
        );
        assert!(stub(&functions).contains("fh_a_name(void) { __builtin_trap(); }"));
        assert!(manual(&functions).contains("\\&Its name.\n"));
    }
}
