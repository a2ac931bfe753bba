//! What an SMS is made of beyond one PDU: headers in the text, long messages, receipts, and what becomes of a submission.

mod links;
pub mod reassemble;
pub mod receipt;
pub mod reference;
pub mod segment;
pub mod track;
pub mod udh;
