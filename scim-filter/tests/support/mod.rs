//! A second opinion on filters: a plain tree, and how clients may write it.

/// A filter as a plain tree, without limits and without sharing anything with the crate under test.
#[derive(Debug, Clone)]
pub(crate) enum Model {
    And(Vec<Model>),
    Or(Vec<Model>),
    Not(Box<Model>),
    Exp(Exp),
    /// `attr[filter]`, and the test behind the brackets.
    Value(String, Box<Model>, Option<Exp>),
}

/// A comparison or presence test.
#[derive(Debug, Clone)]
pub(crate) struct Exp {
    pub(crate) path: String,
    pub(crate) test: Option<(&'static str, Value)>,
}

/// A comparison value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Literal(&'static str),
    Number(String),
    Text(String),
}

pub(crate) const OPERATORS: [&str; 9] = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];

/// Numbers by George Marsaglia's xorshift, Sebastiano Vigna's splitmix64: small, seeded, the same on every machine.
#[derive(Debug, Clone)]
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).expect("it is below a usize")
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

impl Model {
    /// Writes the filter as some client might: in any case, with more blanks, parentheses and escapes than needed.
    pub(crate) fn write(&self, style: &mut Rng, text: &mut String) {
        match self {
            Model::Or(operands) => join(operands, "or", style, text),
            Model::And(operands) => join(operands, "and", style, text),
            Model::Not(operand) => {
                text.push_str(&any_case("not", style));
                text.push_str(&" ".repeat(style.below(3)));
                group(operand, style, text);
            }
            Model::Exp(exp) => exp.write(style, text),
            Model::Value(attr, filter, then) => {
                text.push_str(attr);
                maybe_blank(style, text);
                text.push('[');
                maybe_blank(style, text);
                filter.write(style, text);
                maybe_blank(style, text);
                text.push(']');
                if let Some(then) = then {
                    maybe_blank(style, text);
                    text.push('.');
                    then.write(style, text);
                }
            }
        }
    }
}

impl Exp {
    fn write(&self, style: &mut Rng, text: &mut String) {
        text.push_str(&self.path);
        blanks(style, text);
        let Some((op, value)) = &self.test else {
            text.push_str(&any_case("pr", style));
            return;
        };
        text.push_str(&any_case(op, style));
        blanks(style, text);
        match value {
            Value::Literal(literal) => text.push_str(literal),
            Value::Number(number) => text.push_str(number),
            Value::Text(string) => write_string(string, style, text),
        }
    }
}

fn join(operands: &[Model], keyword: &str, style: &mut Rng, text: &mut String) {
    for (index, operand) in operands.iter().enumerate() {
        if index > 0 {
            blanks(style, text);
            text.push_str(&any_case(keyword, style));
            blanks(style, text);
        }
        let needed = match operand {
            Model::Or(_) => true,
            Model::And(_) => keyword == "and",
            Model::Not(_) | Model::Exp(_) | Model::Value(..) => false,
        };
        if needed || style.once_in(6) {
            group(operand, style, text);
        } else {
            operand.write(style, text);
        }
    }
}

fn group(operand: &Model, style: &mut Rng, text: &mut String) {
    text.push('(');
    maybe_blank(style, text);
    operand.write(style, text);
    maybe_blank(style, text);
    text.push(')');
}

fn write_string(string: &str, style: &mut Rng, text: &mut String) {
    text.push('"');
    for character in string.chars() {
        let mut units = [0; 2];
        if style.once_in(8) || character < ' ' {
            for unit in character.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            if matches!(character, '"' | '\\') {
                text.push('\\');
            }
            text.push(character);
        }
    }
    text.push('"');
}

fn any_case(word: &str, style: &mut Rng) -> String {
    word.chars().map(|c| if style.once_in(4) { c.to_ascii_uppercase() } else { c }).collect()
}

fn blanks(style: &mut Rng, text: &mut String) {
    text.push(' ');
    maybe_blank(style, text);
}

fn maybe_blank(style: &mut Rng, text: &mut String) {
    if style.once_in(5) {
        text.push_str(&" ".repeat(1 + style.below(2)));
    }
}
