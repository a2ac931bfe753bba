//! The measured programs have the memory of the platform.

fn main() {
    println!("cargo:rustc-link-search=platform");
    println!("cargo:rustc-link-search=../platform");
}
