//! Smart-device data that belongs to the person who lives with the device.
