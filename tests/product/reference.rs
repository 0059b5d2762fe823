//! The reference pages are what the code says.

use std::path::Path;

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "`just docs` asks for the pages to be written"
)]
fn the_reference_pages_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let write = std::env::var_os("GOSEAL_WRITE_DOCS").is_some();
    for page in goseal::reference::pages() {
        let path = root.join(page.path);
        if write {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &page.text).unwrap();
        }
        let present = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            present == page.text,
            "{} is stale: `just docs` writes it",
            page.path
        );
    }
}
