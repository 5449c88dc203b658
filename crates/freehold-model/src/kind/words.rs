//! The words that describe a kind.

use crate::level::UnknownName;
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$item_doc])* $item,)*
        }

        impl $name {
            /// All of them in order.
            pub const ALL: &'static [Self] = &[$(Self::$item),*];

            /// The name people write.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$item => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, UnknownName> {
                Self::ALL.iter().copied().find(|item| item.name() == name).ok_or(UnknownName)
            }
        }
    };
}

words! {
    /// What the values of a kind are, which tells what may be computed from them.
    ValueKind {
        /// A number at an instant: temperature, power.
        Gauge = "gauge",
        /// A number that only grows, until it is reset: a meter's index.
        Counter = "counter",
        /// A number that belongs to an interval: energy in a half hour.
        Interval = "interval",
        /// True or false.
        Bool = "bool",
        /// One of a list of states.
        Enum = "enum",
        /// A point on the earth.
        Location = "location",
        /// A text.
        Text = "text",
    }
}

impl ValueKind {
    /// Whether values are numbers: gauge, counter or interval.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Gauge | Self::Counter | Self::Interval)
    }
}

words! {
    /// How much a kind tells about a person: greater is stricter. **[model-13]**
    Sensitivity {
        /// About a device alone.
        Device = "device",
        /// About a room or the weather.
        Environment = "environment",
        /// What somebody does.
        Behaviour = "behaviour",
        /// Who could get in, and alarms.
        Security = "security",
        /// Who is there.
        Presence = "presence",
        /// Where somebody is.
        Location = "location",
        /// About somebody's health.
        Health = "health",
    }
}

impl Sensitivity {
    /// The strictest class, which a vendor's kind has unless it says otherwise.
    pub const STRICTEST: Self = Self::Health;
}

words! {
    /// How the numbers of a kind add up.
    Scale {
        /// They add: sums and means say something.
        Linear = "linear",
        /// Ratios to a reference, such as decibels: ordered, but a mean of them is no mean.
        Logarithmic = "logarithmic",
        /// They come round, such as directions: not even ordered.
        Circular = "circular",
    }
}

words! {
    /// A figure that can be computed from summaries.
    Statistic {
        /// How many readings had a value.
        Count = "count",
        /// Their sum; of a counter the sum of its increments.
        Sum = "sum",
        /// Their mean.
        Mean = "mean",
        /// The standard deviation of these readings (of the population).
        Deviation = "stddev",
        /// The least.
        Min = "min",
        /// The greatest.
        Max = "max",
        /// The earliest.
        First = "first",
        /// The latest.
        Last = "last",
        /// Readings per bin or state.
        Distribution = "distribution",
        /// A counter's absolute value.
        Index = "index",
    }
}
