//! A tar.gz file unpacks into its stage, within the bounds, or is refused with nothing left.
#![no_main]

use goseal_core::archive::ArchiveForm;
use goseal_fuzz::{pack, store};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let covered = data.len() % 2 == 0;
    // Bytes as they are, or a tar file whose headers are signed before it is compressed.
    if data.starts_with(&[0x1f, 0x8b]) {
        store::check_unpack(data, ArchiveForm::ReleaseTarGz, covered);
    } else {
        store::check_unpack(&pack::tar_gz(data), ArchiveForm::ReleaseTarGz, covered);
    }
});
