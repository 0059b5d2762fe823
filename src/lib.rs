//! goseal, the program: a hermetic Go toolchain manager.
