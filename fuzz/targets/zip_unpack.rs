//! A zip file unpacks into its stage, within the bounds, or is refused with nothing left.
#![no_main]

use goseal_core::archive::ArchiveForm;
use goseal_fuzz::{pack, store};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((kind, rest)) = data.split_first() else {
        return;
    };
    let form = if kind & 1 == 0 {
        ArchiveForm::ModuleZip
    } else {
        ArchiveForm::ReleaseZip
    };
    let covered = kind & 2 != 0;
    // Bytes as they are, or entries put together with their checksums.
    if kind & 4 == 0 {
        store::check_unpack(rest, form, covered);
    } else {
        store::check_unpack(&pack::zip(rest), form, covered);
    }
});
