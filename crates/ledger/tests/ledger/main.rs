//! The ledger as its users see it: folders, records, damage.

#[cfg(test)]
mod append;
#[cfg(test)]
mod begin;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod drafts;
#[cfg(test)]
mod form;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod recent;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod secrets;
