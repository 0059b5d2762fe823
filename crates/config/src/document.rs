//! A TOML document whose every value remembers where it stands.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::address::{has_user_info, is_source, without_user_info};
use crate::error::{Error, Place};
use crate::nearest::nearest;

/// Bytes of a file that are read. A lock of every platform and ten releases is 300 KiB.
pub const FILE_LIMIT: usize = 1024 * 1024;

/// The characters of a value that a message repeats.
const FOUND_LIMIT: usize = 64;

/// The text of a file and its name.
pub(crate) struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl<'a> Source<'a> {
    /// Checks size and encoding. A byte-order mark is passed over.
    pub(crate) fn new(bytes: &'a [u8], path: &'a Path) -> Result<Self, Error> {
        if bytes.len() > FILE_LIMIT {
            return Err(Error::TooLarge {
                path: path.to_owned(),
                bytes: bytes.len(),
                limit: FILE_LIMIT,
            });
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self {
                path,
                text: text.strip_prefix('\u{feff}').unwrap_or(text),
            }),
            Err(error) => {
                let lossy = String::from_utf8_lossy(bytes);
                let at = error.valid_up_to();
                Err(Error::NotUtf8 {
                    at: Place::new(path, &lossy, at..at + 1),
                })
            }
        }
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) fn parse(&self) -> Result<Spanned<DeTable<'a>>, Error> {
        DeTable::parse(self.text).map_err(|error| Error::NotToml {
            at: self.place(error.span().unwrap_or(0..0)),
            message: error.message().lines().collect::<Vec<_>>().join(", "),
        })
    }

    fn place(&self, span: Range<usize>) -> Place {
        Place::new(self.path, self.text, span)
    }
}

/// A table of a document.
pub(crate) struct Section<'s> {
    source: &'s Source<'s>,
    table: &'s DeTable<'s>,
    span: Range<usize>,
}

impl<'s> Section<'s> {
    pub(crate) fn root(source: &'s Source<'s>, root: &'s Spanned<DeTable<'s>>) -> Self {
        Self {
            source,
            table: root.get_ref(),
            span: 0..0,
        }
    }

