//! Long messages, receipts, and what becomes of a submission.

mod cut_model;
mod header;
mod reassemble;
mod receipt;
mod split;
mod track;
mod track_model;

pub use reassemble::reassemble;
pub use receipt::receipt;
pub use split::split_join;
pub use track::tracker;
