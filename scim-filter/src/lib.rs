#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod attr_exp;
mod attr_path;
mod caret;
mod dialect;
mod error;
mod filter;
mod limits;
mod logic;
mod parser;
mod path;
mod value_path;

pub use attr_exp::{AttrExp, CompValue, CompareOp, Test};
pub use attr_path::AttrPath;
pub use caret::caret;
pub use dialect::Dialect;
pub use error::{ParseError, ParseErrorKind};
pub use filter::{Filter, Term};
pub use limits::{MAX_BYTES, MAX_DEPTH, MAX_TERMS};
pub use logic::{Logic, Operand, Operands};
pub use path::Path;
pub use value_path::ValuePath;
