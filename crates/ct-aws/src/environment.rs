//! The environment that settings are read from.

use std::collections::HashMap;

/// The variables of the environment by name.
pub type Variables = HashMap<String, String>;
