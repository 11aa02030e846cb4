//! What the ct tools share.
