//! JSON documents: the schema's name and version first, then the facts.

use serde_json::{Map, Value};

/// One document `{"schema":"goseal.<verb>/1", ...}`, indented, with a line feed at its end.
///
/// Within a version fields are only added. `facts` must be an object.
pub(crate) fn document(verb: &str, facts: Value) -> String {
    let mut whole = Map::new();
    whole.insert(
        "schema".to_owned(),
        Value::String(format!("goseal.{verb}/1")),
    );
    if let Value::Object(facts) = facts {
        whole.extend(facts);
    }
    let mut text = serde_json::to_string_pretty(&Value::Object(whole))
        .expect("a value whose keys are strings can be written");
    text.push('\n');
    text
}