    /// Refuses the first key, as the file is read, that is not in `known`.
    pub(crate) fn allow_only(&self, known: &[&'static str]) -> Result<(), Error> {
        match self.first_unknown(known) {
            None => Ok(()),
            Some((at, key)) => Err(Error::UnknownKey {
                at,
                nearest: nearest(&key, known),
                key: clip(&key),
            }),
        }
    }

    /// The first key, as the file is read, that is not in `known`.
    pub(crate) fn first_unknown(&self, known: &[&'static str]) -> Option<(Place, String)> {
        self.table
            .keys()
            .filter(|key| !known.iter().any(|known| known == key.get_ref()))
            .min_by_key(|key| key.span().start)
            .map(|key| (self.source.place(key.span()), key.get_ref().to_string()))
    }

    pub(crate) fn field(&self, key: &'static str) -> Option<Field<'s>> {
        self.table
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| Field {
                source: self.source,
                key,
                value,
            })
    }

    pub(crate) fn required(&self, key: &'static str) -> Result<Field<'s>, Error> {
        self.field(key).ok_or_else(|| Error::MissingKey {
            at: self.source.place(self.span.clone()),
            key,
        })
    }

    /// The text at `key`, where there is one, as `read` understands it.
    pub(crate) fn word<T>(
        &self,
        key: &'static str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        self.field(key)
            .map(|field| field.word(expected, read))
            .transpose()
    }

    /// The list at `key`, empty where there is none, each item as `read` understands it.
    pub(crate) fn words<T: PartialEq>(
        &self,
        key: &'static str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, Error> {
        self.field(key)
            .map_or(Ok(Vec::new()), |field| field.words(expected, read))
    }

    /// The addresses and folders at `key`, empty where there is none.
    pub(crate) fn sources(&self, key: &'static str) -> Result<Vec<String>, Error> {
        self.field(key)
            .map_or(Ok(Vec::new()), |field| field.sources())
    }

    pub(crate) fn duplicate(&self, what: &str) -> Error {
        Error::Duplicate {
            at: self.source.place(self.span.clone()),
            what: clip(what),
        }
    }
}

/// A value of a table, with its key.
pub(crate) struct Field<'s> {
    source: &'s Source<'s>,
    key: &'static str,
    value: &'s Spanned<DeValue<'s>>,
}

impl<'s> Field<'s> {
    pub(crate) fn span(&self) -> Range<usize> {
        self.value.span()
    }

    pub(crate) fn place(&self) -> Place {
        self.source.place(self.span())
    }

    pub(crate) fn boolean(&self) -> Result<bool, Error> {
        self.value
            .get_ref()
            .as_bool()
            .ok_or_else(|| self.wrong_type("true or false"))
    }

    pub(crate) fn number(&self) -> Result<u64, Error> {
        let integer = self
            .value
            .get_ref()
            .as_integer()
            .ok_or_else(|| self.wrong_type("a number"))?;
        u64::from_str_radix(integer.as_str(), integer.radix())
            .map_err(|_| self.wrong_value("a number from 0 to 18446744073709551615"))
    }

    fn text(&self) -> Result<&'s str, Error> {
        self.value
            .get_ref()
            .as_str()
            .ok_or_else(|| self.wrong_type("a text in quotes"))
    }

    /// A text that `read` understands; `expected` says what it understands.
    pub(crate) fn word<T>(
        &self,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Error> {
        read(self.text()?).ok_or_else(|| self.wrong_value(expected))
    }

    /// A list of texts that `read` understands, none of them twice.
    fn words<T: PartialEq>(
        &self,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, Error> {
        let mut words = Vec::new();
        for item in self.items()? {
            let word = item.word(expected, &read)?;
            if words.contains(&word) {
                return Err(Error::Duplicate {
                    at: item.place(),
                    what: clip(item.text()?),
                });
            }
            words.push(word);
        }
        Ok(words)
    }

    /// Addresses and folders, in order; user information has an error of its own.
    fn sources(&self) -> Result<Vec<String>, Error> {
        for item in self.items()? {
            if has_user_info(item.text()?) {
                return Err(Error::UserInformation {
                    at: item.place(),
                    key: self.key,
                });
            }
        }
        self.words(
            "an https address, or a folder that starts with /, ./ or ../",
            |text| is_source(text).then(|| text.to_owned()),
        )
    }

    fn items(&self) -> Result<impl Iterator<Item = Field<'s>>, Error> {
        let (source, key) = (self.source, self.key);
        let items = self
            .value
            .get_ref()
            .as_array()
            .ok_or_else(|| self.wrong_type("a list of texts"))?;
        Ok(items.iter().map(move |value| Field { source, key, value }))
    }

    pub(crate) fn section(&self) -> Result<Section<'s>, Error> {
        let table = self
            .value
            .get_ref()
            .as_table()
            .ok_or_else(|| self.wrong_type("a table"))?;
        Ok(Section {
            source: self.source,
            table,
            span: self.span(),
        })
    }

    /// The tables of `[[key]]` blocks.
    pub(crate) fn sections(&self) -> Result<Vec<Section<'s>>, Error> {
        let items = self
            .value
            .get_ref()
            .as_array()
            .ok_or_else(|| self.wrong_type("`[[..]]` blocks"))?;
        items
            .iter()
            .map(|value| {
                Field {
                    source: self.source,
                    key: self.key,
                    value,
                }
                .section()
            })
            .collect()
    }

    fn wrong_type(&self, expected: &'static str) -> Error {
        let found = match self.value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a number",
            DeValue::Float(_) => "a number with a point",
            DeValue::Boolean(true) => "true",
            DeValue::Boolean(false) => "false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        Error::WrongType {
            at: self.place(),
            key: self.key,
            expected,
            found,
        }
    }

    pub(crate) fn wrong_value(&self, expected: &'static str) -> Error {
        let found = match self.value.get_ref() {
            DeValue::String(text) => text.as_ref(),
            _ => self.source.text.get(self.span()).unwrap_or_default(),
        };
        Error::WrongValue {
            at: self.place(),
            key: self.key,
            expected,
            found: clip(found),
        }
    }
}

/// At most [`FOUND_LIMIT`] characters, without user information.
fn clip(text: &str) -> String {
    without_user_info(text).chars().take(FOUND_LIMIT).collect()
}
