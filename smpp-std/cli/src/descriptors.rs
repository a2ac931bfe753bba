//! File descriptors: thousands of sessions need as many.

/// Allows as many as the system does without asking. Where that fails, fewer sessions are possible, and the call that
/// finds none left says so.
#[cfg(unix)]
pub(crate) fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// Nothing limits them here.
#[cfg(not(unix))]
pub(crate) fn raise_limit() {}
