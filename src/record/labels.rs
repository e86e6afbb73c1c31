//! Enums that are label values. Knows: how such an enum is written down. Does not know: any label.

/// An enum whose variants each have a label, so that the set, its order and its names cannot drift apart.
macro_rules! labels {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $label:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            pub const ALL: [$name; [$($label),*].len()] = [$($name::$variant),*];
            pub const fn as_str(self) -> &'static str {
                [$($label),*][self as usize]
            }
        }
    };
}

pub(crate) use labels;
