//! The national languages that have tables of their own, by their identifiers. The tables are in [`national`](super::national).

code_points! {
    /// A national language, by its identifier in a user data header (3GPP TS 23.038 §6.2.1.2.4).
    Language(u8) {
        /// Turkish.
        TURKISH = 0x01, "Turkish";
        /// Spanish (single shift only).
        SPANISH = 0x02, "Spanish";
        /// Portuguese.
        PORTUGUESE = 0x03, "Portuguese";
        /// Bengali.
        BENGALI = 0x04, "Bengali";
        /// Gujarati.
        GUJARATI = 0x05, "Gujarati";
        /// Hindi.
        HINDI = 0x06, "Hindi";
        /// Kannada.
        KANNADA = 0x07, "Kannada";
        /// Malayalam.
        MALAYALAM = 0x08, "Malayalam";
        /// Oriya.
        ORIYA = 0x09, "Oriya";
        /// Punjabi.
        PUNJABI = 0x0A, "Punjabi";
        /// Tamil.
        TAMIL = 0x0B, "Tamil";
        /// Telugu.
        TELUGU = 0x0C, "Telugu";
        /// Urdu.
        URDU = 0x0D, "Urdu";
    }
}
