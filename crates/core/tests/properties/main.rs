//! Properties of whole decisions, over choices that nobody wrote down.

#[cfg(test)]
mod run;
