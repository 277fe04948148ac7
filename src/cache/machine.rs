//! The machine that cells run on, as far as it decides the last digits of a float.

/// Names the processor's family, the system, and the widest arithmetic that is chosen when the program runs:
/// `x86_64-linux-gnu fma`.
///
/// Two machines with the same name round alike: the products of matrices (crate `matrixmultiply`) and the system's
/// `exp` and `log` pick another algorithm where a processor can multiply and add in one step.
pub fn machine() -> String {
    let mut name = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    for (is_it, environment) in [
        (cfg!(target_env = "gnu"), "-gnu"),
        (cfg!(target_env = "musl"), "-musl"),
        (cfg!(target_env = "msvc"), "-msvc"),
    ] {
        if is_it {
            name.push_str(environment);
        }
    }
    if let Some(arithmetic) = arithmetic() {
        name.push(' ');
        name.push_str(arithmetic);
    }
    name
}

/// The widest arithmetic that libraries ask the processor for.
#[cfg(target_arch = "x86_64")]
fn arithmetic() -> Option<&'static str> {
    if std::arch::is_x86_feature_detected!("avx512f") {
        Some("avx512f")
    } else if std::arch::is_x86_feature_detected!("fma") {
        Some("fma")
    } else if std::arch::is_x86_feature_detected!("avx") {
        Some("avx")
    } else {
        None
    }
}

/// Other processors have one arithmetic only.
#[cfg(not(target_arch = "x86_64"))]
fn arithmetic() -> Option<&'static str> {
    None
}
