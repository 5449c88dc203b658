//! Keys over time: the slot key tree, sealing, signatures and envelopes.
